/* Opening the store on LMDB, and copying it while it is open. Touches the files data.mdb, lock.mdb
 * and lock in one directory, and data.mdb in the one of a copy. */
#include "common/store_lmdb.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/magic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <sys/vfs.h>
#include <unistd.h>

#include "common/store_pages.h"

/* What the tree is called that has the other trees' names. */
#define NAMES "names"
#define MAP_BYTES ((size_t)256 << 30)
#define GROW_BYTES ((size_t)16 << 20)

bool store_lmdb_is_network(unsigned long type)
{
	static const uint32_t network[] = {NFS_SUPER_MAGIC, SMB_SUPER_MAGIC, CIFS_SUPER_MAGIC,
		SMB2_SUPER_MAGIC, AFS_SUPER_MAGIC, AFS_FS_MAGIC, CEPH_SUPER_MAGIC};

	for (size_t i = 0; i < sizeof(network) / sizeof(network[0]); i++)
		if (network[i] == (uint32_t)type)
			return true;
	return false;
}

static enum err system_failed(struct reason *reason, const char *what)
{
	return reason_set(reason, ERR_SYSTEM, "dir", "%s: %s", what, strerror(errno));
}

static enum err lmdb_failed(struct reason *reason, const char *what, int rc)
{
	return reason_set(reason, store_lmdb_code(rc), "dir", "%s: %s", what, mdb_strerror(rc));
}

/* A directory is only there for good once its parent was flushed; it may have been made by a
 * process that was killed before that. */
static enum err flush_parent(int dir_fd, struct reason *reason)
{
	int fd = openat(dir_fd, "..", O_RDONLY | O_DIRECTORY | O_CLOEXEC);

	if (fd < 0 || fsync(fd) != 0) {
		enum err code = system_failed(reason, "the directory above cannot be flushed");
		if (fd >= 0)
			close(fd);
		return code;
	}
	close(fd);
	return ERR_OK;
}

static enum err enter_dir(const char *dir, int *ret_fd, struct reason *reason)
{
	struct statfs fs;

	if (mkdir(dir, 0700) && errno != EEXIST)
		return system_failed(reason, "the directory cannot be made");
	*ret_fd = open(dir, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (*ret_fd < 0)
		return system_failed(reason, "the directory cannot be opened");
	if (fstatfs(*ret_fd, &fs) != 0)
		return system_failed(reason, "the type of the file system is not known");
	if (store_lmdb_is_network((unsigned long)fs.f_type))
		return reason_set(reason, ERR_INVALID, "dir",
			"must be on a local disk, this is a network file system");
	return flush_parent(*ret_fd, reason);
}

static enum err take_lock(struct lmdb_store *store, int dir_fd, struct reason *reason)
{
	store->lock_fd = openat(dir_fd, "lock", O_RDWR | O_CREAT | O_CLOEXEC, 0600);
	if (store->lock_fd < 0)
		return system_failed(reason, "the lock file cannot be opened");
	if (flock(store->lock_fd, LOCK_EX | LOCK_NB) == 0)
		return ERR_OK;
	if (errno != EWOULDBLOCK)
		return system_failed(reason, "the lock cannot be taken");
	return reason_set(reason, ERR_CONFLICT, "dir",
		"must not be open elsewhere, another process holds its lock");
}

/* The lock file says, from the first commit on, that there was one. */
static enum pages_use use_of_pages(const struct lmdb_store *store)
{
	struct stat st;

	if (store->read_only)
		return PAGES_READ;
	return fstat(store->lock_fd, &st) == 0 && st.st_size > 0 ? PAGES_KEPT : PAGES_MADE;
}

static enum err mark_kept(const struct lmdb_store *store, struct reason *reason)
{
	static const char kept[] = "kept\n";

