/* The bars of a picture, row by row; writes into the canvas's buffer and touches nothing else. */
#include <stdio.h>
#include <string.h>

#include "services/reporting/svg.h"

enum {
	BAR = 16,
	STACK_ROW = 24,
	RANGE = 12,
	RANGE_PITCH = 16,
	RANGE_GAP = 12,
	ROOM_FOR_NUMBER = 26,
	FEW = 24
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
	bool one = canvas->picture->form == PICTURE_STACK || canvas->sides;

	if (one || !svg_row_has_bars(canvas, row))
		return STACK_ROW;
	if (canvas->picture->form == PICTURE_SERIES)
		return (int64_t)canvas->picture->n * STACK_ROW + RANGE_GAP;
	return (int64_t)canvas->picture->n * RANGE_PITCH + RANGE_GAP;
}

/* side: 0, or 1 for what lies to the right of a zero in the middle. */
static int64_t stack_sum(const struct canvas *canvas, const struct report_row *row, size_t side)
{
	int64_t sum = 0;

	for (size_t i = 0; i < canvas->picture->n; i++) {
		const struct report_cell *cell = svg_number(row, canvas->columns[i][side]);
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

static int64_t larger(int64_t a, int64_t b)
{
	return a > b ? a : b;
}

/* The longest bar of the row on that side. */
static int64_t length_of(const struct canvas *canvas, const struct report_row *row, size_t side)
{
	int64_t length = 0;

	if (canvas->picture->form != PICTURE_SERIES)
		return side == 0 || canvas->sides ? stack_sum(canvas, row, side) : 0;
	for (size_t i = 0; i < canvas->picture->n; i++) {
		const struct report_cell *cell = svg_number(row, canvas->columns[i][0]);
		length = larger(length, cell ? cell->value : 0);
	}
	return length;
}

int64_t svg_largest(const struct canvas *canvas)
{
	int64_t largest = 0;

	if (canvas->picture->form == PICTURE_RANGES)
		return largest_range(canvas);
	for (size_t i = 0; i < canvas->report->rows.n; i++) {
		const struct report_row *row = &canvas->report->rows.at[i];
		for (size_t k = 0; svg_row_has_bars(canvas, row) && k < 2; k++)
			largest = larger(largest, length_of(canvas, row, k));
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
	int64_t height = canvas->picture->form == PICTURE_RANGES ? RANGE : BAR;

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

static bool is_suppressed(const struct report_row *row, long column)
{
	return column >= 0 && (size_t)column < row->cells.n &&
	       row->cells.at[column].kind == cell_kind_suppressed;
}

/* Says that there is something, and not how much: always of the same width. At the end of the axis
 * it lies on the bar, and not on the words beside it. */
static void add_few(struct canvas *canvas, int64_t from, bool left)
{
	int64_t x = left ? from - FEW : from;

	if (x < SVG_PLOT_LEFT)
		x = SVG_PLOT_LEFT;
	if (x > SVG_PLOT_RIGHT - FEW)
		x = SVG_PLOT_RIGHT - FEW;
	buffer_printf(canvas->out,
		"<rect x=\"%lld\" y=\"%lld\" width=\"%d\" height=\"%d\" class=\"x\"/>\n",
		(long long)x, (long long)canvas->y, FEW, BAR);
}

static void add_pieces(struct canvas *canvas, const struct report_row *row, size_t side)
{
	int64_t sign = canvas->sides && side == 0 ? -1 : 1;
	int64_t sum = 0;
	bool few = false;

	for (size_t i = 0; i < canvas->picture->n; i++) {
		const struct report_cell *cell = svg_number(row, canvas->columns[i][side]);
		few |= is_suppressed(row, canvas->columns[i][side]);
		if (!cell || cell->value <= 0)
			continue;
		int64_t from = svg_x(canvas, sign * sum);
		int64_t to = svg_x(canvas, sign * (sum + cell->value));
		int64_t least = sign < 0 ? to : from, most = sign < 0 ? from : to;
		add_piece(canvas, (struct piece){least, most > least ? most : least + 1, 'c', i});
		if (canvas->picture->n > 1 && most - least >= ROOM_FOR_NUMBER)
			add_piece_number(canvas, (least + most) / 2, cell->value, i);
		sum += cell->value;
	}
	if (few)
		add_few(canvas, svg_x(canvas, sign * sum), sign < 0);
}

/* Suppressed pieces would stand in the sum for whoever subtracts the others. */
static void stack_text(
	const struct canvas *canvas, const struct report_row *row, char *ret, size_t size)
{
	const struct report_column *columns = canvas->report->columns.at;
	char note[CELL_TEXT_BYTES] = "", sums[2][CELL_TEXT_BYTES] = {"", ""};

	for (size_t side = 0; side < (canvas->sides ? 2 : 1); side++) {
		snprintf(sums[side], CELL_TEXT_BYTES, "%lld",
			(long long)stack_sum(canvas, row, side));
		for (size_t i = 0; i < canvas->picture->n; i++)
			if (is_suppressed(row, canvas->columns[i][side]))
				snprintf(sums[side], CELL_TEXT_BYTES, "*");
	}
	if (svg_number(row, canvas->note))
		cell_text(
			canvas->report, &columns[canvas->note], &row->cells.at[canvas->note], note);
	snprintf(ret, size, "%s%s%s%s%s%s%s%s", sums[0], canvas->sides ? " | " : "", sums[1],
		note[0] ? ", " : "", note[0] ? svg_words(canvas, canvas->picture->note_label) : "",
		note, note[0] ? " " : "",
		note[0] ? unit_text(canvas->report, columns[canvas->note].unit) : "");
}

static void add_stack(struct canvas *canvas, const struct report_row *row)
{
	char text[160];
	int64_t top = canvas->y;

	canvas->y += (STACK_ROW - BAR) / 2;
	for (size_t side = 0; svg_row_has_bars(canvas, row) && side < (canvas->sides ? 2 : 1);
		side++)
		add_pieces(canvas, row, side);
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
			cell_text(canvas->report, &canvas->report->columns.at[k], &row->cells.at[k],
				parts[i]);
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

/* ---- a bar for each series ------------------------------------------------------------------ */

static void add_one(struct canvas *canvas, const struct report_row *row, size_t series)
{
	const struct report_cell *cell = svg_number(row, canvas->columns[series][0]);
	bool few = is_suppressed(row, canvas->columns[series][0]);
	int64_t to = svg_x(canvas, cell ? cell->value : 0);
	char text[160];

	if (cell && cell->value > 0)
		add_piece(canvas, (struct piece){SVG_PLOT_LEFT, to, 'c', 0});
	if (few)
		add_few(canvas, SVG_PLOT_LEFT, false);
	snprintf(text, sizeof(text),
		"%s: ", svg_words(canvas, canvas->picture->series[series].label));
	if (cell)
		number_text(canvas->report->language, cell->value, 0, text + strlen(text));
	else
		snprintf(text + strlen(text), 4, few ? "*" : "-");
	canvas->y += 13;
	svg_text(canvas, few ? SVG_PLOT_LEFT + FEW + 8 : to + 8, "v b", text);
	canvas->y -= 13;
}

static void add_series(struct canvas *canvas, const struct report_row *row)
{
	int64_t top = canvas->y;

	canvas->y += RANGE_GAP / 2;
	for (size_t i = 0; svg_row_has_bars(canvas, row) && i < canvas->picture->n;
		i++, canvas->y += STACK_ROW)
		add_one(canvas, row, i);
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
	if (canvas->picture->form == PICTURE_STACK || canvas->sides)
		add_stack(canvas, row);
	else if (canvas->picture->form == PICTURE_SERIES)
		add_series(canvas, row);
	else
		add_ranges(canvas, row);
	canvas->y = top + svg_row_height(canvas, row);
}
