/* Facts from what departments say of their parts: one row for each part, and when help began in it.
 *
 * 1. A part in a plan in which the department has an open one goes on as that one: so does a
 * provisional part that is joined to it, and so does the part itself when it is opened under
 * another id. Each counts once.
 * 2. A provisional part that is joined moves to the plan and to the citizen of that plan. */
#ifndef SERVICES_REPORTING_FACTS_PARTS_H
#define SERVICES_REPORTING_FACTS_PARTS_H

#include "services/reporting/facts.h"
#include "services/reporting/rows.h"

/* The department's newest part in that plan; False: none is known. */
bool parts_of_plan(
	struct state *state, struct uuid plan, struct uuid *ret_part, struct part_fact *ret);

extern facts_apply facts_apply_part_opened, facts_apply_part_extended, facts_apply_part_joined,
	facts_apply_support_expected, facts_apply_part_closed, facts_apply_measure_state_set;

#endif
