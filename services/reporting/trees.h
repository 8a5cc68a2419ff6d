/* The replica trees: facts folded from what one owner sent, and their keys. Reporting owns nothing.
 *
 * 1. Every ledger entry has its inquiry's fact, so that walking both trees side by side in key
 * order meets every entry.
 * 2. Entries of an inquiry are numbered 1, 2, 3 in the order in which its events arrived. */
#ifndef SERVICES_REPORTING_TREES_H
#define SERVICES_REPORTING_TREES_H

#include "common/service.h"

enum replica_tree {
	REPLICA_FACTS,  /* inquiry (16): inquiry_fact */
	REPLICA_LEDGER, /* inquiry (16), number (8): ledger_entry */
	REPLICA_TREES
};

extern const struct service_tree reporting_replica_trees[REPLICA_TREES];

struct key facts_key(struct uuid inquiry);
struct key ledger_key(struct uuid inquiry, int64_t number);

/* The inquiry that a key of the first two trees begins with. */
struct uuid key_inquiry(struct bytes key);

#endif
