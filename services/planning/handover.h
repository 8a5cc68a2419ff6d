/* Everything of one worker handed to another: the parts they are responsible for and whatever of
 * the department's parts is theirs and goes on. TREE_WORKER says in which open parts a worker is
 * named; it may name one too many, never one too few. */
#ifndef SERVICES_PLANNING_HANDOVER_H
#define SERVICES_PLANNING_HANDOVER_H

#include "services/planning/trees.h"

/* Part by part: worker_assigned with instead_of. Work outside of parts: plan_work_taken. */
enum err handover_decide(struct decision *d, const void *command);

/* Replaces the worker in the plan's rows, received ones too. */
void handover_apply(struct fold *fold, const struct worker_assigned *assigned);

/* Own state; does nothing in what was received. The worker is named in the plan. */
void handover_note(struct fold *fold, struct text worker, struct uuid plan);
/* Whoever the item of that tree names. */
void handover_note_item(struct fold *fold, unsigned tree, const void *row);
/* All who are named in the plan, when its part is there again or its rows have moved; and when it
 * is there no more. */
void handover_note_all(struct fold *fold, struct uuid plan);
void handover_forget(struct fold *fold, struct uuid plan);

#endif
