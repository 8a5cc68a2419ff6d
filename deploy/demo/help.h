/* Goals, the steps and measures towards them, and how far they are. */
#ifndef DEPLOY_DEMO_HELP_H
#define DEPLOY_DEMO_HELP_H

#include "deploy/demo/part.h"

/* One measure. */
struct help {
	struct uuid id;
	enum measure_kind kind;
	int64_t hours;
	int64_t begins; /* when it is first in progress */
	int64_t ends;
	bool soon;   /* it begins within days */
	bool surely; /* it is not given up or stopped, and goes on as long as it can */
};

/* One that is not among these, given as bits. */
enum measure_kind help_kind(struct part *part, unsigned but);

/* Goals in own words, from a moment on; sets the part's. Returns when the last one was stated. */
int64_t help_state_goals(struct part *part, size_t n, int64_t from);

/* A measure of one of the part's goals, added after a moment. */
void help_add(struct part *part, struct help *help, const struct goal *goal, int64_t from);

/* The states that follow `accepted`, from a moment on; begins and ends are set. */
void help_go_on(struct part *part, struct help *help, int64_t from);

/* Marks every few weeks, of an own goal or another department's. */
void help_record_progress(struct part *part, struct goal *goal, int64_t from);

/* What becomes of the goals when the part ends. */
void help_end_goals(struct part *part);

#endif
