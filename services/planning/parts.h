/* The department's part of a plan: opened on a referral, or by the department itself while the
 * entrance is away; extended, joined to the citizen's one plan, closed.
 *
 *      plan_referred --> open --> closed --> (referred again) open
 *      open_part --> open, provisional --> settled by the entrance's plan_joined
 *
 * A part that is opened anew keeps what is not of the earlier opening: its team, and the hours a
 * week that the citizen has. What waited when it was closed is work again; what fell due meanwhile
 * is overdue on the list, and nobody is told.
 *
 * 1. The department believes that it coordinates exactly while its part is open and has a term,
 *    which only a coordinator_registered for that very opening gives it (I14). */
#ifndef SERVICES_PLANNING_PARTS_H
#define SERVICES_PLANNING_PARTS_H

#include "services/planning/trees.h"

bool part_get(struct state *state, struct uuid plan, struct plan_part *ret);
/* The plan that a provisional id became part of; any other id as it is. */
struct uuid part_plan(struct state *state, struct uuid plan);
/* What it is about with these areas, too; in room for PART_AREAS of them. */
enum { PART_AREAS = 12 };
struct part_areas {
	size_t n;
	const enum life_area *at;
};
void part_extend(struct plan_part *part, const struct part_areas *with, enum life_area *room);
/* The newest own plan of the citizen; nil: none. */
struct uuid part_plan_of(struct state *state, struct uuid citizen);

/* The part after an event: its version, its place among the citizen's plans, who may see it. In
 * what was received the row is made if there is none. */
void part_touch(struct fold *fold, const struct record *record, const void *event);
void part_put(struct fold *fold, const struct plan_part *part);
/* The row as the event finds it, or a new one. */
void part_load(
	struct fold *fold, const struct record *record, const void *event, struct plan_part *ret);

enum err parts_decide_open(struct decision *d, const void *command);
enum err parts_decide_assign(struct decision *d, const void *command);
enum err parts_decide_support(struct decision *d, const void *command);
enum err parts_decide_close(struct decision *d, const void *command);

void parts_apply_opened(struct fold *fold, const struct record *record, const void *event);
void parts_apply_extended(struct fold *fold, const struct record *record, const void *event);
void parts_apply_coordination(struct fold *fold, const struct record *record, const void *event);
void parts_apply_worker(struct fold *fold, const struct record *record, const void *event);
void parts_apply_support(struct fold *fold, const struct record *record, const void *event);
void parts_apply_closed(struct fold *fold, const struct record *record, const void *event);
void parts_apply_party(struct fold *fold, const struct record *record, const void *event);

#endif
