/* What is told at its time: receipts, and reminders of talks, appointments and commitments. Pure;
 * state through service.h. */
#include "common/clock.h"
#include "services/notification/known.h"
#include "services/notification/notices.h"
#include "services/notification/rules.h"
#include "services/notification/staff.h"

/* Less than this before the talk the reminder of the day before is left to that of the hour. */
enum { DAY_TOO_LATE_MS = 2 * 3600 * 1000 };

bool notices_plan_get(struct state *state, struct uuid subject, struct notice_plan *ret)
{
	struct key key = notification_key(subject);

	return state_get(state, TREE_PLAN, &key, schema_notice_plan(), ret);
}

void notices_plan(struct decision *d, struct uuid subject, const struct notice_plan *plan)
{
	bool any = plan->receipt_by || plan->day_at || plan->hour_at;
	const struct notices_planned e = {.subject = subject,
		.receipt_by = plan->receipt_by,
		.day_at = plan->day_at,
		.hour_at = plan->hour_at,
		.talk_at = any ? plan->talk_at : 0};
	struct notice_plan now;

	(void)notices_plan_get(&d->state, subject, &now);
	if (now.receipt_by == e.receipt_by && now.day_at == e.day_at && now.hour_at == e.hour_at &&
		now.talk_at == e.talk_at)
		return;
	decision_emit(d, schema_notices_planned(), subject, &e);
}

void notices_plan_reminders(struct decision *d, struct uuid subject, int64_t at)
{
	notices_plan(d, subject,
		&(struct notice_plan){.day_at = rules_day_before(d->now, at),
			.hour_at = rules_hour_before(d->now, at),
			.talk_at = at});
}

enum err notices_decide_receipt(struct decision *d, struct uuid inquiry, int64_t due)
{
	struct known_inquiry known;
	struct notice_plan plan;

	(void)due;
	if (!known_inquiry_get(&d->state, inquiry, &known) ||
		!notices_plan_get(&d->state, inquiry, &plan))
		return ERR_OK;
	if (known.state == inquiry_state_received)
		notices_tell(d, &(struct notice){.occasion = occasion_receipt, .inquiry = &known});
	plan.receipt_by = 0;
	notices_plan(d, inquiry, &plan);
	return ERR_OK;
}

/* ---- reminders ------------------------------------------------------------------------------- */

/* Each reminds of what was planned for at that time, if it still stands and is not near or past. */
struct reminder {
	struct uuid subject;
	int64_t at;
	bool hour; /* or a day before */
};

static bool is_time_for(struct decision *d, const struct reminder *reminder)
{
	return reminder->at > d->now + (reminder->hour ? 0 : DAY_TOO_LATE_MS);
}

static void remind_of_talk(
	struct decision *d, const struct reminder *reminder, const struct known_inquiry *talk)
{
	if (talk->state == inquiry_state_talk_booked && talk->talk_at == reminder->at &&
		is_time_for(d, reminder))
		notices_tell(d, &(struct notice){.occasion = reminder->hour ? occasion_reminder_hour
									    : occasion_reminder_day,
					.inquiry = talk,
					.at = talk->talk_at});
}

static void remind_of_appointment(struct decision *d, const struct reminder *reminder,
	struct known_appointment *row, unsigned owner)
{
	known_plan_settle(&d->state, owner, &row->plan, &row->citizen);
	if (row->state == appointment_state_booked && row->begins == reminder->at &&
		is_time_for(d, reminder) && !known_part_ended(&d->state, owner, row->plan))
		notices_tell(
			d, &(struct notice){.occasion = reminder->hour ? occasion_appointment_hour
								       : occasion_appointment_day,
				   .plan = row->plan,
				   .citizen = row->citizen,
				   .item = reminder->subject,
				   .mode = row->mode,
				   .at = row->begins});
}

static void remind_of_commitment(struct decision *d, const struct reminder *reminder,
	struct known_commitment *row, unsigned owner)
{
	known_plan_settle(&d->state, owner, &row->plan, &row->citizen);
	if (row->state != commitment_state_open || row->due != reminder->at || row->due <= d->now ||
		known_part_ended(&d->state, owner, row->plan))
		return;
	if (row->by == side_citizen)
		notices_tell(d, &(struct notice){.occasion = occasion_commitment_due,
					.plan = row->plan,
					.citizen = row->citizen,
					.item = reminder->subject,
					.at = row->due});
	else
		staff_tell(d,
			&(struct staff_notice){.occasion = occasion_commitment_due,
				.department = known_department(state_owner_name(&d->state, owner)),
				.plan = row->plan,
				.item = reminder->subject,
				.at = row->due});
}

static void remind(struct decision *d, struct uuid subject, bool hour)
{
	struct known_appointment appointment;
	struct known_commitment commitment;
	struct known_inquiry inquiry;
	struct notice_plan plan;
	unsigned owner;

	if (!notices_plan_get(&d->state, subject, &plan))
		return;
	const struct reminder reminder = {subject, plan.talk_at, hour};
	if (known_inquiry_get(&d->state, subject, &inquiry))
		remind_of_talk(d, &reminder, &inquiry);
	else if (known_appointment_get(&d->state, subject, &appointment, &owner))
		remind_of_appointment(d, &reminder, &appointment, owner);
	else if (known_commitment_get(&d->state, subject, &commitment, &owner))
		remind_of_commitment(d, &reminder, &commitment, owner);
	if (hour)
		plan.hour_at = 0;
	else
		plan.day_at = 0;
	notices_plan(d, subject, &plan);
}

enum err notices_decide_day(struct decision *d, struct uuid subject, int64_t due)
{
	(void)due;
	remind(d, subject, false);
	return ERR_OK;
}

enum err notices_decide_hour(struct decision *d, struct uuid subject, int64_t due)
{
	(void)due;
	remind(d, subject, true);
	return ERR_OK;
}

/* ---- applying -------------------------------------------------------------------------------- */

static void set_deadline(
	struct fold *fold, const struct record *record, const char *kind, int64_t due)
{
	if (due)
		fold_deadline(fold, record, kind, due);
	else
		fold_deadline_clear(fold, record->entity, kind);
}

void notices_apply_planned(struct fold *fold, const struct record *record, const void *event)
{
	const struct notices_planned *e = event;
	struct key key = notification_key(e->subject);
	const struct notice_plan plan = {e->receipt_by, e->day_at, e->hour_at, e->talk_at};

	if (plan.receipt_by || plan.day_at || plan.hour_at)
		fold_put(fold, TREE_PLAN, &key, schema_notice_plan(), &plan);
	else
		fold_delete(fold, TREE_PLAN, &key);
	set_deadline(fold, record, DEADLINE_RECEIPT, plan.receipt_by);
	set_deadline(fold, record, DEADLINE_DAY, plan.day_at);
	set_deadline(fold, record, DEADLINE_HOUR, plan.hour_at);
}
