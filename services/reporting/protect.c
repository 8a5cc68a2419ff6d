/* Hides cells of a table of counts; touches the heap only. */
#include "services/reporting/protect.h"

#include <stdlib.h>
#include <string.h>

enum {
	PROTECT_BYTES_MAX = 256 * 1024 * 1024,
	STEPS_MAX = 4000,
	DEPTH_MAX = 24,
	SHOWING_STEPS_MAX = 10000000
};

static const size_t none = SIZE_MAX;

void protect_init(struct protect *protect, int64_t limit)
{
	protect->limit = limit;
	buffer_init(&protect->cells, PROTECT_BYTES_MAX);
	buffer_init(&protect->terms, PROTECT_BYTES_MAX);
	buffer_init(&protect->relations, PROTECT_BYTES_MAX);
}

void protect_done(struct protect *protect)
{
	buffer_done(&protect->cells);
	buffer_done(&protect->terms);
	buffer_done(&protect->relations);
}

static struct protect_cell *cell_at(const struct protect *protect, size_t i)
{
	return (struct protect_cell *)(void *)protect->cells.p + i;
}

static struct protect_term *term_at(const struct protect *protect, size_t i)
{
	return (struct protect_term *)(void *)protect->terms.p + i;
}

static size_t count_cells(const struct protect *protect)
{
	return protect->cells.n / sizeof(struct protect_cell);
}

static size_t count_terms(const struct protect *protect)
{
	return protect->terms.n / sizeof(struct protect_term);
}

static size_t count_relations(const struct protect *protect)
{
	return protect->relations.n / sizeof(size_t);
}

static size_t first_term(const struct protect *protect, size_t relation)
{
	size_t first = count_terms(protect);

	if (relation < count_relations(protect))
		memcpy(&first, protect->relations.p + relation * sizeof(first), sizeof(first));
	return first;
}

size_t protect_add(struct protect *protect, enum protect_kind kind, int64_t value)
{
	const struct protect_cell cell = {.value = value, .kind = kind};

	buffer_add(&protect->cells, &cell, sizeof(cell));
	return count_cells(protect) - 1;
}

static bool is_small(const struct protect *protect, const struct protect_cell *cell)
{
	return cell->value >= 1 && cell->value < protect->limit;
}

void protect_hide(struct protect *protect, size_t cell)
{
	if (protect->cells.failed)
		return;
	cell_at(protect, cell)->hidden = cell_at(protect, cell)->given = true;
	cell_at(protect, cell)->small = is_small(protect, cell_at(protect, cell));
}

void protect_spare(struct protect *protect, size_t cell)
{
	if (!protect->cells.failed)
		cell_at(protect, cell)->spare = true;
}

void protect_relate(struct protect *protect)
{
	size_t first = count_terms(protect);

	buffer_add(&protect->relations, &first, sizeof(first));
}

void protect_term(struct protect *protect, size_t cell, int64_t sign)
{
	const struct protect_term term = {
		.cell = cell, .sign = sign, .relation = count_relations(protect) - 1};

	buffer_add(&protect->terms, &term, sizeof(term));
}

bool protect_hides(const struct protect *protect, size_t cell)
{
	return cell_at(protect, cell)->hidden;
}

/* ---- another table that fits ----------------------------------------------------------------- */

/* A search for a table in which one cell differs: cells move by one, and every relation that is out
 * of balance is set right by moving another of its cells. Finding one is a proof; not finding one
 * in the given steps only costs a further hidden cell. */
struct search {
	const struct protect *protect;
	size_t *terms_of; /* of each cell: its first term, and 1 */
	int8_t *moved;    /* of each cell */
	int64_t *balance; /* of each relation */
	size_t *open;     /* relations out of balance */
	size_t *place;    /* of each relation, in open */
	size_t n_open;
	unsigned steps;
	size_t spent;   /* steps of all searches, and what it takes to start them */
	unsigned depth; /* at most so many cells move */
	bool loose;     /* any hidden count may be zero or large */
	bool all;       /* as if everything that can be hidden were */
};

static bool is_unknown(const struct protect_cell *cell)
{
	return cell->hidden || cell->kind == PROTECT_REST || cell->kind == PROTECT_SLACK;
}

static bool may_move(const struct search *search, size_t i, int64_t by)
{
	const struct protect_cell *cell = cell_at(search->protect, i);
	int64_t value = cell->value + by;

	bool hideable =
		search->all && cell->kind == PROTECT_COUNT && (search->loose || cell->value > 0);

	if ((!is_unknown(cell) && !hideable) || search->moved[i])
		return false;
	if (search->loose || cell->kind == PROTECT_REST || cell->kind == PROTECT_SLACK ||
		cell->value == 0)
		return value >= 0;
	return value >= 1 && (!cell->small || value < search->protect->limit);
}

static void set_open(struct search *search, size_t relation, bool open)
{
	size_t place = search->place[relation];

	if (open && place == none) {
		search->place[relation] = search->n_open;
		search->open[search->n_open++] = relation;
	} else if (!open && place != none) {
		size_t last = search->open[--search->n_open];
		search->open[place] = last;
		search->place[last] = place;
		search->place[relation] = none;
	}
}

