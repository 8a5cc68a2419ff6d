/* Two nodes in one process play random histories: facts, consents, withdrawals, erasures, restarts,
 * failed commits, rebuilds, following from the start. After every step the invariants are checked.
 * A failing seed prints itself; HISTORY_SEED=n HISTORY_SEEDS=1 replays it. Touches memory only. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "common/engine_private.h"
#include "tests/sim/history_service.h"

enum { CITIZENS = 6, STEPS = 250, KEPT = 32, NODES = 2 };

struct known_consent {
	bool given, withdrawn;
};

struct kept_request {
	struct h_act act;
	struct uuid key;
	uint64_t seq;
};

struct node {
	const char *name;
	struct store *store;
	struct keyring *keyring;
	struct engine *engine;
	struct engine_options options;
	struct engine_peer other;
	struct known_consent knows[CITIZENS];
	bool erased[CITIZENS];
	struct kept_request kept[KEPT];
	unsigned n_kept;
};

struct world {
	uint64_t seed, state;
	int64_t now;
	struct random random;
	struct node nodes[NODES];
	struct arena arena;
	unsigned step, failures, commands, delivered, rebuilds, erasures;
};

static uint64_t pick(struct world *w, uint64_t n)
{
	return random_u64(&w->random) % n;
}

static struct uuid citizen_id(unsigned c)
{
	struct uuid id = {{0x01, 0x90, 0, 0, 0, 0, 0x70, 0, 0x80}};

	id.b[14] = (uint8_t)c;
	return id;
}

/* ---- nodes ----------------------------------------------------------------------------------- */

static void open_node(struct node *node)
{
	struct reason reason = {0};

	assert_int_equal(engine_open(&node->options, &node->engine, &reason), ERR_OK);
}

static void make_node(struct world *w, unsigned index)
{
	static const char *const names[NODES] = {"alpha", "beta"};
	static const uint8_t master[MASTER_KEY_BYTES] = {1, 2, 3};
	struct node *node = &w->nodes[index];
	struct tree *trees;
	size_t n;

	node->name = names[index];
	node->other = (struct engine_peer){names[1 - index], 2};
	assert_int_equal(keyring_open(NULL, master, &w->random, &node->keyring), ERR_OK);
	node->options = (struct engine_options){.service = &history_service,
		.node = node->name,
		.followers = &node->other,
		.n_followers = 1,
		.owners = &node->other,
		.n_owners = 1,
		.clock = clock_simulated(&w->now),
		.random = w->random,
		.keyring = node->keyring};
	trees = engine_trees(&node->options, &n);
	assert_non_null(trees);
	assert_int_equal(store_open_memory(trees, n, &node->store), ERR_OK);
	engine_trees_free(trees, n);
	node->options.store = node->store;
	open_node(node);
}

static void restart(struct node *node)
{
	engine_close(node->engine);
	store_crash(node->store);
	open_node(node);
}

static void digest(struct node *node, int owner, bool sealed, uint8_t ret[HASH_BYTES])
{
	assert_int_equal(engine_digest(node->engine, owner, sealed, ret), ERR_OK);
}

static void read_record(struct world *w, struct node *node, uint64_t seq, struct journal_entry *ret)
{
	struct txn *txn;

	assert_int_equal(store_begin(node->store, STORE_READ, &w->arena, &txn), ERR_OK);
	assert_int_equal(journal_read(&node->engine->journal, txn, seq, &w->arena, ret), ERR_OK);
	store_abort(txn);
}

/* ---- commands -------------------------------------------------------------------------------- */

static enum err send(
	struct world *w, struct node *node, const struct kept_request *ask, struct answer *answer)
{
	struct request request = {.client = text_of("client"),
		.peer = 1,
		.key = ask->key,
		.type = text_of("h_act"),
		.actor = {.role = text_of("client")}};
	struct turn turn = {&request, answer, 1, NULL, 0};
	struct buffer body;

	buffer_init(&body, 4096);
	schema_encode(schema_h_act(), &ask->act, &body);
	request.body = buffer_bytes(&body);
	if (pick(w, 20) == 0) {
		store_fail_next_commit(node->store, ERR_SYSTEM);
		w->failures++;
	}
	enum err err = engine_turn(node->engine, &turn);
	buffer_done(&body);
	return err;
}

