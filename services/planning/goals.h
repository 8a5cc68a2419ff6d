/* Goals in somebody's own words, and the steps towards them. A goal belongs to the department that
 * wrote it down; its life areas stay, since they decide who may know it. */
#ifndef SERVICES_PLANNING_GOALS_H
#define SERVICES_PLANNING_GOALS_H

#include "services/planning/change.h"

/* A goal of this department, or one of another that may be seen here. ERR_NOT_FOUND naming `goal`.
 */
enum err goal_require(struct change *c, struct uuid goal, struct plan_goal *ret) MUST_USE;

/* The life areas of all goals served, other departments' included: whoever may know what serves
 * them may know them all. Fills in ret->life_areas. ERR_NOT_FOUND naming `goals[i]`. */
struct goal_list {
	size_t n;
	const struct uuid *at;
};
enum err goals_collect_areas(
	struct change *c, const struct goal_list *goals, struct item_head *ret) MUST_USE;

enum err goals_decide_state(struct decision *d, const void *command);
enum err goals_decide_change(struct decision *d, const void *command);
enum err goals_decide_set_state(struct decision *d, const void *command);
enum err goals_decide_add_step(struct decision *d, const void *command);
enum err goals_decide_finish_step(struct decision *d, const void *command);

void goals_apply_changed(struct fold *fold, const struct record *record, const void *event);
void goals_apply_state_set(struct fold *fold, const struct record *record, const void *event);
void goals_apply_step_finished(struct fold *fold, const struct record *record, const void *event);

#endif
