/* Requests over links of the bus, each answered once and in time. Touches the network through
 * bus_link.c. */
#include "common/caller.h"

#include <stdlib.h>

enum {
	ARENA_BYTES = 1024 * 1024,
	TICK_MS = 50,
	GRACE_MS = 250, /* for the node's own word that time is up */
	/* People wait for it: one that was down is tried again soon. */
	WELCOME_MS = 1500,
};

struct call {
	struct call *next;
	struct uuid key;
	uint64_t correlation;
	int64_t until; /* steady ms */
	struct call_done done;
};

struct caller {
	struct bus_link *link;
	struct clock clock;
	struct loop_timer *tick; /* runs while something is under way */
	struct call *first;
	size_t n;
	uint64_t last; /* correlation */
	struct buffer body;
	struct arena arena;
};

/* The call is off the list before anybody is told: they may ask again. */
static void end_call(struct caller *caller, struct call **at, struct client_answer *answer)
{
	struct call *call = *at;
	struct call_done done = call->done;

	*at = call->next;
	caller->n--;
	answer->key = call->key;
	answer->correlation = call->correlation;
	free(call);
	if (done.fn)
		done.fn(done.ctx, answer);
}

static struct call **find(struct caller *caller, uint64_t correlation)
{
	struct call **at = &caller->first;

	while (*at && (*at)->correlation != correlation)
		at = &(*at)->next;
	return *at ? at : NULL;
}

/* ---- what arrives ---------------------------------------------------------------------------- */

static void on_welcome(void *ctx, struct bus_link *link, const struct op_welcome *welcome)
{
	(void)ctx;
	(void)link;
	(void)welcome;
}

static void on_heartbeat(void *ctx, struct bus_link *link, const struct op_heartbeat *heartbeat)
{
	(void)ctx;
	(void)link;
	(void)heartbeat;
}

static void on_error(void *ctx, struct bus_link *link, const struct op_error *error)
{
	(void)ctx;
	(void)link;
	(void)error;
}

static void take_reply(struct caller *caller, const struct op_reply *reply)
{
	struct client_answer answer = {
		.seq = (uint64_t)reply->seq,
		.replayed = reply->replayed,
		.retry_after_ms = reply->retry_after_ms,
		.body = text_bytes(reply->body),
	};
	struct call **at = find(caller, (uint64_t)reply->correlation);

	op_reason_of_reply(reply, &answer.reason);
	answer.status = answer.reason.code;
	if (at)
		end_call(caller, at, &answer);
}

static void on_replies(
	void *ctx, struct bus_link *link, const struct op_replies *replies, struct bytes items)
{
	struct caller *caller = ctx;
	struct op_reply reply;
	struct op_item item;
	(void)replies;

	while (op_item_next(&items, &item)) {
		if (schema_decode(schema_op_reply(), item.bytes, PACK_PLAIN, &caller->arena, &reply,
			    NULL))
			bus_link_restart(link); /* what it answers cannot be known */
		else
			take_reply(caller, &reply);
		arena_reset(&caller->arena);
	}
}

static void on_refused(
	void *ctx, struct bus_link *link, uint64_t correlation, const struct op_error *error)
{
	struct client_answer answer = {.unknown = error->outcome == op_outcome_unknown,
		.retry_after_ms = error->retry_after_ms};
	struct caller *caller = ctx;
	struct call **at = find(caller, correlation);
	(void)link;

	op_reason_of_error(error, &answer.reason);
	answer.status = answer.reason.code;
	if (at)
		end_call(caller, at, &answer);
}

static void end_lost(struct caller *caller, struct call **at, const char *rule)
{
	struct client_answer answer = {.status = ERR_TIMEOUT, .unknown = true};

	(void)reason_set(&answer.reason, ERR_TIMEOUT, "", "%s", rule);
	end_call(caller, at, &answer);
}

static void on_lost(void *ctx, struct bus_link *link, const struct reason *reason)
{
	struct caller *caller = ctx;
	uint64_t last = caller->last; /* those told may ask again */
	(void)link;
	(void)reason;

	while (caller->first && caller->first->correlation <= last)
		end_lost(caller, &caller->first, "the connection broke");
}

static void on_tick(void *ctx, unsigned what)
{
	struct caller *caller = ctx;
	int64_t now = clock_steady(&caller->clock);
	(void)what;

	for (bool again = true; again;) {
		struct call **at = &caller->first;
		while (*at && (*at)->until > now)
			at = &(*at)->next;
		again = *at != NULL;
		if (again)
			end_lost(caller, at, "no answer in time");
	}
	if (!caller->first)
		loop_timer_stop(caller->tick);
}

