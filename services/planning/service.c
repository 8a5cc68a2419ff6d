/* The tables of a department's node: what it does on which message. Touches nothing. */
#include "services/planning/planning.h"

#include "proto/registry.h"
#include "proto/roles.h"
#include "services/planning/answers.h"
#include "services/planning/appointments.h"
#include "services/planning/audience.h"
#include "services/planning/capacity.h"
#include "services/planning/commitments.h"
#include "services/planning/conflicts.h"
#include "services/planning/consents.h"
#include "services/planning/coordination.h"
#include "services/planning/disclosure.h"
#include "services/planning/erasure.h"
#include "services/planning/fates.h"
#include "services/planning/goals.h"
#include "services/planning/handover.h"
#include "services/planning/measures.h"
#include "services/planning/parts.h"
#include "services/planning/pause.h"
#include "services/planning/lists.h"
#include "services/planning/proposals.h"
#include "services/planning/referrals.h"
#include "services/planning/reviews.h"
#include "services/planning/view.h"
#include "services/planning/waiting.h"
#include "services/planning/work.h"

static const struct command_row commands[] = {
	{schema_open_part, parts_decide_open},
	{schema_assign_worker, parts_decide_assign},
	{schema_set_expected_support, parts_decide_support},
	{schema_close_part, parts_decide_close},
	{schema_state_goal, goals_decide_state},
	{schema_change_goal, goals_decide_change},
	{schema_set_goal_state, goals_decide_set_state},
	{schema_add_step, goals_decide_add_step},
	{schema_finish_step, goals_decide_finish_step},
	{schema_add_measure, measures_decide_add},
	{schema_set_measure_state, measures_decide_set_state},
	{schema_make_commitment, commitments_decide_make},
	{schema_keep_commitment, commitments_decide_keep},
	{schema_release_commitment, commitments_decide_release},
	{schema_book_appointment, appointments_decide_book},
	{schema_move_appointment, appointments_decide_move},
	{schema_cancel_appointment, appointments_decide_cancel},
	{schema_record_attendance, appointments_decide_attendance},
	{schema_schedule_review, reviews_decide_schedule},
	{schema_hold_review, reviews_decide_hold},
	{schema_cancel_review, reviews_decide_cancel},
	{schema_set_weekly_hours, reviews_decide_hours},
	{schema_ask_for_answer, answers_decide_ask},
	{schema_settle_conflict, fates_decide_settle},
	{schema_record_progress, answers_decide_progress},
	{schema_answer_plan, answers_decide_answer},
	{schema_write_note, answers_decide_note},
	{schema_propose_measure, proposals_decide_propose},
	{schema_withdraw_proposal, proposals_decide_withdraw},
	{schema_answer_proposal, proposals_decide_answer},
	{schema_ask_capacity, capacity_decide_ask},
	{schema_answer_capacity, capacity_decide_answer},
	{schema_offer_coordination, coordination_decide_offer},
	{schema_withdraw_coordination, coordination_decide_withdraw},
	{schema_accept_coordination, coordination_decide_accept},
	{schema_decline_coordination, coordination_decide_decline},
	{schema_hand_over_work, handover_decide},
	{schema_erase_person, erasure_decide},
	{schema_take_plan_work, plan_work_decide_take},
	{schema_finish_plan_work, plan_work_decide_finish},
	{schema_set_basis, audience_decide_basis},
	{schema_record_consent, consents_decide_record},
	{schema_withdraw_consent, consents_decide_withdraw},
};