	if (use_of_pages(store) != PAGES_MADE)
		return ERR_OK;
	if (pwrite(store->lock_fd, kept, strlen(kept), 0) != (ssize_t)strlen(kept) ||
		fsync(store->lock_fd))
		return system_failed(reason, "the lock file cannot be written");
	return ERR_OK;
}

static enum err open_env(struct lmdb_store *store, const char *dir,
	const struct store_options *options, struct reason *reason)
{
	size_t page = (size_t)sysconf(_SC_PAGESIZE);
	size_t map = options && options->map_bytes ? options->map_bytes : MAP_BYTES;
	int dead;

	store->step = options && options->grow_bytes ? options->grow_bytes : GROW_BYTES;
	int rc = mdb_env_create(&store->env);
	if (rc == MDB_SUCCESS)
		rc = mdb_env_set_mapsize(store->env, (map + page - 1) / page * page);
	if (rc == MDB_SUCCESS)
		rc = mdb_env_set_maxdbs(store->env, (MDB_dbi)store->base.trees + 1);
	if (rc == MDB_SUCCESS)
		rc = mdb_env_open(store->env, dir,
			store->read_only ? MDB_NOTLS | MDB_RDONLY | MDB_NOLOCK : MDB_NOTLS, 0600);
	if (rc == MDB_SUCCESS && !store->read_only)
		rc = mdb_env_sync(store->env, 1); /* a new file, before its first transaction */
	if (rc == MDB_SUCCESS && !store->read_only)
		rc = mdb_reader_check(store->env, &dead);
	return rc ? lmdb_failed(reason, "the database cannot be opened", rc) : ERR_OK;
}

/* ---- names of trees ----------------------------------------------------------------------------
 *
 * LMDB finds a tree by its name in a page that no checksum covers: with one letter of it changed,
 * an empty tree would be made in place of a full one. So the names are written down a second time.
 */

static bool is_names(const MDB_val *name)
{
	return name->mv_size == strlen(NAMES) && !memcmp(name->mv_data, NAMES, strlen(NAMES));
}

/* MDB_NOTFOUND: that was the last. */
static int next_tree(MDB_cursor *trees, MDB_val *ret)
{
	MDB_val value;
	int rc = mdb_cursor_get(trees, ret, &value, MDB_NEXT);

	return rc == MDB_SUCCESS && is_names(ret) ? mdb_cursor_get(trees, ret, &value, MDB_NEXT)
						  : rc;
}

static int compare_names(MDB_cursor *trees, MDB_cursor *names, struct reason *reason)
{
	MDB_val tree, name, value;
	int at_tree, at_name;

	do {
		at_tree = next_tree(trees, &tree);
		at_name = names ? mdb_cursor_get(names, &name, &value, MDB_NEXT) : MDB_NOTFOUND;
		if (at_tree == MDB_NOTFOUND && at_name == MDB_NOTFOUND)
			return MDB_SUCCESS;
	} while (at_tree == MDB_SUCCESS && at_name == MDB_SUCCESS && tree.mv_size == name.mv_size &&
		 !memcmp(tree.mv_data, name.mv_data, tree.mv_size));
	if (at_tree != MDB_SUCCESS && at_tree != MDB_NOTFOUND)
		return at_tree;
	if (at_name != MDB_SUCCESS && at_name != MDB_NOTFOUND)
		return at_name;
	const MDB_val *odd = at_name == MDB_SUCCESS ? &name : &tree;
	reason_set(reason, ERR_CORRUPT, "data.mdb",
		"is damaged: the tree %.*s or the list of names is not as it was written",
		(int)odd->mv_size, (const char *)odd->mv_data);
	return MDB_CORRUPTED;
}

static int check_names(struct lmdb_store *store, MDB_txn *mdb, struct reason *reason)
{
	MDB_cursor *trees = NULL, *names = NULL;
	MDB_dbi main_dbi;

	int rc = mdb_dbi_open(mdb, NULL, 0, &main_dbi);
	if (rc == MDB_SUCCESS)
		rc = mdb_dbi_open(mdb, NAMES, store->read_only ? 0 : MDB_CREATE, &store->names);
	bool none = store->read_only && rc == MDB_NOTFOUND;
	if (rc == MDB_SUCCESS)
		rc = mdb_cursor_open(mdb, store->names, &names);
	if (rc == MDB_SUCCESS || none)
		rc = mdb_cursor_open(mdb, main_dbi, &trees);
	if (rc == MDB_SUCCESS)
		rc = compare_names(trees, names, reason);
	if (trees)
		mdb_cursor_close(trees);
	if (names)
		mdb_cursor_close(names);
	return rc;
}

static int open_tree(struct lmdb_store *store, size_t i, const char *text, MDB_txn *mdb)
{
	struct lmdb_tree *tree = &store->trees[i];
	bool read_only = store->read_only;
	MDB_val name = {.mv_data = (void *)(uintptr_t)text, .mv_size = strlen(text)}, nothing = {0};
	int rc = mdb_dbi_open(mdb, text, read_only ? 0 : MDB_CREATE, &tree->dbi);

	tree->missing = read_only && rc == MDB_NOTFOUND;
	if (tree->missing)
		return MDB_SUCCESS;
	if (rc == MDB_SUCCESS && !read_only)
		rc = mdb_put(mdb, store->names, &name, &nothing, MDB_NOOVERWRITE);
	return rc == MDB_KEYEXIST ? MDB_SUCCESS : rc;
}

/* One transaction opens them all: LMDB allows no other use of a tree before that is committed. */
static enum err open_trees(
	struct lmdb_store *store, const struct tree *trees, size_t n, struct reason *reason)
{
	struct reason damaged = {0};
	MDB_txn *mdb;
	int rc = mdb_txn_begin(store->env, NULL, store->read_only ? MDB_RDONLY : 0, &mdb);

