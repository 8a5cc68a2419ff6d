/* Epochs and divergence (engine.h): a new epoch after a rollback, and following anew after one of
 * an owner. Touches the disk through store.h only. */
#include <string.h>

#include "common/admin.h"
#include "common/engine_private.h"

/* ---- the own journal ------------------------------------------------------------------------- */

/* Unique without knowing the lost ones: nobody restores twice in a second, nor into the past of an
 * epoch. */
static uint64_t next_epoch(const struct engine *engine)
{
	uint64_t now = (uint64_t)(clock_now(&engine->options.clock) / 1000);

	return now > engine->journal.epoch ? now : engine->journal.epoch + 1;
}

/* An event about a node, this one or one that is followed. */
static void append_about(struct engine *engine, struct txn *txn, const char *node,
	const struct emitted *event, const struct actor *actor)
{
	int64_t now = clock_now(&engine->options.clock);
	struct emitted emitted = *event;
	struct key key = {0};

	key_add_text(&key, node, strlen(node));
	emitted.entity = uuid_of_hash(0, key_bytes(&key));
	engine_append(engine, txn, &emitted, &(struct append){now, now, false, actor, NULL});
}

static void append_epoch(struct engine *engine, struct txn *txn, struct node_restored *why,
	const struct actor *actor)
{
	why->head = (int64_t)engine->journal.seq;
	why->epoch = (int64_t)engine->journal.epoch;
	engine->journal.epoch = next_epoch(engine);
	append_about(engine, txn, engine->options.node,
		&(struct emitted){.schema = schema_node_restored(), .fields = why}, actor);
}

void engine_append_epoch(struct engine *engine, struct txn *txn, struct node_restored *why)
{
	const struct actor actor = {
		.role = text_of(NODE_ROLE), .id = text_of(engine->options.node)};

	append_epoch(engine, txn, why, &actor);
}

enum err engine_begin_epoch(struct engine *engine, const struct node_restored *why)
{
	struct node_restored event = *why;
	struct txn *txn;

	arena_reset(&engine->arena);
	enum err err = store_begin(engine->options.store, STORE_WRITE, &engine->arena, &txn);
	if (err)
		return err;
	engine_append_epoch(engine, txn, &event);
	return engine_end(engine, txn);
}

enum err engine_run_begin_epoch(struct engine_call *call)
{
	const struct begin_epoch *c = call->body;
	struct epoch_begun *reply = call->reply;
	struct engine *engine = call->taking.engine;
	struct node_restored event = {.by = c->by, .reason = c->reason};

	append_epoch(engine, call->taking.txn, &event, &call->request->actor);
	*reply = (struct epoch_begun){(int64_t)engine->journal.epoch, (int64_t)engine->journal.seq};
	call->changed = true;
	return store_error(call->taking.txn);
}

/* ---- the journals that are followed ---------------------------------------------------------- */

void engine_note_diverged(struct engine *engine, unsigned owner, bool diverged)
{
	engine->owners[owner].diverged = diverged;
}

bool engine_diverged(const struct engine *engine, unsigned owner)
{
	return engine->owners[owner].diverged;
}

bool engine_must_ask_anew(struct engine *engine, unsigned owner)
{
	bool anew = engine->owners[owner].anew;

	engine->owners[owner].anew = false;
	return anew;
}

/* What was set aside before it was reacted to is reacted to when it comes, as everything from that
 * number on: no mark of it, or of a lost record with its number, may stay for another time. */
static void forget_unreacted(struct taking *t, uint64_t from)
{
	struct key prefix = {0};
	struct scan scan;

	key_add_text(&prefix, t->owner->name, strlen(t->owner->name));
	scan_begin(&scan, t->txn, CORE_UNREACTED, SCAN_UP, key_bytes(&prefix), BYTES_NONE);
	while (scan_next(&scan)) {
		struct key key = {.n = scan.key.n};
		memcpy(key.b, scan.key.p, scan.key.n);
		if (get_u64(key.b + key.n - 8) >= from)
			store_delete(t->txn, CORE_UNREACTED, key_bytes(&key));
	}
	scan_end(&scan);
}

static void forget(struct taking *t, uint64_t react_from)
{
	struct owner *owner = t->owner;
	struct cursor_row row = {
		.reacted = owner->row.reacted, .reacted_epoch = owner->row.reacted_epoch};
	struct key key = {0};

	key_add_text(&key, owner->name, strlen(owner->name));
	if (react_from) {
		row = (struct cursor_row){.reacted = (int64_t)react_from - 1};
		forget_unreacted(t, react_from);
	}
	bool keeps = t->engine->service->keeps_stored; /* and compares with what comes again */
	for (size_t i = 0; !keeps && i < t->engine->service->n_replica_trees; i++)
		store_clear(t->txn, (unsigned)(owner->first_tree + i));
	store_delete(t->txn, CORE_TAKING, key_bytes(&key));
	engine_forget_aside(t);
	owner->mark = (struct taking_row){0};
	owner->row = row;
	owner->heard_at = 0;
	engine_put_cursor(t);
	owner->anew = true;
}

enum err engine_forget_replica(struct engine *engine, unsigned index)
{
	struct taking t = {.engine = engine, .owner = &engine->owners[index]};

	arena_reset(&engine->arena);
	enum err err = store_begin(engine->options.store, STORE_WRITE, &engine->arena, &t.txn);
	if (err)
		return err;
	forget(&t, 0);
	return engine_end(engine, t.txn);
}

enum err engine_refollow(struct engine_call *call)
{
	const struct refollow *c = call->body;
	struct following_anew *reply = call->reply;
	struct taking *t = &call->taking;
	enum err err = engine_call_owner(call, c->owner);

	if (err)
		return err;
	*reply = (struct following_anew){t->owner->row.through, t->owner->row.epoch};
	struct replica_forgotten event = {
		c->owner, reply->through, reply->epoch, c->react_from, c->by, c->reason};
	append_about(t->engine, t->txn, t->owner->name,
		&(struct emitted){.schema = schema_replica_forgotten(), .fields = &event},
		&call->request->actor);
	forget(t, (uint64_t)c->react_from);
	call->changed = true;
	return store_error(t->txn);
}
