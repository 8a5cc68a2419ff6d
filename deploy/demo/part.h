/* One department's part of a course while its lines are written. */
#ifndef DEPLOY_DEMO_PART_H
#define DEPLOY_DEMO_PART_H

#include "deploy/demo/casetexts.h"
#include "deploy/demo/directory.h"

enum { PART_GOALS_MAX = 3, WORKER_BYTES = 32, PART_BY_BYTES = 64 };

struct goal {
	struct uuid id;
	enum life_area area;
	struct scale scale; /* now: goes on with the progress */
	int64_t stated;
	int64_t active;
};

struct part {
	struct course *course;
	struct chance chance;
	struct lines *to;
	char worker[WORKER_BYTES];
	char by[PART_BY_BYTES];
	int64_t opened;
	int64_t ends; /* when it is closed; of one that stays open: after the period */
	enum outcome outcome;
	struct goal goals[PART_GOALS_MAX]; /* the department's own */
	size_t n_goals;
	bool at_once;   /* what is done next is done on the day: help that does not wait */
	unsigned kinds; /* of help towards the first goal, as bits */
};

void part_begin(
	struct part *part, struct course *course, enum department department, struct lines *to);

/* When somebody gets to it, so many days after a moment: later than that, in opening hours, and
 * before the part ends; as late as that allows when there is no room. */
int64_t part_later(struct part *part, int64_t after, int min_days, int max_days);

/* A moment at some permille of the way between two. */
int64_t part_between(int64_t from, int64_t until, int permille);

/* A line of the part; what lies after the period is left out. */
void part_add(struct part *part, const struct schema *command, const void *with, int64_t at);

/* A sentence, in so many of a thousand cases; otherwise none. */
struct text part_text(struct part *part, enum written what, int permille);

#endif
