/* The quarantine: records of other nodes that could not be applied, and those about the same entity
 * that came behind them. Touches the disk through store.h and the keyring. */
#include <stdio.h>
#include <string.h>

#include "common/engine_private.h"

struct key engine_aside_key(const struct owner *owner, uint64_t seq)
{
	struct key key = {0};

	key_add_text(&key, owner->name, strlen(owner->name));
	key_add_u64(&key, seq);
	return key;
}

struct key engine_position_key(struct text owner, uint64_t epoch, uint64_t seq)
{
	struct key key = {0};

	key_add_text(&key, owner.p, owner.n);
	key_add_u64(&key, epoch);
	key_add_u64(&key, seq);
	return key;
}

static struct key position_key(const struct taking *t, uint64_t seq)
{
	return engine_position_key(text_of(t->owner->name), t->epoch, seq);
}

static struct key owner_key(const struct owner *owner)
{
	struct key key = {0};

	key_add_text(&key, owner->name, strlen(owner->name));
	return key;
}

static struct key entity_key(const struct owner *owner, struct uuid entity)
{
	struct key key = owner_key(owner);

	key_add_uuid(&key, entity);
	return key;
}

/* ---- content --------------------------------------------------------------------------------- */

/* What the content is bound to, so that it opens nowhere else. */
static struct uuid content_id(const struct owner *owner, uint64_t seq)
{
	struct key key = engine_aside_key(owner, seq);

	return uuid_of_hash(0, key_bytes(&key));
}

static struct text seal_content(struct taking *t, uint64_t seq, struct bytes content)
{
	enum { ROOM = 65536 }; /* of quarantine_row */
	struct engine *engine = t->engine;
	struct seal_place place = {text_of(t->owner->name), seq, 0};
	struct text text = text_of_bytes(content);
	uint32_t slot;

	if (content.n > ROOM - SEALED_OVERHEAD)
		return TEXT_NONE;
	enum err err = engine_take_slot(engine, &slot);
	if (!err)
		err = keyring_seal(engine->options.keyring, slot, content_id(t->owner, seq), &place,
			&engine->arena, &text);
	if (err) {
		store_fail(t->txn, err);
		return TEXT_NONE;
	}
	text.sealed = false; /* as bytes of the row, which is no personal text */
	return text;
}

struct bytes engine_open_aside(struct taking *t, uint64_t seq, const struct quarantine_row *row)
{
	struct engine *engine = t->engine;
	struct text text = row->record;

	if (text.n == 0)
		return BYTES_NONE;
	text.sealed = true;
	enum err err = keyring_open_text(
		engine->options.keyring, content_id(t->owner, seq), &engine->arena, &text);
	if (err == ERR_ERASED) /* the row was to be changed after that, and was not */
		return BYTES_NONE;
	if (err)
		store_fail(t->txn, err);
	return err ? BYTES_NONE : text_bytes(text);
}

static void destroy_content(struct taking *t, const struct quarantine_row *row)
{
	if (row->record.n >= SEALED_OVERHEAD)
		engine_drop_slot(t->engine, t->txn, get_u32((const uint8_t *)row->record.p));
}

/* ---- in and out ------------------------------------------------------------------------------ */

uint64_t engine_first_aside(struct taking *t, struct uuid entity)
{
	struct key prefix = entity_key(t->owner, entity);
	struct scan scan;
	uint64_t first = 0;

	if (t->owner->row.quarantined == 0)
		return 0;
	scan_begin(&scan, t->txn, CORE_ENTITIES, SCAN_UP, key_bytes(&prefix), BYTES_NONE);
	if (scan_next(&scan) && scan.key.n == prefix.n + 8)
		first = get_u64(scan.key.p + prefix.n);
	scan_end(&scan);
	return first;
}

static void put_row(struct taking *t, uint64_t seq, const struct quarantine_row *row)
{
	struct key key = engine_aside_key(t->owner, seq);

	row_put(t->txn, CORE_QUARANTINE, &key, schema_quarantine_row(), row);
}

void engine_set_aside(struct taking *t, const struct batch_item *item, enum aside_reading reading)
{
	struct quarantine_row row = {
		.since = clock_now(&t->engine->options.clock), .epoch = (int64_t)t->epoch};
	struct key key = position_key(t, item->seq);
	char why[sizeof(t->reason.field) + sizeof(t->reason.rule) + 2];
	struct taking quiet = *t; /* its reason is not that of the record */
	struct record record;

	snprintf(why, sizeof(why), "%s%s%s", t->reason.field, *t->reason.field ? " " : "",
		t->reason.rule);
	row.why = text_of(why);
	bool read = reading == ASIDE_READ && !engine_read_frame(&quiet, item, &record);
	if (read) {
		struct key entity = entity_key(t->owner, record.entity);
		key_add_u64(&entity, item->seq);
		row_put(t->txn, CORE_ENTITIES, &entity, NULL, NULL);
		row.type = record.type;
		row.entity = record.entity;
	}
	row.record = seal_content(t, item->seq, item->record);
	put_row(t, item->seq, &row);
	if (engine_is_new(t->owner, t->epoch, item->seq))
		row_put(t->txn, CORE_UNREACTED, &key, NULL, NULL);
	t->owner->row.quarantined++;
	if (read)
		engine_heed_erasure(t, &record);
}

void engine_take_out(struct taking *t, uint64_t seq, const struct quarantine_row *row)
{
	struct key key = engine_aside_key(t->owner, seq);
	struct key entity = entity_key(t->owner, row->entity);
	struct key position =
		engine_position_key(text_of(t->owner->name), (uint64_t)row->epoch, seq);

	key_add_u64(&entity, seq);
	store_delete(t->txn, CORE_QUARANTINE, key_bytes(&key));
	store_delete(t->txn, CORE_ENTITIES, key_bytes(&entity));
	store_delete(t->txn, CORE_UNREACTED, key_bytes(&position));
	destroy_content(t, row);
}

