/* The three forms of a report on small ones written by hand; memory only. */
#include "services/reporting/reports.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#define COUNT(rows) (sizeof(rows) / sizeof((rows)[0]))
#define NUMBER(v)                      \
	{                              \
		cell_kind_number, (v), \
		{                      \
			NULL, 0, false \
		}                      \
	}
#define MISSING                        \
	{                              \
		cell_kind_missing, 0,  \
		{                      \
			NULL, 0, false \
		}                      \
	}
#define SUPPRESSED                       \
	{                                \
		cell_kind_suppressed, 0, \
		{                        \
			NULL, 0, false   \
		}                        \
	}
#define WORD(s)                           \
	{                                 \
		(s), sizeof(s) - 1, false \
	}

static struct report_column columns_of_r1[] = {
	{WORD("inquiries"), WORD("Inquiries"), report_unit_count, 0, WORD("received")},
	{WORD("share"), WORD("Share"), report_unit_percent, 1, WORD("of all")},
};
static struct report_cell phone[] = {NUMBER(9), NUMBER(750)};
static struct report_cell letter[] = {SUPPRESSED, SUPPRESSED};
static struct report_cell acute[] = {NUMBER(12), NUMBER(1000)};
static struct report_row rows_of_r1[] = {
	{dimension_channel, WORD("phone"), WORD("Phone"), {COUNT(phone), phone}},
	{dimension_channel, WORD("letter"), WORD("Letter, \"mail\" & <more>"),
		{COUNT(letter), letter}},
	{dimension_urgency, WORD("acute"), WORD("Acute"), {COUNT(acute), acute}},
	{dimension_none, WORD("total"), WORD("Total"), {COUNT(acute), acute}},
};
static struct report_position positions[] = {
	{WORD("intake"), 2, 345, INT64_C(1767225600000)},
};

static struct report small_r1(void)
{
	return (struct report){.report = report_name_r1,
		.title = WORD("Inquiries"),
		.from = 20250101,
		.until = 20251231,
		.columns = {COUNT(columns_of_r1), columns_of_r1},
		.rows = {COUNT(rows_of_r1), rows_of_r1},
		.counted = WORD("inquiries"),
		.facts = 12,
		.historical = 3,
		.positions = {COUNT(positions), positions}};
}

static struct report_column columns_of_r2[] = {
	{WORD("offered_median"), WORD("Offered median"), report_unit_hours, 1, WORD("offer")},
	{WORD("offered_p90"), WORD("Offered p90"), report_unit_hours, 1, WORD("same, p90")},
	{WORD("offered_longest"), WORD("Offered longest"), report_unit_hours, 1, WORD("longest")},
	{WORD("held_median"), WORD("Held median"), report_unit_hours, 1, WORD("talk")},
	{WORD("held_p90"), WORD("Held p90"), report_unit_hours, 1, WORD("same, p90")},
	{WORD("held_longest"), WORD("Held longest"), report_unit_hours, 1, WORD("longest")},
};
static struct report_cell months[3][6] = {
	{NUMBER(240), NUMBER(480), NUMBER(900), NUMBER(250), NUMBER(700), NUMBER(30000)},
	{NUMBER(10), NUMBER(300), NUMBER(310), MISSING, MISSING, MISSING},
	{NUMBER(180), NUMBER(470), NUMBER(900), NUMBER(250), NUMBER(700), NUMBER(30000)},
};
static struct report_row rows_of_r2[] = {
	{dimension_month, WORD("2026-01"), WORD("2026-01"), {6, months[0]}},
	{dimension_month, WORD("2026-02"), WORD("2026-02"), {6, months[1]}},
	{dimension_none, WORD("total"), WORD("Total"), {6, months[2]}},
};

static struct report small_r2(void)
{
	struct report report = small_r1();

	report.report = report_name_r2;
	report.title = (struct text)WORD("Waiting");
	report.by = dimension_month;
	report.columns.n = COUNT(columns_of_r2);
	report.columns.at = columns_of_r2;
	report.rows.n = COUNT(rows_of_r2);
	report.rows.at = rows_of_r2;
	return report;
}

