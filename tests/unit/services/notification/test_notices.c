/* Who is told what, when, and who is not: from what intake did to the outbox. */
#include "tests/unit/services/notification/node.h"

#define TALK at(20261126, 10, 0)

static void test_one_message_for_one_inquiry(void **state)
{
	struct node *n = *state;

	inquire(n, 1, contact_email, "anna@example.dk");
	assert_int_equal(count_messages(n, 1), 0);
	book(n, 1, TALK);
	wait_until(n, n->now + MS_PER_HOUR);
	assert_int_equal(count_messages(n, 1), 1);
	struct message_view m = last(n, 1);
	assert_int_equal(m.occasion, occasion_receipt_promise);
	assert_int_equal(m.channel, contact_email);
	assert_true(contains(m.address, "anna@example.dk"));
	assert_true(contains(m.body, "ABCD-EFGH"));
	assert_true(contains(m.body, "torsdag den 26. november 2026 kl. 10.00 hos os"));
	assert_false(contains(m.body, "sove"));
}

static void test_receipt_without_a_date(void **state)
{
	struct node *n = *state;

	inquire(n, 1, contact_email, "anna@example.dk");
	wait_until(n, n->now + 9 * MS_PER_SECOND);
	assert_int_equal(count_messages(n, 1), 0);
	wait_until(n, n->now + 2 * MS_PER_SECOND);
	assert_int_equal(last(n, 1).occasion, occasion_receipt);
	try_it(n, 1, send_outcome_sent, 250);
	/* the date comes later, and is news */
	book(n, 1, TALK);
	assert_int_equal(count_messages(n, 1), 2);
	assert_int_equal(last(n, 1).occasion, occasion_promise);
}

static void test_unsent_receipt_is_overtaken(void **state)
{
	struct node *n = *state;

	inquire(n, 1, contact_email, "anna@example.dk");
	wait_until(n, n->now + MS_PER_MINUTE);
	book(n, 1, TALK);
	assert_int_equal(due(n).due.n, 1);
	assert_int_equal(last(n, 1).occasion, occasion_receipt_promise);
	move(n, 1, TALK, TALK + MS_PER_DAY);
	assert_int_equal(due(n).due.n, 1);
	assert_int_equal(last(n, 1).occasion, occasion_receipt_promise);
	assert_true(contains(last(n, 1).body, "27. november"));
	cancel(n, 1, TALK + MS_PER_DAY, side_municipality);
	assert_int_equal(due(n).due.n, 1);
	assert_int_equal(last(n, 1).occasion, occasion_receipt);
}

static void test_historical_sends_nothing(void **state)
{
	struct node *n = *state;

	n->historical = true;
	inquire(n, 1, contact_email, "anna@example.dk");
	book(n, 1, TALK);
	move(n, 1, TALK, TALK + MS_PER_DAY);
	cancel(n, 1, TALK + MS_PER_DAY, side_municipality);
	inquire(n, 2, contact_phone, "12345678");
	book(n, 2, TALK);
	close_it(n, 2);
	wait_until(n, TALK + MS_PER_DAY);
	assert_int_equal(count_messages(n, 1) + count_messages(n, 2), 0);
	assert_int_equal(tasks(n).tasks.n, 0);
}

static void test_old_news_is_none(void **state)
{
	struct node *n = *state;

	n->written = n->now - 8 * MS_PER_DAY;
	inquire(n, 1, contact_email, "anna@example.dk");
	book(n, 1, TALK);
	close_it(n, 1);
	wait_until(n, n->now + MS_PER_HOUR);
	assert_int_equal(count_messages(n, 1), 0);
	/* a talk that was held meanwhile is not announced */
	n->written = n->now - MS_PER_DAY;
	inquire(n, 2, contact_email, "bo@example.dk");
	book(n, 2, n->now - MS_PER_HOUR);
	assert_int_equal(count_messages(n, 2), 0);
}

