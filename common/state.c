/* State as services see it: typed rows over the trees of the store, views of replicas, and what a
 * fold may write. Touches the disk through store.h only.
 *
 * A row at rest is: version 1 | crc32c (4) | the record in MessagePack, personal texts sealed, or
 * nothing in trees of keys only. The checksum covers the tree's name, the key and the record, so
 * that neither a flipped bit nor a row in the wrong place goes unseen. */
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "common/engine_private.h"

enum { ROW_VERSION = 1, ROW_PREFIX = 5, USUAL_BYTES = 1024 };

static uint32_t sum_of(const struct txn *txn, unsigned tree, struct bytes key, struct bytes record)
{
	return crc32c(crc32c(store_tree_sum(txn, tree), key.p, key.n), record.p, record.n);
}

static struct bytes record_of(struct bytes value)
{
	return bytes_of(value.p + ROW_PREFIX, value.n - ROW_PREFIX);
}

enum err row_check(const struct txn *txn, unsigned tree, struct bytes key, struct bytes value)
{
	if (value.n < ROW_PREFIX || value.p[0] != ROW_VERSION)
		return ERR_CORRUPT;
	return get_u32(value.p + 1) == sum_of(txn, tree, key, record_of(value)) ? ERR_OK
										: ERR_CORRUPT;
}

static enum err decode(
	struct bytes value, const struct schema *schema, struct arena *arena, void *ret_row)
{
	return schema_decode(schema, record_of(value), PACK_SEALED, arena, ret_row, NULL)
		       ? ERR_CORRUPT
		       : ERR_OK;
}

enum err row_decode(
	const struct scan *at, const struct schema *schema, struct arena *arena, void *ret_row)
{
	enum err err = row_check(at->txn, at->tree, at->key, at->value);

	return err || !schema ? err : decode(at->value, schema, arena, ret_row);
}

bool row_get(struct txn *txn, unsigned tree, const struct key *key, const struct schema *schema,
	struct arena *arena, void *ret_row)
{
	struct bytes value;

	if (!store_get(txn, tree, key_bytes(key), &value))
		return false;
	enum err err = row_check(txn, tree, key_bytes(key), value);
	if (!err)
		err = decode(value, schema, arena, ret_row);
	if (err)
		store_fail(txn, err);
	return !err;
}

bool row_has(struct txn *txn, unsigned tree, const struct key *key)
{
	struct bytes value;

	if (!store_get(txn, tree, key_bytes(key), &value))
		return false;
	enum err err = row_check(txn, tree, key_bytes(key), value);
	if (err)
		store_fail(txn, err);
	return !err;
}

void row_put(struct txn *txn, unsigned tree, const struct key *key, const struct schema *schema,
	const void *row)
{
	uint8_t prefix[ROW_PREFIX] = {ROW_VERSION}, usual[USUAL_BYTES];
	struct buffer out;

	buffer_init_in(&out, (size_t)128 * 1024, usual, sizeof(usual));
	buffer_add(&out, prefix, sizeof(prefix));
	if (schema)
		schema_encode(schema, row, &out);
	if (out.failed)
		store_fail(txn, ERR_LIMIT);
	else {
		put_u32(out.p + 1,
			sum_of(txn, tree, key_bytes(key), record_of(buffer_bytes(&out))));
		store_put(txn, tree, key_bytes(key), buffer_bytes(&out));
	}
	buffer_done(&out);
}

struct state engine_own_state(struct engine *engine, struct txn *txn, struct arena *arena)
{
	return (struct state){engine, txn, arena, CORE_TREES};
}

bool state_get(struct state *state, unsigned tree, const struct key *key,
	const struct schema *schema, void *ret_row)
{
	memset(ret_row, 0, schema->size);
	return row_get(state->txn, state->first_tree + tree, key, schema, state->arena, ret_row);
}

bool state_has(struct state *state, unsigned tree, const struct key *key)
{
	return row_has(state->txn, state->first_tree + tree, key);
}

static void rows_start(struct rows *rows, unsigned tree, enum scan_direction direction,
	const struct key *const ends[2])
{
	scan_begin(&rows->scan, rows->state->txn, rows->state->first_tree + tree, direction,
		ends[0] ? key_bytes(ends[0]) : BYTES_NONE,
		ends[1] ? key_bytes(ends[1]) : BYTES_NONE);
}

void rows_begin(struct rows *rows, struct state *state, unsigned tree, const struct schema *schema,
	const struct key *prefix, const struct key *from)
{
	rows->state = state;
	rows->schema = schema;
	rows_start(rows, tree, SCAN_UP, (const struct key *[]){prefix, from});
}

void rows_begin_down(struct rows *rows, struct state *state, unsigned tree,
	const struct schema *schema, const struct key *prefix, const struct key *from)
{
	rows->state = state;
	rows->schema = schema;
	rows_start(rows, tree, SCAN_DOWN, (const struct key *[]){prefix, from});
}

bool rows_next(struct rows *rows, void *ret_row)
{
	if (!scan_next(&rows->scan))
		return false;
	enum err err = row_decode(&rows->scan, rows->schema, rows->state->arena, ret_row);
	if (err)
		store_fail(rows->state->txn, err);
	return !err;
}

void rows_end(struct rows *rows)
{
	scan_end(&rows->scan);
}

unsigned state_owners(const struct state *state)
{
	return (unsigned)state->engine->options.n_owners;
}

const char *state_owner_name(const struct state *state, unsigned owner)
{
	return state->engine->owners[owner].name;
}

struct state state_replica(const struct state *state, unsigned owner)
{
	struct state replica = *state;

	replica.first_tree = state->engine->owners[owner].first_tree;
	return replica;
}

