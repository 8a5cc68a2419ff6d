/* Appointments and who must be there. Pure; state through service.h. */
#include "services/planning/appointments.h"

#include "common/clock.h"
#include "services/planning/conflicts.h"
#include "services/planning/parts.h"
#include "services/planning/states.h"

enum { MOVES_MAX = 1000 };

/* ---- commands -------------------------------------------------------------------------------- */

static enum err check_times(struct decision *d, int64_t begins, int64_t ends)
{
	if (!d->historical && begins < d->occurred_at)
		return decision_refuse(d, ERR_INVALID, "begins", "lies in the past");
	if (ends <= begins)
		return decision_refuse(d, ERR_INVALID, "ends", "does not lie after `begins`");
	if (ends - begins > APPOINTMENT_HOURS * MS_PER_HOUR)
		return decision_refuse(d, ERR_INVALID, "ends",
			"lies more than %d hours after `begins`", APPOINTMENT_HOURS);
	return ERR_OK;
}

static enum err take_areas(
	struct change *c, const struct book_appointment *command, struct plan_appointment *row)
{
	struct plan_measure measure;

	row->life_areas.n = command->life_areas.n;
	row->life_areas.at = command->life_areas.at;
	if (uuid_is_nil(command->measure))
		return ERR_OK;
	if (command->life_areas.n)
		return decision_refuse(c->d, ERR_INVALID, "life_areas", "are those of the measure");
	if (!item_get(&c->d->state, TREE_MEASURE, ITEM(c->head.plan, command->measure), &measure))
		return decision_refuse(
			c->d, ERR_NOT_FOUND, "measure", "is none of this department's");
	row->life_areas.n = measure.life_areas.n;
	row->life_areas.at = measure.life_areas.at;
	return ERR_OK;
}

enum err appointments_decide_book(struct decision *d, const void *command)
{
	const struct book_appointment *c = command;
	struct plan_appointment row = {.measure = c->measure,
		.what = c->what,
		.begins = c->begins,
		.ends = c->ends,
		.mode = c->mode,
		.place = c->place,
		.travel_minutes = c->travel_minutes,
		.attendees = {c->attendees.n, c->attendees.at},
		.worker = c->worker.n ? c->worker : d->actor.id,
		.state = appointment_state_booked,
		.made_at = d->occurred_at,
		.state_at = d->occurred_at};
	struct change change;
	enum err err = change_begin(d, c->plan, c->seen_version, &change);

	if (!err)
		err = change_check_id(&change, TREE_APPOINTMENT, "appointment", c->appointment);
	if (!err)
		err = check_times(d, c->begins, c->ends);
	if (!err)
		err = take_areas(&change, c, &row);
	if (err)
		return err;
	row.plan = change.head.plan;
	row.citizen = change.head.citizen;
	row.appointment = change_id(&change, c->appointment);
	const struct appointment_booked e = {HEAD(&change), .appointment = &row};
	change_emit(&change, schema_appointment_booked(), &e, ABOUT(&row));
	conflicts_look(&change, &(struct override){.appointment = &row});
	return change_done(&change, row.appointment);
}

/* One of this department from which the state may follow. */
static enum err require(struct change *c, struct uuid appointment, enum appointment_state state,
	struct plan_appointment *ret)
{
	if (!item_get(&c->d->state, TREE_APPOINTMENT, ITEM(c->head.plan, appointment), ret))
		return decision_refuse(
			c->d, ERR_NOT_FOUND, "appointment", "is none of this department's");
	if (!appointment_may_become(ret->state, state))
		return decision_refuse(c->d, ERR_CONFLICT, "appointment", "is %s already",
			enum_word(words_appointment_state, ret->state));
	return ERR_OK;
}

enum err appointments_decide_move(struct decision *d, const void *command)
{
	const struct move_appointment *c = command;
	struct plan_appointment row;
	struct change change;
	enum err err = change_begin(d, c->plan, c->seen_version, &change);

	if (!err)
		err = require(&change, c->appointment, appointment_state_booked, &row);
	if (err)
		return err;
	int64_t ends = c->ends ? c->ends : c->begins + (row.ends - row.begins);
	err = check_times(d, c->begins, ends);
	if (!err && row.moves == MOVES_MAX)
		err = decision_refuse(d, ERR_LIMIT, "appointment", "was moved too often");
	if (err)
		return err;
	change.head.citizen = row.citizen; /* all texts of an item are one person's */
	const struct appointment_moved e = {HEAD(&change), .appointment = c->appointment,
		.begins = c->begins, .ends = ends, .by = c->by, .reason = c->reason};
	change_emit(&change, schema_appointment_moved(), &e, ABOUT(&row));
	row.begins = c->begins;
	row.ends = ends;
	conflicts_look(&change, &(struct override){.appointment = &row});
	return change_done(&change, c->appointment);
}

enum err appointments_decide_cancel(struct decision *d, const void *command)
{
	const struct cancel_appointment *c = command;
	struct plan_appointment row;
	struct change change;
	enum err err = change_begin(d, c->plan, c->seen_version, &change);

