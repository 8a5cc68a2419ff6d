/* The table of followed events; touches nothing. */
#include "services/reporting/follows.h"

#include "proto/intake.h"
#include "proto/planning.h"
#include "services/reporting/facts_items.h"
#include "services/reporting/facts_parts.h"

const struct follow_row reporting_follows[REPORTING_FOLLOWS] = {
	{schema_inquiry_received, facts_apply_received, NULL},
	{schema_first_talk_booked, facts_apply_booked, NULL},
	{schema_first_talk_moved, facts_apply_moved, NULL},
	{schema_first_talk_cancelled, facts_apply_cancelled, NULL},
	{schema_first_talk_held, facts_apply_held, NULL},
	{schema_promise_broken, facts_apply_broken, NULL},
	{schema_promise_at_risk, facts_apply_at_risk, NULL},
	{schema_inquiry_closed, facts_apply_closed, NULL},
	{schema_part_opened, facts_apply_part_opened, NULL},
	{schema_part_extended, facts_apply_part_extended, NULL},
	{schema_part_joined, facts_apply_part_joined, NULL},
	{schema_support_expected, facts_apply_support_expected, NULL},
	{schema_part_closed, facts_apply_part_closed, NULL},
	{schema_measure_state_set, facts_apply_measure_state_set, NULL},
	{schema_goal_stated, facts_apply_goal_stated, NULL},
	{schema_goal_changed, facts_apply_goal_changed, NULL},
	{schema_progress_recorded, facts_apply_progress_recorded, NULL},
	{schema_plan_answered, facts_apply_plan_answered, NULL},
	{schema_commitment_made, facts_apply_commitment_made, NULL},
	{schema_commitment_kept, facts_apply_commitment_kept, NULL},
	{schema_commitment_released, facts_apply_commitment_released, NULL},
	{schema_commitment_overdue, facts_apply_commitment_overdue, NULL},
	{schema_measure_proposed, facts_apply_measure_proposed, NULL},
	{schema_proposal_answered, facts_apply_proposal_answered, NULL},
	{schema_proposal_withdrawn, facts_apply_proposal_withdrawn, NULL},
	{schema_proposal_expired, facts_apply_proposal_expired, NULL},
	{schema_conflict_found, facts_apply_conflict_found, NULL},
	{schema_conflict_gone, facts_apply_conflict_gone, NULL},
	{schema_conflict_settled, facts_apply_conflict_settled, NULL},
};
