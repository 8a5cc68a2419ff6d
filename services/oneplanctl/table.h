/* Tables for people: columns as wide as they must be, together at most 100 characters. */
#ifndef SERVICES_ONEPLANCTL_TABLE_H
#define SERVICES_ONEPLANCTL_TABLE_H

#include "common/bytes.h"

enum { TABLE_WIDTH = 100, TABLE_COLUMNS = 12 };

enum table_shade { TABLE_PLAIN, TABLE_GOOD, TABLE_WARN, TABLE_BAD, TABLE_DIM };

struct table_column {
	const char *title;
	bool right; /* numbers */
	bool gives; /* is cut when the table would be too wide */
	bool wraps; /* goes on in further lines instead, broken between words; others do, too, when
		       that is not enough, but never numbers */
	size_t least; /* width, for tables that are written in several parts */
};

struct table_row;

struct table {
	const struct table_column *columns;
	size_t n;
	struct arena *arena;
	struct table_row *first, **last;
	bool no_titles;
	size_t width; /* at most so many characters; 0: TABLE_WIDTH */
};

void table_init(
	struct table *table, const struct table_column *columns, size_t n, struct arena *arena);

/* One text for each column; NULL is empty. The texts must live as long as the table. A row for
 * which there is no memory is left out. */
void table_add(struct table *table, enum table_shade shade, const char *const *cells);

/* Titles and rows, a line each; colour: the shades, as ANSI escapes. Control characters become `?`.
 */
void table_write(const struct table *table, bool colour, struct buffer *out);

/* Writes to standard output. */
void table_print(const struct table *table, bool colour);

/* Characters of a text: bytes that continue a UTF-8 character take no place. */
size_t table_characters(const char *text);

#endif
