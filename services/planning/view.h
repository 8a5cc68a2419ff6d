/* The one plan as this department may see it: the union of the parts, its own and what it received,
 * folded in a fixed order (departments by name, items in the order of their making), so that two
 * departments that may see the same see the same. */
#ifndef SERVICES_PLANNING_VIEW_H
#define SERVICES_PLANNING_VIEW_H

#include "services/planning/trees.h"

enum err view_show_plan(struct question *q, const void *query, void *ret_reply);

#endif
