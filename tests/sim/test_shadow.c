/* A shadow of a node: folded anew it is the same, and every kind of difference is told. Runs on the
 * memory store. */
#include "tests/sim/epoch_world.h"

struct shadow {
	struct store *store;
	struct engine_options options;
	struct engine *engine;
};

/* Of beta, with its keyring. */
static void make_shadow(struct world *w, struct shadow *s)
{
	struct node *beta = &w->beta;

	assert_int_equal(store_open_memory(beta->trees, beta->n_trees, &s->store), ERR_OK);
	s->options = beta->options;
	s->options.store = s->store;
	assert_int_equal(engine_shadow(beta->engine, &s->options, &s->engine, &w->reason), ERR_OK);
}

static void end_shadow(struct shadow *s)
{
	engine_close(s->engine);
	store_close(s->store);
}

/* Everything that alpha has for beta. */
static void fold_alpha(struct world *w, struct shadow *s)
{
	struct buffer items;
	struct outgoing out = {
		.first = 1, .max_records = 4096, .max_bytes = 1 << 20, .items = &items};
	struct batch batch = {.owner = 0, .first = 1};
	struct turn turn = {.batches = &batch, .n_batches = 1};
	struct batch_item *at;

	buffer_init(&items, 2 << 20);
	assert_int_equal(engine_outgoing(w->alpha.engine, 0, &out), ERR_OK);
	assert_int_equal(
		engine_parse_items(buffer_bytes(&items), &w->arena, &at, &batch.n), ERR_OK);
	batch.epoch = out.epoch;
	batch.last = out.last;
	batch.items = at;
	memcpy(batch.hash_last, out.hash_last, HASH_BYTES);
	assert_int_equal(engine_turn(s->engine, &turn), ERR_OK);
	assert_int_equal(batch.result, ERR_OK);
	buffer_done(&items);
}

static struct replayed_tree total(struct world *w, struct shadow *s, struct text *ret_how)
{
	struct replayed_tree sum = {.equal = 0}, one;
	struct digest_part part;

	for (size_t i = 0; i < engine_digest_parts(w->beta.engine); i++) {
		engine_digest_part(w->beta.engine, i, &part);
		assert_int_equal(
			engine_compare_tree(w->beta.engine, s->engine, &part, &w->arena, &one),
			ERR_OK);
		sum.equal += one.equal;
		sum.differing += one.differing;
		sum.missing += one.missing;
		sum.extra += one.extra;
		sum.texts += one.texts;
		if (one.first.n && ret_how)
			*ret_how = one.first.at[0].how;
	}
	return sum;
}

static void check_sum(struct replayed_tree got, int differing, int missing, int extra)
{
	assert_true(got.equal > 0);
	assert_int_equal(got.differing, differing);
	assert_int_equal(got.missing, missing);
	assert_int_equal(got.extra, extra);
}

static unsigned replica_tree(struct world *w)
{
	return w->beta.engine->owners[0].first_tree;
}

/* The first row of the replica that has one. */
static bool first_row(struct world *w, unsigned *ret_tree, struct bytes row[2])
{
	struct scan scan;
	struct txn *txn;
	bool there = false;

	assert_int_equal(store_begin(w->beta.store, STORE_READ, &w->arena, &txn), ERR_OK);
	for (unsigned t = replica_tree(w); !there && t < w->beta.n_trees; t++) {
		scan_begin(&scan, txn, t, SCAN_UP, BYTES_NONE, BYTES_NONE);
		there = scan_next(&scan);
		if (there) {
			*ret_tree = t;
			row[0] = bytes_copy(&w->arena, scan.key);
			row[1] = bytes_copy(&w->arena, scan.value);
		}
		scan_end(&scan);
	}
	store_abort(txn);
	return there;
}

static void remove_row(struct world *w, unsigned tree, struct bytes key)
{
	struct txn *txn;

	assert_int_equal(store_begin(w->beta.store, STORE_WRITE, &w->arena, &txn), ERR_OK);
	store_delete(txn, tree, key);
	assert_int_equal(store_commit(txn), ERR_OK);
}

static void test_a_shadow_is_the_same_and_reacts_to_nothing(void **state)
{
	struct world *w = *state;
	struct shadow s;

	plans(w, 5, 0);
	deliver_all(w);
	uint64_t head = w->beta.engine->journal.seq;
	assert_true(head > 0);
	make_shadow(w, &s);
	check_sum(total(w, &s, NULL), 0, (int)total(w, &s, NULL).missing, 0);
	assert_true(total(w, &s, NULL).missing > 0); /* nothing of alpha is there yet */
	fold_alpha(w, &s);
	check_sum(total(w, &s, NULL), 0, 0, 0);
	assert_int_equal(s.engine->journal.seq, head);
	assert_int_equal(w->beta.engine->journal.seq, head);
	end_shadow(&s);
}

static void test_every_difference_is_told(void **state)
{
	struct world *w = *state;
	struct bytes row[2], other[2];
	struct text how = TEXT_NONE;
	struct shadow s;
	unsigned tree;

	plans(w, 5, 0);
	deliver_all(w);
	make_shadow(w, &s);
	fold_alpha(w, &s);
	assert_true(first_row(w, &tree, row));
	remove_row(w, tree, row[0]);
	check_sum(total(w, &s, &how), 0, 0, 1);
	assert_true(text_is(how, "extra"));
	other[0] = row[0];
	other[1] = bytes_copy(&w->arena, row[1]);
	flip(other[1], 8 * other[1].n - 1);
	raw_put(w, &w->beta, tree, other);
	check_sum(total(w, &s, &how), 1, 0, 0);
	assert_true(text_is(how, "differing"));
	raw_put(w, &w->beta, tree, row);
	check_sum(total(w, &s, NULL), 0, 0, 0);
	other[0] = bytes_of("0123456789abcdef0123456789abcdefz", 33);
	raw_put(w, &w->beta, tree, other);
	check_sum(total(w, &s, &how), 0, 1, 0);
	assert_true(text_is(how, "missing"));
	end_shadow(&s);
}

/* What the node lost the key of and the shadow could still read is no difference. */
static void test_erased_texts_are_left_out(void **state)
{
	struct world *w = *state;
	struct shadow s;

	plans(w, 5, 0);
	deliver_all(w);
	make_shadow(w, &s);
	fold_alpha(w, &s);
	struct replayed_tree before = total(w, &s, NULL);
	assert_int_equal(before.texts, 0);
	for (uint32_t slot = 1; slot < w->beta.engine->next_slot; slot++)
		assert_true(keyring_destroy(w->beta.keyring, slot) != ERR_SYSTEM);
	struct replayed_tree after = total(w, &s, NULL);
	assert_int_equal(after.differing + after.missing + after.extra, 0);
	assert_true(after.texts > 0);
	assert_int_equal(after.texts + after.equal, before.equal);
	end_shadow(&s);
}

int main(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)
	const struct CMUnitTest tests[] = {TEST(test_a_shadow_is_the_same_and_reacts_to_nothing),
		TEST(test_every_difference_is_told), TEST(test_erased_texts_are_left_out)};

	return cmocka_run_group_tests_name("shadows", tests, NULL, NULL);
}
