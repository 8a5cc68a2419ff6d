/* The store on LMDB at work; with store_lmdb_open.c the only room that knows it. Touches the files
 * data.mdb, lock.mdb and reserve in one directory.
 *
 * 1. The file has room for one step more than is used when a write transaction begins, so that a
 *    full disk shows there; only a transaction larger than a step can meet it later.
 * 2. After a commit that failed in the system nothing begins any more: the kernel may have dropped
 *    what it could not write, and the next flush would call that durable.
 * 3. On a tight store (store_tighten) transactions are small: a part of a step is enough for them.
 * 4. No cursor outlives a change of its transaction: a walk goes on by key with a new one.
 */
#include "common/store_lmdb.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/statvfs.h>
#include <unistd.h>

#define RESERVE_BYTES (8 << 20)
enum { SMALL_PART = 8 };

static const char reserve_name[] = "reserve";

/* An open cursor; the transaction keeps a list of them, because LMDB wants them closed with it. */
struct cursor {
	struct cursor *next;
	struct cursor **link;
	MDB_cursor *mdb;
};

struct lmdb_txn {
	struct txn base;
	MDB_txn *mdb;
	struct cursor *cursors;
	struct bytes handed; /* the view that a scan handed out last */
};

struct lmdb_row {
	MDB_val key;
	MDB_val value;
};

static struct lmdb_txn *lmdb_txn(struct txn *txn)
{
	return (struct lmdb_txn *)txn;
}

static MDB_dbi dbi_of(const struct txn *txn, unsigned tree)
{
	return lmdb_store(txn->store)->trees[tree].dbi;
}

static bool is_missing(const struct txn *txn, unsigned tree)
{
	return lmdb_store(txn->store)->trees[tree].missing;
}

static MDB_val val_of(struct bytes bytes)
{
	return (MDB_val){.mv_size = bytes.n, .mv_data = (void *)(uintptr_t)bytes.p};
}

static struct bytes bytes_of_val(MDB_val val)
{
	return bytes_of(val.mv_data, val.mv_size);
}

enum err store_lmdb_code(int rc)
{
	switch (rc) {
	case MDB_SUCCESS:
		return ERR_OK;
	case MDB_MAP_FULL:
		return ERR_FULL;
	case MDB_CORRUPTED:
	case MDB_PAGE_NOTFOUND:
	case MDB_INVALID:
		return ERR_CORRUPT;
	case ENOMEM:
		return ERR_NO_MEMORY;
	default:
		return ERR_SYSTEM;
	}
}

/* True when there was a row; anything but "there is none" fails the transaction. */
static bool found(struct txn *txn, int rc)
{
	if (rc != MDB_SUCCESS && rc != MDB_NOTFOUND)
		store_fail(txn, store_lmdb_code(rc));
	return rc == MDB_SUCCESS;
}

static bool lmdb_get(struct txn *txn, unsigned tree, struct bytes key, struct bytes *ret)
{
	MDB_val k = val_of(key);
	MDB_val v;

	if (is_missing(txn, tree) ||
		!found(txn, mdb_get(lmdb_txn(txn)->mdb, dbi_of(txn, tree), &k, &v)))
		return false;
	*ret = bytes_of_val(v);
	return true;
}

static int put_row(struct txn *txn, unsigned tree, struct lmdb_row *row)
{
	MDB_txn *mdb = lmdb_txn(txn)->mdb;
	MDB_dbi dbi = dbi_of(txn, tree);

	if (lmdb_store(txn->store)->trees[tree].flags & TREE_GROWING) {
		int rc = mdb_put(mdb, dbi, &row->key, &row->value, MDB_APPEND);
		if (rc != MDB_KEYEXIST)
			return rc;
	}
	return mdb_put(mdb, dbi, &row->key, &row->value, 0);
}

static bool lies_in(const uint8_t *p, struct bytes whole)
{
	return (uintptr_t)p - (uintptr_t)whole.p < whole.n;
}

