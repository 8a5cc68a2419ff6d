/* The conformance suite of the store: every case runs against every backend. Touches directories of
 * its own under /tmp. */
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

static struct store *open_dir(const char *dir, size_t n, const struct store_options *options)
{
	struct store *store = NULL;
	struct reason reason = {0};

	enum err code = store_open_lmdb(dir, trees, n, options, &store, &reason);
	if (code != ERR_OK)
		fail_msg("%s: %s", err_word(code), reason.rule);
	return store;
}

static int setup_dir(void **state)
{
	struct world *world = calloc(1, sizeof(*world));

	assert_non_null(world);
	arena_init(&world->arena, (size_t)64 << 20);
	snprintf(world->dir, sizeof(world->dir), "/tmp/test_store.XXXXXX");
	assert_non_null(mkdtemp(world->dir));
	*state = world;
	return 0;
}

static int setup_lmdb(void **state)
{
	setup_dir(state);
	struct world *world = *state;
	world->store = open_dir(world->dir, TREES, NULL);
	return 0;
}

static int setup_memory(void **state)
{
	struct world *world = calloc(1, sizeof(*world));

	assert_non_null(world);
	arena_init(&world->arena, (size_t)64 << 20);
	*state = world;
	return store_open_memory(trees, TREES, &world->store) == ERR_OK ? 0 : -1;
}

static void remove_dir(const char *dir)
{
	static const char *const files[] = {"data.mdb", "lock.mdb", "lock"};
	char path[128];

	for (size_t i = 0; i < sizeof(files) / sizeof(files[0]); i++) {
		snprintf(path, sizeof(path), "%s/%s", dir, files[i]);
		unlink(path);
	}
	assert_int_equal(rmdir(dir), 0);
}

static void limit_files(rlim_t bytes)
{
	struct rlimit limit;

	assert_int_equal(getrlimit(RLIMIT_FSIZE, &limit), 0);
	limit.rlim_cur = bytes < limit.rlim_max ? bytes : limit.rlim_max;
	assert_int_equal(setrlimit(RLIMIT_FSIZE, &limit), 0);
}

static int teardown(void **state)
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

static struct txn *begin(struct world *world, enum store_mode mode)
{
	struct txn *txn = NULL;

	assert_int_equal(store_begin(world->store, mode, &world->arena, &txn), ERR_OK);
	return txn;
}

static void commit(struct txn *txn)
{
	assert_int_equal(store_error(txn), ERR_OK);
	assert_int_equal(store_commit(txn), ERR_OK);
}

static struct bytes text(const char *s)
{
	return bytes_of_string(s);
}

static void put(struct txn *txn, unsigned tree, const char *key, const char *value)
{
	store_put(txn, tree, text(key), text(value));
}

static bool holds(struct txn *txn, unsigned tree, const char *key, const char *value)
{
	struct bytes got;

	return store_get(txn, tree, text(key), &got) && bytes_equal(got, text(value));
}

static bool lacks(struct txn *txn, unsigned tree, const char *key)
{
	struct bytes got;

	return !store_get(txn, tree, text(key), &got) && store_error(txn) == ERR_OK;
}

static struct key number(uint64_t v)
{
	struct key key = {0};

	key_add_u64(&key, v);
	return key;
}

static void put_number(struct txn *txn, unsigned tree, uint64_t v)
{
	struct key key = number(v);

	store_put(txn, tree, key_bytes(&key), key_bytes(&key));
}

/* A generator that repeats exactly: splitmix64. */
static uint64_t draw(uint64_t *seed)
{
	uint64_t z = *seed += UINT64_C(0x9e3779b97f4a7c15);

	z = (z ^ z >> 30) * UINT64_C(0xbf58476d1ce4e5b9);
	z = (z ^ z >> 27) * UINT64_C(0x94d049bb133111eb);
	return z ^ z >> 31;
}

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
static const char *walk(
	struct txn *txn, enum scan_direction direction, struct bytes prefix, struct bytes from)
{
	char *seen = arena_alloc(txn->arena, 256);
	struct scan scan;
	size_t n = 0;

