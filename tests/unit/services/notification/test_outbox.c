/* The states of a message, on the real engine. */
#include "tests/unit/services/notification/node.h"

#define TALK at(20261126, 10, 0)

static void tell(struct node *n, unsigned i)
{
	inquire(n, i, contact_email, "anna@example.dk");
	book(n, i, TALK);
	assert_int_equal(last(n, i).state, message_state_pending);
}

static int64_t in_state(struct node *n, enum message_state wanted)
{
	struct outbox_reply reply;

	assert_int_equal(SAY(PEER_OPERATOR, list_outbox, &reply, .state = wanted), ERR_OK);
	for (size_t i = 0; i < reply.states.n; i++)
		if (reply.states.at[i].state == wanted) {
			assert_int_equal(reply.states.at[i].messages, reply.messages.n);
			return reply.states.at[i].messages;
		}
	return 0;
}

static void test_sent(void **state)
{
	struct node *n = *state;

	tell(n, 1);
	assert_int_equal(due(n).due.n, 1);
	try_it(n, 1, send_outcome_sent, 250);
	assert_int_equal(last(n, 1).state, message_state_sent);
	assert_int_equal(last(n, 1).code, 250);
	assert_int_equal(due(n).due.n + due(n).sending.n, 0);
	assert_int_equal(in_state(n, message_state_sent), 1);
	assert_int_equal(in_state(n, message_state_pending), 0);
	/* what is over is over */
	assert_int_equal(SAY(PEER_NOBODY, record_sending, NULL, .message = last(n, 1).message),
		ERR_CONFLICT);
	wait_until(n, n->now + 30 * MS_PER_HOUR);
	assert_int_equal(tasks(n).tasks.n, 0);
}

static void test_only_the_node_itself_sends(void **state)
{
	struct node *n = *state;

	tell(n, 1);
	struct uuid id = last(n, 1).message;
	assert_int_equal(SAY(PEER_PORTAL, record_sending, NULL, .message = id), ERR_DENIED);
	assert_int_equal(SAY(PEER_OPERATOR, record_outcome, NULL, .message = id, .attempt = 1,
				 .outcome = send_outcome_sent),
		ERR_DENIED);
	assert_int_equal(SAY(PEER_OPERATOR, list_due, NULL, .limit = 1), ERR_DENIED);
}

static void test_operators_see_no_texts(void **state)
{
	struct node *n = *state;
	struct messages_reply reply;
	struct outbox_reply outbox;

	tell(n, 1);
	n->role = "operator";
	assert_int_equal(SAY(PEER_OPERATOR, show_messages, &reply, .inquiry = id_of(1)), ERR_OK);
	assert_true(contains(reply.messages.at[0].body, "***"));
	assert_true(contains(reply.messages.at[0].address, "***"));
	assert_int_equal(SAY(PEER_PORTAL, list_outbox, &outbox, .limit = 9), ERR_OK);
	assert_int_equal(outbox.messages.n, 1);
}

static void test_tries_grow_and_end(void **state)
{
	struct node *n = *state;
	size_t tries = 0;

	tell(n, 1);
	for (; last(n, 1).state == message_state_pending; tries++) {
		wait_until(n, last(n, 1).not_before);
		/* at night nothing is tried; in the morning it is */
		assert_int_equal(
			SAY(PEER_NOBODY, record_sending, NULL, .message = last(n, 1).message),
			ERR_OK);
		if (last(n, 1).deferred == deferral_quiet_hours)
			continue;
		if (last(n, 1).state != message_state_sending)
			break;
		assert_int_equal(
			SAY(PEER_NOBODY, record_outcome, NULL, .message = last(n, 1).message,
				.attempt = last(n, 1).attempts, .outcome = send_outcome_no_answer,
				.code = 421),
			ERR_OK);
	}
	assert_in_range(tries, 7, 9);
	assert_int_equal(last(n, 1).state, message_state_failed);
	assert_int_equal(tasks(n).tasks.n, 1);
	assert_int_equal(tasks(n).tasks.at[0].kind, task_kind_undeliverable);
	assert_true(n->now < TALK && tasks(n).tasks.at[0].due <= TALK);
	assert_true(contains(tasks(n).tasks.at[0].address, "anna@"));
}

static void test_a_person_before_the_date(void **state)
{
	struct node *n = *state;

	inquire(n, 1, contact_email, "anna@example.dk");
	book(n, 1, n->now + 5 * MS_PER_HOUR);
	try_it(n, 1, send_outcome_no_answer, 0);
	assert_int_equal(last(n, 1).state, message_state_pending);
	/* nothing more is tried, perhaps the channel is gone: the deadline acts by itself */
	wait_until(n, n->now + 2 * MS_PER_HOUR + 31 * MS_PER_MINUTE);
	assert_int_equal(last(n, 1).state, message_state_failed);
	assert_int_equal(tasks(n).tasks.n, 1);
	assert_true(tasks(n).tasks.at[0].due > n->now);
}

static void test_refused(void **state)
{
	struct node *n = *state;

	tell(n, 1);
	try_it(n, 1, send_outcome_refused, 550);
	assert_int_equal(last(n, 1).state, message_state_failed);
	assert_int_equal(last(n, 1).code, 550);
	struct uuid task = tasks(n).tasks.at[0].task;
	assert_int_equal(SAY(PEER_OPERATOR, finish_task, NULL, .task = task), ERR_OK);
	assert_int_equal(SAY(PEER_OPERATOR, finish_task, NULL, .task = task), ERR_CONFLICT);
	assert_int_equal(tasks(n).tasks.n, 0);
}

