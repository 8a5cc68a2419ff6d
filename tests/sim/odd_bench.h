/* A node with the odd service on the memory store: alpha, which follows beta and is followed by it.
 */
#ifndef TESTS_SIM_ODD_BENCH_H
#define TESTS_SIM_ODD_BENCH_H

#include "common/engine_private.h"
#include "tests/sim/odd_service.h"

static const int64_t noon = INT64_C(1790000000000);
static const struct engine_peer other = {"beta", 2};

struct bench {
	int64_t now;
	uint64_t seed;
	struct random random;
	struct keyring *keyring;
	struct store *store;
	struct engine_options options;
	struct engine *engine;
	struct arena arena;
	struct answer answer;
	struct odd_settings settings;
};

static int set_up(void **state)
{
	static const uint8_t master[MASTER_KEY_BYTES] = {5};
	struct bench *b = calloc(1, sizeof(*b));
	size_t n;

	*state = b;
	b->now = noon;
	b->random = random_seeded(&b->seed);
	arena_init(&b->arena, 64 << 20);
	if (keyring_open(NULL, master, &b->random, &b->keyring))
		return -1;
	b->options = (struct engine_options){.service = &odd_service,
		.settings = &b->settings,
		.node = "alpha",
		.followers = &other,
		.n_followers = 1,
		.owners = &other,
		.n_owners = 1,
		.clock = clock_simulated(&b->now),
		.random = b->random,
		.keyring = b->keyring};
	struct tree *trees = engine_trees(&b->options, &n);
	bool failed = store_open_memory(trees, n, &b->store) != ERR_OK;
	engine_trees_free(trees, n);
	b->options.store = b->store;
	return failed || engine_open(&b->options, &b->engine, NULL);
}

static int tear_down(void **state)
{
	struct bench *b = *state;

	engine_close(b->engine);
	store_close(b->store);
	keyring_close(b->keyring);
	arena_done(&b->arena);
	free(b);
	return 0;
}

static struct cursor_row take(struct bench *b, struct batch *batches, size_t n)
{
	struct turn turn = {NULL, NULL, 0, batches, n};
	struct cursor_row cursor;

	assert_int_equal(engine_turn(b->engine, &turn), ERR_OK);
	engine_cursor(b->engine, 0, &cursor);
	return cursor;
}

#endif
