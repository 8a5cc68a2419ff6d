/* The table of followed events, and reactions to what the entrance did: messages, tasks and plans,
 * once for each followed record. Pure; state through service.h. */
#include "services/notification/follow.h"

#include "common/clock.h"
#include "proto/planning.h"
#include "services/notification/follow_plans.h"
#include "services/notification/known.h"
#include "services/notification/notices.h"
#include "services/notification/staff.h"

#define OCCASION(name_) (UINT32_C(1) << occasion_##name_)
#define RECEIPTS (OCCASION(receipt) | OCCASION(receipt_promise))

/* The inquiry, when there is anything to tell about it. */
static bool find(struct decision *d, const struct record *record, struct uuid inquiry,
	struct known_inquiry *ret)
{
	return follow_is_news(d, record) && known_inquiry_get(&d->state, inquiry, ret);
}

static void tell(struct decision *d, const struct record *record,
	const struct known_inquiry *inquiry, const struct notice *what)
{
	struct notice notice = *what;

	notice.inquiry = inquiry;
	notice.actor = record->actor;
	notices_tell(d, &notice);
}

static enum err received(struct decision *d, const struct record *record, const void *event)
{
	const struct inquiry_received *e = event;
	const struct notification_settings *settings = state_settings(&d->state);
	struct known_inquiry known;

	if (find(d, record, e->inquiry, &known) && known.contact)
		notices_plan(d, e->inquiry,
			&(struct notice_plan){.receipt_by = d->now + settings->receipt_wait_ms});
	return ERR_OK;
}

static enum err booked(struct decision *d, const struct record *record, const void *event)
{
	const struct first_talk_booked *e = event;
	struct known_inquiry known;
	struct notice_plan plan;

	if (!find(d, record, e->inquiry, &known) || e->talk_at <= d->now)
		return ERR_OK;
	bool awaited = notices_plan_get(&d->state, e->inquiry, &plan) && plan.receipt_by;
	uint32_t unsent = notices_overtake(d, e->inquiry, "a date was given before it was sent");
	tell(d, record, &known,
		&(struct notice){.occasion = awaited || unsent & RECEIPTS ? occasion_receipt_promise
									  : occasion_promise,
			.at = e->talk_at});
	notices_plan_reminders(d, e->inquiry, e->talk_at);
	return ERR_OK;
}

static enum err moved(struct decision *d, const struct record *record, const void *event)
{
	const struct first_talk_moved *e = event;
	struct known_inquiry known;

	if (!find(d, record, e->inquiry, &known) || e->talk_at <= d->now)
		return ERR_OK;
	uint32_t unsent = notices_overtake(d, e->inquiry, "the talk was moved before it was sent");
	tell(d, record, &known,
		&(struct notice){
			.occasion = unsent & RECEIPTS ? occasion_receipt_promise : occasion_moved,
			.at = e->talk_at});
	notices_plan_reminders(d, e->inquiry, e->talk_at);
	return ERR_OK;
}

static enum err cancelled(struct decision *d, const struct record *record, const void *event)
{
	const struct first_talk_cancelled *e = event;
	struct known_inquiry known;

	if (!find(d, record, e->inquiry, &known))
		return ERR_OK;
	uint32_t unsent =
		notices_overtake(d, e->inquiry, "the talk was cancelled before it was sent");
	if (unsent & RECEIPTS)
		tell(d, record, &known, &(struct notice){.occasion = occasion_receipt});
	else if (e->by == side_municipality && e->was_at > d->now)
		tell(d, record, &known,
			&(struct notice){.occasion = occasion_cancelled, .at = e->was_at});
	notices_plan(d, e->inquiry, &(struct notice_plan){0});
	return ERR_OK;
}

static enum err held(struct decision *d, const struct record *record, const void *event)
{
	const struct first_talk_held *e = event;

	if (!follow_is_news(d, record))
		return ERR_OK;
	(void)notices_overtake(d, e->inquiry, "the talk was held before it was sent");
	notices_plan(d, e->inquiry, &(struct notice_plan){0});
	return ERR_OK;
}

static enum err at_risk(struct decision *d, const struct record *record, const void *event)
{
	const struct promise_at_risk *e = event;
	struct known_inquiry known;

	if (find(d, record, e->inquiry, &known))
		staff_tell_entrance(d, &known, occasion_at_risk);
	return ERR_OK;
}

static enum err closed(struct decision *d, const struct record *record, const void *event)
{
	const struct inquiry_closed *e = event;
	struct known_inquiry known;

	if (!find(d, record, e->inquiry, &known))
		return ERR_OK;
	(void)notices_overtake(d, e->inquiry, "the inquiry was closed before it was sent");
	tell(d, record, &known, &(struct notice){.occasion = occasion_closed});
	notices_plan(d, e->inquiry, &(struct notice_plan){0});
	return ERR_OK;
}

/* What was copied from the entrance into messages is sealed with this node's own key of the person,
 * which must go too. */
static enum err erased(struct decision *d, const struct record *record, const void *event)
{
	const struct person_erased *e = event;

	(void)record;
	notices_forget(d, e->person);
	const struct person_erased own = {.person = e->person, .decided_by = e->decided_by};
	decision_emit(d, schema_person_erased(), e->person, &own);
	return ERR_OK;
}

const struct follow_row notification_follows[NOTIFICATION_FOLLOWS] = {
	{schema_citizen_registered, known_apply_registered, NULL},
	{schema_citizen_number_changed, known_apply_number_changed, NULL},
	{schema_inquiry_received, known_apply_received, received},
	{schema_first_talk_booked, known_apply_booked, booked},
	{schema_first_talk_moved, known_apply_moved, moved},
	{schema_first_talk_cancelled, known_apply_cancelled, cancelled},
	{schema_first_talk_held, known_apply_held, held},
	{schema_promise_at_risk, known_apply_nothing, at_risk},
	{schema_inquiry_closed, known_apply_closed, closed},
	{schema_person_erased, known_apply_nothing, erased},
	{schema_plan_closed, known_apply_plan_closed, follow_plan_closed},
	{schema_part_opened, known_apply_part_opened, NULL},
	{schema_part_joined, known_apply_part_joined, NULL},
	{schema_part_closed, known_apply_part_closed, follow_part_closed},
	{schema_coordination_begun, known_apply_nothing, follow_coordination_begun},
	{schema_answer_asked, known_apply_asked, follow_answer_asked},
	{schema_plan_answered, known_apply_answered, follow_plan_answered},
	{schema_commitment_made, known_apply_made, follow_commitment_made},
	{schema_commitment_kept, known_apply_kept, follow_commitment_kept},
	{schema_commitment_released, known_apply_released, follow_commitment_released},
	{schema_commitment_overdue, known_apply_overdue, follow_commitment_overdue},
	{schema_appointment_booked, known_apply_appointment, follow_appointment_booked},
	{schema_appointment_moved, known_apply_appointment_moved, follow_appointment_moved},
	{schema_appointment_cancelled, known_apply_appointment_cancelled,
		follow_appointment_cancelled},
	{schema_attendance_recorded, known_apply_attendance, follow_attendance},
	{schema_plan_work_opened, known_apply_work_opened, follow_work_opened},
	{schema_plan_work_overdue, known_apply_nothing, follow_work_overdue},
	{schema_plan_work_done, known_apply_work_done, follow_work_done},
	{schema_conflict_found, known_apply_nothing, follow_conflict_found},
	{schema_conflict_gone, known_apply_nothing, follow_conflict_gone},
};
