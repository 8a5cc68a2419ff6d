/* The life of an inquiry: its row, its place in the queue, its end. Pure; state through service.h.
 */
#include "services/intake/inquiry.h"

#include "services/intake/offers.h"
#include "services/intake/promise.h"
#include "services/intake/register.h"
#include "services/intake/slots.h"
#include "services/intake/work.h"

/* More before it than this are not counted one by one. */
enum { AHEAD_COUNTED = 200, OPEN_OF_LOOKED_AT = 16 };

bool inquiry_get(struct state *state, struct uuid inquiry, struct intake_inquiry *ret)
{
	struct key key = intake_key(inquiry);

	return state_get(state, TREE_INQUIRY, &key, schema_intake_inquiry(), ret);
}

enum err inquiry_require(struct decision *d, struct uuid inquiry, struct intake_inquiry *ret)
{
	return inquiry_get(&d->state, inquiry, ret)
		       ? ERR_OK
		       : decision_refuse(d, ERR_NOT_FOUND, "inquiry", "is not known here");
}

enum err inquiry_refuse_state(
	struct decision *d, const struct intake_inquiry *row, const char *wish)
{
	static const char *const states[] = {[inquiry_state_none] = "",
		[inquiry_state_received] = "has no talk booked",
		[inquiry_state_talk_booked] = "has a talk booked",
		[inquiry_state_talked] = "had its first talk",
		[inquiry_state_closed] = "is closed"};

	return decision_refuse(
		d, ERR_CONFLICT, "inquiry", "%s and cannot be %s", states[row->view->state], wish);
}

/* ---- the queue ------------------------------------------------------------------------------- */

static bool is_waiting(enum inquiry_state state)
{
	return state == inquiry_state_received || state == inquiry_state_talk_booked;
}

struct intake_count inquiry_count(struct state *state)
{
	struct key key = intake_key_count();
	struct intake_count count;

	if (!state_get(state, TREE_COUNT, &key, schema_intake_count(), &count))
		count = (struct intake_count){0};
	return count;
}

static int64_t count_before(
	struct state *state, const struct inquiry_view *view, enum inquiry_state waiting)
{
	struct key prefix = intake_key_state(waiting);
	struct key end = prefix;
	struct rows rows;
	int64_t n = 0;

	key_add_time(&end, view->since);
	key_add_uuid(&end, view->inquiry);
	rows_begin(&rows, state, TREE_BY_STATE, NULL, &prefix, NULL);
	while (n < AHEAD_COUNTED && rows_next(&rows, NULL) &&
		bytes_compare(rows.scan.key, key_bytes(&end)) < 0)
		n++;
	rows_end(&rows);
	return n;
}

int64_t inquiry_ahead(struct state *state, const struct intake_inquiry *row)
{
	int64_t received = count_before(state, row->view, inquiry_state_received);
	int64_t booked = count_before(state, row->view, inquiry_state_talk_booked);

	if (received < AHEAD_COUNTED && booked < AHEAD_COUNTED)
		return received + booked;
	int64_t others = inquiry_count(state).open - 1;
	return row->ahead < others ? row->ahead : others;
}

bool inquiry_open_of(struct state *state, struct uuid citizen, struct intake_inquiry *ret)
{
	struct key prefix = intake_key(citizen);
	struct rows rows;
	bool found = false;

	rows_begin_down(&rows, state, TREE_CITIZEN_INQUIRY, NULL, &prefix, NULL);
	for (int i = 0; !found && i < OPEN_OF_LOOKED_AT && rows_next(&rows, NULL); i++)
		found = inquiry_get(state, intake_key_last_id(rows.scan.key), ret) &&
			ret->view->state != inquiry_state_closed;
	rows_end(&rows);
	return found;
}

static void change_count(struct fold *fold, int open, int received)
{
	struct key key = intake_key_count();
	struct intake_count count = inquiry_count(&fold->state);

	count.open += open;
	count.received += received;
	if (open || received)
		fold_put(fold, TREE_COUNT, &key, schema_intake_count(), &count);
}

