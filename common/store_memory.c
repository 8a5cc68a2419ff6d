/* The store in memory, for tests and the simulator. Touches the heap only.
 *
 * 1. Each tree is a treap whose shape follows from its keys alone, so that runs repeat exactly.
 * 2. A node that somebody else refers to is never changed but copied: a transaction changes its own
 *    version, a commit replaces the version of the store, and everything else just forgets its own.
 */
#include "common/store_backend.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>

struct row {
	size_t refs;
	size_t key_n;
	size_t value_n;
	uint8_t b[];
};

struct node {
	size_t refs;
	struct node *left;
	struct node *right;
	struct row *row;
	uint32_t priority;
};

struct root {
	struct node *top;
	uint64_t rows;
};

struct memory_store {
	struct store base;
	enum err fail_next;
	enum err refuse;
	unsigned refuse_after;
	struct store_watch watch;
	struct store_usage usage; /* pretended */
	struct root roots[];
};

struct memory_txn {
	struct txn base;
	struct root roots[];
};

static struct memory_store *memory_store(struct store *store)
{
	return (struct memory_store *)store;
}

static struct memory_txn *memory_txn(struct txn *txn)
{
	return (struct memory_txn *)txn;
}

static struct bytes row_key(const struct row *row)
{
	return bytes_of(row->b, row->key_n);
}

static struct bytes row_value(const struct row *row)
{
	return bytes_of(row->b + row->key_n, row->value_n);
}

static struct row *row_new(struct bytes key, struct bytes value)
{
	struct row *row = malloc(sizeof(*row) + key.n + value.n);

	if (!row)
		return NULL;
	*row = (struct row){.refs = 1, .key_n = key.n, .value_n = value.n};
	memcpy(row->b, key.p, key.n);
	if (value.n)
		memcpy(row->b + key.n, value.p, value.n);
	return row;
}

static void row_drop(struct row *row)
{
	if (--row->refs == 0)
		free(row);
}

static struct node *node_ref(struct node *node)
{
	if (node)
		node->refs++;
	return node;
}

static void node_drop(struct node *node)
{
	if (!node || --node->refs > 0)
		return;
	node_drop(node->left);
	node_drop(node->right);
	row_drop(node->row);
	free(node);
}

/* Bits of a checksum of neighbouring keys are related; the multiplications unrelate them. */
static uint32_t priority_of(struct bytes key)
{
	uint32_t x = crc32c(0, key.p, key.n);

	x = (x ^ x >> 16) * UINT32_C(0x7feb352d);
	x = (x ^ x >> 15) * UINT32_C(0x846ca68b);
	return x ^ x >> 16;
}

static struct node *node_new(struct txn *txn, struct row *row)
{
	struct node *node = malloc(sizeof(*node));

	if (!node) {
		store_fail(txn, ERR_NO_MEMORY);
		return NULL;
	}
	row->refs++;
	*node = (struct node){.refs = 1, .row = row, .priority = priority_of(row_key(row))};
	return node;
}

/* Trades the caller's reference for one to a node that nobody else has; NULL (and the caller keeps
 * its reference) when memory is out. */
static struct node *own(struct txn *txn, struct node *node)
{
	if (node->refs == 1)
		return node;
	struct node *copy = node_new(txn, node->row);
	if (!copy)
		return NULL;
	copy->left = node_ref(node->left);
	copy->right = node_ref(node->right);
	node->refs--;
	return copy;
}

static struct node *rotate_right(struct node *node)
{
	struct node *up = node->left;

	node->left = up->right;
	up->right = node;
	return up;
}

static struct node *rotate_left(struct node *node)
{
	struct node *up = node->right;

	node->right = up->left;
	up->left = node;
	return up;
}

/* After an error the result is still a tree, but a child may be shared: then nothing is turned. */
static struct node *insert(struct txn *txn, struct node *node, struct row *row)
{
	if (!node)
		return node_new(txn, row);
	struct node *mine = own(txn, node);
	if (!mine)
		return node;
	int order = bytes_compare(row_key(row), row_key(mine->row));
	if (order == 0) {
		row->refs++;
		row_drop(mine->row);
		mine->row = row;
	} else if (order < 0) {
		mine->left = insert(txn, mine->left, row);
		if (txn->error == ERR_OK && mine->left->priority > mine->priority)
			mine = rotate_right(mine);
	} else {
		mine->right = insert(txn, mine->right, row);
		if (txn->error == ERR_OK && mine->right->priority > mine->priority)
			mine = rotate_left(mine);
	}
	return mine;
}

