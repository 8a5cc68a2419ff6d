/* Appointments, reviews, the hours a week that a citizen has, and the question for an answer. */
#include "services/planning/trees.h"
#include "tests/unit/services/planning/town.h"

#define HOUR MS_PER_HOUR

static struct uuid book(struct town *t, unsigned node, struct uuid plan, int64_t begins)
{
	struct changed reply = {0};

	DO(node, book_appointment, &reply, SEEN(node, plan), .what = text_of("a talk"),
		.begins = begins, .ends = begins + HOUR, .mode = talk_mode_venue,
		.place = text_of("room 2"), AREA(work));
	return reply.id;
}

static const struct plan_appointment *appointment_in(
	const struct plan_reply *reply, struct uuid appointment)
{
	for (size_t i = 0; i < reply->appointments.n; i++)
		if (uuid_equal(reply->appointments.at[i].appointment, appointment))
			return &reply->appointments.at[i];
	return NULL;
}

static struct plan_appointment there(
	struct town *t, unsigned node, struct uuid plan, struct uuid appointment)
{
	struct plan_reply reply = show(t, node, plan);
	const struct plan_appointment *found = appointment_in(&reply, appointment);

	assert_non_null(found);
	return *found;
}

static void shared(struct town *t, struct uuid plan)
{
	consent_at(t, EMPLOYMENT, plan, SHARING(EMPLOYMENT, FAMILY, life_area_none));
	settle(t);
}

/* Keys of TREE_ATTENDEE that lead to that plan. */
static size_t attendees_of(struct town *t, unsigned node, struct uuid plan)
{
	struct node *n = &t->nodes[node];
	struct rows rows;
	struct txn *txn;
	size_t found = 0;

	assert_int_equal(store_begin(n->store, STORE_READ, &t->arena, &txn), ERR_OK);
	struct state state = engine_own_state(n->engine, txn, &t->arena);
	rows_begin(&rows, &state, TREE_ATTENDEE, NULL, NULL, NULL);
	while (rows_next(&rows, NULL))
		found += uuid_equal(plan_key_last_but_one(rows.scan.key), plan);
	rows_end(&rows);
	store_abort(txn);
	return found;
}

static void it_is_booked_and_shown_by_time(void **state)
{
	struct town *t = *state;
	struct uuid plan = plan_with(t, EMPLOYMENT, FAMILY);

	shared(t, plan);
	struct uuid late = book(t, EMPLOYMENT, plan, t->now + 50 * HOUR);
	struct uuid early = book(t, EMPLOYMENT, plan, t->now + 20 * HOUR);
	settle(t);
	for (unsigned node = EMPLOYMENT; node <= FAMILY; node++) {
		struct plan_reply reply = show(t, node, plan);
		assert_int_equal(reply.appointments.n, 2);
		assert_id(reply.appointments.at[0].appointment, early);
		assert_id(reply.appointments.at[1].appointment, late);
		assert_text(reply.appointments.at[0].what, "a talk");
		assert_text(reply.appointments.at[0].place, "room 2");
		assert_text(reply.appointments.at[0].worker, "Kaj");
		assert_text(reply.appointments.at[0].department, "employment");
		assert_int_equal(reply.appointments.at[0].state, appointment_state_booked);
		assert_int_equal(reply.appointments.at[0].attendees.n, 0);
		assert_int_equal(reply.conflicts.n, 0);
	}
	assert_int_equal(version_of(t, EMPLOYMENT, plan), 3);
}

