/* Queues that stand still because an operator wants them to, and go on by themselves. Touches the
 * disk through store.h only.
 *
 * 1. A pause ends at its `until`, by the clock; the deadline of it only takes its row away.
 * 2. What a pause holds up stays where it is, and is counted there as before. */
#include <stdio.h>
#include <string.h>

#include "common/admin.h"
#include "common/engine_private.h"

enum { PAUSES_MAX = 64, QUEUE_BYTES = 48 };

static struct key row_key(struct text queue)
{
	struct key key = {0};

	key_add_text(&key, queue.p, queue.n);
	return key;
}

/* What the records and the deadline of its pauses are about. */
static struct uuid entity_of(struct text queue)
{
	struct key key = row_key(queue);

	return uuid_of_hash(0, key_bytes(&key));
}

bool engine_find_pause(
	struct engine *engine, struct txn *txn, struct text queue, struct pause_row *ret)
{
	struct key key = row_key(queue);

	return row_get(txn, CORE_PAUSES, &key, schema_pause_row(), &engine->arena, ret) &&
	       ret->until > clock_now(&engine->options.clock);
}

bool engine_paused(struct engine *engine, struct txn *txn, const char *kind, const char *name)
{
	char queue[QUEUE_BYTES + 1];
	struct pause_row row;
	int n = snprintf(queue, sizeof(queue), "%s/%s", kind, name);

	return n > 0 && (size_t)n < sizeof(queue) &&
	       engine_find_pause(engine, txn, text_of(queue), &row);
}

bool engine_owner_paused(struct engine *engine, unsigned owner)
{
	struct txn *txn;

	arena_reset(&engine->read_arena);
	if (store_begin(engine->options.store, STORE_READ, &engine->read_arena, &txn))
		return false; /* what reads or writes next says so */
	bool paused = engine_paused(engine, txn, "from", engine->owners[owner].name);
	store_abort(txn);
	return paused;
}

/* ---- applying -------------------------------------------------------------------------------- */

void engine_apply_pause(struct fold *fold, const struct record *record, const void *event)
{
	const struct queue_paused *paused = event;
	const struct queue_resumed *resumed = event;
	bool begins = text_is(record->type, schema_queue_paused()->head->name);
	struct key key = row_key(begins ? paused->queue : resumed->queue);

	if (begins) {
		const struct pause_row row = {
			paused->until, record->time, paused->by, paused->reason};
		row_put(fold->state.txn, CORE_PAUSES, &key, schema_pause_row(), &row);
		fold_deadline(fold, record, DEADLINE_PAUSE, paused->until);
	} else {
		store_delete(fold->state.txn, CORE_PAUSES, key_bytes(&key));
		fold_deadline_clear(fold, record->entity, DEADLINE_PAUSE);
	}
}

/* Its name is not in the deadline, and there are few. */
enum err engine_decide_pause(struct decision *d, struct uuid entity, int64_t due)
{
	struct scan scan;

	(void)due;
	scan_begin(&scan, d->state.txn, CORE_PAUSES, SCAN_UP, BYTES_NONE, BYTES_NONE);
	while (scan_next(&scan)) {
		struct text queue = {(const char *)scan.key.p, (uint32_t)scan.key.n - 1, false};
		if (!uuid_equal(entity, entity_of(queue)))
			continue;
		queue.p = arena_copy(d->state.arena, queue.p, queue.n);
		const struct queue_resumed resumed = {.queue = queue};
		decision_emit(d, schema_queue_resumed(), entity, &resumed);
		break;
	}
	scan_end(&scan);
	return ERR_OK;
}

/* ---- commands -------------------------------------------------------------------------------- */

static void fill_line(struct text queue, const struct pause_row *row, struct pause_line *line)
{
	*line = (struct pause_line){queue, row->until, row->since, row->by, row->reason};
}

static void append(
	struct engine_call *call, const struct schema *event, void *fields, struct text queue)
{
	struct engine *engine = call->taking.engine;
	const struct emitted emitted = {
		.schema = event, .entity = entity_of(queue), .fields = fields};
	int64_t now = clock_now(&engine->options.clock);

	engine_append(engine, call->taking.txn, &emitted,
		&(struct append){now, now, false, &call->request->actor, NULL});
}

enum err engine_pause_queue(struct engine_call *call)
{
	const struct pause_queue *c = call->body;
	struct engine *engine = call->taking.engine;
	struct state state = engine_own_state(engine, call->taking.txn, &engine->arena);
	int64_t now = clock_now(&engine->options.clock);
	struct queue_paused event = {c->queue, c->until, c->by, c->reason};
	struct queue_name queue;
	enum err err = engine_find_queue(&state, c->queue, &queue, call->reason);

	if (!err && !queue.kind->pauses)
		err = reason_set(call->reason, ERR_CONFLICT, "queue",
			"cannot be paused: nothing in it is tried by itself");
	if (!err && (c->until <= now || c->until > now + MS_PER_DAY))
		err = reason_set(
			call->reason, ERR_INVALID, "until", "must lie ahead, and at most 24 hours");
	if (!err && store_count(call->taking.txn, CORE_PAUSES) >= PAUSES_MAX)
		err = reason_set(
			call->reason, ERR_LIMIT, "queue", "%d are paused already", PAUSES_MAX);
	if (err)
		return err;
	append(call, schema_queue_paused(), &event, c->queue);
	fill_line(c->queue, &(struct pause_row){c->until, now, c->by, c->reason}, call->reply);
	call->changed = true;
	return store_error(call->taking.txn);
}

enum err engine_resume_queue(struct engine_call *call)
{
	const struct resume_queue *c = call->body;
	struct engine *engine = call->taking.engine;
	struct queue_resumed event = {c->queue, c->by, c->reason};
	struct pause_row row;

	if (!engine_find_pause(engine, call->taking.txn, c->queue, &row))
		return reason_set(call->reason, ERR_NOT_FOUND, "queue", "is not paused");
	append(call, schema_queue_resumed(), &event, c->queue);
	fill_line(c->queue, &row, call->reply);
	call->changed = true;
	return store_error(call->taking.txn);
}

/* ---- list ------------------------------------------------------------------------------------ */

enum err engine_list_pauses(struct question *q, const void *query, void *ret_reply)
{
	const struct list_pauses *ask = query;
	struct pause_list *reply = ret_reply;
	struct pause_row row;
	struct scan scan;
	enum err err = ERR_OK;

	reply->pauses.at = arena_alloc(q->state.arena, PAUSES_MAX * sizeof(*reply->pauses.at));
	if (!reply->pauses.at)
		return reason_set(q->reason, ERR_BUSY, "", "too much in one turn");
	scan_begin(&scan, q->state.txn, CORE_PAUSES, SCAN_UP, BYTES_NONE, BYTES_NONE);
	while (!err && reply->pauses.n < PAUSES_MAX && scan_next(&scan)) {
		struct text queue = {(const char *)scan.key.p, (uint32_t)scan.key.n - 1, false};
		queue.p = arena_copy(q->state.arena, queue.p, queue.n);
		err = row_decode(&scan, schema_pause_row(), q->state.arena, &row);
		if (!err && row.until > q->now &&
			(ask->queue.n == 0 || text_equal(ask->queue, queue)))
			fill_line(queue, &row, &reply->pauses.at[reply->pauses.n++]);
	}
	scan_end(&scan);
	return err ? reason_set(q->reason, err, "", "the pauses cannot be read") : ERR_OK;
}
