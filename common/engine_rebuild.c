/* A node anew from its journal alone (engine.h): what else its store held is worked out of the
 * journal, or follows from the other nodes again. Touches the disk through store.h and the keyring.
 */
#include <string.h>

#include "common/engine_private.h"

enum { RECORDS_A_COMMIT = 10000 };

/* ---- the journal ----------------------------------------------------------------------------- */

static enum err copy_some(
	struct store *store, struct journal_file *file, struct arena *arena, struct reason *reason)
{
	struct journal_entry entry;
	enum err err = ERR_OK;
	struct txn *txn;

	arena_reset(arena);
	enum err begun = store_begin(store, STORE_WRITE, arena, &txn);
	if (begun)
		return reason_set(reason, begun, "", "the store cannot be written");
	for (unsigned n = 0; !err && n < RECORDS_A_COMMIT; n++) {
		err = journal_file_next(file, &entry, reason);
		if (err)
			break;
		struct key key = {0};
		key_add_u64(&key, (uint64_t)entry.record.seq);
		store_put(txn, CORE_JOURNAL, key_bytes(&key), entry.value);
	}
	if (err && err != ERR_NOT_FOUND) {
		store_abort(txn);
		return err;
	}
	enum err written = store_commit(txn);
	return written ? reason_set(reason, written, "", "the store cannot be written") : err;
}

/* All data keys that there are have been used, or may have been. */
static enum err put_next_slot(const struct engine_options *options, struct arena *arena)
{
	struct number_row row = {(int64_t)keyring_slots(options->keyring) + 1};
	struct key key = {0};
	struct txn *txn;

	key_add_text(&key, NEXT_SLOT, strlen(NEXT_SLOT));
	enum err err = store_begin(options->store, STORE_WRITE, arena, &txn);
	if (err)
		return err;
	row_put(txn, CORE_META, &key, schema_number_row(), &row);
	return store_commit(txn);
}

static enum err copy_journal(
	const struct engine_options *options, struct journal_file *file, struct reason *reason)
{
	struct arena arena;
	enum err err = ERR_OK;

	if (strcmp(journal_file_owner(file), options->node) != 0)
		return reason_set(reason, ERR_INVALID, "", "it is the journal of %s, not of %s",
			journal_file_owner(file), options->node);
	arena_init(&arena, READ_ARENA_BYTES);
	while (!err)
		err = copy_some(options->store, file, &arena, reason);
	if (err == ERR_NOT_FOUND) {
		err = put_next_slot(options, &arena);
		if (err)
			err = reason_set(reason, err, "", "the store cannot be written");
	}
	arena_done(&arena);
	return err;
}

/* ---- what follows from it -------------------------------------------------------------------- */

struct recovery {
	struct engine *engine;
	struct txn *txn;
	struct noted_keys keys;
};

static struct owner *find_owner(struct engine *engine, struct text name)
{
	for (size_t i = 0; i < engine->options.n_owners; i++)
		if (text_is(name, engine->owners[i].name))
			return &engine->owners[i];
	return NULL;
}

static void reacted_to(struct owner *owner, int64_t epoch, int64_t seq)
{
	if (owner && engine_is_new(owner, (uint64_t)epoch, (uint64_t)seq)) {
		owner->row.reacted = seq;
		owner->row.reacted_epoch = epoch;
	}
}

/* A record of another node that led to one of ours was passed here, with all before it; so was what
 * had been received when the replica was forgotten, unless it was to be reacted to again. */
static void note_reactions(
	struct recovery *r, const struct record *record, const struct stored_event *event)
{
	const struct replica_forgotten *forgotten = event->fields;

	if (record->cause)
		reacted_to(find_owner(r->engine, record->cause->node), record->cause->epoch,
			record->cause->seq);
	if (event->schema != schema_replica_forgotten())
		return;
	struct owner *owner = find_owner(r->engine, forgotten->owner);
	if (owner && forgotten->react_from)
		owner->row = (struct cursor_row){.reacted = forgotten->react_from - 1};
	else if (forgotten->through)
		reacted_to(owner, forgotten->epoch, forgotten->through);
}

static void note_erasure(struct recovery *r, const struct stored_event *event)
{
	const struct person_erased *erased = event->fields;

	if (event->schema == schema_person_erased())
		engine_erase(r->engine, r->txn, SCOPE_OWN, erased->person);
}

static enum err recover_record(struct recovery *r, struct bytes value)
{
	struct engine *engine = r->engine;
	struct seal_context seal = {
		.engine = engine, .txn = r->txn, .arena = &engine->arena, .scope = SCOPE_OWN};
	struct journal_entry entry;
	struct stored_event event;

	arena_reset(&engine->arena);
	enum err err = journal_parse(value, &engine->arena, &entry);
	if (!err)
		err = engine_decode_event(engine, &entry.record, &engine->arena, &event);
	if (!err)
		err = engine_note_persons(&seal, &event, &r->keys);
	if (err)
		return err;
	note_reactions(r, &entry.record, &event);
	note_erasure(r, &event);
	return store_error(r->txn);
}

static void put_cursors(struct recovery *r)
{
	for (size_t i = 0; i < r->engine->options.n_owners; i++)
		engine_put_cursor(&(struct taking){
			.engine = r->engine, .txn = r->txn, .owner = &r->engine->owners[i]});
}

static enum err recover_all(struct recovery *r)
{
	struct scan scan;
	enum err err = ERR_OK;

	scan_begin(&scan, r->txn, CORE_JOURNAL, SCAN_UP, BYTES_NONE, BYTES_NONE);
	while (!err && scan_next(&scan))
		err = recover_record(r, scan.value);
	scan_end(&scan);
	if (err)
		return err;
	put_cursors(r);
	/* what the others sealed is gone: replicas and quarantine come again, under new ones */
	return engine_drop_other_keys(r->engine, r->txn, &r->keys);
}

static enum err recover(struct engine *engine, uint64_t *ret_missing)
{
	enum { KEYS = 64 * 1024 * 1024 };
	struct recovery r = {.engine = engine};

	buffer_init(&r.keys.used, KEYS);
	enum err err = store_begin(engine->options.store, STORE_WRITE, &engine->arena, &r.txn);
	if (!err) {
		err = recover_all(&r);
		if (err)
			store_fail(r.txn, err);
		err = engine_end(engine, r.txn);
	}
	*ret_missing = r.keys.missing;
	buffer_done(&r.keys.used);
	return err;
}

enum err engine_rebuild(const struct rebuilding *from, struct rebuilt *ret, struct reason *reason)
{
	struct engine *engine;

	*ret = (struct rebuilt){0};
	enum err err = copy_journal(from->options, from->file, reason);

	if (!err)
		err = engine_open(from->options, &engine, reason);
	if (err)
		return err;
	err = recover(engine, &ret->missing);
	if (!err)
		err = engine_rebuild_own(engine);
	if (!err)
		err = engine_begin_epoch(engine, from->why);
	if (!err)
		err = engine_stop(engine);
	ret->head = engine->journal.seq;
	ret->epoch = engine->journal.epoch;
	engine_close(engine);
	return err ? reason_set(reason, err, "", "the journal cannot be made into state: %s",
			     err == ERR_UNKNOWN_TYPE ? "a later version of the program wrote in it"
						     : err_sentence(err))
		   : ERR_OK;
}
