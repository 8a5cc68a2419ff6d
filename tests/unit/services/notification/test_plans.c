/* What citizens are told of their plans, when, and what they are not: from what departments did to
 * the outbox. */
#include "tests/unit/services/notification/node.h"

#define BEGINS at(20261126, 10, 0)
#define DUE at(20261126, 16, 0)

/* The citizen's inquiry says how they are reached; nothing of it waits any more. */
static void known(struct node *n, unsigned i, enum contact contact, const char *contact_at)
{
	inquire(n, i, contact, contact_at);
	close_it(n, i);
	if (contact == contact_email || contact == contact_sms)
		try_it(n, i, send_outcome_sent, 250);
}

static void make_at(struct node *n, unsigned i, struct uuid id, enum side by, int64_t due)
{
	struct plan_commitment row = {.plan = plan_of(i),
		.citizen = citizen_of(i),
		.commitment = id,
		.by = by,
		.what = text_of("ringe til jobcentret"),
		.due = due,
		.state = commitment_state_open,
		.made_at = n->now};

	PLANNING(SOCIAL, commitment_made, i, .version = 2, .commitment = &row);
}

static void overdue(struct node *n, unsigned i, enum side by, int64_t due)
{
	PLANNING(SOCIAL, commitment_overdue, i, .version = 2, .commitment = id_of(600 + i),
		.by = by, .due = due);
}

static void make(struct node *n, unsigned i, int64_t due)
{
	make_at(n, i, id_of(600 + i), side_citizen, due);
}

static void book_appointment(struct node *n, unsigned i, int64_t begins)
{
	struct plan_appointment row = {.plan = plan_of(i),
		.citizen = citizen_of(i),
		.appointment = id_of(700 + i),
		.what = text_of("misbrugsbehandling"),
		.begins = begins,
		.ends = begins + MS_PER_HOUR,
		.mode = talk_mode_venue,
		.state = appointment_state_booked,
		.made_at = n->now,
		.state_at = n->now};

	PLANNING(FAMILY, appointment_booked, i, .version = 2, .appointment = &row);
}

static void move_appointment(struct node *n, unsigned i, int64_t begins)
{
	PLANNING(FAMILY, appointment_moved, i, .version = 3, .appointment = id_of(700 + i),
		.begins = begins, .ends = begins + MS_PER_HOUR, .by = side_municipality);
}

static void cancel_appointment(struct node *n, unsigned i, enum side by)
{
	PLANNING(FAMILY, appointment_cancelled, i, .version = 3, .appointment = id_of(700 + i),
		.by = by);
}

static void ask(struct node *n, enum source owner, unsigned i)
{
	PLANNING(owner, answer_asked, i, .version = 2);
}

static size_t count_of_plan(struct node *n, unsigned i)
{
	return messages_of_plan(n, i).messages.n;
}

static struct message_view last_of_plan(struct node *n, unsigned i)
{
	struct messages_reply reply = messages_of_plan(n, i);

	assert_true(reply.messages.n > 0);
	return reply.messages.at[0];
}

static void send_last_of_plan(struct node *n, unsigned i)
{
	struct message_view m = last_of_plan(n, i);

	assert_int_equal(SAY(PEER_NOBODY, record_sending, NULL, .message = m.message), ERR_OK);
	assert_int_equal(
		SAY(PEER_NOBODY, record_outcome, NULL, .message = m.message,
			.attempt = m.attempts + 1, .outcome = send_outcome_sent, .code = 250),
		ERR_OK);
}

/* ---- commitments ----------------------------------------------------------------------------- */

