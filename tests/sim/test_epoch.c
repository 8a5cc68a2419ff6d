/* Epochs and divergence: files of an owner or of its follower are put back, and nobody skips,
 * repeats or mixes up records because of it. Runs the history test's service on the memory store.
 */
#include "tests/sim/epoch_world.h"
#include "tests/sim/mend_order.h"

static void check_diverged(struct world *w, const char *field, uint64_t at)
{
	assert_int_equal(follow(w), ERR_DIVERGED);
	assert_string_equal(w->reason.field, field);
	assert_int_equal(queue_of(w).diverged_at, at);
	assert_true(engine_diverged(w->beta.engine, 0));
}

static void test_a_follower_with_a_prefix_goes_on_into_the_new_epoch(void **state)
{
	struct world *w = *state;

	plans(w, 2, 0);
	deliver_all(w);
	plans(w, 1, 2); /* 4: not delivered */
	struct store *backup = copy_of(w, &w->alpha);
	plans(w, 2, 3);
	put_back(&w->alpha, backup);
	begin_epoch(&w->alpha); /* 5 */
	plans(w, 2, 5);
	assert_int_equal(w->alpha.engine->journal.epoch, noon / 1000);
	deliver_all(w);
	assert_int_equal(w->batches, 2); /* 4 of the first epoch, 5 to 7 of the new one */
	assert_int_equal(cursor_of(w).epoch, noon / 1000);
	assert_int_equal(cursor_of(w).through, 7);
	assert_int_equal(cursor_of(w).quarantined, 0);
	for (uint64_t seq = 2; seq <= 7; seq++)
		assert_int_equal(reactions_to(w, seq), seq != 5);
	check_same(w);
	uint64_t bad;
	assert_int_equal(engine_verify(w->alpha.engine, &bad), ERR_OK);
}

static void test_epochs_are_unique_and_survive(void **state)
{
	struct world *w = *state;

	for (int i = 0; i < 3; i++)
		begin_epoch(&w->alpha); /* within a second */
	assert_int_equal(w->alpha.engine->journal.epoch, noon / 1000 + 2);
	restart(&w->alpha);
	assert_int_equal(w->alpha.engine->journal.epoch, noon / 1000 + 2);
	assert_int_equal(w->alpha.engine->journal.seq, 3);
	const struct begin_epoch fields = {text_of("files were put back"), text_of("Ida")};
	assert_int_equal(ask(w, &w->alpha, schema_begin_epoch(), &fields), ERR_OK);
	assert_int_equal(w->alpha.engine->journal.epoch, noon / 1000 + 3);
	uint8_t before[HASH_BYTES], after[HASH_BYTES];
	assert_int_equal(engine_digest(w->alpha.engine, DIGEST_OWN, true, before), ERR_OK);
	assert_int_equal(engine_rebuild_own(w->alpha.engine), ERR_OK);
	assert_int_equal(engine_digest(w->alpha.engine, DIGEST_OWN, true, after), ERR_OK);
	assert_memory_equal(before, after, HASH_BYTES);
}

static void test_a_follower_that_is_ahead_is_the_witness(void **state)
{
	struct world *w = *state;
	struct cursor_row lost;

	plans(w, 2, 0);
	struct store *backup = copy_of(w, &w->alpha);
	plans(w, 3, 2);
	deliver_all(w); /* has 6 */
	lost = cursor_of(w);
	put_back(&w->alpha, backup);
	begin_epoch(&w->alpha); /* 4 */
	check_diverged(w, "next", 6);
	plans(w, 4, 10); /* 5 to 8: longer than what it has */
	check_diverged(w, "hash", 6);
	restart(&w->alpha); /* it is known although the follower may be away */
	assert_int_equal(queue_of(w).diverged_at, 6);
	assert_int_equal(queue_of(w).diverged_epoch, lost.epoch);
	uint64_t head = w->beta.engine->journal.seq;
	assert_int_equal(refollow(w, 0), ERR_OK);
	assert_true(engine_must_ask_anew(w->beta.engine, 0));
	assert_false(engine_must_ask_anew(w->beta.engine, 0));
	assert_int_equal(w->beta.engine->journal.seq, head + 1);
	deliver_all(w);
	assert_int_equal(queue_of(w).diverged_at, 0);
	assert_false(engine_diverged(w->beta.engine, 0));
	/* 2, 3: kept; 4: lost; 5, 6: one that was lost, and one of the new epoch; 7, 8: new */
	static const unsigned want[] = {0, 0, 1, 1, 1, 2, 2, 1, 1};
	for (uint64_t seq = 2; seq <= 8; seq++)
		assert_int_equal(reactions_to(w, seq), want[seq]);
	check_same(w);
	assert_int_equal(queue_of(w).addressed, queue_of(w).delivered);
}

