/* Trees, rows and keys of notification's state. Touches nothing. */
#include "services/notification/trees.h"

#include <assert.h>
#include <string.h>

#include "common/schema_tables.h"
#include "services/notification/rows.def"
#include "common/schema_undef.h"

const struct service_tree notification_trees[NOTIFICATION_TREES] = {
	[TREE_MESSAGE] = {"message", TREE_GROWING, schema_message_view},
	[TREE_BY_STATE] = {"by_state", 0, NULL},
	/* these two began with inquiries: names on disk stay */
	[TREE_OF_SUBJECT] = {"of_inquiry", TREE_GROWING, NULL},
	[TREE_OF_RECIPIENT] = {"of_recipient", TREE_GROWING, NULL},
	[TREE_COUNT] = {"count", 0, schema_outbox_count},
	[TREE_PREFERENCE] = {"preference", 0, schema_preference},
	[TREE_PLAN] = {"plan", TREE_GROWING, schema_notice_plan},
	[TREE_DAY] = {"day", 0, schema_recipient_day},
	[TREE_TASK] = {"task", TREE_GROWING, schema_task_view},
	[TREE_TASK_DUE] = {"task_due", 0, NULL},
	[TREE_TASK_OF_SUBJECT] = {"task_of_inquiry", TREE_GROWING, NULL},
	[TREE_TASK_OF_MESSAGE] = {"task_of_message", TREE_GROWING, NULL},
	[TREE_WAITING] = {"waiting", 0, schema_waiting_notice},
	[TREE_ERASED_POST] = {"erased_post", TREE_GROWING, NULL},
	[TREE_GATHERED] = {"gathered", 0, schema_gathered_notice},
};

const struct service_tree notification_replica_trees[NOTIFICATION_REPLICA_TREES] = {
	[REPLICA_INQUIRY] = {"inquiry", TREE_GROWING, schema_known_inquiry},
	[REPLICA_CITIZEN] = {"citizen", TREE_GROWING, schema_known_citizen},
	[REPLICA_OF_CITIZEN] = {"of_citizen", TREE_GROWING, NULL},
	[REPLICA_PLAN] = {"plan", TREE_GROWING, schema_known_plan},
	[REPLICA_COMMITMENT] = {"commitment", TREE_GROWING, schema_known_commitment},
	[REPLICA_APPOINTMENT] = {"appointment", TREE_GROWING, schema_known_appointment},
	[REPLICA_WORK] = {"work", 0, schema_known_work},
};

/* Each once: what is about the plan itself has it as its item too. */
struct subjects notification_subjects(struct uuid inquiry, struct uuid plan, struct uuid item)
{
	if (uuid_equal(plan, item))
		item = (struct uuid){0};
	return (struct subjects){{inquiry, plan, item}};
}

struct key notification_key(struct uuid id)
{
	struct key key = {0};

	key_add_uuid(&key, id);
	return key;
}

struct key notification_key_pair(struct uuid first, struct uuid second)
{
	struct key key = notification_key(first);

	key_add_uuid(&key, second);
	return key;
}

struct key notification_key_time_id(int64_t time, struct uuid id)
{
	struct key key = {0};

	key_add_time(&key, time);
	key_add_uuid(&key, id);
	return key;
}

struct key notification_key_id_time_id(struct uuid first, int64_t time, struct uuid id)
{
	struct key key = notification_key(first);

	key_add_time(&key, time);
	key_add_uuid(&key, id);
	return key;
}

struct key notification_key_state(enum message_state state)
{
	struct key key = {0};

	key_add_u8(&key, (uint8_t)state);
	return key;
}

struct key notification_key_count(enum message_state state, enum contact channel)
{
	struct key key = notification_key_state(state);

	key_add_u8(&key, (uint8_t)channel);
	return key;
}

struct key notification_key_by_state(const struct message_view *view)
{
	struct key key = notification_key_count(view->state, view->channel);

	key_add_time(
		&key, view->state == message_state_pending ? view->not_before : view->changed_at);
	key_add_uuid(&key, view->message);
	return key;
}

struct uuid notification_key_last_id(struct bytes key)
{
	struct uuid id;

	assert(key.n >= sizeof(id.b));
	memcpy(id.b, key.p + key.n - sizeof(id.b), sizeof(id.b));
	return id;
}