static void test_commitment_is_reminded_of(void **state)
{
	struct node *n = *state;

	known(n, 1, contact_email, "anna@example.dk");
	make(n, 1, DUE);
	wait_until(n, DUE - MS_PER_DAY - MS_PER_MINUTE);
	assert_int_equal(count_of_plan(n, 1), 0);
	wait_until(n, DUE - MS_PER_DAY);
	struct message_view m = last_of_plan(n, 1);
	assert_int_equal(count_of_plan(n, 1), 1);
	assert_int_equal(m.occasion, occasion_commitment_due);
	assert_true(uuid_equal(m.recipient, citizen_of(1)) && uuid_is_nil(m.inquiry));
	assert_true(contains(m.address, "anna@example.dk"));
	assert_true(contains(m.body, "torsdag den 26. november 2026 kl. 16.00"));
	assert_false(contains(m.body, "jobcentret") || contains(m.body, "social"));
	/* it was not sent when the due time passed: one message for one thing */
	wait_until(n, DUE);
	overdue(n, 1, side_citizen, DUE);
	assert_int_equal(last_of_plan(n, 1).occasion, occasion_commitment_overdue);
	assert_true(due(n).due.n <= 1);
	wait_until(n, DUE + 3 * MS_PER_DAY);
	assert_int_equal(count_of_plan(n, 1), 2);
}

static void test_commitment_soon_due_or_done(void **state)
{
	struct node *n = *state;

	for (unsigned i = 1; i <= 4; i++)
		known(n, i, contact_email, "anna@example.dk");
	make(n, 1, n->now + 23 * MS_PER_HOUR);
	make(n, 2, DUE);
	PLANNING(SOCIAL, commitment_kept, 2, .version = 3, .commitment = id_of(602),
		.by = side_citizen);
	make(n, 3, DUE);
	PLANNING(SOCIAL, commitment_released, 3, .version = 3, .commitment = id_of(603),
		.by = side_citizen);
	make(n, 4, DUE);
	PLANNING(SOCIAL, part_closed, 4, .version = 3, .outcome = outcome_moved, .part = id_of(9),
		.department = text_of("social"));
	wait_until(n, DUE + MS_PER_DAY);
	for (unsigned i = 1; i <= 4; i++)
		assert_int_equal(count_of_plan(n, i), 0);
	assert_int_equal(tasks(n).tasks.n, 0);
}

static void test_unsent_reminder_of_what_was_kept(void **state)
{
	struct node *n = *state;

	known(n, 1, contact_email, "anna@example.dk");
	make(n, 1, DUE);
	wait_until(n, DUE - MS_PER_DAY);
	assert_int_equal(due(n).due.n, 1);
	PLANNING(SOCIAL, commitment_kept, 1, .version = 3, .commitment = id_of(601),
		.by = side_citizen);
	assert_int_equal(due(n).due.n, 0);
	assert_int_equal(last_of_plan(n, 1).state, message_state_dropped);
}

/* ---- answers, coordination, the end ---------------------------------------------------------- */

static void test_answer_is_asked_for_once(void **state)
{
	struct node *n = *state;

	known(n, 1, contact_email, "anna@example.dk");
	ask(n, SOCIAL, 1);
	ask(n, SOCIAL, 1);
	ask(n, FAMILY, 1); /* another department: still one thing to the citizen */
	assert_int_equal(due(n).due.n, 1);
	assert_int_equal(last_of_plan(n, 1).occasion, occasion_answer_asked);
	send_last_of_plan(n, 1);
	ask(n, SOCIAL, 1);
	assert_int_equal(due(n).due.n, 1);
	struct plan_answer answer = {.plan = plan_of(1),
		.citizen = citizen_of(1),
		.answer = id_of(9),
		.goal = id_of(10),
		.says = agreement_agrees,
		.of_version = 2,
		.at = n->now};
	PLANNING(SOCIAL, plan_answered, 1, .version = 2, .answer = &answer);
	assert_int_equal(due(n).due.n, 1); /* about a goal only */
	PLANNING(FAMILY, part_closed, 1, .version = 3, .outcome = outcome_moved, .part = id_of(9),
		.department = text_of("family"));
	assert_int_equal(due(n).due.n, 1); /* the other department still asks */
	answer.goal = (struct uuid){0};
	PLANNING(SOCIAL, plan_answered, 1, .version = 2, .answer = &answer);
	assert_int_equal(due(n).due.n, 0);
}

static void test_another_coordinator(void **state)
{
	struct node *n = *state;

	known(n, 1, contact_email, "anna@example.dk");
	PLANNING(SOCIAL, coordination_begun, 1, .version = 2, .term = 1, .part = id_of(9));
	assert_int_equal(count_of_plan(n, 1), 0);
	PLANNING(FAMILY, coordination_begun, 1, .version = 2, .term = 2, .part = id_of(8));
	assert_int_equal(last_of_plan(n, 1).occasion, occasion_coordinator);
	assert_false(contains(last_of_plan(n, 1).body, "family"));
}

