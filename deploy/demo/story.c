/* The steps of an inquiry; touches memory and the lines it adds. */
#include "deploy/demo/story.h"

#include <stdlib.h>

#include "common/clock.h"
#include "common/uuid.h"
#include "deploy/demo/texts.h"
#include "proto/calendar.h"

#define PICK(chance, weights) \
	chance_weighted(chance, weights, sizeof(weights) / sizeof((weights)[0]))

typedef void step_fn(struct town *town, struct inquiry *inquiry, int64_t now);

enum { FIRST_MINUTE = 8 * 60 + 15, LAST_MINUTE = 15 * 60 + 30, TRIES = 4, MOVES = 2 };

/* ---- time ------------------------------------------------------------------------------------ */

static int64_t minutes(struct inquiry *inquiry, int min, int max)
{
	return chance_between(&inquiry->chance, min * 60, max * 60) * MS_PER_SECOND;
}

/* When somebody at the entrance gets to it, so many working days after a moment: later than that
 * moment, and in opening hours. */
static int64_t office_time(struct inquiry *inquiry, int64_t after, int days)
{
	int64_t date = calendar_add_working_days(local_date(after), days);
	int64_t at =
		local_time(date, FIRST_MINUTE) + minutes(inquiry, 0, LAST_MINUTE - FIRST_MINUTE);

	if (at > after)
		return at;
	if (local_minute(after) < LAST_MINUTE)
		return after + minutes(inquiry, 2, 20);
	return local_time(calendar_add_working_days(date, 1), FIRST_MINUTE) +
	       minutes(inquiry, 0, 240);
}

static void plan(struct town *town, struct inquiry *inquiry, enum step step, int64_t at)
{
	inquiry->next = step;
	if (at < town->end && !queue_put(&town->queue, at, inquiry))
		town->failed = true;
	else if (at < town->end)
		return;
	free(inquiry);
}

/* Adds a line about the inquiry; touches as in struct line. */
static void add(struct town *town, const struct inquiry *inquiry, struct line *line)
{
	char by[BY_BYTES];

	inquiry_actor(inquiry, line->at, by);
	line->by = by;
	lines_add(town->lines, line);
}

/* ---- talks ----------------------------------------------------------------------------------- */

/* Now, without a booked time: at the venue, by telephone, or where they were met. */
static void plan_talk_at_once(struct town *town, struct inquiry *inquiry, int64_t now)
{
	inquiry->held_at = now + minutes(inquiry, 5, 30);
	inquiry->held_mode = talk_mode_phone;
	if (inquiry->channel == channel_walk_in)
		inquiry->held_mode = talk_mode_none;
	if (inquiry->channel == channel_outreach)
		inquiry->held_mode =
			chance_permille(&inquiry->chance, 500) ? talk_mode_home : talk_mode_none;
	plan(town, inquiry, STEP_HOLD, inquiry->held_at + minutes(inquiry, 25, 55));
}

/* A concern at night or at a weekend is called about in the morning, still within 24 hours. */
static void plan_urgent_call(struct town *town, struct inquiry *inquiry, int64_t now)
{
	int64_t date = local_date(now);
	bool late = local_minute(now) > 19 * 60;

	inquiry->held_mode = talk_mode_phone;
	inquiry->held_at = now + minutes(inquiry, 20, 60);
	if (late && inquiry->urgency != urgency_acute)
		inquiry->held_at =
			local_time(date_add_days(date, 1), 8 * 60) + minutes(inquiry, 0, 120);
	plan(town, inquiry, STEP_HOLD, inquiry->held_at + minutes(inquiry, 20, 50));
}

static void plan_booked_talk(struct town *town, struct inquiry *inquiry)
{
	int64_t start = inquiry->booking.start;

	inquiry->held_at = start;
	inquiry->held_mode = talk_mode_none;
	if (chance_permille(&inquiry->chance, 22)) {
		int days = (int)chance_between(&inquiry->chance, 1, 3);
		inquiry->held_at = local_time(
			calendar_add_working_days(local_date(start), days), local_minute(start));
		if (chance_permille(&inquiry->chance, 400))
			inquiry->held_mode = talk_mode_phone;
	}
	plan(town, inquiry, STEP_HOLD,
		inquiry->held_at + inquiry->booking.minutes * MS_PER_MINUTE +
			minutes(inquiry, 2, 40));
}

