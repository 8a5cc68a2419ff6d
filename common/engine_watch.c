/* Watching the queues of a node: a sample of each with every tick, what the daemon says of
 * sessions, and the latency of what was acknowledged. In memory only; touches the disk through
 * store.h, in read transactions. */
#include <stdlib.h>

#include "common/engine_private.h"

enum { HOPS_MS = 5 * 60 * 1000 }; /* of one period of latencies */

enum err engine_new_watch(struct engine *engine, struct follower *follower)
{
	follower->watch = calloc(1, sizeof(*follower->watch));
	if (!follower->watch)
		return ERR_NO_MEMORY;
	follower->watch->since = clock_steady(&engine->options.clock);
	return ERR_OK;
}

enum err engine_new_watches(struct engine *engine)
{
	enum err err = ERR_OK;

	engine->watching.turned = clock_steady(&engine->options.clock);
	engine->queues = calloc(engine->service->n_queues + 1, sizeof(*engine->queues));
	for (size_t i = 0; !err && i < engine->options.n_followers; i++)
		err = engine_new_watch(engine, &engine->followers[i]);
	for (size_t i = 0; !err && i < engine->options.n_owners; i++) {
		engine->owners[i].watch = calloc(1, sizeof(*engine->owners[i].watch));
		err = engine->owners[i].watch ? ERR_OK : ERR_NO_MEMORY;
	}
	return engine->queues ? err : ERR_NO_MEMORY;
}

void engine_free_watches(struct engine *engine)
{
	free(engine->queues);
	for (size_t i = 0; engine->followers && i < engine->options.n_followers; i++)
		free(engine->followers[i].watch);
	for (size_t i = 0; engine->owners && i < engine->options.n_owners; i++)
		free(engine->owners[i].watch);
}

void engine_link(struct engine *engine, unsigned follower, enum link_state state)
{
	struct link_watch *watch = engine->followers[follower].watch;

	if (state != watch->state)
		watch->since = clock_steady(&engine->options.clock);
	watch->state = state;
}

void engine_hop(struct engine *engine, unsigned follower, int64_t written, size_t records)
{
	int64_t now = clock_now(&engine->options.clock);

	latency_add(&engine->followers[follower].watch->hops, now - written, (uint32_t)records);
}

static void watch_followers(struct engine *engine, int64_t now)
{
	bool turn = now - engine->watching.turned >= HOPS_MS;

	for (size_t i = 0; i < engine->options.n_followers; i++) {
		struct follower *follower = &engine->followers[i];
		const struct follower_row *row = &follower->row;
		queue_watch_note(
			&follower->watch->queue, &(struct queue_seen){.at = now,
							 .depth = row->addressed - row->delivered,
							 .counted = true,
							 .position = row->through,
							 .addressed = row->addressed,
							 .delivered = row->delivered});
		if (turn)
			latency_turn(&follower->watch->hops);
	}
	if (turn)
		engine->watching.turned = now;
}

int64_t engine_count_queue(struct state *state, const struct service_queue *queue)
{
	return queue->count ? queue->count(state, queue)
			    : (int64_t)store_count(state->txn, state->first_tree + queue->tree);
}

static void watch_queues(struct engine *engine, int64_t now)
{
	struct txn *txn;

	arena_reset(&engine->read_arena);
	if (store_begin(engine->options.store, STORE_READ, &engine->read_arena, &txn))
		return;
	struct state state = engine_own_state(engine, txn, &engine->read_arena);
	for (size_t i = 0; i < engine->service->n_queues; i++) {
		int64_t depth = engine_count_queue(&state, &engine->service->queues[i]);
		if (!store_error(txn))
			queue_watch_note(&engine->queues[i],
				&(struct queue_seen){.at = now, .depth = depth});
	}
	store_abort(txn);
}

void engine_watch(struct engine *engine)
{
	int64_t now = clock_steady(&engine->options.clock);

	watch_followers(engine, now);
	for (size_t i = 0; i < engine->options.n_owners; i++)
		queue_watch_note(engine->owners[i].watch,
			&(struct queue_seen){.at = now,
				.depth = engine->owners[i].row.quarantined -
					 engine->owners[i].row.buried});
	if (engine->service->n_queues)
		watch_queues(engine, now);
	if (!engine->watching.since)
		engine->watching.since = clock_now(&engine->options.clock);
}