static void test_plan_closed(void **state)
{
	struct node *n = *state;

	known(n, 1, contact_email, "anna@example.dk");
	ask(n, SOCIAL, 1);
	INTAKE(plan_closed, citizen_of(1), .plan = plan_of(1), .citizen = citizen_of(1));
	assert_int_equal(due(n).due.n, 1);
	assert_int_equal(last_of_plan(n, 1).occasion, occasion_plan_closed);
	/* what a department said before, and is heard only now */
	ask(n, FAMILY, 1);
	overdue(n, 1, side_citizen, n->now - 1);
	assert_int_equal(due(n).due.n, 1);
}

/* ---- appointments ---------------------------------------------------------------------------- */

static void test_appointment(void **state)
{
	struct node *n = *state;

	known(n, 1, contact_sms, "12345678");
	book_appointment(n, 1, BEGINS);
	assert_int_equal(last_of_plan(n, 1).occasion, occasion_appointment_booked);
	assert_true(contains(last_of_plan(n, 1).body, "kl. 10.00 hos os"));
	assert_false(contains(last_of_plan(n, 1).body, "misbrug"));
	/* the first was not sent: one message says it all */
	move_appointment(n, 1, BEGINS + MS_PER_DAY);
	assert_int_equal(due(n).due.n, 1);
	assert_int_equal(last_of_plan(n, 1).occasion, occasion_appointment_booked);
	assert_true(contains(last_of_plan(n, 1).body, "27. november"));
	send_last_of_plan(n, 1);
	wait_until(n, BEGINS);
	assert_int_equal(last_of_plan(n, 1).occasion, occasion_appointment_day);
	send_last_of_plan(n, 1);
	move_appointment(n, 1, BEGINS + 2 * MS_PER_DAY);
	assert_int_equal(last_of_plan(n, 1).occasion, occasion_appointment_moved);
	send_last_of_plan(n, 1);
	wait_until(n, BEGINS + 2 * MS_PER_DAY - MS_PER_HOUR);
	assert_int_equal(last_of_plan(n, 1).occasion, occasion_appointment_hour);
	send_last_of_plan(n, 1);
	PLANNING(FAMILY, attendance_recorded, 1, .version = 4, .appointment = id_of(701));
	wait_until(n, BEGINS + 4 * MS_PER_DAY);
	assert_int_equal(due(n).due.n, 0);
	assert_int_equal(last_of_plan(n, 1).occasion, occasion_appointment_hour);
}

static void test_appointment_cancelled(void **state)
{
	struct node *n = *state;

	for (unsigned i = 1; i <= 3; i++) {
		known(n, i, contact_sms, "12345678");
		book_appointment(n, i, BEGINS);
	}
	/* who never heard of it need not hear that it is not held */
	cancel_appointment(n, 1, side_municipality);
	assert_int_equal(last_of_plan(n, 1).state, message_state_dropped);
	assert_int_equal(count_of_plan(n, 1), 1);
	send_last_of_plan(n, 2);
	cancel_appointment(n, 2, side_municipality);
	assert_int_equal(last_of_plan(n, 2).occasion, occasion_appointment_cancelled);
	assert_true(contains(last_of_plan(n, 2).body, "26. november 2026 kl. 10.00"));
	send_last_of_plan(n, 2);
	send_last_of_plan(n, 3);
	cancel_appointment(n, 3, side_citizen);
	wait_until(n, BEGINS + MS_PER_DAY);
	assert_int_equal(count_of_plan(n, 2), 2);
	assert_int_equal(count_of_plan(n, 3), 1);
}

/* ---- who is told, and how -------------------------------------------------------------------- */

