/* State at rest of a department's node: its trees, their rows and keys. What was received from
 * others lies in the same trees, one set an owner.
 *
 * 1. Keys of trees of a plan begin with the plan; so do their rows, as first field, so that a
 *    provisional plan can be moved as a whole.
 * 2. TREE_DUE, TREE_WORK_OF and TREE_WORK_PLAN have keys for each row of TREE_WORK; TREE_PLAN_DUE
 *    for each own commitment that is open and watched; the plan's deadline is the first of these.
 *    TREE_WORK_COUNT has how many of TREE_DUE are in which queue of operators (waiting.h).
 * 3. In what was received, every item has a row in TREE_HELD, under its id; the part has two: under
 *    nil for what it is about, under HELD_PARTY for that it is there at all. */
#ifndef SERVICES_PLANNING_TREES_H
#define SERVICES_PLANNING_TREES_H

#include "common/service.h"
#include "proto/planning.h"

#include "common/schema_structs.h"
#include "services/planning/rows.def"
#include "common/schema_undef.h"

#include "common/schema_functions.h"
#include "services/planning/rows.def"
#include "common/schema_undef.h"

enum planning_tree {
	TREE_PART,                       /* plan: plan_part */
	TREE_VERSION,                    /* plan, version, type of the event: version_row */
	TREE_GOAL,                       /* plan, goal: plan_goal */
	TREE_STEP,                       /* plan, step: plan_step */
	TREE_MEASURE,                    /* plan, measure: plan_measure */
	TREE_COMMITMENT,                 /* plan, commitment: plan_commitment */
	TREE_ANSWER,                     /* plan, answer: plan_answer */
	TREE_PROGRESS,                   /* plan, progress: plan_progress */
	TREE_PROPOSAL,                   /* plan, proposal: plan_proposal */
	TREE_PROPOSAL_ANSWER,            /* plan, proposal: plan_proposal_answer */
	TREE_APPOINTMENT,                /* plan, appointment: plan_appointment */
	TREE_REVIEW,                     /* plan, review: plan_review */
	TREE_FATE,                       /* plan, fate: plan_fate */
	TREE_NOTE,                       /* plan, note: note_row */
	TREE_OFFER,                      /* plan: offer_row */
	TREE_OFFER_ANSWER,               /* plan, from: offer_answer_row */
	TREE_WORK,                       /* plan (nil: none), work: plan_work_row; own only */
	TREE_BASIS,                      /* plan, basis: basis_row */
	TREE_HELD,                       /* plan, item: held_row */
	TREE_CONFLICT,                   /* own: plan, conflict: plan_conflict as said last */
	TREE_PLAN_TREES,                 /* those before move with their plan */
	TREE_REFERRED = TREE_PLAN_TREES, /* plan: plan_referred, as intake sent it last */
	TREE_PAUSED,                     /* plan: what could not be told waits */
	TREE_ALIAS,                      /* provisional plan: alias_row */
	TREE_CITIZEN_PLAN,               /* citizen, plan */
	TREE_CONSENT,                    /* consent: consent_given */
	TREE_CITIZEN_CONSENT,            /* citizen, consent */
	TREE_WITHDRAWN,                  /* consent */
	TREE_DUE,                        /* due, plan, work */
	TREE_WORK_OF,                    /* worker or team, due, plan, work */
	TREE_WORK_PLAN,                  /* work, plan */
	TREE_WORKER,                     /* worker, plan */
	TREE_PROPOSAL_PLAN,              /* proposal, plan under which it or its answer came */
	TREE_QUESTION,                   /* question: capacity_asked */
	TREE_CAPACITY,                   /* question: capacity_answered, the last one */
	TREE_PLAN_DUE,                   /* plan, due, commitment */
	TREE_ATTENDEE,                   /* person, begins, plan, appointment */
	TREE_CONFLICT_ITEM,              /* own: item, plan, conflict, as in TREE_CONFLICT */
	TREE_WORK_COUNT,                 /* own: queue: work_count */
	TREE_NAME, /* own: citizen, id that they had before a plan was joined */
	PLANNING_TREES
};

extern const struct service_tree planning_trees[PLANNING_TREES];

/* Of a plan: its soonest commitment. */
#define DEADLINE_COMMITMENT "commitment"
/* Of a plan that is paused: is the entrance heard from again? */
#define DEADLINE_RESUME "resume"
/* Of a proposal: when it is to be answered. */
#define DEADLINE_PROPOSAL "proposal"
/* Of a piece of work. */
#define DEADLINE_WORK "work"

#define UUID_NIL ((struct uuid){{0}})
extern const struct uuid HELD_PARTY;

/* Keys, named by their parts. */
struct key plan_key(struct uuid plan);
struct key plan_key_item(struct uuid plan, struct uuid item);
/* type: of the event; TEXT_NONE is before every type */
struct key plan_key_version(struct uuid plan, int64_t version, struct text type);
struct key plan_key_due(int64_t due, struct uuid plan, struct uuid work);
struct key plan_key_plan_due(struct uuid plan, int64_t due, struct uuid commitment);
struct key plan_key_time(int64_t time);
struct key plan_key_attendee(
	struct uuid person, int64_t begins, struct uuid plan, struct uuid appointment);
struct key plan_key_conflict_item(struct uuid item, struct uuid plan, struct uuid conflict);
struct key plan_key_from(struct uuid plan, struct text department);
/* whose: 'w' a worker's, 't' a team's; work NULL: the beginning of all of theirs. */
struct key plan_key_work_of(char whose, struct text name, const struct plan_work_row *work);
struct key plan_key_worker(struct text worker);
struct key plan_key_worker_plan(struct text worker, struct uuid plan);

/* The UUID that a key ends in, and the one before that. */
struct uuid plan_key_last(struct bytes key);
struct uuid plan_key_last_but_one(struct bytes key);

/* When a record's fact happened. */
int64_t plan_happened(const struct record *record);

/* So many working days after it, at the end of the working day. */
int64_t plan_working_days_after(int64_t time, int days);

/* The record as one about that entity which is watched however old it is: deadlines are kept by
 * entity and kind, and what is watched was not in the past when it was made. */
struct record plan_watched(const struct record *record, struct uuid entity);

#endif
