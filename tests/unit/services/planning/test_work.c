/* What people must do: one list of it, opened and ended by what happens, and handed over. */
#include "tests/unit/services/planning/town.h"

static struct plan_work_reply work_of(struct town *t, unsigned node)
{
	struct plan_work_reply reply = {0};

	DO(node, list_plan_work, &reply, .limit = 100);
	return reply;
}

static size_t count_work(struct town *t, unsigned node, enum plan_work_kind kind)
{
	struct plan_work_reply reply = work_of(t, node);
	size_t n = 0;

	for (size_t i = 0; i < reply.work.n; i++)
		n += reply.work.at[i].kind == kind;
	return n;
}

static struct plan_work_line only_work(struct town *t, unsigned node)
{
	struct plan_work_reply reply = work_of(t, node);

	assert_int_equal(reply.work.n, 1);
	return reply.work.at[0];
}

static void assign(struct town *t, struct uuid plan, const char *worker, const char *team)
{
	DO(FAMILY, assign_worker, NULL, SEEN(FAMILY, plan), .worker = text_of(worker),
		.team = text_of(team));
}

static struct uuid commit_to(struct town *t, struct uuid plan, enum side by, int64_t due)
{
	struct changed reply = {0};

	DO(FAMILY, make_commitment, &reply, SEEN(FAMILY, plan), .by = by,
		.what = text_of("call the bank"), .due = due, .worker = text_of("Bo"));
	return reply.id;
}

/* ---- nobody is responsible ------------------------------------------------------------------- */

static void a_part_needs_a_worker(void **state)
{
	struct town *t = *state;
	struct uuid plan = plan_with(t, FAMILY, 0); /* on a Friday */
	struct plan_work_line work = only_work(t, FAMILY);

	assert_int_equal(work.kind, plan_work_kind_worker);
	assert_id(work.plan, plan);
	assert_int_equal(work.due, at(20261124, 16, 0));
	REFUSED(FAMILY, ERR_CONFLICT, "work", finish_plan_work, .work = work.work);
	assert_non_null(strstr(t->reason.rule, "assign_worker"));
	wait_until(t, at(20261124, 15, 50));
	assert_false(only_work(t, FAMILY).overdue);
	assert_int_equal(count_records(t, FAMILY, "plan_work_overdue"), 0);
	wait_until(t, at(20261127, 12, 0));
	assert_true(only_work(t, FAMILY).overdue);
	assert_int_equal(count_records(t, FAMILY, "plan_work_overdue"), 1); /* once */
	assign(t, plan, "Eva", "north");
	assert_int_equal(work_of(t, FAMILY).work.n, 0);
	assert_int_equal(count_records(t, FAMILY, "plan_work_done"), 1);
	struct plan_reply shown = show(t, FAMILY, plan);
	assert_text(shown.parties.at[0].worker, "Eva");
	assert_text(shown.parties.at[0].team, "north");
	assign(t, plan, "Bo", ""); /* the team stays */
	assert_text(show(t, FAMILY, plan).parties.at[0].team, "north");
	/* referred again it has somebody */
	refer_number(t, 8, "2211660000", "family");
	settle(t);
	assert_int_equal(work_of(t, FAMILY).work.n, 0);
	/* closed with its work, opened anew it needs somebody again */
	DO(FAMILY, close_part, NULL, SEEN(FAMILY, plan), .outcome = outcome_less_support);
	refer_number(t, 9, "2211660000", "family");
	settle(t);
	assert_int_equal(only_work(t, FAMILY).kind, plan_work_kind_worker);
	plan = only_work(t, FAMILY).plan;
	DO(FAMILY, close_part, NULL, SEEN(FAMILY, plan), .outcome = outcome_less_support);
	assert_int_equal(work_of(t, FAMILY).work.n, 0);
	assert_int_equal(count_records(t, FAMILY, "plan_work_done"), 2); /* whoever follows hears */
	wait_until(t, t->now + 10 * MS_PER_DAY);
	assert_int_equal(count_records(t, FAMILY, "plan_work_overdue"), 1);
}