static void test_historical_tells_nobody(void **state)
{
	struct node *n = *state;

	n->settings.departments = "social:s@x.dk, family:f@x.dk";
	assert_int_equal(notification_settings_check(&n->settings, NULL), ERR_OK);
	known(n, 1, contact_email, "anna@example.dk");
	n->historical = true;
	make(n, 1, DUE);
	make_at(n, 1, id_of(620), side_municipality, DUE);
	overdue(n, 1, side_municipality, DUE);
	book_appointment(n, 1, BEGINS);
	move_appointment(n, 1, BEGINS + MS_PER_HOUR);
	cancel_appointment(n, 1, side_municipality);
	ask(n, SOCIAL, 1);
	PLANNING(FAMILY, coordination_begun, 1, .version = 2, .term = 2, .part = id_of(8));
	INTAKE(plan_closed, citizen_of(1), .plan = plan_of(1), .citizen = citizen_of(1));
	n->historical = false;
	wait_until(n, DUE + MS_PER_DAY);
	assert_int_equal(count_of_plan(n, 1), 0);
	assert_int_equal(tasks(n).tasks.n, 0);
}

static void test_old_news_is_none(void **state)
{
	struct node *n = *state;

	known(n, 1, contact_email, "anna@example.dk");
	n->written = n->now - 8 * MS_PER_DAY;
	ask(n, SOCIAL, 1);
	book_appointment(n, 1, BEGINS);
	overdue(n, 1, side_citizen, n->now - 8 * MS_PER_DAY);
	wait_until(n, BEGINS);
	assert_int_equal(count_of_plan(n, 1), 0);
}

static void test_never_to_the_one_who_did_it(void **state)
{
	struct node *n = *state;
	char self[UUID_TEXT_BYTES];

	known(n, 1, contact_email, "anna@example.dk");
	uuid_format(citizen_of(1), self);
	n->role = "citizen";
	n->who = self;
	book_appointment(n, 1, BEGINS);
	move_appointment(n, 1, BEGINS + MS_PER_HOUR);
	n->role = n->who = NULL;
	assert_int_equal(count_of_plan(n, 1), 0);
	/* the reminder is nobody's doing */
	wait_until(n, BEGINS + MS_PER_HOUR - MS_PER_DAY);
	assert_int_equal(last_of_plan(n, 1).occasion, occasion_appointment_day);
	/* somebody else, for them */
	n->role = "representative";
	uuid_format(id_of(9), self);
	n->who = self;
	move_appointment(n, 1, BEGINS + MS_PER_DAY);
	n->role = n->who = NULL;
	assert_int_equal(last_of_plan(n, 1).occasion, occasion_appointment_moved);
}

static void relative_asks(struct node *n, unsigned i)
{
	static enum life_area area = life_area_housing;

	INTAKE(inquiry_received, id_of(i), .inquiry = id_of(i), .reference = text_of("WXYZ-WXYZ"),
		.citizen = citizen_of(1), .from = id_of(77), .channel = channel_digital,
		.asker = asker_relative, .life_areas = {1, &area}, .urgency = urgency_normal,
		.target = n->now + MS_PER_DAY, .contact = contact_email,
		.contact_at = text_of("mother@example.dk"));
}

static void test_reached_as_they_asked_last(void **state)
{
	static enum life_area area = life_area_housing;
	struct node *n = *state;

	known(n, 1, contact_email, "old@example.dk");
	/* the later inquiry of the same citizen counts, a relative's or a silent one never */
	INTAKE(inquiry_received, id_of(2), .inquiry = id_of(2), .reference = text_of("WXYZ-WXYZ"),
		.citizen = citizen_of(1), .from = citizen_of(1), .channel = channel_digital,
		.asker = asker_citizen, .life_areas = {1, &area}, .urgency = urgency_normal,
		.target = n->now + MS_PER_DAY, .language = text_of("en"), .contact = contact_email,
		.contact_at = text_of("new@example.dk"));
	relative_asks(n, 3);
	ask(n, SOCIAL, 1);
	assert_true(contains(last_of_plan(n, 1).address, "new@example.dk"));
	assert_true(contains(last_of_plan(n, 1).body, "We would like") ||
		    contains(last_of_plan(n, 1).body, "There is something new"));
}

