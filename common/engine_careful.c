/* The mark before each record after an unclean stop, so that one that ends the process is found.
 * Touches the disk through store.h only. */
#include <string.h>

#include "common/engine_private.h"

static struct key running_key(void)
{
	struct key key = {0};

	key_add_text(&key, "running", 7);
	return key;
}

static void put_mark(struct txn *txn, struct owner *owner, const struct taking_row *mark)
{
	struct key key = {0};

	key_add_text(&key, owner->name, strlen(owner->name));
	if (mark->seq)
		row_put(txn, CORE_TAKING, &key, schema_taking_row(), mark);
	else
		store_delete(txn, CORE_TAKING, key_bytes(&key));
	owner->mark = *mark;
}

/* A mark of another owner's record, which waits to be met again, is left as it is. */
static void count_crash(struct txn *txn, struct owner *owner)
{
	struct taking_row mark = owner->mark;

	if (!mark.under_way)
		return;
	mark.crashes++;
	mark.under_way = false;
	put_mark(txn, owner, &mark);
}

enum err engine_note_start(struct engine *engine)
{
	struct key running = running_key();
	struct txn *txn;

	arena_reset(&engine->read_arena);
	enum err err = store_begin(engine->options.store, STORE_WRITE, &engine->read_arena, &txn);
	if (err)
		return err;
	/* an archive looks into nothing that it takes */
	if (row_has(txn, CORE_META, &running) && !engine->service->keeps_stored)
		engine->careful = CAREFUL_RECORDS;
	for (size_t i = 0; engine->careful && i < engine->options.n_owners; i++)
		count_crash(txn, &engine->owners[i]);
	row_put(txn, CORE_META, &running, NULL, NULL);
	return store_commit(txn);
}

unsigned engine_careful(const struct engine *engine)
{
	return engine->careful;
}

enum err engine_stop(struct engine *engine)
{
	struct key running = running_key();
	struct txn *txn;

	arena_reset(&engine->read_arena);
	enum err err = store_begin(engine->options.store, STORE_WRITE, &engine->read_arena, &txn);
	if (err)
		return err;
	store_delete(txn, CORE_META, key_bytes(&running));
	store_clear(txn, CORE_TAKING);
	return store_commit(txn);
}

static enum err commit_mark(
	struct engine *engine, struct owner *owner, const struct taking_row *mark)
{
	struct txn *txn;
	enum err err = store_begin(engine->options.store, STORE_WRITE, &engine->arena, &txn);

	if (err)
		return err;
	put_mark(txn, owner, mark);
	return engine_end(engine, txn);
}

enum err engine_mark(struct engine *engine, struct owner *owner, uint64_t seq)
{
	struct taking_row mark = owner->mark;

	if (mark.seq == (int64_t)seq && mark.under_way)
		return ERR_OK;
	if (mark.seq != (int64_t)seq)
		mark = (struct taking_row){.seq = (int64_t)seq};
	mark.under_way = true;
	return commit_mark(engine, owner, &mark);
}

enum err engine_mark_readable(struct engine *engine, struct owner *owner)
{
	struct taking_row mark = owner->mark;

	mark.readable = true;
	return commit_mark(engine, owner, &mark);
}

void engine_move_mark(struct taking *t, uint64_t next)
{
	put_mark(t->txn, t->owner,
		&(struct taking_row){.seq = (int64_t)next, .under_way = next > 0});
}