/* I10 against a model of its own: what this node was told. */
static void check_basis(struct world *w, struct node *node, const struct h_act *act)
{
	const struct known_consent *known = &node->knows[act->citizen.b[14]];
	struct journal_entry entry;

	read_record(w, node, node->engine->journal.seq, &entry);
	if (!text_is(entry.record.type, "h_plan_changed"))
		return;
	assert_int_equal(entry.record.grants.n, known->given && !known->withdrawn);
}

static void note_command(struct world *w, struct node *node, const struct h_act *act)
{
	unsigned c = act->citizen.b[14];

	check_basis(w, node, act);
	node->knows[c].given |= act->what == 3;
	node->knows[c].withdrawn |= act->what == 4;
	node->erased[c] |= act->what == 5;
	w->erasures += act->what == 5;
}

static void do_command(struct world *w, struct node *node)
{
	struct kept_request ask = {.key = uuid_make(w->now, &w->random)};
	static const int weights[] = {0, 0, 0, 0, 1, 1, 2, 3, 3, 4, 6};
	struct answer answer;
	uint64_t head = node->engine->journal.seq;

	ask.act = (struct h_act){weights[pick(w, sizeof(weights) / sizeof(weights[0]))],
		citizen_id((unsigned)pick(w, CITIZENS)), (int64_t)pick(w, 1000)};
	if (pick(w, 60) == 0)
		ask.act.what = 5;
	while (send(w, node, &ask,
		&answer)) { /* a failed commit ends the process; the client asks again */
		restart(node);
		assert_int_equal(node->engine->journal.seq, head);
	}
	w->commands++;
	if (ask.act.what == 6) {
		assert_int_equal(answer.status, ERR_CONFLICT);
		assert_int_equal(node->engine->journal.seq, head);
		return;
	}
	assert_int_equal(answer.status, ERR_OK);
	assert_int_equal(answer.seq, head + 1);
	note_command(w, node, &ask.act);
	ask.seq = answer.seq;
	node->kept[node->n_kept++ % KEPT] = ask;
}

/* I7: the same key and payload give the same answer and no second effect; another payload is
 * refused. */
static void repeat_command(struct world *w, struct node *node)
{
	struct answer answer;
	uint64_t head = node->engine->journal.seq;

	if (node->n_kept == 0)
		return;
	struct kept_request ask = node->kept[pick(w, node->n_kept < KEPT ? node->n_kept : KEPT)];
	while (send(w, node, &ask, &answer))
		restart(node);
	assert_int_equal(answer.status, ERR_OK);
	assert_true(answer.replayed);
	assert_int_equal(answer.seq, ask.seq);
	ask.act.n++;
	while (send(w, node, &ask, &answer))
		restart(node);
	assert_int_equal(answer.status, ERR_KEY_REUSED);
	assert_int_equal(node->engine->journal.seq, head);
}

/* One bad request harms no other of its turn. */
static void break_turn(struct world *w, struct node *node)
{
	struct request requests[3];
	struct answer answers[3];
	struct turn turn = {requests, answers, 3, NULL, 0};
	struct buffer bodies[3];
	uint64_t head = node->engine->journal.seq;

	for (int i = 0; i < 3; i++) {
		const struct h_act act = {i == 1 ? 7 : 2, citizen_id(0), i};
		buffer_init(&bodies[i], 4096);
		schema_encode(schema_h_act(), &act, &bodies[i]);
		requests[i] = (struct request){.client = text_of("client"),
			.peer = 1,
			.key = uuid_make(w->now, &w->random),
			.type = text_of("h_act"),
			.body = buffer_bytes(&bodies[i]),
			.actor = {.role = text_of("client")}};
	}
	assert_int_equal(engine_turn(node->engine, &turn), ERR_OK);
	assert_int_equal(answers[0].status, ERR_OK);
	assert_int_equal(answers[1].status, ERR_BUG);
	assert_int_equal(answers[2].status, ERR_OK);
	assert_int_equal(node->engine->journal.seq, head + 2);
	for (int i = 0; i < 3; i++)
		buffer_done(&bodies[i]);
}

/* ---- following ------------------------------------------------------------------------------- */

