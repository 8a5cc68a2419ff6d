/* A value of a journal: raw, or with a checksum that fits. */
#include "common/journal.h"
#include "proto/registry.h"
#include "tests/fuzz/fuzz.h"

enum { HEAD = 1 + HASH_BYTES + 4 };

FUZZ(journal)
{
	struct bytes feed = bytes_of(data, n);
	bool raw = feed_u8(&feed) & 1;
	uint8_t *value = malloc(HEAD + feed.n + 1);
	struct journal_entry entry;
	struct reason reason = {0};
	struct arena arena;

	must(value);
	arena_init(&arena, (size_t)32 << 20);
	memset(value, 0, HEAD);
	value[0] = 1;
	memcpy(value + HEAD, feed.p ? feed.p : (const uint8_t *)"", feed.n);
	put_u32(value + 1 + HASH_BYTES,
		crc32c(crc32c(0, value + 1, HASH_BYTES), value + HEAD, feed.n));
	struct bytes whole = raw ? feed : bytes_of(value, HEAD + feed.n);
	if (!journal_parse(whole, &arena, &entry)) {
		must_be_stable(schema_record(), &entry.record, PACK_SEALED, &arena);
		const struct schema *schema =
			registry_find(entry.record.type.p, entry.record.type.n);
		void *event = schema ? arena_alloc(&arena, schema->size) : NULL;
		if (event && !schema_decode(schema, text_bytes(entry.record.fields), PACK_SEALED,
				     &arena, event, &reason))
			must_be_stable(schema, event, PACK_SEALED, &arena);
	}
	arena_done(&arena);
	free(value);
	return 0;
}
