/* The state machines. Touches nothing. */
#include "services/planning/states.h"

#define GOAL(state_) (1U << goal_state_##state_)
#define MEASURE(state_) (1U << measure_state_##state_)
#define APPOINTMENT(state_) (1U << appointment_state_##state_)
#define REVIEW(state_) (1U << review_state_##state_)

static const unsigned goal_next[goal_state_end] = {
	[goal_state_proposed] = GOAL(accepted) | GOAL(rejected) | GOAL(cancelled),
	[goal_state_accepted] = GOAL(active) | GOAL(cancelled),
	[goal_state_active] = GOAL(on_hold) | GOAL(completed) | GOAL(cancelled),
	[goal_state_on_hold] = GOAL(active) | GOAL(cancelled),
};

static const unsigned measure_next[measure_state_end] = {
	[measure_state_proposed] = MEASURE(accepted) | MEASURE(cancelled),
	[measure_state_accepted] = MEASURE(scheduled) | MEASURE(in_progress) | MEASURE(cancelled),
	[measure_state_scheduled] = MEASURE(in_progress) | MEASURE(cancelled),
	[measure_state_in_progress] = MEASURE(completed) | MEASURE(stopped),
};

static const unsigned appointment_next[appointment_state_end] = {
	[appointment_state_booked] = APPOINTMENT(booked) | APPOINTMENT(kept) | APPOINTMENT(missed) |
				     APPOINTMENT(cancelled),
};

static const unsigned review_next[review_state_end] = {
	[review_state_planned] = REVIEW(held) | REVIEW(cancelled),
};

bool goal_may_become(enum goal_state from, enum goal_state to)
{
	return (goal_next[from] >> to) & 1;
}

bool measure_may_become(enum measure_state from, enum measure_state to)
{
	return (measure_next[from] >> to) & 1;
}

bool appointment_may_become(enum appointment_state from, enum appointment_state to)
{
	return (appointment_next[from] >> to) & 1;
}

bool review_may_become(enum review_state from, enum review_state to)
{
	return (review_next[from] >> to) & 1;
}
