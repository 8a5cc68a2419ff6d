/* The bars of a picture, row by row; writes into the canvas's buffer and touches nothing else. */
#include <stdio.h>

#include "services/reporting/svg.h"

enum {
	BAR = 16,
	STACK_ROW = 24,
	RANGE = 12,
	RANGE_PITCH = 16,
	RANGE_GAP = 12,
	ROOM_FOR_NUMBER = 26
};

const struct report_cell *svg_number(const struct report_row *row, long column)
{
	if (column < 0 || (size_t)column >= row->cells.n)
		return NULL;
	const struct report_cell *cell = &row->cells.at[column];
	return cell->kind == cell_kind_number ? cell : NULL;
}

bool svg_row_has_bars(const struct canvas *canvas, const struct report_row *row)
{
	return row->section || canvas->report->rows.n == 1 ||
	       canvas->picture->form == PICTURE_RANGES;
}

int64_t svg_row_height(const struct canvas *canvas, const struct report_row *row)
{
	if (canvas->picture->form == PICTURE_STACK || !svg_row_has_bars(canvas, row))
		return STACK_ROW;
	return (int64_t)canvas->picture->n * RANGE_PITCH + RANGE_GAP;
}

static int64_t stack_sum(const struct canvas *canvas, const struct report_row *row)
{
	int64_t sum = 0;

	for (size_t i = 0; i < canvas->picture->n; i++) {
		const struct report_cell *cell = svg_number(row, canvas->columns[i][0]);
		sum += cell ? cell->value : 0;
	}
	return sum;
}

/* One wait of months would press all others flat: then the axis follows p90, and an arrow stands
 * for it. */
static int64_t largest_range(const struct canvas *canvas)
{
	int64_t p90 = 0;
	int64_t longest = 0;

	for (size_t i = 0; i < canvas->report->rows.n; i++)
		for (size_t k = 0; k < canvas->picture->n; k++) {
			const struct report_row *row = &canvas->report->rows.at[i];
			const struct report_cell *at_90 = svg_number(row, canvas->columns[k][1]);
			const struct report_cell *at_100 = svg_number(row, canvas->columns[k][2]);
			if (at_90 && at_90->value > p90)
				p90 = at_90->value;
			if (at_100 && at_100->value > longest)
				longest = at_100->value;
		}
	return longest <= 3 * p90 ? longest : p90 + p90 / 4;
}

int64_t svg_largest(const struct canvas *canvas)
{
	int64_t largest = 0;

	if (canvas->picture->form == PICTURE_RANGES)
		return largest_range(canvas);
	for (size_t i = 0; i < canvas->report->rows.n; i++) {
		const struct report_row *row = &canvas->report->rows.at[i];
		int64_t sum = svg_row_has_bars(canvas, row) ? stack_sum(canvas, row) : 0;
		if (sum > largest)
			largest = sum;
	}
	return largest;
}

/* A rectangle in the full (c) or the pale (m) colour of a series. */
struct piece {
	int64_t from;
	int64_t to;
	char colour;
	size_t series;
};

static void add_piece(struct canvas *canvas, struct piece piece)
{
	int64_t height = canvas->picture->form == PICTURE_STACK ? BAR : RANGE;

	buffer_printf(canvas->out,
		"<rect x=\"%lld\" y=\"%lld\" width=\"%lld\" height=\"%lld\" class=\"%c%zu\"/>\n",
		(long long)piece.from, (long long)canvas->y, (long long)(piece.to - piece.from),
		(long long)height, piece.colour, piece.series);
}

/* ---- a bar made of pieces ------------------------------------------------------------------- */

static void add_piece_number(struct canvas *canvas, int64_t middle, int64_t value, size_t series)
{
	buffer_printf(canvas->out, "<text x=\"%lld\" y=\"%lld\" class=\"p p%zu\">%lld</text>\n",
		(long long)middle, (long long)(canvas->y + 12), series, (long long)value);
}

static void add_pieces(struct canvas *canvas, const struct report_row *row)
{
	int64_t sum = 0;

	for (size_t i = 0; i < canvas->picture->n; i++) {
		const struct report_cell *cell = svg_number(row, canvas->columns[i][0]);
		if (!cell || cell->value <= 0)
			continue;
		int64_t from = svg_x(canvas, sum);
		int64_t to = svg_x(canvas, sum + cell->value);
		add_piece(canvas, (struct piece){from, to > from ? to : from + 1, 'c', i});
		if (canvas->picture->n > 1 && to - from >= ROOM_FOR_NUMBER)
			add_piece_number(canvas, (from + to) / 2, cell->value, i);
		sum += cell->value;
	}
}

