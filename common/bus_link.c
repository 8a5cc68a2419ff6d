/* A link to a node that this one follows or asks: connects, keeps the session alive, and begins
 * anew whenever there is doubt. Touches one DEALER socket.
 *
 *   CONNECTING --can send: HELLO--> GREETING --WELCOME--> UP
 *   GREETING --the connection is gone--> CONNECTING
 *   any of them --silence, BYE, a malformed message, no WELCOME in time, restart--> DOWN
 *   DOWN --a moment--> CONNECTING
 *
 * A socket is never mended: libzmq keeps a connection that was once refused in a state that nothing
 * leads out of, so it is closed and a new one opened. */
#include "common/bus_parts.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum {
	WELCOME_MS = 5000,
	LINGER_MS = 200,
	ARENA_BYTES = 1024 * 1024,
};

enum link_state { LINK_DOWN, LINK_CONNECTING, LINK_GREETING, LINK_UP };

struct bus_link {
	struct bus *bus;
	struct bus_link_handlers handlers;
	char node[BUS_NAME_BYTES];
	char keys[2][BUS_KEY_BYTES]; /* of the owner: now, and next or "" */
	unsigned key;                /* which of them is being tried, or is in use */
	char endpoint[ENDPOINT_BYTES];
	int64_t welcome_ms;
	int64_t heartbeat_ms;
	enum link_state state;
	bool told; /* on_welcome was called, on_lost was not */
	bool ending;
	struct reason why; /* of the end that the `end` task will bring about */
	unsigned silent;
	struct bus_socket *socket;
	struct loop_timer *again; /* DOWN: opens the socket; before UP: the watchdog on WELCOME */
	struct loop_timer *heartbeat;
	struct loop_task *end;
	struct arena arena;
};

static int64_t jitter(struct bus_link *link, int64_t ms)
{
	return (int64_t)(random_u64(&link->bus->random) % (uint64_t)(ms + 1));
}

/* The session cannot go on. The socket is closed from the loop, since this may be one of its
 * callbacks. */
static void end_session(struct bus_link *link, const struct reason *why)
{
	if (link->ending)
		return;
	link->ending = true;
	link->why = *why;
	loop_task_defer(link->end);
}

static void end_because(struct bus_link *link, enum err code, const char *rule)
{
	struct reason why;

	reason_set(&why, code, "", "%s", rule);
	end_session(link, &why);
}

static void on_end(void *ctx, unsigned what)
{
	struct bus_link *link = ctx;
	bool told = link->told;
	(void)what;

	/* it may have changed its key */
	if (link->state != LINK_UP && link->why.code == ERR_TIMEOUT && link->keys[1][0])
		link->key = !link->key;
	bus_socket_close(link->socket, 0);
	link->socket = NULL;
	link->state = LINK_DOWN;
	link->ending = false;
	link->told = false;
	loop_timer_stop(link->heartbeat);
	/* All followers lose a node at the same moment; they shall not return at the same moment.
	 */
	loop_timer_once(link->again, jitter(link, link->bus->heartbeat_ms / 4));
	if (told)
		link->handlers.on_lost(link->handlers.ctx, link, &link->why);
}

/* ---- what arrives ---------------------------------------------------------------------------- */

struct arrival {
	struct bus_link *link;
	struct op_message message;
	union {
		struct op_welcome welcome;
		struct op_following following;
		struct op_batch batch;
		struct op_heartbeat heartbeat;
		struct op_error error;
		struct op_replies replies;
		struct op_bye bye;
	} fields;
};

static void malformed(struct bus_link *link, const struct reason *reason)
{
	link->bus->counters.malformed++;
	end_session(link, reason);
}

static void take_welcome(struct arrival *arrival)
{
	const struct op_welcome *welcome = &arrival->fields.welcome;
	struct bus_link *link = arrival->link;
	struct reason reason;

	if (link->state != LINK_GREETING)
		return;
	if (!text_is(welcome->node, link->node) || welcome->major != OP_MAJOR) {
		reason_set(&reason, ERR_PROTOCOL, "node", "is not %s, or speaks another version",
			link->node);
		struct op_error error = op_error_of(&reason, op_outcome_not_done);
		link->handlers.on_error(link->handlers.ctx, link, &error);
		return; /* the watchdog tries again, not too often */
	}
	link->state = LINK_UP;
	link->told = true;
	link->silent = 0;
	link->heartbeat_ms = welcome->heartbeat_ms;
	loop_timer_stop(link->again);
	loop_timer_every(link->heartbeat, link->heartbeat_ms);
	link->handlers.on_welcome(link->handlers.ctx, link, welcome);
}

