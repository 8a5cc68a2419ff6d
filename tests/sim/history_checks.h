/* The invariants of the history test; each fails the test when it does not hold. */
#ifndef TESTS_SIM_HISTORY_CHECKS_H
#define TESTS_SIM_HISTORY_CHECKS_H

#include "tests/sim/history_world.h"

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
		bool erased = replica ? where->gone[c] : node->erased[c];
		if (!erased || !state_get(&state, 0, &key, schema_h_plan_changed(), &plan))
			continue;
		state_open_record(&state, schema_h_plan_changed(), &plan);
		assert_true(plan.goals.n == 2 && plan.goals.at[0].words.n == 0);
		assert_int_equal(plan.goals.at[0].steps.at[0].words.n, 0);
		assert_true(
			plan.measures.at[0].worker_phone.n > 0); /* the worker is somebody else */
	}
	store_abort(txn);
}

/* I3: each record led to its reaction once, and only those that took effect did. */
static void check_reactions(struct world *w, struct node *to)
{
	bool seen[HEARD] = {false};
	struct journal_entry entry;

	for (uint64_t seq = 1; seq <= to->engine->journal.seq; seq++) {
		read_record(w, to, seq, &entry);
		if (!text_is(entry.record.type, "h_plan_seen") || !entry.record.cause)
			continue;
		assert_false(seen[entry.record.cause->seq]);
		seen[entry.record.cause->seq] = true;
		arena_reset(&w->arena);
	}
	for (size_t seq = 0; seq < HEARD; seq++)
		assert_int_equal(seen[seq], to->heard[seq].reacted);
}

/* I9 when nothing is on its way and nothing in quarantine. */
static void check_conservation(struct node *from, struct node *to)
{
	struct cursor_row cursor;
	struct queue queue;

	engine_cursor(to->engine, 0, &cursor);
	assert_int_equal(engine_queue(from->engine, 0, &queue), ERR_OK);
	assert_int_equal(cursor.quarantined, 0);
	assert_int_equal(cursor.applied + cursor.withheld + cursor.dropped, queue.addressed);
}

#endif
