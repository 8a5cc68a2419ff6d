/* Whom to tell, how, in which words, and what to tell later. Pure; state through service.h. */
#include "services/notification/notices.h"

#include <string.h>

#include "common/clock.h"
#include "services/notification/known.h"
#include "services/notification/rules.h"
#include "services/notification/tasks.h"
#include "services/notification/templates.h"

/* Less than this before the talk the reminder of the day before is left to that of the hour. */
enum { DAY_TOO_LATE_MS = 2 * 3600 * 1000 };

static const struct notification_settings *settings_of(struct decision *d)
{
	return state_settings(&d->state);
}

/* ---- to whom and how ------------------------------------------------------------------------- */

/* One person as they are reached. */
struct addressee {
	struct uuid id;
	bool staff;
	enum contact channel;
	struct text address; /* open */
	enum tongue tongue;
	struct quiet quiet;
	bool is_protected;
};

/* Post finds a citizen by the number, so that the address need not be known here. */
static void find_by_number(
	struct decision *d, const struct known_inquiry *inquiry, struct addressee *to)
{
	bool post = to->channel == contact_digital_post || to->channel == contact_letter;
	struct known_citizen citizen;

	if (!known_citizen_get(&d->state, inquiry->citizen, &citizen))
		return;
	to->is_protected = citizen.protected;
	if (to->address.n || !post || !uuid_equal(inquiry->from, inquiry->citizen))
		return;
	to->address = citizen.number;
	(void)state_open_text(&d->state, citizen.citizen, &to->address);
}

static void find_addressee(
	struct decision *d, const struct known_inquiry *inquiry, struct addressee *ret)
{
	struct preference preference;
	bool same;

	(void)notices_preference(&d->state, inquiry->from, &preference);
	same = !preference.channel || preference.channel == inquiry->contact;
	*ret = (struct addressee){.id = inquiry->from,
		.channel = preference.channel ? preference.channel : inquiry->contact,
		.tongue =
			preference.language ? preference.language : rules_tongue(inquiry->language),
		.quiet = rules_quiet(settings_of(d), &preference)};
	if (preference.address.n)
		ret->address = preference.address;
	else if (same)
		ret->address = inquiry->contact_at;
	(void)state_open_text(&d->state, inquiry->from, &ret->address);
	find_by_number(d, inquiry, ret);
}

/* A queue is no person, but what is written to it is kept like a person's. */
static struct uuid queue_id(const char *queue)
{
	return uuid_of_hash(0, bytes_of_string(queue));
}

/* ---- into the outbox ------------------------------------------------------------------------- */

static bool is_about_coming_talk(struct decision *d, const struct notice *notice)
{
	return notice->talk_at > d->now && notice->occasion != occasion_cancelled;
}

static int64_t not_before(struct decision *d, const struct addressee *to, int64_t act_by)
{
	int64_t after = rules_after_quiet(to->quiet, d->now);

	/* where waiting would come too late, being told matters more than being left alone */
	return !to->staff && rules_disturbs(to->channel) && after < act_by ? after : d->now;
}

static void queue(struct decision *d, const struct notice *notice, const struct addressee *to)
{
	const struct known_inquiry *inquiry = notice->inquiry;
	int64_t coming = is_about_coming_talk(d, notice) ? notice->talk_at : 0;
	const struct template_values values = {inquiry->reference, notice->talk_at,
		to->is_protected ? talk_mode_none : inquiry->mode, settings_of(d)->sender_name};
	struct message_queued e = {.message = decision_uuid(d),
		.inquiry = inquiry->inquiry,
		.reference = inquiry->reference,
		.recipient = to->id,
		.staff = to->staff,
		.occasion = notice->occasion,
		.channel = to->channel,
		.language = to->tongue,
		.act_by = rules_act_by(settings_of(d), d->now, coming),
		.useless_after = coming,
		.address = to->address};
	struct rendered words;

	if (!template_render(
		    notice->occasion, to->tongue, to->channel, &values, d->state.arena, &words)) {
		d->err = ERR_NO_MEMORY;
		return;
	}
	e.not_before = not_before(d, to, e.act_by);
	e.subject = words.subject;
	e.body = words.body;
	decision_emit(d, schema_message_queued(), e.message, &e);
}

static void ask_person(struct decision *d, const struct notice *notice, const struct addressee *to,
	enum task_kind kind)
{
	int64_t coming = is_about_coming_talk(d, notice) ? notice->talk_at : 0;
	struct undeliverable_task_opened task = {.kind = kind,
		.inquiry = notice->inquiry->inquiry,
		.reference = notice->inquiry->reference,
		.recipient = to->id,
		.occasion = notice->occasion,
		.due = rules_task_due(d->now, coming),
		.address = to->address};