static void test_uncertain_is_held(void **state)
{
	struct node *n = *state;

	tell(n, 1);
	tell(n, 2);
	try_it(n, 1, send_outcome_uncertain, 0);
	try_it(n, 2, send_outcome_uncertain, 0);
	assert_int_equal(in_state(n, message_state_uncertain), 2);
	assert_int_equal(tasks(n).tasks.n, 2);
	assert_int_equal(SAY(PEER_PORTAL, finish_task, NULL, .task = tasks(n).tasks.at[0].task),
		ERR_CONFLICT);
	assert_int_equal(SAY(PEER_OPERATOR, resolve_uncertain, NULL, .message = last(n, 1).message,
				 .answer = uncertain_answer_consider_sent),
		ERR_OK);
	assert_int_equal(SAY(PEER_OPERATOR, resolve_uncertain, NULL, .message = last(n, 2).message,
				 .answer = uncertain_answer_resend),
		ERR_OK);
	assert_int_equal(last(n, 1).state, message_state_sent);
	assert_int_equal(last(n, 2).state, message_state_pending);
	assert_int_equal(tasks(n).tasks.n, 0);
	try_it(n, 2, send_outcome_sent, 250);
	assert_int_equal(last(n, 2).attempts, 2);
	assert_int_equal(SAY(PEER_OPERATOR, resolve_uncertain, NULL, .message = last(n, 2).message,
				 .answer = uncertain_answer_resend),
		ERR_CONFLICT);
}

static void test_uncertain_is_resent_by_policy(void **state)
{
	struct node *n = *state;

	n->settings.resend_uncertain = true;
	tell(n, 1);
	try_it(n, 1, send_outcome_uncertain, 0);
	assert_int_equal(last(n, 1).state, message_state_pending);
	assert_int_equal(due(n).due.n, 1);
	assert_int_equal(tasks(n).tasks.n, 0);
}

static void test_quiet_hours(void **state)
{
	struct node *n = *state;

	n->now = at(20261123, 22, 0);
	tell(n, 1);
	assert_int_equal(due(n).due.n, 0);
	assert_int_equal(last(n, 1).not_before, at(20261124, 7, 0));
	/* also when it was queued before them */
	n->now = at(20261124, 20, 59);
	tell(n, 2);
	n->now = at(20261124, 21, 1);
	assert_int_equal(
		SAY(PEER_NOBODY, record_sending, NULL, .message = last(n, 2).message), ERR_OK);
	assert_int_equal(last(n, 2).state, message_state_pending);
	assert_int_equal(last(n, 2).deferred, deferral_quiet_hours);
	assert_int_equal(last(n, 2).not_before, at(20261125, 7, 0));
	/* where waiting would come too late they yield */
	inquire(n, 3, contact_email, "c@example.dk");
	book(n, 3, at(20261125, 7, 30));
	assert_int_equal(last(n, 3).not_before, n->now);
	try_it(n, 3, send_outcome_sent, 250);
}

static void test_limit_a_day(void **state)
{
	struct node *n = *state;

	inquire(n, 1, contact_email, "anna@example.dk");
	for (int i = 0; i < 5; i++) {
		book(n, 1, TALK + i * MS_PER_HOUR);
		try_it(n, 1, send_outcome_sent, 250);
	}
	book(n, 1, TALK);
	assert_int_equal(
		SAY(PEER_NOBODY, record_sending, NULL, .message = last(n, 1).message), ERR_OK);
	assert_int_equal(last(n, 1).deferred, deferral_day_limit);
	assert_int_equal(last(n, 1).not_before, at(20261124, 7, 0));
	/* tomorrow would be too late: a person tells it */
	book(n, 1, at(20261124, 9, 0));
	assert_int_equal(
		SAY(PEER_NOBODY, record_sending, NULL, .message = last(n, 1).message), ERR_OK);
	assert_int_equal(last(n, 1).state, message_state_failed);
	assert_int_equal(tasks(n).tasks.n, 1);
}

static void test_stale_outcome(void **state)
{
	struct node *n = *state;

	tell(n, 1);
	try_it(n, 1, send_outcome_no_answer, 0);
	n->now = last(n, 1).not_before;
	assert_int_equal(
		SAY(PEER_NOBODY, record_sending, NULL, .message = last(n, 1).message), ERR_OK);
	assert_int_equal(SAY(PEER_NOBODY, record_outcome, NULL, .message = last(n, 1).message,
				 .attempt = 1, .outcome = send_outcome_sent),
		ERR_STALE);
	assert_int_equal(due(n).sending.n, 1);
}

int main(void)
{
	const struct CMUnitTest tests_[] = {
		SCENARIO(test_sent),
		SCENARIO(test_only_the_node_itself_sends),
		SCENARIO(test_operators_see_no_texts),
		SCENARIO(test_tries_grow_and_end),
		SCENARIO(test_a_person_before_the_date),
		SCENARIO(test_refused),
		SCENARIO(test_uncertain_is_held),
		SCENARIO(test_uncertain_is_resent_by_policy),
		SCENARIO(test_quiet_hours),
		SCENARIO(test_limit_a_day),
		SCENARIO(test_stale_outcome),
	};

	return cmocka_run_group_tests(tests_, NULL, NULL);
}
