/* Every bit of every row and record at rest is covered: whichever one is flipped, in any tree of a
 * node that has used them all, is found; and what would do harm as a default refuses the start.
 * Runs the history test's service on the memory store. */
#include "tests/sim/epoch_world.h"
#include "tests/sim/mend_order.h"

static enum err check(struct txn *txn, unsigned tree, struct bytes key, struct bytes value)
{
	static struct arena arena;
	struct journal_entry entry;

	if (tree != CORE_JOURNAL && tree != CORE_AUDIT)
		return row_check(txn, tree, key, value);
	arena_init(&arena, 1 << 20);
	enum err err = journal_parse(value, &arena, &entry);
	if (!err && (key.n != 8 || (uint64_t)entry.record.seq != get_u64(key.p)))
		err = ERR_CORRUPT;
	arena_done(&arena);
	return err;
}

/* Everything that a node keeps: quarantine, drops, deadlines and erased keys too. */
static void fill(struct world *w)
{
	const struct h_act family = {1, {{7}}, 1};
	struct mend_order drop;

	plans(w, 2, 0);
	w->broken = 4;
	plans(w, 3, 2); /* 4 is broken, 5 and 6 wait */
	assert_int_equal(ask(w, &w->alpha, schema_h_act(), &family), ERR_OK);
	deliver_all(w);
	assert_int_equal(ask(w, &w->beta, schema_mend_queue(),
				 order_item(&drop, mend_verb_drop, "alpha", 4)),
		ERR_OK);
}

static void test_each_bit_of_each_row_is_covered(void **state)
{
	struct world *w = *state;
	size_t trees = 0, bits = 0;
	struct scan scan;
	struct txn *txn;

	fill(w);
	assert_int_equal(store_begin(w->beta.store, STORE_READ, &w->arena, &txn), ERR_OK);
	for (unsigned tree = 0; tree < w->beta.n_trees; tree++) {
		size_t rows = 0;
		scan_begin(&scan, txn, tree, SCAN_UP, BYTES_NONE, BYTES_NONE);
		for (; scan_next(&scan); rows++) {
			struct bytes key = bytes_copy(&w->arena, scan.key);
			struct bytes value = bytes_copy(&w->arena, scan.value);
			assert_int_equal(check(txn, tree, key, value), ERR_OK);
			for (size_t bit = 0; bit < 8 * (key.n + value.n); bit++, bits++) {
				bool in_key = bit < 8 * key.n;
				size_t at = in_key ? bit : bit - 8 * key.n;
				flip(in_key ? key : value, at);
				assert_int_equal(check(txn, tree, key, value), ERR_CORRUPT);
				flip(in_key ? key : value, at);
			}
			/* nor may it turn up in another tree */
			unsigned other = tree == CORE_META ? CORE_CURSORS : CORE_META;
			assert_int_equal(row_check(txn, other, key, value), ERR_CORRUPT);
		}
		scan_end(&scan);
		trees += rows > 0;
	}
	store_abort(txn);
	assert_true(trees >= 10);
	assert_true(bits > 20000);
	print_message("%zu trees with rows, %zu bits\n", trees, bits);
}

/* A data key that is used twice would be a disaster: no default stands in for a broken row. */
static void test_a_broken_meta_row_refuses_the_start(void **state)
{
	struct world *w = *state;
	struct bytes row[2];
	struct scan scan;
	struct txn *txn;
	unsigned broken = 0;
	struct engine *engine;
	struct reason reason;

	fill(w);
	restart(&w->beta);
	for (size_t i = 0;; i++) {
		assert_int_equal(store_begin(w->beta.store, STORE_READ, &w->arena, &txn), ERR_OK);
		scan_begin(&scan, txn, CORE_META, SCAN_UP, BYTES_NONE, BYTES_NONE);
		bool there = true;
		for (size_t k = 0; there && k <= i; k++)
			there = scan_next(&scan);
		if (there) {
			row[0] = bytes_copy(&w->arena, scan.key);
			row[1] = bytes_copy(&w->arena, scan.value);
		}
		store_abort(txn);
		if (!there)
			break;
		flip(row[1], 8 * (row[1].n - 1));
		raw_put(w, &w->beta, CORE_META, row);
		assert_int_equal(engine_open(&w->beta.options, &engine, &reason), ERR_CORRUPT);
		flip(row[1], 8 * (row[1].n - 1));
		raw_put(w, &w->beta, CORE_META, row);
		broken++;
	}
	assert_true(broken >= 2);
	restart(&w->beta);
}

