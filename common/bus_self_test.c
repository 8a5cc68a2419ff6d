/* The proof, made at each start, that keys decide who gets in: a stranger knocks and must stay
 * outside, a guest knocks and must be welcomed. Touches the node's own endpoint, in a context of
 * its own. */
#include "common/bus_parts.h"

#include <poll.h>
#include <string.h>

/* The stranger is watched for a while after the guest was welcomed: by then it was refused, or let
 * in. The guest is given time, since the machine may be busy. */
enum { GUEST_MS = 3000, STRANGER_MS = 100, STEP_MS = 5 };

struct visitor {
	char public_key[BUS_KEY_BYTES];
	char secret_key[BUS_KEY_BYTES];
	void *zmq;
	bool greeted;
};

struct self_test {
	struct bus_server *server;
	const char *endpoint;
	void *zmq;
	struct visitor guest;
	struct visitor stranger;
	struct buffer scratch;
};

static enum err send_visitor(struct self_test *test, struct visitor *visitor, struct reason *reason)
{
	const struct wire_options options = {
		.side = WIRE_DEALER,
		.public_key = visitor->public_key,
		.secret_key = visitor->secret_key,
		.server_key = test->server->bus->public_key,
	};

	if (bus_make_keys(visitor->public_key, visitor->secret_key))
		return reason_set(reason, ERR_SYSTEM, "", "no new key: this libzmq has no CURVE");
	enum err err = wire_open(test->zmq, &options, &visitor->zmq, reason);
	return err ? err : wire_connect(visitor->zmq, test->endpoint, reason);
}

static void greet(struct self_test *test, struct visitor *visitor)
{
	struct op_hello hello = {
		.min_major = OP_MAJOR,
		.max_major = OP_MAJOR,
		.node = text_of("self-test"),
		.boot = test->server->bus->boot,
		.max_message = OP_MESSAGE_MAX,
	};
	const struct bus_out out = {OP_HELLO, 0, &hello, BYTES_NONE};

	if (!visitor->greeted && wire_events(visitor->zmq).writable)
		visitor->greeted =
			wire_send_out(visitor->zmq, NULL, &out, &test->scratch) == ERR_OK;
}

static bool was_welcomed(struct visitor *visitor)
{
	struct wire_message message;
	struct op_message welcome = {0};

	if (!wire_receive(visitor->zmq, &message))
		return false;
	bool welcomed =
		wire_decode(&message, 0, &welcome, NULL) == ERR_OK && welcome.kind == OP_WELCOME;
	wire_done(&message);
	return welcomed;
}

/* The loop does not run yet, so the sockets are served by hand. */
static void step(struct self_test *test)
{
	(void)poll(NULL, 0, STEP_MS);
	bus_socket_pump(test->server->bus->zap);
	bus_socket_pump(test->server->socket);
}

static enum err watch_visitors(struct self_test *test, struct reason *reason)
{
	int left = GUEST_MS;
	bool welcomed = false;

	for (; left > 0; left -= STEP_MS) {
		step(test);
		/* ZMQ_IMMEDIATE: it can be written to only when the handshake has let it in. */
		if (wire_events(test->stranger.zmq).writable)
			return reason_set(reason, ERR_DENIED, "endpoint",
				"%s lets in a key that is not in the list of peers",
				test->endpoint);
		greet(test, &test->guest);
		if (!welcomed && was_welcomed(&test->guest)) {
			welcomed = true;
			left = STRANGER_MS;
		}
	}
	if (!welcomed)
		return reason_set(reason, ERR_TIMEOUT, "endpoint",
			"%s does not welcome a key that is in the list of peers", test->endpoint);
	return ERR_OK;
}

static enum err run_test(struct self_test *test, struct reason *reason)
{
	struct bus *bus = test->server->bus;
	struct bus_peer guest = {.name = "self-test"};
	enum err err = send_visitor(test, &test->stranger, reason);

	if (!err)
		err = send_visitor(test, &test->guest, reason);
	if (err)
		return err;
	memcpy(guest.key, test->guest.public_key, sizeof(guest.key));
	bus->guest = &guest;
	struct bus_counters before = bus->counters;
	err = watch_visitors(test, reason);
	bus->counters = before;
	bus->guest = NULL;
	return err;
}

enum err bus_self_test(struct bus_server *server, const char *endpoint, struct reason *reason)
{
	struct self_test test = {
		.server = server, .endpoint = endpoint ? endpoint : server->endpoint};

	test.zmq = wire_context();
	if (!test.zmq)
		return reason_set(reason, ERR_SYSTEM, "", "no ZeroMQ context");
	buffer_init(&test.scratch, OP_FIELDS_MAX);
	enum err err = run_test(&test, reason);
	wire_close(test.guest.zmq, 0);
	wire_close(test.stranger.zmq, 0);
	buffer_done(&test.scratch);
	wire_context_done(test.zmq);
	return err;
}
