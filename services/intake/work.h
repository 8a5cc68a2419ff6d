/* Work items: what a person must do, each with an owner and a due time. One that is not done in
 * time climbs, so that nothing is forgotten; one whose reason went away is done by itself. */
#ifndef SERVICES_INTAKE_WORK_H
#define SERVICES_INTAKE_WORK_H

#include "services/intake/settings.h"
#include "services/intake/trees.h"

#define WORK_KIND(kind_) (1U << (kind_))
#define WORK_ALL_KINDS (~0U)
/* Kinds that a held talk makes needless. */
#define WORK_UNTIL_TALK                                                                      \
	(WORK_KIND(work_kind_alert) | WORK_KIND(work_kind_book_talk) |                       \
		WORK_KIND(work_kind_promise_at_risk) | WORK_KIND(work_kind_promise_broken) | \
		WORK_KIND(work_kind_child_concern))

/* Emits work_item_opened in the entrance's queue (an alert: for whoever is on call first), unless
 * an item of that kind is open for the inquiry or the fact is historical. due of an alert is not
 * used. */
void work_open(struct decision *d, enum work_kind kind, struct uuid inquiry, int64_t due);

/* Emits work_item_done for the inquiry's open items of these kinds: what they waited for happened.
 */
void work_finish(struct decision *d, struct uuid inquiry, uint32_t kinds);

/* take_work_item: a manager may take what another person has taken. finish_work_item: refused while
 * the inquiry still needs what the item is for. */
enum err work_decide_take(struct decision *d, const void *command);
enum err work_decide_finish(struct decision *d, const void *command);

/* An alert that nobody took: the next of the rota, after another interval. Other work: one more
 * working day; it climbs to the manager unless it is late for the first time in the hands of the
 * one who took it. */
enum err work_decide_due(struct decision *d, struct uuid item, int64_t due);

void work_apply_opened(struct fold *fold, const struct record *record, const void *event);
void work_apply_taken(struct fold *fold, const struct record *record, const void *event);
void work_apply_overdue(struct fold *fold, const struct record *record, const void *event);
void work_apply_done(struct fold *fold, const struct record *record, const void *event);

bool work_get(struct state *state, struct uuid item, struct work_view *ret);

#endif
