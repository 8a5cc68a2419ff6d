/* R5, effect: of those who asked, who was in a course, who completed it, what they needed
 * afterwards; reads replica trees through the walk and touches nothing else. */
#include <string.h>

#include "common/clock.h"
#include "services/reporting/reports.h"
#include "services/reporting/trees.h"

enum { INQUIRIES, IN_COURSE, COMPLETED, ORDINARY, NEEDED, ASSESSED, BACK };
enum { PARTS_OF_PERSON_MAX = 64 };

static size_t fill_inquiry(
	const struct view *view, struct uuid id, const void *row, struct item *ret)
{
	const struct inquiry_fact *fact = row;

	ret->at = fact->received_at;
	ret->historical = fact->historical;
	ret->area = fact->main_area;
	ret->channel = fact->channel;
	ret->flags = 1 << INQUIRIES;
	item_refer(ret,
		&(struct reference){view_node(view, view->owner), fact->received_seq,
			fact_event_inquiry_received, fact->received_at, id, id, EVIDENCE_RECEIVED});
	return 1;
}

/* ---- a person: all parts at all departments ---------------------------------------------------
 */

struct known_part {
	unsigned owner;
	struct uuid id;
	struct part_fact fact;
};

struct person {
	const struct view *view;
	struct uuid id;
	struct known_part parts[PARTS_OF_PERSON_MAX];
	size_t n;
};

static void gather(struct person *person, unsigned owner)
{
	struct state replica = state_replica(person->view->state, owner);
	struct key prefix = id_key(person->id);
	struct rows rows;

	rows_begin(&rows, &replica, REPLICA_PERSONS, NULL, &prefix, NULL);
	while (person->n < PARTS_OF_PERSON_MAX && rows_next(&rows, NULL)) {
		struct known_part *part = &person->parts[person->n];
		part->owner = owner;
		part->id = key_last_id(rows.scan.key);
		if (view_get(person->view, owner, REPLICA_PARTS, part->id, &part->fact) &&
			uuid_is_nil(part->fact.same_as) &&
			part->fact.opened_at < person->view->end_at)
			person->n++;
	}
	rows_end(&rows);
}

/* Of two at the same moment the one with the smaller id, whichever owner came first. */
static bool precedes(
	int64_t at, const struct known_part *a, int64_t other, const struct known_part *b)
{
	return at != other ? at < other : memcmp(&a->id, &b->id, sizeof(a->id)) < 0;
}

static const struct known_part *first_opened(const struct person *person)
{
	const struct known_part *first = NULL;

	for (size_t i = 0; i < person->n; i++) {
		const struct known_part *part = &person->parts[i];
		if (part->fact.opened_at >= person->view->least_at &&
			(!first ||
				precedes(part->fact.opened_at, part, first->fact.opened_at, first)))
			first = part;
	}
	return first;
}

static bool is_completed(const struct part_fact *part)
{
	return part->outcome == outcome_self_reliant || part->outcome == outcome_less_support ||
	       part->outcome == outcome_ordinary_support || part->outcome == outcome_more_support;
}

/* NULL: a part is open at the end of the period, or none was completed. */
static const struct known_part *last_completed(const struct person *person)
{
	const struct known_part *last = NULL;

	for (size_t i = 0; i < person->n; i++) {
		const struct known_part *part = &person->parts[i];
		if (!part->fact.closed_at || part->fact.closed_at >= person->view->end_at)
			return NULL;
		if (is_completed(&part->fact) &&
			(!last || precedes(last->fact.closed_at, last, part->fact.closed_at, part)))
			last = part;
	}
	return last;
}

/* The course of a person is over when the last of their parts is, however that one ended: so each
 * is counted in one period and not in none. */
static int64_t over_at(const struct person *person)
{
	int64_t at = 0;

	for (size_t i = 0; i < person->n; i++)
		if (person->parts[i].fact.closed_at > at)
			at = person->parts[i].fact.closed_at;
	return at;
}

static struct reference reference_of(const struct person *person, const struct known_part *part)
{
	return (struct reference){.node = view_node(person->view, part->owner),
		.entity = part->id,
		.inquiry = part->fact.inquiry};
}

static void begin(const struct person *person, const struct known_part *part, struct item *item)
{
	struct inquiry_fact inquiry;
	unsigned owner;

	item->historical = part->fact.historical;
	item->area = part->fact.main_area;
	item->department = department_key(person->view->departments, part->owner);
	if (view_inquiry(person->view, part->fact.inquiry, &owner, &inquiry))
		item->channel = inquiry.channel;
}

