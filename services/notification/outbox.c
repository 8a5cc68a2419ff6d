/* What may be done with a message, and what its tries lead to. Pure; state through service.h. */
#include "services/notification/outbox.h"

#include "common/clock.h"
#include "services/notification/notices.h"
#include "services/notification/rules.h"
#include "services/notification/tasks.h"

enum { TO_ONE_LOOKED_AT = 1000 };

static const struct notification_settings *settings_of(struct decision *d)
{
	return state_settings(&d->state);
}

bool outbox_is_to_be_sent(const struct message_view *message)
{
	return message->state == message_state_pending ||
	       (message->state == message_state_buried &&
		       message->buried_from == message_state_pending);
}

int64_t outbox_count_of(struct state *state, enum message_state of, enum contact channel)
{
	struct key key = notification_key_count(of, channel);
	struct outbox_count row;

	(void)state_get(state, TREE_COUNT, &key, schema_outbox_count(), &row);
	return row.messages;
}

bool outbox_get(struct state *state, struct uuid message, struct message_view *ret)
{
	struct key key = notification_key(message);

	return state_get(state, TREE_MESSAGE, &key, schema_message_view(), ret);
}

/* ---- from decisions of others ---------------------------------------------------------------- */

static void drop(struct decision *d, struct uuid message, const char *why)
{
	const struct message_dropped e = {.message = message, .why = text_of(why)};

	decision_emit(d, schema_message_dropped(), message, &e);
}

/* What is pending about a subject or to a person (which of them: the tree). */
struct pending {
	unsigned tree;
	struct uuid of;
	struct uuid queue; /* to that queue of staff only; nil: to people only */
};

static bool is_meant(const struct pending *pending, const struct message_view *message)
{
	bool staff = !uuid_is_nil(pending->queue);

	return outbox_is_to_be_sent(message) && message->staff == staff &&
	       (!staff || uuid_equal(message->recipient, pending->queue));
}

static uint32_t drop_pending(struct decision *d, struct pending pending, const char *why)
{
	struct key prefix = notification_key(pending.of);
	struct message_view message;
	uint32_t occasions = 0;
	struct rows rows;

	rows_begin_down(&rows, &d->state, pending.tree, NULL, &prefix, NULL);
	for (int i = 0; i < TO_ONE_LOOKED_AT && rows_next(&rows, NULL); i++) {
		struct uuid id = notification_key_last_id(rows.scan.key);
		if (!outbox_get(&d->state, id, &message) || !is_meant(&pending, &message))
			continue;
		occasions |= UINT32_C(1) << message.occasion;
		drop(d, id, why);
	}
	rows_end(&rows);
	return occasions;
}

uint32_t outbox_overtake(struct decision *d, struct uuid subject, const char *why)
{
	return drop_pending(d, (struct pending){.tree = TREE_OF_SUBJECT, .of = subject}, why);
}

void outbox_overtake_staff(struct decision *d, struct uuid subject, struct uuid queue)
{
	(void)drop_pending(d, (struct pending){TREE_OF_SUBJECT, subject, queue},
		"it was done or has changed before it was sent");
}

void outbox_forget(struct decision *d, struct uuid recipient)
{
	(void)drop_pending(d, (struct pending){.tree = TREE_OF_RECIPIENT, .of = recipient},
		"the recipient's data were erased");
}

bool outbox_has_told(struct decision *d, struct uuid subject, struct uuid queue)
{
	struct key prefix = notification_key(subject);
	struct message_view message;
	bool told = false;
	struct rows rows;

	rows_begin(&rows, &d->state, TREE_OF_SUBJECT, NULL, &prefix, NULL);
	while (!told && rows_next(&rows, NULL))
		told = outbox_get(&d->state, notification_key_last_id(rows.scan.key), &message) &&
		       uuid_equal(message.recipient, queue) &&
		       message.state != message_state_dropped;
	rows_end(&rows);
	return told;
}

/* ---- sending --------------------------------------------------------------------------------- */

static enum err require(
	struct decision *d, struct uuid message, enum message_state state, struct message_view *ret)
{
	if (!outbox_get(&d->state, message, ret))
		return decision_refuse(d, ERR_NOT_FOUND, "message", "is not known here");
	if (ret->state != state)
		return decision_refuse(d, ERR_CONFLICT, "message", "is %s, not %s",
			enum_word(words_message_state, ret->state),
			enum_word(words_message_state, state));
	return ERR_OK;
}

/* Whoever is asked now still has the time until what it says is past. */
static void fail(
	struct decision *d, const struct message_view *message, const char *why, int64_t code)
{
	const struct message_failed e = {
		.message = message->message, .why = text_of(why), .code = code};

	decision_emit(d, schema_message_failed(), message->message, &e);
	tasks_open_for(d, message, task_kind_undeliverable);
}

static void defer(
	struct decision *d, const struct message_view *message, const struct message_deferred *how)
{
	decision_emit(d, schema_message_deferred(), message->message, how);
}

static bool is_over_limit(struct decision *d, const struct message_view *message)
{
	struct key key = notification_key(message->recipient);
	struct recipient_day day;

	return message->attempts == 0 &&
	       state_get(&d->state, TREE_DAY, &key, schema_recipient_day(), &day) &&
	       day.date == local_date(d->now) && day.messages >= settings_of(d)->day_limit;
}

