/* A town's entrance over a period: the calendar that drives the stories. */
#ifndef DEPLOY_DEMO_YEAR_H
#define DEPLOY_DEMO_YEAR_H

#include "deploy/demo/directory.h"

struct period {
	uint64_t seed;
	int64_t inquiries;
	int64_t from; /* the opening, yyyymmdd; of live lines: today */
	int64_t until;
};

/* Where a year goes: the entrance's lines, and a directory for casework, or NULL. */
struct outlet {
	struct lines *lines;
	struct directory *directory;
};

/* Adds exactly so many inquiries from the opening to the end of the last day, and all that becomes
 * of them by then, in order of time. Keeps in memory the open inquiries, those who will come again
 * and the times of the coming weeks. ERR_NO_MEMORY; failures of the lines stay with the lines. */
enum err year_write(const struct period *period, const struct outlet *to) MUST_USE;

/* Adds times from the day after `from` on and so many inquiries, all without `at`, for an entrance
 * that is running. The same day gives the same lines. */
enum err year_write_live(const struct period *period, struct lines *lines) MUST_USE;

#endif
