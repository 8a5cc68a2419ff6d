/* A report as a picture that can stand in a yearly report: title, legend, bars, axis and where the
 * figures come from; writes into the buffer it is given and touches nothing else. */
#include <stdio.h>
#include <string.h>

#include "services/reporting/groupings.h"
#include "services/reporting/svg.h"

enum {
	HEADING = 30,
	AXIS = 52,
	FOOTER = 14,
	FOOTER_LINE = 16,
	FOOTER_CHARACTERS = 140, /* that fit on a line */
	LEGEND = 26,
	LEGEND_CHARACTER = 8
};

/* Okabe and Ito's palette, which people who are colour-blind can tell apart. */
static const char style[] =
	"<style>\n"
	"text{font-family:'DejaVu Sans',Verdana,Arial,sans-serif;font-size:13px;fill:#222}\n"
	".t{font-size:22px;font-weight:bold}.s{font-size:14px;fill:#555}\n"
	".h,.b{font-weight:bold}.l{text-anchor:end}.v{font-size:12px}\n"
	".k{text-anchor:middle;font-size:12px;fill:#555}.f{font-size:11px;fill:#666}\n"
	".p{text-anchor:middle;font-size:11px;fill:#fff}.p1,.p2,.p4,.p5{fill:#222}\n"
	".g{stroke:#ddd}.a,.w{stroke:#444}.d{fill:#444}\n"
	".c0{fill:#0072b2}.c1{fill:#56b4e9}.c2{fill:#e69f00}.c3{fill:#d55e00}\n"
	".c4{fill:#999}.c5{fill:#ddd}.m0{fill:#0072b2;fill-opacity:.4}\n"
	".m1{fill:#56b4e9;fill-opacity:.4}.m2{fill:#e69f00;fill-opacity:.4}\n"
	".x{fill:url(#few);stroke:#444}\n"
	"</style>\n"
	"<defs><pattern id=\"few\" width=\"6\" height=\"6\" patternUnits=\"userSpaceOnUse\">"
	"<path d=\"M0 6L6 0\" stroke=\"#444\"/></pattern></defs>\n";

void svg_escape(struct buffer *out, const char *p, size_t n)
{
	for (size_t i = 0; i < n; i++) {
		unsigned char c = (unsigned char)p[i];
		if (c == '&')
			buffer_add_string(out, "&amp;");
		else if (c == '<')
			buffer_add_string(out, "&lt;");
		else if (c == '>')
			buffer_add_string(out, "&gt;");
		else if (c == '"')
			buffer_add_string(out, "&quot;");
		else if (c == '\'')
			buffer_add_string(out, "&#39;");
		else if (c >= 0x20 || c == '\t' || c == '\n')
			buffer_add(out, &p[i], 1);
	}
}

void svg_text(struct canvas *canvas, int64_t x, const char *class, const char *text)
{
	buffer_printf(canvas->out, "<text x=\"%lld\" y=\"%lld\" class=\"%s\">", (long long)x,
		(long long)canvas->y, class);
	svg_escape(canvas->out, text, strlen(text));
	buffer_add_string(canvas->out, "</text>\n");
}

const char *svg_words(const struct canvas *canvas, struct wording wording)
{
	return wording_in(wording, canvas->report->language);
}

int64_t svg_x(const struct canvas *canvas, int64_t value)
{
	if (value > INT64_MAX / SVG_WIDTH)
		return SVG_PLOT_RIGHT;
	if (canvas->sides)
		return (SVG_PLOT_LEFT + SVG_PLOT_RIGHT) / 2 +
		       value * ((SVG_PLOT_RIGHT - SVG_PLOT_LEFT) / 2) / canvas->top;
	return SVG_PLOT_LEFT + value * (SVG_PLOT_RIGHT - SVG_PLOT_LEFT) / canvas->top;
}

/* ---- the axis ------------------------------------------------------------------------------ */

static const struct report_column *axis_column(const struct canvas *canvas)
{
	long k = canvas->columns[0][0] < 0 ? canvas->columns[0][1] : canvas->columns[0][0];

	return k < 0 ? &canvas->report->columns.at[0] : &canvas->report->columns.at[k];
}

/* The smallest of base times 1, 2, 5, 10, 20, ... that is not below least. */
static int64_t round_step(int64_t base, int64_t least)
{
	static const int64_t parts[] = {1, 2, 5};

	for (;; base *= 10)
		for (size_t i = 0; i < 3; i++)
			if (base * parts[i] >= least || base > INT64_MAX / 100)
				return base * parts[i];
}

/* Hours are read in quarters of days, then in days; their unit here is a tenth. */
static int64_t step_of(const struct canvas *canvas, int64_t largest)
{
	int64_t least = largest / 6 + (largest % 6 != 0);

	if (axis_column(canvas)->unit != report_unit_hours || least <= 50)
		return round_step(1, least);
	return least <= 60 ? 60 : least <= 120 ? 120 : round_step(240, least);
}