/* ---- commitments ----------------------------------------------------------------------------- */

static void commitments_are_work(void **state)
{
	struct town *t = *state;
	struct uuid plan = plan_with(t, FAMILY, 0);

	assign(t, plan, "Eva", "north");
	struct uuid ours = commit_to(t, plan, side_municipality, t->now + 2 * MS_PER_DAY);
	struct uuid theirs = commit_to(t, plan, side_citizen, t->now + MS_PER_DAY);
	struct plan_work_line work = only_work(t, FAMILY);
	assert_id(work.work, ours);
	assert_int_equal(work.kind, plan_work_kind_commitment);
	assert_int_equal(work.by, side_municipality);
	assert_text(work.what, "call the bank");
	assert_text(work.worker, "Bo");
	assert_text(work.team, "north");
	t->now += MS_PER_DAY + 1; /* as it is shown, whatever the clock has told the node */
	struct plan_work_reply list = work_of(t, FAMILY);
	assert_int_equal(list.work.n, 2);
	assert_id(list.work.at[0].work, theirs);
	assert_true(list.work.at[0].overdue);
	assert_false(list.work.at[1].overdue);
	DO(FAMILY, take_plan_work, NULL, .work = theirs, .worker = text_of("Kaj"));
	wait_until(t, t->now + MS_PER_HOUR); /* who took it keeps it when it is overdue */
	assert_text(work_of(t, FAMILY).work.at[0].worker, "Kaj");
	REFUSED(FAMILY, ERR_CONFLICT, "work", finish_plan_work, .work = ours);
	DO(FAMILY, keep_commitment, NULL, SEEN(FAMILY, plan), .commitment = theirs);
	DO(FAMILY, release_commitment, NULL, SEEN(FAMILY, plan), .commitment = ours);
	assert_int_equal(work_of(t, FAMILY).work.n, 0);
	REFUSED(FAMILY, ERR_NOT_FOUND, "work", take_plan_work, .work = ours);
}

/* Work moves with its plan, and so does who took it. */
static void work_moves_with_a_provisional_plan(void **state)
{
	struct town *t = *state;
	struct changed opened = {0};

	refer_number(t, 1, "0202710000", "social");
	settle(t);
	cut_off(t, INTAKE, true);
	DO(FAMILY, open_part, &opened, .plan = id_of(77), .number = text_of("0202710000"));
	struct uuid work = commit_to(t, opened.plan, side_municipality, t->now + 2 * MS_PER_DAY);
	DO(FAMILY, take_plan_work, NULL, .work = work, .worker = text_of("Eva"));
	cut_off(t, INTAKE, false);
	settle(t);
	struct uuid plan = plan_at(t, SOCIAL, 0).plan;
	assert_id(only_work(t, FAMILY).plan, plan);
	assert_text(only_work(t, FAMILY).worker, "Eva");
	DO(FAMILY, take_plan_work, NULL, .work = work, .worker = text_of("Eva")); /* by its id */
	struct handed_over reply = {0};
	DO(FAMILY, hand_over_work, &reply, .from = text_of("Eva"), .to = text_of("Ib"));
	assert_int_equal(reply.parts, 1);
	assert_text(only_work(t, FAMILY).worker, "Ib");
	DO(FAMILY, keep_commitment, NULL, SEEN(FAMILY, plan), .commitment = work);
	assert_int_equal(work_of(t, FAMILY).work.n, 0);
}

/* A provisional part that nobody is responsible for becomes one with a part that has somebody. */
static void the_joined_part_has_somebody(void **state)
{
	struct town *t = *state;
	struct uuid plan = plan_with(t, FAMILY, 0);

	assign(t, plan, "Eva", "north");
	t->who = "";
	DO(FAMILY, open_part, NULL, .number = text_of("2211660000"));
	t->who = "Kaj";
	assert_int_equal(only_work(t, FAMILY).kind, plan_work_kind_worker);
	settle(t);
	assert_int_equal(plans_of(t, FAMILY), 1);
	assert_int_equal(work_of(t, FAMILY).work.n, 0);
}

