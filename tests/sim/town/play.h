/* Playing seeds in processes of their own, so that each begins anew and none ends the others. */
#ifndef TESTS_SIM_TOWN_PLAY_H
#define TESTS_SIM_TOWN_PLAY_H

#include "tests/sim/town/sim.h"

/* Memory that processes share; zeroed. */
void *play_share(size_t n);

/* Plays one seed in a child; a signal or too long a time is a failure, too. */
void play_one(
	const struct layout *layout, const struct sim_options *options, struct sim_result *shared);

struct failure {
	uint64_t seed, step;
	bool healing;
	char why[1500];
};

enum { FAILURES_MAX = 8, WORKERS_MAX = 64 };
struct played {
	struct sim_counts counts;
	struct failure failures[FAILURES_MAX];
	size_t n_failures;
};
struct plan {
	const struct layout *layout;
	struct sim_options options; /* but the seed */
	uint64_t from, seeds;
	unsigned workers;
};
/* Plays seeds until all are played or one has failed. */
void play_all(const struct plan *plan, struct played *ret);

/* shrink.c: fewer steps, fewer kinds of faults, fewer commands, as long as it still fails. */
void shrink(const struct layout *layout, struct sim_options *options, struct sim_result *shared);
/* How to play that again. */
void print_command(const struct sim_options *options);

enum { JUDGED_FROM = 500 };
/* report.c; false: a pair of command and fault was never met. */
bool report(const struct played *played, double seconds);

#endif
