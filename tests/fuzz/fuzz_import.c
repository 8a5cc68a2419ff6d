/* One line of an import. The first byte chooses for which kind of node. */
#include "services/oneplanctl/import_line.h"
#include "common/uuid.h"
#include "tests/fuzz/fuzz.h"

FUZZ(import)
{
	static const char *const roles[] = {"intake", "planning"};
	struct bytes feed = bytes_of(data, n);
	struct import_line line = {.role = roles[feed_u8(&feed) & 1]}, again = line;
	struct reason reason = {0};
	struct arena arena;

	arena_init(&arena, (size_t)32 << 20);
	if (import_line_parse(text_of_feed(feed), &arena, &line, &reason)) {
		must(reason.rule[0]);
	} else {
		must(line.schema->head->kind == SCHEMA_COMMAND && line.at > 0);
		must_be_stable(line.schema, line.with, PACK_PLAIN, &arena);
		must(!import_line_parse(text_of_feed(feed), &arena, &again, &reason));
		must(uuid_equal(line.key, again.key));
	}
	arena_done(&arena);
	return 0;
}
