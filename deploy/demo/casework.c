/* A course as lines of its departments; touches the directory's lines. */
#include "deploy/demo/casework.h"

#include "common/clock.h"
#include "deploy/demo/casetexts.h"
#include "deploy/demo/help.h"
#include "deploy/demo/part.h"
#include "deploy/demo/promises.h"

#define PICK(chance, weights) \
	chance_weighted(chance, weights, sizeof(weights) / sizeof((weights)[0]))

static const char paragraph[] = "SEL section 85 (2016)";

/* permille of courses in which the first help begins on the day of the talk, or the next one */
enum { AT_ONCE = 600 };
enum { HOURS_OF_ONE = 3, HOURS_OF_OTHER = 4, TOO_FEW_HOURS = 5, ANSWER_MINUTE = 15 * 60 };

/* ---- what every part has --------------------------------------------------------------------- */

static int64_t add_worker(struct part *part)
{
	const struct assign_worker with = {
		.plan = part->course->plan, .worker = text_of(part->worker)};
	int64_t at = part_later(part, part->opened, 0, 1);

	part_add(part, schema_assign_worker(), &with, at);
	return at;
}

/* Rule 4. */
static enum support expected_support(struct part *part)
{
	static const int weights[] = {18, 36, 46};

	if (!part->course->card.needed)
		return (enum support)(PICK(&part->chance, weights) + 1);
	return chance_permille(&part->chance, 80) ? support_residential : support_face_to_face;
}

static void add_support(struct part *part, int64_t from, int64_t assessed_at)
{
	const struct set_expected_support with = {.plan = part->course->plan,
		.expected = expected_support(part),
		.assessed_by = text_of(part->worker),
		.assessed_at = assessed_at};

	part_add(part, schema_set_expected_support(), &with, part_later(part, from, 0, 3));
}

static void add_weekly_hours(struct part *part, int64_t from)
{
	bool few = part->course->card.joint == JOINT_HOURS;
	const struct set_weekly_hours with = {.plan = part->course->plan,
		.hours = few ? TOO_FEW_HOURS : chance_between(&part->chance, 8, 25)};

	if (few || chance_permille(&part->chance, 350))
		part_add(part, schema_set_weekly_hours(), &with, part_later(part, from, 0, 4));
}

static struct goal_answer say_about(struct part *part, struct uuid goal)
{
	static const int weights[] = {84, 11, 5};
	struct goal_answer answer = {
		.goal = goal, .says = (enum agreement)(PICK(&part->chance, weights) + 1)};

	if (answer.says == agreement_agrees)
		answer.words = part_text(part, WRITTEN_AGREES, 350);
	if (answer.says == agreement_disagrees)
		answer.words = part_text(part, WRITTEN_DISAGREES, 1000);
	return answer;
}

/* The citizen is asked, and says something about the plan and each of the goals. */
static void ask_citizen(struct part *part, int64_t from)
{
	const struct course *course = part->course;
	const struct ask_for_answer ask = {.plan = course->plan};
	struct goal_answer goals[PART_GOALS_MAX], whole;
	int64_t asked = part_later(part, from, 0, 4);

	part_add(part, schema_ask_for_answer(), &ask, asked);
	if (chance_permille(&part->chance, 80))
		return;
	for (size_t i = 0; i < part->n_goals; i++)
		goals[i] = say_about(part, part->goals[i].id);
	whole = say_about(part, course->plan);
	const struct answer_plan with = {.plan = ask.plan,
		.says = whole.says,
		.words = whole.words,
		.goals = {part->n_goals, goals}};
	part_add(part, schema_answer_plan(), &with, part_later(part, asked, 0, 8));
}

/* Has to be the last line that is added of a part. */
static void close_part_at_end(struct part *part)
{
	bool well = part->outcome == outcome_self_reliant || part->outcome == outcome_less_support;
	struct close_part with = {.plan = part->course->plan,
		.outcome = part->outcome,
		.words = part_text(part, well ? WRITTEN_ENDS_WELL : WRITTEN_ENDS_OTHERWISE, 700)};

	if (part->outcome == outcome_ordinary_support)
		with.paragraph = text_of(paragraph);
	part_add(part, schema_close_part(), &with, part->ends);
}

