/* A world for tests of the store: a backend, a directory of its own under /tmp, and short words for
 * putting and finding rows. */
#ifndef TESTS_UNIT_COMMON_STORE_WORLD_H
#define TESTS_UNIT_COMMON_STORE_WORLD_H

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <fcntl.h>
#include <linux/magic.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "common/store_backend.h"

enum { PLAIN, GROWING, OTHER, TREES };

static const struct tree trees[] = {
	{"plain", 0}, {"growing", TREE_GROWING}, {"other", 0}, {"late", 0}};

struct world {
	struct store *store;
	struct arena arena;
	char dir[64];
};

static inline struct store *open_dir(const char *dir, size_t n, const struct store_options *options)
{
	struct store *store = NULL;
	struct reason reason = {0};

	enum err code = store_open_lmdb(dir, trees, n, options, &store, &reason);
	if (code != ERR_OK)
		fail_msg("%s: %s", err_word(code), reason.rule);
	return store;
}

static inline int setup_dir(void **state)
{
	struct world *world = calloc(1, sizeof(*world));

	assert_non_null(world);
	arena_init(&world->arena, (size_t)64 << 20);
	snprintf(world->dir, sizeof(world->dir), "/tmp/test_store.XXXXXX");
	assert_non_null(mkdtemp(world->dir));
	*state = world;
	return 0;
}

static inline int setup_lmdb(void **state)
{
	setup_dir(state);
	struct world *world = *state;
	world->store = open_dir(world->dir, TREES, NULL);
	return 0;
}

static inline int setup_memory(void **state)
{
	struct world *world = calloc(1, sizeof(*world));

	assert_non_null(world);
	arena_init(&world->arena, (size_t)64 << 20);
	*state = world;
	return store_open_memory(trees, TREES, &world->store) == ERR_OK ? 0 : -1;
}

static inline void remove_dir(const char *dir)
{
	static const char *const files[] = {"data.mdb", "lock.mdb", "lock"};
	char path[128];

	for (size_t i = 0; i < sizeof(files) / sizeof(files[0]); i++) {
		snprintf(path, sizeof(path), "%s/%s", dir, files[i]);
		unlink(path);
	}
	assert_int_equal(rmdir(dir), 0);
}

static inline void limit_files(rlim_t bytes)
{
	struct rlimit limit;

	assert_int_equal(getrlimit(RLIMIT_FSIZE, &limit), 0);
	limit.rlim_cur = bytes < limit.rlim_max ? bytes : limit.rlim_max;
	assert_int_equal(setrlimit(RLIMIT_FSIZE, &limit), 0);
}

static inline int teardown(void **state)
{
	struct world *world = *state;

	limit_files(RLIM_INFINITY);
	/* A test that failed half-way leaves its transactions behind: then the store is left too.
	 */
	if (world->store && !world->store->writer && world->store->readers == 0)
		store_close(world->store);
	if (world->dir[0])
		remove_dir(world->dir);
	arena_done(&world->arena);
	free(world);
	return 0;
}

static inline struct txn *begin(struct world *world, enum store_mode mode)
{
	struct txn *txn = NULL;

	assert_int_equal(store_begin(world->store, mode, &world->arena, &txn), ERR_OK);
	return txn;
}

static inline void commit(struct txn *txn)
{
	assert_int_equal(store_error(txn), ERR_OK);
	assert_int_equal(store_commit(txn), ERR_OK);
}

static inline struct bytes text(const char *s)
{
	return bytes_of_string(s);
}

static inline void put(struct txn *txn, unsigned tree, const char *key, const char *value)
{
	store_put(txn, tree, text(key), text(value));
}

static inline bool holds(struct txn *txn, unsigned tree, const char *key, const char *value)
{
	struct bytes got;

	return store_get(txn, tree, text(key), &got) && bytes_equal(got, text(value));
}

static inline bool lacks(struct txn *txn, unsigned tree, const char *key)
{
	struct bytes got;

	return !store_get(txn, tree, text(key), &got) && store_error(txn) == ERR_OK;
}

static inline struct key number(uint64_t v)
{
	struct key key = {0};

	key_add_u64(&key, v);
	return key;
}

static inline void put_number(struct txn *txn, unsigned tree, uint64_t v)
{
	struct key key = number(v);

	store_put(txn, tree, key_bytes(&key), key_bytes(&key));
}

/* A generator that repeats exactly: splitmix64. */
static inline uint64_t draw(uint64_t *seed)
{
	uint64_t z = *seed += UINT64_C(0x9e3779b97f4a7c15);

	z = (z ^ z >> 30) * UINT64_C(0xbf58476d1ce4e5b9);
	z = (z ^ z >> 27) * UINT64_C(0x94d049bb133111eb);
	return z ^ z >> 31;
}

static inline void fill(struct txn *txn, unsigned tree, unsigned n)
{
	for (unsigned i = 0; i < n; i++)
		put_number(txn, tree, i * 10);
}

#define CASE(test, setup) cmocka_unit_test_setup_teardown(test, setup, teardown)

#endif
