/* A backup of a running node, and the program of a node on this host. */
#ifndef SERVICES_ONEPLANCTL_BACKUP_H
#define SERVICES_ONEPLANCTL_BACKUP_H

#include "common/admin.h"
#include "services/oneplanctl/ctl.h"

enum { PATH_BYTES = 4096 };

/* Lets the node copy itself into dir, on its host; wait: until the copy is checked. What the state
 * points at lies in the arena. */
struct backup_making {
	const struct town_node *node;
	const char *dir;
	bool wait;
	struct arena *arena;
};
enum err backup_make(struct ctl *ctl, const struct backup_making *how, struct backup_state *ret,
	struct reason *reason) MUST_USE;

/* The node's settings file and program; 0, or the exit code of what was said to be wrong. */
int backup_find_program(struct ctl *ctl, const struct town_node *node, char ret_program[PATH_BYTES],
	char ret_config[PATH_BYTES]);

#endif
