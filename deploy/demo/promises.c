/* Commitments, appointments and reviews as lines; touches the part's lines. */
#include "deploy/demo/promises.h"

#include "common/clock.h"
#include "deploy/demo/casetexts.h"
#include "proto/calendar.h"

#define PICK(chance, weights) \
	chance_weighted(chance, weights, sizeof(weights) / sizeof((weights)[0]))

enum { DUE_MINUTE = 16 * 60 };

/* Until when something of the part can still happen and be told. */
static int64_t limit_of(const struct part *part)
{
	return part->ends < part->course->end ? part->ends : part->course->end;
}

/* Somewhere in the part, from a moment on. */
static int64_t sometime(struct part *part, int64_t from)
{
	int permille = (int)chance_between(&part->chance, 0, 800);
	int64_t limit = limit_of(part);

	return part_later(part, part_between(from, limit > from ? limit : from, permille), 0, 0);
}

/* ---- commitments ----------------------------------------------------------------------------- */

static void keep(struct part *part, const struct make_commitment *made, int64_t at)
{
	const struct keep_commitment with = {.plan = made->plan, .commitment = made->commitment};

	part_add(part, schema_keep_commitment(), &with, at);
}

static void release(struct part *part, const struct make_commitment *made, int64_t at)
{
	const struct release_commitment with = {.plan = made->plan,
		.commitment = made->commitment,
		.reason = part_text(part, WRITTEN_RELEASED, 800)};

	part_add(part, schema_release_commitment(), &with, at);
}

/* Most are kept, some late; a few are released, or never kept. */
static void end_commitment(struct part *part, const struct make_commitment *made, int64_t at)
{
	enum { IN_TIME, LATE, RELEASED, NEVER };
	static const int weights[] = {[IN_TIME] = 72, [LATE] = 12, [RELEASED] = 6, [NEVER] = 10};
	int64_t last = made->due < part->ends ? made->due : part->ends;
	int permille = (int)chance_between(&part->chance, 0, 800);
	int64_t early = part_later(part, part_between(at, last, permille), 0, 0);

	switch (PICK(&part->chance, weights)) {
	case IN_TIME:
		keep(part, made, early <= last ? early : part_between(at, last, 500));
		break;
	case LATE:
		if (made->due < part->ends)
			keep(part, made, part_later(part, made->due, 1, 12));
		break;
	case RELEASED:
		release(part, made, early);
		break;
	default:
		break;
	}
}

void promises_make(struct part *part, int64_t n, int64_t from)
{
	for (int64_t i = 0; i < n; i++) {
		int64_t at = sometime(part, from);
		bool ours = i % 2 == 1;
		int64_t date = date_add_days(local_date(at), chance_between(&part->chance, 3, 24));
		struct uuid goal = {{0}};
		if (part->n_goals && part->goals[0].stated <= at)
			goal = part->goals[0].id;
		const struct make_commitment with = {.plan = part->course->plan,
			.commitment = course_id(part->course, at),
			.by = ours ? side_municipality : side_citizen,
			.what = part_text(part, ours ? WRITTEN_WE_DO : WRITTEN_CITIZEN_DOES, 1000),
			.due = local_time(calendar_add_working_days(date, 0), DUE_MINUTE),
			.goal = goal,
			.worker = ours ? text_of(part->worker) : TEXT_NONE};
		part_add(part, schema_make_commitment(), &with, at);
		end_commitment(part, &with, at);
	}
}

/* ---- appointments ---------------------------------------------------------------------------- */

static void attend(struct part *part, const struct book_appointment *booked, int64_t begins)
{
	static const int missed[] = {85, 11, 4};
	const struct record_attendance with = {.plan = booked->plan,
		.appointment = booked->appointment,
		.missed_by = (enum side)PICK(&part->chance, missed)};

	part_add(part, schema_record_attendance(), &with,
		part_later(part, begins + (booked->ends - booked->begins), 0, 0));
}