static void say_assessed(const struct person *person, struct item *item)
{
	for (size_t i = 0; i < person->n; i++) {
		const struct part_fact *fact = &person->parts[i].fact;
		if (!fact->expected)
			continue;
		struct reference reference = reference_of(person, &person->parts[i]);
		bool needed = fact->expected == support_face_to_face ||
			      fact->expected == support_residential;
		reference.seq = fact->expected_seq;
		reference.type = fact_event_support_expected;
		reference.at = fact->expected_at;
		reference.bit = EVIDENCE_ASSESSED | (needed ? EVIDENCE_EXPECTED : 0);
		item_refer(item, &reference);
		item->flags |= 1 << ASSESSED | (needed ? 1 << NEEDED : 0);
	}
}

/* The same day a year later is still within 12 months. */
static void say_back(const struct person *person, struct item *item)
{
	struct key prefix = id_key(person->id);
	struct key from = visit_key(person->id, item->at + 1, (struct uuid){{0}});

	for (unsigned i = 0; i < state_owners(person->view->state); i++) {
		struct state replica = state_replica(person->view->state, i);
		struct inquiry_fact fact;
		struct rows rows;
		rows_begin(&rows, &replica, REPLICA_VISITS, NULL, &prefix, &from);
		if (rows_next(&rows, NULL)) {
			struct uuid id = key_last_id(rows.scan.key);
			if (view_get(person->view, i, REPLICA_FACTS, id, &fact) &&
				local_date(fact.received_at) <= local_date(item->at) + 10000) {
				item->flags |= 1 << BACK;
				item_refer(item,
					&(struct reference){view_node(person->view, i),
						fact.received_seq, fact_event_inquiry_received,
						fact.received_at, id, id, EVIDENCE_BACK});
			}
		}
		rows_end(&rows);
	}
}

static void fill_completed(
	const struct person *person, const struct known_part *last, struct item *item)
{
	struct reference reference = reference_of(person, last);

	begin(person, last, item);
	item->at = over_at(person);
	item->flags = 1 << COMPLETED;
	if (last->fact.outcome == outcome_ordinary_support)
		item->flags |= 1 << ORDINARY;
	reference.seq = last->fact.closed_seq;
	reference.type = fact_event_part_closed;
	reference.at = last->fact.closed_at;
	reference.bit = EVIDENCE_ENDED;
	item_refer(item, &reference);
	say_assessed(person, item);
	say_back(person, item);
}

static size_t fill_person(
	const struct view *view, struct uuid id, const void *row, struct item *ret)
{
	struct person person = {.view = view, .id = id};
	size_t n = 0;

	(void)row;
	if (view_before(view, REPLICA_PERSONS, id))
		return 0;
	for (size_t i = 0; i < view->departments->n; i++)
		gather(&person, view->departments->owners[i]);
	const struct known_part *first = first_opened(&person);
	const struct known_part *last = last_completed(&person);
	if (first) {
		struct reference reference = reference_of(&person, first);
		begin(&person, first, &ret[n]);
		reference.seq = first->fact.opened_seq;
		reference.type = fact_event_part_opened;
		reference.at = ret[n].at = first->fact.opened_at;
		reference.bit = EVIDENCE_BEGUN;
		item_refer(&ret[n], &reference);
		ret[n++].flags = 1 << IN_COURSE;
	}
	if (last)
		fill_completed(&person, last, &ret[n++]);
	return n;
}

static const struct stage stages[] = {
	{REPLICA_FACTS, fill_inquiry}, {REPLICA_PERSONS, fill_person}};

static const struct measure measures[] = {
	[INQUIRIES] = {NULL, false, EVIDENCE_RECEIVED, 1 << INQUIRIES},
	[IN_COURSE] = {NULL, false, EVIDENCE_BEGUN, 1 << IN_COURSE},
	[COMPLETED] = {NULL, false, EVIDENCE_ENDED, 1 << COMPLETED},
	[ORDINARY] = {NULL, false, EVIDENCE_ENDED, 1 << ORDINARY},
	[NEEDED] = {NULL, false, EVIDENCE_EXPECTED, 1 << NEEDED},
	[ASSESSED] = {NULL, false, EVIDENCE_ASSESSED, 1 << ASSESSED},
	[BACK] = {NULL, false, EVIDENCE_ENDED | EVIDENCE_BACK, 1 << BACK},
};

