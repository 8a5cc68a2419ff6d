/* Conflicts as a department says that it found them: a record when it sees one in which it takes
 * part, or any while it coordinates; another when that one is otherwise or gone. They are for
 * reporting, notification and the archive only: every department finds for itself, and what is
 * shown is found when it is asked for (fates.h).
 *
 * 1. TREE_CONFLICT has what was said last of every conflict that is not gone; TREE_CONFLICT_ITEM
 *    each of its items. */
#ifndef SERVICES_PLANNING_CONFLICTS_H
#define SERVICES_PLANNING_CONFLICTS_H

#include "services/planning/change.h"
#include "services/planning/conflict_kinds.h"

/* Looks at the plan as it will be with the override, and at other plans that share somebody with
 * the appointment in it. To be called behind the events of the change. */
void conflicts_look(struct change *c, const struct override *override);

/* The own part is closed by the change: what it does is in nobody's way any more. */
void conflicts_look_at_end(struct change *c);
/* That consent of the citizen has ended, or does so now: what was seen on it is gone, in their
 * plans and beside them. */
void conflicts_look_without(struct decision *d, struct uuid citizen, struct uuid consent);

/* After another department's record on something that may be in the way. */
enum err conflicts_react(struct decision *d, const struct record *record, const void *event);

void conflicts_apply_found(struct fold *fold, const struct record *record, const void *event);
void conflicts_apply_gone(struct fold *fold, const struct record *record, const void *event);

/* Around a change of the plan's id. */
void conflicts_forget_items(struct fold *fold, struct uuid plan);
void conflicts_find_items(struct fold *fold, struct uuid plan);

#endif
