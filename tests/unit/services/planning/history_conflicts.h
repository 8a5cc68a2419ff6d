/* Random appointments, measures with periods, weekly hours and decisions about conflicts; and that
 * departments that see the same find the same. */
#ifndef TESTS_UNIT_SERVICES_PLANNING_HISTORY_CONFLICTS_H
#define TESTS_UNIT_SERVICES_PLANNING_HISTORY_CONFLICTS_H

#include "tests/unit/services/planning/history.h"

/* Times of one week, so that they meet; some with a parent whom other plans have, too. */
static inline bool is_in_the_way(const struct plan_reply *plan, struct uuid item)
{
	for (size_t i = 0; i < plan->conflicts.n; i++)
		for (size_t k = 0; k < plan->conflicts.at[i].conflict->items.n; k++)
			if (uuid_equal(plan->conflicts.at[i].conflict->items.at[k], item))
				return true;
	return false;
}

/* One of the node's own, rather one that is in the way; nil: none. */
static inline struct uuid own_appointment(
	struct history *h, unsigned node, const struct plan_reply *plan)
{
	struct uuid which = {{0}};

	for (size_t i = 0; i < plan->appointments.n; i++) {
		const struct plan_appointment *row = &plan->appointments.at[i];
		if (!text_is(row->department, departments[node]))
			continue;
		if (uuid_is_nil(which) || pick(h, 2) || is_in_the_way(plan, row->appointment))
			which = row->appointment;
	}
	return which;
}

static inline void change_appointments(
	struct history *h, unsigned node, const struct plan_line *line)
{
	struct town *t = h->t;
	struct plan_reply plan = show(t, node, line->plan);
	enum life_area area = pick_area(h);
	struct uuid parent = id_of(900 + (unsigned)pick(h, 2));
	int64_t begins = t->now + (int64_t)pick(h, 48) * MS_PER_HOUR;
	const struct book_appointment book = {.plan = line->plan,
		.seen_version = line->version,
		.begins = begins,
		.ends = begins + MS_PER_HOUR * (int64_t)(1 + pick(h, 4)),
		.travel_minutes = (int64_t)pick(h, 60),
		.attendees = {pick(h, 3) == 0, &parent},
		.life_areas = {pick(h, 6) > 0, &area}};

	struct uuid which = own_appointment(h, node, &plan);
	if (!uuid_is_nil(which) && pick(h, 2)) {
		const struct move_appointment move = {.plan = line->plan,
			.seen_version = line->version,
			.appointment = which,
			.begins = begins,
			.by = side_citizen};
		const struct cancel_appointment cancel = {.plan = line->plan,
			.seen_version = line->version,
			.appointment = which,
			.by = side_municipality};
		const struct record_attendance held = {.plan = line->plan,
			.seen_version = line->version,
			.appointment = which,
			.missed_by = pick(h, 2) ? side_citizen : side_none};
		switch (pick(h, is_in_the_way(&plan, which) ? 2 : 4)) {
		case 0:
			(void)say(t, node, SAID(cancel_appointment, &cancel), NULL);
			break;
		case 1:
			(void)say(t, node, SAID(record_attendance, &held), NULL);
			break;
		default:
			(void)say(t, node, SAID(move_appointment, &move), NULL);
		}
		return;
	}
	(void)say(t, node, SAID(book_appointment, &book), NULL);
}

static inline void change_measures(struct history *h, unsigned node, const struct plan_line *line)
{
	struct town *t = h->t;
	struct plan_reply plan = show(t, node, line->plan);
	int64_t from = date_add_days(local_date(t->now), (int64_t)pick(h, 20) - 10);
	size_t n = plan.goals.n;
	struct uuid goal = n ? plan.goals.at[pick(h, n)].goal->goal : id_of(1);
	const struct add_measure add = {.plan = line->plan,
		.seen_version = line->version,
		.goals = {n > 0, &goal},
		.kind = pick(h, 2) ? measure_kind_training : measure_kind_coaching,
		.from = pick(h, 4) ? from : 0,
		.until = pick(h, 2) ? date_add_days(from, (int64_t)pick(h, 30)) : 0,
		.hours_a_week = (int64_t)pick(h, 20)};
	const struct set_weekly_hours hours = {
		.plan = line->plan, .seen_version = line->version, .hours = (int64_t)pick(h, 60)};

	if (pick(h, 3) == 0)
		(void)say(t, node, SAID(set_weekly_hours, &hours), NULL);
	else if (plan.measures.n && pick(h, 3)) {
		const struct plan_measure *measure = &plan.measures.at[pick(h, plan.measures.n)];
		unsigned next = pick(h, 4) ? measure->state + 1U : 2 + (unsigned)pick(h, 6);
		const struct set_measure_state set = {.plan = line->plan,
			.seen_version = line->version,
			.measure = measure->measure,
			.state = (enum measure_state)(next < measure_state_end ? next : 2),
			.reason = text_of("so")};
		(void)say(t, node, SAID(set_measure_state, &set), NULL);
	} else {
		(void)say(t, node, SAID(add_measure, &add), NULL);
	}
}

