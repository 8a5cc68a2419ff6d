/* From the entrance to a department: referrals, who coordinates, provisional plans. */
#include "tests/unit/services/planning/town.h"

static bool coordinates(struct town *t, unsigned node, struct uuid plan)
{
	struct plan_reply reply = show(t, node, plan);

	for (size_t i = 0; i < reply.parties.n; i++)
		if (text_is(reply.parties.at[i].department, departments[node]))
			return reply.parties.at[i].term > 0;
	return false;
}

static int64_t term_of(struct town *t, unsigned node, struct uuid plan)
{
	return show(t, node, plan).parties.at[0].term;
}

static void close_it(struct town *t, unsigned node, struct uuid plan)
{
	DO(node, close_part, NULL, SEEN(node, plan), .outcome = outcome_self_reliant);
}

static void a_referral_opens_a_part_that_coordinates(void **state)
{
	struct town *t = *state;

	refer_number(t, 1, "2211660000", "employment");
	assert_int_equal(plans_of(t, EMPLOYMENT), 0);
	deliver(t, INTAKE, EMPLOYMENT, 1);
	struct uuid plan = plan_at(t, EMPLOYMENT, 0).plan;
	assert_false(coordinates(t, EMPLOYMENT, plan)); /* nobody has said so yet */
	deliver(t, INTAKE, EMPLOYMENT, 1);
	assert_true(coordinates(t, EMPLOYMENT, plan));
	settle(t);
	assert_int_equal(count_records(t, INTAKE, "coordinator_registered"), 1);
	struct plan_reply reply = show(t, EMPLOYMENT, plan);
	assert_text(reply.coordinator, "employment");
	assert_text(reply.name, "Anna Prøve");
	assert_text(reply.number, "2211660000");
	assert_text(reply.contact_at, "+4500000000");
	assert_text(reply.first_sign, "I sleep at night");
	assert_int_equal(reply.parties.at[0].life_areas.at[0], life_area_housing);
	assert_int_equal(plans_of(t, FAMILY), 0);
	assert_int_equal(plans_of(t, SOCIAL), 0);
}

static void a_second_department_joins_the_same_plan(void **state)
{
	struct town *t = *state;
	struct uuid plan = plan_with(t, EMPLOYMENT, FAMILY);

	assert_id(plan_at(t, FAMILY, 0).plan, plan);
	assert_true(coordinates(t, EMPLOYMENT, plan));
	assert_false(coordinates(t, FAMILY, plan));
	/* without a consent neither sees the other's part */
	assert_int_equal(show(t, FAMILY, plan).parties.n, 1);
	assert_int_equal(show(t, EMPLOYMENT, plan).parties.n, 1);
}

static void the_same_department_again_extends_its_part(void **state)
{
	struct town *t = *state;
	struct uuid plan = plan_with(t, EMPLOYMENT, EMPLOYMENT);

	assert_int_equal(plans_of(t, EMPLOYMENT), 1);
	assert_int_equal(version_of(t, EMPLOYMENT, plan), 2);
	assert_int_equal(count_records(t, EMPLOYMENT, "part_extended"), 1);
	assert_int_equal(count_records(t, INTAKE, "coordinator_registered"), 1);
}

static void nobody_takes_it(void **state)
{
	struct town *t = *state;
	struct work_reply work = {0};

	refer_number(t, 1, "2211660000", "youth");
	settle(t);
	t->role = "front_desk";
	DO(INTAKE, list_work, &work, .limit = 10);
	assert_int_equal(work.work.n, 1);
	assert_int_equal(work.work.at[0].kind, work_kind_refer);
	t->role = "caseworker";
	for (unsigned i = EMPLOYMENT; i < NODES; i++)
		assert_int_equal(plans_of(t, i), 0);
	/* the next referral is about the same plan */
	refer_number(t, 2, "2211660000", "social");
	settle(t);
	assert_int_equal(plans_of(t, SOCIAL), 1);
	t->role = "front_desk";
	DO(INTAKE, list_work, &work, .limit = 10);
	assert_int_equal(work.work.n, 1);
}

