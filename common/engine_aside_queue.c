/* The quarantine as a queue that operators see into and mend: tried again, dropped, buried, kicked.
 * Touches the disk through store.h and the keyring.
 *
 * 1. A record is tried again only when it is the first one about its entity; those behind it follow
 *    it, up to the first that still cannot be applied (I8).
 * 2. A buried record is not tried, and those behind it wait on. It stays in quarantine (I9). */
#include <stdio.h>
#include <string.h>

#include "common/engine_private.h"

enum { LINE_AT_ONCE = 1000 };

static struct owner *find_owner(struct engine *engine, struct text name)
{
	for (size_t i = 0; i < engine->options.n_owners; i++)
		if (text_is(name, engine->owners[i].name))
			return &engine->owners[i];
	return NULL;
}

static bool has(struct state *state, struct text name)
{
	return find_owner(state->engine, name) != NULL;
}

/* ---- looking --------------------------------------------------------------------------------- */

static struct text copy(struct arena *arena, struct text text)
{
	text.p = text.n ? arena_copy(arena, text.p, text.n) : NULL;
	return text.p ? text : TEXT_NONE;
}

static void fill_item(struct taking *t, struct arena *arena, uint64_t seq,
	const struct quarantine_row *row, struct queue_item *ret)
{
	uint64_t first = uuid_is_nil(row->entity) ? seq : engine_first_aside(t, row->entity);
	bool behind = first && first != seq;

	*ret = (struct queue_item){
		.item = text_of(arena_printf(arena, "%llu", (unsigned long long)seq)),
		.type = row->type,
		.entity = row->entity,
		.since = row->since,
		.state = text_of(row->buried          ? "buried"
				 : row->record.n == 0 ? "lost"
				 : behind             ? "behind"
						      : "waiting"),
		.why = row->why,
		.bytes = row->record.n > SEALED_OVERHEAD ? row->record.n - SEALED_OVERHEAD : 0};
	if (behind)
		ret->why = text_of(
			arena_printf(arena, "waits behind %llu", (unsigned long long)first));
}

/* What it says, when it is kept and can be read. */
static void open_entry(
	struct taking *t, uint64_t seq, const struct quarantine_row *row, struct seen_item *entry)
{
	struct arena *arena = &t->engine->arena;
	struct bytes content = engine_open_aside(t, seq, row);
	struct record record;

	t->epoch = (uint64_t)row->epoch;
	if (!content.p ||
		engine_read_frame(t, &(struct batch_item){.seq = seq, .record = content}, &record))
		return;
	const struct schema *schema = engine_follow_schema(t->engine, record.type);
	void *event = schema ? arena_alloc(arena, schema->size) : NULL;
	if (!event ||
		schema_decode(schema, text_bytes(record.fields), PACK_PLAIN, arena, event, NULL))
		return;
	entry->schema = schema;
	entry->record = event;
}

bool engine_item_number(struct text item, uint64_t *ret)
{
	*ret = 0;
	for (uint32_t i = 0; i < item.n; i++) {
		if (item.p[i] < '0' || item.p[i] > '9' || i >= 19)
			return false;
		*ret = *ret * 10 + (uint64_t)(item.p[i] - '0');
	}
	return item.n > 0;
}

static enum err walk(struct state *state, struct queue_walk *walk)
{
	struct taking t = {.engine = state->engine,
		.txn = state->txn,
		.owner = find_owner(state->engine, walk->name)};
	struct key prefix = {0}, from;
	struct quarantine_row row;
	uint64_t after = 0;
	struct scan scan;
	enum err err = ERR_OK;
	bool more = true;

	if (walk->after.n && !engine_item_number(walk->after, &after))
		return ERR_NOT_FOUND;
	key_add_text(&prefix, t.owner->name, strlen(t.owner->name));
	from = engine_aside_key(t.owner, after + 1);
	scan_begin(&scan, t.txn, CORE_QUARANTINE, SCAN_UP, key_bytes(&prefix), key_bytes(&from));
	while (more && !err && scan_next(&scan)) {
		struct arena_mark mark = arena_mark(state->arena);
		struct seen_item entry = {.record = NULL};
		uint64_t seq = get_u64(scan.key.p + prefix.n);
		err = row_decode(&scan, schema_quarantine_row(), state->arena, &row);
		if (err)
			break;
		fill_item(&t, state->arena, seq, &row, &entry.item);
		if (walk->records)
			open_entry(&t, seq, &row, &entry);
		more = walk->visit(walk->ctx, &entry);
		arena_release(state->arena, &mark);
	}
	scan_end(&scan);
	return err ? err : store_error(t.txn);
}

static bool get_row(struct taking *t, uint64_t seq, struct quarantine_row *ret)
{
	struct key key = engine_aside_key(t->owner, seq);

	return row_get(
		t->txn, CORE_QUARANTINE, &key, schema_quarantine_row(), &t->engine->arena, ret);
}

