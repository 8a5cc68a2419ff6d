/* Reactions to what the entrance did: messages, tasks and plans, once for each followed record.
 * Pure; state through service.h. */
#include "services/notification/follow.h"

#include "common/clock.h"
#include "services/notification/known.h"
#include "services/notification/notices.h"
#include "services/notification/outbox.h"
#include "services/notification/rules.h"
#include "services/notification/tasks.h"

#define OCCASION(name_) (UINT32_C(1) << occasion_##name_)
#define RECEIPTS (OCCASION(receipt) | OCCASION(receipt_promise))

/* An import tells nobody, and what was found only now tells nobody what they know by now. */
static bool is_news(struct decision *d, const struct record *record)
{
	const struct notification_settings *settings = state_settings(&d->state);

	return !record->historical && record->time > d->now - settings->news_ms;
}

/* The inquiry, when there is anything to tell about it. */
static bool find(struct decision *d, const struct record *record, struct uuid inquiry,
	struct known_inquiry *ret)
{
	return is_news(d, record) && known_inquiry_get(&d->state, inquiry, ret);
}

static void plan_reminders(struct decision *d, struct uuid inquiry, int64_t talk_at)
{
	notices_plan(d, inquiry,
		&(struct notice_plan){.day_at = rules_day_before(d->now, talk_at),
			.hour_at = rules_hour_before(d->now, talk_at),
			.talk_at = talk_at});
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
	uint32_t unsent = outbox_overtake(d, e->inquiry, "a date was given before it was sent");
	tasks_finish_of_inquiry(d, e->inquiry);
	notices_tell(d,
		&(struct notice){&known,
			awaited || unsent & RECEIPTS ? occasion_receipt_promise : occasion_promise,
			e->talk_at, record->actor});
	plan_reminders(d, e->inquiry, e->talk_at);
	return ERR_OK;
}

static enum err moved(struct decision *d, const struct record *record, const void *event)
{
	const struct first_talk_moved *e = event;
	struct known_inquiry known;

	if (!find(d, record, e->inquiry, &known) || e->talk_at <= d->now)
		return ERR_OK;
	uint32_t unsent = outbox_overtake(d, e->inquiry, "the talk was moved before it was sent");
	tasks_finish_of_inquiry(d, e->inquiry);
	notices_tell(d, &(struct notice){&known,
				unsent & RECEIPTS ? occasion_receipt_promise : occasion_moved,
				e->talk_at, record->actor});
	plan_reminders(d, e->inquiry, e->talk_at);
	return ERR_OK;
}

static enum err cancelled(struct decision *d, const struct record *record, const void *event)
{
	const struct first_talk_cancelled *e = event;
	struct known_inquiry known;

	if (!find(d, record, e->inquiry, &known))
		return ERR_OK;
	uint32_t unsent =
		outbox_overtake(d, e->inquiry, "the talk was cancelled before it was sent");
	tasks_finish_of_inquiry(d, e->inquiry);
	if (unsent & RECEIPTS)
		notices_tell(d, &(struct notice){&known, occasion_receipt, 0, record->actor});
	else if (e->by == side_municipality && e->was_at > d->now)
		notices_tell(
			d, &(struct notice){&known, occasion_cancelled, e->was_at, record->actor});
	notices_plan(d, e->inquiry, &(struct notice_plan){0});
	return ERR_OK;
}

static enum err held(struct decision *d, const struct record *record, const void *event)
{
	const struct first_talk_held *e = event;

	if (!is_news(d, record))
		return ERR_OK;
	(void)outbox_overtake(d, e->inquiry, "the talk was held before it was sent");
	tasks_finish_of_inquiry(d, e->inquiry);
	notices_plan(d, e->inquiry, &(struct notice_plan){0});
	return ERR_OK;
}

static enum err at_risk(struct decision *d, const struct record *record, const void *event)
{
	const struct promise_at_risk *e = event;
	struct known_inquiry known;

	if (find(d, record, e->inquiry, &known))
		notices_tell_staff(d, &(struct notice){&known, occasion_at_risk, 0, record->actor});
	return ERR_OK;
}

static enum err closed(struct decision *d, const struct record *record, const void *event)
{
	const struct inquiry_closed *e = event;
	struct known_inquiry known;

	if (!find(d, record, e->inquiry, &known))
		return ERR_OK;
	(void)outbox_overtake(d, e->inquiry, "the inquiry was closed before it was sent");
	tasks_finish_of_inquiry(d, e->inquiry);
	notices_tell(d, &(struct notice){&known, occasion_closed, 0, record->actor});
	notices_plan(d, e->inquiry, &(struct notice_plan){0});
	return ERR_OK;
}

/* What was copied from the entrance into messages is sealed with this node's own key of the person,
 * which must go too. */
static enum err erased(struct decision *d, const struct record *record, const void *event)
{
	const struct person_erased *e = event;

	(void)record;
	outbox_forget(d, e->person);
	decision_emit(d, schema_person_erased(), e->person, e);
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
};
