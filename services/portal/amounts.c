/* Writes times and spans. Touches nothing. */
#include "services/portal/amounts.h"

#include <stdio.h>

const char *amount_span(struct page *page, int64_t ms)
{
	static const struct {
		int64_t ms;
		enum text_key unit;
	} units[] = {{MS_PER_DAY, TEXT_unit_d}, {MS_PER_HOUR, TEXT_unit_h},
		{MS_PER_MINUTE, TEXT_unit_min}, {MS_PER_SECOND, TEXT_unit_s}, {1, TEXT_unit_ms}};
	enum { UNITS = sizeof(units) / sizeof(units[0]) };
	size_t i = 0;

	while (i < UNITS - 1 && ms < units[i].ms)
		i++;
	int64_t first = ms / units[i].ms, rest = ms % units[i].ms;
	const char *unit = text_in(units[i].unit, page->language);
	/* Milliseconds beside seconds are noise. */
	int64_t second = i + 2 < UNITS ? rest / units[i + 1].ms : 0;
	const char *s =
		second ? arena_printf(page->arena, "%lld %s %lld %s", (long long)first, unit,
				 (long long)second, text_in(units[i + 1].unit, page->language))
		       : arena_printf(page->arena, "%lld %s", (long long)first, unit);
	return s ? s : "";
}

const char *amount_count(struct page *page, int64_t n)
{
	const char *s = arena_printf(page->arena, "%lld", (long long)n);

	return s ? s : "";
}

const char *amount_time(struct page *page, int64_t ms)
{
	int minute = local_minute(ms);
	int second = (int)(ms / 1000 % 60);
	char date[16];

	date_format(local_date(ms), date);
	const char *s = arena_printf(
		page->arena, "%s %02d:%02d:%02d", date, minute / 60, minute % 60, second);
	return s ? s : "";
}

void write_time(struct page *page, int64_t ms)
{
	char machine[32];

	if (ms == 0)
		return;
	time_format(ms, machine);
	html_element(&page->html, "time", ATTRS({"datetime", machine}), amount_time(page, ms));
}

const char *amount_bytes(struct page *page, int64_t bytes)
{
	static const char *const units[] = {"B", "KiB", "MiB", "GiB", "TiB"};
	size_t i = 0;
	int64_t tenths = bytes * 10;

	while (tenths >= 10240 && i < 4) {
		tenths /= 1024;
		i++;
	}
	const char *s = arena_printf(page->arena, "%lld%s%lld %s", (long long)(tenths / 10),
		page->language == LANGUAGE_DANISH ? "," : ".", (long long)(tenths % 10), units[i]);
	return s ? s : "";
}
