/* The inbox as rows of the outbox. Pure; state through service.h. */
#include "services/notification/inbox.h"

#include "services/notification/outbox.h"

enum { SHOWN = 20, COUNTED = 1000 };

static bool is_self(const struct actor *actor, struct uuid recipient)
{
	struct uuid self;

	return uuid_parse(actor->id.p, actor->id.n, &self) && uuid_equal(self, recipient);
}

enum err inbox_list(struct question *q, const void *query, void *ret_reply)
{
	const struct list_inbox *c = query;
	struct key prefix = notification_key(c->recipient);
	size_t limit = c->limit > 0 ? (size_t)c->limit : SHOWN;
	struct inbox_reply *reply = ret_reply;
	struct message_view m;
	struct rows rows;

	if (!is_self(&q->actor, c->recipient))
		return reason_set(q->reason, ERR_DENIED, "recipient",
			"a citizen sees their own messages only");
	reply->messages.at = arena_alloc(q->state.arena, limit * sizeof(*reply->messages.at));
	if (!reply->messages.at)
		return reason_set(q->reason, ERR_BUSY, "", "too much in one turn");
	rows_begin_down(&rows, &q->state, TREE_OF_RECIPIENT, NULL, &prefix, NULL);
	for (int i = 0; i < COUNTED && rows_next(&rows, NULL); i++) {
		if (!outbox_get(&q->state, notification_key_last_id(rows.scan.key), &m) ||
			m.state == message_state_dropped)
			continue;
		reply->unread += !m.read_at;
		if (reply->messages.n < limit)
			reply->messages.at[reply->messages.n++] = (struct inbox_line){m.message,
				m.recipient, m.inquiry, m.plan, m.occasion, m.state, m.queued_at,
				m.read_at, m.subject, m.body};
	}
	rows_end(&rows);
	return ERR_OK;
}

enum err inbox_decide_read(struct decision *d, const void *command)
{
	const struct mark_read *c = command;
	const struct message_read e = {c->message};
	struct done *reply = d->reply;
	struct message_view message;

	/* to others it is as if there were no such message */
	if (!outbox_get(&d->state, c->message, &message) || message.staff ||
		!is_self(&d->actor, message.recipient))
		return decision_refuse(d, ERR_NOT_FOUND, "message", "is none to this citizen");
	if (!message.read_at)
		decision_emit(d, schema_message_read(), c->message, &e);
	reply->id = c->message;
	return ERR_OK;
}
