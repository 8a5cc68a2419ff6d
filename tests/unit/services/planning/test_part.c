/* Inside one department: goals, steps, measures, commitments, versions, notes. */
#include "tests/unit/services/planning/town.h"

#include "services/planning/states.h"

/* ---- state machines ---------------------------------------------------------------------------
 */

/* from x to, in the order of the states' numbers; 1: allowed */
static const char *const goal_want[] = {
	/* proposed accepted active on_hold completed cancelled rejected */
	"0100011", /* proposed */
	"0010010", /* accepted */
	"0001110", /* active */
	"0010010", /* on_hold */
	"0000000", /* completed */
	"0000000", /* cancelled */
	"0000000", /* rejected */
};
static const char *const measure_want[] = {
	/* proposed accepted scheduled in_progress completed cancelled stopped */
	"0100010", /* proposed */
	"0011010", /* accepted */
	"0001010", /* scheduled */
	"0000101", /* in_progress */
	"0000000", /* completed */
	"0000000", /* cancelled */
	"0000000", /* stopped */
};

static void the_tables_are_what_was_agreed(void **state)
{
	(void)state;
	for (int from = 1; from < goal_state_end; from++)
		for (int to = 1; to < goal_state_end; to++)
			assert_int_equal(
				goal_may_become((enum goal_state)from, (enum goal_state)to),
				goal_want[from - 1][to - 1] == '1');
	for (int from = 1; from < measure_state_end; from++)
		for (int to = 1; to < measure_state_end; to++)
			assert_int_equal(measure_may_become(
						 (enum measure_state)from, (enum measure_state)to),
				measure_want[from - 1][to - 1] == '1');
}

static enum err set_goal(struct town *t, struct uuid plan, struct uuid goal, int to)
{
	const struct set_goal_state c = {
		SEEN(FAMILY, plan), .goal = goal, .state = (enum goal_state)to};

	return say(t, FAMILY, SAID(set_goal_state, &c), NULL);
}

static enum err set_measure(struct town *t, struct uuid plan, struct uuid measure, int to)
{
	const struct set_measure_state c = {SEEN(FAMILY, plan), .measure = measure,
		.state = (enum measure_state)to, .reason = text_of("moved away")};

	return say(t, FAMILY, SAID(set_measure_state, &c), NULL);
}

static struct uuid measure_of(struct town *t, struct uuid plan)
{
	struct changed reply = {0};

	DO(FAMILY, add_measure, &reply, SEEN(FAMILY, plan), .kind = measure_kind_coaching,
		.what = text_of("a talk a week"));
	return reply.id;
}

/* A way from proposed into each state. */
static const int goal_ways[][4] = {{0}, {2}, {2, 3}, {2, 3, 4}, {2, 3, 5}, {6}, {7}};
static const int measure_ways[][4] = {{0}, {2}, {2, 3}, {2, 3, 4}, {2, 3, 4, 5}, {6}, {2, 4, 7}};

static void every_step_of_a_goal(void **state)
{
	struct town *t = *state;
	struct uuid plan = plan_with(t, FAMILY, 0);

	for (int from = 1; from < goal_state_end; from++)
		for (int to = 1; to < goal_state_end; to++) {
			struct uuid goal = state_goal_of(t, FAMILY, plan, life_area_housing);
			for (int i = 0; i < 4 && goal_ways[from - 1][i]; i++)
				assert_int_equal(
					set_goal(t, plan, goal, goal_ways[from - 1][i]), ERR_OK);
			enum err want = goal_want[from - 1][to - 1] == '1' ? ERR_OK : ERR_CONFLICT;
			assert_int_equal(set_goal(t, plan, goal, to), want);
			if (want)
				assert_string_equal(t->reason.field, "state");
		}
}

static void every_step_of_a_measure(void **state)
{
	struct town *t = *state;
	struct uuid plan = plan_with(t, FAMILY, 0);

	for (int from = 1; from < measure_state_end; from++)
		for (int to = 1; to < measure_state_end; to++) {
			struct uuid measure = measure_of(t, plan);
			for (int i = 0; i < 4 && measure_ways[from - 1][i]; i++)
				assert_int_equal(
					set_measure(t, plan, measure, measure_ways[from - 1][i]),
					ERR_OK);
			enum err want =
				measure_want[from - 1][to - 1] == '1' ? ERR_OK : ERR_CONFLICT;
			assert_int_equal(set_measure(t, plan, measure, to), want);
		}
}

