/* What is said at a department about its part, goals and measures. Touches nothing. */
#include "tests/sim/town/workload_private.h"

/* ---- the part -------------------------------------------------------------------------------- */

static bool fill_open_part(struct saying *s, void *fields)
{
	struct open_part *c = fields;
	const struct thing *known =
		one_in(s->w, 4) ? any(s->w, CITIZENS, ANY_NODE, ANY_STATE) : NULL;

	*c = (struct open_part){.plan = own_id(s),
		.number = known ? TEXT_NONE : some_number(s),
		.name = some_words(s)};
	if (known)
		c->citizen = known->id;
	AREAS(s, c->life_areas);
	return true;
}

static bool fill_assign_worker(struct saying *s, void *fields)
{
	struct assign_worker *c = fields;
	const struct thing *part = some_part(s, ANY_NODE);

	if (!part)
		return false;
	*c = (struct assign_worker){SEEN(part), .worker = some_person(s),
		.team = one_in(s->w, 2) ? text_of("north") : TEXT_NONE};
	return true;
}

static bool fill_support(struct saying *s, void *fields)
{
	struct set_expected_support *c = fields;
	const struct thing *part = some_part(s, ANY_NODE);

	if (!part)
		return false;
	*c = (struct set_expected_support){
		SEEN(part), .expected = (enum support)(1 + pick(s->w, 5))};
	return true;
}

static bool fill_close_part(struct saying *s, void *fields)
{
	struct close_part *c = fields;
	const struct thing *part = some_part(s, ANY_NODE);

	if (!part)
		return false;
	*c = (struct close_part){SEEN(part), .outcome = (enum outcome)(1 + pick(s->w, 7)),
		.paragraph = text_of("SEL 85, 2026-01-01"), .words = some_words(s)};
	return true;
}

static bool fill_hours(struct saying *s, void *fields)
{
	struct set_weekly_hours *c = fields;
	const struct thing *part = some_part(s, ANY_NODE);

	if (!part)
		return false;
	*c = (struct set_weekly_hours){SEEN(part), .hours = (int64_t)pick(s->w, 40)};
	return true;
}

static bool fill_ask_answer(struct saying *s, void *fields)
{
	struct ask_for_answer *c = fields;
	const struct thing *part = some_part(s, ANY_NODE);

	if (!part)
		return false;
	*c = (struct ask_for_answer){SEEN(part)};
	return true;
}

static bool fill_note(struct saying *s, void *fields)
{
	struct write_note *c = fields;
	const struct thing *part = some_part(s, ANY_NODE);

	if (!part)
		return false;
	*c = (struct write_note){SEEN(part), .words = some_words(s)};
	return true;
}

/* ---- goals ----------------------------------------------------------------------------------- */

static struct scale *some_scale(struct saying *s)
{
	struct scale *scale = one_in(s->w, 2) ? arena_alloc(s->arena, sizeof(*scale)) : NULL;

	if (scale)
		*scale = (struct scale){10, (int64_t)pick(s->w, 5), (int64_t)pick(s->w, 11)};
	return scale;
}

static bool fill_state_goal(struct saying *s, void *fields)
{
	struct state_goal *c = fields;
	const struct thing *part = some_part(s, ANY_NODE);

	if (!part)
		return false;
	*c = (struct state_goal){SEEN(part), .goal = own_id(s), .words = some_words(s),
		.stated_by = (enum goal_source)(1 + pick(s->w, 3)),
		.priority = (int64_t)pick(s->w, 10), .scale = some_scale(s),
		.target_on = one_in(s->w, 2) ? in_days_date(s, 10, 200) : 0};
	AREAS(s, c->life_areas);
	return true;
}

static bool fill_change_goal(struct saying *s, void *fields)
{
	struct change_goal *c = fields;
	const struct thing *goal = any(s->w, GOALS, ANY_NODE, ANY_STATE);
	const struct thing *part = part_of(s, goal);

	if (!part)
		return false;
	*c = (struct change_goal){SEEN(part), .goal = goal->id, .words = some_words(s),
		.priority = (int64_t)pick(s->w, 10), .scale = some_scale(s)};
	return true;
}

static bool fill_goal_state(struct saying *s, void *fields)
{
	static const enum goal_state next[] = {
		[goal_state_proposed] = goal_state_accepted,
		[goal_state_accepted] = goal_state_active,
		[goal_state_active] = goal_state_completed,
		[goal_state_on_hold] = goal_state_active,
		[goal_state_completed] = goal_state_active,
		[goal_state_cancelled] = goal_state_proposed,
		[goal_state_rejected] = goal_state_proposed,
	};
	struct set_goal_state *c = fields;
	const struct thing *goal = any(s->w, GOALS, ANY_NODE, ANY_STATE);
	const struct thing *part = part_of(s, goal);

	if (!part)
		return false;
	*c = (struct set_goal_state){SEEN(part), .goal = goal->id,
		.state =
			one_in(s->w, 3) ? (enum goal_state)(1 + pick(s->w, 7)) : next[goal->state]};
	return true;
}

static bool fill_add_step(struct saying *s, void *fields)
{
	struct add_step *c = fields;
	const struct thing *goal = any(s->w, GOALS, ANY_NODE, ANY_STATE);
	const struct thing *part = part_of(s, goal);

	if (!part)
		return false;
	*c = (struct add_step){SEEN(part), .goal = goal->id, .step = own_id(s),
		.words = some_words(s), .due_on = in_days_date(s, 1, 60)};
	return true;
}

