/* Sections of a report while it is counted: groups of items with a tally for each measure. */
#ifndef SERVICES_REPORTING_GROUPS_H
#define SERVICES_REPORTING_GROUPS_H

#include "services/reporting/figures.h"
#include "services/reporting/reports.h"

struct group {
	int64_t key;
	struct tally tallies[MEASURES_MAX];
};

/* Groups in the order of their keys. Of a grouping with words every word has its group from the
 * start, so that a report of one year has the rows of another; of months those between the first
 * and the last. */
struct section {
	const struct report_kind *kind;
	const struct grouping *grouping;
	bool keep; /* values, for measures that want them */
	struct group *groups;
	size_t n;
	size_t size;
	enum err err; /* the first thing that went wrong; then nothing more is counted */
};

void section_init(struct section *section, const struct report_kind *kind,
	const struct grouping *grouping, bool keep);
void section_done(struct section *section);

/* Counts the item in each group that it belongs to. */
void section_count(struct section *section, const struct item *item);

/* Completes the months and puts values in order. ERR_LIMIT: more than MONTHS_MAX months;
 * ERR_NO_MEMORY. */
enum err section_finish(struct section *section) MUST_USE;

#endif
