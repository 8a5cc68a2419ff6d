/* Lists of the department: its plans, and what waits in them. */
#ifndef SERVICES_PLANNING_LISTS_H
#define SERVICES_PLANNING_LISTS_H

#include "services/planning/trees.h"

/* Staff of this department; operators' clients see no personal field anyway. ERR_DENIED naming
 * actor.department. */
enum err lists_check_actor(struct question *q) MUST_USE;

enum err lists_plans(struct question *q, const void *query, void *ret_reply);
enum err lists_work(struct question *q, const void *query, void *ret_reply);

#endif
