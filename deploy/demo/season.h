/* How many inquiries a day brings: Mondays more, July and Christmas fewer, closed days hardly any,
 * and growth over the first months after the opening. */
#ifndef DEPLOY_DEMO_SEASON_H
#define DEPLOY_DEMO_SEASON_H

#include "deploy/demo/chance.h"

struct season {
	uint64_t seed;
	int64_t from; /* yyyymmdd, the opening; the last day is until */
	int64_t until;
	int64_t inquiries;
	int64_t total;  /* weight of all days, with their chance */
	int64_t plain;  /* weight of all days, without */
	int64_t passed; /* weight of the days asked for so far */
};

/* Reads every day once; seed, from, until and inquiries are the caller's. */
void season_init(struct season *season);

/* Inquiries of that day. Asked for each day in order, they add up to season->inquiries. */
int64_t season_day(struct season *season, int64_t date);

/* Inquiries to be expected in the seven days from monday on, as staff would plan: without chance.
 */
int64_t season_week(const struct season *season, int64_t monday);

#endif
