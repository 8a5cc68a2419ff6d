/* The list of reports; pure. */
#include "services/reporting/reports.h"

const struct report_kind *report_kind_of(enum report_name name)
{
	static const struct report_kind *const kinds[] = {&report_r1, &report_r2, &report_r3,
		&report_r4, &report_r5, &report_r6, &report_r7, &report_r8, &report_r9};

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
	[SHOW_MEDIAN_DAYS] = {report_unit_days, 1},
	[SHOW_P90_DAYS] = {report_unit_days, 1},
	[SHOW_MEDIAN_POINTS] = {report_unit_points, 0},
	[SHOW_SAVED] = {report_unit_kroner, 0},
	[SHOW_COST] = {report_unit_kroner, 0},
};

enum report_unit show_unit(enum show show)
{
	return shows[show].unit;
}

int64_t show_decimals(enum show show)
{
	return shows[show].decimals;
}

bool measure_takes(const struct measure *measure, const struct item *item, int64_t *ret_value)
{
	if (measure->of)
		return measure->of(item, ret_value);
	*ret_value = item->value;
	return (item->flags & measure->flags) == measure->flags;
}
