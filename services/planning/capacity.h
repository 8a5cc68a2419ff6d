/* Questions about capacity: has another department room for a kind of help? About nobody, so nobody
 * must allow it; only the two departments hear of it. */
#ifndef SERVICES_PLANNING_CAPACITY_H
#define SERVICES_PLANNING_CAPACITY_H

#include "services/planning/trees.h"

enum err capacity_decide_ask(struct decision *d, const void *command);
enum err capacity_decide_answer(struct decision *d, const void *command);

void capacity_apply_asked(struct fold *fold, const struct record *record, const void *event);
/* A later answer takes the place of an earlier one. */
void capacity_apply_answered(struct fold *fold, const struct record *record, const void *event);

enum err capacity_react_asked(struct decision *d, const struct record *record, const void *event);

enum err capacity_list(struct question *q, const void *query, void *ret_reply);

#endif