static void learn(struct world *w, struct node *to, const struct batch_item *item)
{
	struct h_consent_given given;
	struct record record;

	assert_int_equal(
		schema_decode(schema_record(), item->record, PACK_PLAIN, &w->arena, &record, NULL),
		ERR_OK);
	bool is_given = text_is(record.type, "h_consent_given");
	if (!is_given && !text_is(record.type, "h_consent_withdrawn"))
		return;
	assert_int_equal(
		schema_decode(is_given ? schema_h_consent_given() : schema_h_consent_withdrawn(),
			text_bytes(record.fields), PACK_PLAIN, &w->arena, &given, NULL),
		ERR_OK);
	struct known_consent *known = &to->knows[given.citizen.b[14]];
	known->given |= is_given;
	known->withdrawn |= !is_given;
}

/* One batch from owner to follower. */
static void deliver(struct world *w, struct node *from, struct node *to, size_t max)
{
	struct cursor_row cursor;
	struct buffer items;
	struct batch batch = {.owner = 0};
	struct turn turn = {NULL, NULL, 0, &batch, 1};
	struct batch_item *at;

	engine_cursor(to->engine, 0, &cursor);
	assert_int_equal(
		engine_follow(from->engine, 0, (uint64_t)cursor.epoch, (uint64_t)cursor.through + 1,
			cursor.hash.n ? (const uint8_t *)cursor.hash.p : NULL),
		cursor.through && !cursor.hash.n ? ERR_DIVERGED : ERR_OK);
	buffer_init(&items, 1 << 20);
	uint64_t again = cursor.through ? pick(w, 3) : 0; /* a batch may begin with what is known */
	struct outgoing out = {.first = (uint64_t)cursor.through + 1 -
					(again < (uint64_t)cursor.through ? again : 0),
		.max_records = max + (again ? pick(w, 2) * again : 0),
		.max_bytes = 1 << 18,
		.items = &items};
	assert_int_equal(engine_outgoing(from->engine, 0, &out), ERR_OK);
	assert_int_equal(
		engine_parse_items(buffer_bytes(&items), &w->arena, &at, &batch.n), ERR_OK);
	batch.items = at;
	batch.epoch = from->engine->journal.epoch;
	batch.first = out.first;
	batch.last = out.last;
	memcpy(batch.hash_last, out.hash_last, HASH_BYTES);
	bool some = out.last > (uint64_t)cursor.through;
	bool any = out.last >= out.first;
	for (int times = 0; any && times < 1 + (pick(w, 4) == 0);
		times++) { /* duplicates do nothing */
		if (pick(w, 15) == 0) {
			store_fail_next_commit(to->store, ERR_SYSTEM);
			w->failures++;
		}
		while (engine_turn(to->engine, &turn))
			restart(to);
		assert_int_equal(batch.result, ERR_OK);
	}
	for (size_t i = 0; some && i < batch.n; i++)
		learn(w, to, &batch.items[i]);
	if (some && pick(w, 3)) /* some acknowledgements are lost */
		engine_delivered(from->engine, 0,
			&(struct delivered){out.first, out.last, out.n, out.stubs});
	w->delivered += (unsigned)batch.n;
	buffer_done(&items);
	arena_reset(&w->arena);
}

static bool behind(struct node *from, struct node *to)
{
	struct cursor_row cursor;

	engine_cursor(to->engine, 0, &cursor);
	return (uint64_t)cursor.through < from->engine->journal.seq;
}

static void drain(struct world *w)
{
	struct node *a = &w->nodes[0], *b = &w->nodes[1];

	while (behind(a, b) || behind(b, a)) { /* what arrives may lead to more */
		deliver(w, a, b, 50);
		deliver(w, b, a, 50);
	}
}

/* ---- invariants ------------------------------------------------------------------------------ */

static void check_no_plaintext(struct world *w, struct node *node)
{
	struct scan scan;
	struct txn *txn;

	assert_int_equal(store_begin(node->store, STORE_READ, &w->arena, &txn), ERR_OK);
	for (unsigned tree = 0; tree < CORE_TREES + 8; tree++) {
		scan_begin(&scan, txn, tree, SCAN_UP, BYTES_NONE, BYTES_NONE);
		while (scan_next(&scan))
			assert_null(memmem(scan.value.p, scan.value.n, "SECRET", 6));
		scan_end(&scan);
	}
	assert_int_equal(store_error(txn), ERR_OK);
	store_abort(txn);
}