static const struct apply_row applies[] = {
	{schema_part_opened, parts_apply_opened},
	{schema_part_extended, parts_apply_extended},
	{schema_part_joined, referrals_apply_joined},
	{schema_coordination_begun, parts_apply_coordination},
	{schema_worker_assigned, parts_apply_worker},
	{schema_support_expected, parts_apply_support},
	{schema_part_closed, parts_apply_closed},
	{schema_party_set, parts_apply_party},
	{schema_goal_stated, items_apply_new},
	{schema_goal_changed, goals_apply_changed},
	{schema_goal_state_set, goals_apply_state_set},
	{schema_step_added, items_apply_new},
	{schema_step_finished, goals_apply_step_finished},
	{schema_measure_added, items_apply_new},
	{schema_measure_state_set, measures_apply_state_set},
	{schema_commitment_made, commitments_apply_made},
	{schema_commitment_kept, commitments_apply_kept},
	{schema_commitment_released, commitments_apply_released},
	{schema_commitment_overdue, commitments_apply_overdue},
	{schema_appointment_booked, appointments_apply_booked},
	{schema_appointment_moved, appointments_apply_moved},
	{schema_appointment_cancelled, appointments_apply_cancelled},
	{schema_attendance_recorded, appointments_apply_attendance},
	{schema_review_planned, reviews_apply_planned},
	{schema_review_held, reviews_apply_held},
	{schema_review_cancelled, reviews_apply_cancelled},
	{schema_weekly_hours_set, reviews_apply_hours},
	{schema_answer_asked, part_touch},
	{schema_conflict_found, conflicts_apply_found},
	{schema_conflict_gone, conflicts_apply_gone},
	{schema_conflict_settled, items_apply_new},
	{schema_plan_answered, items_apply_new},
	{schema_progress_recorded, answers_apply_progress},
	{schema_note_written, answers_apply_note},
	{schema_measure_proposed, proposals_apply_proposed},
	{schema_proposal_answered, proposals_apply_answered},
	{schema_proposal_withdrawn, proposals_apply_withdrawn},
	{schema_proposal_expired, proposals_apply_expired},
	{schema_capacity_asked, capacity_apply_asked},
	{schema_capacity_answered, capacity_apply_answered},
	{schema_coordination_offered, coordination_apply_offered},
	{schema_coordination_withdrawn, coordination_apply_withdrawn},
	{schema_coordination_accepted, coordination_apply_accepted},
	{schema_coordination_declined, coordination_apply_declined},
	{schema_coordination_released, coordination_apply_released},
	{schema_person_erasure_decided, erasure_apply_nothing},
	{schema_plan_work_opened, plan_work_apply_opened},
	{schema_plan_work_taken, plan_work_apply_taken},
	{schema_plan_work_overdue, plan_work_apply_overdue},
	{schema_plan_work_done, plan_work_apply_done},
	{schema_basis_set, audience_apply_basis},
	{schema_sharing_paused, pause_apply_paused},
	{schema_sharing_resumed, pause_apply_resumed},
	{schema_disclosed, disclosure_apply_own},
	{schema_disclosure_made, disclosure_apply_own},
	{schema_consent_given, consents_apply_given},
	{schema_consent_withdrawn, consents_apply_withdrawn},
};

