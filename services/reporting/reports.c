/* The list of reports; pure. */
#include "services/reporting/reports.h"

const struct report_kind *report_kind_of(enum report_name name)
{
	static const struct report_kind *const kinds[] = {&report_r1, &report_r2, &report_r3};

	for (size_t i = 0; i < sizeof(kinds) / sizeof(kinds[0]); i++)
		if (kinds[i]->name == name)
			return kinds[i];
	return NULL;
}

static const struct {
	enum report_unit unit;
	int64_t decimals;
} shows[] = {
	[SHOW_COUNT] = {report_unit_count, 0},
	[SHOW_SHARE] = {report_unit_percent, 1},
	[SHOW_SHARE_OF_TOTAL] = {report_unit_percent, 1},
	[SHOW_MEDIAN] = {report_unit_hours, 1},
	[SHOW_P90] = {report_unit_hours, 1},
	[SHOW_LONGEST] = {report_unit_hours, 1},
	[SHOW_OLDEST] = {report_unit_date, 0},
};

enum report_unit show_unit(enum show show)
{
	return shows[show].unit;
}

int64_t show_decimals(enum show show)
{
	return shows[show].decimals;
}
