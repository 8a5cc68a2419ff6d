/* The settings of a reporting node. Touches nothing. */
#include "services/reporting/settings.h"

#include <string.h>

#include "common/clock.h"

enum { PRICE_MAX = 100000000 };

const struct setting reporting_settings_table[] = {
	{"reporting", "suppress_below", SETTING_INT,
		offsetof(struct reporting_settings, suppress_below), "5", 0, 1000,
		"counts from 1 to below this are not shown where a report is divided, and what "
		"would give them away is not either; 0: everything is shown"},
	{"reporting", "suppress_period_days", SETTING_INT,
		offsetof(struct reporting_settings, suppress_period_days), "90", 1, 36500,
		"a report that is not divided shows everything when its period is at least so "
		"long"},
	{"reporting", "price_face_to_face", SETTING_INT,
		offsetof(struct reporting_settings, price_face_to_face), "0", 0, PRICE_MAX,
		"what face-to-face support of one person costs a year, in kroner; 0: not set"},
	{"reporting", "price_course", SETTING_INT,
		offsetof(struct reporting_settings, price_course), "0", 0, PRICE_MAX,
		"what a course of one person costs, in kroner; 0: not set"},
	{"reporting", "prices_of", SETTING_TEXT, offsetof(struct reporting_settings, prices_of), "",
		0, 10,
		"the day of which these prices are, such as 2026-01-01; required with a price"},
};
const size_t n_reporting_settings =
	sizeof(reporting_settings_table) / sizeof(reporting_settings_table[0]);

enum err reporting_settings_check(const struct reporting_settings *settings, struct reason *reason)
{
	const char *of = settings->prices_of;
	bool priced = settings->price_face_to_face || settings->price_course;
	int64_t date;

	if ((*of || priced) && !date_parse(of, strlen(of), &date))
		return reason_set(reason, ERR_INVALID, "reporting.prices_of",
			"must be a date such as 2026-01-01");
	return ERR_OK;
}
