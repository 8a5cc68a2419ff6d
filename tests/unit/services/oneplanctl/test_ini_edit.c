/* Changes to settings files: what is asked for, and nothing else. */
#include "services/oneplanctl/ini_edit.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

static const char text[] = "# a node\n"
			   "[node]\n"
			   "name = intake\n"
			   "\n"
			   "[peer.a]\n"
			   "role = planning\n"
			   "public_key=old ; of a\n"
			   "# and what else\n"
			   "\n"
			   "[peer.ab]\n"
			   "role = planning\n"
			   "public_key = other\n";

static const struct {
	struct ini_change change;
	const char *from, *to; /* what becomes what; NULL: nothing changes */
} rows[] = {
	{{"peer.a", "public_key", "new"}, "public_key=old ; of a\n", "public_key = new\n"},
	{{"peer.a", "next", "n"}, "# and what else\n", "# and what else\nnext = n\n"},
	{{"peer.ab", "next", "n"}, "= other\n", "= other\nnext = n\n"},
	{{"peer.ab", "public_key", "other"}, NULL, NULL},
	{{"peer.a", "public_key", NULL}, "public_key=old ; of a\n", ""},
	{{"peer.a", "next", NULL}, NULL, NULL},
	{{"peer.b", "next", "n"}, NULL, NULL},
	{{"peer.a", "public", "n"}, "# and what else\n", "# and what else\npublic = n\n"},
	{{"peer.ab", NULL, NULL}, "[peer.ab]\nrole = planning\npublic_key = other\n", ""},
	{{"peer.a", NULL, NULL},
		"[peer.a]\nrole = planning\npublic_key=old ; of a\n# and what else\n\n", ""},
};

static void test_rows(void **state)
{
	struct arena arena;
	char want[sizeof(text) + 64];

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		arena_init(&arena, (size_t)64 * 1024);
		const char *got = ini_change(&arena, text, &rows[i].change);
		if (rows[i].from) {
			const char *at = strstr(text, rows[i].from);
			assert_non_null(at);
			snprintf(want, sizeof(want), "%.*s%s%s", (int)(at - text), text, rows[i].to,
				at + strlen(rows[i].from));
			assert_string_equal(got, want);
			assert_ptr_equal(ini_change(&arena, got, &rows[i].change), got);
		} else
			assert_ptr_equal(got, text);
		arena_done(&arena);
	}
}

static void test_values(void **state)
{
	struct arena arena;

	(void)state;
	arena_init(&arena, 4096);
	assert_string_equal(ini_value(&arena, text, "peer.ab", "public_key"), "other");
	assert_string_equal(ini_value(&arena, text, "node", "name"), "intake");
	assert_null(ini_value(&arena, text, "node", "public_key"));
	assert_null(ini_value(&arena, text, "peer.b", "public_key"));
	arena_done(&arena);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_rows), cmocka_unit_test(test_values)};

	return cmocka_run_group_tests_name("ini_edit", tests, NULL, NULL);
}
