/* What tests of reports tell of citizens, parts and what stands in them, and how they ask for
 * figures. For tests only. */
#ifndef TESTS_UNIT_SERVICES_REPORTING_TELLINGS_H
#define TESTS_UNIT_SERVICES_REPORTING_TELLINGS_H

#include <stdio.h>

#include "tests/unit/services/reporting/town.h"

#define COUNT(rows) (sizeof(rows) / sizeof((rows)[0]))

enum { PLAN = 1, CITIZEN, PART, INQUIRY, MEASURE, GOAL, ITEM, CONFLICT, PROPOSAL };

/* ---- what is said ---------------------------------------------------------------------------- */

/* In a function, so that a test that needs none of them may include this. */
static inline enum life_area *area_of(uint32_t i)
{
	static enum life_area housing = life_area_housing, work = life_area_work;

	return i % 2 ? &housing : &work;
}

static inline void ask(struct town *town, uint32_t inquiry, uint32_t citizen)
{
	SAY(town, INTAKE, inquiry_received, id_of(INQUIRY, inquiry),
		.inquiry = id_of(INQUIRY, inquiry), .reference = text_of("ABCDEFGH2"),
		.citizen = id_of(CITIZEN, citizen), .from = id_of(CITIZEN, citizen),
		.channel = inquiry % 2 ? channel_phone : channel_walk_in, .asker = asker_citizen,
		.life_areas = {1, area_of(citizen)}, .urgency = urgency_normal,
		.target = town->now + MS_PER_DAY);
}

static inline void lead_on(struct town *town, uint32_t inquiry, uint32_t citizen)
{
	SAY(town, INTAKE, inquiry_closed, id_of(INQUIRY, inquiry),
		.inquiry = id_of(INQUIRY, inquiry), .citizen = id_of(CITIZEN, citizen),
		.closing = closing_plan_opened);
}

#define OF(i) .plan = id_of(PLAN, i), .citizen = id_of(CITIZEN, i)

static inline void open_part(struct town *town, unsigned owner, uint32_t i, uint32_t part)
{
	SAY(town, owner, part_opened, id_of(PLAN, i), OF(i), .part = id_of(PART, part),
		.department = text_of(owner == SOCIAL ? "social" : "family"),
		.inquiry = id_of(INQUIRY, i), .life_areas = {1, area_of(i)});
}

static inline void close_part(
	struct town *town, unsigned owner, uint32_t i, uint32_t part, enum outcome outcome)
{
	SAY(town, owner, part_closed, id_of(PLAN, i), OF(i), .part = id_of(PART, part),
		.outcome = outcome, .department = text_of("social"));
}

static inline void expect(struct town *town, uint32_t i, enum support support)
{
	SAY(town, SOCIAL, support_expected, id_of(PLAN, i), OF(i), .expected = support,
		.assessed_by = text_of("w1"), .assessed_at = town->now);
}

static inline void begin_measure(struct town *town, uint32_t i)
{
	SAY(town, SOCIAL, measure_state_set, id_of(PLAN, i), OF(i), .measure = id_of(MEASURE, i),
		.was = measure_state_accepted, .state = measure_state_in_progress);
}

enum { CITIZENS = 120, DONE = 57, ORDINARY = 4, NEEDED = 30, ASSESSED = 40, BACK = 5 };

/* The figures of Fredericia's first year, one part each; every third has one at another department
 * too, which ends a day before. flipped: whose outcome is ordinary support all the same. */
static inline struct town *fredericia(uint32_t flipped)
{
	struct town *town = town_new();

	for (uint32_t i = 0; i < CITIZENS; i++) {
		int64_t day = town->now;
		ask(town, i, i);
		town->now += MS_PER_HOUR;
		lead_on(town, i, i);
		open_part(town, SOCIAL, i, i);
		if (i % 3 == 0)
			open_part(town, FAMILY, i, 1000 + i);
		if (i < ASSESSED)
			expect(town, i, i < NEEDED ? support_face_to_face : support_practical);
		town->now += (i % 2 ? 48 : 2) * MS_PER_HOUR;
		if (i < 80)
			begin_measure(town, i);
		town->now += 30 * MS_PER_DAY;
		if (i < DONE && i % 3 == 0)
			close_part(town, FAMILY, i, 1000 + i, outcome_self_reliant);
		town->now += MS_PER_DAY;
		if (i < DONE)
			close_part(town, SOCIAL, i, i,
				i < ORDINARY || i == flipped ? outcome_ordinary_support
							     : outcome_self_reliant);
		if (i >= 100 && i < 110)
			close_part(town, SOCIAL, i, i, outcome_moved);
		town->now += 100 * MS_PER_DAY;
		if (i >= 10 && i < 10 + BACK)
			ask(town, 500 + i, i);
		town->now += 300 * MS_PER_DAY;
		if (i == 15)
			ask(town, 500 + i, i); /* 400 days: not within 12 months */
		town->now = day + MS_PER_DAY;
	}
	return town;
}

