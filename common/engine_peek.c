/* The queues of a node, and what lies in them: found by name, picked by filter, shown masked.
 * Touches the disk through store.h only, in the transaction that it is given. */
#include <assert.h>
#include <string.h>

#include "common/engine_private.h"

enum { LOOKED = 5000, PEEKED = 20, PEEKED_BYTES = 40000, MENDED_BYTES = 8000000 };

/* ---- links ----------------------------------------------------------------------------------- */

static struct follower *find_follower(struct engine *engine, struct text name)
{
	for (size_t i = 0; i < engine->options.n_followers; i++)
		if (text_is(name, engine->followers[i].name))
			return &engine->followers[i];
	return NULL;
}

static bool has_follower(struct state *state, struct text name)
{
	return find_follower(state->engine, name) != NULL;
}

static bool has_owner(struct state *state, struct text name)
{
	return engine_aside_kind.has(state, name);
}

static enum err fill_entry(struct state *state, const struct follower *follower,
	const struct journal_entry *at, struct seen_item *entry)
{
	struct stored_event event;
	const struct record *record = &at->record;

	*entry = (struct seen_item){.item = {.item = text_of(arena_printf(
						     state->arena, "%lld", (long long)record->seq)),
					    .type = record->type,
					    .entity = record->entity,
					    .since = record->time,
					    .bytes = (int64_t)at->value.n}};
	if (!engine_may_have(follower, record))
		return ERR_OK;
	entry->item.state = text_of("waiting");
	enum err err = engine_decode_event(state->engine, record, state->arena, &event);
	entry->schema = err ? NULL : event.schema;
	entry->record = err ? NULL : event.fields;
	return err == ERR_CORRUPT ? ERR_OK : err;
}

/* What the follower may have and has not acknowledged. */
static enum err walk_link(struct state *state, struct queue_walk *walk)
{
	const struct follower *follower = find_follower(state->engine, walk->name);
	uint64_t after = 0;
	struct seen_item entry;
	struct journal_entry at;
	struct key from = {0};
	struct scan scan;
	enum err err = ERR_OK;
	bool more = true;

	assert(follower); /* `has` said so */
	uint64_t through = (uint64_t)follower->row.through;
	if (walk->after.n && !engine_item_number(walk->after, &after))
		return ERR_NOT_FOUND;
	key_add_u64(&from, (after > through ? after : through) + 1);
	scan_begin(&scan, state->txn, CORE_JOURNAL, SCAN_UP, BYTES_NONE, key_bytes(&from));
	while (more && !err && scan_next(&scan)) {
		struct arena_mark mark = arena_mark(state->arena);
		err = journal_parse(scan.value, state->arena, &at);
		if (!err)
			err = fill_entry(state, follower, &at, &entry);
		if (!err)
			more = walk->visit(walk->ctx, &entry);
		arena_release(state->arena, &mark);
	}
	scan_end(&scan);
	return err ? err : store_error(state->txn);
}

static bool find_waiting(
	struct state *state, struct text name, struct text item, struct queue_item *ret)
{
	const struct follower *follower = find_follower(state->engine, name);
	struct seen_item entry;
	struct journal_entry at;
	uint64_t seq;

	assert(follower);
	if (!engine_item_number(item, &seq) || seq <= (uint64_t)follower->row.through ||
		journal_read(&state->engine->journal, state->txn, seq, state->arena, &at) ||
		fill_entry(state, follower, &at, &entry))
		return false;
	*ret = entry.item;
	return entry.item.state.n > 0;
}

/* ---- by name --------------------------------------------------------------------------------- */

static const struct queue_access own_kinds[] = {
	{.kind = "link",
		.has = has_follower,
		.pauses = true,
		.walk = walk_link,
		.find = find_waiting},
	{.kind = "from", .has = has_owner, .pauses = true},
};

static const struct queue_access *find_kind(const struct engine *engine, struct text kind)
{
	const struct service *service = engine->service;

	if (text_is(kind, engine_aside_kind.kind))
		return &engine_aside_kind;
	if (text_is(kind, engine_work_kind.kind))
		return &engine_work_kind;
	for (size_t i = 0; i < sizeof(own_kinds) / sizeof(own_kinds[0]); i++)
		if (text_is(kind, own_kinds[i].kind))
			return &own_kinds[i];
	for (size_t i = 0; i < service->n_access; i++)
		if (text_is(kind, service->access[i].kind))
			return &service->access[i];
	return NULL;
}

enum err engine_find_queue(
	struct state *state, struct text queue, struct queue_name *ret, struct reason *reason)
{
	const char *stroke = queue.n ? memchr(queue.p, '/', queue.n) : NULL;
	uint32_t n = stroke ? (uint32_t)(stroke - queue.p) : 0;

	*ret = (struct queue_name){
		.kind = stroke ? find_kind(state->engine, (struct text){queue.p, n, false}) : NULL};
	if (stroke)
		ret->name = (struct text){stroke + 1, queue.n - n - 1, false};
	return ret->kind && ret->kind->has(state, ret->name)
		       ? ERR_OK
		       : reason_set(reason, ERR_NOT_FOUND, "queue", "%.*s is no queue of this node",
				 (int)queue.n, queue.p);
}

/* ---- picking --------------------------------------------------------------------------------- */