static void the_client_may_name_the_plan(void **state)
{
	struct town *t = *state;
	struct uuid named = id_of(77);

	t->role = "front_desk";
	for (unsigned i = 1; i <= 2; i++) {
		DO(INTAKE, receive_inquiry, NULL, .inquiry = id_of(i), .channel = channel_phone,
			.asker = asker_citizen, .number = text_of("2211660000"), AREA(housing));
		DO(INTAKE, hold_first_talk, NULL, .inquiry = id_of(i));
		if (i == 2)
			REFUSED(INTAKE, ERR_CONFLICT, "plan", close_inquiry, .inquiry = id_of(i),
				.closing = closing_plan_opened, .referred_to = text_of("family"),
				.plan = named);
		DO(INTAKE, close_inquiry, NULL, .inquiry = id_of(i), .closing = closing_plan_opened,
			.referred_to = text_of("family"), .plan = i == 1 ? named : id_of(78));
	}
	settle(t);
	t->role = "caseworker";
	assert_int_equal(plans_of(t, FAMILY), 1); /* the open plan goes before what was named */
	assert_id(plan_at(t, FAMILY, 0).plan, named);
}

static void a_department_that_was_down(void **state)
{
	struct town *t = *state;

	cut_off(t, FAMILY, true);
	refer_number(t, 1, "2211660000", "family");
	settle(t);
	refer_number(t, 2, "2211660000", "social");
	settle(t);
	struct uuid plan = plan_at(t, SOCIAL, 0).plan;
	assert_false(coordinates(t, SOCIAL, plan)); /* whoever is heard of first */
	cut_off(t, FAMILY, false);
	settle(t);
	assert_id(plan_at(t, FAMILY, 0).plan, plan);
	assert_true(coordinates(t, FAMILY, plan));
	assert_int_equal(term_of(t, FAMILY, plan), 1);
	assert_false(coordinates(t, SOCIAL, plan));
}

static void closing_hands_on_to_who_came_next(void **state)
{
	struct town *t = *state;
	struct uuid plan = plan_with(t, EMPLOYMENT, FAMILY);

	close_it(t, EMPLOYMENT, plan);
	assert_false(coordinates(t, EMPLOYMENT, plan));
	assert_false(coordinates(t, FAMILY, plan));
	settle(t);
	assert_int_equal(term_of(t, FAMILY, plan), 2);
	/* the last one out closes the plan: the next referral is about a new one */
	assert_int_equal(count_records(t, INTAKE, "plan_closed"), 0);
	close_it(t, FAMILY, plan);
	settle(t);
	assert_int_equal(count_records(t, INTAKE, "plan_closed"), 1);
	refer_number(t, 3, "2211660000", "family");
	settle(t);
	struct uuid next = plan_at(t, FAMILY, 1).plan;
	assert_memory_not_equal(next.b, plan.b, sizeof(plan.b));
	assert_int_equal(term_of(t, FAMILY, next), 1);
}

/* At which version it happens is chance, so it belongs to none. */
static void coordination_is_no_change_of_a_version(void **state)
{
	struct town *t = *state;
	struct uuid plan = plan_with(t, EMPLOYMENT, FAMILY);
	int64_t seen = version_of(t, FAMILY, plan);

	state_goal_of(t, FAMILY, plan, life_area_work);
	close_it(t, EMPLOYMENT, plan);
	settle(t);
	assert_true(coordinates(t, FAMILY, plan));
	assert_int_equal(version_of(t, FAMILY, plan), seen + 1);
	REFUSED(FAMILY, ERR_STALE, "seen_version", assign_worker, .plan = plan,
		.seen_version = seen);
	assert_string_equal(t->reason.rule, "it is 2 now; since then: goal_stated");
}

