/* Two nodes and what the history test knows of them. */
#ifndef TESTS_SIM_HISTORY_WORLD_H
#define TESTS_SIM_HISTORY_WORLD_H

#include "common/admin.h"
#include "common/engine_private.h"
#include "tests/sim/history_service.h"

enum { CITIZENS = 6, STEPS = 250, KEPT = 32, NODES = 2, HEARD = 4096 };

struct known_consent {
	bool given, withdrawn;
};

struct kept_request {
	struct h_act act;
	struct uuid key;
	uint64_t seq;
};

/* What must have become of a record of the other node, worked out by the test itself. */
enum fate { FATE_PENDING, FATE_APPLIED, FATE_ASIDE, FATE_DROPPED };
struct heard {
	enum fate fate;
	unsigned citizen;
	bool unreadable; /* its frame was broken on the way */
	bool broken;     /* its fields were */
	bool hard;       /* a plan whose reaction fails while the node is ill */
	bool plan, given, withdrawn, erased;
	bool reacted; /* once ever */
};

struct node {
	const char *name;
	struct history_settings settings;
	struct heard heard[HEARD];
	bool gone[CITIZENS]; /* the other node's word of their erasure was heard */
	struct store *store;
	struct keyring *keyring;
	struct engine *engine;
	struct engine_options options;
	struct engine_peer other;
	struct known_consent knows[CITIZENS];
	bool erased[CITIZENS];
	struct kept_request kept[KEPT];
	unsigned n_kept;
};

struct world {
	uint64_t seed, state;
	int64_t now;
	struct random random;
	struct node nodes[NODES];
	struct arena arena;
	unsigned step, failures, commands, delivered, rebuilds, erasures;
	bool breaking; /* records may be broken on the way */
	unsigned aside, waited, retried, dropped;
};

static uint64_t pick(struct world *w, uint64_t n)
{
	return random_u64(&w->random) % n;
}

static struct uuid citizen_id(unsigned c)
{
	struct uuid id = {{0x01, 0x90, 0, 0, 0, 0, 0x70, 0, 0x80}};

	id.b[14] = (uint8_t)c;
	return id;
}

static void read_record(struct world *w, struct node *node, uint64_t seq, struct journal_entry *ret)
{
	struct txn *txn;

	assert_int_equal(store_begin(node->store, STORE_READ, &w->arena, &txn), ERR_OK);
	assert_int_equal(journal_read(&node->engine->journal, txn, seq, &w->arena, ret), ERR_OK);
	store_abort(txn);
}

#endif
