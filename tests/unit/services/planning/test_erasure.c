/* Erasing what a department recorded: its own command, and the work that an erasure at the entrance
 * makes. */
#include "tests/unit/services/planning/work_scenes.h"

static struct uuid erase_at_entrance(struct town *t, struct uuid plan)
{
	struct uuid citizen = show(t, FAMILY, plan).citizen;
	const char *role = t->role;

	t->role = "manager";
	DO(INTAKE, erase_citizen, NULL, .citizen = citizen, .decided_by = text_of("Ida Leder"),
		.why = text_of("asked for it"));
	t->role = role;
	t->erased = true;
	settle(t);
	return citizen;
}

static void as_manager(struct town *t)
{
	t->role = "manager";
}

static void an_erasure_at_the_entrance_is_work(void **state)
{
	struct town *t = *state;
	struct uuid plan = plan_with(t, FAMILY, 0);

	state_goal_of(t, FAMILY, plan, life_area_housing);
	assert_int_equal(count_work(t, FAMILY, plan_work_kind_erasure), 0);
	int64_t now = t->now;
	struct uuid citizen = erase_at_entrance(t, plan);
	struct plan_work_line work = only_work(t, FAMILY, plan_work_kind_erasure);
	assert_id(work.item, citizen);
	assert_id(work.plan, plan);
	assert_true(work.due >= now + 30 * MS_PER_DAY && work.due <= t->now + 30 * MS_PER_DAY);
	assert_int_equal(
		count_work(t, SOCIAL, plan_work_kind_erasure), 0); /* has nothing of hers */
	/* what the department wrote is readable until it decides */
	assert_text(show(t, FAMILY, plan).goals.at[0].goal->words, "my own home");
	rebuild(t, FAMILY);
	only_work(t, FAMILY, plan_work_kind_erasure);
	assert_int_equal(count_records(t, FAMILY, "plan_work_opened"), 2); /* and a worker */
}

static void the_department_decides(void **state)
{
	struct town *t = *state;
	struct uuid plan = plan_with(t, FAMILY, 0);

	state_goal_of(t, FAMILY, plan, life_area_housing);
	struct uuid citizen = erase_at_entrance(t, plan);
	as_manager(t);
	REFUSED(FAMILY, ERR_CONFLICT, "person", erase_person, .person = citizen,
		.decided_by = text_of("Bo Chef"), .why = text_of("as at the entrance"));
	DO(FAMILY, close_part, NULL, SEEN(FAMILY, plan), .outcome = outcome_less_support);
	only_work(t, FAMILY, plan_work_kind_erasure);
	REFUSED(FAMILY, ERR_INVALID, "decided_by", erase_person, .person = citizen,
		.decided_by = text_of(" "), .why = text_of("as at the entrance"));
	REFUSED(FAMILY, ERR_INVALID, "why", erase_person, .person = citizen,
		.decided_by = text_of("Bo Chef"), .why = text_of(" "));
	DO(FAMILY, erase_person, NULL, .person = citizen, .decided_by = text_of("Bo Chef"),
		.why = text_of("as at the entrance"));
	assert_int_equal(count_work(t, FAMILY, plan_work_kind_erasure), 0);
	assert_int_equal(show(t, FAMILY, plan).goals.at[0].goal->words.n, 0);
	assert_int_equal(show(t, FAMILY, plan).name.n, 0);
	REFUSED(FAMILY, ERR_NOT_FOUND, "person", erase_person, .person = citizen,
		.decided_by = text_of("Bo Chef"), .why = text_of("once more"));
	settle(t);
	rebuild(t, FAMILY);
	assert_int_equal(show(t, FAMILY, plan).goals.at[0].goal->words.n, 0);
}

static void or_it_is_kept(void **state)
{
	struct town *t = *state;
	struct uuid plan = plan_with(t, FAMILY, 0);

	state_goal_of(t, FAMILY, plan, life_area_housing);
	erase_at_entrance(t, plan);
	DO(FAMILY, finish_plan_work, NULL,
		.work = only_work(t, FAMILY, plan_work_kind_erasure).work);
	assert_int_equal(count_work(t, FAMILY, plan_work_kind_erasure), 0);
	assert_text(show(t, FAMILY, plan).goals.at[0].goal->words, "my own home");
}

static void nobody_forgets(void **state)
{
	struct town *t = *state;
	struct uuid plan = plan_with(t, FAMILY, 0);

	state_goal_of(t, FAMILY, plan, life_area_housing);
	erase_at_entrance(t, plan);
	wait_until(t, only_work(t, FAMILY, plan_work_kind_erasure).due + 1000);
	assert_true(only_work(t, FAMILY, plan_work_kind_erasure).overdue);
}

static void only_this_department_and_its_managers(void **state)
{
	struct town *t = *state;
	struct uuid plan = plan_with(t, FAMILY, 0);
	struct uuid citizen = show(t, FAMILY, plan).citizen;

	REFUSED(FAMILY, ERR_DENIED, "actor.role", erase_person, .person = citizen,
		.decided_by = text_of("Bo"), .why = text_of("because"));
	as_manager(t);
	REFUSED(FAMILY, ERR_NOT_FOUND, "person", erase_person, .person = id_of(99),
		.decided_by = text_of("Bo"), .why = text_of("because"));
}

/* What was written before the entrance settled whose plan it is stands under another id. */
static void under_every_id(void **state)
{
	struct town *t = *state;
	struct uuid plan = plan_with(t, SOCIAL, 0);
	struct uuid citizen = show(t, SOCIAL, plan).citizen;
	struct changed opened = {0};

	cut_off(t, FAMILY, true);
	DO(FAMILY, open_part, &opened, .number = text_of("2211660000"),
		.name = text_of("Anna Prøve"), AREA(health));
	state_goal_of(t, FAMILY, opened.plan, life_area_health);
	cut_off(t, FAMILY, false);
	settle(t);
	struct uuid before = show(t, FAMILY, plan).goals.at[0].goal->citizen;
	assert_false(uuid_equal(before, citizen));
	DO(FAMILY, close_part, NULL, SEEN(FAMILY, plan), .outcome = outcome_less_support);
	as_manager(t);
	DO(FAMILY, erase_person, NULL, .person = citizen, .decided_by = text_of("Bo Chef"),
		.why = text_of("asked for it"));
	assert_int_equal(show(t, FAMILY, plan).goals.at[0].goal->words.n, 0);
	assert_int_equal(count_records(t, FAMILY, "person_erased"), 2);
	t->erased = true;
	settle(t);
}

int main(void)
{
	const struct CMUnitTest tests[] = {SCENARIO(an_erasure_at_the_entrance_is_work),
		SCENARIO(the_department_decides), SCENARIO(or_it_is_kept), SCENARIO(nobody_forgets),
		SCENARIO(only_this_department_and_its_managers), SCENARIO(under_every_id)};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
