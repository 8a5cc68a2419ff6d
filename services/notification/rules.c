/* Quiet hours, limits and times of telling. Pure; touches nothing. */
#include "services/notification/rules.h"

#include "common/clock.h"
#include "proto/calendar.h"

enum { NEAR_MS = 3600 * 1000 };

struct quiet rules_quiet(
	const struct notification_settings *settings, const struct preference *preference)
{
	if (preference && preference->own_quiet)
		return (struct quiet){preference->quiet_from, preference->quiet_until};
	return (struct quiet){settings->quiet_from, settings->quiet_until};
}

int64_t rules_after_quiet(struct quiet quiet, int64_t at)
{
	int64_t minute = local_minute(at), date = local_date(at);
	bool over_midnight = quiet.from > quiet.until;
	bool evening = minute >= quiet.from, morning = minute < quiet.until;

	if (quiet.from == quiet.until)
		return at;
	if (over_midnight ? !evening && !morning : !(evening && morning))
		return at;
	return local_time(
		over_midnight && evening ? date_add_days(date, 1) : date, (int)quiet.until);
}

bool rules_disturbs(enum contact channel)
{
	return channel == contact_sms || channel == contact_email;
}

int64_t rules_next_day(struct quiet quiet, int64_t at)
{
	return rules_after_quiet(quiet, local_time(date_add_days(local_date(at), 1), 0));
}

int64_t rules_act_by(const struct notification_settings *settings, int64_t now, int64_t talk_at)
{
	int64_t before = talk_at - settings->person_before_ms;
	int64_t middle = now + (talk_at - now) / 2;
	int64_t end = now + settings->give_up_ms;

	if (talk_at <= now)
		return end;
	before = before > middle ? before : middle;
	return before < end ? before : end;
}

int64_t rules_task_due(int64_t now, int64_t useless_after)
{
	int64_t due = now + MS_PER_DAY;

	if (useless_after > now && useless_after < due)
		due = useless_after;
	return due;
}

int64_t rules_pause(const struct notification_settings *settings, int64_t attempts)
{
	if (attempts < 1 || attempts > (int64_t)settings->n_retry)
		return 0;
	return settings->retry_ms[attempts - 1];
}

int64_t rules_day_before(int64_t now, int64_t talk_at)
{
	int64_t at = talk_at - MS_PER_DAY;

	return at > now + NEAR_MS ? at : 0;
}

int64_t rules_hour_before(int64_t now, int64_t talk_at)
{
	int64_t at = talk_at - MS_PER_HOUR;

	return at > now + NEAR_MS ? at : 0;
}

int64_t rules_digest_at(const struct notification_settings *settings, int64_t now)
{
	int minute = (int)settings->digest_minute;
	int64_t date = calendar_add_working_days(local_date(now), 0);

	if (local_time(date, minute) <= now)
		date = calendar_add_working_days(date, 1);
	return local_time(date, minute);
}

int64_t rules_before_due(int64_t now, int64_t due)
{
	return due - MS_PER_DAY > now ? due - MS_PER_DAY : 0;
}

bool rules_did_it(const struct actor *actor, const struct known_inquiry *inquiry)
{
	bool citizen = actor && text_is(actor->role, "citizen");
	bool representative = actor && text_is(actor->role, "representative");
	struct uuid id;

	if (!citizen && !representative)
		return false;
	if (actor->id.n && uuid_parse(actor->id.p, actor->id.n, &id))
		return uuid_equal(id, inquiry->from);
	return citizen ? inquiry->asker == asker_citizen : inquiry->asker == asker_relative;
}

enum tongue rules_tongue(struct text language)
{
	return language.n == 0 || text_is(language, "da") ? tongue_da : tongue_en;
}
