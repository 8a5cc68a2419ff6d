/* Two nodes for the tests of epochs: alpha owns a journal, beta follows it. A store can be put back
 * to what it was, as files are. */
#ifndef TESTS_SIM_EPOCH_WORLD_H
#define TESTS_SIM_EPOCH_WORLD_H

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "common/admin.h"
#include "common/engine_private.h"
#include "tests/sim/history_service.h"

static const int64_t noon = INT64_C(1790000000000);

struct node {
	struct engine_peer other;
	struct engine_options options;
	struct tree *trees;
	size_t n_trees;
	struct store *store;
	struct keyring *keyring;
	struct engine *engine;
};

struct world {
	int64_t now;
	uint64_t seed;
	struct random random;
	struct node alpha, beta;
	struct arena arena;
	struct answer answer;
	unsigned batches;   /* of the last deliver_all */
	uint64_t broken;    /* that record arrives with fields that cannot be read */
	struct batch batch; /* the last one */
	struct reason reason;
};

static inline void open_node(struct node *node)
{
	node->options.store = node->store;
	assert_int_equal(engine_open(&node->options, &node->engine, NULL), ERR_OK);
}

static inline void make_node(
	struct world *w, struct node *node, const char *name, const char *other)
{
	static const uint8_t master[MASTER_KEY_BYTES] = {7};

	node->other = (struct engine_peer){other, 2};
	assert_int_equal(keyring_open(NULL, master, &w->random, &node->keyring), ERR_OK);
	node->options = (struct engine_options){.service = &history_service,
		.node = name,
		.followers = &node->other,
		.n_followers = 1,
		.owners = &node->other,
		.n_owners = 1,
		.clock = clock_simulated(&w->now),
		.random = w->random,
		.keyring = node->keyring,
		.restored = true};
	node->trees = engine_trees(&node->options, &node->n_trees);
	assert_int_equal(store_open_memory(node->trees, node->n_trees, &node->store), ERR_OK);
	open_node(node);
}

static inline int set_up(void **state)
{
	struct world *w = calloc(1, sizeof(*w));

	*state = w;
	w->now = noon;
	w->random = random_seeded(&w->seed);
	arena_init(&w->arena, 16 << 20);
	make_node(w, &w->alpha, "alpha", "beta");
	make_node(w, &w->beta, "beta", "alpha");
	return 0;
}

static inline int tear_down(void **state)
{
	struct world *w = *state;
	struct node *const nodes[] = {&w->alpha, &w->beta};

	for (size_t i = 0; i < 2; i++) {
		engine_close(nodes[i]->engine);
		store_close(nodes[i]->store);
		keyring_close(nodes[i]->keyring);
		engine_trees_free(nodes[i]->trees, nodes[i]->n_trees);
	}
	arena_done(&w->arena);
	free(w);
	return 0;
}

/* ---- files that are kept and put back -------------------------------------------------------- */

static inline struct store *copy_of(struct world *w, struct node *node)
{
	struct store *copy;

	(void)w;
	assert_int_equal(store_copy_memory(node->store, &copy), ERR_OK);
	return copy;
}

/* Takes the store. */
static inline void put_back(struct node *node, struct store *store)
{
	engine_close(node->engine);
	store_close(node->store);
	node->store = store;
	open_node(node);
}

static inline void restart(struct node *node)
{
	bool more;

	assert_int_equal(engine_tick(node->engine, &more), ERR_OK);
	engine_close(node->engine);
	open_node(node);
}

static inline void begin_epoch(struct node *node)
{
	const struct node_restored why = {
		.from = text_of("/b"), .by = text_of("Ida"), .reason = text_of("the disk died")};

	assert_int_equal(engine_begin_epoch(node->engine, &why), ERR_OK);
}

/* ---- flipped bits ------------------------------------------------------------------------------
 */

