/* Every message in MessagePack, as it comes over the wire or lies at rest. The first bytes
 * choose which, and how. */
#include "tests/fuzz/messages.h"

FUZZ(schema)
{
	struct bytes feed = bytes_of(data, n);
	enum pack_mode mode = feed_u8(&feed) & 1 ? PACK_SEALED : PACK_PLAIN;
	const struct schema *schema = some_message(&feed);
	struct reason reason = {0};
	struct arena arena;

	arena_init(&arena, (size_t)32 << 20);
	void *record = arena_alloc(&arena, schema->size);
	enum err err = schema_decode(schema, feed, mode, &arena, record, &reason);
	if (err)
		must(reason.rule[0] && reason.code == err);
	else
		must_be_stable(schema, record, mode, &arena);
	arena_done(&arena);
	return 0;
}
