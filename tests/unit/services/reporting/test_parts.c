/* Reports of what departments do, from events as they send them, through a real engine. */
#include <stdio.h>

#include "services/reporting/trees.h"
#include "tests/unit/services/reporting/tellings.h"

static void test_figures_of_fredericia(void **state)
{
	static const struct wanted wanted[] = {
		TOTAL(r5, "inquiries", CITIZENS + BACK + 1),
		TOTAL(r5, "in_course", CITIZENS),
		TOTAL(r5, "completed", DONE),
		TOTAL(r5, "ordinary_support", ORDINARY),
		TOTAL(r5, "needed_before", NEEDED),
		TOTAL(r5, "assessed", ASSESSED),
		TOTAL(r5, "back_within_12_months", BACK),
		{report_name_r5, dimension_department, "unknown", "inquiries", CITIZENS + BACK + 1},
		{report_name_r5, dimension_department, "social", "completed", DONE},
		{report_name_r5, dimension_life_area, "work", "in_course", CITIZENS / 2},
		{report_name_r5, dimension_month, "2025-01", "in_course", 22},
		{report_name_r5, dimension_channel, "phone", "in_course", CITIZENS / 2},
		TOTAL(r4, "opened", CITIZENS + 40),
		TOTAL(r4, "completed", DONE + 19),
		TOTAL(r4, "stopped", 10),
		TOTAL(r4, "open", CITIZENS + 40 - DONE - 19 - 10),
		{report_name_r4, dimension_department, "family", "opened", 40},
		{report_name_r4, dimension_department, "family", "completed", 19},
		TOTAL(r2, "helped", 80),
		TOTAL(r2, "help_same_day", 317), /* 40 of 126, in tenths of a percent */
		TOTAL(r2, "help_median", 30),
		TOTAL(r2, "help_longest", 490),
		TOTAL(r8, "plans", CITIZENS),
		TOTAL(r8, "departments_1", 80),
		TOTAL(r8, "departments_2", 40),
		TOTAL(r8, "departments_3", 0),
	};
	struct town *town = fredericia(UINT32_MAX);
	struct node *node = node_start();
	(void)state;

	node_hear_all(node, town, 0);
	check(node, wanted, COUNT(wanted));
	node_stop(node);
	town_free(town);
}

/* One outcome more, and the list of events behind it names that very event. */
static void test_one_outcome_more(void **state)
{
	struct report_events q = {
		.report = report_name_r5, .column = text_of("ordinary_support"), .limit = 100};
	struct town *town = fredericia(20);
	struct node *node = node_start();
	struct report_event_list list;
	size_t named = 0;
	(void)state;

	node_hear_all(node, town, 0);
	check(node, &(struct wanted)TOTAL(r5, "ordinary_support", ORDINARY + 1), 1);
	(void)node_ask(node, schema_report_events(), &q, &list);
	assert_int_equal(list.events.n, ORDINARY + 1);
	for (size_t i = 0; i < list.events.n; i++) {
		const struct report_event *event = &list.events.at[i];
		assert_true(text_is(event->node, "planning.social"));
		assert_true(text_is(event->type, "part_closed"));
		named += uuid_equal(event->entity, id_of(PART, 20)) &&
			 uuid_equal(event->inquiry, id_of(INQUIRY, 20));
	}
	assert_int_equal(named, 1);
	node_stop(node);
	town_free(town);
}

static void test_money(void **state)
{
	struct town *town = fredericia(UINT32_MAX);
	struct node *node = node_start();
	struct report report;
	const struct show_report asked = {.report = report_name_r5};
	(void)state;

	node_hear_all(node, town, 0);
	(void)node_ask(node, schema_show_report(), &asked, &report);
	assert_int_equal(report.columns.n, 7);
	node->settings.price_face_to_face = 100000;
	(void)node_ask(node, schema_show_report(), &asked, &report);
	assert_int_equal(report.columns.n, 8);
	assert_int_equal(cell_at(&report, dimension_none, "total", "saved")->value,
		(NEEDED - ORDINARY) * 100000);
	char *meaning = text_string(&node->arena, report.columns.at[7].meaning);
	assert_non_null(strstr(meaning, "2026-01-01"));
	node_stop(node);
	town_free(town);
}

/* ---- small cells ----------------------------------------------------------------------------- */

static void assert_denied(struct node *node, struct report_events q)
{
	q.limit = 10;
	struct answer answer = node_try(node, schema_report_events(), &q);

	assert_int_equal(answer.status, ERR_DENIED);
	assert_string_equal(answer.reason.field, "column");
	assert_string_equal(answer.reason.rule, "so few that persons could be recognised");
}