/* ---- disagreement ---------------------------------------------------------------------------- */

static void say_of(struct town *t, unsigned node, const struct uuid ids[2], enum agreement says)
{
	struct goal_answer answer = {ids[1], says, text_of("so")};

	DO(node, answer_plan, NULL, .plan = ids[0], .goals = {1, &answer});
}

static void a_disagreement_is_work(void **state)
{
	struct town *t = *state;
	struct uuid plan = plan_with(t, FAMILY, SOCIAL);

	assign(t, plan, "Eva", "north");
	consent_at(t, FAMILY, plan, SHARING(FAMILY, SOCIAL, life_area_none));
	struct uuid ids[2] = {plan, state_goal_of(t, FAMILY, plan, life_area_housing)};
	settle(t);
	say_of(t, FAMILY, ids, agreement_disagrees);
	struct plan_work_line work = only_work(t, FAMILY);
	assert_int_equal(work.kind, plan_work_kind_dissent);
	assert_id(work.item, ids[1]);
	assert_text(work.worker, "Eva");
	assert_text(work.team, "north");
	assert_int_equal(work.due, at(20261127, 16, 0));
	/* one that is heard, too; a later yes ends both */
	t->now += MS_PER_MINUTE;
	say_of(t, SOCIAL, ids, agreement_disagrees);
	assert_int_equal(count_work(t, SOCIAL, plan_work_kind_dissent), 0);
	settle(t);
	assert_int_equal(work_of(t, FAMILY).work.n, 2);
	t->now += MS_PER_MINUTE;
	say_of(t, SOCIAL, ids, agreement_agrees);
	settle(t);
	assert_int_equal(work_of(t, FAMILY).work.n, 0);
	/* or whoever talked about it */
	t->now += MS_PER_MINUTE;
	say_of(t, FAMILY, ids, agreement_disagrees);
	DO(FAMILY, finish_plan_work, NULL, .work = only_work(t, FAMILY).work);
	assert_int_equal(work_of(t, FAMILY).work.n, 0);
}

/* The citizen disagreed at social first and agreed at family later, or the other way round; social
 * is heard last in both. */
static void order_of(struct town *t, bool agreed_last)
{
	struct uuid plan = plan_with(t, FAMILY, SOCIAL);

	assign(t, plan, "Eva", "north");
	consent_at(t, FAMILY, plan, SHARING(FAMILY, SOCIAL, life_area_none));
	struct uuid ids[2] = {plan, state_goal_of(t, FAMILY, plan, life_area_housing)};
	settle(t);
	say_of(t, SOCIAL, ids, agreed_last ? agreement_disagrees : agreement_agrees);
	t->now += MS_PER_MINUTE;
	say_of(t, FAMILY, ids, agreed_last ? agreement_agrees : agreement_disagrees);
	settle(t);
	assert_int_equal(work_of(t, FAMILY).work.n, agreed_last ? 0 : 1);
}

static void a_later_yes_counts_however_it_is_heard(void **state)
{
	order_of(*state, true);
}

static void an_earlier_yes_does_not(void **state)
{
	order_of(*state, false);
}

/* ---- the list -------------------------------------------------------------------------------- */