static void what_an_appointment_must_say(void **state)
{
	struct town *t = *state;
	struct uuid plan = plan_with(t, EMPLOYMENT, FAMILY);
	int64_t now = t->now;
	struct uuid goal = state_goal_of(t, EMPLOYMENT, plan, life_area_work);
	struct changed measure = {0}, reply = {0};

	REFUSED(EMPLOYMENT, ERR_INVALID, "begins", book_appointment, SEEN(EMPLOYMENT, plan),
		.begins = now - 1, .ends = now + HOUR);
	assert_string_equal(t->reason.rule, "lies in the past");
	REFUSED(EMPLOYMENT, ERR_INVALID, "ends", book_appointment, SEEN(EMPLOYMENT, plan),
		.begins = now + HOUR, .ends = now + HOUR);
	REFUSED(EMPLOYMENT, ERR_INVALID, "ends", book_appointment, SEEN(EMPLOYMENT, plan),
		.begins = now + HOUR, .ends = now + 25 * HOUR + 1);
	REFUSED(EMPLOYMENT, ERR_NOT_FOUND, "measure", book_appointment, SEEN(EMPLOYMENT, plan),
		.begins = now, .ends = now + HOUR, .measure = id_of(9));
	REFUSED(EMPLOYMENT, ERR_STALE, "seen_version", book_appointment, .plan = plan,
		.seen_version = 1, .begins = now, .ends = now + HOUR);
	DO(EMPLOYMENT, add_measure, &measure, SEEN(EMPLOYMENT, plan), .kind = measure_kind_training,
		.goals = {1, &goal});
	REFUSED(EMPLOYMENT, ERR_INVALID, "life_areas", book_appointment, SEEN(EMPLOYMENT, plan),
		.begins = now, .ends = now + HOUR, .measure = measure.id, AREA(own_child));
	DO(EMPLOYMENT, book_appointment, &reply, SEEN(EMPLOYMENT, plan), .begins = now,
		.ends = now + 24 * HOUR, .measure = measure.id, .appointment = id_of(7));
	assert_id(reply.id, id_of(7));
	struct plan_appointment row = there(t, EMPLOYMENT, plan, id_of(7));
	assert_int_equal(row.life_areas.n, 1);
	assert_int_equal(row.life_areas.at[0], life_area_work);
	REFUSED(EMPLOYMENT, ERR_CONFLICT, "appointment", book_appointment, SEEN(EMPLOYMENT, plan),
		.begins = now, .ends = now + HOUR, .appointment = id_of(7));
	/* one from before may lie in the past */
	t->historical = true;
	t->peer = PEER_IMPORTER;
	t->occurred_at = now - 1 * HOUR;
	DO(EMPLOYMENT, book_appointment, NULL, .plan = plan, .begins = now - 900 * HOUR,
		.ends = now - 899 * HOUR);
}

static void it_is_moved_cancelled_and_held(void **state)
{
	struct town *t = *state;
	struct uuid plan = plan_with(t, EMPLOYMENT, FAMILY);

	shared(t, plan);
	int64_t begins = t->now + 30 * HOUR;
	struct uuid one = book(t, EMPLOYMENT, plan, begins),
		    two = book(t, EMPLOYMENT, plan, begins);
	DO(EMPLOYMENT, move_appointment, NULL, SEEN(EMPLOYMENT, plan), .appointment = one,
		.begins = begins + 2 * HOUR, .by = side_citizen, .reason = text_of("a bus"));
	DO(EMPLOYMENT, move_appointment, NULL, SEEN(EMPLOYMENT, plan), .appointment = one,
		.begins = begins + 4 * HOUR, .ends = begins + 7 * HOUR, .by = side_municipality);
	DO(EMPLOYMENT, cancel_appointment, NULL, SEEN(EMPLOYMENT, plan), .appointment = two,
		.by = side_citizen, .reason = text_of("well again"));
	settle(t);
	for (unsigned node = EMPLOYMENT; node <= FAMILY; node++) {
		struct plan_appointment row = there(t, node, plan, one);
		assert_int_equal(row.moves, 2);
		assert_int_equal(row.begins, begins + 4 * HOUR);
		assert_int_equal(row.ends, begins + 7 * HOUR);
		assert_int_equal(attendees_of(t, EMPLOYMENT, plan), 2);
		row = there(t, node, plan, two);
		assert_int_equal(row.state, appointment_state_cancelled);
		assert_text(row.reason, "well again");
	}
	REFUSED(EMPLOYMENT, ERR_CONFLICT, "appointment", move_appointment, SEEN(EMPLOYMENT, plan),
		.appointment = two, .begins = begins, .by = side_citizen);
	REFUSED(EMPLOYMENT, ERR_INVALID, "begins", move_appointment, SEEN(EMPLOYMENT, plan),
		.appointment = one, .begins = t->now - HOUR, .by = side_citizen);
	REFUSED(EMPLOYMENT, ERR_CONFLICT, "appointment", record_attendance, SEEN(EMPLOYMENT, plan),
		.appointment = one);
	REFUSED(FAMILY, ERR_NOT_FOUND, "appointment", cancel_appointment, SEEN(FAMILY, plan),
		.appointment = one, .by = side_citizen);
	t->now = begins + 4 * HOUR;
	settle(t);
	DO(EMPLOYMENT, record_attendance, NULL, SEEN(EMPLOYMENT, plan), .appointment = one,
		.missed_by = side_municipality);
	settle(t);
	struct plan_appointment row = there(t, FAMILY, plan, one);
	assert_int_equal(row.state, appointment_state_missed);
	assert_int_equal(row.missed_by, side_municipality);
	assert_int_equal(row.state_at, t->now);
	REFUSED(EMPLOYMENT, ERR_CONFLICT, "appointment", cancel_appointment, SEEN(EMPLOYMENT, plan),
		.appointment = one, .by = side_citizen);
}

