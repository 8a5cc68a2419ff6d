/* What a record of a department tells of, as far as consents ask for it. Shared by the checks of
 * the simulated town and of planning's random histories. */
#ifndef TESTS_SIM_TOWN_TOLD_H
#define TESTS_SIM_TOWN_TOLD_H

#include "proto/planning.h"

/* any: it tells of something with life areas, of these. */
struct told {
	bool any;
	size_t n;
	const enum life_area *at;
};
#define TOLD(item_) ((struct told){true, (item_)->life_areas.n, (item_)->life_areas.at})

static inline struct told told_by_disclosed(const struct disclosed *e)
{
	if (e->goal)
		return TOLD(e->goal);
	if (e->measure)
		return TOLD(e->measure);
	if (e->commitment)
		return TOLD(e->commitment);
	if (e->appointment)
		return TOLD(e->appointment);
	if (e->fate)
		return TOLD(e->fate);
	if (e->proposal)
		return TOLD(e->proposal);
	if (e->part && e->part->life_areas.n)
		return TOLD(e->part);
	return (struct told){false, 0, NULL};
}

static inline struct told told_by(const struct record *record, const void *event)
{
	if (text_is(record->type, "goal_stated"))
		return TOLD(((const struct goal_stated *)event)->goal);
	if (text_is(record->type, "measure_added"))
		return TOLD(((const struct measure_added *)event)->measure);
	if (text_is(record->type, "commitment_made"))
		return TOLD(((const struct commitment_made *)event)->commitment);
	if (text_is(record->type, "appointment_booked"))
		return TOLD(((const struct appointment_booked *)event)->appointment);
	if (text_is(record->type, "conflict_settled"))
		return TOLD(((const struct conflict_settled *)event)->fate);
	if (text_is(record->type, "measure_proposed"))
		return TOLD(((const struct measure_proposed *)event)->proposal);
	if (text_is(record->type, "disclosed"))
		return told_by_disclosed(event);
	return (struct told){false, 0, NULL};
}

/* Records of departments that are a word to another one, whatever may be shared. */
static inline bool told_may_be_addressed(struct text type)
{
	static const char *const words[] = {"consent_withdrawn", "plan_answered",
		"progress_recorded", "proposal_answered", "capacity_asked", "capacity_answered",
		"coordination_offered", "coordination_withdrawn", "coordination_accepted",
		"coordination_declined", "coordination_released"};

	for (size_t i = 0; i < sizeof(words) / sizeof(words[0]); i++)
		if (text_is(type, words[i]))
			return true;
	return false;
}

#endif
