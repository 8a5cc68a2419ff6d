/* Reactions to what departments did, once for each followed record. Pure; state through
 * service.h. */
#include "services/notification/follow_plans.h"

#include "proto/planning.h"
#include "services/notification/known.h"
#include "services/notification/notices.h"
#include "services/notification/outbox.h"
#include "services/notification/rules.h"
#include "services/notification/staff.h"

#define OCCASION(name_) (UINT32_C(1) << occasion_##name_)

static const char overtaken[] = "it was done or has changed before it was sent";

bool follow_is_news(struct decision *d, const struct record *record)
{
	const struct notification_settings *settings = state_settings(&d->state);

	return !record->historical && record->time > d->now - settings->news_ms;
}

/* ---- commitments ----------------------------------------------------------------------------- */

enum err follow_commitment_made(struct decision *d, const struct record *record, const void *event)
{
	const struct commitment_made *e = event;
	const struct plan_commitment *commitment = e->commitment;

	if (follow_is_news(d, record) && commitment->state == commitment_state_open)
		notices_plan(d, commitment->commitment,
			&(struct notice_plan){.day_at = rules_before_due(d->now, commitment->due),
				.talk_at = commitment->due});
	return ERR_OK;
}

/* What ended is not reminded of, whenever it ended. */
static void end_commitment(struct decision *d, struct uuid commitment)
{
	(void)notices_overtake(d, commitment, overtaken);
	staff_overtake(d, known_department(d->owner), commitment);
	notices_plan(d, commitment, &(struct notice_plan){0});
}

enum err follow_commitment_kept(struct decision *d, const struct record *record, const void *event)
{
	const struct commitment_kept *e = event;

	(void)record;
	end_commitment(d, e->commitment);
	return ERR_OK;
}

enum err follow_commitment_released(
	struct decision *d, const struct record *record, const void *event)
{
	const struct commitment_released *e = event;

	(void)record;
	end_commitment(d, e->commitment);
	return ERR_OK;
}

enum err follow_commitment_overdue(
	struct decision *d, const struct record *record, const void *event)
{
	const struct commitment_overdue *e = event;

	end_commitment(d, e->commitment);
	if (!follow_is_news(d, record))
		return ERR_OK;
	if (e->by == side_citizen)
		notices_tell(d, &(struct notice){.occasion = occasion_commitment_overdue,
					.plan = e->plan,
					.citizen = e->citizen,
					.item = e->commitment,
					.at = e->due,
					.actor = record->actor});
	else
		staff_tell(d, &(struct staff_notice){.occasion = occasion_commitment_overdue,
				      .department = known_department(d->owner),
				      .plan = e->plan,
				      .item = e->commitment,
				      .at = e->due});
	return ERR_OK;
}

/* ---- the plan -------------------------------------------------------------------------------- */

/* One message of a kind about a plan, however many departments say it. */
static void tell_once(struct decision *d, const struct record *record, struct notice *notice)
{
	notice->item = notices_subject(notice->plan, notice->occasion);
	notice->actor = record->actor;
	(void)notices_overtake(d, notice->item, "it was asked again before it was sent");
	notices_tell(d, notice);
}

enum err follow_answer_asked(struct decision *d, const struct record *record, const void *event)
{
	const struct answer_asked *e = event;

	if (follow_is_news(d, record))
		tell_once(d, record,
			&(struct notice){.occasion = occasion_answer_asked,
				.plan = e->plan,
				.citizen = e->citizen});
	return ERR_OK;
}

/* The same message speaks for every department that asks: it is over with the last of them. */
static void end_asking(struct decision *d, struct uuid plan)
{
	if (!known_answer_awaited(&d->state, plan))
		(void)notices_overtake(d, notices_subject(plan, occasion_answer_asked), overtaken);
}

enum err follow_plan_answered(struct decision *d, const struct record *record, const void *event)
{
	const struct plan_answered *e = event;

	(void)record;
	end_asking(d, e->plan);
	return ERR_OK;
}

enum err follow_part_closed(struct decision *d, const struct record *record, const void *event)
{
	const struct part_closed *e = event;

	(void)record;
	end_asking(d, e->plan);
	return ERR_OK;
}

enum err follow_coordination_begun(
	struct decision *d, const struct record *record, const void *event)
{
	const struct coordination_begun *e = event;

	if (follow_is_news(d, record) && e->term > 1)
		tell_once(d, record,
			&(struct notice){.occasion = occasion_coordinator,
				.plan = e->plan,
				.citizen = e->citizen});
	return ERR_OK;
}

enum err follow_plan_closed(struct decision *d, const struct record *record, const void *event)
{
	const struct plan_closed *e = event;

	(void)notices_overtake(d, e->plan, "the plan ended before it was sent");
	if (follow_is_news(d, record))
		notices_tell(d, &(struct notice){.occasion = occasion_plan_closed,
					.plan = e->plan,
					.citizen = e->citizen,
					.item = e->plan,
					.actor = record->actor});
	return ERR_OK;
}

/* ---- appointments ---------------------------------------------------------------------------- */

