/* Holidays and working days against published dates; touches nothing. */
#include "proto/calendar.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <string.h>

#include <cmocka.h>

#include "common/clock.h"

#define COUNT(rows) (sizeof(rows) / sizeof((rows)[0]))

static void test_easter(void **state)
{
	static const int64_t rows[] = {18180322, 18860425, 19130323, 19430425, 19540418, 19610402,
		19810419, 19990404, 20000423, 20010415, 20020331, 20030420, 20040411, 20050327,
		20060416, 20070408, 20080323, 20090412, 20100404, 20110424, 20120408, 20130331,
		20140420, 20150405, 20160327, 20170416, 20180401, 20190421, 20200412, 20210404,
		20220417, 20230409, 20240331, 20250420, 20260405, 20270328, 20280416, 20290401,
		20300421, 20310413, 20320328, 20330417, 20340409, 20350325, 20380425, 20490418,
		20760419, 21000328};
	(void)state;

	for (size_t i = 0; i < COUNT(rows); i++)
		assert_int_equal(calendar_easter((int)(rows[i] / 10000)), rows[i]);
	for (int year = 1800; year < 2200; year++) {
		int64_t got = calendar_easter(year);
		assert_int_equal(date_weekday(got), 7);
		assert_in_range(got % 10000, 322, 425);
	}
}

static void test_holidays(void **state)
{
	static const struct {
		int64_t date;
		const char *want;
	} rows[] = {
		{20260101, "Nytårsdag"},
		{20260402, "Skærtorsdag"},
		{20260403, "Langfredag"},
		{20260404, NULL},
		{20260405, "Påskedag"},
		{20260406, "2. påskedag"},
		{20260407, NULL},
		{20260501, NULL},
		{20260514, "Kristi himmelfartsdag"},
		{20260515, NULL},
		{20260524, "Pinsedag"},
		{20260525, "2. pinsedag"},
		{20260605, "Grundlovsdag"},
		{20261223, NULL},
		{20261224, "Juleaftensdag"},
		{20261225, "Juledag"},
		{20261226, "2. juledag"},
		{20261231, "Nytårsaftensdag"},
		{20270101, "Nytårsdag"},
		/* Store Bededag, abolished from 2024 on. */
		{20220513, "Store Bededag"},
		{20230505, "Store Bededag"},
		{20240426, NULL},
		{20250516, NULL},
	};
	(void)state;

	for (size_t i = 0; i < COUNT(rows); i++) {
		const char *got = calendar_holiday(rows[i].date);
		if (!got != !rows[i].want || (got && strcmp(got, rows[i].want) != 0))
			fail_msg("%lld: %s", (long long)rows[i].date, got ? got : "none");
	}
}

static void test_working_days(void **state)
{
	static const struct {
		int64_t date;
		int n;
		int64_t want;
	} rows[] = {
		{20261123, 0, 20261123}, /* Monday */
		{20261121, 0, 20261123}, /* Saturday */
		{20261122, 0, 20261123}, /* Sunday */
		{20261123, 1, 20261124},
		{20261120, 1, 20261123},
		{20261121, 1, 20261123},
		{20261123, 5, 20261130},
		/* Easter 2026: from Wednesday over five days without work. */
		{20260401, 0, 20260401},
		{20260402, 0, 20260407},
		{20260401, 1, 20260407},
		{20260401, 2, 20260408},
		{20260330, 5, 20260409},
		/* Christmas 2026 to new year 2027. */
		{20261223, 1, 20261228},
		{20261224, 0, 20261228},
		{20261223, 4, 20270104},
		{20261218, 5, 20261229},
		/* Ascension, Whitsun and Constitution Day. */
		{20260513, 1, 20260515},
		{20260522, 1, 20260526},
		{20260604, 1, 20260608},
		/* The Friday that was Store Bededag. */
		{20230504, 1, 20230508},
		{20240425, 1, 20240426},
	};
	(void)state;

	for (size_t i = 0; i < COUNT(rows); i++) {
		int64_t got = calendar_add_working_days(rows[i].date, rows[i].n);
		if (got != rows[i].want)
			fail_msg("%lld + %d: %lld", (long long)rows[i].date, rows[i].n,
				(long long)got);
	}
}

static void test_between(void **state)
{
	static const struct {
		int64_t from;
		int64_t to;
		int64_t want;
	} rows[] = {
		{20261123, 20261123, 0}, {20261123, 20261124, 1}, {20261124, 20261123, -1},
		{20261120, 20261122, 0}, {20261120, 20261123, 1}, {20260401, 20260407, 1},
		{20260327, 20260410, 7}, {20260410, 20260327, -7}, {20261223, 20270104, 4},
		{20251231, 20261231, 251}, /* all of 2026 */
		{20221231, 20231231, 251}, /* 2023 */
		{20231231, 20241231, 251}, /* 2024 */
	};
	(void)state;

	for (size_t i = 0; i < COUNT(rows); i++) {
		int64_t got = calendar_working_days_between(rows[i].from, rows[i].to);
		if (got != rows[i].want)
			fail_msg("%lld..%lld: %lld", (long long)rows[i].from, (long long)rows[i].to,
				(long long)got);
	}
	for (int64_t from = 20251215; from < 20270115; from = date_add_days(from, 1)) {
		for (int n = 1; n < 12; n++) {
			int64_t to = calendar_add_working_days(from, n);
			assert_true(calendar_is_working_day(to));
			assert_int_equal(calendar_working_days_between(from, to), n);
		}
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_easter),
		cmocka_unit_test(test_holidays),
		cmocka_unit_test(test_working_days),
		cmocka_unit_test(test_between),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
