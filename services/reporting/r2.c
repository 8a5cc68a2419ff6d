/* R2, waiting: from receipt to the promise, to the first talk offered and held, and to the first
 * help; reads replica trees through the walk and touches nothing else. */
#include "common/clock.h"
#include "services/reporting/reports.h"
#include "services/reporting/trees.h"

enum { INQUIRIES, PROMISED, OFFERED, HELD, SAME_DAY, WAITING, HELPED, HELP_SAME_DAY };

enum { HELPED_FLAG = 1, HELPED_AT_ONCE_FLAG = 2 };

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

/* ---- the first help ------------------------------------------------------------------------- */

struct search {
	int64_t least_at;
	bool found;
	struct reference first;
};

static void look_at_part(
	const struct view *view, unsigned owner, struct uuid part, struct search *search)
{
	struct state replica = state_replica(view->state, owner);
	struct key prefix = id_key(part);
	struct key from = start_key(part, search->least_at, (struct uuid){{0}});
	struct start_fact start;
	struct rows rows;

	rows_begin(&rows, &replica, REPLICA_STARTS, schema_start_fact(), &prefix, &from);
	if (rows_next(&rows, &start)) {
		const int64_t at = key_time(rows.scan.key.p + sizeof(part));
		if (!search->found || at < search->first.at)
			search->first = (struct reference){.node = view_node(view, owner),
				.seq = start.seq,
				.type = fact_event_measure_state_set,
				.at = at,
				.entity = key_last_id(rows.scan.key),
				.bit = EVIDENCE_BEGUN};
		search->found = true;
	}
	rows_end(&rows);
}

/* In a part that was there before, measures count from the receipt on: earlier ones were not begun
 * because of this inquiry. */
static void look_at_department(
	const struct view *view, unsigned owner, const struct item *item, struct search *search)
{
	struct state replica = state_replica(view->state, owner);
	struct key prefix = id_key(item->id);
	struct lead_fact lead;
	struct part_fact part;
	struct rows rows;

	rows_begin(&rows, &replica, REPLICA_LEADS, schema_lead_fact(), &prefix, NULL);
	while (rows_next(&rows, &lead)) {
		search->least_at = lead.further ? item->at : TIME_MIN;
		look_at_part(view, owner, lead.part, search);
		if (view_get(view, owner, REPLICA_PARTS, lead.part, &part) &&
			!uuid_is_nil(part.same_as))
			look_at_part(view, owner, part.same_as, search);
	}
	rows_end(&rows);
}

/* Only what was closed with a plan led to a part: the others, which are most, are not looked up. */
static void help_of(const struct view *view, struct item *item)
{
	struct search search = {.found = false};

	item->flags = 0;
	item->n_references = 0;
	if (item->fact->closing != closing_plan_opened)
		return;
	for (size_t i = 0; i < view->departments->n; i++)
		look_at_department(view, view->departments->owners[i], item, &search);
	if (!search.found)
		return;
	item->flags = HELPED_FLAG;
	if (local_date(search.first.at) == local_date(item->at))
		item->flags |= HELPED_AT_ONCE_FLAG;
	item->value = search.first.at > item->at ? search.first.at - item->at : 0;
	search.first.inquiry = item->id;
	item_refer(item, &search.first);
}

/* ---- the table ------------------------------------------------------------------------------ */

static const struct measure measures[] = {
	[INQUIRIES] = {inquiry, false, EVIDENCE_RECEIVED, 0},
	[PROMISED] = {promised, true, EVIDENCE_RECEIVED | EVIDENCE_OFFERED, 0},
	[OFFERED] = {offered, true, EVIDENCE_RECEIVED | EVIDENCE_OFFERED, 0},
	[HELD] = {held, true, EVIDENCE_RECEIVED | EVIDENCE_HELD, 0},
	[SAME_DAY] = {same_day, false, EVIDENCE_RECEIVED | EVIDENCE_HELD, 0},
	[WAITING] = {waiting, false, EVIDENCE_RECEIVED, 0},
	[HELPED] = {NULL, true, EVIDENCE_RECEIVED | EVIDENCE_BEGUN, HELPED_FLAG},
	[HELP_SAME_DAY] = {NULL, false, EVIDENCE_RECEIVED | EVIDENCE_BEGUN, HELPED_AT_ONCE_FLAG},
};

