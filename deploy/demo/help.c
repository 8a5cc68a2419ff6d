/* Goals and measures as lines; touches the part's lines. */
#include "deploy/demo/help.h"

#include "common/clock.h"
#include "deploy/demo/casetexts.h"

#define PICK(chance, weights) \
	chance_weighted(chance, weights, sizeof(weights) / sizeof((weights)[0]))

enum { STEPS = 3 };

/* ---- goals ----------------------------------------------------------------------------------- */

static void set_goal_state(
	struct part *part, const struct goal *goal, enum goal_state state, int64_t at)
{
	const struct set_goal_state with = {
		.plan = part->course->plan, .goal = goal->id, .state = state};

	part_add(part, schema_set_goal_state(), &with, at);
}

static void add_steps(struct part *part, const struct goal *goal)
{
	int64_t n = chance_between(&part->chance, 0, STEPS), at = goal->stated;

	for (int64_t i = 0; i < n; i++) {
		at = part_later(part, at, 0, 6);
		const struct add_step with = {.plan = part->course->plan,
			.goal = goal->id,
			.step = course_id(part->course, at),
			.words = part_text(part, WRITTEN_STEP, 1000),
			.due_on = date_add_days(
				local_date(at), chance_between(&part->chance, 7, 42))};
		part_add(part, schema_add_step(), &with, at);
		if (!chance_permille(&part->chance, 650))
			continue;
		const struct finish_step finish = {.plan = with.plan, .step = with.step};
		part_add(part, schema_finish_step(), &finish, part_later(part, at, 3, 40));
	}
}

static enum goal_source source_of(struct part *part)
{
	if (part->course->asker == asker_relative && chance_permille(&part->chance, 500))
		return goal_source_relative;
	return chance_permille(&part->chance, 70) ? goal_source_department : goal_source_citizen;
}

static void state_goal(struct part *part, struct goal *goal, int64_t priority)
{
	const struct state_goal with = {.plan = part->course->plan,
		.goal = goal->id,
		.words = text_of(casetexts_goal(&part->chance, goal->area)),
		.stated_by = source_of(part),
		.life_areas = {1, &goal->area},
		.priority = priority,
		.scale = &goal->scale,
		.target_on = date_add_days(
			local_date(goal->stated), chance_between(&part->chance, 60, 240))};

	part_add(part, schema_state_goal(), &with, goal->stated);
}

int64_t help_state_goals(struct part *part, size_t n, int64_t from)
{
	const struct course *course = part->course;
	int64_t at = from;

	for (size_t i = 0; i < n; i++) {
		struct goal *goal = &part->goals[part->n_goals++];
		int64_t start = chance_between(&part->chance, 1, 4);
		at = part_later(part, at, 0, i ? 3 : 1);
		*goal = (struct goal){.id = course_id(part->course, at),
			.area = course->areas[i % course->n_areas],
			.stated = at,
			.scale = {.wanted = chance_between(&part->chance, 6, 10),
				.start = start,
				.now = start}};
		state_goal(part, goal, (int64_t)i + 1);
		int64_t accepted = part_later(part, at, 0, 3);
		set_goal_state(part, goal, goal_state_accepted, accepted);
		goal->active = part_later(part, accepted, 0, 4);
		set_goal_state(part, goal, goal_state_active, goal->active);
		add_steps(part, goal);
	}
	return at;
}

void help_end_goals(struct part *part)
{
	bool well = part->outcome == outcome_self_reliant || part->outcome == outcome_less_support;
	int64_t last = part->ends - 12 * MS_PER_DAY;

	for (size_t i = 0; i < part->n_goals; i++) {
		const struct goal *goal = &part->goals[i];
		int64_t at = part_later(part, goal->active > last ? goal->active : last, 0, 8);
		if (chance_permille(&part->chance, well ? 750 : 250))
			set_goal_state(part, goal, goal_state_completed, at);
		else if (!well && chance_permille(&part->chance, 500))
			set_goal_state(part, goal, goal_state_cancelled, at);
	}
}

/* ---- measures -------------------------------------------------------------------------------- */

enum measure_kind help_kind(struct part *part, unsigned but)
{
	static const int kinds[] = {18, 18, 20, 11, 23, 10};
	int weights[sizeof(kinds) / sizeof(kinds[0])];

	for (unsigned i = 0; i < sizeof(kinds) / sizeof(kinds[0]); i++)
		weights[i] = (but >> (i + 1)) & 1 ? 0 : kinds[i];
	return (enum measure_kind)(PICK(&part->chance, weights) + 1);
}