static void leaving_early_needs_a_reason(void **state)
{
	struct town *t = *state;
	struct uuid plan = plan_with(t, FAMILY, 0), measure = measure_of(t, plan);

	assert_int_equal(set_measure(t, plan, measure, measure_state_accepted), ERR_OK);
	assert_int_equal(set_measure(t, plan, measure, measure_state_in_progress), ERR_OK);
	REFUSED(FAMILY, ERR_INVALID, "reason", set_measure_state, SEEN(FAMILY, plan),
		.measure = measure, .state = measure_state_stopped);
	assert_int_equal(set_measure(t, plan, measure, measure_state_stopped), ERR_OK);
	assert_text(show(t, FAMILY, plan).measures.at[0].reason, "moved away");
}

/* ---- rights and versions --------------------------------------------------------------------- */

static void only_the_own_department(void **state)
{
	struct town *t = *state;
	struct uuid plan = plan_with(t, FAMILY, SOCIAL);
	int64_t version = version_of(t, FAMILY, plan);

	t->department = "social";
	REFUSED(FAMILY, ERR_DENIED, "actor.department", assign_worker, .plan = plan,
		.seen_version = version);
	REFUSED(FAMILY, ERR_DENIED, "actor.department", show_plan, .plan = plan);
	REFUSED(FAMILY, ERR_DENIED, "actor.department", list_plans, .limit = 1);
	REFUSED(FAMILY, ERR_DENIED, "actor.department", list_plan_work, .limit = 1);
	t->department = "";
	REFUSED(FAMILY, ERR_DENIED, "actor.department", write_note, .plan = plan,
		.words = text_of("x"));
	t->department = NULL;
	REFUSED(SOCIAL, ERR_NOT_FOUND, "plan", assign_worker, .plan = id_of(99), .seen_version = 1);
	t->role = "front_desk";
	REFUSED(FAMILY, ERR_DENIED, "actor.role", assign_worker, .plan = plan,
		.seen_version = version);
}

static void a_stale_write_is_told_what_changed(void **state)
{
	struct town *t = *state;
	struct uuid plan = plan_with(t, FAMILY, 0);
	int64_t seen = version_of(t, FAMILY, plan);
	struct changed reply = {0};

	struct uuid goal = state_goal_of(t, FAMILY, plan, life_area_housing);
	state_goal_of(t, FAMILY, plan, life_area_work);
	measure_of(t, plan);
	REFUSED(FAMILY, ERR_STALE, "seen_version", set_goal_state, .plan = plan, .goal = goal,
		.seen_version = seen, .state = goal_state_accepted);
	assert_non_null(strstr(t->reason.rule, "it is 4 now; since then: goal_stated, "
					       "measure_added"));
	REFUSED(FAMILY, ERR_INVALID, "seen_version", set_goal_state, .plan = plan, .goal = goal,
		.state = goal_state_accepted);
	REFUSED(FAMILY, ERR_INVALID, "seen_version", set_goal_state, .plan = plan, .goal = goal,
		.seen_version = 9, .state = goal_state_accepted);
	DO(FAMILY, set_goal_state, &reply, .plan = plan, .goal = goal, .seen_version = 4,
		.state = goal_state_accepted);
	assert_int_equal(reply.version, 5);
	/* what is said beside the part makes nobody's writing stale */
	DO(FAMILY, write_note, &reply, .plan = plan, .words = text_of("x"));
	DO(FAMILY, answer_plan, &reply, .plan = plan, .says = agreement_agrees);
	assert_int_equal(reply.version, 5);
}