/* Of 57 completed courses 4 ended in ordinary support, 2 of them asked by telephone. */
static void test_small_cells(void **state)
{
	struct town *town = fredericia(UINT32_MAX);
	struct node *node = node_start();
	struct show_report asked = {.report = report_name_r5, .by = dimension_channel};
	struct report_events q = {.report = report_name_r5,
		.section = dimension_channel,
		.row = text_of("phone"),
		.column = text_of("ordinary_support")};
	struct report_cursor after = {text_of("planning.social"), id_of(PART, 1), 0, 1};
	struct report report;
	(void)state;

	node->settings.suppress_below = 5;
	node_hear_all(node, town, 0);
	check(node, &(struct wanted)TOTAL(r5, "ordinary_support", ORDINARY), 1);
	(void)node_ask(node, schema_show_report(), &asked, &report);
	const struct report_cell *cell =
		cell_at(&report, dimension_channel, "phone", "ordinary_support");
	assert_int_equal(cell->kind, cell_kind_suppressed);
	assert_int_equal(cell->value, 0);
	assert_denied(node, q);
	q.after = &after; /* not by going on with a list that was never begun either */
	assert_denied(node, q);
	q.after = NULL;
	q.section = dimension_none;
	q.row = text_of("total");
	q.limit = 10;
	assert_int_equal(node_try(node, schema_report_events(), &q).status, ERR_OK);
	q.from = 20250201; /* of a month nothing is published, however undivided */
	q.until = 20250228;
	asked = (struct show_report){.report = report_name_r5, .from = q.from, .until = q.until};
	(void)node_ask(node, schema_show_report(), &asked, &report);
	assert_int_equal(cell_at(&report, dimension_none, "total", "ordinary_support")->kind,
		cell_kind_suppressed);
	assert_denied(node, q);
	assert_true(report.facts_suppressed); /* nor is how many there are in all */
	assert_int_equal(report.facts, 0);
	asked.from = asked.until = 0;
	(void)node_ask(node, schema_show_report(), &asked, &report);
	assert_false(report.facts_suppressed);
	assert_true(report.facts > CITIZENS);
	node_stop(node);
	town_free(town);
}

static bool is_in(struct node *node, const struct render_report *asked, const char *piece)
{
	struct rendering rendering;

	(void)node_ask(node, schema_render_report(), asked, &rendering);
	return memmem(rendering.body.p, rendering.body.n, piece, strlen(piece)) != NULL;
}

/* Every form says that something is hidden; the figure itself stands in none. */
static void test_small_cells_in_every_form(void **state)
{
	static const struct {
		enum report_form form;
		const char *full, *hidden;
	} rows[] = {
		{report_form_csv, "\r\nchannel,phone,63,60,28,2,15,20,2\r\n",
			"channel,phone,63,60,28,suppressed,15,20,suppressed\r\n"},
		{report_form_svg, ">Went on to ordinary support: 2<",
			">Went on to ordinary support: *<"},
		{report_form_table, "Not: so few", "*: so few that persons"},
	};
	struct town *town = fredericia(UINT32_MAX);
	struct node *node = node_start();
	(void)state;

	node_hear_all(node, town, 0);
	for (size_t i = 0; i < COUNT(rows); i++) {
		const struct render_report asked = {
			.report = report_name_r5, .by = dimension_channel, .form = rows[i].form};
		node->settings.suppress_below = 0;
		if (rows[i].form != report_form_table)
			assert_true(is_in(node, &asked, rows[i].full));
		assert_false(is_in(node, &asked, rows[i].hidden));
		node->settings.suppress_below = 5;
		assert_false(is_in(node, &asked, rows[i].full));
		assert_true(is_in(node, &asked, rows[i].hidden));
	}
	node_stop(node);
	town_free(town);
}

/* Every report can be drawn and written. */
static void test_every_report_in_every_form(void **state)
{
	struct town *town = of_everything();
	struct node *node = node_start();
	(void)state;

	node->settings.suppress_below = 5;
	node_hear_all(node, town, 0);
	for (enum report_name report = report_name_r1; report < report_name_end; report++)
		for (enum report_form form = report_form_table; form < report_form_end; form++)
			for (unsigned by = 0; by < 2; by++) {
				const struct render_report asked = {.report = report,
					.by = by ? dimension_month : dimension_none,
					.form = form};
				assert_true(is_in(node, &asked, "intake"));
				assert_int_equal(
					is_in(node, &asked, "</svg>"), form == report_form_svg);
			}
	node_stop(node);
	town_free(town);
}

/* ---- the events behind every figure -----------------------------------------------------------
 */

/* As many items as the figure says stand behind it, whatever the length of a page. */
static size_t entities_behind(
	struct node *node, const struct report_column *column, enum report_name name, int64_t limit)
{
	struct report_events q = {.report = name, .column = column->name, .limit = limit};
	struct uuid last = {{0}};
	size_t n = 0;

