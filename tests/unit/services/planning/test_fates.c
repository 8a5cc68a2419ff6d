/* Who finds a conflict, in which order of things, and what is decided about it. */
#include "tests/unit/services/planning/conflict_scenes.h"

/* ---- who knows, and in which order ----------------------------------------------------------- */

static struct conflict_view in_order(bool family_first)
{
	struct town *t = town_make_with(42);
	struct uuid plan = shared_plan(t), ids[2] = {id_of(60), id_of(61)};
	int64_t ten = at(20261203, 10, 0);
	static struct plan_conflict kept;

	for (unsigned i = 0; i < 2; i++) {
		unsigned node = (i == 0) == family_first ? FAMILY : EMPLOYMENT;
		DO(node, book_appointment, NULL, SEEN(node, plan),
			.appointment = ids[node == FAMILY], .begins = ten + (node == FAMILY) * HOUR,
			.ends = ten + 2 * HOUR);
		if (family_first)
			settle(t);
	}
	settle(t);
	struct conflict_view view = the_conflict(t, EMPLOYMENT, plan);
	struct conflict_view there = the_conflict(t, FAMILY, plan);
	assert_same(&view, &there);
	for (unsigned node = EMPLOYMENT; node <= FAMILY; node++)
		assert_int_equal(count_records(t, node, "conflict_found"), 1);
	kept = *view.conflict;
	view.conflict = &kept;
	town_end(t);
	return view;
}

static void the_order_does_not_matter(void **state)
{
	(void)state;
	struct conflict_view one = in_order(false);
	struct plan_conflict first = *one.conflict;
	struct conflict_view two = in_order(true);

	assert_id(first.conflict, two.conflict->conflict);
	assert_int_equal(first.since, two.conflict->since);
	assert_int_equal(first.until, two.conflict->until);
	assert_int_equal(first.asked, 60);
}

static void it_vanishes_with_the_consent(void **state)
{
	struct town *t = *state;
	struct uuid plan = plan_with(t, EMPLOYMENT, FAMILY);
	int64_t ten = at(20261203, 10, 0);

	struct uuid consent =
		consent_at(t, EMPLOYMENT, plan, SHARING(EMPLOYMENT, FAMILY, EVERYTHING));
	book(t, EMPLOYMENT, plan, MEETING(ten, 60, 0));
	book(t, FAMILY, plan, MEETING(ten, 60, 0));
	settle(t);
	conflicts_at(t, FAMILY, plan, 1);
	conflicts_at(t, EMPLOYMENT, plan, 0); /* it may not know of family's */
	assert_int_equal(count_records(t, EMPLOYMENT, "conflict_found"), 0);
	DO(EMPLOYMENT, withdraw_consent, NULL, .consent = consent, .words = text_of("no"));
	settle(t);
	conflicts_at(t, FAMILY, plan, 0);
	assert_int_equal(count_records(t, FAMILY, "conflict_gone"), 1); /* and it says so at once */
}

/* Withdrawn where it was seen, of the other child's plan: gone with the withdrawal itself. */
static void it_vanishes_beside_the_plan_too(void **state)
{
	struct town *t = *state;
	struct uuid plans[2], parent = id_of(500);
	int64_t ten = at(20261203, 10, 0);

	refer_number(t, 1, "2211660000", "family");
	refer_number(t, 2, "0101700000", "employment");
	settle(t);
	plans[0] = plan_at(t, FAMILY, 0).plan;
	plans[1] = plan_at(t, EMPLOYMENT, 0).plan;
	struct uuid consent =
		consent_at(t, EMPLOYMENT, plans[1], SHARING(EMPLOYMENT, FAMILY, EVERYTHING));
	struct meeting both = {ten, 60, 0, parent};
	book(t, EMPLOYMENT, plans[1], &both);
	book(t, EMPLOYMENT, plans[1], MEETING(ten + 9 * HOUR, 60, 0));
	settle(t);
	book(t, FAMILY, plans[0], &both);
	conflicts_at(t, FAMILY, plans[0], 1);
	DO(FAMILY, withdraw_consent, NULL, .consent = consent, .words = text_of("no"));
	conflicts_at(t, FAMILY, plans[0], 0);
	assert_int_equal(count_records(t, FAMILY, "conflict_gone"), 1);
	settle(t);
	assert_int_equal(count_records(t, FAMILY, "conflict_gone"), 1);
}

