/* The outbox: messages and what became of them.
 *
 *      pending --> sending --> sent
 *       ^  | ^       |  |
 *       |  | +-------+  +--> uncertain --> sent | pending
 *       |  |                 (an operator, or the town's policy)
 *       |  +--> failed | dropped
 *       +-- deferred: quiet hours, limit a day, no answer
 *
 * 1. `sending` is committed before a byte leaves the node: what an unclean stop leaves in it may
 * have been sent or not, and becomes uncertain.
 * 2. A message that fails or stays uncertain has a task for a person.
 * 3. What is overtaken before it was sent is dropped.
 * 4. An operator may bury what is pending, uncertain or failed, and kick it back to what it was;
 * or let it be sent again (mending.h). While its channel is paused nothing leaves it. */
#ifndef SERVICES_NOTIFICATION_OUTBOX_H
#define SERVICES_NOTIFICATION_OUTBOX_H

#include "services/notification/settings.h"
#include "services/notification/trees.h"

/* It is to be sent, now or when it is kicked. */
bool outbox_is_to_be_sent(const struct message_view *message);

/* Messages in that state of that channel. */
int64_t outbox_count_of(struct state *state, enum message_state of, enum contact channel);
bool outbox_get(struct state *state, struct uuid message, struct message_view *ret);

/* Emits message_dropped for what is pending to people about the subject; returns which occasions it
 * had, as bits 1 << occasion. */
uint32_t outbox_overtake(struct decision *d, struct uuid subject, const char *why);
/* The same for what is pending to that queue of staff. */
void outbox_overtake_staff(struct decision *d, struct uuid subject, struct uuid queue);
/* The same for what is pending to somebody who was erased; what went into the spool for them is
 * taken out of it (outbox_apply_erased, list_due). */
void outbox_forget(struct decision *d, struct uuid recipient);

/* That queue was told of the subject, or is about to be. */
bool outbox_has_told(struct decision *d, struct uuid subject, struct uuid queue);

/* record_sending: may instead defer, drop or fail the message: the rules hold at this moment, not
 * at that of queueing. */
enum err outbox_decide_sending(struct decision *d, const void *command);
enum err outbox_decide_outcome(struct decision *d, const void *command);
enum err outbox_decide_resolve(struct decision *d, const void *command);
/* DEADLINE_DELIVER of a message. */
enum err outbox_decide_undelivered(struct decision *d, struct uuid message, int64_t due);

void outbox_apply_erased(struct fold *fold, const struct record *record, const void *event);
void outbox_apply_queued(struct fold *fold, const struct record *record, const void *event);
void outbox_apply_sending(struct fold *fold, const struct record *record, const void *event);
void outbox_apply_sent(struct fold *fold, const struct record *record, const void *event);
void outbox_apply_deferred(struct fold *fold, const struct record *record, const void *event);
void outbox_apply_uncertain(struct fold *fold, const struct record *record, const void *event);
void outbox_apply_resolved(struct fold *fold, const struct record *record, const void *event);
void outbox_apply_failed(struct fold *fold, const struct record *record, const void *event);
void outbox_apply_dropped(struct fold *fold, const struct record *record, const void *event);
void outbox_apply_retried(struct fold *fold, const struct record *record, const void *event);
void outbox_apply_buried(struct fold *fold, const struct record *record, const void *event);
void outbox_apply_kicked(struct fold *fold, const struct record *record, const void *event);
void outbox_apply_read(struct fold *fold, const struct record *record, const void *event);

#endif