static void the_list_and_its_filters(void **state)
{
	struct town *t = *state;
	struct uuid plan = plan_with(t, FAMILY, 0);
	struct plan_work_reply list = {0};
	struct uuid ids[6];

	assign(t, plan, "Eva", "north");
	for (unsigned i = 0; i < 6; i++)
		ids[i] = commit_to(
			t, plan, side_municipality, t->now + (6 - (int64_t)i) * MS_PER_HOUR);
	DO(FAMILY, take_plan_work, NULL, .work = ids[3]); /* by Kaj, who asks */
	list = work_of(t, FAMILY);
	assert_int_equal(list.work.n, 6);
	for (unsigned i = 0; i < 6; i++) /* the soonest due first */
		assert_id(list.work.at[i].work, ids[5 - i]);
	DO(FAMILY, list_plan_work, &list, .limit = 2);
	assert_int_equal(list.work.n, 2);
	assert_true(list.more);
	DO(FAMILY, list_plan_work, &list, .mine = true);
	assert_int_equal(list.work.n, 1);
	assert_id(list.work.at[0].work, ids[3]);
	assert_false(list.more);
	DO(FAMILY, list_plan_work, &list, .team = text_of("north"));
	assert_int_equal(list.work.n, 6);
	DO(FAMILY, list_plan_work, &list, .team = text_of("south"));
	assert_int_equal(list.work.n, 0);
	DO(FAMILY, list_plan_work, &list, .team = text_of("south"), .mine = true);
	assert_int_equal(list.work.n, 0);
	DO(FAMILY, list_plan_work, &list, .until = t->now + 3 * MS_PER_HOUR);
	assert_int_equal(list.work.n, 3);
	t->now += 2 * MS_PER_HOUR + 1;
	DO(FAMILY, list_plan_work, &list, .overdue = true);
	assert_int_equal(list.work.n, 2);
	/* a part that gets another team takes its work along */
	assign(t, plan, "Eva", "south");
	DO(FAMILY, list_plan_work, &list, .team = text_of("south"), .limit = 100);
	assert_int_equal(list.work.n, 6);
	DO(FAMILY, list_plan_work, &list, .team = text_of("north"));
	assert_int_equal(list.work.n, 0);
	t->department = "social";
	REFUSED(FAMILY, ERR_DENIED, "actor.department", list_plan_work, .limit = 1);
	REFUSED(FAMILY, ERR_DENIED, "actor.department", take_plan_work, .work = ids[0]);
	REFUSED(FAMILY, ERR_DENIED, "actor.department", finish_plan_work, .work = ids[0]);
	t->department = NULL;
	REFUSED(FAMILY, ERR_NOT_FOUND, "work", finish_plan_work, .work = id_of(3));
}

/* ---- handing over ---------------------------------------------------------------------------- */

static int64_t hand_over(struct town *t, const char *from, const char *to, bool more)
{
	struct handed_over reply = {0};

	DO(FAMILY, hand_over_work, &reply, .from = text_of(from), .to = text_of(to), .limit = 2);
	assert_int_equal(reply.more, more);
	return reply.parts;
}

static void everything_of_one_worker(void **state)
{
	struct town *t = *state;
	struct uuid plan = plan_with(t, FAMILY, SOCIAL);
	struct changed measure = {0};

	consent_at(t, FAMILY, plan, SHARING(FAMILY, SOCIAL, life_area_none));
	assign(t, plan, "Eva", "north");
	struct uuid commitment = commit_to(t, plan, side_municipality, t->now + MS_PER_DAY);
	DO(FAMILY, add_measure, &measure, SEEN(FAMILY, plan), .kind = measure_kind_coaching,
		.worker = text_of("Bo"));
	settle(t);
	int64_t version = version_of(t, FAMILY, plan);
	REFUSED(FAMILY, ERR_INVALID, "to", hand_over_work, .from = text_of("Bo"),
		.to = text_of("Bo"));
	t->department = "social";
	REFUSED(FAMILY, ERR_DENIED, "actor.department", hand_over_work, .from = text_of("Bo"),
		.to = text_of("Ib"));
	t->department = NULL;
	assert_int_equal(hand_over(t, "Ib", "Bo", false), 0);
	assert_int_equal(hand_over(t, "Bo", "Ib", false), 1);
	assert_int_equal(version_of(t, FAMILY, plan), version + 1);
	settle(t);
	for (unsigned node = FAMILY; node <= SOCIAL; node++) {
		struct plan_reply shown = show(t, node, plan);
		assert_text(shown.parties.at[0].worker, "Eva"); /* who was not Bo */
		assert_text(shown.measures.at[0].worker, "Ib");
		assert_text(shown.commitments.at[0].worker, "Ib");
	}
	assert_id(only_work(t, FAMILY).work, commitment);
	assert_text(only_work(t, FAMILY).worker, "Ib");
	assert_int_equal(hand_over(t, "Bo", "Ib", false), 0); /* nothing is left */
	DO(FAMILY, add_measure, NULL, SEEN(FAMILY, plan), .kind = measure_kind_training,
		.worker = text_of("Lis")); /* named in a measure only */
	assert_int_equal(hand_over(t, "Lis", "Ib", false), 1);
	assert_text(show(t, FAMILY, plan).measures.at[1].worker, "Ib");
	assert_int_equal(hand_over(t, "Eva", "Ib", false), 1);
	settle(t);
	assert_text(show(t, SOCIAL, plan).parties.at[0].worker, "Ib");
	/* what has ended stays with whoever had it */
	DO(FAMILY, close_part, NULL, SEEN(FAMILY, plan), .outcome = outcome_less_support);
	assert_int_equal(hand_over(t, "Ib", "Eva", false), 0);
}