static void told_of_move_by(struct node *n, unsigned i, const char *role, bool self, size_t want)
{
	char id[UUID_TEXT_BYTES];

	n->role = n->who = NULL;
	inquire(n, i, contact_email, "anna@example.dk");
	book(n, i, TALK);
	try_it(n, i, send_outcome_sent, 250);
	uuid_format(self ? citizen_of(i) : id_of(9), id);
	n->role = role;
	n->who = id;
	move(n, i, TALK, TALK + MS_PER_DAY);
	n->role = n->who = NULL;
	assert_int_equal(count_messages(n, i), want);
}

static void test_never_to_the_one_who_did_it(void **state)
{
	struct node *n = *state;

	told_of_move_by(n, 1, "citizen", true, 1);
	told_of_move_by(n, 2, "citizen", false, 2);
	told_of_move_by(n, 3, "front_desk", true, 2);
}

static void test_how_to_be_reached(void **state)
{
	static const struct {
		enum contact contact;
		const char *contact_at;
		size_t messages, tasks;
		enum task_kind kind;
	} rows[] = {
		{contact_none, "", 0, 0, task_kind_none},
		{contact_not_at_all, "", 0, 0, task_kind_none},
		{contact_phone, "12345678", 0, 1, task_kind_ring},
		{contact_sms, "12345678", 1, 0, task_kind_none},
		{contact_email, "", 0, 1, task_kind_undeliverable},
		{contact_letter, "Vej 1", 1, 0, task_kind_none},
		{contact_digital_post, "", 0, 1, task_kind_undeliverable},
	};
	struct node *n = *state;
	size_t open = 0;

	for (unsigned i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		inquire(n, i + 1, rows[i].contact, rows[i].contact_at);
		book(n, i + 1, TALK);
		assert_int_equal(count_messages(n, i + 1), rows[i].messages);
		assert_int_equal(tasks(n).tasks.n, open + rows[i].tasks);
		open += rows[i].tasks;
	}
	/* what was not told yet is needed no more */
	close_it(n, 3);
	struct tasks_reply reply = tasks(n);
	size_t ring = 0;
	for (size_t i = 0; i < reply.tasks.n; i++)
		ring += reply.tasks.at[i].kind == task_kind_ring;
	assert_int_equal(ring, 1); /* to tell that it is closed, in place of the date */
}

static void test_post_by_number(void **state)
{
	struct node *n = *state;

	INTAKE(citizen_registered, citizen_of(1), .citizen = citizen_of(1),
		.number = text_of("0101701234"));
	inquire(n, 1, contact_digital_post, "");
	book(n, 1, TALK);
	assert_true(contains(last(n, 1).address, "0101701234"));
}

static void test_protected_hears_no_place(void **state)
{
	struct node *n = *state;

	INTAKE(citizen_registered, citizen_of(1), .citizen = citizen_of(1), .protected = true);
	inquire(n, 1, contact_email, "anna@example.dk");
	book(n, 1, TALK);
	assert_true(contains(last(n, 1).body, "kl. 10.00.\n"));
	assert_false(contains(last(n, 1).body, "hos os"));
}

static void test_reminders(void **state)
{
	struct node *n = *state;

	inquire(n, 1, contact_sms, "12345678");
	book(n, 1, TALK);
	try_it(n, 1, send_outcome_sent, 200);
	wait_until(n, TALK - MS_PER_DAY - MS_PER_MINUTE);
	assert_int_equal(count_messages(n, 1), 1);
	wait_until(n, TALK - MS_PER_DAY);
	assert_int_equal(last(n, 1).occasion, occasion_reminder_day);
	try_it(n, 1, send_outcome_sent, 200);
	wait_until(n, TALK - MS_PER_HOUR - MS_PER_MINUTE);
	assert_int_equal(count_messages(n, 1), 2);
	wait_until(n, TALK - MS_PER_HOUR);
	assert_int_equal(last(n, 1).occasion, occasion_reminder_hour);
	assert_int_equal(count_messages(n, 1), 3);
}

static void test_reminders_follow_the_date(void **state)
{
	struct node *n = *state;

	inquire(n, 1, contact_sms, "12345678");
	book(n, 1, TALK);
	try_it(n, 1, send_outcome_sent, 200);
	move(n, 1, TALK, TALK + 2 * MS_PER_DAY);
	try_it(n, 1, send_outcome_sent, 200);
	wait_until(n, TALK);
	assert_int_equal(count_messages(n, 1), 2);
	wait_until(n, TALK + MS_PER_DAY);
	assert_int_equal(last(n, 1).occasion, occasion_reminder_day);
	try_it(n, 1, send_outcome_sent, 200);
	cancel(n, 1, TALK + 2 * MS_PER_DAY, side_citizen);
	wait_until(n, TALK + 3 * MS_PER_DAY);
	assert_int_equal(count_messages(n, 1), 3);
}

