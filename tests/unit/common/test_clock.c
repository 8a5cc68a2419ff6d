/* Civil dates, RFC 3339 and Central European time against known values; touches the real clock
 * once. */
#include "common/clock.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#define COUNT(rows) (sizeof(rows) / sizeof((rows)[0]))

/* Counts the calendar by hand, one day after the other, for four hundred years. */
static void test_every_day(void **state)
{
	static const int months[] = {31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31};
	int year = 1800;
	int month = 1;
	int day = 1;
	int weekday = 3; /* 1800-01-01 was a Wednesday */
	(void)state;

	for (int64_t days = TIME_MIN / MS_PER_DAY; days <= TIME_MAX / MS_PER_DAY; days++) {
		int64_t want = year * 10000 + month * 100 + day;
		int64_t parsed = 0;
		char text[32];
		assert_int_equal(date_of_days(days), want);
		assert_int_equal(date_to_days(want), days);
		assert_int_equal(date_weekday(want), weekday);
		assert_true(date_valid(want));
		date_format(want, text);
		assert_true(date_parse(text, strlen(text), &parsed));
		assert_int_equal(parsed, want);
		bool leap = year % 4 == 0 && (year % 100 != 0 || year == 2000);
		int length = months[month - 1] + (month == 2 && leap ? 1 : 0);
		weekday = weekday % 7 + 1;
		if (day++ == length) {
			day = 1;
			month++;
		}
		if (month == 13) {
			month = 1;
			year++;
		}
	}
	assert_int_equal(year, 2200);
}

static void test_every_time(void **state)
{
	(void)state;

	/* A step that shares no factor with a day, so that all times of the day come up. */
	for (int64_t ms = TIME_MIN; ms <= TIME_MAX; ms += 86399989) {
		int64_t got = 0;
		char text[32];
		time_format(ms, text);
		assert_true(time_parse(text, strlen(text), &got));
		assert_int_equal(got, ms);
	}
}

static void test_time_format(void **state)
{
	static const struct {
		int64_t ms;
		const char *want;
	} rows[] = {
		{0, "1970-01-01T00:00:00Z"},
		{1, "1970-01-01T00:00:00.001Z"},
		{-1, "1969-12-31T23:59:59.999Z"},
		{INT64_C(951782400000), "2000-02-29T00:00:00Z"},
		{INT64_C(1795338000000), "2026-11-22T09:00:00Z"},
		{INT64_C(1795338000120), "2026-11-22T09:00:00.120Z"},
		{TIME_MIN, "1800-01-01T00:00:00Z"},
		{TIME_MAX, "2199-12-31T23:59:59.999Z"},
		{TIME_MAX + MS_PER_DAY, "2200-01-01T23:59:59.999Z"},
	};
	(void)state;

	for (size_t i = 0; i < COUNT(rows); i++) {
		char got[32];
		time_format(rows[i].ms, got);
		assert_string_equal(got, rows[i].want);
	}
}

static void test_time_parse_good(void **state)
{
	static const struct {
		const char *text;
		int64_t want;
	} rows[] = {
		{"2026-11-22T09:00:00Z", INT64_C(1795338000000)},
		{"2026-11-22t09:00:00z", INT64_C(1795338000000)},
		{"2026-11-22T10:00:00+01:00", INT64_C(1795338000000)},
		{"2026-11-22T09:00:00-00:00", INT64_C(1795338000000)},
		{"2026-11-21T23:30:00-09:30", INT64_C(1795338000000)},
		{"2026-11-23T08:59:00+23:59", INT64_C(1795338000000)},
		{"2026-11-22T09:00:00.1Z", INT64_C(1795338000100)},
		{"2026-11-22T09:00:00.012Z", INT64_C(1795338000012)},
		{"2026-11-22T09:00:00.123999999999999999999999999Z", INT64_C(1795338000123)},
		{"2026-11-22T10:00:00.5+01:00", INT64_C(1795338000500)},
		{"2016-12-31T23:59:60Z", INT64_C(1483228800000)},
		{"1800-01-01T00:00:00Z", TIME_MIN},
		{"2199-12-31T23:59:59.999Z", TIME_MAX},
		{"1970-01-01T00:59:59.999+01:00", -1},
	};
	(void)state;

	for (size_t i = 0; i < COUNT(rows); i++) {
		int64_t got = 42;
		if (!time_parse(rows[i].text, strlen(rows[i].text), &got) || got != rows[i].want)
			fail_msg("%s: got %lld", rows[i].text, (long long)got);
	}
}