/* Appointments and reviews, too; who held what was held is not rewritten. */
static void what_is_over_stays_with_whoever_had_it(void **state)
{
	struct town *t = *state;
	struct uuid plan = plan_with(t, FAMILY, SOCIAL);
	struct changed held = {0}, reviewed = {0};

	consent_at(t, FAMILY, plan, SHARING(FAMILY, SOCIAL, life_area_none));
	assign(t, plan, "Eva", "north");
	DO(FAMILY, book_appointment, &held, SEEN(FAMILY, plan), .begins = t->now + MS_PER_HOUR,
		.ends = t->now + 2 * MS_PER_HOUR, .worker = text_of("Bo"));
	DO(FAMILY, book_appointment, NULL, SEEN(FAMILY, plan), .begins = t->now + MS_PER_DAY,
		.ends = t->now + MS_PER_DAY + MS_PER_HOUR, .worker = text_of("Bo"));
	DO(FAMILY, schedule_review, &reviewed, SEEN(FAMILY, plan), .due = t->now + 5 * MS_PER_HOUR,
		.worker = text_of("Bo"));
	t->now += 3 * MS_PER_HOUR;
	DO(FAMILY, record_attendance, NULL, SEEN(FAMILY, plan), .appointment = held.id);
	DO(FAMILY, hold_review, NULL, SEEN(FAMILY, plan), .review = reviewed.id,
		.next_due = t->now + 9 * MS_PER_DAY);
	assert_text(only_work(t, FAMILY).worker, "Bo");
	assert_int_equal(hand_over(t, "Bo", "Ib", false), 1);
	assert_text(only_work(t, FAMILY).worker, "Ib");
	settle(t);
	for (unsigned node = FAMILY; node <= SOCIAL; node++) {
		struct plan_reply shown = show(t, node, plan);
		assert_text(shown.appointments.at[0].worker, "Bo");
		assert_text(shown.appointments.at[1].worker, "Ib");
		assert_text(shown.reviews.at[0].worker, "Bo");
		assert_text(shown.reviews.at[1].worker, "Ib");
	}
	assert_int_equal(hand_over(t, "Bo", "Ib", false), 0);
	/* named in what is over only: nothing to hand over */
	DO(FAMILY, book_appointment, &held, SEEN(FAMILY, plan), .begins = t->now + MS_PER_HOUR,
		.ends = t->now + 2 * MS_PER_HOUR, .worker = text_of("Lis"));
	DO(FAMILY, cancel_appointment, NULL, SEEN(FAMILY, plan), .appointment = held.id,
		.by = side_citizen);
	assert_int_equal(hand_over(t, "Lis", "Ib", false), 0);
}

/* ---- reviews, and a part that is opened anew ---------------------------------------------------
 */

