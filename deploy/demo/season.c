/* The weight of each day of the year; touches nothing. */
#include "deploy/demo/season.h"

#include "common/clock.h"
#include "proto/calendar.h"

enum { GROWTH_DAYS = 120, AT_THE_OPENING = 45 };

static int64_t month_weight(int64_t date)
{
	static const int months[] = {115, 105, 105, 95, 100, 95, 50, 100, 110, 110, 110, 90};
	int64_t day = date % 10000;

	return day >= 1220 || day <= 102 ? 40 : months[day / 100 - 1];
}

static int64_t weekday_weight(int64_t date)
{
	static const int weekdays[] = {145, 110, 100, 100, 70};

	return calendar_is_working_day(date) ? weekdays[date_weekday(date) - 1] : 10;
}

/* At most 145 * 115 * 100. */
static int64_t plain_weight(const struct season *season, int64_t date)
{
	int64_t days = date_to_days(date) - date_to_days(season->from);
	int64_t growth = AT_THE_OPENING + (100 - AT_THE_OPENING) * days / GROWTH_DAYS;

	return weekday_weight(date) * month_weight(date) * (growth < 100 ? growth : 100);
}

/* Some days are quiet and some are not: the plain weight times 0.2 to 1.8. */
static int64_t weight(const struct season *season, int64_t date)
{
	struct chance chance = chance_of(season->seed, "day", (uint64_t)date);
	int64_t factor = 20 + chance_between(&chance, 0, 80) + chance_between(&chance, 0, 80);

	return plain_weight(season, date) * factor / 100;
}

void season_init(struct season *season)
{
	season->total = season->plain = season->passed = 0;
	for (int64_t date = season->from; date <= season->until; date = date_add_days(date, 1)) {
		season->total += weight(season, date);
		season->plain += plain_weight(season, date);
	}
}

int64_t season_day(struct season *season, int64_t date)
{
	int64_t before = season->passed * season->inquiries / season->total;

	season->passed += weight(season, date);
	return season->passed * season->inquiries / season->total - before;
}

int64_t season_week(const struct season *season, int64_t monday)
{
	int64_t sum = 0;

	for (int i = 0; i < 7; i++) {
		int64_t date = date_add_days(monday, i);
		sum += plain_weight(season, date < season->from ? season->from : date);
	}
	int64_t expected = (sum * season->inquiries + season->plain - 1) / season->plain;
	return expected < season->inquiries ? expected : season->inquiries;
}
