/* What is due without being asked: deadlines, old request keys, counters that wait to be written,
 * spare data keys. Touches the disk through store.h and the keyring. */
#include <string.h>

#include "common/engine_private.h"

enum { DEADLINES_A_TICK = 256, PRUNED_A_TICK = 512 };

struct due {
	char kind[40];
	struct uuid entity;
	int64_t due;
};

static bool parse_due(struct bytes key, struct due *ret)
{
	size_t n = key.n;

	if (n < 8 + 1 + 16 || n - 8 - 16 > sizeof(ret->kind) || key.p[n - 17] != 0)
		return false;
	ret->due = key_time(key.p);
	memcpy(ret->kind, key.p + 8, n - 8 - 16);
	memcpy(ret->entity.b, key.p + n - 16, 16);
	return true;
}

static const struct deadline_kind *kind_of(const struct engine *engine, const char *kind)
{
	static const struct deadline_kind own[] = {
		{DEADLINE_ERASURE, engine_decide_erasure}, {DEADLINE_PAUSE, engine_decide_pause}};
	const struct service *service = engine->service;

	for (size_t i = 0; i < sizeof(own) / sizeof(own[0]); i++)
		if (!strcmp(kind, own[i].kind))
			return &own[i];
	for (size_t i = 0; i < service->n_deadlines; i++)
		if (!strcmp(service->deadlines[i].kind, kind))
			return &service->deadlines[i];
	return NULL;
}

/* What was decided earlier in the same tick may have cleared or moved it. */
static bool still_due(struct engine *engine, struct txn *txn, const struct due *due)
{
	struct deadline_row row;
	struct key of = {0};

	key_add_text(&of, due->kind, strlen(due->kind));
	key_add_uuid(&of, due->entity);
	return row_get(txn, CORE_DEADLINE_OF, &of, schema_deadline_row(), &engine->arena, &row) &&
	       row.due == due->due;
}

/* lapse: its decision could not be written; that it passed is all that is. */
static void decide_due(struct engine *engine, struct txn *txn, const struct due *due, bool lapse)
{
	const struct actor actor = {
		.role = text_of(NODE_ROLE), .id = text_of(engine->options.node)};
	const struct deadline_kind *row = lapse ? NULL : kind_of(engine, due->kind);
	struct reason reason;
	struct decision d;
	struct key seed = {0};

	if (!still_due(engine, txn, due))
		return;
	key_add_uuid(&seed, due->entity);
	key_add_time(&seed, due->due);
	key_add_text(&seed, due->kind, strlen(due->kind));
	decision_begin(&d, engine, txn, key_bytes(&seed));
	d.actor = actor;
	d.reason = &reason;
	const struct append how = {d.now, d.now, false, &actor, NULL};
	if (row && !row->decide(&d, due->entity, due->due))
		engine_append(engine, txn, d.first, &how);
	if (d.err)
		store_fail(txn, d.err);
	if (!still_due(engine, txn, due))
		return;
	struct deadline_passed passed = {text_of(due->kind), due->due};
	const struct emitted emitted = {
		.schema = schema_deadline_passed(), .entity = due->entity, .fields = &passed};
	engine_append(engine, txn, &emitted, &how);
}

static size_t find_due(struct engine *engine, struct txn *txn, struct due *ret, size_t max)
{
	int64_t now = clock_now(&engine->options.clock);
	struct scan scan;
	size_t n = 0;

	scan_begin(&scan, txn, CORE_DEADLINES, SCAN_UP, BYTES_NONE, BYTES_NONE);
	while (n < max && scan_next(&scan)) {
		if (row_decode(&scan, NULL, NULL, NULL) || !parse_due(scan.key, &ret[n]))
			engine_met_corrupt(engine, "own/deadlines"); /* it cannot fall due */
		else if (ret[n].due > now)
			break;
		else
			n++;
	}
	scan_end(&scan);
	return n;
}

enum err engine_overdue(struct engine *engine, struct overdue *ret)
{
	int64_t now = clock_now(&engine->options.clock);
	struct scan scan;
	struct due due;
	struct txn *txn;

