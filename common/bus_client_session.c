/* The connection of a blocking client: greets, keeps alive, notices the end. Touches one DEALER
 * socket. */
#include "common/bus_parts.h"

#include <stdlib.h>
#include <string.h>

enum { STEP_MS = 20, REGREET_MS = 2000, FIRST_HEARTBEAT_MS = 1000 };

static int64_t now_ms(const struct client_session *session)
{
	return clock_steady(&session->clock);
}

void session_drop(struct client_session *session, int linger_ms)
{
	wire_close(session->socket, linger_ms);
	session->socket = NULL;
	session->lost = session->lost || session->up;
	session->up = false;
	session->greeted = false;
}

bool session_stale(const struct client_session *session)
{
	return now_ms(session) - session->sent_ms > 2 * session->heartbeat_ms;
}

/* ---- what arrives ---------------------------------------------------------------------------- */

static void take_welcome(struct client_session *session, const struct op_message *message)
{
	struct op_welcome welcome;

	if (op_fields_decode(message, &session->arena, &welcome, NULL) || welcome.major != OP_MAJOR)
		return;
	session->up = true;
	session->heartbeat_ms = welcome.heartbeat_ms;
	session->head = (uint64_t)welcome.head;
	session->window = welcome.window ? welcome.window : OP_WINDOW;
}

static void take_heartbeat(struct client_session *session, const struct op_message *message)
{
	struct op_heartbeat heartbeat;

	if (!op_fields_decode(message, &session->arena, &heartbeat, NULL) && heartbeat.head)
		session->head = (uint64_t)heartbeat.head;
}

/* Without memory it is as if it had been lost on the way: the client can ask again. */
static bool add_inbound(
	struct client_session *session, const struct inbound *what, struct bytes data)
{
	struct inbound *inbound = malloc(sizeof(*inbound) + data.n);

	if (!inbound)
		return false;
	*inbound = *what;
	if (data.n)
		memcpy(inbound->data, data.p, data.n);
	inbound->left = bytes_of(inbound->data, data.n);
	*session->last = inbound;
	session->last = &inbound->next;
	return true;
}

static void take_replies(struct client_session *session, const struct op_message *message)
{
	const struct inbound what = {0};
	struct op_replies replies;

	if (op_fields_decode(message, &session->arena, &replies, NULL) ||
		op_items_check(message->body, replies.count, NULL))
		return;
	if (add_inbound(session, &what, message->body))
		session->n_replies += replies.count;
}

static void take_error(struct client_session *session, const struct op_message *message)
{
	struct inbound what = {.error_of = message->correlation};
	struct op_error error;

	if (op_fields_decode(message, &session->arena, &error, NULL))
		return;
	op_reason_of_error(&error, &what.reason);
	if (what.error_of)
		session->refused += add_inbound(session, &what, BYTES_NONE);
	else
		session->said = what.reason;
}

static void take_bye(struct client_session *session, const struct op_message *message)
{
	struct op_bye bye;

	/* While greeting it is the last word of the session before. */
	if (session->up && !op_fields_decode(message, &session->arena, &bye, NULL)) {
		const struct op_error said = {.code = bye.code, .rule = bye.rule};
		op_reason_of_error(&said, &session->said);
	}
	session_drop(session, 0);
}

static void take(struct client_session *session, const struct op_message *message)
{
	static void (*const takers[OP_KIND_END])(
		struct client_session * session, const struct op_message *message) = {
		[OP_WELCOME] = take_welcome,
		[OP_HEARTBEAT] = take_heartbeat,
		[OP_REPLY] = take_replies,
		[OP_ERROR] = take_error,
		[OP_BYE] = take_bye,
	};

	if (takers[message->kind])
		takers[message->kind](session, message);
}

static void read_all(struct client_session *session)
{
	struct wire_message parts;
	struct op_message message;

	while (session->socket && wire_receive(session->socket, &parts)) {
		session->heard_ms = now_ms(session);
		enum err err = wire_decode(&parts, 0, &message, NULL);
		if (err) /* what else was meant cannot be known */
			session_drop(session, 0);
		else
			take(session, &message);
		wire_done(&parts);
		arena_reset(&session->arena);
	}
}

static void poll_socket(struct client_session *session, short events, int64_t ms)
{
	zmq_pollitem_t item = {.socket = session->socket, .events = events};

	(void)zmq_poll(&item, session->socket ? 1 : 0, (long)(ms > 0 ? ms : 0));
	read_all(session);
}

