/* Trees, rows and keys of a department's state. Touches nothing. */
#include "services/planning/trees.h"

#include <assert.h>
#include <string.h>

#include "common/clock.h"
#include "proto/calendar.h"

#include "common/schema_tables.h"
#include "services/planning/rows.def"
#include "common/schema_undef.h"

enum { END_OF_WORKING_DAY = 16 * 60 }; /* minutes */

const struct service_tree planning_trees[PLANNING_TREES] = {
	[TREE_PART] = {"part", TREE_GROWING, schema_plan_part},
	[TREE_VERSION] = {"version", 0, schema_version_row},
	[TREE_GOAL] = {"goal", 0, schema_plan_goal},
	[TREE_STEP] = {"step", 0, schema_plan_step},
	[TREE_MEASURE] = {"measure", 0, schema_plan_measure},
	[TREE_COMMITMENT] = {"commitment", 0, schema_plan_commitment},
	[TREE_ANSWER] = {"answer", 0, schema_plan_answer},
	[TREE_PROGRESS] = {"progress", 0, schema_plan_progress},
	[TREE_PROPOSAL] = {"proposal", 0, schema_plan_proposal},
	[TREE_PROPOSAL_ANSWER] = {"proposal_answer", 0, schema_plan_proposal_answer},
	[TREE_APPOINTMENT] = {"appointment", 0, schema_plan_appointment},
	[TREE_REVIEW] = {"review", 0, schema_plan_review},
	[TREE_FATE] = {"fate", 0, schema_plan_fate},
	[TREE_NOTE] = {"note", 0, schema_note_row},
	[TREE_BASIS] = {"basis", 0, schema_basis_row},
	[TREE_HELD] = {"held", 0, schema_held_row},
	[TREE_CONFLICT] = {"conflict", 0, schema_plan_conflict},
	[TREE_OFFER] = {"offer", 0, schema_offer_row},
	[TREE_OFFER_ANSWER] = {"offer_answer", 0, schema_offer_answer_row},
	[TREE_WORK] = {"work", 0, schema_plan_work_row},
	[TREE_REFERRED] = {"referred", TREE_GROWING, schema_plan_referred},
	[TREE_PAUSED] = {"paused", 0, NULL},
	[TREE_ALIAS] = {"alias", TREE_GROWING, schema_alias_row},
	[TREE_CITIZEN_PLAN] = {"citizen_plan", 0, NULL},
	[TREE_CONSENT] = {"consent", TREE_GROWING, schema_consent_given},
	[TREE_CITIZEN_CONSENT] = {"citizen_consent", 0, NULL},
	[TREE_WITHDRAWN] = {"withdrawn", 0, NULL},
	[TREE_DUE] = {"due", 0, NULL},
	[TREE_WORK_OF] = {"work_of", 0, NULL},
	[TREE_WORK_PLAN] = {"work_plan", 0, NULL},
	[TREE_WORKER] = {"worker", 0, NULL},
	[TREE_PROPOSAL_PLAN] = {"proposal_plan", 0, NULL},
	[TREE_QUESTION] = {"question", TREE_GROWING, schema_capacity_asked},
	[TREE_CAPACITY] = {"capacity", TREE_GROWING, schema_capacity_answered},
	[TREE_PLAN_DUE] = {"plan_due", 0, NULL},
	[TREE_ATTENDEE] = {"attendee", 0, NULL},
	[TREE_CONFLICT_ITEM] = {"conflict_item", 0, NULL},
	[TREE_WORK_COUNT] = {"work_count", 0, schema_work_count},
	[TREE_NAME] = {"name", 0, NULL},
};

const struct uuid HELD_PARTY = {{0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff,
	0xff, 0xff, 0xff, 0xff, 0xff}};

struct key plan_key(struct uuid plan)
{
	struct key key = {0};

	key_add_uuid(&key, plan);
	return key;
}

struct key plan_key_item(struct uuid plan, struct uuid item)
{
	struct key key = plan_key(plan);

	key_add_uuid(&key, item);
	return key;
}

struct key plan_key_version(struct uuid plan, int64_t version, struct text type)
{
	struct key key = plan_key(plan);

	key_add_u64(&key, (uint64_t)version);
	if (type.n)
		key_add_text(&key, type.p, type.n);
	return key;
}

struct key plan_key_time(int64_t time)
{
	struct key key = {0};

	key_add_time(&key, time);
	return key;
}

struct key plan_key_due(int64_t due, struct uuid plan, struct uuid work)
{
	struct key key = plan_key_time(due);

	key_add_uuid(&key, plan);
	key_add_uuid(&key, work);
	return key;
}

struct key plan_key_from(struct uuid plan, struct text department)
{
	struct key key = plan_key(plan);

	key_add_text(&key, department.n ? department.p : "", department.n);
	return key;
}

struct key plan_key_work_of(char whose, struct text name, const struct plan_work_row *work)
{
	struct key key = {0};

	key_add_u8(&key, (uint8_t)whose);
	key_add_text(&key, name.n ? name.p : "", name.n);
	if (work) {
		key_add_time(&key, work->due);
		key_add_uuid(&key, work->plan);
		key_add_uuid(&key, work->work);
	}
	return key;
}

struct key plan_key_worker(struct text worker)
{
	struct key key = {0};

	key_add_text(&key, worker.n ? worker.p : "", worker.n);
	return key;
}

struct key plan_key_worker_plan(struct text worker, struct uuid plan)
{
	struct key key = plan_key_worker(worker);

	key_add_uuid(&key, plan);
	return key;
}

struct key plan_key_plan_due(struct uuid plan, int64_t due, struct uuid commitment)
{
	struct key key = plan_key(plan);

	key_add_time(&key, due);
	key_add_uuid(&key, commitment);
	return key;
}

struct key plan_key_attendee(
	struct uuid person, int64_t begins, struct uuid plan, struct uuid appointment)
{
	struct key key = plan_key(person);

	key_add_time(&key, begins);
	key_add_uuid(&key, plan);
	key_add_uuid(&key, appointment);
	return key;
}

struct key plan_key_conflict_item(struct uuid item, struct uuid plan, struct uuid conflict)
{
	struct key key = plan_key_item(item, plan);

	key_add_uuid(&key, conflict);
	return key;
}

static struct uuid uuid_before(struct bytes key, size_t end)
{
	struct uuid id;

	assert(key.n >= end + sizeof(id.b));
	memcpy(id.b, key.p + key.n - end - sizeof(id.b), sizeof(id.b));
	return id;
}

struct uuid plan_key_last(struct bytes key)
{
	return uuid_before(key, 0);
}

struct uuid plan_key_last_but_one(struct bytes key)
{
	return uuid_before(key, sizeof(struct uuid));
}

int64_t plan_happened(const struct record *record)
{
	return record->occurred_at ? record->occurred_at : record->time;
}

int64_t plan_working_days_after(int64_t time, int days)
{
	return local_time(calendar_add_working_days(local_date(time), days), END_OF_WORKING_DAY);
}

struct record plan_watched(const struct record *record, struct uuid entity)
{
	struct record watched = *record;

	watched.entity = entity;
	watched.historical = false;
	return watched;
}
