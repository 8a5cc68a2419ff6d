/* Work items: opened, taken, late, done. Pure; state through service.h. */
#include "services/intake/work.h"

#include "common/clock.h"
#include "services/intake/inquiry.h"
#include "services/intake/promise.h"

bool work_get(struct state *state, struct uuid item, struct work_view *ret)
{
	struct key key = intake_key(item);

	return state_get(state, TREE_WORK, &key, schema_work_view(), ret);
}

/* ---- from decisions of others ---------------------------------------------------------------- */

/* The next open item of the inquiry with one of these kinds. */
static bool next_open(struct rows *rows, uint32_t kinds, struct work_view *ret)
{
	while (rows_next(rows, NULL)) {
		struct uuid item = intake_key_last_id(rows->scan.key);
		if (work_get(rows->state, item, ret) && !ret->done_at &&
			(kinds & WORK_KIND(ret->kind)))
			return true;
	}
	return false;
}

static bool is_open(struct decision *d, struct uuid inquiry, enum work_kind kind)
{
	struct key prefix = intake_key(inquiry);
	struct work_view work;
	struct rows rows;

	rows_begin(&rows, &d->state, TREE_WORK_OF_INQUIRY, NULL, &prefix, NULL);
	bool found = next_open(&rows, WORK_KIND(kind), &work);
	rows_end(&rows);
	return found;
}

void work_open(struct decision *d, enum work_kind kind, struct uuid inquiry, int64_t due)
{
	const struct intake_settings *settings = state_settings(&d->state);
	bool alert = kind == work_kind_alert;

	if (d->historical || is_open(d, inquiry, kind))
		return;
	const struct work_item_opened e = {.item = decision_uuid(d),
		.kind = kind,
		.inquiry = inquiry,
		.due = alert ? d->now + settings->escalation_ms : due,
		.owner = alert ? intake_on_call_after(settings, TEXT_NONE)
			       : text_of(settings->queue)};
	decision_emit(d, schema_work_item_opened(), e.item, &e);
}

void work_finish(struct decision *d, struct uuid inquiry, uint32_t kinds)
{
	struct key prefix = intake_key(inquiry);
	struct work_view work;
	struct rows rows;

	rows_begin(&rows, &d->state, TREE_WORK_OF_INQUIRY, NULL, &prefix, NULL);
	while (next_open(&rows, kinds, &work)) {
		const struct work_item_done e = {.item = work.item};
		decision_emit(d, schema_work_item_done(), work.item, &e);
	}
	rows_end(&rows);
}

/* ---- commands -------------------------------------------------------------------------------- */

static enum err require_open(struct decision *d, struct uuid item, struct work_view *ret)
{
	if (d->actor.id.n == 0)
		return decision_refuse(d, ERR_INVALID, "actor.id", "must name the person");
	if (!work_get(&d->state, item, ret))
		return decision_refuse(d, ERR_NOT_FOUND, "item", "is not known here");
	if (ret->done_at)
		return decision_refuse(d, ERR_CONFLICT, "item", "is done already");
	return ERR_OK;
}

/* Once a person has an alert, what counts is the talk it calls for. */
static int64_t due_when_taken(struct decision *d, const struct work_view *work)
{
	const struct intake_settings *settings = state_settings(&d->state);
	int64_t soonest = d->now + settings->escalation_ms;
	struct intake_inquiry row;

	if (work->kind != work_kind_alert || !inquiry_get(&d->state, work->inquiry, &row))
		return 0;
	return row.view->target > soonest ? row.view->target : soonest;
}

enum err work_decide_take(struct decision *d, const void *command)
{
	const struct take_work_item *c = command;
	struct done *reply = d->reply;
	struct work_view work;
	enum err err = require_open(d, c->item, &work);

	if (err)
		return err;
	reply->id = c->item;
	if (work.taken_at && text_equal(work.owner, d->actor.id))
		return ERR_OK;
	if (work.taken_at && !text_is(d->actor.role, "manager"))
		return decision_refuse(d, ERR_CONFLICT, "item",
			"was taken by somebody else; a manager may move it");
	const struct work_item_taken e = {
		.item = c->item, .owner = d->actor.id, .due = due_when_taken(d, &work)};
	decision_emit(d, schema_work_item_taken(), c->item, &e);
	return ERR_OK;
}

/* What must happen to the inquiry before the item may go; NULL: nothing. */
static const char *still_needed(struct decision *d, const struct work_view *work)
{
	struct promise_view promise;
	struct intake_inquiry row;

	if (!inquiry_get(&d->state, work->inquiry, &row))
		return NULL;
	if (work->kind == work_kind_book_talk && row.view->state == inquiry_state_received)
		return "is needed until a talk is booked or held, or the inquiry is closed";
	if (work->kind == work_kind_triage && row.view->state == inquiry_state_talked)
		return "is needed until the inquiry is closed";
	if (work->kind == work_kind_promise_broken &&
		row.view->state == inquiry_state_talk_booked &&
		promise_last(&d->state, &row, &promise) && promise.state == promise_state_broken)
		return "is needed until the talk is held or moved, or the inquiry is closed";
	return NULL;
}

