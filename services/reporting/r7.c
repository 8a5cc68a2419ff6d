/* R7, answers: what citizens said about plans and about goals; reads replica trees through the walk
 * and touches nothing else. */
#include "services/reporting/reports.h"
#include "services/reporting/trees.h"

enum { ALL, AGREES, DISAGREES, COULD_NOT, KINDS };
enum { PLAN = 0, GOAL = KINDS };

static size_t fill(const struct view *view, struct uuid id, const void *row, struct item *ret)
{
	const struct answer_fact *answer = row;
	unsigned side = answer->of_goal ? GOAL : PLAN;

	ret->at = answer->at;
	ret->historical = answer->historical;
	ret->area = answer->main_area;
	ret->department = department_key(view->departments, view->owner);
	ret->flags = 1u << (side + ALL) | 1u << (side + answer->says);
	item_refer(ret, &(struct reference){.node = view_node(view, view->owner),
				.seq = answer->seq,
				.type = fact_event_plan_answered,
				.at = answer->at,
				.entity = id,
				.bit = EVIDENCE_BEGUN});
	return 1;
}

static const struct stage stages[] = {{REPLICA_ANSWERS, fill}};

_Static_assert((int)agreement_agrees == AGREES && (int)agreement_disagrees == DISAGREES &&
		       (int)agreement_could_not_answer == COULD_NOT,
	"answers are counted by their numbers");

#define MEASURE(k) [k] = {NULL, false, EVIDENCE_BEGUN, 1 << (k)}

static const struct measure measures[] = {
	MEASURE(PLAN + ALL),
	MEASURE(PLAN + AGREES),
	MEASURE(PLAN + DISAGREES),
	MEASURE(PLAN + COULD_NOT),
	MEASURE(GOAL + ALL),
	MEASURE(GOAL + AGREES),
	MEASURE(GOAL + DISAGREES),
	MEASURE(GOAL + COULD_NOT),
};

static const struct relation relations[] = {
	{PLAN + ALL, {PLAN + AGREES, PLAN + DISAGREES, PLAN + COULD_NOT}, 3, false, false},
	{GOAL + ALL, {GOAL + AGREES, GOAL + DISAGREES, GOAL + COULD_NOT}, 3, false, false},
};

static const struct column columns[] = {
	{"plan_answers", {"About plans", "Om planer"},
		{"answers given about plans in the period", "svar om planer, givet i perioden"},
		SHOW_COUNT, PLAN + ALL, 0},
	{"plan_agrees", {"Plan: agrees", "Plan: enig"}, {"of these: agrees", "af disse: enig"},
		SHOW_COUNT, PLAN + AGREES, 0},
	{"plan_disagrees", {"Plan: disagrees", "Plan: uenig"},
		{"of these: disagrees", "af disse: uenig"}, SHOW_COUNT, PLAN + DISAGREES, 0},
	{"plan_could_not_answer", {"Plan: could not answer", "Plan: kunne ikke svare"},
		{"of these: was asked and could not answer",
			"af disse: blev spurgt og kunne ikke svare"},
		SHOW_COUNT, PLAN + COULD_NOT, 0},
	{"plan_agrees_share", {"Plan: agrees share", "Plan: andel enig"},
		{"of the answers about plans", "af svarene om planer"}, SHOW_SHARE, PLAN + AGREES,
		PLAN + ALL},
	{"goal_answers", {"About goals", "Om mål"},
		{"answers given about goals in the period", "svar om mål, givet i perioden"},
		SHOW_COUNT, GOAL + ALL, 0},
	{"goal_agrees", {"Goal: agrees", "Mål: enig"}, {"of these: agrees", "af disse: enig"},
		SHOW_COUNT, GOAL + AGREES, 0},
	{"goal_disagrees", {"Goal: disagrees", "Mål: uenig"},
		{"of these: disagrees", "af disse: uenig"}, SHOW_COUNT, GOAL + DISAGREES, 0},
	{"goal_could_not_answer", {"Goal: could not answer", "Mål: kunne ikke svare"},
		{"of these: was asked and could not answer",
			"af disse: blev spurgt og kunne ikke svare"},
		SHOW_COUNT, GOAL + COULD_NOT, 0},
	{"goal_agrees_share", {"Goal: agrees share", "Mål: andel enig"},
		{"of the answers about goals", "af svarene om mål"}, SHOW_SHARE, GOAL + AGREES,
		GOAL + ALL},
};

static const struct series series[] = {
	{{"plan: agrees", "plan: enig"}, {"plan_agrees"}},
	{{"disagrees", "uenig"}, {"plan_disagrees"}},
	{{"could not answer", "kunne ikke svare"}, {"plan_could_not_answer"}},
	{{"goal: agrees", "mål: enig"}, {"goal_agrees"}},
	{{"disagrees", "uenig"}, {"goal_disagrees"}},
	{{"could not answer", "kunne ikke svare"}, {"goal_could_not_answer"}},
};

static const enum dimension sections[] = {dimension_none};

const struct report_kind report_r7 = {
	.name = report_name_r7,
	.title = {"Citizens' answers", "Borgernes svar"},
	.counted = {"answers", "svar"},
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
	.picture = {PICTURE_STACK, {"number of answers", "antal svar"}, series,
		sizeof(series) / sizeof(series[0]), "plan_agrees_share",
		{"plan agrees ", "plan enig "}},
};