/* A registration arrives when the part that it speaks of is closed already. */
static void a_registration_that_comes_too_late(void **state)
{
	struct town *t = *state;

	refer_number(t, 1, "2211660000", "employment");
	refer_number(t, 2, "2211660000", "family");
	deliver(t, INTAKE, EMPLOYMENT, 1);
	struct uuid plan = plan_at(t, EMPLOYMENT, 0).plan;
	close_it(t, EMPLOYMENT, plan); /* before term 1 was heard of */
	settle(t);
	assert_int_equal(count_records(t, EMPLOYMENT, "coordination_begun"), 0);
	assert_int_equal(term_of(t, FAMILY, plan), 2);
	refer_number(t, 3, "2211660000", "employment");
	settle(t);
	assert_int_equal(plan_at(t, EMPLOYMENT, 0).state, part_state_open);
	assert_false(coordinates(t, EMPLOYMENT, plan));
	assert_int_equal(term_of(t, FAMILY, plan), 2);
}

/* ---- provisional plans ----------------------------------------------------------------------- */

static struct uuid open_at(struct town *t, unsigned node, const char *number)
{
	struct changed reply = {0};

	DO(node, open_part, &reply, .number = text_of(number), .name = text_of("Anna Prøve"),
		AREA(work));
	return reply.plan;
}

static void a_provisional_plan_of_an_unknown_citizen(void **state)
{
	struct town *t = *state;

	cut_off(t, INTAKE, true);
	struct uuid plan = open_at(t, FAMILY, "221166-0000");
	struct uuid goal = state_goal_of(t, FAMILY, plan, life_area_work);
	settle(t);
	assert_true(plan_at(t, FAMILY, 0).provisional);
	assert_text(show(t, FAMILY, plan).name, "Anna Prøve");
	REFUSED(FAMILY, ERR_CONFLICT, "plan", close_part, SEEN(FAMILY, plan),
		.outcome = outcome_moved);
	cut_off(t, INTAKE, false);
	settle(t);
	assert_false(plan_at(t, FAMILY, 0).provisional);
	assert_true(coordinates(t, FAMILY, plan));
	assert_id(show(t, FAMILY, plan).goals.at[0].goal->goal, goal);
	/* the entrance knows the citizen by now: a referral is about this plan */
	refer_number(t, 1, "2211660000", "social");
	settle(t);
	assert_id(plan_at(t, SOCIAL, 0).plan, plan);
}

static void a_provisional_plan_joins_the_one_there_is(void **state)
{
	struct town *t = *state;
	struct uuid plan = plan_with(t, EMPLOYMENT, 0);
	struct changed reply = {0};

	cut_off(t, INTAKE, true);
	struct uuid provisional = open_at(t, FAMILY, "2211660000");
	struct uuid goal = state_goal_of(t, FAMILY, provisional, life_area_work);
	DO(FAMILY, make_commitment, NULL, SEEN(FAMILY, provisional), .by = side_citizen,
		.what = text_of("call"), .due = t->now + MS_PER_DAY);
	cut_off(t, INTAKE, false);
	settle(t);
	assert_int_equal(plans_of(t, FAMILY), 1);
	assert_id(plan_at(t, FAMILY, 0).plan, plan);
	assert_id(plan_at(t, FAMILY, 0).citizen, plan_at(t, EMPLOYMENT, 0).citizen);
	assert_false(coordinates(t, FAMILY, plan));
	/* both ids show the one plan, and what was written stays readable */
	struct plan_reply old = show(t, FAMILY, provisional);
	assert_id(old.plan, plan);
	assert_id(old.goals.at[0].goal->goal, goal);
	assert_text(old.goals.at[0].goal->words, "my own home");
	assert_text(old.commitments.at[0].what, "call");
	assert_text(old.name, "Anna Prøve");
	DO(FAMILY, set_goal_state, &reply, .plan = provisional, .goal = goal,
		.seen_version = version_of(t, FAMILY, plan), .state = goal_state_accepted);
	assert_id(reply.plan, plan);
	/* its deadlines moved with it */
	wait_until(t, t->now + 2 * MS_PER_DAY);
	assert_int_equal(show(t, FAMILY, plan).commitments.at[0].state, commitment_state_overdue);
	assert_int_equal(count_records(t, FAMILY, "commitment_overdue"), 1);
}

