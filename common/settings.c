/* Settings from one INI file, checked against one table; reads that file and touches nothing else.
 */
#include "common/settings.h"

#include <assert.h>
#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include <ini.h>

/* libinih keeps at most this much of a section's name and cuts the rest without a word. */
#define SECTION_BYTES 50
#define SCRATCH_BYTES ((size_t)1024 * 1024)

/* What the file has given already; key is NULL for the heading of a section. */
struct seen {
	struct seen *next;
	const char *section;
	const char *key;
	const struct setting *row; /* for a key; for a heading any row of that section */
};

struct load {
	const struct settings_source *source;
	void *into;
	struct arena *arena;
	struct arena scratch;
	struct seen *seen;
	struct reason reason;
	enum err err; /* sticky: the first thing wrong is reported */
	int line;
	FILE *file;
};

struct unit {
	const char *word;
	int64_t factor;
};

/* Smallest first; ends with a NULL word. */
static const struct unit units_of_time[] = {{"ms", 1}, {"s", 1000}, {"m", INT64_C(60) * 1000},
	{"h", INT64_C(3600) * 1000}, {"d", INT64_C(86400) * 1000}, {NULL, 0}};
static const struct unit units_of_bytes[] = {
	{"B", 1}, {"KiB", 1024}, {"MiB", INT64_C(1) << 20}, {"GiB", INT64_C(1) << 30}, {NULL, 0}};

/* Digits from *text on; moves *text behind them. */
static bool read_number(const char **text, int64_t *ret)
{
	const char *p = *text;
	int64_t v = 0;

	if (*p < '0' || *p > '9')
		return false;
	for (; *p >= '0' && *p <= '9'; p++) {
		if (v > (INT64_MAX - (*p - '0')) / 10)
			return false;
		v = v * 10 + (*p - '0');
	}
	*text = p;
	*ret = v;
	return true;
}

static bool parse_int(const char *text, int64_t *ret)
{
	bool negative = *text == '-';
	int64_t v = 0;

	text += negative ? 1 : 0;
	if (!read_number(&text, &v) || *text)
		return false;
	*ret = negative ? -v : v;
	return true;
}

static bool parse_units(const char *text, const struct unit *units, int64_t *ret)
{
	int64_t v = 0;

	if (!read_number(&text, &v))
		return false;
	for (const struct unit *unit = units; unit->word; unit++) {
		if (strcmp(text, unit->word) != 0)
			continue;
		if (v > INT64_MAX / unit->factor)
			return false;
		*ret = v * unit->factor;
		return true;
	}
	return false;
}

bool settings_parse_ms(const char *text, int64_t *ret)
{
	return parse_units(text, units_of_time, ret);
}

bool settings_parse_bytes(const char *text, int64_t *ret)
{
	return parse_units(text, units_of_bytes, ret);
}

static const struct unit *units_of(enum setting_type type)
{
	if (type == SETTING_MS)
		return units_of_time;
	return type == SETTING_BYTES ? units_of_bytes : NULL;
}

/* A limit as one would write it: in the largest unit that gives a whole number. */
static void format_limit(enum setting_type type, int64_t v, char ret[32])
{
	const struct unit *units = units_of(type);
	const char *word = units ? units[0].word : "";
	int64_t factor = 1;

	for (const struct unit *unit = units; unit && unit->word; unit++) {
		if (v == 0 || v % unit->factor != 0)
			continue;
		factor = unit->factor;
		word = unit->word;
	}
	snprintf(ret, 32, "%lld%s", (long long)(v / factor), word);
}

void settings_limits(const struct setting *row, char ret[128])
{
	static const char *const names[] = {
		[SETTING_TEXT] = "a text of",
		[SETTING_INT] = "a number from",
		[SETTING_BOOL] = "yes or no",
		[SETTING_MS] = "a duration (500ms, 30s, 15m, 24h, 14d) from",
		[SETTING_BYTES] = "a size (64KiB, 16MiB, 1GiB) from",
	};
	char min[32];
	char max[32];

	format_limit(row->type, row->min, min);
	format_limit(row->type, row->max, max);
	if (row->type == SETTING_BOOL)
		snprintf(ret, 128, "%s", names[row->type]);
	else
		snprintf(ret, 128, "%s %s to %s%s", names[row->type], min, max,
			row->type == SETTING_TEXT ? " bytes" : "");
}