	if (rc != MDB_SUCCESS)
		return lmdb_failed(reason, "the trees cannot be opened", rc);
	rc = check_names(store, mdb, &damaged);
	for (size_t i = 0; rc == MDB_SUCCESS && i < n; i++) {
		store->trees[i].flags = trees[i].flags;
		rc = open_tree(store, i, trees[i].name, mdb);
	}
	if (rc == MDB_SUCCESS)
		rc = mdb_txn_commit(mdb);
	else
		mdb_txn_abort(mdb);
	if (damaged.field[0]) {
		*reason = damaged;
		return ERR_CORRUPT;
	}
	return rc ? lmdb_failed(reason, "the trees cannot be opened", rc) : ERR_OK;
}

enum err store_open_lmdb(const char *dir, const struct tree *trees, size_t n,
	const struct store_options *options, struct store **ret, struct reason *reason)
{
	struct lmdb_store *store = calloc(1, sizeof(*store) + n * sizeof(store->trees[0]));
	int dir_fd = -1;

	*ret = NULL;
	if (!store || !store_name_trees(&store->base, trees, n)) {
		free(store);
		return reason_set(reason, ERR_NO_MEMORY, "", "memory is out");
	}
	store->base.backend = &store_lmdb_backend;
	store->lock_fd = -1;
	store->dir_fd = -1;
	store->read_only = options && options->read_only;
	enum err code = enter_dir(dir, &dir_fd, reason);
	if (code == ERR_OK && !store->read_only)
		code = take_lock(store, dir_fd, reason);
	if (code == ERR_OK)
		code = store_pages_check(dir_fd, use_of_pages(store), reason);
	if (code == ERR_OK)
		code = open_env(store, dir, options, reason);
	if (code == ERR_OK)
		code = open_trees(store, trees, n, reason);
	if (code == ERR_OK && !store->read_only && fsync(dir_fd) != 0)
		code = system_failed(reason, "the directory cannot be flushed");
	if (code == ERR_OK)
		code = mark_kept(store, reason);
	if (store->read_only && dir_fd >= 0)
		close(dir_fd);
	else
		store->dir_fd = dir_fd;
	if (code == ERR_OK)
		*ret = &store->base;
	else
		store_lmdb_backend.close(&store->base);
	return code;
}

/* LMDB flushes nothing of a copy. */
static enum err flush(int fd, const char *what, struct reason *reason)
{
	return fd < 0 || fchmod(fd, 0600) || fsync(fd) ? system_failed(reason, what) : ERR_OK;
}

enum err store_copy_lmdb(struct store *base, const char *dir, struct reason *reason)
{
	char path[4096];

	snprintf(path, sizeof(path), "%s/data.mdb", dir);
	int rc = mdb_env_copy2(lmdb_store(base)->env, dir, MDB_CP_COMPACT);
	if (rc)
		return lmdb_failed(reason, "the database cannot be copied", rc);
	int fd = open(path, O_RDWR | O_CLOEXEC);
	enum err code = flush(fd, "the copy cannot be flushed", reason);
	if (fd >= 0)
		close(fd);
	return code;
}
