/* What citizens see of their own plan at one department. */
#include "tests/unit/services/planning/town.h"

static void as_citizen(struct town *t, struct uuid citizen)
{
	char *text = arena_alloc(&t->arena, UUID_TEXT_BYTES);

	uuid_format(citizen, text);
	t->role = "citizen";
	t->who = text;
	t->department = "";
}

static void as_staff(struct town *t)
{
	t->role = "caseworker";
	t->who = "Kaj";
	t->department = NULL;
}

static void only_what_this_department_wrote(void **state)
{
	struct town *t = *state;
	struct uuid plan = plan_with(t, EMPLOYMENT, FAMILY);
	int64_t begins = t->now + MS_PER_DAY;

	consent_at(t, EMPLOYMENT, plan, SHARING(EMPLOYMENT, FAMILY, life_area_none));
	settle(t);
	struct uuid theirs = state_goal_of(t, EMPLOYMENT, plan, life_area_work);
	struct uuid own = state_goal_of(t, FAMILY, plan, life_area_work);
	DO(FAMILY, write_note, NULL, .plan = plan, .words = text_of("ours"));
	for (unsigned node = EMPLOYMENT; node <= FAMILY; node++)
		DO(node, book_appointment, NULL, SEEN(node, plan), .begins = begins,
			.ends = begins + MS_PER_HOUR);
	settle(t);
	struct plan_reply staff = show(t, FAMILY, plan);
	assert_int_equal(staff.goals.n, 2);
	assert_int_equal(staff.notes.n, 1);
	assert_int_equal(staff.appointments.n, 2);
	assert_int_equal(staff.conflicts.n, 1);
	assert_text(staff.coordinator, "employment");
	as_citizen(t, staff.citizen);
	struct plan_reply seen = show(t, FAMILY, plan);
	assert_int_equal(seen.goals.n, 1);
	assert_id(seen.goals.at[0].goal->goal, own);
	assert_text(seen.goals.at[0].goal->words, "my own home");
	assert_int_equal(seen.notes.n, 0);
	assert_int_equal(seen.appointments.n, 1);
	assert_text(seen.appointments.at[0].department, "family");
	assert_int_equal(seen.conflicts.n, 0);
	assert_int_equal(seen.parties.n, 1);
	assert_text(seen.parties.at[0].department, "family");
	assert_text(seen.name, "Anna Prøve");
	assert_int_equal(seen.coordinator.n, 0);
	/* by the citizen, at the other department */
	struct plan_reply there = {0};
	DO(EMPLOYMENT, show_plan, &there, .citizen = staff.citizen);
	assert_id(there.plan, plan);
	assert_int_equal(there.goals.n, 1);
	assert_id(there.goals.at[0].goal->goal, theirs);
	as_staff(t);
}

static void nobody_elses(void **state)
{
	struct town *t = *state;
	struct uuid plan = plan_with(t, EMPLOYMENT, FAMILY);
	struct uuid citizen = show(t, EMPLOYMENT, plan).citizen;

	as_citizen(t, id_of(77));
	REFUSED(EMPLOYMENT, ERR_DENIED, "actor.id", show_plan, .plan = plan);
	REFUSED(EMPLOYMENT, ERR_DENIED, "actor.id", show_plan, .citizen = citizen);
	REFUSED(EMPLOYMENT, ERR_DENIED, "actor.id", show_plan, .plan = plan, .citizen = id_of(77));
	REFUSED(EMPLOYMENT, ERR_NOT_FOUND, "plan", show_plan, .citizen = id_of(77));
	t->who = "nobody";
	REFUSED(EMPLOYMENT, ERR_DENIED, "actor.id", show_plan, .plan = plan);
	t->who = "";
	REFUSED(EMPLOYMENT, ERR_DENIED, "actor.id", show_plan, .plan = plan);
	/* and a department without a part shows nothing */
	as_citizen(t, citizen);
	REFUSED(SOCIAL, ERR_NOT_FOUND, "plan", show_plan, .plan = plan);
	REFUSED(EMPLOYMENT, ERR_DENIED, "actor.role", list_plans, .limit = 1);
	/* staff of another department are refused as before */
	as_staff(t);
	t->department = "family";
	REFUSED(EMPLOYMENT, ERR_DENIED, "actor.department", show_plan, .plan = plan);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		SCENARIO(only_what_this_department_wrote),
		SCENARIO(nobody_elses),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
