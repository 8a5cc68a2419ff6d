/* Reads town.ini and keeps a connection to each node in it. */
#include "services/portal/nodes.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>

#include "common/town.h"

static enum err take_place(struct nodes *nodes, const struct town_node *from, struct reason *reason)
{
	struct portal_node *node = nodes_find(nodes, from->name);

	if (!node && nodes->n == NODES_MAX)
		return reason_set(reason, ERR_LIMIT, "", "%s is one node too many", from->name);
	if (!node) {
		node = &nodes->at[nodes->n++];
		*node = (struct portal_node){.caller = NULL};
		snprintf(node->name, sizeof(node->name), "%s", from->name);
	}
	snprintf(node->role, sizeof(node->role), "%s", from->role);
	snprintf(node->endpoint, sizeof(node->endpoint), "%s", from->endpoint);
	snprintf(node->key, sizeof(node->key), "%s", from->public_key);
	node->elsewhere = from->elsewhere;
	return ERR_OK;
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
	struct arena arena;
	struct town town;
	struct stat st;

	if (stat(from->path, &st))
		return reason_set(reason, ERR_NOT_FOUND, from->path, "%s", strerror(errno));
	if (st.st_mtim.tv_sec == nodes->read.tv_sec && st.st_mtim.tv_nsec == nodes->read.tv_nsec)
		return ERR_OK;
	arena_init(&arena, (size_t)256 * 1024);
	enum err err = town_read(from->path, &arena, &town, reason);
	for (size_t i = 0; i < town.n && !err; i++)
		err = take_place(nodes, &town.nodes[i], reason);
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