/* ---- asking ---------------------------------------------------------------------------------- */

static inline const struct report_cell *cell_at(
	const struct report *report, enum dimension section, const char *row, const char *column)
{
	for (size_t i = 0; i < report->rows.n; i++)
		for (size_t k = 0; k < report->columns.n; k++)
			if (report->rows.at[i].section == section &&
				text_is(report->rows.at[i].key, row) &&
				text_is(report->columns.at[k].name, column))
				return &report->rows.at[i].cells.at[k];
	fail_msg("no figure %s %s", row, column);
	return NULL;
}

struct wanted {
	enum report_name report;
	enum dimension by;
	const char *row;
	const char *column;
	int64_t value;
};

static inline void check(struct node *node, const struct wanted *wanted, size_t n)
{
	for (size_t i = 0; i < n; i++) {
		const struct wanted *w = &wanted[i];
		const struct show_report asked = {.report = w->report, .by = w->by};
		struct report report;
		(void)node_ask(node, schema_show_report(), &asked, &report);
		const struct report_cell *cell = cell_at(&report, w->by, w->row, w->column);
		if (cell->kind != cell_kind_number || cell->value != w->value)
			fail_msg("%s %s %s: kind %d, got %lld, want %lld",
				enum_word(words_report_name, w->report), w->row, w->column,
				(int)cell->kind, (long long)cell->value, (long long)w->value);
	}
}

#define TOTAL(report, column, value)                                         \
	{                                                                    \
		report_name_##report, dimension_none, "total", column, value \
	}

/* ---- a town with something of everything ------------------------------------------------------
 */

static inline void tell_goals(struct town *town, uint32_t i)
{
	struct scale scale = {.wanted = 7, .start = 3, .now = 3};
	struct plan_goal goal = {OF(i), .goal = id_of(GOAL, i), .life_areas = {1, area_of(1)},
		.stated_by = goal_source_citizen, .scale = &scale, .state = goal_state_proposed,
		.stated_at = town->now, .state_at = town->now};
	struct mark citizen = {.value = i % 10}, worker = {.value = 9};
	struct plan_progress progress = {OF(i), .progress = id_of(ITEM, 9000 + i),
		.goal = id_of(GOAL, i), .by_worker = &worker, .at = town->now + MS_PER_DAY};
	const struct plan_goal *kept = keep(town, &goal, sizeof(goal));

	((struct plan_goal *)(uintptr_t)kept)->scale = keep(town, &scale, sizeof(scale));
	SAY(town, SOCIAL, goal_stated, id_of(PLAN, i), OF(i),
		.goal = (struct plan_goal *)(uintptr_t)kept);
	progress.by_worker = keep(town, &worker, sizeof(worker));
	if (i % 4)
		progress.by_citizen = keep(town, &citizen, sizeof(citizen));
	if (i % 5)
		SAY(town, i % 2 ? FAMILY : SOCIAL, progress_recorded, id_of(PLAN, i), OF(i),
			.progress = keep(town, &progress, sizeof(progress)));
}

static inline void tell_commitments(struct town *town, uint32_t i)
{
	struct plan_commitment made = {OF(i), .commitment = id_of(ITEM, i),
		.by = i % 2 ? side_citizen : side_municipality,
		.due = i % 15 == 4 ? NOW + MS_PER_DAY : town->now + MS_PER_DAY,
		.state = commitment_state_open, .made_at = town->now};
	int64_t now = town->now;

	SAY(town, SOCIAL, commitment_made, id_of(PLAN, i), OF(i),
		.commitment = keep(town, &made, sizeof(made)));
	town->now += i % 3 ? MS_PER_HOUR : 2 * MS_PER_DAY;
	if (i % 3 == 0)
		SAY(town, SOCIAL, commitment_overdue, id_of(PLAN, i), OF(i),
			.commitment = id_of(ITEM, i), .by = made.by, .due = made.due);
	if (i % 5 < 3)
		SAY(town, SOCIAL, commitment_kept, id_of(PLAN, i), OF(i),
			.commitment = id_of(ITEM, i), .by = made.by);
	else if (i % 5 == 3)
		SAY(town, SOCIAL, commitment_released, id_of(PLAN, i), OF(i),
			.commitment = id_of(ITEM, i), .by = made.by);
	town->now = now;
}

