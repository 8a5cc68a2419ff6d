/* State at rest of notification: its trees, their rows and keys.
 *
 * 1. Every message has exactly one key in TREE_BY_STATE, under its present state; a pending one
 * stands there under the time before which it is not sent, others under that of their last change.
 * 2. The row of TREE_COUNT of a state is the number of its keys there.
 * 3. A task has a key in TREE_TASK_DUE, TREE_TASK_OF_INQUIRY and (if it has a message) in
 * TREE_TASK_OF_MESSAGE exactly while it is open.
 * 4. A pending message has a deadline at its act_by. */
#ifndef SERVICES_NOTIFICATION_TREES_H
#define SERVICES_NOTIFICATION_TREES_H

#include "common/service.h"
#include "proto/notification.h"

#include "common/schema_structs.h"
#include "services/notification/rows.def"
#include "common/schema_undef.h"

#include "common/schema_functions.h"
#include "services/notification/rows.def"
#include "common/schema_undef.h"

enum notification_tree {
	TREE_MESSAGE,         /* message: message_view */
	TREE_BY_STATE,        /* state, time, message */
	TREE_OF_INQUIRY,      /* inquiry, queued, message */
	TREE_OF_RECIPIENT,    /* recipient, queued, message */
	TREE_COUNT,           /* state: outbox_count */
	TREE_PREFERENCE,      /* recipient: preference */
	TREE_PLAN,            /* inquiry: notice_plan */
	TREE_DAY,             /* recipient: recipient_day */
	TREE_TASK,            /* task: task_view */
	TREE_TASK_DUE,        /* due, task */
	TREE_TASK_OF_INQUIRY, /* inquiry, task */
	TREE_TASK_OF_MESSAGE, /* message, task */
	NOTIFICATION_TREES
};

enum notification_replica_tree {
	REPLICA_INQUIRY, /* inquiry: known_inquiry */
	REPLICA_CITIZEN, /* citizen: known_citizen */
	NOTIFICATION_REPLICA_TREES
};

extern const struct service_tree notification_trees[NOTIFICATION_TREES];
extern const struct service_tree notification_replica_trees[NOTIFICATION_REPLICA_TREES];

/* Kinds of deadlines. */
#define DEADLINE_RECEIPT "receipt" /* of an inquiry: a receipt goes out without a date */
#define DEADLINE_DAY "day"         /* of an inquiry: the reminder a day before */
#define DEADLINE_HOUR "hour"       /* of an inquiry: the reminder an hour before */
#define DEADLINE_DELIVER "deliver" /* of a message: a person is asked */

/* Keys, named by their parts. */
struct key notification_key(struct uuid id);
struct key notification_key_pair(struct uuid first, struct uuid second);
struct key notification_key_time_id(int64_t time, struct uuid id);
struct key notification_key_id_time_id(struct uuid first, int64_t time, struct uuid id);
struct key notification_key_state(enum message_state state);
/* Of TREE_BY_STATE for a message as it stands. */
struct key notification_key_by_state(const struct message_view *view);

/* What an index key ends in. */
struct uuid notification_key_last_id(struct bytes key);

#endif