/* I13: depth shown = addressed - delivered = what a walk of the journal counts. */
static void check_depth(struct world *w, struct node *node)
{
	struct queue queue;
	uint64_t walked = 0, addressed = 0;
	struct journal_entry entry;
	int64_t oldest = 0;

	assert_int_equal(engine_queue(node->engine, 0, &queue), ERR_OK);
	for (uint64_t seq = 1; seq <= node->engine->journal.seq; seq++) {
		read_record(w, node, seq, &entry);
		bool may = engine_may_have(&node->engine->followers[0], &entry.record);
		addressed += may;
		walked += may && seq > queue.through;
		if (oldest == 0 && walked)
			oldest = entry.record.time;
		arena_reset(&w->arena);
	}
	assert_int_equal(queue.addressed, addressed);
	assert_int_equal(queue.addressed - queue.delivered, walked);
	assert_int_equal(oldest, queue.oldest_time);
}

static void check_journal(struct node *node)
{
	uint64_t bad;

	assert_int_equal(engine_verify(node->engine, &bad), ERR_OK);
	assert_int_equal(bad, 0);
}

/* I11: nothing that was sealed for an erased citizen can be read, in own state or where it went. */
static void check_erased(struct world *w, struct node *node, struct node *where, bool replica)
{
	struct h_plan_changed plan;
	struct txn *txn;

	assert_int_equal(store_begin(where->store, STORE_READ, &w->arena, &txn), ERR_OK);
	struct state state = engine_own_state(where->engine, txn, &w->arena);
	if (replica)
		state = state_replica(&state, 0);
	for (unsigned c = 0; c < CITIZENS; c++) {
		struct key key = {0};
		key_add_uuid(&key, citizen_id(c));
		if (!node->erased[c] || !state_get(&state, 0, &key, schema_h_plan_changed(), &plan))
			continue;
		state_open_record(&state, schema_h_plan_changed(), &plan);
		assert_true(plan.goals.n == 2 && plan.goals.at[0].words.n == 0);
		assert_int_equal(plan.goals.at[0].steps.at[0].words.n, 0);
		assert_true(
			plan.measures.at[0].worker_phone.n > 0); /* the worker is somebody else */
	}
	store_abort(txn);
}

/* I3 and I9 when nothing is on its way. */
static void check_conservation(struct world *w, struct node *from, struct node *to)
{
	struct cursor_row cursor;
	struct queue queue;
	struct journal_entry entry;
	int64_t last_cause = 0;
	uint64_t plans = 0, seen = 0;

	engine_cursor(to->engine, 0, &cursor);
	assert_int_equal(engine_queue(from->engine, 0, &queue), ERR_OK);
	assert_int_equal(cursor.applied + cursor.quarantined + cursor.withheld, queue.addressed);
	assert_int_equal(cursor.quarantined, 0);
	for (uint64_t seq = 1; seq <= from->engine->journal.seq; seq++) {
		read_record(w, from, seq, &entry);
		plans += text_is(entry.record.type, "h_plan_changed") && entry.record.grants.n == 1;
	}
	for (uint64_t seq = 1; seq <= to->engine->journal.seq; seq++) {
		read_record(w, to, seq, &entry);
		if (!entry.record.cause)
			continue;
		assert_true(entry.record.cause->seq > last_cause); /* no record led to two */
		last_cause = entry.record.cause->seq;
		seen++;
	}
	assert_int_equal(seen, plans);
	arena_reset(&w->arena);
}

static void rebuild_own(struct world *w, struct node *node)
{
	uint8_t before[HASH_BYTES], after[HASH_BYTES];

	digest(node, DIGEST_OWN, true, before);
	assert_int_equal(engine_rebuild_own(node->engine), ERR_OK);
	digest(node, DIGEST_OWN, true, after);
	assert_memory_equal(before, after, HASH_BYTES);
	w->rebuilds++;
}

static void follow_anew(struct world *w, unsigned index)
{
	struct node *to = &w->nodes[index], *from = &w->nodes[1 - index];
	uint8_t before[HASH_BYTES], after[HASH_BYTES];
	bool erased = false;

	for (unsigned c = 0; c < CITIZENS; c++)
		erased |= from->erased[c];
	while (behind(from, to))
		deliver(w, from, to, 100);
	digest(to, 0, !erased,
		before); /* the erased aside: their texts are then absent, not unreadable */
	uint64_t head = to->engine->journal.seq;
	assert_int_equal(engine_forget_replica(to->engine, 0), ERR_OK);
	while (behind(from, to))
		deliver(w, from, to, 1 + pick(w, 20));
	digest(to, 0, !erased, after);
	assert_memory_equal(before, after, HASH_BYTES);
	assert_int_equal(to->engine->journal.seq, head); /* nothing is reacted to twice */
	w->rebuilds++;
}

