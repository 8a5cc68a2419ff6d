/* Answers to staff, copied from rows. Pure; state through service.h. */
#include "services/intake/queries.h"

#include "common/clock.h"
#include "proto/reference.h"
#include "services/intake/citizens.h"
#include "services/intake/inquiry.h"
#include "services/intake/slots.h"
#include "services/intake/work.h"

enum {
	PAGE = 50,
	WORDS_SHOWN = 8,
	PROMISES_SHOWN = 32,
	WORK_SHOWN = 32,
	INQUIRIES_SHOWN = 50,
	WORK_LOOKED_AT = 2000
};

static enum err too_much(struct question *q)
{
	return reason_set(q->reason, ERR_BUSY, "", "too much in one turn");
}

static enum err unknown(struct question *q, const char *field)
{
	return reason_set(q->reason, ERR_NOT_FOUND, field, "is not known here");
}

static size_t page_size(int64_t limit)
{
	return limit > 0 ? (size_t)limit : PAGE;
}

/* ---- one inquiry ----------------------------------------------------------------------------- */

static enum err find_inquiry(
	struct question *q, const struct show_inquiry *query, struct intake_inquiry *ret)
{
	char reference[REFERENCE_BYTES];
	struct rows rows;

	if (!uuid_is_nil(query->inquiry))
		return inquiry_get(&q->state, query->inquiry, ret) ? ERR_OK : unknown(q, "inquiry");
	if (query->reference.n == 0)
		return reason_set(
			q->reason, ERR_INVALID, "inquiry", "inquiry or reference is required");
	if (!reference_parse(query->reference.p, query->reference.n, reference))
		return reason_set(q->reason, ERR_INVALID, "reference",
			"eight characters of which the last one checks the others");
	struct key prefix = intake_key_text(text_of(reference));
	rows_begin(&rows, &q->state, TREE_REFERENCE, NULL, &prefix, NULL);
	bool found = rows_next(&rows, NULL) &&
		     inquiry_get(&q->state, intake_key_last_id(rows.scan.key), ret);
	rows_end(&rows);
	return found ? ERR_OK : unknown(q, "reference");
}

static void set_overdue(const struct question *q, struct work_view *work)
{
	work->overdue = !work->done_at && (work->due < q->now || work->times_late > 0);
}

static void show_work(struct question *q, struct uuid inquiry, struct inquiry_reply *reply)
{
	struct key prefix = intake_key(inquiry);
	struct rows rows;

	rows_begin(&rows, &q->state, TREE_WORK_OF_INQUIRY, NULL, &prefix, NULL);
	while (rows_next(&rows, NULL)) {
		if (reply->work.n == WORK_SHOWN) {
			reply->more = true;
			break;
		}
		struct work_view *work = &reply->work.at[reply->work.n];
		if (!work_get(&q->state, intake_key_last_id(rows.scan.key), work))
			continue;
		set_overdue(q, work);
		reply->work.n++;
	}
	rows_end(&rows);
}

static void show_words(struct question *q, struct uuid inquiry, struct inquiry_reply *reply)
{
	struct key prefix = intake_key(inquiry);
	struct words_view words;
	struct rows rows;

	rows_begin(&rows, &q->state, TREE_WORDS, schema_words_view(), &prefix, NULL);
	while (rows_next(&rows, &words)) {
		if (reply->words.n == WORDS_SHOWN) {
			reply->more = true;
			break;
		}
		reply->words.at[reply->words.n++] = words;
	}
	rows_end(&rows);
}

static void show_promises(struct question *q, struct uuid inquiry, struct inquiry_reply *reply)
{
	struct key prefix = intake_key(inquiry);
	struct promise_view promise;
	struct rows rows;

	rows_begin(&rows, &q->state, TREE_PROMISE, schema_promise_view(), &prefix, NULL);
	while (rows_next(&rows, &promise)) {
		if (reply->promises.n == PROMISES_SHOWN) {
			reply->more = true;
			break;
		}
		reply->promises.at[reply->promises.n++] = promise;
	}
	rows_end(&rows);
}