static void assert_written(const struct buffer *got, const char *want)
{
	assert_false(got->failed);
	if (got->n != strlen(want) || memcmp(got->p, want, got->n) != 0)
		fail_msg("got:\n%.*s\nwant:\n%s", (int)got->n, (const char *)got->p, want);
}

static void test_table(void **state)
{
	struct report report = small_r1();
	struct buffer out;
	(void)state;

	buffer_init(&out, RENDER_BYTES_MAX);
	render_table(&report, &out);
	assert_written(&out, "Inquiries, 2025-01-01 to 2025-12-31\n"
			     "\n"
			     "                                      Share\n"
			     "                           Inquiries      %\n"
			     "Channel\n"
			     "  Phone                            9   75.0\n"
			     "  Letter, \"mail\" & <more>          *      *\n"
			     "Urgency\n"
			     "  Acute                           12  100.0\n"
			     "Total                             12  100.0\n"
			     "\n"
			     "Inquiries: received\n"
			     "Share: of all\n"
			     "*: so few that persons could be recognised\n"
			     "Counted: 12 inquiries, of which 3 (25.0 %) imported from before.\n"
			     "Journals: intake 345 of epoch 2.\n");
	buffer_done(&out);
}

static void test_csv(void **state)
{
	struct report report = small_r1();
	struct buffer out;
	(void)state;

	buffer_init(&out, RENDER_BYTES_MAX);
	render_csv(&report, &out);
	assert_written(&out, "section,row,inquiries,share_percent\r\n"
			     "channel,phone,9,75.0\r\n"
			     "channel,letter,suppressed,suppressed\r\n"
			     "urgency,acute,12,100.0\r\n"
			     ",total,12,100.0\r\n"
			     "# Journals: intake 345 of epoch 2\r\n");
	buffer_reset(&out);
	report = small_r2();
	render_csv(&report, &out);
	assert_written(&out,
		"section,row,offered_median_hours,offered_p90_hours,offered_longest_hours,"
		"held_median_hours,held_p90_hours,held_longest_hours\r\n"
		"month,2026-01,24.0,48.0,90.0,25.0,70.0,3000.0\r\n"
		"month,2026-02,1.0,30.0,31.0,,,\r\n"
		",total,18.0,47.0,90.0,25.0,70.0,3000.0\r\n"
		"# Journals: intake 345 of epoch 2\r\n");
	buffer_done(&out);
}

static void test_csv_quotes(void **state)
{
	struct report report = small_r1();
	struct report_row row = {dimension_channel, WORD("a,\"b\"\n"), WORD("x"), {2, phone}};
	struct buffer out;
	(void)state;

	report.rows.n = 1;
	report.rows.at = &row;
	buffer_init(&out, RENDER_BYTES_MAX);
	render_csv(&report, &out);
	assert_written(&out, "section,row,inquiries,share_percent\r\n"
			     "channel,\"a,\"\"b\"\"\n\",9,75.0\r\n"
			     "# Journals: intake 345 of epoch 2\r\n");
	buffer_done(&out);
}

/* ---- pictures ------------------------------------------------------------------------------ */

/* Every tag is closed in order, attributes are quoted, and text holds no bare < or &: the part of
 * XML 1.0's well-formedness that a writer can get wrong. */
static const char *after_text(const char *p)
{
	for (; *p && *p != '<'; p++) {
		assert_int_not_equal(*p, '>');
		if (*p == '&')
			assert_true(!strncmp(p, "&amp;", 5) || !strncmp(p, "&lt;", 4) ||
				    !strncmp(p, "&gt;", 4) || !strncmp(p, "&quot;", 6) ||
				    !strncmp(p, "&#39;", 5));
	}
	return p;
}

static const char *after_attributes(const char *p)
{
	while (*p == ' ') {
		size_t name = strcspn(p + 1, "= />");
		assert_true(name > 0 && p[1 + name] == '=' && p[2 + name] == '"');
		p += 3 + name;
		p += strcspn(p, "\"<");
		assert_int_equal(*p++, '"');
	}
	return p;
}

