/* Lays tables out for people; table_print writes to standard output, the rest touches memory only.
 */
#include "services/oneplanctl/table.h"

#include <stdio.h>
#include <string.h>

enum { GAP = 2, WRAP_LEAST = 20, LAST_LEAST = 12, OUTPUT_BYTES = 64 * 1024 * 1024 };

struct table_row {
	struct table_row *next;
	enum table_shade shade;
	const char *cells[TABLE_COLUMNS];
};

void table_init(
	struct table *table, const struct table_column *columns, size_t n, struct arena *arena)
{
	*table = (struct table){.columns = columns, .n = n, .arena = arena};
	table->last = &table->first;
}

void table_add(struct table *table, enum table_shade shade, const char *const *cells)
{
	struct table_row *row = arena_alloc(table->arena, sizeof(*row));

	if (!row)
		return;
	row->shade = shade;
	for (size_t i = 0; i < table->n; i++)
		row->cells[i] = cells[i] ? cells[i] : "";
	*table->last = row;
	table->last = &row->next;
}

size_t table_characters(const char *text)
{
	size_t n = 0;

	for (; *text; text++)
		n += ((unsigned char)*text & 0xc0) != 0x80;
	return n;
}

static void widen(size_t *width, const char *text)
{
	size_t n = table_characters(text);

	*width = n > *width ? n : *width;
}

/* Takes what is over from a column, down to least; returns what is over still. */
static size_t shrink(size_t *width, size_t least, size_t over)
{
	size_t given = *width <= least ? 0 : *width - least;

	given = given < over ? given : over;
	*width -= given;
	return over - given;
}

/* What is too wide comes out of the columns that give or wrap, the last first; when that is not
 * enough the others but numbers wrap, the first first. */
static void fit(const struct table *table, size_t widths[TABLE_COLUMNS], size_t over)
{
	for (size_t i = table->n; i-- > 0 && over > 0;) {
		const struct table_column *column = &table->columns[i];
		size_t least = table_characters(column->title);
		if (column->wraps && least < WRAP_LEAST)
			least = WRAP_LEAST;
		if (column->gives || column->wraps)
			over = shrink(&widths[i], least, over);
	}
	for (size_t i = 0; i < table->n && over > 0; i++)
		if (!table->columns[i].right && !table->columns[i].gives)
			over = shrink(&widths[i], LAST_LEAST, over);
}

static void measure(const struct table *table, size_t widths[TABLE_COLUMNS])
{
	size_t total = GAP * (table->n - 1);
	size_t most = table->width ? table->width : TABLE_WIDTH;

	for (size_t i = 0; i < table->n; i++) {
		widths[i] = table->columns[i].least;
		if (!table->no_titles)
			widen(&widths[i], table->columns[i].title);
		for (const struct table_row *row = table->first; row; row = row->next)
			widen(&widths[i], row->cells[i]);
		total += widths[i];
	}
	if (total > most)
		fit(table, widths, total - most);
}

static void add_text(struct buffer *out, const char *text)
{
	buffer_add(out, text, strlen(text));
}

static void pad(struct buffer *out, size_t n)
{
	for (; n > 0; n--)
		buffer_add(out, " ", 1);
}

/* At most width characters; what is cut off is shown by an ellipsis. */
static void add_cut(struct buffer *out, const char *text, size_t width)
{
	bool cut = table_characters(text) > width;
	size_t left = cut ? width - 1 : width;

	for (; *text; text++) {
		unsigned char c = (unsigned char)*text;
		if ((c & 0xc0) != 0x80 && left-- == 0)
			break;
		buffer_add(out, c < 0x20 || c == 0x7f ? "?" : text, 1);
	}
	if (cut)
		add_text(out, "…");
}

static void add_line(const struct table *table, const char *const *cells,
	const size_t widths[TABLE_COLUMNS], struct buffer *out)
{
	size_t owed =
		0; /* spaces are written only before something, so that no line ends in them */

	for (size_t i = 0; i < table->n; i++) {
		size_t n = table_characters(cells[i]);
		size_t space = n < widths[i] ? widths[i] - n : 0;
		owed += table->columns[i].right ? space : 0;
		if (n > 0) {
			pad(out, owed);
			owed = 0;
			add_cut(out, cells[i], widths[i]);
		}
		owed += (table->columns[i].right ? 0 : space) + GAP;
	}
}

/* Puts what fits of the text into *ret, broken after a word when there is one that fits; returns
 * the rest, or NULL. */
static const char *break_text(struct arena *arena, const char *text, size_t width, const char **ret)
{
	size_t n = 0, end = 0, characters = 0;

	for (; text[n]; n++) {
		bool begins = ((unsigned char)text[n] & 0xc0) != 0x80;
		if (begins && characters++ == width)
			break;
		if (text[n] == ' ')
			end = n;
	}
	*ret = text;
	if (!text[n])
		return NULL;
	if (text[n] == ' ' || end == 0)
		end = n;
	*ret = arena_copy(arena, text, end);
	*ret = *ret ? *ret : "";
	return text + end + strspn(text + end, " ");
}

/* A row in as many lines as its columns that wrap need. */
static void add_row(const struct table *table, const struct table_row *row,
	const size_t widths[TABLE_COLUMNS], struct buffer *out)
{
	const char *rests[TABLE_COLUMNS] = {NULL}, *cells[TABLE_COLUMNS];
	bool first = true, more = true;

	for (; more; first = false) {
		more = false;
		for (size_t i = 0; i < table->n; i++) {
			const char *text = first ? row->cells[i] : rests[i];
			rests[i] = NULL;
			cells[i] = text ? text : "";
			if (text && !table->columns[i].gives && !table->columns[i].right)
				rests[i] = break_text(table->arena, text, widths[i], &cells[i]);
			more = more || rests[i];
		}
		add_line(table, cells, widths, out);
		if (more)
			add_text(out, "\n");
	}
}

static void add_shaded(const struct table *table, const struct table_row *row,
	const size_t widths[TABLE_COLUMNS], struct buffer *out)
{
	static const char *const codes[] = {
		[TABLE_PLAIN] = "",
		[TABLE_GOOD] = "\033[32m",
		[TABLE_WARN] = "\033[33m",
		[TABLE_BAD] = "\033[31m",
		[TABLE_DIM] = "\033[2m",
	};

	add_text(out, codes[row->shade]);
	add_row(table, row, widths, out);
	add_text(out, row->shade == TABLE_PLAIN ? "\n" : "\033[0m\n");
}

void table_write(const struct table *table, bool colour, struct buffer *out)
{
	size_t widths[TABLE_COLUMNS] = {0};
	struct table_row titles = {.shade = TABLE_DIM};

	measure(table, widths);
	for (size_t i = 0; i < table->n; i++)
		titles.cells[i] = table->columns[i].title;
	if (!table->no_titles)
		titles.next = table->first;
	for (const struct table_row *row = table->no_titles ? table->first : &titles; row;
		row = row->next) {
		if (colour)
			add_shaded(table, row, widths, out);
		else {
			add_row(table, row, widths, out);
			add_text(out, "\n");
		}
	}
}

void table_print(const struct table *table, bool colour)
{
	struct buffer out;

	buffer_init(&out, OUTPUT_BYTES);
	table_write(table, colour, &out);
	fwrite(out.p ? (const char *)out.p : "", 1, out.n, stdout);
	buffer_done(&out);
}