enum err queries_show_inquiry(struct question *q, const void *query, void *ret_reply)
{
	struct inquiry_reply *reply = ret_reply;
	struct intake_inquiry row;
	enum err err = find_inquiry(q, query, &row);

	if (err)
		return err;
	reply->inquiry = row.view;
	reply->words.at = arena_alloc(q->state.arena, WORDS_SHOWN * sizeof(*reply->words.at));
	reply->promises.at =
		arena_alloc(q->state.arena, PROMISES_SHOWN * sizeof(*reply->promises.at));
	reply->work.at = arena_alloc(q->state.arena, WORK_SHOWN * sizeof(*reply->work.at));
	if (!reply->words.at || !reply->promises.at || !reply->work.at)
		return too_much(q);
	show_words(q, row.view->inquiry, reply);
	show_promises(q, row.view->inquiry, reply);
	show_work(q, row.view->inquiry, reply);
	return ERR_OK;
}

/* ---- pages ----------------------------------------------------------------------------------- */

enum err queries_list_inquiries(struct question *q, const void *query, void *ret_reply)
{
	const struct list_inquiries *c = query;
	struct inquiries_reply *reply = ret_reply;
	enum inquiry_state state = c->state ? c->state : inquiry_state_received;
	struct key prefix = intake_key_state(state), from = prefix;
	size_t limit = page_size(c->limit);
	struct intake_inquiry row;
	struct rows rows;

	if (!uuid_is_nil(c->after)) {
		if (!inquiry_get(&q->state, c->after, &row))
			return unknown(q, "after");
		key_add_time(&from, row.view->since);
		key_add_uuid(&from, c->after);
	}
	reply->inquiries.at = arena_alloc(q->state.arena, limit * sizeof(*reply->inquiries.at));
	if (!reply->inquiries.at)
		return too_much(q);
	reply->open = inquiry_count(&q->state).open;
	rows_begin(&rows, &q->state, TREE_BY_STATE, NULL, &prefix, &from);
	while (rows_next(&rows, NULL)) {
		struct uuid inquiry = intake_key_last_id(rows.scan.key);
		if (uuid_equal(inquiry, c->after) || !inquiry_get(&q->state, inquiry, &row))
			continue;
		if (reply->inquiries.n == limit) {
			reply->next = reply->inquiries.at[limit - 1].inquiry;
			break;
		}
		reply->inquiries.at[reply->inquiries.n++] = *row.view;
	}
	rows_end(&rows);
	return ERR_OK;
}

enum err queries_list_slots(struct question *q, const void *query, void *ret_reply)
{
	const struct list_slots *c = query;
	struct slots_reply *reply = ret_reply;
	struct key from = intake_key_time(c->from ? c->from : q->now);
	size_t limit = page_size(c->limit);
	struct slot_view view;
	struct rows rows;

	if (!uuid_is_nil(c->after)) {
		if (!slot_get(&q->state, c->after, &view))
			return unknown(q, "after");
		from = intake_key_time_id(view.slot->start, c->after);
	}
	reply->slots.at = arena_alloc(q->state.arena, limit * sizeof(*reply->slots.at));
	if (!reply->slots.at)
		return too_much(q);
	rows_begin(&rows, &q->state, TREE_SLOT_FREE, NULL, NULL, &from);
	while (rows_next(&rows, NULL)) {
		struct uuid slot = intake_key_last_id(rows.scan.key);
		if (uuid_equal(slot, c->after) || !slot_get(&q->state, slot, &view))
			continue;
		if (reply->slots.n == limit) {
			reply->next = reply->slots.at[limit - 1].slot->slot;
			break;
		}
		reply->slots.at[reply->slots.n++] = view;
	}
	rows_end(&rows);
	return ERR_OK;
}

