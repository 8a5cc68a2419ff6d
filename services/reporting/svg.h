/* Inside of render_svg.c and svg_rows.c: a picture as it is drawn, in whole pixels from the top
 * left. */
#ifndef SERVICES_REPORTING_SVG_H
#define SERVICES_REPORTING_SVG_H

#include "services/reporting/render.h"

enum {
	SVG_WIDTH = 1000,
	SVG_MARGIN = 24,
	SVG_PLOT_LEFT = 210,
	SVG_PLOT_RIGHT = 760,
	SVG_VALUES = 772, /* where the figures beside the bars begin */
	SVG_SERIES_MAX = 6
};

struct canvas {
	const struct report *report;
	const struct picture *picture;
	struct buffer *out;
	long columns[SVG_SERIES_MAX][3]; /* of each series; -1: the report has none of that name */
	long note;
	int64_t top; /* the value at the right end of the axis */
	int64_t step;
	int64_t y;
	bool sides; /* zero is in the middle */
};

/* Text of n bytes with what XML needs escaped, and without what it forbids (XML 1.0 section 2.2).
 */
void svg_escape(struct buffer *out, const char *p, size_t n);
/* In the report's language. */
const char *svg_words(const struct canvas *canvas, struct wording wording);
void svg_text(struct canvas *canvas, int64_t x, const char *class, const char *text);
/* Negative values lie to the left of a zero in the middle. */
int64_t svg_x(const struct canvas *canvas, int64_t value);

/* The cell of a row in a column of the picture; NULL when there is no number in it. */
const struct report_cell *svg_number(const struct report_row *row, long column);

/* Is the row drawn as bars? A total that would dwarf its parts is only written. */
bool svg_row_has_bars(const struct canvas *canvas, const struct report_row *row);
int64_t svg_row_height(const struct canvas *canvas, const struct report_row *row);
/* The largest value that the axis must hold. */
int64_t svg_largest(const struct canvas *canvas);
/* Draws the row at canvas->y. */
void svg_row(struct canvas *canvas, const struct report_row *row);

#endif