static void test_channels(void **state)
{
	static const struct {
		enum contact contact;
		const char *contact_at;
		size_t messages, tasks;
	} rows[] = {{contact_not_at_all, "", 0, 0}, {contact_phone, "12345678", 0, 1},
		{contact_sms, "12345678", 1, 0}, {contact_letter, "Vej 1", 1, 0}};
	struct node *n = *state;
	size_t open = 0;

	for (unsigned i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		inquire(n, i + 1, rows[i].contact, rows[i].contact_at);
		wait_until(n, n->now + MS_PER_MINUTE);
		open = tasks(n).tasks.n;
		ask(n, SOCIAL, i + 1);
		assert_int_equal(count_of_plan(n, i + 1), rows[i].messages);
		assert_int_equal(tasks(n).tasks.n, open + rows[i].tasks);
		make(n, i + 1, n->now + 26 * MS_PER_HOUR);
	}
	/* nobody is asked to call with a reminder, and a letter would come too late */
	wait_until(n, n->now + 3 * MS_PER_HOUR);
	assert_int_equal(tasks(n).tasks.n, open);
	assert_int_equal(count_of_plan(n, 2), 0);
	assert_int_equal(last_of_plan(n, 3).occasion, occasion_commitment_due);
	assert_int_equal(count_of_plan(n, 4), 1);
}

static void test_protected_hears_no_place(void **state)
{
	struct node *n = *state;

	INTAKE(citizen_registered, citizen_of(1), .citizen = citizen_of(1), .protected = true);
	known(n, 1, contact_email, "anna@example.dk");
	book_appointment(n, 1, BEGINS);
	assert_false(contains(last_of_plan(n, 1).body, "hos os"));
}

static void test_quiet_hours_and_limit(void **state)
{
	struct node *n = *state;

	n->now = at(20261123, 22, 0);
	inquire(n, 1, contact_email, "anna@example.dk");
	ask(n, SOCIAL, 1);
	assert_int_equal(last_of_plan(n, 1).not_before, at(20261124, 7, 0));
	n->now = at(20261124, 9, 0);
	wait_until(n, n->now + MS_PER_MINUTE); /* the receipt */
	for (int i = 0; i < 5; i++) {
		ask(n, SOCIAL, 1);
		send_last_of_plan(n, 1);
	}
	ask(n, SOCIAL, 1);
	assert_int_equal(
		SAY(PEER_NOBODY, record_sending, NULL, .message = last_of_plan(n, 1).message),
		ERR_OK);
	assert_int_equal(last_of_plan(n, 1).deferred, deferral_day_limit);
}

/* ---- in any order ---------------------------------------------------------------------------- */

static void test_department_is_heard_before_the_entrance(void **state)
{
	struct node *n = *state;

	ask(n, SOCIAL, 1);
	book_appointment(n, 2, BEGINS);
	book_appointment(n, 3, BEGINS);
	cancel_appointment(n, 3, side_municipality);
	assert_int_equal(count_of_plan(n, 1) + tasks(n).tasks.n, 0);
	inquire(n, 1, contact_email, "anna@example.dk");
	wait_until(n, n->now + 9 * MS_PER_SECOND);
	assert_int_equal(count_of_plan(n, 1) + tasks(n).tasks.n, 0);
	wait_until(n, n->now + MS_PER_MINUTE);
	assert_int_equal(last_of_plan(n, 1).occasion, occasion_answer_asked);
	/* the address did not come: a person finds it out; of what is over nobody is told */
	struct tasks_reply reply = tasks(n);
	assert_int_equal(reply.tasks.n, 1);
	assert_int_equal(reply.tasks.at[0].kind, task_kind_undeliverable);
	assert_int_equal(reply.tasks.at[0].occasion, occasion_appointment_booked);
	assert_true(uuid_equal(reply.tasks.at[0].plan, plan_of(2)));
	/* and not when it comes at last, or when it is over before that */
	cancel_appointment(n, 2, side_municipality);
	assert_int_equal(tasks(n).tasks.n, 0);
}

static void entrance_says(struct node *n, unsigned i, int what)
{
	if (what == 0)
		INTAKE(citizen_registered, citizen_of(i), .citizen = citizen_of(i));
	else if (what == 1)
		inquire(n, i, contact_email, "anna@example.dk");
	else
		close_it(n, i);
}

static void department_says(struct node *n, unsigned i, int what)
{
	if (what == 0)
		make(n, i, DUE);
	else if (what == 1)
		ask(n, SOCIAL, i);
	else
		book_appointment(n, i, BEGINS);
}

