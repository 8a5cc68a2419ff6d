/* R8, coordination: departments in a plan, proposals between departments, conflicts between their
 * parts. What several departments know counts once. Reads replica trees through the walk and
 * touches nothing else. */
#include <string.h>

#include "services/reporting/reports.h"
#include "services/reporting/trees.h"

enum {
	PLANS,
	IN_ONE,
	IN_TWO,
	IN_MORE,
	MADE,
	ACCEPTED,
	REJECTED,
	WITHDRAWN,
	UNANSWERED,
	EXPIRED,
	IN_TIME,
	ANSWERED,
	FOUND,
	SETTLED,
	STANDING
};

/* ---- plans ---------------------------------------------------------------------------------- */

/* Of the department that took part first; of two at the same moment the one whose name comes
 * first. */
static size_t fill_plan(const struct view *view, struct uuid id, const void *row, struct item *ret)
{
	const struct departments *departments = view->departments;
	struct plan_fact first = {.opened_at = 0}, plan;
	unsigned n = 0;

	(void)row;
	if (view_before(view, REPLICA_PLANS, id))
		return 0;
	for (size_t i = 0; i < departments->n; i++) {
		unsigned owner = departments->owners[i];
		if (!view_get(view, owner, REPLICA_PLANS, id, &plan))
			continue;
		n++;
		item_refer(ret, &(struct reference){.node = view_node(view, owner),
					.seq = plan.opened_seq,
					.type = fact_event_part_opened,
					.at = plan.opened_at,
					.entity = id,
					.bit = EVIDENCE_BEGUN});
		if (first.opened_at && first.opened_at <= plan.opened_at)
			continue;
		first = plan;
		ret->department = (int64_t)i + 1;
	}
	ret->at = first.opened_at;
	ret->area = first.main_area;
	ret->historical = first.historical;
	ret->flags = 1 << PLANS | (n <= 1 ? 1 << IN_ONE : n == 2 ? 1 << IN_TWO : 1 << IN_MORE);
	return 1;
}

/* ---- proposals ------------------------------------------------------------------------------ */

static bool answer_of(
	const struct view *view, struct uuid id, struct reply_fact *ret, unsigned *ret_owner)
{
	for (unsigned i = 0; i < state_owners(view->state); i++)
		if (view_get(view, i, REPLICA_REPLIES, id, ret)) {
			*ret_owner = i;
			return true;
		}
	return false;
}

/* An answer counts, however late it is heard, unless the proposal was taken back before it. */
static void fill_end(const struct view *view, struct uuid id, const struct proposal_fact *proposal,
	struct item *item)
{
	struct reference reference = {.node = view_node(view, view->owner),
		.seq = proposal->expired_seq,
		.type = fact_event_proposal_expired,
		.at = proposal->expired_at,
		.entity = id,
		.bit = EVIDENCE_ENDED};
	struct reply_fact reply = {.at = 0};
	unsigned owner = 0;
	bool answered = answer_of(view, id, &reply, &owner);

	if (proposal->withdrawn_at && (!answered || proposal->withdrawn_at <= reply.at)) {
		item->flags |= 1 << WITHDRAWN;
		reference.type = fact_event_proposal_withdrawn;
		reference.seq = proposal->withdrawn_seq;
		reference.at = proposal->withdrawn_at;
	} else if (answered) {
		item->flags |= 1 << ANSWERED;
		item->flags |=
			reply.state == proposal_state_accepted ? 1 << ACCEPTED : 1 << REJECTED;
		item->flags |= reply.in_time ? 1 << IN_TIME : 0;
		item->value = reply.at > proposal->made_at ? reply.at - proposal->made_at : 0;
		reference.node = view_node(view, owner);
		reference.type = fact_event_proposal_answered;
		reference.seq = reply.seq;
		reference.at = reply.at;
	} else {
		item->flags |= 1 << UNANSWERED;
		if (reference.at ||
			(proposal->answer_by && proposal->answer_by < view_known_at(view)))
			item->flags |= 1 << EXPIRED;
	}
	if (reference.at)
		item_refer(item, &reference);
}

static size_t fill_proposal(
	const struct view *view, struct uuid id, const void *row, struct item *ret)
{
	const struct proposal_fact *proposal = row;

	ret->at = proposal->made_at;
	ret->area = proposal->main_area;
	ret->historical = proposal->historical;
	ret->department = department_key(view->departments, view->owner);
	ret->flags = 1 << MADE;
	item_refer(ret, &(struct reference){.node = view_node(view, view->owner),
				.seq = proposal->made_seq,
				.type = fact_event_measure_proposed,
				.at = proposal->made_at,
				.entity = id,
				.bit = EVIDENCE_BEGUN});
	fill_end(view, id, proposal, ret);
	return 1;
}

