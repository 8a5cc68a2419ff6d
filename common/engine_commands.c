/* Commands of every node, and what is asked of the quarantine: retry, drop, list. Each command has
 * a transaction of its own. Touches the disk through store.h only. */
#include <stdio.h>
#include <string.h>

#include "common/admin.h"
#include "common/engine_private.h"

enum { RETRIED_AT_ONCE = 1000, LISTED = 50 };

/* ---- finding --------------------------------------------------------------------------------- */

enum err engine_call_owner(struct engine_call *call, struct text name)
{
	struct engine *engine = call->taking.engine;

	for (size_t i = 0; i < engine->options.n_owners; i++)
		if (text_is(name, engine->owners[i].name))
			call->taking.owner = &engine->owners[i];
	if (!call->taking.owner)
		return reason_set(
			call->reason, ERR_NOT_FOUND, "owner", "is no node that this one follows");
	return ERR_OK;
}

static enum err find_row(struct engine_call *call, uint64_t seq, struct quarantine_row *ret)
{
	struct taking *t = &call->taking;
	struct key key = engine_aside_key(t->owner, seq);

	if (!row_get(
		    t->txn, CORE_QUARANTINE, &key, schema_quarantine_row(), &t->engine->arena, ret))
		return reason_set(call->reason, ERR_NOT_FOUND, "seq", "is not in quarantine");
	return ERR_OK;
}

static int64_t count_left(struct taking *t, struct uuid entity)
{
	struct key prefix = {0};
	struct scan scan;
	int64_t n = 0;

	if (uuid_is_nil(entity))
		return 0;
	key_add_text(&prefix, t->owner->name, strlen(t->owner->name));
	key_add_uuid(&prefix, entity);
	scan_begin(&scan, t->txn, CORE_ENTITIES, SCAN_UP, key_bytes(&prefix), BYTES_NONE);
	while (scan_next(&scan))
		n++;
	scan_end(&scan);
	return n;
}

/* ---- retry ----------------------------------------------------------------------------------- */

/* Applies what is in the row, or says in the reason why it cannot be. */
static enum err apply_again(
	struct engine_call *call, uint64_t seq, const struct quarantine_row *row)
{
	struct taking *t = &call->taking;
	struct bytes content = engine_open_aside(t, seq, row);
	struct record record;

	t->epoch = (uint64_t)row->epoch;
	t->reason = (struct reason){0};
	if (!content.p)
		return reason_set(&t->reason, ERR_INVALID, "",
			row->erased ? "its content was destroyed with a person's data"
				    : "its content was too large to be kept");
	if (seq == call->bad)
		return reason_set(&t->reason, ERR_INVALID, "", "applying it failed");
	enum err err =
		engine_read_frame(t, &(struct batch_item){.seq = seq, .record = content}, &record);
	if (err)
		return err;
	uint64_t first = engine_first_aside(t, record.entity);
	if (first && first != seq) /* it could not be read before, and is one of a line */
		return reason_set(&t->reason, ERR_INVALID, "", "waits behind %llu",
			(unsigned long long)first);
	return engine_apply_followed(t, &record);
}

static void note_failure(struct engine_call *call, uint64_t seq, struct quarantine_row *row)
{
	struct quarantine_retried *reply = call->reply;
	const struct reason *reason = &call->taking.reason;
	struct key key = engine_aside_key(call->taking.owner, seq);
	char why[sizeof(reason->field) + sizeof(reason->rule) + 2];

	snprintf(
		why, sizeof(why), "%s%s%s", reason->field, *reason->field ? " " : "", reason->rule);
	reply->stopped_at = (int64_t)seq;
	reply->why = text_of(arena_copy(&call->taking.engine->arena, why, strlen(why)));
	row->why = reply->why;
	row_put(call->taking.txn, CORE_QUARANTINE, &key, schema_quarantine_row(), row);
}

/* True when it took effect. */
static bool retry_one(struct engine_call *call, uint64_t seq)
{
	struct taking *t = &call->taking;
	struct quarantine_row row;

	call->at = seq;
	if (find_row(call, seq, &row)) {
		store_fail(t->txn, ERR_CORRUPT); /* it stands in the index of entities */
		return false;
	}
	enum err err = apply_again(call, seq, &row);
	if (store_error(t->txn))
		return false;
	if (err == ERR_INVALID || err == ERR_LIMIT)
		note_failure(call, seq, &row);
	else if (err)
		store_fail(t->txn, err);
	if (err)
		return false;
	if (find_row(call, seq, &row)) { /* an erasure may have sealed it anew */
		store_fail(t->txn, ERR_CORRUPT);
		return false;
	}
	engine_take_out(t, seq, &row);
	t->owner->row.quarantined--;
	t->owner->row.applied++;
	return true;
}

/* As for records that arrive: each has the same room. */
static bool retry_in_its_room(struct engine_call *call, uint64_t seq)
{
	struct arena *arena = &call->taking.engine->arena;
	struct arena_mark mark = arena_mark(arena);
	struct quarantine_retried *reply = call->reply;

	arena->cap = arena->used + RECORD_ARENA_BYTES;
	bool applied = retry_one(call, seq);
	arena->cap = TURN_ARENA_BYTES;
	if (applied) {
		arena_release(arena, &mark);
		reply->applied++;
	}
	return applied;
}