static void reviews_are_work(void **state)
{
	struct town *t = *state;
	struct uuid plan = plan_with(t, FAMILY, 0);
	struct changed review = {0};

	assign(t, plan, "Eva", "north");
	DO(FAMILY, schedule_review, &review, SEEN(FAMILY, plan), .due = t->now + MS_PER_DAY);
	struct plan_work_line work = only_work(t, FAMILY);
	assert_int_equal(work.kind, plan_work_kind_review);
	assert_id(work.work, review.id);
	assert_id(work.item, review.id);
	assert_text(work.worker, "Eva");
	assert_text(work.team, "north");
	assert_int_equal(work.due, t->now + MS_PER_DAY);
	REFUSED(FAMILY, ERR_CONFLICT, "work", finish_plan_work, .work = work.work);
	assert_non_null(strstr(t->reason.rule, "hold_review"));
	DO(FAMILY, hold_review, NULL, SEEN(FAMILY, plan), .review = review.id,
		.next_due = t->now + 9 * MS_PER_DAY);
	work = only_work(t, FAMILY);
	assert_int_equal(work.due, t->now + 9 * MS_PER_DAY);
	DO(FAMILY, cancel_review, NULL, SEEN(FAMILY, plan), .review = work.item);
	assert_int_equal(work_of(t, FAMILY).work.n, 0);
	/* an import from before whose time has passed is nobody's work; one to come is */
	t->historical = true;
	t->peer = PEER_IMPORTER;
	t->occurred_at = t->now - 90 * MS_PER_DAY;
	DO(FAMILY, schedule_review, NULL, .plan = plan, .due = t->now - MS_PER_DAY);
	DO(FAMILY, make_commitment, NULL, .plan = plan, .by = side_municipality,
		.what = text_of("x"), .due = t->now - MS_PER_DAY);
	DO(FAMILY, schedule_review, &review, .plan = plan, .due = t->now + MS_PER_DAY);
	t->historical = false;
	t->peer = PEER_PORTAL;
	t->occurred_at = 0;
	assert_id(only_work(t, FAMILY).work, review.id);
}

static void opened_anew_it_goes_on(void **state)
{
	struct town *t = *state;
	struct uuid plan = plan_with(t, FAMILY, SOCIAL);
	struct changed review = {0};

	assign(t, plan, "Eva", "north");
	DO(FAMILY, set_weekly_hours, NULL, SEEN(FAMILY, plan), .hours = 7);
	DO(FAMILY, set_expected_support, NULL, SEEN(FAMILY, plan), .expected = support_group,
		.assessed_by = text_of("Eva"));
	struct uuid soon = commit_to(t, plan, side_municipality, t->now + MS_PER_DAY);
	struct uuid later = commit_to(t, plan, side_municipality, t->now + 9 * MS_PER_DAY);
	struct uuid kept = commit_to(t, plan, side_municipality, t->now + 9 * MS_PER_DAY);
	DO(FAMILY, keep_commitment, NULL, SEEN(FAMILY, plan), .commitment = kept);
	DO(FAMILY, schedule_review, &review, SEEN(FAMILY, plan), .due = t->now + 8 * MS_PER_DAY);
	DO(FAMILY, close_part, NULL, SEEN(FAMILY, plan), .outcome = outcome_less_support);
	settle(t);
	assert_int_equal(work_of(t, FAMILY).work.n, 0);
	t->now += 2 * MS_PER_DAY;
	refer_number(t, 3, "2211660000", "family");
	settle(t);
	assert_id(plan_at(t, FAMILY, 0).plan, plan);
	struct plan_reply shown = show(t, FAMILY, plan);
	assert_text(shown.parties.at[0].worker, "");
	assert_text(shown.parties.at[0].team, "north");
	assert_int_equal(shown.weekly_hours, 7);
	assert_int_equal(shown.parties.at[0].expected, support_none); /* of the earlier course */
	struct plan_work_reply list = work_of(t, FAMILY);
	const struct uuid want[] = {soon, list.work.at[1].work, review.id, later};
	assert_int_equal(list.work.n, 4);
	for (size_t i = 0; i < 4; i++) {
		assert_id(list.work.at[i].work, want[i]);
		assert_text(list.work.at[i].team, "north");
	}
	assert_true(list.work.at[0].overdue);
	assert_int_equal(list.work.at[1].kind, plan_work_kind_worker);
	/* nobody is told of what fell due while it was closed; of the rest as ever */
	wait_until(t, t->now + MS_PER_DAY);
	assert_int_equal(count_records(t, FAMILY, "commitment_overdue"), 0);
	wait_until(t, t->now + 9 * MS_PER_DAY);
	assert_int_equal(count_records(t, FAMILY, "commitment_overdue"), 1);
	DO(FAMILY, keep_commitment, NULL, SEEN(FAMILY, plan), .commitment = soon);
	DO(FAMILY, hold_review, NULL, SEEN(FAMILY, plan), .review = review.id);
	assert_int_equal(work_of(t, FAMILY).work.n, 2);
}

