/* A walk over the facts of all owners, item by item: what every figure is counted from. */
#ifndef SERVICES_REPORTING_WALK_H
#define SERVICES_REPORTING_WALK_H

#include "common/service.h"
#include "services/reporting/departments.h"
#include "services/reporting/rows.h"

enum walk_what {
	WALK_INQUIRIES, /* each inquiry whose receipt is known, dated by it */
	WALK_LEDGER,    /* each ledger entry, dated by when it was made */
	WALK_STAGES     /* what the report's stages make of rows */
};

/* Local dates, both inside; 0: no limit. */
struct period {
	int64_t from;
	int64_t until;
};

enum { REFERENCES_MAX = 40, MOMENTS_MAX = 3 };

/* One event behind an item, in the journal of node; bit: of which kind of evidence it is. */
struct reference {
	const char *node;
	int64_t seq;
	enum fact_event type;
	int64_t at;
	struct uuid entity;
	struct uuid inquiry; /* nil: it is about none */
	unsigned bit;
};

/* Valid until the next step. */
struct item {
	const char *node;                 /* the owner in whose facts it was met */
	struct uuid id;                   /* of the inquiry, part, person, goal, ... */
	const struct inquiry_fact *fact;  /* NULL in stages */
	const struct ledger_entry *entry; /* only when walking the ledger */
	int64_t at;                       /* what dates it */
	bool historical;
	/* only in stages, and what a join adds */
	bool further;                 /* another moment of what was counted already */
	unsigned flags;               /* the report's own */
	int64_t value;                /* a time or a change */
	int64_t area;                 /* life area, 0: not known */
	int64_t channel;              /* 0: not known */
	int64_t department;           /* see departments.h */
	struct reference *references; /* room for REFERENCES_MAX */
	size_t n_references;
};

/* What a stage may look at: all owners, and the one whose row it is. */
struct view {
	struct state *state;
	unsigned owner;
	const struct departments *departments;
	int64_t least_at; /* of the period; INT64_MIN: no limit */
	int64_t end_at;   /* the first moment after it; INT64_MAX */
};

/* A tree of one owner after the other, and what its rows are in a report: up to MOMENTS_MAX items,
 * each dated by itself. A tree without rows is walked by the first id of its keys, each once. */
struct stage {
	unsigned tree;
	size_t (*fill)(const struct view *view, struct uuid id, const void *row,
		struct item ret[MOMENTS_MAX]);
};

/* What is walked. join: adds to an inquiry what other trees know of it; or NULL. */
struct course {
	enum walk_what what;
	const struct stage *stages;
	size_t n_stages;
	void (*join)(const struct view *view, struct item *item);
};

/* Holds one row of each tree, whatever the number of rows. */
struct walk {
	struct state state;
	const struct course *course;
	struct departments departments;
	int64_t least_at;
	int64_t end_at;
	size_t stage;
	unsigned owner;
	struct state replica; /* of that owner */
	struct uuid from;     /* where to begin in the first owner */
	bool inside;          /* scans are open */
	struct rows facts;
	struct rows ledger;
	struct inquiry_fact fact;
	struct ledger_entry entry;
	struct uuid id; /* of fact, or of the row of a stage */
	bool has_fact;
	struct item moments[MOMENTS_MAX];
	size_t n_moments, next_moment;
	struct reference references[MOMENTS_MAX][REFERENCES_MAX]; /* of the moments */
};

/* Owners in the order of the node's settings, items in the order of their ids. */
void walk_begin(struct walk *walk, const struct state *state, const struct course *course,
	struct period period);

/* Where a walk can go on. */
struct place {
	struct text node;
	int64_t stage;
	struct uuid id;
};

/* Begins there instead; right after walk_begin. False: no such owner or stage. */
bool walk_seek(struct walk *walk, const struct place *place);

/* The next item of the period; false at the end, and after an error, which sticks to the
 * transaction. */
bool walk_next(struct walk *walk, struct item *ret);
void walk_end(struct walk *walk);

/* For stages: one more event behind the item. More than REFERENCES_MAX are left out. */
void item_refer(struct item *item, const struct reference *reference);

/* A row of one owner, by its id. */
bool view_get(const struct view *view, unsigned owner, unsigned tree, struct uuid id, void *ret);
const char *view_node(const struct view *view, unsigned owner);
/* The inquiry's facts, whichever owner has them. */
bool view_inquiry(const struct view *view, struct uuid inquiry, unsigned *ret_owner,
	struct inquiry_fact *ret);
/* When the last record of the present owner that is known here was written down; 0: none is. What
 * time alone changes is judged by it: the clock would give the same positions other figures. */
int64_t view_known_at(const struct view *view);
/* Has an owner before the present one that row? What several owners know is counted at the first.
 */
bool view_before(const struct view *view, unsigned tree, struct uuid id);

#endif
