/* Asks all nodes of the town at once, again and again, over the sockets of caller.h. */
#include "services/oneplanctl/watch.h"

#include <string.h>

#include "services/oneplanctl/ask.h"

enum {
	REPLY_BYTES = 4 * 1024 * 1024,
	BODY_BYTES = 4096,
	ANSWER_MS = 2000,
	CONNECT_POLL_MS = 20,
	PAGE = 100,
	TROUBLES_EVERY = 5, /* rounds */
	CLOCK_LIMIT_MS = 1000
};

static const struct schema *schema_of(enum watch_question question)
{
	switch (question) {
	case WATCH_STATUS:
		return schema_show_status();
	case WATCH_BOARD:
		return schema_show_queues();
	case WATCH_ASIDE:
		return schema_list_quarantine();
	case WATCH_FAILED:
	case WATCH_UNCERTAIN:
	case WATCH_QUESTIONS:
		break;
	}
	return schema_list_outbox();
}

/* ---- what was answered ----------------------------------------------------------------------- */

static enum watch_question question_of(const struct watch_slot *slot)
{
	return (enum watch_question)(slot - slot->of->slots);
}

const void *watch_last(const struct watch_node *node, enum watch_question question)
{
	const struct watch_slot *slot = &node->slots[question];

	return slot->replies[slot->now];
}

const struct status_reply *watch_status(const struct watch_node *node)
{
	return watch_last(node, WATCH_STATUS);
}

const struct queue_board *watch_board(const struct watch_node *node)
{
	return watch_last(node, WATCH_BOARD);
}

bool watch_up(const struct watch_node *node)
{
	unsigned round = node->slots[WATCH_STATUS].round;

	return round > 0 && round >= node->watch->over;
}

const char *watch_state(const struct watch_node *node)
{
	const struct status_reply *status = watch_status(node);

	if (!watch_up(node))
		return node->caller && caller_up(node->caller) ? "silent" : "down";
	if (status->corrupt)
		return "corrupt";
	if (status->diverged)
		return "diverged";
	return text_is(status->room, "busy")      ? "busy"
	       : text_is(status->room, "stopped") ? "stopped"
						  : "up";
}

bool watch_well(const struct watch_node *node)
{
	return strcmp(watch_state(node), "up") == 0 && node->clock_ahead_ms <= CLOCK_LIMIT_MS &&
	       node->clock_ahead_ms >= -CLOCK_LIMIT_MS;
}

/* A counter that went back belongs to a node that was started anew. */
static int64_t rate_of(int64_t before, int64_t now, int64_t ms)
{
	return ms > 0 && now >= before ? (now - before) * 1000000 / ms : -1;
}

static int64_t slot_ms(const struct watch_slot *slot)
{
	return slot->times[slot->now] - slot->times[!slot->now];
}

int64_t watch_head_rate(const struct watch_node *node)
{
	const struct watch_slot *slot = &node->slots[WATCH_STATUS];
	const struct status_reply *before = slot->replies[!slot->now];
	const struct status_reply *now = slot->replies[slot->now];

	return before && now && watch_up(node) ? rate_of(before->head, now->head, slot_ms(slot))
					       : -1;
}

struct watch_rates watch_rates(const struct watch_node *node, const struct queue_row *row)
{
	const struct watch_slot *slot = &node->slots[WATCH_BOARD];
	const struct queue_board *before = slot->replies[!slot->now];
	struct watch_rates rates = {-1, -1};

	for (size_t i = 0; before && watch_up(node) && i < before->queues.n; i++) {
		const struct queue_row *earlier = &before->queues.at[i];
		if (!text_equal(earlier->queue, row->queue))
			continue;
		rates.in = rate_of(earlier->came, row->came, slot_ms(slot));
		rates.out = rate_of(earlier->went, row->went, slot_ms(slot));
	}
	return rates;
}

/* ---- a round --------------------------------------------------------------------------------- */

static void end_round(struct watch *watch)
{
	if (!watch->asking)
		return;
	watch->asking = false;
	watch->over = watch->round;
	loop_timer_stop(watch->end);
	watch->on_round.fn(watch->on_round.ctx, 0);
}