static void test_the_right_files_heal_it_by_themselves(void **state)
{
	struct world *w = *state;

	plans(w, 2, 0);
	struct store *backup = copy_of(w, &w->alpha);
	plans(w, 3, 2);
	deliver_all(w);
	struct store *right = copy_of(w, &w->alpha);
	put_back(&w->alpha, backup);
	check_diverged(w, "next", 6);
	put_back(&w->alpha, right);
	deliver_all(w);
	assert_int_equal(queue_of(w).diverged_at, 0);
	check_same(w);
}

/* The follower's own files may be the older ones: it takes again what it lost. */
static void test_an_older_follower_takes_again_what_it_lost(void **state)
{
	struct world *w = *state;

	plans(w, 2, 0);
	deliver_all(w);
	struct store *backup = copy_of(w, &w->beta);
	plans(w, 2, 2);
	deliver_all(w);
	put_back(&w->beta, backup);
	begin_epoch(&w->beta);
	deliver_all(w);
	for (uint64_t seq = 2; seq <= 5; seq++)
		assert_int_equal(reactions_to(w, seq), 1);
	check_same(w);
}

static void test_an_owner_before_its_epoch(void **state)
{
	struct world *w = *state;

	plans(w, 2, 0);
	struct store *backup = copy_of(w, &w->alpha);
	begin_epoch(&w->alpha);
	deliver_all(w);
	put_back(&w->alpha, backup);
	plans(w, 9, 2);
	check_diverged(w, "epoch", 4);
}

/* Files were put back by hand and the owner went on in the same epoch. */
static void silent_rollback(struct world *w)
{
	plans(w, 2, 0);
	struct store *backup = copy_of(w, &w->alpha);
	plans(w, 2, 2);
	deliver_all(w); /* has 5 */
	put_back(&w->alpha, backup);
	plans(w, 3, 10); /* 4 to 6 */
	check_diverged(w, "hash", 5);
}

static void test_a_silent_rollback_is_found(void **state)
{
	struct world *w = *state;

	silent_rollback(w);
	assert_int_equal(refollow(w, 0), ERR_OK);
	deliver_all(w);
	for (uint64_t seq = 2; seq <= 6; seq++) /* 4 and 5: for the lost ones only */
		assert_int_equal(reactions_to(w, seq), 1);
	check_same(w);
}

static void test_reactions_can_be_had_again(void **state)
{
	struct world *w = *state;

	silent_rollback(w);
	assert_int_equal(refollow(w, 4), ERR_OK);
	deliver_all(w);
	static const unsigned want[] = {0, 0, 1, 1, 2, 2, 1};
	for (uint64_t seq = 2; seq <= 6; seq++)
		assert_int_equal(reactions_to(w, seq), want[seq]);
	assert_int_equal(refollow(w, 0), ERR_OK); /* and not a third time */
	deliver_all(w);
	for (uint64_t seq = 2; seq <= 6; seq++)
		assert_int_equal(reactions_to(w, seq), want[seq]);
}

/* begin_epoch before the owner goes on spares that. */
static void test_a_declared_rollback_loses_no_reactions(void **state)
{
	struct world *w = *state;

	plans(w, 2, 0);
	struct store *backup = copy_of(w, &w->alpha);
	plans(w, 2, 2);
	deliver_all(w);
	put_back(&w->alpha, backup);
	begin_epoch(&w->alpha); /* 4 */
	plans(w, 2, 10);        /* 5, 6 */
	check_diverged(w, "hash", 5);
	assert_int_equal(refollow(w, 0), ERR_OK);
	deliver_all(w);
	assert_int_equal(reactions_to(w, 5), 2);
	assert_int_equal(reactions_to(w, 6), 1);
}

static enum err drop(struct world *w, int64_t seq)
{
	struct mend_order order;

	return ask(w, &w->beta, schema_mend_queue(),
		order_item(&order, mend_verb_drop, "alpha", (uint64_t)seq));
}

/* What lay in quarantine, and what was dropped, was another record of that number. */
static void test_marks_of_lost_records_do_not_match_new_ones(void **state)
{
	struct world *w = *state;

	plans(w, 2, 0);
	struct store *backup = copy_of(w, &w->alpha);
	plans(w, 3, 2);
	w->broken = 5;
	deliver_all(w); /* 5 is broken, 6 waits behind it */
	assert_int_equal(cursor_of(w).quarantined, 2);
	assert_int_equal(drop(w, 5), ERR_OK);
	w->broken = 0;
	put_back(&w->alpha, backup);
	begin_epoch(&w->alpha); /* 4 */
	plans(w, 2, 10);        /* 5, 6 */
	check_diverged(w, "hash", 6);
	assert_int_equal(refollow(w, 0), ERR_OK);
	deliver_all(w);
	assert_int_equal(cursor_of(w).quarantined, 0);
	assert_int_equal(cursor_of(w).dropped, 0);
	assert_int_equal(reactions_to(w, 5), 1);
	assert_int_equal(reactions_to(w, 6), 1);
	check_same(w);
	assert_int_equal(refollow(w, 0), ERR_OK); /* the mark of the lost 6 gives no second one */
	deliver_all(w);
	assert_int_equal(reactions_to(w, 6), 1);
	uint8_t before[HASH_BYTES], after[HASH_BYTES];
	assert_int_equal(engine_digest(w->beta.engine, DIGEST_OWN, true, before), ERR_OK);
	assert_int_equal(engine_rebuild_own(w->beta.engine), ERR_OK);
	assert_int_equal(engine_digest(w->beta.engine, DIGEST_OWN, true, after), ERR_OK);
	assert_memory_equal(before, after, HASH_BYTES);
}

