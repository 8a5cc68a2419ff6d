/* What the entrance says about plans: referrals, who coordinates, and whose plan a provisional one
 * is. */
#ifndef SERVICES_PLANNING_REFERRALS_H
#define SERVICES_PLANNING_REFERRALS_H

#include "services/planning/trees.h"

void referrals_apply_referred(struct fold *fold, const struct record *record, const void *event);
void referrals_apply_nothing(struct fold *fold, const struct record *record, const void *event);

/* Opens the part, or extends it when it is open. */
enum err referrals_react_referred(
	struct decision *d, const struct record *record, const void *event);
enum err referrals_react_coordinator(
	struct decision *d, const struct record *record, const void *event);
enum err referrals_react_joined(struct decision *d, const struct record *record, const void *event);

/* part_joined: everything under the provisional id moves to the plan. */
void referrals_apply_joined(struct fold *fold, const struct record *record, const void *event);

#endif