static inline void raw_put(struct world *w, struct node *node, unsigned tree, struct bytes row[2])
{
	struct txn *txn;

	assert_int_equal(store_begin(node->store, STORE_WRITE, &w->arena, &txn), ERR_OK);
	store_put(txn, tree, row[0], row[1]);
	assert_int_equal(store_commit(txn), ERR_OK);
}

static inline void flip(struct bytes of, size_t bit)
{
	((uint8_t *)(uintptr_t)of.p)[bit / 8] ^= (uint8_t)(1U << bit % 8);
}

/* Flips a bit in the middle of the n-th row's value; false when the tree has fewer. */
struct row_at {
	unsigned tree;
	size_t n;
};

static inline bool break_row(struct world *w, struct node *node, struct row_at at)
{
	struct bytes row[2];
	struct scan scan;
	struct txn *txn;
	bool there = true;

	assert_int_equal(store_begin(node->store, STORE_READ, &w->arena, &txn), ERR_OK);
	scan_begin(&scan, txn, at.tree, SCAN_UP, BYTES_NONE, BYTES_NONE);
	for (size_t i = 0; there && i <= at.n; i++)
		there = scan_next(&scan);
	if (there) {
		row[0] = bytes_copy(&w->arena, scan.key);
		row[1] = bytes_copy(&w->arena, scan.value);
	}
	store_abort(txn);
	if (!there)
		return false;
	flip(row[1], 4 * row[1].n);
	raw_put(w, node, at.tree, row);
	return true;
}

/* ---- requests -------------------------------------------------------------------------------- */

static inline enum err ask(
	struct world *w, struct node *node, const struct schema *schema, const void *fields)
{
	bool operates = strcmp(schema->head->name, "h_act") != 0;
	struct request request = {.client = text_of("desk"),
		.peer = operates ? PEER_OPERATOR : 1,
		.key = uuid_make(w->now, &w->random),
		.type = text_of(schema->head->name),
		.actor = {.role = text_of(operates ? "operator" : "client"), .id = text_of("ann")}};
	struct turn turn = {&request, &w->answer, 1, NULL, 0};
	struct buffer body;

	buffer_init(&body, 4096);
	schema_encode(schema, fields, &body);
	request.body = buffer_bytes(&body);
	assert_int_equal(engine_turn(node->engine, &turn), ERR_OK);
	buffer_done(&body);
	return w->answer.status;
}

enum what { PLAN = 0, CONSENT = 3 };

static inline void act(struct world *w, enum what what, int n)
{
	const struct h_act fields = {what, {{7}}, n};

	w->now++;
	assert_int_equal(ask(w, &w->alpha, schema_h_act(), &fields), ERR_OK);
}

/* Plans that beta may have; it reacts to each. */
static inline void plans(struct world *w, int n, int first)
{
	if (w->alpha.engine->journal.seq == 0)
		act(w, CONSENT, 0);
	for (int i = 0; i < n; i++)
		act(w, PLAN, first + i);
}

static inline enum err refollow(struct world *w, uint64_t react_from)
{
	const struct refollow fields = {text_of("alpha"), text_of("alpha was restored"),
		text_of("Ida"), (int64_t)react_from};

	return ask(w, &w->beta, schema_refollow(), &fields);
}

/* ---- following ------------------------------------------------------------------------------- */

static inline struct cursor_row cursor_of(struct world *w)
{
	struct cursor_row cursor;

	engine_cursor(w->beta.engine, 0, &cursor);
	return cursor;
}

/* As the daemon does on WELCOME. */
static inline enum err follow(struct world *w)
{
	struct cursor_row cursor = cursor_of(w);
	const struct standing at = {(uint64_t)cursor.epoch, (uint64_t)cursor.through,
		(uint64_t)(cursor.hash_at ? cursor.hash_at : cursor.through),
		(const uint8_t *)cursor.hash.p};

	w->reason = (struct reason){0};
	enum err err = engine_follow(w->alpha.engine, 0, &at, &w->reason);
	engine_note_diverged(w->beta.engine, 0, err == ERR_DIVERGED);
	return err;
}

