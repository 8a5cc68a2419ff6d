/* Numbers in classes. Touches nothing. */
#include "common/histogram.h"

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
	return class < HISTOGRAM_CLASSES ? class : HISTOGRAM_CLASSES - 1;
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

void histogram_add(struct histogram *histogram, int64_t number, uint32_t times)
{
	histogram->n[histogram->now][class_of(number)] += times;
}

void histogram_turn(struct histogram *histogram)
{
	histogram->now = !histogram->now;
	memset(histogram->n[histogram->now], 0, sizeof(histogram->n[0]));
}

uint64_t histogram_count(const struct histogram *histogram)
{
	uint64_t n = 0;

	for (unsigned i = 0; i < HISTOGRAM_CLASSES; i++)
		n += (uint64_t)histogram->n[0][i] + histogram->n[1][i];
	return n;
}

int64_t histogram_at(const struct histogram *histogram, unsigned permille)
{
	uint64_t all = histogram_count(histogram), below = 0;
	unsigned i = 0;

	if (all == 0)
		return 0;
	for (; i < HISTOGRAM_CLASSES - 1; i++) {
		below += (uint64_t)histogram->n[0][i] + histogram->n[1][i];
		if (below * 1000 >= all * permille)
			break;
	}
	return end_of(i);
}
