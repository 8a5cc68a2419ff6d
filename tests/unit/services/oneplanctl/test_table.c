/* What people read: tables, amounts, the bar of an import, help about fields, the order of a trace.
 */
#include "services/oneplanctl/table.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "common/clock.h"
#include "services/oneplanctl/amounts.h"
#include "services/oneplanctl/catalogue.h"
#include "services/oneplanctl/describe.h"
#include "services/oneplanctl/progress.h"
#include "services/oneplanctl/trace.h"

#define COUNT(rows) (sizeof(rows) / sizeof((rows)[0]))

static int set_up(void **state)
{
	struct arena *arena = malloc(sizeof(*arena));

	arena_init(arena, (size_t)4 * 1024 * 1024);
	*state = arena;
	return 0;
}

static int tear_down(void **state)
{
	arena_done(*state);
	free(*state);
	return 0;
}

static char *write_out(const struct table *table, bool colour, struct arena *arena)
{
	struct buffer out;

	buffer_init(&out, 65536);
	table_write(table, colour, &out);
	char *text = arena_copy(arena, out.p, out.n);
	buffer_done(&out);
	return text;
}

static const struct table_column columns[] = {
	{.title = "node"}, {.title = "n", .right = true}, {.title = "why", .gives = true}};

static void test_a_table(void **state)
{
	struct table table;

	table_init(&table, columns, 3, *state);
	table_add(&table, TABLE_PLAIN, (const char *[]){"intake", "5", "fine"});
	table_add(&table, TABLE_BAD, (const char *[]){"børn", "1234", NULL});
	assert_string_equal(write_out(&table, false, *state), "node       n  why\n"
							      "intake     5  fine\n"
							      "børn    1234\n");
	table.no_titles = true;
	assert_string_equal(write_out(&table, true, *state), "intake     5  fine\n"
							     "\033[31mbørn    1234\033[0m\n");
}

static void test_a_table_too_wide(void **state)
{
	struct table table;
	char why[300];
	char *line;

	memset(why, 'w', sizeof(why) - 1);
	why[sizeof(why) - 1] = '\0';
	table_init(&table, columns, 3, *state);
	table_add(&table, TABLE_PLAIN, (const char *[]){"intake", "5", why});
	char *rest = write_out(&table, false, *state);
	while ((line = strtok_r(rest, "\n", &rest)) != NULL)
		assert_true(table_characters(line) <= TABLE_WIDTH);
	table.no_titles = true;
	assert_non_null(strstr(write_out(&table, false, *state), "ww…\n"));
}

/* A column that wraps goes on in further lines, broken between words where that is possible. */
static void test_a_table_that_wraps(void **state)
{
	static const struct table_column wrapping[] = {{.title = "node", .least = 75},
		{.title = "why", .wraps = true}, {.title = "n", .right = true}};
	struct table table;

	table_init(&table, wrapping, 3, *state);
	table.no_titles = true;
	table_add(&table, TABLE_PLAIN, (const char *[]){"a", "børn and their relatives, too", "7"});
	table_add(&table, TABLE_PLAIN, (const char *[]){"b", "abcdefghijklmnopqrstuvwxyz", "8"});
	assert_string_equal(write_out(&table, false, *state),
		"a                                                                            "
		"børn and their        7\n"
		"                                                                             "
		"relatives, too\n"
		"b                                                                            "
		"abcdefghijklmnopqrst  8\n"
		"                                                                             "
		"uvwxyz\n");
}

/* Whatever the columns are, a table is never wider than it may be, and nothing but what gives is
 * cut. */
static void test_no_table_is_too_wide(void **state)
{
	static const struct table_column fixed[] = {{.title = "node"}, {.title = "person"},
		{.title = "n", .right = true}, {.title = "waits for"}};
	struct table table;
	char *line, *rest;

	table_init(&table, fixed, 4, *state);
	table_add(&table, TABLE_PLAIN,
		(const char *[]){"planning.employment", "01a2039e-6550-745d-863b-d0a9823eb08e",
			"1234567", "planning.family, planning.social, reporting, notification"});
	rest = write_out(&table, false, *state);
	assert_null(strstr(rest, "…"));
	assert_non_null(strstr(rest, "1234567"));
	for (size_t n = 0; (line = strtok_r(rest, "\n", &rest)) != NULL; n++)
		assert_true(table_characters(line) <= TABLE_WIDTH && n < 4);
}

/* What came from a node must not steer the terminal. */
static void test_control_characters(void **state)
{
	struct table table;

	table_init(&table, columns, 3, *state);
	table.no_titles = true;
	table_add(&table, TABLE_PLAIN, (const char *[]){"a\033[2Jb", "1\n", "c\x7f"});
	assert_string_equal(write_out(&table, false, *state), "a?[2Jb  1?  c?\n");
}

