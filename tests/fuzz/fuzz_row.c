/* A row at rest: raw, or with a checksum that fits; of every table of the engine's own. */
#include "common/engine_private.h"
#include "tests/fuzz/fuzz.h"

static schema_fn *const kinds[] = {schema_reply_row, schema_follower_row, schema_cursor_row,
	schema_quarantine_row, schema_taking_row, schema_person_row, schema_deadline_row};

enum { KINDS = sizeof(kinds) / sizeof(kinds[0]), PREFIX = 5 };

static void put_value(struct txn *txn, struct bytes key, struct bytes record, bool raw)
{
	uint8_t *value = malloc(PREFIX + record.n + 1);

	must(value);
	value[0] = 1;
	memcpy(value + PREFIX, record.p ? record.p : (const uint8_t *)"", record.n);
	put_u32(value + 1,
		crc32c(crc32c(store_tree_sum(txn, 0), key.p, key.n), record.p, record.n));
	store_put(txn, 0, key, raw ? record : bytes_of(value, PREFIX + record.n));
	free(value);
}

FUZZ(row)
{
	static const struct tree trees[] = {{"rows", 0}};
	struct bytes feed = bytes_of(data, n);
	unsigned how = feed_u8(&feed);
	const struct schema *schema = kinds[how % KINDS]();
	struct key key = {0};
	struct store *store;
	struct arena arena;
	struct txn *txn;

	key_add_u8(&key, 7);
	arena_init(&arena, (size_t)32 << 20);
	must(!store_open_memory(trees, 1, &store));
	must(!store_begin(store, STORE_WRITE, &arena, &txn));
	put_value(txn, key_bytes(&key), feed, how & 0x80);
	void *row = arena_alloc(&arena, schema->size);
	if (row_get(txn, 0, &key, schema, &arena, row))
		must_be_stable(schema, row, PACK_SEALED, &arena);
	else
		must(store_error(txn) == ERR_CORRUPT);
	store_abort(txn);
	store_close(store);
	arena_done(&arena);
	return 0;
}
