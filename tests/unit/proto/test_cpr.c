/* Synthetic personal numbers only: they are computed here, most from dates on which nobody living
 * was born or that are yet to come, and most fail modulus 11; none is taken from a person. */
#include "proto/cpr.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#define COUNT(rows) (sizeof(rows) / sizeof((rows)[0]))

static enum err parse(const char *s, struct cpr *ret, struct reason *reason)
{
	return cpr_parse(s, strlen(s), ret, reason);
}

/* The weights from the other end, so that the test does not copy the code. */
static bool synthetic_passes(const char *digits)
{
	int sum = 0;

	for (int i = 0; i < 10; i++) {
		int from_right = 10 - i;
		int weight = from_right > 7 ? from_right - 6 : from_right;
		sum += weight * (digits[i] - '0');
	}
	return sum % 11 == 0;
}

/* Every year and seventh digit on 1 January, against the table of centuries written out. */
static void test_centuries(void **state)
{
	(void)state;

	for (int year = 0; year < 100; year++) {
		for (int seventh = 0; seventh < 10; seventh++) {
			char digits[40];
			struct cpr got;
			int want = 1900;
			if ((seventh == 4 || seventh == 9) && year <= 36)
				want = 2000;
			if (seventh >= 5 && seventh <= 8)
				want = year <= 57 ? 2000 : 1800;
			snprintf(digits, sizeof(digits), "0101%02d%d000", year, seventh);
			assert_int_equal(parse(digits, &got, NULL), ERR_OK);
			assert_int_equal(got.birth_date, (want + year) * 10000 + 101);
			assert_int_equal(got.kind, CPR_ORDINARY);
			assert_string_equal(got.normal, digits);
			assert_int_equal(got.modulus_11, synthetic_passes(digits));
		}
	}
}

static void test_century_limits(void **state)
{
	static const struct {
		const char *synthetic;
		int64_t want;
	} rows[] = {
		{"0101000000", 19000101},
		{"0101993001", 19990101},
		{"0101364000", 20360101},
		{"0101374000", 19370101},
		{"0101369000", 20360101},
		{"0101379001", 19370101},
		{"0101575000", 20570101},
		{"0101585000", 18580101},
		{"0101578000", 20570101},
		{"0101588000", 18580101},
		{"3112998000", 18991231},
		{"2902004000", 20000229},
		{"2902045000", 20040229},
		{"2902000000", 0},
	};
	(void)state;

	for (size_t i = 0; i < COUNT(rows); i++) {
		struct cpr got = {0};
		enum err err = parse(rows[i].synthetic, &got, NULL);
		assert_int_equal(err, rows[i].want ? ERR_OK : ERR_INVALID);
		assert_int_equal(got.birth_date, rows[i].want);
		/* So that nobody can have been given it: born before 2007 it would have to pass. */
		assert_false(got.modulus_11);
	}
}

static void test_refused(void **state)
{
	static const struct {
		const char *text;
		const char *rule;
	} rows[] = {
		{"", "ten characters"},
		{"010136400", "ten characters"},
		{"01013640000", "ten characters"},
		{"010136-40000", "ten characters"},
		{"01013-64000", "ten characters"},
		{"010136 4000", "ten characters"},
		{"010136--400", "ten digits"},
		{" 101364000", "ten digits"},
		{"O101364000", "ten digits"},
		{"01013640x0", "ten digits"},
		{"0101364\xc3\xa6\x30", "ten digits"},
		{"3201364000", "date"},
		{"0001364000", "date"},
		{"0113364000", "date"},
		{"0100364000", "date"},
		{"3104364000", "date"},
		{"2902014000", "date"}, /* 2001 */
		{"2902000000", "date"}, /* 1900 */
		{"3002364000", "date"},
		{"6101364000", "date"},
	};
	(void)state;

	for (size_t i = 0; i < COUNT(rows); i++) {
		struct cpr got = {.birth_date = 42};
		struct reason reason = {.field = "x"};
		enum err err = parse(rows[i].text, &got, &reason);
		if (err != ERR_INVALID || !strstr(reason.rule, rows[i].rule))
			fail_msg("%s: %s %s", rows[i].text, err_word(err), reason.rule);
		assert_int_equal(reason.code, ERR_INVALID);
		assert_string_equal(reason.field, "");
		assert_int_equal(got.birth_date, 42);
	}
}

