/* Writes amounts for people; touches memory only. */
#include "services/oneplanctl/amounts.h"

#include "common/clock.h"

static const char *or_empty(const char *text)
{
	return text ? text : "";
}

const char *amount_of_ms(struct arena *arena, int64_t ms)
{
	static const struct {
		int64_t unit;
		const char *word;
	} units[] = {{MS_PER_DAY, "d"}, {MS_PER_HOUR, "h"}, {MS_PER_MINUTE, "min"},
		{MS_PER_SECOND, "s"}};

	for (size_t i = 0; i < sizeof(units) / sizeof(units[0]); i++)
		if (ms >= units[i].unit)
			return or_empty(arena_printf(arena, "%.1f %s",
				(double)ms / (double)units[i].unit, units[i].word));
	return or_empty(arena_printf(arena, "%lld ms", (long long)ms));
}

const char *amount_of_bytes(struct arena *arena, int64_t bytes)
{
	static const char *const words[] = {"KiB", "MiB", "GiB", "TiB"};
	double v = (double)bytes / 1024;
	size_t i = 0;

	if (bytes < 1024)
		return or_empty(arena_printf(arena, "%lld B", (long long)bytes));
	for (; v >= 1024 && i < 3; i++)
		v /= 1024;
	return or_empty(arena_printf(arena, "%.1f %s", v, words[i]));
}

const char *amount_of_time_of_day(struct arena *arena, int64_t ms)
{
	int64_t in_minute = (ms % MS_PER_MINUTE + MS_PER_MINUTE) % MS_PER_MINUTE;
	int minute = local_minute(ms);

	return or_empty(arena_printf(arena, "%02d:%02d:%02d.%03d", minute / 60, minute % 60,
		(int)(in_minute / MS_PER_SECOND), (int)(in_minute % MS_PER_SECOND)));
}

const char *amount_of_clock(struct arena *arena, int64_t ms)
{
	return or_empty(arena_printf(arena, "%.8s", amount_of_time_of_day(arena, ms)));
}

const char *amount_of_time(struct arena *arena, int64_t ms)
{
	char date[16];

	if (ms == 0)
		return "";
	date_format(local_date(ms), date);
	return or_empty(arena_printf(arena, "%s %s", date, amount_of_clock(arena, ms)));
}

const char *amount_of_rate(struct arena *arena, int64_t milli)
{
	double v = (double)milli / 1000;
	const char *unit = v >= 1e6 ? "M" : v >= 1e3 ? "k" : "";

	v /= v >= 1e6 ? 1e6 : v >= 1e3 ? 1e3 : 1;
	if (v == 0 || v >= 10)
		return or_empty(arena_printf(arena, "%.0f%s/s", v, unit));
	return or_empty(
		arena_printf(arena, v < 0.05 ? "<%.1f%s/s" : "%.1f%s/s", v < 0.05 ? 0.1 : v, unit));
}

const char *amount_of_count(struct arena *arena, int64_t n)
{
	return or_empty(arena_printf(arena, "%lld", (long long)n));
}
