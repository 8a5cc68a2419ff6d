/* The queues of notification: an outbox for each channel, and tasks. Pure; state through service.h.
 *
 * In an outbox wait the messages that are to be sent, that are being sent, and those of which
 * nobody knows whether they were. */
#include "services/notification/waiting.h"

#include "services/notification/outbox.h"
#include "services/notification/tasks.h"

static int64_t count_messages(struct state *state, const struct service_queue *queue)
{
	enum contact channel = (enum contact)queue->of;
	int64_t n = 0;

	for (unsigned i = 0; i < queue->n_first; i++)
		n += outbox_count_of(state, (enum message_state)queue->first[i], channel);
	return n;
}

static bool read_message(struct state *state, const struct service_queue *queue, struct bytes key,
	struct waiting *ret)
{
	struct message_view message;

	(void)queue;
	if (!outbox_get(state, notification_key_last_id(key), &message))
		return false;
	*ret = (struct waiting){.id = message.message,
		.since = message.queued_at,
		.due = message.act_by,
		.ready = message.not_before,
		.held = message.state == message_state_uncertain,
		.type = text_of(enum_word(words_occasion, message.occasion))};
	if (ret->held)
		ret->error = text_of("uncertain");
	else if (message.deferred)
		ret->error = text_of(enum_word(words_deferral, message.deferred));
	return true;
}

static bool read_task(struct state *state, const struct service_queue *queue, struct bytes key,
	struct waiting *ret)
{
	struct task_view task;

	(void)queue;
	if (!tasks_get(state, notification_key_last_id(key), &task))
		return false;
	*ret = (struct waiting){.id = task.task,
		.since = task.opened_at,
		.due = task.due,
		.late = task.overdue,
		.type = text_of(enum_word(words_occasion, task.occasion)),
		.error = text_of(enum_word(words_task_kind, task.kind))};
	return true;
}

#define OUTBOX(channel_, meaning_)                                                               \
	{                                                                                        \
		"outbox/" #channel_, queue_kind_outbox, meaning_, TREE_BY_STATE,                 \
			{message_state_pending, message_state_sending, message_state_uncertain}, \
			3, contact_##channel_, true, false, count_messages, read_message         \
	}

const struct service_queue notification_queues[NOTIFICATION_QUEUES] = {
	OUTBOX(email, "electronic mail to be sent"),
	OUTBOX(sms, "text messages to be sent"),
	OUTBOX(digital_post, "messages to be sent as Digital Post"),
	OUTBOX(letter, "letters to be sent"),
	{"work/tasks", queue_kind_work, "what a person must tell in place of a message",
		TREE_TASK_DUE, {0}, 0, 0, false, false, NULL, read_task},
};
