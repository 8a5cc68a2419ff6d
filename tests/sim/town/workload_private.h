/* Inside of the workload: what it knows, and how a command is made of that. */
#ifndef TESTS_SIM_TOWN_WORKLOAD_PRIVATE_H
#define TESTS_SIM_TOWN_WORKLOAD_PRIVATE_H

#include "common/admin.h"
#include "common/clock.h"
#include "proto/consent.h"
#include "proto/intake.h"
#include "proto/notification.h"
#include "proto/planning.h"
#include "proto/roles.h"
#include "tests/sim/town/news.h"

enum town_node {
	NODE_INTAKE,
	NODE_EMPLOYMENT,
	NODE_FAMILY,
	NODE_SOCIAL,
	NODE_NOTIFICATION,
	NODE_REPORTING,
	TOWN_NODES
};
enum { DEPARTMENTS = 3, PEOPLE = 12, POOL = 256 };

/* The department of a planning node; "" of others. */
const char *town_department(unsigned node);
/* TOWN_NODES: it is none. */
unsigned town_department_node(struct text department);

/* ---- what is known --------------------------------------------------------------------------- */

enum known {
	SLOTS,        /* at: start; version: places left; state: 1 when there are none */
	CITIZENS,     /* state: index of the number + 1, 0 none */
	INQUIRIES,    /* state: inquiry_state; person: citizen; of: slot */
	WORK,         /* of: inquiry; state: 1 when taken */
	PARTS,        /* id: plan; state: part_state; at: term; other: offered to, 0 nobody */
	GOALS,        /* of: plan (as of all that follow) */
	STEPS,        /* state: 1 when finished */
	MEASURES,     /* state: measure_state */
	COMMITMENTS,  /* state: commitment_state */
	APPOINTMENTS, /* state: appointment_state; at: begins; version: ends */
	REVIEWS,      /* state: review_state */
	PROPOSALS,    /* state: proposal_state; other: the asked department's node */
	QUESTIONS,    /* other: the asked department's node; state: 1 when answered */
	OFFERED,      /* the coordination; id: plan; node: who offers; other: to whom */
	CONFLICTS,    /* id: conflict; of: plan */
	PLAN_WORK,    /* state: plan_work_kind */
	CONSENTS,     /* person: citizen; state: 1 when all may know everything */
	MESSAGES, /* state: message_state; version: attempts; person: recipient; other: channel */
	TASKS,    /* state: task_kind */
	ASIDE,    /* in quarantine at node; other: the owner; version: seq */
	KNOWN
};

struct thing {
	struct uuid id, of, person;
	unsigned node, other;
	struct text name; /* ASIDE: of the owner */
	unsigned state;
	int64_t at, version;
	bool over; /* nothing can be done with it */
};

struct pool {
	struct thing at[POOL];
	size_t n, next;
};

struct workload {
	uint64_t seed;
	struct random random;
	struct news news;
	int64_t now;
	unsigned numbers; /* counts texts and numbers that were made up */
	struct pool pools[KNOWN];
	size_t total_weight;
	int64_t aside[NODES_MAX][NODES_MAX]; /* in quarantine when that was last looked at */
	struct text paused; /* the queue that was paused last, of paused_node; or absent */
	unsigned paused_node;
	struct uuid erased[PEOPLE];
	size_t n_erased;
};

size_t pick(struct workload *w, size_t n); /* 0 .. n - 1 */
bool one_in(struct workload *w, size_t n);

struct thing *known_find(struct workload *w, enum known what, struct uuid id);
/* That one of that node. */
struct thing *known_at(struct workload *w, enum known what, unsigned node, struct uuid id);
/* A place for a new one, or the one that is there; NULL never. */
struct thing *known_put(struct workload *w, enum known what, unsigned node, struct uuid id);

struct thing *known_add(struct workload *w, enum known what, unsigned node);

enum { ANY_NODE = 99, ANY_STATE = 0x7fffffff };
#define STATE(state_) (1U << (state_))
/* One that is not over, of that node, in one of those states; NULL: there is none. */
struct thing *any(struct workload *w, enum known what, unsigned node, unsigned states);
/* One that is not over, in one of those states, and whose time has come; NULL: there is none. */
struct thing *any_due(struct workload *w, enum known what, unsigned states);

/* workload_know.c */
void know_record(struct workload *w, const struct town_view *view, unsigned node,
	const struct record *record);
void know_aside(struct workload *w, const struct town_view *view);
void forget_node(struct workload *w, unsigned node);

/* ---- saying ---------------------------------------------------------------------------------- */

struct saying {
	struct workload *w;
	struct arena *arena;
	struct deed *deed; /* node and actor may be set by the filling function */
	int64_t now;
	bool only; /* just this command is wanted */
};

/* Fills the command's fields; false: what it needs is not there now. */
typedef bool fill_fn(struct saying *s, void *fields);

enum at { AT_INTAKE, AT_DEPARTMENT, AT_NOTIFICATION, AT_ANY };

struct saying_row {
	schema_fn *command;
	enum at at;
	unsigned weight;
	fill_fn *fill;
	schema_fn *before; /* what leads to it; NULL: it can always be said */
};

struct saying_table {
	const struct saying_row *rows;
	size_t n;
};
extern const struct saying_table sayings_intake, sayings_plan, sayings_items, sayings_together,
	sayings_sharing, sayings_notification, sayings_admin;

#define SAYINGS(name_, rows_) \
	const struct saying_table name_ = {rows_, sizeof(rows_) / sizeof((rows_)[0])}

/* Pieces of commands. */
struct text some_words(struct saying *s);
struct text some_person(struct saying *s); /* of the staff */
struct text some_number(struct saying *s); /* CPR number of one of the people */
struct text department_of(unsigned node);
unsigned some_department(struct saying *s); /* its node */
unsigned other_department(struct saying *s, unsigned than);
/* Some of the life areas, one at least; *ret_n of them. */
enum life_area *some_areas(struct saying *s, size_t *ret_n);
#define AREAS(s_, field_) ((field_).at = some_areas((s_), &(field_).n))
/* A moment between so many days from now. */
int64_t in_days(struct saying *s, int from, int until);
int64_t in_days_date(struct saying *s, int from, int until);
/* An id that the client gives, now and then. */
struct uuid own_id(struct saying *s);
struct uuid new_id(struct saying *s);
void speak_as(struct saying *s, const char *role, struct uuid person);

/* An open part at a department that is chosen (ANY_NODE) or given; sets the deed's node. */
struct thing *some_part(struct saying *s, unsigned node);
/* The open part that a thing of a plan belongs to; sets the deed's node. */
struct thing *part_of(struct saying *s, const struct thing *thing);
/* Everybody may know everything of that citizen, as far as consents go. */
bool all_may_know(struct saying *s, struct uuid citizen);
#define SEEN(part_) .plan = (part_)->id, .seen_version = (part_)->version

/* workload_wrong.c: spoils what was made. */
void spoil(struct saying *s);

#endif
