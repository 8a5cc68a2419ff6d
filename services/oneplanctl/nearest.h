/* What somebody may have meant who mistyped a word. */
#ifndef SERVICES_ONEPLANCTL_NEAREST_H
#define SERVICES_ONEPLANCTL_NEAREST_H

#include <stddef.h>

enum { NEAREST_LONGEST = 48 };

/* The search; begin with word set and the rest zero. */
struct nearest {
	const char *word;
	const char *best; /* NULL: nothing is near */
	size_t distance;
};

/* Considers a name: nearer than the best one so far, and near at all: about one letter in three
 * wrong, missing, too many or exchanged with its neighbour, or its beginning. The name must live as
 * long as the search. */
void nearest_try(struct nearest *nearest, const char *name);

#endif
