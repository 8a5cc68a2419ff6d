/* Conflicts as they are shown, with what was decided about them. They are found when it is asked
 * for, among what may be seen here then: they vanish with their cause, and with a consent.
 *
 *      open --> acknowledged | solved | waived (as decided last) --> over, when its time has
 * passed, unless it was solved or waived; a conflict that comes again at another time is open */
#ifndef SERVICES_PLANNING_FATES_H
#define SERVICES_PLANNING_FATES_H

#include "services/planning/change.h"
#include "services/planning/conflict_kinds.h"

enum { CONFLICTS_SHOWN = 24, FATES_SHOWN = 8, OVER_DAYS = 30 };

/* settle_conflict: one that is seen now; to waive it needs a reason. */
enum err fates_decide_settle(struct decision *d, const void *command);

struct showing {
	struct state *state; /* the node's own */
	struct uuid plan;
	int64_t now;
};

/* The weightiest, at most CONFLICTS_SHOWN, into room for so many; *ret_more: there are more. The
 * hours a week that the citizen has come along. */
size_t fates_show(const struct showing *what, struct conflict_view *ret, bool *ret_more,
	int64_t *ret_weekly_hours);

#endif
