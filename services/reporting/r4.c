/* R4, courses: what became of each department's part of a plan, and how long it took; reads replica
 * trees through the walk and touches nothing else. */
#include "services/reporting/reports.h"
#include "services/reporting/trees.h"

enum { OPENED, OPEN, COMPLETED, STOPPED };

static unsigned end_of(enum outcome outcome)
{
	bool stopped = outcome == outcome_moved || outcome == outcome_stopped_by_citizen ||
		       outcome == outcome_died;

	return stopped ? 1 << STOPPED : 1 << COMPLETED;
}

static struct item begin(
	const struct view *view, struct uuid id, const struct part_fact *part, struct item item)
{
	struct inquiry_fact inquiry;
	unsigned owner;

	item.historical = part->historical;
	item.area = part->main_area;
	item.department = department_key(view->departments, view->owner);
	if (view_inquiry(view, part->inquiry, &owner, &inquiry))
		item.channel = inquiry.channel;
	item_refer(&item, &(struct reference){view_node(view, view->owner), part->opened_seq,
				  fact_event_part_opened, part->opened_at, id, part->inquiry,
				  EVIDENCE_BEGUN});
	return item;
}

/* Three moments, each dated by itself: the opening, the end, and that it was still open. */
static size_t fill(const struct view *view, struct uuid id, const void *row, struct item *ret)
{
	const struct part_fact *part = row;
	bool over = part->closed_at && part->closed_at < view->end_at;
	size_t n = 0;

	if (!uuid_is_nil(part->same_as))
		return 0;
	ret[n] = begin(view, id, part, ret[n]);
	ret[n].at = part->opened_at;
	ret[n++].flags = 1 << OPENED;
	if (part->opened_at >= view->end_at)
		return n;
	ret[n] = begin(view, id, part, ret[n]);
	ret[n].at = over                               ? part->closed_at
		    : part->opened_at < view->least_at ? view->least_at
						       : part->opened_at;
	ret[n].flags = over ? end_of(part->outcome) : 1 << OPEN;
	ret[n].value = over ? part->closed_at - part->opened_at : 0;
	if (over)
		item_refer(&ret[n], &(struct reference){view_node(view, view->owner),
					    part->closed_seq, fact_event_part_closed,
					    part->closed_at, id, part->inquiry, EVIDENCE_ENDED});
	return n + 1;
}

static const struct stage stages[] = {{REPLICA_PARTS, fill}};

static const struct measure measures[] = {
	[OPENED] = {NULL, false, EVIDENCE_BEGUN, 1 << OPENED},
	[OPEN] = {NULL, false, EVIDENCE_BEGUN, 1 << OPEN},
	[COMPLETED] = {NULL, true, EVIDENCE_ENDED, 1 << COMPLETED},
	[STOPPED] = {NULL, false, EVIDENCE_ENDED, 1 << STOPPED},
};

static const struct relation relations[] = {
	{OPENED, {OPEN, COMPLETED, STOPPED}, 3, false, true},
};

static const struct column columns[] = {
	{"opened", {"Opened", "Åbnet"},
		{"parts of plans that departments opened in the period",
			"forløb (afdelingers dele af planer), der blev åbnet i perioden"},
		SHOW_COUNT, OPENED, 0},
	{"open", {"Open", "I forløb"},
		{"parts that were not closed at the end of the period; by month: in the month of "
		 "opening, those from before it in the first",
			"forløb, der ikke var afsluttet ved periodens slutning; pr. måned: i den "
			"måned, de blev åbnet, ældre i den første"},
		SHOW_COUNT, OPEN, 0},
	{"completed", {"Completed", "Afsluttet"},
		{"parts closed in the period as self_reliant, less_support, ordinary_support or "
		 "more_support",
			"forløb, der i perioden sluttede med, at borgeren klarer sig selv, får "
			"mindre støtte, ordinær støtte eller mere støtte"},
		SHOW_COUNT, COMPLETED, 0},
	{"stopped", {"Stopped", "Stoppet"},
		{"parts closed in the period as moved, stopped_by_citizen or died",
			"forløb, der i perioden sluttede, fordi borgeren flyttede, selv stoppede "
			"eller døde"},
		SHOW_COUNT, STOPPED, 0},
	{"completed_median", {"Time to completion median", "Forløbstid median"},
		{"opening to closing of the completed parts",
			"fra åbning til afslutning af de afsluttede forløb"},
		SHOW_MEDIAN_DAYS, COMPLETED, 0},
	{"completed_p90", {"Time to completion p90", "Forløbstid p90"},
		{"the same, nine of ten at most", "det samme, ni ud af ti højst"}, SHOW_P90_DAYS,
		COMPLETED, 0},
};

static const struct series series[] = {
	{{"open", "i forløb"}, {"open"}},
	{{"completed", "afsluttet"}, {"completed"}},
	{{"stopped", "stoppet"}, {"stopped"}},
};

static const enum dimension sections[] = {dimension_none};

const struct report_kind report_r4 = {
	.name = report_name_r4,
	.title = {"Courses", "Forløb"},
	.counted = {"openings, ends and open parts", "åbninger, afslutninger og åbne forløb"},
	.course = {WALK_STAGES, stages, sizeof(stages) / sizeof(stages[0]), NULL},
	.dimensions = DIMENSIONS_OF_PARTS | 1 << dimension_channel,
	.sections = sections,
	.n_sections = 1,
	.measures = measures,
	.n_measures = sizeof(measures) / sizeof(measures[0]),
	.relations = relations,
	.n_relations = sizeof(relations) / sizeof(relations[0]),
	.columns = columns,
	.n_columns = sizeof(columns) / sizeof(columns[0]),
	.picture = {PICTURE_STACK, {"number of parts", "antal forløb"}, series,
		sizeof(series) / sizeof(series[0]), "completed_median", {"median ", "median "}},
};