static inline void spoil(struct world *w, struct batch_item *item)
{
	struct record record;
	struct buffer out;

	assert_int_equal(
		schema_decode(schema_record(), item->record, PACK_PLAIN, &w->arena, &record, NULL),
		ERR_OK);
	record.fields = text_of("\x81\x01\x05");
	buffer_init(&out, 4096);
	schema_encode(schema_record(), &record, &out);
	item->record = bytes_copy(&w->arena, buffer_bytes(&out));
	buffer_done(&out);
}

/* One batch; false when there was none. */
static inline bool deliver(struct world *w, size_t max)
{
	struct cursor_row cursor = cursor_of(w);
	struct turn turn = {NULL, NULL, 0, &w->batch, 1};
	struct batch_item *items;
	struct buffer body;

	buffer_init(&body, 1 << 20);
	struct outgoing out = {.first = (uint64_t)cursor.through + 1,
		.max_records = max,
		.max_bytes = 1 << 18,
		.items = &body};
	assert_int_equal(engine_outgoing(w->alpha.engine, 0, &out), ERR_OK);
	w->batch = (struct batch){.epoch = out.epoch, .first = out.first, .last = out.last};
	assert_int_equal(
		engine_parse_items(buffer_bytes(&body), &w->arena, &items, &w->batch.n), ERR_OK);
	for (size_t i = 0; i < w->batch.n; i++)
		if (items[i].seq == w->broken)
			spoil(w, &items[i]);
	w->batch.items = items;
	memcpy(w->batch.hash_last, out.hash_last, HASH_BYTES);
	bool some = out.last >= out.first;
	if (some)
		assert_int_equal(engine_turn(w->beta.engine, &turn), ERR_OK);
	if (some && w->batch.result == ERR_OK)
		engine_delivered(w->alpha.engine, 0,
			&(struct delivered){out.first, out.last, out.n, out.stubs});
	buffer_done(&body);
	return some;
}

static inline void deliver_all(struct world *w)
{
	assert_int_equal(follow(w), ERR_OK);
	for (w->batches = 0; deliver(w, 100); w->batches++)
		assert_int_equal(w->batch.result, ERR_OK);
}

/* How often beta reacted to that number of alpha's. */
static inline unsigned reactions_to(struct world *w, uint64_t seq)
{
	struct journal_entry entry;
	struct txn *txn;
	unsigned n = 0;

	assert_int_equal(store_begin(w->beta.store, STORE_READ, &w->arena, &txn), ERR_OK);
	for (uint64_t at = 1; at <= w->beta.engine->journal.seq; at++) {
		assert_int_equal(
			journal_read(&w->beta.engine->journal, txn, at, &w->arena, &entry), ERR_OK);
		n += text_is(entry.record.type, "h_plan_seen") && entry.record.cause &&
		     entry.record.cause->seq == (int64_t)seq;
	}
	store_abort(txn);
	return n;
}

static inline struct queue queue_of(struct world *w)
{
	struct queue queue;

	assert_int_equal(engine_queue(w->alpha.engine, 0, &queue), ERR_OK);
	return queue;
}

/* What beta holds of alpha is what alpha holds. */
static inline void check_same(struct world *w)
{
	struct digest_part own, replica;
	uint8_t a[HASH_BYTES], b[HASH_BYTES];

	engine_digest_part(w->alpha.engine, 0, &own);
	engine_digest_part(w->beta.engine, 4, &replica);
	assert_int_equal(engine_digest_tree(w->alpha.engine, &own, false, a), ERR_OK);
	assert_int_equal(engine_digest_tree(w->beta.engine, &replica, false, b), ERR_OK);
	assert_memory_equal(a, b, HASH_BYTES);
}

#endif
