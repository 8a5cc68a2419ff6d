/* The settings file of a node: what every daemon has, and the service's own section. Reads the file
 * and the key files beside it. */
#include <libgen.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "common/daemon_private.h"
#include "common/http.h"
#include "common/secret.h"

static const struct setting node_table[] = {
	{"node", "name", SETTING_TEXT, offsetof(struct daemon_config, name), NULL, 1, 32,
		"name of this node, as the others know it"},
	{"node", "listen", SETTING_TEXT, offsetof(struct daemon_config, listen), NULL, 1, 200,
		"where clients and followers connect: tcp://address:port, port below 32768"},
	{"node", "state", SETTING_TEXT, offsetof(struct daemon_config, state), "state", 1, 200,
		"directory of the database and the data keys, on a local disk"},
	{"node", "key_file", SETTING_TEXT, offsetof(struct daemon_config, key_file), "node.key", 1,
		200, "this node's CURVE key pair, mode 0600"},
	{"node", "master_key_file", SETTING_TEXT, offsetof(struct daemon_config, master_key_file),
		"master.key", 1, 200, "the key that wraps the data keys, mode 0600"},
	{"node", "scrub", SETTING_MS, offsetof(struct daemon_config, scrub_ms), "24h", 0,
		INT64_C(366) * 86400000,
		"how long after its last check of itself a node begins the next; 0s: never by "
		"itself"},
	{"node", "backups", SETTING_TEXT, offsetof(struct daemon_config, backups), "", 0, 200,
		"backups may be written below this directory only; empty: wherever the node may "
		"write"},
	{"node", "log_level", SETTING_TEXT, offsetof(struct daemon_config, log_level), "info", 1,
		16, "error, warning, info or debug"},
	{"node", "heartbeat", SETTING_MS, offsetof(struct daemon_config, heartbeat_ms), "1s", 100,
		60000, "how often peers hear from each other at least"},
	{"node", "key_backups_kept", SETTING_MS, offsetof(struct daemon_config, key_backups_ms),
		"30d", 0, INT64_MAX,
		"how long backups of data keys are kept at most: what an erasure waits for"},
	{"node", "why_required", SETTING_BOOL, offsetof(struct daemon_config, why_required), "no",
		0, 0, "must staff say what they need it for when they read personal texts?"},
	{"node", "map_size", SETTING_BYTES, offsetof(struct daemon_config, map_bytes), "256GiB",
		4 << 20, INT64_C(1) << 46, "what the database can hold at most"},
	{"node", "busy_at", SETTING_INT, offsetof(struct daemon_config, busy_at), "70", 1, 99,
		"percent of map or disk in use from which commands of clients have to wait"},
	{"node", "stop_at", SETTING_INT, offsetof(struct daemon_config, stop_at), "85", 2, 100,
		"percent from which only acknowledgements and administration go on"},
	{"http", "listen", SETTING_TEXT, offsetof(struct daemon_config, http_listen), "", 0, 64,
		"where /metrics, /healthz and /readyz are shown to this host: 127.0.0.1:port or "
		"[::1]:port; empty: nowhere"},
	{"peer.*", "role", SETTING_TEXT, 0, NULL, 1, 24, "role of a peer that may connect"},
	{"peer.*", "public_key", SETTING_TEXT, 0, NULL, 40, 40, "its public key, Z85"},
	{"peer.*", "next_public_key", SETTING_TEXT, 0, "", 0, 40,
		"its next public key, while keys are exchanged: both are let in"},
	{"peer.*", "department", SETTING_TEXT, 0, "", 0, 32, "the department it belongs to"},
	{"follow.*", "role", SETTING_TEXT, 0, NULL, 1, 24, "role of a node that this one follows"},
	{"follow.*", "public_key", SETTING_TEXT, 0, NULL, 40, 40, "its public key, Z85"},
	{"follow.*", "next_public_key", SETTING_TEXT, 0, "", 0, 40,
		"its next public key, while keys are exchanged: both are tried"},
	{"follow.*", "endpoint", SETTING_TEXT, 0, NULL, 1, 200, "where it listens"},
};

