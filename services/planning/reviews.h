/* Reviews: the department and the citizen look at the plan again; how many hours a week the citizen
 * has; and the question what they say about it all.
 *
 *      planned --> held | cancelled */
#ifndef SERVICES_PLANNING_REVIEWS_H
#define SERVICES_PLANNING_REVIEWS_H

#include "services/planning/change.h"

enum err reviews_decide_schedule(struct decision *d, const void *command);
/* The next one, too, where it is named: one version. */
enum err reviews_decide_hold(struct decision *d, const void *command);
enum err reviews_decide_cancel(struct decision *d, const void *command);
enum err reviews_decide_hours(struct decision *d, const void *command);

/* One that is planned is work until it is held or cancelled; not an import from before whose time
 * has passed. */
void reviews_apply_planned(struct fold *fold, const struct record *record, const void *event);
void reviews_apply_held(struct fold *fold, const struct record *record, const void *event);
void reviews_apply_cancelled(struct fold *fold, const struct record *record, const void *event);
/* weekly_hours_set: in the part's row, unless they said something later. */
void reviews_apply_hours(struct fold *fold, const struct record *record, const void *event);

/* Own state: those of the plan that are planned are work again, when its part is open anew. */
void reviews_find_work(struct fold *fold, struct uuid plan);

#endif
