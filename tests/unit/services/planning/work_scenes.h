/* What waits for people at a node, as its list of work says. */
#ifndef TESTS_UNIT_SERVICES_PLANNING_WORK_SCENES_H
#define TESTS_UNIT_SERVICES_PLANNING_WORK_SCENES_H

#include "tests/unit/services/planning/town.h"

static inline struct plan_work_reply work_of(struct town *t, unsigned node)
{
	struct plan_work_reply reply = {0};

	DO(node, list_plan_work, &reply, .limit = 100);
	return reply;
}

/* The only work of that kind; fails when there is none, or more. */
static inline struct plan_work_line only_work(
	struct town *t, unsigned node, enum plan_work_kind kind)
{
	struct plan_work_reply reply = work_of(t, node);
	struct plan_work_line line = {0};
	size_t n = 0;

	for (size_t i = 0; i < reply.work.n; i++)
		if (reply.work.at[i].kind == kind) {
			line = reply.work.at[i];
			n++;
		}
	assert_int_equal(n, 1);
	return line;
}

static inline size_t count_work(struct town *t, unsigned node, enum plan_work_kind kind)
{
	struct plan_work_reply reply = work_of(t, node);
	size_t n = 0;

	for (size_t i = 0; i < reply.work.n; i++)
		n += reply.work.at[i].kind == kind;
	return n;
}

#endif
