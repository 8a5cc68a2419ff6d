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
		.address = message->address,
		.plan = message->plan,
		.item = message->item};

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

void tasks_finish_of_subject(struct decision *d, struct uuid subject)
{
	finish(d, TREE_TASK_OF_SUBJECT, subject, TEXT_NONE);
}

enum err tasks_decide_overdue(struct decision *d, struct uuid id, int64_t due)
{
	const struct task_overdue e = {.task = id, .due = due};
	struct task_view task;

	if (tasks_get(&d->state, id, &task) && !task.done_at)
		decision_emit(d, schema_task_overdue(), id, &e);
	return ERR_OK;
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

static void each_subject(struct fold *fold, const struct task_view *task,
	void (*fn)(struct fold *fold, const struct key *key))
{
	struct subjects subjects = notification_subjects(task->inquiry, task->plan, task->item);

	for (int i = 0; i < SUBJECTS; i++) {
		struct key key = notification_key_pair(subjects.id[i], task->task);
		if (!uuid_is_nil(subjects.id[i]))
			fn(fold, &key);
	}
}

static void put_subject(struct fold *fold, const struct key *key)
{
	fold_put(fold, TREE_TASK_OF_SUBJECT, key, NULL, NULL);
}

static void delete_subject(struct fold *fold, const struct key *key)
{
	fold_delete(fold, TREE_TASK_OF_SUBJECT, key);
}

void tasks_apply_opened(struct fold *fold, const struct record *record, const void *event)
{
	const struct undeliverable_task_opened *e = event;
	struct key key = notification_key(e->task);
	struct key due = notification_key_time_id(e->due, e->task);
	struct key of_message = notification_key_pair(e->message, e->task);
	const struct task_view task = {.task = e->task,
		.kind = e->kind,
		.message = e->message,
		.inquiry = e->inquiry,
		.reference = e->reference,
		.recipient = e->recipient,
		.occasion = e->occasion,
		.due = e->due,
		.owner = e->owner,
		.opened_at = record->time,
		.address = e->address,
		.plan = e->plan,
		.item = e->item};

	fold_put(fold, TREE_TASK, &key, schema_task_view(), &task);
	fold_put(fold, TREE_TASK_DUE, &due, NULL, NULL);
	each_subject(fold, &task, put_subject);
	if (!uuid_is_nil(e->message))
		fold_put(fold, TREE_TASK_OF_MESSAGE, &of_message, NULL, NULL);
	fold_deadline(fold, record, DEADLINE_TASK, e->due);
}

void tasks_apply_done(struct fold *fold, const struct record *record, const void *event)
{
	const struct task_done *e = event;
	struct key key = notification_key(e->task);
	struct task_view task;

	if (!tasks_get(&fold->state, e->task, &task))
		return;
	struct key due = notification_key_time_id(task.due, task.task);
	struct key of_message = notification_key_pair(task.message, task.task);
	task.done_at = record->time;
	task.done_by = e->by;
	fold_put(fold, TREE_TASK, &key, schema_task_view(), &task);
	fold_delete(fold, TREE_TASK_DUE, &due);
	each_subject(fold, &task, delete_subject);
	fold_delete(fold, TREE_TASK_OF_MESSAGE, &of_message);
	fold_deadline_clear(fold, task.task, DEADLINE_TASK);
}

/* The row stays as it is: whether a task is overdue is asked of the clock. */
void tasks_apply_overdue(struct fold *fold, const struct record *record, const void *event)
{
	(void)event;
	fold_deadline_clear(fold, record->entity, DEADLINE_TASK);
}