static void keep_alive(struct client_session *session)
{
	struct op_heartbeat heartbeat = {0};
	const struct bus_out out = {OP_HEARTBEAT, 0, &heartbeat, BYTES_NONE};
	int64_t now = now_ms(session);

	if (!session->up)
		return;
	if (now - session->heard_ms > (SILENT_TICKS + 1) * session->heartbeat_ms) {
		reason_set(&session->said, ERR_TIMEOUT, "", "three heartbeats were missed");
		session_drop(session, 0);
		return;
	}
	if (now - session->sent_ms < session->heartbeat_ms)
		return;
	if (wire_send_out(session->socket, NULL, &out, &session->scratch) == ERR_OK)
		session->sent_ms = now;
}

void session_wait(struct client_session *session, int64_t ms)
{
	int64_t step =
		session->up && session->heartbeat_ms / 2 < ms ? session->heartbeat_ms / 2 : ms;

	poll_socket(session, ZMQ_POLLIN, step);
	keep_alive(session);
}

/* ---- what is sent ---------------------------------------------------------------------------- */

enum err session_send(struct client_session *session, const struct bus_out *out)
{
	int64_t until = now_ms(session) + session->connect_timeout_ms;
	enum err err = ERR_TIMEOUT;

	/* A node that answers faster than it is read from stops reading too: so read. */
	poll_socket(session, ZMQ_POLLIN, 0);
	while (session->up) {
		err = wire_send_out(session->socket, NULL, out, &session->scratch);
		if (err == ERR_OK)
			session->sent_ms = now_ms(session);
		if (err != ERR_BUSY)
			return err;
		if (now_ms(session) >= until)
			return ERR_TIMEOUT;
		poll_socket(session, ZMQ_POLLIN | ZMQ_POLLOUT, STEP_MS);
		keep_alive(session);
	}
	return ERR_TIMEOUT;
}

static enum err open_socket(struct client_session *session, struct reason *reason)
{
	const struct wire_options options = {
		.side = WIRE_DEALER,
		.public_key = session->public_key,
		.secret_key = session->secret_key,
		.server_key = session->server_key,
	};
	enum err err = wire_open(session->zmq, &options, &session->socket, reason);

	return err ? err : wire_connect(session->socket, session->endpoint, reason);
}

static void greet(struct client_session *session)
{
	struct op_hello hello = {
		.min_major = OP_MAJOR,
		.max_major = OP_MAJOR,
		.node = text_of(session->name),
		.boot = session->boot,
		.max_message = OP_MESSAGE_MAX,
	};
	const struct bus_out out = {OP_HELLO, 0, &hello, BYTES_NONE};

	if (session->greeted || !session->socket)
		return;
	if (wire_send_out(session->socket, NULL, &out, &session->scratch) == ERR_OK) {
		session->greeted = true;
		session->sent_ms = now_ms(session);
	}
}

static enum err await_welcome(struct client_session *session, struct reason *reason)
{
	int64_t now = now_ms(session);
	int64_t until = now + session->connect_timeout_ms;

	while (!session->up && now < until) {
		if (session->socket && session->greeted && now - session->sent_ms > REGREET_MS)
			session_drop(session, 0);
		enum err err = session->socket ? ERR_OK : open_socket(session, reason);
		if (err)
			return err;
		greet(session);
		poll_socket(session, ZMQ_POLLIN, session->greeted ? STEP_MS : STEP_MS / 10);
		if (!session->up && session->said.code) {
			if (reason)
				*reason = session->said;
			return session->said.code;
		}
		now = now_ms(session);
	}
	if (session->up)
		return ERR_OK;
	return reason_set(reason, ERR_TIMEOUT, "endpoint",
		"%s does not answer, or does not know this key", session->endpoint);
}

enum err session_ensure(struct client_session *session, bool fresh, struct reason *reason)
{
	if (session->up && !fresh)
		return ERR_OK;
	session->up = false;
	session->greeted = false;
	session->said = (struct reason){0};
	if (!session->heartbeat_ms)
		session->heartbeat_ms = FIRST_HEARTBEAT_MS;
	enum err err = await_welcome(session, reason);
	if (err)
		session_drop(session, 0);
	return err;
}