/* ---- how the two go together ----------------------------------------------------------------- */

/* What the first department asks of the second one, and what comes of it. */
struct asking {
	struct propose_measure with;
	int64_t made;
	int64_t answered; /* 0: never */
	bool accepted;
};

/* last: the citizen's last part, which decides how the course ended. */
static enum outcome outcome_of(struct part *part, bool last)
{
	static const enum outcome outcomes[] = {
		outcome_self_reliant, outcome_less_support, outcome_more_support};
	static const int weights[] = {62, 34, 4};
	struct course *course = part->course;

	if (course->card.fate == FATE_STOPPED)
		return course->number % 3 ? outcome_stopped_by_citizen : outcome_moved;
	if (last && course->card.ordinary)
		return outcome_ordinary_support;
	return outcomes[PICK(&part->chance, weights)];
}

/* Well before something else does. */
static int64_t some_end(struct part *part, int64_t until)
{
	int permille = (int)chance_between(&part->chance, 550, 880);

	return part_later(part, part_between(part->opened, until, permille), 0, 0);
}

/* The first part ends with the course, or before it, when the second one goes on alone. */
static void set_end(struct part *part)
{
	struct course *course = part->course;
	enum joint joint = (enum joint)course->card.joint;
	bool before = course->card.fate != FATE_OPEN &&
		      (joint == JOINT_ACCEPTED || joint == JOINT_LATE) &&
		      chance_permille(&part->chance, 400);

	part->ends = course->ends;
	if (before)
		part->ends = part_between(
			part->opened, course->ends, (int)chance_between(&part->chance, 550, 850));
	part->outcome = outcome_of(part, !before);
}

/* The second part ends before the first one where that goes on to the end. */
static void set_second_end(struct part *part, const struct part *first)
{
	struct course *course = part->course;
	bool open = course->card.fate == FATE_OPEN;
	int64_t until = open ? course->end : course->ends;

	part->ends = course->ends;
	if (first->ends < course->ends || (open && chance_permille(&part->chance, 700)) ||
		until <= part->opened) {
		part->outcome = outcome_of(part, true);
		return;
	}
	part->ends = some_end(part, until);
	part->outcome = outcome_of(part, false);
}

/* ---- asking a second department -------------------------------------------------------------- */

static int64_t answer_time(struct part *part, const struct asking *asking, bool late)
{
	int64_t by = asking->with.answer_by;
	int64_t at = part_later(part, late && by < part->ends ? by : asking->made, 1, 9);

	if (late || at <= by)
		return at;
	return part_between(asking->made, by < part->ends ? by : part->ends, 500);
}

static void propose(struct part *part, const struct help *own, struct asking *ret)
{
	struct course *course = part->course;
	enum joint joint = (enum joint)course->card.joint;
	struct goal *goal = &part->goals[0];
	int64_t made = part_later(part, goal->active, 3, 14);
	int64_t by = date_add_days(local_date(made), chance_between(&part->chance, 8, 14));
	int64_t begins = date_add_days(by, chance_between(&part->chance, 1, 7));
	enum measure_kind kind = help_kind(part, part->kinds);

	*ret = (struct asking){.made = made,
		.with = {.plan = course->plan,
			.proposal = course_id(course, made),
			.to = text_of(department_name(course->second)),
			.goals = {1, &goal->id},
			.kind = joint == JOINT_SAME_HELP ? own->kind : kind,
			.what = part_text(part, WRITTEN_PROPOSAL, 1000),
			.begins = begins,
			.until = date_add_days(begins, chance_between(&part->chance, 42, 120)),
			.hours_a_week = joint == JOINT_HOURS ? HOURS_OF_OTHER
							     : chance_between(&part->chance, 1, 3),
			.answer_by = local_time(by, ANSWER_MINUTE)}};
	part_add(part, schema_propose_measure(), &ret->with, made);
	if (joint == JOINT_UNANSWERED)
		return;
	ret->answered = answer_time(part, ret, joint == JOINT_LATE);
	ret->accepted = joint != JOINT_REJECTED;
}

/* ---- the two parts --------------------------------------------------------------------------- */

