/* The audit log: who read whose personal texts, noted before the answer leaves, and how it is
 * looked into and checked. Touches the disk through store.h only.
 *
 * It is a journal of its own (CORE_AUDIT) whose records are called personal_read, and an index by
 * person (CORE_AUDIT_OF) that holds a key for each person of each entry, and one for each look into
 * a queue. */
#include <string.h>

#include "common/admin.h"
#include "common/engine_private.h"

enum { PERSONS_AN_ENTRY = 64, SHOWN = 50, CHECKED_AT_ONCE = 20000 };

static struct key index_key(struct uuid person, uint64_t seq)
{
	struct key key = {0};

	key_add_uuid(&key, person);
	key_add_u64(&key, seq);
	return key;
}

/* Under which the looks into queues stand in that index: no person's id. */
static struct uuid peeks(void)
{
	static const char word[] = "queues";

	return uuid_of_hash(0, bytes_of_string(word));
}

/* ---- noting ---------------------------------------------------------------------------------- */

static enum err count_one(void *ctx, const struct personal *personal)
{
	size_t *n = ctx;

	(void)personal;
	++*n;
	return ERR_OK;
}

static void add_person(struct read_note *note, struct uuid person)
{
	for (size_t i = note->n; i > 0; i--)
		if (uuid_equal(note->persons[i - 1], person))
			return;
	note->persons[note->n++] = person;
}

static enum err add_one(void *ctx, const struct personal *personal)
{
	if (personal->text->n && !uuid_is_nil(personal->whose))
		add_person(ctx, personal->whose);
	return ERR_OK;
}

/* The first id that the query gives; where a page begins is none. */
static struct uuid asked_about(const struct read *read)
{
	struct uuid id = {{0}};

	for (size_t i = 0; i < read->query->n && uuid_is_nil(id); i++) {
		const struct field *field = &read->query->fields[i];
		if (field->type == FIELD_UUID && strcmp(field->name, "after") != 0)
			memcpy(&id, (const char *)read->body + field->offset, sizeof(id));
	}
	return id;
}

static bool owes_reason(const struct engine *engine, const struct request *request)
{
	uint32_t role = engine_actor_bit(engine->service, request->actor.role);

	return engine->options.why_required && request->why.n == 0 && !(role & ACTOR_SELF);
}

static enum err refuse(struct answer *answer, enum err code, const char *field, const char *rule)
{
	answer->status = reason_set(&answer->reason, code, field, "%s", rule);
	answer->body = BYTES_NONE;
	return answer->status;
}

enum err engine_note_read(struct reads *reads, const struct read *read)
{
	struct arena *arena = &reads->engine->audit_arena;
	struct read_note note = {.request = read->request, .answer = read->answer};
	const struct schema *reply = read->query->head->reply();
	size_t n = !uuid_is_nil(read->also);
	enum err err = read->open ? schema_personal(reply, read->open, count_one, &n) : ERR_OK;

	if (err || (n == 0 && !read->queue.n))
		return err;
	note.queue = read->queue;
	note.persons = arena_alloc(arena, (n + 1) * sizeof(*note.persons));
	struct read_note *kept = note.persons ? arena_alloc(arena, sizeof(*kept)) : NULL;
	if (!kept)
		return refuse(read->answer, ERR_BUSY, "", "too much in one turn");
	if (read->open)
		err = schema_personal(reply, read->open, add_one, &note);
	if (!uuid_is_nil(read->also))
		add_person(&note, read->also);
	if (err || (note.n == 0 && !note.queue.n))
		return err;
	if (note.n && owes_reason(reads->engine, read->request))
		return refuse(read->answer, ERR_INVALID, "why",
			"is required: what these texts are needed for");
	note.about = asked_about(read);
	*kept = note;
	*(reads->last ? &reads->last->next : &reads->first) = kept;
	reads->last = kept;
	return ERR_OK;
}

static enum err append_entry(struct engine *engine, struct txn *txn, const struct read_note *note,
	struct personal_read *entry)
{
	struct seal_context seal = {.engine = engine,
		.txn = txn,
		.arena = &engine->arena,
		.place = {text_of(engine->options.node), engine->audit.seq + 1, 0},
		.scope = SCOPE_AUDIT};
	struct actor actor = note->request->actor;
	struct record record = {.type = text_of(schema_personal_read()->head->name),
		.entity = entry->queue.n ? peeks() : entry->persons.at[0].person,
		.time = clock_now(&engine->options.clock),
		.actor = actor.role.n ? &actor : NULL};

	enum err err = engine_seal(&seal, schema_personal_read(), entry);
	if (err)
		return err;
	buffer_reset(&engine->scratch);
	schema_encode(schema_personal_read(), entry, &engine->scratch);
	record.fields = text_of_bytes(buffer_bytes(&engine->scratch));
	engine->audit.epoch = engine->journal.epoch;
	if (engine->scratch.failed)
		return ERR_LIMIT;
	journal_append(&engine->audit, txn, &record);
	for (size_t i = 0; i < entry->persons.n; i++) {
		struct key key = index_key(entry->persons.at[i].person, engine->audit.seq);
		row_put(txn, CORE_AUDIT_OF, &key, NULL, NULL);
	}
	if (entry->queue.n) {
		struct key key = index_key(peeks(), engine->audit.seq);
		row_put(txn, CORE_AUDIT_OF, &key, NULL, NULL);
	}
	return ERR_OK;
}