static void move_cell(struct search *search, size_t cell, int64_t by)
{
	search->moved[cell] = (int8_t)(search->moved[cell] + by);
	for (size_t t = search->terms_of[cell]; t; t = term_at(search->protect, t - 1)->next) {
		const struct protect_term *term = term_at(search->protect, t - 1);
		search->balance[term->relation] += term->sign * by;
		set_open(search, term->relation, search->balance[term->relation] != 0);
	}
}

static bool set_right(struct search *search, unsigned depth)
{
	if (search->n_open == 0)
		return true;
	if (depth == search->depth || search->steps >= STEPS_MAX)
		return false;
	size_t relation = search->open[search->n_open - 1];
	int64_t wanted = search->balance[relation] > 0 ? -1 : 1;
	size_t end = first_term(search->protect, relation + 1);

	for (size_t t = first_term(search->protect, relation); t < end; t++) {
		const struct protect_term *term = term_at(search->protect, t);
		int64_t by = wanted * term->sign;
		if (!may_move(search, term->cell, by))
			continue;
		search->steps++;
		move_cell(search, term->cell, by);
		if (set_right(search, depth + 1))
			return true;
		move_cell(search, term->cell, -by);
	}
	return false;
}

static void start_over(struct search *search)
{
	memset(search->moved, 0, count_cells(search->protect));
	for (size_t i = 0; i < count_relations(search->protect); i++) {
		search->balance[i] = 0;
		search->place[i] = none;
	}
	search->n_open = 0;
	search->steps = 0;
}

static bool can_move(struct search *search, size_t cell, int64_t by)
{
	start_over(search);
	if (!may_move(search, cell, by))
		return false;
	move_cell(search, cell, by);
	bool right = set_right(search, 0);
	/* starting over goes through all cells and relations */
	search->spent += search->steps +
			 (count_cells(search->protect) + count_relations(search->protect)) / 8;
	return right;
}

/* Few moves first: most ways are short, and a long wrong one would use up the steps. */
static bool can_differ(struct search *search, size_t cell)
{
	for (search->depth = 1; search->depth <= DEPTH_MAX; search->depth += search->depth / 4 + 1)
		if (can_move(search, cell, -1) || can_move(search, cell, 1))
			return true;
	return false;
}

/* ---- what to hide next ----------------------------------------------------------------------- */

/* Marks the relations that hang together with the cell through what is unknown: moved serves as a
 * mark of cells seen, balance of relations, open as a queue. */
static void mark_relations(struct search *search, size_t cell)
{
	for (size_t t = search->terms_of[cell]; t; t = term_at(search->protect, t - 1)->next) {
		size_t relation = term_at(search->protect, t - 1)->relation;
		if (!search->balance[relation])
			search->open[search->n_open++] = relation;
		search->balance[relation] = 1;
	}
}

/* Zeros stay, unless it cannot be done without: then they go first. */
static int64_t cost_of(const struct search *search, const struct protect_cell *cell)
{
	if (cell->kind != PROTECT_COUNT || cell->hidden || (cell->value == 0 && !search->loose))
		return INT64_MAX;
	return cell->spare && cell->value ? 1 : cell->value;
}

/* The smallest shown count that hangs together with the cell; none: there is nothing left. */
static size_t next_to_hide(struct search *search, size_t cell)
{
	const struct protect *protect = search->protect;
	int64_t best_cost = INT64_MAX;
	size_t best = none;

	start_over(search);
	search->moved[cell] = 1;
	mark_relations(search, cell);
	for (size_t at = 0; at < search->n_open; at++) {
		size_t end = first_term(protect, search->open[at] + 1);
		for (size_t t = first_term(protect, search->open[at]); t < end; t++) {
			size_t other = term_at(protect, t)->cell;
			int64_t cost = cost_of(search, cell_at(protect, other));
			if (search->moved[other])
				continue;
			search->moved[other] = 1;
			best = cost < best_cost ? other : best;
			best_cost = cost < best_cost ? cost : best_cost;
			if (is_unknown(cell_at(protect, other)))
				mark_relations(search, other);
		}
	}
	return best;
}

static bool is_secret(const struct protect *protect, const struct protect_cell *cell)
{
	return cell->hidden || (cell->kind == PROTECT_REST && is_small(protect, cell));
}

static bool could_differ(struct search *search, size_t cell)
{
	search->all = true;
	bool could = can_differ(search, cell);
	search->all = false;
	return could;
}

/* Where positive counts cannot hide each other, one of the hidden ones must be able to be zero, and
 * the reader must see that some are. */
static bool loosen(struct protect *protect, struct search *search, size_t cell)
{
	search->loose = true;
	if (!could_differ(search, cell))
		return false; /* what is public gives it away, whatever else is hidden */
	size_t next = next_to_hide(search, cell);
	if (next != none && cell_at(protect, next)->value == 0)
		cell_at(protect, next)->hidden = true;
	return true;
}

