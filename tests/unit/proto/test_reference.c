/* References: every wrong character and every swap is found; touches nothing. */
#include "proto/reference.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "common/uuid.h"

#define COUNT(rows) (sizeof(rows) / sizeof((rows)[0]))
#define REFERENCES 3000

static bool is_reference(const char *text)
{
	char ret[REFERENCE_BYTES];
	return reference_parse(text, strlen(text), ret);
}

static void check_substitutions(const char *text)
{
	char wrong[REFERENCE_BYTES];

	for (size_t at = 0; at < REFERENCE_BYTES - 1; at++) {
		memcpy(wrong, text, sizeof(wrong));
		for (const char *c = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ"; *c; c++) {
			wrong[at] = *c;
			if (*c != text[at] && is_reference(wrong))
				fail_msg("%s for %s", wrong, text);
		}
	}
}

/* The neighbours across the hyphen, too; any other two as well. */
static void check_swaps(const char *text)
{
	char wrong[REFERENCE_BYTES];

	for (size_t a = 0; a < REFERENCE_BYTES - 1; a++) {
		for (size_t b = a + 1; b < REFERENCE_BYTES - 1; b++) {
			memcpy(wrong, text, sizeof(wrong));
			wrong[a] = text[b];
			wrong[b] = text[a];
			if (a != 4 && b != 4 && text[a] != text[b] && is_reference(wrong))
				fail_msg("%s for %s", wrong, text);
		}
	}
}

static void test_errors_are_found(void **state)
{
	uint64_t seed = 7;
	struct random random = random_seeded(&seed);
	(void)state;

	for (int i = 0; i < REFERENCES; i++) {
		char text[REFERENCE_BYTES];
		char again[REFERENCE_BYTES];
		reference_make(random_u64(&random), text);
		assert_int_equal(strlen(text), REFERENCE_BYTES - 1);
		assert_int_equal(text[4], '-');
		assert_null(strpbrk(text, "01ILOQU"));
		assert_true(reference_parse(text, strlen(text), again));
		assert_string_equal(again, text);
		check_substitutions(text);
		check_swaps(text);
	}
}

static void test_written_by_people(void **state)
{
	static const struct {
		const char *text;
		const char *want; /* NULL: refused */
	} rows[] = {
		{"2222-2222", "2222-2222"},
		{"22222222", "2222-2222"},
		{" 2222 2222 ", "2222-2222"},
		{"2 2 2 2 - 2 2 2 2", "2222-2222"},
		{"", NULL},
		{"-", NULL},
		{"2222-222", NULL},
		{"2222-22222", NULL},
		{"2222_2222", NULL},
		{"2222-222\t2", NULL},
		{"2222-2223", NULL},
		{"O222-2222", NULL},
		{"2222-222\xc3\xa6", NULL},
	};
	char text[REFERENCE_BYTES];
	char got[REFERENCE_BYTES];
	char lower[REFERENCE_BYTES];
	(void)state;

	for (size_t i = 0; i < COUNT(rows); i++) {
		bool ok = reference_parse(rows[i].text, strlen(rows[i].text), got);
		if (ok != (rows[i].want != NULL))
			fail_msg("%s", rows[i].text);
		if (ok)
			assert_string_equal(got, rows[i].want);
	}
	assert_false(reference_parse("2222-22\0002", 9, got));
	reference_make(UINT64_MAX, text);
	for (size_t i = 0; i < sizeof(text); i++)
		lower[i] = text[i] >= 'A' && text[i] <= 'Z' ? (char)(text[i] - 'A' + 'a') : text[i];
	assert_string_not_equal(lower, text);
	assert_true(reference_parse(lower, strlen(lower), got));
	assert_string_equal(got, text);
}

/* Once printed on a letter a reference must stay valid: pinned. */
static void test_pinned(void **state)
{
	static const struct {
		uint64_t bits;
		const char *want;
	} rows[] = {
		{0, "2222-2222"},
		{1, "3222-222R"},
		{UINT64_C(17249876308), "ZZZZ-ZZZ8"}, /* 29 to the 7th less one */
		{UINT64_C(17249876309), "2222-2222"},
	};
	(void)state;

	for (size_t i = 0; i < COUNT(rows); i++) {
		char got[REFERENCE_BYTES];
		reference_make(rows[i].bits, got);
		assert_string_equal(got, rows[i].want);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_errors_are_found),
		cmocka_unit_test(test_written_by_people),
		cmocka_unit_test(test_pinned),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