	assert_non_null(seen);
	scan_begin(&scan, txn, PLAIN, direction, prefix, from);
	while (scan_next(&scan))
		n += (size_t)snprintf(
			seen + n, 256 - n, "%.*s ", (int)scan.key.n, (const char *)scan.key.p);
	assert_false(scan_next(&scan));
	scan_end(&scan);
	return seen;
}

static void test_scan_rows(void **state)
{
	static const struct {
		enum scan_direction direction;
		const char *prefix;
		const char *from;
		const char *want;
	} rows[] = {
		{SCAN_UP, "", "", "a aa ab b ba c "},
		{SCAN_DOWN, "", "", "c ba b ab aa a "},
		{SCAN_UP, "a", "", "a aa ab "},
		{SCAN_DOWN, "a", "", "ab aa a "},
		{SCAN_UP, "a", "aa", "aa ab "},
		{SCAN_UP, "a", "a0", "aa ab "},
		{SCAN_DOWN, "a", "aa", "aa a "},
		{SCAN_DOWN, "a", "aaz", "aa a "},
		{SCAN_UP, "b", "a", "b ba "},
		{SCAN_UP, "b", "bb", ""},
		{SCAN_UP, "b", "c", ""},
		{SCAN_DOWN, "b", "c", "ba b "},
		{SCAN_DOWN, "b", "a", ""},
		{SCAN_DOWN, "b", "b", "b "},
		{SCAN_DOWN, "", "b", "b ab aa a "},
		{SCAN_DOWN, "", "zz", "c ba b ab aa a "},
		{SCAN_DOWN, "", "0", ""},
		{SCAN_UP, "", "zz", ""},
		{SCAN_UP, "d", "", ""},
		{SCAN_DOWN, "d", "", ""},
		{SCAN_UP, "abc", "", ""},
	};
	struct world *world = *state;
	struct txn *txn = begin(world, STORE_WRITE);

	assert_string_equal(walk(txn, SCAN_UP, BYTES_NONE, BYTES_NONE), "");
	assert_string_equal(walk(txn, SCAN_DOWN, BYTES_NONE, BYTES_NONE), "");
	for (const char *const *key = (const char *const[]){"c", "ab", "a", "ba", "aa", "b", NULL};
		*key; key++)
		put(txn, PLAIN, *key, *key);
	for (unsigned pass = 0; pass < 2; pass++) { /* in the writer, then in a reader */
		for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
			const char *got = walk(
				txn, rows[i].direction, text(rows[i].prefix), text(rows[i].from));
			if (strcmp(got, rows[i].want) != 0)
				fail_msg("row %zu: got '%s' want '%s'", i, got, rows[i].want);
		}
		commit(txn);
		txn = begin(world, STORE_READ);
	}
	store_abort(txn);
}

static void test_scan_prefix_of_ff(void **state)
{
	static const uint8_t key[] = {0xff, 0xff, 0x01};
	struct world *world = *state;
	struct txn *txn = begin(world, STORE_WRITE);
	struct scan scan;

	put(txn, PLAIN, "a", "");
	store_put(txn, PLAIN, bytes_of("\xfe\xff\x05", 3), BYTES_NONE);
	store_put(txn, PLAIN, bytes_of(key, 2), BYTES_NONE);
	store_put(txn, PLAIN, bytes_of(key, 3), BYTES_NONE);
	scan_begin(&scan, txn, PLAIN, SCAN_DOWN, bytes_of(key, 2), BYTES_NONE);
	assert_true(scan_next(&scan));
	assert_true(bytes_equal(scan.key, bytes_of(key, 3)));
	assert_true(scan_next(&scan));
	assert_true(bytes_equal(scan.key, bytes_of(key, 2)));
	assert_false(scan_next(&scan));
	scan_begin(&scan, txn, PLAIN, SCAN_DOWN, bytes_of("\xfe\xff", 2), BYTES_NONE);
	assert_true(scan_next(&scan));
	assert_true(bytes_equal(scan.key, bytes_of("\xfe\xff\x05", 3)));
	assert_false(scan_next(&scan));
	store_abort(txn);
}

static void fill(struct txn *txn, unsigned tree, unsigned n)
{
	for (unsigned i = 0; i < n; i++)
		put_number(txn, tree, i * 10);
}