static enum err append_note(struct engine *engine, struct txn *txn, const struct read_note *note)
{
	struct personal_read entry = {.client = note->request->client,
		.query = note->request->type,
		.about = note->about,
		.queue = note->queue};
	enum err err = ERR_OK;

	if (note->n == 0)
		return append_entry(engine, txn, note, &entry);
	for (size_t at = 0; !err && at < note->n; at += PERSONS_AN_ENTRY) {
		struct read_person *persons =
			arena_alloc(&engine->arena, PERSONS_AN_ENTRY * sizeof(*persons));
		if (!persons)
			return ERR_NO_MEMORY;
		entry.persons.at = persons;
		entry.persons.n = 0;
		for (size_t i = at; i < note->n && entry.persons.n < PERSONS_AN_ENTRY; i++)
			persons[entry.persons.n++] =
				(struct read_person){note->persons[i], note->request->why};
		err = append_entry(engine, txn, note, &entry);
	}
	return err;
}

enum err engine_commit_reads(struct reads *reads)
{
	struct engine *engine = reads->engine;
	struct txn *txn;
	enum err err = store_begin(engine->options.store, STORE_WRITE, &engine->arena, &txn);

	if (!err) {
		for (struct read_note *note = reads->first; note && !store_error(txn);
			note = note->next) {
			enum err failed = append_note(engine, txn, note);
			if (failed)
				store_fail(txn, failed);
		}
		err = engine_end(engine, txn);
	}
	if (err == ERR_SYSTEM)
		return err;
	for (struct read_note *note = reads->first; err && note; note = note->next)
		(void)refuse(note->answer, err == ERR_FULL ? ERR_BUSY : err, "",
			"what is read must be noted, and cannot be now");
	return ERR_OK;
}

/* ---- looking --------------------------------------------------------------------------------- */

/* Citizens and whoever represents them, auditors and keepers: the table of rights says so. */
static enum err check_reader(struct question *q, uint32_t role, struct uuid person)
{
	struct uuid self;

	q->reads = person;
	q->opens = q->peer & PEER_PORTAL && role & ACTOR_AUDITOR;
	if (!(role & ACTOR_SELF))
		return ERR_OK;
	q->unnoted = uuid_parse(q->actor.id.p, q->actor.id.n, &self) && uuid_equal(self, person);
	return q->unnoted ? ERR_OK
			  : reason_set(q->reason, ERR_DENIED, "actor.id",
				    "may look for themselves only");
}

static enum err decode_entry(
	const struct journal_entry *entry, struct arena *arena, struct personal_read *ret)
{
	return schema_decode(schema_personal_read(), text_bytes(entry->record.fields), PACK_SEALED,
		       arena, ret, NULL)
		       ? ERR_CORRUPT
		       : ERR_OK;
}

static enum err fill_line(
	struct question *q, struct uuid person, uint64_t seq, struct read_line *line)
{
	struct journal_entry entry;
	struct personal_read read;
	enum err err =
		journal_read(&q->state.engine->audit, q->state.txn, seq, q->state.arena, &entry);

	if (!err)
		err = decode_entry(&entry, q->state.arena, &read);
	if (err)
		return err;
	*line = (struct read_line){.seq = (int64_t)seq,
		.time = entry.record.time,
		.client = read.client,
		.actor = entry.record.actor,
		.query = read.query,
		.about = read.about,
		.person = person,
		.persons = (int64_t)read.persons.n};
	for (size_t i = 0; i < read.persons.n; i++)
		if (uuid_equal(read.persons.at[i].person, person))
			line->why = read.persons.at[i].why;
	return ERR_OK;
}

enum err engine_show_audit(struct question *q, const void *query, void *ret_reply)
{
	const struct show_audit *ask = query;
	struct audit_page *page = ret_reply;
	size_t limit = ask->limit ? (size_t)ask->limit : SHOWN;
	struct key prefix = {0}, from = index_key(ask->person, (uint64_t)ask->after + 1);
	struct scan scan;
	enum err err = check_reader(
		q, engine_actor_bit(q->state.engine->service, q->actor.role), ask->person);

	if (err)
		return err;
	page->reads.at = arena_alloc(q->state.arena, limit * sizeof(*page->reads.at));
	if (!page->reads.at)
		return reason_set(q->reason, ERR_BUSY, "", "too much in one turn");
	key_add_uuid(&prefix, ask->person);
	scan_begin(
		&scan, q->state.txn, CORE_AUDIT_OF, SCAN_UP, key_bytes(&prefix), key_bytes(&from));
	while (!err && scan_next(&scan)) {
		if (page->reads.n == limit) {
			page->next = page->reads.at[limit - 1].seq;
			break;
		}
		uint64_t seq = get_u64(scan.key.p + prefix.n);
		err = fill_line(q, ask->person, seq, &page->reads.at[page->reads.n++]);
	}
	scan_end(&scan);
	return err ? reason_set(q->reason, err, "", "the audit log cannot be read") : ERR_OK;
}