enum {
	NODE_ROWS = sizeof(node_table) / sizeof(node_table[0]),
	NODE_BYTES = sizeof(struct daemon_config)
};

struct setting *daemon_settings(const struct daemon_program *program, size_t *ret_n)
{
	size_t n = NODE_ROWS + program->n_settings;
	struct setting *table = calloc(n, sizeof(*table));

	if (!table)
		return NULL;
	memcpy(table, node_table, sizeof(node_table));
	for (size_t i = 0; i < program->n_settings; i++) {
		table[NODE_ROWS + i] = program->settings[i];
		table[NODE_ROWS + i].offset += NODE_BYTES;
	}
	*ret_n = n;
	return table;
}

void daemon_config_describe(const struct daemon_program *program, struct buffer *out)
{
	size_t n;
	struct setting *table = daemon_settings(program, &n);

	if (table)
		settings_describe(table, n, out);
	free(table);
}

static uint32_t role_bit(const struct service *service, const char *role)
{
	for (size_t i = 0; i < service->n_peer_roles; i++)
		if (!strcmp(role, service->peer_roles[i].name))
			return service->peer_roles[i].bit;
	return 0;
}

static struct bus_peer *find_peer(struct daemon_config *config, const char *name)
{
	for (size_t i = 0; i < config->n_peers; i++)
		if (!strcmp(config->peers[i].name, name))
			return &config->peers[i];
	if (config->n_peers == MAX_PEERS || strlen(name) >= BUS_NAME_BYTES)
		return NULL;
	struct bus_peer *peer = &config->peers[config->n_peers++];
	strcpy(peer->name, name);
	return peer;
}

static int find_owner(struct daemon_config *config, const char *name)
{
	for (size_t i = 0; i < config->n_owners; i++)
		if (!strcmp(config->owners[i].name, name))
			return (int)i;
	if (config->n_owners == MAX_OWNERS)
		return -1;
	config->owners[config->n_owners].name = arena_copy(&config->arena, name, strlen(name));
	return (int)config->n_owners++;
}

static bool take_peer(
	struct daemon_config *config, const char *name, const char *key, const char *value)
{
	struct bus_peer *peer = find_peer(config, name);

	if (!peer)
		return false;
	if (!strcmp(key, "public_key"))
		snprintf(peer->key, sizeof(peer->key), "%s", value);
	else if (!strcmp(key, "next_public_key"))
		snprintf(config->next_keys[peer - config->peers], BUS_KEY_BYTES, "%s", value);
	else if (!strcmp(key, "department"))
		snprintf(peer->department, sizeof(peer->department), "%s", value);
	else {
		snprintf(peer->role, sizeof(peer->role), "%s", value);
		peer->role_bit = role_bit(config->program->service, value);
	}
	return true;
}

static bool take_owner(
	struct daemon_config *config, const char *name, const char *key, const char *value)
{
	int i = find_owner(config, name);
	const char *copy = arena_copy(&config->arena, value, strlen(value));

	if (i < 0 || !copy)
		return false;
	if (!strcmp(key, "public_key"))
		config->links[i].key = copy;
	else if (!strcmp(key, "next_public_key"))
		config->links[i].next_key = copy;
	else if (!strcmp(key, "endpoint"))
		config->links[i].endpoint = copy;
	else
		config->owners[i].role = role_bit(config->program->service, value);
	return true;
}

static bool take_item(void *ctx, const char *section, const char *name, const char *key,
	const char *value, struct reason *reason)
{
	struct daemon_config *config = ctx;
	bool peer = !strncmp(section, "peer", 4);

	if (!strcmp(key, "role") && role_bit(config->program->service, value) == 0) {
		(void)reason_set(reason, ERR_INVALID, "", "%s is no role", value);
		return false;
	}
	if (peer ? take_peer(config, name, key, value) : take_owner(config, name, key, value))
		return true;
	(void)reason_set(
		reason, ERR_INVALID, "", "too many sections, or too long a name: %s", name);
	return false;
}

