/* What all forms of a report share: numbers, units and the sentences about period, facts and
 * positions; writes into the buffer it is given and touches nothing else. */
#include "services/reporting/render.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "common/clock.h"
#include "services/reporting/figures.h"

void buffer_add_string(struct buffer *out, const char *s)
{
	buffer_add(out, s, strlen(s));
}

void buffer_printf(struct buffer *out, const char *format, ...)
{
	char text[512];
	va_list args;

	va_start(args, format);
	int n = vsnprintf(text, sizeof(text), format, args);
	va_end(args);
	if (n < 0 || (size_t)n >= sizeof(text))
		out->failed = true;
	else
		buffer_add(out, text, (size_t)n);
}

void number_text(
	enum report_language language, int64_t value, int64_t decimals, char ret[CELL_TEXT_BYTES])
{
	int64_t unit = 1;
	const char *sign = value < 0 ? "-" : "";
	uint64_t size = value < 0 ? 0 - (uint64_t)value : (uint64_t)value;

	for (int64_t i = 0; i < decimals; i++)
		unit *= 10;
	if (decimals > 0)
		snprintf(ret, CELL_TEXT_BYTES, "%s%llu%s%0*llu", sign,
			(unsigned long long)(size / (uint64_t)unit),
			wording_pick(language, ".", ","), (int)decimals,
			(unsigned long long)(size % (uint64_t)unit));
	else
		snprintf(ret, CELL_TEXT_BYTES, "%s%llu", sign, (unsigned long long)size);
}

/* 2026-01-31; in Danish 31.01.2026. */
static void date_text(enum report_language language, int64_t date, char ret[16])
{
	if (language == report_language_da)
		snprintf(ret, 16, "%02d.%02d.%04d", (int)(date % 100), (int)(date / 100 % 100),
			(int)(date / 10000 % 10000));
	else
		date_format(date, ret);
}

static void copy_text(enum report_language language, const struct report_column *column,
	struct text text, char ret[CELL_TEXT_BYTES])
{
	int64_t date;

	if (column->unit == report_unit_date && date_parse(text.p, text.n, &date))
		date_text(language, date, ret);
	else
		snprintf(ret, CELL_TEXT_BYTES, "%.*s", (int)text.n, text.p);
}

size_t text_characters(const char *p, size_t n)
{
	size_t count = 0;

	for (size_t i = 0; i < n; i++)
		count += ((unsigned char)p[i] & 0xc0) != 0x80;
	return count;
}

void cell_text(const struct report *report, const struct report_column *column,
	const struct report_cell *cell, char ret[CELL_TEXT_BYTES])
{
	switch (cell->kind) {
	case cell_kind_number:
		number_text(report->language, cell->value, column->decimals, ret);
		return;
	case cell_kind_text:
		copy_text(report->language, column, cell->text, ret);
		return;
	case cell_kind_suppressed:
		snprintf(ret, CELL_TEXT_BYTES, "*");
		return;
	case cell_kind_missing:
	case cell_kind_none:
	case cell_kind_end:
		break;
	}
	snprintf(ret, CELL_TEXT_BYTES, "-");
}

const char *unit_text(const struct report *report, enum report_unit unit)
{
	switch (unit) {
	case report_unit_hours:
		return wording_pick(report->language, "h", "timer");
	case report_unit_percent:
		return "%";
	case report_unit_days:
		return wording_pick(report->language, "days", "dage");
	case report_unit_kroner:
		return "kr.";
	case report_unit_points:
	case report_unit_count:
	case report_unit_date:
	case report_unit_none:
	case report_unit_end:
		break;
	}
	return "";
}

long report_column_index(const struct report *report, const char *name)
{
	for (size_t i = 0; i < report->columns.n; i++)
		if (text_is(report->columns.at[i].name, name))
			return (long)i;
	return -1;
}

void say_period(const struct report *report, struct buffer *out)
{
	char from[16], until[16];

	const enum report_language language = report->language;

	date_text(language, report->from, from);
	date_text(language, report->until, until);
	if (report->from && report->until)
		buffer_printf(out, "%s %s %s", from, wording_pick(language, "to", "til"), until);
	else if (report->from)
		buffer_printf(out, "%s %s", wording_pick(language, "since", "siden"), from);
	else if (report->until)
		buffer_printf(out, "%s %s", wording_pick(language, "up to", "til og med"), until);
	else
		buffer_add_string(
			out, wording_pick(language, "all that is known", "alt, der er kendt"));
}

void say_facts(const struct report *report, struct buffer *out)
{
	const enum report_language language = report->language;
	char share[CELL_TEXT_BYTES];

	if (report->facts_suppressed) {
		buffer_add_string(
			out, wording_pick(language,
				     "How many were counted is not shown for so short a period",
				     "Hvor mange der er talt, vises ikke for så kort en periode"));
		return;
	}
	buffer_printf(out, "%s: %lld %.*s", wording_pick(language, "Counted", "Talt"),
		(long long)report->facts, (int)report->counted.n, report->counted.p);
	if (!report->facts)
		return;
	number_text(language, permille(report->historical, report->facts), 1, share);
	buffer_printf(out, ", %s %lld (%s %%) %s", wording_pick(language, "of which", "heraf"),
		(long long)report->historical, share,
		wording_pick(language, "imported from before", "importeret fra tidligere"));
}

void say_positions(const struct report *report, struct buffer *out)
{
	const enum report_language language = report->language;

	buffer_add_string(out, wording_pick(language, "Journals:", "Journaler:"));
	for (size_t i = 0; i < report->positions.n; i++) {
		const struct report_position *position = &report->positions.at[i];
		buffer_printf(out, "%s %.*s %lld %s %lld", i ? "," : "", (int)position->node.n,
			position->node.p, (long long)position->seq,
			wording_pick(language, "of epoch", "af epoke"), (long long)position->epoch);
	}
	if (!report->positions.n)
		buffer_add_string(out,
			wording_pick(language, " nothing received yet", " intet modtaget endnu"));
}
