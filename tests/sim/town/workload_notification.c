/* What is said to notification, by people and by the node itself, whose channels are as simulated
 * as all else: what they answer is said here. Touches nothing. */
#include "tests/sim/town/workload_private.h"

static bool fill_preference(struct saying *s, void *fields)
{
	static const char *const at[] = {
		"+4500000000", "+4500000002", "c@example.dk", "box", "Prøvevej 2"};
	struct set_preference *c = fields;
	const struct thing *citizen = any(s->w, CITIZENS, ANY_NODE, ANY_STATE);
	struct preference *p = arena_alloc(s->arena, sizeof(*p));
	size_t channel = pick(s->w, 5);

	if (!citizen || !p)
		return false;
	*p = (struct preference){.recipient = citizen->id,
		.channel = (enum contact)(1 + channel),
		.address = text_of(at[channel]),
		.language = (enum tongue)pick(s->w, 3),
		.own_quiet = one_in(s->w, 3),
		.quiet_from = (int64_t)pick(s->w, 1440),
		.quiet_until = (int64_t)pick(s->w, 1440)};
	c->preference = p;
	if (one_in(s->w, 2))
		speak_as(s, "citizen", citizen->id);
	return true;
}

static bool fill_sending(struct saying *s, void *fields)
{
	struct record_sending *c = fields;
	const struct thing *message = any_due(s->w, MESSAGES, STATE(message_state_pending));

	if (!message)
		return false;
	c->message = message->id;
	return true;
}

static bool fill_outcome(struct saying *s, void *fields)
{
	static const enum send_outcome outcomes[] = {send_outcome_sent, send_outcome_sent,
		send_outcome_refused, send_outcome_no_answer, send_outcome_uncertain};
	struct record_outcome *c = fields;
	const struct thing *message =
		any(s->w, MESSAGES, NODE_NOTIFICATION, STATE(message_state_sending));

	if (!message)
		return false;
	*c = (struct record_outcome){.message = message->id,
		.attempt = message->version,
		.outcome = outcomes[pick(s->w, 5)],
		.code = 250};
	return true;
}

static bool fill_resolve(struct saying *s, void *fields)
{
	struct resolve_uncertain *c = fields;
	const struct thing *message =
		any(s->w, MESSAGES, NODE_NOTIFICATION, STATE(message_state_uncertain));

	if (!message)
		return false;
	*c = (struct resolve_uncertain){message->id, (enum uncertain_answer)(1 + pick(s->w, 2))};
	return true;
}

static bool fill_finish_task(struct saying *s, void *fields)
{
	struct finish_task *c = fields;
	const struct thing *task = any(s->w, TASKS, NODE_NOTIFICATION, ANY_STATE);

	if (!task)
		return false;
	c->task = task->id;
	return true;
}

static bool fill_mark_read(struct saying *s, void *fields)
{
	struct mark_read *c = fields;
	const struct thing *message = any(s->w, MESSAGES, NODE_NOTIFICATION, ANY_STATE);

	if (!message)
		return false;
	c->message = message->id;
	speak_as(s, "citizen", message->person);
	return true;
}

static const struct saying_row rows[] = {
	{schema_set_preference, AT_NOTIFICATION, 4, fill_preference, schema_register_citizen},
	{schema_record_sending, AT_NOTIFICATION, 12, fill_sending, schema_receive_inquiry},
	{schema_record_outcome, AT_NOTIFICATION, 12, fill_outcome, schema_record_sending},
	{schema_resolve_uncertain, AT_NOTIFICATION, 3, fill_resolve, schema_record_outcome},
	{schema_finish_task, AT_NOTIFICATION, 3, fill_finish_task, schema_record_outcome},
	{schema_mark_read, AT_NOTIFICATION, 4, fill_mark_read, schema_receive_inquiry},
};
SAYINGS(sayings_notification, rows);