void state_cursor(const struct state *state, unsigned owner, struct cursor_row *ret)
{
	engine_cursor(state->engine, owner, ret);
}

int64_t state_known_at(const struct state *state, unsigned owner)
{
	const struct owner *known = &state->engine->owners[owner];

	return known->heard_at > known->row.time ? known->heard_at : known->row.time;
}

bool state_has_texts_of(struct state *state, struct uuid person)
{
	return engine_has_key_of(state->txn, state->arena, SCOPE_OWN, person);
}

bool state_paused(struct state *state, const char *kind, const char *name)
{
	return engine_paused(state->engine, state->txn, kind, name);
}

bool state_open_text(struct state *state, struct uuid person, struct text *text)
{
	if (!text->sealed)
		return text->n > 0;
	enum err err =
		keyring_open_text(state->engine->options.keyring, person, state->arena, text);
	if (err == ERR_OK)
		return true;
	if (err != ERR_ERASED)
		store_fail(state->txn, err);
	*text = TEXT_NONE;
	return false;
}

void state_open_record(struct state *state, const struct schema *schema, void *record)
{
	engine_open_record(state->engine, state->arena, schema, record);
}

const void *state_settings(const struct state *state)
{
	return state->engine->options.settings;
}

/* ---- deciding -------------------------------------------------------------------------------- */

void decision_begin(struct decision *d, struct engine *engine, struct txn *txn, struct bytes seed)
{
	*d = (struct decision){.state = engine_own_state(engine, txn, &engine->arena),
		.now = clock_now(&engine->options.clock),
		.seed = seed};
	d->occurred_at = d->now;
}

void decision_emit(
	struct decision *d, const struct schema *event, struct uuid entity, const void *fields)
{
	struct emitted *emitted = arena_alloc(d->state.arena, sizeof(*emitted));
	void *copy = arena_alloc(d->state.arena, event->size);

	if (!emitted || !copy) {
		d->err = ERR_NO_MEMORY;
		return;
	}
	memcpy(copy, fields, event->size);
	*emitted = (struct emitted){.schema = event, .entity = entity, .fields = copy};
	if (d->last)
		d->last->next = emitted;
	else
		d->first = emitted;
	d->last = emitted;
}

void decision_grant(struct decision *d, const struct grant *grant)
{
	struct emitted *last = d->last;
	struct grant *grants =
		last ? arena_alloc(d->state.arena, (last->n_grants + 1) * sizeof(*grants)) : NULL;

	if (!grants) {
		d->err = last ? ERR_NO_MEMORY : ERR_BUG;
		return;
	}
	if (last->n_grants)
		memcpy(grants, last->grants, last->n_grants * sizeof(*grants));
	grants[last->n_grants++] = *grant;
	last->grants = grants;
}

enum err decision_refuse(
	struct decision *d, enum err code, const char *field, const char *rule, ...)
{
	char text[sizeof(d->reason->rule)];
	va_list args;

	va_start(args, rule);
	vsnprintf(text, sizeof(text), rule, args);
	va_end(args);
	return reason_set(d->reason, code, field, "%s", text);
}

struct uuid decision_uuid(struct decision *d)
{
	uint8_t bytes[sizeof(d->uuids) + 64] = {0};
	size_t n = d->seed.n < 64 ? d->seed.n : 64;

	memcpy(bytes, &d->uuids, sizeof(d->uuids));
	if (n)
		memcpy(bytes + sizeof(d->uuids), d->seed.p, n);
	d->uuids++;
	return uuid_of_hash(d->occurred_at, bytes_of(bytes, sizeof(d->uuids) + n));
}

/* ---- applying -------------------------------------------------------------------------------- */

void fold_put(struct fold *fold, unsigned tree, const struct key *key, const struct schema *schema,
	const void *row)
{
	row_put(fold->state.txn, fold->state.first_tree + tree, key, schema, row);
}

void fold_delete(struct fold *fold, unsigned tree, const struct key *key)
{
	store_delete(fold->state.txn, fold->state.first_tree + tree, key_bytes(key));
}

static struct key deadline_key(const char *kind, struct uuid entity)
{
	struct key key = {0};

	key_add_text(&key, kind, strlen(kind));
	key_add_uuid(&key, entity);
	return key;
}

void fold_deadline(struct fold *fold, const struct record *record, const char *kind, int64_t due)
{
	struct key of = deadline_key(kind, record->entity), key = {0};

	if (fold->replica) {
		store_fail(fold->state.txn, ERR_BUG);
		return;
	}
	fold_deadline_clear(fold, record->entity, kind);
	if (record->historical && due < record->time)
		return;
	key_add_time(&key, due);
	key_add_text(&key, kind, strlen(kind));
	key_add_uuid(&key, record->entity);
	fold->state.first_tree = 0;
	fold_put(fold, CORE_DEADLINES, &key, NULL, NULL);
	fold_put(fold, CORE_DEADLINE_OF, &of, schema_deadline_row(), &(struct deadline_row){due});
	fold->state.first_tree = CORE_TREES;
}

void fold_deadline_clear(struct fold *fold, struct uuid entity, const char *kind)
{
	struct key of = deadline_key(kind, entity), key = {0};
	struct deadline_row row;

	if (!row_get(fold->state.txn, CORE_DEADLINE_OF, &of, schema_deadline_row(),
		    fold->state.arena, &row))
		return;
	key_add_time(&key, row.due);
	key_add_text(&key, kind, strlen(kind));
	key_add_uuid(&key, entity);
	store_delete(fold->state.txn, CORE_DEADLINES, key_bytes(&key));
	store_delete(fold->state.txn, CORE_DEADLINE_OF, key_bytes(&of));
}
