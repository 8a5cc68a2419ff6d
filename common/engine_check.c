/* Is everything that is kept as it was written? Checksums and the chain of the journal in pieces,
 * and the whole state against what its journal gives when it is folded again. Touches the disk
 * through store.h only, in read transactions. */
#include <stdio.h>
#include <string.h>

#include "common/engine_private.h"

void engine_check_begin(struct check *check)
{
	*check = (struct check){0};
}

static void fault(struct check *check, const char *where, const char *what)
{
	if (check->faults < CHECK_FAULTS) {
		struct check_fault *at = &check->first[check->faults];
		snprintf(at->where, sizeof(at->where), "%s", where);
		snprintf(at->what, sizeof(at->what), "%s", what);
	}
	check->faults++;
}

static void fault_at(
	struct check *check, const struct engine *engine, const struct scan *scan, const char *what)
{
	char where[sizeof(check->first[0].where)];
	int n = 0;

	if ((scan->tree == CORE_JOURNAL || scan->tree == CORE_AUDIT) && scan->key.n == 8) {
		snprintf(where, sizeof(where), "%s %llu", engine_tree_name(engine, scan->tree),
			(unsigned long long)get_u64(scan->key.p));
	} else {
		n = snprintf(where, sizeof(where), "%s ", engine_tree_name(engine, scan->tree));
		for (size_t i = 0; i < scan->key.n && n > 0 && (size_t)n + 3 < sizeof(where); i++)
			n += snprintf(where + n, sizeof(where) - (size_t)n, "%02x", scan->key.p[i]);
	}
	fault(check, where, what);
}

/* ---- rows ------------------------------------------------------------------------------------ */

/* After a wrong record the chain goes on from what it says of itself: one fault is one fault. */
static const char *check_record(
	struct engine *engine, struct journal_walk *walk, const struct scan *scan)
{
	const char *wrong = NULL;

	if (journal_walk_next(walk, scan->value, &engine->read_arena))
		wrong = "its bytes, its number or its place in the chain are not what was written";
	else if (scan->key.n != 8 || get_u64(scan->key.p) != walk->seq)
		wrong = "stands under another number";
	if (wrong && scan->key.n == 8)
		walk->seq = get_u64(scan->key.p);
	if (wrong && scan->value.n > HASH_BYTES)
		memcpy(walk->hash, scan->value.p + 1, HASH_BYTES);
	return wrong;
}

/* As an archive keeps it (stored.h). */
static bool is_stored(struct engine *engine, const struct scan *scan)
{
	struct journal_entry entry;

	return scan->key.n == 16 && !journal_parse(scan->value, &engine->read_arena, &entry) &&
	       (uint64_t)entry.record.seq == get_u64(scan->key.p + 8);
}

static bool is_whole(struct engine *engine, const struct scan *scan)
{
	if (engine->trees[scan->tree].flags & TREE_STORED)
		return is_stored(engine, scan);
	return !row_check(scan->txn, scan->tree, scan->key, scan->value);
}

static void check_row(struct engine *engine, struct check *check, const struct scan *scan)
{
	const char *wrong = NULL;
	struct bytes found;

	check->rows++;
	check->in_tree++;
	check->records += scan->tree == CORE_JOURNAL;
	if (scan->tree == CORE_JOURNAL || scan->tree == CORE_AUDIT)
		wrong = check_record(
			engine, scan->tree == CORE_JOURNAL ? &check->journal : &check->audit, scan);
	else if (!is_whole(engine, scan))
		wrong = "its checksum is wrong";
	/* the way down to it is made of keys, too */
	if (!wrong && !store_get(scan->txn, scan->tree, scan->key, &found))
		wrong = "cannot be found by its key";
	if (wrong)
		fault_at(check, engine, scan, wrong);
}