static void test_scan_deletes_all(void **state)
{
	struct world *world = *state;
	struct txn *txn = begin(world, STORE_WRITE);

	for (unsigned direction = 0; direction < 2; direction++) {
		struct scan scan;
		unsigned seen = 0;

		fill(txn, PLAIN, 2000);
		scan_begin(
			&scan, txn, PLAIN, direction ? SCAN_DOWN : SCAN_UP, BYTES_NONE, BYTES_NONE);
		while (scan_next(&scan)) {
			uint64_t want = (direction ? 1999 - seen : seen) * 10;
			assert_int_equal(get_u64(scan.key.p), want);
			assert_int_equal(get_u64(scan.value.p), want);
			store_delete(txn, PLAIN, scan.key);
			seen++;
		}
		assert_int_equal(seen, 2000);
		assert_int_equal(store_count(txn, PLAIN), 0);
	}
	commit(txn);
}

/* While it walks it moves rows to another tree, rewrites and deletes behind, puts ahead, and lets
 * another walk run: every first row is seen once, in order, and every row put ahead too. */
static void test_scan_among_changes(void **state)
{
	struct world *world = *state;
	struct txn *txn = begin(world, STORE_WRITE);
	struct scan scan;
	struct scan inner;
	uint64_t seen = 0;

	fill(txn, PLAIN, 1500);
	commit(txn);
	txn = begin(world, STORE_WRITE);
	scan_begin(&scan, txn, PLAIN, SCAN_UP, BYTES_NONE, BYTES_NONE);
	scan_begin(&inner, txn, OTHER, SCAN_DOWN, BYTES_NONE, BYTES_NONE);
	while (scan_next(&scan)) {
		uint64_t v = get_u64(scan.key.p);
		uint64_t want = seen % 2 == 0 ? seen / 2 * 10 : seen / 2 * 10 + 5;
		assert_int_equal(v, want);
		store_put(txn, OTHER, scan.key, scan.value);
		scan_next(&inner);
		if (v % 10 == 0)
			put_number(txn, PLAIN, v + 5);
		if (v >= 20)
			put_number(txn, PLAIN, v - 10 + (v % 10 == 0 ? 3 : 0));
		struct key behind = number(v / 2);
		store_delete(txn, PLAIN, key_bytes(&behind));
		seen++;
	}
	assert_int_equal(seen, 3000);
	assert_int_equal(store_count(txn, OTHER), 3000);
	commit(txn);
	txn = begin(world, STORE_READ);
	scan_begin(&scan, txn, OTHER, SCAN_UP, BYTES_NONE, BYTES_NONE);
	for (seen = 0; scan_next(&scan); seen++)
		assert_true(bytes_equal(scan.key, scan.value));
	assert_int_equal(seen, 3000);
	store_abort(txn);
}

enum { ARGUMENT_BYTES = 700 };

/* n bytes of which each differs from its neighbours and from those of other rows. */
static struct bytes pattern(uint8_t *p, size_t n, uint64_t row)
{
	for (size_t i = 0; i < n; i++)
		p[i] = (uint8_t)(i * 7 + row * 31);
	return bytes_of(p, n);
}

/* Values that come straight out of a walk go into the same tree, whose pages are moved by it: under
 * a new key, and shortened under their own. */
static void test_scan_value_as_argument(void **state)
{
	struct world *world = *state;
	struct txn *txn = begin(world, STORE_WRITE);
	uint8_t value[ARGUMENT_BYTES];
	struct scan scan;
	unsigned seen = 0;

	for (uint64_t i = 0; i < 300; i++) {
		struct key key = number(i);
		store_put(txn, PLAIN, key_bytes(&key), pattern(value, sizeof(value), i));
	}
	scan_begin(&scan, txn, PLAIN, SCAN_DOWN, BYTES_NONE, BYTES_NONE);
	while (scan_next(&scan)) {
		struct key copy = number(1000000 + get_u64(scan.key.p));
		if (get_u64(scan.key.p) % 2)
			store_put(txn, PLAIN, key_bytes(&copy), scan.value);
		else
			store_put(txn, PLAIN, scan.key, bytes_of(scan.value.p, 333));
	}
	scan_begin(&scan, txn, PLAIN, SCAN_UP, BYTES_NONE, BYTES_NONE);
	for (; scan_next(&scan); seen++) {
		uint64_t i = get_u64(scan.key.p) % 1000000;
		size_t n = i % 2 ? sizeof(value) : 333;
		assert_true(bytes_equal(scan.value, pattern(value, n, i)));
	}
	assert_int_equal(seen, 450);
	commit(txn);
}

