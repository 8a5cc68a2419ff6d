/* What only LMDB does: files, locks, full disks, kills; and that it agrees with the memory backend.
 * Touches directories of its own under /tmp. */
#include <sched.h>
#include <sys/mount.h>

#include "tests/unit/common/store_world.h"

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

/* A disk of our own that nobody else sees. */
static bool mount_small(const char *dir)
{
	return mkdir(dir, 0700) == 0 && unshare(CLONE_NEWNS) == 0 &&
	       mount(NULL, "/", NULL, MS_REC | MS_PRIVATE, NULL) == 0 &&
	       mount("tmpfs", dir, "tmpfs", 0, "size=40m") == 0;
}

static void check_full_disk(struct world *world, const char *dir)
{
	const struct store_options small = {.grow_bytes = 1024 * 1024};
	char reserve[128], ballast[128];
	struct txn *txn;

	snprintf(reserve, sizeof(reserve), "%s/reserve", dir);
	snprintf(ballast, sizeof(ballast), "%s/ballast", dir);
	world->store = open_dir(dir, TREES, &small);
	store_tighten(world->store, false);
	assert_int_equal(access(reserve, F_OK), 0);
	int fd = open(ballast, O_WRONLY | O_CREAT, 0600);
	assert_int_equal(posix_fallocate(fd, 0, 26 << 20), 0);
	assert_int_equal(fill_up(world, 0), ERR_FULL);
	/* tight, small transactions go on; at the last the reserve is given up for them */
	store_tighten(world->store, true);
	txn = begin(world, STORE_READ);
	uint64_t rows = store_count(txn, PLAIN);
	commit(txn);
	assert_int_equal(fill_up(world, rows), ERR_FULL);
	assert_int_equal(access(reserve, F_OK), -1);
	txn = begin(world, STORE_READ);
	assert_true(store_count(txn, PLAIN) > rows + 5000);
	commit(txn);
	store_close(world->store);
	/* it opens and is read; with room it grows, and has a reserve, as before */
	world->store = open_dir(dir, TREES, &small);
	assert_int_equal(ftruncate(fd, 0), 0);
	store_tighten(world->store, false);
	assert_int_equal(access(reserve, F_OK), -1); /* not yet enough */
	txn = begin(world, STORE_WRITE);
	fill(txn, OTHER, 200);
	commit(txn);
	close(fd);
	store_close(world->store);
	world->store = NULL;
}

static void test_full_disk(void **state)
{
	struct world *world = *state;
	char dir[96];
	int status;

	snprintf(dir, sizeof(dir), "%s/disk", world->dir);
	pid_t pid = fork();
	assert_true(pid >= 0);
	if (pid == 0) {
		if (!mount_small(dir))
			_exit(77);
		check_full_disk(world, dir);
		_exit(0);
	}
	assert_int_equal(waitpid(pid, &status, 0), pid);
	rmdir(dir);
	if (WIFEXITED(status) && WEXITSTATUS(status) == 77)
		print_message("no disk of our own can be mounted here: nothing was proven\n");
	else
		assert_int_equal(status, 0);
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

int main(void)
{
	const struct CMUnitTest tests[] = {
		CASE(test_backends_agree, setup_lmdb),
		CASE(test_reopen, setup_dir),
		CASE(test_makes_directory, setup_dir),
		CASE(test_second_open, setup_dir),
		CASE(test_not_a_database, setup_dir),
		CASE(test_network_types, setup_dir),
		CASE(test_full_disk, setup_dir),
		CASE(test_map_full, setup_dir),
		CASE(test_disk_full, setup_dir),
		CASE(test_failed_flush, setup_dir),
		CASE(test_file_grows_ahead, setup_dir),
		CASE(test_kill, setup_dir),
	};

	return cmocka_run_group_tests_name("lmdb alone", tests, NULL, NULL);
}
