/* Scenes with conflicts: shared plans, appointments, measures, and what is shown of them. */
#ifndef TESTS_UNIT_SERVICES_PLANNING_CONFLICT_SCENES_H
#define TESTS_UNIT_SERVICES_PLANNING_CONFLICT_SCENES_H

#include "tests/unit/services/planning/town.h"

#define HOUR MS_PER_HOUR
#define MINUTE MS_PER_MINUTE
#define EVERYTHING life_area_none

/* Both ways between two departments. */
static inline struct uuid shared_plan(struct town *t)
{
	struct uuid plan = plan_with(t, EMPLOYMENT, FAMILY);

	consent_at(t, EMPLOYMENT, plan, SHARING(EMPLOYMENT, FAMILY, EVERYTHING));
	consent_at(t, EMPLOYMENT, plan, SHARING(FAMILY, EMPLOYMENT, EVERYTHING));
	settle(t);
	return plan;
}

struct meeting {
	int64_t begins, minutes, travel;
	struct uuid parent; /* nil: the citizen */
};
#define MEETING(begins_, minutes_, travel_) \
	(&(struct meeting){(begins_), (minutes_), (travel_), UUID_NONE})
#define UUID_NONE ((struct uuid){{0}})

static inline struct uuid book(
	struct town *t, unsigned node, struct uuid plan, const struct meeting *m)
{
	struct uuid parent = m->parent;
	struct changed reply = {0};
	struct book_appointment c = {SEEN(node, plan), .begins = m->begins,
		.ends = m->begins + m->minutes * MINUTE, .travel_minutes = m->travel, AREA(work)};

	if (!uuid_is_nil(parent)) {
		c.attendees.n = 1;
		c.attendees.at = &parent;
	}
	if (say(t, node, SAID(book_appointment, &c), &reply))
		fail_msg("book_appointment: %s %s", t->reason.field, t->reason.rule);
	return reply.id;
}

struct help {
	enum measure_kind kind;
	int64_t from, until, hours;
	struct uuid goal;
};

#define HELP(kind_, from_, until_, hours_) \
	(&(struct help){(kind_), (from_), (until_), (hours_), UUID_NONE})

/* In progress; from and until may be 0. */
static inline struct uuid help(
	struct town *t, unsigned node, struct uuid plan, const struct help *h)
{
	static const enum measure_state states[] = {
		measure_state_accepted, measure_state_in_progress};
	struct uuid goal = h->goal;
	struct changed reply = {0};

	DO(node, add_measure, &reply, SEEN(node, plan), .kind = h->kind, .from = h->from,
		.until = h->until, .hours_a_week = h->hours, .goals = {!uuid_is_nil(goal), &goal});
	for (size_t i = 0; i < 2; i++)
		DO(node, set_measure_state, NULL, SEEN(node, plan), .measure = reply.id,
			.state = states[i]);
	return reply.id;
}

static inline struct plan_reply conflicts_at(
	struct town *t, unsigned node, struct uuid plan, size_t want)
{
	struct plan_reply reply = show(t, node, plan);

	assert_int_equal(reply.conflicts.n, want);
	return reply;
}

static inline struct conflict_view the_conflict(struct town *t, unsigned node, struct uuid plan)
{
	return conflicts_at(t, node, plan, 1).conflicts.at[0];
}

static inline size_t overlaps_at(struct town *t, unsigned node, struct uuid plan)
{
	struct plan_reply reply = show(t, node, plan);
	size_t n = 0;

	for (size_t i = 0; i < reply.conflicts.n; i++)
		n += reply.conflicts.at[i].conflict->kind == conflict_kind_overlap;
	return n;
}

/* What every department that sees it must agree on. */
static inline void assert_same(const struct conflict_view *a, const struct conflict_view *b)
{
	struct arena arena;

	arena_init(&arena, 1 << 20);
	char *x = schema_to_json(schema_conflict_view(), a, 0, &arena);
	char *y = schema_to_json(schema_conflict_view(), b, 0, &arena);
	assert_non_null(x);
	assert_string_equal(x, y);
	arena_done(&arena);
}

#endif
