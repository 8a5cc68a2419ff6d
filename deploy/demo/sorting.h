/* Lines held back until all are there, then written in order of time; of equal times the one added
 * first comes first. Holds all lines in memory. */
#ifndef DEPLOY_DEMO_SORTING_H
#define DEPLOY_DEMO_SORTING_H

#include <stdio.h>

#include "common/bytes.h"

struct sorting;

/* NULL when memory is out. */
struct sorting *sorting_new(void);
void sorting_free(struct sorting *sorting);

/* Copies the line; ERR_NO_MEMORY. */
enum err sorting_add(struct sorting *sorting, int64_t at, const char *text) MUST_USE;

/* ERR_SYSTEM. */
enum err sorting_write(struct sorting *sorting, FILE *to) MUST_USE;

#endif