static const struct column columns[] = {
	{"inquiries", {"Inquiries", "Henvendelser"},
		{"inquiries received in the period", "henvendelser modtaget i perioden"},
		SHOW_COUNT, INQUIRIES, 0},
	{"promised", {"Promised", "Lovet tid"},
		{"a date for the first talk was promised",
			"der blev lovet en tid til den første samtale"},
		SHOW_COUNT, PROMISED, 0},
	{"promised_median", {"Promise median", "Lovet median"},
		{"receipt to the first promise", "fra modtagelse til den første tid blev lovet"},
		SHOW_MEDIAN, PROMISED, 0},
	{"promised_p90", {"Promise p90", "Lovet p90"},
		{"the same, nine of ten at most", "det samme, ni ud af ti højst"}, SHOW_P90,
		PROMISED, 0},
	{"promised_longest", {"Promise longest", "Lovet længst"},
		{"the same, the longest", "det samme, den længste"}, SHOW_LONGEST, PROMISED, 0},
	{"offered", {"Offered", "Tilbudt"},
		{"a first talk was offered, or held at once",
			"en første samtale blev tilbudt, eller holdt med det samme"},
		SHOW_COUNT, OFFERED, 0},
	{"offered_median", {"Offered median", "Tilbudt median"},
		{"receipt to the first date that was offered",
			"fra modtagelse til den første tid, der blev tilbudt"},
		SHOW_MEDIAN, OFFERED, 0},
	{"offered_p90", {"Offered p90", "Tilbudt p90"},
		{"the same, nine of ten at most", "det samme, ni ud af ti højst"}, SHOW_P90,
		OFFERED, 0},
	{"offered_longest", {"Offered longest", "Tilbudt længst"},
		{"the same, the longest", "det samme, den længste"}, SHOW_LONGEST, OFFERED, 0},
	{"held", {"Held", "Holdt"}, {"the first talk was held", "den første samtale blev holdt"},
		SHOW_COUNT, HELD, 0},
	{"held_median", {"Held median", "Holdt median"},
		{"receipt to the first talk", "fra modtagelse til den første samtale"}, SHOW_MEDIAN,
		HELD, 0},
	{"held_p90", {"Held p90", "Holdt p90"},
		{"the same, nine of ten at most", "det samme, ni ud af ti højst"}, SHOW_P90, HELD,
		0},
	{"held_longest", {"Held longest", "Holdt længst"},
		{"the same, the longest", "det samme, den længste"}, SHOW_LONGEST, HELD, 0},
	{"same_day", {"Same day", "Samme dag"},
		{"of all inquiries: talked to on the local day of receipt",
			"af alle henvendelser: samtale samme dag, som henvendelsen blev modtaget"},
		SHOW_SHARE, SAME_DAY, INQUIRIES},
	{"waiting", {"Waiting", "Venter"},
		{"open and not yet talked to, at the positions below",
			"åbne og endnu uden samtale ved journalpositionerne nedenfor"},
		SHOW_COUNT, WAITING, 0},
	{"waiting_since", {"Waiting since", "Venter siden"},
		{"receipt of the oldest of these", "modtagelsen af den ældste af disse"},
		SHOW_OLDEST, WAITING, 0},
	{"helped", {"Helped", "Fået hjælp"},
		{"a measure was in progress in a part that the inquiry led to; in a part that was "
		 "there before, one that began after the receipt",
			"en indsats var i gang i et forløb, som henvendelsen førte til; i et "
			"forløb, der var i forvejen, en indsats, der begyndte efter modtagelsen"},
		SHOW_COUNT, HELPED, 0},
	{"help_median", {"Help median", "Hjælp median"},
		{"receipt to the first of these measures",
			"fra modtagelse til den første af disse indsatser"},
		SHOW_MEDIAN, HELPED, 0},
	{"help_p90", {"Help p90", "Hjælp p90"},
		{"the same, nine of ten at most", "det samme, ni ud af ti højst"}, SHOW_P90, HELPED,
		0},
	{"help_longest", {"Help longest", "Hjælp længst"},
		{"the same, the longest", "det samme, den længste"}, SHOW_LONGEST, HELPED, 0},
	{"help_same_day", {"Help same day", "Hjælp samme dag"},
		{"of all inquiries: that measure was in progress on the local day of receipt",
			"af alle henvendelser: indsatsen var i gang samme dag, som henvendelsen "
			"blev modtaget"},
		SHOW_SHARE, HELP_SAME_DAY, INQUIRIES},
};

static const struct relation relations[] = {
	{INQUIRIES, {PROMISED}, 1, true, false},
	{INQUIRIES, {OFFERED}, 1, true, false},
	{INQUIRIES, {HELD, WAITING}, 2, true, false},
	{OFFERED, {PROMISED}, 1, true, false},
	{HELD, {SAME_DAY}, 1, true, false},
	{INQUIRIES, {HELPED}, 1, true, false},
	{HELPED, {HELP_SAME_DAY}, 1, true, false},
};

static const struct series series[] = {
	{{"until the first talk offered", "til første samtale tilbudt"},
		{"offered_median", "offered_p90", "offered_longest"}},
	{{"until the first talk held", "til første samtale holdt"},
		{"held_median", "held_p90", "held_longest"}},
	{{"until the first help", "til første hjælp"}, {"help_median", "help_p90", "help_longest"}},
};

static const enum dimension sections[] = {dimension_none};

const struct report_kind report_r2 = {
	.name = report_name_r2,
	.title = {"Waiting for the first talk and the first help",
		"Ventetid til første samtale og første hjælp"},
	.counted = {"inquiries", "henvendelser"},
	.course = {WALK_INQUIRIES, NULL, 0, help_of},
	.dimensions = DIMENSIONS_OF_INQUIRIES,
	.sections = sections,
	.n_sections = 1,
	.measures = measures,
	.n_measures = sizeof(measures) / sizeof(measures[0]),
	.relations = relations,
	.n_relations = sizeof(relations) / sizeof(relations[0]),
	.columns = columns,
	.n_columns = sizeof(columns) / sizeof(columns[0]),
	.picture = {PICTURE_RANGES,
		{"hours since receipt, nights and weekends included",
			"timer siden modtagelsen, nætter og weekender medregnet"},
		series, sizeof(series) / sizeof(series[0]), NULL, {NULL, NULL}},
};