static void add_grid(struct canvas *canvas, int64_t top, int64_t bottom)
{
	int64_t least = canvas->sides ? -canvas->top : 0;

	for (int64_t value = least; value <= canvas->top; value += canvas->step) {
		int64_t x = svg_x(canvas, value);
		buffer_printf(canvas->out,
			"<line x1=\"%lld\" y1=\"%lld\" x2=\"%lld\" y2=\"%lld\" class=\"%s\"/>\n",
			(long long)x, (long long)top, (long long)x, (long long)bottom,
			value ? "g" : "a");
	}
}

static void add_axis(struct canvas *canvas)
{
	int64_t decimals = axis_column(canvas)->decimals;
	bool whole = decimals == 1 && canvas->step % 10 == 0;
	char text[CELL_TEXT_BYTES];
	int64_t least = canvas->sides ? -canvas->top : 0;

	canvas->y += 18;
	for (int64_t value = least; value <= canvas->top; value += canvas->step) {
		number_text(canvas->report->language,
			(value < 0 ? -value : value) / (whole ? 10 : 1), whole ? 0 : decimals,
			text);
		svg_text(canvas, svg_x(canvas, value), "k", text);
	}
	canvas->y += 20;
	svg_text(canvas, (SVG_PLOT_LEFT + SVG_PLOT_RIGHT) / 2, "k",
		svg_words(canvas, canvas->picture->axis));
	canvas->y += AXIS - 38;
}

/* ---- above and below ----------------------------------------------------------------------- */

static void say_subtitle(const struct report *report, struct buffer *out)
{
	say_period(report, out);
	if (report->by) {
		char by[48];
		snprintf(by, sizeof(by), "%s",
			wording_in(grouping_of(report->by)->title, report->language));
		by[0] = (char)(by[0] | 0x20);
		buffer_printf(
			out, ", %s %s", wording_pick(report->language, "by", "fordelt på"), by);
	}
}

static void add_subtitle(struct canvas *canvas)
{
	struct buffer sentence;

	buffer_init(&sentence, 256);
	say_subtitle(canvas->report, &sentence);
	buffer_add(&sentence, "", 1);
	canvas->out->failed |= sentence.failed;
	if (!sentence.failed)
		svg_text(canvas, SVG_MARGIN, "s", (const char *)sentence.p);
	buffer_done(&sentence);
}

static bool has_legend(const struct canvas *canvas)
{
	return canvas->picture->n > 1 && canvas->picture->form != PICTURE_SERIES;
}

static void add_legend(struct canvas *canvas)
{
	static const struct wording of_values = {"median / p90 / longest", "median / p90 / længst"};
	int64_t x = SVG_MARGIN;

	for (size_t i = 0; i < canvas->picture->n; i++) {
		const char *label = svg_words(canvas, canvas->picture->series[i].label);
		buffer_printf(canvas->out,
			"<rect x=\"%lld\" y=\"%lld\" width=\"12\" height=\"12\" class=\"c%zu\"/>\n",
			(long long)x, (long long)(canvas->y - 11), i);
		svg_text(canvas, x + 18, "v", label);
		x += 36 + LEGEND_CHARACTER * (int64_t)text_characters(label, strlen(label));
	}
	if (canvas->picture->form == PICTURE_RANGES)
		svg_text(canvas, SVG_VALUES, "v b", svg_words(canvas, of_values));
	canvas->y += LEGEND;
}

static int64_t height_of_rows(const struct canvas *canvas)
{
	const struct report *report = canvas->report;
	enum dimension section = dimension_none;
	int64_t height = 0;

	for (size_t i = 0; i < report->rows.n; i++) {
		const struct report_row *row = &report->rows.at[i];
		height += svg_row_height(canvas, row);
		height += row->section && row->section != section ? HEADING : 0;
		section = row->section;
	}
	return height;
}

