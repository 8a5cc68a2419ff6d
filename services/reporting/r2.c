/* R2, waiting: from receipt to the promise, to the first talk offered and to the first talk held;
 * pure. */
#include "common/clock.h"
#include "services/reporting/reports.h"

enum { INQUIRIES, PROMISED, OFFERED, HELD, SAME_DAY, WAITING };

/* Nobody waits less than not at all: a talk noted before its receipt is a slip of the clock. */
static bool waited(const struct item *item, int64_t until, int64_t *ret_value)
{
	*ret_value = until > item->at ? until - item->at : 0;
	return until != 0;
}

static bool inquiry(const struct item *item, int64_t *ret_value)
{
	(void)item;
	*ret_value = 0;
	return true;
}

static bool promised(const struct item *item, int64_t *ret_value)
{
	return waited(item, item->fact->promised_at, ret_value);
}

/* Who was talked to at once was offered that very talk; leaving them out would make the offer look
 * late. */
static bool offered(const struct item *item, int64_t *ret_value)
{
	const struct inquiry_fact *fact = item->fact;

	return waited(item, fact->promised_at ? fact->offered_at : fact->held_at, ret_value);
}

static bool held(const struct item *item, int64_t *ret_value)
{
	return waited(item, item->fact->held_at, ret_value);
}

static bool same_day(const struct item *item, int64_t *ret_value)
{
	return held(item, ret_value) && local_date(item->fact->held_at) == local_date(item->at);
}

static bool waiting(const struct item *item, int64_t *ret_value)
{
	*ret_value = item->at;
	return !item->fact->held_at && !item->fact->closed_at;
}

static const struct measure measures[] = {
	[INQUIRIES] = {inquiry, false, EVIDENCE_RECEIVED},
	[PROMISED] = {promised, true, EVIDENCE_RECEIVED | EVIDENCE_OFFERED},
	[OFFERED] = {offered, true, EVIDENCE_RECEIVED | EVIDENCE_OFFERED},
	[HELD] = {held, true, EVIDENCE_RECEIVED | EVIDENCE_HELD},
	[SAME_DAY] = {same_day, false, EVIDENCE_RECEIVED | EVIDENCE_HELD},
	[WAITING] = {waiting, false, EVIDENCE_RECEIVED},
};

static const struct column columns[] = {
	{"inquiries", "Inquiries", "inquiries received in the period", SHOW_COUNT, INQUIRIES, 0},
	{"promised", "Promised", "a date for the first talk was promised", SHOW_COUNT, PROMISED, 0},
	{"promised_median", "Promise median", "receipt to the first promise", SHOW_MEDIAN, PROMISED,
		0},
	{"promised_p90", "Promise p90", "the same, nine of ten at most", SHOW_P90, PROMISED, 0},
	{"promised_longest", "Promise longest", "the same, the longest", SHOW_LONGEST, PROMISED, 0},
	{"offered", "Offered", "a first talk was offered, or held at once", SHOW_COUNT, OFFERED, 0},
	{"offered_median", "Offered median", "receipt to the first date that was offered",
		SHOW_MEDIAN, OFFERED, 0},
	{"offered_p90", "Offered p90", "the same, nine of ten at most", SHOW_P90, OFFERED, 0},
	{"offered_longest", "Offered longest", "the same, the longest", SHOW_LONGEST, OFFERED, 0},
	{"held", "Held", "the first talk was held", SHOW_COUNT, HELD, 0},
	{"held_median", "Held median", "receipt to the first talk", SHOW_MEDIAN, HELD, 0},
	{"held_p90", "Held p90", "the same, nine of ten at most", SHOW_P90, HELD, 0},
	{"held_longest", "Held longest", "the same, the longest", SHOW_LONGEST, HELD, 0},
	{"same_day", "Same day", "of all inquiries: talked to on the local day of receipt",
		SHOW_SHARE, SAME_DAY, INQUIRIES},
	{"waiting", "Waiting", "open and not yet talked to, at the positions below", SHOW_COUNT,
		WAITING, 0},
	{"waiting_since", "Waiting since", "receipt of the oldest of these", SHOW_OLDEST, WAITING,
		0},
};

static const struct series series[] = {
	{"until the first talk offered", {"offered_median", "offered_p90", "offered_longest"}},
	{"until the first talk held", {"held_median", "held_p90", "held_longest"}},
};

static const enum dimension sections[] = {dimension_none};

const struct report_kind report_r2 = {
	.name = report_name_r2,
	.title = "Waiting for the first talk",
	.counted = "inquiries",
	.what = WALK_INQUIRIES,
	.sections = sections,
	.n_sections = 1,
	.measures = measures,
	.n_measures = sizeof(measures) / sizeof(measures[0]),
	.columns = columns,
	.n_columns = sizeof(columns) / sizeof(columns[0]),
	.picture = {PICTURE_RANGES, "hours since receipt, nights and weekends included", series,
		sizeof(series) / sizeof(series[0]), NULL, NULL},
};
