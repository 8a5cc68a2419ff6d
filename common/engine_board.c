/* Every queue of a node as one list with a verdict each, for operators. Touches the disk through
 * store.h only, in read transactions. */
#include <string.h>

#include "common/engine_private.h"

/* LOOKS: of each queue of the service, and of each quarantine, so that the answer stays cheap. */
enum { LOOKS = 1000, ASIDE_LOOKS = 50 };

struct board {
	struct question *q;
	const struct show_queues *ask;
	struct queue_board *reply;
	int64_t steady;
	enum err err;
};

static const char *const kind_words[] = {
	[queue_kind_link] = "link/", [queue_kind_quarantine] = "quarantine/"};

/* By its name, or by what the name begins with. */
static bool wanted(const struct board *board, const char *name)
{
	struct text ask = board->ask->queue;

	if (ask.n && ask.p[ask.n - 1] == '/')
		return !strncmp(name, ask.p, ask.n);
	return ask.n == 0 || text_is(ask, name);
}

/* NULL: it is not asked for. */
static struct queue_row *add_row(
	struct board *board, enum queue_kind kind, const char *name, const char *other)
{
	struct queue_row *row = &board->reply->queues.at[board->reply->queues.n];

	if (!name)
		board->err = ERR_NO_MEMORY;
	if (!name || !wanted(board, name))
		return NULL;
	board->reply->queues.n++;
	*row = (struct queue_row){.queue = text_of(name), .kind = kind, .other = text_of(other)};
	return row;
}

static void set_oldest(const struct board *board, struct queue_row *row, int64_t oldest)
{
	int64_t now = board->q->now;

	row->oldest = oldest;
	row->age_ms = oldest && now > oldest ? now - oldest : 0;
}

static void set_moved(struct queue_row *row, const struct queue_watch *watch)
{
	struct queue_moved minute = queue_watch_moved(watch, SPAN_MINUTE);
	struct queue_moved quarter = queue_watch_moved(watch, SPAN_QUARTER);

	row->came = watch->last.came;
	row->went = watch->last.went;
	row->came_1m = minute.came;
	row->went_1m = minute.went;
	row->came_15m = quarter.came;
	row->went_15m = quarter.went;
}

/* What is in quarantine comes from an owner, whose applying may be paused. */
static bool find_pause(
	const struct board *board, const struct queue_row *row, struct pause_row *ret)
{
	struct state *state = &board->q->state;
	struct text queue = row->queue;

	if (row->kind == queue_kind_quarantine)
		queue = text_of(
			arena_printf(state->arena, "from/%.*s", (int)row->other.n, row->other.p));
	return engine_find_pause(state->engine, state->txn, queue, ret);
}

static void judge(const struct board *board, struct queue_row *row, const struct queue_watch *watch,
	struct queue_facts *facts)
{
	const struct room room = board->q->state.engine->room;
	char *why = arena_alloc(board->q->state.arena, QUEUE_WHY_BYTES);
	struct pause_row pause;

	facts->kind = row->kind;
	facts->now = board->q->now;
	facts->depth = row->depth;
	facts->busy = room.level == ROOM_BUSY;
	facts->stopped = room.level == ROOM_STOPPED;
	if (find_pause(board, row, &pause)) {
		row->paused_until = facts->paused_until = pause.until;
		facts->paused_by = pause.by;
	}
	if (!why)
		return;
	row->verdict = queue_judge(watch, facts, why);
	row->reason = text_of(why);
	set_moved(row, watch);
}

/* ---- links ----------------------------------------------------------------------------------- */

static void add_link(struct board *board, unsigned follower)
{
	struct engine *engine = board->q->state.engine;
	const struct link_watch *watch = engine->followers[follower].watch;
	const char *name = arena_printf(board->q->state.arena, "%s%s", kind_words[queue_kind_link],
		engine->followers[follower].name);
	struct queue_row *row =
		add_row(board, queue_kind_link, name, engine->followers[follower].name);
	struct queue queue;

	if (!row)
		return;
	board->err = engine_queue(engine, follower, &queue);
	struct queue_facts facts = {.link = watch->state,
		.link_ms = board->steady - watch->since,
		.diverged_at = (int64_t)queue.diverged_at};
	row->depth = (int64_t)(queue.addressed - queue.delivered);
	row->seen = queue.seen;
	row->connected = watch->state == LINK_UP;
	row->hops = (int64_t)latency_count(&watch->hops);
	row->hop_p50_ms = latency_at(&watch->hops, 500);
	row->hop_p99_ms = latency_at(&watch->hops, 990);
	set_oldest(board, row, queue.oldest_time);
	judge(board, row, &watch->queue, &facts);
}

/* ---- what the service has -------------------------------------------------------------------- */

