/* What every node answers to operators: status, queues, journal, digests. Touches the disk through
 * store.h only, in read transactions. */
#include <string.h>

#include "common/admin.h"
#include "common/engine_private.h"

/* Lists in replies: room for max items, all at once. */
static void *items(struct question *q, size_t n, size_t size)
{
	void *at = arena_alloc(q->state.arena, n ? n * size : 1);

	if (!at)
		store_fail(q->state.txn, ERR_NO_MEMORY);
	return at;
}

static int64_t count_diverged(const struct engine *engine)
{
	int64_t n = 0;

	for (size_t i = 0; i < engine->options.n_followers; i++)
		n += engine->followers[i].row.diverged_at > 0;
	for (size_t i = 0; i < engine->options.n_owners; i++)
		n += engine->owners[i].diverged;
	return n;
}

static struct text role_of_asker(const struct question *q)
{
	const struct service *service = q->state.engine->service;

	for (size_t i = 0; q->peer && i < service->n_peer_roles; i++)
		if (service->peer_roles[i].bit == q->peer)
			return text_of(service->peer_roles[i].name);
	return TEXT_NONE;
}

static enum err show_status(struct question *q, const void *query, void *ret_reply)
{
	struct engine *engine = q->state.engine;
	struct status_reply *reply = ret_reply;
	struct store_usage usage;

	(void)query;
	store_usage(engine->options.store, &usage);
	*reply = (struct status_reply){.node = text_of(engine->options.node),
		.role = text_of(engine->service->role),
		.epoch = (int64_t)engine->journal.epoch,
		.head = (int64_t)engine->journal.seq,
		.hash = {(const char *)engine->journal.hash, HASH_BYTES, false},
		.head_time = engine->journal.time,
		.now = q->now,
		.file_bytes = (int64_t)usage.file_bytes,
		.used_bytes = (int64_t)usage.used_bytes,
		.room = text_of(room_word(engine->room.level)),
		.used_percent = engine->room.percent,
		.used_of = text_of(engine->room.of),
		.deadlines = (int64_t)store_count(q->state.txn, CORE_DEADLINES),
		.keys_free = (int64_t)keyring_slots(engine->options.keyring) + 1 -
			     (int64_t)engine->next_slot,
		.corrupt = engine->scrub.last.faults ? engine->scrub.last.faults
						     : (int64_t)engine->corrupt.met,
		.scrubbed = engine->scrub.last.ended_at,
		.diverged = count_diverged(engine),
		.door = engine->door,
		.asker = q->client,
		.asker_role = role_of_asker(q),
		.asker_department = q->department};
	return ERR_OK;
}

enum err engine_count_states(
	struct engine *engine, struct state_count *ret, size_t max, size_t *ret_n)
{
	struct txn *txn;

	*ret_n = 0;
	if (!engine->service->count_states)
		return ERR_OK;
	arena_reset(&engine->read_arena);
	enum err err = store_begin(engine->options.store, STORE_READ, &engine->read_arena, &txn);
	if (err)
		return err;
	struct state state = engine_own_state(engine, txn, &engine->read_arena);
	*ret_n = engine->service->count_states(&state, ret, max);
	err = store_error(txn);
	store_abort(txn);
	return err;
}

static enum err fill_queue(struct question *q, unsigned follower, struct queue_line *line)
{
	struct engine *engine = q->state.engine;
	struct queue queue;
	enum err err = engine_queue(engine, follower, &queue);

	*line = (struct queue_line){.owner = text_of(engine->options.node),
		.follower = text_of(queue.follower),
		.depth = (int64_t)(queue.addressed - queue.delivered),
		.addressed = (int64_t)queue.addressed,
		.delivered = (int64_t)queue.delivered,
		.withheld = (int64_t)queue.withheld,
		.through = (int64_t)queue.through,
		.oldest = queue.oldest_time,
		.age_ms = queue.oldest_time && q->now > queue.oldest_time
				  ? q->now - queue.oldest_time
				  : 0,
		.seen = queue.seen,
		.quarantined = (int64_t)queue.quarantined,
		.dropped = (int64_t)queue.dropped,
		.diverged_at = (int64_t)queue.diverged_at,
		.diverged_epoch = (int64_t)queue.diverged_epoch};
	return err;
}

static enum err list_queues(struct question *q, const void *query, void *ret_reply)
{
	const struct list_queues *ask = query;
	struct engine *engine = q->state.engine;
	struct queue_list *reply = ret_reply;
	enum err err = ERR_OK;