static void lmdb_put(struct txn *txn, unsigned tree, struct bytes key, struct bytes value)
{
	uint8_t *copy = NULL;

	/* A value that comes out of a scan lies in a page that LMDB may move before it copies. */
	if (value.n && lies_in(value.p, lmdb_txn(txn)->handed)) {
		copy = malloc(value.n);
		if (!copy) {
			store_fail(txn, ERR_NO_MEMORY);
			return;
		}
		memcpy(copy, value.p, value.n);
		value.p = copy;
	}
	struct lmdb_row row = {val_of(key), val_of(value)};
	int rc = put_row(txn, tree, &row);
	if (rc != MDB_SUCCESS)
		store_fail(txn, store_lmdb_code(rc));
	free(copy);
}

static void lmdb_remove(struct txn *txn, unsigned tree, struct bytes key)
{
	MDB_val k = val_of(key);

	found(txn, mdb_del(lmdb_txn(txn)->mdb, dbi_of(txn, tree), &k, NULL));
}

static void lmdb_clear(struct txn *txn, unsigned tree)
{
	int rc = mdb_drop(lmdb_txn(txn)->mdb, dbi_of(txn, tree), 0);

	if (rc != MDB_SUCCESS)
		store_fail(txn, store_lmdb_code(rc));
}

static uint64_t lmdb_count(struct txn *txn, unsigned tree)
{
	MDB_stat stat;

	if (is_missing(txn, tree) ||
		!found(txn, mdb_stat(lmdb_txn(txn)->mdb, dbi_of(txn, tree), &stat)))
		return 0;
	return stat.ms_entries;
}

static void cursor_free(struct cursor *cursor)
{
	if (!cursor)
		return;
	mdb_cursor_close(cursor->mdb);
	*cursor->link = cursor->next;
	if (cursor->next)
		cursor->next->link = cursor->link;
	free(cursor);
}

static struct cursor *cursor_new(struct lmdb_txn *txn, unsigned tree)
{
	struct cursor *cursor = malloc(sizeof(*cursor));
	int rc = ENOMEM;

	if (cursor)
		rc = mdb_cursor_open(txn->mdb, dbi_of(&txn->base, tree), &cursor->mdb);
	if (rc != MDB_SUCCESS) {
		store_fail(&txn->base, store_lmdb_code(rc));
		free(cursor);
		return NULL;
	}
	cursor->next = txn->cursors;
	cursor->link = &txn->cursors;
	if (cursor->next)
		cursor->next->link = &cursor->next;
	txn->cursors = cursor;
	return cursor;
}

static int move(MDB_cursor *cursor, struct lmdb_row *row, MDB_cursor_op op)
{
	return mdb_cursor_get(cursor, &row->key, &row->value, op);
}

static int place(MDB_cursor *cursor, struct lmdb_row *row, enum seek how, struct bytes key)
{
	if (how == SEEK_LAST)
		return move(cursor, row, MDB_LAST);
	if (key.n == 0)
		return move(cursor, row, MDB_FIRST);
	row->key = val_of(key);
	int rc = move(cursor, row, MDB_SET_RANGE);
	bool exact = rc == MDB_SUCCESS && bytes_equal(bytes_of_val(row->key), key);
	if (how == SEEK_AT_LEAST || (how == SEEK_AT_MOST && exact))
		return rc;
	if (how == SEEK_AFTER)
		return exact ? move(cursor, row, MDB_NEXT) : rc;
	if (rc == MDB_NOTFOUND)
		return move(cursor, row, MDB_LAST);
	return rc == MDB_SUCCESS ? move(cursor, row, MDB_PREV) : rc;
}

static bool lmdb_seek(struct scan *scan, enum seek how, struct bytes key)
{
	struct lmdb_txn *txn = lmdb_txn(scan->txn);
	struct cursor *cursor = scan->cursor;
	struct lmdb_row row;
	int rc;

	if (is_missing(scan->txn, scan->tree))
		return false;
	if (cursor && scan->change == txn->base.change) {
		rc = move(cursor->mdb, &row, how == SEEK_AFTER ? MDB_NEXT : MDB_PREV);
	} else {
		cursor_free(cursor);
		scan->cursor = cursor = cursor_new(txn, scan->tree);
		if (!cursor)
			return false;
		scan->change = txn->base.change;
		rc = place(cursor->mdb, &row, how, key);
	}
	if (!found(&txn->base, rc))
		return false;
	scan->key = bytes_of_val(row.key);
	scan->value = txn->handed = bytes_of_val(row.value);
	return true;
}