/* After everything was cleared a walk goes on behind its last key, not from the start. */
static void test_scan_across_clear(void **state)
{
	struct world *world = *state;
	struct txn *txn = begin(world, STORE_WRITE);
	struct scan up;
	struct scan down;

	fill(txn, PLAIN, 100);
	struct key from = number(500);
	scan_begin(&up, txn, PLAIN, SCAN_UP, BYTES_NONE, key_bytes(&from));
	scan_begin(&down, txn, PLAIN, SCAN_DOWN, BYTES_NONE, key_bytes(&from));
	assert_true(scan_next(&up) && scan_next(&down));
	store_clear(txn, PLAIN);
	put_number(txn, PLAIN, 400);
	put_number(txn, PLAIN, 600);
	assert_true(scan_next(&up));
	assert_int_equal(get_u64(up.key.p), 600);
	assert_true(scan_next(&down));
	assert_int_equal(get_u64(down.key.p), 400);
	assert_false(scan_next(&up) || scan_next(&down));
	commit(txn);
}

static void test_scan_left_open(void **state)
{
	struct world *world = *state;
	struct scan scans[3];

	for (unsigned round = 0; round < 6; round++) {
		struct txn *txn = begin(world, round % 2 ? STORE_READ : STORE_WRITE);

		if (round % 2 == 0)
			fill(txn, PLAIN, 100);
		for (size_t i = 0; i < 3; i++) {
			scan_begin(&scans[i], txn, PLAIN, SCAN_UP, BYTES_NONE, BYTES_NONE);
			assert_true(scan_next(&scans[i]));
		}
		scan_end(&scans[1]);
		scan_end(&scans[1]);
		assert_true(scan_next(&scans[0]));
		if (round % 3)
			store_abort(txn);
		else
			commit(txn);
	}
}

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

/* ---- both side by side ---- */

static void change_randomly(struct txn *txn, uint64_t dice, uint64_t *seed)
{
	unsigned tree = (unsigned)(dice >> 8) % TREES;
	struct key key = {0};
	uint8_t value[300];

	for (uint64_t n = dice >> 16 & 3; n < 4; n++)
		key_add_u8(&key, (uint8_t)(draw(seed) % 7 * 42));
	memset(value, (int)(dice >> 24 & 0xff), sizeof(value));
	if (dice % 1000 == 0)
		store_clear(txn, tree);
	else if (dice % 3 == 0)
		store_delete(txn, tree, key_bytes(&key));
	else
		store_put(txn, tree, key_bytes(&key), bytes_of(value, (dice >> 32) % 300));
}

static void operate(struct world *world, unsigned operations)
{
	uint64_t seed = 42;
	struct txn *txn = begin(world, STORE_WRITE);

	for (unsigned i = 0; i < operations; i++) {
		uint64_t dice = draw(&seed);
		change_randomly(txn, dice, &seed);
		if (dice >> 40 & 0x1f)
			continue;
		if (dice >> 45 & 3)
			commit(txn);
		else
			store_abort(txn);
		txn = begin(world, STORE_WRITE);
	}
	commit(txn);
}

static uint64_t compare_rows(struct txn *a, struct txn *b, unsigned tree)
{
	struct scan in_a;
	struct scan in_b;
	uint64_t n = 0;

	scan_begin(&in_a, a, tree, SCAN_UP, BYTES_NONE, BYTES_NONE);
	scan_begin(&in_b, b, tree, SCAN_UP, BYTES_NONE, BYTES_NONE);
	for (; scan_next(&in_a); n++) {
		assert_true(scan_next(&in_b));
		assert_true(bytes_equal(in_a.key, in_b.key));
		assert_true(bytes_equal(in_a.value, in_b.value));
	}
	assert_false(scan_next(&in_b));
	return n;
}

