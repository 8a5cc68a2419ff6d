/* Trees, rows and keys of the entrance's state. Touches nothing. */
#include "services/intake/trees.h"

#include <assert.h>
#include <string.h>

#include "common/schema_tables.h"
#include "services/intake/rows.def"
#include "common/schema_undef.h"

const struct service_tree intake_trees[INTAKE_TREES] = {
	[TREE_INQUIRY] = {"inquiry", TREE_GROWING, schema_intake_inquiry},
	[TREE_REFERENCE] = {"reference", TREE_GROWING, NULL},
	[TREE_WORDS] = {"words", TREE_GROWING, schema_words_view},
	[TREE_BY_STATE] = {"by_state", 0, NULL},
	[TREE_CITIZEN_INQUIRY] = {"citizen_inquiry", TREE_GROWING, NULL},
	[TREE_COUNT] = {"count", 0, schema_intake_count},
	[TREE_PROMISE] = {"promise", TREE_GROWING, schema_promise_view},
	[TREE_SLOT] = {"slot", TREE_GROWING, schema_slot_view},
	[TREE_SLOT_FREE] = {"slot_free", 0, NULL},
	[TREE_SLOT_DESK] = {"slot_desk", 0, NULL},
	[TREE_CITIZEN] = {"citizen", TREE_GROWING, schema_citizen_view},
	[TREE_LOOKUP] = {"lookup", 0, NULL},
	[TREE_CITIZEN_LOOKUP] = {"citizen_lookup", TREE_GROWING, schema_lookup_row},
	[TREE_WORK] = {"work", TREE_GROWING, schema_work_view},
	[TREE_WORK_OF_INQUIRY] = {"work_of_inquiry", TREE_GROWING, NULL},
	[TREE_WORK_OWNER] = {"work_owner", 0, NULL},
	[TREE_WORK_DUE] = {"work_due", 0, NULL},
	[TREE_REGISTER] = {"register", TREE_GROWING, schema_register_row},
	[TREE_CITIZEN_PLAN] = {"citizen_plan", TREE_GROWING, NULL},
	[TREE_CONSENT] = {"consent", TREE_GROWING, schema_consent_given},
	[TREE_WITHDRAWN] = {"withdrawn", 0, NULL},
};

const struct service_tree intake_replica_trees[INTAKE_REPLICA_TREES] = {
	[REPLICA_CONSENT] = {"consent", TREE_GROWING, schema_consent_given},
	[REPLICA_WITHDRAWN] = {"withdrawn", 0, NULL},
};

struct key intake_key(struct uuid id)
{
	struct key key = {0};

	key_add_uuid(&key, id);
	return key;
}

struct key intake_key_number(struct uuid id, int64_t number)
{
	struct key key = intake_key(id);

	key_add_u64(&key, (uint64_t)number);
	return key;
}

struct key intake_key_pair(struct uuid first, struct uuid second)
{
	struct key key = intake_key(first);

	key_add_uuid(&key, second);
	return key;
}

struct key intake_key_id_text(struct uuid id, struct text text)
{
	struct key key = intake_key(id);

	key_add_text(&key, text.p, text.n);
	return key;
}

struct key intake_key_time(int64_t time)
{
	struct key key = {0};

	key_add_time(&key, time);
	return key;
}

struct key intake_key_time_id(int64_t time, struct uuid id)
{
	struct key key = intake_key_time(time);

	key_add_uuid(&key, id);
	return key;
}

struct key intake_key_text(struct text text)
{
	struct key key = {0};

	key_add_text(&key, text.p, text.n);
	return key;
}

struct key intake_key_text_id(struct text text, struct uuid id)
{
	struct key key = intake_key_text(text);

	key_add_uuid(&key, id);
	return key;
}

struct key intake_key_text_time(struct text text, int64_t time)
{
	struct key key = intake_key_text(text);

	key_add_time(&key, time);
	return key;
}

struct key intake_key_text_time_id(struct text text, int64_t time, struct uuid id)
{
	struct key key = intake_key_text_time(text, time);

	key_add_uuid(&key, id);
	return key;
}

struct key intake_key_state(enum inquiry_state state)
{
	struct key key = {0};

	key_add_u8(&key, (uint8_t)state);
	return key;
}

struct key intake_key_by_state(const struct inquiry_view *view)
{
	struct key key = intake_key_state(view->state);

	key_add_time(&key, view->since);
	key_add_uuid(&key, view->inquiry);
	return key;
}

struct key intake_key_citizen_inquiry(const struct inquiry_view *view)
{
	struct key key = intake_key(view->citizen);

	key_add_time(&key, view->since);
	key_add_uuid(&key, view->inquiry);
	return key;
}

struct key intake_key_count(void)
{
	struct key key = {0};

	key_add_u8(&key, 1);
	return key;
}

struct uuid intake_key_last_id(struct bytes key)
{
	struct uuid id;

	assert(key.n >= sizeof(id.b));
	memcpy(id.b, key.p + key.n - sizeof(id.b), sizeof(id.b));
	return id;
}

int64_t intake_key_last_time(struct bytes key)
{
	assert(key.n >= sizeof(struct uuid) + 8);
	return key_time(key.p + key.n - sizeof(struct uuid) - 8);
}

int64_t intake_happened(const struct record *record)
{
	return record->occurred_at ? record->occurred_at : record->time;
}

int64_t intake_key_last_number(struct bytes key)
{
	assert(key.n >= sizeof(uint64_t));
	return (int64_t)get_u64(key.p + key.n - sizeof(uint64_t));
}
