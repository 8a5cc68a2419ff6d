/* Commitments: who does what by when. The citizen's and the municipality's are treated alike.
 *
 *      open --> kept | released
 *        +----> overdue --> kept | released */
#ifndef SERVICES_PLANNING_COMMITMENTS_H
#define SERVICES_PLANNING_COMMITMENTS_H

#include "services/planning/trees.h"

enum err commitments_decide_make(struct decision *d, const void *command);
enum err commitments_decide_keep(struct decision *d, const void *command);
enum err commitments_decide_release(struct decision *d, const void *command);
/* Everything of the plan that is due. */
enum err commitments_decide_due(struct decision *d, struct uuid plan, int64_t due);

void commitments_apply_made(struct fold *fold, const struct record *record, const void *event);
void commitments_apply_kept(struct fold *fold, const struct record *record, const void *event);
void commitments_apply_released(struct fold *fold, const struct record *record, const void *event);
void commitments_apply_overdue(struct fold *fold, const struct record *record, const void *event);

/* Own state: what is due of a plan is watched no more, or, from its rows, again. */
void commitments_forget_due(struct fold *fold, struct uuid plan);
/* All that wait are work again; watched are those due at `since` or later. */
void commitments_find_due(
	struct fold *fold, const struct record *record, struct uuid plan, int64_t since);

/* As it is shown: overdue once its due time has passed, whatever the clock has told the node. */
void commitment_show(struct plan_commitment *commitment, int64_t now);

#endif
