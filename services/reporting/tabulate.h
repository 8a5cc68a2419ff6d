/* A report from the facts: one walk counts, then every cell is computed from the counts. */
#ifndef SERVICES_REPORTING_TABULATE_H
#define SERVICES_REPORTING_TABULATE_H

#include "services/reporting/groups.h"
#include "services/reporting/settings.h"

/* What was asked. */
struct selection {
	const struct report_kind *kind;
	struct period period;
	enum dimension by;
	enum report_language language;
};

/* The town's settings. */
const struct reporting_settings *settings_of(const struct state *state);

/* Is the column there with these settings? Money needs a price. */
bool column_exists(const struct column *column, const struct reporting_settings *settings);

/* Fills *ret; what it points at lies in the state's arena. Depends on the facts and the selection
 * and the settings alone. Small counts are suppressed (see suppression.h), in a report that is not
 * divided only when its period is short: from its first day or first fact to its last day, and no
 * longer than the journal positions reach. ERR_LIMIT with reason: too many rows, or too many facts
 * for the memory there is. */
enum err tabulate(struct state *state, const struct selection *selection, struct report *ret,
	struct reason *reason) MUST_USE;

#endif