void inquiry_put(struct fold *fold, const struct intake_inquiry *row)
{
	struct key key = intake_key(row->view->inquiry);

	fold_put(fold, TREE_INQUIRY, &key, schema_intake_inquiry(), row);
}

void inquiry_enter(struct fold *fold, struct intake_inquiry *row, enum inquiry_state state)
{
	struct key key = intake_key_by_state(row->view);

	change_count(fold, is_waiting(state) - is_waiting(row->view->state), !row->view->state);
	if (row->view->state)
		fold_delete(fold, TREE_BY_STATE, &key);
	row->view->state = state;
	key = intake_key_by_state(row->view);
	fold_put(fold, TREE_BY_STATE, &key, NULL, NULL);
}

/* ---- closing --------------------------------------------------------------------------------- */

static enum err check_closing(
	struct decision *d, const struct intake_inquiry *row, const struct close_inquiry *c)
{
	const struct inquiry_view *view = row->view;
	bool goes_on = c->closing == closing_referred || c->closing == closing_plan_opened;

	if (view->state == inquiry_state_closed)
		return decision_refuse(d, ERR_CONFLICT, "inquiry", "is closed already");
	if (!uuid_is_nil(c->citizen) && !uuid_equal(c->citizen, view->citizen))
		return decision_refuse(
			d, ERR_CONFLICT, "citizen", "is not the one whom the inquiry is about");
	if (goes_on && c->referred_to.n == 0)
		return decision_refuse(d, ERR_INVALID, "referred_to", "is required when it is %s",
			enum_word(words_closing, c->closing));
	if (c->closing == closing_plan_opened && view->state != inquiry_state_talked)
		return decision_refuse(
			d, ERR_CONFLICT, "closing", "a plan is opened after the first talk");
	if (register_knows(&d->state, c->plan))
		return decision_refuse(d, ERR_CONFLICT, "plan", "is in use already");
	return ERR_OK;
}

void inquiry_close(struct decision *d, const struct intake_inquiry *row,
	const struct inquiry_closed *e, struct uuid plan)
{
	const struct intake_settings *settings = state_settings(&d->state);

	decision_emit(d, schema_inquiry_closed(), e->inquiry, e);
	work_finish(d, e->inquiry, WORK_ALL_KINDS);
	if (e->closing == closing_plan_opened &&
		!register_refer(d, &(struct referral){row->view, e->referred_to, plan}))
		work_open(d, work_kind_refer, e->inquiry,
			intake_end_of_working_day(settings, d->now, settings->triage_days));
	if (row->view->state == inquiry_state_talk_booked)
		offers_make_freed(d, row->view->slot);
}

enum err inquiry_decide_close(struct decision *d, const void *command)
{
	const struct close_inquiry *c = command;
	struct done *reply = d->reply;
	struct intake_inquiry row;
	enum err err = inquiry_require(d, c->inquiry, &row);

	if (!err)
		err = check_closing(d, &row, c);
	if (err)
		return err;
	inquiry_close(d, &row,
		&(struct inquiry_closed){.inquiry = c->inquiry,
			.citizen = row.view->citizen,
			.closing = c->closing,
			.referred_to = c->referred_to,
			.note = c->note},
		c->plan);
	reply->id = c->inquiry;
	return ERR_OK;
}

/* ---- applying -------------------------------------------------------------------------------- */

/* After the last of that inquiry: numbers of records differ between runs over the same facts. */
static void put_words(struct fold *fold, struct uuid inquiry, const struct words_view *words)
{
	struct key prefix = intake_key(inquiry);
	struct rows rows;
	int64_t number = 1;

	rows_begin_down(&rows, &fold->state, TREE_WORDS, NULL, &prefix, NULL);
	if (rows_next(&rows, NULL))
		number = intake_key_last_number(rows.scan.key) + 1;
	rows_end(&rows);
	struct key key = intake_key_number(inquiry, number);
	fold_put(fold, TREE_WORDS, &key, schema_words_view(), words);
}

