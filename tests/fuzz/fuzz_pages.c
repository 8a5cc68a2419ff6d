/* A database file with anything in it: checked before LMDB sees it. What is let through LMDB can
 * walk. The pages of the input are laid over those of a good file. */
#include "common/store.h"
#include "common/store_pages.h"
#include "tests/fuzz/fuzz.h"

static const struct tree trees[] = {{"a", 0}, {"b", TREE_GROWING}};

static void walk(const char *dir)
{
	const struct store_options options = {
		.map_bytes = 1 << 24, .grow_bytes = 1 << 16, .read_only = true};
	struct store *store;
	struct reason reason;
	struct arena arena;
	struct scan scan;
	struct txn *txn;

	if (store_open_lmdb(dir, trees, 2, &options, &store, &reason))
		return;
	arena_init(&arena, 1 << 20);
	if (!store_begin(store, STORE_READ, &arena, &txn)) {
		for (unsigned tree = 0; tree < 2; tree++) {
			scan_begin(&scan, txn, tree, SCAN_UP, BYTES_NONE, BYTES_NONE);
			while (scan_next(&scan))
				continue;
			scan_end(&scan);
		}
		store_abort(txn);
	}
	store_close(store);
	arena_done(&arena);
}

static void make_good(const char *dir)
{
	const struct store_options options = {.map_bytes = 1 << 24, .grow_bytes = 1 << 16};
	static const uint8_t value[700] = {1};
	struct reason reason;
	struct store *store;
	struct arena arena;
	struct txn *txn;

	arena_init(&arena, 1 << 20);
	must(!store_open_lmdb(dir, trees, 2, &options, &store, &reason));
	for (uint64_t turn = 0; turn < 3; turn++) {
		must(!store_begin(store, STORE_WRITE, &arena, &txn));
		for (uint64_t i = 0; i < 12; i++) {
			struct key key = {0};
			key_add_u64(&key, i + turn * 5);
			store_put(txn, (unsigned)(i % 2), key_bytes(&key),
				bytes_of(value, i == 7 ? sizeof(value) : 40));
		}
		must(!store_commit(txn));
	}
	store_close(store);
	arena_done(&arena);
}

/* (page u8, offset u16, n u8, bytes) ... */
static void spoil(int fd, struct bytes feed)
{
	while (feed.n) {
		off_t at = (off_t)(feed_u8(&feed) % 32) * 4096;
		at += feed_u16(&feed) % 4096;
		struct bytes part = feed_bytes(&feed, feed_u8(&feed));
		must(part.n == 0 || pwrite(fd, part.p, part.n, at) == (ssize_t)part.n);
	}
}

FUZZ(pages)
{
	struct bytes feed = bytes_of(data, n);
	char dir[64], path[96];
	struct reason reason = {0};

	snprintf(dir, sizeof(dir), "/dev/shm/oneplan-fuzz-%d.db", (int)getpid());
	snprintf(path, sizeof(path), "%s/data.mdb", dir);
	mkdir(dir, 0700);
	make_good(dir);
	int fd = open(path, O_RDWR | O_CLOEXEC), dir_fd = open(dir, O_RDONLY | O_DIRECTORY);
	must(fd >= 0 && dir_fd >= 0);
	if (feed_u8(&feed) & 1)
		must(ftruncate(fd, feed_u16(&feed)) == 0);
	spoil(fd, feed);
	close(fd);
	enum err err = store_pages_check(dir_fd, PAGES_READ, &reason);
	must(!err || err == ERR_CORRUPT);
	close(dir_fd);
	if (!err)
		walk(dir);
	unlink(path);
	snprintf(path, sizeof(path), "%s/lock.mdb", dir);
	unlink(path);
	snprintf(path, sizeof(path), "%s/lock", dir);
	unlink(path);
	rmdir(dir);
	return 0;
}
