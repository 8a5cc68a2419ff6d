/* The definitions of R4, R5 and R8 where they are easy to get wrong: several parts of one person,
 * parts that join, conflicts that come again. */
#include "tests/unit/services/reporting/tellings.h"

struct in_period {
	int64_t from, until;
	const char *column;
	int64_t value;
};

static void check_periods(
	struct node *node, enum report_name name, const struct in_period *rows, size_t n)
{
	for (size_t i = 0; i < n; i++) {
		const struct show_report asked = {
			.report = name, .from = rows[i].from, .until = rows[i].until};
		struct report report;
		(void)node_ask(node, schema_show_report(), &asked, &report);
		int64_t got = cell_at(&report, dimension_none, "total", rows[i].column)->value;
		if (got != rows[i].value)
			fail_msg("%lld to %lld, %s: got %lld, want %lld", (long long)rows[i].from,
				(long long)rows[i].until, rows[i].column, (long long)got,
				(long long)rows[i].value);
	}
}

static void at(struct town *town, int64_t date, int64_t minutes)
{
	town->now = local_time(date, (int)minutes);
}

/* One department has completed its part in March, the other one ends in June without completing:
 * the course is over in June, and in no other quarter. Whoever asks in between does not come back,
 * for they are not gone. */
static void test_completed_when_nothing_is_open(void **state)
{
	static const struct in_period rows[] = {
		{20250101, 20250331, "completed", 0},
		{20250401, 20250630, "completed", 1},
		{20250701, 20250930, "completed", 0},
		{20250101, 20251231, "completed", 1},
		{20250101, 20251231, "in_course", 1},
		{20250101, 20251231, "back_within_12_months", 0},
	};
	struct town *town = town_new();
	struct node *node = node_start();
	(void)state;

	at(town, 20250110, 600);
	ask(town, 1, 1);
	lead_on(town, 1, 1);
	open_part(town, SOCIAL, 1, 1);
	open_part(town, FAMILY, 1, 2);
	at(town, 20250310, 600);
	close_part(town, FAMILY, 1, 2, outcome_self_reliant);
	at(town, 20250410, 600);
	ask(town, 2, 1);
	at(town, 20250610, 600);
	close_part(town, SOCIAL, 1, 1, outcome_stopped_by_citizen);
	node_hear_all(node, town, 0);
	check_periods(node, report_name_r5, rows, COUNT(rows));
	node_stop(node);
	town_free(town);
}

/* Completed in March, helped again from May to August. */
static void test_begun_again(void **state)
{
	static const struct in_period rows[] = {
		{20250101, 20250331, "completed", 1},
		{20250101, 20250630, "completed", 0},
		{20250401, 20250630, "in_course", 1},
		{20250701, 20250930, "completed", 1},
		{20250701, 20250930, "ordinary_support", 1},
		{0, 0, "completed", 1},
		{0, 0, "in_course", 1},
	};
	struct town *town = town_new();
	struct node *node = node_start();
	(void)state;

	at(town, 20250110, 600);
	ask(town, 1, 1);
	open_part(town, SOCIAL, 1, 1);
	at(town, 20250310, 600);
	close_part(town, SOCIAL, 1, 1, outcome_self_reliant);
	at(town, 20250510, 600);
	open_part(town, SOCIAL, 1, 2);
	at(town, 20250810, 600);
	close_part(town, SOCIAL, 1, 2, outcome_ordinary_support);
	node_hear_all(node, town, 0);
	check_periods(node, report_name_r5, rows, COUNT(rows));
	node_stop(node);
	town_free(town);
}

/* Half past eleven at night in Denmark is the same day, in summer and in winter; the day after
 * begins at midnight. */
static void test_local_days(void **state)
{
	static const struct in_period rows[] = {
		{20250101, 20250131, "inquiries", 1},
		{20250201, 20250201, "inquiries", 1},
		{20250701, 20250731, "inquiries", 1},
		{20250801, 20250831, "inquiries", 1},
		{20250131, 20250201, "inquiries", 2},
	};
	struct town *town = town_new();
	struct node *node = node_start();
	(void)state;

	at(town, 20250131, 23 * 60 + 59);
	ask(town, 1, 1);
	at(town, 20250201, 0);
	ask(town, 2, 2);
	at(town, 20250731, 23 * 60 + 59);
	ask(town, 3, 3);
	at(town, 20250801, 0);
	ask(town, 4, 4);
	node_hear_all(node, town, 0);
	check_periods(node, report_name_r5, rows, COUNT(rows));
	check_periods(node, report_name_r1, rows, COUNT(rows));
	node_stop(node);
	town_free(town);
}

