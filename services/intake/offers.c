/* Free times and those who wait for one, brought together. Pure; state through service.h. */
#include "services/intake/offers.h"

#include <stdlib.h>

#include "services/intake/inquiry.h"
#include "services/intake/slots.h"
#include "services/intake/talks.h"
#include "services/intake/work.h"

enum { WAITERS_LOOKED_AT = 200 };

/* Who waits, the longest first, read only as far as needed; served: has got a time in this
 * decision. */
struct waiters {
	struct state *state;
	struct rows rows;
	struct intake_inquiry at[WAITERS_LOOKED_AT];
	bool served[WAITERS_LOOKED_AT];
	size_t n;
	size_t seen;
};

static struct waiters *waiters_begin(struct decision *d)
{
	struct waiters *waiters = arena_alloc(d->state.arena, sizeof(*waiters));
	struct key prefix = intake_key_state(inquiry_state_received);

	if (!waiters) {
		d->err = ERR_NO_MEMORY;
		return NULL;
	}
	waiters->state = &d->state;
	rows_begin(&waiters->rows, &d->state, TREE_BY_STATE, NULL, &prefix, NULL);
	return waiters;
}

static bool read_one_more(struct waiters *waiters)
{
	while (waiters->seen < WAITERS_LOOKED_AT && rows_next(&waiters->rows, NULL)) {
		struct intake_inquiry *row = &waiters->at[waiters->n];
		waiters->seen++;
		if (!inquiry_get(waiters->state, intake_key_last_id(waiters->rows.scan.key), row) ||
			!row->waits)
			continue;
		waiters->n++;
		return true;
	}
	return false;
}

static const struct intake_inquiry *longest_waiting(
	struct waiters *waiters, const struct slot *slot)
{
	for (size_t i = 0; i < waiters->n || read_one_more(waiters); i++) {
		const struct slot_need need = slot_need_of(waiters->at[i].view);
		if (waiters->served[i] || !slot_suits(slot, &need))
			continue;
		waiters->served[i] = true;
		return &waiters->at[i];
	}
	return NULL;
}

static void offer(
	struct decision *d, struct waiters *waiters, const struct slot *slot, int64_t places)
{
	const struct intake_inquiry *row;

	for (; places > 0 && (row = longest_waiting(waiters, slot)); places--) {
		talks_promise(d, row->view, slot, inquiry_ahead(&d->state, row));
		work_finish(d, row->view->inquiry, WORK_KIND(work_kind_book_talk));
	}
}

static int by_start(const void *a, const void *b)
{
	const struct slot *const *first = a, *const *second = b;

	return ((*first)->start > (*second)->start) - ((*first)->start < (*second)->start);
}

void offers_make(struct decision *d, const struct slot *slots, size_t n)
{
	const struct slot **order =
		arena_alloc(d->state.arena, (n + 1) * sizeof(const struct slot *));
	struct waiters *waiters = d->historical || n == 0 ? NULL : waiters_begin(d);

	if (!waiters || !order)
		return;
	for (size_t i = 0; i < n; i++)
		order[i] = &slots[i];
	qsort(order, n, sizeof(const struct slot *), by_start);
	for (size_t i = 0; i < n; i++)
		offer(d, waiters, order[i], order[i]->places);
	rows_end(&waiters->rows);
}

void offers_make_freed(struct decision *d, struct uuid slot)
{
	struct slot_view view;

	if (d->historical || !slot_get(&d->state, slot, &view) || view.slot->start <= d->now)
		return;
	struct waiters *waiters = waiters_begin(d);
	if (!waiters)
		return;
	offer(d, waiters, view.slot, 1);
	rows_end(&waiters->rows);
}
