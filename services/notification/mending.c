/* What operators see of the outbox of a channel, and what they do with its messages. Pure; state
 * through service.h.
 *
 * 1. A message that is being sent is left alone: its answer is awaited.
 * 2. A buried message keeps its deadline: when its time is over, a person is asked all the same. */
#include "services/notification/mending.h"

#include "services/notification/outbox.h"
#include "services/notification/rules.h"
#include "services/notification/tasks.h"

/* In this order they are shown; what was sent or dropped is in no queue any more. */
static const enum message_state shown[] = {message_state_pending, message_state_sending,
	message_state_uncertain, message_state_failed, message_state_buried};
enum { SHOWN = sizeof(shown) / sizeof(shown[0]) };

static enum contact channel_of(struct text name)
{
	const struct enumeration *words = words_contact();

	for (size_t i = 0; i < words->n; i++)
		if (text_is(name, words->values[i].word))
			return (enum contact)words->values[i].number;
	return contact_none;
}

static bool has(struct state *state, struct text name)
{
	enum contact channel = channel_of(name);

	(void)state;
	return channel != contact_none && channel != contact_not_at_all;
}

static const char *why_of(const struct message_view *message)
{
	if (message->state == message_state_uncertain)
		return "nobody knows whether it was sent";
	return message->deferred ? enum_word(words_deferral, message->deferred) : NULL;
}

static void fill(const struct message_view *message, struct arena *arena, struct queue_item *ret)
{
	char id[UUID_TEXT_BYTES];

	uuid_format(message->message, id);
	*ret = (struct queue_item){
		.item = {arena_copy(arena, id, sizeof(id)), sizeof(id) - 1, false},
		.type = text_of(enum_word(words_occasion, message->occasion)),
		.entity = message->recipient,
		.since = message->queued_at,
		.state = text_of(enum_word(words_message_state, message->state)),
		.why = message->why.n ? message->why : text_of(why_of(message)),
		.bytes = (int64_t)message->subject.n + message->body.n,
		.attempts = message->attempts,
		.not_before = message->not_before};
}

static bool is_shown(const struct message_view *message, enum contact channel)
{
	for (size_t i = 0; i < SHOWN; i++)
		if (message->state == shown[i])
			return message->channel == channel;
	return false;
}

/* ---- looking --------------------------------------------------------------------------------- */

static bool visit(struct state *state, struct queue_walk *walk, struct message_view *message)
{
	struct seen_item seen = {.schema = walk->records ? schema_message_view() : NULL,
		.record = walk->records ? message : NULL};

	fill(message, state->arena, &seen.item);
	return walk->visit(walk->ctx, &seen);
}

/* One state; false: enough. */
static bool walk_state(struct state *state, struct queue_walk *walk, enum message_state of,
	const struct message_view *after)
{
	struct key prefix = notification_key_count(of, channel_of(walk->name));
	struct key from = after ? notification_key_by_state(after) : prefix;
	struct message_view message;
	bool more = true;
	struct rows rows;

	rows_begin(&rows, state, TREE_BY_STATE, NULL, &prefix, &from);
	while (more && rows_next(&rows, NULL)) {
		struct arena_mark mark = arena_mark(state->arena);
		struct uuid id = notification_key_last_id(rows.scan.key);
		if ((!after || !uuid_equal(id, after->message)) && outbox_get(state, id, &message))
			more = visit(state, walk, &message);
		arena_release(state->arena, &mark);
	}
	rows_end(&rows);
	return more;
}

static enum err walk(struct state *state, struct queue_walk *walk)
{
	struct message_view after = {.state = message_state_none};
	struct uuid id;
	bool more = true;

	if (walk->after.n &&
		(!uuid_parse(walk->after.p, walk->after.n, &id) || !outbox_get(state, id, &after) ||
			!is_shown(&after, channel_of(walk->name))))
		return ERR_NOT_FOUND;
	bool begun = after.state == message_state_none;
	for (size_t i = 0; more && i < SHOWN; i++) {
		bool here = after.state == shown[i];
		begun |= here;
		if (begun)
			more = walk_state(state, walk, shown[i], here ? &after : NULL);
	}
	return ERR_OK;
}

