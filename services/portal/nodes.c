/* Reads town.ini and keeps a connection to each node in it. */
#include "services/portal/nodes.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>

#include "common/settings.h"

static const struct setting table[] = {
	{"node.*", "endpoint", SETTING_TEXT, 0, NULL, 1, 200, "where it listens"},
	{"node.*", "public_key", SETTING_TEXT, 0, NULL, 40, 40, "its public key, Z85"},
	{"node.*", "role", SETTING_TEXT, 0, NULL, 1, 24, "what kind of node it is"},
	{"node.*", "department", SETTING_TEXT, 0, "", 0, 32, "the department it belongs to"},
	{"node.*", "elsewhere", SETTING_BOOL, 0, "no", 0, 0, "is it on another machine?"},
};
enum { ROWS = sizeof(table) / sizeof(table[0]) };

static bool is_name(const char *name)
{
	return name[0] && strlen(name) < BUS_NAME_BYTES &&
	       name[strspn(name, "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789"
				 "._-")] == '\0';
}

static bool take_item(void *ctx, const char *section, const char *name, const char *key,
	const char *value, struct reason *reason)
{
	struct nodes *nodes = ctx;
	struct portal_node *node = nodes_find(nodes, name);

	(void)section;
	if (!is_name(name) || (!node && nodes->n == NODES_MAX)) {
		(void)reason_set(
			reason, ERR_INVALID, "", "%.40s is no name, or one too many", name);
		return false;
	}
	if (!node) {
		node = &nodes->at[nodes->n++];
		*node = (struct portal_node){.caller = NULL};
		snprintf(node->name, sizeof(node->name), "%s", name);
	}
	if (!strcmp(key, "endpoint"))
		snprintf(node->endpoint, sizeof(node->endpoint), "%s", value);
	else if (!strcmp(key, "public_key"))
		snprintf(node->key, sizeof(node->key), "%s", value);
	else if (!strcmp(key, "elsewhere"))
		node->elsewhere = !strcmp(value, "yes");
	else if (!strcmp(key, "role"))
		snprintf(node->role, sizeof(node->role), "%s", value);
	return true;
}

static enum err connect_to(
	struct portal_node *node, const struct nodes_from *from, struct reason *reason)
{
	const struct caller_options options = {.loop = from->loop,
		.node = node->name,
		.endpoint = node->endpoint,
		.server_key = node->key,
		.clock = from->clock};

	if (node->elsewhere)
		return ERR_OK;
	if (node->caller)
		return caller_move(node->caller, &options, reason);
	return caller_open(from->bus, &options, &node->caller, reason);
}

enum err nodes_refresh(struct nodes *nodes, const struct nodes_from *from, struct reason *reason)
{
	const struct settings_source source = {from->path, table, ROWS, take_item, nodes};
	struct arena arena;
	struct stat st;
	char nothing;

	if (stat(from->path, &st))
		return reason_set(reason, ERR_NOT_FOUND, from->path, "%s", strerror(errno));
	if (st.st_mtim.tv_sec == nodes->read.tv_sec && st.st_mtim.tv_nsec == nodes->read.tv_nsec)
		return ERR_OK;
	arena_init(&arena, (size_t)256 * 1024);
	enum err err = settings_load(&source, &nothing, &arena, reason);
	arena_done(&arena);
	for (size_t i = 0; i < nodes->n && !err; i++)
		err = connect_to(&nodes->at[i], from, reason);
	if (!err)
		nodes->read = st.st_mtim;
	return err;
}

void nodes_close(struct nodes *nodes)
{
	for (size_t i = 0; i < nodes->n; i++)
		caller_close(nodes->at[i].caller);
	nodes->n = 0;
}

struct portal_node *nodes_find(struct nodes *nodes, const char *name)
{
	for (size_t i = 0; i < nodes->n; i++)
		if (!strcmp(nodes->at[i].name, name))
			return &nodes->at[i];
	return NULL;
}

struct portal_node *nodes_of_role(struct nodes *nodes, const char *role)
{
	for (size_t i = 0; i < nodes->n; i++)
		if (!strcmp(nodes->at[i].role, role))
			return &nodes->at[i];
	return NULL;
}