static bool parse_number_of(const struct setting *row, const char *value, int64_t *ret)
{
	const struct unit *units = units_of(row->type);

	if (row->type == SETTING_TEXT)
		*ret = (int64_t)strlen(value);
	else if (units ? !parse_units(value, units, ret) : !parse_int(value, ret))
		return false;
	return *ret >= row->min && *ret <= row->max;
}

/* The value as a number (for a text its length, for yes 1); false when the row does not take it. */
static bool parse_value(const struct setting *row, const char *value, int64_t *ret)
{
	if (row->type != SETTING_BOOL)
		return parse_number_of(row, value, ret);
	*ret = strcmp(value, "yes") == 0;
	return *ret || strcmp(value, "no") == 0;
}

static bool is_repeated(const struct setting *row)
{
	size_t n = strlen(row->section);
	return n > 2 && strcmp(row->section + n - 2, ".*") == 0;
}

/* Fills the reason, unless something was wrong before. line 0: the file as a whole. */
__attribute__((format(printf, 4, 5))) static void refuse(
	struct load *load, enum err err, int line, const char *rule, ...)
{
	const char *path = load->source->path;
	size_t n = strlen(path);
	/* Of a long path the end tells more, and the line must not be lost. */
	const char *tail = path + (n > 72 ? n - 72 : 0);
	char text[sizeof(load->reason.rule)];
	char field[sizeof(load->reason.field)];
	va_list args;

	if (load->err != ERR_OK)
		return;
	va_start(args, rule);
	vsnprintf(text, sizeof(text), rule, args);
	va_end(args);
	if (line > 0)
		snprintf(field, sizeof(field), "%s:%d", tail, line);
	else
		snprintf(field, sizeof(field), "%s", tail);
	load->err = reason_set(&load->reason, err, field, "%s", text);
}

static void refuse_value(struct load *load, const struct setting *row)
{
	char limits[128];

	settings_limits(row, limits);
	refuse(load, ERR_INVALID, load->line, "%s must be %s", row->key, limits);
}

static void store_value(struct load *load, const struct setting *row, const char *value)
{
	char *to = (char *)load->into + row->offset;
	int64_t number = 0;

	if (!parse_value(row, value, &number)) {
		refuse_value(load, row);
		return;
	}
	if (row->type == SETTING_TEXT) {
		const char *text = arena_copy(load->arena, value, strlen(value));
		if (!text)
			refuse(load, ERR_NO_MEMORY, load->line, "no room for %s", row->key);
		memcpy(to, &text, sizeof(text));
	} else if (row->type == SETTING_BOOL) {
		bool yes = number != 0;
		memcpy(to, &yes, sizeof(yes));
	} else {
		memcpy(to, &number, sizeof(number));
	}
}

static void deliver_value(
	struct load *load, const struct setting *row, const char *section, const char *value)
{
	const char *name = section + strlen(row->section) - 1;
	struct reason reason = {.code = ERR_OK};
	int64_t number = 0;

	if (!parse_value(row, value, &number)) {
		refuse_value(load, row);
		return;
	}
	if (!load->source->on_item(load->source->ctx, row->section, name, row->key, value, &reason))
		refuse(load, ERR_INVALID, load->line, "%s", reason.rule);
}

static bool row_takes_section(const struct setting *row, const char *section)
{
	size_t n = strlen(row->section);

	if (!is_repeated(row))
		return strcmp(row->section, section) == 0;
	return strncmp(row->section, section, n - 1) == 0 && section[n - 1] != '\0';
}

/* The row of a key, with key NULL any row of the section; NULL when there is none. */
static const struct setting *find_row(const struct load *load, const char *section, const char *key)
{
	for (size_t i = 0; i < load->source->n; i++) {
		const struct setting *row = &load->source->table[i];
		if (row_takes_section(row, section) && (!key || strcmp(row->key, key) == 0))
			return row;
	}
	return NULL;
}

