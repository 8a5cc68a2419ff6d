/* Settings of a program: one table gives parsing, limits, defaults and help; one INI file (libinih)
 * gives values. Unknown and duplicate sections and keys are refused with file and line. */
#ifndef COMMON_SETTINGS_H
#define COMMON_SETTINGS_H

#include "common/arena.h"
#include "common/bytes.h"
#include "common/err.h"

enum setting_type {
	SETTING_TEXT, /* const char * */
	SETTING_INT,  /* int64_t, min..max */
	SETTING_BOOL, /* bool: yes or no */
	SETTING_MS,   /* int64_t milliseconds, written 500ms, 30s, 15m, 24h, 14d */
	SETTING_BYTES /* int64_t bytes, written 100B, 64KiB, 16MiB, 1GiB */
};

/* section: "" for keys before any section; a section ending in `.*` stands for every section with
 * that beginning (`peer.*` takes [peer.reporting]); such rows have no offset and are only delivered
 * to on_item, as text that fits the row's type and limits. Rows of one section stand together. */
struct setting {
	const char *section;
	const char *key;
	enum setting_type type;
	size_t offset;         /* into the settings struct */
	const char *otherwise; /* default as it would be written; NULL: the key is required */
	int64_t min;           /* for SETTING_TEXT: bytes; not used for SETTING_BOOL */
	int64_t max;
	const char *meaning;
};

/* One key of a repeated section: section as in the table (`peer.*`), name the part behind the dot;
 * both strings and the value live only during the call. Keys that a section leaves out follow with
 * their defaults after the last line. Returns false with *reason->rule filled to refuse it. */
typedef bool settings_item(void *ctx, const char *section, const char *name, const char *key,
	const char *value, struct reason *reason);

struct settings_source {
	const char *path;
	const struct setting *table;
	size_t n;
	settings_item *on_item; /* NULL when the table has no repeated section */
	void *ctx;
};

/* Reads the file into *into (texts are copied into the arena), filling defaults first. Comments are
 * lines that begin with `;` or `#`, and what follows ` ;`. ERR_INVALID for the first thing wrong:
 * *reason->field is `file:line` and the rule names key and limit; a missing required key is
 * reported without a line. ERR_NOT_FOUND and ERR_SYSTEM when the file cannot be read; ERR_LIMIT for
 * a file far too long; ERR_NO_MEMORY when the arena is full. */
enum err settings_load(const struct settings_source *source, void *into, struct arena *arena,
	struct reason *reason) MUST_USE;

/* Values as they are written in a file: 15m, 64KiB. False when they are not of the form. */
bool settings_parse_ms(const char *text, int64_t *ret);
bool settings_parse_bytes(const char *text, int64_t *ret);

/* In words what a row takes: "a number from 1 to 99". */
void settings_limits(const struct setting *row, char ret[128]);
/* The table as a commented sample file, to be printed by --help-settings. */
void settings_describe(const struct setting *table, size_t n, struct buffer *out);

#endif
