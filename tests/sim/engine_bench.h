/* An engine with the history test's service on the memory store, one follower and owner beside it,
 * and short words for asking it. */
#ifndef TESTS_SIM_ENGINE_BENCH_H
#define TESTS_SIM_ENGINE_BENCH_H

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "common/admin.h"
#include "common/engine_private.h"
#include "tests/sim/history_service.h"

static const int64_t noon = INT64_C(1790000000000);

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
};

static const struct engine_peer other = {"beta", 2};

static inline int set_up(void **state)
{
	static const uint8_t master[MASTER_KEY_BYTES] = {5};
	struct bench *b = calloc(1, sizeof(*b));
	size_t n;

	*state = b;
	b->now = noon;
	b->random = random_seeded(&b->seed);
	arena_init(&b->arena, 1 << 20);
	if (keyring_open(NULL, master, &b->random, &b->keyring))
		return -1;
	b->options = (struct engine_options){.service = &history_service,
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

static inline int tear_down(void **state)
{
	struct bench *b = *state;

	engine_close(b->engine);
	store_close(b->store);
	keyring_close(b->keyring);
	arena_done(&b->arena);
	free(b);
	return 0;
}

/* A good request, to be spoiled by the test. */
static inline struct request good(struct bench *b)
{
	static const struct h_act act = {2, {{7}}, 1};
	struct buffer body;
	struct request request = {.client = text_of("desk"),
		.peer = 1,
		.key = uuid_make(b->now, &b->random),
		.type = text_of("h_act"),
		.actor = {.role = text_of("client"), .id = text_of("ann")}};

	buffer_init(&body, 1024);
	schema_encode(schema_h_act(), &act, &body);
	request.body = bytes_copy(&b->arena, buffer_bytes(&body));
	buffer_done(&body);
	return request;
}

static inline const struct answer *ask(struct bench *b, const struct request *request)
{
	struct turn turn = {request, &b->answer, 1, NULL, 0};

	assert_int_equal(engine_turn(b->engine, &turn), ERR_OK);
	return &b->answer;
}

static inline void check(
	struct bench *b, const struct request *request, enum err code, const char *field)
{
	const struct answer *answer = ask(b, request);

	assert_string_equal(err_word(answer->status), err_word(code));
	if (field)
		assert_string_equal(answer->reason.field, field);
	assert_true(code == ERR_OK || answer->reason.rule[0]);
}

#endif
