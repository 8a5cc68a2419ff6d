/* A backup is restored that is older than an erasure: who was erased stays so (I11), whichever way
 * the journals went, and also when the state before can be read in parts only. Runs the history
 * test's service on the memory store; keys are put back with the rows. */
#include "tests/sim/epoch_world.h"

static const struct uuid citizen = {{7}};

/* A node's files: of a backup, or from before a restore. */
struct files {
	struct store *store;
	struct keyring *keyring;
};

static struct files back_up(struct world *w, struct node *node)
{
	struct files files = {.store = copy_of(w, node)};

	assert_int_equal(keyring_copy(node->keyring, &files.keyring), ERR_OK);
	return files;
}

static void throw_away(struct files *files)
{
	store_close(files->store);
	keyring_close(files->keyring);
}

static void restore(struct node *node, const struct files *backup, const struct engine_before *from)
{
	const struct node_restored why = {.from = text_of("/b"),
		.by = text_of("Ida"),
		.reason = text_of("the disk died"),
		.unread = from->store ? TEXT_NONE : text_of("there is no database")};

	engine_close(node->engine);
	node->store = backup->store;
	node->keyring = backup->keyring;
	node->options.keyring = backup->keyring;
	open_node(node);
	assert_int_equal(engine_begin_restored(node->engine, &why, from), ERR_OK);
}

/* Takes the backup; what was there before is thrown away. */
static void restore_all(struct node *node, const struct files *backup)
{
	struct files old = {node->store, node->keyring};

	restore(node, backup, &(struct engine_before){old.store, old.keyring});
	throw_away(&old);
}

static void erase(struct world *w)
{
	act(w, (enum what)5, 0);
}

/* 0: destroyed; -1: no row. */
static int64_t slot_of(struct world *w, struct node *node, const char *scope)
{
	struct key key = {0};
	struct person_row row = {-1};
	struct txn *txn;

	key_add_text(&key, scope, strlen(scope));
	key_add_uuid(&key, citizen);
	assert_int_equal(store_begin(node->store, STORE_READ, &w->arena, &txn), ERR_OK);
	row_get(txn, CORE_PERSONS, &key, schema_person_row(), &w->arena, &row);
	store_abort(txn);
	return row.slot;
}

static struct restored found_in(struct world *w, struct node *node)
{
	struct restored restored;

	assert_int_equal(engine_restored(node->engine, &w->arena, &restored), ERR_OK);
	return restored;
}

static struct person_erased erasure_at(struct world *w, struct node *node, uint64_t seq)
{
	struct journal_entry entry;
	struct person_erased erased;
	struct txn *txn;

	assert_int_equal(store_begin(node->store, STORE_READ, &w->arena, &txn), ERR_OK);
	assert_int_equal(journal_read(&node->engine->journal, txn, seq, &w->arena, &entry), ERR_OK);
	store_abort(txn);
	assert_true(text_is(entry.record.type, "person_erased"));
	assert_int_equal(entry.record.epoch, (int64_t)node->engine->journal.epoch);
	assert_int_equal(schema_decode(schema_person_erased(), text_bytes(entry.record.fields),
				 PACK_SEALED, &w->arena, &erased, NULL),
		ERR_OK);
	assert_memory_equal(erased.person.b, citizen.b, sizeof(citizen.b));
	return erased;
}

/* State is what the journal gives, and the follower has it too, her words gone at both. */
static void check_gone(struct world *w, int64_t slot)
{
	uint8_t before[HASH_BYTES], after[HASH_BYTES];

	assert_true(slot > 0);
	assert_true(keyring_destroyed(w->alpha.keyring, (uint32_t)slot));
	assert_int_equal(slot_of(w, &w->alpha, SCOPE_OWN), 0);
	assert_int_equal(engine_digest(w->alpha.engine, DIGEST_OWN, true, before), ERR_OK);
	assert_int_equal(engine_rebuild_own(w->alpha.engine), ERR_OK);
	assert_int_equal(engine_digest(w->alpha.engine, DIGEST_OWN, true, after), ERR_OK);
	assert_memory_equal(before, after, HASH_BYTES);
	if (follow(w) == ERR_DIVERGED)
		assert_int_equal(refollow(w, 0), ERR_OK);
	deliver_all(w);
	assert_int_equal(slot_of(w, &w->beta, "alpha"), 0);
	check_same(w);
}

