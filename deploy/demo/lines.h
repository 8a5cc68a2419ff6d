/* The lines of a file: one command each, as JSON, either at once or held back for shuffling or
 * sorting. */
#ifndef DEPLOY_DEMO_LINES_H
#define DEPLOY_DEMO_LINES_H

#include <stdio.h>

#include "common/schema.h"

struct shuffle;
struct sorting;

struct lines {
	FILE *to;
	struct arena arena;      /* of one line */
	struct shuffle *shuffle; /* one of these, or NULL: lines are written at once */
	struct sorting *sorting;
	enum err err; /* of the first failure; afterwards nothing is done */
};

/* One line. touches: the ids that it names, and a slot that it gives back without naming it. */
struct line {
	const struct schema *command;
	const void *with; /* the command's struct; must be valid */
	int64_t at;       /* 0: a live line has none */
	const char *by;   /* role:id, in letters that JSON need not escape */
	const struct uuid *touches;
	size_t n_touches;
};

/* seed: of the shuffling, NULL for lines in the order given. */
void lines_open(struct lines *lines, FILE *to, const uint64_t *seed);
/* For lines that are not added in order of time, but written so. */
void lines_open_sorted(struct lines *lines, FILE *to);
void lines_add(struct lines *lines, const struct line *line);

/* Writes what was held back and flushes; ERR_SYSTEM, ERR_NO_MEMORY. */
enum err lines_close(struct lines *lines) MUST_USE;

#endif
