/* One turn of the loop: commands decided, appended and applied in one transaction; then queries
 * (engine_ask.c). Touches the disk through store.h only. */
#include <sodium.h>
#include <stdio.h>
#include <string.h>

#include "common/engine_private.h"

/* Clients' clocks may be ahead of ours by so much: then it happened now. BODY_BYTES: the limit of
 * op_reply and reply_row. */
enum { CLOCK_SKEW_MS = 60000, BODY_BYTES = 61440, FULL_RETRY_MS = 5000 };

/* ---- from event to state --------------------------------------------------------------------- */

/* The engine's own events, which no service need know. */
static const struct schema *engine_schema(struct text type)
{
	static schema_fn *const own[] = {schema_deadline_passed, schema_record_dropped,
		schema_node_restored, schema_replica_forgotten, schema_person_erased,
		schema_erasure_completed, schema_erasure_delayed, schema_queue_paused,
		schema_queue_resumed, schema_items_mended};

	for (size_t i = 0; i < sizeof(own) / sizeof(own[0]); i++)
		if (text_is(type, own[i]()->head->name))
			return own[i]();
	return NULL;
}

static bool is_erasure(struct text type)
{
	return text_is(type, schema_person_erased()->head->name) ||
	       text_is(type, schema_erasure_completed()->head->name) ||
	       text_is(type, schema_erasure_delayed()->head->name);
}

static bool is_pause(struct text type)
{
	return text_is(type, schema_queue_paused()->head->name) ||
	       text_is(type, schema_queue_resumed()->head->name);
}

static void apply_event(
	struct engine *engine, struct txn *txn, const struct record *record, const void *event)
{
	const struct apply_row *row = engine_apply_row(engine, record->type);
	struct fold fold = {.state = engine_own_state(engine, txn, &engine->arena)};

	if (row)
		row->apply(&fold, record, event);
	if (text_is(record->type, schema_deadline_passed()->head->name)) {
		const struct deadline_passed *passed = event;
		char *kind = text_string(&engine->arena, passed->kind);
		fold_deadline_clear(&fold, record->entity, kind ? kind : "");
	} else if (text_is(record->type, schema_record_dropped()->head->name)) {
		engine_apply_dropped(txn, event);
	} else if (is_erasure(record->type)) {
		engine_apply_erasure(&fold, record, event);
	} else if (is_pause(record->type)) {
		engine_apply_pause(&fold, record, event);
	} else if (!row && !engine_schema(record->type))
		store_fail(txn, ERR_BUG); /* an event that nobody applies */
}

static const struct schema *event_schema(struct engine *engine, struct text type)
{
	const struct apply_row *row = engine_apply_row(engine, type);

	if (row)
		return row->type();
	return engine_schema(type);
}

enum err engine_decode_event(struct engine *engine, const struct record *record,
	struct arena *arena, struct stored_event *ret)
{
	ret->schema = event_schema(engine, record->type);
	if (!ret->schema)
		return ERR_UNKNOWN_TYPE;
	ret->fields = arena_alloc(arena, ret->schema->size);
	if (!ret->fields)
		return ERR_NO_MEMORY;
	return schema_decode(ret->schema, text_bytes(record->fields), PACK_SEALED, arena,
		       ret->fields, NULL)
		       ? ERR_CORRUPT
		       : ERR_OK;
}

enum err engine_refold(struct engine *engine, struct txn *txn, const struct record *record)
{
	struct stored_event event;
	enum err err = engine_decode_event(engine, record, &engine->arena, &event);

	if (!err)
		apply_event(engine, txn, record, event.fields);
	return err;
}

static void count_for_followers(struct engine *engine, const struct record *record)
{
	for (size_t i = 0; i < engine->options.n_followers; i++) {
		struct follower *follower = &engine->followers[i];
		if (engine_may_have(follower, record)) {
			follower->row.addressed++;
			follower->dirty = true;
		}
	}
}