/* A record was set aside before it was reacted to, then lost; the new one with its number is
 * reacted to once, however often it comes. */
static void test_a_lost_record_set_aside_leaves_no_reaction_to_do(void **state)
{
	struct world *w = *state;

	plans(w, 2, 1);
	struct store *before = copy_of(w, &w->alpha);
	plans(w, 1, 3);
	w->broken = 4;
	deliver_all(w);
	w->broken = 0;
	assert_int_equal(cursor_of(w).quarantined, 1);
	put_back(&w->alpha, before);
	plans(w, 1, 30);
	assert_int_equal(follow(w), ERR_DIVERGED);
	assert_int_equal(refollow(w, 4), ERR_OK);
	deliver_all(w);
	assert_int_equal(reactions_to(w, 4), 1);
	assert_int_equal(engine_forget_replica(w->beta.engine, 0), ERR_OK);
	deliver_all(w);
	assert_int_equal(reactions_to(w, 4), 1);
}

static void test_what_was_dropped_stays_dropped_when_reacting_again(void **state)
{
	struct world *w = *state;

	plans(w, 3, 0);
	w->broken = 3;
	deliver_all(w);
	assert_int_equal(drop(w, 3), ERR_OK);
	w->broken = 0;
	assert_int_equal(refollow(w, 1), ERR_OK);
	deliver_all(w);
	assert_int_equal(cursor_of(w).dropped, 1);
	assert_int_equal(reactions_to(w, 3), 0);
	assert_int_equal(reactions_to(w, 2), 2);
}

/* The process ended in the midst of a batch: what it has is checked by the hash of the batch's end.
 */
static void end_within_a_batch(struct world *w)
{
	plans(w, 5, 0);
	assert_int_equal(follow(w), ERR_OK);
	w->beta.engine->careful = 3;
	store_refuse_writes(w->beta.store, 5, ERR_FULL); /* two marks and two records, and a mark */
	assert_true(deliver(w, 100));
	assert_int_equal(w->batch.result, ERR_FULL);
	store_refuse_writes(w->beta.store, 0, ERR_OK);
	restart(&w->beta);
	assert_in_range(cursor_of(w).through, 1, w->alpha.engine->journal.seq - 1);
	assert_int_equal(cursor_of(w).hash_at, w->alpha.engine->journal.seq);
}

static void test_within_a_batch_it_goes_on_where_it_was(void **state)
{
	struct world *w = *state;

	end_within_a_batch(w);
	uint64_t through = (uint64_t)cursor_of(w).through;
	assert_int_equal(follow(w), ERR_OK);
	assert_int_equal(queue_of(w).through, through);
	assert_int_equal(queue_of(w).delivered, through);
	deliver_all(w);
	for (uint64_t seq = 2; seq <= 6; seq++)
		assert_int_equal(reactions_to(w, seq), 1);
	check_same(w);
}

static void test_within_a_batch_a_rollback_is_found(void **state)
{
	struct world *w = *state;

	plans(w, 1, 0);
	struct store *backup = copy_of(w, &w->alpha); /* 2 */
	plans(w, 1, 1);
	end_within_a_batch(w);
	put_back(&w->alpha, backup);
	plans(w, 9, 20);
	assert_int_equal(follow(w), ERR_DIVERGED);
	assert_string_equal(w->reason.field, "hash");
}

int main(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)
	const struct CMUnitTest tests[] = {
		TEST(test_a_follower_with_a_prefix_goes_on_into_the_new_epoch),
		TEST(test_epochs_are_unique_and_survive),
		TEST(test_a_follower_that_is_ahead_is_the_witness),
		TEST(test_the_right_files_heal_it_by_themselves),
		TEST(test_an_older_follower_takes_again_what_it_lost),
		TEST(test_an_owner_before_its_epoch),
		TEST(test_a_silent_rollback_is_found),
		TEST(test_reactions_can_be_had_again),
		TEST(test_a_declared_rollback_loses_no_reactions),
		TEST(test_marks_of_lost_records_do_not_match_new_ones),
		TEST(test_a_lost_record_set_aside_leaves_no_reaction_to_do),
		TEST(test_what_was_dropped_stays_dropped_when_reacting_again),
		TEST(test_within_a_batch_it_goes_on_where_it_was),
		TEST(test_within_a_batch_a_rollback_is_found),
	};

	return cmocka_run_group_tests_name("epoch", tests, NULL, NULL);
}
