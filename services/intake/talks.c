/* What may be done with a first talk, and what its deadlines lead to. Pure; state through
 * service.h. */
#include "services/intake/talks.h"

#include "common/clock.h"
#include "services/intake/inquiry.h"
#include "services/intake/offers.h"
#include "services/intake/slots.h"
#include "services/intake/work.h"

static const struct intake_settings *settings_of(struct decision *d)
{
	return state_settings(&d->state);
}

/* ---- promising ------------------------------------------------------------------------------- */

/* A warning to reporting and work for a person, once: the date, if any, is not what was published.
 */
static void warn_at_risk(struct decision *d, const struct inquiry_view *view, int64_t talk_at)
{
	const struct promise_at_risk e = {
		.inquiry = view->inquiry, .target = view->target, .talk_at = talk_at};

	if (d->historical || view->at_risk)
		return;
	decision_emit(d, schema_promise_at_risk(), view->inquiry, &e);
	work_open(d, work_kind_promise_at_risk, view->inquiry, view->target);
}

void talks_promise(
	struct decision *d, const struct inquiry_view *view, const struct slot *slot, int64_t ahead)
{
	const struct first_talk_booked e = {.inquiry = view->inquiry,
		.slot = slot->slot,
		.talk_at = slot->start,
		.mode = slot->mode,
		.ahead = ahead,
		.in_time = slot->start <= view->target,
		.broken_at = slot->start + settings_of(d)->grace_ms};

	decision_emit(d, schema_first_talk_booked(), view->inquiry, &e);
	if (!e.in_time)
		warn_at_risk(d, view, slot->start);
}

enum err talks_receipt(struct decision *d, const struct promise_reason *reason)
{
	const struct inquiry_view *view = reason->view;
	struct receipt *reply = d->reply;

	if (!reply)
		return ERR_OK;
	reply->inquiry = view->inquiry;
	reply->reference = view->reference;
	reply->state = view->state;
	reply->ahead = reason->ahead;
	reply->target = view->target;
	reply->added = reason->occasion == PROMISE_ADDED;
	if (reason->slot) {
		reply->talk_at = reason->slot->start;
		reply->mode = reason->slot->mode;
		reply->place = reason->slot->place;
	}
	reply->why = promise_why(settings_of(d), d->state.arena, reason);
	return reply->why.n ? ERR_OK : decision_refuse(d, ERR_BUSY, "", "too much in one turn");
}

/* The receipt of an inquiry that this decision brings into another state. */
static enum err receipt_after(struct decision *d, const struct intake_inquiry *row,
	enum inquiry_state state, const struct slot *slot)
{
	struct inquiry_view view = *row->view;

	view.state = state;
	return talks_receipt(d, &(struct promise_reason){&view, slot, inquiry_ahead(&d->state, row),
					slot ? PROMISE_BOOKED : PROMISE_CANCELLED});
}

/* The slot that was named, or the earliest suitable one from `from` on. */
static enum err choose_slot(struct decision *d, const struct inquiry_view *view, struct uuid named,
	struct slot_view *ret)
{
	const struct slot_need need = slot_need_of(view);
	int64_t from = d->now;

	if (!uuid_is_nil(named))
		return slot_require_free(d, named, ret);
	if (d->historical)
		return decision_refuse(d, ERR_INVALID, "slot", "is required of an import");
	if (view->state == inquiry_state_talk_booked && view->talk_at >= from)
		from = view->talk_at + 1;
	return slot_find(&d->state, &need, from, ret)
		       ? ERR_OK
		       : decision_refuse(d, ERR_CONFLICT, "slot", "no suitable time is free");
}

/* ---- booking --------------------------------------------------------------------------------- */

static void warn_unsuitable(
	struct decision *d, const struct inquiry_view *view, const struct slot *slot)
{
	const struct slot_need need = slot_need_of(view);
	struct receipt *reply = d->reply;
	struct text *at = slot_suits(slot, &need) ? NULL : arena_alloc(d->state.arena, sizeof(*at));

