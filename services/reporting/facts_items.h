/* Facts from what stands in a part: goals, answers, commitments, proposals, conflicts. Each record
 * changes the row of its own item only. */
#ifndef SERVICES_REPORTING_FACTS_ITEMS_H
#define SERVICES_REPORTING_FACTS_ITEMS_H

#include "services/reporting/facts.h"

extern facts_apply facts_apply_goal_stated, facts_apply_goal_changed, facts_apply_progress_recorded,
	facts_apply_plan_answered, facts_apply_commitment_made, facts_apply_commitment_kept,
	facts_apply_commitment_released, facts_apply_commitment_overdue,
	facts_apply_measure_proposed, facts_apply_proposal_answered, facts_apply_proposal_withdrawn,
	facts_apply_proposal_expired, facts_apply_conflict_found, facts_apply_conflict_gone,
	facts_apply_conflict_settled;

#endif
