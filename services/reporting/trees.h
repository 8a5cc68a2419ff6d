/* The replica trees: facts folded from what one owner sent, and their keys. Reporting owns nothing.
 *
 * 1. Every ledger entry has its inquiry's fact, so that walking both trees side by side in key
 * order meets every entry.
 * 2. Entries of an inquiry are numbered 1, 2, 3 in the order in which its events arrived.
 * 3. Every other row is known by the id of its own plan, part or item; what belongs to a part names
 * it, so that only the plan's and the part's rows change when a provisional part gets its plan. */
#ifndef SERVICES_REPORTING_TREES_H
#define SERVICES_REPORTING_TREES_H

#include "common/service.h"

enum replica_tree {
	REPLICA_FACTS,       /* inquiry (16): inquiry_fact */
	REPLICA_LEDGER,      /* inquiry (16), number (8): ledger_entry */
	REPLICA_VISITS,      /* person (16), received_at (8), inquiry (16): no row */
	REPLICA_PLANS,       /* plan (16): plan_fact */
	REPLICA_PARTS,       /* part (16): part_fact */
	REPLICA_PERSONS,     /* person (16), part (16): no row */
	REPLICA_LEADS,       /* inquiry (16), part (16): lead_fact */
	REPLICA_STARTS,      /* part (16), began_at (8), measure (16): start_fact */
	REPLICA_GOALS,       /* goal (16): goal_fact */
	REPLICA_MARKS,       /* goal (16): mark_fact */
	REPLICA_ANSWERS,     /* answer (16): answer_fact */
	REPLICA_COMMITMENTS, /* commitment (16): commitment_fact */
	REPLICA_PROPOSALS,   /* proposal (16): proposal_fact */
	REPLICA_REPLIES,     /* proposal (16): reply_fact */
	REPLICA_CONFLICTS,   /* conflict (16): conflict_fact */
	REPLICA_FATES,       /* conflict (16): fate_fact */
	REPLICA_TREES
};

extern const struct service_tree reporting_replica_trees[REPLICA_TREES];

/* A key that is an id, or begins with one. */
struct key id_key(struct uuid id);
struct key ledger_key(struct uuid inquiry, int64_t number);
struct key visit_key(struct uuid person, int64_t received_at, struct uuid inquiry);
struct key pair_key(struct uuid first, struct uuid second);
struct key start_key(struct uuid part, int64_t began_at, struct uuid measure);

/* The id that a key begins with, and the one that it ends with; nil when it is too short. */
struct uuid key_first_id(struct bytes key);
struct uuid key_last_id(struct bytes key);

/* Stands for a citizen: see rows.def. */
struct uuid person_of(struct uuid citizen);

#endif
