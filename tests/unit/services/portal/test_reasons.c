/* Reasons in Danish: every sentence that a node has for its queues. Reads common/queue_verdict.c.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "services/portal/reasons.h"

enum { SOURCE_BYTES = 64 * 1024 };

static const char *danish(struct arena *arena, const char *said)
{
	return reason_in(arena, text_of(said), LANGUAGE_DANISH);
}

static void test_rows(void **state)
{
	static const struct {
		const char *said, *want;
	} rows[] = {{"nothing waits", "intet venter"},
		{"in the last minute 12 came and 3 went: what waits grows",
			"i det sidste minut kom 12, og 3 gik: det, der venter, vokser"},
		{"the follower was stopped in order 3 days ago",
			"følgeren blev standset i god orden for 3 dage siden"},
		{"the follower was stopped in order 5 h ago",
			"følgeren blev standset i god orden for 5 t siden"},
		{"nothing waits; the follower fell silent 900 ms ago",
			"intet venter; følgeren blev tavs for 900 ms siden"},
		{"paused until 2026-11-28T10:00:00Z by anna",
			"på pause til 2026-11-28T10:00:00Z af anna"},
		{"nothing waits at all", NULL}, {"nothing", NULL}, {"", NULL},
		{"of 3 are past their time", NULL}};
	struct arena arena;
	(void)state;

	arena_init(&arena, 65536);
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		const char *got = danish(&arena, rows[i].said);
		if (!got != !rows[i].want || (got && strcmp(got, rows[i].want) != 0))
			fail_msg("%s: got %s", rows[i].said, got ? got : "nothing");
	}
	assert_string_equal(reason_in(&arena, text_of("anything"), LANGUAGE_ENGLISH), "anything");
	arena_done(&arena);
}

/* The literals between a SAY( and the next semicolon, put together. */
static bool next_format(const char **at, char ret[512])
{
	const char *say = strstr(*at, "return SAY(");
	size_t n = 0;

	if (!say)
		return false;
	const char *end = strchr(say, ';');
	for (const char *p = strchr(say, '"'); p && p < end; p = strchr(p + 1, '"')) {
		const char *close = strchr(p + 1, '"');
		if (say[strspn(say, " ")] && memchr(say, '?', (size_t)(p - say)))
			break; /* a choice of words, not the sentence */
		memcpy(ret + n, p + 1, (size_t)(close - p - 1));
		n += (size_t)(close - p - 1);
		p = close;
	}
	ret[n] = '\0';
	/* a semicolon within the sentence ends the search too early: then it goes on behind it */
	*at = say + 1;
	return true;
}

/* Puts every word that may stand for a %s there, until one makes a known sentence. */
static bool is_known(struct arena *arena, const char *format)
{
	static const char *const words[] = {"12 min", "has no room", "is short of room",
		"took its leave", "fell silent", "hour", "week", "minute", "anna"};
	const char *percent = strchr(format, '%');

	if (!percent)
		return danish(arena, format) != NULL;
	size_t skip = !strncmp(percent, "%lld", 4) ? 4 : !strncmp(percent, "%.*s", 4) ? 4 : 2;
	size_t n = skip == 4 && percent[1] == 'l' ? 1 : sizeof(words) / sizeof(words[0]);
	for (size_t i = 0; i < n; i++) {
		struct arena_mark mark = arena_mark(arena);
		const char *next = arena_printf(arena, "%.*s%s%s", (int)(percent - format), format,
			n == 1 ? "7" : words[i], percent + skip);
		bool known = next && is_known(arena, next);
		arena_release(arena, &mark);
		if (known)
			return true;
	}
	return false;
}

static void test_every_sentence(void **state)
{
	char *source = calloc(1, SOURCE_BYTES), format[512];
	FILE *file = fopen("common/queue_verdict.c", "r");
	unsigned found = 0;
	struct arena arena;
	(void)state;

	assert_non_null(source);
	assert_non_null(file);
	assert_in_range(fread(source, 1, SOURCE_BYTES - 1, file), 1000, SOURCE_BYTES - 2);
	fclose(file);
	arena_init(&arena, 1 << 20);
	for (const char *at = source; next_format(&at, format); found++)
		if (!is_known(&arena, format))
			fail_msg("not in reasons.def: %s", format);
	assert_in_range(found, 20, 200);
	arena_done(&arena);
	free(source);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_rows),
		cmocka_unit_test(test_every_sentence),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
