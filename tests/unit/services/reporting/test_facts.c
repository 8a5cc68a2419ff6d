/* Figures from events as intake sends them, through a real engine. What the reports should say is
 * counted a second time here, from what the stories were meant to be. */
#include <stdio.h>

#include "tests/unit/services/reporting/node.h"

#define COUNT(rows) (sizeof(rows) / sizeof((rows)[0]))

/* ---- the same figures, counted from the stories --------------------------------------------- */

struct wanted {
	const struct story *stories;
	enum report_name report;
	struct show_report asked;
	const struct report_row *row;
};

static bool is_word(struct text key, enumeration_fn *words, uint32_t number)
{
	return text_is(key, enum_word(words, number));
}

static bool is_month(struct text key, int64_t at)
{
	char date[16];

	date_format(local_date(at), date);
	date[7] = 0;
	return text_is(key, date);
}

static bool names_area(const struct story *story, struct text key)
{
	for (size_t i = 0; i < story->received->life_areas.n; i++)
		if (is_word(key, words_life_area, story->areas[i]))
			return true;
	return false;
}

static bool in_row(const struct wanted *w, const struct story *story, int64_t at)
{
	struct text key = w->row->key;

	if (w->asked.from && local_date(at) < w->asked.from)
		return false;
	if (w->asked.until && local_date(at) > w->asked.until)
		return false;
	switch (w->row->section) {
	case dimension_month:
		return is_month(key, at);
	case dimension_channel:
		return is_word(key, words_channel, story->received->channel);
	case dimension_asker:
		return is_word(key, words_asker, story->received->asker);
	case dimension_life_area:
		return is_word(key, words_life_area, story->areas[0]);
	case dimension_any_life_area:
		return names_area(story, key);
	case dimension_urgency:
		return is_word(key, words_urgency, story->received->urgency);
	case dimension_department:
	case dimension_none:
	case dimension_end:
		break;
	}
	return true;
}

static bool begins(const char *s, const char *with)
{
	return strncmp(s, with, strlen(with)) == 0;
}

/* What a story adds to an r1 or r2 column. */
static bool inquiry_adds(const struct story *story, const char *column, int64_t *ret)
{
	int64_t talk = story->promised_at ? story->offered_at : story->held_at;
	int64_t until = begins(column, "promised")  ? story->promised_at
			: begins(column, "offered") ? talk
						    : story->held_at;

	*ret = begins(column, "waiting") ? story->received_at : until - story->received_at;
	if (begins(column, "inquiries") || begins(column, "share"))
		return true;
	if (begins(column, "help"))
		return false; /* no part was opened for any of them */
	if (begins(column, "waiting"))
		return !story->held_at && !story->closed_at;
	if (begins(column, "same_day"))
		return story->held_at &&
		       local_date(story->held_at) == local_date(story->received_at);
	return until != 0;
}

static bool promise_adds(enum promise_state state, const char *column)
{
	bool failed = state == promise_state_moved_by_us || state == promise_state_broken;

	if (!strcmp(column, "made"))
		return state != promise_state_none;
	if (!strcmp(column, "at_risk"))
		return state == promise_state_none;
	if (!strcmp(column, "open"))
		return state == promise_state_made;
	if (!strcmp(column, "due"))
		return failed || state == promise_state_kept;
	if (!strcmp(column, "kept_share"))
		return state == promise_state_kept;
	return state && !strcmp(column, enum_word(words_promise_state, state));
}

static size_t collect(const struct wanted *w, const char *column, int64_t *ret)
{
	size_t n = 0;

	for (size_t i = 0; i < INQUIRIES; i++) {
		const struct story *story = &w->stories[i];
		if (w->report != report_name_r3) {
			n += in_row(w, story, story->received_at) &&
			     inquiry_adds(story, column, &ret[n]);
			continue;
		}
		for (size_t k = 0; k < story->n_promises; k++)
			n += in_row(w, story, story->promises[k].at) &&
			     promise_adds(story->promises[k].state, column);
	}
	return n;
}

static int compare(const void *a, const void *b)
{
	int64_t x = *(const int64_t *)a, y = *(const int64_t *)b;

	return (x > y) - (x < y);
}

static size_t whole_of(const struct wanted *w, const char *column, int64_t *scratch)
{
	const struct report_row total = {.key = text_of("total")};
	struct wanted of_total = *w;

	of_total.row = &total;
	if (!strcmp(column, "share"))
		return collect(&of_total, "inquiries", scratch);
	return collect(w, !strstr(column, "same_day") ? "due" : "inquiries", scratch);
}

