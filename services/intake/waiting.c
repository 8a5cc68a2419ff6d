/* The queues of the entrance: inquiries that wait for their first talk, and work items. Pure; state
 * through service.h. */
#include "services/intake/waiting.h"

#include "services/intake/inquiry.h"
#include "services/intake/promise.h"
#include "services/intake/trees.h"
#include "services/intake/work.h"

static int64_t count_inquiries(struct state *state, const struct service_queue *queue)
{
	(void)queue;
	return inquiry_count(state).open;
}

/* Without a date the published limit counts; with one, that nobody broke the promise. */
static bool read_inquiry(struct state *state, const struct service_queue *queue, struct bytes key,
	struct waiting *ret)
{
	struct intake_inquiry row;
	struct promise_view promise;

	(void)queue;
	if (!inquiry_get(state, intake_key_last_id(key), &row))
		return false;
	const struct inquiry_view *view = row.view;
	bool booked = view->state == inquiry_state_talk_booked;
	*ret = (struct waiting){.id = view->inquiry,
		.since = view->since,
		.due = booked ? 0 : view->target,
		.late = booked && promise_last(state, &row, &promise) &&
			promise.state == promise_state_broken,
		.type = text_of(enum_word(words_inquiry_state, view->state))};
	ret->error = text_of(ret->late       ? "the promised date was broken"
			     : view->at_risk ? "no date within the limit"
					     : "");
	return true;
}

static bool read_work(struct state *state, const struct service_queue *queue, struct bytes key,
	struct waiting *ret)
{
	struct work_view work;

	(void)queue;
	if (!work_get(state, intake_key_last_id(key), &work))
		return false;
	*ret = (struct waiting){.id = work.item,
		.since = work.opened_at,
		.due = work.due,
		.late = work.overdue,
		.type = text_of(enum_word(words_work_kind, work.kind)),
		.error = text_of(work.overdue    ? "was not done in time"
				 : work.taken_at ? ""
						 : "nobody took it")};
	return true;
}

const struct service_queue intake_queues[INTAKE_QUEUES] = {
	{"work/awaiting_talk", queue_kind_work, "inquiries whose first talk was not held yet",
		TREE_BY_STATE, {inquiry_state_received, inquiry_state_talk_booked}, 2, 0, false,
		true, count_inquiries, read_inquiry},
	{"work/items", queue_kind_work, "work items that are not done", TREE_WORK_DUE, {0}, 0, 0,
		false, false, NULL, read_work},
};
