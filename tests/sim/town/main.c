/* build/sim/town: plays seeds of the simulated town and says what came of it. Writes to standard
 * output. */
#include <getopt.h>
#include <sodium.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "tests/sim/town/play.h"

enum { STEPS = 5000 };

struct arguments {
	struct plan plan;
	bool single, keep;
};

static void usage(void)
{
	puts("usage: build/sim/town [--seeds N] [--from S] [--steps M] [--jobs J]\n"
	     "       build/sim/town --seed X [--steps M] [--without FAULT]... [--mute COMMAND]... "
	     "[--trace] [--keep]\n\n"
	     "Plays seeds, each a town of its own; ends with 1 when something does not hold, or "
	     "when\n"
	     "500 seeds or more were played and a pair of command and fault was never met.\n"
	     "--keep: a failing seed is not shrunk. Faults:");
	for (unsigned i = 0; i < FAULTS; i++)
		printf("  %-13s %s\n", fault_name(i), fault_words(i));
	exit(2);
}

static uint64_t number(const char *text)
{
	char *end;
	unsigned long long value = strtoull(text, &end, 10);

	if (!*text || *end)
		usage();
	return value;
}

static void without(struct sim_options *options, const char *fault)
{
	for (unsigned i = 0; i < FAULTS; i++)
		if (!strcmp(fault, fault_name(i))) {
			options->faults_off |= UINT32_C(1) << i;
			return;
		}
	usage();
}

static void mute(struct sim_options *options, const char *command)
{
	for (size_t i = 0; i < workload_commands() && i < COMMANDS_MAX; i++)
		if (!strcmp(command, workload_command_name(i))) {
			options->commands_off[i] = true;
			return;
		}
	usage();
}

static void take(struct arguments *a, int option)
{
	struct sim_options *options = &a->plan.options;

	switch (option) {
	case 'n':
		a->plan.seeds = number(optarg);
		break;
	case 'f':
		a->plan.from = number(optarg);
		break;
	case 'm':
		options->steps = number(optarg);
		break;
	case 'j':
		a->plan.workers = (unsigned)number(optarg);
		break;
	case 'x':
		options->seed = number(optarg);
		a->single = true;
		break;
	case 'w':
		without(options, optarg);
		break;
	case 'q':
		mute(options, optarg);
		break;
	case 't':
		options->trace = true;
		break;
	case 'k':
		a->keep = true;
		break;
	default:
		usage();
	}
}

static void parse(int argc, char **argv, struct arguments *a)
{
	static const struct option table[] = {{"seeds", required_argument, NULL, 'n'},
		{"from", required_argument, NULL, 'f'}, {"steps", required_argument, NULL, 'm'},
		{"jobs", required_argument, NULL, 'j'}, {"seed", required_argument, NULL, 'x'},
		{"without", required_argument, NULL, 'w'}, {"mute", required_argument, NULL, 'q'},
		{"trace", no_argument, NULL, 't'}, {"keep", no_argument, NULL, 'k'},
		{"help", no_argument, NULL, 'h'}, {NULL, 0, NULL, 0}};
	int option;

	*a = (struct arguments){.plan = {.seeds = 1, .from = 1, .options = {.steps = STEPS}}};
	a->plan.workers = (unsigned)sysconf(_SC_NPROCESSORS_ONLN);
	while ((option = getopt_long(argc, argv, "h", table, NULL)) != -1)
		take(a, option);
	if (optind != argc || a->plan.workers < 1 || a->plan.workers > WORKERS_MAX)
		usage();
	if (a->single) {
		a->plan.from = a->plan.options.seed;
		a->plan.seeds = 1;
	}
	if (a->plan.seeds < a->plan.workers)
		a->plan.workers = (unsigned)a->plan.seeds;
}

static void explain(const struct arguments *a, const struct failure *failure)
{
	struct sim_result *shared = play_share(sizeof(*shared));
	struct sim_options options = a->plan.options;

	options.seed = failure->seed;
	printf("FAILED: seed %llu, step %llu%s: %s\nagain: make sim-replay SEED=%llu STEPS=%llu\n",
		(unsigned long long)failure->seed, (unsigned long long)failure->step,
		failure->healing ? " (healing)" : "", failure->why,
		(unsigned long long)failure->seed, (unsigned long long)options.steps);
	if (a->keep)
		return;
	fflush(stdout);
	shrink(a->plan.layout, &options, shared);
	printf("shrunk: step %llu%s: %s\n", (unsigned long long)shared->step,
		shared->healing ? " (healing)" : "", shared->why);
	print_command(&options);
}

int main(int argc, char **argv)
{
	static struct layout layout;
	static struct played played;
	struct arguments arguments;
	struct timespec from, to;

	parse(argc, argv, &arguments);
	if (sodium_init() < 0)
		return 2;
	layout_prepare(&layout);
	arguments.plan.layout = &layout;
	clock_gettime(CLOCK_MONOTONIC, &from);
	play_all(&arguments.plan, &played);
	clock_gettime(CLOCK_MONOTONIC, &to);
	double seconds =
		(double)(to.tv_sec - from.tv_sec) + (double)(to.tv_nsec - from.tv_nsec) / 1e9;
	bool met = arguments.single ? true : report(&played, seconds);
	for (size_t i = 0; i < played.n_failures; i++)
		explain(&arguments, &played.failures[i]);
	if (played.n_failures)
		return 1;
	puts("nothing that does not hold");
	return met ? 0 : 1;
}
