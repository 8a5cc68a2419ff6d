/* Receiving an inquiry: who it is about, whether one is open already, and the earliest talk. Pure;
 * state through service.h. */
#include "services/intake/arrivals.h"

#include <string.h>

#include "common/clock.h"
#include "proto/reference.h"
#include "services/intake/citizens.h"
#include "services/intake/inquiry.h"
#include "services/intake/slots.h"
#include "services/intake/talks.h"
#include "services/intake/work.h"

enum { REFERENCE_TRIES = 8, REFERENCE_DIGITS = 7, REFERENCES_A_STEP = 16 };

/* One arrival on its way through the decision. */
struct arrival {
	const struct receive_inquiry *c;
	const struct intake_settings *settings;
	struct citizen_claim claim;
	struct citizen_found found;
	struct uuid from;
	enum urgency urgency;
	int64_t target;
};

/* ---- what may be said ------------------------------------------------------------------------ */

/* Somebody who does not say who they are is neither asked nor kept (SEL section 10). */
static enum err check_anonymous(struct decision *d, const struct receive_inquiry *c)
{
	const struct {
		const char *field;
		bool given;
	} rows[] = {
		{"citizen", !uuid_is_nil(c->citizen)},
		{"number", c->number.n > 0},
		{"name", c->name.n > 0},
		{"contact", c->contact && c->contact != contact_not_at_all},
		{"contact_at", c->contact_at.n > 0},
		{"asker_name", c->asker_name.n > 0},
	};

	for (size_t i = 0; c->asker == asker_anonymous && i < sizeof(rows) / sizeof(rows[0]); i++)
		if (rows[i].given)
			return decision_refuse(d, ERR_INVALID, rows[i].field,
				"must be left out when the asker is anonymous: no identity is "
				"kept");
	return ERR_OK;
}

static enum err check_said(struct decision *d, const struct receive_inquiry *c)
{
	struct intake_inquiry row;
	enum err err = check_anonymous(d, c);

	if (!err && !uuid_is_nil(c->inquiry) && inquiry_get(&d->state, c->inquiry, &row))
		err = decision_refuse(d, ERR_CONFLICT, "inquiry", "is in use by another inquiry");
	return err;
}

static enum err find_whom(struct decision *d, struct arrival *arrival)
{
	const struct receive_inquiry *c = arrival->c;
	bool self = c->asker == asker_citizen || c->asker == asker_anonymous;

	arrival->claim =
		(struct citizen_claim){.citizen = c->citizen, .number = c->number, .name = c->name};
	enum err err = citizen_resolve(d, &arrival->claim, &arrival->found);
	if (err)
		return err;
	arrival->from = self ? arrival->found.citizen : decision_uuid(d);
	arrival->urgency = c->urgency ? c->urgency : urgency_normal;
	arrival->target = promise_target(arrival->settings, arrival->urgency, d->occurred_at);
	return ERR_OK;
}

/* A person must know at once, whatever the calendar says. */
static void call_people(struct decision *d, const struct arrival *arrival, struct uuid inquiry)
{
	if (arrival->urgency == urgency_acute)
		work_open(d, work_kind_alert, inquiry, 0);
	if (arrival->urgency == urgency_child_concern)
		work_open(d, work_kind_child_concern, inquiry, arrival->target);
}

/* ---- an inquiry is open already -------------------------------------------------------------- */

/* Emits what was said; a higher urgency than before counts from now on. */
static void emit_words(struct decision *d, const struct arrival *arrival, bool rises,
	const struct inquiry_view *view)
{
	const struct receive_inquiry *c = arrival->c;
	const struct words_added e = {.inquiry = view->inquiry,
		.citizen = view->citizen,
		.words = c->words,
		.channel = c->channel,
		.asker = c->asker,
		.first_sign = c->first_sign,
		.urgency = rises ? view->urgency : urgency_none,
		.target = rises ? view->target : 0,
		.consent = c->consent,
		.from = arrival->from,
		.contact = c->contact,
		.contact_at = c->contact_at,
		.asker_name = c->asker_name};

	decision_emit(d, schema_words_added(), view->inquiry, &e);
}

/* The limit that came nearer may leave a promised date behind it. */
static void watch_raised(struct decision *d, const struct inquiry_view *view)
{
	const struct promise_at_risk e = {
		.inquiry = view->inquiry, .target = view->target, .talk_at = view->talk_at};

	if (view->state != inquiry_state_talk_booked || view->talk_at <= view->target ||
		view->at_risk)
		return;
	decision_emit(d, schema_promise_at_risk(), view->inquiry, &e);
	work_open(d, work_kind_promise_at_risk, view->inquiry, view->target);
}

static enum err add_words(
	struct decision *d, const struct arrival *arrival, const struct intake_inquiry *open)
{
	struct inquiry_view view = *open->view;
	bool rises = arrival->urgency < view.urgency;
	struct slot_view slot;
	bool booked =
		view.state == inquiry_state_talk_booked && slot_get(&d->state, view.slot, &slot);

	citizen_register(d, &arrival->claim, &arrival->found);
	if (rises) {
		view.urgency = arrival->urgency;
		view.target = arrival->target < view.target ? arrival->target : view.target;
	}
	emit_words(d, arrival, rises, &view);
	if (rises) {
		call_people(d, arrival, view.inquiry);
		watch_raised(d, &view);
	}
	return talks_receipt(d, &(struct promise_reason){&view, booked ? slot.slot : NULL,
					inquiry_ahead(&d->state, open), PROMISE_ADDED});
}

