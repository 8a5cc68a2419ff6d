/* The machine's clock, a clock for tests, and civil dates; touches nothing but clock_gettime. */
#include "common/clock.h"

#include <assert.h>
#include <stdio.h>
#include <string.h>
#include <time.h>

#define YEAR_0 INT64_C(-62167219200000)
#define YEAR_10000 INT64_C(253402300800000)

static int64_t read_clock(clockid_t id)
{
	struct timespec t;
	int rc = clock_gettime(id, &t);
	assert(rc == 0);
	(void)rc;
	return (int64_t)t.tv_sec * MS_PER_SECOND + (int64_t)t.tv_nsec / 1000000;
}

static int64_t real_now(void *ctx)
{
	(void)ctx;
	return read_clock(CLOCK_REALTIME);
}

static int64_t real_steady(void *ctx)
{
	(void)ctx;
	return read_clock(CLOCK_MONOTONIC);
}

static int64_t simulated_now(void *ctx)
{
	return *(const int64_t *)ctx;
}

struct clock clock_real(void)
{
	return (struct clock){real_now, real_steady, NULL};
}

struct clock clock_simulated(int64_t *now_ms)
{
	return (struct clock){simulated_now, simulated_now, now_ms};
}

int64_t clock_now(const struct clock *clock)
{
	return clock->now_ms(clock->ctx);
}

int64_t clock_steady(const struct clock *clock)
{
	return clock->steady_ms(clock->ctx);
}

/* Division that rounds down, so that moments before 1970 fall on the right day. */
static int64_t floor_div(int64_t a, int64_t b)
{
	return a / b - (a % b < 0 ? 1 : 0);
}

static bool is_leap(int64_t year)
{
	return (year % 4 == 0 && year % 100 != 0) || year % 400 == 0;
}

static int64_t days_in_month(int64_t year, int64_t month)
{
	static const int64_t days[] = {31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31};
	return month == 2 && is_leap(year) ? 29 : days[month - 1];
}

bool date_valid(int64_t date)
{
	int64_t year = date / 10000;
	int64_t month = date / 100 % 100;
	int64_t day = date % 100;
	return year >= 1800 && year <= 2199 && month >= 1 && month <= 12 && day >= 1 &&
	       day <= days_in_month(year, month);
}

/* Years are counted from March, so that the leap day is the last of its year; an era is 400 years
 * of 146097 days, and era day 719468 is 1970-01-01. */
int64_t date_to_days(int64_t date)
{
	int64_t month = date / 100 % 100;
	int64_t year = date / 10000 - (month <= 2 ? 1 : 0);
	int64_t era = floor_div(year, 400);
	int64_t year_of_era = year - era * 400;
	int64_t month_from_march = (month + 9) % 12;
	int64_t day_of_year = (153 * month_from_march + 2) / 5 + date % 100 - 1;
	int64_t day_of_era = year_of_era * 365 + year_of_era / 4 - year_of_era / 100 + day_of_year;
	return era * 146097 + day_of_era - 719468;
}

int64_t date_of_days(int64_t days)
{
	int64_t shifted = days + 719468;
	int64_t era = floor_div(shifted, 146097);
	int64_t day_of_era = shifted - era * 146097;
	int64_t year_of_era =
		(day_of_era - day_of_era / 1460 + day_of_era / 36524 - day_of_era / 146096) / 365;
	int64_t day_of_year =
		day_of_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
	int64_t month_from_march = (5 * day_of_year + 2) / 153;
	int64_t day = day_of_year - (153 * month_from_march + 2) / 5 + 1;
	int64_t month = month_from_march < 10 ? month_from_march + 3 : month_from_march - 9;
	int64_t year = year_of_era + era * 400 + (month <= 2 ? 1 : 0);
	return year * 10000 + month * 100 + day;
}

int date_weekday(int64_t date)
{
	/* 1970-01-01 was a Thursday. */
	int64_t from_thursday = date_to_days(date) + 3;
	return (int)(from_thursday - floor_div(from_thursday, 7) * 7) + 1;
}

int64_t date_add_days(int64_t date, int64_t days)
{
	return date_of_days(date_to_days(date) + days);
}

void date_format(int64_t date, char ret[16])
{
	assert(date >= 0 && date <= 99991231);
	snprintf(ret, 16, "%04d-%02d-%02d", (int)(date / 10000), (int)(date / 100 % 100),
		(int)(date % 100));
}

/* Reads count digits; -1 when one of them is none. */
static int64_t read_digits(const char *s, size_t count)
{
	int64_t v = 0;
	for (size_t i = 0; i < count; i++) {
		if (s[i] < '0' || s[i] > '9')
			return -1;
		v = v * 10 + (s[i] - '0');
	}
	return v;
}

bool date_parse(const char *s, size_t n, int64_t *ret_date)
{
	if (n != 10 || s[4] != '-' || s[7] != '-')
		return false;
	int64_t year = read_digits(s, 4);
	int64_t month = read_digits(s + 5, 2);
	int64_t day = read_digits(s + 8, 2);
	if (year < 0 || month < 0 || day < 0)
		return false;
	int64_t date = year * 10000 + month * 100 + day;
	if (!date_valid(date))
		return false;
	*ret_date = date;
	return true;
}

