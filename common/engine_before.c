/* Who was erased according to the state that a restore replaces is erased again in the restored
 * journal (I11). Reads the store and the keyring of before; touches the disk through store.h and
 * the keyring only. */
#include <string.h>

#include "common/engine_private.h"

struct erasure {
	struct erasure *next;
	struct uuid entity, person;
	struct text decided_by;
	int64_t at;
};

/* A key that was destroyed before: of the own facts, of the log of reads, or of what one owner
 * sent. */
struct gone {
	struct gone *next;
	struct key key;
};

struct looking {
	struct engine *engine;
	struct txn *txn; /* of the restored store */
	struct txn *old;
	struct erasure *erasures;
	struct gone *gone;
	uint64_t unread;
	bool other; /* the journal of before goes another way than the restored one */
};

/* ---- what was known -------------------------------------------------------------------------- */

static bool is_common(struct looking *l, const struct journal_entry *entry)
{
	struct engine *engine = l->engine;
	struct arena_mark mark = arena_mark(&engine->arena);
	uint8_t hash[HASH_BYTES];

	bool common =
		(uint64_t)entry->record.seq <= engine->journal.seq &&
		journal_hash_at(&engine->journal, l->txn, (uint64_t)entry->record.seq, hash) &&
		memcmp(hash, entry->hash, HASH_BYTES) == 0;
	arena_release(&engine->arena, &mark);
	return common;
}

static enum err note_erasure(struct looking *l, const struct record *record)
{
	struct arena *arena = &l->engine->arena;
	struct person_erased e;

	if (!text_is(record->type, schema_person_erased()->head->name))
		return ERR_OK;
	if (schema_decode(schema_person_erased(), text_bytes(record->fields), PACK_SEALED,
		    &l->engine->read_arena, &e, NULL))
		return ERR_CORRUPT;
	struct erasure *erasure = arena_alloc(arena, sizeof(*erasure));
	if (!erasure)
		return ERR_NO_MEMORY;
	*erasure = (struct erasure){l->erasures, record->entity, e.person,
		text_of_bytes(bytes_copy(arena, text_bytes(e.decided_by))),
		record->occurred_at ? record->occurred_at : record->time};
	l->erasures = erasure;
	return erasure->decided_by.p ? ERR_OK : ERR_NO_MEMORY;
}

/* From the end back to the record that both have; so the erasures come to lie in their order. A
 * record that cannot be read keeps none of the others from being found. */
static enum err look_at_journal(struct looking *l)
{
	struct engine *engine = l->engine;
	struct journal_entry entry;
	struct scan scan;
	enum err err = ERR_OK;
	uint64_t common = 0;

	scan_begin(&scan, l->old, CORE_JOURNAL, SCAN_DOWN, BYTES_NONE, BYTES_NONE);
	while (!common && err != ERR_NO_MEMORY && scan_next(&scan)) {
		arena_reset(&engine->read_arena);
		err = journal_parse(scan.value, &engine->read_arena, &entry);
		if (!err && is_common(l, &entry))
			common = (uint64_t)entry.record.seq;
		else if (!err)
			err = note_erasure(l, &entry.record);
		l->unread += err == ERR_CORRUPT;
	}
	scan_end(&scan);
	l->other = common < engine->journal.seq;
	return err == ERR_NO_MEMORY ? err : ERR_OK;
}

static enum err look_at_keys(struct looking *l)
{
	struct engine *engine = l->engine;
	struct person_row row;
	struct scan scan;

	scan_begin(&scan, l->old, CORE_PERSONS, SCAN_UP, BYTES_NONE, BYTES_NONE);
	while (scan_next(&scan)) {
		arena_reset(&engine->read_arena);
		enum err err = row_decode(&scan, schema_person_row(), &engine->read_arena, &row);
		l->unread += err != ERR_OK;
		if (err || row.slot)
			continue;
		struct gone *gone = arena_alloc(&engine->arena, sizeof(*gone));
		if (!gone)
			return ERR_NO_MEMORY;
		*gone = (struct gone){.next = l->gone, .key.n = scan.key.n};
		memcpy(gone->key.b, scan.key.p, scan.key.n);
		l->gone = gone;
	}
	scan_end(&scan);
	return ERR_OK;
}

static enum err look(struct looking *l, struct store *store)
{
	struct engine *engine = l->engine;

	/* copies of what is read there go into no arena of this transaction's */
	enum err err = store_begin(store, STORE_READ, &engine->read_arena, &l->old);
	if (err)
		return err;
	err = look_at_journal(l);
	if (!err)
		err = look_at_keys(l);
	if (!err && store_error(l->old))
		l->unread++;
	store_abort(l->old);
	return err;
}

/* ---- repeating it ---------------------------------------------------------------------------- */

static void repeat(struct looking *l, const struct erasure *erasure)
{
	struct engine *engine = l->engine;
	const struct actor actor = {
		.role = text_of(NODE_ROLE), .id = text_of(engine->options.node)};
	struct person_erased again = {.person = erasure->person, .decided_by = erasure->decided_by};
	const struct emitted emitted = {
		.schema = schema_person_erased(), .entity = erasure->entity, .fields = &again};
	int64_t now = clock_now(&engine->options.clock);

	engine_append(engine, l->txn, &emitted,
		&(struct append){now, erasure->at < now ? erasure->at : now, false, &actor, NULL});
}

