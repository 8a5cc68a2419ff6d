/* R1, inquiries: how they came, who asked, about what and how urgent; pure. */
#include "services/reporting/reports.h"

static bool inquiry(const struct item *item, int64_t *ret_value)
{
	(void)item;
	*ret_value = 0;
	return true;
}

static const enum dimension sections[] = {dimension_channel, dimension_asker, dimension_life_area,
	dimension_any_life_area, dimension_urgency};

static const struct measure measures[] = {
	{inquiry, false, EVIDENCE_RECEIVED, 0},
};

static const struct column columns[] = {
	{"inquiries", {"Inquiries", "Henvendelser"},
		{"inquiries received in the period", "henvendelser modtaget i perioden"},
		SHOW_COUNT, 0, 0},
	{"share", {"Share", "Andel"},
		{"of all inquiries of the period", "af alle henvendelser i perioden"},
		SHOW_SHARE_OF_TOTAL, 0, 0},
};

static const struct series series[] = {
	{{"Inquiries", "Henvendelser"}, {"inquiries"}},
};

const struct report_kind report_r1 = {
	.name = report_name_r1,
	.title = {"Inquiries", "Henvendelser"},
	.counted = {"inquiries", "henvendelser"},
	.course = {WALK_INQUIRIES, NULL, 0, NULL},
	.dimensions = DIMENSIONS_OF_INQUIRIES | 1 << dimension_any_life_area,
	.sections = sections,
	.n_sections = sizeof(sections) / sizeof(sections[0]),
	.measures = measures,
	.n_measures = sizeof(measures) / sizeof(measures[0]),
	.columns = columns,
	.n_columns = sizeof(columns) / sizeof(columns[0]),
	.picture = {PICTURE_STACK, {"number of inquiries", "antal henvendelser"}, series,
		sizeof(series) / sizeof(series[0]), "share", {"", ""}},
};
