/* A store and a keyring are copied while they are used: each copy is what was committed at one
 * moment, and opens. Touches directories of its own under /tmp. */
#include <pthread.h>
#include <stdatomic.h>

#include "common/keyring.h"
#include "tests/unit/common/store_world.h"

enum { COPIES = 20 };

static void put_counted(struct txn *txn, unsigned tree, uint64_t n)
{
	uint8_t value[1500] = {0};
	struct key key = {0};

	put_u64(value, n);
	key_add_u64(&key, n % 50);
	store_put(txn, tree, key_bytes(&key), bytes_of(value, sizeof(value)));
	key = (struct key){0};
	key_add_text(&key, "last", 4);
	store_put(txn, tree, key_bytes(&key), bytes_of(value, sizeof(value)));
}

static uint64_t counted_in(struct txn *txn, unsigned tree)
{
	struct key key = {0};
	struct bytes value;

	key_add_text(&key, "last", 4);
	return store_get(txn, tree, key_bytes(&key), &value) ? get_u64(value.p) : 0;
}

struct copying {
	struct store *store;
	char dirs[COPIES][96];
	atomic_bool ended;
};

static void *copy_again_and_again(void *arg)
{
	struct copying *copying = arg;
	struct reason reason = {0};

	for (int i = 0; i < COPIES; i++)
		if (mkdir(copying->dirs[i], 0700) ||
			store_copy_lmdb(copying->store, copying->dirs[i], &reason))
			copying->dirs[i][0] = '\0';
	atomic_store(&copying->ended, true);
	return NULL;
}

static void test_copies_while_it_writes(void **state)
{
	struct world *world = *state;
	static struct copying copying;
	uint64_t n = 0, before = 0;
	pthread_t thread;

	copying.store = world->store;
	for (int i = 0; i < COPIES; i++)
		snprintf(copying.dirs[i], sizeof(copying.dirs[i]), "%s/copy%d", world->dir, i);
	assert_int_equal(pthread_create(&thread, NULL, copy_again_and_again, &copying), 0);
	while (!atomic_load(&copying.ended)) {
		struct txn *txn = begin(world, STORE_WRITE);
		n++;
		put_counted(txn, 0, n);
		put_counted(txn, 1, n);
		commit(txn);
		arena_reset(&world->arena);
	}
	pthread_join(thread, NULL);
	assert_true(n > COPIES);
	for (int i = 0; i < COPIES; i++) {
		const struct store_options look = {.read_only = true};
		assert_true(copying.dirs[i][0]);
		struct store *copy = open_dir(copying.dirs[i], TREES, &look);
		struct txn *txn;
		assert_int_equal(store_begin(copy, STORE_READ, &world->arena, &txn), ERR_OK);
		uint64_t got = counted_in(txn, 0);
		assert_int_equal(counted_in(txn, 1), got);
		assert_in_range(got, before, n);
		before = got;
		store_abort(txn);
		assert_int_equal(store_begin(copy, STORE_WRITE, &world->arena, &txn), ERR_BUG);
		store_close(copy);
		remove_dir(copying.dirs[i]);
	}
}

static void test_what_is_only_read_is_not_changed(void **state)
{
	struct world *world = *state;
	const struct store_options look = {.read_only = true};
	char dir[96], path[128];
	struct reason reason = {0};
	struct stat st;

	struct txn *txn = begin(world, STORE_WRITE);
	put_counted(txn, 0, 7);
	commit(txn);
	snprintf(dir, sizeof(dir), "%s/copy", world->dir);
	assert_int_equal(mkdir(dir, 0700), 0);
	assert_int_equal(store_copy_lmdb(world->store, dir, &reason), ERR_OK);
	store_close(open_dir(dir, TREES, &look));
	snprintf(path, sizeof(path), "%s/lock.mdb", dir);
	assert_int_equal(stat(path, &st), -1);
	snprintf(path, sizeof(path), "%s/data.mdb", dir);
	assert_int_equal(stat(path, &st), 0);
	assert_int_equal(st.st_mode & 0777, 0600);
	assert_int_not_equal(store_copy_lmdb(world->store, dir, &reason), ERR_OK); /* it is there */
	remove_dir(dir);
}

/* ---- data keys ------------------------------------------------------------------------------- */

static const uint8_t master[MASTER_KEY_BYTES] = {4};

struct destroying {
	struct keyring *keyring;
	atomic_bool stop;
};

static void *destroy_some(void *arg)
{
	struct destroying *d = arg;

	for (uint32_t slot = 1; slot < 2000 && !atomic_load(&d->stop); slot += 2)
		if (keyring_destroy(d->keyring, slot))
			return arg;
	return NULL;
}

static void test_copies_keys_while_some_are_destroyed(void **state)
{
	struct world *world = *state;
	const struct random random = random_real();
	struct destroying d = {0};
	char path[96], copy[96];
	pthread_t thread;
	void *failed;

	snprintf(path, sizeof(path), "%s/keys.bin", world->dir);
	snprintf(copy, sizeof(copy), "%s/copy.bin", world->dir);
	assert_int_equal(keyring_open(path, master, &random, &d.keyring), ERR_OK);
	assert_int_equal(keyring_extend(d.keyring, 2000), ERR_OK);
	assert_int_equal(pthread_create(&thread, NULL, destroy_some, &d), 0);
	assert_int_equal(keyring_copy_file(d.keyring, copy), ERR_OK);
	atomic_store(&d.stop, true);
	pthread_join(thread, &failed);
	assert_null(failed);
	assert_int_equal(keyring_copy_file(d.keyring, copy), ERR_SYSTEM); /* it is there */
	struct keyring *other;
	assert_int_equal(keyring_open(copy, master, &random, &other), ERR_OK);
	assert_int_equal(keyring_slots(other), 2000);
	for (uint32_t slot = 1; slot <= 2000; slot++) {
		enum err err = keyring_check(other, slot);
		assert_true(err == ERR_OK || (err == ERR_ERASED && slot % 2));
		assert_true(err == ERR_OK || keyring_destroyed(d.keyring, slot));
	}
	keyring_close(other);
	keyring_close(d.keyring);
	unlink(path);
	unlink(copy);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		CASE(test_copies_while_it_writes, setup_lmdb),
		CASE(test_what_is_only_read_is_not_changed, setup_lmdb),
		CASE(test_copies_keys_while_some_are_destroyed, setup_lmdb),
	};

	return cmocka_run_group_tests_name("copies", tests, NULL, NULL);
}
