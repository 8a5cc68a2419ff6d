/* What is met that is not as it was written, and the node's check of itself in the background.
 * Touches the disk through store.h only. */
#include <stdio.h>
#include <string.h>

#include "common/admin.h"
#include "common/engine_private.h"

enum { ROWS_A_TICK = 2000 };

void engine_met_corrupt(struct engine *engine, const char *where)
{
	struct corrupt *corrupt = &engine->corrupt;

	if (corrupt->met++ == 0) /* where it lies, and what else */
		engine->scrub.wanted = true;
	snprintf(corrupt->where, sizeof(corrupt->where), "%s", where);
}

void engine_corrupt(const struct engine *engine, struct corrupt *ret)
{
	*ret = engine->corrupt;
}

/* ---- the pass -------------------------------------------------------------------------------- */

static struct key scrub_key(void)
{
	struct key key = {0};

	key_add_text(&key, "scrub", 5);
	return key;
}

void engine_load_scrub(struct engine *engine, struct txn *txn)
{
	struct key key = scrub_key();

	engine->scrub.last = (struct scrub_row){0};
	row_get(txn, CORE_META, &key, schema_scrub_row(), &engine->read_arena, &engine->scrub.last);
}

/* Without room it is done anew after the next start. */
static void keep_result(struct engine *engine)
{
	struct key key = scrub_key();
	struct txn *txn;

	arena_reset(&engine->arena);
	if (store_begin(engine->options.store, STORE_WRITE, &engine->arena, &txn))
		return;
	row_put(txn, CORE_META, &key, schema_scrub_row(), &engine->scrub.last);
	enum err err = store_commit(txn);
	(void)err; /* after one that the disk refused nothing begins any more, and the turn says so
		    */
}

static void end_pass(struct engine *engine)
{
	struct scrub *scrub = &engine->scrub;

	scrub->running = false;
	scrub->last = (struct scrub_row){.began_at = scrub->began_at,
		.ended_at = clock_now(&engine->options.clock),
		.records = (int64_t)scrub->check.records,
		.rows = (int64_t)scrub->check.rows,
		.faults = (int64_t)scrub->check.faults};
	keep_result(engine);
}

static bool is_due(const struct engine *engine)
{
	int64_t every = engine->options.scrub_ms, now = clock_now(&engine->options.clock);
	int64_t since = now - engine->scrub.last.ended_at;

	return engine->scrub.wanted || (every && (since >= every || since < 0));
}

bool engine_scrub_some(struct engine *engine)
{
	struct scrub *scrub = &engine->scrub;

	if (!scrub->running && !is_due(engine))
		return false;
	if (!scrub->running) {
		engine_check_begin(&scrub->check);
		scrub->running = true;
		scrub->quick = scrub->wanted;
		scrub->wanted = false;
		scrub->began_at = clock_now(&engine->options.clock);
	}
	if (engine_check_some(engine, &scrub->check, ROWS_A_TICK))
		return false; /* the store tells whoever needs it */
	if (scrub->check.done)
		end_pass(engine);
	return scrub->running && scrub->quick;
}

int64_t engine_scrubbed(const struct engine *engine, const struct check **ret)
{
	*ret = &engine->scrub.check;
	return engine->scrub.check.done ? engine->scrub.last.ended_at : 0;
}

/* ---- asking ---------------------------------------------------------------------------------- */

static enum err describe(const struct engine *engine, struct arena *arena, struct scrub_state *ret)
{
	const struct scrub *scrub = &engine->scrub;
	struct files_checked found;
	const struct head head = {0};
	enum err err = engine_describe_check(&scrub->check, &head, arena, &found);

	if (err)
		return err;
	*ret = (struct scrub_state){.running = scrub->running || scrub->wanted,
		.seen = scrub->running ? found.rows : 0,
		.began_at = scrub->last.began_at,
		.ended_at = scrub->last.ended_at,
		.records = scrub->last.records,
		.rows = scrub->last.rows,
		.faults = scrub->last.faults,
		.first = {found.first.n, found.first.at},
		.met = (int64_t)engine->corrupt.met,
		.met_where = text_of(engine->corrupt.where)};
	return ERR_OK;
}

enum err engine_show_scrub(struct question *q, const void *query, void *ret_reply)
{
	(void)query;
	return describe(q->state.engine, q->state.arena, ret_reply)
		       ? reason_set(q->reason, ERR_BUSY, "", "too much in one turn")
		       : ERR_OK;
}

enum err engine_start_scrub(struct engine_call *call)
{
	const struct start_scrub *c = call->body;
	struct engine *engine = call->taking.engine;

	if (c->deep)
		return engine_ask_copy(call, TEXT_NONE)
			       ? call->reason->code
			       : describe(engine, &engine->arena, call->reply);
	engine->scrub.wanted = !engine->scrub.running;
	engine->scrub.quick = true;
	return describe(engine, &engine->arena, call->reply);
}
