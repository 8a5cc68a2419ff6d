/* Measures: what a department, or a volunteer offer, does towards goals, other departments'
 * included. */
#ifndef SERVICES_PLANNING_MEASURES_H
#define SERVICES_PLANNING_MEASURES_H

#include "services/planning/change.h"

enum err measures_decide_add(struct decision *d, const void *command);
/* Leaving one early needs a reason. */
enum err measures_decide_set_state(struct decision *d, const void *command);
void measures_apply_state_set(struct fold *fold, const struct record *record, const void *event);

#endif