static bool fill_finish_step(struct saying *s, void *fields)
{
	struct finish_step *c = fields;
	const struct thing *step = any(s->w, STEPS, ANY_NODE, ANY_STATE);
	const struct thing *part = part_of(s, step);

	if (!part)
		return false;
	*c = (struct finish_step){SEEN(part), .step = step->id};
	return true;
}

static struct mark *some_mark(struct saying *s)
{
	struct mark *mark = arena_alloc(s->arena, sizeof(*mark));

	if (mark)
		mark->value = (int64_t)pick(s->w, 11);
	return mark;
}

static bool fill_progress(struct saying *s, void *fields)
{
	struct record_progress *c = fields;
	const struct thing *goal = any(s->w, GOALS, ANY_NODE, ANY_STATE);
	const struct thing *part = part_of(s, goal);

	if (!part)
		return false;
	*c = (struct record_progress){
		SEEN(part), .goal = goal->id, .by_citizen = some_mark(s), .note = some_words(s)};
	if (one_in(s->w, 2))
		c->by_worker = some_mark(s);
	return true;
}

/* About the part and, if it has any, one of its goals or another department's. */
static bool fill_answer_plan(struct saying *s, void *fields)
{
	struct answer_plan *c = fields;
	const struct thing *goal = any(s->w, GOALS, ANY_NODE, ANY_STATE);
	const struct thing *part = goal ? part_of(s, goal) : some_part(s, ANY_NODE);

	if (!part || (s->only && !goal))
		return false;
	*c = (struct answer_plan){
		SEEN(part), .words = some_words(s), .says = (enum agreement)(1 + pick(s->w, 3))};
	if (!goal)
		return true;
	c->goals.at = arena_alloc(s->arena, sizeof(*c->goals.at));
	c->goals.n = c->goals.at ? 1 : 0;
	if (c->goals.n)
		c->goals.at[0] = (struct goal_answer){goal->id,
			s->only ? agreement_disagrees : (enum agreement)(1 + pick(s->w, 3)),
			some_words(s)};
	return true;
}

/* ---- measures -------------------------------------------------------------------------------- */

static bool fill_add_measure(struct saying *s, void *fields)
{
	struct add_measure *c = fields;
	const struct thing *goal = any(s->w, GOALS, ANY_NODE, ANY_STATE);
	const struct thing *part = goal ? part_of(s, goal) : some_part(s, ANY_NODE);

	if (!part)
		return false;
	*c = (struct add_measure){SEEN(part), .measure = own_id(s),
		.kind = (enum measure_kind)(1 + pick(s->w, 11)), .what = some_words(s),
		.worker = some_person(s), .legal_basis = text_of("SEL 82"),
		.legal_basis_of = 20260101, .from = in_days_date(s, 0, 5),
		.until = in_days_date(s, 10, 60), .hours_a_week = (int64_t)pick(s->w, 30)};
	if (!goal)
		return true;
	c->goals.at = arena_copy(s->arena, &goal->id, sizeof(goal->id));
	c->goals.n = c->goals.at ? 1 : 0;
	return true;
}

static bool fill_measure_state(struct saying *s, void *fields)
{
	static const enum measure_state next[] = {
		[measure_state_proposed] = measure_state_accepted,
		[measure_state_accepted] = measure_state_scheduled,
		[measure_state_scheduled] = measure_state_in_progress,
		[measure_state_in_progress] = measure_state_completed,
		[measure_state_completed] = measure_state_in_progress,
		[measure_state_cancelled] = measure_state_accepted,
		[measure_state_stopped] = measure_state_accepted,
	};
	struct set_measure_state *c = fields;
	const struct thing *measure = any(s->w, MEASURES, ANY_NODE, ANY_STATE);
	const struct thing *part = part_of(s, measure);

	if (!part)
		return false;
	*c = (struct set_measure_state){SEEN(part), .measure = measure->id,
		.state = one_in(s->w, 3) ? (enum measure_state)(1 + pick(s->w, 7))
					 : next[measure->state],
		.reason = some_words(s)};
	return true;
}

static const struct saying_row rows[] = {
	{schema_open_part, AT_DEPARTMENT, 6, fill_open_part, NULL},
	{schema_assign_worker, AT_DEPARTMENT, 5, fill_assign_worker, schema_open_part},
	{schema_set_expected_support, AT_DEPARTMENT, 3, fill_support, schema_open_part},
	{schema_close_part, AT_DEPARTMENT, 4, fill_close_part, schema_open_part},
	{schema_set_weekly_hours, AT_DEPARTMENT, 4, fill_hours, schema_open_part},
	{schema_ask_for_answer, AT_DEPARTMENT, 4, fill_ask_answer, schema_open_part},
	{schema_write_note, AT_DEPARTMENT, 4, fill_note, schema_open_part},
	{schema_state_goal, AT_DEPARTMENT, 16, fill_state_goal, schema_open_part},
	{schema_change_goal, AT_DEPARTMENT, 4, fill_change_goal, schema_state_goal},
	{schema_set_goal_state, AT_DEPARTMENT, 6, fill_goal_state, schema_state_goal},
	{schema_add_step, AT_DEPARTMENT, 5, fill_add_step, schema_state_goal},
	{schema_finish_step, AT_DEPARTMENT, 4, fill_finish_step, schema_add_step},
	{schema_record_progress, AT_DEPARTMENT, 5, fill_progress, schema_state_goal},
	{schema_answer_plan, AT_DEPARTMENT, 5, fill_answer_plan, schema_state_goal},
	{schema_add_measure, AT_DEPARTMENT, 10, fill_add_measure, schema_open_part},
	{schema_set_measure_state, AT_DEPARTMENT, 7, fill_measure_state, schema_add_measure},
};
SAYINGS(sayings_plan, rows);