/* Takes both; every key of left is smaller than every key of right. After an error rows may be
 * missing: the transaction cannot commit any more. */
static struct node *merge(struct txn *txn, struct node *left, struct node *right)
{
	if (!left || !right)
		return left ? left : right;
	bool left_on_top = left->priority > right->priority;
	struct node *top = own(txn, left_on_top ? left : right);
	if (!top) {
		node_drop(right);
		return left;
	}
	if (left_on_top)
		top->right = merge(txn, top->right, right);
	else
		top->left = merge(txn, left, top->left);
	return top;
}

static struct node *take_out(struct txn *txn, struct node *node, struct bytes key)
{
	struct node *mine = node ? own(txn, node) : NULL;

	if (!mine)
		return node;
	int order = bytes_compare(key, row_key(mine->row));
	if (order == 0) {
		struct node *left = mine->left;
		struct node *right = mine->right;
		mine->left = mine->right = NULL;
		node_drop(mine);
		return merge(txn, left, right);
	}
	if (order < 0)
		mine->left = take_out(txn, mine->left, key);
	else
		mine->right = take_out(txn, mine->right, key);
	return mine;
}

static const struct row *nearest(const struct node *node, enum seek how, struct bytes key)
{
	bool up = how == SEEK_AT_LEAST || how == SEEK_AFTER;
	bool exact = how == SEEK_AT_LEAST || how == SEEK_AT_MOST;
	const struct row *best = NULL;

	while (node) {
		int order = how == SEEK_LAST ? -1 : bytes_compare(row_key(node->row), key);
		bool fits = order == 0 ? exact : (order > 0) == up;
		if (fits)
			best = node->row;
		node = fits == up ? node->left : node->right;
	}
	return best;
}

static const struct row *find(const struct root *root, struct bytes key)
{
	const struct row *row = nearest(root->top, SEEK_AT_LEAST, key);

	return row && bytes_equal(row_key(row), key) ? row : NULL;
}

static bool memory_get(struct txn *txn, unsigned tree, struct bytes key, struct bytes *ret)
{
	const struct row *row = find(&memory_txn(txn)->roots[tree], key);

	if (!row)
		return false;
	*ret = row_value(row);
	return true;
}

static void memory_put(struct txn *txn, unsigned tree, struct bytes key, struct bytes value)
{
	struct root *root = &memory_txn(txn)->roots[tree];
	bool fresh = !find(root, key);
	struct row *row = row_new(key, value);

	if (!row) {
		store_fail(txn, ERR_NO_MEMORY);
		return;
	}
	root->top = insert(txn, root->top, row);
	root->rows += fresh;
	row_drop(row);
}

static void memory_remove(struct txn *txn, unsigned tree, struct bytes key)
{
	struct root *root = &memory_txn(txn)->roots[tree];

	if (!find(root, key))
		return;
	root->top = take_out(txn, root->top, key);
	root->rows--;
}

static void memory_clear(struct txn *txn, unsigned tree)
{
	struct root *root = &memory_txn(txn)->roots[tree];

	node_drop(root->top);
	*root = (struct root){0};
}

static bool memory_seek(struct scan *scan, enum seek how, struct bytes key)
{
	const struct root *root = &memory_txn(scan->txn)->roots[scan->tree];
	const struct row *row = nearest(root->top, how, key);

	if (!row)
		return false;
	scan->key = row_key(row);
	scan->value = row_value(row);
	return true;
}

static void memory_release(struct scan *scan)
{
	assert(!scan->cursor);
}

static uint64_t memory_count(struct txn *txn, unsigned tree)
{
	return memory_txn(txn)->roots[tree].rows;
}

static enum err memory_begin(struct store *base, enum store_mode mode, struct txn **ret)
{
	struct memory_store *store = memory_store(base);
	bool begins = mode == STORE_READ || !store->refuse || store->refuse_after > 0;
	struct memory_txn *txn =
		begins ? calloc(1, sizeof(*txn) + base->trees * sizeof(txn->roots[0])) : NULL;