static bool find(struct state *state, struct text name, struct text item, struct queue_item *ret)
{
	struct taking t = {.engine = state->engine,
		.txn = state->txn,
		.owner = find_owner(state->engine, name)};
	struct quarantine_row row;
	uint64_t seq;

	if (!engine_item_number(item, &seq) || !get_row(&t, seq, &row))
		return false;
	fill_item(&t, state->arena, seq, &row, ret);
	return true;
}

const struct queue_access engine_aside_kind = {
	.kind = "quarantine", .has = has, .walk = walk, .find = find};

/* ---- telling --------------------------------------------------------------------------------- */

static void tell(struct engine_call *call, uint64_t seq, const struct quarantine_row *row,
	const char *why, bool done)
{
	struct arena *arena = &call->taking.engine->arena;
	const struct mended_item item = {
		.item = text_of(arena_printf(arena, "%llu", (unsigned long long)seq)),
		.type = copy(arena, row->type),
		.entity = row->entity,
		.done = done,
		.why = text_of(why ? arena_copy(arena, why, strlen(why) + 1) : NULL)};

	engine_tell_mended(call, &item);
}

static void say(const struct reason *reason, char *ret, size_t n)
{
	snprintf(ret, n, "%s%s%s", reason->field, *reason->field ? " " : "", reason->rule);
}

static void put_row(struct taking *t, uint64_t seq, const struct quarantine_row *row)
{
	struct key key = engine_aside_key(t->owner, seq);

	row_put(t->txn, CORE_QUARANTINE, &key, schema_quarantine_row(), row);
}

/* ---- retry ----------------------------------------------------------------------------------- */

static bool is_bad(const struct engine_call *call, uint64_t seq)
{
	for (size_t i = 0; i < call->n_bad; i++)
		if (call->bad[i] == seq)
			return true;
	return false;
}

/* Applies what is in the row, or says in the reason why it cannot be. */
static enum err apply_again(
	struct engine_call *call, uint64_t seq, const struct quarantine_row *row)
{
	struct taking *t = &call->taking;
	struct record record;

