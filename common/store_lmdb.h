/* What the files of the LMDB store share; for common/store_lmdb*.c only. */
#ifndef COMMON_STORE_LMDB_H
#define COMMON_STORE_LMDB_H

#include <lmdb.h>

#include "common/store_backend.h"

struct lmdb_tree {
	MDB_dbi dbi;
	unsigned flags;
	bool missing; /* of a database that is only read: empty */
};

struct lmdb_store {
	struct store base;
	MDB_env *env;
	int lock_fd;
	int dir_fd; /* for the reserve; -1: read only */
	bool tight; /* store_tighten */
	bool read_only;
	enum err broken;    /* set once a commit failed in the system */
	size_t step;        /* bytes */
	uint64_t allocated; /* bytes from the start of the file that this process made sure of */
	MDB_txn *spare;     /* a read transaction that was reset, to be renewed */
	MDB_dbi names; /* of the trees, a second time; unset in an empty file that is only read */
	struct lmdb_tree trees[];
};

static inline struct lmdb_store *lmdb_store(struct store *store)
{
	return (struct lmdb_store *)store;
}

extern const struct backend store_lmdb_backend;

/* ENOSPC is no ERR_FULL here: met while writing, it says no more about the file than EIO does. */
enum err store_lmdb_code(int rc);

#endif