/* ---- the walk over everything ---------------------------------------------------------------- */

static struct check walk(struct world *w, size_t rows_at_once)
{
	struct check check;

	(void)w;
	engine_check_begin(&check);
	while (!check.done)
		assert_int_equal(engine_check_some(w->beta.engine, &check, rows_at_once), ERR_OK);
	return check;
}

static void test_the_walk_finds_every_broken_row(void **state)
{
	struct world *w = *state;
	size_t broken = 0;

	fill(w);
	struct check good = walk(w, SIZE_MAX), pieces = walk(w, 3);
	assert_int_equal(good.faults, 0);
	assert_int_equal(pieces.faults, 0);
	assert_int_equal(good.rows, pieces.rows);
	assert_int_equal(good.records, w->beta.engine->journal.seq);
	assert_int_equal(good.trees, w->beta.n_trees);
	for (unsigned tree = 0; tree < w->beta.n_trees; tree++)
		for (size_t n = 0; break_row(w, &w->beta, (struct row_at){tree, n});
			n++, broken++) {
			struct check check = walk(w, n % 2 ? SIZE_MAX : 2);
			assert_int_equal(check.faults, 1);
			assert_non_null(strstr(check.first[0].where,
				tree == CORE_JOURNAL ? "journal " : w->beta.trees[tree].name));
			assert_true(
				break_row(w, &w->beta, (struct row_at){tree, n})); /* and back */
		}
	assert_int_equal(broken, good.rows);
}

static struct check fold(struct world *w)
{
	struct store *shadow;
	struct check check;

	engine_check_begin(&check);
	assert_int_equal(store_open_memory(w->beta.trees, w->beta.n_trees, &shadow), ERR_OK);
	assert_int_equal(engine_check_fold(w->beta.engine, shadow, &check), ERR_OK);
	store_close(shadow);
	return check;
}

/* A row that is whole and yet not what the journal says. */
static void test_folding_again_finds_state_that_does_not_follow(void **state)
{
	struct world *w = *state;
	const struct h_count_row wrong = {41, 1};
	struct key key = {0};
	struct txn *txn;

	fill(w);
	assert_int_equal(fold(w).faults, 0);
	key_add_text(&key, "h_plan_seen", 11);
	assert_int_equal(store_begin(w->beta.store, STORE_WRITE, &w->arena, &txn), ERR_OK);
	row_put(txn, CORE_TREES + 3, &key, schema_h_count_row(), &wrong);
	assert_int_equal(store_commit(txn), ERR_OK);
	assert_int_equal(walk(w, SIZE_MAX).faults, 0);
	struct check check = fold(w);
	assert_int_equal(check.faults, 1);
	assert_string_equal(check.first[0].where, "own/count");
	assert_int_equal(engine_rebuild_own(w->beta.engine), ERR_OK);
	assert_int_equal(fold(w).faults, 0);
}

int main(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)
	const struct CMUnitTest tests[] = {
		TEST(test_each_bit_of_each_row_is_covered),
		TEST(test_a_broken_meta_row_refuses_the_start),
		TEST(test_the_walk_finds_every_broken_row),
		TEST(test_folding_again_finds_state_that_does_not_follow),
	};

	return cmocka_run_group_tests_name("checksums", tests, NULL, NULL);
}