static bool was_seen(const struct load *load, const char *section, const char *key)
{
	for (const struct seen *seen = load->seen; seen; seen = seen->next)
		if (strcmp(seen->section, section) == 0 &&
			(key ? seen->key && strcmp(seen->key, key) == 0 : !seen->key))
			return true;
	return false;
}

static void remember(
	struct load *load, const char *section, const char *key, const struct setting *row)
{
	struct seen *seen = arena_alloc(&load->scratch, sizeof(*seen));
	const char *copy = arena_copy(&load->scratch, section, strlen(section));

	if (!seen || !copy) {
		refuse(load, ERR_LIMIT, load->line, "the file is too long");
		return;
	}
	*seen = (struct seen){load->seen, copy, key ? row->key : NULL, row};
	load->seen = seen;
}

static const char *shown(const char *section)
{
	return *section ? section : "top of the file";
}

/* Called by libinih for each key; it goes on after a failure, so the first one is kept. */
static int take_key(void *ctx, const char *section, const char *key, const char *value)
{
	struct load *load = ctx;
	const struct setting *row = find_row(load, section, key);

	if (load->err != ERR_OK)
		return 0;
	if (!row)
		refuse(load, ERR_INVALID, load->line, "[%s] has no key %s", shown(section), key);
	else if (was_seen(load, section, key))
		refuse(load, ERR_INVALID, load->line, "%s is given twice in [%s]", key,
			shown(section));
	else
		remember(load, section, key, row);
	if (load->err == ERR_OK && row && is_repeated(row))
		deliver_value(load, row, section, value);
	else if (load->err == ERR_OK && row)
		store_value(load, row, value);
	return load->err == ERR_OK;
}

/* libinih tells of a section only with its first key: an unknown empty one or a second heading
 * would pass. A heading that is not closed is left for libinih to refuse. */
static void check_heading(struct load *load, const char *line)
{
	const char *end = strchr(line, ']');
	char name[SECTION_BYTES];

	if (load->line == 1 && strncmp(line, "\xef\xbb\xbf", 3) == 0)
		refuse(load, ERR_INVALID, 1, "a file may not begin with a byte order mark");
	if (line[0] != '[' || !end)
		return;
	size_t n = (size_t)(end - line) - 1;
	const char *rest = end + 1 + strspn(end + 1, " \t\r\n");
	if (*rest && *rest != ';' && *rest != '#') {
		refuse(load, ERR_INVALID, load->line, "nothing may follow the ] of a section");
		return;
	}
	if (n >= sizeof(name)) {
		refuse(load, ERR_INVALID, load->line, "a section's name is too long");
		return;
	}
	memcpy(name, line + 1, n);
	name[n] = '\0';
	const struct setting *row = n > 0 ? find_row(load, name, NULL) : NULL;
	if (!row)
		refuse(load, ERR_INVALID, load->line, "there is no section [%s]", name);
	else if (was_seen(load, name, NULL))
		refuse(load, ERR_INVALID, load->line, "[%s] is given twice", name);
	else
		remember(load, name, NULL, row);
}

/* libinih's reader: one line for each call. Spaces at its beginning are dropped, because libinih
 * would take it as the continuation of the value before; a line that does not fit is refused,
 * because libinih would take the rest as the next line. */
static char *read_line(char *line, int size, void *ctx)
{
	struct load *load = ctx;
	int n = 0;
	int c = getc(load->file);

	if (c == EOF || load->err != ERR_OK)
		return NULL;
	load->line++;
	for (; c != EOF && c != '\n'; c = getc(load->file)) {
		bool skip = n == 0 && (c == ' ' || c == '\t');
		bool comment = n > 0 && (line[0] == '#' || line[0] == ';');
		bool full = n >= size - 1;
		if (c == '\0' || (full && !comment))
			refuse(load, ERR_INVALID, load->line,
				c ? "a line holds at most %d bytes" : "a zero byte in a line (%d)",
				size - 1);
		else if (!skip && !full)
			line[n++] = (char)c;
	}
	line[n] = '\0';
	check_heading(load, line);
	return load->err == ERR_OK ? line : NULL;
}