static void add_help(struct part *part, int64_t from, size_t n)
{
	for (size_t i = 0; i < n; i++) {
		const struct goal *goal = &part->goals[i % part->n_goals];
		int days = (int)chance_between(&part->chance, 5, 60);
		struct help more = {.kind = help_kind(part, 0)};
		int64_t at = part_later(part, from > goal->active ? from : goal->active, 4, days);
		help_add(part, &more, goal, at);
	}
}

static void write_first(struct part *part, struct asking *ret)
{
	static const int more[] = {25, 38, 27, 10};
	static const int goals[] = {45, 38, 17};
	struct course *course = part->course;
	enum joint joint = (enum joint)course->card.joint;
	struct help help = {.kind = help_kind(part, 0),
		.hours = joint == JOINT_HOURS ? HOURS_OF_ONE : 0,
		.soon = true,
		.surely = joint == JOINT_HOURS || joint == JOINT_SAME_HELP};

	part->opened = course->opened;
	set_end(part);
	part->at_once = chance_permille(&part->chance, AT_ONCE);
	int64_t from = add_worker(part);
	if (course->card.needed || chance_permille(&part->chance, 930))
		add_support(part, from, course->talked);
	add_weekly_hours(part, from);
	int64_t stated = help_state_goals(part, PICK(&part->chance, goals) + 1, from);
	help_add(part, &help, &part->goals[0], part->goals[0].stated);
	part->at_once = false;
	ask_citizen(part, stated);
	add_help(part, stated, PICK(&part->chance, more));
	promises_make(part, chance_between(&part->chance, 2, 6), stated);
	promises_meet(part, chance_between(&part->chance, 0, 3), stated);
	promises_review(part, stated);
	*ret = (struct asking){.made = 0};
	if (joint != JOINT_NONE)
		propose(part, &help, ret);
	if (chance_permille(&part->chance, 300))
		ask_citizen(part, part_between(stated, part->ends, 500));
	for (size_t i = 0; i < part->n_goals; i++)
		help_record_progress(part, &part->goals[i], part->goals[i].active);
	help_end_goals(part);
	close_part_at_end(part);
}

static void answer(struct part *part, const struct asking *asking, struct uuid measure)
{
	struct answer_proposal with = {.plan = part->course->plan,
		.proposal = asking->with.proposal,
		.answer = proposal_state_rejected};

	if (asking->accepted) {
		with.answer = proposal_state_accepted;
		with.measure = measure;
		with.worker = text_of(part->worker);
	} else {
		with.reason = part_text(part, WRITTEN_REJECTED, 1000);
	}
	part_add(part, schema_answer_proposal(), &with, asking->answered);
}

static void write_second(struct part *part, const struct part *first, const struct asking *asking)
{
	enum joint joint = (enum joint)part->course->card.joint;
	struct help help = {.kind = asking->with.kind,
		.soon = true,
		.surely = joint == JOINT_HOURS || joint == JOINT_SAME_HELP};
	struct goal theirs = first->goals[0];

	part->opened = asking->answered;
	help.id = course_id(part->course, part->opened);
	answer(part, asking, help.id);
	if (!asking->accepted)
		return;
	set_second_end(part, first);
	int64_t from = add_worker(part);
	if (chance_permille(&part->chance, 300))
		add_support(part, from, 0);
	help_go_on(part, &help, from);
	if (chance_permille(&part->chance, 500)) {
		int64_t stated = help_state_goals(part, 1, from);
		add_help(part, stated, 1);
		ask_citizen(part, stated);
	}
	promises_make(part, chance_between(&part->chance, 1, 3), from);
	promises_meet(part, chance_between(&part->chance, 0, 2), from);
	theirs.scale.now = (theirs.scale.start + theirs.scale.now) / 2;
	help_record_progress(part, &theirs, from);
	help_end_goals(part);
	close_part_at_end(part);
}

void casework_write(struct course *course, struct directory *directory)
{
	struct part first, second;
	struct asking asking;

	part_begin(
		&first, course, course->first, &directory->departments[course->first][PHASE_OWN]);
	write_first(&first, &asking);
	if (!asking.answered)
		return;
	part_begin(&second, course, course->second,
		&directory->departments[course->second][PHASE_JOINT]);
	write_second(&second, &first, &asking);
}
