/* Seeded chance. Each thing has a stream of its own, named by the seed, a word and a number, so
 * that what becomes of one inquiry does not depend on how many others there are. */
#ifndef DEPLOY_DEMO_CHANCE_H
#define DEPLOY_DEMO_CHANCE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "common/bytes.h"

struct chance {
	uint64_t state;
};

struct chance chance_of(uint64_t seed, const char *what, uint64_t n);

/* Evenly among min..max, both included. */
int64_t chance_between(struct chance *chance, int64_t min, int64_t max);

/* True in so many of a thousand cases. */
bool chance_permille(struct chance *chance, int permille);

/* An index below n, each as often as its weight says; the weights must not all be zero. */
size_t chance_weighted(struct chance *chance, const int *weights, size_t n);

/* A UUIDv7 at ms that always is the same for the same seed, word and number. */
struct uuid chance_uuid(int64_t ms, uint64_t seed, const char *what, uint64_t n);

#endif
