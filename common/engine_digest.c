/* Digests of state: to compare a rebuild with what was before, and two runs with each other.
 * Touches the disk through store.h only, in read transactions. */
#include <sodium.h>
#include <string.h>

#include "common/engine_private.h"

/* Fields of rows themselves only: no place is kept deeper. */
static void forget_places(const struct schema *schema, void *row)
{
	for (size_t i = 0; i < schema->n; i++)
		if (schema->fields[i].need == PLACE)
			memset((char *)row + schema->fields[i].offset, 0, sizeof(int64_t));
}

enum err engine_encode_row(struct engine *engine, const struct scan *at,
	const struct schema *schema, enum row_texts texts)
{
	void *row = schema ? arena_alloc(&engine->read_arena, schema->size) : NULL;

	if (schema && !row)
		return ERR_NO_MEMORY;
	enum err err = row_decode(at, schema, &engine->read_arena, row);
	if (err || !schema)
		return err;
	if (texts == ROW_TEXTS)
		engine_open_record(engine, &engine->read_arena, schema, row);
	else
		engine_mask_record(schema, row, "");
	forget_places(schema, row);
	schema_encode(schema, row, &engine->scratch);
	return ERR_OK;
}

/* A tree as plain facts: rows decoded, opened and encoded again, so that neither data keys nor
 * places in journals show. */
static enum err digest_opened(struct engine *engine, struct txn *txn,
	const struct digest_part *part, uint8_t ret[HASH_BYTES])
{
	const struct schema *schema = part->of->row ? part->of->row() : NULL;
	crypto_generichash_state state;
	uint8_t length[8];
	struct scan scan;
	enum err err = ERR_OK;

	crypto_generichash_init(&state, NULL, 0, HASH_BYTES);
	scan_begin(&scan, txn, part->tree, SCAN_UP, BYTES_NONE, BYTES_NONE);
	while (!err && scan_next(&scan)) {
		arena_reset(&engine->read_arena);
		buffer_reset(&engine->scratch);
		err = engine_encode_row(engine, &scan, schema, ROW_TEXTS);
		if (err)
			break;
		put_u32(length, (uint32_t)scan.key.n);
		put_u32(length + 4, (uint32_t)engine->scratch.n);
		crypto_generichash_update(&state, length, sizeof(length));
		crypto_generichash_update(&state, scan.key.p, scan.key.n);
		crypto_generichash_update(&state, engine->scratch.p, engine->scratch.n);
	}
	scan_end(&scan);
	crypto_generichash_final(&state, ret, HASH_BYTES);
	return err;
}

size_t engine_digest_parts(const struct engine *engine)
{
	return engine->service->n_own_trees +
	       engine->options.n_owners * engine->service->n_replica_trees;
}

void engine_digest_part(const struct engine *engine, size_t i, struct digest_part *ret)
{
	const struct service *service = engine->service;

	*ret = (struct digest_part){.owner = DIGEST_OWN, .tree = (unsigned)(CORE_TREES + i)};
	if (i < service->n_own_trees) {
		ret->of = &service->own_trees[i];
		return;
	}
	i -= service->n_own_trees;
	ret->owner = (int)(i / service->n_replica_trees);
	ret->of = &service->replica_trees[i % service->n_replica_trees];
}

enum err engine_digest_tree(
	struct engine *engine, const struct digest_part *part, bool sealed, uint8_t ret[HASH_BYTES])
{
	struct txn *txn;

	arena_reset(&engine->read_arena);
	enum err err = store_begin(engine->options.store, STORE_READ, &engine->read_arena, &txn);
	if (err)
		return err;
	if (sealed || part->of->flags & TREE_STORED)
		store_digest(txn, part->tree, ret);
	else
		err = digest_opened(engine, txn, part, ret);
	if (!err)
		err = store_error(txn);
	store_abort(txn);
	return err;
}

enum err engine_digest(struct engine *engine, int owner, bool sealed, uint8_t ret[HASH_BYTES])
{
	crypto_generichash_state state;
	uint8_t one[HASH_BYTES];
	enum err err = ERR_OK;

	crypto_generichash_init(&state, NULL, 0, HASH_BYTES);
	for (size_t i = 0; !err && i < engine_digest_parts(engine); i++) {
		struct digest_part part;
		engine_digest_part(engine, i, &part);
		if (part.owner != owner)
			continue;
		err = engine_digest_tree(engine, &part, sealed, one);
		crypto_generichash_update(&state, one, sizeof(one));
	}
	crypto_generichash_final(&state, ret, HASH_BYTES);
	return err;
}
