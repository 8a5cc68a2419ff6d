/* The conformance suite of the store: every case runs against every backend. Touches directories of
 * its own under /tmp. */
#include "tests/unit/common/store_world.h"

/* ---- every backend ---- */

static void test_get_put_delete(void **state)
{
	struct world *world = *state;
	struct txn *txn = begin(world, STORE_WRITE);

	assert_true(lacks(txn, PLAIN, "a"));
	put(txn, PLAIN, "a", "1");
	put(txn, PLAIN, "ab", "2");
	assert_true(holds(txn, PLAIN, "a", "1"));
	put(txn, PLAIN, "a", "longer than before");
	assert_true(holds(txn, PLAIN, "a", "longer than before"));
	assert_true(lacks(txn, OTHER, "a"));
	store_delete(txn, PLAIN, text("a"));
	store_delete(txn, PLAIN, text("a"));
	store_delete(txn, PLAIN, text("never there"));
	assert_true(lacks(txn, PLAIN, "a"));
	assert_true(holds(txn, PLAIN, "ab", "2"));
	commit(txn);
}

static void test_copies_survive(void **state)
{
	struct world *world = *state;
	struct txn *txn = begin(world, STORE_WRITE);
	struct bytes got[50];
	char value[400];

	for (unsigned round = 0; round < 50; round++) {
		memset(value, 'a' + (int)(round % 26), sizeof(value));
		store_put(txn, PLAIN, text("m"), bytes_of(value, sizeof(value)));
		assert_true(store_get(txn, PLAIN, text("m"), &got[round]));
		for (unsigned i = 0; i < 40; i++)
			put_number(txn, PLAIN, round * 40 + i);
	}
	for (unsigned round = 0; round < 50; round++) {
		memset(value, 'a' + (int)(round % 26), sizeof(value));
		assert_true(bytes_equal(got[round], bytes_of(value, sizeof(value))));
	}
	commit(txn);
}

/* The keys that a walk sees, one after the other with a blank behind each. */

static void test_sticky_error(void **state)
{
	struct world *world = *state;
	struct txn *txn = begin(world, STORE_WRITE);
	struct bytes got;
	struct scan scan;

	put(txn, PLAIN, "kept", "no");
	scan_begin(&scan, txn, PLAIN, SCAN_UP, BYTES_NONE, BYTES_NONE);
	store_fail(txn, ERR_OK);
	assert_int_equal(store_error(txn), ERR_OK);
	store_fail(txn, ERR_STALE);
	store_fail(txn, ERR_BUG);
	assert_int_equal(store_error(txn), ERR_STALE);
	assert_false(store_get(txn, PLAIN, text("kept"), &got));
	assert_false(scan_next(&scan));
	assert_int_equal(store_count(txn, PLAIN), 0);
	put(txn, PLAIN, "b", "");
	store_delete(txn, PLAIN, text("kept"));
	store_clear(txn, PLAIN);
	assert_int_equal(store_commit(txn), ERR_STALE);
	txn = begin(world, STORE_READ);
	assert_int_equal(store_count(txn, PLAIN), 0);
	store_fail(txn, ERR_STALE);
	assert_int_equal(store_commit(txn), ERR_STALE);
}

static void use_badly(struct txn *txn, unsigned row)
{
	static const uint8_t longest[STORE_KEY_MAX + 1] = {1};
	struct bytes too_long = bytes_of(longest, sizeof(longest));
	struct bytes got;
	struct scan scan;

	switch (row) {
	case 0:
		store_put(txn, PLAIN, BYTES_NONE, text("v"));
		break;
	case 1:
		store_put(txn, PLAIN, too_long, text("v"));
		break;
	case 2:
		assert_false(store_get(txn, PLAIN, BYTES_NONE, &got));
		break;
	case 3:
		store_delete(txn, PLAIN, BYTES_NONE);
		break;
	case 4:
		put(txn, TREES, "k", "v");
		break;
	case 5:
		store_clear(txn, TREES);
		break;
	case 6:
		assert_int_equal(store_count(txn, TREES), 0);
		break;
	case 7:
		scan_begin(&scan, txn, PLAIN, SCAN_UP, too_long, BYTES_NONE);
		assert_false(scan_next(&scan));
		break;
	default:
		scan_begin(&scan, txn, TREES, SCAN_UP, BYTES_NONE, BYTES_NONE);
		assert_false(scan_next(&scan));
		break;
	}
}

