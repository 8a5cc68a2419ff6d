/* Somebody reads a report and tries to find out what it hides. The attacker knows what is printed,
 * which columns make up others, that rows make up the total, and what is published of the whole; it
 * shares no code with what hides. Tables are made of persons, so that they hang together as real
 * ones do. */
#include "services/reporting/suppression.h"
#include "tests/unit/services/reporting/real_items.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#define COUNT(rows) (sizeof(rows) / sizeof((rows)[0]))

enum {
	LIMIT = 5,
	ROWS_MAX = 8,
	UNKNOWNS_MAX = 600,
	FACTS_MAX = 400,
	TERMS_MAX = 16,
	TABLES = 3000
};

static uint32_t pick(uint64_t *seed, uint32_t n)
{
	*seed = *seed * UINT64_C(6364136223846793005) + UINT64_C(1442695040888963407);
	return (uint32_t)(*seed >> 33) % n;
}

/* ---- tables ---------------------------------------------------------------------------------- */

/* R3: promises; and a report with subsets and a share, as R5 and R2 have them. */
static bool never(const struct item *item, int64_t *ret_value)
{
	(void)item;
	(void)ret_value;
	return false;
}

static const struct measure few_measures[] = {
	{never, false, 0, 0}, {never, false, 0, 0}, {never, false, 0, 0}, {never, false, 0, 0}};
static const struct relation few_relations[] = {
	{0, {1}, 1, true, false},
	{1, {2}, 1, true, false},
};
static const struct column few_columns[] = {
	{"all", {"All", "Alle"}, {"all", "alle"}, SHOW_COUNT, 0, 0},
	{"done", {"Done", "Gjort"}, {"done", "gjort"}, SHOW_COUNT, 1, 0},
	{"well", {"Well", "Godt"}, {"well", "godt"}, SHOW_COUNT, 2, 0},
	{"other_share", {"Share", "Andel"}, {"of all", "af alle"}, SHOW_SHARE, 3, 0},
};
static const struct report_kind few = {.measures = few_measures,
	.n_measures = 4,
	.relations = few_relations,
	.n_relations = 2,
	.columns = few_columns,
	.n_columns = 4};

struct table {
	const struct report_kind *kind;
	struct grouping grouping;
	struct group groups[ROWS_MAX];
	struct group total;
	struct section section, of_total;
	struct counted counted;
};

static void count_r3(struct group *group, uint64_t *seed, uint32_t bias)
{
	enum { MADE, KEPT, MOVED_BY_CITIZEN, MOVED_BY_US, BROKEN, LAPSED, OPEN, DUE, AT_RISK };
	uint32_t what = pick(seed, 3) ? KEPT : KEPT + pick(seed, 1 + bias);

	if (pick(seed, 9) == 0) {
		group->tallies[AT_RISK].n++;
		return;
	}
	group->tallies[MADE].n++;
	group->tallies[what].n++;
	group->tallies[DUE].n += what == KEPT || what == MOVED_BY_US || what == BROKEN;
}

static void count_few(struct group *group, uint64_t *seed, uint32_t bias)
{
	bool done = pick(seed, 2 + bias) != 0;

	group->tallies[0].n++;
	group->tallies[1].n += done;
	group->tallies[2].n += done && pick(seed, 3) == 0;
	group->tallies[3].n += pick(seed, 4) == 0;
}

static void count_real(struct group *group, const struct real *real, uint64_t *seed, uint32_t bias)
{
	uint32_t what = pick(seed, (uint32_t)real->n);

	for (uint32_t i = 0; i < bias && what; i++)
		what = pick(seed, what + 1);
	for (size_t k = 0; k < real->kind->n_measures; k++) {
		const unsigned flags = real->kind->measures[k].flags;
		assert_int_not_equal(flags, 0);
		group->tallies[k].n += (real->items[what] & flags) == flags;
	}
}