static void test_backends_agree(void **state)
{
	struct world *disk = *state;
	struct world *memory;
	uint64_t rows = 0;

	assert_int_equal(setup_memory((void **)&memory), 0);
	operate(disk, 5000);
	operate(memory, 5000);
	struct txn *a = begin(disk, STORE_READ);
	struct txn *b = begin(memory, STORE_READ);
	for (unsigned tree = 0; tree < TREES; tree++) {
		uint8_t digest_a[32];
		uint8_t digest_b[32];
		uint64_t n = compare_rows(a, b, tree);

		store_digest(a, tree, digest_a);
		store_digest(b, tree, digest_b);
		assert_memory_equal(digest_a, digest_b, 32);
		assert_int_equal(store_count(a, tree), n);
		assert_int_equal(store_count(b, tree), n);
		rows += n;
	}
	assert_true(rows > 500);
	commit(a);
	commit(b);
	teardown((void **)&memory);
}

/* ---- LMDB only; these open the directory themselves ---- */

static void test_reopen(void **state)
{
	struct world *world = *state;

	world->store = open_dir(world->dir, TREES, NULL);
	struct txn *txn = begin(world, STORE_WRITE);
	fill(txn, PLAIN, 1000);
	put(txn, GROWING, "a", "1");
	commit(txn);
	store_close(world->store);
	world->store = open_dir(world->dir, TREES + 1, NULL);
	txn = begin(world, STORE_WRITE);
	assert_int_equal(store_count(txn, PLAIN), 1000);
	assert_true(holds(txn, GROWING, "a", "1"));
	assert_int_equal(store_count(txn, TREES), 0);
	put(txn, TREES, "new", "tree");
	commit(txn);
	store_close(world->store);
	world->store = open_dir(world->dir, TREES + 1, NULL);
	txn = begin(world, STORE_READ);
	assert_true(holds(txn, TREES, "new", "tree"));
	assert_int_equal(store_count(txn, PLAIN), 1000);
	commit(txn);
}

static void test_makes_directory(void **state)
{
	struct world *world = *state;
	char inner[80];
	struct stat file;
	struct reason reason = {0};

	snprintf(inner, sizeof(inner), "%s/in", world->dir);
	struct store *store = open_dir(inner, TREES, NULL);
	assert_int_equal(stat(inner, &file), 0);
	assert_int_equal(file.st_mode & 07777, 0700);
	store_close(store);
	remove_dir(inner);
	snprintf(inner, sizeof(inner), "%s/not/there", world->dir);
	assert_int_equal(store_open_lmdb(inner, trees, TREES, NULL, &store, &reason), ERR_SYSTEM);
	assert_null(store);
	assert_string_equal(reason.field, "dir");
}

static void test_second_open(void **state)
{
	struct world *world = *state;
	struct store *second;
	struct reason reason = {0};
	int status;

	world->store = open_dir(world->dir, TREES, NULL);
	assert_int_equal(
		store_open_lmdb(world->dir, trees, TREES, NULL, &second, &reason), ERR_CONFLICT);
	assert_non_null(strstr(reason.rule, "lock"));
	pid_t child = fork();
	if (child == 0)
		_exit((int)store_open_lmdb(world->dir, trees, TREES, NULL, &second, NULL));
	assert_int_equal(waitpid(child, &status, 0), child);
	assert_true(WIFEXITED(status));
	assert_int_equal(WEXITSTATUS(status), ERR_CONFLICT);
	store_close(world->store);
	world->store = open_dir(world->dir, TREES, NULL);
}

static void test_not_a_database(void **state)
{
	struct world *world = *state;
	struct reason reason = {0};
	char path[80];
	char junk[8192] = {1};

	snprintf(path, sizeof(path), "%s/data.mdb", world->dir);
	int fd = open(path, O_WRONLY | O_CREAT | O_CLOEXEC, 0600);
	assert_true(fd >= 0);
	assert_int_equal(write(fd, junk, sizeof(junk)), sizeof(junk));
	close(fd);
	assert_int_equal(store_open_lmdb(world->dir, trees, TREES, NULL, &world->store, &reason),
		ERR_CORRUPT);
	assert_int_equal(reason.code, ERR_CORRUPT);
}