static void test_cancelled_and_closed(void **state)
{
	struct node *n = *state;

	inquire(n, 1, contact_email, "anna@example.dk");
	book(n, 1, TALK);
	try_it(n, 1, send_outcome_sent, 250);
	cancel(n, 1, TALK, side_municipality);
	assert_int_equal(last(n, 1).occasion, occasion_cancelled);
	try_it(n, 1, send_outcome_sent, 250);
	close_it(n, 1);
	assert_int_equal(last(n, 1).occasion, occasion_closed);
	assert_int_equal(count_messages(n, 1), 3);
}

static void test_staff_hear_of_promises_at_risk(void **state)
{
	struct node *n = *state;

	inquire(n, 1, contact_none, "");
	INTAKE(promise_at_risk, id_of(1), .inquiry = id_of(1), .target = TALK);
	assert_int_equal(count_messages(n, 1), 0);
	n->settings.queue_address = "indgang@example.dk";
	for (int i = 0; i < 8; i++) /* no limit a day */
		INTAKE(promise_at_risk, id_of(1), .inquiry = id_of(1), .target = TALK);
	assert_int_equal(count_messages(n, 1), 8);
	assert_true(last(n, 1).staff);
	assert_true(contains(last(n, 1).address, "indgang@example.dk"));
}

static void test_preference_wins(void **state)
{
	struct node *n = *state;
	char id[UUID_TEXT_BYTES];
	struct preference preference = {.recipient = citizen_of(1),
		.channel = contact_sms,
		.address = text_of("87654321"),
		.language = tongue_en};

	n->role = "citizen";
	n->who = "somebody";
	assert_int_equal(
		SAY(PEER_PORTAL, set_preference, NULL, .preference = &preference), ERR_DENIED);
	uuid_format(citizen_of(1), id);
	n->who = id;
	assert_int_equal(SAY(PEER_PORTAL, set_preference, NULL, .preference = &preference), ERR_OK);
	n->role = n->who = NULL;
	inquire(n, 1, contact_email, "anna@example.dk");
	book(n, 1, TALK);
	assert_int_equal(last(n, 1).channel, contact_sms);
	assert_true(contains(last(n, 1).address, "87654321"));
	assert_true(contains(last(n, 1).body, "Thursday 26 November 2026 at 10:00"));
}

static void test_erased(void **state)
{
	struct node *n = *state;

	inquire(n, 1, contact_email, "anna@example.dk");
	book(n, 1, TALK);
	INTAKE(person_erased, citizen_of(1), .person = citizen_of(1), .decided_by = text_of("Ida"));
	assert_int_equal(due(n).due.n, 0);
	assert_int_equal(last(n, 1).state, message_state_dropped);
	assert_int_equal(last(n, 1).body.n, 0);
	assert_int_equal(last(n, 1).address.n, 0);
}

int main(void)
{
	const struct CMUnitTest tests_[] = {
		SCENARIO(test_one_message_for_one_inquiry),
		SCENARIO(test_receipt_without_a_date),
		SCENARIO(test_unsent_receipt_is_overtaken),
		SCENARIO(test_historical_sends_nothing),
		SCENARIO(test_old_news_is_none),
		SCENARIO(test_never_to_the_one_who_did_it),
		SCENARIO(test_how_to_be_reached),
		SCENARIO(test_post_by_number),
		SCENARIO(test_protected_hears_no_place),
		SCENARIO(test_reminders),
		SCENARIO(test_reminders_follow_the_date),
		SCENARIO(test_cancelled_and_closed),
		SCENARIO(test_staff_hear_of_promises_at_risk),
		SCENARIO(test_preference_wins),
		SCENARIO(test_erased),
	};

	return cmocka_run_group_tests(tests_, NULL, NULL);
}
