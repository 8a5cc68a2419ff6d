/* The list of errors and the paths of reasons; touches nothing. */
#include "common/err.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#define COUNT(rows) (sizeof(rows) / sizeof((rows)[0]))

static void test_words(void **state)
{
	(void)state;

	for (unsigned i = 0; i < ERR_COUNT; i++) {
		const char *word = err_word((enum err)i);
		assert_int_equal(err_of_word(word, strlen(word)), i);
		assert_true(strlen(err_sentence((enum err)i)) > 0);
		assert_int_equal(err_of_word(word, strlen(word) - 1), ERR_BUG);
	}
	assert_int_equal(err_of_word("", 0), ERR_BUG);
	assert_int_equal(err_of_word("no_such_word", 12), ERR_BUG);
	assert_int_equal(err_of_word("okay", 2), ERR_OK);
	assert_int_equal(err_of_word("OK", 2), ERR_BUG);
	assert_string_equal(err_word(ERR_KEY_REUSED), "key_reused");
}

static void test_retryable(void **state)
{
	static const struct {
		enum err code;
		bool want;
	} rows[] = {
		{ERR_OK, false},
		{ERR_INVALID, false},
		{ERR_STALE, false},
		{ERR_CORRUPT, false},
		{ERR_BUSY, true},
		{ERR_TIMEOUT, true},
		{ERR_EXPIRED, true},
		{ERR_FULL, true},
		{ERR_NO_MEMORY, true},
		{ERR_SYSTEM, true},
		{ERR_BUG, false},
	};
	(void)state;

	for (size_t i = 0; i < COUNT(rows); i++)
		assert_int_equal(err_retryable(rows[i].code), rows[i].want);
}

static void test_reason_set(void **state)
{
	struct reason reason;
	char longer[300];
	(void)state;

	assert_int_equal(reason_set(&reason, ERR_INVALID, "length", "at most %d", 5), ERR_INVALID);
	assert_int_equal(reason.code, ERR_INVALID);
	assert_string_equal(reason.field, "length");
	assert_string_equal(reason.rule, "at most 5");
	assert_int_equal(reason_set(&reason, ERR_LIMIT, NULL, "too long"), ERR_LIMIT);
	assert_string_equal(reason.field, "");
	assert_int_equal(reason_set(NULL, ERR_STALE, "x", "y"), ERR_STALE);
	memset(longer, 'x', sizeof(longer) - 1);
	longer[sizeof(longer) - 1] = '\0';
	assert_int_equal(reason_set(&reason, ERR_INVALID, longer, "%s", longer), ERR_INVALID);
	assert_int_equal(strlen(reason.field), sizeof(reason.field) - 1);
	assert_int_equal(strlen(reason.rule), sizeof(reason.rule) - 1);
}

static void test_reason_prefix(void **state)
{
	static const struct {
		const char *field;
		const char *name;
		long index;
		const char *want;
	} rows[] = {
		{"length", "slots", 2, "slots[2].length"},
		{"length", "slots", -1, "slots.length"},
		{"length", "slots", 0, "slots[0].length"},
		{"", "slots", 2, "slots[2]"},
		{"", "slots", -1, "slots"},
		{"[3]", "slots", -1, "slots[3]"},
		{"slots[2].length", "venue", 11, "venue[11].slots[2].length"},
	};
	struct reason reason;
	(void)state;

	for (size_t i = 0; i < COUNT(rows); i++) {
		enum err err = reason_set(&reason, ERR_INVALID, rows[i].field, "rule");
		assert_int_equal(err, ERR_INVALID);
		reason_prefix(&reason, rows[i].name, rows[i].index);
		assert_string_equal(reason.field, rows[i].want);
		assert_string_equal(reason.rule, "rule");
	}
	reason_prefix(NULL, "slots", 1);
}

/* A path may be cut, but never overrun or lose its beginning. */
static void test_deep_path(void **state)
{
	struct reason reason;
	(void)state;

	assert_int_equal(reason_set(&reason, ERR_INVALID, "leaf", "rule"), ERR_INVALID);
	for (int i = 0; i < 50; i++)
		reason_prefix(&reason, "a_rather_long_name_of_a_field", i);
	assert_true(strlen(reason.field) < sizeof(reason.field));
	assert_memory_equal(reason.field, "a_rather_long_name_of_a_field[49].", 34);
	reason_prefix(&reason,
		"a_name_that_is_far_longer_than_what_fits_in_the_field_of_a_reason_and_goes_on_and_"
		"on"
		"_for_ever_and_ever",
		INT32_MAX);
	assert_true(strlen(reason.field) < sizeof(reason.field));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_words),
		cmocka_unit_test(test_retryable),
		cmocka_unit_test(test_reason_set),
		cmocka_unit_test(test_reason_prefix),
		cmocka_unit_test(test_deep_path),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
