/* What is said at a department about commitments, appointments and reviews. Touches nothing. */
#include "tests/sim/town/workload_private.h"

static const struct thing *own_goal(struct saying *s, const struct thing *part)
{
	const struct thing *goal = any(s->w, GOALS, part->node, ANY_STATE);

	return goal && uuid_equal(goal->of, part->id) ? goal : NULL;
}

/* ---- commitments ----------------------------------------------------------------------------- */

static bool fill_make_commitment(struct saying *s, void *fields)
{
	struct make_commitment *c = fields;
	const struct thing *part = some_part(s, ANY_NODE);
	const struct thing *goal = part ? own_goal(s, part) : NULL;

	if (!part)
		return false;
	*c = (struct make_commitment){SEEN(part), .commitment = own_id(s),
		.by = one_in(s->w, 2) ? side_citizen : side_municipality, .what = some_words(s),
		.due = in_days(s, 0, 6) + 1, .worker = some_person(s)};
	if (goal)
		c->goal = goal->id;
	else
		AREAS(s, c->life_areas);
	return true;
}

static bool fill_keep(struct saying *s, void *fields)
{
	struct keep_commitment *c = fields;
	const struct thing *commitment = any(s->w, COMMITMENTS, ANY_NODE, ANY_STATE);
	const struct thing *part = part_of(s, commitment);

	if (!part)
		return false;
	*c = (struct keep_commitment){SEEN(part), .commitment = commitment->id};
	return true;
}

static bool fill_release(struct saying *s, void *fields)
{
	struct release_commitment *c = fields;
	const struct thing *commitment = any(s->w, COMMITMENTS, ANY_NODE, ANY_STATE);
	const struct thing *part = part_of(s, commitment);

	if (!part)
		return false;
	*c = (struct release_commitment){
		SEEN(part), .commitment = commitment->id, .reason = some_words(s)};
	return true;
}

/* ---- appointments ---------------------------------------------------------------------------- */

/* Some stand in each other's way: all begin at whole hours of few days. */
static int64_t some_begin(struct saying *s)
{
	int64_t hour = (s->only ? s->now : in_days(s, 0, 4)) / MS_PER_HOUR + 1;

	return hour * MS_PER_HOUR;
}

static bool fill_book_appointment(struct saying *s, void *fields)
{
	struct book_appointment *c = fields;
	const struct thing *part = some_part(s, ANY_NODE);
	const struct thing *measure = part ? any(s->w, MEASURES, part->node, ANY_STATE) : NULL;

	if (!part)
		return false;
	*c = (struct book_appointment){SEEN(part), .appointment = own_id(s), .what = some_words(s),
		.begins = some_begin(s), .mode = (enum talk_mode)(1 + pick(s->w, 4)),
		.place = some_words(s), .travel_minutes = (int64_t)pick(s->w, 60),
		.worker = some_person(s)};
	c->ends = c->begins + (int64_t)(1 + pick(s->w, 3)) * MS_PER_HOUR / 2;
	if (measure && uuid_equal(measure->of, part->id))
		c->measure = measure->id;
	else
		AREAS(s, c->life_areas);
	return true;
}

static bool fill_move_appointment(struct saying *s, void *fields)
{
	struct move_appointment *c = fields;
	const struct thing *appointment = any(s->w, APPOINTMENTS, ANY_NODE, ANY_STATE);
	const struct thing *part = part_of(s, appointment);

	if (!part)
		return false;
	*c = (struct move_appointment){SEEN(part), .appointment = appointment->id,
		.begins = some_begin(s), .by = one_in(s->w, 2) ? side_citizen : side_municipality,
		.reason = some_words(s)};
	return true;
}

static bool fill_cancel_appointment(struct saying *s, void *fields)
{
	struct cancel_appointment *c = fields;
	const struct thing *appointment = any(s->w, APPOINTMENTS, ANY_NODE, ANY_STATE);
	const struct thing *part = part_of(s, appointment);

	if (!part)
		return false;
	*c = (struct cancel_appointment){SEEN(part), .appointment = appointment->id,
		.by = one_in(s->w, 2) ? side_citizen : side_municipality, .reason = some_words(s)};
	return true;
}

static bool fill_attendance(struct saying *s, void *fields)
{
	struct record_attendance *c = fields;
	const struct thing *appointment = any_due(s->w, APPOINTMENTS, ANY_STATE);
	const struct thing *part = part_of(s, appointment);

	if (!part)
		return false;
	*c = (struct record_attendance){
		SEEN(part), .appointment = appointment->id, .missed_by = (enum side)pick(s->w, 3)};
	return true;
}

/* ---- reviews --------------------------------------------------------------------------------- */

static bool fill_schedule_review(struct saying *s, void *fields)
{
	struct schedule_review *c = fields;
	const struct thing *part = some_part(s, ANY_NODE);

	if (!part)
		return false;
	*c = (struct schedule_review){SEEN(part), .review = own_id(s), .due = in_days(s, 1, 90),
		.worker = some_person(s)};
	return true;
}

static bool fill_hold_review(struct saying *s, void *fields)
{
	struct hold_review *c = fields;
	const struct thing *review = any(s->w, REVIEWS, ANY_NODE, ANY_STATE);
	const struct thing *part = part_of(s, review);

	if (!part)
		return false;
	*c = (struct hold_review){SEEN(part), .review = review->id, .result = some_words(s),
		.next_due = one_in(s->w, 2) ? in_days(s, 10, 90) : 0};
	return true;
}

static bool fill_cancel_review(struct saying *s, void *fields)
{
	struct cancel_review *c = fields;
	const struct thing *review = any(s->w, REVIEWS, ANY_NODE, ANY_STATE);
	const struct thing *part = part_of(s, review);

	if (!part)
		return false;
	*c = (struct cancel_review){SEEN(part), .review = review->id};
	return true;
}

static const struct saying_row rows[] = {
	{schema_make_commitment, AT_DEPARTMENT, 8, fill_make_commitment, schema_open_part},
	{schema_keep_commitment, AT_DEPARTMENT, 4, fill_keep, schema_make_commitment},
	{schema_release_commitment, AT_DEPARTMENT, 3, fill_release, schema_make_commitment},
	{schema_book_appointment, AT_DEPARTMENT, 11, fill_book_appointment, schema_open_part},
	{schema_move_appointment, AT_DEPARTMENT, 4, fill_move_appointment, schema_book_appointment},
	{schema_cancel_appointment, AT_DEPARTMENT, 3, fill_cancel_appointment,
		schema_book_appointment},
	{schema_record_attendance, AT_DEPARTMENT, 12, fill_attendance, schema_book_appointment},
	{schema_schedule_review, AT_DEPARTMENT, 4, fill_schedule_review, schema_open_part},
	{schema_hold_review, AT_DEPARTMENT, 3, fill_hold_review, schema_schedule_review},
	{schema_cancel_review, AT_DEPARTMENT, 2, fill_cancel_review, schema_schedule_review},
};
SAYINGS(sayings_items, rows);