static void make_table(struct table *table, uint64_t seed)
{
	uint32_t rows = 2 + pick(&seed, ROWS_MAX - 1), left = pick(&seed, 90),
		 bias = 1 + pick(&seed, 5);

	memset(table, 0, sizeof(*table));
	const struct real *real = pick(&seed, 2) ? &reals[pick(&seed, COUNT(reals))] : NULL;
	table->kind = real ? real->kind : pick(&seed, 2) ? &report_r3 : &few;
	table->grouping.dimension = dimension_channel;
	for (; left > 0; left--) {
		struct group *group = &table->groups[pick(&seed, 1 + pick(&seed, rows))];
		if (real)
			count_real(group, real, &seed, bias);
		else if (table->kind == &few)
			count_few(group, &seed, bias);
		else
			count_r3(group, &seed, bias);
	}
	for (size_t k = 0; k < rows; k++)
		for (size_t m = 0; m < table->kind->n_measures; m++)
			table->total.tallies[m].n += table->groups[k].tallies[m].n;
	table->section = (struct section){.kind = table->kind,
		.grouping = &table->grouping,
		.groups = table->groups,
		.n = rows};
	table->of_total = (struct section){.kind = table->kind,
		.grouping = grouping_of(dimension_none),
		.groups = &table->total,
		.n = 1};
	table->counted = (struct counted){.kind = table->kind,
		.sections = &table->section,
		.n = 1,
		.total = &table->of_total,
		.from_the_beginning = true,
		.total_is_public = pick(&seed, 2)};
}

/* ---- the attacker ---------------------------------------------------------------------------- */

struct fact {
	size_t at[TERMS_MAX];
	int64_t sign[TERMS_MAX];
	size_t n;
};

struct attacker {
	int64_t low[UNKNOWNS_MAX], high[UNKNOWNS_MAX];
	bool hidden[UNKNOWNS_MAX];
	int64_t truth[UNKNOWNS_MAX]; /* only to judge */
	size_t n;
	struct fact facts[FACTS_MAX];
	size_t n_facts;
	bool impossible;
};

static size_t learn(struct attacker *a, int64_t low, int64_t high, int64_t truth)
{
	assert_true(a->n < UNKNOWNS_MAX);
	a->low[a->n] = low;
	a->high[a->n] = high;
	a->truth[a->n] = truth;
	return a->n++;
}

static struct fact *new_fact(struct attacker *a)
{
	assert_true(a->n_facts < FACTS_MAX);
	return &a->facts[a->n_facts++];
}

static void term(struct fact *fact, size_t at, int64_t sign)
{
	assert_true(fact->n < TERMS_MAX);
	fact->at[fact->n] = at;
	fact->sign[fact->n++] = sign;
}

/* What the others leave for each one, until nothing changes. */
static void narrow(struct attacker *a)
{
	for (bool changed = true; changed && !a->impossible;) {
		changed = false;
		for (size_t f = 0; f < a->n_facts; f++) {
			const struct fact *fact = &a->facts[f];
			for (size_t i = 0; i < fact->n; i++) {
				int64_t low = 0, high = 0;
				for (size_t k = 0; k < fact->n; k++) {
					int64_t s = -fact->sign[i] * fact->sign[k];
					if (k == i)
						continue;
					low += s > 0 ? a->low[fact->at[k]] : -a->high[fact->at[k]];
					high += s > 0 ? a->high[fact->at[k]] : -a->low[fact->at[k]];
				}
				size_t at = fact->at[i];
				if (low > a->low[at]) {
					a->low[at] = low;
					changed = true;
				}
				if (high < a->high[at]) {
					a->high[at] = high;
					changed = true;
				}
				a->impossible |= a->low[at] > a->high[at];
			}
		}
	}
}

/* Is there any whole table at all? Tries every value of whatever is still open; steps are bounded,
 * and who runs out of them has not shown that there is none. */
static bool possible(struct attacker *a, unsigned *steps)
{
	size_t at = SIZE_MAX;

	narrow(a);
	if (a->impossible)
		return false;
	for (size_t i = 0; i < a->n; i++)
		if (a->low[i] < a->high[i] &&
			(at == SIZE_MAX || a->high[i] - a->low[i] < a->high[at] - a->low[at]))
			at = i;
	if (at == SIZE_MAX || *steps == 0)
		return true;
	struct attacker *guess = malloc(sizeof(*guess));
	bool found = false;
	assert_non_null(guess);
	for (int64_t v = a->low[at]; !found && v <= a->high[at]; v++) {
		--*steps;
		*guess = *a;
		guess->low[at] = guess->high[at] = v;
		found = possible(guess, steps);
		if (*steps == 0)
			found = true;
	}
	free(guess);
	return found;
}