static void test_network_types(void **state)
{
	static const unsigned long refused[] = {NFS_SUPER_MAGIC, SMB_SUPER_MAGIC, CIFS_SUPER_MAGIC,
		SMB2_SUPER_MAGIC, AFS_SUPER_MAGIC, AFS_FS_MAGIC, CEPH_SUPER_MAGIC};
	static const unsigned long taken[] = {
		EXT4_SUPER_MAGIC, XFS_SUPER_MAGIC, TMPFS_MAGIC, FUSE_SUPER_MAGIC, V9FS_MAGIC};

	(void)state;
	for (size_t i = 0; i < sizeof(refused) / sizeof(refused[0]); i++)
		assert_true(store_lmdb_is_network(refused[i]));
	for (size_t i = 0; i < sizeof(taken) / sizeof(taken[0]); i++)
		assert_false(store_lmdb_is_network(taken[i]));
}

/* Puts rows of 1,000 bytes from number `from` on, one commit each ten, until that fails. */
static enum err fill_up(struct world *world, uint64_t from)
{
	static const uint8_t value[1000] = {1};
	struct txn *txn;

	for (uint64_t i = from;; i += 10) {
		enum err code = store_begin(world->store, STORE_WRITE, &world->arena, &txn);
		if (code != ERR_OK)
			return code;
		for (uint64_t j = i; j < i + 10; j++) {
			struct key key = number(j);
			store_put(txn, PLAIN, key_bytes(&key), bytes_of(value, sizeof(value)));
		}
		code = store_commit(txn);
		if (code != ERR_OK)
			return code;
	}
}

static void test_map_full(void **state)
{
	const struct store_options small = {.map_bytes = 1000 * 1000, .grow_bytes = 64 * 1024};
	struct world *world = *state;
	struct store_usage usage;

	world->store = open_dir(world->dir, TREES, &small);
	assert_int_equal(fill_up(world, 0), ERR_FULL);
	store_usage(world->store, &usage);
	assert_true(usage.map_bytes >= 1000 * 1000 && usage.map_bytes < 1010 * 1000);
	assert_true(usage.used_bytes > 900 * 1000 && usage.used_bytes <= usage.map_bytes);
	assert_true(usage.file_bytes <= usage.map_bytes);

	struct txn *txn = begin(world, STORE_READ);
	uint64_t rows = store_count(txn, PLAIN);
	assert_true(rows > 500 && rows % 10 == 0);
	commit(txn);
	assert_int_equal(fill_up(world, rows), ERR_FULL);
	txn = begin(world, STORE_WRITE);
	store_clear(txn, PLAIN);
	commit(txn);
	for (unsigned i = 0; i < 3; i++) {
		txn = begin(world, STORE_WRITE);
		fill(txn, OTHER, 200);
		commit(txn);
	}
	txn = begin(world, STORE_READ);
	assert_int_equal(store_count(txn, OTHER), 200);
	commit(txn);
	store_close(world->store);
	world->store = open_dir(world->dir, TREES, NULL);
	txn = begin(world, STORE_WRITE);
	fill(txn, PLAIN, 1000);
	commit(txn);
}

/* A limit on the size of files stands in for a full disk. */
static void test_disk_full(void **state)
{
	const struct store_options options = {.grow_bytes = 256 * 1024};
	struct world *world = *state;
	struct store_usage usage;

	signal(SIGXFSZ, SIG_IGN);
	world->store = open_dir(world->dir, TREES, &options);
	limit_files(1024 * 1024);
	assert_int_equal(fill_up(world, 0), ERR_FULL);
	store_usage(world->store, &usage);
	assert_int_equal(usage.file_bytes, 1024 * 1024);
	struct txn *txn = begin(world, STORE_READ);
	uint64_t rows = store_count(txn, PLAIN);
	assert_true(rows > 300 && rows % 10 == 0);
	commit(txn);
	limit_files(RLIM_INFINITY);
	txn = begin(world, STORE_WRITE);
	fill(txn, OTHER, 100);
	commit(txn);
	store_close(world->store);
	world->store = open_dir(world->dir, TREES, &options);
	txn = begin(world, STORE_READ);
	assert_int_equal(store_count(txn, PLAIN), rows);
	assert_int_equal(store_count(txn, OTHER), 100);
	commit(txn);
}

/* One transaction larger than the room ahead meets the limit in its commit: nothing begins after.
 */