static void it_vanishes_when_the_consent_is_over(void **state)
{
	struct text from = text_of("employment"), to = text_of("family");
	struct town *t = *state;
	struct uuid plan = plan_with(t, EMPLOYMENT, FAMILY);
	int64_t ten = at(20261203, 10, 0);

	DO(EMPLOYMENT, record_consent, NULL, .plan = plan, .given_by = consent_giver_self,
		.from = {1, &from}, .to = {1, &to}, .until = t->now + MS_PER_DAY);
	book(t, EMPLOYMENT, plan, MEETING(ten, 60, 0));
	struct uuid ours = book(t, FAMILY, plan, MEETING(ten, 60, 0));
	settle(t);
	struct uuid conflict = the_conflict(t, FAMILY, plan).conflict->conflict;
	t->now += MS_PER_DAY;
	conflicts_at(t, FAMILY, plan, 0);
	REFUSED(FAMILY, ERR_NOT_FOUND, "conflict", settle_conflict, SEEN(FAMILY, plan),
		.conflict = conflict, .state = conflict_state_acknowledged);
	assert_int_equal(count_records(t, FAMILY, "conflict_gone"), 0);
	DO(FAMILY, move_appointment, NULL, SEEN(FAMILY, plan), .appointment = ours,
		.begins = ten + MINUTE, .by = side_municipality);
	assert_int_equal(count_records(t, FAMILY, "conflict_gone"), 1);
}

/* Family's and social's are in each other's way: only employment, which coordinates, sees both. */
static void only_the_coordinator_sees_both(void **state)
{
	struct town *t = *state;
	struct uuid plan = plan_with(t, EMPLOYMENT, FAMILY);
	int64_t ten = at(20261203, 10, 0);

	refer_number(t, 3, "2211660000", "social");
	settle(t);
	consent_at(t, EMPLOYMENT, plan, SHARING(FAMILY, EMPLOYMENT, EVERYTHING));
	consent_at(t, EMPLOYMENT, plan, SHARING(SOCIAL, EMPLOYMENT, EVERYTHING));
	settle(t);
	book(t, FAMILY, plan, MEETING(ten, 60, 0));
	book(t, SOCIAL, plan, MEETING(ten + 30 * MINUTE, 60, 0));
	settle(t);
	conflicts_at(t, FAMILY, plan, 0);
	conflicts_at(t, SOCIAL, plan, 0);
	assert_text(the_conflict(t, EMPLOYMENT, plan).reason_en,
		"The appointment at family on 03.12.2026 10:00-11:00 and the one at social "
		"services on 03.12.2026 10:30-11:30 overlap by 30 minutes, travel included.");
	assert_int_equal(count_records(t, EMPLOYMENT, "conflict_found"), 1);
	assert_int_equal(count_records(t, FAMILY, "conflict_found"), 0);
}

static void one_that_does_not_coordinate_is_silent(void **state)
{
	struct town *t = *state;
	struct uuid plan = plan_with(t, EMPLOYMENT, FAMILY);
	int64_t ten = at(20261203, 10, 0);

	consent_at(t, EMPLOYMENT, plan, SHARING(EMPLOYMENT, FAMILY, EVERYTHING));
	settle(t);
	book(t, EMPLOYMENT, plan, MEETING(ten, 60, 0));
	book(t, EMPLOYMENT, plan, MEETING(ten, 60, 0));
	settle(t);
	conflicts_at(t, FAMILY, plan, 1);
	assert_int_equal(count_records(t, FAMILY, "conflict_found"), 0);
	assert_int_equal(count_records(t, EMPLOYMENT, "conflict_found"), 1);
}

/* Whoever coordinates next says what there is. */
static void the_next_coordinator_says_it(void **state)
{
	struct town *t = *state;
	struct uuid plan = plan_with(t, EMPLOYMENT, FAMILY);
	int64_t ten = at(20261203, 10, 0);

	refer_number(t, 3, "2211660000", "social");
	settle(t);
	consent_at(t, EMPLOYMENT, plan, SHARING(SOCIAL, FAMILY, EVERYTHING));
	settle(t);
	book(t, SOCIAL, plan, MEETING(ten, 60, 0));
	book(t, SOCIAL, plan, MEETING(ten, 60, 0));
	settle(t);
	assert_int_equal(count_records(t, FAMILY, "conflict_found"), 0);
	DO(EMPLOYMENT, close_part, NULL, SEEN(EMPLOYMENT, plan), .outcome = outcome_self_reliant);
	settle(t);
	assert_text(show(t, FAMILY, plan).coordinator, "family");
	assert_int_equal(count_records(t, FAMILY, "conflict_found"), 1);
}

