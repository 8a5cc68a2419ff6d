/* A settings file with every type of setting, repeated sections included. */
#include "common/settings.h"
#include "tests/fuzz/fuzz.h"

struct values {
	const char *name, *word;
	int64_t count, wait, room;
	bool flag;
};

static const struct setting table[] = {
	{"node", "name", SETTING_TEXT, offsetof(struct values, name), NULL, 1, 32, "a name"},
	{"node", "word", SETTING_TEXT, offsetof(struct values, word), "otherwise", 0, 9, "a word"},
	{"node", "count", SETTING_INT, offsetof(struct values, count), "7", -5, 99, "a number"},
	{"node", "wait", SETTING_MS, offsetof(struct values, wait), "1s", 100, 60000, "a time"},
	{"node", "room", SETTING_BYTES, offsetof(struct values, room), "1MiB", 1, 1 << 30, "room"},
	{"node", "flag", SETTING_BOOL, offsetof(struct values, flag), "no", 0, 0, "yes or no"},
	{"peer.*", "role", SETTING_TEXT, 0, NULL, 1, 24, "a role"},
	{"peer.*", "department", SETTING_TEXT, 0, "", 0, 32, "a department"},
};

static bool take_item(void *ctx, const char *section, const char *name, const char *key,
	const char *value, struct reason *reason)
{
	size_t *items = ctx;

	(void)reason;
	must(!strcmp(section, "peer.*") && strlen(value) <= 32);
	*items += strlen(name) + strlen(key) > 0;
	return true;
}

FUZZ(settings)
{
	size_t items = 0;
	const struct settings_source source = {file_of(bytes_of(data, n)), table,
		sizeof(table) / sizeof(table[0]), take_item, &items};
	struct reason reason = {0};
	struct values values;
	struct arena arena;

	arena_init(&arena, (size_t)8 << 20);
	if (settings_load(&source, &values, &arena, &reason)) {
		must(reason.rule[0]);
	} else {
		must(strlen(values.name) >= 1 && strlen(values.name) <= 32);
		must(strlen(values.word) <= 9 && values.count >= -5 && values.count <= 99);
		must(values.wait >= 100 && values.wait <= 60000);
		must(values.room >= 1 && values.room <= 1 << 30);
		must(items % 2 == 0);
	}
	arena_done(&arena);
	unlink(source.path);
	return 0;
}