static void add_rows(struct canvas *canvas)
{
	const struct report *report = canvas->report;
	enum dimension section = dimension_none;

	for (size_t i = 0; i < report->rows.n; i++) {
		const struct report_row *row = &report->rows.at[i];
		if (row->section && row->section != section) {
			canvas->y += HEADING - 8;
			svg_text(canvas, SVG_MARGIN, "h",
				svg_words(canvas, grouping_of(row->section)->title));
			canvas->y += 8;
		}
		section = row->section;
		svg_row(canvas, row);
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

/* ---- below --------------------------------------------------------------------------------- */

/* What the figures beside the bars are. */
static void say_note(const struct canvas *canvas, struct buffer *out)
{
	static const struct wording of_ranges = {
		"full: median; pale: p90, nine of ten at most; dot: longest",
		"fuld: median; bleg: p90, ni ud af ti højst; prik: længst"};

	if (canvas->note >= 0) {
		const struct report_column *column = &canvas->report->columns.at[canvas->note];
		buffer_add(out, column->title.p, column->title.n);
		buffer_add_string(out, ": ");
		buffer_add(out, column->meaning.p, column->meaning.n);
		buffer_add_string(out, "\n");
	}
	if (canvas->picture->form == PICTURE_RANGES) {
		buffer_add_string(out, svg_words(canvas, of_ranges));
		buffer_add_string(out, "\n");
	}
}

static void break_lines(struct buffer *text)
{
	size_t start = 0, space = 0;

	for (size_t i = 0; i < text->n; i++) {
		const char *line = (const char *)text->p + start;
		if (text->p[i] == '\n')
			start = i + 1;
		else if (text->p[i] == ' ')
			space = i;
		if (space > start && text_characters(line, i - start) >= FOOTER_CHARACTERS) {
			text->p[space] = '\n';
			start = space + 1;
		}
	}
}

static void say_foot(const struct canvas *canvas, struct buffer *out)
{
	static const struct wording of_few = {
		"* and hatched: so few that persons could be recognised\n",
		"* og skraveret: så få, at personer kunne genkendes\n"};

	say_note(canvas, out);
	if (has_suppressed(canvas->report))
		buffer_add_string(out, svg_words(canvas, of_few));
	say_facts(canvas->report, out);
	buffer_add_string(out, "\n");
	say_positions(canvas->report, out);
	buffer_add_string(out, "\n");
	break_lines(out);
}

static int64_t height_of_foot(const struct buffer *foot)
{
	int64_t height = FOOTER;

	for (size_t i = 0; i < foot->n; i++)
		height += foot->p[i] == '\n' ? FOOTER_LINE : 0;
	return height;
}

static void add_foot(struct canvas *canvas, const struct buffer *foot)
{
	for (size_t start = 0, i = 0; i < foot->n; i++) {
		if (foot->p[i] != '\n')
			continue;
		canvas->y += FOOTER_LINE;
		buffer_printf(canvas->out, "<text x=\"%d\" y=\"%lld\" class=\"f\">", SVG_MARGIN,
			(long long)canvas->y);
		svg_escape(canvas->out, (const char *)foot->p + start, i - start);
		buffer_add_string(canvas->out, "</text>\n");
		start = i + 1;
	}
}

/* ---- the whole ----------------------------------------------------------------------------- */

static struct canvas canvas_of(
	const struct report *report, const struct picture *picture, struct buffer *out)
{
	struct canvas canvas = {.report = report,
		.picture = picture,
		.out = out,
		.sides = picture->form == PICTURE_SIDES};

	for (size_t i = 0; i < picture->n && i < SVG_SERIES_MAX; i++)
		for (size_t k = 0; k < 3; k++) {
			const char *name = picture->series[i].columns[k];
			canvas.columns[i][k] = name ? report_column_index(report, name) : -1;
		}
	canvas.note = picture->note ? report_column_index(report, picture->note) : -1;
	int64_t largest = svg_largest(&canvas);
	canvas.step = step_of(&canvas, largest);
	canvas.top = (largest / canvas.step + (largest % canvas.step != 0)) * canvas.step;
	if (canvas.top == 0)
		canvas.top = canvas.step;
	return canvas;
}

static void add_head(struct canvas *canvas, int64_t height)
{
	char title[96];

	snprintf(title, sizeof(title), "%.*s", (int)canvas->report->title.n,
		canvas->report->title.p);
	buffer_printf(canvas->out,
		"<svg xmlns=\"http://www.w3.org/2000/svg\" width=\"%d\" height=\"%lld\" "
		"viewBox=\"0 0 %d %lld\" role=\"img\">\n<title>",
		SVG_WIDTH, (long long)height, SVG_WIDTH, (long long)height);
	svg_escape(canvas->out, title, strlen(title));
	buffer_add_string(canvas->out, "</title>\n<desc>");
	const char *axis = svg_words(canvas, canvas->picture->axis);
	svg_escape(canvas->out, axis, strlen(axis));
	buffer_add_string(canvas->out, "</desc>\n");
	buffer_add_string(canvas->out, style);
	buffer_add_string(
		canvas->out, "<rect width=\"100%\" height=\"100%\" style=\"fill:#fff\"/>\n");
	canvas->y = 40;
	svg_text(canvas, SVG_MARGIN, "t", title);
	canvas->y = 64;
	add_subtitle(canvas);
	canvas->y = 94;
}

void render_svg(const struct report *report, const struct picture *picture, struct buffer *out)
{
	struct canvas canvas = canvas_of(report, picture, out);
	int64_t rows = height_of_rows(&canvas);
	int64_t top = has_legend(&canvas) ? 94 + LEGEND - 14 : 80;
	struct buffer foot;

	buffer_init(&foot, RENDER_BYTES_MAX);
	say_foot(&canvas, &foot);
	buffer_add_string(out, "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n");
	add_head(&canvas, top + rows + AXIS + height_of_foot(&foot));
	if (has_legend(&canvas))
		add_legend(&canvas);
	canvas.y = top;
	add_grid(&canvas, top, top + rows);
	add_rows(&canvas);
	add_axis(&canvas);
	add_foot(&canvas, &foot);
	buffer_add_string(out, "</svg>\n");
	out->failed |= foot.failed;
	buffer_done(&foot);
}
