/* Queries of the service through a real engine: events behind figures, refusals, and that each
 * record counts once. */
#include <stdio.h>

#include "services/reporting/rows.h"
#include "services/reporting/trees.h"
#include "tests/unit/services/reporting/node.h"

#define COUNT(rows) (sizeof(rows) / sizeof((rows)[0]))

/* ---- the events behind a figure ------------------------------------------------------------- */

static int64_t figure_of(struct node *node, const struct report_events *q)
{
	struct show_report asked = {
		.report = q->report, .from = q->from, .until = q->until, .by = q->section};
	struct report report;

	(void)node_ask(node, schema_show_report(), &asked, &report);
	for (size_t i = 0; i < report.rows.n; i++) {
		const struct report_row *row = &report.rows.at[i];
		if (row->section != q->section || (q->row.n && !text_equal(row->key, q->row)))
			continue;
		for (size_t k = 0; k < report.columns.n; k++)
			if (text_equal(report.columns.at[k].name, q->column))
				return row->cells.at[k].value;
	}
	fail_msg("no such figure");
	return 0;
}

/* All parts put together; each event is one that was sent, of that inquiry and type. */
static size_t list_all(
	struct node *node, struct report_events q, int64_t limit, struct report_event *ret)
{
	size_t n = 0;

	q.limit = limit;
	q.after = NULL;
	do {
		struct report_event_list list;
		(void)node_ask(node, schema_report_events(), &q, &list);
		assert_true(list.events.n <= (size_t)limit);
		assert_true(list.events.n == (size_t)limit || !list.next);
		for (size_t i = 0; i < list.events.n; i++) {
			const struct report_event *event = &list.events.at[i];
			assert_true(event->seq >= 1 && event->seq <= (int64_t)node->seq);
			assert_true(text_is(event->node, "intake"));
			assert_true(text_is(event->type, node->sent[event->seq].type));
			assert_true(uuid_equal(event->inquiry, node->sent[event->seq].inquiry));
			assert_int_equal(event->occurred_at, node->sent[event->seq].at);
			assert_true(n < RECORDS_MAX);
			ret[n++] = *event;
		}
		q.after = list.next;
	} while (q.after);
	return n;
}

#define QUERY_(report_, section_, row_, column_)                                  \
	{                                                                         \
		.report = report_name_##report_, .section = dimension_##section_, \
		.row = {row_, sizeof(row_) - 1, false}, .column = {               \
			column_,                                                  \
			sizeof(column_) - 1,                                      \
			false                                                     \
		}                                                                 \
	}

static const struct {
	struct report_events query;
	int64_t events; /* for each one counted */
} behind[] = {
	{QUERY_(r1, none, "total", "inquiries"), 1},
	{QUERY_(r1, none, "", "inquiries"), 1},
	{QUERY_(r1, channel, "phone", "inquiries"), 1},
	{QUERY_(r1, any_life_area, "housing", "inquiries"), 1},
	{QUERY_(r1, month, "2026-01", "inquiries"), 1},
	{QUERY_(r1, asker, "anonymous", "inquiries"), 1},
	{QUERY_(r2, urgency, "acute", "promised"), 2},
	{QUERY_(r2, none, "total", "offered"), 2},
	{QUERY_(r2, none, "total", "held"), 2},
	{QUERY_(r2, channel, "letter", "waiting"), 1},
	{QUERY_(r3, none, "total", "made"), 1},
	{QUERY_(r3, none, "total", "kept"), 1},
	{QUERY_(r3, none, "total", "moved_by_citizen"), 1},
	{QUERY_(r3, month, "2026-02", "moved_by_us"), 1},
	{QUERY_(r3, none, "total", "broken"), 1},
	{QUERY_(r3, life_area, "work", "lapsed"), 1},
	{QUERY_(r3, none, "total", "open"), 1},
	{QUERY_(r3, none, "total", "at_risk"), 1},
};

static void test_events_behind_figures(void **state)
{
	static struct report_event whole[RECORDS_MAX], parts[RECORDS_MAX];
	struct story *stories = make_stories(44);
	struct node *node = node_start();
	int64_t counted = 0;
	(void)state;

	node_follow_all(node, stories, 5);
	for (size_t i = 0; i < COUNT(behind); i++) {
		int64_t figure = figure_of(node, &behind[i].query);
		size_t n = list_all(node, behind[i].query, 200, whole);
		assert_int_equal(n, figure * behind[i].events);
		assert_int_equal(list_all(node, behind[i].query, 7, parts), n);
		for (size_t k = 0; k < n; k++)
			assert_int_equal(whole[k].seq, parts[k].seq);
		assert_int_equal(list_all(node, behind[i].query, 1, parts), n);
		counted += figure;
	}
	assert_true(counted > 1000);
	node_stop(node);
	free(stories);
}

/* A cursor counts within its own inquiry: facts that changed since hide nothing of the others. */
static void test_cursor_of_changed_facts(void **state)
{
	struct report_events q = QUERY_(r1, none, "total", "inquiries");
	struct story *stories = make_stories(45);
	struct node *node = node_start();
	struct report_event_list first, rest;
	(void)state;

	node_follow_all(node, stories, 0);
	q.limit = 10;
	(void)node_ask(node, schema_report_events(), &q, &first);
	assert_int_equal(first.events.n, 10);
	struct report_cursor after = {text_of("intake"), first.events.at[0].inquiry, 1000, 0};
	q.after = &after;
	(void)node_ask(node, schema_report_events(), &q, &rest);
	assert_int_equal(rest.events.n, 10);
	for (size_t i = 1; i < 10; i++)
		assert_int_equal(rest.events.at[i - 1].seq, first.events.at[i].seq);
	node_stop(node);
	free(stories);
}