	tasks_open(d, &task);
}

static bool is_receipt(enum occasion occasion)
{
	return occasion == occasion_receipt || occasion == occasion_receipt_promise;
}

static bool is_reminder(enum occasion occasion)
{
	return occasion == occasion_reminder_day || occasion == occasion_reminder_hour;
}

void notices_tell(struct decision *d, const struct notice *notice)
{
	struct addressee to;

	/* a receipt is the answer to whoever asked; anything else they did they know */
	if (d->historical ||
		(!is_receipt(notice->occasion) && rules_did_it(notice->actor, notice->inquiry)))
		return;
	find_addressee(d, notice->inquiry, &to);
	if (!to.channel || to.channel == contact_not_at_all)
		return;
	if (to.channel == contact_phone) {
		if (!is_reminder(notice->occasion))
			ask_person(d, notice, &to, task_kind_ring);
		return;
	}
	if (is_reminder(notice->occasion) && !rules_disturbs(to.channel))
		return; /* post would come after the talk */
	if (to.address.n)
		queue(d, notice, &to);
	else
		ask_person(d, notice, &to, task_kind_undeliverable);
}

void notices_tell_staff(struct decision *d, const struct notice *notice)
{
	const struct notification_settings *settings = settings_of(d);
	const struct addressee to = {.id = queue_id(settings->queue),
		.staff = true,
		.channel = contact_email,
		.address = text_of(settings->queue_address),
		.tongue = tongue_da};

	if (!d->historical && to.address.n)
		queue(d, notice, &to);
}

/* ---- later ----------------------------------------------------------------------------------- */

bool notices_plan_get(struct state *state, struct uuid inquiry, struct notice_plan *ret)
{
	struct key key = notification_key(inquiry);

	return state_get(state, TREE_PLAN, &key, schema_notice_plan(), ret);
}

void notices_plan(struct decision *d, struct uuid inquiry, const struct notice_plan *plan)
{
	bool any = plan->receipt_by || plan->day_at || plan->hour_at;
	const struct notices_planned e = {.inquiry = inquiry,
		.receipt_by = plan->receipt_by,
		.day_at = plan->day_at,
		.hour_at = plan->hour_at,
		.talk_at = any ? plan->talk_at : 0};
	struct notice_plan now;

	(void)notices_plan_get(&d->state, inquiry, &now);
	if (now.receipt_by == e.receipt_by && now.day_at == e.day_at && now.hour_at == e.hour_at &&
		now.talk_at == e.talk_at)
		return;
	decision_emit(d, schema_notices_planned(), inquiry, &e);
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
		notices_tell(d, &(struct notice){&known, occasion_receipt, 0, NULL});
	plan.receipt_by = 0;
	notices_plan(d, inquiry, &plan);
	return ERR_OK;
}

/* Reminds of the talk that was planned for, if it still stands and is not near or past already. */
static void remind(struct decision *d, struct uuid inquiry, enum occasion occasion, int64_t spare)
{
	struct known_inquiry known;
	struct notice_plan plan;

	if (!known_inquiry_get(&d->state, inquiry, &known) ||
		!notices_plan_get(&d->state, inquiry, &plan))
		return;
	if (known.state == inquiry_state_talk_booked && known.talk_at == plan.talk_at &&
		known.talk_at > d->now + spare)
		notices_tell(d, &(struct notice){&known, occasion, known.talk_at, NULL});
	if (occasion == occasion_reminder_day)
		plan.day_at = 0;
	else
		plan.hour_at = 0;
	notices_plan(d, inquiry, &plan);
}

enum err notices_decide_day(struct decision *d, struct uuid inquiry, int64_t due)
{
	(void)due;
	remind(d, inquiry, occasion_reminder_day, DAY_TOO_LATE_MS);
	return ERR_OK;
}

enum err notices_decide_hour(struct decision *d, struct uuid inquiry, int64_t due)
{
	(void)due;
	remind(d, inquiry, occasion_reminder_hour, 0);
	return ERR_OK;
}

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
	struct key key = notification_key(e->inquiry);
	const struct notice_plan plan = {e->receipt_by, e->day_at, e->hour_at, e->talk_at};

	if (plan.receipt_by || plan.day_at || plan.hour_at)
		fold_put(fold, TREE_PLAN, &key, schema_notice_plan(), &plan);
	else
		fold_delete(fold, TREE_PLAN, &key);
	set_deadline(fold, record, DEADLINE_RECEIPT, plan.receipt_by);
	set_deadline(fold, record, DEADLINE_DAY, plan.day_at);
	set_deadline(fold, record, DEADLINE_HOUR, plan.hour_at);
}
