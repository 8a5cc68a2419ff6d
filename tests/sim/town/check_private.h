/* Inside of town_check: one model for each theme, fed by the journals as they grow. */
#ifndef TESTS_SIM_TOWN_CHECK_PRIVATE_H
#define TESTS_SIM_TOWN_CHECK_PRIVATE_H

#include "tests/sim/town/workload_private.h"

/* A growing list of equal items. */
struct grown {
	void *at;
	size_t n, size;
};
/* The next item, zeroed; never NULL. */
void *grown_add(struct grown *list, size_t item_bytes);

struct town_check {
	struct news news;
	char wrong[400]; /* empty: all is well */
	const struct town_view *view;
	struct arena *arena;
	/* what each node (first index) had of each other one when it was looked at before */
	uint64_t before[NODES_MAX][NODES_MAX], now[NODES_MAX][NODES_MAX];
	struct grown parts;
	bool went_back[NODES_MAX];  /* it was put back to an earlier state at some time */
	uint64_t retold[NODES_MAX]; /* what it had written up to here was judged before that */
	struct grown slots, inquiries, work;
	struct grown messages;
	struct grown erased, ids;
	struct grown consents, laws, items, informants;
	struct grown written, referrals, dropped;
	int64_t aside[NODES_MAX][NODES_MAX]; /* how many lay aside at the last look */
	bool any_back;
	const struct engine *engines[NODES_MAX]; /* as they were at the last look */
	int64_t heard[NODES_MAX]; /* when each had heard of the entrance, at the last look */
};

/* The first one stands. */
void wrong(struct town_check *check, const char *format, ...) __attribute__((format(printf, 2, 3)));

/* A new record of a node, with its event. */
struct seen {
	struct town_check *check;
	unsigned node;
	const struct record *record;
};
typedef void seen_fn(struct seen *s, const void *event);

struct seen_row {
	schema_fn *type;
	seen_fn *see;
};
struct seen_table {
	const struct seen_row *rows;
	size_t n;
	/* of every type, after the one of its type; or NULL */
	seen_fn *every;
	/* the node was put back: what is known of its journal is told again; or NULL */
	void (*back)(struct town_check *check, unsigned node);
	/* when all that is new was seen; or NULL */
	void (*looked)(struct town_check *check);
	/* everything has healed; or NULL */
	void (*healed)(struct town_check *check);
};
extern const struct seen_table seen_parts, seen_entrance, seen_messages, seen_erasure, seen_sharing,
	seen_order;

#define SEEN_ROWS(rows_) .rows = (rows_), .n = sizeof(rows_) / sizeof((rows_)[0])

/* How every event of a part begins. */
struct of_part {
	struct uuid plan, citizen;
	int64_t version;
};
/* Is it such an event of a department? */
bool is_of_part(const struct seen *s);

/* The node was put back behind it, and it was judged before. */
bool is_retold(const struct seen *s);

/* By name; TOWN_NODES: no node of the town. */
unsigned town_node_named(struct text name);
const char *town_node_name(unsigned node);
/* The index of an owner at a follower; -1: it does not follow it. */
int owner_index(const struct town_view *view, unsigned node, unsigned owner);
/* It knows that record of that node: received and not set aside. Since the last look it surely knew
 * it all the time, or it may have for some time; or it knows it now. */
enum when { SURELY, PERHAPS, NOW };
bool node_knows(
	struct town_check *check, unsigned node, unsigned owner, uint64_t seq, enum when when);

/* An operator of the node dropped that record of that owner. */
bool node_dropped(const struct town_check *check, unsigned node, unsigned owner, uint64_t seq);

/* Two letters each byte of the first eight. */
struct short_id {
	char text[20];
};
struct short_id short_of(struct uuid id);
#define SHORT(id_) (short_of(id_).text)

#endif
