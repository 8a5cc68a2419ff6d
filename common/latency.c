/* Numbers in classes. Touches nothing. */
#include "common/latency.h"

#include <string.h>

enum { EXACT = 8, EXACT_BITS = 3, A_DOUBLING = 4 };

static unsigned highest_bit(uint64_t number)
{
	unsigned bit = 0;

	while (number >>= 1)
		bit++;
	return bit;
}

static unsigned class_of(int64_t number)
{
	uint64_t n = number > 0 ? (uint64_t)number : 0;

	if (n < EXACT)
		return (unsigned)n;
	unsigned bit = highest_bit(n);
	unsigned class = EXACT + (bit - EXACT_BITS) * A_DOUBLING + ((n >> (bit - 2)) & 3);
	return class < LATENCY_CLASSES ? class : LATENCY_CLASSES - 1;
}

/* The largest number of a class. */
static int64_t end_of(unsigned class)
{
	if (class < EXACT)
		return class;
	unsigned bit = EXACT_BITS + (class - EXACT) / A_DOUBLING;
	uint64_t quarter = (class - EXACT) % A_DOUBLING;
	return (int64_t)(((quarter + A_DOUBLING + 1) << (bit - 2)) - 1);
}

void latency_add(struct latency *latency, int64_t number, uint32_t times)
{
	latency->n[latency->now][class_of(number)] += times;
}

void latency_turn(struct latency *latency)
{
	latency->now = !latency->now;
	memset(latency->n[latency->now], 0, sizeof(latency->n[0]));
}

uint64_t latency_count(const struct latency *latency)
{
	uint64_t n = 0;

	for (unsigned i = 0; i < LATENCY_CLASSES; i++)
		n += (uint64_t)latency->n[0][i] + latency->n[1][i];
	return n;
}

int64_t latency_at(const struct latency *latency, unsigned permille)
{
	uint64_t all = latency_count(latency), below = 0;
	unsigned i = 0;

	if (all == 0)
		return 0;
	for (; i < LATENCY_CLASSES - 1; i++) {
		below += (uint64_t)latency->n[0][i] + latency->n[1][i];
		if (below * 1000 >= all * permille)
			break;
	}
	return end_of(i);
}
