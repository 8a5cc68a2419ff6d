/* Which data key seals whose texts, and their destruction. Touches the disk through store.h and the
 * keyring. */
#include <string.h>

#include "common/engine_private.h"

enum { SPARE_KEYS = 2048 };

static uint32_t spare_keys(const struct engine *engine)
{
	return engine->options.spare_keys ? engine->options.spare_keys : SPARE_KEYS;
}

static struct key person_key(const char *scope, struct uuid person)
{
	struct key key = {0};

	key_add_text(&key, scope, strlen(scope));
	key_add_uuid(&key, person);
	return key;
}

enum err engine_take_slot(struct engine *engine, uint32_t *ret)
{
	struct keyring *keyring = engine->options.keyring;

	if (engine->next_slot > keyring_slots(keyring)) {
		enum err err =
			keyring_extend(keyring, (uint32_t)engine->next_slot + spare_keys(engine));
		if (err)
			return err;
	}
	*ret = (uint32_t)engine->next_slot++;
	engine->next_slot_dirty = true;
	return ERR_OK;
}

static enum err find_slot(struct seal_context *seal, struct uuid person, uint32_t *ret)
{
	struct key key = person_key(seal->scope, person);
	struct person_row row;

	if (row_get(seal->txn, CORE_PERSONS, &key, schema_person_row(), seal->arena, &row)) {
		*ret = (uint32_t)row.slot;
		return ERR_OK;
	}
	enum err err = store_error(seal->txn);
	if (!err)
		err = engine_take_slot(seal->engine, ret);
	if (!err)
		row_put(seal->txn, CORE_PERSONS, &key, schema_person_row(),
			&(struct person_row){*ret});
	return err;
}

void engine_fingerprint(struct engine *engine, struct txn *txn, const uint8_t hash[MAC_BYTES],
	uint8_t ret[MAC_BYTES])
{
	struct seal_context seal = {
		.engine = engine, .txn = txn, .arena = &engine->arena, .scope = SCOPE_REQUESTS};
	enum err err = engine->requests_slot
			       ? ERR_OK
			       : find_slot(&seal, (struct uuid){{1}}, &engine->requests_slot);

	if (!err)
		err = keyring_mac(engine->options.keyring, engine->requests_slot,
			bytes_of(hash, MAC_BYTES), ret);
	if (err)
		store_fail(txn, err);
}

static enum err seal_one(void *ctx, const struct personal *personal)
{
	struct seal_context *seal = ctx;
	enum err err = ERR_OK;

	if (uuid_is_nil(personal->whose) || personal->text->sealed)
		return personal->text->sealed ? ERR_OK : ERR_BUG;
	if (!uuid_equal(personal->whose, seal->whose))
		err = find_slot(seal, personal->whose, &seal->slot);
	if (err)
		return err;
	seal->whose = personal->whose;
	if (seal->slot == 0) { /* erased: what comes later about this person is not kept */
		*personal->text = TEXT_NONE;
		return ERR_OK;
	}
	seal->place.ordinal = personal->ordinal;
	return keyring_seal(seal->engine->options.keyring, seal->slot, personal->whose,
		&seal->place, seal->arena, personal->text);
}

enum err engine_seal(struct seal_context *seal, const struct schema *schema, void *record)
{
	return schema_personal(schema, record, seal_one, seal);
}

bool engine_has_key_of(struct txn *txn, struct arena *arena, const char *scope, struct uuid person)
{
	struct key key = person_key(scope, person);
	struct person_row row;

	return row_get(txn, CORE_PERSONS, &key, schema_person_row(), arena, &row) && row.slot;
}

struct open_context {
	struct engine *engine;
	struct arena *arena;
};

static enum err open_one(void *ctx, const struct personal *personal)
{
	struct open_context *open = ctx;

	if (personal->text->sealed && keyring_open_text(open->engine->options.keyring,
					      personal->whose, open->arena, personal->text))
		*personal->text = TEXT_NONE;
	return ERR_OK;
}

void engine_open_record(
	struct engine *engine, struct arena *arena, const struct schema *schema, void *record)
{
	enum err err =
		schema_personal(schema, record, open_one, &(struct open_context){engine, arena});

	(void)err; /* open_one never fails */
}