	reply->queues.at = items(q, engine->options.n_followers, sizeof(*reply->queues.at));
	reply->cursors.at = items(q, engine->options.n_owners, sizeof(*reply->cursors.at));
	if (!reply->queues.at || !reply->cursors.at)
		return ERR_OK;
	for (unsigned i = 0; !err && i < engine->options.n_followers; i++)
		if (ask->follower.n == 0 || text_is(ask->follower, engine->followers[i].name))
			err = fill_queue(q, i, &reply->queues.at[reply->queues.n++]);
	for (unsigned i = 0; i < engine->options.n_owners; i++) {
		const struct cursor_row *row = &engine->owners[i].row;
		reply->cursors.at[reply->cursors.n++] =
			(struct cursor_line){.owner = text_of(engine->owners[i].name),
				.epoch = row->epoch,
				.through = row->through,
				.applied = row->applied,
				.quarantined = row->quarantined,
				.withheld = row->withheld,
				.time = row->time,
				.dropped = row->dropped,
				.diverged = engine->owners[i].diverged,
				.buried = row->buried};
	}
	return err ? reason_set(q->reason, err, "", "the journal cannot be read") : ERR_OK;
}

static void name_audience(
	struct question *q, const struct record *record, struct journal_line *line)
{
	const struct service *service = q->state.engine->service;

	line->audience.at =
		items(q, service->n_peer_roles + record->grants.n, sizeof(*line->audience.at));
	if (!line->audience.at)
		return;
	for (size_t i = 0; i < service->n_peer_roles; i++)
		if ((uint64_t)record->audience & service->peer_roles[i].bit)
			line->audience.at[line->audience.n++] =
				text_of(service->peer_roles[i].name);
	for (size_t i = 0; i < record->grants.n && line->audience.n < 40; i++)
		line->audience.at[line->audience.n++] = record->grants.at[i].to;
}

static void show_fields(struct question *q, const struct record *record, struct journal_line *line)
{
	struct stored_event event;

	if (engine_decode_event(q->state.engine, record, q->state.arena, &event))
		return;
	engine_mask_record(event.schema, event.fields, "***");
	line->fields = text_of(schema_to_json(event.schema, event.fields, 0, q->state.arena));
	if (line->fields.n > 16000)
		line->fields = text_of("\"(too large to show)\"");
}

static void fill_line(struct question *q, const struct read_journal *ask,
	const struct record *record, struct journal_line *line)
{
	*line = (struct journal_line){.seq = record->seq,
		.epoch = record->epoch,
		.cause_epoch = record->cause ? record->cause->epoch : 0,
		.type = record->type,
		.entity = record->entity,
		.time = record->time,
		.occurred_at = record->occurred_at,
		.historical = record->historical};
	if (record->actor)
		line->actor = text_of(arena_printf(q->state.arena, "%.*s%s%.*s",
			(int)record->actor->role.n, record->actor->role.p,
			record->actor->id.n ? ":" : "", (int)record->actor->id.n,
			record->actor->id.n ? record->actor->id.p : ""));
	if (record->cause)
		line->cause = text_of(
			arena_printf(q->state.arena, "%.*s/%lld", (int)record->cause->node.n,
				record->cause->node.p, (long long)record->cause->seq));
	name_audience(q, record, line);
	line->grants.n = record->grants.n;
	line->grants.at = record->grants.at;
	if (ask->fields)
		show_fields(q, record, line);
}

static bool wanted(const struct read_journal *ask, const struct record *record)
{
	if (!uuid_is_nil(ask->entity) && !uuid_equal(ask->entity, record->entity))
		return false;
	if (ask->cause_node.n == 0)
		return true;
	return record->cause && text_equal(record->cause->node, ask->cause_node) &&
	       (ask->cause_seq == 0 || record->cause->seq == ask->cause_seq) &&
	       (ask->cause_epoch == 0 || record->cause->epoch == 0 ||
		       record->cause->epoch == ask->cause_epoch);
}

static size_t line_bytes(const struct journal_line *line)
{
	size_t n = 300 + line->fields.n;

	for (size_t i = 0; i < line->audience.n; i++)
		n += line->audience.at[i].n + 2;
	for (size_t i = 0; i < line->grants.n; i++)
		n += 32 + line->grants.at[i].to.n + line->grants.at[i].paragraph.n;
	return n;
}