static void cancel(struct part *part, const struct book_appointment *booked, int64_t at)
{
	const struct cancel_appointment with = {.plan = booked->plan,
		.appointment = booked->appointment,
		.by = chance_permille(&part->chance, 700) ? side_citizen : side_municipality,
		.reason = part_text(part, WRITTEN_MOVED, 700)};

	part_add(part, schema_cancel_appointment(), &with, at);
}

/* To the same hour a week later; returns when it begins then. */
static int64_t move(struct part *part, const struct book_appointment *booked, int64_t at)
{
	int64_t date = date_add_days(local_date(booked->begins), 7);
	const struct move_appointment with = {.plan = booked->plan,
		.appointment = booked->appointment,
		.begins = local_time(
			calendar_add_working_days(date, 0), local_minute(booked->begins)),
		.by = chance_permille(&part->chance, 650) ? side_citizen : side_municipality,
		.reason = part_text(part, WRITTEN_MOVED, 700)};

	part_add(part, schema_move_appointment(), &with, at);
	return with.begins;
}

static void meet(struct part *part, int64_t at)
{
	static const int modes[] = {60, 15, 10, 15};
	int64_t date = date_add_days(local_date(at), chance_between(&part->chance, 3, 14));
	int64_t begins = local_time(calendar_add_working_days(date, 0),
		(int)chance_between(&part->chance, 18, 29) * 30);
	int64_t between = part_between(at, begins, (int)chance_between(&part->chance, 100, 900));

	/* What would be held after the end is not booked. */
	if (begins + 12 * MS_PER_DAY > limit_of(part))
		return;
	const struct book_appointment with = {.plan = part->course->plan,
		.appointment = course_id(part->course, at),
		.what = part_text(part, WRITTEN_APPOINTMENT, 1000),
		.begins = begins,
		.ends = begins + chance_between(&part->chance, 3, 6) * 15 * MS_PER_MINUTE,
		.mode = (enum talk_mode)(PICK(&part->chance, modes) + 1),
		.travel_minutes = chance_between(&part->chance, 0, 3) * 10,
		.worker = text_of(part->worker),
		.life_areas = {1, part->course->areas}};
	part_add(part, schema_book_appointment(), &with, at);
	if (chance_permille(&part->chance, 70))
		cancel(part, &with, between);
	else
		attend(part, &with,
			chance_permille(&part->chance, 120) ? move(part, &with, between) : begins);
}

void promises_meet(struct part *part, int64_t n, int64_t from)
{
	for (int64_t i = 0; i < n; i++)
		meet(part, sometime(part, from));
}

/* ---- reviews --------------------------------------------------------------------------------- */

void promises_review(struct part *part, int64_t from)
{
	int64_t at = part_later(part, from, 0, 5);
	int64_t date = date_add_days(local_date(at), chance_between(&part->chance, 42, 88));
	int64_t due = local_time(calendar_add_working_days(date, 0), 12 * 60);

	if (due + 3 * MS_PER_DAY > part->ends)
		due = part->ends;
	if (due < at + 7 * MS_PER_DAY)
		return; /* over before it would be looked at again */
	const struct schedule_review with = {.plan = part->course->plan,
		.review = course_id(part->course, at),
		.due = due,
		.worker = text_of(part->worker)};
	part_add(part, schema_schedule_review(), &with, at);
	if (!chance_permille(&part->chance, 860))
		return;
	bool again = part->ends > due + 100 * MS_PER_DAY && chance_permille(&part->chance, 400);
	const struct hold_review held = {.plan = with.plan,
		.review = with.review,
		.result = part_text(part, WRITTEN_REVIEW, 900),
		.next_due = again ? due + 91 * MS_PER_DAY : 0};
	part_add(part, schema_hold_review(), &held, part_later(part, due - 6 * MS_PER_DAY, 0, 4));
}