static void test_time_parse_bad(void **state)
{
	static const char *const rows[] = {"", "Z", "2026-11-22", "2026-11-22T09:00Z",
		"2026-11-22T09:00:00", "2026-11-22 09:00:00Z", "2026-02-30T09:00:00Z",
		"2026-02-29T09:00:00Z", "2026-13-01T09:00:00Z", "2026-00-01T09:00:00Z",
		"2026-11-00T09:00:00Z", "2026-11-31T09:00:00Z", "2026-11-22T24:00:00Z",
		"2026-11-22T09:60:00Z", "2026-11-22T09:00:61Z", "2026-11-22T9:00:00Z",
		"2026-11-22T09:00:00.Z", "2026-11-22T09:00:00,5Z", "2026-11-22T09:00:00.5",
		"2026-11-22T09:00:00+0100", "2026-11-22T09:00:00+01", "2026-11-22T09:00:00+24:00",
		"2026-11-22T09:00:00+01:60", "2026-11-22T09:00:00ZZ", "2026-11-22T09:00:00Z ",
		" 2026-11-22T09:00:00Z", "+026-11-22T09:00:00Z", "2026-1a-22T09:00:00Z",
		"2026/11/22T09:00:00Z", "2026-11-22T09.00.00Z", "2026-11-22T-9:00:00Z",
		"20261122T090000Z0000", "1799-12-31T23:59:59Z", "2200-01-01T00:00:00Z",
		"1800-01-01T00:00:00+00:01", "2199-12-31T23:59:59-00:01", "0000-00-00T00:00:00Z"};
	(void)state;

	for (size_t i = 0; i < COUNT(rows); i++) {
		int64_t got = 42;
		if (time_parse(rows[i], strlen(rows[i]), &got))
			fail_msg("%s: taken as %lld", rows[i], (long long)got);
		assert_int_equal(got, 42);
	}
}

static void test_dates(void **state)
{
	static const struct {
		int64_t date;
		bool want;
	} rows[] = {
		{20260228, true},
		{20260229, false},
		{20240229, true},
		{20000229, true},
		{19000229, false},
		{21000229, false},
		{20260431, false},
		{20260430, true},
		{20261301, false},
		{20260001, false},
		{20260100, false},
		{20260132, false},
		{17991231, false},
		{18000101, true},
		{21991231, true},
		{22000101, false},
		{0, false},
		{-20260101, false},
		{INT64_MAX, false},
		{INT64_MIN, false},
	};
	static const char *const bad[] = {"", "2026-11-2", "2026-11-220", "2026-11-2x",
		"2026-02-30", "20261122--", "2026-1--22", "-026-11-22"};
	int64_t got = 42;
	(void)state;

	for (size_t i = 0; i < COUNT(rows); i++)
		if (date_valid(rows[i].date) != rows[i].want)
			fail_msg("%lld", (long long)rows[i].date);
	for (size_t i = 0; i < COUNT(bad); i++)
		assert_false(date_parse(bad[i], strlen(bad[i]), &got));
	assert_int_equal(got, 42);
	assert_int_equal(date_add_days(20240228, 1), 20240229);
	assert_int_equal(date_add_days(20240301, -1), 20240229);
	assert_int_equal(date_add_days(20231231, 366), 20241231);
	assert_int_equal(date_add_days(19700101, -1), 19691231);
	assert_int_equal(date_weekday(20261122), 7);
	assert_int_equal(date_weekday(19691231), 3);
}

