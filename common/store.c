/* What all backends of the store share: arguments, the sticky error, walks and digests. Touches no
 * disk itself. */
#include "common/store_backend.h"

#include <assert.h>
#include <sodium.h>
#include <stdlib.h>
#include <string.h>

void store_close(struct store *store)
{
	if (!store)
		return;
	assert(!store->writer && store->readers == 0);
	store->backend->close(store);
}

bool store_name_trees(struct store *store, const struct tree *trees, size_t n)
{
	store->trees = n;
	store->sums = calloc(n + 1, sizeof(*store->sums));
	for (size_t i = 0; store->sums && i < n; i++)
		store->sums[i] = crc32c(0, trees[i].name, strlen(trees[i].name));
	return store->sums != NULL;
}

uint32_t store_tree_sum(const struct txn *txn, unsigned tree)
{
	return tree < txn->store->trees ? txn->store->sums[tree] : 0;
}

enum err store_begin(
	struct store *store, enum store_mode mode, struct arena *arena, struct txn **ret)
{
	struct txn *txn = NULL;

	*ret = NULL;
	if (mode == STORE_WRITE && store->writer)
		return ERR_BUG;
	enum err code = store->backend->begin(store, mode, &txn);
	if (code != ERR_OK)
		return code;
	txn->store = store;
	txn->mode = mode;
	txn->arena = arena;
	if (mode == STORE_WRITE)
		store->writer = txn;
	else
		store->readers++;
	*ret = txn;
	return ERR_OK;
}

static void leave(const struct txn *txn)
{
	if (txn->mode == STORE_WRITE)
		txn->store->writer = NULL;
	else
		txn->store->readers--;
}

enum err store_commit(struct txn *txn)
{
	const struct backend *backend = txn->store->backend;
	enum err error = txn->error;

	leave(txn);
	if (error || txn->mode != STORE_WRITE) {
		backend->abort(txn);
		return error;
	}
	struct store *store = txn->store;
	int64_t begin = meter_now_us();
	error = backend->commit(txn);
	histogram_add(&store->commits, meter_now_us() - begin);
	return error;
}

void store_abort(struct txn *txn)
{
	leave(txn);
	txn->store->backend->abort(txn);
}

enum err store_error(const struct txn *txn)
{
	return txn->error;
}

void store_fail(struct txn *txn, enum err code)
{
	if (txn->error == ERR_OK)
		txn->error = code;
}

static bool ready(struct txn *txn, unsigned tree)
{
	if (tree >= txn->store->trees)
		store_fail(txn, ERR_BUG);
	return txn->error == ERR_OK;
}

static bool ready_at(struct txn *txn, unsigned tree, struct bytes key)
{
	if (key.n == 0 || key.n > STORE_KEY_MAX)
		store_fail(txn, ERR_BUG);
	return ready(txn, tree);
}

static void check_writer(struct txn *txn)
{
	if (txn->mode != STORE_WRITE)
		store_fail(txn, ERR_BUG);
}

bool store_get(struct txn *txn, unsigned tree, struct bytes key, struct bytes *ret)
{
	struct bytes found;

	*ret = BYTES_NONE;
	if (!ready_at(txn, tree, key) || !txn->store->backend->get(txn, tree, key, &found))
		return false;
	struct bytes copy = bytes_copy(txn->arena, found);
	if (!copy.p) {
		bool capped = found.n >= txn->arena->cap - txn->arena->used;
		store_fail(txn, capped ? ERR_LIMIT : ERR_NO_MEMORY);
		return false;
	}
	*ret = copy;
	return true;
}

void store_put(struct txn *txn, unsigned tree, struct bytes key, struct bytes value)
{
	check_writer(txn);
	if (value.n > UINT32_MAX)
		store_fail(txn, ERR_LIMIT);
	if (!ready_at(txn, tree, key))
		return;
	txn->change++;
	txn->store->backend->put(txn, tree, key, value);
}

void store_delete(struct txn *txn, unsigned tree, struct bytes key)
{
	check_writer(txn);
	if (!ready_at(txn, tree, key))
		return;
	txn->change++;
	txn->store->backend->remove(txn, tree, key);
}

void store_clear(struct txn *txn, unsigned tree)
{
	check_writer(txn);
	if (!ready(txn, tree))
		return;
	txn->change++;
	txn->store->backend->clear(txn, tree);
}