	if (!at)
		return;
	*at = text_of("slot: mode, language or life area are not what the inquiry asks for");
	reply->warnings.at = at;
	reply->warnings.n = 1;
}

enum err talks_decide_book(struct decision *d, const void *command)
{
	const struct book_first_talk *c = command;
	struct intake_inquiry row;
	struct slot_view slot;
	enum err err = inquiry_require(d, c->inquiry, &row);

	if (!err && row.view->state != inquiry_state_received)
		err = inquiry_refuse_state(d, &row, "booked");
	if (!err)
		err = choose_slot(d, row.view, c->slot, &slot);
	if (err)
		return err;
	talks_promise(d, row.view, slot.slot, inquiry_ahead(&d->state, &row));
	work_finish(d, c->inquiry, WORK_KIND(work_kind_book_talk));
	if (slot.slot->start <= row.view->target)
		work_finish(d, c->inquiry, WORK_KIND(work_kind_promise_at_risk));
	warn_unsuitable(d, row.view, slot.slot);
	return receipt_after(d, &row, inquiry_state_talk_booked, slot.slot);
}

/* ---- moving and cancelling ------------------------------------------------------------------- */

/* A booked talk, and whoever wishes the change may speak for that side. */
static enum err require_booked(
	struct decision *d, struct uuid inquiry, enum side by, struct intake_inquiry *ret)
{
	bool outside =
		text_is(d->actor.role, "citizen") || text_is(d->actor.role, "representative");
	enum err err = inquiry_require(d, inquiry, ret);

	if (!err && ret->view->state != inquiry_state_talk_booked)
		err = inquiry_refuse_state(d, ret, "moved or cancelled");
	if (!err && outside && by != side_citizen)
		err = decision_refuse(d, ERR_DENIED, "by", "this role speaks for the citizen only");
	return err;
}

enum err talks_decide_move(struct decision *d, const void *command)
{
	const struct move_first_talk *c = command;
	struct intake_inquiry row;
	struct slot_view slot;
	enum err err = require_booked(d, c->inquiry, c->by, &row);

	if (!err && uuid_equal(c->slot, row.view->slot))
		err = decision_refuse(d, ERR_CONFLICT, "slot", "is the booked one already");
	if (!err)
		err = choose_slot(d, row.view, c->slot, &slot);
	if (err)
		return err;
	const struct first_talk_moved e = {.inquiry = c->inquiry,
		.from_slot = row.view->slot,
		.slot = slot.slot->slot,
		.was_at = row.view->talk_at,
		.talk_at = slot.slot->start,
		.mode = slot.slot->mode,
		.by = c->by,
		.in_time = slot.slot->start <= row.view->target,
		.broken_at = slot.slot->start + settings_of(d)->grace_ms};
	decision_emit(d, schema_first_talk_moved(), c->inquiry, &e);
	work_finish(d, c->inquiry, WORK_KIND(work_kind_promise_broken));
	if (e.in_time)
		work_finish(d, c->inquiry, WORK_KIND(work_kind_promise_at_risk));
	else if (c->by == side_municipality)
		warn_at_risk(d, row.view, e.talk_at);
	offers_make_freed(d, e.from_slot);
	warn_unsuitable(d, row.view, slot.slot);
	return receipt_after(d, &row, inquiry_state_talk_booked, slot.slot);
}

enum err talks_decide_cancel(struct decision *d, const void *command)
{
	const struct cancel_first_talk *c = command;
	struct intake_inquiry row;
	enum err err = require_booked(d, c->inquiry, c->by, &row);

	if (err)
		return err;
	const struct first_talk_cancelled e = {.inquiry = c->inquiry,
		.slot = row.view->slot,
		.was_at = row.view->talk_at,
		.by = c->by};
	decision_emit(d, schema_first_talk_cancelled(), c->inquiry, &e);
	work_finish(d, c->inquiry, WORK_KIND(work_kind_promise_broken));
	if (c->by == side_municipality) {
		int64_t soon = intake_end_of_working_day(settings_of(d), d->now, 1);
		work_open(d, work_kind_book_talk, c->inquiry,
			row.view->target > soon ? row.view->target : soon);
	}
	offers_make_freed(d, e.slot);
	return receipt_after(d, &row, inquiry_state_received, NULL);
}

