/* Folds the events of messages into the outbox; writes own trees through the fold it is given and
 * touches nothing else. */
#include "common/clock.h"
#include "services/notification/outbox.h"
#include "services/notification/staff.h"

static void count(struct fold *fold, const struct message_view *message, int by)
{
	struct key key = notification_key_count(message->state, message->channel);
	struct outbox_count row;

	(void)state_get(&fold->state, TREE_COUNT, &key, schema_outbox_count(), &row);
	row.messages += by;
	fold_put(fold, TREE_COUNT, &key, schema_outbox_count(), &row);
}

static void put(struct fold *fold, const struct message_view *message)
{
	struct key key = notification_key(message->message);
	struct key by_state = notification_key_by_state(message);

	fold_put(fold, TREE_MESSAGE, &key, schema_message_view(), message);
	fold_put(fold, TREE_BY_STATE, &by_state, NULL, NULL);
	count(fold, message, 1);
}

/* Takes the message out of its state; the caller changes it and puts it back. */
static bool take(struct fold *fold, struct uuid id, struct message_view *ret)
{
	if (!outbox_get(&fold->state, id, ret))
		return false;
	struct key by_state = notification_key_by_state(ret);
	fold_delete(fold, TREE_BY_STATE, &by_state);
	count(fold, ret, -1);
	return true;
}

static void enter(struct fold *fold, const struct record *record, struct message_view *message,
	enum message_state state)
{
	message->state = state;
	message->changed_at = record->time;
	if (!outbox_is_to_be_sent(message))
		message->not_before = 0;
	if (state != message_state_buried)
		message->buried_from = message_state_none;
	if (state != message_state_sending && !outbox_is_to_be_sent(message))
		fold_deadline_clear(fold, message->message, DEADLINE_DELIVER);
	put(fold, message);
}

void outbox_apply_queued(struct fold *fold, const struct record *record, const void *event)
{
	const struct message_queued *e = event;
	struct subjects subjects = notification_subjects(e->inquiry, e->plan, e->item);
	struct key of_recipient =
		notification_key_id_time_id(e->recipient, record->time, e->message);
	struct message_view message = {.message = e->message,
		.inquiry = e->inquiry,
		.reference = e->reference,
		.recipient = e->recipient,
		.staff = e->staff,
		.occasion = e->occasion,
		.channel = e->channel,
		.language = e->language,
		.queued_at = record->time,
		.not_before = e->not_before,
		.act_by = e->act_by,
		.useless_after = e->useless_after,
		.address = e->address,
		.subject = e->subject,
		.body = e->body,
		.plan = e->plan,
		.item = e->item};

	enter(fold, record, &message, message_state_pending);
	for (int i = 0; i < SUBJECTS; i++) {
		struct key key =
			notification_key_id_time_id(subjects.id[i], record->time, e->message);
		if (!uuid_is_nil(subjects.id[i]))
			fold_put(fold, TREE_OF_SUBJECT, &key, NULL, NULL);
	}
	fold_put(fold, TREE_OF_RECIPIENT, &of_recipient, NULL, NULL);
	fold_deadline(fold, record, DEADLINE_DELIVER, e->act_by);
	if (e->occasion == occasion_digest)
		staff_clear_gathered(fold, e->recipient);
}

static void count_day(
	struct fold *fold, const struct record *record, const struct message_view *message)
{
	struct key key = notification_key(message->recipient);
	int64_t date = local_date(record->time);
	struct recipient_day day;

	(void)state_get(&fold->state, TREE_DAY, &key, schema_recipient_day(), &day);
	day.messages = day.date == date ? day.messages + 1 : 1;
	day.date = date;
	fold_put(fold, TREE_DAY, &key, schema_recipient_day(), &day);
}

void outbox_apply_sending(struct fold *fold, const struct record *record, const void *event)
{
	const struct message_sending *e = event;
	struct message_view message;

	if (!take(fold, e->message, &message))
		return;
	message.attempts = e->attempt;
	message.deferred = deferral_none;
	enter(fold, record, &message, message_state_sending);
	if (e->attempt == 1 && !message.staff)
		count_day(fold, record, &message);
}

