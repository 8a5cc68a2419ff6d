/* The kinds of conflicts: a table. A kind is a function that finds its conflicts among what was
 * gathered and one that says them in words; adding a kind is adding a row.
 *
 * A conflict is a relation over periods, not over present states: the order in which facts become
 * known does not matter, and its id, since and until are the same wherever it is found. */
#ifndef SERVICES_PLANNING_CONFLICT_KINDS_H
#define SERVICES_PLANNING_CONFLICT_KINDS_H

#include "services/planning/gathering.h"

enum { CONFLICTS_CONSIDERED = 64, CONFLICT_ITEMS = 16, CONFLICT_DEPARTMENTS = 8 };

struct conflict {
	struct plan_conflict row; /* its lists point into this struct */
	bool own;                 /* an own item takes part */
	bool unbounded;           /* an item takes part that only a consent for everything covers */
	const void *first, *second; /* of a pair, or a silence: what was gathered */
	struct uuid items[CONFLICT_ITEMS];
	struct text departments[CONFLICT_DEPARTMENTS];
	enum life_area areas[SEEN_AREAS];
};

struct conflicts {
	const struct gathered *seen;
	struct conflict *at; /* the weightiest first, then by since and id */
	size_t n;
	bool full;         /* there were more than there is room for */
	int64_t forgotten; /* conflicts that ended before are left out; 0: none are */
};

struct conflict_words; /* conflict_texts.h */

struct conflict_kind_row {
	enum conflict_kind kind;
	enum severity severity;
	void (*find)(struct conflicts *into, const struct conflict_kind_row *kind);
	void (*say)(const struct conflict *conflict, struct conflict_words *words);
};

/* Fills ret->at; seen and forgotten are given. False: no room in the arena. */
bool conflicts_find(struct arena *arena, struct conflicts *ret);

const struct conflict_kind_row *conflict_kind_of(enum conflict_kind kind);

#endif