/* ---- holding --------------------------------------------------------------------------------- */

static enum err check_held_at(struct decision *d, const struct intake_inquiry *row, int64_t held_at)
{
	if (row->view->state != inquiry_state_received &&
		row->view->state != inquiry_state_talk_booked)
		return inquiry_refuse_state(d, row, "held");
	if (held_at > d->now)
		return decision_refuse(d, ERR_INVALID, "held_at", "lies in the future");
	if (held_at < row->view->since)
		return decision_refuse(
			d, ERR_INVALID, "held_at", "lies before the inquiry was received");
	return ERR_OK;
}

/* The booked time is used up by a talk on its day or later; an earlier talk leaves it free. */
static bool uses_slot(const struct inquiry_view *view, int64_t held_at)
{
	return view->state == inquiry_state_talk_booked &&
	       local_date(held_at) >= local_date(view->talk_at);
}

static enum talk_mode mode_held(enum talk_mode said, const struct inquiry_view *view)
{
	if (said)
		return said;
	return view->mode ? view->mode : talk_mode_venue;
}

enum err talks_decide_hold(struct decision *d, const void *command)
{
	const struct hold_first_talk *c = command;
	const struct intake_settings *settings = settings_of(d);
	int64_t held_at = c->held_at ? c->held_at : d->occurred_at;
	struct done *reply = d->reply;
	struct promise_view promise;
	struct intake_inquiry row;
	enum err err = inquiry_require(d, c->inquiry, &row);

	if (!err)
		err = check_held_at(d, &row, held_at);
	if (err)
		return err;
	bool booked = row.view->state == inquiry_state_talk_booked;
	bool used = uses_slot(row.view, held_at);
	const struct first_talk_held e = {.inquiry = c->inquiry,
		.held_at = held_at,
		.mode = mode_held(c->mode, row.view),
		.slot = used ? row.view->slot : (struct uuid){{0}},
		.kept = booked && promise_last(&d->state, &row, &promise) &&
			promise.state == promise_state_made &&
			held_at <= promise.talk_at + settings->grace_ms,
		.close_by = intake_end_of_working_day(settings, held_at, settings->triage_days)};
	decision_emit(d, schema_first_talk_held(), c->inquiry, &e);
	work_finish(d, c->inquiry, WORK_UNTIL_TALK);
	work_open(d, work_kind_triage, c->inquiry, e.close_by);
	if (booked && !used)
		offers_make_freed(d, row.view->slot);
	reply->id = c->inquiry;
	return ERR_OK;
}

/* ---- deadlines ------------------------------------------------------------------------------- */

enum err talks_decide_unbooked(struct decision *d, struct uuid inquiry, int64_t due)
{
	struct intake_inquiry row;

	(void)due;
	if (inquiry_get(&d->state, inquiry, &row) && row.view->state == inquiry_state_received)
		work_open(d, work_kind_book_talk, inquiry,
			intake_end_of_working_day(settings_of(d), d->now, 1));
	return ERR_OK;
}

enum err talks_decide_not_held(struct decision *d, struct uuid inquiry, int64_t due)
{
	const struct intake_settings *settings = settings_of(d);
	struct intake_inquiry row;

	(void)due;
	if (!inquiry_get(&d->state, inquiry, &row) || row.view->state != inquiry_state_talk_booked)
		return ERR_OK;
	const struct promise_broken e = {.inquiry = inquiry, .was_at = row.view->talk_at};
	decision_emit(d, schema_promise_broken(), inquiry, &e);
	work_open(d, work_kind_promise_broken, inquiry,
		intake_next_open(settings, d->now) + settings->repair_ms);
	return ERR_OK;
}

