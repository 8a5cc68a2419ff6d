/* A walk over what waits in a queue of the service, in the order of its tree. Touches the disk
 * through store.h, in the caller's transaction. */
#include <string.h>

#include "common/engine_private.h"

struct walk {
	struct state *state;
	const struct service_queue *queue;
	struct entries *entries;
	size_t looked;
};

/* Keys of a scan are no longer than a struct key. */
static void keep_key(struct key *key, struct bytes from)
{
	key->n = from.n;
	memcpy(key->b, from.p, from.n);
}

/* False: the piece is full, and there is more. */
static bool walk_prefix(struct walk *walk, struct bytes prefix)
{
	struct entries *entries = walk->entries;
	struct bytes after = key_bytes(&entries->after);
	struct waiting entry;
	struct scan scan;
	bool room = true;

	scan_begin(&scan, walk->state->txn, walk->state->first_tree + walk->queue->tree, SCAN_UP,
		prefix, after);
	while (room && scan_next(&scan)) {
		if (bytes_equal(scan.key, after))
			continue;
		room = walk->looked < entries->max;
		if (!room)
			break;
		walk->looked++;
		keep_key(&entries->next, scan.key);
		struct arena_mark mark = arena_mark(walk->state->arena);
		entry = (struct waiting){0};
		if (walk->queue->read(walk->state, walk->queue, key_bytes(&entries->next), &entry))
			entries->fn(entries->ctx, &entry);
		arena_release(walk->state->arena, &mark);
	}
	scan_end(&scan);
	return room;
}

void engine_each_entry(
	struct state *state, const struct service_queue *queue, struct entries *entries)
{
	struct walk walk = {state, queue, entries, 0};
	bool room = true;

	if (queue->n_first == 0)
		room = walk_prefix(&walk, BYTES_NONE);
	for (unsigned i = 0; room && i < queue->n_first; i++) {
		const uint8_t prefix[] = {queue->first[i], (uint8_t)queue->of};
		if (entries->after.n && entries->after.b[0] != queue->first[i])
			continue;
		room = walk_prefix(&walk, bytes_of(prefix, queue->of_in_key ? 2 : 1));
		entries->after = (struct key){0};
	}
	if (room)
		entries->next = (struct key){0};
}
