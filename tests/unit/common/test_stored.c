/* An archive takes journals as they are stored: what fits is kept, what does not is told, and a
 * restored owner overwrites nothing. Plays an owner's journal and an archive's engine on the memory
 * store. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

#include "common/engine_private.h"
#include "common/journal_file.h"
#include "common/stored.h"

enum { RECORDS = 400, VALUE_BYTES = 400 };

/* A journal in memory, which can be cut and go on another way. */
struct played {
	struct journal journal;
	struct store *store;
	struct {
		uint8_t bytes[VALUE_BYTES];
		size_t n;
		uint8_t hash[HASH_BYTES];
		uint64_t epoch;
	} values[RECORDS + 1];
};

struct bench {
	int64_t now;
	uint64_t seed;
	struct random random;
	struct keyring *keyring;
	struct store *store;
	struct engine_options options;
	struct engine *engine;
	struct arena arena;
	struct played owner;
	char file[64];
};

static const struct engine_peer owner_peer = {"owner", 2};
static const struct service archive = {.role = "archive",
	.role_bit = 4,
	.keeps_stored = true,
	.replica_trees = stored_trees,
	.n_replica_trees = STORED_TREES};

static int set_up(void **state)
{
	static const uint8_t master[MASTER_KEY_BYTES] = {5};
	static const struct tree tree = {"journal", 0};
	struct bench *b = calloc(1, sizeof(*b));
	size_t n;

	*state = b;
	b->now = INT64_C(1790000000000);
	b->random = random_seeded(&b->seed);
	arena_init(&b->arena, (size_t)16 << 20);
	snprintf(b->file, sizeof(b->file), "/tmp/oneplan-stored.%d", (int)getpid());
	if (keyring_open(NULL, master, &b->random, &b->keyring) ||
		store_open_memory(&tree, 1, &b->owner.store))
		return -1;
	journal_init(&b->owner.journal, 0);
	b->options = (struct engine_options){.service = &archive,
		.node = "archive",
		.owners = &owner_peer,
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

static int tear_down(void **state)
{
	struct bench *b = *state;

	engine_close(b->engine);
	store_close(b->store);
	store_close(b->owner.store);
	journal_done(&b->owner.journal);
	keyring_close(b->keyring);
	arena_done(&b->arena);
	unlink(b->file);
	free(b);
	return 0;
}

/* ---- the owner ------------------------------------------------------------------------------- */

static void write_records(struct bench *b, unsigned n)
{
	struct journal *journal = &b->owner.journal;
	struct bytes value;
	struct txn *txn;

	assert_int_equal(store_begin(b->owner.store, STORE_WRITE, &b->arena, &txn), ERR_OK);
	for (unsigned i = 0; i < n; i++) {
		char fields[64];
		struct key key = {0};
		snprintf(fields, sizeof(fields), "sealed %llu %llu %lld",
			(unsigned long long)journal->epoch, (unsigned long long)journal->seq,
			(long long)b->now);
		struct record record = {.type = text_of("noted"),
			.entity = {{1}},
			.time = b->now++,
			.fields = text_of(fields)};
		journal_append(journal, txn, &record);
		key_add_u64(&key, journal->seq);
		assert_true(store_get(txn, 0, key_bytes(&key), &value));
		assert_true(journal->seq <= RECORDS && value.n <= VALUE_BYTES);
		memcpy(b->owner.values[journal->seq].bytes, value.p, value.n);
		b->owner.values[journal->seq].n = value.n;
		memcpy(b->owner.values[journal->seq].hash, journal->hash, HASH_BYTES);
		b->owner.values[journal->seq].epoch = journal->epoch;
	}
	assert_int_equal(store_commit(txn), ERR_OK);
}

/* The owner was restored from a backup that ends at seq. */
static void cut(struct bench *b, uint64_t seq, uint64_t epoch)
{
	b->owner.journal.seq = seq;
	b->owner.journal.epoch = epoch;
	memcpy(b->owner.journal.hash, b->owner.values[seq].hash, HASH_BYTES);
}

/* ---- the archive ----------------------------------------------------------------------------- */

/* What is wrong with a batch, and at which record. */
enum fault { FAULT_NONE, FAULT_BIT, FAULT_HASH, FAULT_OPEN, FAULT_MISSING, FAULT_END };

static enum err send_of_epoch(
	struct bench *b, uint64_t first, uint64_t last, enum fault fault, uint64_t at)
{
	struct batch_item items[RECORDS];
	struct batch batch = {
		.epoch = b->owner.values[last].epoch, .first = first, .last = last, .items = items};
	struct turn turn = {NULL, NULL, 0, &batch, 1};

	arena_reset(&b->arena);
	for (uint64_t seq = first; seq <= last; seq++) {
		struct bytes value = bytes_copy(
			&b->arena, bytes_of(b->owner.values[seq].bytes, b->owner.values[seq].n));
		struct batch_item item = {.seq = seq, .stored = true, .record = value};
		uint8_t *p = arena_copy(&b->arena, value.p, value.n);
		if (seq == at && (fault == FAULT_BIT || fault == FAULT_HASH)) {
			p[fault == FAULT_BIT ? value.n - 1 : 3] ^= 1;
			item.record = bytes_of(p, value.n);
		}
		item.stored = seq != at || fault != FAULT_OPEN;
		if (seq != at || fault != FAULT_MISSING)
			items[batch.n++] = item;
	}
	memcpy(batch.hash_last, b->owner.values[last].hash, HASH_BYTES);
	batch.hash_last[0] ^= fault == FAULT_END;
	assert_int_equal(engine_turn(b->engine, &turn), ERR_OK);
	return batch.result;
}

/* In batches of one epoch each. */
static enum err send(struct bench *b, uint64_t first, uint64_t last, enum fault fault, uint64_t at)
{
	enum err err = ERR_OK;

	while (!err && first <= last) {
		uint64_t until = first;
		while (until < last &&
			b->owner.values[until + 1].epoch == b->owner.values[first].epoch)
			until++;
		err = send_of_epoch(b, first, until, until == last ? fault : FAULT_NONE, at);
		first = until + 1;
	}
	return err;
}

static uint64_t through(struct bench *b)
{
	struct cursor_row row;

	engine_cursor(b->engine, 0, &row);
	assert_int_equal(row.applied >= row.through, true);
	if (row.through)
		assert_memory_equal(row.hash.p, b->owner.values[row.through].hash, HASH_BYTES);
	return (uint64_t)row.through;
}

static struct state look(struct bench *b, struct txn **ret_txn)
{
	arena_reset(&b->arena);
	assert_int_equal(store_begin(b->store, STORE_READ, &b->arena, ret_txn), ERR_OK);
	struct state own = engine_own_state(b->engine, *ret_txn, &b->arena);
	return state_replica(&own, 0);
}

/* Reads the journal that ends in that line; 0 when it is whole, otherwise the bad record. */
static uint64_t read_line(struct bench *b, uint64_t line, uint64_t want_last)
{
	struct journal_entry entry;
	struct stored_walk walk;
	struct txn *txn;
	struct state replica = look(b, &txn);
	enum err err = stored_walk_begin(&walk, &replica, line, 1);

	while (!err)
		err = stored_walk_next(&walk, &entry);
	stored_walk_end(&walk);
	store_abort(txn);
	if (err == ERR_CORRUPT)
		return walk.next;
	assert_int_equal(err, ERR_NOT_FOUND);
	assert_int_equal(walk.next - 1, want_last);
	return 0;
}

static void check_line(struct bench *b, uint64_t line, const struct line_row *want)
{
	struct line_row got;
	struct txn *txn;
	struct state replica = look(b, &txn);

	assert_true(stored_line(&replica, line, &got));
	assert_int_equal(got.epoch, want->epoch);
	assert_int_equal(got.first, want->first);
	assert_int_equal(got.last, want->last);
	assert_int_equal(got.before, want->before);
	store_abort(txn);
}

static void test_everything_is_kept(void **state)
{
	struct bench *b = *state;
	struct line_row row = {0};
	struct txn *txn;

	write_records(b, 100);
	assert_int_equal(send(b, 1, 40, FAULT_NONE, 0), ERR_OK);
	assert_int_equal(send(b, 30, 60, FAULT_NONE, 0), ERR_OK); /* part of it again */
	assert_int_equal(send(b, 10, 20, FAULT_NONE, 0), ERR_OK);
	assert_int_equal(through(b), 60);
	assert_int_equal(send(b, 62, 100, FAULT_NONE, 0), ERR_STALE);
	assert_int_equal(send(b, 61, 100, FAULT_NONE, 0), ERR_OK);
	assert_int_equal(through(b), 100);
	assert_int_equal(read_line(b, 1, 100), 0);
	struct state replica = look(b, &txn);
	assert_int_equal(stored_present(&replica, &row), 1);
	for (uint64_t seq = 1; seq <= 100; seq++) {
		struct key key = stored_key(1, seq);
		struct bytes value;
		assert_true(store_get(
			txn, replica.first_tree + STORED_RECORDS, key_bytes(&key), &value));
		assert_int_equal(value.n, b->owner.values[seq].n);
		assert_memory_equal(value.p, b->owner.values[seq].bytes, value.n);
	}
	store_abort(txn);
	assert_int_equal(keyring_slots(b->keyring), 0);
}

static void test_what_does_not_fit(void **state)
{
	struct bench *b = *state;

	write_records(b, 60);
	assert_int_equal(send(b, 1, 10, FAULT_NONE, 0), ERR_OK);
	for (enum fault fault = FAULT_BIT; fault <= FAULT_MISSING; fault++) {
		uint64_t at = 10 + 3 * (uint64_t)fault;
		assert_int_equal(send(b, through(b) + 1, 50, fault, at), ERR_DIVERGED);
		assert_int_equal(through(b), at - 1); /* what fits is kept */
		assert_int_equal(read_line(b, 1, at - 1), 0);
	}
	assert_int_equal(send(b, through(b) + 1, 50, FAULT_END, 0), ERR_DIVERGED);
	assert_int_equal(through(b), 50);
	assert_int_equal(send(b, 51, 60, FAULT_NONE, 0), ERR_OK);
	assert_int_equal(read_line(b, 1, 60), 0);
}

static void test_an_unclean_stop(void **state)
{
	struct bench *b = *state;

	write_records(b, 50);
	assert_int_equal(send(b, 1, 20, FAULT_NONE, 0), ERR_OK);
	engine_close(b->engine);
	store_crash(b->store);
	assert_int_equal(engine_open(&b->options, &b->engine, NULL), ERR_OK);
	assert_int_equal(engine_careful(b->engine), 0);
	assert_int_equal(through(b), 20);
	assert_int_equal(send(b, 21, 50, FAULT_NONE, 0), ERR_OK);
	assert_int_equal(read_line(b, 1, 50), 0);
}

static void test_a_full_store(void **state)
{
	struct bench *b = *state;

	write_records(b, 50);
	assert_int_equal(send(b, 1, 20, FAULT_NONE, 0), ERR_OK);
	store_refuse_writes(b->store, 0, ERR_FULL);
	assert_int_equal(send(b, 21, 50, FAULT_NONE, 0), ERR_FULL);
	assert_int_equal(through(b), 20);
	store_refuse_writes(b->store, 0, ERR_OK);
	assert_int_equal(send(b, 21, 50, FAULT_NONE, 0), ERR_OK);
	assert_int_equal(read_line(b, 1, 50), 0);
}

/* An epoch begins and nothing was lost; then twice something was. */
static void test_a_restored_owner(void **state)
{
	struct bench *b = *state;

	write_records(b, 100);
	assert_int_equal(send(b, 1, 100, FAULT_NONE, 0), ERR_OK);
	cut(b, 100, 2);
	write_records(b, 30);
	assert_int_equal(send(b, 101, 130, FAULT_NONE, 0), ERR_OK);
	check_line(b, 2, &(struct line_row){.epoch = 2, .first = 101, .last = 130, .before = 1});

	cut(b, 110, 3); /* 111..130 of epoch 2 are lost */
	write_records(b, 40);
	assert_int_equal(send(b, 131, 150, FAULT_NONE, 0), ERR_DIVERGED);
	assert_int_equal(engine_forget_replica(b->engine, 0), ERR_OK);
	assert_int_equal(send(b, 1, 70, FAULT_NONE, 0), ERR_OK);
	assert_int_equal(send(b, 71, 150, FAULT_NONE, 0), ERR_OK);
	check_line(b, 2, &(struct line_row){.epoch = 2, .first = 101, .last = 130, .before = 1});
	check_line(b, 3, &(struct line_row){.epoch = 3, .first = 111, .last = 150, .before = 2});
	assert_int_equal(read_line(b, 1, 100), 0);
	assert_int_equal(read_line(b, 2, 130), 0);
	assert_int_equal(read_line(b, 3, 150), 0);

	cut(b, 90, 4);
	write_records(b, 20);
	assert_int_equal(engine_forget_replica(b->engine, 0), ERR_OK);
	assert_int_equal(send(b, 1, 110, FAULT_NONE, 0), ERR_OK);
	check_line(b, 4, &(struct line_row){.epoch = 4, .first = 91, .last = 110, .before = 3});
	assert_int_equal(read_line(b, 4, 110), 0);
	assert_int_equal(read_line(b, 3, 150), 0);
	assert_int_equal(read_line(b, 2, 130), 0);
	assert_int_equal(through(b), 110);
	/* an epoch of before does not come back */
	cut(b, 110, 3);
	write_records(b, 5);
	assert_int_equal(send(b, 111, 115, FAULT_NONE, 0), ERR_DIVERGED);
	assert_int_equal(through(b), 110);
}

/* Followed anew without anything having been lost: nothing is written twice. */
static void test_followed_anew(void **state)
{
	struct bench *b = *state;

	write_records(b, 100);
	assert_int_equal(send(b, 1, 90, FAULT_NONE, 0), ERR_OK);
	assert_int_equal(engine_forget_replica(b->engine, 0), ERR_OK);
	assert_int_equal(send(b, 1, 50, FAULT_NONE, 0), ERR_OK);
	assert_int_equal(send(b, 51, 100, FAULT_NONE, 0), ERR_OK);
	check_line(b, 1, &(struct line_row){.epoch = 1, .first = 1, .last = 100});
	assert_int_equal(read_line(b, 1, 100), 0);
}

static void test_damage_is_found(void **state)
{
	struct bench *b = *state;
	struct key key = stored_key(1, 17);
	struct bytes value;
	struct txn *txn;

	write_records(b, 40);
	assert_int_equal(send(b, 1, 40, FAULT_NONE, 0), ERR_OK);
	unsigned tree = look(b, &txn).first_tree + STORED_RECORDS;
	store_abort(txn);
	assert_int_equal(store_begin(b->store, STORE_WRITE, &b->arena, &txn), ERR_OK);
	assert_true(store_get(txn, tree, key_bytes(&key), &value));
	uint8_t *p = arena_copy(&b->arena, value.p, value.n);
	p[value.n / 2] ^= 8;
	store_put(txn, tree, key_bytes(&key), bytes_of(p, value.n));
	assert_int_equal(store_commit(txn), ERR_OK);
	assert_int_equal(read_line(b, 1, 0), 17);
	assert_int_equal(store_begin(b->store, STORE_WRITE, &b->arena, &txn), ERR_OK);
	store_delete(txn, tree, key_bytes(&key));
	assert_int_equal(store_commit(txn), ERR_OK);
	assert_int_equal(read_line(b, 1, 0), 17);
}

/* ---- the file -------------------------------------------------------------------------------- */

static void write_file(struct bench *b, unsigned n)
{
	struct journal_file *file;
	struct reason reason;

	unlink(b->file);
	assert_int_equal(journal_file_make(b->file, "owner", &file, &reason), ERR_OK);
	for (unsigned seq = 1; seq <= n; seq++)
		assert_int_equal(
			journal_file_add(file,
				bytes_of(b->owner.values[seq].bytes, b->owner.values[seq].n),
				&reason),
			ERR_OK);
	assert_int_equal(journal_file_finish(file, &reason), ERR_OK);
	journal_file_close(file);
}

static enum err read_file(struct bench *b, unsigned *ret_n)
{
	struct journal_entry entry;
	struct journal_file *file;
	struct reason reason = {0};
	enum err err = journal_file_open(b->file, &file, &reason);

	*ret_n = 0;
	while (!err) {
		err = journal_file_next(file, &entry, &reason);
		*ret_n += !err;
	}
	journal_file_close(file);
	return err;
}

static void test_a_file(void **state)
{
	struct bench *b = *state;
	struct journal_file *file;
	struct reason reason;
	unsigned n;

	write_records(b, 20);
	write_file(b, 20);
	assert_int_equal(read_file(b, &n), ERR_NOT_FOUND);
	assert_int_equal(n, 20);
	assert_int_equal(journal_file_make(b->file, "owner", &file, &reason), ERR_CONFLICT);
	unlink(b->file);
	assert_int_equal(journal_file_make(b->file, "owner", &file, &reason), ERR_OK);
	assert_int_equal(journal_file_add(file,
				 bytes_of(b->owner.values[2].bytes, b->owner.values[2].n), &reason),
		ERR_CORRUPT);
	journal_file_close(file);
}

/* Every byte of the file changed, and the file cut off at every length: refused. */
static void test_a_changed_file(void **state)
{
	struct bench *b = *state;
	uint8_t bytes[4096];
	unsigned n;

	write_records(b, 3);
	write_file(b, 3);
	FILE *stream = fopen(b->file, "re");
	assert_non_null(stream);
	size_t size = fread(bytes, 1, sizeof(bytes), stream);
	fclose(stream);
	assert_true(size > 300 && size < sizeof(bytes));
	for (size_t i = 0; i < 2 * size; i++) {
		size_t length = i < size ? size : i - size;
		bool in_name = i >= 22 && i < 27; /* which a rebuild compares with its own */
		stream = fopen(b->file, "we");
		bytes[i % size] ^= i < size;
		assert_int_equal(fwrite(bytes, 1, length, stream), length);
		bytes[i % size] ^= i < size;
		fclose(stream);
		enum err err = read_file(b, &n);
		if (!in_name && err != ERR_CORRUPT)
			fail_msg("byte or length %zu: %s", i, err_word(err));
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(test_everything_is_kept, set_up, tear_down),
		cmocka_unit_test_setup_teardown(test_what_does_not_fit, set_up, tear_down),
		cmocka_unit_test_setup_teardown(test_an_unclean_stop, set_up, tear_down),
		cmocka_unit_test_setup_teardown(test_a_full_store, set_up, tear_down),
		cmocka_unit_test_setup_teardown(test_a_restored_owner, set_up, tear_down),
		cmocka_unit_test_setup_teardown(test_followed_anew, set_up, tear_down),
		cmocka_unit_test_setup_teardown(test_damage_is_found, set_up, tear_down),
		cmocka_unit_test_setup_teardown(test_a_file, set_up, tear_down),
		cmocka_unit_test_setup_teardown(test_a_changed_file, set_up, tear_down),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