static void many_parts_in_pages(void **state)
{
	static const char *const numbers[] = {
		"2211660000", "0101700000", "0202710000", "0303720000", "0404730000"};
	struct town *t = *state;

	for (unsigned i = 0; i < 5; i++)
		DO(FAMILY, open_part, NULL, .number = text_of(numbers[i]));
	settle(t);
	assert_int_equal(hand_over(t, "Kaj", "Ib", true), 2);
	assert_int_equal(hand_over(t, "Kaj", "Ib", true), 2);
	assert_int_equal(hand_over(t, "Kaj", "Ib", false), 1);
	assert_int_equal(hand_over(t, "Kaj", "Ib", false), 0);
	for (size_t i = 0; i < 5; i++)
		assert_text(plan_at(t, FAMILY, i).worker, "Ib");
}

static void work_outside_of_parts_too(void **state)
{
	struct town *t = *state;
	struct uuid plan = plan_with(t, SOCIAL, 0);

	DO(SOCIAL, assign_worker, NULL, SEEN(SOCIAL, plan), .worker = text_of("Lis"));
	consent_at(t, SOCIAL, plan, SHARING(SOCIAL, FAMILY, life_area_none));
	DO(SOCIAL, ask_capacity, NULL, .to = text_of("family"), .kind = measure_kind_other,
		.answer_by = t->now + MS_PER_DAY);
	DO(SOCIAL, propose_measure, NULL, SEEN(SOCIAL, plan), .to = text_of("family"),
		.kind = measure_kind_other, .answer_by = t->now + MS_PER_HOUR);
	settle(t);
	struct plan_work_reply list = work_of(t, FAMILY);
	assert_int_equal(list.work.n, 2);
	for (size_t i = 0; i < 2; i++)
		DO(FAMILY, take_plan_work, NULL, .work = list.work.at[i].work,
			.worker = text_of("Bo"));
	assert_int_equal(hand_over(t, "Bo", "Ib", false), 0);
	list = work_of(t, FAMILY);
	for (size_t i = 0; i < 2; i++)
		assert_text(list.work.at[i].worker, "Ib");
}