static void test_amounts(void **state)
{
	struct arena *arena = *state;
	static const struct {
		int64_t ms;
		const char *want;
	} rows[] = {{0, "0 ms"}, {999, "999 ms"}, {3200, "3.2 s"}, {90000, "1.5 min"},
		{5 * MS_PER_HOUR, "5.0 h"}, {36 * MS_PER_HOUR, "1.5 d"}};

	for (size_t i = 0; i < COUNT(rows); i++)
		assert_string_equal(amount_of_ms(arena, rows[i].ms), rows[i].want);
	static const struct {
		int64_t milli;
		const char *want;
	} rates[] = {{0, "0/s"}, {1, "<0.1/s"}, {400, "0.4/s"}, {12000, "12/s"},
		{3400000, "3.4k/s"}, {1200000000, "1.2M/s"}};

	for (size_t i = 0; i < COUNT(rates); i++)
		assert_string_equal(amount_of_rate(arena, rates[i].milli), rates[i].want);
	assert_string_equal(amount_of_bytes(arena, 512), "512 B");
	assert_string_equal(amount_of_bytes(arena, 1536), "1.5 KiB");
	assert_string_equal(amount_of_bytes(arena, INT64_C(3) << 30), "3.0 GiB");
	/* Copenhagen, summer and winter */
	assert_string_equal(amount_of_time(arena, 1714640400000), "2024-05-02 11:00:00");
	assert_string_equal(amount_of_time_of_day(arena, 1704186000123), "10:00:00.123");
	assert_string_equal(amount_of_time(arena, 0), "");
}

static void test_progress(void **state)
{
	const struct progress known = {.bytes = 1000, .began = 0};
	const struct progress unknown = {.began = 0};
	const struct progress_state at = {.now = 10000, .bytes = 500, .lines = 20000};
	struct progress_state waits = at;
	char text[PROGRESS_TEXT];

	(void)state;
	progress_text(&known, &at, text);
	assert_string_equal(
		text, "[############            ]  50%  20000 lines  2000/s  0:10 left");
	progress_text(&unknown, &at, text);
	assert_string_equal(text, "20000 lines  2000/s");
	waits.note = "waiting for intake";
	progress_text(&unknown, &waits, text);
	assert_string_equal(text, "20000 lines  2000/s  waiting for intake");
}

/* ---- descriptions ---------------------------------------------------------------------------- */

static char *describe(const char *role, const char *name, struct arena *arena)
{
	const struct schema *schema = catalogue_find(role, name, strlen(name));
	struct buffer out;

	assert_non_null(schema);
	buffer_init(&out, (size_t)256 * 1024);
	describe_schema(schema, &out);
	char *text = arena_copy(arena, out.p, out.n);
	buffer_done(&out);
	return text;
}

static void test_descriptions(void **state)
{
	const char *help = describe("intake", "publish_slots", *state);

	assert_non_null(strstr(help, "a list of at most 200 slot, required"));
	assert_non_null(strstr(help, "a whole number from 5 to 480, required"));
	assert_non_null(strstr(help, "one of: venue, phone, video, home"));
	assert_non_null(strstr(help, "people: front_desk caseworker coordinator manager\n"));
	assert_non_null(strstr(describe("intake", "find_citizen", *state), "required, personal"));
}

static void test_catalogue(void **state)
{
	static const struct {
		const char *role;
		const char *name;
		bool there;
	} rows[] = {
		{"intake", "receive_inquiry", true},
		{"intake", "show_status", true},
		{"intake", "show_report", false},
		{"intake", "inquiry_received", false}, /* an event */
		{"intake", "receipt", false},          /* a record */
		{"reporting", "show_report", true},
		{"reporting", "receive_inquiry", false},
		{"a_role_to_come", "show_status", true},
	};

	(void)state;
	for (size_t i = 0; i < COUNT(rows); i++)
		assert_int_equal(
			catalogue_find(rows[i].role, rows[i].name, strlen(rows[i].name)) != NULL,
			rows[i].there);
	for (size_t i = 0; catalogue_at("intake", i); i++) {
		const char *name = catalogue_at("intake", i)->head->name;
		assert_ptr_equal(
			catalogue_find("intake", name, strlen(name)), catalogue_at("intake", i));
	}
}

/* ---- the order of a trace -------------------------------------------------------------------- */

static void test_trace_order(void **state)
{
	struct ctl_hop hops[] = {
		{.node = text_of("planning"),
			.seq = 3,
			.time = 1250,
			.cause = text_of("intake/12")},
		{.node = text_of("intake"), .seq = 13, .time = 1000, .epoch = 2},
		{.node = text_of("intake"), .seq = 12, .time = 1000},
		{.node = text_of("intake"), .seq = 14, .time = 1300, .cause = text_of("archive/1")},
		{.node = text_of("planning"),
			.seq = 4,
			.time = 1400,
			.cause = text_of("intake/13"),
			.cause_epoch = 1},
	};
	struct ctl_trace trace = {.hops = {COUNT(hops), hops}};

	(void)state;
	trace_order(&trace);
	assert_int_equal(hops[0].seq, 12);
	assert_int_equal(hops[1].seq, 13);
	assert_int_equal(hops[2].seq, 3);
	assert_int_equal(hops[2].hop_ms, 250);
	assert_int_equal(hops[3].hop_ms, 0);
	/* record 13 is of another epoch now than the one that led to it */
	assert_true(hops[4].cause_lost && hops[4].hop_ms == 0 && !hops[2].cause_lost);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(test_a_table, set_up, tear_down),
		cmocka_unit_test_setup_teardown(test_a_table_too_wide, set_up, tear_down),
		cmocka_unit_test_setup_teardown(test_a_table_that_wraps, set_up, tear_down),
		cmocka_unit_test_setup_teardown(test_no_table_is_too_wide, set_up, tear_down),
		cmocka_unit_test_setup_teardown(test_control_characters, set_up, tear_down),
		cmocka_unit_test_setup_teardown(test_amounts, set_up, tear_down),
		cmocka_unit_test_setup_teardown(test_progress, set_up, tear_down),
		cmocka_unit_test_setup_teardown(test_descriptions, set_up, tear_down),
		cmocka_unit_test_setup_teardown(test_catalogue, set_up, tear_down),
		cmocka_unit_test(test_trace_order),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