/* Every other value leads to no table: then it must be this one. */
static bool pins(const struct attacker *a, size_t at, bool exhaustive)
{
	struct attacker *guess = malloc(sizeof(*guess));
	bool other = false;

	assert_non_null(guess);
	*guess = *a;
	narrow(guess);
	other = guess->low[at] < guess->high[at];
	if (other && exhaustive) {
		int64_t low = guess->low[at], high = guess->high[at];
		other = false;
		for (int64_t v = low; !other && v <= high; v++) {
			unsigned steps = 300;
			if (v == a->truth[at])
				continue;
			*guess = *a;
			guess->low[at] = guess->high[at] = v;
			other = possible(guess, &steps);
		}
	}
	free(guess);
	return !other;
}

/* Is that count printed, as itself or as a part or whole of a share that is? */
static bool is_printed(const struct suppression *s, long section, size_t row, unsigned measure)
{
	const struct report_kind *kind = s->counted->kind;

	for (size_t i = 0; i < kind->n_columns; i++) {
		const struct column *column = &kind->columns[i];
		bool about = column->measure == measure ||
			     (column->show == SHOW_SHARE && column->whole == measure);
		if (about && !suppression_hides(s, section, row, column))
			return true;
	}
	return false;
}

static size_t learn_cell(
	struct attacker *a, const struct suppression *s, long section, size_t row, unsigned measure)
{
	const struct section *of =
		section == SUPPRESSION_TOTAL ? s->counted->total : &s->counted->sections[section];
	int64_t n = of->groups[row].tallies[measure].n;
	bool known = is_printed(s, section, row, measure) ||
		     (section == SUPPRESSION_TOTAL && s->counted->total_is_public);
	size_t at = learn(a, known ? n : 0, known ? n : 500, n);

	a->hidden[at] = !known;
	return at;
}

static void learn_row(struct attacker *a, const struct suppression *s, size_t first)
{
	const struct report_kind *kind = s->counted->kind;

	for (size_t i = 0; i < kind->n_relations; i++) {
		const struct relation *relation = &kind->relations[i];
		struct fact *fact = new_fact(a);
		term(fact, first + relation->whole, 1);
		for (size_t k = 0; k < relation->n; k++)
			term(fact, first + relation->parts[k], -1);
		if (relation->subset)
			term(fact, learn(a, 0, 500, 0), -1);
	}
	for (size_t i = 0; i < kind->n_columns; i++) {
		if (kind->columns[i].show != SHOW_SHARE)
			continue;
		struct fact *fact = new_fact(a);
		term(fact, first + kind->columns[i].whole, 1);
		term(fact, first + kind->columns[i].measure, -1);
		term(fact, learn(a, 0, 500, 0), -1);
	}
}

static struct attacker *attacker_of(const struct suppression *s)
{
	const struct counted *counted = s->counted;
	const size_t m = counted->kind->n_measures;
	struct attacker *a = calloc(1, sizeof(*a));

	assert_non_null(a);
	for (unsigned k = 0; k < m; k++)
		(void)learn_cell(a, s, SUPPRESSION_TOTAL, 0, k);
	for (size_t row = 0; row < counted->sections[0].n; row++)
		for (unsigned k = 0; k < m; k++)
			(void)learn_cell(a, s, 0, row, k);
	for (size_t row = 0; row <= counted->sections[0].n; row++)
		learn_row(a, s, row * m);
	for (size_t k = 0; k < m; k++) {
		struct fact *fact = new_fact(a);
		term(fact, k, -1);
		for (size_t row = 0; row < counted->sections[0].n; row++)
			term(fact, (row + 1) * m + k, 1);
	}
	return a;
}

struct score {
	size_t tables, hidden, pinned, more, zeros_hidden;
};

static bool no_zero_is_hidden(const struct attacker *a)
{
	for (size_t i = 0; i < a->n; i++)
		if (a->hidden[i] && a->truth[i] == 0)
			return false;
	return true;
}

/* What follows from the totals alone, and from zeros not being hidden where there are none, is no
 * secret that hiding could keep. */