static enum err retry(struct engine_call *call)
{
	const struct retry_quarantine *c = call->body;
	struct quarantine_retried *reply = call->reply;
	struct taking *t = &call->taking;
	struct quarantine_row row = {.entity = c->entity};
	enum err err = engine_call_owner(call, c->owner);

	if (!err && (c->seq == 0) == uuid_is_nil(c->entity))
		err = reason_set(
			call->reason, ERR_INVALID, "seq", "is given, or the entity: one of them");
	if (!err && c->seq)
		err = find_row(call, (uint64_t)c->seq, &row);
	uint64_t first = err ? 0 : engine_first_aside(t, row.entity);
	if (!err && !c->seq && !first)
		err = reason_set(call->reason, ERR_NOT_FOUND, "entity", "is not in quarantine");
	if (err)
		return err;
	t->again = true;
	if (uuid_is_nil(row.entity))
		retry_in_its_room(call, (uint64_t)c->seq);
	for (unsigned n = 0; first && n < RETRIED_AT_ONCE; n++) {
		if (!retry_in_its_room(call, first))
			break;
		first = engine_first_aside(t, row.entity);
	}
	reply->left = count_left(t, row.entity);
	call->changed = reply->applied > 0;
	engine_put_cursor(t);
	return store_error(t->txn);
}

/* ---- drop ------------------------------------------------------------------------------------ */

static enum err drop(struct engine_call *call)
{
	const struct drop_quarantine *c = call->body;
	struct quarantine_dropped *reply = call->reply;
	struct taking *t = &call->taking;
	struct quarantine_row row;
	enum err err = engine_call_owner(call, c->owner);

	if (!err)
		err = find_row(call, (uint64_t)c->seq, &row);
	if (!err && text_is(row.type, schema_person_erased()->head->name))
		err = reason_set(call->reason, ERR_CONFLICT, "seq",
			"is an erasure: retry it, or follow its owner anew");
	if (err)
		return err;
	struct key key = engine_aside_key(t->owner, (uint64_t)c->seq);
	struct record_dropped dropped = {
		c->owner, c->seq, row.type, row.entity, row.why, c->reason, c->by, row.epoch};
	const struct emitted emitted = {.schema = schema_record_dropped(),
		.entity = uuid_is_nil(row.entity) ? uuid_of_hash(0, key_bytes(&key)) : row.entity,
		.fields = &dropped};
	const struct cause cause = {c->owner, c->seq, row.epoch};
	int64_t now = clock_now(&t->engine->options.clock);
	engine_append(t->engine, t->txn, &emitted,
		&(struct append){now, now, false, &call->request->actor, &cause});
	struct key position = engine_position_key(c->owner, (uint64_t)row.epoch, (uint64_t)c->seq);
	bool unread = uuid_is_nil(row.entity) && row_has(t->txn, CORE_UNREACTED, &position);
	engine_take_out(t, (uint64_t)c->seq, &row);
	if (unread) /* should it be an erasure, it is reacted to when it comes again */
		row_put(t->txn, CORE_UNREACTED, &position, NULL, NULL);
	t->owner->row.quarantined--;
	t->owner->row.dropped++;
	engine_put_cursor(t);
	reply->left = count_left(t, row.entity);
	call->changed = true;
	return store_error(t->txn);
}

/* ---- a command ------------------------------------------------------------------------------- */

const struct engine_command engine_commands[] = {
	{schema_retry_quarantine, retry},
	{schema_drop_quarantine, drop},
	{schema_refollow, engine_refollow},
	{schema_begin_epoch, engine_run_begin_epoch},
	{schema_make_backup, engine_make_backup},
	{schema_start_scrub, engine_start_scrub},
};
const size_t n_engine_commands = sizeof(engine_commands) / sizeof(engine_commands[0]);

const struct engine_command *engine_find_command(struct text type)
{
	for (size_t i = 0; i < n_engine_commands; i++)
		if (text_is(type, engine_commands[i].type()->head->name))
			return &engine_commands[i];
	return NULL;
}

/* Everything but the end of the transaction. A refusal has changed nothing. */
static void work(struct engine_call *call, const struct prepared *prepared, struct answer *answer)
{
	uint8_t fingerprint[FINGERPRINT_BYTES] = {0};
	const struct schema *schema = prepared->admin->type()->head->reply();
	struct engine *engine = call->taking.engine;
	struct txn *txn = call->taking.txn;

	if (engine_answer_again(engine, txn, call->request, prepared, answer) || store_error(txn))
		return;
	call->reply = arena_alloc(&engine->arena, schema->size);
	if (!call->reply) {
		store_fail(txn, ERR_NO_MEMORY);
		return;
	}
	answer->status = prepared->admin->run(call);
	if (answer->status || store_error(txn))
		return;
	if (engine_encode_reply(engine, schema, call->reply, answer))
		store_fail(txn, ERR_BUG); /* what was done is given up */
	answer->seq = engine->journal.seq;
	if (!call->changed)
		return;
	engine_fingerprint(engine, txn, prepared->fingerprint, fingerprint);
	engine_remember(txn, call->request, fingerprint, answer);
}