/* ---- a new one ------------------------------------------------------------------------------- */

/* The bits whose reference begins with four characters that move on slowly and ends in three random
 * ones: new references lie beside each other in their tree (one page for many, where random ones
 * dirty a page each), and none tells the next. */
static uint64_t reference_bits(int64_t received, uint64_t random)
{
	static const uint64_t base = 29, ordered = 29 * 29 * 29 * 29, end = 29 * 29 * 29;
	uint64_t number = (uint64_t)received / REFERENCES_A_STEP % ordered * end + random % end;
	uint64_t bits = 0;

	/* reference_make writes the lowest digit first. */
	for (int i = 0; i < REFERENCE_DIGITS; i++) {
		bits = bits * base + number % base;
		number /= base;
	}
	return bits;
}

static bool make_reference(struct decision *d, int64_t received, struct text *ret)
{
	char reference[REFERENCE_BYTES];

	for (int i = 0; i < REFERENCE_TRIES; i++) {
		struct uuid random = decision_uuid(d);
		struct rows rows;
		reference_make(reference_bits(received, get_u64(random.b + 8)), reference);
		struct key prefix = intake_key_text(text_of(reference));
		rows_begin(&rows, &d->state, TREE_REFERENCE, NULL, &prefix, NULL);
		bool taken = rows_next(&rows, NULL);
		rows_end(&rows);
		if (taken)
			continue;
		*ret = text_of(arena_copy(d->state.arena, reference, strlen(reference)));
		return ret->n > 0;
	}
	return false;
}

static void describe(struct decision *d, const struct arrival *arrival, struct inquiry_view *ret)
{
	const struct receive_inquiry *c = arrival->c;

	*ret = (struct inquiry_view){
		.inquiry = uuid_is_nil(c->inquiry) ? decision_uuid(d) : c->inquiry,
		.citizen = arrival->found.citizen,
		.state = inquiry_state_received,
		.since = d->occurred_at,
		.target = arrival->target,
		.channel = c->channel,
		.asker = c->asker,
		.life_areas = {c->life_areas.n, c->life_areas.at},
		.urgency = arrival->urgency,
		.language = c->language,
		.interpreter = c->interpreter,
		.prefers = c->prefers,
		.age_band = citizen_age_band(arrival->found.birth_date, local_date(d->occurred_at)),
		.consent = c->consent};
}

static void emit_received(struct decision *d, const struct arrival *arrival,
	const struct inquiry_view *view, int64_t ahead)
{
	const struct receive_inquiry *c = arrival->c;
	const struct inquiry_received e = {.inquiry = view->inquiry,
		.reference = view->reference,
		.citizen = view->citizen,
		.from = arrival->from,
		.channel = view->channel,
		.asker = view->asker,
		.life_areas = {view->life_areas.n, view->life_areas.at},
		.urgency = view->urgency,
		.target = view->target,
		.words = c->words,
		.first_sign = c->first_sign,
		.language = view->language,
		.interpreter = view->interpreter,
		.contact = c->contact,
		.contact_at = c->contact_at,
		.asker_name = c->asker_name,
		.age_band = view->age_band,
		.consent = view->consent,
		.prefers = view->prefers,
		.ahead = ahead};

	decision_emit(d, schema_inquiry_received(), view->inquiry, &e);
}

/* The earliest talk that suits, or the honest word that there is none. */
static const struct slot *promise_talk(
	struct decision *d, struct inquiry_view *view, int64_t ahead, struct slot_view *slot)
{
	const struct slot_need need = slot_need_of(view);
	const struct promise_at_risk none = {.inquiry = view->inquiry, .target = view->target};

	if (d->historical)
		return NULL;
	if (slot_find(&d->state, &need, d->now, slot)) {
		talks_promise(d, view, slot->slot, ahead);
		view->state = inquiry_state_talk_booked;
		return slot->slot;
	}
	decision_emit(d, schema_promise_at_risk(), view->inquiry, &none);
	work_open(d, work_kind_book_talk, view->inquiry, view->target);
	return NULL;
}

static enum err begin_inquiry(struct decision *d, const struct arrival *arrival)
{
	const struct intake_count count = inquiry_count(&d->state);
	int64_t ahead = count.open;
	struct inquiry_view view;
	struct slot_view slot;

	describe(d, arrival, &view);
	if (!make_reference(d, count.received, &view.reference))
		return decision_refuse(
			d, ERR_BUSY, "reference", "no free one was found; try again");
	citizen_register(d, &arrival->claim, &arrival->found);
	emit_received(d, arrival, &view, ahead);
	const struct slot *booked = promise_talk(d, &view, ahead, &slot);
	call_people(d, arrival, view.inquiry);
	return talks_receipt(d, &(struct promise_reason){&view, booked, ahead,
					d->historical ? PROMISE_IMPORTED : PROMISE_ARRIVED});
}

enum err arrivals_decide_receive(struct decision *d, const void *command)
{
	struct arrival arrival = {.c = command, .settings = state_settings(&d->state)};
	struct receipt *reply = d->reply;
	struct intake_inquiry open;
	enum err err = check_said(d, arrival.c);

	if (!err)
		err = find_whom(d, &arrival);
	if (err)
		return err;
	reply->warnings.n = citizen_number_warnings(
		&d->state, &arrival.found.number, d->occurred_at, &reply->warnings.at);
	/* What is imported was two inquiries if it says so. */
	if (!d->historical && inquiry_open_of(&d->state, arrival.found.citizen, &open))
		return add_words(d, &arrival, &open);
	return begin_inquiry(d, &arrival);
}