static inline void tell_answers(struct town *town, uint32_t i)
{
	struct plan_answer answer = {OF(i), .answer = id_of(ITEM, 5000 + i), .says = 1 + i % 3,
		.of_version = 1, .at = town->now};

	if (i % 2)
		answer.goal = id_of(GOAL, i);
	SAY(town, SOCIAL, plan_answered, id_of(PLAN, i), OF(i),
		.answer = keep(town, &answer, sizeof(answer)));
}

static inline void tell_proposals(struct town *town, uint32_t i)
{
	struct plan_proposal made = {OF(i), .proposal = id_of(PROPOSAL, i),
		.from = text_of("social"), .to = text_of("family"), .kind = measure_kind_training,
		.answer_by = town->now + MS_PER_DAY, .state = proposal_state_waiting,
		.made_at = town->now};
	struct plan_proposal_answer answer = {OF(i), .proposal = id_of(PROPOSAL, i),
		.state = i % 2 ? proposal_state_accepted : proposal_state_rejected,
		.at = town->now + 6 * MS_PER_HOUR, .in_time = i % 4 < 2};

	SAY(town, SOCIAL, measure_proposed, id_of(PLAN, i), OF(i),
		.proposal = keep(town, &made, sizeof(made)));
	if (i % 5 == 0) { /* nobody answered */
		SAY(town, SOCIAL, proposal_expired, id_of(PLAN, i), OF(i),
			.proposal = id_of(PROPOSAL, i), .to = text_of("family"));
		return;
	}
	town->now += (i % 5 == 1 ? 1 : 9) * MS_PER_HOUR;
	if (i % 5 < 3) /* taken back: before the answer, or after it */
		SAY(town, SOCIAL, proposal_withdrawn, id_of(PLAN, i), OF(i),
			.proposal = id_of(PROPOSAL, i), .to = text_of("family"));
	SAY(town, FAMILY, proposal_answered, id_of(PLAN, i), OF(i),
		.answer = keep(town, &answer, sizeof(answer)), .from = text_of("social"));
	town->now = made.made_at;
}

/* Both departments find it; in every second case one says that it is solved, in every third it is
 * gone for the other one. */
static inline void tell_conflicts(struct town *town, uint32_t i)
{
	struct plan_conflict conflict = {OF(i), .conflict = id_of(CONFLICT, i),
		.kind = conflict_kind_hours, .severity = severity_warning,
		.since = town->now - MS_PER_DAY};
	struct plan_fate fate = {OF(i), .fate = id_of(ITEM, 7000 + i),
		.conflict = id_of(CONFLICT, i), .state = conflict_state_solved,
		.at = town->now + MS_PER_DAY, .since = conflict.since};

	for (unsigned owner = SOCIAL; owner <= FAMILY; owner += FAMILY - SOCIAL)
		SAY(town, owner, conflict_found, id_of(PLAN, i), OF(i),
			.conflict = keep(town, &conflict, sizeof(conflict)));
	town->now += 2 * MS_PER_DAY;
	if (i % 2 == 0)
		SAY(town, SOCIAL, conflict_settled, id_of(PLAN, i), OF(i),
			.fate = keep(town, &fate, sizeof(fate)));
	if (i % 3 == 0)
		SAY(town, FAMILY, conflict_gone, id_of(PLAN, i), OF(i),
			.conflict = id_of(CONFLICT, i), .kind = conflict_kind_hours);
	town->now -= 2 * MS_PER_DAY;
}

enum { PLANS = 60 };

static inline struct town *of_everything(void)
{
	struct town *town = town_new();

	for (uint32_t i = 0; i < PLANS; i++) {
		ask(town, i, i);
		lead_on(town, i, i);
		open_part(town, SOCIAL, i, i);
		open_part(town, FAMILY, i, 1000 + i);
		begin_measure(town, i);
		tell_goals(town, i);
		tell_commitments(town, i);
		tell_answers(town, i);
		tell_proposals(town, i);
		tell_conflicts(town, i);
		town->now += MS_PER_DAY;
	}
	return town;
}

#endif
