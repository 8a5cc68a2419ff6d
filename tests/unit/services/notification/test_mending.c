/* Operators look into the outbox and mend it, on the real engine. */
#include "tests/unit/services/notification/node.h"

#define TALK at(20261126, 10, 0)

static void tell(struct node *n, unsigned i)
{
	inquire(n, i, contact_email, "anna@example.dk");
	book(n, i, TALK);
	assert_int_equal(last(n, i).state, message_state_pending);
}

static struct queue_mended mend(struct node *n, enum mend_verb verb, const char *state, bool twice)
{
	struct queue_filter filter = {.state = text_of(state)};
	struct queue_mended reply;

	n->role = "operator";
	assert_int_equal(SAY(PEER_OPERATOR, mend_queue, &reply, .queue = text_of("outbox/email"),
				 .verb = verb, .filter = &filter, .twice = twice,
				 .reason = text_of("mended"), .by = text_of("Ida")),
		ERR_OK);
	n->role = NULL;
	return reply;
}

static size_t pause(struct node *n, const char *queue, int64_t until)
{
	struct pause_line line;

	n->role = "operator";
	assert_int_equal(
		SAY(PEER_OPERATOR, pause_queue, &line, .queue = text_of(queue), .until = until,
			.reason = text_of("the relay moves"), .by = text_of("Ida")),
		ERR_OK);
	n->role = NULL;
	return due(n).due.n;
}

static void test_what_failed_is_sent_again(void **state)
{
	struct node *n = *state;

	tell(n, 1);
	try_it(n, 1, send_outcome_refused, 550);
	assert_int_equal(last(n, 1).state, message_state_failed);
	assert_int_equal(tasks(n).tasks.n, 1);
	n->now += MS_PER_MINUTE;
	assert_int_equal(mend(n, mend_verb_retry, "failed", false).done, 1);
	struct message_view message = last(n, 1);
	assert_true(message.state == message_state_pending && message.why.n == 0);
	assert_true(message.not_before == n->now && message.act_by > n->now);
	assert_int_equal(tasks(n).tasks.n, 0);
	try_it(n, 1, send_outcome_sent, 250);
	assert_int_equal(last(n, 1).attempts, 2);
}

static void test_what_may_have_been_sent_needs_a_word(void **state)
{
	struct node *n = *state;

	tell(n, 1);
	try_it(n, 1, send_outcome_uncertain, 0);
	struct queue_mended reply = mend(n, mend_verb_retry, "uncertain", false);
	assert_true(reply.done == 0 && reply.refused == 1);
	assert_int_equal(last(n, 1).state, message_state_uncertain);
	reply = mend(n, mend_verb_retry, "uncertain", true);
	assert_true(reply.done == 1 && text_is(reply.items.at[0].why, "may come twice"));
	assert_int_equal(last(n, 1).state, message_state_pending);
	assert_int_equal(tasks(n).tasks.n, 0); /* nobody need find out any more */
}

static void test_what_is_past_is_not_sent_again(void **state)
{
	struct node *n = *state;

	tell(n, 1);
	try_it(n, 1, send_outcome_refused, 550);
	n->now = TALK + 1;
	struct queue_mended reply = mend(n, mend_verb_retry, "failed", false);
	assert_true(reply.done == 0 && text_is(reply.items.at[0].why, "what it says is past"));
}

static void test_what_is_buried_is_not_sent_and_yet_not_forgotten(void **state)
{
	struct node *n = *state;

	tell(n, 1);
	tell(n, 2);
	struct message_view before = last(n, 1);
	assert_int_equal(mend(n, mend_verb_bury, "pending", false).done, 2);
	assert_int_equal(due(n).due.n, 0);
	assert_int_equal(mend(n, mend_verb_bury, "buried", false).refused, 2);
	assert_int_equal(mend(n, mend_verb_retry, "buried", false).refused, 2);
	assert_int_equal(mend(n, mend_verb_kick, "", false).done, 2);
	struct message_view after = last(n, 1);
	assert_true(after.state == message_state_pending && !after.buried_from);
	assert_true(after.not_before == before.not_before && after.act_by == before.act_by);
	assert_int_equal(due(n).due.n, 2);
	assert_int_equal(mend(n, mend_verb_bury, "pending", false).done, 2);
	move(n, 1, TALK, TALK + MS_PER_DAY); /* overtaken where it lies */
	struct messages_reply all = messages_of(n, 1);
	assert_int_equal(all.messages.at[all.messages.n - 1].state, message_state_dropped);
	wait_until(n, before.act_by + MS_PER_MINUTE);
	assert_int_equal(last(n, 2).state, message_state_failed);
	assert_true(tasks(n).tasks.n >= 1); /* a person is asked all the same */
}

static void test_what_failed_comes_back_failed(void **state)
{
	struct node *n = *state;

	tell(n, 1);
	try_it(n, 1, send_outcome_refused, 550);
	assert_int_equal(mend(n, mend_verb_bury, "failed", false).done, 1);
	assert_int_equal(last(n, 1).state, message_state_buried);
	assert_int_equal(mend(n, mend_verb_kick, "", false).done, 1);
	assert_int_equal(last(n, 1).state, message_state_failed);
	assert_int_equal(mend(n, mend_verb_drop, "failed", false).done, 1);
	assert_int_equal(last(n, 1).state, message_state_dropped);
	assert_int_equal(tasks(n).tasks.n, 1); /* whoever was asked still has to tell it */
	assert_int_equal(mend(n, mend_verb_drop, "failed", false).done, 0);
}