static enum err mask_one(void *ctx, const struct personal *personal)
{
	const char *const *mask = ctx;

	*personal->text = text_of(*mask);
	return ERR_OK;
}

void engine_mask_record(const struct schema *schema, void *record, const char *mask)
{
	enum err err = schema_personal(schema, record, mask_one, &mask);

	(void)err; /* mask_one never fails */
}

struct noting {
	struct seal_context *seal;
	struct noted_keys *keys;
};

static bool make_room(struct buffer *used, size_t n)
{
	static const uint8_t zeros[4096];

	while (!used->failed && used->n < n)
		buffer_add(used, zeros, sizeof(zeros));
	return !used->failed;
}

static enum err note_one(void *ctx, const struct personal *personal)
{
	struct seal_context *seal = ((struct noting *)ctx)->seal;
	struct noted_keys *keys = ((struct noting *)ctx)->keys;
	struct key key = person_key(seal->scope, personal->whose);
	struct person_row row;

	if (!personal->text->sealed || personal->text->n < SEALED_OVERHEAD)
		return ERR_OK;
	uint32_t slot = get_u32((const uint8_t *)personal->text->p);
	if (!make_room(&keys->used, (size_t)slot + 1))
		return ERR_CORRUPT; /* no keyring has so many */
	if (slot > keys->highest)
		keys->highest = slot;
	enum err there = slot == 0 || slot >= seal->engine->next_slot
				 ? ERR_NOT_FOUND
				 : keyring_check(seal->engine->options.keyring, slot);
	if (there == ERR_SYSTEM)
		return there;
	if (there && there != ERR_ERASED) {
		keys->missing++;
		return ERR_OK;
	}
	keys->used.p[slot] = 1;
	if (there) /* erased behind the end of this journal: it stays so */
		slot = 0;
	if (!row_get(seal->txn, CORE_PERSONS, &key, schema_person_row(), seal->arena, &row))
		row_put(seal->txn, CORE_PERSONS, &key, schema_person_row(),
			&(struct person_row){slot});
	return ERR_OK;
}

enum err engine_note_persons(
	struct seal_context *seal, const struct stored_event *event, struct noted_keys *keys)
{
	return schema_personal(
		event->schema, event->fields, note_one, &(struct noting){seal, keys});
}

enum err engine_drop_other_keys(struct engine *engine, struct txn *txn, struct noted_keys *keys)
{
	if (keys->highest >= engine->next_slot) {
		enum err err = keyring_extend(engine->options.keyring, keys->highest);
		if (err)
			return err;
		engine->next_slot = (uint64_t)keys->highest + 1;
		engine->next_slot_dirty = true;
	}
	if (!make_room(&keys->used, engine->next_slot))
		return ERR_NO_MEMORY;
	for (uint64_t slot = 1; slot < engine->next_slot; slot++)
		if (!keys->used.p[slot])
			engine_drop_slot(engine, txn, (uint32_t)slot);
	return store_error(txn);
}

void engine_drop_slot(struct engine *engine, struct txn *txn, uint32_t slot)
{
	struct key key = {0};

	key_add_u64(&key, slot);
	row_put(txn, CORE_ERASING, &key, NULL, NULL);
	engine->erasing = true;
}

void engine_erase(struct engine *engine, struct txn *txn, const char *scope, struct uuid person)
{
	struct key key = person_key(scope, person);
	struct person_row row;

	if (!row_get(txn, CORE_PERSONS, &key, schema_person_row(), &engine->arena, &row))
		row.slot = 0;
	row_put(txn, CORE_PERSONS, &key, schema_person_row(), &(struct person_row){0});
	if (row.slot)
		engine_drop_slot(engine, txn, (uint32_t)row.slot);
}

/* A number that is not as it was written is another person's key. */
static bool is_slot(const struct scan *scan)
{
	return scan->key.n == 8 && row_decode(scan, NULL, NULL, NULL) == ERR_OK;
}

static void forget_destroyed(struct txn *txn)
{
	struct scan scan;

	scan_begin(&scan, txn, CORE_ERASING, SCAN_UP, BYTES_NONE, BYTES_NONE);
	while (scan_next(&scan))
		if (is_slot(&scan))
			store_delete(txn, CORE_ERASING, scan.key);
	scan_end(&scan);
}

