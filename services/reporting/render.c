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

void number_text(int64_t value, int64_t decimals, char ret[CELL_TEXT_BYTES])
{
	int64_t unit = 1;
	const char *sign = value < 0 ? "-" : "";
	uint64_t size = value < 0 ? 0 - (uint64_t)value : (uint64_t)value;

	for (int64_t i = 0; i < decimals; i++)
		unit *= 10;
	if (decimals > 0)
		snprintf(ret, CELL_TEXT_BYTES, "%s%llu.%0*llu", sign,
			(unsigned long long)(size / (uint64_t)unit), (int)decimals,
			(unsigned long long)(size % (uint64_t)unit));
	else
		snprintf(ret, CELL_TEXT_BYTES, "%s%llu", sign, (unsigned long long)size);
}

void cell_text(const struct report_column *column, const struct report_cell *cell,
	char ret[CELL_TEXT_BYTES])
{
	switch (cell->kind) {
	case cell_kind_number:
		number_text(cell->value, column->decimals, ret);
		return;
	case cell_kind_text:
		snprintf(ret, CELL_TEXT_BYTES, "%.*s", (int)cell->text.n, cell->text.p);
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

const char *unit_text(enum report_unit unit)
{
	switch (unit) {
	case report_unit_hours:
		return "h";
	case report_unit_percent:
		return "%";
	case report_unit_days:
		return "days";
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

	date_format(report->from, from);
	date_format(report->until, until);
	if (report->from && report->until)
		buffer_printf(out, "%s to %s", from, until);
	else if (report->from)
		buffer_printf(out, "since %s", from);
	else if (report->until)
		buffer_printf(out, "up to %s", until);
	else
		buffer_add_string(out, "all that is known");
}

void say_facts(const struct report *report, struct buffer *out)
{
	char share[CELL_TEXT_BYTES];

	if (report->facts_suppressed) {
		buffer_add_string(out, "How many were counted is not shown for so short a period");
		return;
	}
	buffer_printf(out, "Counted: %lld %.*s", (long long)report->facts, (int)report->counted.n,
		report->counted.p);
	if (!report->facts)
		return;
	number_text(permille(report->historical, report->facts), 1, share);
	buffer_printf(out, ", of which %lld (%s %%) imported from before",
		(long long)report->historical, share);
}

void say_positions(const struct report *report, struct buffer *out)
{
	buffer_add_string(out, "Journals:");
	for (size_t i = 0; i < report->positions.n; i++) {
		const struct report_position *position = &report->positions.at[i];
		buffer_printf(out, "%s %.*s %lld of epoch %lld", i ? "," : "",
			(int)position->node.n, position->node.p, (long long)position->seq,
			(long long)position->epoch);
	}
	if (!report->positions.n)
		buffer_add_string(out, " nothing received yet");
}
