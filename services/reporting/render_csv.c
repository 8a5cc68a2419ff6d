/* A report as comma-separated values; writes into the buffer it is given and touches nothing else.
 */
#include <string.h>

#include "services/reporting/render.h"

/* RFC 4180 section 2, rules 5 to 7. */
static void add_field(struct buffer *out, const char *p, size_t n)
{
	bool quote = false;

	for (size_t i = 0; i < n; i++)
		quote |= strchr(",\"\r\n", p[i]) != NULL;
	if (quote)
		buffer_add_string(out, "\"");
	for (size_t i = 0; i < n; i++) {
		if (p[i] == '"')
			buffer_add_string(out, "\"");
		buffer_add(out, &p[i], 1);
	}
	if (quote)
		buffer_add_string(out, "\"");
}

static void add_header(const struct report *report, struct buffer *out)
{
	buffer_add_string(out, "section,row");
	for (size_t i = 0; i < report->columns.n; i++) {
		const struct report_column *column = &report->columns.at[i];
		buffer_add_string(out, ",");
		add_field(out, column->name.p, column->name.n);
		if (column->unit != report_unit_count && column->unit != report_unit_date)
			buffer_printf(out, "_%s", enum_word(words_report_unit, column->unit));
	}
	buffer_add_string(out, "\r\n");
}

static void add_cell(const struct report *report, const struct report_column *column,
	const struct report_cell *cell, struct buffer *out)
{
	char text[CELL_TEXT_BYTES];

	buffer_add_string(out, ",");
	if (cell->kind == cell_kind_suppressed)
		buffer_add_string(out, "suppressed");
	else if (cell->kind != cell_kind_missing) {
		cell_text(report, column, cell, text);
		add_field(out, text, strlen(text));
	}
}

void render_csv(const struct report *asked, struct buffer *out)
{
	struct report plain = *asked;
	const struct report *report = &plain;

	plain.language = report_language_none;
	add_header(report, out);
	for (size_t i = 0; i < report->rows.n; i++) {
		const struct report_row *row = &report->rows.at[i];
		if (row->section)
			buffer_add_string(out, enum_word(words_dimension, row->section));
		buffer_add_string(out, ",");
		add_field(out, row->key.p, row->key.n);
		for (size_t k = 0; k < row->cells.n && k < report->columns.n; k++)
			add_cell(report, &report->columns.at[k], &row->cells.at[k], out);
		buffer_add_string(out, "\r\n");
	}
	/* RFC 4180 knows no comments, but what reads CSV mostly skips such a line, and the figures
	 * must not travel without the positions that they stand at */
	buffer_add_string(out, "# ");
	say_positions(report, out);
	buffer_add_string(out, "\r\n");
}