/* What came before the consent is found when it is disclosed. */
static void a_late_consent_shows_it(void **state)
{
	struct town *t = *state;
	struct uuid plan = plan_with(t, EMPLOYMENT, FAMILY);
	int64_t ten = at(20261203, 10, 0);

	book(t, EMPLOYMENT, plan, MEETING(ten, 60, 0));
	book(t, FAMILY, plan, MEETING(ten, 60, 0));
	settle(t);
	conflicts_at(t, FAMILY, plan, 0);
	consent_at(t, EMPLOYMENT, plan, SHARING(EMPLOYMENT, FAMILY, EVERYTHING));
	settle(t);
	conflicts_at(t, FAMILY, plan, 1);
	assert_int_equal(count_records(t, FAMILY, "conflict_found"), 1);
}

/* A citizen who is not known to the entrance yet: at both departments, until it settles whose. */
static void it_moves_with_the_plan(void **state)
{
	struct town *t = *state;
	struct changed opened = {0};
	int64_t ten = at(20261203, 10, 0);

	struct uuid plan = plan_with(t, EMPLOYMENT, 0);
	DO(FAMILY, open_part, &opened, .number = text_of("2211660000"), .name = text_of("Anna"),
		AREA(work));
	book(t, FAMILY, opened.id, MEETING(ten, 60, 0));
	book(t, FAMILY, opened.id, MEETING(ten + 30 * MINUTE, 60, 0));
	struct uuid before = the_conflict(t, FAMILY, opened.id).conflict->conflict;
	settle(t);
	consent_at(t, EMPLOYMENT, plan, SHARING(EMPLOYMENT, FAMILY, EVERYTHING));
	book(t, EMPLOYMENT, plan, MEETING(ten + 89 * MINUTE, 60, 0));
	settle(t);
	struct plan_reply reply = conflicts_at(t, FAMILY, plan, 2);
	assert_id(reply.conflicts.at[0].conflict->conflict, before);
	assert_int_equal(reply.conflicts.at[1].conflict->asked, 1);
	assert_int_equal(count_records(t, FAMILY, "conflict_found"), 2);
	DO(FAMILY, cancel_appointment, NULL, SEEN(FAMILY, plan),
		.appointment = reply.appointments.at[0].appointment, .by = side_citizen);
	assert_int_equal(count_records(t, FAMILY, "conflict_gone"), 1);
}

/* An import of a past year gives its figures; nobody is shown what is long over. */
static void what_was_before_is_found_too(void **state)
{
	struct town *t = *state;
	struct uuid plan = plan_with(t, EMPLOYMENT, FAMILY);
	int64_t then = t->now - 200 * MS_PER_DAY;

	t->historical = true;
	t->peer = PEER_IMPORTER;
	for (int i = 0; i < 2; i++) {
		t->occurred_at = then - MS_PER_DAY + i;
		book(t, EMPLOYMENT, plan, MEETING(then + i * 30 * MINUTE, 60, 0));
	}
	assert_int_equal(count_records(t, EMPLOYMENT, "conflict_found"), 1);
	struct journal_entry entry;
	read_record(t, EMPLOYMENT, t->nodes[EMPLOYMENT].engine->journal.seq, &entry);
	assert_text(entry.record.type, "conflict_found");
	assert_true(entry.record.historical);
	conflicts_at(t, EMPLOYMENT, plan, 0);
}

/* What is found only in part of the facts is otherwise when the rest is known: it is said again. */
static void it_is_said_again_when_it_is_otherwise(void **state)
{
	struct town *t = *state;
	struct uuid plan = shared_plan(t);

	DO(EMPLOYMENT, set_weekly_hours, NULL, SEEN(EMPLOYMENT, plan), .hours = 10);
	help(t, EMPLOYMENT, plan, HELP(measure_kind_training, 20261130, 0, 12));
	assert_int_equal(count_records(t, EMPLOYMENT, "conflict_found"), 1);
	help(t, FAMILY, plan, HELP(measure_kind_training, 20261130, 0, 12));
	assert_int_equal(count_records(t, FAMILY, "conflict_found"), 0); /* not heard yet */
	settle(t);
	assert_int_equal(count_records(t, EMPLOYMENT, "conflict_found"), 2);
	/* with the hours, and with the other's measure */
	assert_int_equal(count_records(t, FAMILY, "conflict_found"), 2);
	/* what changes nothing is not said again */
	help(t, FAMILY, plan, HELP(measure_kind_training, 20261130, 0, 0));
	settle(t);
	assert_int_equal(count_records(t, EMPLOYMENT, "conflict_found"), 2);
	assert_int_equal(version_of(t, EMPLOYMENT, plan), 5);
}

