/* Whom to tell, how, and in which words. Pure; state through service.h. */
#include "services/notification/notices.h"

#include <string.h>

#include "common/clock.h"
#include "services/notification/known.h"
#include "services/notification/outbox.h"
#include "services/notification/rules.h"
#include "services/notification/tasks.h"
#include "services/notification/templates.h"

static const struct notification_settings *settings_of(struct decision *d)
{
	return state_settings(&d->state);
}

/* ---- to whom and how ------------------------------------------------------------------------- */

/* One person as they are reached. */
struct addressee {
	struct uuid id;
	enum contact channel;
	struct text address; /* open */
	enum tongue tongue;
	struct quiet quiet;
	bool is_protected, erased;
};

/* The inquiry that says how; of a plan's citizen none may be known. */
static void find_reach(struct decision *d, const struct notice *notice, struct known_inquiry *ret)
{
	if (notice->inquiry)
		*ret = *notice->inquiry;
	else if (!known_reach_get(&d->state, notice->citizen, ret))
		*ret = (struct known_inquiry){.from = notice->citizen,
			.citizen = notice->citizen,
			.asker = asker_citizen};
}

/* Post finds a citizen by the number, so that the address need not be known here. */
static void find_by_number(
	struct decision *d, const struct known_inquiry *reach, struct addressee *to)
{
	bool post = to->channel == contact_digital_post || to->channel == contact_letter;
	struct known_citizen citizen;

	if (!known_citizen_get(&d->state, reach->citizen, &citizen))
		return;
	to->is_protected = citizen.protected;
	if (to->address.n || !post || !uuid_equal(reach->from, reach->citizen))
		return;
	to->address = citizen.number;
	(void)state_open_text(&d->state, citizen.citizen, &to->address);
}

static void find_addressee(
	struct decision *d, const struct known_inquiry *reach, struct addressee *ret)
{
	struct preference preference;
	bool same;

	(void)notices_preference(&d->state, reach->from, &preference);
	same = !preference.channel || preference.channel == reach->contact;
	*ret = (struct addressee){.id = reach->from,
		.channel = preference.channel ? preference.channel : reach->contact,
		.tongue = preference.language ? preference.language : rules_tongue(reach->language),
		.quiet = rules_quiet(settings_of(d), &preference)};
	if (preference.address.n)
		ret->address = preference.address;
	else if (same)
		ret->address = reach->contact_at;
	ret->erased = ret->address.n && !state_open_text(&d->state, reach->from, &ret->address);
	find_by_number(d, reach, ret);
}

/* ---- into the outbox ------------------------------------------------------------------------- */

/* The date that it is about, when that is still to come. */
static int64_t coming(struct decision *d, const struct notice *notice)
{
	bool off = notice->occasion == occasion_cancelled ||
		   notice->occasion == occasion_appointment_cancelled;

	return notice->at > d->now && !off ? notice->at : 0;
}

static int64_t not_before(struct decision *d, const struct addressee *to, int64_t act_by)
{
	int64_t after = rules_after_quiet(to->quiet, d->now);

	/* where waiting would come too late, being told matters more than being left alone */
	return rules_disturbs(to->channel) && after < act_by ? after : d->now;
}

static void queue(struct decision *d, const struct notice *notice, const struct addressee *to)
{
	const struct known_inquiry *inquiry = notice->inquiry;
	enum talk_mode mode = inquiry ? inquiry->mode : notice->mode;
	const struct template_values values = {
		.reference = inquiry ? inquiry->reference : TEXT_NONE,
		.talk_at = notice->at,
		.mode = to->is_protected ? talk_mode_none : mode,
		.sender = settings_of(d)->sender_name,
		.phone = settings_of(d)->phone};
	struct message_queued e = {.message = decision_uuid(d),
		.reference = values.reference,
		.recipient = to->id,
		.occasion = notice->occasion,
		.channel = to->channel,
		.language = to->tongue,
		.act_by = rules_act_by(settings_of(d), d->now, coming(d, notice)),
		.useless_after = coming(d, notice),
		.address = to->address,
		.plan = notice->plan,
		.item = notice->item};
	struct rendered words;

	if (!template_render(
		    notice->occasion, to->tongue, to->channel, &values, d->state.arena, &words)) {
		d->err = ERR_NO_MEMORY;
		return;
	}
	if (inquiry)
		e.inquiry = inquiry->inquiry;
	e.not_before = not_before(d, to, e.act_by);
	e.subject = words.subject;
	e.body = words.body;
	decision_emit(d, schema_message_queued(), e.message, &e);
}

static void ask_person(struct decision *d, const struct notice *notice, const struct addressee *to,
	enum task_kind kind)
{
	struct undeliverable_task_opened task = {.kind = kind,
		.recipient = to->id,
		.occasion = notice->occasion,
		.due = rules_task_due(d->now, coming(d, notice)),
		.address = to->address,
		.plan = notice->plan,
		.item = notice->item};

	if (notice->inquiry) {
		task.inquiry = notice->inquiry->inquiry;
		task.reference = notice->inquiry->reference;
	}
	tasks_open(d, &task);
}