static void test_who_was_erased_stays_so(void **state)
{
	struct world *w = *state;

	plans(w, 2, 0);
	int64_t slot = slot_of(w, &w->alpha, SCOPE_OWN);
	struct files backup = back_up(w, &w->alpha); /* 3 */
	plans(w, 1, 2);
	erase(w);
	plans(w, 1, 3);
	restore_all(&w->alpha, &backup);
	struct restored restored = found_in(w, &w->alpha);
	assert_int_equal(restored.head, 3);
	assert_int_equal(restored.erased_again, 1);
	assert_int_equal(restored.unread.n, 0);
	assert_int_equal(w->alpha.engine->journal.seq, 5); /* behind node_restored */
	struct person_erased erased = erasure_at(w, &w->alpha, 5);
	assert_true(text_is(erased.decided_by, "test"));
	check_gone(w, slot);
}

static void test_nothing_is_erased_that_was_not(void **state)
{
	struct world *w = *state;

	plans(w, 2, 0);
	int64_t slot = slot_of(w, &w->alpha, SCOPE_OWN);
	struct files backup = back_up(w, &w->alpha);
	plans(w, 2, 2);
	restore_all(&w->alpha, &backup);
	assert_int_equal(found_in(w, &w->alpha).erased_again, 0);
	assert_int_equal(slot_of(w, &w->alpha, SCOPE_OWN), slot);
	assert_false(keyring_destroyed(w->alpha.keyring, (uint32_t)slot));
}

/* The second backup is of a journal that the first restore left, so the one that is replaced goes
 * another way. */
static void test_of_another_journal_too(void **state)
{
	struct world *w = *state;

	plans(w, 2, 0);
	int64_t slot = slot_of(w, &w->alpha, SCOPE_OWN);
	struct files first = back_up(w, &w->alpha); /* 3 */
	plans(w, 3, 2);
	struct files second = back_up(w, &w->alpha); /* 6 */
	restore_all(&w->alpha, &first);              /* 4 */
	plans(w, 1, 10);
	erase(w); /* 6: a number that the backup has too */
	plans(w, 1, 11);
	restore_all(&w->alpha, &second);
	assert_int_equal(found_in(w, &w->alpha).head, 6);
	assert_int_equal(found_in(w, &w->alpha).erased_again, 1);
	struct person_erased erased = erasure_at(w, &w->alpha, 8);
	assert_true(text_is(erased.decided_by, "test"));
	check_gone(w, slot);
}

static void test_a_journal_that_cannot_be_read_is_said(void **state)
{
	struct world *w = *state;

	plans(w, 2, 0);
	int64_t slot = slot_of(w, &w->alpha, SCOPE_OWN);
	struct files backup = back_up(w, &w->alpha); /* 3 */
	erase(w);                                    /* 4 */
	plans(w, 1, 2);
	assert_true(break_row(w, &w->alpha, (struct row_at){CORE_JOURNAL, 3}));
	restore_all(&w->alpha, &backup);
	struct restored restored = found_in(w, &w->alpha);
	assert_int_equal(restored.erased_again, 1); /* her key is known to be destroyed */
	assert_true(restored.unread.n > 0);
	struct person_erased erased = erasure_at(w, &w->alpha, 5);
	assert_true(text_is(erased.decided_by, "Ida"));
	check_gone(w, slot);
}

static void test_keys_that_are_left_say_who(void **state)
{
	struct world *w = *state;

	plans(w, 2, 0);
	int64_t slot = slot_of(w, &w->alpha, SCOPE_OWN);
	struct files backup = back_up(w, &w->alpha);
	erase(w);
	struct files old = {w->alpha.store, w->alpha.keyring};
	restore(&w->alpha, &backup, &(struct engine_before){NULL, old.keyring});
	throw_away(&old);
	assert_int_equal(found_in(w, &w->alpha).erased_again, 1);
	assert_true(text_is(found_in(w, &w->alpha).unread, "there is no database"));
	check_gone(w, slot);
}

/* Of what a follower holds, before the owner's record comes again. */
static void test_a_follower_does_not_read_her_meanwhile(void **state)
{
	struct world *w = *state;

	plans(w, 2, 0);
	deliver_all(w);
	int64_t slot = slot_of(w, &w->beta, "alpha");
	assert_true(slot > 0);
	struct files backup = back_up(w, &w->beta);
	erase(w);
	deliver_all(w);
	restore_all(&w->beta, &backup);
	assert_int_equal(slot_of(w, &w->beta, "alpha"), 0);
	assert_true(keyring_destroyed(w->beta.keyring, (uint32_t)slot));
	assert_int_equal(found_in(w, &w->beta).erased_again, 0);
	deliver_all(w);
	check_same(w);
}

int main(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)
	const struct CMUnitTest tests[] = {
		TEST(test_who_was_erased_stays_so),
		TEST(test_nothing_is_erased_that_was_not),
		TEST(test_of_another_journal_too),
		TEST(test_a_journal_that_cannot_be_read_is_said),
		TEST(test_keys_that_are_left_say_who),
		TEST(test_a_follower_does_not_read_her_meanwhile),
	};

	return cmocka_run_group_tests_name("before", tests, NULL, NULL);
}