static struct attacker *know_only_what_is_public(
	const struct attacker *a, const struct suppression *s)
{
	struct attacker *ignorant = malloc(sizeof(*ignorant));
	size_t m = s->counted->kind->n_measures;

	assert_non_null(ignorant);
	*ignorant = *a;
	for (size_t i = m; i < m * (s->counted->sections[0].n + 1); i++) {
		if (!a->hidden[i])
			ignorant->low[i] = 0;
		ignorant->high[i] = 500;
	}
	return ignorant;
}

/* What stands in no column of its own is hidden nowhere, and a secret only when it is small. */
static bool has_column(const struct suppression *s, size_t cell)
{
	const struct report_kind *kind = s->counted->kind;

	for (size_t i = 0; i < kind->n_columns; i++)
		if (kind->columns[i].show == SHOW_COUNT &&
			kind->columns[i].measure == cell % kind->n_measures)
			return true;
	return false;
}

/* Who knows that zeros stay takes every hidden count to be 1 at least. */
static void attack(const struct suppression *s, bool exhaustive, struct score *score)
{
	struct attacker *a = attacker_of(s);
	bool stay = no_zero_is_hidden(a);

	for (size_t i = 0; i < a->n; i++) {
		if (a->hidden[i] && stay)
			a->low[i] = 1;
		score->zeros_hidden += a->hidden[i] && a->truth[i] == 0;
	}
	struct attacker *ignorant = know_only_what_is_public(a, s);
	for (size_t i = 0; i < a->n; i++) {
		bool small = a->truth[i] >= 1 && a->truth[i] < LIMIT;
		if (!a->hidden[i] || (!small && !has_column(s, i)))
			continue;
		score->hidden++;
		score->more += a->truth[i] >= LIMIT;
		score->pinned += pins(a, i, exhaustive) && !pins(ignorant, i, exhaustive);
	}
	score->tables++;
	free(a);
	free(ignorant);
}

static struct score attack_tables(size_t n, bool only_small, bool exhaustive)
{
	struct score score = {0};
	struct table *table = malloc(sizeof(*table));

	assert_non_null(table);
	for (uint64_t seed = 1; seed <= n; seed++) {
		struct suppression suppression;
		make_table(table, seed * 7919);
		assert_int_equal(
			suppression_of(&suppression, &table->counted, LIMIT, only_small), ERR_OK);
		attack(&suppression, exhaustive, &score);
		suppression_done(&suppression);
	}
	free(table);
	printf("%zu tables, %zu hidden counts, %zu of %d and more, %zu zeros, %zu found out\n",
		score.tables, score.hidden, score.more, LIMIT, score.zeros_hidden, score.pinned);
	return score;
}

/* ---- tests ----------------------------------------------------------------------------------- */

static void test_nothing_is_found_out(void **state)
{
	(void)state;
	struct score score = attack_tables(TABLES, false, false);

	assert_true(score.hidden > 10 * TABLES);
	assert_int_equal(score.pinned, 0);
	assert_true(score.more < 3 * TABLES); /* of what is not small no more than need be */
}

static void test_nothing_is_found_out_by_trying(void **state)
{
	(void)state;
	struct score score = attack_tables(60, false, true);

	assert_true(score.hidden > 600);
	assert_int_equal(score.pinned, 0);
}

/* The attacker is worth something: where only small counts are hidden, it finds many of them. */
static void test_small_counts_alone_are_found_out(void **state)
{
	(void)state;
	struct score score = attack_tables(500, true, false);

	assert_true(score.pinned > 100);
}

static const struct column *column(const struct report_kind *kind, const char *name)
{
	for (size_t i = 0; i < kind->n_columns; i++)
		if (strcmp(kind->columns[i].name, name) == 0)
			return &kind->columns[i];
	fail_msg("no column %s", name);
	return NULL;
}

/* Small ones and what gives them away are hidden; zeros, and rows that have nothing to do with it,
 * are not. */