enum err work_decide_finish(struct decision *d, const void *command)
{
	const struct finish_work_item *c = command;
	struct done *reply = d->reply;
	struct work_view work;
	enum err err = require_open(d, c->item, &work);

	if (err)
		return err;
	const char *rule = still_needed(d, &work);
	if (rule)
		return decision_refuse(d, ERR_CONFLICT, "item", "%s", rule);
	const struct work_item_done e = {.item = c->item, .by = d->actor.id};
	decision_emit(d, schema_work_item_done(), c->item, &e);
	reply->id = c->item;
	return ERR_OK;
}

enum err work_decide_due(struct decision *d, struct uuid item, int64_t due)
{
	const struct intake_settings *settings = state_settings(&d->state);
	struct work_item_overdue e = {.item = item};
	struct work_view work;

	(void)due;
	if (!work_get(&d->state, item, &work) || work.done_at)
		return ERR_OK;
	e.owner = work.owner;
	if (work.kind == work_kind_alert && !work.taken_at) {
		e.owner = intake_on_call_after(settings, work.owner);
		e.due = d->now + settings->escalation_ms;
	} else {
		e.due = intake_end_of_working_day(settings, d->now, 1);
		if (!work.taken_at || work.times_late > 0)
			e.owner = text_of(settings->manager);
	}
	decision_emit(d, schema_work_item_overdue(), item, &e);
	return ERR_OK;
}

/* ---- applying -------------------------------------------------------------------------------- */

static void put_indexes(struct fold *fold, const struct work_view *work)
{
	struct key owner = intake_key_text_time_id(work->owner, work->due, work->item);
	struct key due = intake_key_time_id(work->due, work->item);

	fold_put(fold, TREE_WORK_OWNER, &owner, NULL, NULL);
	fold_put(fold, TREE_WORK_DUE, &due, NULL, NULL);
}

static void delete_indexes(struct fold *fold, const struct work_view *work)
{
	struct key owner = intake_key_text_time_id(work->owner, work->due, work->item);
	struct key due = intake_key_time_id(work->due, work->item);

	fold_delete(fold, TREE_WORK_OWNER, &owner);
	fold_delete(fold, TREE_WORK_DUE, &due);
}

static void put_work(struct fold *fold, const struct work_view *work)
{
	struct key key = intake_key(work->item);

	fold_put(fold, TREE_WORK, &key, schema_work_view(), work);
}

void work_apply_opened(struct fold *fold, const struct record *record, const void *event)
{
	const struct work_item_opened *e = event;
	struct key of = intake_key_pair(e->inquiry, e->item);
	const struct work_view work = {.item = e->item,
		.kind = e->kind,
		.inquiry = e->inquiry,
		.due = e->due,
		.owner = e->owner,
		.opened_at = intake_happened(record)};

	put_work(fold, &work);
	put_indexes(fold, &work);
	fold_put(fold, TREE_WORK_OF_INQUIRY, &of, NULL, NULL);
	fold_deadline(fold, record, DEADLINE_WORK, e->due);
	/* From here on the item's own due time watches over the inquiry. */
	if (e->kind == work_kind_book_talk)
		fold_deadline_clear(fold, e->inquiry, DEADLINE_BOOK);
	if (e->kind == work_kind_triage)
		fold_deadline_clear(fold, e->inquiry, DEADLINE_TRIAGE);
}

void work_apply_taken(struct fold *fold, const struct record *record, const void *event)
{
	const struct work_item_taken *e = event;
	struct work_view work;

	if (!work_get(&fold->state, e->item, &work))
		return;
	delete_indexes(fold, &work);
	work.owner = e->owner;
	work.taken_at = intake_happened(record);
	if (e->due) {
		work.due = e->due;
		fold_deadline(fold, record, DEADLINE_WORK, e->due);
	}
	put_indexes(fold, &work);
	put_work(fold, &work);
}

void work_apply_overdue(struct fold *fold, const struct record *record, const void *event)
{
	const struct work_item_overdue *e = event;
	struct work_view work;

	if (!work_get(&fold->state, e->item, &work))
		return;
	delete_indexes(fold, &work);
	if (!text_equal(work.owner, e->owner))
		work.taken_at = 0; /* it climbed out of the hands of whoever had it */
	work.owner = e->owner;
	work.due = e->due;
	work.times_late++;
	fold_deadline(fold, record, DEADLINE_WORK, e->due);
	put_indexes(fold, &work);
	put_work(fold, &work);
}

void work_apply_done(struct fold *fold, const struct record *record, const void *event)
{
	const struct work_item_done *e = event;
	struct work_view work;

	if (!work_get(&fold->state, e->item, &work))
		return;
	delete_indexes(fold, &work);
	work.done_at = intake_happened(record);
	work.done_by = e->by;
	fold_deadline_clear(fold, e->item, DEADLINE_WORK);
	put_work(fold, &work);
}