static void restart_and_compare(struct world *w, struct node *node)
{
	uint8_t before[2][HASH_BYTES], after[2][HASH_BYTES];

	for (int owner = -1; owner < 1; owner++)
		digest(node, owner, true, before[owner + 1]);
	restart(node);
	for (int owner = -1; owner < 1; owner++)
		digest(node, owner, true, after[owner + 1]);
	assert_memory_equal(before, after, sizeof(before));
	(void)w;
}

static void tick(struct node *node)
{
	bool more;

	if (engine_tick(node->engine, &more))
		restart(node);
}

static void take_step(struct world *w)
{
	unsigned index = (unsigned)pick(w, NODES);
	struct node *node = &w->nodes[index];

	w->now += (int64_t)pick(w, 60000);
	switch (pick(w, 20)) {
	case 0:
		restart_and_compare(w, node);
		break;
	case 1:
		rebuild_own(w, node);
		break;
	case 2:
		if (pick(w, 4) == 0)
			follow_anew(w, index);
		break;
	case 3:
	case 4:
		repeat_command(w, node);
		break;
	case 5:
		tick(node);
		break_turn(w, node);
		break;
	case 6:
	case 7:
	case 8:
	case 9:
		deliver(w, &w->nodes[1 - index], node, 1 + pick(w, 8));
		break;
	default:
		do_command(w, node);
		break;
	}
	if (w->step % 16 == 0)
		for (unsigned i = 0; i < NODES; i++) {
			check_no_plaintext(w, &w->nodes[i]);
			check_depth(w, &w->nodes[i]);
			check_journal(&w->nodes[i]);
		}
}

static void run_history(struct world *w)
{
	w->random = random_seeded(&w->state);
	w->now = INT64_C(1790000000000);
	arena_init(&w->arena, 64 << 20);
	for (unsigned i = 0; i < NODES; i++)
		make_node(w, i);
	for (w->step = 0; w->step < STEPS; w->step++) {
		take_step(w);
		arena_reset(&w->arena);
	}
	drain(w);
	for (unsigned i = 0; i < NODES; i++) {
		check_conservation(w, &w->nodes[i], &w->nodes[1 - i]);
		check_erased(w, &w->nodes[i], &w->nodes[i], false);
		check_erased(w, &w->nodes[i], &w->nodes[1 - i], true);
		check_no_plaintext(w, &w->nodes[i]);
		rebuild_own(w, &w->nodes[i]);
		follow_anew(w, i);
	}
	for (unsigned i = 0; i < NODES; i++) {
		engine_close(w->nodes[i].engine);
		store_close(w->nodes[i].store);
		keyring_close(w->nodes[i].keyring);
	}
	arena_done(&w->arena);
}

static uint64_t number_from(const char *name, uint64_t otherwise)
{
	const char *value = getenv(name);

	return value ? strtoull(value, NULL, 10) : otherwise;
}

static uint64_t playing; /* the seed, 0 when none is under way */

static int tell_seed(void **state)
{
	(void)state;
	if (playing)
		printf("failed: HISTORY_SEED=%llu HISTORY_SEEDS=1 replays it\n",
			(unsigned long long)playing);
	return 0;
}

static void test_histories(void **state)
{
	uint64_t first = number_from("HISTORY_SEED", 1), n = number_from("HISTORY_SEEDS", 40);
	unsigned commands = 0, delivered = 0, failures = 0, rebuilds = 0, erasures = 0;

	(void)state;
	for (uint64_t seed = first; seed < first + n; seed++) {
		struct world w = {.seed = seed, .state = seed};
		playing = seed;
		run_history(&w);
		commands += w.commands;
		delivered += w.delivered;
		failures += w.failures;
		rebuilds += w.rebuilds;
		erasures += w.erasures;
	}
	playing = 0;
	printf("%llu histories: %u commands, %u records delivered, %u failed commits, %u rebuilds, "
	       "%u erasures\n",
		(unsigned long long)n, commands, delivered, failures, rebuilds, erasures);
	assert_true(n < 40 || (failures > 0 && erasures > 0 && rebuilds > 0));
}

int main(void)
{
	const struct CMUnitTest tests[] = {cmocka_unit_test_teardown(test_histories, tell_seed)};

	return cmocka_run_group_tests_name("histories", tests, NULL, NULL);
}