/* A provisional part was there before the one it joins: the department took part from then on. */
static void test_joined_from_the_first(void **state)
{
	static const struct in_period rows[] = {
		{20250101, 20250131, "opened", 1},
		{20250201, 20250228, "opened", 0},
		{20250101, 20251231, "opened", 1},
		{20250101, 20250228, "open", 1},
	};
	struct town *town = town_new();
	struct node *node = node_start();
	(void)state;

	at(town, 20250131, 600);
	SAY(town, SOCIAL, part_opened, id_of(PLAN, 7), .plan = id_of(PLAN, 50),
		.citizen = id_of(CITIZEN, 50), .part = id_of(PART, 50),
		.department = text_of("social"), .provisional = true);
	at(town, 20250203, 600);
	ask(town, 7, 7);
	lead_on(town, 7, 7);
	open_part(town, SOCIAL, 7, 7);
	SAY(town, SOCIAL, part_joined, id_of(PLAN, 7), OF(7), .provisional_plan = id_of(PLAN, 50));
	node_hear_all(node, town, 0);
	check_periods(node, report_name_r4, rows, COUNT(rows));
	node_stop(node);
	town_free(town);
}

/* ---- conflicts ------------------------------------------------------------------------------- */

static void find(struct town *town, unsigned owner, int64_t since)
{
	const struct plan_conflict conflict = {OF(1), .conflict = id_of(CONFLICT, 1),
		.kind = conflict_kind_hours, .severity = severity_warning, .since = since};

	SAY(town, owner, conflict_found, id_of(PLAN, 1), OF(1),
		.conflict = keep(town, &conflict, sizeof(conflict)));
	town->now += MS_PER_HOUR;
}

static void lose(struct town *town, unsigned owner)
{
	SAY(town, owner, conflict_gone, id_of(PLAN, 1), OF(1), .conflict = id_of(CONFLICT, 1),
		.kind = conflict_kind_hours);
	town->now += MS_PER_HOUR;
}

static void decide(struct town *town, enum conflict_state state, int64_t since)
{
	const struct plan_fate fate = {OF(1), .fate = id_of(ITEM, 1),
		.conflict = id_of(CONFLICT, 1), .state = state, .at = town->now, .since = since};

	SAY(town, SOCIAL, conflict_settled, id_of(PLAN, 1), OF(1),
		.fate = keep(town, &fate, sizeof(fate)));
	town->now += MS_PER_HOUR;
}

static void tell_gone_and_back(struct town *town, int64_t since)
{
	find(town, SOCIAL, since);
	find(town, FAMILY, since);
	lose(town, FAMILY);
	lose(town, SOCIAL);
	find(town, SOCIAL, since); /* the other one has not looked again yet */
}

static void tell_moved_on(struct town *town, int64_t since)
{
	find(town, SOCIAL, since);
	find(town, FAMILY, since);
	decide(town, conflict_state_solved, since);
	find(town, SOCIAL, since + MS_PER_DAY);
}

static void tell_settled_twice(struct town *town, int64_t since)
{
	find(town, FAMILY, since);
	find(town, SOCIAL, since);
	decide(town, conflict_state_waived, since);
	decide(town, conflict_state_solved, since);
	lose(town, FAMILY);
}

static void tell_taken_back(struct town *town, int64_t since)
{
	find(town, SOCIAL, since);
	decide(town, conflict_state_solved, since);
	decide(town, conflict_state_acknowledged, since);
}

static void test_conflicts(void **state)
{
	static const struct {
		void (*tell)(struct town *town, int64_t since);
		int64_t settled;
	} rows[] = {{tell_gone_and_back, 0}, {tell_moved_on, 0}, {tell_settled_twice, 1},
		{tell_taken_back, 0}};
	(void)state;

	for (size_t i = 0; i < COUNT(rows); i++) {
		const struct wanted wanted[] = {
			TOTAL(r8, "conflicts", 1),
			TOTAL(r8, "settled", rows[i].settled),
			TOTAL(r8, "standing", 1 - rows[i].settled),
		};
		struct town *town = town_new();
		struct node *node = node_start();
		open_part(town, SOCIAL, 1, 1);
		open_part(town, FAMILY, 1, 2);
		rows[i].tell(town, town->now);
		node_hear_all(node, town, 0);
		check(node, wanted, COUNT(wanted));
		node_stop(node);
		town_free(town);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_completed_when_nothing_is_open),
		cmocka_unit_test(test_begun_again),
		cmocka_unit_test(test_local_days),
		cmocka_unit_test(test_joined_from_the_first),
		cmocka_unit_test(test_conflicts),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
