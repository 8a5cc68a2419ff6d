/* R9, commitments: the municipality's and the citizens' side by side; reads replica trees through
 * the walk and touches nothing else. */
#include "services/reporting/reports.h"
#include "services/reporting/trees.h"

enum { MADE, KEPT, KEPT_LATE, OVERDUE, RELEASED, OPEN, DUE, STATES };
enum { MUNICIPALITY = 0, CITIZEN = STATES };

/* It was to be kept, and it is decided whether it was. */
static unsigned with_due(unsigned state)
{
	return state == RELEASED || state == OPEN ? 1u << state : 1u << state | 1u << DUE;
}

/* An import of the past brings no event that says that a due time went by. */
static unsigned state_of(const struct view *view, const struct commitment_fact *commitment)
{
	if (commitment->kept_at)
		return commitment->kept_at <= commitment->due ? KEPT : KEPT_LATE;
	if (commitment->released_at)
		return RELEASED;
	return commitment->overdue_at || commitment->due < view_known_at(view) ? OVERDUE : OPEN;
}

static void refer_end(const struct view *view, struct uuid id,
	const struct commitment_fact *commitment, struct item *item)
{
	struct reference reference = {.node = view_node(view, view->owner),
		.seq = commitment->ended_seq,
		.type = fact_event_commitment_kept,
		.at = commitment->kept_at,
		.entity = id,
		.bit = EVIDENCE_ENDED};

	if (!reference.at) {
		reference.type = fact_event_commitment_released;
		reference.at = commitment->released_at;
	}
	if (!reference.at) {
		reference.type = fact_event_commitment_overdue;
		reference.at = commitment->overdue_at;
		reference.seq = commitment->overdue_seq;
	}
	if (reference.at)
		item_refer(item, &reference);
}

static size_t fill(const struct view *view, struct uuid id, const void *row, struct item *ret)
{
	const struct commitment_fact *commitment = row;
	unsigned side = commitment->by == side_citizen ? CITIZEN : MUNICIPALITY;

	ret->at = commitment->made_at;
	ret->historical = commitment->historical;
	ret->area = commitment->main_area;
	ret->department = department_key(view->departments, view->owner);
	ret->flags = (1u << MADE | with_due(state_of(view, commitment))) << side;
	item_refer(ret, &(struct reference){.node = view_node(view, view->owner),
				.seq = commitment->made_seq,
				.type = fact_event_commitment_made,
				.at = commitment->made_at,
				.entity = id,
				.bit = EVIDENCE_BEGUN});
	refer_end(view, id, commitment, ret);
	return 1;
}

static const struct stage stages[] = {{REPLICA_COMMITMENTS, fill}};

#define MEASURES(side)                                                                             \
	[(side) + MADE] = {NULL, false, EVIDENCE_BEGUN, 1 << ((side) + MADE)},                     \
		  [(side) + KEPT] = {NULL, false, EVIDENCE_ENDED, 1 << ((side) + KEPT)},           \
		  [(side) + KEPT_LATE] = {NULL, false, EVIDENCE_ENDED, 1 << ((side) + KEPT_LATE)}, \
		  [(side) + OVERDUE] = {NULL, false, EVIDENCE_BEGUN | EVIDENCE_ENDED,              \
			  1 << ((side) + OVERDUE)},                                                \
		  [(side) + RELEASED] = {NULL, false, EVIDENCE_ENDED, 1 << ((side) + RELEASED)},   \
		  [(side) + OPEN] = {NULL, false, EVIDENCE_BEGUN, 1 << ((side) + OPEN)},           \
		  [(side) + DUE] = {NULL, false, EVIDENCE_ENDED, 1 << ((side) + DUE)}

static const struct measure measures[] = {MEASURES(MUNICIPALITY), MEASURES(CITIZEN)};

#define RELATIONS(side)                                                                        \
	{(side) + MADE,                                                                        \
		{(side) + KEPT, (side) + KEPT_LATE, (side) + OVERDUE, (side) + RELEASED,       \
			(side) + OPEN},                                                        \
		5, false, false},                                                              \
	{                                                                                      \
		(side) + DUE, {(side) + KEPT, (side) + KEPT_LATE, (side) + OVERDUE}, 3, false, \
			false                                                                  \
	}

static const struct relation relations[] = {RELATIONS(MUNICIPALITY), RELATIONS(CITIZEN)};

#define COLUMNS(side, name, title, danish)                                                            \
	{name "_made", {title " made", danish ": indgået"},                                           \
		{"commitments of this side made in the period; each is in one of the next five "      \
		 "columns",                                                                           \
			"aftaler fra denne side, indgået i perioden; hver står i én af de næste " \
			"fem kolonner"},                                                              \
		SHOW_COUNT, (side) + MADE, 0},                                                        \
		{name "_kept", {title " kept", danish ": holdt"},                                     \
			{"kept when they were due or before", "holdt til tiden eller før"},           \
			SHOW_COUNT, (side) + KEPT, 0},                                                \
		{name "_kept_late", {title " kept late", danish ": holdt for sent"},                  \
			{"kept after they were due", "holdt efter fristen"}, SHOW_COUNT,              \
			(side) + KEPT_LATE, 0},                                                       \
		{name "_overdue", {title " overdue", danish ": overskredet"},                         \
			{"the due time passed before the time of the positions below, and they "      \
			 "are neither kept nor released",                                             \
				"fristen gik før journalpositionernes tid, og de er hverken "        \
				"holdt eller frafaldet"},                                             \
			SHOW_COUNT, (side) + OVERDUE, 0},                                             \
		{name "_released", {title " released", danish ": frafaldet"},                         \
			{"no longer asked for, and not kept",                                         \
				"ikke længere ønsket, og ikke holdt"},                                \
			SHOW_COUNT, (side) + RELEASED, 0},                                            \
		{name "_open", {title " open", danish ": åbne"},                                      \
			{"none of these yet, at the positions below",                                 \
				"endnu ingen af delene ved journalpositionerne nedenfor"},            \
			SHOW_COUNT, (side) + OPEN, 0},                                                \
	{                                                                                             \
		name "_kept_share", {title " kept share", danish ": andel holdt"},                    \
			{"kept in time, of kept, kept late and overdue",                              \
				"holdt til tiden, af holdt, holdt for sent og overskredet"},          \
			SHOW_SHARE, (side) + KEPT, (side) + DUE                                       \
	}

static const struct column columns[] = {
	COLUMNS(MUNICIPALITY, "municipality", "Municipality", "Kommunen"),
	COLUMNS(CITIZEN, "citizen", "Citizens", "Borgerne"),
};

static const struct series series[] = {
	{{"kept", "holdt"}, {"municipality_kept", "citizen_kept"}},
	{{"late", "for sent"}, {"municipality_kept_late", "citizen_kept_late"}},
	{{"overdue", "overskredet"}, {"municipality_overdue", "citizen_overdue"}},
	{{"released", "frafaldet"}, {"municipality_released", "citizen_released"}},
	{{"open", "åben"}, {"municipality_open", "citizen_open"}},
};

static const enum dimension sections[] = {dimension_none};

const struct report_kind report_r9 = {
	.name = report_name_r9,
	.title = {"Commitments of both sides", "Aftaler fra begge sider"},
	.counted = {"commitments", "aftaler"},
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
		{"number of commitments: the municipality to the left, citizens to the right",
			"antal aftaler: kommunens til venstre, borgernes til højre"},
		series, sizeof(series) / sizeof(series[0]), "municipality_kept_share",
		{"ours ", "vores "}},
};