static void assert_well_formed(const char *p)
{
	char open[16][16];
	size_t depth = 0, elements = 0;

	assert_memory_equal(p, "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n", 39);
	for (p = after_text(p + 39); *p; p = after_text(p)) {
		bool closing = p[1] == '/';
		const char *name = p + 1 + closing;
		size_t n = strcspn(name, " />");
		assert_true(n > 0 && n < sizeof(open[0]));
		p = after_attributes(name + n);
		if (closing) {
			assert_true(depth > 0 && strlen(open[depth - 1]) == n);
			assert_memory_equal(open[--depth], name, n);
		} else if (*p == '/') {
			p++;
		} else {
			assert_true(depth < COUNT(open) && (depth > 0 || elements == 0));
			snprintf(open[depth++], sizeof(open[0]), "%.*s", (int)n, name);
		}
		elements++;
		assert_int_equal(*p++, '>');
	}
	assert_int_equal(depth, 0);
}

static void draw(const struct report *report, struct buffer *out)
{
	buffer_init(out, RENDER_BYTES_MAX);
	render_svg(report, &report_kind_of(report->report)->picture, out);
	assert_false(out->failed);
	buffer_add(out, "", 1);
	assert_well_formed((const char *)out->p);
}

static void assert_has(const struct buffer *out, const char *piece, bool want)
{
	if ((strstr((const char *)out->p, piece) != NULL) != want)
		fail_msg(
			"%s %s:\n%s", want ? "missing" : "not wanted", piece, (const char *)out->p);
}

static void test_bars(void **state)
{
	struct report report = small_r1();
	struct buffer out;
	(void)state;

	draw(&report, &out);
	assert_has(&out, ">Inquiries</text>", true);
	assert_has(&out, ">2025-01-01 to 2025-12-31</text>", true);
	assert_has(&out, ">number of inquiries</text>", true);
	assert_has(&out, "Letter, &quot;mail&quot; &amp; &lt;more&gt;", true);
	assert_has(&out, ">9, 75.0 %</text>", true);
	assert_has(&out, ">*</text>", true);
	assert_has(&out, "Journals: intake 345 of epoch 2", true);
	/* 9 and 12 of an axis that ends at 12, 550 pixels long */
	assert_has(&out, "width=\"412\" height=\"16\" class=\"c0\"", true);
	assert_has(&out, "width=\"550\" height=\"16\" class=\"c0\"", true);
	buffer_done(&out);
}

static void test_ranges(void **state)
{
	struct report report = small_r2();
	struct buffer out;
	(void)state;

	draw(&report, &out);
	assert_has(&out, ">2025-01-01 to 2025-12-31, by month</text>", true);
	assert_has(&out, ">24.0 / 48.0 / 90.0</text>", true);
	assert_has(&out, ">- / - / -</text>", true);
	assert_has(&out, "until the first talk held", true);
	assert_has(&out, "<path ", true);       /* the wait of 3,000 hours lies beyond the axis */
	assert_has(&out, ">300</text>", false); /* which follows p90 */
	buffer_done(&out);
}

static void test_empty(void **state)
{
	static struct report_cell none[] = {NUMBER(0), MISSING};
	static struct report_row total[] = {
		{dimension_none, WORD("total"), WORD("Total"), {COUNT(none), none}}};
	struct report report = small_r1();
	struct buffer out;
	(void)state;

	report.from = report.until = 0;
	report.facts = report.historical = 0;
	report.positions.n = 0;
	report.rows.n = COUNT(total);
	report.rows.at = total;
	draw(&report, &out);
	assert_has(&out, ">all that is known</text>", true);
	assert_has(&out, "nothing received yet", true);
	buffer_done(&out);
}

/* A town of many departments: its positions go on in further lines, and the picture is as high as
 * they need. */