static void lmdb_release(struct scan *scan)
{
	cursor_free(scan->cursor);
}

/* ERR_FULL: the disk has no room for that. */
static enum err extend(struct lmdb_store *store, uint64_t target)
{
	int fd, rc;

	if (store->allocated >= target)
		return ERR_OK;
	mdb_env_get_fd(store->env, &fd);
	do
		rc = posix_fallocate(
			fd, (off_t)store->allocated, (off_t)(target - store->allocated));
	while (rc == EINTR);
	if (rc == ENOSPC || rc == EDQUOT || rc == EFBIG)
		return ERR_FULL;
	if (rc)
		return ERR_SYSTEM;
	store->allocated = target;
	return ERR_OK;
}

static uint64_t high_bytes(struct lmdb_store *store, uint64_t *ret_map)
{
	MDB_envinfo info;
	MDB_stat stat;

	mdb_env_info(store->env, &info);
	mdb_env_stat(store->env, &stat);
	*ret_map = info.me_mapsize;
	return ((uint64_t)info.me_last_pgno + 1) * stat.ms_psize;
}

static uint64_t at_most(uint64_t bytes, uint64_t map)
{
	return bytes < map ? bytes : map;
}

static enum err grow(struct lmdb_store *store)
{
	uint64_t map, used = high_bytes(store, &map);
	uint64_t need = at_most(used + store->step, map);

	if (used >
		map) /* somebody else wrote into the file: it would be made as large as the map */
		return ERR_SYSTEM;
	if (store->allocated >= need)
		return ERR_OK;
	enum err err = extend(store, at_most((used / store->step + 2) * store->step, map));
	if (err == ERR_FULL)
		err = extend(store, need);
	if (err != ERR_FULL || !store->tight)
		return err;
	need = at_most(used + store->step / SMALL_PART, map);
	err = extend(store, need);
	if (err == ERR_FULL && unlinkat(store->dir_fd, reserve_name, 0) == 0)
		err = extend(store, need);
	return err;
}

