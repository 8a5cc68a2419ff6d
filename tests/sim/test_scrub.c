/* A node on a disk that flips bits: whatever row is broken, the node goes on, says so, and its
 * check of itself finds it. Runs the history test's service on the memory store. */
#include "tests/sim/epoch_world.h"
#include "tests/sim/mend_order.h"

static void ticks(struct node *node, int n)
{
	bool more;

	while (n--)
		assert_int_equal(engine_tick(node->engine, &more), ERR_OK);
}

static void fill(struct world *w)
{
	plans(w, 3, 0);
	w->broken = 4;
	plans(w, 2, 3); /* 4 is broken, 5 waits */
	deliver_all(w);
	w->broken = 0;
	ticks(&w->alpha, 1);
	ticks(&w->beta, 1);
}

static struct h_act any_act(int what, uint8_t citizen)
{
	return (struct h_act){what, {{citizen}}, 1};
}

/* Everything that a node does in a day, not all of which can succeed. */
static void a_day(struct world *w)
{
	static const int acts[] = {0, 1, 2, 3, 4, 5};
	struct mend_order retry;
	const struct list_queues queues = {0};
	const struct show_status status = {0};

	for (size_t i = 0; i < sizeof(acts) / sizeof(acts[0]); i++) {
		struct h_act fields = any_act(acts[i], 7);
		ask(w, &w->alpha, schema_h_act(), &fields);
		ask(w, &w->beta, schema_h_act(), &fields);
	}
	if (follow(w) == ERR_OK)
		for (int i = 0; i < 3; i++) {
			struct buffer items;
			buffer_init(&items, 1 << 20);
			struct outgoing out = {.first = (uint64_t)cursor_of(w).through + 1,
				.max_records = 100,
				.max_bytes = 1 << 18,
				.items = &items};
			if (engine_outgoing(w->alpha.engine, 0, &out) == ERR_OK)
				(void)deliver(w, 100);
			buffer_done(&items);
		}
	ask(w, &w->beta, schema_mend_queue(), order_item(&retry, mend_verb_retry, "alpha", 4));
	ask(w, &w->alpha, schema_list_queues(), &queues);
	ask(w, &w->beta, schema_show_status(), &status);
	ticks(&w->alpha, 2);
	ticks(&w->beta, 2);
}

/* ask and ticks fail the test when the engine says that the process must end. */
static void break_and_live(struct world *w, struct node *node, struct row_at at)
{
	struct store *alpha = copy_of(w, &w->alpha), *beta = copy_of(w, &w->beta);

	assert_true(break_row(w, node, at));
	a_day(w);
	put_back(&w->alpha, alpha);
	put_back(&w->beta, beta);
	arena_reset(&w->arena);
}

static void test_no_broken_row_ends_the_process(void **state)
{
	struct world *w = *state;
	struct node *const nodes[] = {&w->alpha, &w->beta};
	size_t broken = 0;

	fill(w);
	for (size_t k = 0; k < 2; k++)
		for (unsigned tree = 0; tree < nodes[k]->n_trees; tree++)
			for (size_t n = 0;; n++) {
				struct row_at at = {tree, n};
				if (!break_row(w, nodes[k], at))
					break;
				assert_true(break_row(w, nodes[k], at)); /* and back */
				break_and_live(w, nodes[k], at);
				broken++;
			}
	print_message("%zu rows broken, one after the other\n", broken);
	assert_true(broken > 40);
}

static struct scrub_state scrub_of(struct world *w, struct node *node)
{
	const struct show_scrub query = {0};
	struct scrub_state reply;

	assert_int_equal(ask(w, node, schema_show_scrub(), &query), ERR_OK);
	assert_int_equal(schema_decode(schema_scrub_state(), w->answer.body, PACK_PLAIN, &w->arena,
				 &reply, NULL),
		ERR_OK);
	return reply;
}

static int64_t corrupt_in_status(struct world *w, struct node *node)
{
	const struct show_status query = {0};
	struct status_reply reply;

	assert_int_equal(ask(w, node, schema_show_status(), &query), ERR_OK);
	assert_int_equal(schema_decode(schema_status_reply(), w->answer.body, PACK_PLAIN, &w->arena,
				 &reply, NULL),
		ERR_OK);
	return reply.corrupt;
}

static void test_it_checks_itself_once_a_day(void **state)
{
	struct world *w = *state;
	const struct start_scrub now = {false};

	fill(w);
	w->beta.options.scrub_ms = MS_PER_DAY;
	restart(&w->beta);
	ticks(&w->beta, 1);
	assert_int_equal(scrub_of(w, &w->beta).ended_at, w->now);
	assert_int_equal(scrub_of(w, &w->beta).faults, 0);
	assert_int_equal(scrub_of(w, &w->beta).records, w->beta.engine->journal.seq);
	assert_true(break_row(w, &w->beta, (struct row_at){CORE_TREES + 3, 0}));
	ticks(&w->beta, 3);
	assert_int_equal(scrub_of(w, &w->beta).faults, 0); /* not before tomorrow */
	w->now += MS_PER_DAY;
	ticks(&w->beta, 1);
	struct scrub_state state_now = scrub_of(w, &w->beta);
	assert_int_equal(state_now.faults, 1);
	assert_int_equal(state_now.first.n, 1);
	assert_memory_equal(state_now.first.at[0].where.p, "own/", 4);
	assert_int_equal(corrupt_in_status(w, &w->beta), 1);
	restart(&w->beta); /* how it ended is kept */
	assert_int_equal(scrub_of(w, &w->beta).faults, 1);
	assert_int_equal(corrupt_in_status(w, &w->beta), 1);
	assert_true(break_row(w, &w->beta, (struct row_at){CORE_TREES + 3, 0})); /* mended */
	assert_int_equal(ask(w, &w->beta, schema_start_scrub(), &now), ERR_OK);
	ticks(&w->beta, 1);
	assert_int_equal(corrupt_in_status(w, &w->beta), 0);
}

