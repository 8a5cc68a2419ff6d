/* Time: a clock that can be the machine's or a simulated one, and civil dates. Times are
 * milliseconds since 1970-01-01T00:00:00Z; dates are numbers yyyymmdd of the proleptic Gregorian
 * calendar. Zero means none for both (so a fact cannot be dated to the very first millisecond of
 * 1970). */
#ifndef COMMON_CLOCK_H
#define COMMON_CLOCK_H

#include <stdbool.h>
#include <stdint.h>

#include "common/bytes.h"

#define MS_PER_SECOND INT64_C(1000)
#define MS_PER_MINUTE (60 * MS_PER_SECOND)
#define MS_PER_HOUR (60 * MS_PER_MINUTE)
#define MS_PER_DAY (24 * MS_PER_HOUR)

/* The smallest and largest time that is accepted anywhere: years 1800 to 2199. */
#define TIME_MIN INT64_C(-5364662400000)
#define TIME_MAX INT64_C(7258118399999)

/* now_ms: the wall clock, which may jump; steady_ms: never goes back, of no fixed origin. */
struct clock {
	int64_t (*now_ms)(void *ctx);
	int64_t (*steady_ms)(void *ctx);
	void *ctx;
};

/* The clock of the machine. */
struct clock clock_real(void);

/* A clock that stands still until it is set; *now_ms is read at each call, the caller owns it. */
struct clock clock_simulated(int64_t *now_ms);

int64_t clock_now(const struct clock *clock);
int64_t clock_steady(const struct clock *clock);

/* RFC 3339 section 5.6. Formats UTC with milliseconds only when there are any
 * ("2026-11-22T09:00:00Z"); size at least 32. Parses any offset; fractions beyond milliseconds are
 * cut off. */
void time_format(int64_t ms, char ret[32]);
bool time_parse(const char *s, size_t n, int64_t *ret_ms);

/* "2026-11-22", size at least 16. Parsing refuses days that the month does not have. */
void date_format(int64_t date, char ret[16]);
bool date_parse(const char *s, size_t n, int64_t *ret_date);
bool date_valid(int64_t date);

/* Days since 1970-01-01 and back; weekday 1 = Monday .. 7 = Sunday (ISO 8601). */
int64_t date_to_days(int64_t date);
int64_t date_of_days(int64_t days);
int date_weekday(int64_t date);
int64_t date_add_days(int64_t date, int64_t days);

/* Central European time as in force since 1996 (EU directive 2000/84/EC): summer time from the last
 * Sunday of March to the last Sunday of October, both at 01:00 UTC. The local date of a moment,
 * minutes past local midnight, and the moment of a local date and minute (the first one where it is
 * ambiguous). */
int64_t local_date(int64_t ms);
int local_minute(int64_t ms);
int64_t local_time(int64_t date, int minute);

#endif
