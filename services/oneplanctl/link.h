/* One link between a node of this machine and another one, gone along step by step. */
#ifndef SERVICES_ONEPLANCTL_LINK_H
#define SERVICES_ONEPLANCTL_LINK_H

#include "services/oneplanctl/ctl.h"
#include "services/oneplanctl/output.h"

struct link {
	struct ctl *ctl;
	const struct town_node *node, *other; /* node is here */
	struct ctl_link said;                 /* steps up to the first that is not good */
	bool unreachable;                     /* that one was that a node cannot be reached */
};

/* Fills said; its texts lie in the arena of ctl. */
void link_check(struct link *link);

#endif
