/* The queries of a turn, asked on what was committed; personal texts are opened or masked by whom
 * the answer goes to. Touches the disk through store.h only. */
#include "common/engine_private.h"

static void ask(struct reads *reads, struct txn *txn, const struct request *request,
	const struct prepared *prepared, struct answer *answer)
{
	struct engine *engine = reads->engine;
	const struct schema *query = prepared->query->type(), *schema = query->head->reply();
	struct question q = {.state = engine_own_state(engine, txn, &engine->arena),
		.now = clock_now(&engine->options.clock),
		.actor = request->actor,
		.peer = request->peer,
		.client = request->client,
		.department = request->department,
		.reason = &answer->reason};
	void *reply = arena_alloc(&engine->arena, schema->size);

	if (!reply) {
		answer->status = reason_set(&answer->reason, ERR_BUSY, "", "too much in one turn");
		return;
	}
	answer->status = prepared->query->query(&q, prepared->body, reply);
	if (answer->status)
		return;
	if (store_error(txn)) {
		answer->status = reason_set(
			&answer->reason, store_error(txn), "", "the store cannot be read");
		return;
	}
	bool open = q.opens || engine_may_see_persons(engine, request);
	if (open)
		engine_open_record(engine, &engine->arena, schema, reply);
	else
		engine_mask_record(schema, reply, "***");
	answer->status = engine_encode_reply(engine, schema, reply, answer);
	if (answer->status || request->own || q.unnoted)
		return;
	const struct read read = {request, answer, query, prepared->body, open ? reply : NULL,
		q.reads, q.looked_into};
	if (engine_note_read(reads, &read))
		answer->body = BYTES_NONE;
}

enum err engine_answer_queries(
	struct engine *engine, const struct turn *turn, const struct prepared *prepared)
{
	struct reads reads = {.engine = engine};
	struct txn *txn = NULL;

	arena_reset(&engine->audit_arena);
	for (size_t i = 0; i < turn->n_requests; i++) {
		if (!prepared[i].query || turn->answers[i].status)
			continue;
		if (txn && store_error(txn)) {
			store_abort(txn);
			txn = NULL;
		}
		if (!txn) {
			enum err err = store_begin(
				engine->options.store, STORE_READ, &engine->arena, &txn);
			if (err)
				return err;
		}
		const struct arena_mark mark = arena_mark(&engine->arena);
		ask(&reads, txn, &turn->requests[i], &prepared[i], &turn->answers[i]);
		engine_keep_answer(engine, &mark, &turn->answers[i]);
	}
	if (txn)
		store_abort(txn);
	return reads.first ? engine_commit_reads(&reads) : ERR_OK;
}