static void test_a_paused_channel_holds_its_messages_and_no_other(void **state)
{
	struct node *n = *state;

	tell(n, 1);
	inquire(n, 2, contact_letter, "Vej 1");
	book(n, 2, TALK);
	assert_int_equal(due(n).due.n, 2);
	assert_int_equal(pause(n, "outbox/email", n->now + MS_PER_HOUR), 1);
	assert_int_equal(due(n).due.at[0].channel, contact_letter);
	/* announced before: nothing comes of it */
	assert_int_equal(
		SAY(PEER_NOBODY, record_sending, NULL, .message = last(n, 1).message), ERR_OK);
	assert_int_equal(last(n, 1).state, message_state_pending);
	wait_until(n, n->now + MS_PER_HOUR);
	assert_int_equal(due(n).due.n, 2);
	try_it(n, 1, send_outcome_sent, 250);
}

static void test_peek_shows_no_texts(void **state)
{
	struct node *n = *state;
	struct queue_items items;

	tell(n, 1);
	tell(n, 2);
	try_it(n, 2, send_outcome_refused, 550);
	n->role = "operator";
	assert_int_equal(SAY(PEER_PORTAL, peek_queue, &items, .queue = text_of("outbox/email"),
				 .fields = true, .limit = 1),
		ERR_OK);
	assert_true(items.items.n == 1 && text_is(items.items.at[0].state, "pending"));
	assert_true(contains(items.items.at[0].fields, "***"));
	assert_false(contains(items.items.at[0].fields, "anna"));
	assert_int_equal(SAY(PEER_PORTAL, peek_queue, &items, .queue = text_of("outbox/email"),
				 .after = items.next),
		ERR_OK);
	assert_true(items.items.n == 1 && text_is(items.items.at[0].state, "failed"));
	assert_int_equal(
		SAY(PEER_PORTAL, peek_queue, &items, .queue = text_of("outbox/sms")), ERR_OK);
	assert_int_equal(items.items.n, 0);
	assert_int_equal(SAY(PEER_PORTAL, peek_queue, NULL, .queue = text_of("outbox/pigeon")),
		ERR_NOT_FOUND);
	n->role = "caseworker";
	assert_int_equal(
		SAY(PEER_PORTAL, peek_queue, NULL, .queue = text_of("outbox/email")), ERR_DENIED);
	n->role = NULL;
}

static int64_t counted(struct node *n, const char *queue, const char *of)
{
	struct state_count counts[64];
	size_t some;

	assert_int_equal(engine_count_states(n->engine, counts, 64, &some), ERR_OK);
	assert_in_range(some, 1, 63);
	for (size_t i = 0; i < some; i++)
		if (!strcmp(counts[i].queue, queue) && !strcmp(counts[i].state, of))
			return counts[i].n;
	fail_msg("%s is not counted by %s", queue, of);
	return -1;
}

static void test_messages_are_counted_by_state(void **state)
{
	struct node *n = *state;

	assert_int_equal(counted(n, "outbox/email", "pending"), 0);
	tell(n, 1);
	assert_int_equal(counted(n, "outbox/email", "pending"), 1);
	assert_int_equal(counted(n, "outbox/sms", "pending"), 0);
	try_it(n, 1, send_outcome_refused, 550);
	assert_int_equal(counted(n, "outbox/email", "pending"), 0);
	assert_int_equal(counted(n, "outbox/email", "failed"), 1);
}

static void test_work_can_be_looked_into_and_not_mended(void **state)
{
	struct node *n = *state;
	struct queue_filter filter = {.older_ms = 0};
	struct queue_items items;

	tell(n, 1);
	tell(n, 2);
	try_it(n, 1, send_outcome_refused, 550);
	try_it(n, 2, send_outcome_refused, 550);
	n->role = "operator";
	assert_int_equal(
		SAY(PEER_OPERATOR, peek_queue, &items, .queue = text_of("work/tasks"), .limit = 1),
		ERR_OK);
	assert_true(items.items.n == 1 && items.next.n > 0);
	assert_true(text_is(items.items.at[0].why, "undeliverable"));
	struct text first = items.items.at[0].item;
	assert_int_equal(SAY(PEER_OPERATOR, peek_queue, &items, .queue = text_of("work/tasks"),
				 .after = items.next),
		ERR_OK);
	assert_true(items.items.n == 1 && items.next.n == 0);
	assert_false(text_equal(items.items.at[0].item, first));
	assert_int_equal(SAY(PEER_OPERATOR, mend_queue, NULL, .queue = text_of("work/tasks"),
				 .verb = mend_verb_drop, .filter = &filter, .reason = text_of("no"),
				 .by = text_of("Ida")),
		ERR_CONFLICT);
	assert_int_equal(
		SAY(PEER_OPERATOR, pause_queue, NULL, .queue = text_of("work/tasks"),
			.until = n->now + 1000, .reason = text_of("no"), .by = text_of("Ida")),
		ERR_CONFLICT);
	n->role = NULL;
}

int main(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, node_open, node_close)
	const struct CMUnitTest tests[] = {TEST(test_what_failed_is_sent_again),
		TEST(test_what_may_have_been_sent_needs_a_word),
		TEST(test_what_is_past_is_not_sent_again),
		TEST(test_what_is_buried_is_not_sent_and_yet_not_forgotten),
		TEST(test_what_failed_comes_back_failed),
		TEST(test_a_paused_channel_holds_its_messages_and_no_other),
		TEST(test_peek_shows_no_texts), TEST(test_work_can_be_looked_into_and_not_mended),
		TEST(test_messages_are_counted_by_state)};

	return cmocka_run_group_tests_name("mending the outbox", tests, NULL, NULL);
}