static void imports_from_before_name_no_version(void **state)
{
	struct town *t = *state;
	struct uuid plan = plan_with(t, FAMILY, 0);
	struct changed reply = {0};

	t->historical = true;
	t->peer = PEER_IMPORTER;
	t->occurred_at = at(20260301, 10, 0);
	DO(FAMILY, state_goal, &reply, .plan = plan, .words = text_of("sleep"),
		.stated_by = goal_source_citizen, AREA(health));
	assert_int_equal(reply.version, 2);
	/* what was due before it was written down lapsed */
	DO(FAMILY, make_commitment, &reply, .plan = plan, .by = side_municipality,
		.what = text_of("call back"), .due = at(20260401, 10, 0));
	struct uuid past = reply.id;
	t->occurred_at = at(20260302, 10, 0);
	DO(FAMILY, make_commitment, &reply, .plan = plan, .by = side_citizen,
		.what = text_of("write"), .due = at(20261201, 10, 0));
	t->historical = false;
	t->peer = PEER_PORTAL;
	t->occurred_at = 0;
	wait_until(t, at(20261201, 11, 0));
	assert_int_equal(count_records(t, FAMILY, "commitment_overdue"), 1);
	struct plan_reply plan_now = show(t, FAMILY, plan);
	for (size_t i = 0; i < 2; i++) /* both are shown as what they are */
		assert_int_equal(plan_now.commitments.at[i].state, commitment_state_overdue);
	DO(FAMILY, keep_commitment, NULL, SEEN(FAMILY, plan), .commitment = past);
	assert_int_equal(count_records(t, FAMILY, "commitment_overdue"), 1);
}

/* ---- goals ----------------------------------------------------------------------------------- */

static void a_goal_and_what_belongs_to_it(void **state)
{
	struct town *t = *state;
	struct uuid plan = plan_with(t, FAMILY, 0);
	struct scale scale = {8, 2, 2};
	struct mark five = {5}, four = {4};
	struct changed goal = {0}, step = {0};

	DO(FAMILY, state_goal, &goal, SEEN(FAMILY, plan), .words = text_of("a home"),
		.stated_by = goal_source_relative, AREA(housing), .priority = 1, .scale = &scale,
		.target_on = 20270301);
	DO(FAMILY, change_goal, NULL, SEEN(FAMILY, plan), .goal = goal.id,
		.words = text_of("my own home"), .target_on = 20270401);
	REFUSED(FAMILY, ERR_INVALID, "words", change_goal, SEEN(FAMILY, plan), .goal = goal.id);
	REFUSED(FAMILY, ERR_NOT_FOUND, "goal", change_goal, SEEN(FAMILY, plan), .goal = id_of(9),
		.priority = 2);
	REFUSED(FAMILY, ERR_CONFLICT, "goal", state_goal, SEEN(FAMILY, plan), .goal = goal.id,
		.words = text_of("x"), .stated_by = goal_source_citizen, AREA(work));
	DO(FAMILY, add_step, &step, SEEN(FAMILY, plan), .goal = goal.id,
		.words = text_of("see two flats"), .due_on = 20261215);
	DO(FAMILY, finish_step, NULL, SEEN(FAMILY, plan), .step = step.id);
	REFUSED(FAMILY, ERR_CONFLICT, "step", finish_step, SEEN(FAMILY, plan), .step = step.id);
	REFUSED(FAMILY, ERR_NOT_FOUND, "step", finish_step, SEEN(FAMILY, plan), .step = id_of(9));
	REFUSED(FAMILY, ERR_INVALID, "by_citizen", record_progress, SEEN(FAMILY, plan),
		.goal = goal.id);
	DO(FAMILY, record_progress, NULL, SEEN(FAMILY, plan), .goal = goal.id, .by_citizen = &five,
		.by_worker = &four, .note = text_of("a flat was offered"));
	struct plan_reply reply = show(t, FAMILY, plan);
	assert_int_equal(reply.goals.n, 1);
	const struct goal_view *view = &reply.goals.at[0];
	assert_text(view->goal->words, "my own home");
	assert_text(view->goal->department, "family");
	assert_int_equal(view->goal->priority, 1);
	assert_int_equal(view->goal->target_on, 20270401);
	assert_int_equal(view->goal->scale->wanted, 8);
	assert_int_equal(view->goal->scale->start, 2);
	assert_int_equal(view->goal->scale->now, 5);
	assert_text(view->steps.at[0].words, "see two flats");
	assert_true(view->steps.at[0].finished_at > 0);
	assert_int_equal(view->progress.at[0].by_worker->value, 4);
}

