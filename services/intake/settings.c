/* The settings of the entrance, its rota and its opening hours. Touches nothing. */
#include "services/intake/settings.h"

#include <string.h>

#include "common/clock.h"
#include "proto/calendar.h"

#define AT(field_) offsetof(struct intake_settings, field_)
#define WEEK_MS (7 * MS_PER_DAY)

const struct setting intake_settings_table[] = {
	{"intake", "child_concern_within", SETTING_MS, AT(child_concern_ms), "24h", MS_PER_MINUTE,
		WEEK_MS, "a concern for a child is assessed within"},
	{"intake", "soon_days", SETTING_INT, AT(soon_days), "2", 0, 60,
		"published limit for urgency soon, working days"},
	{"intake", "normal_days", SETTING_INT, AT(normal_days), "5", 0, 60,
		"published limit for urgency normal, working days"},
	{"intake", "open_minute", SETTING_INT, AT(open_minute), "480", 0, 1439,
		"opens, minutes past midnight"},
	{"intake", "close_minute", SETTING_INT, AT(close_minute), "960", 1, 1439,
		"closes, minutes past midnight"},
	{"intake", "promise_grace", SETTING_MS, AT(grace_ms), "12h", 0, WEEK_MS,
		"after a promised talk, before the promise counts as broken"},
	{"intake", "alert_escalation", SETTING_MS, AT(escalation_ms), "15m", MS_PER_MINUTE,
		MS_PER_DAY, "an alert that nobody took climbs after"},
	{"intake", "repair_within", SETTING_MS, AT(repair_ms), "4h", 0, WEEK_MS,
		"opening time within which a broken promise is to be repaired"},
	{"intake", "triage_days", SETTING_INT, AT(triage_days), "3", 0, 60,
		"working days from the first talk to a decision on how it goes on"},
	{"intake", "queue", SETTING_TEXT, AT(queue), "entrance", 1, OWNER_BYTES,
		"owner of work that nobody has taken"},
	{"intake", "manager", SETTING_TEXT, AT(manager), "manager", 1, OWNER_BYTES,
		"owner of work that stayed undone"},
	{"intake", "on_call", SETTING_TEXT, AT(on_call), "", 0, 1000,
		"names, separated by commas, in the order in which alerts climb"},
	{"intake", "departments", SETTING_TEXT, AT(departments), "employment, family, social", 0,
		1000, "departments with a node planning.<name>, separated by commas"},
	{"intake", "town_key_file", SETTING_TEXT, AT(town_key_file), NULL, 1, 4096,
		"file of the town's key for looking up numbers, 64 hexadecimal digits"},
};
const size_t n_intake_settings = sizeof(intake_settings_table) / sizeof(intake_settings_table[0]);

/* ---- the rota -------------------------------------------------------------------------------- */

/* The next name from *at on, without the blanks around it; false at the end. */
static bool next_name(const char **at, struct text *ret)
{
	const char *s = *at + strspn(*at, ", \t");
	size_t n = strcspn(s, ",");

	*at = s + n;
	while (n > 0 && (s[n - 1] == ' ' || s[n - 1] == '\t'))
		n--;
	*ret = (struct text){s, (uint32_t)n, false};
	return n > 0;
}

struct text intake_on_call_after(const struct intake_settings *settings, struct text present)
{
	const char *at = settings->on_call ? settings->on_call : "";
	struct text first, name;
	bool found;

	if (!next_name(&at, &first))
		return text_of(settings->queue);
	found = text_equal(first, present);
	while (next_name(&at, &name)) {
		if (found)
			return name;
		found = text_equal(name, present);
	}
	return first;
}

bool intake_has_department(const struct intake_settings *settings, struct text department)
{
	const char *at = settings->departments ? settings->departments : "";
	struct text name;

	while (next_name(&at, &name))
		if (text_equal(name, department))
			return true;
	return false;
}

enum err intake_settings_check(const struct intake_settings *settings, struct reason *reason)
{
	const char *at = settings->on_call ? settings->on_call : "";
	struct text name;

	if (settings->open_minute >= settings->close_minute)
		return reason_set(
			reason, ERR_INVALID, "intake.close_minute", "must come after open_minute");
	while (next_name(&at, &name))
		if (name.n > OWNER_BYTES)
			return reason_set(reason, ERR_INVALID, "intake.on_call",
				"a name has at most %d bytes", OWNER_BYTES);
	at = settings->departments ? settings->departments : "";
	while (next_name(&at, &name))
		if (name.n > DEPARTMENT_NAME)
			return reason_set(reason, ERR_INVALID, "intake.departments",
				"a name has at most %d bytes", DEPARTMENT_NAME);
	return ERR_OK;
}

/* ---- opening hours --------------------------------------------------------------------------- */

int64_t intake_next_open(const struct intake_settings *settings, int64_t from)
{
	int64_t date = local_date(from);
	int minute = local_minute(from);

	if (!calendar_is_working_day(date) || minute >= settings->close_minute)
		return local_time(calendar_add_working_days(date, 1), (int)settings->open_minute);
	return minute < settings->open_minute ? local_time(date, (int)settings->open_minute) : from;
}

int64_t intake_end_of_working_day(
	const struct intake_settings *settings, int64_t from, int64_t days)
{
	return local_time(calendar_add_working_days(local_date(from), (int)days),
		(int)settings->close_minute);
}
