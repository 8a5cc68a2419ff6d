/* R6, progress on goals: from where a goal began to where it is, on the scale from 0 to 10; reads
 * replica trees through the walk and touches nothing else. */
#include "services/reporting/reports.h"
#include "services/reporting/trees.h"

enum { GOALS, BETTER, SAME, WORSE, REACHED };

struct latest {
	int64_t mark; /* and 1; 0: none */
	struct reference reference;
};

static void take(struct latest *latest, int64_t mark, struct reference reference)
{
	bool later = !latest->mark || reference.at > latest->reference.at ||
		     (reference.at == latest->reference.at && mark > latest->mark);

	if (mark && later) {
		latest->mark = mark;
		latest->reference = reference;
	}
}

/* Progress may be recorded at any department, whoever keeps the goal. */
static struct latest latest_of(const struct view *view, struct uuid goal, int64_t least_at)
{
	struct latest citizen = {.mark = 0}, worker = {.mark = 0};
	struct mark_fact mark;

	for (unsigned i = 0; i < state_owners(view->state); i++) {
		struct reference reference = {.node = view_node(view, i),
			.type = fact_event_progress_recorded,
			.entity = goal,
			.bit = EVIDENCE_ENDED};
		if (!view_get(view, i, REPLICA_MARKS, goal, &mark))
			continue;
		reference.seq = mark.by_citizen_seq;
		reference.at = mark.by_citizen_at;
		take(&citizen, mark.by_citizen_at >= least_at ? mark.by_citizen : 0, reference);
		reference.seq = mark.by_worker_seq;
		reference.at = mark.by_worker_at;
		take(&worker, mark.by_worker_at >= least_at ? mark.by_worker : 0, reference);
	}
	return citizen.mark ? citizen : worker;
}

static size_t fill(const struct view *view, struct uuid id, const void *row, struct item *ret)
{
	const struct goal_fact *goal = row;
	struct latest latest = latest_of(view, id, goal->stated_at);

	if (!goal->scaled || !latest.mark)
		return 0;
	ret->at = goal->stated_at;
	ret->historical = goal->historical;
	ret->area = goal->main_area;
	ret->department = department_key(view->departments, view->owner);
	ret->value = latest.mark - 1 - goal->start;
	ret->flags = 1 << GOALS | (ret->value > 0          ? 1 << BETTER
					  : ret->value < 0 ? 1 << WORSE
							   : 1 << SAME);
	if (latest.mark - 1 >= goal->wanted)
		ret->flags |= 1 << REACHED;
	item_refer(ret, &(struct reference){.node = view_node(view, view->owner),
				.seq = goal->stated_seq,
				.type = fact_event_goal_stated,
				.at = goal->stated_at,
				.entity = id,
				.bit = EVIDENCE_BEGUN});
	item_refer(ret, &latest.reference);
	return 1;
}

static const struct stage stages[] = {{REPLICA_GOALS, fill}};

static const struct measure measures[] = {
	[GOALS] = {NULL, true, EVIDENCE_BEGUN | EVIDENCE_ENDED, 1 << GOALS},
	[BETTER] = {NULL, false, EVIDENCE_BEGUN | EVIDENCE_ENDED, 1 << BETTER},
	[SAME] = {NULL, false, EVIDENCE_BEGUN | EVIDENCE_ENDED, 1 << SAME},
	[WORSE] = {NULL, false, EVIDENCE_BEGUN | EVIDENCE_ENDED, 1 << WORSE},
	[REACHED] = {NULL, false, EVIDENCE_BEGUN | EVIDENCE_ENDED, 1 << REACHED},
};

static const struct relation relations[] = {
	{GOALS, {BETTER, SAME, WORSE}, 3, false, false},
	{GOALS, {REACHED}, 1, true, false},
};

static const struct column columns[] = {
	{"goals", {"Goals", "Mål"},
		{"goals stated in the period with a scale and a later progress: the citizen's "
		 "latest mark, or the worker's where the citizen gave none",
			"mål sat i perioden med en skala og en senere vurdering: borgerens "
			"seneste, eller medarbejderens, hvor borgeren ingen har givet"},
		SHOW_COUNT, GOALS, 0},
	{"change_median", {"Change median", "Ændring median"},
		{"that mark less the one at the start", "denne vurdering minus den ved start"},
		SHOW_MEDIAN_POINTS, GOALS, 0},
	{"better", {"Better", "Bedre"},
		{"the mark is higher than at the start", "vurderingen er højere end ved start"},
		SHOW_COUNT, BETTER, 0},
	{"same", {"Same", "Uændret"},
		{"the mark is as at the start", "vurderingen er som ved start"}, SHOW_COUNT, SAME,
		0},
	{"worse", {"Worse", "Dårligere"},
		{"the mark is lower than at the start", "vurderingen er lavere end ved start"},
		SHOW_COUNT, WORSE, 0},
	{"better_share", {"Better share", "Andel bedre"}, {"of these goals", "af disse mål"},
		SHOW_SHARE, BETTER, GOALS},
	{"same_share", {"Same share", "Andel uændret"}, {"of these goals", "af disse mål"},
		SHOW_SHARE, SAME, GOALS},
	{"worse_share", {"Worse share", "Andel dårligere"}, {"of these goals", "af disse mål"},
		SHOW_SHARE, WORSE, GOALS},
	{"reached", {"Reached", "Nået"},
		{"the mark is the wished one or higher", "vurderingen er den ønskede eller højere"},
		SHOW_COUNT, REACHED, 0},
	{"reached_share", {"Reached share", "Andel nået"}, {"of these goals", "af disse mål"},
		SHOW_SHARE, REACHED, GOALS},
};

static const struct series series[] = {
	{{"worse", "dårligere"}, {"worse", NULL}},
	{{"better", "bedre"}, {NULL, "better"}},
};

static const enum dimension sections[] = {dimension_none};

const struct report_kind report_r6 = {
	.name = report_name_r6,
	.title = {"Progress on goals", "Fremgang på mål"},
	.counted = {"goals", "mål"},
	.course = {WALK_STAGES, stages, sizeof(stages) / sizeof(stages[0]), NULL},
	.dimensions = DIMENSIONS_OF_PARTS,
	.sections = sections,
	.n_sections = 1,
	.measures = measures,
	.n_measures = sizeof(measures) / sizeof(measures[0]),
	.relations = relations,
	.n_relations = sizeof(relations) / sizeof(relations[0]),
	.columns = columns,
	.n_columns = sizeof(columns) / sizeof(columns[0]),
	.picture = {PICTURE_SIDES,
		{"number of goals that are worse (left) or better (right) than at the start",
			"antal mål, der er dårligere (til venstre) eller bedre (til højre) end ved "
			"start"},
		series, sizeof(series) / sizeof(series[0]), "reached_share", {"reached ", "nået "}},
};
