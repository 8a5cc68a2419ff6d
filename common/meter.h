/* How long things took: a clock of microseconds, and histograms in memory. What they count is for
 * operators only; nothing is decided by it. */
#ifndef COMMON_METER_H
#define COMMON_METER_H

#include <stdint.h>

/* Of the machine's steady clock, without a system call. */
int64_t meter_now_us(void);

/* Upper bounds in microseconds, of all histograms; what took longer is in one place more. */
enum { METER_PLACES = 12 };
extern const int64_t meter_bounds_us[METER_PLACES];

struct histogram {
	uint64_t n[METER_PLACES + 1];
	int64_t sum_us;
};
void histogram_add(struct histogram *histogram, int64_t us);
uint64_t histogram_count(const struct histogram *histogram);

#endif
