/* Tasks for people: opened, done. Pure; state through service.h. */
#include "services/notification/tasks.h"

#include "services/notification/rules.h"

bool tasks_get(struct state *state, struct uuid task, struct task_view *ret)
{
	struct key key = notification_key(task);

	return state_get(state, TREE_TASK, &key, schema_task_view(), ret);
}

/* ---- deciding -------------------------------------------------------------------------------- */

void tasks_open(struct decision *d, struct undeliverable_task_opened *task)
{
	const struct notification_settings *settings = state_settings(&d->state);

	task->task = decision_uuid(d);
	task->owner = text_of(settings->queue);
	decision_emit(d, schema_undeliverable_task_opened(), task->task, task);
}

void tasks_open_for(struct decision *d, const struct message_view *message, enum task_kind kind)
{
	struct undeliverable_task_opened task = {.kind = kind,
		.message = message->message,
		.inquiry = message->inquiry,
		.reference = message->reference,
		.recipient = message->recipient,
		.occasion = message->occasion,
		.due = rules_task_due(d->now, message->useless_after),
		.address = message->address};

	tasks_open(d, &task);
}

static void finish(struct decision *d, unsigned tree, struct uuid of, struct text by)
{
	struct key prefix = notification_key(of);
	struct task_view task;
	struct rows rows;

	rows_begin(&rows, &d->state, tree, NULL, &prefix, NULL);
	while (rows_next(&rows, NULL)) {
		struct task_done e = {.task = notification_key_last_id(rows.scan.key), .by = by};
		if (!tasks_get(&d->state, e.task, &task))
			continue;
		if (tree == TREE_TASK_OF_MESSAGE || task.kind != task_kind_uncertain)
			decision_emit(d, schema_task_done(), e.task, &e);
	}
	rows_end(&rows);
}

void tasks_finish_of_message(struct decision *d, struct uuid message, struct text by)
{
	finish(d, TREE_TASK_OF_MESSAGE, message, by);
}

void tasks_finish_of_inquiry(struct decision *d, struct uuid inquiry)
{
	finish(d, TREE_TASK_OF_INQUIRY, inquiry, TEXT_NONE);
}

enum err tasks_decide_finish(struct decision *d, const void *command)
{
	const struct finish_task *c = command;
	struct done *reply = d->reply;
	struct task_view task;

	if (d->actor.id.n == 0)
		return decision_refuse(d, ERR_INVALID, "actor.id", "must name the person");
	if (!tasks_get(&d->state, c->task, &task))
		return decision_refuse(d, ERR_NOT_FOUND, "task", "is not known here");
	if (task.done_at)
		return decision_refuse(d, ERR_CONFLICT, "task", "is done already");
	if (task.kind == task_kind_uncertain)
		return decision_refuse(d, ERR_CONFLICT, "task",
			"is done by resolve_uncertain: the message is sent again, or counts as "
			"sent");
	const struct task_done e = {.task = c->task, .by = d->actor.id};
	decision_emit(d, schema_task_done(), c->task, &e);
	reply->id = c->task;
	return ERR_OK;
}

/* ---- applying -------------------------------------------------------------------------------- */

void tasks_apply_opened(struct fold *fold, const struct record *record, const void *event)
{
	const struct undeliverable_task_opened *e = event;
	struct key key = notification_key(e->task);
	struct key due = notification_key_time_id(e->due, e->task);
	struct key of_inquiry = notification_key_pair(e->inquiry, e->task);
	struct key of_message = notification_key_pair(e->message, e->task);

	fold_put(fold, TREE_TASK, &key, schema_task_view(),
		&(struct task_view){.task = e->task,
			.kind = e->kind,
			.message = e->message,
			.inquiry = e->inquiry,
			.reference = e->reference,
			.recipient = e->recipient,
			.occasion = e->occasion,
			.due = e->due,
			.owner = e->owner,
			.opened_at = record->time,
			.address = e->address});
	fold_put(fold, TREE_TASK_DUE, &due, NULL, NULL);
	fold_put(fold, TREE_TASK_OF_INQUIRY, &of_inquiry, NULL, NULL);
	if (!uuid_is_nil(e->message))
		fold_put(fold, TREE_TASK_OF_MESSAGE, &of_message, NULL, NULL);
}

void tasks_apply_done(struct fold *fold, const struct record *record, const void *event)
{
	const struct task_done *e = event;
	struct key key = notification_key(e->task);
	struct task_view task;

	if (!tasks_get(&fold->state, e->task, &task))
		return;
	struct key due = notification_key_time_id(task.due, task.task);
	struct key of_inquiry = notification_key_pair(task.inquiry, task.task);
	struct key of_message = notification_key_pair(task.message, task.task);
	task.done_at = record->time;
	task.done_by = e->by;
	fold_put(fold, TREE_TASK, &key, schema_task_view(), &task);
	fold_delete(fold, TREE_TASK_DUE, &due);
	fold_delete(fold, TREE_TASK_OF_INQUIRY, &of_inquiry);
	fold_delete(fold, TREE_TASK_OF_MESSAGE, &of_message);
}