static bool find(struct state *state, struct text name, struct text item, struct queue_item *ret)
{
	struct message_view message;
	struct uuid id;

	if (!uuid_parse(item.p, item.n, &id) || !outbox_get(state, id, &message) ||
		!is_shown(&message, channel_of(name)))
		return false;
	fill(&message, state->arena, ret);
	return true;
}

/* ---- mending --------------------------------------------------------------------------------- */

static enum err retry(
	struct decision *d, const struct mending *how, const struct message_view *message)
{
	const struct message_retried e = {.message = message->message,
		.by = how->by,
		.act_by = rules_act_by(state_settings(&d->state), d->now, message->useless_after)};
	struct text address = message->address;
	bool uncertain = message->state == message_state_uncertain;

	if (message->state == message_state_buried)
		return decision_refuse(d, ERR_CONFLICT, "", "is buried: kick it first");
	if (message->useless_after && message->useless_after <= d->now)
		return decision_refuse(d, ERR_CONFLICT, "", "what it says is past");
	if (!state_open_text(&d->state, message->recipient, &address))
		return decision_refuse(
			d, ERR_CONFLICT, "", "has no address: the recipient's data were erased");
	if (uncertain && !how->twice)
		return decision_refuse(d, ERR_CONFLICT, "",
			"may have been sent already: sent again only when it may come twice");
	decision_emit(d, schema_message_retried(), message->message, &e);
	tasks_finish_of_message(d, message->message, how->by);
	return uncertain ? reason_set(d->reason, ERR_OK, "", "may come twice") : ERR_OK;
}

static enum err drop(
	struct decision *d, const struct mending *how, const struct message_view *message)
{
	const struct message_dropped e = {message->message, text_of("an operator dropped it")};

	decision_emit(d, schema_message_dropped(), message->message, &e);
	/* whoever was asked to tell a failed one still has to */
	if (message->state == message_state_uncertain ||
		message->buried_from == message_state_uncertain)
		tasks_finish_of_message(d, message->message, how->by);
	return ERR_OK;
}

static enum err bury(
	struct decision *d, const struct mending *how, const struct message_view *message)
{
	const struct message_buried e = {message->message, how->by};

	if (message->state == message_state_buried)
		return decision_refuse(d, ERR_CONFLICT, "", "is buried already");
	decision_emit(d, schema_message_buried(), message->message, &e);
	return ERR_OK;
}

static enum err kick(
	struct decision *d, const struct mending *how, const struct message_view *message)
{
	const struct message_kicked e = {message->message, how->by};

	if (message->state != message_state_buried)
		return decision_refuse(d, ERR_CONFLICT, "", "is not buried");
	decision_emit(d, schema_message_kicked(), message->message, &e);
	return ERR_OK;
}

static enum err mend(struct decision *d, const struct mending *how, const struct queue_item *item)
{
	struct message_view message;
	struct uuid id;

	if (!uuid_parse(item->item.p, item->item.n, &id) || !outbox_get(&d->state, id, &message))
		return decision_refuse(d, ERR_NOT_FOUND, "", "is not in this queue");
	if (message.state == message_state_sending)
		return decision_refuse(d, ERR_CONFLICT, "", "is being sent");
	switch (how->verb) {
	case mend_verb_retry:
		return retry(d, how, &message);
	case mend_verb_drop:
		return drop(d, how, &message);
	case mend_verb_bury:
		return bury(d, how, &message);
	case mend_verb_kick:
	case mend_verb_none:
	case mend_verb_end:
		break;
	}
	return kick(d, how, &message);
}

const struct queue_access notification_access[NOTIFICATION_ACCESS] = {
	{.kind = "outbox", .has = has, .pauses = true, .walk = walk, .find = find, .mend = mend}};
