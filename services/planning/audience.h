/* Who may have a record, and on which basis: decided once, when it is appended. */
#ifndef SERVICES_PLANNING_AUDIENCE_H
#define SERVICES_PLANNING_AUDIENCE_H

#include "services/planning/items.h"

/* What a record is about. bare: nothing more than that the department takes part, which any basis
 * covers. */
struct about {
	const enum life_area *areas;
	size_t n;
	bool bare;
};

#define ABOUT_PARTY ((struct about){.bare = true})
#define ABOUT(item_) ((struct about){(item_)->life_areas.at, (item_)->life_areas.n, false})

/* Grants the last emitted event to every department that has a basis in force at what this node
 * knows now: a consent that covers it, or another one. */
void audience_grant(struct decision *d, const struct plan_part *part, struct about about);

/* The same, narrowed: to these departments, beside the grant that they have been given. plan: bases
 * of that one count, too. */
struct audience_limit {
	const struct text *only;
	size_t n;
	const struct grant *given;
	struct uuid plan;
};
void audience_grant_among(struct decision *d, const struct plan_part *part, struct about about,
	const struct audience_limit *limit);

/* Is there a basis in force on which that department may have such a record? */
bool audience_may_know(struct decision *d, const struct plan_part *part, struct about about,
	struct text department);

/* The last emitted event is a word to that department, whatever it may know otherwise. */
void audience_address(struct decision *d, struct text department);

/* Discloses an own part to everybody who may know it; head: of the events. */
void audience_disclose(
	struct decision *d, const struct plan_part *part, const struct event_head *head);

/* set_basis: a dated basis other than consent; what there is now is disclosed on it. */
enum err audience_decide_basis(struct decision *d, const void *command);
void audience_apply_basis(struct fold *fold, const struct record *record, const void *event);

#endif