/* ---- fates ----------------------------------------------------------------------------------- */

static void somebody_decides(void **state)
{
	struct town *t = *state;
	struct uuid plan = shared_plan(t);
	int64_t ten = at(20261203, 10, 0);

	struct uuid one = book(t, EMPLOYMENT, plan, MEETING(ten, 60, 0));
	book(t, FAMILY, plan, MEETING(ten, 60, 0));
	settle(t);
	struct uuid conflict = the_conflict(t, FAMILY, plan).conflict->conflict;
	REFUSED(FAMILY, ERR_NOT_FOUND, "conflict", settle_conflict, SEEN(FAMILY, plan),
		.conflict = id_of(3), .state = conflict_state_solved);
	REFUSED(FAMILY, ERR_INVALID, "state", settle_conflict, SEEN(FAMILY, plan),
		.conflict = conflict, .state = conflict_state_open);
	REFUSED(FAMILY, ERR_INVALID, "state", settle_conflict, SEEN(FAMILY, plan),
		.conflict = conflict, .state = conflict_state_over);
	REFUSED(FAMILY, ERR_INVALID, "reason", settle_conflict, SEEN(FAMILY, plan),
		.conflict = conflict, .state = conflict_state_waived);
	DO(FAMILY, settle_conflict, NULL, SEEN(FAMILY, plan), .conflict = conflict,
		.state = conflict_state_acknowledged);
	t->now += HOUR;
	DO(EMPLOYMENT, settle_conflict, NULL, SEEN(EMPLOYMENT, plan), .conflict = conflict,
		.state = conflict_state_waived, .reason = text_of("only once"));
	settle(t);
	struct conflict_view here = the_conflict(t, EMPLOYMENT, plan);
	struct conflict_view there = the_conflict(t, FAMILY, plan);
	assert_same(&here, &there);
	assert_int_equal(here.state, conflict_state_waived);
	assert_int_equal(here.fates.n, 2);
	assert_text(here.fates.at[0].department, "family");
	assert_int_equal(here.fates.at[0].state, conflict_state_acknowledged);
	assert_text(here.fates.at[1].reason, "only once");
	assert_text(here.fates.at[1].by, "Kaj");
	/* at another time it is another occurrence */
	DO(EMPLOYMENT, move_appointment, NULL, SEEN(EMPLOYMENT, plan), .appointment = one,
		.begins = ten + 30 * MINUTE, .by = side_citizen);
	settle(t);
	here = the_conflict(t, FAMILY, plan);
	assert_int_equal(here.state, conflict_state_open);
	assert_int_equal(here.fates.n, 2);
	DO(FAMILY, settle_conflict, NULL, SEEN(FAMILY, plan), .conflict = conflict,
		.state = conflict_state_acknowledged);
	assert_int_equal(the_conflict(t, FAMILY, plan).state, conflict_state_acknowledged);
	t->now = ten + 3 * HOUR;
	assert_int_equal(the_conflict(t, FAMILY, plan).state, conflict_state_over);
	DO(FAMILY, settle_conflict, NULL, SEEN(FAMILY, plan), .conflict = conflict,
		.state = conflict_state_solved);
	assert_int_equal(the_conflict(t, FAMILY, plan).state, conflict_state_solved);
	settle(t);
}