struct visiting {
	struct state *state; /* its arena: of what is kept */
	const struct picking *how;
	struct picked *picked;
	struct text after_last; /* the item that was looked at last: in last */
	char last[41];
	bool failed;
};

static bool holds(struct text in, struct text what)
{
	return what.n == 0 || (in.n && memmem(in.p, in.n, what.p, what.n));
}

/* What is buried is meant only when it is asked for, or kicked. */
static bool is_in_state(const struct picking *how, const struct queue_item *item)
{
	bool buried = text_is(item->state, "buried");

	if (how->filter && how->filter->state.n)
		return text_equal(how->filter->state, item->state);
	return how->verb == mend_verb_none || buried == (how->verb == mend_verb_kick);
}

static bool is_meant(const struct visiting *v, const struct queue_item *item)
{
	const struct queue_filter *filter = v->how->filter;
	int64_t now = clock_now(&v->state->engine->options.clock);

	if (item->state.n == 0 || !is_in_state(v->how, item))
		return false;
	if (!filter)
		return true;
	return (filter->type.n == 0 || text_equal(filter->type, item->type)) &&
	       (uuid_is_nil(filter->entity) || uuid_equal(filter->entity, item->entity)) &&
	       (filter->older_ms == 0 || now - item->since >= filter->older_ms) &&
	       holds(item->why, filter->why);
}

static struct text keep(struct visiting *v, struct text text)
{
	text.p = text.n ? arena_copy(v->state->arena, text.p, text.n) : NULL;
	v->failed |= text.n && !text.p;
	return text.p ? text : TEXT_NONE;
}

static struct text what_it_says(struct visiting *v, const struct seen_item *entry)
{
	if (!v->how->records || !entry->schema)
		return TEXT_NONE;
	engine_mask_record(entry->schema, entry->record, "***");
	struct text json =
		text_of(schema_to_json(entry->schema, entry->record, 0, v->state->arena));
	return json.n > 8000 ? text_of("\"(too large to show)\"") : json;
}

static bool visit(void *ctx, const struct seen_item *entry)
{
	struct visiting *v = ctx;
	struct picked *picked = v->picked;

	size_t max_bytes = v->how->verb == mend_verb_none ? PEEKED_BYTES : MENDED_BYTES;

	if (picked->n == v->how->max || picked->looked == LOOKED || picked->bytes > max_bytes) {
		picked->last = v->after_last;
		return false;
	}
	picked->looked++;
	v->after_last.n = entry->item.item.n < sizeof(v->last) ? entry->item.item.n : 0;
	memcpy(v->last, entry->item.item.p, v->after_last.n);
	if (!is_meant(v, &entry->item))
		return true;
	struct queue_item *item = &picked->at[picked->n++];
	*item = entry->item;
	item->item = keep(v, item->item);
	item->type = keep(v, item->type);
	item->state = keep(v, item->state);
	item->why = keep(v, item->why);
	item->fields = what_it_says(v, entry);
	picked->bytes += v->how->verb == mend_verb_none ? item->fields.n + item->why.n + 200
							: (size_t)item->bytes;
	return !v->failed;
}

/* The walk has an arena of its own, given back item by item. */
enum err engine_pick(struct state *state, const struct queue_name *queue, const struct picking *how,
	struct picked *ret)
{
	struct engine *engine = state->engine;
	struct visiting v = {.state = state, .how = how, .picked = ret};
	struct state walked = *state;
	struct queue_walk walk = {.name = queue->name,
		.after = how->after,
		.records = how->records,
		.visit = visit,
		.ctx = &v};

	*ret = (struct picked){.at = arena_alloc(state->arena, how->max * sizeof(*ret->at))};
	if (!ret->at)
		return ERR_NO_MEMORY;
	arena_reset(&engine->read_arena);
	walked.arena = &engine->read_arena;
	v.after_last.p = v.last;
	enum err err = queue->kind->walk(&walked, &walk);
	if (ret->last.n)
		ret->last = keep(&v, ret->last);
	return err || !v.failed ? err : ERR_NO_MEMORY;
}

/* ---- peek ------------------------------------------------------------------------------------ */

enum err engine_peek_queue(struct question *q, const void *query, void *ret_reply)
{
	const struct peek_queue *ask = query;
	const struct picking how = {.filter = ask->filter,
		.after = ask->after,
		.records = ask->fields,
		.max = ask->limit ? (size_t)ask->limit : PEEKED};
	struct queue_items *reply = ret_reply;
	struct queue_name queue;
	struct picked picked;

	if (q->actor.role.n == 0)
		return reason_set(q->reason, ERR_INVALID, "actor", "is required: who looks");
	enum err err = engine_find_queue(&q->state, ask->queue, &queue, q->reason);
	if (err)
		return err;
	if (!queue.kind->walk)
		return reason_set(q->reason, ERR_CONFLICT, "queue",
			"holds nothing here: what waits is at its owner, or in quarantine");
	err = engine_pick(&q->state, &queue, &how, &picked);
	if (err == ERR_NOT_FOUND)
		return reason_set(q->reason, err, "after", "is not in this queue");
	if (err)
		return reason_set(q->reason, err, "", "the queue cannot be read");
	reply->items.n = picked.n;
	reply->items.at = picked.at;
	reply->next = picked.last;
	reply->looked = (int64_t)picked.looked;
	q->looked_into = ask->queue;
	return ERR_OK;
}