/* A booked talk is held, or something comes between: before its date, or that nobody comes. */
static void plan_after_booking(struct town *town, struct inquiry *inquiry, int64_t now)
{
	enum { MOVED, CANCELLED, WITHDRAWN, REFERRED, ABSENT, HELD };
	static const int weights[] = {[MOVED] = 100,
		[CANCELLED] = 30,
		[WITHDRAWN] = 18,
		[REFERRED] = 10,
		[ABSENT] = 28,
		[HELD] = 814};
	int64_t start = inquiry->booking.start;
	int days = (int)calendar_working_days_between(local_date(now), local_date(start));
	int64_t before = office_time(inquiry, now, (int)chance_between(&inquiry->chance, 0, days));
	size_t what = PICK(&inquiry->chance, weights);

	if (inquiry->urgency < urgency_soon || (what < ABSENT && before > start - 2 * MS_PER_HOUR))
		what = HELD;
	inquiry->closing = what == WITHDRAWN  ? closing_withdrawn
			   : what == REFERRED ? closing_referred
					      : closing_no_contact;
	if (what == HELD || (what == MOVED && inquiry->moves == MOVES))
		plan_booked_talk(town, inquiry);
	else if (what == MOVED)
		plan(town, inquiry, STEP_MOVE, before);
	else if (what == CANCELLED)
		plan(town, inquiry, STEP_CANCEL, before);
	else if (what == ABSENT)
		plan(town, inquiry, STEP_CLOSE,
			office_time(inquiry, start + 2 * MS_PER_HOUR,
				(int)chance_between(&inquiry->chance, 1, 5)));
	else
		plan(town, inquiry, STEP_CLOSE, before);
}

/* ---- booking --------------------------------------------------------------------------------- */

/* From when on a talk is wanted: most are meant to be within the published limit. */
static int64_t wanted_from(struct inquiry *inquiry, int64_t now)
{
	static const int soon[] = {30, 45, 19, 4, 2};
	static const int normal[] = {8, 24, 26, 18, 10, 5, 2, 2, 2, 1, 1, 1};
	bool urgent = inquiry->urgency == urgency_soon;
	size_t days = urgent ? PICK(&inquiry->chance, soon) : PICK(&inquiry->chance, normal);
	int minute = (int)chance_between(&inquiry->chance, 0, 2) * 150 + FIRST_MINUTE;
	int64_t from = local_time(
		calendar_add_working_days(local_date(inquiry->received), (int)days), minute);
	int64_t soonest = now + MS_PER_HOUR;

	if (inquiry->urgency < urgency_soon)
		return soonest;
	return from > soonest ? from : soonest;
}

static bool take(
	struct town *town, const struct inquiry *inquiry, int64_t from, struct booking *ret)
{
	return desks_take(&town->desks,
		&(struct wish){.from = from,
			.prefers = inquiry->prefers,
			.language = inquiry->language,
			.interpreter = inquiry->interpreter,
			.area = inquiry->area},
		ret);
}

static bool too_late(const struct inquiry *inquiry, int64_t start)
{
	if (inquiry->urgency == urgency_acute)
		return local_date(start) != local_date(inquiry->received);
	return inquiry->urgency == urgency_child_concern && start > inquiry->received + MS_PER_DAY;
}

static void book(struct town *town, struct inquiry *inquiry, int64_t now)
{
	struct booking *booking = &inquiry->booking;
	bool found = take(town, inquiry, wanted_from(inquiry, now), booking);

	if (inquiry->urgency < urgency_soon && (!found || too_late(inquiry, booking->start))) {
		if (found)
			desks_give_back(&town->desks, booking, now);
		*booking = (struct booking){0};
		plan_urgent_call(town, inquiry, now);
		return;
	}
	if (!found) {
		*booking = (struct booking){0};
		if (++inquiry->tries < TRIES)
			plan(town, inquiry, STEP_BOOK, office_time(inquiry, now, 1));
		else
			plan_talk_at_once(town, inquiry, now);
		return;
	}
	const struct book_first_talk with = {inquiry->id, booking->slot};
	const struct uuid touches[] = {inquiry->id, booking->slot};
	add(town, inquiry, &(struct line){schema_book_first_talk(), &with, now, NULL, touches, 2});
	plan_after_booking(town, inquiry, now);
}

