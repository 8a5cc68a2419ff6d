/* Questions about capacity from department to department. */
#include "tests/unit/services/planning/work_scenes.h"

static struct capacity_line question_at(struct town *t, unsigned node, struct uuid question)
{
	struct capacity_reply reply = {0};

	DO(node, list_capacity, &reply, .question = question);
	assert_int_equal(reply.questions.n, 1);
	return reply.questions.at[0];
}

static void has_another_department_room(void **state)
{
	struct town *t = *state;
	struct capacity_reply list = {0};
	struct done asked = {0};

	DO(FAMILY, ask_capacity, &asked, .to = text_of("social"), .kind = measure_kind_treatment,
		AREA(health), .hours_a_week = 4, .answer_by = t->now + MS_PER_DAY);
	settle(t);
	struct plan_work_line work = only_work(t, SOCIAL, plan_work_kind_capacity);
	assert_id(work.item, asked.id);
	REFUSED(SOCIAL, ERR_CONFLICT, "work", finish_plan_work, .work = work.work);
	assert_int_equal(work_of(t, EMPLOYMENT).work.n, 0);
	REFUSED(SOCIAL, ERR_INVALID, "wait_weeks", answer_capacity, .question = asked.id,
		.capacity = capacity_waiting_list);
	REFUSED(SOCIAL, ERR_INVALID, "wait_weeks", answer_capacity, .question = asked.id,
		.capacity = capacity_free, .wait_weeks = 2);
	REFUSED(EMPLOYMENT, ERR_NOT_FOUND, "question", answer_capacity, .question = asked.id,
		.capacity = capacity_free);
	DO(SOCIAL, answer_capacity, NULL, .question = asked.id, .capacity = capacity_waiting_list,
		.wait_weeks = 6);
	assert_int_equal(count_work(t, SOCIAL, plan_work_kind_capacity), 0);
	settle(t);
	assert_int_equal(question_at(t, FAMILY, asked.id).capacity, capacity_waiting_list);
	assert_int_equal(question_at(t, FAMILY, asked.id).wait_weeks, 6);
	/* a later answer takes its place */
	DO(SOCIAL, answer_capacity, NULL, .question = asked.id, .capacity = capacity_free);
	settle(t);
	for (unsigned node = FAMILY; node <= SOCIAL; node++) {
		struct capacity_line line = question_at(t, node, asked.id);
		assert_int_equal(line.capacity, capacity_free);
		assert_int_equal(line.wait_weeks, 0);
		assert_text(line.from, "family");
		assert_int_equal(line.hours_a_week, 4);
	}
	DO(EMPLOYMENT, list_capacity, &list, .open = false);
	assert_int_equal(list.questions.n, 0);
}

static void questions_that_may_not_be_asked(void **state)
{
	struct town *t = *state;
	struct capacity_reply list = {0};

	REFUSED(FAMILY, ERR_INVALID, "to", ask_capacity, .to = text_of("family"),
		.kind = measure_kind_other, .answer_by = t->now + 1);
	REFUSED(FAMILY, ERR_NOT_FOUND, "to", ask_capacity, .to = text_of("youth"),
		.kind = measure_kind_other, .answer_by = t->now + 1);
	REFUSED(FAMILY, ERR_INVALID, "answer_by", ask_capacity, .to = text_of("social"),
		.kind = measure_kind_other, .answer_by = t->now);
	for (unsigned i = 0; i < 60; i++) {
		t->now += MS_PER_MINUTE;
		DO(FAMILY, ask_capacity, NULL, .question = id_of(100 + i), .to = text_of("social"),
			.kind = measure_kind_other, .answer_by = t->now + MS_PER_DAY);
	}
	REFUSED(FAMILY, ERR_CONFLICT, "question", ask_capacity, .question = id_of(100),
		.to = text_of("social"), .kind = measure_kind_other, .answer_by = t->now + 1);
	settle(t);
	DO(SOCIAL, answer_capacity, NULL, .question = id_of(159), .capacity = capacity_no_room);
	DO(SOCIAL, list_capacity, &list, .open = false);
	assert_int_equal(list.questions.n, 50);
	assert_id(list.questions.at[0].question, id_of(159)); /* the newest first */
	assert_id(list.questions.at[49].question, id_of(110));
	DO(SOCIAL, list_capacity, &list, .open = true);
	assert_id(list.questions.at[0].question, id_of(158));
	t->department = "family";
	REFUSED(SOCIAL, ERR_DENIED, "actor.department", list_capacity, .open = true);
	t->department = NULL;
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		SCENARIO(has_another_department_room),
		SCENARIO(questions_that_may_not_be_asked),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