static enum err fill_peek(struct question *q, uint64_t seq, struct peek_line *line)
{
	struct journal_entry entry;
	struct personal_read read;
	enum err err =
		journal_read(&q->state.engine->audit, q->state.txn, seq, q->state.arena, &entry);

	if (!err)
		err = decode_entry(&entry, q->state.arena, &read);
	if (!err)
		*line = (struct peek_line){(int64_t)seq, entry.record.time, read.client,
			entry.record.actor, read.queue};
	return err;
}

enum err engine_list_peeks(struct question *q, const void *query, void *ret_reply)
{
	const struct list_peeks *ask = query;
	struct peek_page *page = ret_reply;
	size_t limit = ask->limit ? (size_t)ask->limit : SHOWN;
	struct key prefix = {0}, from = index_key(peeks(), (uint64_t)ask->after + 1);
	struct scan scan;
	enum err err = ERR_OK;

	page->peeks.at = arena_alloc(q->state.arena, limit * sizeof(*page->peeks.at));
	if (!page->peeks.at)
		return reason_set(q->reason, ERR_BUSY, "", "too much in one turn");
	key_add_uuid(&prefix, peeks());
	scan_begin(
		&scan, q->state.txn, CORE_AUDIT_OF, SCAN_UP, key_bytes(&prefix), key_bytes(&from));
	while (!err && scan_next(&scan)) {
		if (page->peeks.n == limit) {
			page->next = page->peeks.at[limit - 1].seq;
			break;
		}
		uint64_t seq = get_u64(scan.key.p + prefix.n);
		err = fill_peek(q, seq, &page->peeks.at[page->peeks.n++]);
	}
	scan_end(&scan);
	return err ? reason_set(q->reason, err, "", "the audit log cannot be read") : ERR_OK;
}

/* ---- checking -------------------------------------------------------------------------------- */

/* An entry that is there and cannot be found by its persons is as good as gone. */
static enum err check_index(
	struct question *q, const struct journal_entry *entry, struct arena *arena)
{
	struct personal_read read;
	enum err err = decode_entry(entry, arena, &read);

	for (size_t i = 0; !err && i < read.persons.n; i++) {
		struct key key = index_key(read.persons.at[i].person, (uint64_t)entry->record.seq);
		if (!row_has(q->state.txn, CORE_AUDIT_OF, &key))
			err = ERR_CORRUPT;
	}
	struct key key = index_key(peeks(), (uint64_t)entry->record.seq);
	if (!err && read.queue.n && !row_has(q->state.txn, CORE_AUDIT_OF, &key))
		err = ERR_CORRUPT;
	return err;
}

static void check_piece(struct question *q, uint64_t from, struct audit_checked *reply)
{
	struct engine *engine = q->state.engine;
	struct arena *arena = &engine->read_arena;
	struct journal_check check;
	unsigned n = 0;

	arena_reset(arena);
	bool good = journal_check_begin(&engine->audit, q->state.txn, from, arena, &check);
	if (!good)
		reply->bad = (int64_t)from;
	while (good && n < CHECKED_AT_ONCE && journal_check_next(&engine->audit, &check, arena)) {
		good = !check_index(q, &check.entry, arena);
		if (!good)
			reply->bad = check.entry.record.seq;
		arena_reset(arena);
		n++;
	}
	scan_end(&check.scan);
	if (check.err)
		reply->bad = (int64_t)check.next;
	else if (n == CHECKED_AT_ONCE && check.next <= engine->audit.seq)
		reply->next = (int64_t)check.next;
}

enum err engine_verify_audit(struct question *q, const void *query, void *ret_reply)
{
	const struct verify_audit *ask = query;
	const struct journal *audit = &q->state.engine->audit;
	struct audit_checked *reply = ret_reply;
	struct journal_entry entry;
	enum err err = ERR_OK;

	if ((ask->seq != 0) != (ask->hash.n != 0))
		err = reason_set(q->reason, ERR_INVALID, "hash", "and seq go together");
	if (!err && ask->hash.n && ask->hash.n != HASH_BYTES)
		err = reason_set(q->reason, ERR_INVALID, "hash", "has %d bytes", HASH_BYTES);
	if (err)
		return err;
	reply->head = (int64_t)audit->seq;
	reply->hash = (struct text){(const char *)audit->hash, HASH_BYTES, false};
	check_piece(q, ask->from ? (uint64_t)ask->from : 1, reply);
	if (ask->seq)
		reply->differs = journal_read(audit, q->state.txn, (uint64_t)ask->seq,
					 q->state.arena, &entry) ||
				 memcmp(entry.hash, ask->hash.p, HASH_BYTES) != 0;
	return ERR_OK;
}
