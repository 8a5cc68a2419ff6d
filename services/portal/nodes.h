/* The nodes of the town that the portal asks: where they are, from town.ini, and a connection to
 * each. */
#ifndef SERVICES_PORTAL_NODES_H
#define SERVICES_PORTAL_NODES_H

#include <time.h>

#include "common/caller.h"

enum { NODES_MAX = 64, NODE_TEXT = 256 };

struct portal_node {
	char name[BUS_NAME_BYTES];
	char role[BUS_NAME_BYTES];
	char endpoint[NODE_TEXT];
	char key[BUS_KEY_BYTES];
	bool elsewhere; /* others run it: it is not asked */
	struct caller *caller;
};

struct nodes {
	struct portal_node at[NODES_MAX];
	size_t n;
	struct timespec read; /* when the file was changed last, as read */
};

struct nodes_from {
	const char *path; /* of town.ini */
	struct bus *bus;
	struct loop *loop;
	struct clock clock;
};

/* Reads the file when it changed since the last time: new nodes are connected to, others moved to
 * where they are now. One that is not in it any more stays until the portal starts again. */
enum err nodes_refresh(
	struct nodes *nodes, const struct nodes_from *from, struct reason *reason) MUST_USE;
void nodes_close(struct nodes *nodes);
/* NULL: none of that name, or role. */
struct portal_node *nodes_find(struct nodes *nodes, const char *name);
struct portal_node *nodes_of_role(struct nodes *nodes, const char *role);

#endif
