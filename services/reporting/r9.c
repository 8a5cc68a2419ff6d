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

static unsigned state_of(const struct commitment_fact *commitment)
{
	if (commitment->kept_at)
		return commitment->kept_at <= commitment->due ? KEPT : KEPT_LATE;
	if (commitment->released_at)
		return RELEASED;
	return commitment->overdue_at ? OVERDUE : OPEN;
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
	ret->flags = (1u << MADE | with_due(state_of(commitment))) << side;
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
		  [(side) + OVERDUE] = {NULL, false, EVIDENCE_ENDED, 1 << ((side) + OVERDUE)},     \
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

#define COLUMNS(side, name, title)                                                                 \
	{name "_made", title " made",                                                              \
		"commitments of this side made in the period; each is in one of the next five "    \
		"columns",                                                                         \
		SHOW_COUNT, (side) + MADE, 0},                                                     \
		{name "_kept", title " kept", "kept when they were due or before", SHOW_COUNT,     \
			(side) + KEPT, 0},                                                         \
		{name "_kept_late", title " kept late", "kept after they were due", SHOW_COUNT,    \
			(side) + KEPT_LATE, 0},                                                    \
		{name "_overdue", title " overdue",                                                \
			"the due time passed, and they are neither kept nor released", SHOW_COUNT, \
			(side) + OVERDUE, 0},                                                      \
		{name "_released", title " released", "no longer asked for, and not kept",         \
			SHOW_COUNT, (side) + RELEASED, 0},                                         \
		{name "_open", title " open", "none of these yet, at the positions below",         \
			SHOW_COUNT, (side) + OPEN, 0},                                             \
	{                                                                                          \
		name "_kept_share", title " kept share",                                           \
			"kept in time, of kept, kept late and overdue", SHOW_SHARE, (side) + KEPT, \
			(side) + DUE                                                               \
	}

static const struct column columns[] = {
	COLUMNS(MUNICIPALITY, "municipality", "Municipality"),
	COLUMNS(CITIZEN, "citizen", "Citizens"),
};

static const struct series series[] = {
	{"kept", {"municipality_kept", "citizen_kept"}},
	{"late", {"municipality_kept_late", "citizen_kept_late"}},
	{"overdue", {"municipality_overdue", "citizen_overdue"}},
	{"released", {"municipality_released", "citizen_released"}},
	{"open", {"municipality_open", "citizen_open"}},
};

static const enum dimension sections[] = {dimension_none};

const struct report_kind report_r9 = {
	.name = report_name_r9,
	.title = "Commitments of both sides",
	.counted = "commitments",
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
		"number of commitments: the municipality to the left, citizens to the right",
		series, sizeof(series) / sizeof(series[0]), "municipality_kept_share", "ours "},
};
