/* Operators' verbs on the items of a queue: retry, drop, bury, kick; by item or by filter. Touches
 * the disk through store.h only.
 *
 * 1. All of one command is done in one transaction, and journalled in it as items_mended.
 * 2. With dry_run the same is done, told, and given up: the answer is exact. */
#include <stdio.h>
#include <string.h>

#include "common/engine_private.h"

enum { MENDED_AT_ONCE = 1000, TOLD = 100 };

struct work {
	struct engine_call *call;
	const struct mend_queue *ask;
	struct queue_name queue;
	struct mending how;
	struct state state;
	struct picked picked;
};

void engine_tell_mended(struct engine_call *call, const struct mended_item *item)
{
	struct queue_mended *reply = call->reply;

	if (item->done)
		reply->done++;
	else
		reply->refused++;
	if (reply->items.n < TOLD)
		reply->items.at[reply->items.n++] = *item;
}

static enum err check(struct work *work)
{
	struct engine_call *call = work->call;
	const struct mend_queue *ask = work->ask;
	enum err err = engine_find_queue(&work->state, ask->queue, &work->queue, call->reason);

	if (err)
		return err;
	if (!work->queue.kind->mend && work->queue.kind != &engine_aside_kind)
		return reason_set(call->reason, ERR_CONFLICT, "queue",
			"is none whose items are mended: those of a link reach the follower, and "
			"its quarantine; work is done by people");
	if ((ask->items.n > 0) == (ask->filter != NULL))
		return reason_set(
			call->reason, ERR_INVALID, "items", "are given, or a filter: one of them");
	return ask->after.n && !ask->filter
		       ? reason_set(call->reason, ERR_INVALID, "after", "goes with a filter")
		       : ERR_OK;
}

/* Those that were named. One that is not there, or twice, is refused. */
static enum err name_items(struct work *work)
{
	const struct mend_queue *ask = work->ask;
	struct picked *picked = &work->picked;

	picked->at = arena_alloc(work->state.arena, ask->items.n * sizeof(*picked->at));
	if (!picked->at)
		return ERR_NO_MEMORY;
	for (size_t i = 0; i < ask->items.n; i++) {
		bool known = false;
		for (size_t k = 0; k < i; k++)
			known |= text_equal(ask->items.at[i], ask->items.at[k]);
		if (!known && work->queue.kind->find(&work->state, work->queue.name,
				      ask->items.at[i], &picked->at[picked->n]))
			picked->n++;
		else
			engine_tell_mended(work->call,
				&(struct mended_item){.item = ask->items.at[i],
					.why = text_of(known ? "is named twice"
							     : "is not in this queue")});
	}
	return store_error(work->state.txn);
}

static enum err pick_items(struct work *work)
{
	const struct mend_queue *ask = work->ask;
	const struct picking how = {.filter = ask->filter,
		.after = ask->after,
		.verb = ask->verb,
		.max = MENDED_AT_ONCE};

	if (!ask->filter)
		return name_items(work);
	enum err err = engine_pick(&work->state, &work->queue, &how, &work->picked);
	return err == ERR_NOT_FOUND
		       ? reason_set(work->call->reason, err, "after", "is not in this queue")
		       : err;
}

/* Of a queue of the service: it decides, and its events are applied. */
static enum err mend_one(struct work *work, const struct queue_item *item)
{
	struct engine_call *call = work->call;
	struct engine *engine = call->taking.engine;
	struct arena_mark mark = arena_mark(&engine->arena);
	struct reason reason = {0};
	struct key seed = {0};
	struct decision d;

	key_add_uuid(&seed, call->request->key);
	key_add_text(&seed, item->item.p, item->item.n);
	decision_begin(&d, engine, call->taking.txn, key_bytes(&seed));
	d.actor = call->request->actor;
	d.peer = call->request->peer;
	d.reason = &reason;
	enum err err = work->queue.kind->mend(&d, &work->how, item);
	if (!err && d.err)
		store_fail(call->taking.txn, d.err);
	if (!err)
		engine_append(engine, call->taking.txn, d.first,
			&(struct append){d.now, d.now, false, &call->request->actor, NULL});
	arena_release(&engine->arena, &mark);
	engine_tell_mended(
		call, &(struct mended_item){.item = item->item,
			      .type = item->type,
			      .entity = item->entity,
			      .done = !err,
			      .why = text_of(*reason.rule ? arena_copy(&engine->arena, reason.rule,
								    strlen(reason.rule) + 1)
							  : NULL)});
	return store_error(call->taking.txn);
}

static enum err mend_all(struct work *work)
{
	struct queue_mended *reply = work->call->reply;
	enum err err = ERR_OK;

	for (size_t i = 0; !err && i < work->picked.n && !reply->more; i++)
		err = work->queue.kind == &engine_aside_kind
			      ? engine_mend_aside(work->call, &work->how, work->queue.name,
					work->picked.at[i].item)
			      : mend_one(work, &work->picked.at[i]);
	if (reply->more || !work->picked.last.n)
		return err;
	reply->more = true;
	reply->next = work->picked.last;
	return err;
}

/* What was done, by whom and why: the one record of every verb. */
static void journal(struct work *work)
{
	const struct mend_queue *ask = work->ask;
	struct engine_call *call = work->call;
	struct engine *engine = call->taking.engine;
	struct queue_mended *reply = call->reply;
	struct key key = {0};
	struct text items[TOLD];
	struct items_mended event = {.queue = ask->queue,
		.verb = text_of(enum_word(words_mend_verb, ask->verb)),
		.done = reply->done,
		.refused = reply->refused,
		.items = {0, items},
		.by = ask->by,
		.reason = ask->reason};

	for (size_t i = 0; i < reply->items.n; i++)
		if (reply->items.at[i].done)
			items[event.items.n++] = reply->items.at[i].item;
	key_add_text(&key, ask->queue.p, ask->queue.n);
	const struct emitted emitted = {.schema = schema_items_mended(),
		.entity = uuid_of_hash(0, key_bytes(&key)),
		.fields = &event};
	int64_t now = clock_now(&engine->options.clock);
	engine_append(engine, call->taking.txn, &emitted,
		&(struct append){now, now, false, &call->request->actor, NULL});
}

static enum err make_room(struct work *work)
{
	struct engine_call *call = work->call;
	struct arena *arena = &call->taking.engine->arena;
	struct queue_mended *reply = call->reply;

	reply->items.at = arena_alloc(arena, TOLD * sizeof(*reply->items.at));
	call->stuck = arena_alloc(arena, MENDED_AT_ONCE * sizeof(*call->stuck));
	call->n_stuck = 0;
	call->max_stuck = MENDED_AT_ONCE;
	return reply->items.at && call->stuck ? ERR_OK : ERR_NO_MEMORY;
}

enum err engine_mend_queue(struct engine_call *call)
{
	struct engine *engine = call->taking.engine;
	const struct mend_queue *ask = call->body;
	struct queue_mended *reply = call->reply;
	struct work work = {.call = call,
		.ask = ask,
		.how = {ask->verb, ask->twice, ask->by, ask->reason},
		.state = engine_own_state(engine, call->taking.txn, &engine->arena)};
	enum err err = make_room(&work);

	if (!err)
		err = check(&work);
	if (!err)
		err = pick_items(&work);
	if (!err)
		err = mend_all(&work);
	if (err)
		return err;
	if (reply->done)
		journal(&work);
	reply->dry_run = ask->dry_run;
	call->undo = ask->dry_run;
	call->changed = reply->done > 0 && !ask->dry_run;
	return store_error(call->taking.txn);
}