static void tell_of_appointment(
	struct decision *d, const struct record *record, struct uuid id, enum occasion occasion)
{
	struct known_appointment row;
	unsigned owner;

	if (known_appointment_get(&d->state, id, &row, &owner))
		notices_tell(d, &(struct notice){.occasion = occasion,
					.plan = row.plan,
					.citizen = row.citizen,
					.item = id,
					.mode = row.mode,
					.at = row.begins,
					.actor = record->actor});
}

enum err follow_appointment_booked(
	struct decision *d, const struct record *record, const void *event)
{
	const struct appointment_booked *e = event;
	const struct plan_appointment *row = e->appointment;

	if (!follow_is_news(d, record) || row->begins <= d->now ||
		row->state != appointment_state_booked)
		return ERR_OK;
	tell_of_appointment(d, record, row->appointment, occasion_appointment_booked);
	notices_plan_reminders(d, row->appointment, row->begins);
	return ERR_OK;
}

enum err follow_appointment_moved(
	struct decision *d, const struct record *record, const void *event)
{
	const struct appointment_moved *e = event;

	uint32_t unsent = notices_overtake(d, e->appointment, overtaken);
	if (!follow_is_news(d, record) || e->begins <= d->now) {
		notices_plan(d, e->appointment, &(struct notice_plan){0});
		return ERR_OK;
	}
	tell_of_appointment(d, record, e->appointment,
		unsent & OCCASION(appointment_booked) ? occasion_appointment_booked
						      : occasion_appointment_moved);
	notices_plan_reminders(d, e->appointment, e->begins);
	return ERR_OK;
}

enum err follow_appointment_cancelled(
	struct decision *d, const struct record *record, const void *event)
{
	const struct appointment_cancelled *e = event;
	struct known_appointment row;
	unsigned owner;

	uint32_t unsent = notices_overtake(d, e->appointment, overtaken);
	notices_plan(d, e->appointment, &(struct notice_plan){0});
	/* who never heard of it need not hear that it is not held */
	if (follow_is_news(d, record) && e->by == side_municipality &&
		!(unsent & OCCASION(appointment_booked)) &&
		known_appointment_get(&d->state, e->appointment, &row, &owner) &&
		row.begins > d->now)
		tell_of_appointment(d, record, e->appointment, occasion_appointment_cancelled);
	return ERR_OK;
}

enum err follow_attendance(struct decision *d, const struct record *record, const void *event)
{
	const struct attendance_recorded *e = event;

	(void)record;
	(void)notices_overtake(d, e->appointment, overtaken);
	notices_plan(d, e->appointment, &(struct notice_plan){0});
	return ERR_OK;
}

/* ---- what waits in a department -------------------------------------------------------------- */

enum err follow_work_opened(struct decision *d, const struct record *record, const void *event)
{
	const struct plan_work_opened *e = event;
	bool proposal = e->kind == plan_work_kind_proposal;

	if (follow_is_news(d, record) && (proposal || e->kind == plan_work_kind_coordination))
		staff_tell(d, &(struct staff_notice){.occasion = proposal ? occasion_proposal
									  : occasion_coordination,
				      .department = known_department(d->owner),
				      .plan = e->plan,
				      .item = e->work,
				      .at = e->due,
				      .work = e->kind});
	return ERR_OK;
}

/* An overdue commitment is told as such. */
enum err follow_work_overdue(struct decision *d, const struct record *record, const void *event)
{
	const struct plan_work_overdue *e = event;

	if (e->kind == plan_work_kind_commitment)
		return ERR_OK;
	staff_overtake(d, known_department(d->owner), e->work);
	if (follow_is_news(d, record))
		staff_tell(d, &(struct staff_notice){.occasion = occasion_work_overdue,
				      .department = known_department(d->owner),
				      .plan = e->plan,
				      .item = e->work,
				      .at = known_work_due(&d->state, d->owner, e->work),
				      .work = e->kind});
	return ERR_OK;
}

enum err follow_work_done(struct decision *d, const struct record *record, const void *event)
{
	const struct plan_work_done *e = event;

	(void)record;
	staff_overtake(d, known_department(d->owner), e->work);
	return ERR_OK;
}

enum err follow_conflict_found(struct decision *d, const struct record *record, const void *event)
{
	const struct conflict_found *e = event;
	const struct plan_conflict *conflict = e->conflict;
	struct text department = known_department(d->owner);

	if (follow_is_news(d, record) && conflict->severity == severity_serious &&
		!outbox_has_told(d, conflict->conflict, staff_queue(department)))
		staff_tell(d, &(struct staff_notice){.occasion = occasion_conflict,
				      .department = department,
				      .plan = e->plan,
				      .item = conflict->conflict,
				      .at = conflict->since,
				      .work = plan_work_kind_conflict});
	return ERR_OK;
}

enum err follow_conflict_gone(struct decision *d, const struct record *record, const void *event)
{
	const struct conflict_gone *e = event;

	(void)record;
	staff_overtake(d, known_department(d->owner), e->conflict);
	return ERR_OK;
}
