/* Work: what people of the department must do, each piece with a due time; one list of all of it.
 *
 * 1. A commitment or review is work of its own: its apply puts and removes the row (plan_work_put).
 * What comes from outside is opened, taken, late and done by events.
 * 2. The id of such work is a hash of its kind and cause, so that the same cause never makes two.
 * 3. Work is that of the part's worker and team, whoever they are, unless somebody took it or was
 *    named for it.
 * 4. There is a row only as long as it waits. A part that is closed has no work, but a proposal
 *    and a question about capacity wait to be answered, and an erasure to be decided on, whether
 *    there is an open part or not. */
#ifndef SERVICES_PLANNING_WORK_H
#define SERVICES_PLANNING_WORK_H

#include "services/planning/trees.h"

struct work_order {
	enum plan_work_kind kind;
	struct uuid item;   /* what it is about */
	struct uuid detail; /* which cause, where there can be several for one item; nil: one */
	struct uuid plan;   /* nil: none */
	struct uuid citizen;
	int64_t due, opened_at;
	const struct plan_part *opened; /* a part that the same decision opens; NULL: none */
};

struct uuid plan_work_id(enum plan_work_kind kind, struct uuid item, struct uuid detail);

/* Emits plan_work_opened unless it is open already, or its part is not. */
void plan_work_open(struct decision *d, const struct work_order *order);
/* Emits plan_work_done if it is open. */
void plan_work_close(struct decision *d, struct uuid work);
/* All of that kind in the own part of the plan; about: only what is about that item, nil: all;
 * until: only what was opened up to then, 0: all. */
struct work_which {
	enum plan_work_kind kind;
	struct uuid about;
	int64_t until;
};
void plan_work_close_kind(struct decision *d, struct uuid plan, const struct work_which *which);
/* All that ends with the own part. */
void plan_work_close_part(struct decision *d, struct uuid plan);
/* For the worker of a part that has none. */
void plan_work_open_for_worker(
	struct decision *d, const struct plan_part *opened, int64_t opened_at);

bool plan_work_find(struct state *state, struct uuid work, struct plan_work_row *ret);

enum err plan_work_decide_take(struct decision *d, const void *command);
/* ERR_CONFLICT naming `work` where an answer ends it, and which command gives that. */
enum err plan_work_decide_finish(struct decision *d, const void *command);
enum err plan_work_decide_due(struct decision *d, struct uuid work, int64_t due);

void plan_work_apply_opened(struct fold *fold, const struct record *record, const void *event);
void plan_work_apply_taken(struct fold *fold, const struct record *record, const void *event);
void plan_work_apply_overdue(struct fold *fold, const struct record *record, const void *event);
void plan_work_apply_done(struct fold *fold, const struct record *record, const void *event);

/* Own state. A row under the same id keeps who took it. Its team is that of the open part, and so
 * is its worker unless the row names one. */
void plan_work_put(struct fold *fold, const struct plan_work_row *row);
void plan_work_remove(struct fold *fold, struct uuid plan, struct uuid work);
/* All of the plan's that ends with the part. */
void plan_work_forget(struct fold *fold, struct uuid plan);
/* Before its rows move with their plan. */
void plan_work_unindex(struct fold *fold, struct uuid plan);
/* After that, or when the part has another worker or team. */
void plan_work_follow(struct fold *fold, struct uuid plan);
/* What names the one worker names the other. */
void plan_work_change_hands(struct fold *fold, const struct worker_assigned *assigned);

#endif