	t->epoch = (uint64_t)row->epoch;
	t->reason = (struct reason){0};
	if (row->buried)
		return reason_set(&t->reason, ERR_INVALID, "", "is buried: kick it first");
	struct bytes content = engine_open_aside(t, seq, row);
	if (!content.p)
		return reason_set(&t->reason, ERR_INVALID, "",
			row->erased ? "its content was destroyed with a person's data"
				    : "its content was too large to be kept");
	if (is_bad(call, seq))
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

/* True when it took effect. */
static bool retry_one(struct engine_call *call, uint64_t seq, struct quarantine_row *row)
{
	struct taking *t = &call->taking;
	char why[sizeof(t->reason.field) + sizeof(t->reason.rule) + 2];

	call->at = seq;
	enum err err = apply_again(call, seq, row);
	if (store_error(t->txn))
		return false;
	if ((err == ERR_INVALID || err == ERR_LIMIT) && !row->buried) {
		say(&t->reason, why, sizeof(why));
		row->why = text_of(why);
		put_row(t, seq, row);
	} else if (err && !row->buried)
		store_fail(t->txn, err);
	if (err)
		return false;
	if (!get_row(t, seq, row)) { /* an erasure may have sealed it anew */
		store_fail(t->txn, ERR_CORRUPT);
		return false;
	}
	engine_take_out(t, seq, row);
	t->owner->row.quarantined--;
	t->owner->row.applied++;
	return true;
}

/* As for records that arrive: each has the same room, and gives it back. */
static bool retry_in_its_room(struct engine_call *call, uint64_t seq)
{
	struct taking *t = &call->taking;
	struct arena *arena = &t->engine->arena;
	struct arena_mark mark = arena_mark(arena);
	char why[sizeof(t->reason.field) + sizeof(t->reason.rule) + 2], type[49];
	struct quarantine_row row;
	bool applied = false;

	arena->cap = arena->used + RECORD_ARENA_BYTES;
	if (!get_row(t, seq, &row)) {
		store_fail(t->txn, ERR_CORRUPT); /* it stands in the index of entities */
	} else {
		snprintf(type, sizeof(type), "%.*s", (int)row.type.n, row.type.n ? row.type.p : "");
		applied = retry_one(call, seq, &row);
		say(&t->reason, why, sizeof(why));
	}
	arena->cap = TURN_ARENA_BYTES;
	arena_release(arena, &mark);
	if (store_error(t->txn))
		return false;
	row.type = text_of(type);
	tell(call, seq, &row, applied ? NULL : why, applied);
	return applied;
}

/* An entity's line is tried once in a call, whichever of its records are meant. */
static bool is_stuck(const struct engine_call *call, struct uuid entity)
{
	for (size_t i = 0; i < call->n_stuck; i++)
		if (uuid_equal(call->stuck[i], entity))
			return true;
	return false;
}

static void note_stuck(struct engine_call *call, struct uuid entity)
{
	if (call->n_stuck < call->max_stuck)
		call->stuck[call->n_stuck++] = entity;
}

static void retry(struct engine_call *call, uint64_t seq, const struct quarantine_row *row)
{
	struct taking *t = &call->taking;
	struct queue_mended *reply = call->reply;
	struct uuid entity = row->entity;
	char why[40];

	t->again = true;
	if (uuid_is_nil(entity)) {
		(void)retry_in_its_room(call, seq);
		return;
	}
	uint64_t first = engine_first_aside(t, entity);
	if (is_stuck(call, entity)) {
		snprintf(why, sizeof(why), "waits behind %llu", (unsigned long long)first);
		tell(call, seq, row, why, false);
		return;
	}
	while (first && reply->done < LINE_AT_ONCE && retry_in_its_room(call, first))
		first = engine_first_aside(t, entity);
	if (first && reply->done >= LINE_AT_ONCE)
		reply->more = true;
	else if (first)
		note_stuck(call, entity);
}

/* ---- the other verbs ------------------------------------------------------------------------- */

static size_t count_left(struct taking *t, struct uuid entity)
{
	struct key prefix = {0};
	struct scan scan;
	size_t n = 0;

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

static void journal_drop(struct engine_call *call, const struct mending *how, uint64_t seq,
	const struct quarantine_row *row)
{
	struct taking *t = &call->taking;
	struct text owner = text_of(t->owner->name);
	struct key key = engine_aside_key(t->owner, seq);
	struct record_dropped dropped = {owner, (int64_t)seq, row->type, row->entity, row->why,
		how->reason, how->by, row->epoch};
	const struct emitted emitted = {.schema = schema_record_dropped(),
		.entity = uuid_is_nil(row->entity) ? uuid_of_hash(0, key_bytes(&key)) : row->entity,
		.fields = &dropped};
	const struct cause cause = {owner, (int64_t)seq, row->epoch};
	int64_t now = clock_now(&t->engine->options.clock);

	engine_append(t->engine, t->txn, &emitted,
		&(struct append){now, now, false, &call->request->actor, &cause});
}

static void drop(struct engine_call *call, const struct mending *how, uint64_t seq,
	const struct quarantine_row *row)
{
	struct taking *t = &call->taking;
	struct key position =
		engine_position_key(text_of(t->owner->name), (uint64_t)row->epoch, seq);
	char left[80];

	if (text_is(row->type, schema_person_erased()->head->name)) {
		tell(call, seq, row, "is an erasure: retry it, or follow its owner anew", false);
		return;
	}
	journal_drop(call, how, seq, row);
	bool unread = uuid_is_nil(row->entity) && row_has(t->txn, CORE_UNREACTED, &position);
	engine_take_out(t, seq, row);
	if (unread) /* should it be an erasure, it is reacted to when it comes again */
		row_put(t->txn, CORE_UNREACTED, &position, NULL, NULL);
	t->owner->row.quarantined--;
	t->owner->row.dropped++;
	t->owner->row.buried -= row->buried;
	size_t n = count_left(t, row->entity);
	snprintf(left, sizeof(left), "%zu more about the same entity: retry them", n);
	tell(call, seq, row, n ? left : NULL, true);
}

static void bury(struct engine_call *call, uint64_t seq, struct quarantine_row *row, bool buried)
{
	struct taking *t = &call->taking;

	if (row->buried == buried) {
		tell(call, seq, row, buried ? "is buried already" : "is not buried", false);
		return;
	}
	row->buried = buried;
	t->owner->row.buried += buried ? 1 : -1;
	put_row(t, seq, row);
	tell(call, seq, row, buried ? NULL : "is tried when it is retried", true);
}

enum err engine_mend_aside(
	struct engine_call *call, const struct mending *how, struct text owner, struct text item)
{
	struct taking *t = &call->taking;
	struct quarantine_row row;
	uint64_t seq;

	t->owner = find_owner(t->engine, owner);
	if (!engine_item_number(item, &seq) || !get_row(t, seq, &row))
		return store_error(t->txn); /* it went with one before it */
	switch (how->verb) {
	case mend_verb_retry:
		retry(call, seq, &row);
		break;
	case mend_verb_drop:
		drop(call, how, seq, &row);
		break;
	case mend_verb_bury:
	case mend_verb_kick:
	case mend_verb_none:
	case mend_verb_end:
		bury(call, seq, &row, how->verb == mend_verb_bury);
		break;
	}
	engine_put_cursor(t);
	return store_error(t->txn);
}
