/* What arrives at the server of a node: who sent it, is it OP/1, and who shall have it. Touches no
 * socket by itself.
 *
 * The order of the questions: 1. is the key in the list? 2. is it a message of OP/1? 3. is it
 * HELLO, or is there a session? 4. are its fields as they should be? Only then a callback sees it.
 */
#include "common/bus_parts.h"

#include <string.h>

/* Largest encoded refusal, by the limits of op_reply. */
enum { REFUSAL_BYTES = 512 };

struct take {
	struct bus_server *server;
	struct bytes id;
	const struct bus_peer *peer;
	struct bus_session *session;
	struct op_message message;
	union {
		struct op_hello hello;
		struct op_follow follow;
		struct op_ack ack;
		struct op_heartbeat heartbeat;
		struct op_requests requests;
		struct op_bye bye;
	} fields;
};

static void refuse(struct take *take, const struct reason *reason)
{
	server_error_to(take->server, take->id, take->message.correlation, reason);
}

static void malformed(struct take *take, const struct reason *reason)
{
	take->server->bus->counters.malformed++;
	if (take->session)
		refuse(take, reason);
}

/* ---- HELLO ----------------------------------------------------------------------------------- */

static enum err check_hello(const struct take *take, struct reason *reason)
{
	const struct op_hello *hello = &take->fields.hello;
	const struct bus *bus = take->server->bus;
	unsigned same = 0;

	if (hello->min_major > OP_MAJOR || hello->max_major < OP_MAJOR)
		return reason_set(reason, ERR_PROTOCOL, "max_major", "this node speaks OP/1 only");
	if (take->server->n_sessions >= bus->max_sessions)
		return reason_set(reason, ERR_BUSY, "", "too many sessions");
	for (const struct bus_session *s = take->server->sessions; s; s = s->next)
		same += !s->ended && !strcmp(s->peer.name, take->peer->name);
	if (same >= bus->max_sessions_of_peer)
		return reason_set(
			reason, ERR_BUSY, "", "too many sessions of %s", take->peer->name);
	return ERR_OK;
}

static struct op_welcome make_welcome(const struct bus *bus, uint64_t number)
{
	return (struct op_welcome){
		.major = OP_MAJOR,
		.session = (int64_t)number,
		.heartbeat_ms = bus->heartbeat_ms,
		.node = text_of(bus->node),
		.boot = bus->boot,
		.max_message = OP_MESSAGE_MAX,
		.window = OP_WINDOW,
	};
}

/* The self-test wants to know whether it is let in; for the caller there is no such peer. */
static void welcome_guest(struct take *take)
{
	struct op_welcome welcome = make_welcome(take->server->bus, 1);
	const struct bus_out out = {OP_WELCOME, take->message.correlation, &welcome, BYTES_NONE};

	enum err ignored = server_send_to(take->server, take->id, &out);
	(void)ignored;
}

static void abandon(struct bus_session *session)
{
	/* The caller never saw it begin, or refused it: it must not see it end. */
	session->refused = true;
	server_drop(session);
}

static void begin_session(struct take *take)
{
	const struct bus_server_handlers *handlers = &take->server->handlers;
	struct bus_session *session = server_add(take->server, take->id, take->peer);
	struct reason reason = {.code = ERR_NO_MEMORY, .rule = "out of memory"};

	if (!session) {
		refuse(take, &reason);
		return;
	}
	struct op_welcome welcome = make_welcome(take->server->bus, session->number);
	const struct bus_out out = {OP_WELCOME, take->message.correlation, &welcome, BYTES_NONE};
	session->boot = take->fields.hello.boot;
	reason = (struct reason){0};
	if (handlers->on_welcome(handlers->ctx, session, &welcome, &reason)) {
		refuse(take, &reason);
		abandon(session);
		return;
	}
	if (bus_server_send(session, &out))
		server_drop(session);
}

static void take_hello(struct take *take)
{
	struct reason reason = {0};

	if (take->session) /* the peer began anew over the same connection */
		server_drop(take->session);
	if (take->peer == take->server->bus->guest)
		welcome_guest(take);
	else if (check_hello(take, &reason))
		refuse(take, &reason);
	else
		begin_session(take);
}

/* ---- REQUEST --------------------------------------------------------------------------------- */

struct refusals {
	struct take *take;
	int64_t n;
};

static void send_refusals(struct refusals *refusals)
{
	struct op_replies fields = {.count = refusals->n};
	struct buffer *body = &refusals->take->server->refusals;
	const struct bus_out out = {OP_REPLY, 0, &fields, buffer_bytes(body)};

	if (refusals->n) {
		/* Unsent, the client asks again when it has waited long enough. */
		enum err ignored = bus_server_send(refusals->take->session, &out);
		(void)ignored;
	}
	refusals->n = 0;
	buffer_reset(body);
}

static void add_refusal(
	struct refusals *refusals, const struct bus_request *request, const struct reason *reason)
{
	struct buffer *body = &refusals->take->server->refusals;
	struct op_reply reply = op_reply_of(request->correlation, reason);

	reply.key = request->request.key;
	if (body->n + REFUSAL_BYTES > body->cap || refusals->n == OP_REQUESTS_MAX)
		send_refusals(refusals);
	op_item_add(body, schema_op_reply(), &reply);
	refusals->n++;
}