/* Adds the work that is asked for; false when the page is full. */
static bool add_work(
	struct question *q, const struct list_work *c, struct uuid item, struct work_reply *reply)
{
	struct work_view work;

	if (uuid_equal(item, c->after) || !work_get(&q->state, item, &work))
		return true;
	set_overdue(q, &work);
	if (c->overdue && !work.overdue)
		return true;
	if (reply->work.n == page_size(c->limit)) {
		reply->next = reply->work.at[reply->work.n - 1].item;
		return false;
	}
	reply->work.at[reply->work.n++] = work;
	return true;
}

enum err queries_list_work(struct question *q, const void *query, void *ret_reply)
{
	const struct list_work *c = query;
	struct work_reply *reply = ret_reply;
	bool all = c->owner.n == 0;
	struct key prefix = all ? (struct key){0} : intake_key_text(c->owner), from = prefix;
	struct work_view after;
	struct rows rows;

	if (!uuid_is_nil(c->after)) {
		if (!work_get(&q->state, c->after, &after))
			return unknown(q, "after");
		key_add_time(&from, after.due);
		key_add_uuid(&from, c->after);
	}
	reply->work.at = arena_alloc(q->state.arena, page_size(c->limit) * sizeof(*reply->work.at));
	if (!reply->work.at)
		return too_much(q);
	rows_begin(&rows, &q->state, all ? TREE_WORK_DUE : TREE_WORK_OWNER, NULL, &prefix, &from);
	for (int i = 0; rows_next(&rows, NULL); i++) {
		struct uuid item = intake_key_last_id(rows.scan.key);
		if (i == WORK_LOOKED_AT) {
			reply->next = item;
			break;
		}
		if (!add_work(q, c, item, reply))
			break;
	}
	rows_end(&rows);
	return ERR_OK;
}

/* ---- citizens -------------------------------------------------------------------------------- */

static enum err show_citizen(struct question *q, struct uuid citizen, struct citizen_reply *reply)
{
	struct key prefix = intake_key(citizen);
	struct intake_inquiry row;
	struct rows rows;

	reply->citizen = arena_alloc(q->state.arena, sizeof(*reply->citizen));
	reply->inquiries.at =
		arena_alloc(q->state.arena, INQUIRIES_SHOWN * sizeof(*reply->inquiries.at));
	if (!reply->citizen || !reply->inquiries.at)
		return too_much(q);
	bool known = citizen_get(&q->state, citizen, reply->citizen);
	reply->citizen->citizen = citizen;
	rows_begin_down(&rows, &q->state, TREE_CITIZEN_INQUIRY, NULL, &prefix, NULL);
	while (reply->inquiries.n < INQUIRIES_SHOWN && rows_next(&rows, NULL))
		if (inquiry_get(&q->state, intake_key_last_id(rows.scan.key), &row))
			reply->inquiries.at[reply->inquiries.n++] = *row.view;
	rows_end(&rows);
	return known || reply->inquiries.n > 0 ? ERR_OK : unknown(q, "citizen");
}

enum err queries_show_citizen(struct question *q, const void *query, void *ret_reply)
{
	const struct show_citizen *c = query;

	return show_citizen(q, c->citizen, ret_reply);
}

enum err queries_find_citizen(struct question *q, const void *query, void *ret_reply)
{
	const struct find_citizen *c = query;
	struct citizen_reply *reply = ret_reply;
	struct citizen_number number;
	struct uuid citizen;
	enum err err = citizen_read_number(&q->state, c->number, q->reason, &number);

	if (err)
		return err;
	if (!citizen_by_lookup(&q->state, number.lookup, &citizen))
		return unknown(q, "number");
	if (!uuid_is_nil(c->citizen) && !uuid_equal(c->citizen, citizen))
		return reason_set(q->reason, ERR_CONFLICT, "citizen", "is not the one with it");
	err = show_citizen(q, citizen, reply);
	if (!err)
		reply->warnings.n =
			citizen_number_warnings(&q->state, &number, q->now, &reply->warnings.at);
	return err;
}
