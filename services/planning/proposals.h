/* Proposals: one department asks another for a measure.
 *
 *      waiting --> accepted | rejected      by the department that is asked, at any time
 *         +------> withdrawn | expired      by the one that asks, as long as it knows no answer
 *
 * 1. Nobody is asked about what they may not know of: there is a basis when it is made (I10).
 * 2. The answer wins over the end that the asking department gave it, whichever is heard first: the
 *    asked department's node decides. So the state that is shown is computed from both. */
#ifndef SERVICES_PLANNING_PROPOSALS_H
#define SERVICES_PLANNING_PROPOSALS_H

#include "services/planning/items.h"

enum err proposals_decide_propose(struct decision *d, const void *command);
enum err proposals_decide_withdraw(struct decision *d, const void *command);
enum err proposals_decide_answer(struct decision *d, const void *command);
/* Nobody answered in time. */
enum err proposals_decide_due(struct decision *d, struct uuid proposal, int64_t due);

void proposals_apply_proposed(struct fold *fold, const struct record *record, const void *event);
void proposals_apply_answered(struct fold *fold, const struct record *record, const void *event);
void proposals_apply_withdrawn(struct fold *fold, const struct record *record, const void *event);
void proposals_apply_expired(struct fold *fold, const struct record *record, const void *event);

enum err proposals_react_proposed(
	struct decision *d, const struct record *record, const void *event);
enum err proposals_react_answered(
	struct decision *d, const struct record *record, const void *event);
enum err proposals_react_withdrawn(
	struct decision *d, const struct record *record, const void *event);

/* Another department's to this one, which may be seen here and can be answered. */
bool proposal_waits(const struct sight *sight, struct uuid proposal);

/* As it is shown: its answer folded in, expired once its time has passed. state: the node's own. */
void proposal_show(struct state *state, struct plan_proposal *proposal, int64_t now);

#endif