void time_format(int64_t ms, char ret[32])
{
	/* Wider than what is accepted: a deadline is an accepted time and some days. */
	assert(ms >= YEAR_0 && ms < YEAR_10000);
	int64_t days = floor_div(ms, MS_PER_DAY);
	int64_t date = date_of_days(days);
	int rest = (int)(ms - days * MS_PER_DAY);
	int seconds = rest / 1000;
	int n = snprintf(ret, 32, "%04d-%02d-%02dT%02d:%02d:%02d", (int)(date / 10000),
		(int)(date / 100 % 100), (int)(date % 100), seconds / 3600, seconds / 60 % 60,
		seconds % 60);
	assert(n == 19);
	if (rest % 1000 != 0)
		snprintf(ret + n, 32 - (size_t)n, ".%03dZ", rest % 1000);
	else
		snprintf(ret + n, 32 - (size_t)n, "Z");
}

/* `.` and at least one digit, as far as they go; returns the number of characters, 0 for none, and
 * milliseconds. */
static size_t read_fraction(const char *s, size_t n, int64_t *ret_ms)
{
	int64_t weight = 100;
	size_t i = 1;
	*ret_ms = 0;
	if (n < 2 || s[0] != '.')
		return 0;
	for (; i < n && s[i] >= '0' && s[i] <= '9'; i++) {
		*ret_ms += weight * (s[i] - '0');
		weight /= 10;
	}
	return i > 1 ? i : 0;
}

/* `Z` or `+hh:mm`, the whole rest. */
static bool read_offset(const char *s, size_t n, int64_t *ret_ms)
{
	*ret_ms = 0;
	if (n == 1)
		return s[0] == 'Z' || s[0] == 'z';
	if (n != 6 || (s[0] != '+' && s[0] != '-') || s[3] != ':')
		return false;
	int64_t hours = read_digits(s + 1, 2);
	int64_t minutes = read_digits(s + 4, 2);
	if (hours < 0 || hours > 23 || minutes < 0 || minutes > 59)
		return false;
	*ret_ms = (hours * MS_PER_HOUR + minutes * MS_PER_MINUTE) * (s[0] == '-' ? -1 : 1);
	return true;
}

/* `hh:mm:ss`. A leap second becomes the second after it: this time scale has none. */
static bool read_time_of_day(const char *s, int64_t *ret_ms)
{
	if (s[2] != ':' || s[5] != ':')
		return false;
	int64_t hours = read_digits(s, 2);
	int64_t minutes = read_digits(s + 3, 2);
	int64_t seconds = read_digits(s + 6, 2);
	if (hours < 0 || hours > 23 || minutes < 0 || minutes > 59 || seconds < 0 || seconds > 60)
		return false;
	*ret_ms = hours * MS_PER_HOUR + minutes * MS_PER_MINUTE + seconds * MS_PER_SECOND;
	return true;
}

bool time_parse(const char *s, size_t n, int64_t *ret_ms)
{
	int64_t date = 0;
	int64_t of_day = 0;
	int64_t fraction = 0;
	int64_t offset = 0;
	if (n < 20 || (s[10] != 'T' && s[10] != 't') || !date_parse(s, 10, &date) ||
		!read_time_of_day(s + 11, &of_day))
		return false;
	size_t at = 19 + read_fraction(s + 19, n - 19, &fraction);
	if (!read_offset(s + at, n - at, &offset))
		return false;
	int64_t ms = date_to_days(date) * MS_PER_DAY + of_day + fraction - offset;
	if (ms < TIME_MIN || ms > TIME_MAX)
		return false;
	*ret_ms = ms;
	return true;
}

/* 01:00 UTC on the last Sunday of a month that has 31 days. */
static int64_t change_of_hour(int64_t year, int64_t month)
{
	int64_t last = year * 10000 + month * 100 + 31;
	int64_t sunday = date_to_days(last) - date_weekday(last) % 7;
	return sunday * MS_PER_DAY + MS_PER_HOUR;
}

static int64_t local_offset(int64_t ms)
{
	int64_t year = date_of_days(floor_div(ms, MS_PER_DAY)) / 10000;
	bool summer = ms >= change_of_hour(year, 3) && ms < change_of_hour(year, 10);
	return (summer ? 2 : 1) * MS_PER_HOUR;
}

int64_t local_date(int64_t ms)
{
	return date_of_days(floor_div(ms + local_offset(ms), MS_PER_DAY));
}

int local_minute(int64_t ms)
{
	int64_t local = ms + local_offset(ms);
	return (int)((local - floor_div(local, MS_PER_DAY) * MS_PER_DAY) / MS_PER_MINUTE);
}

int64_t local_time(int64_t date, int minute)
{
	int64_t local = date_to_days(date) * MS_PER_DAY + minute * MS_PER_MINUTE;
	int64_t as_summer = local - 2 * MS_PER_HOUR;
	/* In the hour that is skipped in March neither fits; winter time then keeps the order. */
	if (local_offset(as_summer) == 2 * MS_PER_HOUR)
		return as_summer;
	return local - MS_PER_HOUR;
}
