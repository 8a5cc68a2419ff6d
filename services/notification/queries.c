/* Answers copied from rows. Pure; state through service.h. */
#include "services/notification/queries.h"

#include <stdio.h>

#include "services/notification/outbox.h"
#include "services/notification/tasks.h"

/* CHANNELS: that messages are sent over. */
enum { PAGE = 50, DUE = 16, SHOWN = 20, CHANNELS = 4 };

static enum err too_much(struct question *q)
{
	return reason_set(q->reason, ERR_BUSY, "", "too much in one turn");
}

static enum err unknown(struct question *q, const char *field)
{
	return reason_set(q->reason, ERR_NOT_FOUND, field, "is not known here");
}

static size_t page_size(int64_t limit)
{
	return limit > 0 ? (size_t)limit : PAGE;
}

static int64_t age(const struct question *q, int64_t since)
{
	return q->now > since ? q->now - since : 0;
}

/* ---- the outbox ------------------------------------------------------------------------------ */

/* Since when the first one of a channel is in that state; pending: is due. 0: none is. */
static int64_t first_since(struct question *q, enum message_state state, enum contact channel)
{
	struct key prefix = notification_key_count(state, channel);
	struct message_view first;
	int64_t since = 0;
	struct rows rows;

	rows_begin(&rows, &q->state, TREE_BY_STATE, NULL, &prefix, NULL);
	if (rows_next(&rows, NULL) &&
		outbox_get(&q->state, notification_key_last_id(rows.scan.key), &first))
		since = state == message_state_pending ? first.not_before : first.changed_at;
	rows_end(&rows);
	return since;
}

size_t queries_count_states(struct state *state, struct state_count *ret, size_t max)
{
	size_t n = 0;

	for (unsigned channel = 1; channel < contact_end; channel++)
		for (unsigned of = 1; n < max && of < message_state_end; of++) {
			if (channel == contact_not_at_all)
				continue;
			snprintf(ret[n].queue, sizeof(ret[n].queue), "outbox/%s",
				enum_word(words_contact, channel));
			ret[n].state = enum_word(words_message_state, of);
			ret[n++].n = outbox_count_of(
				state, (enum message_state)of, (enum contact)channel);
		}
	return n;
}

static bool count_state(struct question *q, enum message_state state, struct outbox_line *ret)
{
	int64_t n = 0, oldest = q->now;

	for (int i = 1; i < contact_end; i++) {
		int64_t since = first_since(q, state, (enum contact)i);
		n += outbox_count_of(&q->state, state, (enum contact)i);
		if (since && since < oldest)
			oldest = since;
	}
	*ret = (struct outbox_line){state, n, age(q, oldest)};
	return n > 0;
}

enum err queries_list_outbox(struct question *q, const void *query, void *ret_reply)
{
	const struct list_outbox *c = query;
	struct outbox_reply *reply = ret_reply;
	enum message_state state = c->state ? c->state : message_state_pending;
	struct key prefix = notification_key_state(state), from = prefix;
	size_t limit = page_size(c->limit);
	struct message_view message;
	struct rows rows;

	if (!uuid_is_nil(c->after)) {
		if (!outbox_get(&q->state, c->after, &message) || message.state != state)
			return unknown(q, "after");
		from = notification_key_by_state(&message);
	}
	reply->states.at =
		arena_alloc(q->state.arena, message_state_end * sizeof(*reply->states.at));
	reply->messages.at = arena_alloc(q->state.arena, limit * sizeof(*reply->messages.at));
	if (!reply->states.at || !reply->messages.at)
		return too_much(q);
	for (int i = 1; i < message_state_end; i++)
		reply->states.n +=
			count_state(q, (enum message_state)i, &reply->states.at[reply->states.n]);
	rows_begin(&rows, &q->state, TREE_BY_STATE, NULL, &prefix, &from);
	while (rows_next(&rows, NULL)) {
		struct uuid id = notification_key_last_id(rows.scan.key);
		if (uuid_equal(id, c->after) || !outbox_get(&q->state, id, &message))
			continue;
		if (reply->messages.n == limit) {
			reply->next = reply->messages.at[limit - 1].message;
			break;
		}
		message.age_ms = age(q, message.queued_at);
		message.address = message.subject = message.body = TEXT_NONE;
		reply->messages.at[reply->messages.n++] = message;
	}
	rows_end(&rows);
	return ERR_OK;
}

/* Messages of a state whose time has come, into ret behind the n that are there. */
static size_t take_channel(struct question *q, const struct key *prefix, size_t n, size_t limit,
	struct message_view *ret)
{
	struct rows rows;

	rows_begin(&rows, &q->state, TREE_BY_STATE, NULL, prefix, NULL);
	while (n < limit && rows_next(&rows, NULL)) {
		if (!outbox_get(&q->state, notification_key_last_id(rows.scan.key), &ret[n]))
			continue;
		if (ret[n].not_before > q->now)
			break;
		n++;
	}
	rows_end(&rows);
	return n;
}

