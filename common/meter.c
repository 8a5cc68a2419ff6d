/* How long things took. Touches the machine's steady clock. */
#include "common/meter.h"

#include <time.h>

const int64_t meter_bounds_us[METER_PLACES] = {
	100, 250, 500, 1000, 2500, 5000, 10000, 25000, 100000, 500000, 2500000, 10000000};

int64_t meter_now_us(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return (int64_t)t.tv_sec * 1000000 + t.tv_nsec / 1000;
}

void histogram_add(struct histogram *histogram, int64_t us)
{
	unsigned i = 0;

	while (i < METER_PLACES && us > meter_bounds_us[i])
		i++;
	histogram->n[i]++;
	histogram->sum_us += us;
}

uint64_t histogram_count(const struct histogram *histogram)
{
	uint64_t n = 0;

	for (unsigned i = 0; i <= METER_PLACES; i++)
		n += histogram->n[i];
	return n;
}
