/* Reads what is new in the journals of a town's nodes. Touches their stores, reading only. */
#include "tests/sim/town/news.h"

#include <string.h>

struct news_listener {
	news_fn *fn;
	void *ctx;
};

static bool went_back(
	const struct news *news, const struct town_view *view, unsigned node, struct txn *txn)
{
	uint8_t hash[HASH_BYTES];

	return news->through[node] > 0 &&
	       (!journal_hash_at(&view->engine[node]->journal, txn, news->through[node], hash) ||
		       memcmp(hash, news->hash[node], HASH_BYTES) != 0);
}

static bool tell_records(struct news *news, const struct town_view *view, unsigned node,
	const struct news_listener *listener)
{
	struct engine *engine = view->engine[node];
	struct arena *arena = &engine->read_arena;
	struct journal_entry entry;
	struct txn *txn;
	enum err err = store_begin(view->store[node], STORE_READ, arena, &txn);

	if (err)
		return false;
	if (went_back(news, view, node, txn)) {
		news->through[node] = 0;
		listener->fn(listener->ctx, node, NULL);
	}
	while (!err && news->through[node] < engine->journal.seq) {
		const struct arena_mark mark = arena_mark(arena);
		err = journal_read(&engine->journal, txn, news->through[node] + 1, arena, &entry);
		if (!err) {
			news->through[node]++;
			memcpy(news->hash[node], entry.hash, HASH_BYTES);
			listener->fn(listener->ctx, node, &entry.record);
		}
		arena_release(arena, &mark);
	}
	store_abort(txn);
	return !err;
}

static bool is_new(const struct news *news, const struct town_view *view, unsigned node)
{
	const struct journal *journal = &view->engine[node]->journal;

	return journal->seq != news->through[node] ||
	       memcmp(journal->hash, news->hash[node], HASH_BYTES) != 0;
}

bool news_tell(struct news *news, const struct town_view *view, news_fn *fn, void *ctx)
{
	const struct news_listener listener = {fn, ctx};
	bool ok = true;

	for (unsigned node = 0; node < view->n && node < NODES_MAX; node++)
		if (view->up[node] && is_new(news, view, node))
			ok &= tell_records(news, view, node, &listener);
	return ok;
}

const void *news_event(const struct town_view *view, unsigned node, const struct record *record)
{
	struct engine *engine = view->engine[node];
	struct stored_event event;

	return engine_decode_event(engine, record, &engine->read_arena, &event) ? NULL
										: event.fields;
}