/* The answer before the last one makes room. */
static void keep(struct watch_slot *slot, const struct client_answer *answer)
{
	const struct schema *reply = schema_of(question_of(slot))->head->reply();
	unsigned next = !slot->now;
	struct watch_node *node = slot->of;
	struct arena *arena = &slot->arenas[next];

	arena_reset(arena);
	slot->replies[next] = NULL;
	void *record = arena_alloc(arena, reply->size);
	if (!record)
		return;
	if (schema_decode(reply, answer->body, PACK_PLAIN, arena, record, &node->reason))
		return;
	slot->replies[next] = record;
	slot->times[next] = clock_steady(&node->watch->clock);
	slot->now = next;
	slot->round = slot->asked;
	if (question_of(slot) == WATCH_STATUS) {
		int64_t now = clock_now(&node->watch->clock);
		node->clock_ahead_ms =
			watch_status(node)->now - (node->asked_at + (now - node->asked_at) / 2);
	}
}

static void on_answer(void *ctx, const struct client_answer *answer)
{
	struct watch_slot *slot = ctx;
	struct watch *watch = slot->of->watch;

	slot->call = NULL;
	if (answer->status)
		slot->of->reason = answer->reason;
	else
		keep(slot, answer);
	if (watch->asking && slot->asked == watch->round && --watch->waited == 0)
		end_round(watch);
}

enum err watch_query(struct watch_node *node, const struct watch_query *query, struct call **ret,
	struct reason *reason)
{
	struct client_request request = {.type = text_of(query->schema->head->name),
		.actor = node->watch->ctl->actor,
		.timeout_ms = ANSWER_MS};
	struct buffer body;

	buffer_init(&body, BODY_BYTES);
	schema_encode(query->schema, query->fields, &body);
	request.body = buffer_bytes(&body);
	enum err err = body.failed    ? ERR_LIMIT
		       : node->caller ? caller_ask(node->caller, &request, query->done, ret)
				      : ERR_NOT_FOUND;
	buffer_done(&body);
	if (err == ERR_NOT_FOUND)
		return reason_set(reason, ERR_TIMEOUT, "", "%s is down", node->node->name);
	return err ? reason_set(reason, err, "", "%s", err_sentence(err)) : ERR_OK;
}

static bool holds(const struct watch_node *node, enum queue_kind kind)
{
	const struct queue_board *board = watch_board(node);

	for (size_t i = 0; board && i < board->queues.n; i++)
		if (board->queues.at[i].kind == kind &&
			(board->queues.at[i].depth > 0 || kind == queue_kind_outbox))
			return true;
	return false;
}

static bool is_asked(const struct watch_node *node, enum watch_question question)
{
	if (question <= WATCH_BOARD)
		return true;
	if (!node->watch->troubles || node->watch->round % TROUBLES_EVERY != 2)
		return false;
	return holds(node, question == WATCH_ASIDE ? queue_kind_quarantine : queue_kind_outbox);
}

static void ask(struct watch_node *node, enum watch_question question)
{
	const struct show_status status = {.detail = TEXT_NONE};
	const struct show_queues board = {.queue = TEXT_NONE};
	const struct list_quarantine aside = {.limit = PAGE};
	const struct list_outbox failed = {.state = message_state_failed, .limit = PAGE};
	const struct list_outbox uncertain = {.state = message_state_uncertain, .limit = PAGE};
	const void *const fields[] = {&status, &board, &aside, &failed, &uncertain};
	struct watch_slot *slot = &node->slots[question];
	const struct watch_query query = {schema_of(question), fields[question], {on_answer, slot}};

	if (slot->call) /* of an earlier round; it is waited for no more */
		return;
	if (watch_query(node, &query, &slot->call, &node->reason))
		return;
	slot->asked = node->watch->round;
	node->watch->waited++;
}

/* Where it is and which key it has may have changed since. */
static void look_again(struct watch_node *node)
{
	struct watch *watch = node->watch;
	const char *endpoint = node->node->endpoint, *key = node->node->public_key;

	ctl_look_again(watch->ctl, node->node);
	if (node->node->endpoint == endpoint && node->node->public_key == key)
		return;
	const struct caller_options options = {.loop = watch->loop,
		.node = node->node->name,
		.endpoint = node->node->endpoint,
		.server_key = node->node->public_key,
		.clock = watch->clock};
	if (caller_move(node->caller, &options, &node->reason))
		return; /* all stays as it was */
}