/* Who must be there is found under the plan that a provisional one became part of. */
static void it_moves_with_its_plan(void **state)
{
	struct town *t = *state;
	struct changed opened = {0};

	struct uuid plan = plan_with(t, EMPLOYMENT, 0);
	DO(FAMILY, open_part, &opened, .number = text_of("2211660000"), .name = text_of("Anna"),
		AREA(work));
	book(t, FAMILY, opened.id, t->now + HOUR);
	assert_int_equal(attendees_of(t, FAMILY, opened.id), 1);
	settle(t);
	assert_int_equal(attendees_of(t, FAMILY, opened.id), 0);
	assert_int_equal(attendees_of(t, FAMILY, plan), 1);
}

static void a_late_consent_discloses_appointments(void **state)
{
	struct town *t = *state;
	struct uuid plan = plan_with(t, EMPLOYMENT, FAMILY);
	struct uuid one = book(t, EMPLOYMENT, plan, t->now + HOUR);

	settle(t);
	assert_int_equal(show(t, FAMILY, plan).appointments.n, 0);
	shared(t, plan);
	assert_text(there(t, FAMILY, plan, one).what, "a talk");
}

/* Long words, many persons, and conflicts among all of them: the answer has room for what matters.
 */
static void more_than_an_answer_holds(void **state)
{
	struct town *t = *state;
	struct uuid plan = plan_with(t, EMPLOYMENT, 0);
	struct uuid persons[8];
	char *words = arena_alloc(&t->arena, 401);
	int64_t first = t->now + HOUR;

	memset(words, 'w', 400);
	for (unsigned i = 0; i < 8; i++)
		persons[i] = id_of(300 + i);
	for (int i = 0; i < 60; i++)
		DO(EMPLOYMENT, book_appointment, NULL, SEEN(EMPLOYMENT, plan),
			.begins = first + i * HOUR / 2, .ends = first + i * HOUR / 2 + 24 * HOUR,
			.what = text_of(words), .place = text_of(words + 200),
			.attendees = {8, persons}, AREA(work));
	struct plan_reply reply = show(t, EMPLOYMENT, plan);
	assert_true(reply.more);
	assert_true(reply.conflicts.n > 10);
	assert_true(reply.appointments.n > 20);
	for (size_t i = 1; i < reply.appointments.n; i++)
		assert_true(reply.appointments.at[i - 1].begins < reply.appointments.at[i].begins);
}