	if (!err)
		err = require(&change, c->appointment, appointment_state_cancelled, &row);
	if (err)
		return err;
	change.head.citizen = row.citizen; /* all texts of an item are one person's */
	const struct appointment_cancelled e = {
		HEAD(&change), .appointment = c->appointment, .by = c->by, .reason = c->reason};
	change_emit(&change, schema_appointment_cancelled(), &e, ABOUT(&row));
	row.state = appointment_state_cancelled;
	conflicts_look(&change, &(struct override){.appointment = &row});
	return change_done(&change, c->appointment);
}

enum err appointments_decide_attendance(struct decision *d, const void *command)
{
	const struct record_attendance *c = command;
	enum appointment_state state =
		c->missed_by ? appointment_state_missed : appointment_state_kept;
	struct plan_appointment row;
	struct change change;
	enum err err = change_begin(d, c->plan, c->seen_version, &change);

	if (!err)
		err = require(&change, c->appointment, state, &row);
	if (!err && d->occurred_at < row.begins)
		err = decision_refuse(d, ERR_CONFLICT, "appointment", "has not begun yet");
	if (err)
		return err;
	const struct attendance_recorded e = {
		HEAD(&change), .appointment = c->appointment, .missed_by = c->missed_by};
	change_emit(&change, schema_attendance_recorded(), &e, ABOUT(&row));
	row.state = state;
	conflicts_look(&change, &(struct override){.appointment = &row});
	return change_done(&change, c->appointment);
}

/* ---- applying -------------------------------------------------------------------------------- */

static void index_row(struct fold *fold, const struct plan_appointment *row, bool put)
{
	struct plan_part part;
	struct uuid citizen =
		part_get(&fold->state, row->plan, &part) ? part.citizen : row->citizen;
	size_t n = row->attendees.n ? row->attendees.n : 1;

	for (size_t i = 0; i < n; i++) {
		struct uuid person = row->attendees.n ? row->attendees.at[i] : citizen;
		struct key key =
			plan_key_attendee(person, row->begins, row->plan, row->appointment);
		if (put)
			fold_put(fold, TREE_ATTENDEE, &key, NULL, NULL);
		else
			fold_delete(fold, TREE_ATTENDEE, &key);
	}
}

static void index_plan(struct fold *fold, struct uuid plan, bool put)
{
	struct key prefix = plan_key(plan);
	struct plan_appointment row;
	struct rows rows;

	rows_begin(&rows, &fold->state, TREE_APPOINTMENT, schema_plan_appointment(), &prefix, NULL);
	while (rows_next(&rows, &row))
		index_row(fold, &row, put);
	rows_end(&rows);
}

void appointments_forget(struct fold *fold, struct uuid plan)
{
	index_plan(fold, plan, false);
}

void appointments_find(struct fold *fold, struct uuid plan)
{
	index_plan(fold, plan, true);
}

void appointment_put(struct fold *fold, const struct plan_appointment *row)
{
	struct plan_appointment was;

	if (item_get(&fold->state, TREE_APPOINTMENT, ITEM(row->plan, row->appointment), &was))
		index_row(fold, &was, false);
	item_put(fold, TREE_APPOINTMENT, row);
	index_row(fold, row, true);
}

void appointments_apply_booked(struct fold *fold, const struct record *record, const void *event)
{
	const struct appointment_booked *e = event;

	part_touch(fold, record, event);
	appointment_put(fold, e->appointment);
	held_note(fold, record, e->appointment->appointment);
}

static void change_row(
	struct fold *fold, const struct record *record, const struct plan_appointment *row)
{
	appointment_put(fold, row);
	held_note(fold, record, row->appointment);
}

void appointments_apply_moved(struct fold *fold, const struct record *record, const void *event)
{
	const struct appointment_moved *e = event;
	struct plan_appointment row;

	if (item_get(&fold->state, TREE_APPOINTMENT, ITEM(e->plan, e->appointment), &row)) {
		row.begins = e->begins;
		row.ends = e->ends;
		row.reason = e->reason;
		row.moves++;
		change_row(fold, record, &row);
	}
	part_touch(fold, record, event);
}

void appointments_apply_cancelled(struct fold *fold, const struct record *record, const void *event)
{
	const struct appointment_cancelled *e = event;
	struct plan_appointment row;

	if (item_get(&fold->state, TREE_APPOINTMENT, ITEM(e->plan, e->appointment), &row)) {
		row.state = appointment_state_cancelled;
		row.state_at = plan_happened(record);
		row.reason = e->reason;
		change_row(fold, record, &row);
	}
	part_touch(fold, record, event);
}

void appointments_apply_attendance(
	struct fold *fold, const struct record *record, const void *event)
{
	const struct attendance_recorded *e = event;
	struct plan_appointment row;

	if (item_get(&fold->state, TREE_APPOINTMENT, ITEM(e->plan, e->appointment), &row)) {
		row.state = e->missed_by ? appointment_state_missed : appointment_state_kept;
		row.missed_by = e->missed_by;
		row.state_at = plan_happened(record);
		change_row(fold, record, &row);
	}
	part_touch(fold, record, event);
}
