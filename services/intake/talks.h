/* First talks: booked, moved, cancelled, held, and what happens when none was. */
#ifndef SERVICES_INTAKE_TALKS_H
#define SERVICES_INTAKE_TALKS_H

#include "services/intake/promise.h"

/* Emits first_talk_booked; when the date lies beyond the target and nobody was warned yet (live
 * only), also promise_at_risk and work for a person. The caller made sure that a place is free. */
void talks_promise(struct decision *d, const struct inquiry_view *view, const struct slot *slot,
	int64_t ahead);

/* Fills the receipt in d->reply (unless there is none) for an inquiry as it will stand. */
enum err talks_receipt(struct decision *d, const struct promise_reason *reason) MUST_USE;

enum err talks_decide_book(struct decision *d, const void *command);
enum err talks_decide_move(struct decision *d, const void *command);
enum err talks_decide_cancel(struct decision *d, const void *command);
/* held_at: none means occurred_at. A talk held before the day of the booked time gives that time
 * back. */
enum err talks_decide_hold(struct decision *d, const void *command);

/* Deadlines of an inquiry: DEADLINE_BOOK, DEADLINE_TALK, DEADLINE_TRIAGE. */
enum err talks_decide_unbooked(struct decision *d, struct uuid inquiry, int64_t due);
enum err talks_decide_not_held(struct decision *d, struct uuid inquiry, int64_t due);
enum err talks_decide_untriaged(struct decision *d, struct uuid inquiry, int64_t due);

void talks_apply_booked(struct fold *fold, const struct record *record, const void *event);
void talks_apply_moved(struct fold *fold, const struct record *record, const void *event);
void talks_apply_cancelled(struct fold *fold, const struct record *record, const void *event);
void talks_apply_held(struct fold *fold, const struct record *record, const void *event);

#endif