void engine_forget_aside(struct taking *t)
{
	struct key prefix = owner_key(t->owner);
	static const unsigned trees[] = {CORE_QUARANTINE, CORE_ENTITIES};
	struct quarantine_row row;
	struct scan scan;

	for (size_t i = 0; i < sizeof(trees) / sizeof(trees[0]); i++) {
		scan_begin(&scan, t->txn, trees[i], SCAN_UP, key_bytes(&prefix), BYTES_NONE);
		while (scan_next(&scan)) {
			struct arena_mark mark = arena_mark(&t->engine->arena);
			struct key key = {.n = scan.key.n};
			memcpy(key.b, scan.key.p, scan.key.n);
			if (trees[i] == CORE_QUARANTINE &&
				!row_decode(
					&scan, schema_quarantine_row(), &t->engine->arena, &row))
				destroy_content(t, &row);
			store_delete(t->txn, trees[i], key_bytes(&key));
			arena_release(&t->engine->arena, &mark);
		}
		scan_end(&scan);
	}
}

/* ---- dropped --------------------------------------------------------------------------------- */

bool engine_was_dropped(struct taking *t, uint64_t seq)
{
	struct key key = position_key(t, seq);

	return row_has(t->txn, CORE_DROPPED, &key);
}

void engine_apply_dropped(struct txn *txn, const struct record_dropped *dropped)
{
	struct key key = engine_position_key(
		dropped->owner, (uint64_t)dropped->epoch, (uint64_t)dropped->seq);

	row_put(txn, CORE_DROPPED, &key, NULL, NULL);
}

/* ---- erasure --------------------------------------------------------------------------------- */

static enum err strip_one(void *ctx, const struct personal *personal)
{
	const struct uuid *person = ctx;

	if (uuid_is_nil(personal->whose) || uuid_equal(personal->whose, *person))
		*personal->text = TEXT_NONE;
	return ERR_OK;
}

/* The event's fields without the person's texts; true when they could be read. */
static bool strip_fields(
	struct taking *t, const struct record *record, struct uuid person, struct buffer *out)
{
	static const uint8_t nothing[] = {0x80}; /* an empty map */
	const struct schema *schema = engine_follow_schema(t->engine, record->type);
	struct arena *arena = &t->engine->arena;

	if (!schema) { /* nobody listens to it */
		buffer_add(out, nothing, sizeof(nothing));
		return true;
	}
	void *event = arena_alloc(arena, schema->size);
	if (!event ||
		schema_decode(schema, text_bytes(record->fields), PACK_PLAIN, arena, event, NULL) ||
		schema_personal(schema, event, strip_one, &person))
		return false;
	schema_encode(schema, event, out);
	return true;
}

/* The record without the person's texts; p is NULL when its fields cannot be read. */
static struct bytes strip(struct taking *t, struct record *record, struct uuid person)
{
	struct bytes stripped = BYTES_NONE;
	struct buffer fields, out;

	buffer_init(&fields, (size_t)128 * 1024);
	buffer_init(&out, (size_t)128 * 1024);
	if (strip_fields(t, record, person, &fields)) {
		record->fields = text_of_bytes(buffer_bytes(&fields));
		schema_encode(schema_record(), record, &out);
		if (!fields.failed && !out.failed)
			stripped = bytes_copy(&t->engine->arena, buffer_bytes(&out));
	}
	buffer_done(&fields);
	buffer_done(&out);
	return stripped;
}

/* A record that does not name the person says nothing of them in a personal field. */
static void erase_one(
	struct taking *t, uint64_t seq, struct quarantine_row *row, struct uuid person)
{
	struct taking quiet = *t;
	struct bytes content = engine_open_aside(t, seq, row), stripped = BYTES_NONE;
	struct record record;

	if (!content.p)
		return;
	quiet.epoch = (uint64_t)row->epoch;
	/* what has no entity was not read before, or must not be */
	bool readable = !uuid_is_nil(row->entity) &&
			!engine_read_frame(&quiet,
				&(struct batch_item){.seq = seq, .record = content}, &record);
	if (readable && !memmem(content.p, content.n, person.b, sizeof(person.b)))
		return;
	if (readable)
		stripped = strip(t, &record, person);
	destroy_content(t, row);
	row->record = stripped.p ? seal_content(t, seq, stripped) : TEXT_NONE;
	row->erased = row->record.n == 0;
	put_row(t, seq, row);
}

void engine_erase_aside(struct taking *t, struct uuid person)
{
	struct key prefix = owner_key(t->owner);
	struct arena *arena = &t->engine->arena;
	struct quarantine_row row;
	struct scan scan;

	if (t->owner->row.quarantined == 0)
		return;
	scan_begin(&scan, t->txn, CORE_QUARANTINE, SCAN_UP, key_bytes(&prefix), BYTES_NONE);
	while (scan_next(&scan)) {
		struct arena_mark mark = arena_mark(arena);
		uint64_t seq = scan.key.n == prefix.n + 8 ? get_u64(scan.key.p + prefix.n) : 0;
		enum err err = row_decode(&scan, schema_quarantine_row(), arena, &row);
		if (err || seq == 0)
			store_fail(t->txn, err ? err : ERR_CORRUPT);
		else
			erase_one(t, seq, &row, person);
		arena_release(arena, &mark);
	}
	scan_end(&scan);
}
