/* Handing the coordination of a plan from one department to another, by terms.
 *
 *      A: coordination_offered{term} --> B: coordination_accepted --> A: coordination_released
 *      --> entrance: coordinator_registered{B, term + 1} --> B: coordination_begun
 *
 * At most one department believes that it coordinates (I14). A department believes it exactly while
 * its part is open and has a term. Claim: whoever believes it in term t is the one that the
 * entrance registered in term t, and no other department has begun a later term.
 *
 * 1. Only the entrance gives terms, each one once, to one department for one opening of its part;
 *    a term of a department only comes from a coordinator_registered that names it.
 * 2. The entrance registers a department B in a term after A's term t only when it has heard from A
 *    itself that A's belief in t has ended: A's part_closed or A's coordination_released, which set
 *    A's term to 0 as they are written. (Another opening of A's part it registers for A.)
 * 3. The entrance takes a release for what it is: it counts only if A is registered in that very
 *    term. So a release that is heard late, after A closed or was registered anew, moves nothing.
 * 4. A cannot begin again in t: it had read the registration for t when it began, and reads each
 *    record once. It begins in a later term only if the entrance registered A in it, and then no
 *    other one was registered after t without A.
 * 5. Offers, acceptances and refusals give nobody a term. They may arrive in any order, twice or
 *    never: B begins with the registration, A ends with its own record. A releases only an offer
 *    that stands, and names the offer by the version it made, so an acceptance of an earlier one
 *    moves nothing.
 *
 * Between the release and the registration nobody coordinates, and that is allowed. If B is no
 * party by then, the entrance registers A again, in a new term. */
#ifndef SERVICES_PLANNING_COORDINATION_H
#define SERVICES_PLANNING_COORDINATION_H

#include "services/planning/change.h"

enum err coordination_decide_offer(struct decision *d, const void *command);
enum err coordination_decide_withdraw(struct decision *d, const void *command);
enum err coordination_decide_accept(struct decision *d, const void *command);
enum err coordination_decide_decline(struct decision *d, const void *command);

void coordination_apply_offered(struct fold *fold, const struct record *record, const void *event);
void coordination_apply_withdrawn(
	struct fold *fold, const struct record *record, const void *event);
void coordination_apply_accepted(struct fold *fold, const struct record *record, const void *event);
void coordination_apply_declined(struct fold *fold, const struct record *record, const void *event);
void coordination_apply_released(struct fold *fold, const struct record *record, const void *event);

/* At the department that has the offer: there is something to answer, or no more. */
enum err coordination_react_offered(
	struct decision *d, const struct record *record, const void *event);
enum err coordination_react_ended(
	struct decision *d, const struct record *record, const void *event);
/* At the department that offered: releases it. */
enum err coordination_react_accepted(
	struct decision *d, const struct record *record, const void *event);

/* The source's offer of the plan that stands: not withdrawn, of its present term, not answered as
 * far as known here. state: the node's own. */
bool coordination_offer(
	struct state *state, const struct source *source, struct uuid plan, struct offer_row *ret);

/* An own part that ends takes its offer back, and declines the one that it has; the work of
 * answering that ends with the part. */
void coordination_end_offers(struct change *c);

#endif