static void unexpected(struct bus_link *link)
{
	struct reason reason;

	(void)reason_set(&reason, ERR_PROTOCOL, "header.kind", "answers what was never asked");
	malformed(link, &reason);
}

static void take_following(struct arrival *arrival)
{
	struct bus_link *link = arrival->link;

	if (!link->handlers.on_following)
		unexpected(link);
	else
		link->handlers.on_following(link->handlers.ctx, link, &arrival->fields.following);
}

static void take_batch(struct arrival *arrival)
{
	struct bus_link *link = arrival->link;
	struct reason reason = {0};

	if (!link->handlers.on_batch)
		unexpected(link);
	else if (op_batch_check(&arrival->fields.batch, arrival->message.body, &reason))
		malformed(link, &reason);
	else
		link->handlers.on_batch(
			link->handlers.ctx, link, &arrival->fields.batch, arrival->message.body);
}

static void take_replies(struct arrival *arrival)
{
	const struct op_replies *replies = &arrival->fields.replies;
	struct bus_link *link = arrival->link;
	struct reason reason = {0};

	if (!link->handlers.on_replies)
		unexpected(link);
	else if (op_items_check(arrival->message.body, replies->count, &reason))
		malformed(link, &reason);
	else
		link->handlers.on_replies(link->handlers.ctx, link, replies, arrival->message.body);
}

static void take_heartbeat(struct arrival *arrival)
{
	struct bus_link *link = arrival->link;

	link->handlers.on_heartbeat(link->handlers.ctx, link, &arrival->fields.heartbeat);
}

static void take_error(struct arrival *arrival)
{
	const struct op_error *error = &arrival->fields.error;
	uint64_t correlation = arrival->message.correlation;
	struct bus_link *link = arrival->link;

	if (correlation && link->handlers.on_refused)
		link->handlers.on_refused(link->handlers.ctx, link, correlation, error);
	else
		link->handlers.on_error(link->handlers.ctx, link, error);
}

static void take_bye(struct arrival *arrival)
{
	const struct op_bye *bye = &arrival->fields.bye;
	struct op_error said = {.code = bye->code.n ? bye->code : text_of("ok"), .rule = bye->rule};
	struct reason why;

	op_reason_of_error(&said, &why);
	if (arrival->link->state == LINK_UP)
		end_session(arrival->link, &why);
}

static const struct {
	void (*take)(struct arrival *arrival);
	bool before_welcome;
} takers[OP_KIND_END] = {
	[OP_WELCOME] = {take_welcome, true},
	[OP_FOLLOWING] = {take_following, false},
	[OP_BATCH] = {take_batch, false},
	[OP_REPLY] = {take_replies, false},
	[OP_HEARTBEAT] = {take_heartbeat, false},
	[OP_ERROR] = {take_error, true},
	[OP_BYE] = {take_bye, true},
};

static void on_message(void *ctx, struct wire_message *message)
{
	struct arrival arrival = {.link = ctx};
	struct bus_link *link = ctx;
	struct reason reason = {0};

	if (link->ending)
		return;
	enum err err = wire_decode(message, 0, &arrival.message, &reason);
	if (!err && !takers[arrival.message.kind].take)
		err = reason_set(&reason, ERR_PROTOCOL, "header.kind", "%s is what a peer says",
			op_kind_name(arrival.message.kind));
	if (!err)
		err = op_fields_decode(&arrival.message, &link->arena, &arrival.fields, &reason);
	if (err) {
		malformed(link, &reason);
	} else if (link->state == LINK_UP || takers[arrival.message.kind].before_welcome) {
		link->silent = 0;
		link->bus->counters.messages++;
		takers[arrival.message.kind].take(&arrival);
	}
	arena_reset(&link->arena);
}

/* ---- what is sent ---------------------------------------------------------------------------- */