static void a_measure_serves_goals(void **state)
{
	struct town *t = *state;
	struct uuid plan = plan_with(t, FAMILY, 0);
	struct uuid goals[3] = {state_goal_of(t, FAMILY, plan, life_area_work),
		state_goal_of(t, FAMILY, plan, life_area_housing), id_of(9)};
	struct changed reply = {0};

	REFUSED(FAMILY, ERR_NOT_FOUND, "goals[2]", add_measure, SEEN(FAMILY, plan),
		.kind = measure_kind_training, .goals = {3, goals});
	REFUSED(FAMILY, ERR_INVALID, "until", add_measure, SEEN(FAMILY, plan),
		.kind = measure_kind_training, .from = 20270201, .until = 20270131);
	REFUSED(FAMILY, ERR_INVALID, "legal_basis_of", add_measure, SEEN(FAMILY, plan),
		.kind = measure_kind_training, .legal_basis = text_of("SEL 82 b"));
	DO(FAMILY, add_measure, &reply, SEEN(FAMILY, plan), .kind = measure_kind_training,
		.goals = {2, goals}, .what = text_of("cooking"), .owner = text_of("volunteers"),
		.worker = text_of("Kaj"), .legal_basis = text_of("SEL 82 b"),
		.legal_basis_of = 20261101, .from = 20261201, .until = 20270131, .hours_a_week = 2);
	struct plan_reply shown = show(t, FAMILY, plan);
	const struct plan_measure *measure = &shown.measures.at[0];
	assert_int_equal(measure->life_areas.n, 2);
	assert_int_equal(measure->life_areas.at[0], life_area_housing);
	assert_int_equal(measure->state, measure_state_proposed);
	assert_text(measure->what, "cooking");
}

/* ---- commitments ----------------------------------------------------------------------------- */

static void both_sides_are_treated_alike(void **state)
{
	static const enum side sides[] = {side_citizen, side_municipality};
	struct town *t = *state;
	struct uuid plan = plan_with(t, FAMILY, 0);
	struct plan_work_reply work = {0};
	struct changed made[2] = {0};

	REFUSED(FAMILY, ERR_INVALID, "due", make_commitment, SEEN(FAMILY, plan), .by = side_citizen,
		.what = text_of("x"), .due = t->now - 1);
	for (int i = 0; i < 2; i++)
		DO(FAMILY, make_commitment, &made[i], SEEN(FAMILY, plan), .by = sides[i],
			.what = text_of("call the bank"), .due = t->now + MS_PER_DAY);
	DO(FAMILY, make_commitment, NULL, SEEN(FAMILY, plan), .by = side_citizen,
		.what = text_of("later"), .due = t->now + 20 * MS_PER_DAY);
	DO(FAMILY, list_plan_work, &work, .overdue = true);
	assert_int_equal(work.work.n, 0);
	int64_t version = version_of(t, FAMILY, plan);
	wait_until(t, t->now + 2 * MS_PER_DAY);
	assert_int_equal(version_of(t, FAMILY, plan), version); /* a clock makes nothing stale */
	assert_int_equal(count_records(t, FAMILY, "commitment_overdue"), 2);
	DO(FAMILY, list_plan_work, &work, .overdue = true);
	assert_int_equal(work.work.n, 2);
	for (int i = 0; i < 2; i++)
		assert_true(work.work.at[i].overdue);
	assert_true(plan_at(t, FAMILY, 0).next_due < t->now);
	DO(FAMILY, keep_commitment, NULL, SEEN(FAMILY, plan), .commitment = made[0].id);
	DO(FAMILY, release_commitment, NULL, SEEN(FAMILY, plan), .commitment = made[1].id,
		.reason = text_of("the bank called"));
	REFUSED(FAMILY, ERR_CONFLICT, "commitment", keep_commitment, SEEN(FAMILY, plan),
		.commitment = made[1].id);
	REFUSED(FAMILY, ERR_NOT_FOUND, "commitment", keep_commitment, SEEN(FAMILY, plan),
		.commitment = id_of(9));
	DO(FAMILY, list_plan_work, &work, .limit = 10);
	assert_int_equal(work.work.n, 1);
	/* a closed part watches over nothing */
	DO(FAMILY, close_part, NULL, SEEN(FAMILY, plan), .outcome = outcome_less_support);
	wait_until(t, t->now + 30 * MS_PER_DAY);
	assert_int_equal(count_records(t, FAMILY, "commitment_overdue"), 2);
}

/* ---- the part -------------------------------------------------------------------------------- */

