/* Makes a failing run smaller while it still fails, whatever it then fails of. Touches nothing but
 * processes. */
#include "tests/sim/town/play.h"

#include <stdio.h>

struct shrinking {
	const struct layout *layout;
	struct sim_options *options;
	struct sim_result *shared;
};

static bool fails(struct shrinking *s)
{
	play_one(s->layout, s->options, s->shared);
	return s->shared->failed;
}

/* A run that fails behind its last step, while it heals, may need fewer of them. */
static void shrink_steps(struct shrinking *s)
{
	uint64_t good = 0, bad = s->options->steps;

	if (!s->shared->healing && s->shared->step < bad)
		bad = s->shared->step;
	while (good + 1 < bad) {
		s->options->steps = good + (bad - good) / 2;
		if (fails(s)) {
			bad = s->options->steps;
			if (!s->shared->healing && s->shared->step < bad)
				bad = s->shared->step;
		} else {
			good = s->options->steps;
		}
	}
	s->options->steps = bad;
	if (!fails(s)) /* it is not always so that more steps fail when fewer do */
		s->options->steps++;
}

static void shrink_faults(struct shrinking *s)
{
	for (unsigned i = 0; i < FAULTS; i++) {
		uint32_t before = s->options->faults_off;
		s->options->faults_off |= UINT32_C(1) << i;
		if (before != s->options->faults_off && !fails(s))
			s->options->faults_off = before;
	}
}

static void shrink_commands(struct shrinking *s)
{
	for (size_t i = 0; i < workload_commands() && i < COMMANDS_MAX; i++) {
		if (s->options->commands_off[i])
			continue;
		s->options->commands_off[i] = true;
		if (!fails(s))
			s->options->commands_off[i] = false;
	}
}

void shrink(const struct layout *layout, struct sim_options *options, struct sim_result *shared)
{
	struct shrinking s = {layout, options, shared};

	options->trace = false;
	if (!fails(&s)) {
		puts("played again it does not fail: the simulator itself is at fault");
		return;
	}
	shrink_steps(&s);
	shrink_faults(&s);
	shrink_commands(&s);
	shrink_steps(&s);
	if (!fails(&s))
		puts("shrunk it does not fail any more: play the whole seed");
}

void print_command(const struct sim_options *options)
{
	printf("build/sim/town --seed %llu --steps %llu", (unsigned long long)options->seed,
		(unsigned long long)options->steps);
	for (unsigned i = 0; i < FAULTS; i++)
		if (options->faults_off >> i & 1U)
			printf(" --without %s", fault_name(i));
	for (size_t i = 0; i < workload_commands() && i < COMMANDS_MAX; i++)
		if (options->commands_off[i])
			printf(" --mute %s", workload_command_name(i));
	puts(" --trace");
}