static void move(struct town *town, struct inquiry *inquiry, int64_t now)
{
	const struct booking old = inquiry->booking;
	int days = (int)chance_between(&inquiry->chance, 0, 3);
	int64_t from =
		local_time(calendar_add_working_days(local_date(old.start), days), FIRST_MINUTE);
	struct booking new;

	inquiry->moves++;
	if (!take(town, inquiry, from > old.start ? from : old.start + 1, &new)) {
		plan_booked_talk(town, inquiry);
		return;
	}
	const struct move_first_talk with = {inquiry->id, new.slot,
		chance_permille(&inquiry->chance, 650) ? side_citizen : side_municipality};
	const struct uuid touches[] = {inquiry->id, new.slot, old.slot};
	add(town, inquiry, &(struct line){schema_move_first_talk(), &with, now, NULL, touches, 3});
	desks_give_back(&town->desks, &old, now);
	inquiry->booking = new;
	plan_after_booking(town, inquiry, now);
}

static void cancel(struct town *town, struct inquiry *inquiry, int64_t now)
{
	bool by_us = chance_permille(&inquiry->chance, 350);
	const struct cancel_first_talk with = {
		inquiry->id, by_us ? side_municipality : side_citizen};
	const struct uuid touches[] = {inquiry->id, inquiry->booking.slot};

	add(town, inquiry,
		&(struct line){schema_cancel_first_talk(), &with, now, NULL, touches, 2});
	desks_give_back(&town->desks, &inquiry->booking, now);
	inquiry->booking = (struct booking){0};
	inquiry->closing = closing_withdrawn;
	if (by_us || chance_permille(&inquiry->chance, 500))
		plan(town, inquiry, STEP_BOOK,
			office_time(inquiry, now, (int)chance_between(&inquiry->chance, 0, 2)));
	else
		plan(town, inquiry, STEP_CLOSE,
			office_time(inquiry, now, (int)chance_between(&inquiry->chance, 0, 4)));
}

/* ---- the ends -------------------------------------------------------------------------------- */

static void hold(struct town *town, struct inquiry *inquiry, int64_t now)
{
	static const enum closing closings[] = {
		closing_advice_given, closing_referred, closing_withdrawn, closing_no_contact};
	static const int weights[] = {800, 115, 50, 35};
	static const int waits[] = {28, 24, 18, 16, 4, 3, 2, 2, 1, 1, 1};
	const struct hold_first_talk with = {inquiry->id, inquiry->held_at, inquiry->held_mode};

	add(town, inquiry,
		&(struct line){schema_hold_first_talk(), &with, now, NULL, &inquiry->id, 1});
	inquiry->closing = closings[PICK(&inquiry->chance, weights)];
	int days = (int)PICK(&inquiry->chance, waits);
	/* A few are forgotten. */
	if (chance_permille(&inquiry->chance, 12))
		free(inquiry);
	else
		plan(town, inquiry, STEP_CLOSE, office_time(inquiry, now, days));
}

/* Some come again, when this one has long been closed; who is in a course only after it. */
static void leave(
	struct town *town, struct inquiry *inquiry, int64_t now, const struct course *course)
{
	bool completed = course && course->card.fate == FATE_COMPLETED;
	bool may = !course && inquiry->person.generation == GENERATION_ADULT &&
		   !uuid_is_nil(inquiry->citizen);
	int64_t after = completed ? course->ends : now;
	int64_t again = after + chance_between(&inquiry->chance, 14, 150) * MS_PER_DAY;

	if ((may || completed) && chance_permille(&inquiry->chance, completed ? 110 : 85) &&
		again < town->end) {
		inquiry->had_course |= completed;
		if (queue_put(&town->returns, again, inquiry))
			return;
		town->failed = true;
	}
	free(inquiry);
}

/* Whom the talk showed that more than advice is wanted. */
static bool may_have_course(const struct inquiry *inquiry)
{
	return inquiry->held_at && !uuid_is_nil(inquiry->citizen) && !inquiry->had_course &&
	       (inquiry->closing == closing_advice_given || inquiry->closing == closing_referred);
}

