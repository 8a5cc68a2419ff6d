/* One ZeroMQ socket: its options, and OP/1 messages in and out without ever waiting. Touches the
 * network. */
#include "common/bus_parts.h"

#include <assert.h>
#include <errno.h>
#include <string.h>

#ifndef ZMQ_ZAP_ENFORCE_DOMAIN
#define ZMQ_ZAP_ENFORCE_DOMAIN 93 /* libzmq 4.3 has it, Debian's header does not */
#endif

/* What CURVE and ZMTP put around a part. */
enum { ENVELOPE_BYTES = 1024 };

struct option {
	int name;
	int value;
};

static const struct option common_options[] = {
	{ZMQ_LINGER, 0},
	{ZMQ_HANDSHAKE_IVL, 4000},
	{ZMQ_HEARTBEAT_IVL, 500},
	{ZMQ_HEARTBEAT_TIMEOUT, 1500},
	{ZMQ_HEARTBEAT_TTL, 1500},
	{ZMQ_RCVHWM, 256},
	{ZMQ_TCP_KEEPALIVE, 1},
	{ZMQ_TCP_KEEPALIVE_IDLE, 30},
	{ZMQ_TCP_KEEPALIVE_INTVL, 10},
	{ZMQ_TCP_KEEPALIVE_CNT, 3},
};

/* More than any peer that keeps to its window and its credit can make the node send: see
 * PROTOCOL.md. */
enum { ROUTER_QUEUE = OP_WINDOW + 256 };

static const struct option router_options[] = {
	{ZMQ_SNDHWM, ROUTER_QUEUE},
	{ZMQ_ROUTER_MANDATORY, 1},
	{ZMQ_BACKLOG, 256},
	{ZMQ_CURVE_SERVER, 1},
	{ZMQ_ZAP_ENFORCE_DOMAIN, 1},
};

static const struct option dealer_options[] = {
	{ZMQ_SNDHWM, 256},
	{ZMQ_IMMEDIATE, 1},
	/* The kernel repeats a lost SYN after 1, 3, 7 s: after a long cut that is too seldom. */
	{ZMQ_CONNECT_TIMEOUT, 1000},
	{ZMQ_RECONNECT_IVL, 50},
	{ZMQ_RECONNECT_IVL_MAX, 500},
};

static bool set_options(void *socket, const struct option *options, size_t n)
{
	for (size_t i = 0; i < n; i++)
		if (zmq_setsockopt(socket, options[i].name, &options[i].value, sizeof(int)))
			return false;
	return true;
}

static bool set_key(void *socket, int name, const char *key)
{
	return key && strlen(key) == BUS_KEY_BYTES - 1 &&
	       zmq_setsockopt(socket, name, key, BUS_KEY_BYTES) == 0;
}

static enum err set_side(void *socket, const struct wire_options *options, struct reason *reason)
{
	static const char domain[] = "oneplan";
	const int64_t largest = OP_MESSAGE_MAX + ENVELOPE_BYTES;
	bool router = options->side == WIRE_ROUTER;
	const struct option *rows = router ? router_options : dealer_options;
	size_t n = router ? sizeof(router_options) : sizeof(dealer_options);

	if (!set_options(
		    socket, common_options, sizeof(common_options) / sizeof(*common_options)) ||
		!set_options(socket, rows, n / sizeof(*rows)) ||
		zmq_setsockopt(socket, ZMQ_MAXMSGSIZE, &largest, sizeof(largest)) ||
		zmq_setsockopt(socket, ZMQ_ZAP_DOMAIN, domain, strlen(domain)))
		return reason_set(reason, ERR_SYSTEM, "", "ZeroMQ refuses a socket option: %s",
			zmq_strerror(errno));
	if (!set_key(socket, ZMQ_CURVE_SECRETKEY, options->secret_key))
		return reason_set(reason, ERR_INVALID, "secret_key", "must be a key in Z85");
	if (!router && !set_key(socket, ZMQ_CURVE_PUBLICKEY, options->public_key))
		return reason_set(reason, ERR_INVALID, "public_key", "must be a key in Z85");
	if (!router && !set_key(socket, ZMQ_CURVE_SERVERKEY, options->server_key))
		return reason_set(reason, ERR_INVALID, "server_key", "must be a key in Z85");
	return ERR_OK;
}

void *wire_context(void)
{
	return zmq_ctx_new();
}

