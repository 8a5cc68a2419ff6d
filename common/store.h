/* The store of one node: named trees of bytes in key order, changed in transactions.
 *
 * Rules that every backend keeps (one conformance suite, tests/unit/common/test_store.c):
 * 1. One write transaction at a time; any number of readers, each sees what was committed when it
 *    began. A store and its transactions are used by one thread.
 * 2. Sticky error: once a call in a transaction fails, the following ones do nothing and return the
 *    same error, and store_commit reports it and changes nothing.
 * 3. What store_commit acknowledged is there after any crash; what it did not is there whole or not
 *    at all.
 * 4. Values handed out by store_get are copies in the transaction's arena. Key and value of a scan
 *    are valid until the next call on the same transaction, and may be arguments of that call.
 * 5. Keys have 1 to 160 bytes. A key outside of that, a tree that was not given at open and a
 *    change in a read transaction are ERR_BUG, sticky.
 */
#ifndef COMMON_STORE_H
#define COMMON_STORE_H

#include "common/bytes.h"

struct store;
struct txn;

enum {
	TREE_GROWING = 1, /* new keys are mostly the largest: pages are filled, not halved */
	TREE_STORED = 2   /* no rows but values of a journal, as its owner has them (journal.h) */
};

/* A tree is named by its index in the table that was given at open. */
struct tree {
	const char *name;
	unsigned flags;
};

enum store_mode { STORE_READ, STORE_WRITE };

struct store_options {
	size_t map_bytes;  /* upper limit of the data file, 0: 256 GiB */
	size_t grow_bytes; /* the file is extended in steps of this size ahead of need, 0: 16 MiB */
	bool read_only; /* nobody else has it open; neither lock nor change anything, and trees that
			   are not there are empty */
};

/* Opens (making it when missing) the database in directory dir; trees may be added between two
 * openings; options may be NULL. ERR_INVALID (a network file system), ERR_CONFLICT (open already,
 * here or in another process), ERR_CORRUPT, ERR_SYSTEM or ERR_NO_MEMORY with *reason filled. */
enum err store_open_lmdb(const char *dir, const struct tree *trees, size_t n,
	const struct store_options *options, struct store **ret, struct reason *reason) MUST_USE;

/* Writes data.mdb of what is committed now, without the pages that are free, into the empty
 * directory dir, flushed. Also from another thread while the store is used; a long one keeps the
 * file growing meanwhile. LMDB backend only. */
enum err store_copy_lmdb(struct store *store, const char *dir, struct reason *reason) MUST_USE;

/* A store in memory; it lives until store_close. For tests and the simulator. */
enum err store_open_memory(const struct tree *trees, size_t n, struct store **ret) MUST_USE;

/* No transaction may be open. */
void store_close(struct store *store);

/* Memory backend only: forgets an open write transaction as a crash would; what was committed
 * stays. */
void store_crash(struct store *store);

/* Memory backend only: the next store_commit fails with code (once), as a broken disk would. */
void store_fail_next_commit(struct store *store, enum err code);

/* Memory backend only: after so many more write transactions none begins any more, as on a full
 * disk, until it is called with ERR_OK. */
void store_refuse_writes(struct store *store, unsigned after, enum err code);

/* Memory backend only: is told of each commit of a write transaction. Before it (STORE_COMMITTING)
 * an error makes it fail and change nothing; behind it (STORE_COMMITTED) an error is what the
 * caller gets, although all is kept. It may also never return. fn NULL: nobody is told. */
enum store_moment { STORE_COMMITTING, STORE_COMMITTED };
struct store_watch {
	enum err (*fn)(void *ctx, enum store_moment moment);
	void *ctx;
};
void store_watch_commits(struct store *store, struct store_watch watch);

/* Memory backend only: another store with what is committed in this one; costs no more than its
 * trees. */
enum err store_copy_memory(const struct store *store, struct store **ret) MUST_USE;

