/* Durations, sizes and times as people read them; the texts lie in the arena and are "" when it is
 * full. */
#ifndef SERVICES_ONEPLANCTL_AMOUNTS_H
#define SERVICES_ONEPLANCTL_AMOUNTS_H

#include "common/bytes.h"

/* 0 ms, 850 ms, 3.2 s, 12 min, 5.1 h, 3.4 d */
const char *amount_of_ms(struct arena *arena, int64_t ms);
/* 512 B, 1.5 KiB, 12.0 MiB */
const char *amount_of_bytes(struct arena *arena, int64_t bytes);
/* 2026-11-22 10:45:03, local time; 0 is "" */
const char *amount_of_time(struct arena *arena, int64_t ms);
/* 10:45:03, local time */
const char *amount_of_clock(struct arena *arena, int64_t ms);
/* 10:45:03.123, local time */
const char *amount_of_time_of_day(struct arena *arena, int64_t ms);
/* 1234567 */
const char *amount_of_count(struct arena *arena, int64_t n);
/* Per second, of thousandths a second: 0/s, 0.4/s, 12/s, 3.4k/s, 1.2M/s */
const char *amount_of_rate(struct arena *arena, int64_t milli);

#endif
