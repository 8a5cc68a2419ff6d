/* Ranks, shares, groups and the words of groups; memory only. */
#include "services/reporting/groups.h"
#include "services/reporting/settings.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "common/clock.h"

#define COUNT(rows) (sizeof(rows) / sizeof((rows)[0]))

/* The definition itself: the smallest rank r with 100 r >= percent n. */
static int64_t rank_by_definition(int64_t n, int percent)
{
	int64_t rank = 1;

	while (100 * rank < percent * n)
		rank++;
	return rank;
}

static void test_nearest_rank(void **state)
{
	static const struct {
		int64_t n;
		int percent;
		int64_t want;
	} rows[] = {
		{1, 50, 1},
		{1, 90, 1},
		{2, 50, 1},
		{2, 90, 2},
		{3, 50, 2},
		{10, 50, 5},
		{10, 90, 9},
		{11, 90, 10},
		{10, 100, 10},
		{3000000, 90, 2700000},
	};
	(void)state;

	for (size_t i = 0; i < COUNT(rows); i++)
		assert_int_equal(nearest_rank(rows[i].n, rows[i].percent), rows[i].want);
	for (int64_t n = 1; n < 120; n++)
		for (int percent = 1; percent <= 100; percent++)
			assert_int_equal(nearest_rank(n, percent), rank_by_definition(n, percent));
}

static void test_rounding(void **state)
{
	(void)state;

	assert_int_equal(permille(0, 7), 0);
	assert_int_equal(permille(7, 7), 1000);
	assert_int_equal(permille(1, 3), 333);
	assert_int_equal(permille(2, 3), 667);
	assert_int_equal(permille(1, 2000), 1); /* halves go up */
	assert_int_equal(tenths_of_hour(0), 0);
	assert_int_equal(tenths_of_hour(-5), 0);
	assert_int_equal(tenths_of_hour(MS_PER_HOUR), 10);
	assert_int_equal(tenths_of_hour(3 * MS_PER_MINUTE), 1);
	assert_int_equal(tenths_of_hour(3 * MS_PER_MINUTE - 1), 0);
	assert_int_equal(tenths_of_hour(49 * MS_PER_HOUR + 30 * MS_PER_MINUTE), 495);
}

static int compare(const void *a, const void *b)
{
	int64_t x = *(const int64_t *)a, y = *(const int64_t *)b;

	return (x > y) - (x < y);
}

/* Values dealt out over several tallies rank as if they lay in one sorted list. */
static void test_rank_over_tallies(void **state)
{
	enum { VALUES = 500, TALLIES = 7 };
	struct tally tallies[TALLIES];
	const struct tally *at[TALLIES];
	int64_t all[VALUES];
	uint32_t seed = 1;
	(void)state;

	for (size_t i = 0; i < TALLIES; i++) {
		tally_init(&tallies[i], true);
		at[i] = &tallies[i];
	}
	for (size_t i = 0; i < VALUES; i++) {
		seed = seed * 1664525 + 1013904223;
		all[i] = (int64_t)(seed >> 20) * (seed & 1 ? 1 : 1000) - 500;
		tally_add(&tallies[(seed >> 8) % (TALLIES - 1)],
			all[i]); /* the last one stays empty */
	}
	for (size_t i = 0; i < TALLIES; i++)
		assert_true(tally_sort(&tallies[i]));
	qsort(all, VALUES, sizeof(all[0]), compare);
	struct tallies together = {at, TALLIES};
	assert_int_equal(tallies_count(&together), VALUES);
	for (int64_t rank = 1; rank <= VALUES; rank++)
		assert_int_equal(tallies_rank(&together, rank), all[rank - 1]);
	for (size_t i = 0; i < TALLIES; i++)
		tally_done(&tallies[i]);
}

static void test_tally_keeps_only_when_asked(void **state)
{
	struct tally tally;
	(void)state;

	tally_init(&tally, false);
	tally_add(&tally, 30);
	tally_add(&tally, 10);
	tally_add(&tally, 20);
	assert_int_equal(tally.n, 3);
	assert_int_equal(tally.least, 10);
	assert_int_equal(tally.values.n, 0);
	tally_done(&tally);
}

static const struct {
	enum dimension dimension;
	int64_t key;
	const char *word;
	const char *label;
} words[] = {
	{dimension_none, 0, "all", "All"},
	{dimension_channel, channel_walk_in, "walk_in", "Walk in"},
	{dimension_channel, 0, "unknown", "Not known"},
	{dimension_urgency, urgency_child_concern, "child_concern", "Child concern"},
	{dimension_any_life_area, life_area_own_child, "own_child", "Own child"},
	{dimension_month, 202602, "2026-02", "2026-02"},
};

