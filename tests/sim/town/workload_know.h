/* Inside of what the workload learns from journals: one function an event. */
#ifndef TESTS_SIM_TOWN_WORKLOAD_KNOW_H
#define TESTS_SIM_TOWN_WORKLOAD_KNOW_H

#include "tests/sim/town/workload_private.h"

struct knowing {
	struct workload *w;
	unsigned node;
	const struct record *record;
};

typedef void know_fn(struct knowing *k, const void *event);

enum { BESIDE, OF_PART }; /* does it begin as struct part_head? */

struct know_row {
	schema_fn *type;
	know_fn *know; /* NULL: only the version of the part */
	int of_part;
};

struct know_table {
	const struct know_row *rows;
	size_t n;
};
/* Of the entrance and notification; of the departments. */
extern const struct know_table know_plan;

/* How every event of a part begins. */
struct part_head {
	struct uuid plan, citizen;
	int64_t version;
};

/* What is at the node of the record: there from now on; in that state; over. */
struct thing *know_put(struct knowing *k, enum known what, struct uuid id);
void know_state(struct knowing *k, enum known what, struct uuid id, unsigned state);
void know_end(struct knowing *k, enum known what, struct uuid id);

#endif