/* A fate tells of both items: where one may not be known, neither may it. */
static void fates_go_to_whom_both_items_may(void **state)
{
	struct town *t = *state;
	struct uuid plan = plan_with(t, EMPLOYMENT, FAMILY);
	int64_t ten = at(20261203, 10, 0);

	consent_at(t, EMPLOYMENT, plan, SHARING(EMPLOYMENT, FAMILY, life_area_work));
	settle(t);
	book(t, EMPLOYMENT, plan, MEETING(ten, 60, 0));
	DO(EMPLOYMENT, book_appointment, NULL, SEEN(EMPLOYMENT, plan), .begins = ten,
		.ends = ten + HOUR); /* of no area: only a consent for everything covers it */
	struct uuid conflict = the_conflict(t, EMPLOYMENT, plan).conflict->conflict;
	DO(EMPLOYMENT, settle_conflict, NULL, SEEN(EMPLOYMENT, plan), .conflict = conflict,
		.state = conflict_state_acknowledged);
	struct journal_entry entry;
	read_record(t, EMPLOYMENT, t->nodes[EMPLOYMENT].engine->journal.seq, &entry);
	assert_text(entry.record.type, "conflict_settled");
	assert_int_equal(entry.record.grants.n, 0);
	settle(t);
	conflicts_at(t, FAMILY, plan, 0);
}

/* ---- sizes ----------------------------------------------------------------------------------- */

static void the_weightiest_first(void **state)
{
	struct town *t = *state;
	struct uuid plan = plan_with(t, EMPLOYMENT, 0);
	int64_t ten = at(20261203, 10, 0);

	DO(EMPLOYMENT, make_commitment, NULL, SEEN(EMPLOYMENT, plan), .by = side_citizen,
		.what = text_of("x"), .due = t->now + 1, AREA(work));
	DO(EMPLOYMENT, set_weekly_hours, NULL, SEEN(EMPLOYMENT, plan), .hours = 1);
	help(t, EMPLOYMENT, plan, HELP(measure_kind_training, 20261130, 0, 2));
	for (int i = 2; i >= 0; i--)
		book(t, EMPLOYMENT, plan, MEETING(ten + i * 45 * MINUTE, 60, 0));
	t->now += 2;
	struct plan_reply reply = conflicts_at(t, EMPLOYMENT, plan, 4);
	assert_int_equal(reply.conflicts.at[0].conflict->since, ten + 45 * MINUTE);
	assert_int_equal(reply.conflicts.at[1].conflict->since, ten + 90 * MINUTE);
	assert_int_equal(reply.conflicts.at[2].conflict->kind, conflict_kind_hours);
	assert_int_equal(reply.conflicts.at[3].conflict->kind, conflict_kind_silence);
}

static void not_too_many(void **state)
{
	struct town *t = *state;
	struct uuid plan = plan_with(t, EMPLOYMENT, 0);
	int64_t ten = at(20261203, 10, 0);

	DO(EMPLOYMENT, set_weekly_hours, NULL, SEEN(EMPLOYMENT, plan), .hours = 1);
	help(t, EMPLOYMENT, plan, HELP(measure_kind_training, 20261130, 0, 2));
	for (int i = 0; i < 14; i++) /* 91 pairs */
		book(t, EMPLOYMENT, plan, MEETING(ten + i * MINUTE, 60, 0));
	struct plan_reply reply = show(t, EMPLOYMENT, plan);
	assert_true(reply.more);
	assert_true(reply.conflicts.n > 10 && reply.conflicts.n <= 24);
	for (size_t i = 1; i < reply.conflicts.n; i++) {
		const struct plan_conflict *a = reply.conflicts.at[i - 1].conflict;
		const struct plan_conflict *b = reply.conflicts.at[i].conflict;
		assert_int_equal(b->severity, severity_serious);
		assert_true(a->since <= b->since);
	}
	assert_int_equal(reply.appointments.n, 14);
	/* the weeks' hours had to give way, and are there all the same */
	assert_int_equal(count_records(t, EMPLOYMENT, "conflict_gone"), 0);
	assert_int_equal(reply.measures.n, 1);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(the_order_does_not_matter),
		SCENARIO(it_vanishes_with_the_consent),
		SCENARIO(it_vanishes_beside_the_plan_too),
		SCENARIO(it_vanishes_when_the_consent_is_over),
		SCENARIO(only_the_coordinator_sees_both),
		SCENARIO(one_that_does_not_coordinate_is_silent),
		SCENARIO(the_next_coordinator_says_it),
		SCENARIO(a_late_consent_shows_it),
		SCENARIO(it_moves_with_the_plan),
		SCENARIO(what_was_before_is_found_too),
		SCENARIO(it_is_said_again_when_it_is_otherwise),
		SCENARIO(somebody_decides),
		SCENARIO(fates_go_to_whom_both_items_may),
		SCENARIO(the_weightiest_first),
		SCENARIO(not_too_many),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
