/* Prometheus' text format and histograms; pure. */
#include "common/metrics.h"

#include <setjmp.h>
#include <stdarg.h>
#include <string.h>

#include <cmocka.h>

static void expect(struct buffer *out, const char *want)
{
	buffer_add(out, "", 1);
	assert_false(out->failed);
	assert_string_equal((const char *)out->p, want);
	buffer_reset(out);
}

static void values_are_exact_where_they_are_whole(void **state)
{
	static const struct {
		double value;
		const char *want;
	} rows[] = {
		{0, "oneplan_journal_head 0\n"},
		{1, "oneplan_journal_head 1\n"},
		{-3, "oneplan_journal_head -3\n"},
		{9007199254740.0, "oneplan_journal_head 9007199254740\n"},
		{0.001, "oneplan_journal_head 0.001000\n"},
		{1795886263.728, "oneplan_journal_head 1795886263.728000\n"},
	};
	struct buffer out;

	(void)state;
	buffer_init(&out, 4096);
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		metrics_sample(&out, METRIC_HEAD, NO_LABELS, rows[i].value);
		expect(&out, rows[i].want);
	}
	buffer_done(&out);
}

static void labels_are_escaped(void **state)
{
	const struct labels labels = {
		2, {{"queue", text_of("a\"b\\c\nd")}, {"kind", text_of("link")}}};
	struct buffer out;

	(void)state;
	buffer_init(&out, 4096);
	metrics_sample(&out, METRIC_QUEUE_DEPTH, &labels, 7);
	expect(&out, "oneplan_queue_depth{queue=\"a\\\"b\\\\c\\nd\",kind=\"link\"} 7\n");
	buffer_done(&out);
}

static void a_family_tells_what_it_is(void **state)
{
	struct buffer out;

	(void)state;
	buffer_init(&out, 4096);
	metrics_single(&out, METRIC_PARKED, 2);
	expect(&out, "# HELP oneplan_requests_parked Requests that wait until another node was "
		     "seen far enough\n# TYPE oneplan_requests_parked gauge\n"
		     "oneplan_requests_parked 2\n");
	buffer_done(&out);
}

static void a_histogram_is_cumulative(void **state)
{
	static const char want[] = "oneplan_turn_duration_seconds_bucket{le=\"0.0001\"} 1\n"
				   "oneplan_turn_duration_seconds_bucket{le=\"0.00025\"} 2\n"
				   "oneplan_turn_duration_seconds_bucket{le=\"0.0005\"} 2\n"
				   "oneplan_turn_duration_seconds_bucket{le=\"0.001\"} 2\n"
				   "oneplan_turn_duration_seconds_bucket{le=\"0.0025\"} 2\n"
				   "oneplan_turn_duration_seconds_bucket{le=\"0.005\"} 2\n"
				   "oneplan_turn_duration_seconds_bucket{le=\"0.01\"} 2\n"
				   "oneplan_turn_duration_seconds_bucket{le=\"0.025\"} 2\n"
				   "oneplan_turn_duration_seconds_bucket{le=\"0.1\"} 2\n"
				   "oneplan_turn_duration_seconds_bucket{le=\"0.5\"} 2\n"
				   "oneplan_turn_duration_seconds_bucket{le=\"2.5\"} 2\n"
				   "oneplan_turn_duration_seconds_bucket{le=\"10\"} 3\n"
				   "oneplan_turn_duration_seconds_bucket{le=\"+Inf\"} 4\n"
				   "oneplan_turn_duration_seconds_sum 19.000202\n"
				   "oneplan_turn_duration_seconds_count 4\n";
	struct histogram histogram = {0};
	struct buffer out;

	(void)state;
	buffer_init(&out, 4096);
	histogram_add(&histogram, 100); /* a bound is within its bucket */
	histogram_add(&histogram, 101);
	histogram_add(&histogram, 9000000);
	histogram_add(&histogram, 10000001);
	assert_int_equal(histogram_count(&histogram), 4);
	metrics_histogram(&out, METRIC_TURN_TIME, NO_LABELS, &histogram);
	expect(&out, want);
	buffer_done(&out);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(values_are_exact_where_they_are_whole),
		cmocka_unit_test(labels_are_escaped),
		cmocka_unit_test(a_family_tells_what_it_is),
		cmocka_unit_test(a_histogram_is_cumulative),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