enum err talks_decide_untriaged(struct decision *d, struct uuid inquiry, int64_t due)
{
	struct intake_inquiry row;

	(void)due;
	if (inquiry_get(&d->state, inquiry, &row) && row.view->state == inquiry_state_talked)
		work_open(d, work_kind_triage, inquiry,
			intake_end_of_working_day(settings_of(d), d->now, 1));
	return ERR_OK;
}

/* ---- applying -------------------------------------------------------------------------------- */

static void set_talk(struct inquiry_view *view, struct uuid slot, int64_t at, enum talk_mode mode)
{
	view->slot = slot;
	view->talk_at = at;
	view->mode = mode;
}

void talks_apply_booked(struct fold *fold, const struct record *record, const void *event)
{
	const struct first_talk_booked *e = event;
	struct intake_inquiry row;

	if (!inquiry_get(&fold->state, e->inquiry, &row))
		return;
	inquiry_enter(fold, &row, inquiry_state_talk_booked);
	set_talk(row.view, e->slot, e->talk_at, e->mode);
	row.view->at_risk &= !e->in_time;
	row.waits = true;
	slot_take(fold, e->slot);
	promise_make(fold, record, &row);
	inquiry_put(fold, &row);
	fold_deadline_clear(fold, e->inquiry, DEADLINE_BOOK);
	if (e->broken_at)
		fold_deadline(fold, record, DEADLINE_TALK, e->broken_at);
}

void talks_apply_moved(struct fold *fold, const struct record *record, const void *event)
{
	const struct first_talk_moved *e = event;
	struct intake_inquiry row;

	if (!inquiry_get(&fold->state, e->inquiry, &row))
		return;
	slot_release(fold, e->from_slot);
	slot_take(fold, e->slot);
	promise_end(fold, record, &row,
		e->by == side_citizen ? promise_state_moved_by_citizen : promise_state_moved_by_us);
	set_talk(row.view, e->slot, e->talk_at, e->mode);
	row.view->at_risk &= !e->in_time;
	promise_make(fold, record, &row);
	inquiry_put(fold, &row);
	if (e->broken_at)
		fold_deadline(fold, record, DEADLINE_TALK, e->broken_at);
}

void talks_apply_cancelled(struct fold *fold, const struct record *record, const void *event)
{
	const struct first_talk_cancelled *e = event;
	struct intake_inquiry row;

	if (!inquiry_get(&fold->state, e->inquiry, &row))
		return;
	slot_release(fold, e->slot);
	promise_end(fold, record, &row,
		e->by == side_citizen ? promise_state_lapsed : promise_state_moved_by_us);
	inquiry_enter(fold, &row, inquiry_state_received);
	set_talk(row.view, (struct uuid){{0}}, 0, talk_mode_none);
	row.waits = e->by == side_municipality;
	inquiry_put(fold, &row);
	fold_deadline_clear(fold, e->inquiry, DEADLINE_TALK);
	fold_deadline(fold, record, DEADLINE_BOOK, row.view->target);
}

void talks_apply_held(struct fold *fold, const struct record *record, const void *event)
{
	const struct first_talk_held *e = event;
	struct intake_inquiry row;

	if (!inquiry_get(&fold->state, e->inquiry, &row))
		return;
	if (row.view->state == inquiry_state_talk_booked) {
		promise_end(
			fold, record, &row, e->kept ? promise_state_kept : promise_state_broken);
		if (uuid_is_nil(e->slot))
			slot_release(fold, row.view->slot);
	}
	inquiry_enter(fold, &row, inquiry_state_talked);
	set_talk(row.view, e->slot, e->held_at, e->mode);
	inquiry_put(fold, &row);
	fold_deadline_clear(fold, e->inquiry, DEADLINE_BOOK);
	fold_deadline_clear(fold, e->inquiry, DEADLINE_TALK);
	if (e->close_by)
		fold_deadline(fold, record, DEADLINE_TRIAGE, e->close_by);
}