/* One item; what is wrong with it is the fault of that request and of no other. */
static bool decode_request(
	struct refusals *refusals, struct bytes item, struct arena *arena, struct bus_request *ret)
{
	struct reason reason = {0};
	enum err err =
		schema_decode(schema_op_request(), item, PACK_PLAIN, arena, &ret->request, &reason);

	if (!err)
		return true;
	if (err == ERR_LIMIT || err == ERR_NO_MEMORY)
		reason_set(&reason, ERR_BUSY, "", "too many requests at this moment");
	else
		reason.code = ERR_PROTOCOL;
	refusals->take->server->bus->counters.malformed += reason.code == ERR_PROTOCOL;
	add_refusal(refusals, ret, &reason);
	return false;
}

static enum err check_requests(const struct take *take, struct reason *reason)
{
	uint64_t first = take->message.correlation;

	if (first < 1 || first > INT64_MAX - OP_REQUESTS_MAX)
		return reason_set(reason, ERR_PROTOCOL, "header.correlation",
			"must be from 1 to 2^63 - 1025 for requests");
	return op_items_check(take->message.body, take->fields.requests.count, reason);
}

static void take_requests(struct take *take)
{
	const struct bus_server_handlers *handlers = &take->server->handlers;
	struct arena *arena = handlers->arena ? handlers->arena : &take->server->arena;
	struct refusals refusals = {.take = take};
	struct bytes body = take->message.body;
	struct op_item item;
	struct reason reason = {0};
	size_t n = 0;

	if (check_requests(take, &reason)) {
		malformed(take, &reason);
		return;
	}
	struct bus_request *requests =
		arena_alloc(arena, (size_t)take->fields.requests.count * sizeof(*requests));
	if (!requests) {
		reason_set(&reason, ERR_BUSY, "", "too many requests at this moment");
		refuse(take, &reason);
		return;
	}
	for (uint64_t i = 0; op_item_next(&body, &item); i++) {
		requests[n].correlation = take->message.correlation + i;
		n += decode_request(&refusals, item.bytes, arena, &requests[n]);
	}
	send_refusals(&refusals);
	if (n)
		handlers->on_request(handlers->ctx, take->session, requests, n);
}

/* ---- the other kinds ------------------------------------------------------------------------- */

static void deny(struct take *take)
{
	struct reason reason;

	reason_set(&reason, ERR_DENIED, "", "%s may not follow this node", take->peer->name);
	refuse(take, &reason);
}

static void take_follow(struct take *take)
{
	const struct bus_server_handlers *handlers = &take->server->handlers;

	if (take->peer->kind != BUS_NODE || !handlers->on_follow)
		deny(take);
	else
		handlers->on_follow(handlers->ctx, take->session, &take->fields.follow);
}

static void take_ack(struct take *take)
{
	const struct bus_server_handlers *handlers = &take->server->handlers;

	if (take->peer->kind != BUS_NODE || !handlers->on_ack)
		deny(take);
	else
		handlers->on_ack(handlers->ctx, take->session, &take->fields.ack);
}

static void take_heartbeat(struct take *take)
{
	(void)take; /* that it came is all it says */
}

static void take_bye(struct take *take)
{
	take->session->left = true;
	server_drop(take->session);
}

static void (*const takers[OP_KIND_END])(struct take *take) = {
	[OP_HELLO] = take_hello,
	[OP_FOLLOW] = take_follow,
	[OP_ACK] = take_ack,
	[OP_HEARTBEAT] = take_heartbeat,
	[OP_REQUEST] = take_requests,
	[OP_BYE] = take_bye,
};

/* ---- any message ----------------------------------------------------------------------------- */

/* Without a session there is nothing to end, but the peer believes there is: it shall begin anew.
 */
static void send_away(struct take *take)
{
	struct op_bye bye = {.code = text_of(err_word(ERR_NOT_FOUND)),
		.rule = text_of("there is no session: say HELLO")};
	const struct bus_out out = {OP_BYE, take->message.correlation, &bye, BYTES_NONE};

	take->server->bus->counters.strangers++;
	if (take->message.kind == OP_BYE)
		return;
	enum err ignored = server_send_to(take->server, take->id, &out);
	(void)ignored;
}

static void dispatch(struct take *take)
{
	struct reason reason = {0};
	enum op_kind kind = take->message.kind;

	if (kind != OP_HELLO && !take->session) {
		send_away(take);
		return;
	}
	if (!takers[kind]) {
		reason_set(&reason, ERR_PROTOCOL, "header.kind", "%s is what a node says",
			op_kind_name(kind));
		malformed(take, &reason);
		return;
	}
	if (op_fields_decode(&take->message, &take->server->arena, &take->fields, &reason)) {
		malformed(take, &reason);
		return;
	}
	take->server->bus->counters.messages++;
	takers[kind](take);
}

void server_take(void *ctx, struct wire_message *message)
{
	struct take take = {.server = ctx, .id = wire_bytes(message, 0)};
	struct bus *bus = take.server->bus;
	struct reason reason = {0};
	const char *key = wire_user(message);

	take.peer = key ? bus_find_peer(bus, key) : NULL;
	take.session = server_find(take.server, take.id);
	if (take.session && (!take.peer || strcmp(take.session->peer.key, key) != 0)) {
		server_drop(take.session);
		take.session = NULL;
	}
	if (!take.peer) {
		bus->counters.strangers++;
		return;
	}
	if (take.session)
		take.session->silent = 0;
	if (wire_decode(message, 1, &take.message, &reason))
		malformed(&take, &reason);
	else
		dispatch(&take);
	arena_reset(&take.server->arena);
}
