/* What the citizen says about the plan, where goals are on the scale, and private notes. An answer
 * is never changed: a later one stands beside it, and a disagreement stays with its goal. */
#ifndef SERVICES_PLANNING_ANSWERS_H
#define SERVICES_PLANNING_ANSWERS_H

#include "services/planning/change.h"

/* One plan_answered for the plan as a whole and one a goal; about another department's goal it is a
 * word to that department, whatever consent there is. */
enum err answers_decide_answer(struct decision *d, const void *command);
enum err answers_decide_progress(struct decision *d, const void *command);
/* The citizen is to be asked about the part as it stands. */
enum err answers_decide_ask(struct decision *d, const void *command);
enum err answers_decide_note(struct decision *d, const void *command);

/* progress_recorded: the goal's present place, too, where it is one of the same department. */
void answers_apply_progress(struct fold *fold, const struct record *record, const void *event);
/* A disagreement about a goal of this department is work for whoever is responsible for the part,
 * until somebody is done with it or a later answer agrees; so is one that was heard. */
enum err answers_react_answered(struct decision *d, const struct record *record, const void *event);
void answers_apply_note(struct fold *fold, const struct record *record, const void *event);

#endif