static enum err destroy_keys(struct engine *engine, struct txn *txn, size_t *ret_n)
{
	struct scan scan;
	enum err err = ERR_OK;

	*ret_n = 0;
	scan_begin(&scan, txn, CORE_ERASING, SCAN_UP, BYTES_NONE, BYTES_NONE);
	while (!err && scan_next(&scan)) {
		if (!is_slot(&scan)) {
			engine_met_corrupt(engine, "erasing");
			continue;
		}
		err = keyring_destroy(engine->options.keyring, (uint32_t)get_u64(scan.key.p));
		++*ret_n;
	}
	scan_end(&scan);
	if (!err && *ret_n)
		err = keyring_flush(engine->options.keyring);
	return err ? err : store_error(txn);
}

/* The rows of CORE_ERASING stay until their slots are destroyed: a crash in between only destroys
 * them once more. On a full store they stay for the next time; the keys are gone all the same. */
enum err engine_finish_erasing(struct engine *engine)
{
	struct txn *txn;
	size_t n;

	arena_reset(&engine->read_arena);
	enum err err = store_begin(engine->options.store, STORE_READ, &engine->read_arena, &txn);
	if (err)
		return err;
	err = destroy_keys(engine, txn, &n);
	store_abort(txn);
	engine->erasing = err || n;
	if (err || n == 0)
		return err;
	err = store_begin(engine->options.store, STORE_WRITE, &engine->read_arena, &txn);
	if (err)
		return err == ERR_FULL ? ERR_OK : err;
	forget_destroyed(txn);
	err = store_commit(txn);
	engine->erasing = err;
	return err == ERR_FULL ? ERR_OK : err;
}

enum err engine_spare_keys(struct engine *engine)
{
	struct keyring *keyring = engine->options.keyring;

	if (engine->service->keeps_stored) /* it seals nothing */
		return ERR_OK;
	if (keyring_slots(keyring) + 1 >= engine->next_slot + spare_keys(engine) / 2)
		return ERR_OK;
	return keyring_extend(keyring, (uint32_t)engine->next_slot + spare_keys(engine));
}

/* The data keys of a backup are younger than the rest of it: who was erased in between is so here.
 */
enum err engine_settle_erased(struct engine *engine)
{
	struct person_row row;
	struct scan scan;
	struct txn *txn;

	arena_reset(&engine->read_arena);
	enum err err = store_begin(engine->options.store, STORE_WRITE, &engine->read_arena, &txn);
	if (err)
		return err;
	scan_begin(&scan, txn, CORE_PERSONS, SCAN_UP, BYTES_NONE, BYTES_NONE);
	while (scan_next(&scan)) {
		struct key key = {.n = scan.key.n};
		memcpy(key.b, scan.key.p, scan.key.n);
		if (!row_decode(&scan, schema_person_row(), &engine->read_arena, &row) &&
			row.slot &&
			keyring_check(engine->options.keyring, (uint32_t)row.slot) == ERR_ERASED)
			row_put(txn, CORE_PERSONS, &key, schema_person_row(),
				&(struct person_row){0});
	}
	scan_end(&scan);
	return store_commit(txn);
}

/* A text whose key is gone is shown as one that was erased, so a key that is damaged must be seen
 * before. */
enum err engine_check_keys(struct engine *engine)
{
	struct person_row row;
	struct scan scan;
	struct txn *txn;

	arena_reset(&engine->read_arena);
	enum err err = store_begin(engine->options.store, STORE_READ, &engine->read_arena, &txn);
	if (err)
		return err;
	scan_begin(&scan, txn, CORE_PERSONS, SCAN_UP, BYTES_NONE, BYTES_NONE);
	while (!err && scan_next(&scan)) {
		err = row_decode(&scan, schema_person_row(), &engine->read_arena, &row);
		if (!err && row.slot && (uint64_t)row.slot >= engine->next_slot)
			err = ERR_CORRUPT;
		if (!err && row.slot && keyring_check(engine->options.keyring, (uint32_t)row.slot))
			err = ERR_CORRUPT;
	}
	scan_end(&scan);
	if (!err)
		err = store_error(txn);
	store_abort(txn);
	return err;
}
