/* Reads the files of a town: town.ini and the keys of clients. */
#include "common/town.h"

#include <stdio.h>
#include <string.h>
#include <sys/stat.h>

#include "common/settings.h"

static const struct setting town_table[] = {
	{"node.*", "endpoint", SETTING_TEXT, 0, NULL, 1, 200, "where it listens"},
	{"node.*", "public_key", SETTING_TEXT, 0, NULL, 40, 40, "its public key, Z85"},
	{"node.*", "role", SETTING_TEXT, 0, NULL, 1, 24, "what kind of node it is"},
	{"node.*", "department", SETTING_TEXT, 0, "", 0, 32, "the department it belongs to"},
	{"node.*", "elsewhere", SETTING_BOOL, 0, "no", 0, 0,
		"others run it: it is not asked how it is"},
};

struct reading {
	struct town *town;
	struct arena *arena;
};

/* Names stand in paths and, as they are, in JSON. */
static bool is_name(const char *name)
{
	return name[0] != '.' && strlen(name) <= 32 &&
	       name[strspn(name,
		       "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789._-")] ==
		       '\0';
}

static struct town_node *find_or_add(struct reading *reading, const char *name)
{
	struct town *town = reading->town;

	for (size_t i = 0; i < town->n; i++)
		if (strcmp(town->nodes[i].name, name) == 0)
			return &town->nodes[i];
	const char *copy = arena_copy(reading->arena, name, strlen(name));
	if (!copy || town->n == TOWN_NODES)
		return NULL;
	town->nodes[town->n].name = copy;
	return &town->nodes[town->n++];
}

static bool take_item(void *ctx, const char *section, const char *name, const char *key,
	const char *value, struct reason *reason)
{
	struct reading *reading = ctx;
	struct town_node *node = find_or_add(reading, name);
	const char *copy = arena_copy(reading->arena, value, strlen(value));

	(void)section;
	if (!is_name(name)) {
		(void)reason_set(reason, ERR_INVALID, "", "%.40s is no name of a node", name);
		return false;
	}
	if (!node || !copy) {
		(void)reason_set(reason, ERR_LIMIT, "", "too many nodes");
		return false;
	}
	if (strcmp(key, "endpoint") == 0)
		node->endpoint = copy;
	else if (strcmp(key, "public_key") == 0)
		node->public_key = copy;
	else if (strcmp(key, "department") == 0)
		node->department = copy;
	else if (strcmp(key, "elsewhere") == 0)
		node->elsewhere = strcmp(value, "yes") == 0;
	else
		node->role = copy;
	return true;
}

enum err town_read(const char *path, struct arena *arena, struct town *ret, struct reason *reason)
{
	struct reading reading = {ret, arena};
	const struct settings_source source = {
		path, town_table, sizeof(town_table) / sizeof(town_table[0]), take_item, &reading};
	char nothing;

	*ret = (struct town){.dir = ""};
	enum err err = settings_load(&source, &nothing, arena, reason);
	if (!err && ret->n == 0)
		err = reason_set(reason, ERR_INVALID, path, "names no node");
	return err;
}

enum err town_load(const char *dir, struct arena *arena, struct town *ret, struct reason *reason)
{
	const char *path = arena_printf(arena, "%s/town.ini", dir);

	if (!path)
		return reason_set(reason, ERR_NO_MEMORY, "", "out of memory");
	enum err err = town_read(path, arena, ret, reason);
	ret->dir = dir;
	if (err == ERR_NOT_FOUND)
		return reason_set(reason, err, "--town",
			"%s has no town.ini: make a town with `oneplanctl town init`", dir);
	return err;
}

const struct town_node *town_find(const struct town *town, const char *name)
{
	for (size_t i = 0; i < town->n; i++)
		if (strcmp(town->nodes[i].name, name) == 0)
			return &town->nodes[i];
	return NULL;
}

const struct town_node *town_find_role(const struct town *town, const char *role)
{
	for (size_t i = 0; i < town->n; i++)
		if (strcmp(town->nodes[i].role, role) == 0)
			return &town->nodes[i];
	return NULL;
}

struct key_pair {
	const char *public_key, *secret_key;
};

static const struct setting key_table[] = {
	{"key", "public", SETTING_TEXT, offsetof(struct key_pair, public_key), NULL, 40, 40, "Z85"},
	{"key", "secret", SETTING_TEXT, offsetof(struct key_pair, secret_key), NULL, 40, 40, "Z85"},
};

static enum err read_pair(const char *path, struct town_keys *ret, struct reason *reason)
{
	const struct settings_source source = {path, key_table, 2, NULL, NULL};
	struct key_pair pair;
	struct arena arena;

	arena_init(&arena, (size_t)64 * 1024);
	enum err err = settings_load(&source, &pair, &arena, reason);
	if (!err) {
		snprintf(ret->public_key, sizeof(ret->public_key), "%s", pair.public_key);
		snprintf(ret->secret_key, sizeof(ret->secret_key), "%s", pair.secret_key);
	}
	arena_done(&arena);
	return err;
}

enum err town_read_keys(
	const struct town *town, const char *client, struct town_keys *ret, struct reason *reason)
{
	char path[4096];
	struct stat st;
	int n = snprintf(path, sizeof(path), "%s/keys/%s.key", town->dir, client);

	if (n < 0 || (size_t)n >= sizeof(path))
		return reason_set(reason, ERR_LIMIT, "--town", "is too long a path");
	if (stat(path, &st))
		return reason_set(reason, ERR_NOT_FOUND, "--client",
			"this town has no key of %s (keys/%s.key)", client, client);
	if (st.st_mode & 077)
		return reason_set(reason, ERR_INVALID, client,
			"its key must be readable by its owner only (0600)");
	return read_pair(path, ret, reason);
}
