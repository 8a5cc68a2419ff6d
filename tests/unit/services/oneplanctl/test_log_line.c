/* Lines of daemons' logs: what log.c wrote, and whatever else stands there. */
#include "services/oneplanctl/log_line.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#define COUNT(rows) (sizeof(rows) / sizeof((rows)[0]))
#define HEAD "{\"time\":\"2026-11-28T18:28:05.641Z\",\"level\":\"warning\",\"node\":\"intake\","

static int set_up(void **state)
{
	struct arena *arena = malloc(sizeof(*arena));

	arena_init(arena, (size_t)1024 * 1024);
	*state = arena;
	return 0;
}

static int tear_down(void **state)
{
	arena_done(*state);
	free(*state);
	return 0;
}

static struct log_line read_line(void **state, const char *text)
{
	struct log_line line;

	assert_int_equal(log_line_read(bytes_of(text, strlen(text)), *state, &line), ERR_OK);
	return line;
}

static void test_an_event(void **state)
{
	struct log_line line =
		read_line(state, HEAD "\"event\":\"not let in\",\"keys\":2,\"why\":\"a \\\"b\\\" "
				      "\\u00f8\",\"cut\":true}");

	assert_true(line.parsed);
	assert_int_equal(line.time, INT64_C(1795890485641));
	assert_int_equal(line.level, LOG_WARNING);
	assert_string_equal(line.node, "intake");
	assert_string_equal(line.event, "not let in");
	assert_string_equal(line.rest, "keys=2 why=\"a \"b\" \xc3\xb8\" cut=true");
	assert_true(log_line_holds(&line, "LET IN"));
	assert_true(log_line_holds(&line, "keys=2"));
	assert_false(log_line_holds(&line, "intake"));
}

/* Kept as it is, and never taken for an event. */
static void test_anything_else(void **state)
{
	static const char *const rows[] = {"", "{", "{}", "==7==ERROR: AddressSanitizer",
		"{\"time\":", HEAD "\"event\":\"cut", HEAD "\"event\":\"x\"} more", HEAD "}",
		HEAD "\"event\":}", "{\"event\":\"no time\"}", HEAD "\"event\":\"\\u12",
		HEAD "\"event\":\"x\\", HEAD "\"event\":{\"deep\":1}}", "[1]",
		"{\"time\":\"never\",\"event\":\"x\"}"};

	for (size_t i = 0; i < COUNT(rows); i++) {
		struct log_line line = read_line(state, rows[i]);
		assert_false(line.parsed);
		assert_string_equal(line.event, rows[i]);
		assert_string_equal(line.rest, "");
		assert_int_equal(line.time, 0);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(test_an_event, set_up, tear_down),
		cmocka_unit_test_setup_teardown(test_anything_else, set_up, tear_down),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
