/* State at rest of notification: its trees, their rows and keys.
 *
 * 1. Every message has exactly one key in TREE_BY_STATE, under its present state; a pending one
 * stands there under the time before which it is not sent, others under that of their last change.
 * 2. The rows of TREE_COUNT of a state are the numbers of its keys there, one of each channel.
 * 3. A task has a key in TREE_TASK_DUE, TREE_TASK_OF_SUBJECT and (if it has a message) in
 * TREE_TASK_OF_MESSAGE exactly while it is open, and a deadline until it is overdue.
 * 4. A pending message has a deadline at its act_by.
 * 5. A queue with a row in TREE_GATHERED has a deadline for its digest.
 * The subjects of a message or task are its inquiry, or its plan and what of the plan it is about.
 */
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
	TREE_BY_STATE,        /* state, channel, time, message */
	TREE_OF_SUBJECT,      /* subject, queued, message */
	TREE_OF_RECIPIENT,    /* recipient, queued, message */
	TREE_COUNT,           /* state, channel: outbox_count */
	TREE_PREFERENCE,      /* recipient: preference */
	TREE_PLAN,            /* subject: notice_plan */
	TREE_DAY,             /* recipient: recipient_day */
	TREE_TASK,            /* task: task_view */
	TREE_TASK_DUE,        /* due, task */
	TREE_TASK_OF_SUBJECT, /* subject, task */
	TREE_TASK_OF_MESSAGE, /* message, task */
	TREE_WAITING,         /* subject: waiting_notice */
	TREE_GATHERED,        /* queue, item: gathered_notice */
	TREE_ERASED_POST,     /* number of the erasure, message */
	NOTIFICATION_TREES
};

enum notification_replica_tree {
	REPLICA_INQUIRY,     /* inquiry: known_inquiry */
	REPLICA_CITIZEN,     /* citizen: known_citizen */
	REPLICA_OF_CITIZEN,  /* citizen, inquiry: those in which the citizen says how to be reached
			      */
	REPLICA_PLAN,        /* plan: known_plan */
	REPLICA_COMMITMENT,  /* commitment: known_commitment */
	REPLICA_APPOINTMENT, /* appointment: known_appointment */
	REPLICA_WORK,        /* work: known_work */
	NOTIFICATION_REPLICA_TREES
};

extern const struct service_tree notification_trees[NOTIFICATION_TREES];
extern const struct service_tree notification_replica_trees[NOTIFICATION_REPLICA_TREES];

/* Kinds of deadlines. */
#define DEADLINE_RECEIPT "receipt" /* of an inquiry: a receipt goes out without a date */
#define DEADLINE_DAY "day"         /* of a subject: the reminder a day before */
#define DEADLINE_HOUR "hour"       /* of a subject: the reminder an hour before */
#define DEADLINE_REACH "reach"     /* of a subject: told, or a person is asked */
#define DEADLINE_DELIVER "deliver" /* of a message: a person is asked */
#define DEADLINE_TASK "task"       /* of a task: it is overdue */
#define DEADLINE_DIGEST "digest"   /* of a queue: what was gathered goes out */

/* The subjects of a message or task; those it has not are nil. */
enum { SUBJECTS = 3 };
struct subjects {
	struct uuid id[SUBJECTS];
};
struct subjects notification_subjects(struct uuid inquiry, struct uuid plan, struct uuid item);

/* Keys, named by their parts. */
struct key notification_key(struct uuid id);
struct key notification_key_pair(struct uuid first, struct uuid second);
struct key notification_key_time_id(int64_t time, struct uuid id);
struct key notification_key_id_time_id(struct uuid first, int64_t time, struct uuid id);
struct key notification_key_state(enum message_state state);
/* Of that channel's messages in that state: in TREE_COUNT, and the beginning in TREE_BY_STATE. */
struct key notification_key_count(enum message_state state, enum contact channel);
/* Of TREE_BY_STATE for a message as it stands. */
struct key notification_key_by_state(const struct message_view *view);

/* What an index key ends in. */
struct uuid notification_key_last_id(struct bytes key);

#endif
