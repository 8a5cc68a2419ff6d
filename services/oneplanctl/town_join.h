/* The settings of the nodes on this machine, changed so that they know others, or no longer do: who
 * follows whom is a rule over roles (town_files.h). */
#ifndef SERVICES_ONEPLANCTL_TOWN_JOIN_H
#define SERVICES_ONEPLANCTL_TOWN_JOIN_H

#include "services/oneplanctl/ctl.h"

enum { JOIN_FILES = TOWN_NODES + 1 };

struct join_file {
	const char *node; /* NULL: town.ini */
	const char *path, *before, *text;
};

/* What is to be changed. Every file is worked out before the first one is written, and of each a
 * copy is kept beside it, FILE.before-TIME. */
struct joining {
	struct ctl *ctl; /* its town is open */
	bool replace;    /* also where another key or address stands */
	struct join_file files[JOIN_FILES];
	size_t n;
	struct reason reason;
};

/* Reads what there is. */
enum err join_begin(struct joining *joining, struct ctl *ctl) MUST_USE;
/* Lets every node here, and town.ini, know that one. ERR_CONFLICT: they know another one of that
 * name, and it is not to be replaced. elsewhere: others run it. */
enum err join_add(struct joining *joining, const struct town_node *node, bool elsewhere) MUST_USE;
/* Lets all forget the node of that name. */
enum err join_remove(struct joining *joining, const char *name) MUST_USE;
/* Gives a node another address, in town.ini and with all; its own settings too when they are here.
 */
enum err join_move(struct joining *joining, const char *name, const char *endpoint) MUST_USE;
bool join_changed(const struct join_file *file);
/* Writes what changed. */
enum err join_write(struct joining *joining) MUST_USE;

#endif