static void test_bad_use(void **state)
{
	struct world *world = *state;
	static const uint8_t longest[STORE_KEY_MAX] = {1};
	struct txn *txn;
	struct txn *second;

	for (unsigned row = 0; row < 9; row++) {
		txn = begin(world, STORE_WRITE);
		put(txn, PLAIN, "a", "b");
		use_badly(txn, row);
		if (store_error(txn) != ERR_BUG)
			fail_msg("row %u: %s", row, err_word(store_error(txn)));
		assert_int_equal(store_commit(txn), ERR_BUG);
	}
	txn = begin(world, STORE_READ);
	assert_int_equal(store_count(txn, PLAIN), 0);
	put(txn, PLAIN, "a", "b");
	assert_int_equal(store_commit(txn), ERR_BUG);

	txn = begin(world, STORE_WRITE);
	assert_int_equal(store_begin(world->store, STORE_WRITE, &world->arena, &second), ERR_BUG);
	store_put(txn, PLAIN, bytes_of(longest, sizeof(longest)), text("longest key"));
	commit(txn);
}

static void test_arena_full(void **state)
{
	struct world *world = *state;
	struct txn *txn = begin(world, STORE_WRITE);
	struct arena small;
	struct bytes got;

	put(txn, PLAIN, "a", "0123456789");
	commit(txn);
	arena_init(&small, 10);
	assert_int_equal(store_begin(world->store, STORE_READ, &small, &txn), ERR_OK);
	assert_false(store_get(txn, PLAIN, text("a"), &got));
	assert_null(got.p);
	assert_int_equal(store_commit(txn), ERR_LIMIT);
	arena_done(&small);
}

static void test_abort_and_commit(void **state)
{
	struct world *world = *state;
	struct txn *txn = begin(world, STORE_WRITE);

	put(txn, PLAIN, "a", "1");
	put(txn, PLAIN, "b", "1");
	commit(txn);
	txn = begin(world, STORE_WRITE);
	put(txn, PLAIN, "a", "2");
	store_delete(txn, PLAIN, text("b"));
	put(txn, PLAIN, "c", "2");
	fill(txn, OTHER, 100);
	store_abort(txn);
	txn = begin(world, STORE_WRITE);
	store_clear(txn, PLAIN);
	store_abort(txn);
	txn = begin(world, STORE_READ);
	assert_true(holds(txn, PLAIN, "a", "1"));
	assert_true(holds(txn, PLAIN, "b", "1"));
	assert_true(lacks(txn, PLAIN, "c"));
	assert_int_equal(store_count(txn, OTHER), 0);
	commit(txn);
}

static void test_reader_isolation(void **state)
{
	struct world *world = *state;
	struct txn *writer = begin(world, STORE_WRITE);
	put(writer, PLAIN, "a", "1");
	commit(writer);
	struct txn *before = begin(world, STORE_READ);
	writer = begin(world, STORE_WRITE);
	put(writer, PLAIN, "a", "2");
	put(writer, PLAIN, "b", "2");
	struct txn *during = begin(world, STORE_READ);

	assert_true(holds(during, PLAIN, "a", "1"));
	commit(writer);
	struct txn *after = begin(world, STORE_READ);
	for (unsigned round = 0; round < 2; round++) { /* the second with more commits between */
		assert_true(holds(before, PLAIN, "a", "1"));
		assert_true(lacks(before, PLAIN, "b"));
		assert_true(holds(during, PLAIN, "a", "1"));
		assert_int_equal(store_count(during, PLAIN), 1);
		assert_true(holds(after, PLAIN, "a", "2"));
		assert_int_equal(store_count(after, PLAIN), 2);
		writer = begin(world, STORE_WRITE);
		store_clear(writer, PLAIN);
		fill(writer, PLAIN, 500);
		commit(writer);
	}
	store_abort(before);
	commit(after);
	store_abort(during);
}

static void test_growing(void **state)
{
	struct world *world = *state;
	struct txn *txn = begin(world, STORE_WRITE);
	uint64_t seed = 7;
	struct scan scan;
	uint64_t want = 0;

	for (uint64_t i = 0; i < 3000; i++)
		put_number(txn, GROWING, i * 2);
	put_number(txn, GROWING, 5998); /* the largest once more */
	commit(txn);
	txn = begin(world, STORE_WRITE);
	for (unsigned i = 0; i < 3000; i++)
		put_number(txn, GROWING, draw(&seed) % 3000 * 2 + 1);
	for (uint64_t i = 0; i < 3000; i++)
		put_number(txn, GROWING, i * 2 + 1);
	commit(txn);
	txn = begin(world, STORE_READ);
	assert_int_equal(store_count(txn, GROWING), 6000);
	scan_begin(&scan, txn, GROWING, SCAN_UP, BYTES_NONE, BYTES_NONE);
	for (; scan_next(&scan); want++)
		assert_int_equal(get_u64(scan.key.p), want);
	assert_int_equal(want, 6000);
	commit(txn);
}

