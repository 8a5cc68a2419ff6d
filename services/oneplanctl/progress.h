/* How far an import is: a bar that is drawn over itself on a terminal, otherwise a line now and
 * then. */
#ifndef SERVICES_ONEPLANCTL_PROGRESS_H
#define SERVICES_ONEPLANCTL_PROGRESS_H

#include <stdio.h>

#include "common/bytes.h"

struct progress {
	FILE *out; /* NULL: silent */
	bool terminal;
	int64_t bytes; /* of the whole; 0: not known */
	int64_t began; /* steady ms */
	int64_t shown;
	bool drawn; /* a bar stands on the terminal's line */
};

struct progress_state {
	int64_t now; /* steady ms */
	int64_t bytes;
	uint64_t lines;
	const char *note; /* what it waits for; NULL: nothing */
};

enum { PROGRESS_TEXT = 128 };

/* `[#####     ]  42%  1234567 lines  45678/s  0:12 left`; size of ret: PROGRESS_TEXT. */
void progress_text(const struct progress *progress, const struct progress_state *state,
	char ret[PROGRESS_TEXT]);

/* Shows it, when it is time again: ten times a second on a terminal, otherwise every second. */
void progress_show(struct progress *progress, const struct progress_state *state);
/* Takes the bar away, so that something else can be written. */
void progress_clear(struct progress *progress);

#endif