uint64_t store_count(struct txn *txn, unsigned tree)
{
	return ready(txn, tree) ? txn->store->backend->count(txn, tree) : 0;
}

void store_tighten(struct store *store, bool tight)
{
	if (store->backend->tighten)
		store->backend->tighten(store, tight);
}

const struct histogram *store_commits(const struct store *store)
{
	return &store->commits;
}

void store_usage(struct store *store, struct store_usage *ret)
{
	*ret = (struct store_usage){0};
	store->backend->usage(store, ret);
}

static void keep(struct key *key, struct bytes from)
{
	key->n = from.n;
	if (from.n)
		memcpy(key->b, from.p, from.n);
}

void scan_begin(struct scan *scan, struct txn *txn, unsigned tree, enum scan_direction direction,
	struct bytes prefix, struct bytes from)
{
	*scan = (struct scan){.txn = txn, .tree = tree, .direction = direction};
	if (prefix.n > STORE_KEY_MAX || from.n > STORE_KEY_MAX) {
		store_fail(txn, ERR_BUG);
		return;
	}
	keep(&scan->prefix, prefix);
	keep(&scan->at, from);
}

/* The smallest key behind all that begin with the prefix; empty when there is no such key. */
static struct key end_of(const struct key *prefix)
{
	struct key end = *prefix;

	while (end.n && end.b[end.n - 1] == UINT8_MAX)
		end.n--;
	if (end.n)
		end.b[end.n - 1]++;
	return end;
}

static bool seek_first(struct scan *scan)
{
	const struct backend *backend = scan->txn->store->backend;
	struct bytes from = key_bytes(&scan->at);
	struct bytes prefix = key_bytes(&scan->prefix);

	if (scan->direction == SCAN_UP)
		return backend->seek(
			scan, SEEK_AT_LEAST, bytes_compare(from, prefix) < 0 ? prefix : from);
	struct key end = end_of(&scan->prefix);
	if (from.n && (end.n == 0 || bytes_compare(from, key_bytes(&end)) < 0))
		return backend->seek(scan, SEEK_AT_MOST, from);
	if (end.n)
		return backend->seek(scan, SEEK_BEFORE, key_bytes(&end));
	return backend->seek(scan, SEEK_LAST, BYTES_NONE);
}

static bool seek_on(struct scan *scan)
{
	enum seek how = scan->direction == SCAN_UP ? SEEK_AFTER : SEEK_BEFORE;

	return scan->txn->store->backend->seek(scan, how, key_bytes(&scan->at));
}

static bool begins_with(struct bytes key, struct bytes prefix)
{
	return key.n >= prefix.n && bytes_equal(bytes_of(key.p, prefix.n), prefix);
}

bool scan_next(struct scan *scan)
{
	if (!scan->txn)
		return false;
	if (!ready(scan->txn, scan->tree) || !(scan->started ? seek_on(scan) : seek_first(scan)) ||
		!begins_with(scan->key, key_bytes(&scan->prefix))) {
		scan_end(scan);
		return false;
	}
	if (scan->key.n > STORE_KEY_MAX) { /* no put of ours let it in */
		store_fail(scan->txn, ERR_CORRUPT);
		scan_end(scan);
		return false;
	}
	keep(&scan->at, scan->key);
	scan->key = key_bytes(&scan->at);
	scan->started = true;
	return true;
}

void scan_end(struct scan *scan)
{
	if (!scan->txn)
		return;
	scan->txn->store->backend->release(scan);
	scan->txn = NULL;
	scan->cursor = NULL;
	scan->key = BYTES_NONE;
	scan->value = BYTES_NONE;
}

static void digest_add(crypto_generichash_state *state, struct bytes part)
{
	uint8_t length[8];

	put_u64(length, part.n);
	crypto_generichash_update(state, length, sizeof(length));
	crypto_generichash_update(state, part.p, part.n);
}

void store_digest(struct txn *txn, unsigned tree, uint8_t ret[32])
{
	crypto_generichash_state state;
	struct scan scan;

	crypto_generichash_init(&state, NULL, 0, 32);
	scan_begin(&scan, txn, tree, SCAN_UP, BYTES_NONE, BYTES_NONE);
	while (scan_next(&scan)) {
		digest_add(&state, scan.key);
		digest_add(&state, scan.value);
	}
	crypto_generichash_final(&state, ret, 32);
	if (txn->error != ERR_OK)
		memset(ret, 0, 32);
}