static void test_long_foot(void **state)
{
	static struct report_position many[12];
	struct report report = small_r1();
	long long short_height = 0, height = 0;
	struct buffer out;
	size_t lines = 0;
	(void)state;

	draw(&report, &out);
	sscanf(strstr((const char *)out.p, "height=\""), "height=\"%lld", &short_height);
	buffer_done(&out);
	for (size_t i = 0; i < COUNT(many); i++)
		many[i] = (struct report_position){WORD("planning.department"), 1, 10, 0};
	report.positions.n = COUNT(many);
	report.positions.at = many;
	draw(&report, &out);
	sscanf(strstr((const char *)out.p, "height=\""), "height=\"%lld", &height);
	for (const char *p = (const char *)out.p; (p = strstr(p, "class=\"f\">")); lines++) {
		p += strlen("class=\"f\">");
		assert_true(strcspn(p, "<") <= 140);
	}
	assert_int_equal(lines, 7); /* note, few, facts, and four of positions */
	assert_int_equal(height - short_height, 3 * 16);
	buffer_done(&out);
}

/* A bar as long as the axis with something hidden behind it: the hatched piece stays on the axis.
 */
static void test_few_at_the_end_of_the_axis(void **state)
{
	static struct report_column columns[] = {
		{WORD("departments_1"), WORD("One"), report_unit_count, 0, WORD("one")},
		{WORD("departments_2"), WORD("Two"), report_unit_count, 0, WORD("two")},
	};
	static struct report_cell cells[] = {NUMBER(25), SUPPRESSED};
	static struct report_row rows[] = {
		{dimension_department, WORD("social"), WORD("Social"), {COUNT(cells), cells}},
		{dimension_none, WORD("total"), WORD("Total"), {COUNT(cells), cells}},
	};
	struct report report = small_r1();
	struct buffer out;
	(void)state;

	report.report = report_name_r8;
	report.columns.n = COUNT(columns);
	report.columns.at = columns;
	report.rows.n = COUNT(rows);
	report.rows.at = rows;
	draw(&report, &out);
	assert_has(&out, "width=\"550\" height=\"16\" class=\"c0\"", true);
	assert_has(&out, "<rect x=\"736\" ", true);
	buffer_done(&out);
}

static void test_control_characters(void **state)
{
	static struct report_row row[] = {
		{dimension_channel, WORD("x"), WORD("a\001b\033'c"), {COUNT(phone), phone}}};
	struct report report = small_r1();
	struct buffer out;
	(void)state;

	report.rows.n = COUNT(row);
	report.rows.at = row;
	draw(&report, &out);
	assert_has(&out, ">ab&#39;c</text>", true);
	buffer_done(&out);
}

static void test_does_not_fit(void **state)
{
	struct report report = small_r2();
	struct buffer out;
	(void)state;

	buffer_init(&out, 1000);
	render_svg(&report, &report_r2.picture, &out);
	assert_true(out.failed);
	buffer_done(&out);
}

static void test_numbers(void **state)
{
	static const struct {
		int64_t value, decimals;
		const char *want;
	} rows[] = {
		{0, 0, "0"},
		{0, 1, "0.0"},
		{5, 1, "0.5"},
		{-5, 1, "-0.5"},
		{1234, 2, "12.34"},
		{1005, 3, "1.005"},
		{INT64_MIN, 0, "-9223372036854775808"},
	};
	char got[CELL_TEXT_BYTES];
	(void)state;

	for (size_t i = 0; i < COUNT(rows); i++) {
		number_text(report_language_none, rows[i].value, rows[i].decimals, got);
		assert_string_equal(got, rows[i].want);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_table),
		cmocka_unit_test(test_csv),
		cmocka_unit_test(test_csv_quotes),
		cmocka_unit_test(test_bars),
		cmocka_unit_test(test_ranges),
		cmocka_unit_test(test_empty),
		cmocka_unit_test(test_long_foot),
		cmocka_unit_test(test_few_at_the_end_of_the_axis),
		cmocka_unit_test(test_control_characters),
		cmocka_unit_test(test_does_not_fit),
		cmocka_unit_test(test_numbers),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
