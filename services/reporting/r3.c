/* R3, promises: what became of each promised date; pure. */
#include "services/reporting/reports.h"

enum { MADE, KEPT, MOVED_BY_CITIZEN, MOVED_BY_US, BROKEN, LAPSED, OPEN, DUE, AT_RISK };

static bool is(const struct item *item, enum promise_state state, int64_t *ret_value)
{
	*ret_value = 0;
	return item->entry->state == state;
}

static bool made(const struct item *item, int64_t *ret_value)
{
	*ret_value = 0;
	return item->entry->state != promise_state_none;
}

static bool kept(const struct item *item, int64_t *ret_value)
{
	return is(item, promise_state_kept, ret_value);
}

static bool moved_by_citizen(const struct item *item, int64_t *ret_value)
{
	return is(item, promise_state_moved_by_citizen, ret_value);
}

static bool moved_by_us(const struct item *item, int64_t *ret_value)
{
	return is(item, promise_state_moved_by_us, ret_value);
}

static bool broken(const struct item *item, int64_t *ret_value)
{
	return is(item, promise_state_broken, ret_value);
}

static bool lapsed(const struct item *item, int64_t *ret_value)
{
	return is(item, promise_state_lapsed, ret_value);
}

static bool standing(const struct item *item, int64_t *ret_value)
{
	return is(item, promise_state_made, ret_value);
}

/* It was ours to keep, and it is decided whether we did. */
static bool due(const struct item *item, int64_t *ret_value)
{
	return kept(item, ret_value) || moved_by_us(item, ret_value) || broken(item, ret_value);
}

static bool at_risk(const struct item *item, int64_t *ret_value)
{
	return is(item, promise_state_none, ret_value);
}

static const struct measure measures[] = {
	[MADE] = {made, false, EVIDENCE_MADE, 0},
	[KEPT] = {kept, false, EVIDENCE_SETTLED, 0},
	[MOVED_BY_CITIZEN] = {moved_by_citizen, false, EVIDENCE_SETTLED, 0},
	[MOVED_BY_US] = {moved_by_us, false, EVIDENCE_SETTLED, 0},
	[BROKEN] = {broken, false, EVIDENCE_SETTLED, 0},
	[LAPSED] = {lapsed, false, EVIDENCE_SETTLED, 0},
	[OPEN] = {standing, false, EVIDENCE_MADE, 0},
	[DUE] = {due, false, EVIDENCE_SETTLED, 0},
	[AT_RISK] = {at_risk, false, EVIDENCE_MADE, 0},
};

static const struct column columns[] = {
	{"made", {"Made", "Lovet"},
		{"dates promised in the period; each is in one of the next six columns",
			"tider lovet i perioden; hver står i én af de næste seks kolonner"},
		SHOW_COUNT, MADE, 0},
	{"kept", {"Kept", "Holdt"},
		{"the talk was held as promised", "samtalen blev holdt som lovet"}, SHOW_COUNT,
		KEPT, 0},
	{"moved_by_citizen", {"Moved by citizen", "Flyttet af borger"},
		{"moved at the citizen's wish", "flyttet efter borgerens ønske"}, SHOW_COUNT,
		MOVED_BY_CITIZEN, 0},
	{"moved_by_us", {"Moved by us", "Flyttet af os"},
		{"moved or called off by the municipality", "flyttet eller aflyst af kommunen"},
		SHOW_COUNT, MOVED_BY_US, 0},
	{"broken", {"Broken", "Brudt"},
		{"the date passed without a talk", "tiden gik, uden at samtalen blev holdt"},
		SHOW_COUNT, BROKEN, 0},
	{"lapsed", {"Lapsed", "Bortfaldet"},
		{"no longer wanted by the citizen", "ikke længere ønsket af borgeren"}, SHOW_COUNT,
		LAPSED, 0},
	{"open", {"Open", "Åben"},
		{"the date is still to come, at the positions below",
			"tiden er endnu ikke kommet ved journalpositionerne nedenfor"},
		SHOW_COUNT, OPEN, 0},
	{"at_risk", {"At risk", "Varsler"},
		{"warnings in the period that no date within the limit was free",
			"varsler i perioden om, at der ikke var en ledig tid inden for fristen"},
		SHOW_COUNT, AT_RISK, 0},
	{"kept_share", {"Kept share", "Andel holdt"},
		{"kept, of kept, moved by us and broken",
			"holdt, af holdt, flyttet af os og brudt"},
		SHOW_SHARE, KEPT, DUE},
};

static const struct relation relations[] = {
	{MADE, {KEPT, MOVED_BY_CITIZEN, MOVED_BY_US, BROKEN, LAPSED, OPEN}, 6, false, false},
	{DUE, {KEPT, MOVED_BY_US, BROKEN}, 3, false, false},
};

static const struct series series[] = {
	{{"kept", "holdt"}, {"kept"}},
	{{"moved by citizen", "flyttet af borger"}, {"moved_by_citizen"}},
	{{"moved by us", "flyttet af os"}, {"moved_by_us"}},
	{{"broken", "brudt"}, {"broken"}},
	{{"lapsed", "bortfaldet"}, {"lapsed"}},
	{{"open", "åben"}, {"open"}},
};

static const enum dimension sections[] = {dimension_none};

const struct report_kind report_r3 = {
	.name = report_name_r3,
	.title = {"Promises", "Lovede tider"},
	.counted = {"promises and warnings", "lovede tider og varsler"},
	.course = {WALK_LEDGER, NULL, 0, NULL},
	.dimensions = DIMENSIONS_OF_INQUIRIES | 1 << dimension_any_life_area,
	.sections = sections,
	.n_sections = 1,
	.measures = measures,
	.n_measures = sizeof(measures) / sizeof(measures[0]),
	.relations = relations,
	.n_relations = sizeof(relations) / sizeof(relations[0]),
	.columns = columns,
	.n_columns = sizeof(columns) / sizeof(columns[0]),
	.picture = {PICTURE_STACK, {"number of promises", "antal lovede tider"}, series,
		sizeof(series) / sizeof(series[0]), "kept_share", {"kept share ", "holdt "}},
};
