/* Hides cells of a table of counts so that no hidden count can be computed from what is shown and
 * from the relations that anybody knows; about numbers only, not about reports.
 *
 * 1. Counts from 1 to below the limit are hidden; zeros stay, unless nothing else is left to hide.
 * 2. Further cells are hidden, those that nobody misses first and then the smallest, until for
 * every hidden count there is another table that fits all that is shown, in which that count is
 * another one. In that table hidden counts are at least 1, and those hidden for being small are
 * below the limit: so they are not given away to who guesses which is which.
 * 3. Of these further cells none is left hidden, the largest first, that could be shown without
 * breaking 2, as far as the steps for looking suffice.
 * 4. What the reader knows anyway is never hidden, and protects nothing. */
#ifndef SERVICES_REPORTING_PROTECT_H
#define SERVICES_REPORTING_PROTECT_H

#include "common/bytes.h"

enum protect_kind {
	PROTECT_COUNT,  /* shown unless it is hidden */
	PROTECT_PUBLIC, /* known to everybody, however small */
	PROTECT_REST,   /* never shown, but a figure to be protected: what a whole has beyond a part
			 */
	PROTECT_SLACK   /* never shown, and no secret */
};

struct protect_cell {
	int64_t value;
	enum protect_kind kind;
	bool hidden;
	bool small; /* hidden for being small */
	bool spare; /* nobody misses it */
	bool given; /* hidden elsewhere, and so here */
};

/* One term of a relation: the sum of sign times cell is 0. */
struct protect_term {
	size_t cell;
	int64_t sign;
	size_t relation;
	size_t next; /* the next term of the same cell, and 1; 0: none */
};

struct protect {
	int64_t limit;
	struct buffer cells;     /* struct protect_cell */
	struct buffer terms;     /* struct protect_term, relation by relation */
	struct buffer relations; /* size_t: the first term of each */
};

void protect_init(struct protect *protect, int64_t limit);
void protect_done(struct protect *protect);

/* Returns its number: 0, 1, 2, ... */
size_t protect_add(struct protect *protect, enum protect_kind kind, int64_t value);
/* Hides a cell from the start, because it is hidden elsewhere. */
void protect_hide(struct protect *protect, size_t cell);
/* Of several that could be hidden this one goes first: no figure shows it by itself. */
void protect_spare(struct protect *protect, size_t cell);
/* Opens a relation; its terms follow. */
void protect_relate(struct protect *protect);
void protect_term(struct protect *protect, size_t cell, int64_t sign);

/* only_small: hides small counts and nothing else. ERR_NO_MEMORY. */
enum err protect_solve(struct protect *protect, bool only_small) MUST_USE;
bool protect_hides(const struct protect *protect, size_t cell);

#endif