static void test_hyphen(void **state)
{
	struct cpr with;
	struct cpr without;
	(void)state;

	assert_int_equal(parse("010136-4000", &with, NULL), ERR_OK);
	assert_int_equal(parse("0101364000", &without, NULL), ERR_OK);
	assert_string_equal(with.normal, "0101364000");
	assert_string_equal(without.normal, with.normal);
	assert_int_equal(with.birth_date, without.birth_date);
	/* Not a byte more than n is read. */
	assert_int_equal(cpr_parse("0101364000999", 10, &with, NULL), ERR_OK);
}

/* Of the ten numbers that differ in one digit at most one passes: all weights are prime to 11. */
static void test_modulus_11(void **state)
{
	int passed = 0;
	(void)state;

	for (int serial = 0; serial < 1000; serial++) {
		char digits[40];
		struct cpr got;
		snprintf(digits, sizeof(digits), "3112575%03d", serial);
		assert_int_equal(parse(digits, &got, NULL), ERR_OK);
		assert_int_equal(got.modulus_11, synthetic_passes(digits));
		passed += got.modulus_11 ? 1 : 0;
		for (int digit = 0; got.modulus_11 && digit < 10; digit++) {
			char other[40];
			struct cpr changed;
			memcpy(other, digits, sizeof(other));
			other[9] = (char)('0' + digit);
			assert_int_equal(parse(other, &changed, NULL), ERR_OK);
			assert_int_equal(changed.modulus_11, other[9] == digits[9]);
		}
	}
	assert_in_range(passed, 80, 100);
}

static void test_replacement_numbers(void **state)
{
	static const struct {
		const char *synthetic;
		enum err want;
		enum cpr_kind kind;
	} rows[] = {
		{"0101361AB2", ERR_OK, CPR_X},
		{"0101367ZZ9", ERR_OK, CPR_X},
		{"010136-7az9", ERR_OK, CPR_X},
		{"0101360AB2", ERR_OK, CPR_D},
		{"0101365AB2", ERR_OK, CPR_D},
		{"010136-6ab2", ERR_OK, CPR_D},
		{"2902001AB2", ERR_OK, CPR_X}, /* a leap day, if it was in 2000 */
		{"2902041AB2", ERR_OK, CPR_X},
		{"2902011AB2", ERR_INVALID, CPR_X},
		{"3201361AB2", ERR_INVALID, CPR_X},
		{"0101362AB2", ERR_INVALID, CPR_X},
		{"0101363AB2", ERR_INVALID, CPR_X},
		{"0101364AB2", ERR_INVALID, CPR_X},
		{"0101368AB2", ERR_INVALID, CPR_X},
		{"0101369AB2", ERR_INVALID, CPR_X},
		{"010136AAB2", ERR_INVALID, CPR_X},
		{"0101361A12", ERR_INVALID, CPR_X},
		{"01013611B2", ERR_INVALID, CPR_X},
		{"0101361ABC", ERR_INVALID, CPR_X},
		{"0101361[B2", ERR_INVALID, CPR_X},
		{"01013A1AB2", ERR_INVALID, CPR_X},
	};
	(void)state;

	for (size_t i = 0; i < COUNT(rows); i++) {
		struct cpr got = {.birth_date = 42};
		enum err err = parse(rows[i].synthetic, &got, NULL);
		if (err != rows[i].want)
			fail_msg("%s: %s", rows[i].synthetic, err_word(err));
		if (err != ERR_OK)
			continue;
		assert_int_equal(got.kind, rows[i].kind);
		assert_int_equal(got.birth_date, 0);
		assert_true(got.modulus_11);
		assert_int_equal(strlen(got.normal), 10);
		assert_in_range(got.normal[7], 'A', 'Z');
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_centuries),
		cmocka_unit_test(test_century_limits),
		cmocka_unit_test(test_refused),
		cmocka_unit_test(test_hyphen),
		cmocka_unit_test(test_modulus_11),
		cmocka_unit_test(test_replacement_numbers),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