/* Begins a transaction whose copies go into arena. ERR_FULL: no room on the disk to grow by a step
 * (writing only); ERR_BUG: a write transaction is open already; after a commit failed in the
 * system, always what it failed with. */
enum err store_begin(
	struct store *store, enum store_mode mode, struct arena *arena, struct txn **ret) MUST_USE;

/* Ends the transaction in any case. For a read transaction both just end it. When store_error was
 * ERR_OK and the commit of a write fails with anything but ERR_FULL (the map is used up), the disk
 * cannot be trusted any more: exit. */
enum err store_commit(struct txn *txn) MUST_USE;
void store_abort(struct txn *txn);

/* The sticky error of the transaction so far, and a way to set it from outside. */
enum err store_error(const struct txn *txn);
void store_fail(struct txn *txn, enum err code);

/* True and a copy in *ret when the key is there; false when not, or after an error. */
bool store_get(struct txn *txn, unsigned tree, struct bytes key, struct bytes *ret);
void store_put(struct txn *txn, unsigned tree, struct bytes key, struct bytes value);
/* Deleting what is not there is no error. */
void store_delete(struct txn *txn, unsigned tree, struct bytes key);
/* Deletes every row of the tree. */
void store_clear(struct txn *txn, unsigned tree);

enum scan_direction { SCAN_UP, SCAN_DOWN };

/* A walk over the rows of one tree whose keys begin with prefix. Put, delete and other scans are
 * allowed during it; rows put behind the present position may or may not be seen. */
struct scan {
	struct txn *txn; /* NULL once it ended */
	unsigned tree;
	enum scan_direction direction;
	struct bytes key;
	struct bytes value;
	struct key prefix;
	struct key at; /* key of the row handed out last; with !started: from */
	bool started;
	void *cursor;    /* backend's own */
	uint64_t change; /* the transaction's change count when the cursor was placed */
};

/* from: where to start (SCAN_UP: first key >= from; SCAN_DOWN: last key <= from, or the very last
 * of the prefix when from is BYTES_NONE). Ends by itself when the transaction ends. */
void scan_begin(struct scan *scan, struct txn *txn, unsigned tree, enum scan_direction direction,
	struct bytes prefix, struct bytes from);
/* True while there is a row in scan->key and scan->value; false at the end or after an error. */
bool scan_next(struct scan *scan);
void scan_end(struct scan *scan);

/* Rows in the tree, exact. */
uint64_t store_count(struct txn *txn, unsigned tree);

/* The checksum of the tree's name, to begin those of its rows with: a row that comes up in another
 * tree then fails. */
uint32_t store_tree_sum(const struct txn *txn, unsigned tree);

/* BLAKE2b-256 over every (length of key, key, length of value, value) of the tree in order, lengths
 * as big-endian 64-bit numbers; all zero after an error. */
void store_digest(struct txn *txn, unsigned tree, uint8_t ret[32]);

/* Sizes: pages that hold something (freed ones not counted), the end of the last page that ever
 * did, the file on disk, the map, the step by which the file grows, and what the disk has left for
 * us; map and step 0 where unknown. */
struct store_usage {
	uint64_t used_bytes;
	uint64_t high_bytes;
	uint64_t file_bytes;
	uint64_t map_bytes;
	uint64_t step_bytes;
	uint64_t disk_bytes;
};
void store_usage(struct store *store, struct store_usage *ret);

/* How long commits of writers took, since it was opened. */
struct histogram;
const struct histogram *store_commits(const struct store *store);

/* Memory backend only: what store_usage says from now on. */
void store_pretend_usage(struct store *store, const struct store_usage *usage);

/* Room for what must still be done on a full disk. Tight: transactions are small, so they begin
 * also where less than a step is left, and at the last a file that is kept for this (`reserve`, 8
 * MiB) is given up. Not tight: that file is made again when the disk has room. */
void store_tighten(struct store *store, bool tight);

#endif
