/* Tasks: what a person must tell because no channel can. A task whose news is no longer true, or
 * which was told in another way, is done by itself; one that nobody has done when it is due is said
 * to be overdue, once. */
#ifndef SERVICES_NOTIFICATION_TASKS_H
#define SERVICES_NOTIFICATION_TASKS_H

#include "services/notification/settings.h"
#include "services/notification/trees.h"

/* Emits undeliverable_task_opened; task and owner are filled in. */
void tasks_open(struct decision *d, struct undeliverable_task_opened *task);

/* The same for a message as it stands. */
void tasks_open_for(struct decision *d, const struct message_view *message, enum task_kind kind);

/* Emits task_done for the open tasks of the message, or for those of the subject whose news is
 * overtaken (what is uncertain stays: somebody must still look). */
void tasks_finish_of_message(struct decision *d, struct uuid message, struct text by);
void tasks_finish_of_subject(struct decision *d, struct uuid subject);

/* finish_task: an uncertain message is resolved, not finished. */
enum err tasks_decide_finish(struct decision *d, const void *command);

/* DEADLINE_TASK. */
enum err tasks_decide_overdue(struct decision *d, struct uuid task, int64_t due);

void tasks_apply_opened(struct fold *fold, const struct record *record, const void *event);
void tasks_apply_done(struct fold *fold, const struct record *record, const void *event);
void tasks_apply_overdue(struct fold *fold, const struct record *record, const void *event);

bool tasks_get(struct state *state, struct uuid task, struct task_view *ret);

#endif
