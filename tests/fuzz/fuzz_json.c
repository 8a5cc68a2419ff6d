/* Every command, query and record as JSON, as people and imports write it. */
#include "tests/fuzz/messages.h"

FUZZ(json)
{
	struct bytes feed = bytes_of(data, n);
	const struct schema *schema = some_message(&feed);
	struct reason reason = {0};
	struct arena arena;

	arena_init(&arena, (size_t)32 << 20);
	void *record = arena_alloc(&arena, schema->size);
	enum err err = schema_from_json(schema, text_of_feed(feed), &arena, record, &reason);
	if (err)
		must(reason.rule[0] && reason.code == err);
	else
		must_be_stable(schema, record, PACK_PLAIN, &arena);
	arena_done(&arena);
	return 0;
}
