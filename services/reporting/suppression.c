/* Tables of a report and their relations as cells to be protected; touches the heap only. */
#include "services/reporting/suppression.h"

/* A row is its measures; the total comes before the rows of a section. */
static size_t cell_of(const struct counted *counted, size_t row, size_t measure)
{
	return row * counted->kind->n_measures + measure;
}

static bool is_total(const struct section *section)
{
	return section->grouping->dimension == dimension_none;
}

static bool has_column(const struct report_kind *kind, unsigned measure)
{
	for (size_t i = 0; i < kind->n_columns; i++)
		if (kind->columns[i].show != SHOW_SHARE && kind->columns[i].measure == measure)
			return true;
	return false;
}

/* Where the total is shown to be nothing, so is every row. */
static void add_row(struct suppression *suppression, struct protect *protect,
	const struct group *group, enum protect_kind how)
{
	const struct counted *counted = suppression->counted;

	for (size_t k = 0; k < counted->kind->n_measures; k++) {
		bool nothing = protect != &suppression->of_total &&
			       counted->total->groups[0].tallies[k].n == 0 &&
			       !protect_hides(&suppression->of_total, k);
		size_t cell =
			protect_add(protect, nothing ? PROTECT_PUBLIC : how, group->tallies[k].n);
		if (!has_column(counted->kind, (unsigned)k))
			protect_spare(protect, cell);
	}
}

/* ---- relations within a row ------------------------------------------------------------------ */

static void relate(struct protect *protect, const struct group *group,
	const struct relation *relation, size_t first)
{
	int64_t rest = group->tallies[relation->whole].n;

	for (size_t i = 0; i < relation->n; i++)
		rest -= group->tallies[relation->parts[i]].n;
	if (!relation->subset && rest != 0)
		return; /* what does not hold tells nothing */
	size_t beyond = relation->subset ? protect_add(protect, PROTECT_REST, rest) : 0;
	protect_relate(protect);
	protect_term(protect, first + relation->whole, 1);
	for (size_t i = 0; i < relation->n; i++)
		protect_term(protect, first + relation->parts[i], -1);
	if (relation->subset)
		protect_term(protect, beyond, -1);
}

static void relate_row(struct protect *protect, const struct counted *counted,
	const struct group *group, size_t first, bool undated)
{
	const struct report_kind *kind = counted->kind;

	for (size_t i = 0; i < kind->n_relations; i++)
		if (undated || !kind->relations[i].undated)
			relate(protect, group, &kind->relations[i], first);
	for (size_t i = 0; i < kind->n_columns; i++) {
		const struct column *column = &kind->columns[i];
		const struct relation share = {column->whole, {column->measure}, 1, true, false};
		if (column->show == SHOW_SHARE)
			relate(protect, group, &share, first);
	}
}

/* ---- relations between rows ------------------------------------------------------------------ */

/* Each row is no more than the total, all together are no less. */
static void relate_overlapping(struct protect *protect, const struct counted *counted,
	const struct section *section, size_t measure)
{
	int64_t total = counted->total->groups[0].tallies[measure].n;
	int64_t sum = 0;

	for (size_t k = 0; k < section->n; k++) {
		int64_t value = section->groups[k].tallies[measure].n;
		size_t slack = protect_add(protect, PROTECT_SLACK, total - value);
		sum += value;
		protect_relate(protect);
		protect_term(protect, cell_of(counted, 0, measure), 1);
		protect_term(protect, cell_of(counted, 1 + k, measure), -1);
		protect_term(protect, slack, -1);
	}
	size_t slack = protect_add(protect, PROTECT_SLACK, sum - total);
	protect_relate(protect);
	for (size_t k = 0; k < section->n; k++)
		protect_term(protect, cell_of(counted, 1 + k, measure), 1);
	protect_term(protect, cell_of(counted, 0, measure), -1);
	protect_term(protect, slack, -1);
}

