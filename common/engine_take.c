/* The follower's side of following: records of an owner become replica state and reactions, and the
 * cursor moves, all in one transaction. Touches the disk through store.h only. */
#include <stdio.h>
#include <string.h>

#include "common/engine_private.h"
#include "common/op.h"

static const struct follow_row *follow_row(const struct engine *engine, struct text type)
{
	for (size_t i = 0; i < engine->service->n_follows; i++)
		if (text_is(type, engine->service->follows[i].type()->head->name))
			return &engine->service->follows[i];
	return NULL;
}

bool engine_is_new(const struct owner *owner, uint64_t epoch, uint64_t seq)
{
	uint64_t reacted_epoch = (uint64_t)owner->row.reacted_epoch;

	if (reacted_epoch && epoch != reacted_epoch)
		return epoch > reacted_epoch;
	return seq > (uint64_t)owner->row.reacted;
}

/* A record is reacted to when it is new, or when it was set aside as long as it was. */
static bool may_react(struct taking *t, const struct record *record)
{
	uint64_t seq = (uint64_t)record->seq;
	struct key key = engine_position_key(text_of(t->owner->name), t->epoch, seq);

	if (engine_is_new(t->owner, t->epoch, seq))
		return true;
	bool unreacted = row_has(t->txn, CORE_UNREACTED, &key);
	if (unreacted)
		store_delete(t->txn, CORE_UNREACTED, key_bytes(&key));
	return unreacted;
}

static void react(struct taking *t, const struct follow_row *row, const struct record *record,
	const void *event)
{
	const struct actor actor = {
		.role = text_of(NODE_ROLE), .id = text_of(t->engine->options.node)};
	const struct cause cause = {text_of(t->owner->name), record->seq, record->epoch};
	uint8_t seed[56] = {0};
	struct decision d;

	put_u64(seed, (uint64_t)record->seq);
	put_u64(seed + 8, t->epoch);
	strncpy((char *)seed + 16, t->owner->name, sizeof(seed) - 17);
	decision_begin(&d, t->engine, t->txn, bytes_of(seed, sizeof(seed)));
	d.actor = actor;
	d.historical = record->historical;
	if (record->historical && record->occurred_at)
		d.occurred_at = record->occurred_at;
	d.owner = t->owner->name;
	d.reason = &t->reason;
	if (row->react(&d, record, event)) {
		store_fail(t->txn, ERR_BUG); /* a reaction has nobody to refuse to */
		return;
	}
	engine_append(t->engine, t->txn, d.first,
		&(struct append){d.now, d.occurred_at, d.historical, &actor, &cause});
	if (d.err)
		store_fail(t->txn, d.err);
}

static enum err apply_followed(struct taking *t, const struct record *record,
	const struct follow_row *row, const struct schema *schema)
{
	struct engine *engine = t->engine;
	struct fold fold = {{engine, t->txn, &engine->arena, t->owner->first_tree}, true};
	struct seal_context seal = {.engine = engine,
		.txn = t->txn,
		.arena = &engine->arena,
		.place = {text_of(t->owner->name), (uint64_t)record->seq, 0},
		.scope = t->owner->name};
	void *event = arena_alloc(&engine->arena, schema->size);

	if (!event)
		return ERR_NO_MEMORY;
	enum err err = schema_decode(
		schema, text_bytes(record->fields), PACK_PLAIN, &engine->arena, event, &t->reason);
	if (err)
		return err;
	err = engine_seal(&seal, schema, event);
	if (err)
		return reason_set(&t->reason, err, "", "personal fields cannot be sealed");
	if (row)
		row->apply(&fold, record, event);
	if (may_react(t, record) && row && row->react)
		react(t, row, record, event);
	engine_heed_erasure(t, record);
	return ERR_OK;
}

enum err engine_read_frame(struct taking *t, const struct batch_item *item, struct record *ret)
{
	if (item->stored)
		return reason_set(&t->reason, ERR_INVALID, "",
			"came sealed: its owner takes this node for an archive");
	enum err err = schema_decode(
		schema_record(), item->record, PACK_PLAIN, &t->engine->arena, ret, &t->reason);