	if (!begins)
		return store->refuse;
	store->refuse_after -= mode == STORE_WRITE && store->refuse_after > 0;
	if (!txn)
		return ERR_NO_MEMORY;
	for (size_t i = 0; i < base->trees; i++) {
		txn->roots[i] = store->roots[i];
		node_ref(txn->roots[i].top);
	}
	*ret = &txn->base;
	return ERR_OK;
}

static void memory_abort(struct txn *txn)
{
	for (size_t i = 0; i < txn->store->trees; i++)
		node_drop(memory_txn(txn)->roots[i].top);
	free(txn);
}

static enum err tell_watch(struct memory_store *store, enum store_moment moment)
{
	return store->watch.fn ? store->watch.fn(store->watch.ctx, moment) : ERR_OK;
}

static enum err memory_commit(struct txn *txn)
{
	struct memory_store *store = memory_store(txn->store);
	enum err code = store->fail_next;

	store->fail_next = ERR_OK;
	if (code == ERR_OK)
		code = tell_watch(store, STORE_COMMITTING);
	if (code != ERR_OK) {
		memory_abort(txn);
		return code;
	}
	for (size_t i = 0; i < store->base.trees; i++) {
		node_drop(store->roots[i].top);
		store->roots[i] = memory_txn(txn)->roots[i];
	}
	free(txn);
	return tell_watch(store, STORE_COMMITTED);
}

static void memory_usage(struct store *store, struct store_usage *ret)
{
	*ret = memory_store(store)->usage;
}

void store_pretend_usage(struct store *store, const struct store_usage *usage)
{
	assert(store->backend->usage == memory_usage);
	memory_store(store)->usage = *usage;
}

static void memory_close(struct store *store)
{
	for (size_t i = 0; i < store->trees; i++)
		node_drop(memory_store(store)->roots[i].top);
	free(store->sums);
	free(store);
}

static const struct backend memory_backend = {
	.close = memory_close,
	.begin = memory_begin,
	.commit = memory_commit,
	.abort = memory_abort,
	.get = memory_get,
	.put = memory_put,
	.remove = memory_remove,
	.clear = memory_clear,
	.seek = memory_seek,
	.release = memory_release,
	.count = memory_count,
	.usage = memory_usage,
};

enum err store_open_memory(const struct tree *trees, size_t n, struct store **ret)
{
	struct memory_store *store = calloc(1, sizeof(*store) + n * sizeof(store->roots[0]));

	*ret = NULL;
	if (!store || !store_name_trees(&store->base, trees, n)) {
		free(store);
		return ERR_NO_MEMORY;
	}
	store->base.backend = &memory_backend;
	*ret = &store->base;
	return ERR_OK;
}

enum err store_copy_memory(const struct store *from, struct store **ret)
{
	size_t n = from->trees;
	struct memory_store *copy = calloc(1, sizeof(*copy) + n * sizeof(copy->roots[0]));

	assert(from->backend == &memory_backend);
	*ret = NULL;
	if (copy)
		copy->base.sums = calloc(n + 1, sizeof(*copy->base.sums));
	if (!copy || !copy->base.sums) {
		free(copy);
		return ERR_NO_MEMORY;
	}
	memcpy(copy->base.sums, from->sums, n * sizeof(*from->sums));
	copy->base.backend = &memory_backend;
	copy->base.trees = n;
	for (size_t i = 0; i < n; i++) {
		copy->roots[i] = ((const struct memory_store *)from)->roots[i];
		node_ref(copy->roots[i].top);
	}
	*ret = &copy->base;
	return ERR_OK;
}

void store_watch_commits(struct store *store, struct store_watch watch)
{
	assert(store->backend == &memory_backend);
	memory_store(store)->watch = watch;
}

void store_crash(struct store *store)
{
	assert(store->backend == &memory_backend);
	if (store->writer)
		store_abort(store->writer);
}

void store_fail_next_commit(struct store *store, enum err code)
{
	assert(store->backend == &memory_backend);
	memory_store(store)->fail_next = code;
}

void store_refuse_writes(struct store *store, unsigned after, enum err code)
{
	assert(store->backend == &memory_backend);
	memory_store(store)->refuse_after = after;
	memory_store(store)->refuse = code;
}