static inline void settle_somewhat(struct history *h, unsigned node, const struct plan_line *line)
{
	struct plan_reply plan = show(h->t, node, line->plan);

	if (!plan.conflicts.n)
		return;
	const struct settle_conflict c = {.plan = line->plan,
		.seen_version = line->version,
		.conflict = plan.conflicts.at[pick(h, plan.conflicts.n)].conflict->conflict,
		.state = (enum conflict_state)(2 + pick(h, 3)),
		.reason = text_of("so")};
	assert_int_equal(say(h->t, node, SAID(settle_conflict, &c), NULL),
		line->state == part_state_open ? ERR_OK : ERR_CONFLICT);
}

static inline void change_what_conflicts(
	struct history *h, unsigned node, const struct plan_line *line)
{
	size_t which = pick(h, 10);

	if (which < 4)
		change_appointments(h, node, line);
	else if (which < 8)
		change_measures(h, node, line);
	else
		settle_somewhat(h, node, line);
}

/* ---- conflicts ------------------------------------------------------------------------------- */

/* What conflicts are found in, as JSON. Other plans are left out: see is_of_this_plan. */
static inline const char *facts_of(struct history *h, const struct plan_reply *plan)
{
	struct plan_reply facts = {.plan = plan->plan,
		.citizen = plan->citizen,
		.parties = {plan->parties.n, plan->parties.at},
		.measures = {plan->measures.n, plan->measures.at},
		.commitments = {plan->commitments.n, plan->commitments.at},
		.proposals = {plan->proposals.n, plan->proposals.at},
		.appointments = {plan->appointments.n, plan->appointments.at},
		.weekly_hours = plan->weekly_hours};

	return schema_to_json(schema_plan_reply(), &facts, 0, &h->t->arena);
}

static inline bool is_of_this_plan(
	const struct plan_reply *plan, const struct plan_conflict *conflict)
{
	size_t found = 0;

	if (conflict->kind != conflict_kind_overlap)
		return true;
	for (size_t i = 0; i < plan->appointments.n; i++)
		for (size_t k = 0; k < conflict->items.n; k++)
			found += uuid_equal(
				plan->appointments.at[i].appointment, conflict->items.at[k]);
	return found == conflict->items.n;
}

/* Fates are what was decided, not what is: another may know more of them. */
static inline const char *conflicts_of(struct history *h, const struct plan_reply *plan)
{
	struct conflict_view *views =
		arena_alloc(&h->t->arena, (plan->conflicts.n + 1) * sizeof(*views));
	struct plan_reply found = {.plan = plan->plan, .citizen = plan->citizen};

	assert_non_null(views);
	found.conflicts.at = views;
	for (size_t i = 0; i < plan->conflicts.n; i++) {
		struct conflict_view *view = &views[found.conflicts.n];
		if (!is_of_this_plan(plan, plan->conflicts.at[i].conflict))
			continue;
		*view = plan->conflicts.at[i];
		view->fates.n = 0;
		view->state = conflict_state_open;
		found.conflicts.n++;
	}
	return schema_to_json(schema_plan_reply(), &found, 0, &h->t->arena);
}

/* Two departments that see the same find the same. */
static inline void check_conflicts(struct history *h, unsigned node)
{
	struct plans_reply plans = plans_at(h, node);
	struct plan_reply here, there;

	if (!plans.plans.n)
		return;
	struct uuid plan = plans.plans.at[pick(h, plans.plans.n)].plan;
	here = show(h->t, node, plan);
	for (unsigned other = EMPLOYMENT; other < NODES; other++) {
		const struct show_plan ask = {.plan = plan};
		if (other == node || here.more || say(h->t, other, SAID(show_plan, &ask), &there) ||
			there.more)
			continue;
		const char *facts = facts_of(h, &here);
		assert_non_null(facts);
		if (strcmp(facts, facts_of(h, &there)) != 0)
			continue;
		assert_string_equal(conflicts_of(h, &here), conflicts_of(h, &there));
		h->agreed += here.conflicts.n > 0;
	}
}

#endif