	if (!err && (uint64_t)ret->seq != item->seq)
		err = reason_set(&t->reason, ERR_INVALID, "seq", "differs from the batch's");
	if (!err && (uint64_t)ret->epoch != t->epoch)
		err = reason_set(&t->reason, ERR_INVALID, "epoch", "differs from the batch's");
	return err;
}

const struct schema *engine_follow_schema(const struct engine *engine, struct text type)
{
	const struct follow_row *row = follow_row(engine, type);

	if (row)
		return row->type();
	return text_is(type, schema_person_erased()->head->name) ? schema_person_erased() : NULL;
}

void engine_heed_erasure(struct taking *t, const struct record *record)
{
	struct person_erased erased;

	if (!text_is(record->type, schema_person_erased()->head->name) ||
		schema_decode(schema_person_erased(), text_bytes(record->fields), PACK_PLAIN,
			&t->engine->arena, &erased, NULL))
		return;
	engine_erase(t->engine, t->txn, t->owner->name, erased.person);
	engine_erase(t->engine, t->txn, SCOPE_AUDIT, erased.person);
	engine_erase_aside(t, erased.person);
}

/* One that a later version of the owner appends is not passed over: this node's next version may
 * have a use for it. */
static enum err check_known(struct taking *t, struct text type)
{
	const struct service *service = t->engine->service;
	const struct schema *message =
		service->find_message ? service->find_message(type.p, type.n) : NULL;

	if (!service->find_message || (message && message->head->kind == SCHEMA_EVENT))
		return ERR_OK;
	return reason_set(&t->reason, ERR_INVALID, "type",
		"is not known to this version of the program: install a later one, then retry");
}

enum err engine_apply_followed(struct taking *t, const struct record *record)
{
	const struct schema *schema = engine_follow_schema(t->engine, record->type);
	enum err err = schema ? ERR_OK : check_known(t, record->type);

	if (err)
		return err;

	if (!t->again)
		t->owner->row.time = record->time; /* reactions may count on it */
	if (schema)
		return apply_followed(t, record, follow_row(t->engine, record->type), schema);
	(void)may_react(t, record);
	return ERR_OK;
}

/* Applies one record or says why it cannot be. */
static enum err take_record(struct taking *t, const struct batch_item *item)
{
	struct record record;
	enum err err = engine_read_frame(t, item, &record);

	if (err)
		return err;
	uint64_t first = engine_first_aside(t, record.entity);
	if (first)
		return reason_set(&t->reason, ERR_INVALID, "", "waits behind %llu",
			(unsigned long long)first);
	return engine_apply_followed(t, &record);
}

static void take_whole(struct taking *t, const struct batch_item *item)
{
	struct arena_mark mark = arena_mark(&t->engine->arena);

	t->reason = (struct reason){0};
	enum err err = take_record(t, item);
	if (store_error(t->txn))
		return;
	if (err == ERR_INVALID || err == ERR_LIMIT) {
		arena_release(&t->engine->arena, &mark); /* it may have been used up */
		engine_set_aside(t, item, ASIDE_READ);
	} else if (err)
		store_fail(t->txn, err);
	else
		t->owner->row.applied++;
}

/* What could not be read when it was dropped may be an erasure: that takes effect after all. */
static bool stays_dropped(struct taking *t, const struct batch_item *item)
{
	struct arena_mark mark = arena_mark(&t->engine->arena);
	struct record record;

	if (!engine_was_dropped(t, item->seq))
		return false;
	bool erasure = !engine_read_frame(t, item, &record) &&
		       text_is(record.type, schema_person_erased()->head->name);
	arena_release(&t->engine->arena, &mark);
	return !erasure;
}

/* Whether a record is too large must not depend on what came before it in the turn: each has the
 * same room, and gives it back. */
static void take_item(struct taking *t, const struct batch_item *item)
{
	struct arena *arena = &t->engine->arena;
	struct arena_mark mark = arena_mark(arena);

	if (item->stub) {
		t->owner->row.withheld++;
		return;
	}
	if (stays_dropped(t, item)) {
		t->owner->row.dropped++;
		return;
	}
	arena->cap = arena->used + RECORD_ARENA_BYTES;
	take_whole(t, item);
	arena_release(arena, &mark);
	arena->cap = TURN_ARENA_BYTES;
}

