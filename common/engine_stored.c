/* The follower's side of an archive: records are kept as their owner stored them, after their
 * numbers, checksums and hashes were found to go on from what is there. Touches the disk through
 * store.h. */
#include <string.h>

#include "common/engine_private.h"
#include "common/stored.h"

/* A batch on its way into the archive. */
struct storing {
	struct taking *t;
	struct state replica;
	uint64_t line; /* the present one; 0: none yet */
	struct line_row row;
	bool grown;
	uint8_t hash[HASH_BYTES]; /* of the record before */
};

static void put_line(struct storing *s)
{
	struct key key = {0};

	key_add_u64(&key, s->line);
	s->row.hash = (struct text){(const char *)s->hash, HASH_BYTES, false};
	row_put(s->t->txn, s->replica.first_tree + STORED_LINES, &key, schema_line_row(), &s->row);
	s->grown = false;
}

static void begin_line(struct storing *s, const struct record *first)
{
	if (s->grown)
		put_line(s);
	s->row = (struct line_row){.epoch = first->epoch,
		.first = first->seq,
		.last = first->seq - 1,
		.before = first->seq > 1 ? (int64_t)s->line : 0,
		.since = clock_now(&s->t->engine->options.clock)};
	s->line++;
}

/* Followed anew: is that very record there already? */
static bool is_there(struct storing *s, const struct journal_entry *entry)
{
	uint64_t seq = (uint64_t)entry->record.seq;
	struct stored_stretch stretch;
	struct bytes value;

	if (seq > (uint64_t)s->row.last || !stored_find(&s->replica, s->line, seq, &stretch))
		return false;
	struct key key = stored_key(stretch.line, seq);
	return store_get(s->t->txn, s->replica.first_tree + STORED_RECORDS, key_bytes(&key),
		       &value) &&
	       bytes_equal(value, entry->value);
}

static void store(struct storing *s, const struct journal_entry *entry)
{
	const struct record *record = &entry->record;

	if (s->line == 0 || record->seq != s->row.last + 1 || record->epoch != s->row.epoch)
		begin_line(s, record);
	struct key key = stored_key(s->line, (uint64_t)record->seq);
	store_put(s->t->txn, s->replica.first_tree + STORED_RECORDS, key_bytes(&key), entry->value);
	s->row.last = record->seq;
	s->row.bytes += (int64_t)entry->value.n;
	s->row.time = record->time;
	s->grown = true;
}

static enum err take_one(struct storing *s, const struct batch_item *item)
{
	struct engine *engine = s->t->engine;
	struct cursor_row *cursor = &s->t->owner->row;
	const struct arena_mark mark = arena_mark(&engine->arena);
	struct journal_entry entry;

	arena_reset(&engine->read_arena);
	if (!item->stored) /* the owner takes this node for something else than an archive */
		return ERR_DIVERGED;
	enum err err =
		journal_parse_next(item->record, item->seq, s->hash, &engine->read_arena, &entry);
	if (!err &&
		(entry.record.epoch < cursor->epoch || (uint64_t)entry.record.epoch != s->t->epoch))
		err = ERR_CORRUPT;
	if (err)
		return err == ERR_CORRUPT ? ERR_DIVERGED : err;
	if (!is_there(s, &entry))
		store(s, &entry);
	arena_release(&engine->arena, &mark);
	memcpy(s->hash, entry.hash, HASH_BYTES);
	cursor->epoch = entry.record.epoch;
	cursor->through = entry.record.seq;
	cursor->time = entry.record.time;
	cursor->applied++;
	return store_error(s->t->txn);
}

static enum err take_all(struct storing *s, const struct batch *batch)
{
	const struct cursor_row *cursor = &s->t->owner->row;
	enum err err = ERR_OK;

	for (size_t i = 0; !err && i < batch->n; i++) {
		uint64_t next = (uint64_t)cursor->through + 1;
		if (batch->items[i].seq == next)
			err = take_one(s, &batch->items[i]);
		else if (batch->items[i].seq > next)
			err = ERR_DIVERGED; /* everything is addressed to an archive */
	}
	if (!err && ((uint64_t)cursor->through != batch->last ||
			    memcmp(s->hash, batch->hash_last, HASH_BYTES) != 0))
		err = ERR_DIVERGED;
	return err;
}

/* What fits is kept, and the cursor stands behind it, also when the next record does not. */
static void move_cursor(struct storing *s)
{
	struct owner *owner = s->t->owner;

	if (s->grown)
		put_line(s);
	owner->row.reacted = owner->row.through;
	owner->row.reacted_epoch = owner->row.epoch;
	owner->row.hash_at = owner->row.through;
	memcpy(owner->hash, s->hash, HASH_BYTES);
	owner->row.hash = (struct text){(char *)owner->hash, HASH_BYTES, false};
	engine_put_cursor(s->t);
}

void engine_take_stored(struct engine *engine, struct txn *txn, struct batch *batch)
{
	struct owner *owner = &engine->owners[batch->owner];
	struct taking t = {.engine = engine, .txn = txn, .owner = owner, .epoch = batch->epoch};
	struct storing s = {.t = &t, .replica = {engine, txn, &engine->arena, owner->first_tree}};
	uint64_t through = (uint64_t)owner->row.through;

	batch->result = ERR_OK;
	if (batch->epoch < (uint64_t)owner->row.epoch)
		batch->result = ERR_DIVERGED;
	else if (batch->first > through + 1 || batch->last < batch->first)
		batch->result = ERR_STALE;
	if (batch->result || batch->last <= through)
		return;
	if (through)
		memcpy(s.hash, owner->hash, HASH_BYTES);
	s.line = stored_present(&s.replica, &s.row);
	enum err err = take_all(&s, batch);
	if (err == ERR_DIVERGED)
		batch->result = err;
	else if (err)
		store_fail(txn, err);
	if (!store_error(txn) && (uint64_t)owner->row.through > through)
		move_cursor(&s);
}

enum err engine_take_stored_alone(struct engine *engine, struct batch *batch)
{
	struct txn *txn;
	enum err err = store_begin(engine->options.store, STORE_WRITE, &engine->arena, &txn);

	if (!err) {
		engine_take_stored(engine, txn, batch);
		err = engine_end(engine, txn);
	}
	if (err == ERR_FULL)
		batch->result = ERR_FULL;
	return err == ERR_FULL ? ERR_OK : err;
}