/* Goes on behind check->at for so many rows; true at the end of the tree. */
static bool check_tree(struct engine *engine, struct txn *txn, struct check *check, size_t *rows)
{
	bool whole = check->at.n == 0;
	struct scan scan;
	bool more = false;

	scan_begin(&scan, txn, check->tree, SCAN_UP, BYTES_NONE, key_bytes(&check->at));
	for (; *rows && (more = scan_next(&scan)); --*rows) {
		arena_reset(&engine->read_arena);
		if (bytes_equal(scan.key, key_bytes(&check->at))) {
			++*rows; /* the one where the last piece ended */
			continue;
		}
		if (check->at.n && bytes_compare(scan.key, key_bytes(&check->at)) < 0)
			fault_at(check, engine, &scan, "is out of order");
		check_row(engine, check, &scan);
		check->at.n = scan.key.n;
		memcpy(check->at.b, scan.key.p, scan.key.n);
	}
	scan_end(&scan);
	if (more && !store_error(txn))
		return false;
	if (store_error(txn))
		fault(check, engine_tree_name(engine, check->tree), "cannot be walked to its end");
	else if (whole && store_count(txn, check->tree) != check->in_tree)
		fault(check, engine_tree_name(engine, check->tree), "does not have all its rows");
	return true;
}

enum err engine_check_some(struct engine *engine, struct check *check, size_t rows)
{
	struct txn *txn;

	while (rows && !check->done) {
		arena_reset(&engine->read_arena);
		enum err err =
			store_begin(engine->options.store, STORE_READ, &engine->read_arena, &txn);
		if (err)
			return err;
		bool end = check_tree(engine, txn, check, &rows);
		store_abort(txn);
		if (!end)
			break;
		check->tree++;
		check->trees++;
		check->in_tree = 0;
		check->at.n = 0;
		check->done = check->tree == engine->n_trees;
	}
	return ERR_OK;
}

/* ---- folding again --------------------------------------------------------------------------- */

static bool follows_from_journal(unsigned tree)
{
	return tree >= CORE_TREES || tree == CORE_DEADLINES || tree == CORE_DEADLINE_OF ||
	       tree == CORE_DROPPED || tree == CORE_PAUSES;
}

static enum err compare_trees(
	struct engine *engine, struct txn *txn, struct txn *shadow, struct check *check)
{
	uint8_t is[HASH_BYTES], should[HASH_BYTES];

	for (unsigned tree = 0; tree < CORE_TREES + engine->service->n_own_trees; tree++) {
		if (!follows_from_journal(tree))
			continue;
		store_digest(txn, tree, is);
		store_digest(shadow, tree, should);
		if (memcmp(is, should, sizeof(is)) != 0)
			fault(check, engine_tree_name(engine, tree),
				"is not what the journal gives when it is folded again");
	}
	return store_error(txn) ? store_error(txn) : store_error(shadow);
}

enum err engine_check_fold(struct engine *engine, struct store *shadow, struct check *check)
{
	struct txn *txn, *into;
	uint64_t seq = 0;
	char where[32];

	arena_reset(&engine->read_arena);
	enum err err = store_begin(engine->options.store, STORE_READ, &engine->read_arena, &txn);
	if (err)
		return err;
	err = store_begin(shadow, STORE_WRITE, &engine->arena, &into);
	if (err) {
		store_abort(txn);
		return err;
	}
	err = engine_refold_all(engine, txn, into, &seq);
	snprintf(where, sizeof(where), "journal %llu", (unsigned long long)seq);
	if (err == ERR_CORRUPT || err == ERR_BUG || err == ERR_LIMIT)
		fault(check, where, "cannot be folded");
	else if (err == ERR_UNKNOWN_TYPE)
		check->later = seq;
	else if (!err)
		err = compare_trees(engine, txn, into, check);
	store_abort(into);
	store_abort(txn);
	return err == ERR_CORRUPT || err == ERR_BUG || err == ERR_LIMIT || err == ERR_UNKNOWN_TYPE
		       ? ERR_OK
		       : err;
}

enum err engine_check_slots(struct engine *engine, struct check *check)
{
	struct keyring *keyring = engine->options.keyring;
	char where[32];

	for (uint32_t slot = 1; slot < engine->next_slot; slot++) {
		enum err err = keyring_check(keyring, slot);
		if (err == ERR_SYSTEM)
			return err;
		if (err != ERR_CORRUPT)
			continue;
		snprintf(where, sizeof(where), "data key %u", slot);
		fault(check, where,
			slot > keyring_slots(keyring) ? "is used and not there"
						      : "is neither whole nor destroyed");
	}
	return ERR_OK;
}