static void lists_and_closing(void **state)
{
	struct town *t = *state;
	struct uuid plan = plan_with(t, FAMILY, 0);
	struct plans_reply plans = {0};

	refer_number(t, 5, "0101700000", "family");
	settle(t);
	DO(FAMILY, list_plans, &plans, .limit = 1);
	assert_int_equal(plans.plans.n, 1);
	assert_id(plans.next, plan);
	DO(FAMILY, list_plans, &plans, .limit = 1, .after = plans.next);
	assert_int_equal(plans.plans.n, 1);
	DO(FAMILY, list_plans, &plans, .mine = true);
	assert_int_equal(plans.plans.n, 0);
	DO(FAMILY, assign_worker, NULL, SEEN(FAMILY, plan));
	DO(FAMILY, list_plans, &plans, .mine = true);
	assert_int_equal(plans.plans.n, 1);
	assert_text(plans.plans.at[0].worker, "Kaj");
	DO(FAMILY, set_expected_support, NULL, SEEN(FAMILY, plan),
		.expected = support_face_to_face);
	REFUSED(FAMILY, ERR_INVALID, "assessed_at", set_expected_support, SEEN(FAMILY, plan),
		.expected = support_group, .assessed_at = t->now + 1);
	REFUSED(FAMILY, ERR_INVALID, "paragraph", close_part, SEEN(FAMILY, plan),
		.outcome = outcome_ordinary_support);
	DO(FAMILY, close_part, NULL, SEEN(FAMILY, plan), .outcome = outcome_ordinary_support,
		.paragraph = text_of("SEL 85"), .words = text_of("it helped"));
	REFUSED(FAMILY, ERR_CONFLICT, "plan", assign_worker, .plan = plan, .seen_version = 4);
	const struct plan_reply reply = show(t, FAMILY, plan);
	assert_int_equal(reply.parties.at[0].expected, support_face_to_face);
	assert_text(reply.parties.at[0].assessed_by, "Kaj");
	assert_int_equal(reply.parties.at[0].outcome, outcome_ordinary_support);
	assert_text(reply.parties.at[0].words, "it helped");
	DO(FAMILY, list_plans, &plans, .closed = false);
	assert_int_equal(plans.plans.n, 1);
	DO(FAMILY, list_plans, &plans, .closed = true);
	assert_int_equal(plans.plans.n, 2);
}

static void operators_see_no_words(void **state)
{
	struct town *t = *state;
	struct uuid plan = plan_with(t, FAMILY, 0);

	state_goal_of(t, FAMILY, plan, life_area_work);
	t->peer = PEER_OPERATOR;
	t->role = "operator";
	t->department = "";
	struct plan_reply reply = show(t, FAMILY, plan);
	assert_text(reply.goals.at[0].goal->words, "***");
	assert_text(reply.name, "***");
	/* but not by calling oneself one */
	t->peer = PEER_PORTAL;
	REFUSED(FAMILY, ERR_DENIED, "actor.department", show_plan, .plan = plan);
}

/* A long plan fits into an answer, and says that there is more. */
static void more_than_fits(void **state)
{
	static char words[1000];
	struct town *t = *state;
	struct uuid plan = plan_with(t, FAMILY, 0);

	memset(words, 'w', sizeof(words));
	for (int i = 0; i < 90; i++)
		DO(FAMILY, state_goal, NULL, SEEN(FAMILY, plan),
			.words = {words, sizeof(words), false}, .stated_by = goal_source_citizen,
			AREA(work));
	struct plan_reply reply = show(t, FAMILY, plan);
	assert_true(reply.more);
	assert_true(reply.goals.n > 8);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(the_tables_are_what_was_agreed),
		SCENARIO(every_step_of_a_goal),
		SCENARIO(every_step_of_a_measure),
		SCENARIO(leaving_early_needs_a_reason),
		SCENARIO(only_the_own_department),
		SCENARIO(a_stale_write_is_told_what_changed),
		SCENARIO(imports_from_before_name_no_version),
		SCENARIO(a_goal_and_what_belongs_to_it),
		SCENARIO(a_measure_serves_goals),
		SCENARIO(both_sides_are_treated_alike),
		SCENARIO(lists_and_closing),
		SCENARIO(operators_see_no_words),
		SCENARIO(more_than_fits),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
