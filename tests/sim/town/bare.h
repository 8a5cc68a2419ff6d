/* A town without daemons: six bare engines on stores in memory that hand each other batches, one
 * after another. What the workload and the checks are tried on. */
#ifndef TESTS_SIM_TOWN_BARE_H
#define TESTS_SIM_TOWN_BARE_H

#include "tests/sim/town/workload.h"

struct bare;
struct bare *bare_new(uint64_t seed);
void bare_free(struct bare *bare);

int64_t *bare_clock(struct bare *bare);
void bare_view(struct bare *bare, struct town_view *ret);

/* Says it; *ret_reply lies in the arena, NULL unless the status is ERR_OK. */
enum err bare_say(
	struct bare *bare, const struct deed *deed, struct arena *arena, const void **ret_reply);
/* Why the last one was refused. */
const struct reason *bare_reason(const struct bare *bare);

/* One batch of at most so many records from one node to another. */
void bare_deliver(struct bare *bare, unsigned from, unsigned to, size_t max);
/* Until nobody lacks anything. */
void bare_settle(struct bare *bare);
/* What is due. */
void bare_tick(struct bare *bare);
/* Ends a node without warning and starts it again. */
void bare_restart(struct bare *bare, unsigned node);

#endif