	*ret = (struct overdue){0};
	arena_reset(&engine->read_arena);
	enum err err = store_begin(engine->options.store, STORE_READ, &engine->read_arena, &txn);
	if (err)
		return err;
	scan_begin(&scan, txn, CORE_DEADLINES, SCAN_UP, BYTES_NONE, BYTES_NONE);
	while (ret->n < OVERDUE_LOOKED && scan_next(&scan)) {
		if (!parse_due(scan.key, &due))
			continue;
		if (due.due > now)
			break;
		if (ret->n++ == 0)
			ret->oldest = due.due;
	}
	scan_end(&scan);
	err = store_error(txn);
	store_abort(txn);
	return err;
}

static size_t prune_replies(struct engine *engine, struct txn *txn)
{
	int64_t before = clock_now(&engine->options.clock) - (KEY_DAYS + 1) * MS_PER_DAY;
	struct scan scan;
	size_t n = 0;

	scan_begin(&scan, txn, CORE_REPLIES, SCAN_UP, BYTES_NONE, BYTES_NONE);
	while (n < PRUNED_A_TICK && scan_next(&scan)) {
		struct uuid key;
		if (scan.key.n != sizeof(key.b))
			break;
		memcpy(key.b, scan.key.p, sizeof(key.b));
		if (uuid_time(key) >= before)
			break;
		store_delete(txn, CORE_REPLIES, bytes_of(key.b, sizeof(key.b)));
		n++;
	}
	scan_end(&scan);
	return n;
}

static bool anything_dirty(const struct engine *engine)
{
	for (size_t i = 0; i < engine->options.n_followers; i++)
		if (engine->followers[i].dirty)
			return true;
	return engine->next_slot_dirty;
}

static enum err decide_alone(struct engine *engine, const struct due *due, bool lapse)
{
	struct txn *txn;

	arena_reset(&engine->arena);
	enum err err = store_begin(engine->options.store, STORE_WRITE, &engine->arena, &txn);
	if (err)
		return err;
	decide_due(engine, txn, due, lapse);
	return engine_end(engine, txn);
}

/* One that cannot be decided lapses: kept, it would fall due for ever and hold up all others. */
static enum err decide_singly(struct engine *engine, const struct due *due, size_t n)
{
	enum err err = ERR_OK;

	for (size_t i = 0; !err && i < n; i++) {
		err = decide_alone(engine, &due[i], false);
		if (engine_may_try_again(err) && err != ERR_FULL)
			err = decide_alone(engine, &due[i], true);
		if (err == ERR_CORRUPT) { /* it waits until what it needs was mended */
			engine_met_corrupt(engine, due[i].kind);
			err = ERR_OK;
		}
	}
	return err;
}

static enum err tick(struct engine *engine, bool *ret_more)
{
	struct due due[DEADLINES_A_TICK];
	struct txn *txn;

	*ret_more = false;
	arena_reset(&engine->arena);
	engine_measure(engine);
	bool stopped = engine->room.level == ROOM_STOPPED;
	enum err err = stopped ? ERR_OK : engine_spare_keys(engine);
	if (!err)
		err = store_begin(engine->options.store, STORE_WRITE, &engine->arena, &txn);
	if (err)
		return err == ERR_FULL ? ERR_OK : err;
	size_t n = stopped ? 0 : find_due(engine, txn, due, DEADLINES_A_TICK);
	size_t pruned = prune_replies(engine, txn);
	for (size_t i = 0; i < n && !store_error(txn); i++)
		decide_due(engine, txn, &due[i], false);
	if (n == 0 && pruned == 0 && !store_error(txn) && !anything_dirty(engine)) {
		store_abort(txn);
		return ERR_OK;
	}
	*ret_more = n == DEADLINES_A_TICK || pruned == PRUNED_A_TICK;
	err = engine_end(engine, txn);
	if (engine_may_try_again(err) && err != ERR_FULL)
		err = decide_singly(engine, due, n);
	return err == ERR_FULL ? ERR_OK : err;
}

enum err engine_tick(struct engine *engine, bool *ret_more)
{
	enum err err = tick(engine, ret_more);

	if (!err)
		engine_keep_backup(engine);
	if (!err)
		*ret_more |= engine_scrub_some(engine);
	if (!err)
		engine_watch(engine);
	return err;
}