	do {
		struct report_event_list list;
		(void)node_ask(node, schema_report_events(), &q, &list);
		for (size_t i = 0; i < list.events.n; i++) {
			assert_true(list.events.at[i].seq > 0 && list.events.at[i].occurred_at);
			assert_false(uuid_is_nil(list.events.at[i].entity));
			n += !uuid_equal(last, list.events.at[i].entity);
			last = list.events.at[i].entity;
		}
		q.after = list.next;
	} while (q.after);
	return n;
}

static void test_events_behind_every_count(void **state)
{
	struct town *town = of_everything();
	struct node *node = node_start();
	size_t counts = 0;
	(void)state;

	node_hear_all(node, town, 3);
	for (enum report_name name = report_name_r4; name < report_name_end; name++) {
		const struct show_report asked = {.report = name};
		struct report report;
		(void)node_ask(node, schema_show_report(), &asked, &report);
		for (size_t i = 0; i < report.columns.n; i++) {
			const struct report_column *column = &report.columns.at[i];
			int64_t value = report.rows.at[0].cells.at[i].value;
			if (column->unit != report_unit_count)
				continue;
			size_t n = entities_behind(node, column, name, 200);
			assert_int_equal(n, value);
			assert_int_equal(entities_behind(node, column, name, 7), n);
			counts += value > 0;
		}
	}
	assert_true(counts > 25);
	node_stop(node);
	town_free(town);
}

/* Counted by hand from what of_everything says. */
static const struct wanted of_everything_wanted[] = {
	TOTAL(r6, "goals", 48),   /* not i % 5 */
	TOTAL(r6, "better", 33),  /* of each 20: 4, 6 to 9, 12, 14, 16 to 19 */
	TOTAL(r6, "same", 6),     /* 3, 13 */
	TOTAL(r6, "worse", 9),    /* 1, 2, 11 */
	TOTAL(r6, "reached", 27), /* 4, 7 to 9, 12, 16 to 19 */
	TOTAL(r6, "change_median", 4),
	TOTAL(r7, "plan_answers", 30),
	TOTAL(r7, "goal_answers", 30),
	TOTAL(r7, "plan_agrees", 10),
	TOTAL(r7, "goal_could_not_answer", 10),
	TOTAL(r8, "departments_2", 60),
	TOTAL(r8, "proposals", 60),
	TOTAL(r8, "unanswered", 12),
	TOTAL(r8, "expired", 12),
	TOTAL(r8, "withdrawn", 12),
	TOTAL(r8, "accepted", 18),
	TOTAL(r8, "rejected", 18),
	TOTAL(r8, "answer_median", 60),
	TOTAL(r8, "conflicts", 60),
	TOTAL(r8, "settled", 40),
	TOTAL(r8, "standing", 20),
	TOTAL(r8, "settle_median", 480),
	TOTAL(r9, "municipality_made", 30),
	TOTAL(r9, "citizen_made", 30),
	TOTAL(r9, "municipality_kept", 12),
	TOTAL(r9, "municipality_kept_late", 6),
	TOTAL(r9, "municipality_released", 6),
	TOTAL(r9, "municipality_overdue", 4),
	TOTAL(r9, "municipality_open", 2),
	TOTAL(r9, "municipality_kept_share", 545),
};

static void test_something_of_everything(void **state)
{
	struct town *town = of_everything();
	struct node *node = node_start();
	(void)state;

	node_hear_all(node, town, 0);
	check(node, of_everything_wanted, COUNT(of_everything_wanted));
	node_stop(node);
	town_free(town);
}

/* ---- order ----------------------------------------------------------------------------------- */

static void write_all(struct node *node, struct buffer *out)
{
	static const enum dimension by[] = {
		dimension_none, dimension_month, dimension_department, dimension_life_area};

	for (enum report_name report = report_name_r4; report < report_name_end; report++)
		for (size_t i = 0; i < COUNT(by); i++) {
			const struct show_report asked = {.report = report, .by = by[i]};
			struct bytes body = node_ask(node, schema_show_report(), &asked, NULL);
			buffer_add(out, body.p, body.n);
		}
}

static void test_order_does_not_show(void **state)
{
	struct town *(*const towns[])(void) = {of_everything};
	(void)state;

	for (size_t t = 0; t < COUNT(towns); t++) {
		struct town *town = towns[t]();
		struct buffer out[4];
		for (uint64_t seed = 0; seed < 4; seed++) {
			struct node *node = node_start();
			buffer_init(&out[seed], (size_t)16 * 1024 * 1024);
			node_hear_all(node, town, seed);
			write_all(node, &out[seed]);
			node_stop(node);
			assert_true(out[seed].n > 10000);
			assert_true(bytes_equal(buffer_bytes(&out[0]), buffer_bytes(&out[seed])));
		}
		for (size_t i = 0; i < 4; i++)
			buffer_done(&out[i]);
		town_free(town);
	}
}