/* ---- conflicts ------------------------------------------------------------------------------ */

struct conflict {
	int64_t since;
	int64_t found_at;         /* when it was found last for that time */
	struct reference settled; /* at 0: it stands */
};

static void settle(struct conflict *conflict, const struct reference *reference)
{
	if (!conflict->settled.at || reference->at < conflict->settled.at)
		conflict->settled = *reference;
}

/* What counts is the newest time for which it was found; an end or a decision counts for the time
 * that it was about, an end only when nobody has found it again since. */
static void look_at_end(
	const struct view *view, unsigned owner, struct uuid id, struct conflict *conflict)
{
	struct reference reference = {
		.node = view_node(view, owner), .entity = id, .bit = EVIDENCE_ENDED};
	struct conflict_fact fact;
	struct fate_fact fate;

	if (view_get(view, owner, REPLICA_CONFLICTS, id, &fact) && fact.gone_at &&
		fact.gone_at >= conflict->found_at && fact.since == conflict->since) {
		reference.seq = fact.gone_seq;
		reference.at = fact.gone_at;
		reference.type = fact_event_conflict_gone;
		settle(conflict, &reference);
	}
	if (view_get(view, owner, REPLICA_FATES, id, &fate) &&
		(!fate.since || fate.since == conflict->since)) {
		reference.seq = fate.seq;
		reference.at = fate.at;
		reference.type = fact_event_conflict_settled;
		settle(conflict, &reference);
	}
}

/* Of the department, among those that found it for that time, whose name comes first. */
static void look_at_begin(
	const struct view *view, struct uuid id, struct conflict *conflict, struct item *item)
{
	struct conflict_fact fact;

	for (size_t i = 0; i < view->departments->n; i++) {
		unsigned owner = view->departments->owners[i];
		if (!view_get(view, owner, REPLICA_CONFLICTS, id, &fact))
			continue;
		item_refer(item, &(struct reference){.node = view_node(view, owner),
					 .seq = fact.found_seq,
					 .type = fact_event_conflict_found,
					 .at = fact.found_at,
					 .entity = id,
					 .bit = EVIDENCE_BEGUN});
		if (fact.since == conflict->since && fact.found_at > conflict->found_at)
			conflict->found_at = fact.found_at;
		if (conflict->since && fact.since <= conflict->since)
			continue;
		conflict->since = fact.since;
		conflict->found_at = fact.found_at;
		item->department = (int64_t)i + 1;
		item->area = fact.main_area;
		item->historical = fact.historical;
	}
}

static size_t fill_conflict(
	const struct view *view, struct uuid id, const void *row, struct item *ret)
{
	struct conflict conflict = {.since = 0};

	(void)row;
	if (view_before(view, REPLICA_CONFLICTS, id))
		return 0;
	look_at_begin(view, id, &conflict, ret);
	for (size_t i = 0; i < view->departments->n; i++)
		look_at_end(view, view->departments->owners[i], id, &conflict);
	ret->at = conflict.since;
	ret->flags = 1 << FOUND | (conflict.settled.at ? 1 << SETTLED : 1 << STANDING);
	if (conflict.settled.at) {
		ret->value = conflict.settled.at > ret->at ? conflict.settled.at - ret->at : 0;
		item_refer(ret, &conflict.settled);
	}
	return 1;
}

/* ---- the table ------------------------------------------------------------------------------ */

static const struct stage stages[] = {{REPLICA_PLANS, fill_plan},
	{REPLICA_PROPOSALS, fill_proposal}, {REPLICA_CONFLICTS, fill_conflict}};

#define BEGUN(k) [k] = {NULL, false, EVIDENCE_BEGUN, 1 << (k)}
#define ENDED(k, keep) [k] = {NULL, keep, EVIDENCE_ENDED, 1 << (k)}

static const struct measure measures[] = {
	BEGUN(PLANS),
	BEGUN(IN_ONE),
	BEGUN(IN_TWO),
	BEGUN(IN_MORE),
	BEGUN(MADE),
	ENDED(ACCEPTED, false),
	ENDED(REJECTED, false),
	ENDED(WITHDRAWN, false),
	BEGUN(UNANSWERED), /* the end would tell which of them are expired */
	[EXPIRED] = {NULL, false, EVIDENCE_BEGUN | EVIDENCE_ENDED, 1 << EXPIRED},
	ENDED(IN_TIME, false),
	ENDED(ANSWERED, true),
	BEGUN(FOUND),
	ENDED(SETTLED, true),
	BEGUN(STANDING),
};

