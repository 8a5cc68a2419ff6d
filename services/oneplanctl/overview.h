/* How all nodes of the town are, asked one after the other; those that do not answer are part of
 * it. */
#ifndef SERVICES_ONEPLANCTL_OVERVIEW_H
#define SERVICES_ONEPLANCTL_OVERVIEW_H

#include "common/admin.h"
#include "services/oneplanctl/ask.h"
#include "services/oneplanctl/output.h"

/* One node. Texts lie in the arena given to overview_look. */
struct node_view {
	const struct town_node *node;
	bool up;
	struct reason reason; /* when it is not */
	struct status_reply status;
	struct queue_list queues;
	int64_t clock_ahead_ms; /* its clock before ours */
	struct client *client;  /* kept from one look to the next */
};

struct overview {
	struct ctl *ctl;
	struct node_view views[TOWN_NODES];
	size_t n;
	const char *without; /* a node that is left out, as owner and as follower; NULL: none */
	int64_t depth;       /* records that wait for followers, all together */
	size_t down;         /* nodes that do not answer */
};

/* Reads the town; asks nobody yet. */
enum err overview_init(struct overview *overview, struct ctl *ctl, struct reason *reason) MUST_USE;
/* ERR_NOT_FOUND: no such node. */
enum err overview_leave_out(
	struct overview *overview, const char *node, struct reason *reason) MUST_USE;
void overview_done(struct overview *overview);

/* Asks every node. */
void overview_look(struct overview *overview, struct arena *arena);

/* NULL: no such node, or down. */
const struct node_view *overview_find(const struct overview *overview, struct text name);

/* The failure of a node that is down, as a record that points into the view. */
struct ctl_failure overview_failure(const struct node_view *view);

/* Prints {"node": ..., ...}; write gives the record of one view. Returns an exit code. */
int overview_print_json(struct overview *overview, const struct schema *schema,
	const void *(*write)(struct overview *overview, const struct node_view *view));

#endif
