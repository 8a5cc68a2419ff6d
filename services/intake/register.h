/* The register of plans: which plan is a citizen's, which departments take part, who coordinates.
 *
 * 1. A citizen has at most one plan that is not closed.
 * 2. Who coordinates is said with a term that only grows, and for one opening of one department's
 *    part, which begins to coordinate only when it is open and hears so; the next one is registered
 *    only after the entrance has heard that the part was closed, or gave the coordination up in
 * that very term. So at most one department believes that it coordinates (I14). */
#ifndef SERVICES_INTAKE_REGISTER_H
#define SERVICES_INTAKE_REGISTER_H

#include "services/intake/settings.h"
#include "services/intake/trees.h"

/* A plan is wanted: emits plan_referred about the citizen's open plan, or a new one, which names
 * the part that the department is to open, and registers that part at once, before it is open: so
 * what the register says does not depend on which department is heard of first. */
struct referral {
	const struct inquiry_view *inquiry;
	struct text department;
	struct uuid plan; /* of a new plan; nil: any */
};
/* True when the department has a node, and so will hear of it. */
bool register_refer(struct decision *d, const struct referral *referral);

/* Is there such a plan, closed or not? */
bool register_knows(struct state *state, struct uuid plan);
/* The citizen's plan that is not closed; nil: none. */
struct uuid register_open_plan(struct state *state, struct uuid citizen);

void register_apply_referred(struct fold *fold, const struct record *record, const void *event);
void register_apply_coordinator(struct fold *fold, const struct record *record, const void *event);
void register_apply_party(struct fold *fold, const struct record *record, const void *event);
void register_apply_left(struct fold *fold, const struct record *record, const void *event);
void register_apply_joined(struct fold *fold, const struct record *record, const void *event);

/* Of departments: a part was opened (the first one coordinates; of a provisional one the citizen is
 * found or registered), or closed (if it coordinated, the one that came next does; with the last
 * one the plan is closed). */
void register_apply_nothing(struct fold *fold, const struct record *record, const void *event);
enum err register_react_opened(struct decision *d, const struct record *record, const void *event);
enum err register_react_closed(struct decision *d, const struct record *record, const void *event);

/* The department that accepted coordinates next. */
enum err register_react_released(
	struct decision *d, const struct record *record, const void *event);

#endif