static void wait(struct decision *d, const struct notice *notice)
{
	const struct notice_waits e = {.subject = notice->item,
		.plan = notice->plan,
		.person = notice->citizen,
		.occasion = notice->occasion,
		.about_at = notice->at,
		.mode = notice->mode,
		.until = d->now + settings_of(d)->receipt_wait_ms};

	decision_emit(d, schema_notice_waits(), e.subject, &e);
}

static bool is_receipt(enum occasion occasion)
{
	return occasion == occasion_receipt || occasion == occasion_receipt_promise;
}

static bool is_reminder(enum occasion occasion)
{
	return occasion == occasion_reminder_day || occasion == occasion_reminder_hour ||
	       occasion == occasion_appointment_day || occasion == occasion_appointment_hour ||
	       occasion == occasion_commitment_due;
}

/* By the channel, which is known. */
static void tell_by_channel(
	struct decision *d, const struct notice *notice, const struct addressee *to)
{
	bool reminder = is_reminder(notice->occasion);

	if (to->channel == contact_not_at_all || (reminder && !rules_disturbs(to->channel)))
		return;
	if (to->channel == contact_phone)
		ask_person(d, notice, to, task_kind_ring);
	else if (to->address.n)
		queue(d, notice, to);
	else if (notice->inquiry || notice->waited)
		ask_person(d, notice, to, task_kind_undeliverable);
	else
		wait(d, notice);
}

static bool is_over(struct decision *d, const struct notice *notice)
{
	return !notice->inquiry && notice->occasion != occasion_plan_closed &&
	       known_plan_ended(&d->state, notice->plan);
}

void notices_tell(struct decision *d, const struct notice *notice)
{
	struct known_inquiry reach;
	struct addressee to;

	find_reach(d, notice, &reach);
	/* a receipt is the answer to whoever asked; anything else they did they know */
	if (d->historical || is_over(d, notice) ||
		(!is_receipt(notice->occasion) && rules_did_it(notice->actor, &reach)))
		return;
	find_addressee(d, &reach, &to);
	if (to.erased)
		return;
	if (to.channel)
		tell_by_channel(d, notice, &to);
	else if (!notice->inquiry && !notice->waited && !is_reminder(notice->occasion))
		wait(d, notice);
	else if (!notice->inquiry && notice->waited)
		ask_person(d, notice, &to, task_kind_undeliverable);
}

/* ---- what waits, and what is overtaken ------------------------------------------------------- */

struct uuid notices_subject(struct uuid plan, enum occasion occasion)
{
	uint8_t of[sizeof(plan.b) + 1];

	memcpy(of, plan.b, sizeof(plan.b));
	of[sizeof(plan.b)] = (uint8_t)occasion;
	return uuid_of_hash(0, bytes_of(of, sizeof(of)));
}

static bool get_waiting(struct decision *d, struct uuid subject, struct waiting_notice *ret)
{
	struct key key = notification_key(subject);

	return state_get(&d->state, TREE_WAITING, &key, schema_waiting_notice(), ret);
}

static void wait_no_more(struct decision *d, struct uuid subject)
{
	const struct notice_waits e = {.subject = subject};

	decision_emit(d, schema_notice_waits(), subject, &e);
}

uint32_t notices_overtake(struct decision *d, struct uuid subject, const char *why)
{
	uint32_t unsent = outbox_overtake(d, subject, why);
	struct waiting_notice waiting;

	tasks_finish_of_subject(d, subject);
	if (get_waiting(d, subject, &waiting)) {
		unsent |= UINT32_C(1) << waiting.occasion;
		wait_no_more(d, subject);
	}
	return unsent;
}

void notices_forget(struct decision *d, struct uuid person)
{
	struct waiting_notice waiting;
	struct rows rows;

	outbox_forget(d, person);
	rows_begin(&rows, &d->state, TREE_WAITING, schema_waiting_notice(), NULL, NULL);
	while (rows_next(&rows, &waiting))
		if (uuid_equal(waiting.person, person))
			wait_no_more(d, notification_key_last_id(rows.scan.key));
	rows_end(&rows);
}

enum err notices_decide_reach(struct decision *d, struct uuid subject, int64_t due)
{
	struct waiting_notice waiting;

	(void)due;
	if (!get_waiting(d, subject, &waiting))
		return ERR_OK;
	notices_tell(d, &(struct notice){.occasion = waiting.occasion,
				.plan = waiting.plan,
				.citizen = waiting.person,
				.item = subject,
				.mode = waiting.mode,
				.at = waiting.about_at,
				.waited = true});
	wait_no_more(d, subject);
	return ERR_OK;
}

void notices_apply_waits(struct fold *fold, const struct record *record, const void *event)
{
	const struct notice_waits *e = event;
	struct key key = notification_key(e->subject);
	const struct waiting_notice row = {
		e->plan, e->person, e->occasion, e->about_at, e->mode, e->until};

	if (e->until) {
		fold_put(fold, TREE_WAITING, &key, schema_waiting_notice(), &row);
		fold_deadline(fold, record, DEADLINE_REACH, e->until);
	} else {
		fold_delete(fold, TREE_WAITING, &key);
		fold_deadline_clear(fold, record->entity, DEADLINE_REACH);
	}
}