static const struct follow_row follows[] = {
	/* of the entrance */
	{schema_plan_referred, referrals_apply_referred, referrals_react_referred},
	{schema_coordinator_registered, referrals_apply_nothing, referrals_react_coordinator},
	{schema_party_registered, referrals_apply_nothing, NULL},
	{schema_plan_joined, referrals_apply_nothing, referrals_react_joined},
	{schema_person_erased, erasure_apply_nothing, erasure_react},
	/* of the entrance and of departments */
	{schema_consent_given, consents_apply_given, consents_react_given},
	{schema_consent_withdrawn, consents_apply_withdrawn, consents_react_withdrawn},
	/* of departments */
	{schema_part_opened, parts_apply_opened, conflicts_react},
	{schema_part_extended, parts_apply_extended, NULL},
	{schema_part_joined, referrals_apply_joined, NULL},
	{schema_coordination_begun, parts_apply_coordination, NULL},
	{schema_worker_assigned, parts_apply_worker, NULL},
	{schema_support_expected, parts_apply_support, NULL},
	{schema_part_closed, parts_apply_closed, conflicts_react},
	{schema_party_set, parts_apply_party, NULL},
	{schema_goal_stated, items_apply_new, NULL},
	{schema_goal_changed, goals_apply_changed, NULL},
	{schema_goal_state_set, goals_apply_state_set, NULL},
	{schema_step_added, items_apply_new, NULL},
	{schema_step_finished, goals_apply_step_finished, NULL},
	{schema_measure_added, items_apply_new, conflicts_react},
	{schema_measure_state_set, measures_apply_state_set, conflicts_react},
	{schema_commitment_made, commitments_apply_made, NULL},
	{schema_commitment_kept, commitments_apply_kept, conflicts_react},
	{schema_commitment_released, commitments_apply_released, conflicts_react},
	{schema_commitment_overdue, commitments_apply_overdue, conflicts_react},
	{schema_appointment_booked, appointments_apply_booked, conflicts_react},
	{schema_appointment_moved, appointments_apply_moved, conflicts_react},
	{schema_appointment_cancelled, appointments_apply_cancelled, conflicts_react},
	{schema_attendance_recorded, appointments_apply_attendance, conflicts_react},
	{schema_review_planned, reviews_apply_planned, NULL},
	{schema_review_held, reviews_apply_held, NULL},
	{schema_review_cancelled, reviews_apply_cancelled, NULL},
	{schema_weekly_hours_set, reviews_apply_hours, conflicts_react},
	{schema_conflict_settled, items_apply_new, NULL},
	{schema_plan_answered, items_apply_new, answers_react_answered},
	{schema_progress_recorded, answers_apply_progress, NULL},
	{schema_basis_set, audience_apply_basis, NULL},
	{schema_disclosed, disclosure_apply_received, conflicts_react},
	{schema_measure_proposed, proposals_apply_proposed, proposals_react_proposed},
	{schema_proposal_answered, proposals_apply_answered, proposals_react_answered},
	{schema_proposal_withdrawn, proposals_apply_withdrawn, proposals_react_withdrawn},
	{schema_proposal_expired, proposals_apply_expired, NULL},
	{schema_capacity_asked, capacity_apply_asked, capacity_react_asked},
	{schema_capacity_answered, capacity_apply_answered, NULL},
	{schema_coordination_offered, coordination_apply_offered, coordination_react_offered},
	{schema_coordination_withdrawn, coordination_apply_withdrawn, coordination_react_ended},
	{schema_coordination_accepted, coordination_apply_accepted, coordination_react_accepted},
	{schema_coordination_declined, coordination_apply_declined, NULL},
	{schema_coordination_released, coordination_apply_released, coordination_react_ended},
};

static const struct query_row queries[] = {
	{schema_show_plan, view_show_plan},
	{schema_list_plans, lists_plans},
	{schema_list_plan_work, lists_work},
	{schema_list_capacity, capacity_list},
};

static const struct deadline_kind deadlines[] = {
	{DEADLINE_COMMITMENT, commitments_decide_due},
	{DEADLINE_RESUME, pause_decide_due},
	{DEADLINE_PROPOSAL, proposals_decide_due},
	{DEADLINE_WORK, plan_work_decide_due},
};

#define N(table_) (sizeof(table_) / sizeof((table_)[0]))

const struct service planning_service = {
	.role = "planning",
	.role_bit = PEER_PLANNING,
	.personal_peers =
		PEER_PORTAL | PEER_IMPORTER | PEER_PLANNING | PEER_INTAKE | PEER_NOTIFICATION,
	.node_peers = PEER_NODES,
	.sealed_peers = PEER_ARCHIVE,
	.import_peers = PEER_IMPORTER,
	.peer_roles = peer_roles,
	.n_peer_roles = N_PEER_ROLES,
	.actor_roles = actor_roles,
	.n_actor_roles = N_ACTOR_ROLES,
	.own_trees = planning_trees,
	.n_own_trees = PLANNING_TREES,
	.replica_trees = planning_trees,
	.n_replica_trees = PLANNING_TREES,
	.erases = schema_erase_person,
	.commands = commands,
	.n_commands = N(commands),
	.applies = applies,
	.n_applies = N(applies),
	.follows = follows,
	.n_follows = N(follows),
	.find_message = registry_find,
	.queries = queries,
	.n_queries = N(queries),
	.deadlines = deadlines,
	.n_deadlines = N(deadlines),
	.queues = planning_queues,
	.n_queues = PLANNING_QUEUES,
};