static void say_hello(struct bus_link *link)
{
	struct op_hello hello = {
		.min_major = OP_MAJOR,
		.max_major = OP_MAJOR,
		.node = text_of(link->bus->node),
		.boot = link->bus->boot,
		.max_message = OP_MESSAGE_MAX,
	};
	const struct bus_out out = {OP_HELLO, 0, &hello, BYTES_NONE};

	if (bus_socket_send(link->socket, NULL, &out) == ERR_OK)
		link->state = LINK_GREETING;
}

static void on_event(void *ctx, bool connected)
{
	struct bus_link *link = ctx;

	if (link->ending || link->state == LINK_UP)
		return;
	/* With ZMQ_IMMEDIATE a message can be sent only once the connection has passed its
	 * handshake; and no more when it is gone, with HELLO or its answer. */
	if (link->state == LINK_GREETING && !connected)
		link->state = LINK_CONNECTING;
	if (link->state == LINK_CONNECTING && connected)
		say_hello(link);
}

enum err bus_link_send(struct bus_link *link, const struct bus_out *out)
{
	if (link->state != LINK_UP || link->ending)
		return ERR_NOT_FOUND;
	enum err err = bus_socket_send(link->socket, NULL, out);
	if (err == ERR_BUSY)
		link->bus->counters.busy++;
	return err;
}

static void on_heartbeat(void *ctx, unsigned what)
{
	struct bus_link *link = ctx;
	struct op_heartbeat heartbeat = {0};
	const struct bus_out out = {OP_HEARTBEAT, 0, &heartbeat, BYTES_NONE};
	(void)what;

	if (++link->silent > SILENT_TICKS) {
		end_because(link, ERR_TIMEOUT, "three heartbeats were missed");
		return;
	}
	/* A link says so little that it is not full. */
	if (bus_link_send(link, &out) == ERR_BUSY)
		end_because(link, ERR_TIMEOUT, "the connection is gone");
}

/* ---- opening and closing --------------------------------------------------------------------- */

static enum err connect_socket(struct bus_link *link, struct reason *reason)
{
	const struct wire_options options = {
		.side = WIRE_DEALER,
		.public_key = link->bus->public_key,
		.secret_key = link->bus->secret_key,
		.server_key = link->keys[link->key],
	};
	const struct bus_socket_calls calls = {
		.ctx = link, .on_message = on_message, .on_event = on_event};
	void *zmq = NULL;
	enum err err = wire_open(link->bus->zmq, &options, &zmq, reason);

	if (err)
		return err;
	err = wire_connect(zmq, link->endpoint, reason);
	if (err) {
		wire_close(zmq, 0);
		return err;
	}
	err = bus_socket_open(link->bus, zmq, &calls, &link->socket);
	return err ? reason_set(reason, err, "endpoint", "cannot be watched") : ERR_OK;
}

static void wait_for_welcome(struct bus_link *link)
{
	int64_t ms = link->keys[1][0] ? link->welcome_ms / 4 : link->welcome_ms;

	link->state = LINK_CONNECTING;
	loop_timer_once(link->again, ms * 3 / 4 + jitter(link, ms / 2));
}

static void on_again(void *ctx, unsigned what)
{
	struct bus_link *link = ctx;
	(void)what;

	if (link->state != LINK_DOWN) {
		end_because(link, ERR_TIMEOUT, "no WELCOME in time");
		return;
	}
	link->bus->counters.relinked++;
	if (connect_socket(link, NULL))
		loop_timer_once(link->again, link->welcome_ms);
	else
		wait_for_welcome(link);
}

static bool copy_string(char *to, size_t size, const char *from)
{
	int n = snprintf(to, size, "%s", from ? from : "");

	return n > 0 && (size_t)n < size;
}

/* Where the owner is and which keys it may have. */
struct place {
	char endpoint[ENDPOINT_BYTES], keys[2][BUS_KEY_BYTES];
};

static enum err read_place(
	struct place *ret, const struct bus_link_options *options, struct reason *reason)
{
	const char *next = options->next_key ? options->next_key : "";

