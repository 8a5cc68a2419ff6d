/* The outbox: no message is sent twice, none is sent out of nowhere; no deadline of any node is
 * left behind. Touches stores, reading only. */
#include "tests/sim/town/check_private.h"

enum { LATE_MS = 3 * 60 * 1000 };

struct known_message {
	struct uuid message;
	enum message_state state, buried_from;
	int64_t attempts;
};

static struct known_message *find(struct town_check *check, struct uuid message)
{
	struct known_message *messages = check->messages.at;

	for (size_t i = check->messages.n; i-- > 0;)
		if (uuid_equal(messages[i].message, message))
			return &messages[i];
	return NULL;
}

#define STATES(a_, b_) (STATE(message_state_##a_) | STATE(message_state_##b_))

/* It may only come into that state from these. */
static struct known_message *enter(
	struct seen *s, struct uuid message, enum message_state state, unsigned from)
{
	struct known_message *known = find(s->check, message);

	if (!known) {
		wrong(s->check, "outbox: message %s is %s and was never queued", SHORT(message),
			enum_word(words_message_state, (uint32_t)state));
		return NULL;
	}
	if (!(from & STATE(known->state)))
		wrong(s->check, "outbox: message %s is %s, and was %s before", SHORT(message),
			enum_word(words_message_state, (uint32_t)state),
			enum_word(words_message_state, (uint32_t)known->state));
	known->state = state;
	return known;
}

static void see_queued(struct seen *s, const void *event)
{
	const struct message_queued *e = event;
	struct known_message *known = grown_add(&s->check->messages, sizeof(*known));

	known->message = e->message;
	known->state = message_state_pending;
}

static void see_sending(struct seen *s, const void *event)
{
	const struct message_sending *e = event;
	struct known_message *known =
		enter(s, e->message, message_state_sending, STATE(message_state_pending));

	if (known && e->attempt != known->attempts + 1)
		wrong(s->check, "outbox: attempt %lld of message %s comes behind %lld",
			(long long)e->attempt, SHORT(e->message), (long long)known->attempts);
	if (known)
		known->attempts = e->attempt;
}

static void see_sent(struct seen *s, const void *event)
{
	enter(s, ((const struct message_sent *)event)->message, message_state_sent,
		STATE(message_state_sending));
}

static void see_deferred(struct seen *s, const void *event)
{
	enter(s, ((const struct message_deferred *)event)->message, message_state_pending,
		STATES(sending, pending));
}

static void see_uncertain(struct seen *s, const void *event)
{
	enter(s, ((const struct message_uncertain *)event)->message, message_state_uncertain,
		STATE(message_state_sending));
}

static void see_resolved(struct seen *s, const void *event)
{
	const struct uncertain_resolved *e = event;
	bool again = e->answer == uncertain_answer_resend;

	enter(s, e->message, again ? message_state_pending : message_state_sent,
		STATE(message_state_uncertain));
}

static void see_failed(struct seen *s, const void *event)
{
	enter(s, ((const struct message_failed *)event)->message, message_state_failed,
		STATES(sending, pending) | STATES(uncertain, buried));
}

static void see_dropped(struct seen *s, const void *event)
{
	enter(s, ((const struct message_dropped *)event)->message, message_state_dropped,
		STATES(sending, pending) | STATES(uncertain, buried) | STATE(message_state_failed));
}

/* Operators: what was sent stays so. */
static void see_retried(struct seen *s, const void *event)
{
	enter(s, ((const struct message_retried *)event)->message, message_state_pending,
		STATES(pending, uncertain) | STATE(message_state_failed));
}

static void see_buried(struct seen *s, const void *event)
{
	const struct message_buried *e = event;
	struct known_message *known = find(s->check, e->message);
	enum message_state from = known ? known->state : message_state_none;

	known = enter(s, e->message, message_state_buried,
		STATES(pending, uncertain) | STATE(message_state_failed));
	if (known)
		known->buried_from = from;
}

static void see_kicked(struct seen *s, const void *event)
{
	const struct message_kicked *e = event;
	struct known_message *known = find(s->check, e->message);

	enter(s, e->message, known ? known->buried_from : message_state_none,
		STATE(message_state_buried));
}

static void forget(struct town_check *check, unsigned node)
{
	if (node == NODE_NOTIFICATION)
		check->messages.n = 0;
}

/* ---- deadlines ------------------------------------------------------------------------------- */

static void check_first_due(struct town_check *check, unsigned node)
{
	int64_t now = clock_now(&check->view->engine[node]->options.clock);
	struct scan scan;
	struct txn *txn;

	if (store_begin(check->view->store[node], STORE_READ, check->arena, &txn))
		return;
	scan_begin(&scan, txn, CORE_DEADLINES, SCAN_UP, BYTES_NONE, BYTES_NONE);
	if (scan_next(&scan) && key_time(scan.key.p) < now - LATE_MS)
		wrong(check, "deadlines: %s has one (%s) that was due %lld s ago",
			town_node_name(node), (const char *)scan.key.p + 8,
			(long long)(now - key_time(scan.key.p)) / 1000);
	scan_end(&scan);
	store_abort(txn);
}

static void check_deadlines(struct town_check *check)
{
	for (unsigned node = 0; node < check->view->n && node < TOWN_NODES; node++)
		if (check->view->up[node])
			check_first_due(check, node);
}

static const struct seen_row rows[] = {
	{schema_message_queued, see_queued},
	{schema_message_sending, see_sending},
	{schema_message_sent, see_sent},
	{schema_message_deferred, see_deferred},
	{schema_message_uncertain, see_uncertain},
	{schema_uncertain_resolved, see_resolved},
	{schema_message_failed, see_failed},
	{schema_message_dropped, see_dropped},
	{schema_message_retried, see_retried},
	{schema_message_buried, see_buried},
	{schema_message_kicked, see_kicked},
};
const struct seen_table seen_messages = {
	SEEN_ROWS(rows), .back = forget, .healed = check_deadlines};