/* ---- no identities --------------------------------------------------------------------------- */

static bool holds(struct bytes bytes, struct uuid id)
{
	return bytes.n >= sizeof(id) && memmem(bytes.p, bytes.n, &id, sizeof(id));
}

/* No id of a citizen is at rest anywhere, so there is nothing to take away when one is erased; that
 * plans are found by the same search shows that it would find citizens. */
static void test_no_citizen_is_at_rest(void **state)
{
	struct town *town = of_everything();
	struct node *node = node_start();
	size_t rows = 0, plans = 0;
	struct txn *txn;
	(void)state;

	node_hear_all(node, town, 0);
	assert_int_equal(store_begin(node->store, STORE_READ, &node->arena, &txn), ERR_OK);
	for (unsigned tree = 0; tree < node->trees; tree++) {
		struct scan scan;
		scan_begin(&scan, txn, tree, SCAN_UP, BYTES_NONE, BYTES_NONE);
		for (; scan_next(&scan); rows++)
			for (uint32_t i = 0; i < PLANS; i++) {
				assert_false(holds(scan.key, id_of(CITIZEN, i)));
				assert_false(holds(scan.value, id_of(CITIZEN, i)));
				plans += holds(scan.key, id_of(PLAN, i));
			}
		scan_end(&scan);
	}
	store_abort(txn);
	assert_true(rows > 10 * PLANS);
	assert_int_equal(plans, 2 * PLANS);
	node_stop(node);
	town_free(town);
}

/* ---- provisional plans ------------------------------------------------------------------------
 */

/* Opened as plan 50 for a citizen 50, who is citizen 7 with plan 7; the department has a part there
 * that is open, closed, or none. The person is counted once, and so is the part. */
static struct town *joined(bool there, bool closed)
{
	struct town *town = town_new();

	ask(town, 7, 7);
	lead_on(town, 7, 7);
	if (there)
		open_part(town, SOCIAL, 7, 7);
	if (closed)
		close_part(town, SOCIAL, 7, 7, outcome_self_reliant);
	town->now += MS_PER_DAY;
	SAY(town, SOCIAL, part_opened, id_of(PLAN, 7), .plan = id_of(PLAN, 50),
		.citizen = id_of(CITIZEN, 50), .part = id_of(PART, 50),
		.department = text_of("social"), .provisional = true);
	SAY(town, SOCIAL, support_expected, id_of(PLAN, 7), .plan = id_of(PLAN, 50),
		.citizen = id_of(CITIZEN, 50), .expected = support_residential,
		.assessed_by = text_of("w1"), .assessed_at = town->now);
	SAY(town, SOCIAL, part_joined, id_of(PLAN, 7), OF(7), .provisional_plan = id_of(PLAN, 50));
	if (closed) /* the part is opened anew */
		open_part(town, SOCIAL, 7, 51);
	town->now += MS_PER_DAY;
	close_part(town, SOCIAL, 7, there ? (closed ? 51 : 7) : 50, outcome_less_support);
	return town;
}

static void test_provisional_parts_join(void **state)
{
	static const struct {
		bool there, closed;
		int64_t parts;
	} rows[] = {{false, false, 1}, {true, false, 1}, {true, true, 2}};
	(void)state;

	for (size_t i = 0; i < COUNT(rows); i++) {
		const struct wanted wanted[] = {
			TOTAL(r4, "opened", rows[i].parts),
			TOTAL(r4, "completed", rows[i].parts),
			TOTAL(r4, "open", 0),
			TOTAL(r5, "in_course", 1),
			TOTAL(r5, "completed", 1),
			TOTAL(r5, "needed_before", 1),
			TOTAL(r8, "plans", 1),
		};
		struct town *town = joined(rows[i].there, rows[i].closed);
		struct node *node = node_start();
		node_hear_all(node, town, 0);
		check(node, wanted, COUNT(wanted));
		node_stop(node);
		town_free(town);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_figures_of_fredericia),
		cmocka_unit_test(test_one_outcome_more),
		cmocka_unit_test(test_money),
		cmocka_unit_test(test_small_cells),
		cmocka_unit_test(test_small_cells_in_every_form),
		cmocka_unit_test(test_every_report_in_every_form),
		cmocka_unit_test(test_events_behind_every_count),
		cmocka_unit_test(test_something_of_everything),
		cmocka_unit_test(test_order_does_not_show),
		cmocka_unit_test(test_no_citizen_is_at_rest),
		cmocka_unit_test(test_provisional_parts_join),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