static enum err append_one(struct engine *engine, struct txn *txn, const struct emitted *emitted,
	const struct append *how)
{
	struct record record = {.seq = (int64_t)engine->journal.seq + 1,
		.epoch = (int64_t)engine->journal.epoch,
		.type = text_of(emitted->schema->head->name),
		.entity = emitted->entity,
		.time = how->now,
		.occurred_at = how->occurred_at == how->now ? 0 : how->occurred_at,
		.historical = how->historical,
		.audience = emitted->schema->head->peers | engine->service->sealed_peers,
		.grants = {emitted->n_grants, emitted->grants}};
	struct actor actor = *how->actor;
	struct cause cause;
	struct seal_context seal = {.engine = engine,
		.txn = txn,
		.arena = &engine->arena,
		.place = {text_of(engine->options.node), engine->journal.seq + 1, 0},
		.scope = SCOPE_OWN};

	if (actor.role.n)
		record.actor = &actor;
	if (how->cause) {
		cause = *how->cause;
		record.cause = &cause;
	}
	if (emitted->schema == schema_person_erased())
		engine_date_erasure(engine, emitted->fields, how->now);
	/* before they are sealed: a follower will check the open texts */
	enum err err = schema_check(emitted->schema, emitted->fields, NULL) ? ERR_BUG : ERR_OK;
	if (!err)
		err = engine_seal(&seal, emitted->schema, emitted->fields);
	if (err)
		return err;
	buffer_reset(&engine->scratch);
	schema_encode(emitted->schema, emitted->fields, &engine->scratch);
	record.fields = text_of_bytes(buffer_bytes(&engine->scratch));
	if (engine->scratch.failed || schema_check(schema_record(), &record, NULL))
		return ERR_LIMIT;
	journal_append(&engine->journal, txn, &record);
	count_for_followers(engine, &record);
	apply_event(engine, txn, &record, emitted->fields);
	if (emitted->schema == schema_person_erased()) {
		const struct person_erased *erased = emitted->fields;
		engine_erase(engine, txn, SCOPE_OWN, erased->person);
		engine_erase(engine, txn, SCOPE_AUDIT, erased->person);
	}
	return store_error(txn);
}

void engine_append(struct engine *engine, struct txn *txn, const struct emitted *first,
	const struct append *how)
{
	for (; first && !store_error(txn); first = first->next) {
		enum err err = append_one(engine, txn, first, how);
		if (err)
			store_fail(txn, err);
	}
}

/* ---- commands -------------------------------------------------------------------------------- */

static const struct query_row *find_query(const struct engine *engine, struct text type)
{
	for (size_t i = 0; i < engine->service->n_queries; i++)
		if (text_is(type, engine->service->queries[i].type()->head->name))
			return &engine->service->queries[i];
	for (size_t i = 0; i < n_engine_queries; i++)
		if (text_is(type, engine_queries[i].type()->head->name))
			return &engine_queries[i];
	return NULL;
}

static const struct command_row *find_command(const struct engine *engine, struct text type)
{
	for (size_t i = 0; i < engine->service->n_commands; i++)
		if (text_is(type, engine->service->commands[i].type()->head->name))
			return &engine->service->commands[i];
	return NULL;
}

const char *engine_message(const struct engine *engine, size_t i)
{
	const struct service *service = engine->service;

	if (i < service->n_commands)
		return service->commands[i].type()->head->name;
	i -= service->n_commands;
	if (i < service->n_queries)
		return service->queries[i].type()->head->name;
	i -= service->n_queries;
	if (i < n_engine_commands)
		return engine_commands[i].type()->head->name;
	i -= n_engine_commands;
	return i < n_engine_queries ? engine_queries[i].type()->head->name : NULL;
}

static enum err check_key(
	struct engine *engine, const struct request *request, struct reason *reason)
{
	int64_t now = clock_now(&engine->options.clock), made = uuid_time(request->key);

	if (uuid_is_nil(request->key) || made == 0)
		return reason_set(reason, ERR_INVALID, "key", "must be a UUID of version 7");
	if (request->historical) /* keys of imported lines carry the time of the fact, and are kept
				  */
		return ERR_OK;
	if (made < now - KEY_DAYS * MS_PER_DAY)
		return reason_set(
			reason, ERR_KEY_EXPIRED, "key", "is older than %d days", KEY_DAYS);
	if (made > now + MS_PER_DAY)
		return reason_set(reason, ERR_INVALID, "key", "lies more than a day ahead");
	return ERR_OK;
}

static void add_text(crypto_generichash_state *state, struct text text)
{
	uint8_t length[4];

	put_u32(length, text.n);
	crypto_generichash_update(state, length, sizeof(length));
	crypto_generichash_update(state, (const uint8_t *)text.p, text.n);
}

