/* The command line, the table of commands and what an actor is written like. */
#include "services/oneplanctl/arguments.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "services/oneplanctl/actor.h"
#include "services/oneplanctl/ctl.h"
#include "services/oneplanctl/help.h"
#include "services/oneplanctl/nearest.h"

#define COUNT(rows) (sizeof(rows) / sizeof((rows)[0]))
#define WORDS(...) ((const char *[]){__VA_ARGS__, NULL})

static const struct option_row first[] = {
	{"town", "DIR", "a directory"}, {"json", NULL, "a flag"}, {NULL, NULL, NULL}};
static const struct option_row second[] = {{"limit", "N", "a number"}, {"at", "TIME", "a time"},
	{"key", "UUID", "a key"}, {"from", "DATE", "a date"}, {NULL, NULL, NULL}};
static const struct option_tables tables = {first, second};

static void parse(const char *const *argv, struct arguments *ret)
{
	struct reason reason = {0};

	assert_int_equal(arguments_parse(&tables, argv, ret, &reason), ERR_OK);
}

static void test_words_and_options(void **state)
{
	struct arguments got;

	(void)state;
	parse(WORDS("--town", "/x", "call", "--json", "intake", "--limit=5", "-", "--", "--town"),
		&got);
	assert_int_equal(got.n_words, 4);
	assert_string_equal(got.words[0], "call");
	assert_string_equal(got.words[2], "-");
	assert_string_equal(got.words[3], "--town");
	assert_string_equal(argument_text(&got, "town"), "/x");
	assert_string_equal(argument_text(&got, "limit"), "5");
	assert_true(argument_flag(&got, "json"));
	assert_null(argument_text(&got, "key"));
}

static void test_wrong_options(void **state)
{
	static const struct {
		const char *const argv[4];
		const char *field;
		const char *rule;
	} rows[] = {
		{{"--nothing", NULL}, "--nothing", "is no option here"},
		{{"--nothing=5", NULL}, "--nothing", "is no option here"},
		{{"--town", NULL}, "--town", "needs a value"},
		{{"--json=yes", NULL}, "--json", "takes no value"},
		{{"--json", "--json", NULL}, "--json", "is given twice"},
		{{"-j", NULL}, "-j", "is no option here: options have two hyphens"},
	};

	(void)state;
	for (size_t i = 0; i < COUNT(rows); i++) {
		struct reason reason = {0};
		struct arguments got;
		assert_int_equal(
			arguments_parse(&tables, rows[i].argv, &got, &reason), ERR_INVALID);
		assert_string_equal(reason.field, rows[i].field);
		assert_string_equal(reason.rule, rows[i].rule);
	}
}

static void test_too_many_words(void **state)
{
	struct reason reason = {0};
	struct arguments got;

	(void)state;
	assert_int_equal(arguments_parse(&tables,
				 WORDS("1", "2", "3", "4", "5", "6", "7", "8", "9"), &got, &reason),
		ERR_INVALID);
	assert_string_equal(reason.field, "9");
}

static void test_values(void **state)
{
	struct arguments got;
	struct reason reason = {0};
	struct uuid key = {{0}};
	int64_t limit = 7, at = 0, from = 0, none = 7;

	(void)state;
	parse(WORDS("--limit", "12", "--at", "1970-01-01T00:00:01Z", "--from", "2026-11-22",
		      "--key", "0190b8a0-0000-7000-8000-000000000001"),
		&got);
	assert_int_equal(argument_count(&got, "limit", &limit, &reason), ERR_OK);
	assert_int_equal(argument_time(&got, "at", &at, &reason), ERR_OK);
	assert_int_equal(argument_date(&got, "from", &from, &reason), ERR_OK);
	assert_int_equal(argument_uuid(&got, "key", &key, &reason), ERR_OK);
	assert_int_equal(argument_count(&got, "json", &none, &reason), ERR_OK);
	assert_int_equal(limit, 12);
	assert_int_equal(at, 1000);
	assert_int_equal(from, 20261122);
	assert_int_equal(key.b[15], 1);
	assert_int_equal(none, 7);
}

static void test_wrong_values(void **state)
{
	static const char *const numbers[] = {"", "-1", "1x", "99999999999999999999", " 1"};
	struct arguments got;
	struct reason reason = {0};
	int64_t v = 0;

	(void)state;
	for (size_t i = 0; i < COUNT(numbers); i++) {
		parse(WORDS("--limit", numbers[i]), &got);
		assert_int_equal(argument_count(&got, "limit", &v, &reason), ERR_INVALID);
		assert_string_equal(reason.field, "--limit");
	}
	parse(WORDS("--at", "2026-02-30T00:00:00Z"), &got);
	assert_int_equal(argument_time(&got, "at", &v, &reason), ERR_INVALID);
	parse(WORDS("--at", "5 minutes"), &got);
	assert_int_equal(argument_ms(&got, "at", &v, &reason), ERR_INVALID);
}

/* ---- the table of commands ------------------------------------------------------------------- */

static void test_every_command_is_found(void **state)
{
	(void)state;
	for (size_t i = 0; i < n_commands; i++) {
		char name[64];
		const char *words[3] = {name, NULL, NULL};
		assert_true(strlen(commands[i].name) < sizeof(name));
		strcpy(name, commands[i].name);
		char *space = strchr(name, ' ');
		if (space) {
			*space = '\0';
			words[1] = space + 1;
		}
		assert_ptr_equal(command_find(words), &commands[i]);
		assert_int_equal(command_words(&commands[i]), space ? 2 : 1);
	}
	assert_null(command_find(WORDS("tow", "init")));
	assert_null(command_find(WORDS("town")));
	assert_null(command_find(WORDS("town", "make")));
}