static void test_what_is_hidden(void **state)
{
	static const int64_t all[] = {20, 3, 9, 0, 40};
	struct table table;
	struct suppression s;
	(void)state;

	make_table(&table, 1);
	table.kind = table.counted.kind = table.section.kind = table.of_total.kind = &few;
	memset(table.groups, 0, sizeof(table.groups));
	memset(&table.total, 0, sizeof(table.total));
	table.section.n = COUNT(all);
	table.counted.total_is_public = true;
	for (size_t i = 0; i < COUNT(all); i++) {
		table.groups[i].tallies[0].n = all[i];
		table.total.tallies[0].n += all[i];
	}
	assert_int_equal(suppression_of(&s, &table.counted, LIMIT, false), ERR_OK);
	const struct column *shown = column(&few, "all");
	assert_false(suppression_hides(&s, 0, 0, shown));
	assert_true(suppression_hides(&s, 0, 1, shown));
	assert_true(suppression_hides(&s, 0, 2, shown)); /* the smallest of the others */
	assert_false(suppression_hides(&s, 0, 3, shown));
	assert_false(suppression_hides(&s, 0, 4, shown));
	assert_false(suppression_hides(&s, SUPPRESSION_TOTAL, 0, shown));
	suppression_done(&s);
	assert_int_equal(suppression_of(&s, &table.counted, 0, false), ERR_OK);
	assert_false(suppression_hides(&s, 0, 1, shown));
	suppression_done(&s);
}

/* Two that are 1 each would be known from their sum: a third is hidden with them. */
/* Commitments by department: the share goes, the counts that it is made of stay. */
static void test_what_no_column_shows_goes_first(void **state)
{
	/* made, kept, late, overdue, released, open, due */
	static const int64_t all[][7] = {
		{50, 35, 4, 7, 4, 0, 46}, {24, 15, 4, 3, 2, 0, 22}, {152, 115, 15, 10, 12, 0, 140}};
	struct table table;
	struct suppression s;
	(void)state;

	make_table(&table, 1);
	table.kind = table.counted.kind = table.section.kind = table.of_total.kind = &report_r9;
	memset(table.groups, 0, sizeof(table.groups));
	memset(&table.total, 0, sizeof(table.total));
	table.section.n = COUNT(all);
	table.counted.total_is_public = true;
	for (size_t i = 0; i < COUNT(all); i++)
		for (size_t k = 0; k < 7; k++) {
			table.groups[i].tallies[k].n = all[i][k];
			table.total.tallies[k].n += all[i][k];
		}
	assert_int_equal(suppression_of(&s, &table.counted, LIMIT, false), ERR_OK);
	for (size_t i = 0; i < COUNT(all); i++) {
		assert_false(suppression_hides(&s, 0, i, column(&report_r9, "municipality_made")));
		assert_false(suppression_hides(&s, 0, i, column(&report_r9, "municipality_kept")));
		assert_true(
			suppression_hides(&s, 0, i, column(&report_r9, "municipality_kept_share")));
	}
	assert_true(suppression_hides(&s, 0, 0, column(&report_r9, "municipality_kept_late")));
	suppression_done(&s);
}

static void test_bounds(void **state)
{
	static const int64_t all[] = {1, 1, 30, 7};
	struct table table;
	struct suppression s;
	(void)state;

	make_table(&table, 1);
	table.kind = table.counted.kind = table.section.kind = table.of_total.kind = &few;
	memset(table.groups, 0, sizeof(table.groups));
	memset(&table.total, 0, sizeof(table.total));
	table.section.n = COUNT(all);
	table.counted.total_is_public = true;
	for (size_t i = 0; i < COUNT(all); i++) {
		table.groups[i].tallies[0].n = all[i];
		table.total.tallies[0].n += all[i];
	}
	assert_int_equal(suppression_of(&s, &table.counted, LIMIT, false), ERR_OK);
	assert_true(suppression_hides(&s, 0, 0, column(&few, "all")));
	assert_true(suppression_hides(&s, 0, 1, column(&few, "all")));
	assert_true(suppression_hides(&s, 0, 3, column(&few, "all")));
	assert_false(suppression_hides(&s, 0, 2, column(&few, "all")));
	suppression_done(&s);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_nothing_is_found_out),
		cmocka_unit_test(test_nothing_is_found_out_by_trying),
		cmocka_unit_test(test_small_counts_alone_are_found_out),
		cmocka_unit_test(test_what_is_hidden),
		cmocka_unit_test(test_what_no_column_shows_goes_first),
		cmocka_unit_test(test_bounds),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