static void take_fingerprint(const struct request *request, uint8_t ret[FINGERPRINT_BYTES])
{
	crypto_generichash_state state;
	uint8_t numbers[9];

	put_u64(numbers, (uint64_t)request->occurred_at);
	numbers[8] = request->historical;
	crypto_generichash_init(&state, NULL, 0, FINGERPRINT_BYTES);
	crypto_generichash_update(&state, numbers, sizeof(numbers));
	add_text(&state, request->type);
	add_text(&state, request->actor.role);
	add_text(&state, request->actor.id);
	add_text(&state, request->actor.department);
	crypto_generichash_update(&state, request->body.p, request->body.n);
	crypto_generichash_final(&state, ret, FINGERPRINT_BYTES);
}

static enum err check_times(
	struct engine *engine, const struct request *request, struct reason *reason)
{
	int64_t now = clock_now(&engine->options.clock);

	if (request->historical && !(request->peer & engine->service->import_peers))
		return reason_set(reason, ERR_DENIED, "historical",
			"this client's role may not bring in facts from before");
	if (request->historical && request->occurred_at == 0)
		return reason_set(
			reason, ERR_INVALID, "occurred_at", "is required for a historical fact");
	if (request->occurred_at > now + CLOCK_SKEW_MS)
		return reason_set(reason, ERR_INVALID, "occurred_at", "must not lie ahead");
	return ERR_OK;
}

static enum err prepare(struct engine *engine, const struct request *request,
	struct prepared *prepared, struct reason *reason)
{
	prepared->command = find_command(engine, request->type);
	prepared->admin = prepared->command ? NULL : engine_find_command(request->type);
	prepared->query =
		prepared->command || prepared->admin ? NULL : find_query(engine, request->type);
	if (!prepared->command && !prepared->admin && !prepared->query)
		return reason_set(reason, ERR_UNKNOWN_TYPE, "type",
			"%.*s is no command or query of this node",
			(int)(request->type.n < 64 ? request->type.n : 64),
			request->type.p ? request->type.p : "");
	const struct schema *schema = prepared->command ? prepared->command->type()
				      : prepared->admin ? prepared->admin->type()
							: prepared->query->type();
	enum err err = engine_check_rights(engine, request, schema->head, reason);
	if (!err && !prepared->query)
		err = check_key(engine, request, reason);
	if (!err)
		err = check_times(engine, request, reason);
	if (err)
		return err;
	prepared->body = arena_alloc(&engine->arena, schema->size);
	if (!prepared->body)
		return reason_set(reason, ERR_BUSY, "", "too much in one turn");
	take_fingerprint(request, prepared->fingerprint);
	return schema_decode(
		schema, request->body, PACK_PLAIN, &engine->arena, prepared->body, reason);
}

static unsigned reply_tree(const struct request *request)
{
	return request->historical ? CORE_IMPORTS : CORE_REPLIES;
}

bool engine_answer_again(struct engine *engine, struct txn *txn, const struct request *request,
	const struct prepared *prepared, struct answer *answer)
{
	uint8_t fingerprint[FINGERPRINT_BYTES] = {0};
	struct key key = {0};
	struct reply_row row;

	key_add_uuid(&key, request->key);
	if (!row_get(txn, reply_tree(request), &key, schema_reply_row(), &engine->arena, &row))
		return false;
	engine_fingerprint(engine, txn, prepared->fingerprint, fingerprint);
	if (!text_equal(row.client, request->client) || row.fingerprint.n != FINGERPRINT_BYTES ||
		memcmp(row.fingerprint.p, fingerprint, FINGERPRINT_BYTES) != 0) {
		answer->status = reason_set(
			&answer->reason, ERR_KEY_REUSED, "key", "was used for another request");
		return true;
	}
	answer->status = ERR_OK;
	answer->seq = (uint64_t)row.seq;
	answer->replayed = true;
	answer->body = text_bytes(row.body);
	return true;
}

void engine_remember(struct txn *txn, const struct request *request,
	const uint8_t fingerprint[FINGERPRINT_BYTES], const struct answer *answer)
{
	struct key key = {0};
	const struct reply_row row = {.client = request->client,
		.fingerprint = {(const char *)fingerprint, FINGERPRINT_BYTES, false},
		.seq = (int64_t)answer->seq,
		.body = text_of_bytes(answer->body)};

	key_add_uuid(&key, request->key);
	row_put(txn, reply_tree(request), &key, schema_reply_row(), &row);
}

