/* The simulated clients' connections: they greet, keep the session alive and begin anew. Touches
 * nothing. */
#include "tests/sim/town/clients.h"

#include <stdlib.h>

#include "common/bus_parts.h"

enum { WATCHDOG_MS = 5000, SILENT_MAX = 3 };

static struct {
	struct line lines[CLIENTS][NODES];
	struct arena arena;
	struct buffer scratch;
} all;

struct line *line_of(unsigned client, unsigned node)
{
	return &all.lines[client][node];
}

static void line_close(struct line *line)
{
	struct op_bye bye = {0};
	const struct bus_out out = {OP_BYE, 0, &bye, BYTES_NONE};

	if (line->state == LINE_UP && line_send(line, &out))
		trace("bye not said");
	wire_close(line->wire, 200);
	line->wire = NULL;
	line->state = LINE_DOWN;
	flights_lost(line);
}

void line_restart(struct line *line)
{
	if (line->state == LINE_DOWN)
		return;
	line_close(line);
	event_set(&line->tick, world.now + 1 + (int64_t)chance(FOR_CLIENTS, 500));
}

enum err line_send(struct line *line, const struct bus_out *out)
{
	if (line->state < LINE_GREETING)
		return ERR_NOT_FOUND;
	return wire_send_out(line->wire, NULL, out, &all.scratch);
}

/* ---- what arrives ---------------------------------------------------------------------------- */

static void take_welcome(struct line *line, const struct op_welcome *welcome)
{
	line->state = LINE_UP;
	line->heartbeat_ms = welcome->heartbeat_ms;
	event_set(&line->tick, world.now + line->heartbeat_ms);
	flights_resume(line);
}

static void take_replies(struct line *line, const struct op_message *message)
{
	struct bytes body = message->body;
	struct op_item item;
	struct op_reply reply;

	while (line->state == LINE_UP && op_item_next(&body, &item)) {
		if (schema_decode(
			    schema_op_reply(), item.bytes, PACK_PLAIN, &all.arena, &reply, NULL))
			fail("a reply of %s cannot be read", node_names[line->node]);
		else
			flight_reply(line, &reply);
	}
}

union fields {
	struct op_welcome welcome;
	struct op_replies replies;
	struct op_error error;
	struct op_heartbeat heartbeat;
	struct op_bye bye;
};

static void take(struct line *line, const struct op_message *message, const union fields *fields)
{
	struct reason reason;

	if (message->kind == OP_WELCOME && line->state == LINE_GREETING) {
		take_welcome(line, &fields->welcome);
	} else if (message->kind == OP_REPLY && line->state == LINE_UP) {
		take_replies(line, message);
	} else if (message->kind == OP_ERROR) {
		op_reason_of_error(&fields->error, &reason);
		flight_refused(line, message->correlation, &reason);
	} else if (message->kind == OP_BYE && line->state == LINE_UP) {
		line_restart(line);
	}
}

static void on_message(void *ctx, struct wire_message *parts)
{
	struct line *line = ctx;
	struct op_message message;
	union fields fields;

	arena_reset(&all.arena);
	enum err err = wire_decode(parts, 0, &message, NULL);
	if (!err)
		err = op_fields_decode(&message, &all.arena, &fields, NULL);
	if (!err && message.kind == OP_REPLY)
		err = op_items_check(message.body, fields.replies.count, NULL);
	line->silent = 0;
	if (err)
		line_restart(line); /* P43 */
	else
		take(line, &message, &fields);
}

/* ---- life ------------------------------------------------------------------------------------ */

static void on_event(void *ctx, bool writable)
{
	static const struct uuid boot = {{7}};
	struct line *line = ctx;
	struct op_hello hello = {.min_major = OP_MAJOR,
		.max_major = OP_MAJOR,
		.node = text_of(client_names[line->client]),
		.boot = boot,
		.max_message = OP_MESSAGE_MAX};
	const struct bus_out out = {OP_HELLO, 0, &hello, BYTES_NONE};

	(void)writable;
	if (line->state != LINE_CONNECTING)
		return;
	line->state = LINE_GREETING;
	if (line_send(line, &out))
		line->state = LINE_CONNECTING;
}

static void line_open(struct line *line)
{
	const struct wire_ends ends = {line, on_message, on_event};

	line->wire = wire_of_client(line->client, line->node, &ends);
	line->state = LINE_CONNECTING;
	line->silent = 0;
	event_set(&line->tick, world.now + WATCHDOG_MS + (int64_t)chance(FOR_CLIENTS, 1000));
}

static void beat(struct line *line)
{
	struct op_heartbeat heartbeat = {0};
	const struct bus_out out = {OP_HEARTBEAT, 0, &heartbeat, BYTES_NONE};

	if (++line->silent > SILENT_MAX) {
		line_restart(line);
	} else if (!line_needed(line) && chance(FOR_CLIENTS, 2) == 0) {
		line_close(line);
	} else {
		event_set(&line->tick, world.now + line->heartbeat_ms);
		if (line_send(line, &out))
			trace("a client's heartbeat is not sent");
	}
}

static void run_tick(struct event *event)
{
	struct line *line = OWNER_OF(event, struct line, tick);

	if (line->state == LINE_UP)
		beat(line);
	else if (line->state != LINE_DOWN)
		line_restart(line); /* no WELCOME in time */
	else if (line_needed(line))
		line_open(line);
}

void line_wake(struct line *line)
{
	if (line->state == LINE_DOWN && line->tick.place == 0)
		line_open(line);
}

void clients_begin(void)
{
	arena_init(&all.arena, (size_t)8 * 1024 * 1024);
	buffer_init(&all.scratch, OP_FIELDS_MAX);
	for (unsigned i = 0; i < CLIENTS; i++)
		for (unsigned node = 0; node < NODES; node++)
			all.lines[i][node] = (struct line){.client = i,
				.node = node,
				.tick = {.kind = STEP_CLIENT, .run = run_tick}};
}