void engine_put_cursor(struct taking *t)
{
	const struct owner *owner = t->owner;
	struct key key = {0};

	key_add_text(&key, owner->name, strlen(owner->name));
	row_put(t->txn, CORE_CURSORS, &key, schema_cursor_row(), &owner->row);
}

static void write_cursor(struct taking *t, const struct batch *batch, uint64_t through)
{
	struct owner *owner = t->owner;

	owner->row.epoch = (int64_t)batch->epoch;
	owner->row.through = (int64_t)through;
	if (engine_is_new(owner, batch->epoch, through)) {
		owner->row.reacted = (int64_t)through;
		owner->row.reacted_epoch = (int64_t)batch->epoch;
	}
	/* within a batch the hash of its end says as much: the owner had all of it */
	owner->row.hash_at = (int64_t)batch->last;
	owner->row.hash = (struct text){(char *)owner->hash, sizeof(owner->hash), false};
	memcpy(owner->hash, batch->hash_last, sizeof(owner->hash));
	engine_put_cursor(t);
}

/* Does the batch continue what we have? An epoch may begin with it; none comes back. */
static enum err check_batch(struct owner *owner, const struct batch *batch)
{
	uint64_t through = (uint64_t)owner->row.through;

	if ((uint64_t)owner->row.epoch > batch->epoch) {
		owner->diverged = true;
		return ERR_DIVERGED;
	}
	if (batch->first > through + 1 || batch->last < batch->first)
		return ERR_STALE;
	return ERR_OK;
}

void engine_take(struct engine *engine, struct txn *txn, struct batch *batch)
{
	struct taking t = {.engine = engine,
		.txn = txn,
		.owner = &engine->owners[batch->owner],
		.epoch = batch->epoch};
	uint64_t through = (uint64_t)t.owner->row.through;

	if (engine_paused(engine, txn, "from", t.owner->name)) {
		batch->result = ERR_BUSY;
		return;
	}
	if (engine->service->keeps_stored) {
		engine_take_stored(engine, txn, batch);
		return;
	}
	batch->result = check_batch(t.owner, batch);
	if (batch->result || batch->last <= through)
		return;
	for (size_t i = 0; i < batch->n && !store_error(txn); i++)
		if (batch->items[i].seq > through)
			take_item(&t, &batch->items[i]);
	if (!store_error(txn))
		write_cursor(&t, batch, batch->last);
}

/* One record in a transaction of its own, at an index of the batch; with batch->n only the cursor
 * moves, to the end. why: it is set aside at once, for that reason. */
static enum err take_alone(
	struct engine *engine, struct batch *batch, size_t i, const struct reason *why)
{
	struct taking t = {
		.engine = engine, .owner = &engine->owners[batch->owner], .epoch = batch->epoch};
	const struct batch_item *item = &batch->items[i];
	bool last = i + 1 >= batch->n;
	uint64_t through = last ? batch->last : item->seq;
	const struct taking_row *mark = &t.owner->mark;
	enum err err = store_begin(engine->options.store, STORE_WRITE, &engine->arena, &t.txn);

	if (err)
		return err;
	if (i < batch->n && why) {
		bool readable =
			mark->seq != (int64_t)item->seq || mark->crashes == 0 || mark->readable;
		t.reason = *why;
		engine_set_aside(&t, item, readable ? ASIDE_READ : ASIDE_UNREAD);
	} else if (i < batch->n) {
		take_item(&t, item);
	}
	if (!store_error(t.txn))
		write_cursor(&t, batch, through);
	if (mark->seq && (uint64_t)mark->seq <= through)
		engine_move_mark(&t, last || engine->careful <= 1 ? 0 : item[1].seq);
	return engine_end(engine, t.txn);
}

/* Behind a mark, when the last stop was not clean. */
static enum err take_next(struct engine *engine, struct batch *batch, size_t i)
{
	struct owner *owner = &engine->owners[batch->owner];
	struct taking t = {.engine = engine, .owner = owner, .epoch = batch->epoch};
	struct reason why = {0};
	struct record record;