char *daemon_path(struct daemon_config *config, const char *path)
{
	return path[0] == '/' ? arena_printf(&config->arena, "%s", path)
			      : arena_printf(&config->arena, "%s/%s", config->dir, path);
}

static const char *secret_at(struct daemon_config *config, const char *path)
{
	char at[SECRET_PATH_BYTES];

	secret_path(config->dir, path, at);
	return arena_copy(&config->arena, at, strlen(at));
}

struct key_pair {
	const char *public_key, *secret_key;
};

static const struct setting key_table[] = {
	{"key", "public", SETTING_TEXT, offsetof(struct key_pair, public_key), NULL, 40, 40, "Z85"},
	{"key", "secret", SETTING_TEXT, offsetof(struct key_pair, secret_key), NULL, 40, 40, "Z85"},
};

static enum err read_keys(struct daemon_config *config, struct reason *reason)
{
	const struct settings_source source = {
		secret_at(config, config->key_file), key_table, 2, NULL, NULL};
	char public_key[BUS_KEY_BYTES];
	struct key_pair pair;
	int fd;

	if (!source.path)
		return reason_set(reason, ERR_NO_MEMORY, "", "out of memory");
	enum err err = secret_open(source.path, &fd, reason);
	if (err)
		return err;
	close(fd);
	err = settings_load(&source, &pair, &config->arena, reason);
	if (err)
		return err;
	if (bus_public_of(pair.secret_key, public_key) || strcmp(public_key, pair.public_key) != 0)
		return reason_set(
			reason, ERR_INVALID, source.path, "public and secret are not a pair");
	snprintf(config->public_key, sizeof(config->public_key), "%s", pair.public_key);
	snprintf(config->secret_key, sizeof(config->secret_key), "%s", pair.secret_key);
	return ERR_OK;
}

/* Nodes among the peers are followers; what a node is, its role tells. */
static void collect_followers(struct daemon_config *config)
{
	const struct service *service = config->program->service;

	for (size_t i = 0; i < config->n_peers; i++) {
		struct bus_peer *peer = &config->peers[i];
		peer->kind = peer->role_bit & service->node_peers ? BUS_NODE : BUS_CLIENT;
		if (peer->kind == BUS_NODE)
			config->followers[config->n_followers++] =
				(struct engine_peer){peer->name, peer->role_bit};
	}
}

static void add_next_keys(struct daemon_config *config)
{
	size_t n = config->n_peers;

	for (size_t i = 0; i < n; i++) {
		if (!config->next_keys[i][0])
			continue;
		struct bus_peer *next = &config->peers[config->n_peers++];
		*next = config->peers[i];
		memcpy(next->key, config->next_keys[i], sizeof(next->key));
	}
}

static bool same_value(const struct setting *setting, const void *a, const void *b)
{
	const char *text_a, *text_b;

	a = (const char *)a + setting->offset;
	b = (const char *)b + setting->offset;
	if (setting->type == SETTING_BOOL)
		return memcmp(a, b, sizeof(bool)) == 0;
	if (setting->type != SETTING_TEXT)
		return memcmp(a, b, sizeof(int64_t)) == 0;
	memcpy(&text_a, a, sizeof(text_a));
	memcpy(&text_b, b, sizeof(text_b));
	return !strcmp(text_a ? text_a : "", text_b ? text_b : "");
}

/* Of the node's own settings those are left out that daemon_reload takes over. */
static bool at_start_only(const struct setting *setting)
{
	return !strchr(setting->section, '*') && strcmp(setting->key, "key_file") != 0 &&
	       strcmp(setting->key, "log_level") != 0;
}

size_t daemon_config_differs(
	const struct daemon_config *a, const struct daemon_config *b, const char **ret, size_t max)
{
	size_t n = 0;

	for (size_t i = 0; i < NODE_ROWS && n < max; i++)
		if (at_start_only(&node_table[i]) && !same_value(&node_table[i], a, b))
			ret[n++] = node_table[i].key;
	return n;
}