	*ret = (struct place){.endpoint = ""};
	if (!copy_string(ret->endpoint, sizeof(ret->endpoint), options->endpoint))
		return reason_set(reason, ERR_INVALID, "endpoint", "1 to 255 bytes");
	if (strncmp(ret->endpoint, "tcp://", 6) != 0 && strncmp(ret->endpoint, "ipc://", 6) != 0)
		return reason_set(
			reason, ERR_INVALID, "endpoint", "must begin with tcp:// or ipc://");
	if (!copy_string(ret->keys[0], BUS_KEY_BYTES, options->server_key) ||
		!bus_is_key(ret->keys[0]))
		return reason_set(reason, ERR_INVALID, "server_key", "must be a key in Z85");
	if (*next && (!copy_string(ret->keys[1], BUS_KEY_BYTES, next) || !bus_is_key(ret->keys[1])))
		return reason_set(reason, ERR_INVALID, "next_key", "must be a key in Z85");
	return ERR_OK;
}

enum err bus_link_check(const struct bus_link_options *options, struct reason *reason)
{
	struct place place;

	return read_place(&place, options, reason);
}

/* Taken over together or not at all. */
static enum err take_place(
	struct bus_link *link, const struct bus_link_options *options, struct reason *reason)
{
	struct place place;
	enum err err = read_place(&place, options, reason);

	if (err)
		return err;
	memcpy(link->endpoint, place.endpoint, sizeof(place.endpoint));
	memcpy(link->keys, place.keys, sizeof(place.keys));
	return ERR_OK;
}

static enum err set_up(
	struct bus_link *link, const struct bus_link_options *options, struct reason *reason)
{
	struct loop *loop = link->bus->loop;

	if (!copy_string(link->node, sizeof(link->node), options->node))
		return reason_set(reason, ERR_INVALID, "node", "1 to 32 bytes");
	enum err err = take_place(link, options, reason);
	if (err)
		return err;
	err = loop_timer_new(loop, (struct loop_call){on_again, link}, &link->again);
	if (!err)
		err = loop_timer_new(
			loop, (struct loop_call){on_heartbeat, link}, &link->heartbeat);
	if (!err)
		err = loop_task_new(loop, (struct loop_call){on_end, link}, &link->end);
	if (err)
		return reason_set(reason, err, "", "out of memory");
	err = connect_socket(link, reason);
	if (!err)
		wait_for_welcome(link);
	return err;
}

enum err bus_link_open(struct bus *bus, const struct bus_link_options *options,
	struct bus_link **ret, struct reason *reason)
{
	struct bus_link *link = calloc(1, sizeof(*link));

	*ret = NULL;
	if (!link)
		return reason_set(reason, ERR_NO_MEMORY, "", "out of memory");
	link->bus = bus;
	link->handlers = options->handlers;
	link->welcome_ms = options->welcome_ms ? options->welcome_ms : WELCOME_MS;
	arena_init(&link->arena, ARENA_BYTES);
	enum err err = set_up(link, options, reason);
	if (err) {
		bus_link_close(link);
		return err;
	}
	*ret = link;
	return ERR_OK;
}

enum err bus_link_move(
	struct bus_link *link, const struct bus_link_options *options, struct reason *reason)
{
	char endpoint[ENDPOINT_BYTES], key[BUS_KEY_BYTES];

	memcpy(endpoint, link->endpoint, sizeof(endpoint));
	memcpy(key, link->keys[link->key], sizeof(key));
	enum err err = take_place(link, options, reason);
	if (err)
		return err;
	link->key = !strcmp(key, link->keys[1]);
	if (strcmp(endpoint, link->endpoint) != 0 || strcmp(key, link->keys[link->key]) != 0)
		bus_link_restart(link);
	return ERR_OK;
}

void bus_link_close(struct bus_link *link)
{
	struct op_bye bye = {0};
	const struct bus_out out = {OP_BYE, 0, &bye, BYTES_NONE};

	if (!link)
		return;
	enum err ignored = bus_link_send(link, &out);
	(void)ignored;
	bus_socket_close(link->socket, LINGER_MS);
	loop_timer_free(link->again);
	loop_timer_free(link->heartbeat);
	loop_task_free(link->end);
	arena_done(&link->arena);
	free(link);
}

void bus_link_restart(struct bus_link *link)
{
	if (link->state != LINK_DOWN)
		end_because(link, ERR_OK, "restarted");
}

bool bus_link_up(const struct bus_link *link)
{
	return link->state == LINK_UP && !link->ending;
}

const char *bus_link_node(const struct bus_link *link)
{
	return link->node;
}