static enum err try(
	struct engine_call *call, const struct prepared *prepared, struct answer *answer)
{
	struct engine *engine = call->taking.engine;

	call->taking = (struct taking){.engine = engine};
	call->changed = false;
	call->at = 0;
	*answer = (struct answer){0};
	enum err err =
		store_begin(engine->options.store, STORE_WRITE, &engine->arena, &call->taking.txn);
	if (err)
		return err;
	work(call, prepared, answer);
	if (!store_error(call->taking.txn) && (answer->status || answer->replayed)) {
		store_abort(call->taking.txn);
		return ERR_OK;
	}
	return engine_end(engine, call->taking.txn);
}

/* A record that breaks the transaction is found by the first try; the second stops before it. */
enum err engine_run_command(struct engine *engine, const struct request *request,
	const struct prepared *prepared, struct answer *answer)
{
	struct engine_call call = {.taking = {.engine = engine},
		.request = request,
		.body = prepared->body,
		.reason = &answer->reason};

	if (request->historical) {
		answer->status = reason_set(
			&answer->reason, ERR_INVALID, "historical", "is not for this command");
		return ERR_OK;
	}
	enum err err = try(&call, prepared, answer);
	if (engine_may_try_again(err) && err != ERR_FULL && call.at) {
		call.bad = call.at;
		err = try(&call, prepared, answer);
	}
	if (!engine_may_try_again(err))
		return err;
	*answer = (struct answer){0};
	answer->status = reason_set(&answer->reason, err, "", "nothing was done");
	return ERR_OK;
}

/* ---- list ------------------------------------------------------------------------------------ */

static struct owner *owner_of_key(struct engine *engine, struct bytes key, uint64_t *ret_seq)
{
	for (size_t i = 0; i < engine->options.n_owners; i++) {
		size_t n = strlen(engine->owners[i].name) + 1;
		if (key.n != n + 8 || memcmp(key.p, engine->owners[i].name, n) != 0)
			continue;
		*ret_seq = get_u64(key.p + n);
		return &engine->owners[i];
	}
	return NULL; /* of a node that is followed no more */
}

static void fill_line(struct taking *t, uint64_t seq, const struct quarantine_row *row,
	struct quarantine_line *line)
{
	uint64_t first = uuid_is_nil(row->entity) ? 0 : engine_first_aside(t, row->entity);

	*line = (struct quarantine_line){.owner = text_of(t->owner->name),
		.seq = (int64_t)seq,
		.type = row->type,
		.entity = row->entity,
		.why = row->why,
		.since = row->since,
		.waits_behind = first == seq ? 0 : (int64_t)first,
		.kept = row->record.n > 0};
	if (line->waits_behind)
		line->why = text_of(arena_printf(
			&t->engine->arena, "waits behind %lld", (long long)line->waits_behind));
}

static enum err fill_page(struct question *q, const struct list_quarantine *ask, struct scan *scan,
	struct quarantine_page *page)
{
	size_t limit = ask->limit ? (size_t)ask->limit : LISTED;
	struct quarantine_row row;
	enum err err = ERR_OK;
	uint64_t seq;

	while (!err && scan_next(scan)) {
		struct taking t = {.engine = q->state.engine, .txn = q->state.txn};
		t.owner = owner_of_key(t.engine, scan->key, &seq);
		if (!t.owner || (ask->owner.n && !text_is(ask->owner, t.owner->name)))
			continue;
		page->more = page->records.n == limit;
		if (page->more)
			break;
		err = row_decode(scan, schema_quarantine_row(), q->state.arena, &row);
		if (!err)
			fill_line(&t, seq, &row, &page->records.at[page->records.n++]);
	}
	return err;
}

enum err engine_list_quarantine(struct question *q, const void *query, void *ret_reply)
{
	const struct list_quarantine *ask = query;
	struct text from = ask->after_owner.n ? ask->after_owner : ask->owner;
	struct quarantine_page *page = ret_reply;
	struct key key = {0};
	struct scan scan;

	page->records.at = arena_alloc(q->state.arena,
		(ask->limit ? (size_t)ask->limit : LISTED) * sizeof(*page->records.at));
	if (!page->records.at)
		return reason_set(q->reason, ERR_BUSY, "", "too much in one turn");
	key_add_text(&key, from.n ? from.p : "", from.n);
	key_add_u64(&key, (uint64_t)ask->after + 1);
	scan_begin(&scan, q->state.txn, CORE_QUARANTINE, SCAN_UP, BYTES_NONE,
		from.n ? key_bytes(&key) : BYTES_NONE);
	enum err err = fill_page(q, ask, &scan, page);
	scan_end(&scan);
	return err ? reason_set(q->reason, err, "", "the quarantine cannot be read") : ERR_OK;
}
