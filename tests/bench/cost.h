/* What running has cost a process so far. */
#ifndef TESTS_BENCH_COST_H
#define TESTS_BENCH_COST_H

struct cost {
	double cpu_us;  /* in steps of a clock tick */
	double written; /* bytes handed to write calls */
	double stored;  /* bytes that went to the disk: whole folios, as the kernel counts them */
};

/* pid: as in /proc, "self" too. Zeros when it cannot be read. */
struct cost cost_of(const char *pid);

#endif