static void test_large_and_empty(void **state)
{
	enum { LARGE = 100 * 1000 };
	struct world *world = *state;
	uint8_t *large = malloc(LARGE);
	struct bytes got;

	assert_non_null(large);
	for (unsigned round = 0; round < 3; round++) {
		struct txn *txn = begin(world, STORE_WRITE);
		memset(large, (int)round + 1, LARGE);
		store_put(txn, PLAIN, text("large"), bytes_of(large, LARGE));
		store_put(txn, PLAIN, text("empty"), BYTES_NONE);
		commit(txn);
		txn = begin(world, STORE_READ);
		assert_true(store_get(txn, PLAIN, text("large"), &got));
		assert_true(bytes_equal(got, bytes_of(large, LARGE)));
		assert_true(store_get(txn, PLAIN, text("empty"), &got));
		assert_non_null(got.p);
		assert_int_equal(got.n, 0);
		commit(txn);
	}
	free(large);
}

static void test_count_and_clear(void **state)
{
	struct world *world = *state;
	struct txn *txn = begin(world, STORE_WRITE);

	fill(txn, PLAIN, 1000);
	fill(txn, PLAIN, 1200);
	fill(txn, OTHER, 3);
	assert_int_equal(store_count(txn, PLAIN), 1200);
	commit(txn);
	txn = begin(world, STORE_WRITE);
	struct scan scan;
	scan_begin(&scan, txn, PLAIN, SCAN_UP, BYTES_NONE, BYTES_NONE);
	assert_true(scan_next(&scan));
	store_clear(txn, PLAIN);
	assert_false(scan_next(&scan));
	assert_int_equal(store_count(txn, PLAIN), 0);
	put(txn, PLAIN, "again", "1");
	assert_int_equal(store_count(txn, PLAIN), 1);
	assert_int_equal(store_count(txn, OTHER), 3);
	commit(txn);
}

static void test_digest(void **state)
{
	struct world *world = *state;
	struct txn *txn = begin(world, STORE_WRITE);
	uint8_t digest[4][32];

	store_digest(txn, PLAIN, digest[0]);
	store_put(txn, PLAIN, text("ab"), text("c"));
	store_digest(txn, PLAIN, digest[1]);
	store_clear(txn, PLAIN);
	store_put(txn, PLAIN, text("a"), text("bc"));
	store_digest(txn, PLAIN, digest[2]);
	assert_memory_not_equal(digest[0], digest[1], 32);
	assert_memory_not_equal(digest[1], digest[2], 32);
	store_fail(txn, ERR_STALE);
	store_digest(txn, PLAIN, digest[3]);
	assert_memory_equal(digest[3], (uint8_t[32]){0}, 32);
	store_abort(txn);
}

static void test_many_rows(void **state)
{
	enum { MANY = 100 * 1000 };
	struct world *world = *state;
	struct txn *txn = begin(world, STORE_WRITE);
	uint64_t seed = 11;
	struct scan scan;
	uint64_t n = 0;
	uint64_t last = 0;

	for (unsigned i = 0; i < MANY; i++)
		put_number(txn, PLAIN, draw(&seed));
	commit(txn);
	txn = begin(world, STORE_WRITE);
	scan_begin(&scan, txn, PLAIN, SCAN_UP, BYTES_NONE, BYTES_NONE);
	for (; scan_next(&scan); n++) {
		assert_true(n == 0 || get_u64(scan.key.p) > last);
		last = get_u64(scan.key.p);
		if (n % 2)
			store_delete(txn, PLAIN, scan.key);
	}
	assert_int_equal(n, MANY);
	assert_int_equal(store_count(txn, PLAIN), MANY / 2);
	commit(txn);
}

/* ---- memory only ---- */