static uint32_t told_of_plan(struct node *n, unsigned i)
{
	struct messages_reply reply = messages_of_plan(n, i);
	uint32_t occasions = 0;

	for (size_t k = 0; k < reply.messages.n; k++) {
		assert_false(occasions >> reply.messages.at[k].occasion & 1);
		occasions |= UINT32_C(1) << reply.messages.at[k].occasion;
	}
	return occasions;
}

static void test_any_order_of_nodes(void **state)
{
	const uint32_t want = 1 << occasion_answer_asked | 1 << occasion_commitment_due |
			      1 << occasion_appointment_booked | 1 << occasion_appointment_day |
			      1 << occasion_appointment_hour;
	struct node *n = *state;

	for (unsigned order = 0; order < 64; order++) {
		int said[2] = {0};
		if (__builtin_popcount(order) != 3)
			continue;
		for (int turn = 0; turn < 6; turn++)
			if (order >> turn & 1)
				department_says(n, order, said[0]++);
			else
				entrance_says(n, order, said[1]++);
	}
	wait_until(n, DUE);
	for (unsigned order = 0; order < 64; order++)
		if (__builtin_popcount(order) == 3)
			assert_int_equal(told_of_plan(n, order), want);
	for (size_t i = 0; i < tasks(n).tasks.n; i++) /* what nobody sent, and nothing else */
		assert_false(uuid_is_nil(tasks(n).tasks.at[i].message));
}

static void test_provisional_plan(void **state)
{
	struct node *n = *state;

	make(n, 1, DUE);
	known(n, 2, contact_email, "bo@example.dk");
	/* whose plan it is was settled: the reminder goes to them, about their plan */
	n->owner = SOCIAL;
	follow(n, schema_part_joined(), plan_of(2),
		&(struct part_joined){.plan = plan_of(2),
			.citizen = citizen_of(2),
			.version = 3,
			.provisional_plan = plan_of(1)});
	wait_until(n, DUE - MS_PER_DAY);
	assert_true(contains(last_of_plan(n, 2).address, "bo@example.dk"));
	assert_int_equal(count_of_plan(n, 1), 0);
}

static void test_erased(void **state)
{
	struct node *n = *state;

	known(n, 1, contact_email, "anna@example.dk");
	ask(n, SOCIAL, 1);
	make(n, 1, DUE);
	book_appointment(n, 1, BEGINS);
	ask(n, SOCIAL, 2); /* waits for an address */
	for (unsigned i = 1; i <= 2; i++)
		INTAKE(person_erased, citizen_of(i), .person = citizen_of(i),
			.decided_by = text_of("Ida"));
	assert_int_equal(due(n).due.n, 0);
	wait_until(n, DUE);
	assert_int_equal(count_of_plan(n, 1), 2);
	for (size_t i = 0; i < 2; i++) {
		struct message_view m = messages_of_plan(n, 1).messages.at[i];
		assert_int_equal(m.state, message_state_dropped);
		assert_int_equal(m.body.n + m.address.n, 0);
	}
	assert_int_equal(count_of_plan(n, 2) + tasks(n).tasks.n, 0);
}

int main(void)
{
	const struct CMUnitTest tests_[] = {
		SCENARIO(test_commitment_is_reminded_of),
		SCENARIO(test_commitment_soon_due_or_done),
		SCENARIO(test_unsent_reminder_of_what_was_kept),
		SCENARIO(test_answer_is_asked_for_once),
		SCENARIO(test_another_coordinator),
		SCENARIO(test_plan_closed),
		SCENARIO(test_appointment),
		SCENARIO(test_appointment_cancelled),
		SCENARIO(test_historical_tells_nobody),
		SCENARIO(test_old_news_is_none),
		SCENARIO(test_never_to_the_one_who_did_it),
		SCENARIO(test_reached_as_they_asked_last),
		SCENARIO(test_channels),
		SCENARIO(test_protected_hears_no_place),
		SCENARIO(test_quiet_hours_and_limit),
		SCENARIO(test_department_is_heard_before_the_entrance),
		SCENARIO(test_any_order_of_nodes),
		SCENARIO(test_provisional_plan),
		SCENARIO(test_erased),
	};

	return cmocka_run_group_tests(tests_, NULL, NULL);
}