enum err engine_encode_reply(struct engine *engine, const struct schema *schema, const void *reply,
	struct answer *answer)
{
	struct reason why;

	if (schema_check(schema, reply, &why))
		return reason_set(
			&answer->reason, ERR_BUG, why.field, "in the reply: %s", why.rule);
	buffer_reset(&engine->scratch);
	schema_encode(schema, reply, &engine->scratch);
	answer->body = bytes_copy(&engine->arena, buffer_bytes(&engine->scratch));
	if (!engine->scratch.failed && answer->body.p && answer->body.n <= BODY_BYTES)
		return ERR_OK;
	answer->body = BYTES_NONE;
	return reason_set(
		&answer->reason, ERR_LIMIT, "", "the reply is larger than a message may be");
}

void engine_keep_answer(struct engine *engine, const struct arena_mark *mark, struct answer *answer)
{
	buffer_reset(&engine->scratch);
	buffer_add(&engine->scratch, answer->body.p, answer->body.n);
	arena_release(&engine->arena, mark);
	if (answer->body.n)
		answer->body = bytes_copy(&engine->arena, buffer_bytes(&engine->scratch));
	if (answer->body.n && !answer->body.p)
		answer->status = reason_set(&answer->reason, ERR_BUSY, "", "too much in one turn");
}

/* Decides, and if the service agrees, writes. Refusals leave no trace; a broken transaction shows
 * in store_error. */
static void decide(struct engine *engine, struct txn *txn, const struct request *request,
	const struct prepared *prepared, struct answer *answer)
{
	const struct schema *reply = prepared->command->type()->head->reply();
	uint8_t fingerprint[FINGERPRINT_BYTES] = {0};
	struct decision d;

	if (engine_answer_again(engine, txn, request, prepared, answer) || store_error(txn))
		return;
	answer->status = engine_check_room(engine, request, prepared->command, answer);
	if (answer->status)
		return;
	decision_begin(&d, engine, txn, bytes_of(request->key.b, sizeof(request->key.b)));
	if (request->occurred_at && request->occurred_at < d.now)
		d.occurred_at = request->occurred_at;
	d.historical = request->historical;
	d.actor = request->actor;
	d.peer = request->peer;
	d.reason = &answer->reason;
	d.reply = arena_alloc(&engine->arena, reply->size);
	if (!d.reply) {
		store_fail(txn, ERR_NO_MEMORY);
		return;
	}
	answer->status = prepared->command->decide(&d, prepared->body);
	if (!answer->status && d.err)
		store_fail(txn, d.err);
	if (answer->status || store_error(txn))
		return;
	answer->status = engine_encode_reply(engine, reply, d.reply, answer);
	if (answer->status)
		return;
	engine_append(engine, txn, d.first,
		&(struct append){d.now, d.occurred_at, d.historical, &request->actor, NULL});
	answer->seq = engine->journal.seq;
	if (!d.first)
		return;
	engine_fingerprint(engine, txn, prepared->fingerprint, fingerprint);
	engine_remember(txn, request, fingerprint, answer);
}

/* ---- the turn -------------------------------------------------------------------------------- */

bool engine_may_try_again(enum err err)
{
	return err && err != ERR_SYSTEM;
}

static enum err give_up(struct engine *engine, struct txn *txn, enum err err)
{
	store_abort(txn);
	return engine_reload(engine) ? ERR_SYSTEM : err;
}

enum err engine_end(struct engine *engine, struct txn *txn)
{
	enum err err = store_error(txn);

	if (err)
		return give_up(engine, txn, err);
	err = engine_commit(engine, txn);
	if (err == ERR_FULL)
		return engine_reload(engine) ? ERR_SYSTEM : ERR_FULL;
	return err ? ERR_SYSTEM : ERR_OK;
}

/* The one before it in its line is to be asked again, or waits for such a one itself. */
static bool must_queue(const struct turn *turn, size_t i)
{
	for (size_t j = i; turn->requests[i].line && j-- > 0;)
		if (turn->requests[j].line == turn->requests[i].line)
			return err_retryable(turn->answers[j].status);
	return false;
}

static void let_queue(struct answer *answer)
{
	*answer = (struct answer){0};
	answer->status = reason_set(
		&answer->reason, ERR_BUSY, "", "an earlier request is to be asked again first");
}

