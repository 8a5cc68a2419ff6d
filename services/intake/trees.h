/* State at rest of the entrance: its trees, their rows and keys.
 *
 * 1. Every inquiry has exactly one key in TREE_BY_STATE, under its present state.
 * 2. `open` in the row of TREE_COUNT is the number of keys there under received and talk_booked.
 * 3. A slot has a key in TREE_SLOT_FREE exactly while it is not withdrawn and places are left.
 * 4. A work item has a key in TREE_WORK_OWNER and TREE_WORK_DUE exactly while it is not done.
 * 5. Every key of TREE_LOOKUP has its like in TREE_CITIZEN_LOOKUP, so that erasure needs no key to
 * find them. */
#ifndef SERVICES_INTAKE_TREES_H
#define SERVICES_INTAKE_TREES_H

#include "common/service.h"
#include "proto/consent.h"
#include "proto/planning.h"

#include "common/schema_structs.h"
#include "services/intake/rows.def"
#include "common/schema_undef.h"

#include "common/schema_functions.h"
#include "services/intake/rows.def"
#include "common/schema_undef.h"

enum intake_tree {
	TREE_INQUIRY,         /* inquiry: intake_inquiry */
	TREE_REFERENCE,       /* reference, inquiry */
	TREE_WORDS,           /* inquiry, 1 and on: words_view */
	TREE_BY_STATE,        /* state, received, inquiry */
	TREE_CITIZEN_INQUIRY, /* citizen, received, inquiry */
	TREE_COUNT,           /* one row: intake_count */
	TREE_PROMISE,         /* inquiry, n: promise_view */
	TREE_SLOT,            /* slot: slot_view */
	TREE_SLOT_FREE,       /* start, slot */
	TREE_SLOT_DESK,       /* desk, start, slot; without the withdrawn */
	TREE_CITIZEN,         /* citizen: citizen_view */
	TREE_LOOKUP,          /* beginning of a keyed hash, citizen */
	TREE_CITIZEN_LOOKUP,  /* citizen, beginning of the hash, n: lookup_row */
	TREE_WORK,            /* item: work_view */
	TREE_WORK_OF_INQUIRY, /* inquiry, item */
	TREE_WORK_OWNER,      /* owner, due, item */
	TREE_WORK_DUE,        /* due, item */
	TREE_REGISTER,        /* plan: register_row */
	TREE_CITIZEN_PLAN,    /* citizen, plan */
	TREE_CONSENT,         /* consent: consent_given */
	TREE_WITHDRAWN,       /* consent */
	INTAKE_TREES
};

/* What was received from a department. */
enum intake_replica_tree { REPLICA_CONSENT, REPLICA_WITHDRAWN, INTAKE_REPLICA_TREES };
extern const struct service_tree intake_replica_trees[INTAKE_REPLICA_TREES];

extern const struct service_tree intake_trees[INTAKE_TREES];

/* Kinds of deadlines. */
#define DEADLINE_BOOK "book"     /* of an inquiry: received, and no talk booked */
#define DEADLINE_TALK "talk"     /* of an inquiry: booked, and not held */
#define DEADLINE_TRIAGE "triage" /* of an inquiry: talked, and nobody was asked to go on */
#define DEADLINE_WORK "work"     /* of a work item */

/* Keys, named by their parts. */
struct key intake_key(struct uuid id);
struct key intake_key_number(struct uuid id, int64_t number);
struct key intake_key_pair(struct uuid first, struct uuid second);
struct key intake_key_id_text(struct uuid id, struct text text);
struct key intake_key_time(int64_t time);
struct key intake_key_time_id(int64_t time, struct uuid id);
struct key intake_key_text(struct text text);
struct key intake_key_text_id(struct text text, struct uuid id);
struct key intake_key_text_time(struct text text, int64_t time);
struct key intake_key_text_time_id(struct text text, int64_t time, struct uuid id);
struct key intake_key_state(enum inquiry_state state);
/* Of TREE_BY_STATE and TREE_CITIZEN_INQUIRY for an inquiry as it stands. */
struct key intake_key_by_state(const struct inquiry_view *view);
struct key intake_key_citizen_inquiry(const struct inquiry_view *view);
struct key intake_key_count(void);

/* What an index key ends in: an id, and the time before it. */
struct uuid intake_key_last_id(struct bytes key);
int64_t intake_key_last_time(struct bytes key);
int64_t intake_key_last_number(struct bytes key);

/* When a record's fact happened. */
int64_t intake_happened(const struct record *record);

#endif
