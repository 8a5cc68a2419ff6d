/* Danish holidays and working days, computed; touches nothing. */
#include "proto/calendar.h"

#include <assert.h>
#include <stddef.h>

#include "common/clock.h"

#define LAST_STORE_BEDEDAG 2023

/* Names and steps as in Meeus, Astronomical Algorithms, chapter 8. */
int64_t calendar_easter(int year)
{
	int a = year % 19;
	int b = year / 100;
	int c = year % 100;
	int d = b / 4;
	int e = b % 4;
	int f = (b + 8) / 25;
	int g = (b - f + 1) / 3;
	int h = (19 * a + b - d - g + 15) % 30;
	int i = c / 4;
	int k = c % 4;
	int l = (32 + 2 * e + 2 * i - h - k) % 7;
	int m = (a + 11 * h + 22 * l) / 451;
	int64_t sum = h + l - 7 * m + 114;

	return (int64_t)year * 10000 + sum / 31 * 100 + sum % 31 + 1;
}

static const char *movable_holiday(int64_t date)
{
	static const struct {
		int after_easter;
		const char *name;
	} days[] = {
		{-3, "Skærtorsdag"},
		{-2, "Langfredag"},
		{0, "Påskedag"},
		{1, "2. påskedag"},
		{26, "Store Bededag"},
		{39, "Kristi himmelfartsdag"},
		{49, "Pinsedag"},
		{50, "2. pinsedag"},
	};
	int year = (int)(date / 10000);
	int64_t after = date_to_days(date) - date_to_days(calendar_easter(year));

	if (after == 26 && year > LAST_STORE_BEDEDAG)
		return NULL;
	for (size_t i = 0; i < sizeof(days) / sizeof(days[0]); i++)
		if (days[i].after_easter == after)
			return days[i].name;
	return NULL;
}

static const char *fixed_holiday(int64_t date)
{
	static const struct {
		int month_and_day;
		const char *name;
	} days[] = {
		{101, "Nytårsdag"},
		{605, "Grundlovsdag"},
		{1224, "Juleaftensdag"},
		{1225, "Juledag"},
		{1226, "2. juledag"},
		{1231, "Nytårsaftensdag"},
	};

	for (size_t i = 0; i < sizeof(days) / sizeof(days[0]); i++)
		if (days[i].month_and_day == date % 10000)
			return days[i].name;
	return NULL;
}

const char *calendar_holiday(int64_t date)
{
	const char *name = movable_holiday(date);
	return name ? name : fixed_holiday(date);
}

bool calendar_is_working_day(int64_t date)
{
	return date_weekday(date) <= 5 && !calendar_holiday(date);
}

int64_t calendar_add_working_days(int64_t date, int n)
{
	assert(n >= 0);
	if (n == 0)
		while (!calendar_is_working_day(date))
			date = date_add_days(date, 1);
	while (n > 0) {
		date = date_add_days(date, 1);
		if (calendar_is_working_day(date))
			n--;
	}
	return date;
}

int64_t calendar_working_days_between(int64_t from, int64_t to)
{
	int64_t count = 0;

	if (to < from)
		return -calendar_working_days_between(to, from);
	for (int64_t date = from; date < to;) {
		date = date_add_days(date, 1);
		count += calendar_is_working_day(date) ? 1 : 0;
	}
	return count;
}
