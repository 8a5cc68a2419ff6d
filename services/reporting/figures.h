/* Figures: a number of things, the values that belong to them, and what a person reads off them.
 * All in whole numbers: the same values give the same bytes. */
#ifndef SERVICES_REPORTING_FIGURES_H
#define SERVICES_REPORTING_FIGURES_H

#include "common/bytes.h"

/* What was counted, and where asked for every value (8 bytes each, sorted once complete). */
struct tally {
	int64_t n;
	int64_t least; /* of the values, when n > 0 */
	bool keep;
	struct buffer values;
};

void tally_init(struct tally *tally, bool keep);
void tally_done(struct tally *tally);
void tally_add(struct tally *tally, int64_t value);
/* Puts the kept values in order. False: they did not fit into memory. */
bool tally_sort(struct tally *tally) MUST_USE;

/* Several tallies seen as one, without ever being put together. */
struct tallies {
	const struct tally *const *at;
	size_t n;
};

/* How many kept values, and the one of that rank (1 .. count) among them; every tally must be
 * sorted. */
int64_t tallies_count(const struct tallies *tallies);
int64_t tallies_rank(const struct tallies *tallies, int64_t rank);

/* Nearest rank (NIST/SEMATECH e-Handbook 7.2.6.2, R-1): the smallest rank such that at least
 * percent of n values lie at or below it. n > 0, percent 1..100. */
int64_t nearest_rank(int64_t n, int percent);

/* part / whole in tenths of a percent, halves rounded up; whole > 0. */
int64_t permille(int64_t part, int64_t whole);
/* Milliseconds in tenths of an hour, halves rounded up; below zero counts as zero. */
int64_t tenths_of_hour(int64_t ms);

/* The same in tenths of a day. */
int64_t tenths_of_day(int64_t ms);

#endif