static void test_crash(void **state)
{
	struct world *world = *state;
	struct txn *txn = begin(world, STORE_WRITE);

	store_crash(world->store);
	txn = begin(world, STORE_WRITE);
	put(txn, PLAIN, "a", "1");
	commit(txn);
	txn = begin(world, STORE_WRITE);
	put(txn, PLAIN, "a", "2");
	put(txn, PLAIN, "b", "2");
	store_crash(world->store);
	store_crash(world->store);
	txn = begin(world, STORE_WRITE);
	assert_true(holds(txn, PLAIN, "a", "1"));
	assert_int_equal(store_count(txn, PLAIN), 1);
	commit(txn);
}

static void test_commit_fails_once(void **state)
{
	struct world *world = *state;

	store_fail_next_commit(world->store, ERR_SYSTEM);
	commit(begin(world, STORE_READ));
	struct txn *txn = begin(world, STORE_WRITE);
	put(txn, PLAIN, "a", "1");
	assert_int_equal(store_commit(txn), ERR_SYSTEM);
	txn = begin(world, STORE_WRITE);
	assert_true(lacks(txn, PLAIN, "a"));
	put(txn, PLAIN, "a", "2");
	commit(txn);
	txn = begin(world, STORE_READ);
	assert_true(holds(txn, PLAIN, "a", "2"));
	commit(txn);
}

static enum err say_moment(void *ctx, enum store_moment moment)
{
	const enum err *says = ctx;

	return says[moment];
}

static void test_watched_commits(void **state)
{
	struct world *world = *state;
	enum err says[2] = {ERR_FULL, ERR_OK};

	store_watch_commits(world->store, (struct store_watch){say_moment, says});
	struct txn *txn = begin(world, STORE_WRITE);
	put(txn, PLAIN, "a", "1");
	assert_int_equal(store_commit(txn), ERR_FULL);
	says[STORE_COMMITTING] = ERR_OK;
	says[STORE_COMMITTED] = ERR_SYSTEM;
	txn = begin(world, STORE_WRITE);
	assert_true(lacks(txn, PLAIN, "a"));
	put(txn, PLAIN, "a", "2");
	assert_int_equal(store_commit(txn), ERR_SYSTEM); /* and is kept all the same */
	store_watch_commits(world->store, (struct store_watch){NULL, NULL});
	txn = begin(world, STORE_WRITE);
	assert_true(holds(txn, PLAIN, "a", "2"));
	commit(txn);
}

static void test_copy(void **state)
{
	struct world *world = *state;
	struct store *original = world->store, *copy;

	struct txn *txn = begin(world, STORE_WRITE);
	put(txn, PLAIN, "a", "1");
	commit(txn);
	assert_int_equal(store_copy_memory(original, &copy), ERR_OK);
	txn = begin(world, STORE_WRITE);
	put(txn, PLAIN, "a", "2");
	commit(txn);
	world->store = copy;
	txn = begin(world, STORE_WRITE);
	assert_true(holds(txn, PLAIN, "a", "1"));
	put(txn, PLAIN, "b", "3");
	commit(txn);
	world->store = original;
	txn = begin(world, STORE_READ);
	assert_true(holds(txn, PLAIN, "a", "2"));
	assert_true(lacks(txn, PLAIN, "b"));
	commit(txn);
	store_close(copy);
}

static int run_conformance(const char *backend, CMFixtureFunction setup)
{
	const struct CMUnitTest tests[] = {
		CASE(test_get_put_delete, setup),
		CASE(test_copies_survive, setup),
		CASE(test_sticky_error, setup),
		CASE(test_bad_use, setup),
		CASE(test_arena_full, setup),
		CASE(test_abort_and_commit, setup),
		CASE(test_reader_isolation, setup),
		CASE(test_growing, setup),
		CASE(test_large_and_empty, setup),
		CASE(test_count_and_clear, setup),
		CASE(test_digest, setup),
		CASE(test_many_rows, setup),
	};

	return cmocka_run_group_tests_name(backend, tests, NULL, NULL);
}

static int run_memory_alone(void)
{
	const struct CMUnitTest tests[] = {
		CASE(test_crash, setup_memory),
		CASE(test_commit_fails_once, setup_memory),
		CASE(test_watched_commits, setup_memory),
		CASE(test_copy, setup_memory),
	};

	return cmocka_run_group_tests_name("memory alone", tests, NULL, NULL);
}

int main(void)
{
	int failed = run_conformance("memory", setup_memory);

	failed += run_conformance("lmdb", setup_lmdb);
	failed += run_memory_alone();
	return failed != 0;
}
