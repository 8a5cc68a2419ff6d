/* Items of a part: goals, steps, measures, commitments, answers, progress, proposals and answers to
 * them, appointments, reviews, fates of conflicts. They differ in what they say and agree in how
 * they are kept, moved and disclosed. */
#ifndef SERVICES_PLANNING_ITEMS_H
#define SERVICES_PLANNING_ITEMS_H

#include "services/planning/sources.h"

/* How every item begins (proto/planning.def, rule 3). */
struct item_head {
	struct uuid plan;
	struct uuid citizen;
	struct uuid id;
	struct {
		size_t n;
		enum life_area *at;
	} life_areas;
};

/* How every event begins (rule 2); those that bring a new item have it next. */
struct event_head {
	struct uuid plan;
	struct uuid citizen;
	int64_t version;
};

struct item_event {
	struct event_head head;
	const void *item;
};

struct item_kind {
	enum planning_tree tree;
	schema_fn *row;
	schema_fn *event;    /* that brings a new one */
	size_t in_disclosed; /* offset of the pointer in struct disclosed */
};

enum { ITEM_KINDS = 11 };
extern const struct item_kind item_kinds[ITEM_KINDS];

struct item_head item_head_of(const void *row);
struct event_head event_head_of(const void *event);

const struct item_kind *item_kind_of(enum planning_tree tree);

bool item_get(
	struct state *state, enum planning_tree tree, const struct item_head *which, void *ret_row);
/* Own, or received and visible then. state: the node's own. */
struct sight {
	struct state *state;
	int64_t now;
};
#define SIGHT(d_) (&(struct sight){&(d_)->state, (d_)->now})
bool item_find(const struct sight *sight, enum planning_tree tree, const struct item_head *which,
	void *ret_row);
void item_put(struct fold *fold, enum planning_tree tree, const void *row);

/* Of an event that brings an item: a copy of it and the item in the arena, where they outlive the
 * decision; any other event as it is. NULL when the arena is full. */
const void *item_event_keep(struct arena *arena, const struct schema *event, const void *fields);

/* A new item of any kind. */
void items_apply_new(struct fold *fold, const struct record *record, const void *event);

/* { .plan = ..., .id = ... } */
#define ITEM(plan_, id_) (&(struct item_head){.plan = (plan_), .id = (id_)})

#endif
