/* Which counts of a report are hidden: its tables, and what anybody knows of them, as protect.h
 * wants them.
 *
 * What is known: rows of a section add up to the total (those of an overlapping one to no less,
 * each to no more); the relations of the report's table hold in every row; a share gives away what
 * its whole has beyond its part. */
#ifndef SERVICES_REPORTING_SUPPRESSION_H
#define SERVICES_REPORTING_SUPPRESSION_H

#include "services/reporting/groups.h"
#include "services/reporting/protect.h"

/* A report as it was counted. */
struct counted {
	const struct report_kind *kind;
	const struct section *sections;
	size_t n;
	const struct section *total;
	bool from_the_beginning; /* the period has no first day */
	bool total_is_public;
};

enum { SUPPRESSION_TOTAL = -1, SECTIONS_MAX = 6 };

struct suppression {
	const struct counted *counted;
	struct protect sections[SECTIONS_MAX];
	struct protect
		of_total; /* the total alone: what it hides, it hides however it is divided */
	bool on;
};

/* limit 0: hides nothing. ERR_NO_MEMORY. suppression_done also after an error. */
enum err suppression_of(struct suppression *ret, const struct counted *counted, int64_t limit,
	bool only_small) MUST_USE;
void suppression_done(struct suppression *suppression);

/* section: its number, or SUPPRESSION_TOTAL. */
bool suppression_hides(const struct suppression *suppression, long section, size_t group,
	const struct column *column);

#endif
