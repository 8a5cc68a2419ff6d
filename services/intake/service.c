/* The tables of the entrance: what it does on which message. Touches nothing. */
#include "services/intake/intake.h"

#include "proto/registry.h"
#include "proto/roles.h"
#include "services/intake/arrivals.h"
#include "services/intake/citizens.h"
#include "services/intake/consenting.h"
#include "services/intake/inquiry.h"
#include "services/intake/queries.h"
#include "services/intake/register.h"
#include "services/intake/slots.h"
#include "services/intake/talks.h"
#include "services/intake/trees.h"
#include "services/intake/waiting.h"
#include "services/intake/work.h"

static const struct command_row commands[] = {
	{schema_publish_slots, slots_decide_publish},
	{schema_withdraw_slot, slots_decide_withdraw},
	{schema_register_citizen, citizens_decide_register},
	{schema_change_citizen_number, citizens_decide_change_number},
	{schema_erase_citizen, citizens_decide_erase},
	{schema_receive_inquiry, arrivals_decide_receive},
	{schema_book_first_talk, talks_decide_book},
	{schema_move_first_talk, talks_decide_move},
	{schema_cancel_first_talk, talks_decide_cancel},
	{schema_hold_first_talk, talks_decide_hold},
	{schema_close_inquiry, inquiry_decide_close},
	{schema_take_work_item, work_decide_take},
	{schema_finish_work_item, work_decide_finish},
	{schema_record_consent, consenting_decide_record},
	{schema_withdraw_consent, consenting_decide_withdraw},
};

static const struct apply_row applies[] = {
	{schema_slot_published, slots_apply_published},
	{schema_slot_withdrawn, slots_apply_withdrawn},
	{schema_citizen_registered, citizens_apply_registered},
	{schema_citizen_number_changed, citizens_apply_number_changed},
	{schema_citizen_erasure_decided, citizens_apply_erasure_decided},
	{schema_person_erased, citizens_apply_erased},
	{schema_inquiry_received, inquiry_apply_received},
	{schema_words_added, inquiry_apply_words_added},
	{schema_first_talk_booked, talks_apply_booked},
	{schema_first_talk_moved, talks_apply_moved},
	{schema_first_talk_cancelled, talks_apply_cancelled},
	{schema_first_talk_held, talks_apply_held},
	{schema_promise_broken, promise_apply_broken},
	{schema_promise_at_risk, promise_apply_at_risk},
	{schema_inquiry_closed, inquiry_apply_closed},
	{schema_work_item_opened, work_apply_opened},
	{schema_work_item_taken, work_apply_taken},
	{schema_work_item_overdue, work_apply_overdue},
	{schema_work_item_done, work_apply_done},
	{schema_plan_referred, register_apply_referred},
	{schema_coordinator_registered, register_apply_coordinator},
	{schema_party_registered, register_apply_party},
	{schema_party_left, register_apply_left},
	{schema_plan_closed, register_apply_nothing},
	{schema_plan_joined, register_apply_joined},
	{schema_consent_given, consenting_apply_given},
	{schema_consent_withdrawn, consenting_apply_withdrawn},
};

static const struct follow_row follows[] = {
	{schema_part_opened, register_apply_nothing, register_react_opened},
	{schema_part_closed, register_apply_nothing, register_react_closed},
	{schema_coordination_released, register_apply_nothing, register_react_released},
	{schema_consent_given, consenting_apply_told, NULL},
	{schema_consent_withdrawn, consenting_apply_told_withdrawn, NULL},
};

static const struct query_row queries[] = {
	{schema_show_inquiry, queries_show_inquiry},
	{schema_list_inquiries, queries_list_inquiries},
	{schema_list_slots, queries_list_slots},
	{schema_list_work, queries_list_work},
	{schema_find_citizen, queries_find_citizen},
	{schema_show_citizen, queries_show_citizen},
};

static const struct deadline_kind deadlines[] = {
	{DEADLINE_BOOK, talks_decide_unbooked},
	{DEADLINE_TALK, talks_decide_not_held},
	{DEADLINE_TRIAGE, talks_decide_untriaged},
	{DEADLINE_WORK, work_decide_due},
};

#define N(table_) (sizeof(table_) / sizeof((table_)[0]))

const struct service intake_service = {
	.role = "intake",
	.role_bit = PEER_INTAKE,
	.personal_peers = PEER_PORTAL | PEER_IMPORTER | PEER_PLANNING | PEER_NOTIFICATION,
	.import_peers = PEER_IMPORTER,
	.node_peers = PEER_NODES,
	.sealed_peers = PEER_ARCHIVE,
	.peer_roles = peer_roles,
	.n_peer_roles = N_PEER_ROLES,
	.actor_roles = actor_roles,
	.n_actor_roles = N_ACTOR_ROLES,
	.own_trees = intake_trees,
	.n_own_trees = INTAKE_TREES,
	.replica_trees = intake_replica_trees,
	.n_replica_trees = INTAKE_REPLICA_TREES,
	.erases = schema_erase_citizen,
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
	.queues = intake_queues,
	.n_queues = INTAKE_QUEUES,
};
