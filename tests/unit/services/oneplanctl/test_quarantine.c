/* Which record of a quarantine is meant. */
#include "services/oneplanctl/quarantine.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "common/uuid.h"
#include "services/oneplanctl/ctl.h"

#define ENTITY "01900000-0000-7000-8000-000000000001"

static const struct uuid entity = {{0x01, 0x90, 0, 0, 0, 0, 0x70, 0, 0x80, 0, 0, 0, 0, 0, 0, 1}};

static const struct command *find_command(const char *name)
{
	for (size_t i = 0; i < n_commands; i++)
		if (!strcmp(commands[i].name, name))
			return &commands[i];
	fail_msg("no command %s", name);
	return NULL;
}

static enum err target_of(
	const char *const *argv, struct quarantine_target *ret, struct reason *reason)
{
	const struct option_tables tables = {global_options, find_command("quarantine")->options};
	struct arguments arguments;

	assert_int_equal(arguments_parse(&tables, argv, &arguments, reason), ERR_OK);
	return quarantine_target_of(&arguments, ret, reason);
}

static void test_what_the_arguments_mean(void **state)
{
	static const struct {
		const char *const argv[8];
		const char *field; /* NULL: good */
		int64_t seq;
		bool entity;
	} rows[] = {
		{{NULL}, NULL, 0, false},
		{{"--retry", "7", NULL}, NULL, 7, false},
		{{"--retry", ENTITY, NULL}, NULL, 0, true},
		{{"--drop", "8", "--reason", "twice", "--by", "Ida", NULL}, NULL, 8, false},
		{{"--drop", "8", "--by", "Ida", NULL}, "--reason", 0, false},
		{{"--drop", "8", "--reason", "twice", NULL}, "--by", 0, false},
		{{"--drop", "0", "--reason", "twice", "--by", "Ida", NULL}, "--drop", 0, false},
		{{"--retry", "seven", NULL}, "--retry", 0, false},
		{{"--retry", "7", "--drop", "8", NULL}, "--drop", 0, false},
	};

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		struct quarantine_target got;
		struct reason reason = {0};
		enum err err = target_of(rows[i].argv, &got, &reason);
		assert_int_equal(err, rows[i].field ? ERR_INVALID : ERR_OK);
		if (rows[i].field) {
			assert_string_equal(reason.field, rows[i].field);
			continue;
		}
		assert_int_equal(got.seq, rows[i].seq);
		assert_int_equal(uuid_equal(got.entity, entity), rows[i].entity);
	}
}

static void test_whose_record_it_is(void **state)
{
	struct quarantine_line lines[] = {{.owner = text_of("intake"), .seq = 7, .entity = entity},
		{.owner = text_of("intake"), .seq = 8, .entity = entity},
		{.owner = text_of("planning.family"), .seq = 8}};
	struct quarantine_page page = {{3, lines}, false};
	struct quarantine_target seven = {.seq = 7}, eight = {.seq = 8}, nine = {.seq = 9},
				 about = {.entity = entity},
				 said = {.owner = text_of("reporting"), .seq = 8};
	struct reason reason;

	(void)state;
	assert_int_equal(quarantine_find(&page, &seven, &reason), ERR_OK);
	assert_true(text_is(seven.owner, "intake"));
	assert_int_equal(quarantine_find(&page, &about, &reason), ERR_OK);
	assert_true(text_is(about.owner, "intake"));
	assert_int_equal(quarantine_find(&page, &eight, &reason), ERR_CONFLICT);
	assert_string_equal(reason.field, "--owner");
	assert_int_equal(quarantine_find(&page, &nine, &reason), ERR_NOT_FOUND);
	assert_int_equal(quarantine_find(&page, &said, &reason), ERR_OK);
	assert_true(text_is(said.owner, "reporting"));
	page.more = true;
	seven.owner = TEXT_NONE;
	assert_int_equal(quarantine_find(&page, &seven, &reason), ERR_INVALID);
}

int main(void)
{
	const struct CMUnitTest tests[] = {cmocka_unit_test(test_what_the_arguments_mean),
		cmocka_unit_test(test_whose_record_it_is)};

	return cmocka_run_group_tests_name("oneplanctl quarantine", tests, NULL, NULL);
}