static void set_state(
	struct part *part, const struct help *help, enum measure_state state, int64_t at)
{
	const struct set_measure_state with = {.plan = part->course->plan,
		.measure = help->id,
		.state = state,
		.reason = state == measure_state_stopped || state == measure_state_cancelled
				  ? part_text(part, WRITTEN_STOPPED, 1000)
				  : TEXT_NONE};

	part_add(part, schema_set_measure_state(), &with, at);
}

/* How long it goes on: some weeks, and not longer than the part. */
static int64_t last_moment(struct part *part, const struct help *help)
{
	int64_t weeks = chance_between(&part->chance, 3, 22);
	int64_t until = help->begins + weeks * 7 * MS_PER_DAY, limit = part->ends - 2 * MS_PER_DAY;

	if (help->surely || until > limit)
		until = limit;
	return until > help->begins ? until : help->begins;
}

void help_go_on(struct part *part, struct help *help, int64_t from)
{
	bool stopped = chance_permille(&part->chance, 110);
	int64_t at = from;

	if (!help->surely && !help->soon && chance_permille(&part->chance, 50)) {
		set_state(part, help, measure_state_cancelled, part_later(part, at, 2, 20));
		return;
	}
	if (chance_permille(&part->chance, 450)) {
		at = part_later(part, at, 0, 1);
		set_state(part, help, measure_state_scheduled, at);
	}
	help->begins = part_later(part, at, 0, help->soon ? 4 : 14);
	help->ends = part_later(part, last_moment(part, help), 0, 0);
	set_state(part, help, measure_state_in_progress, help->begins);
	set_state(part, help,
		stopped && !help->surely ? measure_state_stopped : measure_state_completed,
		help->ends);
}

void help_add(struct part *part, struct help *help, const struct goal *goal, int64_t from)
{
	static const int64_t hours[] = {[measure_kind_volunteer] = 2,
		[measure_kind_network] = 2,
		[measure_kind_training] = 3,
		[measure_kind_coaching] = 1};
	bool volunteers = help->kind == measure_kind_volunteer;
	int64_t at = part_later(part, from, 0, 1), accepted = part_later(part, at, 0, 1);
	int64_t starts = local_date(accepted);
	struct uuid served = goal->id;

	help->id = course_id(part->course, at);
	if (goal == &part->goals[0])
		part->kinds |= 1u << help->kind;
	if (!help->hours && help->kind <= measure_kind_coaching)
		help->hours = hours[help->kind];
	const struct add_measure with = {.plan = part->course->plan,
		.measure = help->id,
		.goals = {1, &served},
		.kind = help->kind,
		.what = text_of(casetexts_help(&part->chance, help->kind)),
		.owner = text_of(volunteers ? "Frivilligcentret" : ""),
		.worker = text_of(part->worker),
		.from = starts,
		.until = date_add_days(starts, chance_between(&part->chance, 28, 170)),
		.hours_a_week = help->hours};
	part_add(part, schema_add_measure(), &with, at);
	set_state(part, help, measure_state_accepted, accepted);
	help_go_on(part, help, accepted);
}

/* ---- progress -------------------------------------------------------------------------------- */

/* Mostly upwards, now and then back. */
static int64_t next_mark(struct part *part, const struct scale *scale)
{
	int64_t mark = scale->now + chance_between(&part->chance, -1, 3);

	if (mark > scale->wanted + 1)
		mark = scale->wanted + 1;
	return mark < 0 ? 0 : mark > 10 ? 10 : mark;
}

void help_record_progress(struct part *part, struct goal *goal, int64_t from)
{
	int64_t at = from;

	while (at < part->course->end && at + 45 * MS_PER_DAY < part->ends) {
		at = part_later(part, at, 18, 40);
		goal->scale.now = next_mark(part, &goal->scale);
		struct mark citizen = {goal->scale.now}, worker = citizen;
		bool silent = chance_permille(&part->chance, 120);
		if (worker.value > 0 && chance_permille(&part->chance, 300))
			worker.value--;
		const struct record_progress with = {.plan = part->course->plan,
			.goal = goal->id,
			.by_citizen = silent ? NULL : &citizen,
			.by_worker = silent || chance_permille(&part->chance, 500) ? &worker : NULL,
			.note = part_text(part, WRITTEN_PROGRESS, 600)};
		part_add(part, schema_record_progress(), &with, at);
	}
}