static void test_failed_flush(void **state)
{
	const struct store_options options = {.grow_bytes = 64 * 1024};
	static const uint8_t value[100 * 1000] = {1};
	struct world *world = *state;
	struct txn *txn;

	signal(SIGXFSZ, SIG_IGN);
	world->store = open_dir(world->dir, TREES, &options);
	txn = begin(world, STORE_WRITE);
	put(txn, PLAIN, "a", "1");
	commit(txn);
	txn = begin(world, STORE_WRITE);
	for (uint64_t i = 0; i < 10; i++) {
		struct key key = number(i);
		store_put(txn, PLAIN, key_bytes(&key), bytes_of(value, sizeof(value)));
	}
	limit_files(512 * 1024);
	assert_int_equal(store_error(txn), ERR_OK);
	assert_int_equal(store_commit(txn), ERR_SYSTEM);
	limit_files(RLIM_INFINITY);
	assert_int_equal(store_begin(world->store, STORE_WRITE, &world->arena, &txn), ERR_SYSTEM);
	assert_int_equal(store_begin(world->store, STORE_READ, &world->arena, &txn), ERR_SYSTEM);
	store_close(world->store);
	world->store = open_dir(world->dir, TREES, &options);
	txn = begin(world, STORE_READ);
	assert_true(holds(txn, PLAIN, "a", "1"));
	assert_int_equal(store_count(txn, PLAIN), 1);
	commit(txn);
}

/* The file is longer than its pages, whole (no holes), and opens again. */
static void test_file_grows_ahead(void **state)
{
	const struct store_options options = {.grow_bytes = 1024 * 1024};
	struct world *world = *state;
	struct store_usage usage;
	struct stat file;
	char path[80];

	snprintf(path, sizeof(path), "%s/data.mdb", world->dir);
	for (unsigned round = 1; round <= 3; round++) {
		world->store = open_dir(world->dir, TREES, &options);
		struct txn *txn = begin(world, STORE_WRITE);
		assert_int_equal(store_count(txn, PLAIN), (round - 1) * 10000);
		for (uint64_t i = 0; i < 10000; i++)
			put_number(txn, PLAIN, round * 1000000 + i);
		commit(txn);
		store_abort(begin(world, STORE_WRITE));
		store_usage(world->store, &usage);
		assert_true(usage.file_bytes >= usage.used_bytes + options.grow_bytes);
		assert_true(usage.file_bytes <= usage.used_bytes + 4 * options.grow_bytes);
		assert_int_equal(stat(path, &file), 0);
		assert_int_equal(file.st_size, usage.file_bytes);
		assert_true((uint64_t)file.st_blocks * 512 >= usage.file_bytes);
		store_close(world->store);
		world->store = NULL;
	}
}

enum { PART_ROWS = 3 };

/* Transaction i puts PART_ROWS rows under i into two trees and takes those of i - 20 out of one. */
static enum err commit_numbered(struct world *world, uint64_t i)
{
	struct txn *txn;
	enum err code = store_begin(world->store, STORE_WRITE, &world->arena, &txn);

	if (code != ERR_OK)
		return code;
	for (uint64_t j = 0; j < PART_ROWS; j++) {
		struct key key = number(i);
		key_add_u64(&key, j);
		store_put(txn, GROWING, key_bytes(&key), key_bytes(&key));
		store_put(txn, OTHER, key_bytes(&key), key_bytes(&key));
		if (i < 20)
			continue;
		key = number(i - 20);
		key_add_u64(&key, j);
		store_delete(txn, OTHER, key_bytes(&key));
	}
	return store_commit(txn);
}

/* Only ends when killed or broken; asserts belong to the parent. */
static void run_child(struct world *world, uint64_t from, int pipe_fd)
{
	const struct store_options options = {.grow_bytes = 64 * 1024};

	if (store_open_lmdb(world->dir, trees, TREES, &options, &world->store, NULL) != ERR_OK)
		_exit(1);
	for (uint64_t i = from;; i++) {
		if (commit_numbered(world, i) != ERR_OK)
			_exit(2);
		if (write(pipe_fd, &i, sizeof(i)) != sizeof(i))
			_exit(3);
	}
}

