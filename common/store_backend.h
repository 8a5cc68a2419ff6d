/* What a backend of the store is made of. Only common/store*.c and its test include this.
 *
 * The shared part (store.c) checks arguments, keeps the sticky error and calls a backend only with
 * a transaction that has not failed, a tree that exists and a key of 1 to STORE_KEY_MAX bytes. A
 * backend reports what goes wrong in a transaction with store_fail.
 */
#ifndef COMMON_STORE_BACKEND_H
#define COMMON_STORE_BACKEND_H

#include "common/meter.h"
#include "common/store.h"

enum { STORE_KEY_MAX = sizeof(((struct key *)NULL)->b) };

/* Where to place a scan. AT_LEAST with an empty key: the first row of the tree; LAST: no key. */
enum seek { SEEK_AT_LEAST, SEEK_AFTER, SEEK_AT_MOST, SEEK_BEFORE, SEEK_LAST };

struct backend {
	/* Frees the store; no transaction is open. */
	void (*close)(struct store *store);
	/* Makes a transaction on the heap, its shared part zeroed. */
	enum err (*begin)(struct store *store, enum store_mode mode, struct txn **ret);
	/* Both end and free the transaction and whatever its scans hold; only writers commit. */
	enum err (*commit)(struct txn *txn);
	void (*abort)(struct txn *txn);
	/* *ret: a view that is valid until the next call. */
	bool (*get)(struct txn *txn, unsigned tree, struct bytes key, struct bytes *ret);
	void (*put)(struct txn *txn, unsigned tree, struct bytes key, struct bytes value);
	void (*remove)(struct txn *txn, unsigned tree, struct bytes key);
	void (*clear)(struct txn *txn, unsigned tree);
	/* Sets scan->key and scan->value to views of the row there; false when there is none. */
	bool (*seek)(struct scan *scan, enum seek how, struct bytes key);
	/* Gives back scan->cursor. */
	void (*release)(struct scan *scan);
	uint64_t (*count)(struct txn *txn, unsigned tree);
	void (*usage)(struct store *store, struct store_usage *ret);
	void (*tighten)(struct store *store, bool tight); /* or NULL */
};

/* The shared part; a backend's own struct begins with it. */
struct store {
	const struct backend *backend;
	size_t trees;
	uint32_t *sums;     /* of the trees' names */
	struct txn *writer; /* the open write transaction, if any */
	size_t readers;     /* open read transactions */
	struct histogram commits;
};

/* Notes the trees' names; false: out of memory. The backend frees base.sums. */
bool store_name_trees(struct store *store, const struct tree *trees, size_t n);

struct txn {
	struct store *store;
	enum store_mode mode;
	enum err error;
	struct arena *arena;
	uint64_t change; /* grows with every put, delete and clear */
};

/* True when statfs calls this type a network file system, where LMDB's locks and map do not hold.
 */
bool store_lmdb_is_network(unsigned long type);

#endif