/* As text, so that numbers, dates and missing figures are compared alike. */
static void want_cell(const struct wanted *w, const char *column, char ret[32])
{
	static int64_t values[INQUIRIES * PROMISES_EACH];
	size_t n = collect(w, column, values);
	const char *kind = strrchr(column, '_');
	size_t rank = 0;

	qsort(values, n, sizeof(values[0]), compare);
	if (!strcmp(column, "share") || !strcmp(column, "same_day") ||
		!strcmp(column, "help_same_day") || !strcmp(column, "kept_share")) {
		size_t whole = whole_of(w, column, values);
		if (whole)
			snprintf(ret, 32, "%zu", (2 * 1000 * n + whole) / (2 * whole));
		else
			snprintf(ret, 32, "-");
		return;
	}
	if (kind && !strcmp(kind, "_median"))
		rank = n - n / 2;
	else if (kind && !strcmp(kind, "_p90"))
		rank = n - n / 10;
	else if (kind && !strcmp(kind, "_longest"))
		rank = n;
	else if (!kind || strcmp(kind, "_since") != 0) {
		snprintf(ret, 32, "%zu", n);
		return;
	}
	if (n == 0)
		snprintf(ret, 32, "-");
	else if (rank)
		snprintf(ret, 32, "%lld", (long long)((values[rank - 1] + 180000) / 360000));
	else
		date_format(local_date(values[0]), ret);
}

static void got_cell(const struct report_cell *cell, char ret[32])
{
	if (cell->kind == cell_kind_number)
		snprintf(ret, 32, "%lld", (long long)cell->value);
	else if (cell->kind == cell_kind_text)
		snprintf(ret, 32, "%.*s", (int)cell->text.n, cell->text.p);
	else
		snprintf(ret, 32, "-");
}

static void check_report(const struct report *report, struct wanted *w)
{
	char got[32], want[32], column[40];

	for (size_t i = 0; i < report->rows.n; i++) {
		w->row = &report->rows.at[i];
		assert_int_equal(w->row->cells.n, report->columns.n);
		for (size_t k = 0; k < report->columns.n; k++) {
			struct text name = report->columns.at[k].name;
			snprintf(column, sizeof(column), "%.*s", (int)name.n, name.p);
			want_cell(w, column, want);
			got_cell(&w->row->cells.at[k], got);
			if (strcmp(got, want) != 0)
				fail_msg("%.*s %s: got %s, want %s", (int)w->row->key.n,
					w->row->key.p, column, got, want);
		}
	}
}

/* ---- every report in every way --------------------------------------------------------------- */

static const struct period_asked {
	int64_t from, until;
} periods[] = {{0, 0}, {20260115, 20260331}, {20300101, 0}};

static bool has_report(enum report_name report, enum dimension by)
{
	return by != dimension_department &&
	       (report != report_name_r2 || by != dimension_any_life_area);
}

typedef void way_fn(struct node *node, const struct show_report *asked, void *ctx);

static void in_every_way(struct node *node, way_fn *fn, void *ctx)
{
	for (enum report_name report = report_name_r1; report <= report_name_r3; report++)
		for (enum dimension by = dimension_none; by < dimension_end; by++)
			for (size_t i = 0; has_report(report, by) && i < COUNT(periods); i++)
				fn(node,
					&(struct show_report){.report = report,
						.from = periods[i].from,
						.until = periods[i].until,
						.by = by},
					ctx);
}

static void check_one(struct node *node, const struct show_report *asked, void *ctx)
{
	struct wanted w = {.stories = ctx, .report = asked->report, .asked = *asked};
	struct report report;

	(void)node_ask(node, schema_show_report(), asked, &report);
	assert_int_equal(report.from, asked->from);
	assert_int_equal(report.positions.n, 1);
	assert_int_equal(report.positions.at[0].seq, node->seq);
	assert_int_equal(report.positions.at[0].epoch, 3);
	check_report(&report, &w);
}

/* ---- tests ----------------------------------------------------------------------------------- */

static void test_figures_are_those_of_the_stories(void **state)
{
	struct story *stories = make_stories(42);
	struct node *node = node_start();
	(void)state;

	node_follow_all(node, stories, 7);
	in_every_way(node, check_one, stories);
	node_stop(node);
	free(stories);
}

static void write_one(struct node *node, const struct show_report *asked, void *ctx)
{
	struct render_report form = {.report = asked->report,
		.from = asked->from,
		.until = asked->until,
		.by = asked->by};
	struct bytes body = node_ask(node, schema_show_report(), asked, NULL);

	buffer_add(ctx, body.p, body.n);
	for (form.form = report_form_table; form.form < report_form_end; form.form++) {
		body = node_ask(node, schema_render_report(), &form, NULL);
		buffer_add(ctx, body.p, body.n);
	}
}

static void test_order_of_inquiries_does_not_show(void **state)
{
	static const uint64_t seeds[] = {0, 11, 12, 13};
	struct story *stories = make_stories(43);
	struct buffer first, again;
	(void)state;

	buffer_init(&first, (size_t)64 * 1024 * 1024);
	buffer_init(&again, (size_t)64 * 1024 * 1024);
	for (size_t i = 0; i < COUNT(seeds); i++) {
		struct node *node = node_start();
		node_follow_all(node, stories, seeds[i]);
		in_every_way(node, write_one, i ? &again : &first);
		node_stop(node);
		if (i == 0)
			continue;
		assert_true(first.n > 100000 && !first.failed);
		assert_true(bytes_equal(buffer_bytes(&first), buffer_bytes(&again)));
		buffer_reset(&again);
	}
	buffer_done(&first);
	buffer_done(&again);
	free(stories);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_figures_are_those_of_the_stories),
		cmocka_unit_test(test_order_of_inquiries_does_not_show),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