/* Without one nothing is lost but the room that it would give. */
static void make_reserve(struct lmdb_store *store)
{
	struct statvfs fs;
	int fd;

	if (fstatvfs(store->dir_fd, &fs) || fs.f_bavail * fs.f_frsize < 4 * RESERVE_BYTES)
		return;
	fd = openat(store->dir_fd, reserve_name, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
	if (fd < 0)
		return; /* there is one */
	if (posix_fallocate(fd, 0, RESERVE_BYTES))
		unlinkat(store->dir_fd, reserve_name, 0);
	close(fd);
}

static void lmdb_tighten(struct store *base, bool tight)
{
	struct lmdb_store *store = lmdb_store(base);

	store->tight = tight;
	if (!tight && store->dir_fd >= 0)
		make_reserve(store);
}

static int begin_read(struct lmdb_store *store, MDB_txn **ret)
{
	MDB_txn *mdb = store->spare;

	if (!mdb)
		return mdb_txn_begin(store->env, NULL, MDB_RDONLY, ret);
	store->spare = NULL;
	int rc = mdb_txn_renew(mdb);
	if (rc == MDB_SUCCESS)
		*ret = mdb;
	else
		mdb_txn_abort(mdb);
	return rc;
}

static void end_read(struct lmdb_store *store, MDB_txn *mdb)
{
	if (store->spare) {
		mdb_txn_abort(mdb);
		return;
	}
	mdb_txn_reset(mdb);
	store->spare = mdb;
}

static enum err lmdb_begin(struct store *base, enum store_mode mode, struct txn **ret)
{
	struct lmdb_store *store = lmdb_store(base);
	enum err code = store->broken;

	if (code == ERR_OK && mode == STORE_WRITE)
		code = store->read_only ? ERR_BUG : grow(store);
	if (code != ERR_OK)
		return code;
	struct lmdb_txn *txn = calloc(1, sizeof(*txn));
	if (!txn)
		return ERR_NO_MEMORY;
	int rc = mode == STORE_WRITE ? mdb_txn_begin(store->env, NULL, 0, &txn->mdb)
				     : begin_read(store, &txn->mdb);
	if (rc != MDB_SUCCESS) {
		free(txn);
		return store_lmdb_code(rc);
	}
	*ret = &txn->base;
	return ERR_OK;
}

static void close_cursors(struct lmdb_txn *txn)
{
	while (txn->cursors)
		cursor_free(txn->cursors);
}

static enum err lmdb_commit(struct txn *base)
{
	struct lmdb_store *store = lmdb_store(base->store);
	struct lmdb_txn *txn = lmdb_txn(base);

	close_cursors(txn);
	int rc = mdb_txn_commit(txn->mdb);
	free(txn);
	if (rc != MDB_SUCCESS && rc != MDB_MAP_FULL)
		store->broken = store_lmdb_code(rc);
	return store_lmdb_code(rc);
}

static void lmdb_abort(struct txn *base)
{
	struct lmdb_txn *txn = lmdb_txn(base);

	close_cursors(txn);
	if (base->mode == STORE_READ)
		end_read(lmdb_store(base->store), txn->mdb);
	else
		mdb_txn_abort(txn->mdb);
	free(txn);
}

static uint64_t pages_bytes(MDB_txn *mdb, MDB_dbi dbi)
{
	MDB_stat stat;

	if (mdb_stat(mdb, dbi, &stat) != MDB_SUCCESS)
		return 0;
	return stat.ms_psize *
	       (uint64_t)(stat.ms_branch_pages + stat.ms_leaf_pages + stat.ms_overflow_pages);
}

static void lmdb_usage(struct store *base, struct store_usage *ret)
{
	struct lmdb_store *store = lmdb_store(base);
	struct statvfs fs;
	struct stat file;
	MDB_txn *mdb;
	int fd;

	ret->high_bytes = high_bytes(store, &ret->map_bytes);
	ret->step_bytes = store->step;
	if (mdb_env_get_fd(store->env, &fd) == MDB_SUCCESS && fstat(fd, &file) == 0)
		ret->file_bytes = (uint64_t)file.st_size;
	if (fd >= 0 && fstatvfs(fd, &fs) == 0)
		ret->disk_bytes = fs.f_bavail * fs.f_frsize;
	if (begin_read(store, &mdb) != MDB_SUCCESS)
		return;
	for (MDB_dbi own = 0; own < 2; own++) /* LMDB's list of free pages and its list of trees */
		ret->used_bytes += pages_bytes(mdb, own);
	for (size_t i = 0; i < base->trees; i++)
		if (!store->trees[i].missing)
			ret->used_bytes += pages_bytes(mdb, store->trees[i].dbi);
	end_read(store, mdb);
}

static void lmdb_close(struct store *base)
{
	struct lmdb_store *store = lmdb_store(base);

	if (store->spare)
		mdb_txn_abort(store->spare);
	if (store->env)
		mdb_env_close(store->env);
	if (store->dir_fd >= 0)
		close(store->dir_fd);
	if (store->lock_fd >= 0)
		close(store->lock_fd);
	free(store->base.sums);
	free(store);
}

const struct backend store_lmdb_backend = {
	.close = lmdb_close,
	.begin = lmdb_begin,
	.commit = lmdb_commit,
	.abort = lmdb_abort,
	.get = lmdb_get,
	.put = lmdb_put,
	.remove = lmdb_remove,
	.clear = lmdb_clear,
	.seek = lmdb_seek,
	.release = lmdb_release,
	.count = lmdb_count,
	.usage = lmdb_usage,
	.tighten = lmdb_tighten,
};
