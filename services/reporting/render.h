/* A report as a file, table and picture in the report's language. All forms say what the figures
 * are, for which period and from which journal positions, and nothing that would differ when the
 * same report is asked for again. */
#ifndef SERVICES_REPORTING_RENDER_H
#define SERVICES_REPORTING_RENDER_H

#include "proto/reporting.h"
#include "services/reporting/wording.h"

enum { RENDER_BYTES_MAX = 60000, CELL_TEXT_BYTES = 48 };

enum picture_form {
	PICTURE_STACK,  /* a bar for each row, made of one piece for each series */
	PICTURE_RANGES, /* a bar for each row and series: median, p90, longest */
	PICTURE_SERIES, /* a bar for each row and series, with its name beside it */
	PICTURE_SIDES   /* a bar to either side for each row, made of one piece for each series */
};

/* Columns by name: one for PICTURE_STACK and PICTURE_SERIES; median, p90 and longest for
 * PICTURE_RANGES; the left and the right one, where there is one, for PICTURE_SIDES. */
struct series {
	struct wording label;
	const char *columns[3];
};

struct picture {
	enum picture_form form;
	struct wording axis;
	const struct series *series;
	size_t n;
	const char *note;          /* PICTURE_STACK: a column that is written beside each bar, */
	struct wording note_label; /* after this word */
};

/* `12`, `34.5`; `-` when there is nothing, `*` when suppressed. In Danish `34,5` and `01.02.2026`.
 */
void cell_text(const struct report *report, const struct report_column *column,
	const struct report_cell *cell, char ret[CELL_TEXT_BYTES]);
void number_text(
	enum report_language language, int64_t value, int64_t decimals, char ret[CELL_TEXT_BYTES]);
/* `h`, `%`; empty for counts and dates. */
const char *unit_text(const struct report *report, enum report_unit unit);
/* Characters, not bytes: continuation bytes of UTF-8 take no place of their own. */
size_t text_characters(const char *p, size_t n);
/* The column of that name; -1 when there is none. */
long report_column_index(const struct report *report, const char *name);

/* One sentence each, appended: which days, divided by what; how many facts, how many from before;
 * journal positions. None ends a line. */
void say_period(const struct report *report, struct buffer *out);
void say_facts(const struct report *report, struct buffer *out);
void say_positions(const struct report *report, struct buffer *out);

void buffer_add_string(struct buffer *out, const char *s);
void buffer_printf(struct buffer *out, const char *format, ...)
	__attribute__((format(printf, 2, 3)));

/* Each appends a whole file; out->failed when it does not fit. */
void render_table(const struct report *report, struct buffer *out);
/* RFC 4180, UTF-8, one header line, the same in every language: programs read it. A suppressed cell
 * says so, a missing one is empty. */
void render_csv(const struct report *report, struct buffer *out);
/* SVG 1.1, one self-contained picture without script or reference to anything outside. */
void render_svg(const struct report *report, const struct picture *picture, struct buffer *out);

#endif
