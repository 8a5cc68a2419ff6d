/* Reads the portal's settings and key file. */
#include "services/portal/settings.h"

#include <libgen.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "common/http.h"
#include "common/log.h"
#include "common/secret.h"

#define AT(field) offsetof(struct portal_settings, field)
#define DAY INT64_C(86400000)

static const struct setting table[] = {
	{"portal", "name", SETTING_TEXT, AT(name), "portal", 1, 32,
		"its name in logs and in HELLO"},
	{"portal", "title", SETTING_TEXT, AT(title), "oneplan", 1, 60,
		"what stands at the top of every page: the town's name, say"},
	{"portal", "listen", SETTING_TEXT, AT(listen), "127.0.0.1:8480", 1, 60,
		"a loopback address: what others may see goes through a proxy on this host"},
	{"portal", "behind_proxy", SETTING_BOOL, AT(behind_proxy), "no", 0, 0,
		"does a proxy put the browser's address at the end of X-Forwarded-For?"},
	{"portal", "state", SETTING_TEXT, AT(state), "state", 1, 200,
		"directory of the sessions, on a local disk"},
	{"portal", "key_file", SETTING_TEXT, AT(key_file), "portal.key", 1, 200,
		"its CURVE key pair, mode 0600; the nodes' allow-lists say what it may do"},
	{"portal", "town", SETTING_TEXT, AT(town), "../town.ini", 1, 200,
		"the file that says where the nodes are"},
	{"portal", "operators", SETTING_TEXT, AT(operators), "operators.ini", 1, 200,
		"who may log in; oneplan-portal --add-operator writes it"},
	{"portal", "web", SETTING_TEXT, AT(web), "", 0, 400,
		"directory of style sheets, fonts and scripts; empty: portal beside the program, "
		"or "
		"../share/oneplan/portal from there"},
	{"portal", "log_level", SETTING_TEXT, AT(log_level), "info", 1, 16,
		"error, warning, info or debug"},
	{"portal", "idle", SETTING_MS, AT(idle_ms), "30m", 60000, DAY,
		"a session that is not used for so long is over"},
	{"portal", "absolute", SETTING_MS, AT(absolute_ms), "12h", 60000, 7 * DAY,
		"how long a session lasts at most"},
	{"portal", "answer", SETTING_MS, AT(answer_ms), "2s", 100, 10000,
		"how long a page waits for a node at most"},
	{"portal", "refresh", SETTING_MS, AT(refresh_ms), "5s", 500, 600000,
		"how often the queue board brings itself up to date"},
	{"portal", "login_tries", SETTING_INT, AT(login_tries), "5", 1, 1000,
		"wrong passwords of one name before it has to wait"},
	{"portal", "login_tries_of_address", SETTING_INT, AT(login_tries_of_address), "20", 1,
		100000, "wrong passwords from one address, likewise"},
	{"portal", "login_window", SETTING_MS, AT(login_window_ms), "15m", 1000, DAY,
		"how long a wrong password counts"},
};

struct key_pair {
	const char *public_key, *secret_key;
};

static const struct setting key_table[] = {
	{"key", "public", SETTING_TEXT, offsetof(struct key_pair, public_key), NULL, 40, 40, "Z85"},
	{"key", "secret", SETTING_TEXT, offsetof(struct key_pair, secret_key), NULL, 40, 40, "Z85"},
};

static enum err take_pair(
	struct portal_settings *settings, const struct key_pair *pair, struct reason *reason)
{
	char public_key[BUS_KEY_BYTES];

	if (bus_public_of(pair->secret_key, public_key) ||
		strcmp(public_key, pair->public_key) != 0)
		return reason_set(reason, ERR_INVALID, settings->key_file,
			"public and secret are not a pair");
	snprintf(settings->public_key, BUS_KEY_BYTES, "%s", pair->public_key);
	snprintf(settings->secret_key, BUS_KEY_BYTES, "%s", pair->secret_key);
	return ERR_OK;
}

enum err portal_settings_read_keys(struct portal_settings *settings, struct reason *reason)
{
	const struct settings_source source = {settings->key_file, key_table, 2, NULL, NULL};
	struct key_pair pair;
	struct arena arena;
	int fd;
	enum err err = secret_open(settings->key_file, &fd, reason);

	if (err)
		return err;
	close(fd);
	arena_init(&arena, (size_t)64 * 1024);
	err = settings_load(&source, &pair, &arena, reason);
	if (!err)
		err = take_pair(settings, &pair, reason);
	arena_done(&arena);
	return err;
}

/* Where the program lies, so do its files. */
static const char *find_web(struct arena *arena)
{
	char program[4096];
	ssize_t n = readlink("/proc/self/exe", program, sizeof(program) - 1);

	program[n > 0 ? n : 0] = '\0';
	const char *dir = dirname(program);
	const char *beside = arena_printf(arena, "%s/portal", dir);
	const char *shared = arena_printf(arena, "%s/../share/oneplan/portal", dir);
	return beside && access(beside, R_OK | X_OK) == 0 ? beside : shared;
}

/* Paths of the file as seen from here. */
static bool make_paths(struct portal_settings *settings)
{
	const char **paths[] = {
		&settings->state, &settings->town, &settings->operators, &settings->web};
	char key[SECRET_PATH_BYTES];
	bool good = true;

	secret_path(settings->dir, settings->key_file, key);
	settings->key_file = arena_copy(&settings->arena, key, strlen(key));
	if (!*settings->web)
		settings->web = find_web(&settings->arena);
	if (!settings->web || !settings->key_file)
		return false;
	for (size_t i = 0; i < sizeof(paths) / sizeof(paths[0]); i++) {
		if (**paths[i] != '/')
			*paths[i] =
				arena_printf(&settings->arena, "%s/%s", settings->dir, *paths[i]);
		good = good && *paths[i];
	}
	return good;
}

enum err portal_settings_load(
	struct portal_settings *settings, const char *path, struct reason *reason)
{
	const struct settings_source source = {
		path, table, sizeof(table) / sizeof(table[0]), NULL, NULL};
	struct arena arena;

	arena_init(&arena, (size_t)256 * 1024);
	*settings = (struct portal_settings){.name = ""};
	enum err err = settings_load(&source, settings, &arena, reason);
	settings->arena = arena;
	if (err)
		return err;
	char *copy = arena_copy(&settings->arena, path, strlen(path));
	settings->dir = copy ? dirname(copy) : NULL;
	if (!settings->dir || !make_paths(settings))
		return reason_set(reason, ERR_NO_MEMORY, "", "out of memory");
	if (log_level_of(settings->log_level) < 0)
		return reason_set(
			reason, ERR_INVALID, "log_level", "must be error, warning, info or debug");
	err = http_check_listen(settings->listen, "listen", reason);
	return err ? err : portal_settings_read_keys(settings, reason);
}

void portal_settings_done(struct portal_settings *settings)
{
	arena_done(&settings->arena);
}

const struct setting *portal_settings_table(size_t *ret_n)
{
	*ret_n = sizeof(table) / sizeof(table[0]);
	return table;
}

void portal_settings_describe(struct buffer *out)
{
	settings_describe(table, sizeof(table) / sizeof(table[0]), out);
}
