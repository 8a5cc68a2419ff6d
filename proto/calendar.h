/* The Danish working calendar: public holidays and working days. */
#ifndef PROTO_CALENDAR_H
#define PROTO_CALENDAR_H

#include <stdbool.h>
#include <stdint.h>

/* Easter Sunday of a Gregorian year as yyyymmdd (Meeus, Jones and Butcher). */
int64_t calendar_easter(int year);

/* A public holiday, or another day on which a municipality's desks are closed (Constitution Day,
 * Christmas Eve, New Year's Eve). Store Bededag, the fourth Friday after Easter, was one up to and
 * including 2023 (Act 214 of 2023). Returns the Danish name, NULL on an ordinary day. */
const char *calendar_holiday(int64_t date);

/* Monday to Friday and no holiday. */
bool calendar_is_working_day(int64_t date);

/* The n-th working day after date, n not negative (0: date itself, or the next working day when it
 * is none). */
int64_t calendar_add_working_days(int64_t date, int n);

/* Working days in (from, to], negative when to lies before from. */
int64_t calendar_working_days_between(int64_t from, int64_t to);

#endif