/* ---- refusals ------------------------------------------------------------------------------- */

/* Field and word of the refusal. */
static void assert_refused(
	struct node *node, const struct report_events *query, enum err want, const char *field)
{
	struct answer answer = node_try(node, schema_report_events(), query);

	assert_int_equal(answer.status, want);
	assert_string_equal(answer.reason.field, field);
	assert_true(answer.reason.rule[0]);
}

static void test_refusals(void **state)
{
	struct report_events good = QUERY_(r1, channel, "phone", "inquiries");
	struct report_events q;
	struct report_cursor nowhere = {text_of("elsewhere"), {{1}}, 0, 0};
	struct node *node = node_start();
	(void)state;

	good.limit = 5;
	assert_int_equal(node_try(node, schema_report_events(), &good).status, ERR_OK);
	q = good;
	q.from = 20260201;
	q.until = 20260131;
	assert_refused(node, &q, ERR_INVALID, "until");
	q = good;
	q.report = report_name_r2;
	q.section = dimension_any_life_area;
	assert_refused(node, &q, ERR_INVALID, "by");
	q = good;
	q.section = dimension_department;
	assert_refused(node, &q, ERR_INVALID, "by");
	q = good;
	q.column = text_of("no_such");
	assert_refused(node, &q, ERR_NOT_FOUND, "column");
	q = good;
	q.row = text_of("no_such");
	assert_refused(node, &q, ERR_NOT_FOUND, "row");
	q = good;
	q.section = dimension_none;
	assert_refused(node, &q, ERR_INVALID, "section");
	q = good;
	q.after = &nowhere;
	assert_refused(node, &q, ERR_INVALID, "after.node");
	node_stop(node);
}

/* ---- each record once ------------------------------------------------------------------------ */

/* r3, by channel: made promises of the row; -1: there is no such row. */
static int64_t made(struct node *node, const char *row)
{
	struct show_report asked = {.report = report_name_r3, .by = dimension_channel};
	struct report report;

	(void)node_ask(node, schema_show_report(), &asked, &report);
	for (size_t i = 0; i < report.rows.n; i++)
		if (text_is(report.rows.at[i].key, row))
			return report.rows.at[i].cells.at[0].value;
	return -1;
}

static int64_t received(struct node *node)
{
	struct report_events q = QUERY_(r1, none, "total", "inquiries");

	return figure_of(node, &q);
}

static struct story one_story(void)
{
	uint64_t seed = 9;
	struct story story = {.now = local_time(20260301, 600), .inquiry = {{5}}};

	tell_received(&story, &seed);
	tell_booked(&story, &seed);
	return story;
}

static void test_receipt_comes_last(void **state)
{
	struct story story = one_story();
	struct node *node = node_start();
	(void)state;

	story.told[0].event.received.channel = channel_letter;
	story.told[0].event.received.life_areas.at = story.areas;
	assert_int_equal(made(node, "total"), 0);
	node_follow(node, &story, &story.told[1]);
	assert_int_equal(received(node), 0);
	assert_int_equal(made(node, "unknown"), 1);
	assert_int_equal(made(node, "letter"), 0);
	node_follow(node, &story, &story.told[0]);
	assert_int_equal(received(node), 1);
	assert_int_equal(made(node, "unknown"), -1);
	assert_int_equal(made(node, "letter"), 1);
	node_stop(node);
}

/* The same inquiry said again in another record, as a faulty import would, counts once. */
static void test_second_receipt(void **state)
{
	struct story story = one_story();
	struct node *node = node_start();
	(void)state;

	story.told[0].event.received.life_areas.at = story.areas;
	node_follow(node, &story, &story.told[0]);
	node_follow(node, &story, &story.told[1]);
	story.told[0].at += 40 * MS_PER_DAY;
	node_follow(node, &story, &story.told[0]);
	assert_int_equal(received(node), 1);
	struct report_events q = QUERY_(r1, month, "2026-03", "inquiries");
	assert_int_equal(figure_of(node, &q), 1);
	node_stop(node);
}

/* ---- no identities --------------------------------------------------------------------------- */

/* A row of numbers and ids can hold no name and no word; whose ids they are, see test_parts. */
static void test_rows_hold_numbers_and_ids_only(void **state)
{
	(void)state;

	for (size_t i = 0; i < REPLICA_TREES; i++) {
		if (!reporting_replica_trees[i].row)
			continue;
		const struct schema *schema = reporting_replica_trees[i].row();
		for (size_t k = 0; k < schema->n; k++) {
			const struct field *field = &schema->fields[k];
			bool number = field->type == FIELD_INT || field->type == FIELD_TIME ||
				      field->type == FIELD_ENUM || field->type == FIELD_BOOL ||
				      field->type == FIELD_UUID;
			if (!number || field->whose)
				fail_msg("%s.%s", schema->head->name, field->name);
		}
	}
	assert_int_equal(reporting_service.personal_peers, 0);
}

static void test_tables(void **state)
{
	(void)state;

	for (size_t i = 0; i < reporting_service.n_follows; i++) {
		const struct schema_head *head = reporting_service.follows[i].type()->head;
		assert_true(head->peers & PEER_REPORTING);
		assert_non_null(enum_by_word(words_fact_event(), head->name, strlen(head->name)));
	}
	assert_int_equal(reporting_service.n_follows, words_fact_event()->n);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_events_behind_figures),
		cmocka_unit_test(test_cursor_of_changed_facts),
		cmocka_unit_test(test_refusals),
		cmocka_unit_test(test_receipt_comes_last),
		cmocka_unit_test(test_second_receipt),
		cmocka_unit_test(test_rows_hold_numbers_and_ids_only),
		cmocka_unit_test(test_tables),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
