/* A walk over the facts of all owners, inquiry by inquiry: what every figure is counted from. */
#ifndef SERVICES_REPORTING_WALK_H
#define SERVICES_REPORTING_WALK_H

#include "common/service.h"
#include "services/reporting/rows.h"

enum walk_what {
	WALK_INQUIRIES, /* each inquiry whose receipt is known, dated by it */
	WALK_LEDGER     /* each ledger entry, dated by when it was made */
};

/* Local dates, both inside; 0: no limit. */
struct period {
	int64_t from;
	int64_t until;
};

/* Valid until the next step. */
struct item {
	const char *node; /* the owner */
	struct uuid inquiry;
	const struct inquiry_fact *fact;
	const struct ledger_entry *entry; /* NULL when walking inquiries */
	int64_t at;                       /* what dates it */
	bool historical;
};

/* Holds one row of each tree, whatever the number of rows. */
struct walk {
	struct state state;
	enum walk_what what;
	int64_t least_at;
	int64_t end_at;
	unsigned owner;
	struct state replica; /* of that owner */
	struct uuid from;     /* where to begin in the first owner */
	bool inside;          /* scans are open */
	struct rows facts;
	struct rows ledger;
	struct inquiry_fact fact;
	struct ledger_entry entry;
	struct uuid inquiry; /* of fact */
	bool has_fact;
};

/* Owners in the order of the node's settings, inquiries in the order of their ids. */
void walk_begin(
	struct walk *walk, const struct state *state, enum walk_what what, struct period period);

/* Begins at that inquiry of that owner instead; right after walk_begin. False: no such owner. */
bool walk_seek(struct walk *walk, struct text node, struct uuid inquiry);

/* The next item of the period; false at the end, and after an error, which sticks to the
 * transaction. */
bool walk_next(struct walk *walk, struct item *ret);
void walk_end(struct walk *walk);

#endif
