/* Names, rows and keys of the replica trees; touches nothing. */
#include "services/reporting/trees.h"

#include <string.h>

#include "services/reporting/rows.h"

const struct service_tree reporting_replica_trees[REPLICA_TREES] = {
	[REPLICA_FACTS] = {"facts", TREE_GROWING, schema_inquiry_fact},
	[REPLICA_LEDGER] = {"ledger", TREE_GROWING, schema_ledger_entry},
	[REPLICA_VISITS] = {"visits", TREE_GROWING, NULL},
	[REPLICA_PLANS] = {"plans", TREE_GROWING, schema_plan_fact},
	[REPLICA_PARTS] = {"parts", TREE_GROWING, schema_part_fact},
	[REPLICA_PERSONS] = {"persons", TREE_GROWING, NULL},
	[REPLICA_LEADS] = {"leads", TREE_GROWING, schema_lead_fact},
	[REPLICA_STARTS] = {"starts", TREE_GROWING, schema_start_fact},
	[REPLICA_GOALS] = {"goals", TREE_GROWING, schema_goal_fact},
	[REPLICA_MARKS] = {"marks", TREE_GROWING, schema_mark_fact},
	[REPLICA_ANSWERS] = {"answers", TREE_GROWING, schema_answer_fact},
	[REPLICA_COMMITMENTS] = {"commitments", TREE_GROWING, schema_commitment_fact},
	[REPLICA_PROPOSALS] = {"proposals", TREE_GROWING, schema_proposal_fact},
	[REPLICA_REPLIES] = {"replies", TREE_GROWING, schema_reply_fact},
	[REPLICA_CONFLICTS] = {"conflicts", TREE_GROWING, schema_conflict_fact},
	[REPLICA_FATES] = {"fates", TREE_GROWING, schema_fate_fact},
};

struct key id_key(struct uuid id)
{
	struct key key = {0};

	key_add_uuid(&key, id);
	return key;
}

struct key ledger_key(struct uuid inquiry, int64_t number)
{
	struct key key = id_key(inquiry);

	key_add_u64(&key, (uint64_t)number);
	return key;
}

struct key pair_key(struct uuid first, struct uuid second)
{
	struct key key = id_key(first);

	key_add_uuid(&key, second);
	return key;
}

static struct key dated_key(struct uuid first, int64_t at, struct uuid second)
{
	struct key key = id_key(first);

	key_add_time(&key, at);
	key_add_uuid(&key, second);
	return key;
}

struct key visit_key(struct uuid person, int64_t received_at, struct uuid inquiry)
{
	return dated_key(person, received_at, inquiry);
}

struct key start_key(struct uuid part, int64_t began_at, struct uuid measure)
{
	return dated_key(part, began_at, measure);
}

struct uuid key_first_id(struct bytes key)
{
	struct uuid id = {{0}};

	if (key.n >= sizeof(id))
		memcpy(&id, key.p, sizeof(id));
	return id;
}

struct uuid key_last_id(struct bytes key)
{
	struct uuid id = {{0}};

	if (key.n >= sizeof(id))
		memcpy(&id, key.p + key.n - sizeof(id), sizeof(id));
	return id;
}

struct uuid person_of(struct uuid citizen)
{
	uint8_t tagged[16 + sizeof(citizen)] = "reporting/person";

	memcpy(tagged + 16, &citizen, sizeof(citizen));
	return uuid_of_hash(0, bytes_of(tagged, sizeof(tagged)));
}