/* How a secret is kept: with what else its table could be. */
enum kept { KEPT_NOT, KEPT_STRICTLY, KEPT_LOOSELY };

static enum kept guard(struct protect *protect, struct search *search, size_t cell)
{
	search->loose = false;
	if (!could_differ(search, cell) && !loosen(protect, search, cell))
		return KEPT_NOT;
	while (!can_differ(search, cell)) {
		size_t next = next_to_hide(search, cell);
		if (next != none)
			cell_at(protect, next)->hidden = true;
		else if (search->loose || !loosen(protect, search, cell))
			return KEPT_NOT;
	}
	return search->loose ? KEPT_LOOSELY : KEPT_STRICTLY;
}

/* What was shown to differ still does when more is hidden; only what is hidden later has yet to be
 * looked at, and so all are until nothing more is hidden. */
static void guard_all(struct protect *protect, struct search *search, enum kept *kept)
{
	size_t n = count_cells(protect);
	bool *done = (bool *)(void *)(search->moved + n);

	for (bool again = true; again;) {
		again = false;
		for (size_t i = 0; i < n; i++) {
			if (done[i] || !is_secret(protect, cell_at(protect, i)))
				continue;
			kept[i] = guard(protect, search, i);
			done[i] = again = true;
		}
	}
}

/* ---- what need not be hidden ----------------------------------------------------------------- */

static bool keeps_all(struct search *search, const enum kept *kept, size_t *last)
{
	const struct protect *protect = search->protect;
	size_t n = count_cells(protect);

	for (size_t k = 0; k < n; k++) {
		size_t i = (*last + k) % n;
		if (!is_secret(protect, cell_at(protect, i)) || kept[i] == KEPT_NOT)
			continue;
		search->loose = kept[i] == KEPT_LOOSELY;
		if (!can_differ(search, i)) {
			*last = i; /* likely to be the first to fail next time, too */
			return false;
		}
	}
	return true;
}

/* Zeros stay hidden: that some are is what keeps others. */
static size_t next_to_show(const struct protect *protect, const bool *tried)
{
	size_t best = none;

	for (size_t i = 0; i < count_cells(protect); i++) {
		const struct protect_cell *cell = cell_at(protect, i);
		bool further = cell->kind == PROTECT_COUNT && cell->hidden && !cell->small &&
			       !cell->given && !cell->spare && cell->value > 0;
		if (further && !tried[i] &&
			(best == none || cell->value > cell_at(protect, best)->value))
			best = i;
	}
	return best;
}

/* The smallest cell was hidden at each turn, whether or not it was the one that helped. */
static void show_what_can_be(struct protect *protect, struct search *search, const enum kept *kept)
{
	size_t n = count_cells(protect);
	bool *tried = (bool *)(void *)(search->moved + n);
	size_t last = 0;

	memset(tried, 0, n);
	search->spent = 0;
	for (size_t i; search->spent < SHOWING_STEPS_MAX; tried[i] = true) {
		i = next_to_show(protect, tried);
		if (i == none)
			return;
		cell_at(protect, i)->hidden = false;
		if (!keeps_all(search, kept, &last))
			cell_at(protect, i)->hidden = true;
	}
}

static void link_terms(struct protect *protect, size_t *terms_of)
{
	for (size_t t = count_terms(protect); t > 0; t--) {
		struct protect_term *term = term_at(protect, t - 1);
		term->next = terms_of[term->cell];
		terms_of[term->cell] = t;
	}
}

static enum err guard_with_room(struct protect *protect)
{
	size_t n = count_cells(protect), m = count_relations(protect);
	struct search search = {.protect = protect,
		.terms_of = calloc(n + 1, sizeof(size_t)),
		.moved = calloc(2 * n + 1, 1),
		.balance = calloc(m + 1, sizeof(int64_t)),
		.open = calloc(m + 1, sizeof(size_t)),
		.place = calloc(m + 1, sizeof(size_t))};
	enum kept *kept = calloc(n + 1, sizeof(*kept));
	bool room = kept && search.terms_of && search.moved && search.balance && search.open &&
		    search.place;

	if (room) {
		link_terms(protect, search.terms_of);
		guard_all(protect, &search, kept);
		show_what_can_be(protect, &search, kept);
	}
	free(kept);
	free(search.terms_of);
	free(search.moved);
	free(search.balance);
	free(search.open);
	free(search.place);
	return room ? ERR_OK : ERR_NO_MEMORY;
}

enum err protect_solve(struct protect *protect, bool only_small)
{
	if (protect->cells.failed || protect->terms.failed || protect->relations.failed)
		return ERR_NO_MEMORY;
	for (size_t i = 0; i < count_cells(protect); i++) {
		struct protect_cell *cell = cell_at(protect, i);
		if (cell->kind == PROTECT_COUNT && is_small(protect, cell))
			cell->hidden = cell->small = true;
	}
	return only_small ? ERR_OK : guard_with_room(protect);
}
