/* The tables of notification: what it does on which message. Touches nothing. */
#include "services/notification/notification.h"

#include "proto/registry.h"
#include "proto/roles.h"
#include "services/notification/follow.h"
#include "services/notification/inbox.h"
#include "services/notification/mending.h"
#include "services/notification/notices.h"
#include "services/notification/outbox.h"
#include "services/notification/queries.h"
#include "services/notification/staff.h"
#include "services/notification/tasks.h"
#include "services/notification/trees.h"
#include "services/notification/waiting.h"

static const struct command_row commands[] = {
	{schema_set_preference, notices_decide_preference},
	{schema_record_sending, outbox_decide_sending},
	{schema_record_outcome, outbox_decide_outcome},
	{schema_resolve_uncertain, outbox_decide_resolve},
	{schema_finish_task, tasks_decide_finish},
	{schema_mark_read, inbox_decide_read},
};

static const struct apply_row applies[] = {
	{schema_preference_set, notices_apply_preference},
	{schema_notices_planned, notices_apply_planned},
	{schema_notice_waits, notices_apply_waits},
	{schema_notice_gathered, staff_apply_gathered},
	{schema_gathered_dropped, staff_apply_gathered_dropped},
	{schema_person_erased, outbox_apply_erased},
	{schema_message_queued, outbox_apply_queued},
	{schema_message_sending, outbox_apply_sending},
	{schema_message_sent, outbox_apply_sent},
	{schema_message_deferred, outbox_apply_deferred},
	{schema_message_uncertain, outbox_apply_uncertain},
	{schema_uncertain_resolved, outbox_apply_resolved},
	{schema_message_retried, outbox_apply_retried},
	{schema_message_buried, outbox_apply_buried},
	{schema_message_kicked, outbox_apply_kicked},
	{schema_message_failed, outbox_apply_failed},
	{schema_message_dropped, outbox_apply_dropped},
	{schema_undeliverable_task_opened, tasks_apply_opened},
	{schema_task_done, tasks_apply_done},
	{schema_task_overdue, tasks_apply_overdue},
	{schema_message_read, outbox_apply_read},
};

static const struct query_row queries[] = {
	{schema_list_outbox, queries_list_outbox},
	{schema_list_due, queries_list_due},
	{schema_show_messages, queries_show_messages},
	{schema_list_tasks, queries_list_tasks},
	{schema_list_inbox, inbox_list},
};

static const struct deadline_kind deadlines[] = {
	{DEADLINE_RECEIPT, notices_decide_receipt},
	{DEADLINE_DAY, notices_decide_day},
	{DEADLINE_HOUR, notices_decide_hour},
	{DEADLINE_REACH, notices_decide_reach},
	{DEADLINE_DELIVER, outbox_decide_undelivered},
	{DEADLINE_TASK, tasks_decide_overdue},
	{DEADLINE_DIGEST, staff_decide_digest},
};

#define N(table_) (sizeof(table_) / sizeof((table_)[0]))

const struct service notification_service = {
	.role = "notification",
	.role_bit = PEER_NOTIFICATION,
	.personal_peers = PEER_PORTAL,
	.node_peers = PEER_NODES,
	.sealed_peers = PEER_ARCHIVE,
	.peer_roles = peer_roles,
	.n_peer_roles = N_PEER_ROLES,
	.actor_roles = actor_roles,
	.n_actor_roles = N_ACTOR_ROLES,
	.own_trees = notification_trees,
	.n_own_trees = NOTIFICATION_TREES,
	.replica_trees = notification_replica_trees,
	.n_replica_trees = NOTIFICATION_REPLICA_TREES,
	.commands = commands,
	.n_commands = N(commands),
	.applies = applies,
	.n_applies = N(applies),
	.follows = notification_follows,
	.n_follows = NOTIFICATION_FOLLOWS,
	.find_message = registry_find,
	.queries = queries,
	.n_queries = N(queries),
	.deadlines = deadlines,
	.n_deadlines = N(deadlines),
	.access = notification_access,
	.n_access = NOTIFICATION_ACCESS,
	.queues = notification_queues,
	.n_queues = NOTIFICATION_QUEUES,
	.count_states = queries_count_states,
};
