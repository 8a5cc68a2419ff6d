/* The body of a BATCH as a follower takes it apart, and each record in it. */
#include "common/engine.h"
#include "common/op.h"
#include "tests/fuzz/fuzz.h"

FUZZ(items)
{
	struct bytes feed = bytes_of(data, n);
	static const char hash[HASH_BYTES];
	const struct op_batch batch = {.epoch = 1,
		.first = 1,
		.last = 1 + feed_u8(&feed),
		.head = 1000,
		.hash_last = {hash, sizeof(hash), false},
		.count = feed_u8(&feed) % 16};
	struct reason reason = {0};
	struct batch_item *items;
	struct record record;
	struct arena arena;
	size_t parsed = 0;

	arena_init(&arena, (size_t)32 << 20);
	if (!op_batch_check(&batch, feed, &reason) &&
		!engine_parse_items(feed, &arena, &items, &parsed)) {
		must(parsed == (size_t)batch.count);
		for (size_t i = 0; i < parsed; i++)
			if (!items[i].stub && !schema_decode(schema_record(), items[i].record,
						      PACK_PLAIN, &arena, &record, &reason))
				must_be_stable(schema_record(), &record, PACK_PLAIN, &arena);
	}
	arena_done(&arena);
	return 0;
}