static void begin(struct watch *watch)
{
	watch->waited = 0;
	for (size_t i = 0; i < watch->n; i++) {
		struct watch_node *node = &watch->nodes[i];
		if (!node->caller || !caller_up(node->caller)) {
			if (node->caller && watch->round % TROUBLES_EVERY == 0)
				look_again(node);
			continue;
		}
		node->asked_at = clock_now(&watch->clock);
		for (unsigned k = 0; k < WATCH_QUESTIONS; k++)
			if (is_asked(node, (enum watch_question)k))
				ask(node, (enum watch_question)k);
	}
}

static bool all_connected(const struct watch *watch)
{
	for (size_t i = 0; i < watch->n; i++)
		if (watch->nodes[i].caller && !caller_up(watch->nodes[i].caller))
			return false;
	return true;
}

static void begin_or_wait(struct watch *watch)
{
	bool wait = watch->round == 1 && !all_connected(watch) &&
		    clock_steady(&watch->clock) - watch->began < watch->limit_ms;

	watch->connecting = wait;
	if (!wait)
		begin(watch);
	loop_timer_once(watch->end, wait ? CONNECT_POLL_MS : watch->waited ? watch->limit_ms : 0);
}

static void on_end(void *ctx, unsigned what)
{
	struct watch *watch = ctx;
	(void)what;

	if (watch->connecting)
		begin_or_wait(watch);
	else
		end_round(watch);
}

void watch_ask(struct watch *watch, int64_t limit_ms)
{
	if (watch->asking)
		return;
	watch->asking = true;
	watch->round++;
	watch->limit_ms = limit_ms;
	watch->began = clock_steady(&watch->clock);
	begin_or_wait(watch);
}

/* ---- opening and closing --------------------------------------------------------------------- */

static void open_node(struct watch *watch, const struct town_node *at)
{
	struct watch_node *node = &watch->nodes[watch->n++];
	const struct caller_options options = {.loop = watch->loop,
		.node = at->name,
		.endpoint = at->endpoint,
		.server_key = at->public_key,
		.clock = watch->clock};

	*node = (struct watch_node){.node = at, .watch = watch};
	for (unsigned k = 0; k < WATCH_QUESTIONS; k++) {
		node->slots[k].of = node;
		for (unsigned i = 0; i < 2; i++)
			arena_init(&node->slots[k].arenas[i], REPLY_BYTES);
	}
	if (caller_open(watch->bus, &options, &node->caller, &node->reason))
		node->caller = NULL; /* its state says so */
}

enum err watch_open(struct watch *watch, struct ctl *ctl, struct reason *reason)
{
	const char *name = ctl->client ? ctl->client : "operator";
	struct town_keys keys;
	enum err err = ctl_open_town(ctl, reason);

	*watch = (struct watch){.ctl = ctl, .clock = clock_real()};
	if (!err)
		err = town_read_keys(&ctl->town, name, &keys, reason);
	if (err)
		return err;
	if (loop_open(&watch->loop) ||
		loop_timer_new(watch->loop, (struct loop_call){on_end, watch}, &watch->end))
		return reason_set(reason, ERR_NO_MEMORY, "", "out of memory");
	const struct bus_options options = {.loop = watch->loop,
		.node = name,
		.public_key = keys.public_key,
		.secret_key = keys.secret_key,
		.clock = watch->clock,
		.random = random_real()};
	err = bus_open(&options, &watch->bus, reason);
	for (size_t i = 0; !err && i < ctl->town.n; i++)
		open_node(watch, &ctl->town.nodes[i]);
	return err;
}

void watch_close(struct watch *watch)
{
	for (size_t i = 0; i < watch->n; i++) {
		struct watch_node *node = &watch->nodes[i];
		caller_close(node->caller);
		for (unsigned k = 0; k < WATCH_QUESTIONS; k++) {
			arena_done(&node->slots[k].arenas[0]);
			arena_done(&node->slots[k].arenas[1]);
		}
	}
	bus_close(watch->bus);
	loop_timer_free(watch->end);
	loop_close(watch->loop);
	watch->n = 0;
}