static const struct relation relations[] = {
	{PLANS, {IN_ONE, IN_TWO, IN_MORE}, 3, false, false},
	{MADE, {ACCEPTED, REJECTED, WITHDRAWN, UNANSWERED}, 4, false, false},
	{UNANSWERED, {EXPIRED}, 1, true, false},
	{ANSWERED, {ACCEPTED, REJECTED}, 2, false, false},
	{ANSWERED, {IN_TIME}, 1, true, false},
	{FOUND, {SETTLED, STANDING}, 2, false, false},
};

static const struct column columns[] = {
	{"plans", {"Plans", "Planer"},
		{"plans in which the first department took part in the period; by department: that "
		 "one",
			"planer, som den første afdeling kom med i i perioden; pr. afdeling: denne "
			"afdeling"},
		SHOW_COUNT, PLANS, 0},
	{"departments_1", {"One department", "Én afdeling"},
		{"plans with one department, ever", "planer med én afdeling, nogensinde"},
		SHOW_COUNT, IN_ONE, 0},
	{"departments_2", {"Two departments", "To afdelinger"}, {"plans with two", "planer med to"},
		SHOW_COUNT, IN_TWO, 0},
	{"departments_3", {"Three departments or more", "Tre afdelinger eller flere"},
		{"plans with three or more", "planer med tre eller flere"}, SHOW_COUNT, IN_MORE, 0},
	{"proposals", {"Proposals", "Forslag"},
		{"measures that one department asked of another in the period; by department: the "
		 "one that asks",
			"indsatser, som én afdeling bad en anden om i perioden; pr. afdeling: den, "
			"der beder"},
		SHOW_COUNT, MADE, 0},
	{"accepted", {"Accepted", "Accepteret"}, {"of the proposals", "af forslagene"}, SHOW_COUNT,
		ACCEPTED, 0},
	{"rejected", {"Rejected", "Afvist"}, {"of the proposals", "af forslagene"}, SHOW_COUNT,
		REJECTED, 0},
	{"withdrawn", {"Withdrawn", "Trukket tilbage"},
		{"of the proposals: taken back before an answer",
			"af forslagene: trukket tilbage før et svar"},
		SHOW_COUNT, WITHDRAWN, 0},
	{"unanswered", {"Unanswered", "Ubesvaret"},
		{"of the proposals: expired or not answered yet",
			"af forslagene: udløbet eller endnu ikke besvaret"},
		SHOW_COUNT, UNANSWERED, 0},
	{"expired", {"Expired", "Udløbet"},
		{"of the unanswered: the time to answer passed before that of the positions below",
			"af de ubesvarede: svarfristen gik før journalpositionernes tid"},
		SHOW_COUNT, EXPIRED, 0},
	{"in_time_share", {"Answered in time share", "Andel besvaret til tiden"},
		{"of all proposals: answered no later than was asked for",
			"af alle forslag: besvaret inden fristen"},
		SHOW_SHARE, IN_TIME, MADE},
	{"answer_median", {"Answer median", "Svartid median"},
		{"proposal to answer, of those answered", "fra forslag til svar, af de besvarede"},
		SHOW_MEDIAN, ANSWERED, 0},
	{"conflicts", {"Conflicts", "Konflikter"},
		{"conflicts that began in the period, each once, however many departments found it",
			"konflikter, der begyndte i perioden, hver talt én gang, uanset hvor mange "
			"afdelinger der fandt den"},
		SHOW_COUNT, FOUND, 0},
	{"settled", {"Settled", "Løst"},
		{"of the conflicts: solved, waived or gone",
			"af konflikterne: løst, frafaldet eller forsvundet"},
		SHOW_COUNT, SETTLED, 0},
	{"standing", {"Standing", "Udestår"},
		{"of the conflicts: none of these, at the positions below",
			"af konflikterne: ingen af delene ved journalpositionerne nedenfor"},
		SHOW_COUNT, STANDING, 0},
	{"settle_median", {"Settle median", "Løsningstid median"},
		{"from when parts were in each other's way until it was settled",
			"fra forløb kom i vejen for hinanden, til det var løst"},
		SHOW_MEDIAN, SETTLED, 0},
};

static const struct series series[] = {
	{{"one department", "én afdeling"}, {"departments_1"}},
	{{"two", "to"}, {"departments_2"}},
	{{"three or more", "tre eller flere"}, {"departments_3"}},
};

static const enum dimension sections[] = {dimension_none};

const struct report_kind report_r8 = {
	.name = report_name_r8,
	.title = {"Coordination", "Koordinering"},
	.counted = {"plans, proposals and conflicts", "planer, forslag og konflikter"},
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
	.picture = {PICTURE_STACK, {"number of plans", "antal planer"}, series,
		sizeof(series) / sizeof(series[0]), "in_time_share", {"in time ", "til tiden "}},
};