/* Suppressed pieces would stand in the sum for whoever subtracts the others. */
static void stack_text(
	const struct canvas *canvas, const struct report_row *row, char *ret, size_t size)
{
	const struct report_column *columns = canvas->report->columns.at;
	char note[CELL_TEXT_BYTES] = "";
	bool suppressed = false;

	for (size_t i = 0; i < canvas->picture->n; i++) {
		long k = canvas->columns[i][0];
		suppressed |= k >= 0 && (size_t)k < row->cells.n &&
			      row->cells.at[k].kind == cell_kind_suppressed;
	}
	if (suppressed) {
		snprintf(ret, size, "*");
		return;
	}
	if (svg_number(row, canvas->note))
		cell_text(&columns[canvas->note], &row->cells.at[canvas->note], note);
	snprintf(ret, size, "%lld%s%s%s%s", (long long)stack_sum(canvas, row), note[0] ? ", " : "",
		note[0] ? canvas->picture->note_label : "", note, note[0] ? " %" : "");
}

static void add_stack(struct canvas *canvas, const struct report_row *row)
{
	char text[160];
	int64_t top = canvas->y;

	canvas->y += (STACK_ROW - BAR) / 2;
	if (svg_row_has_bars(canvas, row))
		add_pieces(canvas, row);
	stack_text(canvas, row, text, sizeof(text));
	canvas->y += 12;
	svg_text(canvas, SVG_VALUES, row->section ? "v" : "v b", text);
	canvas->y = top;
}

/* ---- median, p90, longest ------------------------------------------------------------------- */

static void add_longest(struct canvas *canvas, int64_t from, int64_t value)
{
	int64_t middle = canvas->y + RANGE / 2;
	bool beyond = value > canvas->top;
	int64_t to = svg_x(canvas, beyond ? canvas->top : value);

	buffer_printf(canvas->out,
		"<line x1=\"%lld\" y1=\"%lld\" x2=\"%lld\" y2=\"%lld\" class=\"w\"/>\n",
		(long long)from, (long long)middle, (long long)to, (long long)middle);
	if (beyond)
		buffer_printf(canvas->out, "<path d=\"M%lld %lldl8 4l-8 4z\" class=\"d\"/>\n",
			(long long)to, (long long)(middle - 4));
	else
		buffer_printf(canvas->out,
			"<circle cx=\"%lld\" cy=\"%lld\" r=\"3\" class=\"d\"/>\n", (long long)to,
			(long long)middle);
}

static void range_text(
	const struct canvas *canvas, const struct report_row *row, size_t series, char ret[160])
{
	char parts[3][CELL_TEXT_BYTES] = {"-", "-", "-"};

	for (size_t i = 0; i < 3; i++) {
		long k = canvas->columns[series][i];
		if (k >= 0 && (size_t)k < row->cells.n)
			cell_text(&canvas->report->columns.at[k], &row->cells.at[k], parts[i]);
	}
	snprintf(ret, 160, "%s / %s / %s", parts[0], parts[1], parts[2]);
}

static void add_range(struct canvas *canvas, const struct report_row *row, size_t series)
{
	const long *columns = canvas->columns[series];
	const struct report_cell *median = svg_number(row, columns[0]);
	const struct report_cell *p90 = svg_number(row, columns[1]);
	const struct report_cell *longest = svg_number(row, columns[2]);
	char text[160];

	if (median && p90 && longest) {
		int64_t at_50 = svg_x(canvas, median->value);
		int64_t at_90 = svg_x(canvas, p90->value);
		add_longest(canvas, at_90, longest->value);
		add_piece(canvas, (struct piece){SVG_PLOT_LEFT, at_50, 'c', series});
		add_piece(canvas, (struct piece){at_50, at_90, 'm', series});
	}
	range_text(canvas, row, series, text);
	canvas->y += 10;
	svg_text(canvas, SVG_VALUES, "v", text);
	canvas->y -= 10;
}

static void add_ranges(struct canvas *canvas, const struct report_row *row)
{
	int64_t top = canvas->y;

	canvas->y += RANGE_GAP / 2;
	for (size_t i = 0; i < canvas->picture->n; i++, canvas->y += RANGE_PITCH)
		add_range(canvas, row, i);
	canvas->y = top;
}

void svg_row(struct canvas *canvas, const struct report_row *row)
{
	int64_t top = canvas->y;
	char label[64];

	snprintf(label, sizeof(label), "%.*s", (int)row->label.n, row->label.p);
	canvas->y = top + svg_row_height(canvas, row) / 2 + 4;
	svg_text(canvas, SVG_PLOT_LEFT - 10, row->section ? "l" : "l b", label);
	canvas->y = top;
	if (canvas->picture->form == PICTURE_STACK)
		add_stack(canvas, row);
	else
		add_ranges(canvas, row);
	canvas->y = top + svg_row_height(canvas, row);
}