	if (engine->careful) {
		enum err err = engine_mark(engine, owner, batch->items[i].seq);
		if (err)
			return err;
		if (owner->mark.crashes >= CRASHES_ALLOWED) {
			(void)reason_set(
				&why, ERR_BUG, "", "crashed the process %d times", CRASHES_ALLOWED);
			return take_alone(engine, batch, i, &why);
		}
		/* tells a frame that cannot even be read from what is done with it */
		if (owner->mark.crashes && !owner->mark.readable && !batch->items[i].stub) {
			enum err unread = engine_read_frame(&t, &batch->items[i], &record);
			err = unread ? ERR_OK : engine_mark_readable(engine, owner);
			if (err)
				return err;
		}
	}
	return take_alone(engine, batch, i, NULL);
}

static enum err take_each(struct engine *engine, struct batch *batch)
{
	struct owner *owner = &engine->owners[batch->owner];
	struct reason why = {0};
	enum err err = ERR_OK;

	batch->result = check_batch(owner, batch);
	for (size_t i = 0; !batch->result && !err && i < batch->n; i++) {
		if (batch->items[i].seq <= (uint64_t)owner->row.through)
			continue;
		err = take_next(engine, batch, i);
		if (engine_may_try_again(err) && err != ERR_FULL) {
			(void)reason_set(&why, ERR_BUG, "",
				err == ERR_CORRUPT ? "what it changes here is corrupt"
						   : "applying it failed");
			if (err == ERR_CORRUPT)
				engine_met_corrupt(engine, owner->name);
			err = take_alone(engine, batch, i, &why);
		}
		engine->careful -= engine->careful > 0;
	}
	if (!batch->result && !err && (uint64_t)owner->row.through < batch->last)
		err = take_alone(engine, batch, batch->n, NULL);
	return err;
}

/* Without room in the store, or when not even the quarantine can be written because of what is
 * corrupt here, nothing is wrong with the records: they are taken later. */
enum err engine_take_singly(struct engine *engine, struct batch *batch)
{
	if (engine_owner_paused(engine, batch->owner)) {
		batch->result = ERR_BUSY;
		return ERR_OK;
	}
	enum err err = engine->service->keeps_stored ? engine_take_stored_alone(engine, batch)
						     : take_each(engine, batch);

	if (err == ERR_CORRUPT)
		engine_met_corrupt(engine, engine->owners[batch->owner].name);
	if (err != ERR_FULL && err != ERR_CORRUPT)
		return err;
	batch->result = err;
	return ERR_OK;
}

void engine_cursor(const struct engine *engine, unsigned owner, struct cursor_row *ret)
{
	*ret = engine->owners[owner].row;
}

void engine_heard(struct engine *engine, unsigned owner, uint64_t head)
{
	struct owner *heard = &engine->owners[owner];

	if (head <= (uint64_t)heard->row.through)
		heard->heard_at = clock_now(&engine->options.clock);
}

size_t engine_owners(const struct engine *engine)
{
	return engine->options.n_owners;
}

const char *engine_owner_name(const struct engine *engine, unsigned owner)
{
	return engine->owners[owner].name;
}

bool engine_knows(const struct engine *engine, struct text node)
{
	for (size_t i = 0; i < engine->options.n_owners; i++)
		if (text_is(node, engine->owners[i].name))
			return true;
	return text_is(node, engine->options.node);
}

bool engine_has_seen(const struct engine *engine, struct text node, uint64_t seq)
{
	if (node.n == 0 || text_is(node, engine->options.node))
		return true;
	for (size_t i = 0; i < engine->options.n_owners; i++)
		if (text_is(node, engine->owners[i].name))
			return (uint64_t)engine->owners[i].row.through >= seq;
	return false;
}

enum err engine_parse_items(
	struct bytes from, struct arena *arena, struct batch_item **ret, size_t *ret_n)
{
	struct op_item item;
	size_t max = from.n / op_batch_bytes(0);

	*ret_n = 0;
	*ret = arena_alloc(arena, (max + 1) * sizeof(**ret));
	if (!*ret)
		return ERR_NO_MEMORY;
	while (op_batch_next(&from, &item))
		(*ret)[(*ret_n)++] = (struct batch_item){.seq = item.seq,
			.stub = item.form == OP_FORM_STUB,
			.stored = item.form == OP_FORM_STORED,
			.record = item.bytes};
	return ERR_OK;
}
