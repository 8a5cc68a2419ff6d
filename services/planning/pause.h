/* Sharing on consent pauses while the entrance, where it may have been withdrawn, was not heard
 * from for too long; other bases go on (I10).
 *
 *      sharing --(a change while nothing was heard)--> paused --(heard again)--> sharing
 *
 * 1. A plan is paused before the first record of it that is not told on consent for this reason.
 * 2. What was written while it was paused is disclosed when it resumes. */
#ifndef SERVICES_PLANNING_PAUSE_H
#define SERVICES_PLANNING_PAUSE_H

#include "services/planning/change.h"

/* Is what is known of consents recent enough to tell anything on them? */
bool pause_is_over(const struct state *state, int64_t now);

/* Pauses the plan when it must be; before the change's own events. */
void pause_begin(struct change *c);

/* Resumes, or goes on pausing. */
enum err pause_decide_due(struct decision *d, struct uuid plan, int64_t due);

void pause_apply_paused(struct fold *fold, const struct record *record, const void *event);
void pause_apply_resumed(struct fold *fold, const struct record *record, const void *event);

#endif