static void fill_defaults(struct load *load)
{
	for (size_t i = 0; i < load->source->n; i++) {
		const struct setting *row = &load->source->table[i];
		if (row->otherwise && !is_repeated(row))
			store_value(load, row, row->otherwise);
	}
	/* A default that its own row refuses is a mistake in the table. */
	assert(load->err == ERR_OK || load->err == ERR_NO_MEMORY);
}

static void complete_key(struct load *load, const struct setting *row, const char *section)
{
	if (was_seen(load, section, row->key))
		return;
	if (!row->otherwise)
		refuse(load, ERR_INVALID, 0, "[%s] lacks the key %s", shown(section), row->key);
	else if (is_repeated(row))
		deliver_value(load, row, section, row->otherwise);
}

/* Required keys, and what repeated sections left out. */
static void complete(struct load *load)
{
	const struct settings_source *source = load->source;

	load->line = 0;
	for (size_t i = 0; i < source->n; i++)
		if (!is_repeated(&source->table[i]))
			complete_key(load, &source->table[i], source->table[i].section);
	for (const struct seen *seen = load->seen; seen; seen = seen->next)
		for (size_t i = 0; !seen->key && i < source->n; i++)
			if (is_repeated(&source->table[i]) &&
				row_takes_section(&source->table[i], seen->section))
				complete_key(load, &source->table[i], seen->section);
}

static void read_file(struct load *load)
{
	int wrong = ini_parse_stream(read_line, load, take_key, load);

	if (ferror(load->file))
		refuse(load, ERR_SYSTEM, 0, "cannot be read: %s", strerror(errno));
	/* libinih has gone on after a malformed line; only a failure on an earlier one comes first.
	 */
	if (wrong > 0 && load->err == ERR_INVALID && wrong < load->line)
		load->err = ERR_OK;
	if (wrong > 0)
		refuse(load, ERR_INVALID, wrong,
			"a line must be [section], key = value or ; comment");
}

enum err settings_load(const struct settings_source *source, void *into, struct arena *arena,
	struct reason *reason)
{
	struct load load = {.source = source, .into = into, .arena = arena};

	arena_init(&load.scratch, SCRATCH_BYTES);
	fill_defaults(&load);
	load.file = fopen(source->path, "re");
	if (!load.file) {
		refuse(&load, errno == ENOENT ? ERR_NOT_FOUND : ERR_SYSTEM, 0, "cannot be read: %s",
			strerror(errno));
	} else {
		read_file(&load);
		fclose(load.file);
	}
	if (load.err == ERR_OK)
		complete(&load);
	arena_done(&load.scratch);
	if (load.err != ERR_OK && reason)
		*reason = load.reason;
	return load.err;
}

static void add_string(struct buffer *out, const char *text)
{
	buffer_add(out, text, strlen(text));
}

static void describe_heading(const char *section, bool first, struct buffer *out)
{
	size_t n = strlen(section);
	bool repeated = n > 2 && strcmp(section + n - 2, ".*") == 0;

	if (n == 0)
		return;
	add_string(out, first ? "" : "\n");
	add_string(out, repeated ? "# once for each NAME\n#[" : "[");
	buffer_add(out, section, repeated ? n - 1 : n);
	add_string(out, repeated ? "NAME]\n" : "]\n");
}

void settings_describe(const struct setting *table, size_t n, struct buffer *out)
{
	const char *section = "";
	char limits[128];

	for (size_t i = 0; i < n; i++) {
		const struct setting *row = &table[i];
		if (strcmp(section, row->section) != 0)
			describe_heading(row->section, i == 0, out);
		section = row->section;
		settings_limits(row, limits);
		add_string(out, "# ");
		add_string(out, row->meaning);
		add_string(out, ": ");
		add_string(out, limits);
		add_string(out, row->otherwise ? "\n#" : ", required\n");
		add_string(out, !row->otherwise && is_repeated(row) ? "#" : "");
		add_string(out, row->key);
		add_string(out, " = ");
		add_string(out, row->otherwise ? row->otherwise : "");
		add_string(out, "\n");
	}
}