static void reviews_are_planned_and_held(void **state)
{
	struct town *t = *state;
	struct uuid plan = plan_with(t, EMPLOYMENT, FAMILY);
	struct changed review = {0};

	shared(t, plan);
	DO(EMPLOYMENT, assign_worker, NULL, SEEN(EMPLOYMENT, plan), .worker = text_of("Pia"));
	REFUSED(EMPLOYMENT, ERR_INVALID, "due", schedule_review, SEEN(EMPLOYMENT, plan),
		.due = t->now);
	DO(EMPLOYMENT, schedule_review, &review, SEEN(EMPLOYMENT, plan), .due = t->now + 9 * HOUR);
	struct plan_reply reply = show(t, EMPLOYMENT, plan);
	assert_int_equal(reply.reviews.n, 1);
	assert_text(reply.reviews.at[0].worker, "Pia");
	assert_int_equal(reply.reviews.at[0].life_areas.at[0], life_area_housing);
	t->now += 8 * HOUR;
	REFUSED(EMPLOYMENT, ERR_INVALID, "next_due", hold_review, SEEN(EMPLOYMENT, plan),
		.review = review.id, .next_due = t->now);
	int64_t version = version_of(t, EMPLOYMENT, plan);
	DO(EMPLOYMENT, hold_review, NULL, SEEN(EMPLOYMENT, plan), .review = review.id,
		.result = text_of("well"), .next_due = t->now + 90 * HOUR);
	assert_int_equal(version_of(t, EMPLOYMENT, plan), version + 1);
	settle(t);
	reply = show(t, FAMILY, plan);
	assert_int_equal(reply.reviews.n, 2);
	assert_int_equal(reply.reviews.at[0].state, review_state_held);
	assert_int_equal(reply.reviews.at[0].held_at, t->now);
	assert_text(reply.reviews.at[0].result, "well");
	assert_int_equal(reply.reviews.at[1].state, review_state_planned);
	assert_int_equal(reply.reviews.at[1].due, t->now + 90 * HOUR);
	assert_text(reply.reviews.at[1].worker, "Pia");
	struct uuid next = reply.reviews.at[1].review;
	REFUSED(EMPLOYMENT, ERR_CONFLICT, "review", cancel_review, SEEN(EMPLOYMENT, plan),
		.review = review.id);
	DO(EMPLOYMENT, cancel_review, NULL, SEEN(EMPLOYMENT, plan), .review = next);
	REFUSED(EMPLOYMENT, ERR_CONFLICT, "review", hold_review, SEEN(EMPLOYMENT, plan),
		.review = next);
	REFUSED(FAMILY, ERR_NOT_FOUND, "review", hold_review, SEEN(FAMILY, plan), .review = next);
	settle(t);
	reply = show(t, FAMILY, plan);
	assert_int_equal(reply.reviews.at[1].state, review_state_cancelled);
}

static void hours_are_those_said_last(void **state)
{
	struct town *t = *state;
	struct uuid plan = plan_with(t, EMPLOYMENT, FAMILY);

	shared(t, plan);
	DO(FAMILY, set_weekly_hours, NULL, SEEN(FAMILY, plan), .hours = 20);
	t->now += HOUR;
	DO(EMPLOYMENT, set_weekly_hours, NULL, SEEN(EMPLOYMENT, plan), .hours = 12);
	settle(t);
	struct plan_reply reply = show(t, FAMILY, plan);
	assert_int_equal(reply.weekly_hours, 12);
	assert_int_equal(reply.parties.at[1].weekly_hours, 20);
	assert_int_equal(reply.parties.at[0].weekly_hours_at, t->now);
	/* employment is not told what family heard */
	assert_int_equal(show(t, EMPLOYMENT, plan).weekly_hours, 12);
	/* at the same moment: the first by name */
	DO(FAMILY, set_weekly_hours, NULL, SEEN(FAMILY, plan), .hours = 9);
	assert_int_equal(show(t, FAMILY, plan).weekly_hours, 12);
	t->now += HOUR;
	DO(FAMILY, set_weekly_hours, NULL, SEEN(FAMILY, plan), .hours = 9);
	assert_int_equal(show(t, FAMILY, plan).weekly_hours, 9);
	/* what was said before and is written down later changes nothing */
	t->occurred_at = t->now - HOUR / 2;
	DO(FAMILY, set_weekly_hours, NULL, SEEN(FAMILY, plan), .hours = 30);
	t->occurred_at = 0;
	assert_int_equal(show(t, FAMILY, plan).weekly_hours, 9);
}

static void the_citizen_is_asked(void **state)
{
	struct town *t = *state;
	struct uuid plan = plan_with(t, EMPLOYMENT, FAMILY);
	struct changed reply = {0};
	int64_t version = version_of(t, EMPLOYMENT, plan);

	DO(EMPLOYMENT, ask_for_answer, &reply, SEEN(EMPLOYMENT, plan));
	assert_int_equal(reply.version, version);
	assert_int_equal(version_of(t, EMPLOYMENT, plan), version);
	assert_int_equal(count_records(t, EMPLOYMENT, "answer_asked"), 1);
	REFUSED(EMPLOYMENT, ERR_INVALID, "seen_version", ask_for_answer, .plan = plan,
		.seen_version = version + 1);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		SCENARIO(it_is_booked_and_shown_by_time),
		SCENARIO(what_an_appointment_must_say),
		SCENARIO(it_is_moved_cancelled_and_held),
		SCENARIO(it_moves_with_its_plan),
		SCENARIO(a_late_consent_discloses_appointments),
		SCENARIO(more_than_an_answer_holds),
		SCENARIO(reviews_are_planned_and_held),
		SCENARIO(hours_are_those_said_last),
		SCENARIO(the_citizen_is_asked),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
