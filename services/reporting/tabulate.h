/* A report from the facts: one walk counts, then every cell is computed from the counts. */
#ifndef SERVICES_REPORTING_TABULATE_H
#define SERVICES_REPORTING_TABULATE_H

#include "services/reporting/groups.h"

/* What was asked. */
struct selection {
	const struct report_kind *kind;
	struct period period;
	enum dimension by;
};

/* Fills *ret; what it points at lies in the state's arena. Depends on the facts and the selection
 * alone. ERR_LIMIT with reason: too many rows, or too many facts for the memory there is. */
enum err tabulate(struct state *state, const struct selection *selection, struct report *ret,
	struct reason *reason) MUST_USE;

#endif