static enum err write_together(struct engine *engine, struct turn *turn, struct prepared *prepared)
{
	struct txn *txn;
	enum err err = store_begin(engine->options.store, STORE_WRITE, &engine->arena, &txn);

	if (err)
		return err;
	for (size_t i = 0; i < turn->n_requests && !store_error(txn); i++)
		if (prepared[i].command && must_queue(turn, i)) {
			let_queue(&turn->answers[i]);
		} else if (prepared[i].command && !turn->answers[i].status) {
			const struct arena_mark mark = arena_mark(&engine->arena);
			decide(engine, txn, &turn->requests[i], &prepared[i], &turn->answers[i]);
			engine_keep_answer(engine, &mark, &turn->answers[i]);
		}
	for (size_t i = 0; i < turn->n_batches && !store_error(txn); i++)
		engine_take(engine, txn, &turn->batches[i]);
	return engine_end(engine, txn);
}

static enum err write_singly(struct engine *engine, struct turn *turn, struct prepared *prepared)
{
	enum err err = ERR_OK;

	for (size_t i = 0; i < turn->n_requests; i++) {
		struct answer *answer = &turn->answers[i];
		struct turn one = {&turn->requests[i], answer, 1, NULL, 0};
		if (!prepared[i].command)
			continue;
		if (must_queue(turn, i)) {
			let_queue(answer);
			continue;
		}
		*answer = (struct answer){0};
		err = write_together(engine, &one, &prepared[i]);
		if (!err)
			continue;
		if (!engine_may_try_again(err))
			return err;
		*answer = (struct answer){.retry_after_ms = err == ERR_FULL ? FULL_RETRY_MS : 0};
		answer->status = reason_set(&answer->reason, err, "", "nothing was done");
	}
	for (size_t i = 0; i < turn->n_batches; i++) {
		err = engine_take_singly(engine, &turn->batches[i]);
		if (err)
			return err;
	}
	return ERR_OK;
}

static void note_corrupt(struct engine *engine, const struct turn *turn)
{
	char type[64];

	for (size_t i = 0; i < turn->n_requests; i++) {
		if (turn->answers[i].status != ERR_CORRUPT)
			continue;
		snprintf(type, sizeof(type), "%.*s", (int)turn->requests[i].type.n,
			turn->requests[i].type.p);
		engine_met_corrupt(engine, type);
	}
}

/* How many are taken: all, or without room none. */
static size_t admit_batches(struct engine *engine, struct turn *turn)
{
	if (engine->room.level != ROOM_STOPPED)
		return turn->n_batches;
	for (size_t i = 0; i < turn->n_batches; i++)
		turn->batches[i].result = ERR_FULL;
	return 0;
}

enum err engine_turn(struct engine *engine, struct turn *turn)
{
	struct prepared *prepared;
	struct turn together = *turn;
	enum err err = ERR_OK;

	engine_measure_turn(engine, turn);
	size_t n_batches = admit_batches(engine, turn);
	together.n_batches = n_batches;
	if (engine->careful) /* after an unclean stop records are taken one by one */
		together.n_batches = 0;
	bool writes = together.n_batches > 0;

	arena_reset(&engine->arena);
	prepared = arena_alloc(&engine->arena, (turn->n_requests + 1) * sizeof(*prepared));
	if (!prepared)
		return ERR_NO_MEMORY;
	for (size_t i = 0; i < turn->n_requests; i++) {
		struct answer *answer = &turn->answers[i];
		*answer = (struct answer){0};
		answer->status = prepare(engine, &turn->requests[i], &prepared[i], &answer->reason);
		if (answer->status)
			prepared[i] = (struct prepared){0};
		writes |= prepared[i].command != NULL;
	}
	if (writes)
		err = write_together(engine, &together, prepared);
	if (err == ERR_FULL) /* sooner than it was measured */
		engine_measure(engine);
	if (engine_may_try_again(err))
		err = write_singly(engine, &together, prepared);
	for (size_t i = together.n_batches; !err && i < n_batches; i++)
		err = engine_take_singly(engine, &turn->batches[i]);
	for (size_t i = 0; !err && i < turn->n_requests; i++)
		if (prepared[i].admin)
			err = engine_run_command(
				engine, &turn->requests[i], &prepared[i], &turn->answers[i]);
	if (!err)
		err = engine_answer_queries(engine, turn, prepared);
	if (!err)
		note_corrupt(engine, turn);
	return err;
}