/* ---- asking ---------------------------------------------------------------------------------- */

static enum err send_request(
	struct caller *caller, const struct client_request *request, uint64_t correlation)
{
	struct actor actor = request->actor;
	const struct op_request item = {.key = request->key,
		.type = request->type,
		.actor = actor.role.n ? &actor : NULL,
		.timeout_ms = request->timeout_ms,
		.why = request->why,
		.body = text_of_bytes(request->body)};
	const struct op_requests fields = {.count = 1};
	enum err err = schema_check(schema_op_request(), &item, NULL);

	if (err)
		return err;
	buffer_reset(&caller->body);
	op_item_add(&caller->body, schema_op_request(), &item);
	if (caller->body.failed)
		return ERR_LIMIT;
	const struct bus_out out = {OP_REQUEST, correlation, &fields, buffer_bytes(&caller->body)};
	err = bus_link_send(caller->link, &out);
	/* one that takes no more of so little stands still; the node did not say that it is busy */
	return err == ERR_BUSY ? ERR_NOT_FOUND : err;
}

enum err caller_ask(struct caller *caller, const struct client_request *request,
	struct call_done done, struct call **ret)
{
	struct call *call = caller->n < CALLS_MAX ? calloc(1, sizeof(*call)) : NULL;
	struct call **end = &caller->first;

	*ret = NULL;
	if (!call)
		return caller->n < CALLS_MAX ? ERR_NO_MEMORY : ERR_BUSY;
	*call = (struct call){.key = request->key,
		.correlation = caller->last + 1,
		.until = clock_steady(&caller->clock) + request->timeout_ms + GRACE_MS,
		.done = done};
	enum err err = send_request(caller, request, call->correlation);
	if (err) {
		free(call);
		return err;
	}
	caller->last = call->correlation;
	while (*end)
		end = &(*end)->next;
	*end = call;
	if (caller->n++ == 0)
		loop_timer_every(caller->tick, TICK_MS);
	*ret = call;
	return ERR_OK;
}

void call_forget(struct call *call)
{
	call->done = (struct call_done){NULL, NULL};
}

/* ---- opening and closing --------------------------------------------------------------------- */

static struct bus_link_options link_options(
	struct caller *caller, const struct caller_options *options)
{
	return (struct bus_link_options){.node = options->node,
		.endpoint = options->endpoint,
		.server_key = options->server_key,
		.welcome_ms = WELCOME_MS,
		.handlers = {.ctx = caller,
			.on_welcome = on_welcome,
			.on_error = on_error,
			.on_heartbeat = on_heartbeat,
			.on_lost = on_lost,
			.on_replies = on_replies,
			.on_refused = on_refused}};
}

enum err caller_open(struct bus *bus, const struct caller_options *options, struct caller **ret,
	struct reason *reason)
{
	struct caller *caller = calloc(1, sizeof(*caller));

	*ret = NULL;
	if (!caller)
		return reason_set(reason, ERR_NO_MEMORY, "", "out of memory");
	caller->clock = options->clock;
	arena_init(&caller->arena, ARENA_BYTES);
	buffer_init(&caller->body, OP_BODY_MAX);
	const struct bus_link_options link = link_options(caller, options);
	enum err err =
		loop_timer_new(options->loop, (struct loop_call){on_tick, caller}, &caller->tick);
	if (err)
		(void)reason_set(reason, err, "", "out of memory");
	else
		err = bus_link_open(bus, &link, &caller->link, reason);
	if (err)
		caller_close(caller);
	else
		*ret = caller;
	return err;
}

void caller_close(struct caller *caller)
{
	if (!caller)
		return;
	bus_link_close(caller->link);
	loop_timer_free(caller->tick);
	for (struct call *next, *call = caller->first; call; call = next) {
		next = call->next;
		free(call);
	}
	buffer_done(&caller->body);
	arena_done(&caller->arena);
	free(caller);
}

enum err caller_move(
	struct caller *caller, const struct caller_options *options, struct reason *reason)
{
	const struct bus_link_options link = link_options(caller, options);

	return bus_link_move(caller->link, &link, reason);
}

bool caller_up(const struct caller *caller)
{
	return bus_link_up(caller->link);
}