void outbox_apply_sent(struct fold *fold, const struct record *record, const void *event)
{
	const struct message_sent *e = event;
	struct message_view message;

	if (!take(fold, e->message, &message))
		return;
	message.code = e->code;
	enter(fold, record, &message, message_state_sent);
}

void outbox_apply_deferred(struct fold *fold, const struct record *record, const void *event)
{
	const struct message_deferred *e = event;
	struct message_view message;

	if (!take(fold, e->message, &message))
		return;
	message.not_before = e->until;
	message.deferred = e->why;
	message.code = e->code;
	enter(fold, record, &message, message_state_pending);
}

void outbox_apply_uncertain(struct fold *fold, const struct record *record, const void *event)
{
	const struct message_uncertain *e = event;
	struct message_view message;

	if (take(fold, e->message, &message))
		enter(fold, record, &message, message_state_uncertain);
}

void outbox_apply_resolved(struct fold *fold, const struct record *record, const void *event)
{
	const struct uncertain_resolved *e = event;
	struct message_view message;

	if (!take(fold, e->message, &message))
		return;
	if (e->answer == uncertain_answer_consider_sent) {
		enter(fold, record, &message, message_state_sent);
		return;
	}
	message.not_before = record->time;
	message.act_by = e->act_by;
	enter(fold, record, &message, message_state_pending);
	fold_deadline(fold, record, DEADLINE_DELIVER, e->act_by);
}

void outbox_apply_retried(struct fold *fold, const struct record *record, const void *event)
{
	const struct message_retried *e = event;
	struct message_view message;

	if (!take(fold, e->message, &message))
		return;
	message.not_before = record->time;
	message.act_by = e->act_by;
	message.deferred = deferral_none;
	message.why = TEXT_NONE;
	enter(fold, record, &message, message_state_pending);
	fold_deadline(fold, record, DEADLINE_DELIVER, e->act_by);
}

/* A pending one keeps its deadline, and its time. */
void outbox_apply_buried(struct fold *fold, const struct record *record, const void *event)
{
	const struct message_buried *e = event;
	struct message_view message;

	if (!take(fold, e->message, &message))
		return;
	message.buried_from = message.state;
	enter(fold, record, &message, message_state_buried);
}

void outbox_apply_kicked(struct fold *fold, const struct record *record, const void *event)
{
	const struct message_kicked *e = event;
	struct message_view message;

	if (take(fold, e->message, &message))
		enter(fold, record, &message, message.buried_from);
}

void outbox_apply_failed(struct fold *fold, const struct record *record, const void *event)
{
	const struct message_failed *e = event;
	struct message_view message;

	if (!take(fold, e->message, &message))
		return;
	message.why = e->why;
	message.code = e->code;
	enter(fold, record, &message, message_state_failed);
}

void outbox_apply_dropped(struct fold *fold, const struct record *record, const void *event)
{
	const struct message_dropped *e = event;
	struct message_view message;

	if (!take(fold, e->message, &message))
		return;
	message.why = e->why;
	enter(fold, record, &message, message_state_dropped);
}

/* Its key in TREE_BY_STATE stays: having been read is no change of its state. */
void outbox_apply_read(struct fold *fold, const struct record *record, const void *event)
{
	const struct message_read *e = event;
	struct key key = notification_key(e->message);
	struct message_view message;

	if (!outbox_get(&fold->state, e->message, &message))
		return;
	message.read_at = record->time;
	fold_put(fold, TREE_MESSAGE, &key, schema_message_view(), &message);
}

/* Which of them still lie there is not known here: the municipality's own programs take them. */
void outbox_apply_erased(struct fold *fold, const struct record *record, const void *event)
{
	const struct person_erased *e = event;
	struct key prefix = notification_key(e->person);
	struct message_view message;
	struct rows rows;

	rows_begin(&rows, &fold->state, TREE_OF_RECIPIENT, NULL, &prefix, NULL);
	while (rows_next(&rows, NULL)) {
		struct uuid id = notification_key_last_id(rows.scan.key);
		if (!outbox_get(&fold->state, id, &message) ||
			(message.channel != contact_letter &&
				message.channel != contact_digital_post))
			continue;
		struct key key = notification_key_time_id(record->seq, id);
		fold_put(fold, TREE_ERASED_POST, &key, NULL, NULL);
	}
	rows_end(&rows);
}