/* No record says who decided it. */
static void repeat_unsaid(struct looking *l, const uint8_t *person, struct text by)
{
	struct erasure erasure = {.decided_by = by, .at = clock_now(&l->engine->options.clock)};

	memcpy(erasure.person.b, person, sizeof(erasure.person.b));
	erasure.entity = erasure.person;
	repeat(l, &erasure);
}

static bool is_gone_here(struct looking *l, const struct key *key, bool *ret_there)
{
	struct arena *arena = &l->engine->arena;
	struct arena_mark mark = arena_mark(arena);
	struct person_row row = {0};

	*ret_there = row_get(l->txn, CORE_PERSONS, key, schema_person_row(), arena, &row);
	arena_release(arena, &mark);
	return *ret_there && row.slot == 0;
}

static bool has_scope(const struct key *key, const char *scope, struct uuid *ret_person)
{
	size_t n = strlen(scope) + 1;

	if (key->n != n + sizeof(ret_person->b) || memcmp(key->b, scope, n) != 0)
		return false;
	memcpy(ret_person->b, key->b + n, sizeof(ret_person->b));
	return true;
}

/* Of the own facts what was never sealed here needs no event: the journal of before told of it. */
static void repeat_gone(struct looking *l, const struct key *key, struct text by)
{
	struct engine *engine = l->engine;
	struct uuid person;
	bool there;

	if (is_gone_here(l, key, &there))
		return;
	if (has_scope(key, SCOPE_OWN, &person)) {
		if (there)
			repeat_unsaid(l, person.b, by);
	} else if (has_scope(key, SCOPE_AUDIT, &person))
		engine_erase(engine, l->txn, SCOPE_AUDIT, person);
	for (size_t i = 0; i < engine->options.n_owners; i++) {
		struct taking taking = {
			.engine = engine, .txn = l->txn, .owner = &engine->owners[i]};
		if (!has_scope(key, engine->owners[i].name, &person))
			continue;
		engine_erase(engine, l->txn, engine->owners[i].name, person);
		engine_erase_aside(&taking, person);
	}
}

/* For a database that cannot be read: a key that is destroyed in the keyring of before. */
static void repeat_destroyed(struct looking *l, struct keyring *old, struct text by)
{
	struct engine *engine = l->engine;
	struct key own = {0};
	struct person_row row;
	struct scan scan;

	key_add_text(&own, SCOPE_OWN, strlen(SCOPE_OWN));
	scan_begin(&scan, l->txn, CORE_PERSONS, SCAN_UP, key_bytes(&own), BYTES_NONE);
	while (scan_next(&scan)) {
		uint8_t person[sizeof(struct uuid)];
		if (scan.key.n != own.n + sizeof(person) ||
			row_decode(&scan, schema_person_row(), &engine->read_arena, &row) ||
			row.slot == 0 || (uint32_t)row.slot > keyring_slots(old))
			continue;
		memcpy(person, scan.key.p + own.n, sizeof(person));
		if (keyring_destroyed(old, (uint32_t)row.slot))
			repeat_unsaid(l, person, by);
	}
	scan_end(&scan);
}

/* ---- all of it ------------------------------------------------------------------------------- */

enum err engine_begin_restored(
	struct engine *engine, const struct node_restored *why, const struct engine_before *before)
{
	struct looking l = {.engine = engine};
	struct node_restored event = *why;

	arena_reset(&engine->arena);
	arena_reset(&engine->read_arena);
	enum err err = store_begin(engine->options.store, STORE_WRITE, &engine->arena, &l.txn);
	if (err)
		return err;
	if (before->store)
		err = look(&l, before->store);
	if (err)
		store_fail(l.txn, err);
	if (l.unread)
		event.unread = text_of("some of its records or rows are not as they were written");
	engine_append_epoch(engine, l.txn, &event);
	for (const struct erasure *at = l.erasures; at; at = at->next)
		repeat(&l, at);
	for (const struct gone *at = l.gone; at; at = at->next)
		repeat_gone(&l, &at->key, why->by);
	if (before->keyring && !l.other)
		repeat_destroyed(&l, before->keyring, why->by);
	return engine_end(engine, l.txn);
}

static bool is_begin(struct restored *ret, const struct record *record, struct arena *arena)
{
	struct node_restored event;

	ret->erased_again += text_is(record->type, schema_person_erased()->head->name);
	if (!text_is(record->type, schema_node_restored()->head->name) ||
		schema_decode(schema_node_restored(), text_bytes(record->fields), PACK_SEALED,
			arena, &event, NULL))
		return false;
	ret->head = (uint64_t)event.head;
	ret->unread = event.unread;
	return true;
}

enum err engine_restored(struct engine *engine, struct arena *arena, struct restored *ret)
{
	struct restored found = {0};
	struct journal_entry entry;
	struct scan scan;
	struct txn *txn;
	bool begin = false;

	*ret = (struct restored){.head = engine->journal.seq};
	arena_reset(&engine->read_arena);
	enum err err = store_begin(engine->options.store, STORE_READ, &engine->read_arena, &txn);
	if (err)
		return err;
	scan_begin(&scan, txn, CORE_JOURNAL, SCAN_DOWN, BYTES_NONE, BYTES_NONE);
	while (!err && !begin && scan_next(&scan)) {
		arena_reset(&engine->read_arena);
		err = journal_parse(scan.value, &engine->read_arena, &entry);
		if (err || (uint64_t)entry.record.epoch != engine->journal.epoch)
			break;
		begin = is_begin(&found, &entry.record, arena);
	}
	scan_end(&scan);
	store_abort(txn);
	if (begin)
		*ret = found;
	return err;
}