static void close_with(
	struct town *town, struct inquiry *inquiry, int64_t now, const struct course *course)
{
	bool anonymous = uuid_is_nil(inquiry->citizen);
	bool gives_back = !uuid_is_nil(inquiry->booking.slot) && !inquiry->held_at;
	struct close_inquiry with = {
		.inquiry = inquiry->id, .closing = inquiry->closing, .citizen = inquiry->citizen};
	struct uuid touches[3] = {inquiry->id};
	size_t n = 1;

	if (course) {
		with.referred_to = text_of(department_name(course->first));
		with.plan = course->plan;
	}
	if (with.closing == closing_referred)
		with.referred_to = text_of(texts_organisation(&inquiry->chance, inquiry->area));
	const char *note = texts_closing_note(&inquiry->chance, with.closing);
	if (note && !anonymous)
		with.note = text_of(note);
	if (!anonymous)
		touches[n++] = inquiry->citizen;
	if (gives_back)
		touches[n++] = inquiry->booking.slot;
	add(town, inquiry, &(struct line){schema_close_inquiry(), &with, now, NULL, touches, n});
	if (gives_back)
		desks_give_back(&town->desks, &inquiry->booking, now);
}

static void close_inquiry_now(struct town *town, struct inquiry *inquiry, int64_t now)
{
	const struct span span = {now, town->end};
	struct course course;
	struct card card;
	char by[BY_BYTES];

	if (inquiry->had_course && inquiry->held_at)
		inquiry->closing = closing_advice_given;
	if (!may_have_course(inquiry) || !deck_draw(&town->deck, town->received, &card)) {
		close_with(town, inquiry, now, NULL);
		leave(town, inquiry, now, NULL);
		return;
	}
	inquiry->closing = closing_plan_opened;
	course_begin(&course, inquiry, &card, &span);
	close_with(town, inquiry, now, &course);
	inquiry_actor(inquiry, now, by);
	course_add_consent(&course, by, town->lines);
	if (town->directory)
		casework_write(&course, town->directory);
	leave(town, inquiry, now, &course);
}

/* ---- the beginning --------------------------------------------------------------------------- */

/* How many of a thousand are talked to there and then. */
static int at_once(const struct inquiry *inquiry)
{
	static const int by_channel[] = {
		[channel_walk_in] = 450, [channel_phone] = 130, [channel_outreach] = 600};

	if (inquiry->asker == asker_anonymous)
		return 650;
	return inquiry->channel == channel_walk_in || inquiry->channel == channel_phone ||
			       inquiry->channel == channel_outreach
		       ? by_channel[inquiry->channel]
		       : 0;
}

static void receive(struct town *town, struct inquiry *inquiry, int64_t now)
{
	static const enum closing closings[] = {
		closing_withdrawn, closing_no_contact, closing_referred, closing_advice_given};
	static const int weights[] = {25, 35, 20, 20};
	bool urgent = inquiry->urgency < urgency_soon;
	bool here = inquiry->channel == channel_walk_in || inquiry->channel == channel_phone;

	town->received++;
	inquiry_add_received(inquiry, now, town->lines);
	if (chance_permille(&inquiry->chance, at_once(inquiry))) {
		plan_talk_at_once(town, inquiry, now);
	} else if (!urgent && chance_permille(&inquiry->chance, 45)) {
		inquiry->closing = closings[PICK(&inquiry->chance, weights)];
		plan(town, inquiry, STEP_CLOSE,
			office_time(inquiry, now, (int)chance_between(&inquiry->chance, 1, 6)));
	} else if (urgent || here) {
		plan(town, inquiry, STEP_BOOK, now + minutes(inquiry, 2, 12));
	} else {
		plan(town, inquiry, STEP_BOOK,
			office_time(inquiry, now, chance_permille(&inquiry->chance, 250)));
	}
}

void story_begin(struct town *town, struct inquiry *inquiry)
{
	plan(town, inquiry, STEP_RECEIVE, inquiry->received);
}

void story_go_on(struct town *town, int64_t until)
{
	static step_fn *const steps[] = {[STEP_RECEIVE] = receive,
		[STEP_BOOK] = book,
		[STEP_MOVE] = move,
		[STEP_CANCEL] = cancel,
		[STEP_HOLD] = hold,
		[STEP_CLOSE] = close_inquiry_now};
	struct inquiry *inquiry;
	int64_t now;

	while (!town->failed && (inquiry = queue_take(&town->queue, until, &now)))
		steps[inquiry->next](town, inquiry, now);
}