static const struct relation relations[] = {
	{COMPLETED, {ORDINARY}, 1, true, false},
	{COMPLETED, {ASSESSED}, 1, true, false},
	{ASSESSED, {NEEDED}, 1, true, false},
	{COMPLETED, {BACK}, 1, true, false},
};

static const struct column columns[] = {
	{"inquiries", {"Inquiries", "Henvendelser"},
		{"inquiries received in the period, whoever asked; by month: of receipt",
			"henvendelser modtaget i perioden, uanset hvem der henvendte sig; pr. "
			"måned: modtagelsens"},
		SHOW_COUNT, INQUIRIES, 0},
	{"in_course", {"In a course", "I forløb"},
		{"persons with at least one part opened in the period, each once; by month, area "
		 "and department: of the first of these parts",
			"borgere med mindst ét forløb åbnet i perioden, hver talt én gang; pr. "
			"måned, livsområde og afdeling: det første af disse forløb"},
		SHOW_COUNT, IN_COURSE, 0},
	{"completed", {"Completed", "Afsluttet"},
		{"persons with a completed part whose last part of all was closed in the period, "
		 "and none is open at its end; by month: of that closing; by area and department: "
		 "of the last completed part",
			"borgere med et afsluttet forløb, hvis sidste forløb sluttede i perioden, "
			"og som "
			"ingen åbne har ved dens slutning; pr. måned: da det sidste sluttede; pr. "
			"livsområde og afdeling: det sidst afsluttede"},
		SHOW_COUNT, COMPLETED, 0},
	{"ordinary_support", {"Went on to ordinary support", "Gik videre til ordinær støtte"},
		{"of the completed: the last completed part ended in ordinary support",
			"af de afsluttede: det sidst afsluttede forløb endte med ordinær støtte"},
		SHOW_COUNT, ORDINARY, 0},
	{"needed_before",
		{"Would have needed face-to-face support",
			"Ville tidligere have fået individuel støtte"},
		{"of the completed: in some part the support expected at the start was assessed as "
		 "face to face or residential",
			"af de afsluttede: i et af forløbene blev den forventede støtte ved start "
			"vurderet til individuel støtte (ansigt til ansigt) eller botilbud"},
		SHOW_COUNT, NEEDED, 0},
	{"assessed", {"Assessed", "Vurderet"},
		{"of the completed: in some part the support expected at the start was assessed at "
		 "all",
			"af de afsluttede: i et af forløbene blev den forventede støtte ved start "
			"vurderet"},
		SHOW_COUNT, ASSESSED, 0},
	{"back_within_12_months", {"Back within 12 months", "Tilbage inden for 12 måneder"},
		{"of the completed: an inquiry about them was received after the completion and "
		 "within 12 months of it",
			"af de afsluttede: en henvendelse om dem blev modtaget efter afslutningen "
			"og inden for 12 måneder"},
		SHOW_COUNT, BACK, 0},
	{"saved", {"Saved a year", "Sparet om året"},
		{"would have needed face-to-face support, less went on to ordinary support, times "
		 "the price of face-to-face support",
			"ville tidligere have fået individuel støtte, minus gik videre til ordinær "
			"støtte, gange prisen for individuel støtte"},
		SHOW_SAVED, NEEDED, ORDINARY},
	{"course_cost", {"Cost of the courses", "Udgift til forløbene"},
		{"completed, times the price of a course", "afsluttet, gange prisen for et forløb"},
		SHOW_COST, COMPLETED, 0},
};

static const struct series series[] = {
	{{"Inquiries", "Henvendelser"}, {"inquiries"}},
	{{"In a course", "I forløb"}, {"in_course"}},
	{{"Completed", "Afsluttet"}, {"completed"}},
	{{"Needed face-to-face support before", "Ville tidligere have fået individuel støtte"},
		{"needed_before"}},
	{{"Went on to ordinary support", "Gik videre til ordinær støtte"}, {"ordinary_support"}},
	{{"Back within 12 months", "Tilbage inden for 12 måneder"}, {"back_within_12_months"}},
};

static const enum dimension sections[] = {dimension_none};

const struct report_kind report_r5 = {
	.name = report_name_r5,
	.title = {"Effect", "Effekt"},
	.counted = {"inquiries and persons", "henvendelser og borgere"},
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
	.picture = {PICTURE_SERIES, {"inquiries, then persons", "henvendelser, derefter borgere"},
		series, sizeof(series) / sizeof(series[0]), NULL, {NULL, NULL}},
};
