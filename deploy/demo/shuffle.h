/* Lines in a random order that keeps causes before effects: of two lines that touch the same id the
 * earlier one stays before the later one; all others may change places, however far apart. Holds
 * all lines in memory. */
#ifndef DEPLOY_DEMO_SHUFFLE_H
#define DEPLOY_DEMO_SHUFFLE_H

#include <stdio.h>

#include "common/bytes.h"

struct shuffle;

/* NULL when memory is out. */
struct shuffle *shuffle_new(uint64_t seed);
void shuffle_free(struct shuffle *shuffle);

/* Copies the line; ERR_NO_MEMORY. */
enum err shuffle_add(
	struct shuffle *shuffle, const char *text, const struct uuid *touches, size_t n) MUST_USE;

/* Takes again and again one of the lines all of whose causes are written; ERR_SYSTEM,
 * ERR_NO_MEMORY. */
enum err shuffle_write(struct shuffle *shuffle, FILE *to) MUST_USE;

#endif
