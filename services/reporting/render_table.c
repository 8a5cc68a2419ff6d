/* A report as plain text in columns, for a terminal or a letter; writes into the buffer it is given
 * and touches nothing else. */
#include <stdio.h>
#include <string.h>

#include "services/reporting/groupings.h"
#include "services/reporting/render.h"

enum { COLUMNS_MAX = 32, TITLE_LINES_MAX = 8, GAP = 2, INDENT = 2, PAGE_WIDTH = 100 };

struct layout {
	const struct report *report;
	size_t label; /* width of the first column, in characters */
	size_t width[COLUMNS_MAX];
	size_t n;
	size_t from, to; /* the columns of the present block */
};

static size_t larger(size_t a, size_t b)
{
	return a > b ? a : b;
}

/* A title takes a line for each word, its unit being the last word. */
static size_t title_words(const struct report *report, const struct report_column *column,
	char words[TITLE_LINES_MAX][48])
{
	char title[64];
	char *rest = title;
	size_t n = 0;

	snprintf(title, sizeof(title), "%.*s %s", (int)column->title.n, column->title.p,
		unit_text(report, column->unit));
	for (char *word; n < TITLE_LINES_MAX && (word = strtok_r(rest, " ", &rest));)
		snprintf(words[n++], sizeof(words[0]), "%s", word);
	return n;
}

static size_t column_width(const struct layout *layout, size_t k)
{
	const struct report *report = layout->report;
	char words[TITLE_LINES_MAX][48];
	char text[CELL_TEXT_BYTES];
	size_t width = 1;

	for (size_t n = title_words(report, &report->columns.at[k], words); n > 0; n--)
		width = larger(width, text_characters(words[n - 1], strlen(words[n - 1])));
	for (size_t i = 0; i < report->rows.n; i++) {
		if (k >= report->rows.at[i].cells.n)
			continue;
		cell_text(report, &report->columns.at[k], &report->rows.at[i].cells.at[k], text);
		width = larger(width, text_characters(text, strlen(text)));
	}
	return width;
}

static struct layout lay_out(const struct report *report)
{
	struct layout layout = {.report = report};

	layout.n = report->columns.n < COLUMNS_MAX ? report->columns.n : COLUMNS_MAX;
	for (size_t i = 0; i < report->rows.n; i++) {
		const struct report_row *row = &report->rows.at[i];
		layout.label = larger(layout.label,
			text_characters(row->label.p, row->label.n) + (row->section ? INDENT : 0));
	}
	for (size_t k = 0; k < layout.n; k++) {
		layout.width[k] = column_width(&layout, k);
	}
	return layout;
}

static void pad(struct buffer *out, size_t n)
{
	for (; n > 0; n--)
		buffer_add_string(out, " ");
}

static void add_right(struct buffer *out, const char *text, size_t width)
{
	size_t n = text_characters(text, strlen(text));

	pad(out, GAP + (n < width ? width - n : 0));
	buffer_add_string(out, text);
}

static void add_titles(const struct layout *layout, struct buffer *out)
{
	char words[TITLE_LINES_MAX][48];

	size_t lines = 0;

	for (size_t k = layout->from; k < layout->to; k++)
		lines = larger(
			lines, title_words(layout->report, &layout->report->columns.at[k], words));
	for (size_t line = 0; line < lines; line++) {
		pad(out, layout->label);
		for (size_t k = layout->from; k < layout->to; k++) {
			size_t n =
				title_words(layout->report, &layout->report->columns.at[k], words);
			size_t above = lines - n;
			add_right(out, line < above ? "" : words[line - above], layout->width[k]);
		}
		while (out->n > 0 && out->p[out->n - 1] == ' ')
			out->n--;
		buffer_add_string(out, "\n");
	}
}

static void add_row(const struct layout *layout, const struct report_row *row, struct buffer *out)
{
	size_t indent = row->section ? INDENT : 0;
	size_t used = indent + text_characters(row->label.p, row->label.n);
	char text[CELL_TEXT_BYTES];

	pad(out, indent);
	buffer_add(out, row->label.p, row->label.n);
	pad(out, layout->label > used ? layout->label - used : 0);
	for (size_t k = layout->from; k < layout->to && k < row->cells.n; k++) {
		cell_text(layout->report, &layout->report->columns.at[k], &row->cells.at[k], text);
		add_right(out, text, layout->width[k]);
	}
	buffer_add_string(out, "\n");
}

static void add_rows(const struct layout *layout, struct buffer *out)
{
	const struct report *report = layout->report;
	enum dimension section = dimension_none;

	for (size_t i = 0; i < report->rows.n; i++) {
		const struct report_row *row = &report->rows.at[i];
		if (row->section && row->section != section)
			buffer_printf(out, "%s\n",
				wording_in(grouping_of(row->section)->title, report->language));
		section = row->section;
		add_row(layout, row, out);
	}
}

/* What does not fit on a page goes into further blocks of the same rows. */
static void add_blocks(struct layout *layout, struct buffer *out)
{
	for (layout->from = 0; layout->from < layout->n; layout->from = layout->to) {
		size_t width = layout->label;
		layout->to = layout->from;
		do
			width += GAP + layout->width[layout->to++];
		while (layout->to < layout->n &&
			width + GAP + layout->width[layout->to] <= PAGE_WIDTH);
		add_titles(layout, out);
		add_rows(layout, out);
		buffer_add_string(out, "\n");
	}
}

static void add_meanings(const struct layout *layout, struct buffer *out)
{
	for (size_t k = 0; k < layout->n; k++) {
		const struct report_column *column = &layout->report->columns.at[k];
		const char *hours = wording_pick(layout->report->language,
			" (hours, nights and weekends included)",
			" (timer, nætter og weekender medregnet)");
		const char *unit = column->unit == report_unit_hours ? hours : "";
		buffer_printf(out, "%.*s: %.*s%s\n", (int)column->title.n, column->title.p,
			(int)column->meaning.n, column->meaning.p, unit);
	}
}

static bool has_suppressed(const struct report *report)
{
	for (size_t i = 0; i < report->rows.n; i++)
		for (size_t k = 0; k < report->rows.at[i].cells.n; k++)
			if (report->rows.at[i].cells.at[k].kind == cell_kind_suppressed)
				return true;
	return false;
}

void render_table(const struct report *report, struct buffer *out)
{
	struct layout layout = lay_out(report);

	buffer_printf(out, "%.*s, ", (int)report->title.n, report->title.p);
	say_period(report, out);
	buffer_add_string(out, "\n\n");
	add_blocks(&layout, out);
	add_meanings(&layout, out);
	if (has_suppressed(report))
		buffer_printf(out, "*: %s\n",
			wording_pick(report->language, "so few that persons could be recognised",
				"så få, at personer kunne genkendes"));
	say_facts(report, out);
	buffer_add_string(out, ".\n");
	say_positions(report, out);
	buffer_add_string(out, ".\n");
}