void wire_context_done(void *zmq)
{
	if (zmq)
		while (zmq_ctx_term(zmq) && errno == EINTR)
			continue;
}

enum err wire_open(
	void *zmq, const struct wire_options *options, void **ret_socket, struct reason *reason)
{
	void *socket = zmq_socket(zmq, options->side == WIRE_ROUTER ? ZMQ_ROUTER : ZMQ_DEALER);

	*ret_socket = NULL;
	if (!socket)
		return reason_set(
			reason, ERR_SYSTEM, "", "no ZeroMQ socket: %s", zmq_strerror(errno));
	enum err err = set_side(socket, options, reason);
	if (err) {
		wire_close(socket, 0);
		return err;
	}
	*ret_socket = socket;
	return ERR_OK;
}

void wire_close(void *socket, int linger_ms)
{
	if (!socket)
		return;
	if (linger_ms > 0)
		(void)zmq_setsockopt(socket, ZMQ_LINGER, &linger_ms, sizeof(linger_ms));
	zmq_close(socket);
}

enum err wire_bind(void *socket, const char *endpoint, struct reason *reason)
{
	return zmq_bind(socket, endpoint) ? reason_set(reason, ERR_SYSTEM, "endpoint", "%s: %s",
						    endpoint, zmq_strerror(errno))
					  : ERR_OK;
}

enum err wire_connect(void *socket, const char *endpoint, struct reason *reason)
{
	return zmq_connect(socket, endpoint) ? reason_set(reason, ERR_INVALID, "endpoint",
						       "%s cannot be connected to", endpoint)
					     : ERR_OK;
}

/* ---- receiving ------------------------------------------------------------------------------- */

static bool receive_part(void *socket, zmq_msg_t *part)
{
	int rc;

	zmq_msg_init(part);
	do
		rc = zmq_msg_recv(part, socket, ZMQ_DONTWAIT);
	while (rc < 0 && errno == EINTR);
	if (rc >= 0)
		return true;
	zmq_msg_close(part);
	return false;
}

bool wire_receive(void *socket, struct wire_message *ret)
{
	zmq_msg_t spare;
	bool more;

	ret->n = 0;
	ret->too_many = false;
	do {
		bool keep = ret->n < WIRE_PARTS;
		zmq_msg_t *part = keep ? &ret->part[ret->n] : &spare;
		if (!receive_part(socket, part))
			break;
		more = zmq_msg_more(part);
		if (keep) {
			ret->n++;
		} else {
			ret->too_many = true;
			zmq_msg_close(part);
		}
	} while (more);
	return ret->n > 0;
}

const char *wire_user(struct wire_message *message)
{
	/* The routing id's own part may carry no metadata, the next one always does. */
	return message->n > 1 ? zmq_msg_gets(&message->part[1], "User-Id") : NULL;
}

/* ---- sending --------------------------------------------------------------------------------- */

static enum err send_part(void *socket, struct bytes part, int more)
{
	int rc;

	do
		rc = zmq_send(socket, part.p, part.n, ZMQ_DONTWAIT | more);
	while (rc < 0 && errno == EINTR);
	if (rc >= 0)
		return ERR_OK;
	if (errno == EAGAIN)
		return ERR_BUSY;
	return errno == EHOSTUNREACH ? ERR_NOT_FOUND : ERR_SYSTEM;
}

enum err wire_send(void *socket, const struct bytes *id, const struct op_message *message)
{
	uint8_t header[OP_HEADER_BYTES];
	enum err err = ERR_OK;

	if (message->fields.n + message->body.n > OP_MESSAGE_MAX - OP_HEADER_BYTES)
		return ERR_LIMIT;
	op_header_encode(message, header);
	/* Only the first part can be refused: a message is one place in the queue. */
	if (id)
		err = send_part(socket, *id, ZMQ_SNDMORE);
	if (!err)
		err = send_part(socket, bytes_of(header, sizeof(header)), ZMQ_SNDMORE);
	if (!err)
		err = send_part(socket, message->fields, message->body.n ? ZMQ_SNDMORE : 0);
	if (!err && message->body.n)
		err = send_part(socket, message->body, 0);
	return err;
}

struct wire_events wire_events(void *socket)
{
	int events = 0;
	size_t size = sizeof(events);

	if (zmq_getsockopt(socket, ZMQ_EVENTS, &events, &size))
		events = 0;
	return (struct wire_events){events & ZMQ_POLLIN, events & ZMQ_POLLOUT};
}