/* True when the rules let it go out now; otherwise what they ask for was emitted. */
static bool may_go(struct decision *d, const struct message_view *message)
{
	struct preference preference;
	(void)notices_preference(&d->state, message->recipient, &preference);
	struct quiet quiet = rules_quiet(settings_of(d), &preference);
	int64_t after = rules_after_quiet(quiet, d->now);
	int64_t tomorrow = rules_next_day(quiet, d->now);
	bool over = is_over_limit(d, message);

	if (message->staff)
		return true;
	if (over && tomorrow < message->act_by)
		defer(d, message,
			&(struct message_deferred){
				message->message, tomorrow, deferral_day_limit, 0});
	else if (over)
		fail(d, message, "the limit a day would make it late", 0);
	else if (rules_disturbs(message->channel) && after > d->now && after < message->act_by)
		defer(d, message,
			&(struct message_deferred){
				message->message, after, deferral_quiet_hours, 0});
	else
		return true;
	return false;
}

enum err outbox_decide_sending(struct decision *d, const void *command)
{
	const struct record_sending *c = command;
	struct message_view message;
	enum err err = require(d, c->message, message_state_pending, &message);

	if (err)
		return err;
	if (state_paused(&d->state, "outbox", enum_word(words_contact, message.channel)))
		return ERR_OK; /* since it was asked what is due */
	struct text address = message.address;
	if (!state_open_text(&d->state, message.recipient, &address)) {
		drop(d, c->message, "the recipient's data were erased");
		return ERR_OK;
	}
	if (message.useless_after && message.useless_after <= d->now) {
		fail(d, &message, "what it says is past", 0);
		return ERR_OK;
	}
	if (!may_go(d, &message))
		return ERR_OK;
	const struct message_sending e = {c->message, message.attempts + 1};
	decision_emit(d, schema_message_sending(), c->message, &e);
	return ERR_OK;
}

/* ---- outcomes -------------------------------------------------------------------------------- */

static void try_later(struct decision *d, const struct message_view *message, int64_t code)
{
	int64_t pause = rules_pause(settings_of(d), message->attempts);

	if (pause && d->now + pause < message->act_by)
		defer(d, message,
			&(struct message_deferred){
				message->message, d->now + pause, deferral_no_answer, code});
	else
		fail(d, message, "every try failed, or the next one would be late", code);
}

static void resolve(struct decision *d, const struct message_view *message,
	enum uncertain_answer answer, struct text by)
{
	bool again = answer == uncertain_answer_resend;
	const struct uncertain_resolved e = {.message = message->message,
		.answer = answer,
		.by = by,
		.act_by = again ? rules_act_by(settings_of(d), d->now, message->useless_after) : 0};

	decision_emit(d, schema_uncertain_resolved(), message->message, &e);
}

static void be_uncertain(struct decision *d, const struct message_view *message)
{
	const struct message_uncertain e = {message->message};

	decision_emit(d, schema_message_uncertain(), message->message, &e);
	if (settings_of(d)->resend_uncertain)
		resolve(d, message, uncertain_answer_resend, TEXT_NONE);
	else
		tasks_open_for(d, message, task_kind_uncertain);
}

enum err outbox_decide_outcome(struct decision *d, const void *command)
{
	const struct record_outcome *c = command;
	const struct message_sent sent = {c->message, c->code};
	struct message_view message;
	enum err err = require(d, c->message, message_state_sending, &message);

	if (!err && message.attempts != c->attempt)
		err = decision_refuse(d, ERR_STALE, "attempt", "is not the one under way");
	if (err)
		return err;
	switch (c->outcome) {
	case send_outcome_sent:
		decision_emit(d, schema_message_sent(), c->message, &sent);
		break;
	case send_outcome_refused:
		fail(d, &message,
			c->code ? "the channel refused it"
				: "the town has no such channel, or the address is none",
			c->code);
		break;
	case send_outcome_no_answer:
		try_later(d, &message, c->code);
		break;
	case send_outcome_uncertain:
	case send_outcome_none:
	case send_outcome_end:
		be_uncertain(d, &message);
		break;
	}
	return ERR_OK;
}

enum err outbox_decide_resolve(struct decision *d, const void *command)
{
	const struct resolve_uncertain *c = command;
	struct done *reply = d->reply;
	struct message_view message;

	if (d->actor.id.n == 0)
		return decision_refuse(d, ERR_INVALID, "actor.id", "must name the person");
	enum err err = require(d, c->message, message_state_uncertain, &message);
	if (!err && c->answer == uncertain_answer_resend && message.useless_after &&
		message.useless_after <= d->now)
		err = decision_refuse(d, ERR_CONFLICT, "answer", "what it says is past");
	if (err)
		return err;
	resolve(d, &message, c->answer, d->actor.id);
	tasks_finish_of_message(d, c->message, d->actor.id);
	reply->id = c->message;
	return ERR_OK;
}

enum err outbox_decide_undelivered(struct decision *d, struct uuid id, int64_t due)
{
	struct message_view message;

	(void)due;
	if (outbox_get(&d->state, id, &message) && outbox_is_to_be_sent(&message))
		fail(d, &message, "it was not delivered in time", message.code);
	return ERR_OK;
}