static void test_words_of_groups(void **state)
{
	char word[32], label[48];
	int64_t key = -1;
	(void)state;

	for (size_t i = 0; i < COUNT(words); i++) {
		const struct grouping *grouping = grouping_of(words[i].dimension);
		grouping_key_word(grouping, words[i].key, word);
		assert_string_equal(word, words[i].word);
		grouping_label(grouping, words[i].key, report_language_none, label);
		assert_string_equal(label, words[i].label);
		assert_true(grouping_key_of(grouping, text_of(word), &key));
		assert_int_equal(key, words[i].key);
	}
	assert_false(grouping_key_of(grouping_of(dimension_channel), text_of("pigeon"), &key));
	assert_false(grouping_key_of(grouping_of(dimension_month), text_of("2026-13"), &key));
	assert_false(grouping_key_of(grouping_of(dimension_month), text_of("2026-1"), &key));
}

static void count_at(struct section *section, int64_t at)
{
	struct inquiry_fact fact = {.received_at = at};
	struct item item = {.fact = &fact, .at = at};

	section_count(section, &item);
}

/* Half past eleven at night in Greenwich is the next month in Copenhagen; months between are
 * filled. */
static void test_months(void **state)
{
	struct section section;
	(void)state;

	section_init(&section, &report_r1, grouping_of(dimension_month), false);
	count_at(&section, local_time(20260410, 600));
	count_at(&section, local_time(20251231, 1439));
	count_at(&section, local_time(20260101, 0));
	count_at(&section, local_time(20260401, 0));
	assert_int_equal(section_finish(&section), ERR_OK);
	static const struct {
		int64_t key, n;
	} want[] = {{202512, 1}, {202601, 1}, {202602, 0}, {202603, 0}, {202604, 2}};
	assert_int_equal(section.n, COUNT(want));
	for (size_t i = 0; i < COUNT(want); i++) {
		assert_int_equal(section.groups[i].key, want[i].key);
		assert_int_equal(section.groups[i].tallies[0].n, want[i].n);
	}
	section_done(&section);
}

static void test_too_many_months(void **state)
{
	struct section section;
	(void)state;

	section_init(&section, &report_r1, grouping_of(dimension_month), false);
	count_at(&section, local_time(20260101, 0));
	count_at(&section, local_time(20060101, 0));
	assert_int_equal(section_finish(&section), ERR_LIMIT);
	section_done(&section);
	assert_int_equal(months_between(200602, 202601), MONTHS_MAX);
	assert_int_equal(month_next(202512), 202601);
}

/* A price is worth nothing without the day that it is of. */
static void test_prices_need_a_day(void **state)
{
	static const struct {
		struct reporting_settings settings;
		enum err want;
	} rows[] = {
		{{.prices_of = ""}, ERR_OK},
		{{.prices_of = "2026-01-01"}, ERR_OK},
		{{.prices_of = "2026-02-30"}, ERR_INVALID},
		{{.price_face_to_face = 1, .prices_of = ""}, ERR_INVALID},
		{{.price_course = 1, .prices_of = ""}, ERR_INVALID},
		{{.price_course = 1, .prices_of = "2026-01-01"}, ERR_OK},
	};
	(void)state;

	for (size_t i = 0; i < COUNT(rows); i++) {
		struct reason reason = {0};
		assert_int_equal(
			reporting_settings_check(&rows[i].settings, &reason), rows[i].want);
		if (rows[i].want)
			assert_string_equal(reason.field, "reporting.prices_of");
	}
}

static void test_names_of_departments(void **state)
{
	const struct departments departments = {
		.n = 2, .names = {"family", "social"}, .owners = {5, 3}};
	const struct grouping grouping = grouping_in(dimension_department, &departments);
	char word[32];
	int64_t key = -1;
	(void)state;

	assert_int_equal(department_key(&departments, 3), 2);
	assert_int_equal(department_key(&departments, 0), 0);
	grouping_key_word(&grouping, 2, word);
	assert_string_equal(word, "social");
	grouping_key_word(&grouping, 0, word);
	assert_string_equal(word, "unknown");
	assert_true(grouping_key_of(&grouping, text_of("family"), &key));
	assert_int_equal(key, 1);
	assert_false(grouping_key_of(&grouping, text_of("taxes"), &key));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_prices_need_a_day),
		cmocka_unit_test(test_names_of_departments),
		cmocka_unit_test(test_nearest_rank),
		cmocka_unit_test(test_rounding),
		cmocka_unit_test(test_rank_over_tallies),
		cmocka_unit_test(test_tally_keeps_only_when_asked),
		cmocka_unit_test(test_words_of_groups),
		cmocka_unit_test(test_months),
		cmocka_unit_test(test_too_many_months),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