static void put_new(struct fold *fold, struct intake_inquiry *row)
{
	const struct inquiry_view *view = row->view;
	struct key reference = intake_key_text_id(view->reference, view->inquiry);
	struct key of_citizen = intake_key_citizen_inquiry(view);

	fold_put(fold, TREE_REFERENCE, &reference, NULL, NULL);
	fold_put(fold, TREE_CITIZEN_INQUIRY, &of_citizen, NULL, NULL);
	inquiry_enter(fold, row, inquiry_state_received);
	inquiry_put(fold, row);
}

void inquiry_apply_received(struct fold *fold, const struct record *record, const void *event)
{
	const struct inquiry_received *e = event;
	struct inquiry_view view = {.inquiry = e->inquiry,
		.reference = e->reference,
		.citizen = e->citizen,
		.since = intake_happened(record),
		.target = e->target,
		.channel = e->channel,
		.asker = e->asker,
		.life_areas = {e->life_areas.n, e->life_areas.at},
		.urgency = e->urgency,
		.language = e->language,
		.interpreter = e->interpreter,
		.prefers = e->prefers,
		.age_band = e->age_band,
		.consent = e->consent};
	struct intake_inquiry row = {.view = &view, .waits = true, .ahead = e->ahead};

	put_new(fold, &row);
	put_words(fold, e->inquiry,
		&(struct words_view){.at = view.since,
			.channel = e->channel,
			.asker = e->asker,
			.citizen = e->citizen,
			.words = e->words,
			.first_sign = e->first_sign,
			.from = e->from,
			.contact = e->contact,
			.contact_at = e->contact_at,
			.asker_name = e->asker_name});
	fold_deadline(fold, record, DEADLINE_BOOK, e->target);
}

void inquiry_apply_words_added(struct fold *fold, const struct record *record, const void *event)
{
	const struct words_added *e = event;
	struct intake_inquiry row;

	if (!inquiry_get(&fold->state, e->inquiry, &row))
		return;
	put_words(fold, e->inquiry,
		&(struct words_view){.at = intake_happened(record),
			.channel = e->channel,
			.asker = e->asker,
			.citizen = e->citizen,
			.words = e->words,
			.first_sign = e->first_sign,
			.from = e->from,
			.contact = e->contact,
			.contact_at = e->contact_at,
			.asker_name = e->asker_name});
	row.view->consent |= e->consent;
	if (e->urgency) {
		row.view->urgency = e->urgency;
		row.view->target = e->target;
		if (row.view->state == inquiry_state_received)
			fold_deadline(fold, record, DEADLINE_BOOK, e->target);
	}
	inquiry_put(fold, &row);
}

void inquiry_apply_closed(struct fold *fold, const struct record *record, const void *event)
{
	const struct inquiry_closed *e = event;
	struct intake_inquiry row;

	if (!inquiry_get(&fold->state, e->inquiry, &row))
		return;
	if (row.view->state == inquiry_state_talk_booked) {
		promise_end(fold, record, &row, promise_state_lapsed);
		slot_release(fold, row.view->slot);
	}
	inquiry_enter(fold, &row, inquiry_state_closed);
	row.view->closing = e->closing;
	row.view->referred_to = e->referred_to;
	row.view->closed_at = intake_happened(record);
	inquiry_put(fold, &row);
	if (e->note.n)
		put_words(fold, e->inquiry,
			&(struct words_view){
				.at = row.view->closed_at, .citizen = e->citizen, .note = e->note});
	fold_deadline_clear(fold, e->inquiry, DEADLINE_BOOK);
	fold_deadline_clear(fold, e->inquiry, DEADLINE_TALK);
	fold_deadline_clear(fold, e->inquiry, DEADLINE_TRIAGE);
}
