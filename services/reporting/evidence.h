/* The events behind a figure, in parts. */
#ifndef SERVICES_REPORTING_EVIDENCE_H
#define SERVICES_REPORTING_EVIDENCE_H

#include "services/reporting/tabulate.h"

/* One figure of a report: a row (grouping dimension_none: the total) and a column. */
struct figure {
	struct selection selection;
	struct grouping grouping;
	int64_t key;
	const struct column *column;
};

/* after NULL: from the first on. */
struct evidence_page {
	const struct report_cursor *after;
	size_t limit;
};

/* One page of events; ret->next is set when there are more. What
 * *ret points at lies in the state's arena. ERR_NOT_FOUND: after names no node that is followed. */
enum err evidence_list(struct state *state, const struct figure *figure,
	const struct evidence_page *page, struct report_event_list *ret) MUST_USE;

#endif
