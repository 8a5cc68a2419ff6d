/* Rows of items, whatever their kind. Pure; state through service.h. */
#include "services/planning/items.h"

#include <assert.h>
#include <stddef.h>
#include <string.h>

#include "services/planning/handover.h"
#include "services/planning/parts.h"

/* The heads are read from any item and any event: the compiler compares their places. */
#define SAME_ITEM_HEAD(row_)                                                                       \
	static_assert(offsetof(struct row_, life_areas) == offsetof(struct item_head, life_areas), \
		"an item begins with plan, citizen, id, life areas")
SAME_ITEM_HEAD(plan_goal);
SAME_ITEM_HEAD(plan_step);
SAME_ITEM_HEAD(plan_measure);
SAME_ITEM_HEAD(plan_commitment);
SAME_ITEM_HEAD(plan_answer);
SAME_ITEM_HEAD(plan_progress);
SAME_ITEM_HEAD(plan_proposal);
SAME_ITEM_HEAD(plan_proposal_answer);
SAME_ITEM_HEAD(plan_appointment);
SAME_ITEM_HEAD(plan_review);
SAME_ITEM_HEAD(plan_fate);
static_assert(offsetof(struct goal_stated, goal) == offsetof(struct item_event, item),
	"an event that brings an item has it behind its head");

const struct item_kind item_kinds[ITEM_KINDS] = {
	{TREE_GOAL, schema_plan_goal, schema_goal_stated, offsetof(struct disclosed, goal)},
	{TREE_STEP, schema_plan_step, schema_step_added, offsetof(struct disclosed, step)},
	{TREE_MEASURE, schema_plan_measure, schema_measure_added,
		offsetof(struct disclosed, measure)},
	{TREE_COMMITMENT, schema_plan_commitment, schema_commitment_made,
		offsetof(struct disclosed, commitment)},
	{TREE_ANSWER, schema_plan_answer, schema_plan_answered, offsetof(struct disclosed, answer)},
	{TREE_PROGRESS, schema_plan_progress, schema_progress_recorded,
		offsetof(struct disclosed, progress)},
	{TREE_PROPOSAL, schema_plan_proposal, schema_measure_proposed,
		offsetof(struct disclosed, proposal)},
	{TREE_PROPOSAL_ANSWER, schema_plan_proposal_answer, schema_proposal_answered,
		offsetof(struct disclosed, proposal_answer)},
	{TREE_APPOINTMENT, schema_plan_appointment, schema_appointment_booked,
		offsetof(struct disclosed, appointment)},
	{TREE_REVIEW, schema_plan_review, schema_review_planned,
		offsetof(struct disclosed, review)},
	{TREE_FATE, schema_plan_fate, schema_conflict_settled, offsetof(struct disclosed, fate)},
};

struct item_head item_head_of(const void *row)
{
	struct item_head head;

	memcpy(&head, row, sizeof(head));
	return head;
}

struct event_head event_head_of(const void *event)
{
	struct event_head head;

	memcpy(&head, event, sizeof(head));
	return head;
}

const struct item_kind *item_kind_of(enum planning_tree tree)
{
	for (size_t i = 0; i < ITEM_KINDS; i++)
		if (item_kinds[i].tree == tree)
			return &item_kinds[i];
	assert(false); /* not a tree of items */
	return NULL;
}

bool item_get(
	struct state *state, enum planning_tree tree, const struct item_head *which, void *ret_row)
{
	struct key key = plan_key_item(which->plan, which->id);

	return state_get(state, tree, &key, item_kind_of(tree)->row(), ret_row);
}

bool item_find(const struct sight *sight, enum planning_tree tree, const struct item_head *which,
	void *ret_row)
{
	struct source sources[SOURCES_MAX];
	size_t n;

	if (item_get(sight->state, tree, which, ret_row))
		return true;
	n = sources_collect(sight->state, sight->now, sources);
	for (size_t i = 0; i < n; i++)
		if (!sources[i].own && item_get(&sources[i].state, tree, which, ret_row) &&
			source_shows(sight->state, &sources[i], which->plan, which->id))
			return true;
	return false;
}

void item_put(struct fold *fold, enum planning_tree tree, const void *row)
{
	struct item_head head = item_head_of(row);
	struct key key = plan_key_item(head.plan, head.id);

	fold_put(fold, tree, &key, item_kind_of(tree)->row(), row);
	if (tree == TREE_PROPOSAL || tree == TREE_PROPOSAL_ANSWER) {
		struct key of_proposal = plan_key_item(head.id, head.plan);
		fold_put(fold, TREE_PROPOSAL_PLAN, &of_proposal, NULL, NULL);
	}
	handover_note_item(fold, tree, row);
}

const void *item_event_keep(struct arena *arena, const struct schema *event, const void *fields)
{
	for (size_t i = 0; i < ITEM_KINDS; i++) {
		struct item_event e;
		if (item_kinds[i].event() != event)
			continue;
		void *copy = arena_copy(arena, fields, event->size);
		memcpy(&e, fields, sizeof(e));
		e.item = arena_copy(arena, e.item, item_kinds[i].row()->size);
		if (!copy || !e.item)
			return NULL;
		memcpy(copy, &e, sizeof(e));
		return copy;
	}
	return fields;
}

void items_apply_new(struct fold *fold, const struct record *record, const void *event)
{
	struct item_event e;

	memcpy(&e, event, sizeof(e));
	for (size_t i = 0; i < ITEM_KINDS; i++)
		if (text_is(record->type, item_kinds[i].event()->head->name))
			item_put(fold, item_kinds[i].tree, e.item);
	held_note(fold, record, item_head_of(e.item).id);
	part_touch(fold, record, event);
}
