/* The states of items, and which may follow which: tables.
 *
 *      goal: proposed --> accepted --> active <--> on_hold;  proposed --> rejected;
 *            active --> completed;  every state that is not an end --> cancelled
 *      measure: proposed --> accepted --> scheduled --> in_progress --> completed | stopped;
 *            accepted --> in_progress;  before it began --> cancelled
 *      appointment: booked --> booked (moved) | kept | missed | cancelled
 *      review: planned --> held | cancelled */
#ifndef SERVICES_PLANNING_STATES_H
#define SERVICES_PLANNING_STATES_H

#include "services/planning/trees.h"

bool goal_may_become(enum goal_state from, enum goal_state to);
bool measure_may_become(enum measure_state from, enum measure_state to);
bool appointment_may_become(enum appointment_state from, enum appointment_state to);
bool review_may_become(enum review_state from, enum review_state to);

#endif