/* Every acknowledged transaction whole; at most one more, whole too. Returns how many there are. */
static uint64_t check_after_kill(struct world *world, uint64_t acknowledged)
{
	world->store = open_dir(world->dir, TREES, NULL);
	struct txn *txn = begin(world, STORE_READ);
	uint64_t rows = store_count(txn, GROWING);
	uint64_t there = rows / PART_ROWS;
	uint64_t n = 0;
	struct scan scan;

	assert_int_equal(rows % PART_ROWS, 0);
	assert_true(there == acknowledged || there == acknowledged + 1);
	scan_begin(&scan, txn, GROWING, SCAN_UP, BYTES_NONE, BYTES_NONE);
	for (; scan_next(&scan); n++) {
		assert_int_equal(get_u64(scan.key.p), n / PART_ROWS);
		assert_int_equal(get_u64(scan.key.p + 8), n % PART_ROWS);
		assert_true(bytes_equal(scan.key, scan.value));
	}
	assert_int_equal(n, rows);
	assert_int_equal(store_count(txn, OTHER), (there < 20 ? there : 20) * PART_ROWS);
	commit(txn);
	store_close(world->store);
	world->store = NULL;
	return there;
}

/* Lets a child commit from number `from` on and kills it some time after it acknowledged `enough`;
 * returns how many are acknowledged. */
static uint64_t kill_child(struct world *world, uint64_t from, uint64_t enough, unsigned wait_us)
{
	uint64_t acknowledged = from;
	uint64_t i;
	int fds[2];
	int status;

	assert_int_equal(pipe(fds), 0);
	pid_t child = fork();
	assert_true(child >= 0);
	if (child == 0) {
		close(fds[0]);
		run_child(world, from, fds[1]);
	}
	close(fds[1]);
	while (read(fds[0], &i, sizeof(i)) == sizeof(i)) {
		assert_int_equal(i, acknowledged);
		acknowledged++;
		if (acknowledged == enough) {
			usleep(wait_us);
			kill(child, SIGKILL);
		}
	}
	close(fds[0]);
	assert_int_equal(waitpid(child, &status, 0), child);
	assert_true(WIFSIGNALED(status));
	assert_true(acknowledged >= enough);
	return acknowledged;
}

static void test_kill(void **state)
{
	struct world *world = *state;
	uint64_t seed = 3;
	uint64_t done = 0;

	for (unsigned round = 0; round < 20; round++) {
		uint64_t enough = done + 1 + draw(&seed) % 60;
		unsigned wait_us = (unsigned)(draw(&seed) % 3000);

		done = check_after_kill(world, kill_child(world, done, enough, wait_us));
	}
}

#define CASE(test, setup) cmocka_unit_test_setup_teardown(test, setup, teardown)

static int run_conformance(const char *backend, CMFixtureFunction setup)
{
	const struct CMUnitTest tests[] = {
		CASE(test_get_put_delete, setup),
		CASE(test_copies_survive, setup),
		CASE(test_scan_rows, setup),
		CASE(test_scan_prefix_of_ff, setup),
		CASE(test_scan_deletes_all, setup),
		CASE(test_scan_among_changes, setup),
		CASE(test_scan_value_as_argument, setup),
		CASE(test_scan_across_clear, setup),
		CASE(test_scan_left_open, setup),
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
	};

	return cmocka_run_group_tests_name("memory alone", tests, NULL, NULL);
}

static int run_lmdb_alone(void)
{
	const struct CMUnitTest tests[] = {
		CASE(test_backends_agree, setup_lmdb),
		CASE(test_reopen, setup_dir),
		CASE(test_makes_directory, setup_dir),
		CASE(test_second_open, setup_dir),
		CASE(test_not_a_database, setup_dir),
		CASE(test_network_types, setup_dir),
		CASE(test_map_full, setup_dir),
		CASE(test_disk_full, setup_dir),
		CASE(test_failed_flush, setup_dir),
		CASE(test_file_grows_ahead, setup_dir),
		CASE(test_kill, setup_dir),
	};

	return cmocka_run_group_tests_name("lmdb alone", tests, NULL, NULL);
}

int main(void)
{
	int failed = run_conformance("memory", setup_memory);

	failed += run_conformance("lmdb", setup_lmdb);
	failed += run_memory_alone();
	failed += run_lmdb_alone();
	return failed != 0;
}