static void relate_rows(struct protect *protect, const struct counted *counted,
	const struct section *section, size_t measure)
{
	if (section->grouping->overlapping) {
		relate_overlapping(protect, counted, section, measure);
		return;
	}
	protect_relate(protect);
	for (size_t k = 0; k < section->n; k++)
		protect_term(protect, cell_of(counted, 1 + k, measure), 1);
	protect_term(protect, cell_of(counted, 0, measure), -1);
}

/* ---- the whole ------------------------------------------------------------------------------- */

static enum err solve_total(struct suppression *suppression, bool only_small)
{
	const struct counted *counted = suppression->counted;
	struct protect *protect = &suppression->of_total;
	enum protect_kind how = counted->total_is_public ? PROTECT_PUBLIC : PROTECT_COUNT;

	add_row(suppression, protect, &counted->total->groups[0], how);
	if (!counted->total_is_public)
		relate_row(protect, counted, &counted->total->groups[0], 0,
			counted->from_the_beginning);
	return protect_solve(protect, only_small);
}

static void add_rows(struct suppression *suppression, struct protect *protect,
	const struct section *section, enum protect_kind how)
{
	const struct counted *counted = suppression->counted;

	add_row(suppression, protect, &counted->total->groups[0], PROTECT_PUBLIC);
	for (size_t k = 0; k < counted->kind->n_measures; k++)
		if (protect_hides(&suppression->of_total, k))
			protect_hide(protect, k);
	for (size_t k = 0; k < section->n; k++)
		add_row(suppression, protect, &section->groups[k], how);
}

static enum err solve_section(struct suppression *suppression, size_t i, bool only_small)
{
	const struct counted *counted = suppression->counted;
	const struct section *section = &counted->sections[i];
	struct protect *protect = &suppression->sections[i];
	const bool undated = counted->from_the_beginning;
	/* the only row of a section is the total again */
	const bool known = section->n == 1 && counted->total_is_public;

	if (is_total(section))
		return ERR_OK;
	add_rows(suppression, protect, section, known ? PROTECT_PUBLIC : PROTECT_COUNT);
	if (!counted->total_is_public)
		relate_row(protect, counted, &counted->total->groups[0], 0, undated);
	for (size_t k = 0; !known && k < section->n; k++)
		relate_row(protect, counted, &section->groups[k], cell_of(counted, 1 + k, 0),
			undated && section->grouping->dimension != dimension_month);
	for (size_t m = 0; m < counted->kind->n_measures; m++)
		relate_rows(protect, counted, section, m);
	return protect_solve(protect, only_small);
}

enum err suppression_of(
	struct suppression *ret, const struct counted *counted, int64_t limit, bool only_small)
{
	ret->counted = counted;
	ret->on = limit > 1;
	protect_init(&ret->of_total, limit);
	for (size_t i = 0; i < counted->n; i++)
		protect_init(&ret->sections[i], limit);
	enum err err = ret->on ? solve_total(ret, only_small) : ERR_OK;
	for (size_t i = 0; !err && ret->on && i < counted->n; i++)
		err = solve_section(ret, i, only_small);
	return err;
}

void suppression_done(struct suppression *suppression)
{
	protect_done(&suppression->of_total);
	for (size_t i = 0; i < suppression->counted->n; i++)
		protect_done(&suppression->sections[i]);
}

static bool hides(
	const struct suppression *suppression, long section, size_t group, unsigned measure)
{
	if (section == SUPPRESSION_TOTAL)
		return protect_hides(&suppression->of_total, measure);
	return protect_hides(
		&suppression->sections[section], cell_of(suppression->counted, 1 + group, measure));
}

bool suppression_hides(const struct suppression *suppression, long section, size_t group,
	const struct column *column)
{
	if (!suppression->on)
		return false;
	if (hides(suppression, section, group, column->measure))
		return true;
	if (column->show == SHOW_SHARE || column->show == SHOW_SAVED)
		return hides(suppression, section, group, column->whole);
	return column->show == SHOW_SHARE_OF_TOTAL &&
	       hides(suppression, SUPPRESSION_TOTAL, 0, column->measure);
}
