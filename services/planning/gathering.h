/* What may be seen of a plan here and could be in something else's way: gathered once, from the own
 * part and from what was received, as facts with a period. Only what does not change by the passing
 * of time is gathered, unless a clock is given.
 *
 * Where a part is closed, what it did ends with it, and what it was to do is in nobody's way.
 *
 * 1. The same visible rows give the same arrays in the same order, at every node.
 * 2. What takes part in a conflict begins with a struct seen. */
#ifndef SERVICES_PLANNING_GATHERING_H
#define SERVICES_PLANNING_GATHERING_H

#include "services/planning/items.h"

enum {
	SEEN_AREAS = 12,
	SEEN_GOALS = 16,
	SEEN_PERSONS = 8,
	SEEN_MEASURES = 128,
	SEEN_APPOINTMENTS = 256,
	SEEN_BESIDE = 64, /* appointments of other plans */
	SEEN_SILENCES = 64,
	SEEN_PLANS = 8,
	QUIET_DAYS = 30
};

/* No end is known. */
#define NO_END INT64_MAX

struct seen {
	struct uuid id, plan;
	struct text department;
	size_t n_areas; /* 0: only a consent for everything covers it */
	enum life_area areas[SEEN_AREAS];
	bool own;
	int64_t begins, ends; /* the period in which it counts: [begins, ends) */
};

struct seen_measure {
	struct seen seen;
	size_t n_goals;
	struct uuid goals[SEEN_GOALS];
	enum measure_kind kind;
	int64_t hours_a_week;
};

/* Its period is widened by the travel time. */
struct seen_appointment {
	struct seen seen;
	int64_t from, to; /* without travel */
	size_t n_persons;
	struct uuid persons[SEEN_PERSONS];
};

enum silence { SILENCE_PROPOSAL, SILENCE_COMMITMENT, SILENCE_DEPARTMENT };

/* Since seen.begins something should have been heard. */
struct seen_silence {
	struct seen seen;
	enum silence what;
	struct text to;         /* of a proposal: who was asked */
	enum measure_kind kind; /* of a proposal: for what */
	enum side by;           /* of a commitment: whose */
};

struct weekly_hours {
	int64_t hours, at; /* at 0: not known */
};

struct gathered {
	struct uuid plan, citizen;
	int64_t now; /* 0: without a clock */
	struct weekly_hours hours;
	struct seen_measure *measures; /* by id */
	size_t n_measures;
	struct seen_appointment *appointments; /* of this plan, by begin and id */
	size_t n_appointments;
	struct seen_appointment *beside; /* of other plans, that overlap with one of this plan's */
	size_t n_beside;
	struct seen_silence *silences; /* by id */
	size_t n_silences;
};

/* A change that was decided on and is not applied yet: rows as they will be. */
struct override {
	const struct plan_measure *measure;
	const struct plan_appointment *appointment;
	const struct weekly_hours *hours;
	const struct plan_commitment *commitments;
	size_t n_commitments;
	struct uuid citizen; /* of the plan of the appointment; filled in by conflicts_look */
	struct uuid closed;  /* the own part of that plan ends */
	int64_t closed_at;
	struct uuid withdrawn; /* that consent ends */
};

struct gathering {
	struct state *state; /* the node's own */
	struct uuid plan;
	int64_t now;                     /* 0: without a clock */
	int64_t seen_at;                 /* what may be seen then */
	const struct override *override; /* NULL: none */
};

/* False: no room in the arena. */
bool gather(const struct gathering *what, struct gathered *ret);

/* The period in which a measure counts; false: none. */
bool measure_period(const struct plan_measure *row, int64_t *ret_begins, int64_t *ret_ends);

/* Other plans with an appointment, about as long ago or ahead, of somebody who must be at this one.
 * citizen: of the appointment's plan. */
size_t plans_beside(struct state *state, const struct plan_appointment *row, struct uuid citizen,
	struct uuid ret[SEEN_PLANS]);

/* Somebody must be at both. */
bool share_person(const struct seen_appointment *a, const struct seen_appointment *b);

/* Order of ids, as bytes. */
int uuid_order(struct uuid a, struct uuid b);

#endif