static void test_every_command_is_explained(void **state)
{
	(void)state;
	for (size_t i = 0; i < n_commands; i++) {
		const struct command *command = &commands[i];
		assert_true(strlen(command->line) > 10);
		assert_true(strlen(command->help) > 40);
		assert_true(command->min_words <= command->max_words);
		assert_non_null(command->run);
		for (const struct option_row *row = command->options; row && row->name; row++) {
			assert_true(strlen(row->meaning) > 5);
			for (const struct option_row *global = global_options; global->name;
				global++)
				assert_string_not_equal(row->name, global->name);
		}
	}
}

static void test_exit_codes(void **state)
{
	static const struct {
		enum err code;
		const char *node;
		bool unknown;
		int want;
	} rows[] = {
		{ERR_INVALID, "intake", false, CTL_REFUSED},
		{ERR_CONFLICT, "intake", false, CTL_REFUSED},
		{ERR_SYSTEM, "intake", false, CTL_REFUSED},
		{ERR_PROTOCOL, "intake", false, CTL_NOT_UNDERSTOOD},
		{ERR_TIMEOUT, "intake", false, CTL_UNREACHABLE},
		{ERR_BUSY, "intake", false, CTL_UNREACHABLE},
		{ERR_INVALID, "intake", true, CTL_UNKNOWN},
		{ERR_INVALID, NULL, false, CTL_USAGE},
		{ERR_NOT_FOUND, NULL, false, CTL_USAGE},
		{ERR_CONFLICT, NULL, false, CTL_USAGE},
		{ERR_SYSTEM, NULL, false, CTL_SYSTEM},
		{ERR_NO_MEMORY, NULL, false, CTL_SYSTEM},
	};

	(void)state;
	for (size_t i = 0; i < COUNT(rows); i++) {
		const struct reason reason = {.code = rows[i].code};
		const struct failure failure = {
			.node = rows[i].node, .reason = &reason, .unknown = rows[i].unknown};
		assert_int_equal(ctl_exit_of(&failure), rows[i].want);
	}
}

/* ---- what was meant -------------------------------------------------------------------------- */

static void test_nearest(void **state)
{
	static const char *const names[] = {
		"status", "queues", "quarantine", "planning.family", "planning.social", "top"};
	static const struct {
		const char *word, *want;
	} rows[] = {{"stauts", "status"}, {"statsu", "status"}, {"queue", "queues"},
		{"quar", "quarantine"}, {"planing.family", "planning.family"},
		{"planning.soical", "planning.social"}, {"tpo", "top"}, {"xyz", NULL}, {"", NULL},
		{"restore", NULL}, {"a", NULL},
		{"a word that is far longer than any name of anything could be", NULL}};

	(void)state;
	for (size_t i = 0; i < COUNT(rows); i++) {
		struct nearest nearest = {.word = rows[i].word};
		for (size_t k = 0; k < COUNT(names); k++)
			nearest_try(&nearest, names[k]);
		if (rows[i].want)
			assert_string_equal(nearest.best, rows[i].want);
		else
			assert_null(nearest.best);
	}
}

static void test_nearest_commands(void **state)
{
	static const struct {
		const char *words[3], *want;
	} rows[] = {{{"statu"}, "status"}, {{"town", "inti"}, "town init"},
		{{"key", "rotat", "intake"}, "key rotate"}, {{"journl", "intake"}, "journal"},
		{{"frobnicate"}, NULL}};

	(void)state;
	for (size_t i = 0; i < COUNT(rows); i++) {
		const char *got = command_nearest(rows[i].words);
		if (rows[i].want)
			assert_string_equal(got, rows[i].want);
		else
			assert_null(got);
	}
}

/* ---- actors ---------------------------------------------------------------------------------- */

static void assert_text(struct text got, const char *want)
{
	assert_int_equal(got.n, strlen(want));
	assert_memory_equal(got.n ? got.p : "", want, got.n);
}

static void test_actors(void **state)
{
	struct reason reason = {0};
	struct actor actor;

	(void)state;
	assert_int_equal(actor_parse(text_of("front_desk:desk-1"), &actor, &reason), ERR_OK);
	assert_text(actor.role, "front_desk");
	assert_text(actor.id, "desk-1");
	assert_text(actor.department, "");
	assert_int_equal(actor_parse(text_of("caseworker:a:b/family"), &actor, &reason), ERR_OK);
	assert_text(actor.id, "a:b");
	assert_text(actor.department, "family");
}

static void test_wrong_actors(void **state)
{
	static const char *const rows[] = {"", "x", ":x", "role:", "role:/family", "role:id/",
		"a_role_that_is_far_too_long_to_be_one:id"};
	struct reason reason = {0};
	struct actor actor;

	(void)state;
	for (size_t i = 0; i < COUNT(rows); i++)
		assert_int_not_equal(actor_parse(text_of(rows[i]), &actor, &reason), ERR_OK);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_words_and_options),
		cmocka_unit_test(test_wrong_options),
		cmocka_unit_test(test_too_many_words),
		cmocka_unit_test(test_values),
		cmocka_unit_test(test_wrong_values),
		cmocka_unit_test(test_every_command_is_found),
		cmocka_unit_test(test_every_command_is_explained),
		cmocka_unit_test(test_exit_codes),
		cmocka_unit_test(test_nearest),
		cmocka_unit_test(test_nearest_commands),
		cmocka_unit_test(test_actors),
		cmocka_unit_test(test_wrong_actors),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
