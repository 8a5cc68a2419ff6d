/* An entrance on stores in memory, for targets that need a whole engine. */
#ifndef TESTS_FUZZ_NODE_H
#define TESTS_FUZZ_NODE_H

#include "common/engine.h"
#include "proto/roles.h"
#include "services/intake/intake.h"
#include "services/intake/settings.h"
#include "tests/fuzz/fuzz.h"

static const int64_t fuzz_began = INT64_C(1790000000000);

struct fuzz_node {
	struct intake_settings settings;
	struct engine_options options;
	int64_t now;
	uint64_t seed;
	struct random random;
	struct keyring *keyring;
	struct store *store;
	struct engine *engine;
	struct arena arena;
};

static const struct engine_peer fuzz_followers[] = {{"reporting", PEER_REPORTING}};
static const struct engine_peer fuzz_owners[] = {
	{"planning.family", PEER_PLANNING}, {"planning.social", PEER_PLANNING}};

/* Everything but the engine. */
static inline void fuzz_node_parts(struct fuzz_node *node)
{
	static const uint8_t master[MASTER_KEY_BYTES] = {9};
	size_t n;

	*node = (struct fuzz_node){.now = fuzz_began,
		.seed = 3,
		.settings = {.child_concern_ms = 24 * MS_PER_HOUR,
			.soon_days = 2,
			.normal_days = 5,
			.open_minute = 480,
			.close_minute = 960,
			.grace_ms = 12 * MS_PER_HOUR,
			.escalation_ms = 15 * MS_PER_MINUTE,
			.repair_ms = 4 * MS_PER_HOUR,
			.triage_days = 3,
			.queue = "entrance",
			.manager = "manager",
			.on_call = "Anna, Bo,Carl",
			.town_key = {1, 2, 3}}};
	node->random = random_seeded(&node->seed);
	arena_init(&node->arena, (size_t)64 << 20);
	must(!keyring_open(NULL, master, &node->random, &node->keyring));
	node->options = (struct engine_options){.service = &intake_service,
		.settings = &node->settings,
		.node = "intake",
		.followers = fuzz_followers,
		.n_followers = 1,
		.owners = fuzz_owners,
		.n_owners = 2,
		.clock = clock_simulated(&node->now),
		.random = node->random,
		.keyring = node->keyring,
		.spare_keys = 16};
	struct tree *trees = engine_trees(&node->options, &n);
	must(trees && !store_open_memory(trees, n, &node->store));
	engine_trees_free(trees, n);
	node->options.store = node->store;
}

static inline void fuzz_node_open(struct fuzz_node *node)
{
	struct reason reason = {0};

	fuzz_node_parts(node);
	must(!engine_open(&node->options, &node->engine, &reason));
}

/* I2: folding the journal again gives the same bytes; I4: the journal is whole. */
static inline void fuzz_node_check(struct fuzz_node *node)
{
	uint8_t before[HASH_BYTES], after[HASH_BYTES];
	uint64_t bad = 0;

	must(!engine_digest(node->engine, DIGEST_OWN, true, before));
	must(!engine_rebuild_own(node->engine));
	must(!engine_digest(node->engine, DIGEST_OWN, true, after));
	must(!memcmp(before, after, sizeof(before)));
	must(!engine_verify(node->engine, &bad) && !bad);
}

static inline void fuzz_node_close(struct fuzz_node *node)
{
	engine_close(node->engine);
	store_close(node->store);
	keyring_close(node->keyring);
	arena_done(&node->arena);
}

#endif