struct sum {
	int64_t now, oldest, overdue, due_1h, due_7d, held, ready;
	bool appointed;
};

static void earlier(int64_t *time, int64_t other)
{
	if (other && (*time == 0 || other < *time))
		*time = other;
}

static void sum_entry(void *ctx, const struct waiting *entry)
{
	struct sum *sum = ctx;

	earlier(&sum->oldest, entry->since);
	earlier(&sum->ready, entry->ready ? entry->ready : entry->since);
	sum->held += entry->held;
	if (entry->late || (entry->due && entry->due <= sum->now))
		sum->overdue++;
	else if (entry->due && !sum->appointed) {
		sum->due_1h += entry->due <= sum->now + MS_PER_HOUR;
		sum->due_7d += entry->due <= sum->now + 7 * MS_PER_DAY;
	}
}

static void add_service_queue(struct board *board, size_t i)
{
	struct question *q = board->q;
	struct engine *engine = q->state.engine;
	const struct service_queue *queue = &engine->service->queues[i];
	struct queue_row *row = add_row(board, queue->kind, queue->name, NULL);
	struct state state = engine_own_state(engine, q->state.txn, q->state.arena);
	struct sum sum = {.now = q->now, .appointed = queue->appointed};
	struct entries entries = {.fn = sum_entry, .ctx = &sum, .max = LOOKS};

	if (!row)
		return;
	row->depth = engine_count_queue(&state, queue);
	engine_each_entry(&state, queue, &entries);
	row->cut = entries.next.n > 0;
	row->overdue = sum.overdue;
	row->due_1h = sum.due_1h;
	row->due_7d = sum.due_7d;
	row->held = sum.held;
	set_oldest(board, row, sum.oldest);
	struct queue_facts facts = {.overdue = sum.overdue,
		.due_1h = sum.due_1h,
		.due_7d = sum.due_7d,
		.held = sum.held,
		.ready_ms = sum.ready && sum.ready < q->now ? q->now - sum.ready : 0};
	judge(board, row, &engine->queues[i], &facts);
}

/* ---- quarantine ------------------------------------------------------------------------------ */

/* The first ones were mostly set aside first. */
static int64_t oldest_aside(struct board *board, const struct owner *owner)
{
	struct txn *txn = board->q->state.txn;
	struct quarantine_row row;
	struct key prefix = {0};
	int64_t oldest = 0;
	struct scan scan;

	key_add_text(&prefix, owner->name, strlen(owner->name));
	scan_begin(&scan, txn, CORE_QUARANTINE, SCAN_UP, key_bytes(&prefix), BYTES_NONE);
	for (int i = 0; i < ASIDE_LOOKS && scan_next(&scan); i++) {
		struct arena_mark mark = arena_mark(board->q->state.arena);
		if (!row_decode(&scan, schema_quarantine_row(), board->q->state.arena, &row))
			earlier(&oldest, row.since);
		arena_release(board->q->state.arena, &mark);
	}
	scan_end(&scan);
	return oldest;
}

static void add_quarantine(struct board *board, const struct owner *owner)
{
	const char *name = arena_printf(
		board->q->state.arena, "%s%s", kind_words[queue_kind_quarantine], owner->name);
	struct queue_row *row = add_row(board, queue_kind_quarantine, name, owner->name);
	struct queue_facts facts = {.diverged = owner->diverged};

	if (!row)
		return;
	row->depth = owner->row.quarantined - owner->row.buried;
	set_oldest(board, row, row->depth ? oldest_aside(board, owner) : 0);
	judge(board, row, owner->watch, &facts);
}

enum err engine_show_queues(struct question *q, const void *query, void *ret_reply)
{
	struct engine *engine = q->state.engine;
	const struct engine_options *options = &engine->options;
	struct board board = {
		.q = q, .ask = query, .reply = ret_reply, .steady = clock_steady(&options->clock)};
	size_t n = options->n_followers + options->n_owners + engine->service->n_queues;

	board.reply->node = text_of(options->node);
	board.reply->now = q->now;
	board.reply->watched_since = engine->watching.since;
	board.reply->queues.at =
		arena_alloc(q->state.arena, (n + 1) * sizeof(*board.reply->queues.at));
	if (!board.reply->queues.at)
		return reason_set(q->reason, ERR_NO_MEMORY, "", "out of memory");
	for (unsigned i = 0; !board.err && i < options->n_followers; i++)
		add_link(&board, i);
	for (size_t i = 0; !board.err && i < engine->service->n_queues; i++)
		add_service_queue(&board, i);
	for (size_t i = 0; !board.err && i < options->n_owners; i++)
		add_quarantine(&board, &engine->owners[i]);
	return board.err ? reason_set(q->reason, board.err, "", "the state cannot be read")
			 : ERR_OK;
}