const char *daemon_config_service_differs(
	const struct daemon_config *a, const struct daemon_config *b)
{
	const struct daemon_program *program = a->program;

	for (size_t i = 0; i < program->n_settings; i++)
		if (!strchr(program->settings[i].section, '*') &&
			!same_value(&program->settings[i], a->service, b->service))
			return program->settings[i].key;
	return NULL;
}

/* What would be found only when half of the settings are in force already. */
static enum err check_links(const struct daemon_config *config, struct reason *reason)
{
	enum err err = ERR_OK;

	for (size_t i = 0; i < config->n_owners && !err; i++) {
		const struct bus_link_options options = {.node = config->owners[i].name,
			.endpoint = config->links[i].endpoint,
			.server_key = config->links[i].key,
			.next_key = config->links[i].next_key};
		err = bus_link_check(&options, reason);
		if (err)
			reason_prefix(reason, config->owners[i].name, -1);
	}
	return err;
}

static enum err check_config(struct daemon_config *config, struct reason *reason)
{
	if (log_level_of(config->log_level) < 0)
		return reason_set(
			reason, ERR_INVALID, "log_level", "must be error, warning, info or debug");
	if (*config->http_listen && http_check_listen(config->http_listen, "http.listen", reason))
		return ERR_INVALID;
	if (config->busy_at >= config->stop_at)
		return reason_set(reason, ERR_INVALID, "busy_at", "must be less than stop_at");
	config->state = daemon_path(config, config->state);
	if (*config->backups)
		config->backups = daemon_path(config, config->backups);
	config->master_key_file = secret_at(config, config->master_key_file);
	if (!config->state || !config->master_key_file || !config->backups)
		return reason_set(reason, ERR_NO_MEMORY, "", "out of memory");
	enum err err = read_keys(config, reason);
	if (!err)
		err = check_links(config, reason);
	if (!err && config->program->ready)
		err = config->program->ready(config->service, config->dir, reason);
	return err;
}

enum err daemon_config_load(struct daemon_config *config, const struct daemon_program *program,
	const char *path, struct reason *reason)
{
	size_t n;
	struct setting *table = daemon_settings(program, &n);
	struct daemon_config *both = calloc(1, NODE_BYTES + program->settings_bytes);
	char *copy = strdup(path);
	enum err err = ERR_NO_MEMORY;

	if (table && both && copy) {
		arena_init(&both->arena, (size_t)4 * 1024 * 1024);
		both->program = program;
		both->dir = arena_printf(&both->arena, "%s", dirname(copy));
		const struct settings_source source = {path, table, n, take_item, both};
		err = settings_load(&source, both, &both->arena, reason);
		*config = *both;
		config->service = arena_copy(&config->arena, both + 1, program->settings_bytes);
		if (!err)
			err = check_config(config, reason);
		if (!err)
			collect_followers(config);
		if (!err)
			add_next_keys(config);
		if (!err)
			err = bus_check_peers(config->peers, config->n_peers, reason);
	} else {
		*config = (struct daemon_config){0};
		(void)reason_set(reason, err, "", "out of memory");
	}
	free(table);
	free(both);
	free(copy);
	return err;
}

void daemon_config_done(struct daemon_config *config)
{
	arena_done(&config->arena);
}

struct engine_options daemon_engine_options(const struct daemon *daemon)
{
	const struct daemon_config *config = &daemon->config;

	return (struct engine_options){.service = daemon->program->service,
		.settings = config->service,
		.node = config->name,
		.followers = config->followers,
		.n_followers = config->n_followers,
		.owners = config->owners,
		.n_owners = config->n_owners,
		.key_backups_ms = config->key_backups_ms,
		.why_required = config->why_required,
		.clock = daemon->clock,
		.random = daemon->random,
		.keyring = daemon->keyring,
		.spare_keys = daemon->spare_keys,
		.scrub_ms = config->scrub_ms,
		.busy_at = config->busy_at,
		.stop_at = config->stop_at,
		.store = daemon->store};
}