/* What is met in service is counted, refused, and looked for. */
static void test_what_is_met_is_looked_for(void **state)
{
	struct world *w = *state;
	struct h_act fields = any_act(4, 7);

	fill(w);
	assert_true(break_row(w, &w->alpha, (struct row_at){CORE_TREES + 2, 0})); /* the consent */
	uint64_t head = w->alpha.engine->journal.seq;
	assert_int_equal(
		ask(w, &w->alpha, schema_h_act(), &(struct h_act){0, {{7}}, 9}), ERR_CORRUPT);
	assert_int_equal(w->alpha.engine->journal.seq, head);
	fields.citizen.b[0] = 8;
	assert_int_equal(ask(w, &w->alpha, schema_h_act(), &fields), ERR_OK); /* others go on */
	assert_int_equal(scrub_of(w, &w->alpha).met, 1);
	ticks(&w->alpha, 1);
	struct scrub_state found = scrub_of(w, &w->alpha);
	assert_int_equal(found.faults, 1);
	assert_memory_equal(found.first.at[0].where.p, "own/consent", 11);
}

/* A record of the journal that cannot be read stops its followers there, and nobody else. */
static void test_followers_get_what_lies_before_a_broken_record(void **state)
{
	struct world *w = *state;
	struct buffer items;

	plans(w, 5, 0);
	assert_true(break_row(w, &w->alpha, (struct row_at){CORE_JOURNAL, 3})); /* record 4 */
	assert_int_equal(follow(w), ERR_OK);
	assert_true(deliver(w, 100));
	assert_int_equal(cursor_of(w).through, 3);
	buffer_init(&items, 1 << 20);
	struct outgoing out = {
		.first = 4, .max_records = 100, .max_bytes = 1 << 18, .items = &items};
	assert_int_equal(engine_outgoing(w->alpha.engine, 0, &out), ERR_CORRUPT);
	assert_int_equal(engine_outgoing(w->alpha.engine, 0, &out), ERR_CORRUPT);
	buffer_done(&items);
	act(w, PLAN, 9);
	assert_int_equal(queue_of(w).addressed - queue_of(w).delivered, 4);
	assert_true(break_row(w, &w->alpha, (struct row_at){CORE_JOURNAL, 3}));
	deliver_all(w);
	assert_int_equal(queue_of(w).addressed, queue_of(w).delivered);
	check_same(w);
}

/* A slot to be destroyed whose number was flipped is somebody else's. */
static void test_a_broken_erasure_destroys_no_other_key(void **state)
{
	struct world *w = *state;
	struct key key = {0};
	struct bytes row[2];
	struct txn *txn;

	plans(w, 2, 0);
	key_add_u64(&key, 2);
	assert_int_equal(store_begin(w->alpha.store, STORE_WRITE, &w->arena, &txn), ERR_OK);
	row_put(txn, CORE_ERASING, &key, NULL, NULL);
	assert_true(store_get(txn, CORE_ERASING, key_bytes(&key), &row[1]));
	store_delete(txn, CORE_ERASING, key_bytes(&key));
	assert_int_equal(store_commit(txn), ERR_OK);
	key.b[7] = 1; /* under another number */
	row[0] = key_bytes(&key);
	raw_put(w, &w->alpha, CORE_ERASING, row);
	restart(&w->alpha);
	assert_false(keyring_destroyed(w->alpha.keyring, 1));
	struct corrupt corrupt;
	engine_corrupt(w->alpha.engine, &corrupt);
	assert_true(corrupt.met > 0);
}

/* A backup's data keys are copied after its rows: who was erased in between is so when it is used.
 */
static void test_keys_that_are_younger_than_the_rows(void **state)
{
	struct world *w = *state;
	const struct h_act erase = any_act(5, 7);
	struct engine *engine;

	plans(w, 2, 0);
	struct store *backup = copy_of(w, &w->alpha);
	assert_int_equal(ask(w, &w->alpha, schema_h_act(), &erase), ERR_OK);
	w->alpha.options.restored = false;
	w->alpha.options.store = backup;
	assert_int_equal(engine_open(&w->alpha.options, &engine, NULL), ERR_CORRUPT);
	w->alpha.options.restored = true;
	put_back(&w->alpha, backup);
	plans(w, 2, 2);
	ticks(&w->alpha, 2);
	deliver_all(w);
	check_same(w); /* their words are gone, the rest is there */
}

int main(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)
	const struct CMUnitTest tests[] = {
		TEST(test_no_broken_row_ends_the_process),
		TEST(test_it_checks_itself_once_a_day),
		TEST(test_what_is_met_is_looked_for),
		TEST(test_followers_get_what_lies_before_a_broken_record),
		TEST(test_a_broken_erasure_destroys_no_other_key),
		TEST(test_keys_that_are_younger_than_the_rows),
	};

	return cmocka_run_group_tests_name("scrub", tests, NULL, NULL);
}
