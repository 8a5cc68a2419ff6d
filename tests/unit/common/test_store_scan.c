/* The conformance suite of the store, walks over rows: every case runs against every backend. */
#include "tests/unit/common/store_world.h"

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

static int run_conformance(const char *backend, CMFixtureFunction setup)
{
	const struct CMUnitTest tests[] = {
		CASE(test_scan_rows, setup),
		CASE(test_scan_prefix_of_ff, setup),
		CASE(test_scan_deletes_all, setup),
		CASE(test_scan_among_changes, setup),
		CASE(test_scan_value_as_argument, setup),
		CASE(test_scan_across_clear, setup),
		CASE(test_scan_left_open, setup),
	};

	return cmocka_run_group_tests_name(backend, tests, NULL, NULL);
}

int main(void)
{
	int failed = run_conformance("memory", setup_memory);

	failed += run_conformance("lmdb", setup_lmdb);
	return failed != 0;
}