static void a_department_that_has_the_plan_already(void **state)
{
	struct town *t = *state;
	struct uuid plan = plan_with(t, FAMILY, 0);
	struct uuid first = state_goal_of(t, FAMILY, plan, life_area_housing);

	t->now += MS_PER_MINUTE;
	struct uuid provisional = open_at(t, FAMILY, "2211660000");
	struct uuid second = state_goal_of(t, FAMILY, provisional, life_area_work);
	assert_int_equal(plans_of(t, FAMILY), 2);
	settle(t);
	assert_int_equal(plans_of(t, FAMILY), 1);
	struct plan_reply reply = show(t, FAMILY, provisional);
	assert_id(reply.plan, plan);
	assert_int_equal(reply.goals.n, 2);
	assert_id(reply.goals.at[0].goal->goal, first);
	assert_id(reply.goals.at[1].goal->goal, second);
	assert_int_equal(term_of(t, FAMILY, plan), 1);
	close_it(t, FAMILY, plan);
	settle(t);
	assert_int_equal(plans_of(t, FAMILY), 0);
}

static void joined_to_a_part_that_was_closed(void **state)
{
	struct town *t = *state;
	struct uuid plan = plan_with(t, FAMILY, SOCIAL);

	cut_off(t, INTAKE, true);
	struct uuid provisional = open_at(t, FAMILY, "2211660000");
	DO(FAMILY, assign_worker, NULL, SEEN(FAMILY, provisional), .team = text_of("north"));
	DO(FAMILY, set_weekly_hours, NULL, SEEN(FAMILY, provisional), .hours = 7);
	DO(FAMILY, set_expected_support, NULL, SEEN(FAMILY, provisional),
		.expected = support_group);
	close_it(t, FAMILY, plan); /* after the other was opened */
	cut_off(t, INTAKE, false);
	settle(t);
	struct plan_reply joined = show(t, FAMILY, provisional);
	assert_id(joined.plan, plan);
	/* what is known of the part it was is known of the one that it is now */
	assert_int_equal(joined.parties.at[0].weekly_hours, 7);
	assert_int_equal(joined.parties.at[0].expected, support_group);
	assert_text(joined.parties.at[0].team, "north");
	assert_int_equal(plan_at(t, FAMILY, 0).state, part_state_open);
	assert_int_equal(term_of(t, SOCIAL, plan), 2);
	assert_false(coordinates(t, FAMILY, plan));
	/* it takes part again, as the register knows */
	close_it(t, SOCIAL, plan);
	settle(t);
	assert_int_equal(term_of(t, FAMILY, plan), 3);
}

/* Social says yes in a plan that is closed at the entrance, and has a part in the one that
 * followed: the two become one, and the register goes by the one that stays. */
static void a_late_part_becomes_the_one_there_is(void **state)
{
	struct town *t = *state;
	struct uuid old = plan_with(t, FAMILY, 0), plan;

	DO(FAMILY, set_basis, NULL, SEEN(FAMILY, old), .to = text_of("social"),
		.paragraph = text_of("SEL 141"), .reason = text_of("both help"));
	DO(FAMILY, propose_measure, NULL, SEEN(FAMILY, old), .proposal = id_of(60),
		.to = text_of("social"), .kind = measure_kind_training,
		.answer_by = t->now + MS_PER_DAY);
	settle(t);
	close_it(t, FAMILY, old);
	settle(t);
	refer_number(t, 2, "2211660000", "social");
	settle(t);
	plan = plan_at(t, SOCIAL, 0).plan;
	assert_false(uuid_equal(plan, old));
	assert_int_equal(term_of(t, SOCIAL, plan), 1);
	DO(SOCIAL, answer_proposal, NULL, .plan = old, .proposal = id_of(60),
		.answer = proposal_state_accepted);
	settle(t);
	assert_int_equal(plans_of(t, SOCIAL), 1);
	assert_int_equal(show(t, SOCIAL, plan).measures.n, 1);
	refer_number(t, 3, "2211660000", "employment");
	settle(t);
	close_it(t, SOCIAL, plan);
	settle(t);
	assert_int_equal(plans_of(t, SOCIAL), 0);
	assert_true(coordinates(t, EMPLOYMENT, plan));
}