static int64_t utc(const char *text)
{
	int64_t ms = 0;
	assert_true(time_parse(text, strlen(text), &ms));
	return ms;
}

static void test_local(void **state)
{
	static const struct {
		const char *text;
		int64_t date;
		int minute;
	} rows[] = {
		{"2026-03-29T00:59:59.999Z", 20260329, 119},
		{"2026-03-29T01:00:00Z", 20260329, 180},
		{"2026-10-25T00:59:59.999Z", 20261025, 179},
		{"2026-10-25T01:00:00Z", 20261025, 120},
		{"2026-01-15T23:00:00Z", 20260116, 0},
		{"2026-01-15T22:59:59Z", 20260115, 1439},
		{"2026-07-15T22:00:00Z", 20260716, 0},
		{"2026-07-15T21:59:00Z", 20260715, 1439},
		{"2026-12-31T23:30:00Z", 20270101, 30},
		{"2024-03-31T01:00:00Z", 20240331, 180},
		{"2027-10-31T00:59:00Z", 20271031, 179},
	};
	(void)state;

	for (size_t i = 0; i < COUNT(rows); i++) {
		int64_t ms = utc(rows[i].text);
		assert_int_equal(local_date(ms), rows[i].date);
		assert_int_equal(local_minute(ms), rows[i].minute);
	}
}

static void test_local_time(void **state)
{
	static const struct {
		int64_t date;
		int minute;
		const char *want;
	} rows[] = {
		{20260115, 0, "2026-01-14T23:00:00Z"},
		{20260715, 600, "2026-07-15T08:00:00Z"},
		{20260329, 0, "2026-03-28T23:00:00Z"},
		{20260329, 119, "2026-03-29T00:59:00Z"},
		{20260329, 150, "2026-03-29T01:30:00Z"}, /* an hour that there is not */
		{20260329, 180, "2026-03-29T01:00:00Z"},
		{20261025, 119, "2026-10-24T23:59:00Z"},
		{20261025, 150, "2026-10-25T00:30:00Z"}, /* the first of two */
		{20261025, 180, "2026-10-25T02:00:00Z"},
	};
	(void)state;

	for (size_t i = 0; i < COUNT(rows); i++)
		assert_int_equal(local_time(rows[i].date, rows[i].minute), utc(rows[i].want));
	for (int64_t ms = utc("2026-01-01T00:00:00Z"); ms < utc("2027-01-01T00:00:00Z");
		ms += 15 * MS_PER_MINUTE) {
		int64_t got = local_time(local_date(ms), local_minute(ms));
		/* Only the hour that comes twice goes back to its first time. */
		bool twice = ms >= utc("2026-10-25T01:00:00Z") && ms < utc("2026-10-25T02:00:00Z");
		assert_int_equal(got, twice ? ms - MS_PER_HOUR : ms);
	}
}

static void test_clocks(void **state)
{
	int64_t now = 5;
	struct clock simulated = clock_simulated(&now);
	struct clock real = clock_real();
	(void)state;

	assert_int_equal(clock_now(&simulated), 5);
	now = 7;
	assert_int_equal(clock_now(&simulated), 7);
	assert_int_equal(clock_steady(&simulated), 7);
	int64_t before = clock_steady(&real);
	assert_true(clock_now(&real) > utc("2024-01-01T00:00:00Z"));
	assert_true(clock_now(&real) < TIME_MAX);
	assert_true(clock_steady(&real) >= before);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_every_day),
		cmocka_unit_test(test_every_time),
		cmocka_unit_test(test_time_format),
		cmocka_unit_test(test_time_parse_good),
		cmocka_unit_test(test_time_parse_bad),
		cmocka_unit_test(test_dates),
		cmocka_unit_test(test_local),
		cmocka_unit_test(test_local_time),
		cmocka_unit_test(test_clocks),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
