/* What time alone changes is counted at the time of the journal positions: an import of the past
 * brings no event that says that a due time went by, and the same positions give the same bytes
 * whatever the clock says. */
#include "tests/unit/services/reporting/tellings.h"

static void commit_to(struct town *town, uint32_t i, enum side by, int64_t due)
{
	struct plan_commitment made = {OF(1), .commitment = id_of(ITEM, i), .by = by, .due = due,
		.state = commitment_state_open, .made_at = town->now};

	SAY(town, SOCIAL, commitment_made, id_of(PLAN, 1), OF(1),
		.commitment = keep(town, &made, sizeof(made)));
}

static void propose(struct town *town, uint32_t i, int64_t answer_by)
{
	struct plan_proposal made = {OF(1), .proposal = id_of(PROPOSAL, i),
		.from = text_of("social"), .to = text_of("family"), .kind = measure_kind_training,
		.answer_by = answer_by, .state = proposal_state_waiting, .made_at = town->now};

	SAY(town, SOCIAL, measure_proposed, id_of(PLAN, 1), OF(1),
		.proposal = keep(town, &made, sizeof(made)));
}

/* Nobody ever says what became of any of it. */
static struct town *never_kept(void)
{
	struct town *town = town_new();

	ask(town, 1, 1);
	lead_on(town, 1, 1);
	open_part(town, SOCIAL, 1, 1);
	for (uint32_t i = 0; i < 3; i++)
		commit_to(town, i, side_municipality, town->now + MS_PER_DAY);
	commit_to(town, 3, side_municipality, NOW);
	commit_to(town, 4, side_citizen, town->now + MS_PER_DAY);
	for (uint32_t i = 5; i < 7; i++)
		commit_to(town, i, side_citizen, NOW + MS_PER_DAY);
	for (uint32_t i = 0; i < 4; i++)
		propose(town, i, town->now + MS_PER_DAY);
	propose(town, 4, NOW);
	return town;
}

static void test_never_kept_and_never_answered(void **state)
{
	static const struct wanted wanted[] = {
		TOTAL(r9, "municipality_made", 4),
		TOTAL(r9, "municipality_overdue", 3),
		TOTAL(r9, "municipality_open", 1),
		TOTAL(r9, "municipality_kept_share", 0),
		TOTAL(r9, "citizen_overdue", 1),
		TOTAL(r9, "citizen_open", 2),
		TOTAL(r8, "unanswered", 5),
		TOTAL(r8, "expired", 4),
	};
	struct town *town = never_kept();
	struct node *node = node_start();
	(void)state;

	node_hear_all(node, town, 0);
	check(node, wanted, COUNT(wanted));
	node->now += 400 * MS_PER_DAY; /* nothing more was heard */
	check(node, wanted, COUNT(wanted));
	node_stop(node);
	town_free(town);
}

/* What is overdue without an event saying so is listed by what made it. */
static void test_events_of_the_overdue(void **state)
{
	struct report_events q = {
		.report = report_name_r9, .column = text_of("municipality_overdue"), .limit = 50};
	struct town *town = never_kept();
	struct node *node = node_start();
	struct report_event_list list;
	(void)state;

	node_hear_all(node, town, 0);
	(void)node_ask(node, schema_report_events(), &q, &list);
	assert_int_equal(list.events.n, 3);
	for (size_t i = 0; i < list.events.n; i++)
		assert_true(text_is(list.events.at[i].type, "commitment_made"));
	node_stop(node);
	town_free(town);
}

/* ---- how long a period is -------------------------------------------------------------------- */

/* From the first fact, or the first day asked for, to the last day asked for, or the positions:
 * whoever asks for days to come gets no longer period. */
static void test_length_of_periods(void **state)
{
	static const struct {
		int64_t from, until;
		bool published;
	} rows[] = {
		{0, 0, true},
		{20250101, 20251231, true},
		{20250101, 0, true},         /* to the end of 2026 */
		{20261201, 0, false},        /* a month */
		{20261201, 20991231, false}, /* which is no longer for days to come */
		{0, 20250801, true},         /* since January */
		{0, 20250131, false},        /* three weeks */
		{20000101, 20250131, false}, /* before which there was nothing */
		{20250201, 20250228, false},
	};
	struct town *town = fredericia(UINT32_MAX);
	struct node *node = node_start();
	(void)state;

	node->settings.suppress_below = 5;
	ask(town, 900, 900);
	town->said[town->n - 1].at = NOW - 10 * MS_PER_DAY;
	node_hear_all(node, town, 0);
	for (size_t i = 0; i < COUNT(rows); i++) {
		const struct show_report asked = {
			.report = report_name_r1, .from = rows[i].from, .until = rows[i].until};
		struct report report;
		(void)node_ask(node, schema_show_report(), &asked, &report);
		if (report.facts_suppressed == rows[i].published)
			fail_msg("%lld to %lld: facts %s", (long long)rows[i].from,
				(long long)rows[i].until,
				report.facts_suppressed ? "hidden" : "shown");
	}
	node_stop(node);
	town_free(town);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_never_kept_and_never_answered),
		cmocka_unit_test(test_events_of_the_overdue),
		cmocka_unit_test(test_length_of_periods),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
