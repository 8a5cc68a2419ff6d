/* How often which number came up lately, in classes that grow with the number: a fixed size,
 * whatever comes. For latencies.
 *
 * 0 to 7 have a class each; above, each doubling has four, so a number that is read back is at most
 * a quarter too large, and never too small. What came up is kept for one period and the one after,
 * whose lengths the caller decides. */
#ifndef COMMON_LATENCY_H
#define COMMON_LATENCY_H

#include <stdint.h>

enum { LATENCY_CLASSES = 160 };

struct latency {
	uint32_t n[2][LATENCY_CLASSES]; /* of this period, and of the one before */
	unsigned now;                   /* which is which */
};

/* Zeroed it is empty. Negative numbers count as 0. */
void latency_add(struct latency *latency, int64_t number, uint32_t times);
/* A new period begins: what came up before the last one is forgotten. */
void latency_turn(struct latency *latency);
uint64_t latency_count(const struct latency *latency);
/* So many of a thousand are not above the number returned; 0 when there are none. */
int64_t latency_at(const struct latency *latency, unsigned permille);

#endif
