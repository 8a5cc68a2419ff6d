/* Commands of every node, each in a transaction of its own, and the list of what is in quarantine.
 * Touches the disk through store.h only. */
#include <stdio.h>
#include <string.h>

#include "common/admin.h"
#include "common/engine_private.h"

enum { LISTED = 50 };

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

/* ---- a command ------------------------------------------------------------------------------- */

const struct engine_command engine_commands[] = {
	{schema_refollow, engine_refollow},
	{schema_begin_epoch, engine_run_begin_epoch},
	{schema_make_backup, engine_make_backup},
	{schema_start_scrub, engine_start_scrub},
	{schema_mend_queue, engine_mend_queue},
	{schema_pause_queue, engine_pause_queue},
	{schema_resume_queue, engine_resume_queue},
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

/* What it did was only to be told; so it is told exactly. */
static enum err undo(struct engine_call *call, struct answer *answer)
{
	struct engine *engine = call->taking.engine;

	store_abort(call->taking.txn);
	enum err err = engine_reload(engine);
	answer->seq = engine->journal.seq;
	return err ? ERR_SYSTEM : ERR_OK;
}

static enum err try(
	struct engine_call *call, const struct prepared *prepared, struct answer *answer)
{
	struct engine *engine = call->taking.engine;

	call->taking = (struct taking){.engine = engine};
	call->changed = false;
	call->undo = false;
	call->at = 0;
	*answer = (struct answer){0};
	enum err err =
		store_begin(engine->options.store, STORE_WRITE, &engine->arena, &call->taking.txn);
	if (err)
		return err;
	work(call, prepared, answer);
	if (call->undo && !store_error(call->taking.txn))
		return undo(call, answer);
	if (!store_error(call->taking.txn) && (answer->status || answer->replayed)) {
		store_abort(call->taking.txn);
		return ERR_OK;
	}
	return engine_end(engine, call->taking.txn);
}

/* A record that breaks the transaction is found by one try, and passed by in the next. */
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
	while (engine_may_try_again(err) && err != ERR_FULL && call.at && call.n_bad < CALL_BAD) {
		call.bad[call.n_bad++] = call.at;
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
		.kept = row->record.n > 0,
		.buried = row->buried};
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