/* The same, but closed before it hears that it was joined: it takes no part any more. */
static void late_and_closed(struct town *t, bool was_there)
{
	struct uuid old = plan_with(t, FAMILY, 0), plan;

	DO(FAMILY, set_basis, NULL, SEEN(FAMILY, old), .to = text_of("social"),
		.paragraph = text_of("SEL 141"), .reason = text_of("both help"));
	DO(FAMILY, propose_measure, NULL, SEEN(FAMILY, old), .proposal = id_of(60),
		.to = text_of("social"), .kind = measure_kind_training,
		.answer_by = t->now + MS_PER_DAY);
	settle(t);
	close_it(t, FAMILY, old);
	settle(t);
	refer_number(t, 2, "2211660000", "employment");
	settle(t);
	plan = plan_at(t, EMPLOYMENT, 0).plan;
	if (was_there) {
		refer_number(t, 3, "2211660000", "social");
		settle(t);
		close_it(t, SOCIAL, plan);
		settle(t);
	}
	DO(SOCIAL, answer_proposal, NULL, .plan = old, .proposal = id_of(60),
		.answer = proposal_state_accepted);
	t->cut[INTAKE][SOCIAL] = true;
	settle(t);
	assert_int_equal(count_records(t, INTAKE, "plan_joined"), 1);
	close_it(t, SOCIAL, old);
	t->cut[INTAKE][SOCIAL] = false;
	settle(t);
	assert_int_equal(plans_of(t, SOCIAL), 0);
	assert_int_equal(count_records(t, INTAKE, "plan_closed"), 1);
	close_it(t, EMPLOYMENT, plan);
	settle(t);
	assert_int_equal(count_records(t, INTAKE, "plan_closed"), 2);
	assert_int_equal(count_records(t, INTAKE, "coordinator_registered"), 2);
}

static void a_late_part_that_is_closed_at_once(void **state)
{
	late_and_closed(*state, false);
}

/* It had a part there before, closed too: nothing is opened anew. */
static void a_late_part_that_is_closed_where_one_was(void **state)
{
	late_and_closed(*state, true);
}

static void who_is_provisional_must_be_said(void **state)
{
	struct town *t = *state;

	REFUSED(FAMILY, ERR_INVALID, "number", open_part, AREA(work));
	REFUSED(FAMILY, ERR_INVALID, "number", open_part, .number = text_of("123"));
	t->department = "social";
	REFUSED(FAMILY, ERR_DENIED, "actor.department", open_part, .name = text_of("Bo"));
	t->department = NULL;
	DO(FAMILY, open_part, NULL, .plan = id_of(70), .name = text_of("Bo"));
	REFUSED(FAMILY, ERR_CONFLICT, "plan", open_part, .plan = id_of(70), .name = text_of("Bo"));
	settle(t);
	assert_false(plan_at(t, FAMILY, 0).provisional); /* a citizen without a number, too */
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		SCENARIO(a_referral_opens_a_part_that_coordinates),
		SCENARIO(a_second_department_joins_the_same_plan),
		SCENARIO(the_same_department_again_extends_its_part),
		SCENARIO(nobody_takes_it),
		SCENARIO(the_client_may_name_the_plan),
		SCENARIO(the_client_may_name_the_plan),
		SCENARIO(a_department_that_was_down),
		SCENARIO(closing_hands_on_to_who_came_next),
		SCENARIO(coordination_is_no_change_of_a_version),
		SCENARIO(a_registration_that_comes_too_late),
		SCENARIO(a_provisional_plan_of_an_unknown_citizen),
		SCENARIO(a_provisional_plan_joins_the_one_there_is),
		SCENARIO(a_department_that_has_the_plan_already),
		SCENARIO(joined_to_a_part_that_was_closed),
		SCENARIO(a_late_part_becomes_the_one_there_is),
		SCENARIO(a_late_part_that_is_closed_at_once),
		SCENARIO(a_late_part_that_is_closed_where_one_was),
		SCENARIO(who_is_provisional_must_be_said),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
