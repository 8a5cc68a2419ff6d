/* What one inquiry costs when few and when many are stored: the entrance of entrance.h, 64 requests
 * a commit. Prints a table; writes below the directory given as its argument.
 *
 * usage: oneplan-bench-growth DIR [small [large [measured]]]     10,000 and 3,000,000 stored, and
 * 20,000 more each time, unless told otherwise
 */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>

#include "tests/bench/cost.h"
#include "tests/bench/entrance.h"

enum { IN_FLIGHT = 64 };

static void measure(struct entrance *e, uint64_t measured, double *ret_cpu_us)
{
	const struct clock clock = clock_real();
	struct store_usage usage;
	const struct cost cost = cost_of("self");
	int64_t begun = clock_steady(&clock);
	uint64_t before = e->stored;

	while (e->stored < before + measured)
		entrance_receive(e, IN_FLIGHT);
	double n = (double)(e->stored - before), ms = (double)(clock_steady(&clock) - begun);
	const struct cost now = cost_of("self");
	*ret_cpu_us = (now.cpu_us - cost.cpu_us) / n;
	store_usage(e->store, &usage);
	printf("%12" PRIu64 " %14.1f %14.1f %12.0f %14.0f %12.0f\n", before, ms * 1e3 / n,
		*ret_cpu_us, n / ms * 1e3, (now.written - cost.written) / n,
		(double)usage.used_bytes / (double)e->stored);
	fflush(stdout);
}

int main(int argc, char **argv)
{
	uint64_t small = argc > 2 ? strtoull(argv[2], NULL, 10) : 10000;
	uint64_t large = argc > 3 ? strtoull(argv[3], NULL, 10) : 3000000;
	uint64_t measured = argc > 4 ? strtoull(argv[4], NULL, 10) : 20000;
	static struct entrance entrance;
	double few, many;

	if (argc < 2) {
		fprintf(stderr, "usage: %s DIR [small [large [measured]]]\n", argv[0]);
		return 2;
	}
	entrance_open(&entrance, argv[1]);
	printf("%12s %14s %14s %12s %14s %12s\n", "stored", "us/inquiry", "cpu us/inq.",
		"inquiries/s", "bytes written", "bytes kept");
	while (entrance.stored < small)
		entrance_receive(&entrance, IN_FLIGHT);
	measure(&entrance, measured, &few);
	while (entrance.stored < large)
		entrance_receive(&entrance, IN_FLIGHT);
	measure(&entrance, measured, &many);
	printf("processor time per inquiry at %" PRIu64 " stored is %.2f times that at %" PRIu64
	       "\n",
		large, many / few, small);
	entrance_close(&entrance);
	return 0;
}
