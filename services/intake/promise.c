/* Published limits, the reason of a date in words, and the ledger of promises. Pure; state through
 * service.h. */
#include "services/intake/promise.h"

#include <stdio.h>

#include "common/clock.h"
#include "services/intake/inquiry.h"

enum { LAST_MINUTE_OF_DAY = 24 * 60 - 1 };

int64_t promise_target(
	const struct intake_settings *settings, enum urgency urgency, int64_t received)
{
	if (urgency == urgency_acute)
		return local_time(local_date(received), LAST_MINUTE_OF_DAY);
	if (urgency == urgency_child_concern)
		return received + settings->child_concern_ms;
	return intake_end_of_working_day(settings, received,
		urgency == urgency_soon ? settings->soon_days : settings->normal_days);
}

/* ---- words ----------------------------------------------------------------------------------- */

void promise_moment(int64_t ms, bool minute, char ret[MOMENT_BYTES])
{
	static const char *const days[] = {
		"Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday"};
	static const char *const months[] = {"January", "February", "March", "April", "May", "June",
		"July", "August", "September", "October", "November", "December"};
	int64_t date = local_date(ms);
	int at = local_minute(ms);
	int n = snprintf(ret, MOMENT_BYTES, "%s %d %s", days[date_weekday(date) - 1],
		(int)(date % 100), months[date / 100 % 100 - 1]);

	if (minute && n > 0 && n < MOMENT_BYTES)
		snprintf(ret + n, (size_t)(MOMENT_BYTES - n), " %02d:%02d", at / 60, at % 60);
}

static void limit_words(
	const struct intake_settings *settings, enum urgency urgency, char ret[MOMENT_BYTES])
{
	int64_t days = urgency == urgency_soon ? settings->soon_days : settings->normal_days;
	int64_t minutes = settings->child_concern_ms / MS_PER_MINUTE;

	if (urgency == urgency_acute)
		snprintf(ret, MOMENT_BYTES, "the same day");
	else if (urgency == urgency_child_concern && minutes % 60)
		snprintf(ret, MOMENT_BYTES, "%lld minutes", (long long)minutes);
	else if (urgency == urgency_child_concern)
		snprintf(ret, MOMENT_BYTES, "%lld hour%s", (long long)(minutes / 60),
			minutes == 60 ? "" : "s");
	else
		snprintf(ret, MOMENT_BYTES, "%lld working day%s", (long long)days,
			days == 1 ? "" : "s");
}

static const char *mode_words(enum talk_mode mode)
{
	static const char *const words[] = {[talk_mode_none] = "",
		[talk_mode_venue] = " at the venue",
		[talk_mode_phone] = " by telephone",
		[talk_mode_video] = " by video",
		[talk_mode_home] = " at home"};

	return words[mode];
}

static const char *no_talk_words(const struct promise_reason *reason)
{
	static const char *const words[] = {
		[PROMISE_ARRIVED] = "no free talk was found, a person looks for one and tells you",
		[PROMISE_ADDED] = "a person looks for a free talk and tells you",
		[PROMISE_IMPORTED] = "imported, and no talk booked by that",
		[PROMISE_BOOKED] = "no talk is booked",
		[PROMISE_CANCELLED] = "the talk is cancelled, a person finds another with you"};

	return reason->view->state == inquiry_state_talked ? "the first talk was held"
							   : words[reason->occasion];
}

static char *talk_words(struct arena *arena, const struct promise_reason *reason)
{
	char when[MOMENT_BYTES];

	if (!reason->slot)
		return arena_printf(arena, "%lld before you; %s", (long long)reason->ahead,
			no_talk_words(reason));
	promise_moment(reason->slot->start, true, when);
	return arena_printf(arena, "%lld before you; %s talk %s%s%s", (long long)reason->ahead,
		reason->occasion == PROMISE_ADDED ? "booked" : "next free", when,
		mode_words(reason->slot->mode),
		reason->view->interpreter ? " with an interpreter" : "");
}

static const char *tail_words(const struct promise_reason *reason)
{
	const struct inquiry_view *view = reason->view;

	if (view->state == inquiry_state_talked || reason->occasion == PROMISE_IMPORTED)
		return "";
	if (view->urgency == urgency_acute &&
		(reason->occasion == PROMISE_ARRIVED || reason->occasion == PROMISE_ADDED))
		return "; somebody on call is alerted now";
	return reason->slot && reason->slot->start > view->target
		       ? "; the date lies beyond it, and the entrance looks for an earlier one"
		       : "";
}

struct text promise_why(const struct intake_settings *settings, struct arena *arena,
	const struct promise_reason *reason)
{
	const struct inquiry_view *view = reason->view;
	bool added = reason->occasion == PROMISE_ADDED;
	const char *talk = talk_words(arena, reason);
	char limit[MOMENT_BYTES], by[MOMENT_BYTES];

	if (!talk)
		return TEXT_NONE;
	limit_words(settings, view->urgency, limit);
	promise_moment(view->target, view->urgency == urgency_child_concern, by);
	return text_of(arena_printf(arena, "%s%.*s%s%s; the published limit is %s (by %s)%s",
		added ? "added to your inquiry " : "", added ? (int)view->reference.n : 0,
		view->reference.p ? view->reference.p : "", added ? "; " : "", talk, limit, by,
		tail_words(reason)));
}

/* ---- the ledger ------------------------------------------------------------------------------ */

bool promise_last(struct state *state, const struct intake_inquiry *row, struct promise_view *ret)
{
	struct key key = intake_key_number(row->view->inquiry, row->promises);

	return row->promises > 0 &&
	       state_get(state, TREE_PROMISE, &key, schema_promise_view(), ret);
}

void promise_make(struct fold *fold, const struct record *record, struct intake_inquiry *row)
{
	const struct inquiry_view *view = row->view;
	const struct promise_view promise = {.n = ++row->promises,
		.state = promise_state_made,
		.slot = view->slot,
		.talk_at = view->talk_at,
		.mode = view->mode,
		.made_at = intake_happened(record)};
	struct key key = intake_key_number(view->inquiry, promise.n);

	fold_put(fold, TREE_PROMISE, &key, schema_promise_view(), &promise);
}

void promise_end(struct fold *fold, const struct record *record, const struct intake_inquiry *row,
	enum promise_state state)
{
	struct key key = intake_key_number(row->view->inquiry, row->promises);
	struct promise_view promise;

	if (!promise_last(&fold->state, row, &promise) || promise.state != promise_state_made)
		return;
	promise.state = state;
	promise.ended_at = intake_happened(record);
	fold_put(fold, TREE_PROMISE, &key, schema_promise_view(), &promise);
}

void promise_apply_broken(struct fold *fold, const struct record *record, const void *event)
{
	const struct promise_broken *e = event;
	struct intake_inquiry row;

	if (!inquiry_get(&fold->state, e->inquiry, &row))
		return;
	promise_end(fold, record, &row, promise_state_broken);
	fold_deadline_clear(fold, e->inquiry, DEADLINE_TALK);
}

void promise_apply_at_risk(struct fold *fold, const struct record *record, const void *event)
{
	const struct promise_at_risk *e = event;
	struct intake_inquiry row;

	(void)record;
	if (!inquiry_get(&fold->state, e->inquiry, &row))
		return;
	row.view->at_risk = true;
	inquiry_put(fold, &row);
}