/* Whether the work or the worker came first; closed and opened anew, too. */
static void work_follows_its_part(void **state)
{
	struct town *t = *state;
	struct uuid plan = plan_with(t, FAMILY, SOCIAL);
	struct plan_work_reply list = {0};

	consent_at(t, SOCIAL, plan, SHARING(SOCIAL, FAMILY, life_area_none));
	for (unsigned i = 0; i < 3; i++) {
		DO(SOCIAL, propose_measure, NULL, SEEN(SOCIAL, plan), .to = text_of("family"),
			.kind = measure_kind_other, .answer_by = t->now + (i + 1) * MS_PER_HOUR);
		settle(t);
		if (i == 0)
			assign(t, plan, "Eva", "north");
		if (i == 1)
			DO(FAMILY, take_plan_work, NULL, .work = work_of(t, FAMILY).work.at[1].work,
				.worker = text_of("Bo"));
	}
	list = work_of(t, FAMILY);
	assert_int_equal(list.work.n, 3);
	static const char *const before[] = {"Eva", "Bo", "Eva"};
	for (size_t i = 0; i < 3; i++) {
		assert_text(list.work.at[i].worker, before[i]);
		assert_text(list.work.at[i].team, "north");
	}
	assign(t, plan, "Lis", "south");
	static const char *const after[] = {"Lis", "Bo", "Lis"};
	list = work_of(t, FAMILY);
	for (size_t i = 0; i < 3; i++)
		assert_text(list.work.at[i].worker, after[i]);
	assert_int_equal(hand_over(t, "Bo", "Lis", false), 1);
	assert_text(work_of(t, FAMILY).work.at[1].worker, "Lis");
	/* proposals wait on for whoever comes */
	DO(FAMILY, close_part, NULL, SEEN(FAMILY, plan), .outcome = outcome_less_support);
	static const char *const closed[] = {"", "Lis", ""};
	list = work_of(t, FAMILY);
	assert_int_equal(list.work.n, 3);
	for (size_t i = 0; i < 3; i++) {
		assert_text(list.work.at[i].worker, closed[i]);
		assert_text(list.work.at[i].team, "");
	}
}

/* ---- when things happened -------------------------------------------------------------------- */

static void set_measure(struct town *t, const struct uuid ids[2], enum measure_state to)
{
	DO(FAMILY, set_measure_state, NULL, SEEN(FAMILY, ids[0]), .measure = ids[1], .state = to,
		.reason = text_of("so"));
}

static void times_are_those_of_the_facts(void **state)
{
	struct town *t = *state;
	struct uuid plan = plan_with(t, FAMILY, 0);
	struct changed made = {0};
	int64_t began = t->now + MS_PER_HOUR, stopped = t->now + 2 * MS_PER_HOUR;

	DO(FAMILY, add_measure, &made, SEEN(FAMILY, plan), .kind = measure_kind_coaching);
	struct uuid ids[2] = {plan, made.id};
	set_measure(t, ids, measure_state_accepted);
	t->now += MS_PER_DAY;
	t->occurred_at = began; /* written down a day later */
	set_measure(t, ids, measure_state_in_progress);
	assert_int_equal(show(t, FAMILY, plan).measures.at[0].began_at, began);
	assert_int_equal(show(t, FAMILY, plan).measures.at[0].ended_at, 0);
	t->occurred_at = stopped;
	set_measure(t, ids, measure_state_stopped);
	t->occurred_at = 0;
	struct plan_reply shown = show(t, FAMILY, plan);
	assert_int_equal(shown.measures.at[0].began_at, began);
	assert_int_equal(shown.measures.at[0].ended_at, stopped);
	assert_int_equal(shown.parties.at[0].changed_at, stopped);
	/* what makes no version is no change */
	t->now += MS_PER_DAY;
	DO(FAMILY, write_note, NULL, .plan = plan, .words = text_of("mine"));
	assert_int_equal(show(t, FAMILY, plan).parties.at[0].changed_at, stopped);
	state_goal_of(t, FAMILY, plan, life_area_health);
	assert_int_equal(show(t, FAMILY, plan).parties.at[0].changed_at, t->now);
}

int main(void)
{
	const struct CMUnitTest tests[] = {SCENARIO(a_part_needs_a_worker),
		SCENARIO(commitments_are_work), SCENARIO(work_moves_with_a_provisional_plan),
		SCENARIO(the_joined_part_has_somebody), SCENARIO(a_disagreement_is_work),
		SCENARIO(a_later_yes_counts_however_it_is_heard), SCENARIO(an_earlier_yes_does_not),
		SCENARIO(the_list_and_its_filters), SCENARIO(everything_of_one_worker),
		SCENARIO(what_is_over_stays_with_whoever_had_it), SCENARIO(reviews_are_work),
		SCENARIO(opened_anew_it_goes_on), SCENARIO(many_parts_in_pages),
		SCENARIO(work_outside_of_parts_too), SCENARIO(work_follows_its_part),
		SCENARIO(times_are_those_of_the_facts)};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