/* Of each channel that is not paused so many, that none waits for another. */
static size_t take_due(struct question *q, size_t limit, struct message_view *ret)
{
	size_t share = limit / CHANNELS ? limit / CHANNELS : 1, n = 0;

	for (int i = 1; n < limit && i < contact_end; i++) {
		struct key prefix = notification_key_count(message_state_pending, (enum contact)i);
		size_t most = n + share < limit ? n + share : limit;
		if (!state_paused(&q->state, "outbox", enum_word(words_contact, (unsigned)i)))
			n = take_channel(q, &prefix, n, most, ret);
	}
	return n;
}

static void list_erased(
	struct question *q, const struct erased_post *removed, struct due_reply *reply)
{
	struct key from = notification_key_time_id(
		removed ? removed->number : 0, removed ? removed->message : (struct uuid){{0}});
	struct rows rows;

	rows_begin(&rows, &q->state, TREE_ERASED_POST, NULL, NULL, &from);
	while (reply->erased.n < DUE && rows_next(&rows, NULL)) {
		const struct erased_post post = {
			key_time(rows.scan.key.p), notification_key_last_id(rows.scan.key)};
		if (!removed || post.number != removed->number ||
			!uuid_equal(post.message, removed->message))
			reply->erased.at[reply->erased.n++] = post;
	}
	rows_end(&rows);
}

enum err queries_list_due(struct question *q, const void *query, void *ret_reply)
{
	const struct list_due *c = query;
	struct due_reply *reply = ret_reply;
	size_t limit = c->limit > 0 ? (size_t)c->limit : DUE;

	reply->due.at = arena_alloc(q->state.arena, DUE * sizeof(*reply->due.at));
	reply->sending.at = arena_alloc(q->state.arena, DUE * sizeof(*reply->sending.at));
	reply->erased.at = arena_alloc(q->state.arena, DUE * sizeof(*reply->erased.at));
	if (!reply->due.at || !reply->sending.at || !reply->erased.at)
		return too_much(q);
	list_erased(q, c->removed, reply);
	struct key sending = notification_key_state(message_state_sending);
	reply->due.n = take_due(q, limit, reply->due.at);
	reply->sending.n = take_channel(q, &sending, 0, DUE, reply->sending.at);
	return ERR_OK;
}

enum err queries_show_messages(struct question *q, const void *query, void *ret_reply)
{
	const struct show_messages *c = query;
	struct uuid subject = uuid_is_nil(c->inquiry) ? c->plan : c->inquiry;
	bool by_subject = !uuid_is_nil(subject);
	struct messages_reply *reply = ret_reply;
	struct key prefix = notification_key(by_subject ? subject : c->recipient);
	struct rows rows;

	if (!by_subject && uuid_is_nil(c->recipient))
		return reason_set(q->reason, ERR_INVALID, "inquiry",
			"inquiry, plan or recipient is required");
	reply->messages.at = arena_alloc(q->state.arena, SHOWN * sizeof(*reply->messages.at));
	if (!reply->messages.at)
		return too_much(q);
	rows_begin_down(&rows, &q->state, by_subject ? TREE_OF_SUBJECT : TREE_OF_RECIPIENT, NULL,
		&prefix, NULL);
	while (reply->messages.n < SHOWN && rows_next(&rows, NULL)) {
		struct message_view *message = &reply->messages.at[reply->messages.n];
		if (!outbox_get(&q->state, notification_key_last_id(rows.scan.key), message))
			continue;
		message->age_ms = age(q, message->queued_at);
		reply->messages.n++;
	}
	rows_end(&rows);
	return ERR_OK;
}

/* ---- tasks ----------------------------------------------------------------------------------- */

enum err queries_list_tasks(struct question *q, const void *query, void *ret_reply)
{
	const struct list_tasks *c = query;
	struct tasks_reply *reply = ret_reply;
	size_t limit = page_size(c->limit);
	struct key from = {0};
	struct task_view task;
	struct rows rows;

	if (!uuid_is_nil(c->after)) {
		if (!tasks_get(&q->state, c->after, &task))
			return unknown(q, "after");
		from = notification_key_time_id(task.due, c->after);
	}
	reply->tasks.at = arena_alloc(q->state.arena, limit * sizeof(*reply->tasks.at));
	if (!reply->tasks.at)
		return too_much(q);
	rows_begin(&rows, &q->state, TREE_TASK_DUE, NULL, NULL, &from);
	while (rows_next(&rows, NULL)) {
		struct uuid id = notification_key_last_id(rows.scan.key);
		if (uuid_equal(id, c->after) || !tasks_get(&q->state, id, &task))
			continue;
		task.overdue = task.due < q->now;
		if (c->overdue && !task.overdue)
			break;
		if (reply->tasks.n == limit) {
			reply->next = reply->tasks.at[limit - 1].task;
			break;
		}
		reply->tasks.at[reply->tasks.n++] = task;
	}
	rows_end(&rows);
	return ERR_OK;
}