/* A page ends when it is full, or when so much was looked at that others must get their turn: it
 * may be empty and not the last. */
static enum err read_page(struct question *q, const struct read_journal *ask, struct scan *scan,
	struct journal_page *page)
{
	enum { BYTES = 40000, LOOKED = 20000 };
	size_t limit = ask->limit ? (size_t)ask->limit : 50, bytes = 0;
	struct arena *read_arena = &q->state.engine->read_arena;
	struct journal_entry entry;
	enum err err = ERR_OK;

	for (unsigned looked = 0; !err && scan_next(scan); looked++) {
		arena_reset(read_arena);
		err = journal_parse(scan->value, read_arena, &entry);
		if (!err && (looked == LOOKED || page->records.n == limit || bytes > BYTES)) {
			page->next = entry.record.seq;
			break;
		}
		if (err || !wanted(ask, &entry.record))
			continue;
		err = journal_parse(scan->value, q->state.arena, &entry);
		if (err)
			break;
		struct journal_line *line = &page->records.at[page->records.n++];
		fill_line(q, ask, &entry.record, line);
		bytes += line_bytes(line);
	}
	return err;
}

static enum err read_journal(struct question *q, const void *query, void *ret_reply)
{
	const struct read_journal *ask = query;
	struct engine *engine = q->state.engine;
	struct journal_page *page = ret_reply;
	size_t limit = ask->limit ? (size_t)ask->limit : 50;
	uint64_t from = (uint64_t)ask->from;
	struct key key = {0};
	struct scan scan;
	enum err err = ERR_OK;

	if (ask->tail)
		from = engine->journal.seq > limit ? engine->journal.seq - limit + 1 : 1;
	page->head = (int64_t)engine->journal.seq;
	page->records.at = items(q, limit, sizeof(*page->records.at));
	key_add_u64(&key, from);
	scan_begin(&scan, q->state.txn, CORE_JOURNAL, SCAN_UP, BYTES_NONE, key_bytes(&key));
	if (page->records.at)
		err = read_page(q, ask, &scan, page);
	scan_end(&scan);
	return err ? reason_set(q->reason, err, "", "the journal cannot be read") : ERR_OK;
}

static struct text part_name(struct question *q, const struct digest_part *part)
{
	const struct engine *engine = q->state.engine;
	bool own = part->owner == DIGEST_OWN;

	return text_of(arena_printf(q->state.arena, "%s%s/%s", own ? "" : "replica/",
		own ? "own" : engine->owners[part->owner].name, part->of->name));
}

static enum err show_digest(struct question *q, const void *query, void *ret_reply)
{
	const struct show_digest *ask = query;
	struct engine *engine = q->state.engine;
	struct digest_reply *reply = ret_reply;
	size_t n = engine_digest_parts(engine);
	enum err err = ERR_OK;

	reply->parts.at = items(q, n, sizeof(*reply->parts.at));
	for (size_t i = 0; reply->parts.at && !err && i < n; i++) {
		uint8_t *digest = items(q, HASH_BYTES, 1);
		struct digest_part part;
		if (!digest)
			break;
		engine_digest_part(engine, i, &part);
		err = engine_digest_tree(engine, &part, ask->sealed, digest);
		reply->parts.at[reply->parts.n++] = (struct digest_line){
			part_name(q, &part), {(const char *)digest, HASH_BYTES, false}};
	}
	return err ? reason_set(q->reason, err, "", "the state cannot be read") : ERR_OK;
}

const struct query_row engine_queries[] = {
	{schema_show_status, show_status},
	{schema_list_queues, list_queues},
	{schema_show_queues, engine_show_queues},
	{schema_show_shape, engine_show_shape},
	{schema_read_journal, read_journal},
	{schema_show_digest, show_digest},
	{schema_list_quarantine, engine_list_quarantine},
	{schema_list_erasures, engine_list_erasures},
	{schema_show_audit, engine_show_audit},
	{schema_verify_audit, engine_verify_audit},
	{schema_show_backup, engine_show_backup},
	{schema_show_scrub, engine_show_scrub},
	{schema_peek_queue, engine_peek_queue},
	{schema_list_peeks, engine_list_peeks},
	{schema_list_pauses, engine_list_pauses},
	{schema_replay_journal, engine_replay_journal},
	{schema_show_delivery, engine_show_delivery},
};
const size_t n_engine_queries = sizeof(engine_queries) / sizeof(engine_queries[0]);
