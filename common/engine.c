/* The engine's life: which trees it has, what it keeps in memory of them, commit, rebuild and
 * digests. Touches the disk through store.h only. */
#include "common/engine.h"

#include <sodium.h>
#include <stdlib.h>
#include <string.h>

#include "common/engine_private.h"

static const struct tree core_trees[] = {
	[CORE_JOURNAL] = {"journal", TREE_GROWING},
	[CORE_META] = {"meta", 0},
	[CORE_REPLIES] = {"replies", TREE_GROWING},
	[CORE_IMPORTS] = {"imports", TREE_GROWING},
	[CORE_FOLLOWERS] = {"followers", 0},
	[CORE_CURSORS] = {"cursors", 0},
	[CORE_QUARANTINE] = {"quarantine", 0},
	[CORE_ENTITIES] = {"quarantine_of", 0},
	[CORE_UNREACTED] = {"unreacted", 0},
	[CORE_DROPPED] = {"own/dropped", 0},
	[CORE_ERASURES] = {"own/erasures", 0},
	[CORE_PAUSES] = {"own/pauses", 0},
	[CORE_TAKING] = {"taking", 0},
	[CORE_PERSONS] = {"persons", TREE_GROWING},
	[CORE_ERASING] = {"erasing", 0},
	[CORE_AUDIT] = {"audit", TREE_GROWING},
	[CORE_AUDIT_OF] = {"audit_of", 0},
	[CORE_DEADLINES] = {"own/deadlines", TREE_GROWING},
	[CORE_DEADLINE_OF] = {"own/deadline_of", 0},
};

/* ---- trees ----------------------------------------------------------------------------------- */

static bool add_tree(struct tree *tree, const char *owner, const struct service_tree *of)
{
	char *name = NULL;
	int n = owner ? asprintf(&name, "replica/%s/%s", owner, of->name)
		      : asprintf(&name, "own/%s", of->name);

	*tree = (struct tree){n < 0 ? NULL : name, of->flags};
	return n >= 0;
}

struct tree *engine_trees(const struct engine_options *options, size_t *ret_n)
{
	const struct service *service = options->service;
	size_t n = CORE_TREES + service->n_own_trees + options->n_owners * service->n_replica_trees;
	struct tree *trees = calloc(n, sizeof(*trees));
	struct tree *at = trees;
	bool good = trees != NULL;

	for (size_t i = 0; good && i < CORE_TREES; i++, at++) {
		*at = (struct tree){strdup(core_trees[i].name), core_trees[i].flags};
		good = at->name != NULL;
	}
	for (size_t i = 0; good && i < service->n_own_trees; i++)
		good = add_tree(at++, NULL, &service->own_trees[i]);
	for (size_t o = 0; good && o < options->n_owners; o++)
		for (size_t i = 0; good && i < service->n_replica_trees; i++)
			good = add_tree(at++, options->owners[o].name, &service->replica_trees[i]);
	if (!good) {
		engine_trees_free(trees, n);
		return NULL;
	}
	*ret_n = n;
	return trees;
}

void engine_trees_free(struct tree *trees, size_t n)
{
	char *name;

	for (size_t i = 0; trees && i < n; i++) {
		memcpy(&name, &trees[i].name, sizeof(name));
		free(name);
	}
	free(trees);
}

const char *engine_tree_name(const struct engine *engine, unsigned tree)
{
	return tree < engine->n_trees ? engine->trees[tree].name : "?";
}

/* ---- what is kept in memory ------------------------------------------------------------------ */

static struct key name_key(const char *name)
{
	struct key key = {0};

	key_add_text(&key, name, strlen(name));
	return key;
}

/* The rows are few, and one that is there under a wrong name would be missed. */
static void check_meta(struct txn *txn)
{
	struct scan scan;

	scan_begin(&scan, txn, CORE_META, SCAN_UP, BYTES_NONE, BYTES_NONE);
	while (scan_next(&scan)) {
		enum err err = row_check(txn, CORE_META, scan.key, scan.value);
		if (err)
			store_fail(txn, err);
	}
	scan_end(&scan);
}

static void reload_meta(struct engine *engine, struct txn *txn)
{
	struct key slot = name_key(NEXT_SLOT);
	struct number_row row;

	check_meta(txn);
	engine_load_scrub(engine, txn);
	engine_load_backup(engine, txn);
	engine->requests_slot = 0;
	engine->next_slot = 1;
	engine->next_slot_dirty = false;
	if (row_get(txn, CORE_META, &slot, schema_number_row(), &engine->read_arena, &row))
		engine->next_slot = (uint64_t)row.n;
}

/* Addressed follows from the journal, so it is what was committed; the rest follows from what the
 * follower said, so it stays true when a transaction is given up. A row of another role counted
 * other records. */
static void reload_follower(struct engine *engine, struct txn *txn, struct follower *follower)
{
	struct key key = name_key(follower->name);
	struct follower_row stored = {0}, *row = &follower->row;

	follower->uncounted = !row_get(txn, CORE_FOLLOWERS, &key, schema_follower_row(),
				      &engine->read_arena, &stored) ||
			      stored.role != follower->role;
	if (follower->uncounted)
		stored = (struct follower_row){.role = follower->role};
	if (follower->loaded)
		row->addressed = stored.addressed;
	else
		*row = stored;
	follower->dirty |= follower->uncounted;
	follower->loaded = true;
}

static void reload_owner(struct engine *engine, struct txn *txn, struct owner *owner)
{
	struct key key = name_key(owner->name);

	owner->row = (struct cursor_row){0};
	owner->mark = (struct taking_row){0};
	memset(owner->hash, 0, sizeof(owner->hash));
	row_get(txn, CORE_TAKING, &key, schema_taking_row(), &engine->read_arena, &owner->mark);
	row_get(txn, CORE_CURSORS, &key, schema_cursor_row(), &engine->read_arena, &owner->row);
	if (owner->row.hash.n != sizeof(owner->hash)) {
		owner->row.hash = TEXT_NONE;
		return;
	}
	memcpy(owner->hash, owner->row.hash.p, sizeof(owner->hash));
	owner->row.hash.p = (char *)owner->hash;
}

void engine_shows_door(struct engine *engine, struct door_line *door)
{
	engine->door = door;
}

bool engine_may_have(const struct follower *follower, const struct record *record)
{
	if ((uint64_t)record->audience & follower->role)
		return true;
	for (size_t i = 0; i < record->grants.n; i++)
		if (text_is(record->grants.at[i].to, follower->name))
			return true;
	return false;
}

/* A follower that was never seen before: walks the journal once. */
static enum err count_addressed(struct engine *engine, struct txn *txn, struct follower *follower)
{
	struct journal_entry entry;
	struct scan scan;
	enum err err = ERR_OK;

	scan_begin(&scan, txn, CORE_JOURNAL, SCAN_UP, BYTES_NONE, BYTES_NONE);
	while (!err && scan_next(&scan)) {
		arena_reset(&engine->read_arena);
		err = journal_parse(scan.value, &engine->read_arena, &entry);
		if (!err)
			follower->row.addressed += engine_may_have(follower, &entry.record);
		if (err == ERR_CORRUPT) { /* whose it was is not known; nobody gets past it */
			engine_met_corrupt(engine, "journal");
			err = ERR_OK;
		}
	}
	scan_end(&scan);
	return err;
}

enum err engine_reload(struct engine *engine)
{
	struct txn *txn;

	arena_reset(&engine->read_arena);
	enum err err = store_begin(engine->options.store, STORE_READ, &engine->read_arena, &txn);
	if (err)
		return err;
	err = journal_load(&engine->journal, txn);
	if (!err)
		err = journal_load(&engine->audit, txn);
	reload_meta(engine, txn);
	for (size_t i = 0; i < engine->options.n_owners; i++)
		reload_owner(engine, txn, &engine->owners[i]);
	for (size_t i = 0; !err && i < engine->options.n_followers; i++) {
		struct follower *follower = &engine->followers[i];
		reload_follower(engine, txn, follower);
		if (follower->uncounted)
			err = count_addressed(engine, txn, follower);
	}
	if (!err)
		err = store_error(txn);
	store_abort(txn);
	return err;
}

enum err engine_add_follower(struct engine *engine, const struct engine_peer *peer)
{
	size_t n = engine->options.n_followers;
	struct follower *grown = realloc(engine->followers, (n + 2) * sizeof(*grown));
	struct txn *txn;

	if (!grown)
		return ERR_NO_MEMORY;
	engine->followers = grown;
	grown[n] = (struct follower){.name = peer->name, .role = peer->role};
	arena_reset(&engine->read_arena);
	enum err err = engine_new_watch(engine, &grown[n]);
	if (!err)
		err = store_begin(engine->options.store, STORE_READ, &engine->read_arena, &txn);
	if (err) {
		free(grown[n].watch);
		return err;
	}
	reload_follower(engine, txn, &grown[n]);
	if (grown[n].uncounted)
		err = count_addressed(engine, txn, &grown[n]);
	if (!err)
		err = store_error(txn);
	store_abort(txn);
	if (err)
		free(grown[n].watch);
	else
		engine->options.n_followers++;
	return err;
}

static bool knows_follower(const struct engine *engine, struct bytes name)
{
	for (size_t i = 0; i < engine->options.n_followers; i++) {
		struct key key = name_key(engine->followers[i].name);
		if (bytes_equal(name, key_bytes(&key)))
			return true;
	}
	return false;
}

/* Nobody counts on for followers that are not in the settings: should they come back, they are
 * counted anew. Mostly there are none, so looking comes first. */
static enum err forget_strangers(struct engine *engine, enum store_mode mode)
{
	struct scan scan;
	struct txn *txn;
	size_t n = 0;

	arena_reset(&engine->read_arena);
	enum err err = store_begin(engine->options.store, mode, &engine->read_arena, &txn);
	if (err)
		return err;
	scan_begin(&scan, txn, CORE_FOLLOWERS, SCAN_UP, BYTES_NONE, BYTES_NONE);
	while (scan_next(&scan))
		if (!knows_follower(engine, scan.key)) {
			if (mode == STORE_WRITE)
				store_delete(txn, CORE_FOLLOWERS, scan.key);
			n++;
		}
	scan_end(&scan);
	err = store_commit(txn);
	return !err && n && mode == STORE_READ ? forget_strangers(engine, STORE_WRITE) : err;
}

/* ---- life ------------------------------------------------------------------------------------ */

static enum err allocate(struct engine *engine)
{
	const struct engine_options *options = &engine->options;

	engine->trees = engine_trees(options, &engine->n_trees);
	engine->followers = calloc(options->n_followers + 1, sizeof(*engine->followers));
	engine->owners = calloc(options->n_owners + 1, sizeof(*engine->owners));
	if (!engine->trees || !engine->followers || !engine->owners)
		return ERR_NO_MEMORY;
	for (size_t i = 0; i < options->n_followers; i++)
		engine->followers[i] = (struct follower){
			.name = options->followers[i].name, .role = options->followers[i].role};
	for (size_t i = 0; i < options->n_owners; i++)
		engine->owners[i] = (struct owner){.name = options->owners[i].name,
			.role = options->owners[i].role,
			.first_tree = (unsigned)(CORE_TREES + options->service->n_own_trees +
						 i * options->service->n_replica_trees)};
	return engine_new_watches(engine);
}

/* What the last process left undone. */
static enum err mend(struct engine *engine)
{
	enum err err = forget_strangers(engine, STORE_READ);

	if (!err || err == ERR_FULL)
		err = engine_note_start(engine);
	if (err == ERR_FULL) { /* how the last stop was is not known */
		engine->careful = CAREFUL_RECORDS;
		err = ERR_OK;
	}
	if (!err)
		err = engine_finish_erasing(engine);
	if (!err && engine->options.restored)
		err = engine_settle_erased(engine);
	if (!err)
		err = engine_check_keys(engine);
	if (!err)
		err = keyring_mend(engine->options.keyring, (uint32_t)engine->next_slot);
	if (!err)
		err = engine_spare_keys(engine);
	/* those that are there may do; who needs more is told */
	return err == ERR_FULL ? ERR_OK : err;
}

enum err engine_open(
	const struct engine_options *options, struct engine **ret, struct reason *reason)
{
	struct engine *engine = calloc(1, sizeof(*engine));

	*ret = NULL;
	if (!engine)
		return reason_set(reason, ERR_NO_MEMORY, "", "out of memory");
	engine->options = *options;
	engine->service = options->service;
	journal_init(&engine->journal, CORE_JOURNAL);
	journal_init(&engine->audit, CORE_AUDIT);
	arena_init(&engine->audit_arena, AUDIT_ARENA_BYTES);
	arena_init(&engine->arena, TURN_ARENA_BYTES);
	arena_init(&engine->read_arena, READ_ARENA_BYTES);
	buffer_init(&engine->scratch, (size_t)128 * 1024);
	buffer_init(&engine->item, (size_t)128 * 1024);
	enum err err = allocate(engine);
	if (!err)
		err = engine_reload(engine);
	engine_measure(engine);
	if (!err && !options->look_only)
		err = mend(engine);
	if (err) {
		engine_close(engine);
		return reason_set(reason, err, "", "the node's state cannot be loaded: %s",
			err_sentence(err));
	}
	*ret = engine;
	return ERR_OK;
}

void engine_close(struct engine *engine)
{
	if (!engine)
		return;
	journal_done(&engine->journal);
	journal_done(&engine->audit);
	arena_done(&engine->audit_arena);
	arena_done(&engine->arena);
	arena_done(&engine->read_arena);
	buffer_done(&engine->scratch);
	buffer_done(&engine->item);
	engine_trees_free(engine->trees, engine->n_trees);
	engine_free_watches(engine);
	free(engine->followers);
	free(engine->owners);
	free(engine);
}

const struct apply_row *engine_apply_row(const struct engine *engine, struct text type)
{
	for (size_t i = 0; i < engine->service->n_applies; i++)
		if (text_is(type, engine->service->applies[i].type()->head->name))
			return &engine->service->applies[i];
	return NULL;
}

/* ---- commit ---------------------------------------------------------------------------------- */

static void write_dirty(struct engine *engine, struct txn *txn)
{
	if (engine->next_slot_dirty) {
		struct key key = name_key(NEXT_SLOT);
		row_put(txn, CORE_META, &key, schema_number_row(),
			&(struct number_row){(int64_t)engine->next_slot});
	}
	for (size_t i = 0; i < engine->options.n_followers; i++) {
		struct follower *follower = &engine->followers[i];
		struct key key = name_key(follower->name);
		if (follower->dirty)
			row_put(txn, CORE_FOLLOWERS, &key, schema_follower_row(), &follower->row);
	}
}

enum err engine_commit(struct engine *engine, struct txn *txn)
{
	write_dirty(engine, txn);
	enum err err = store_commit(txn);
	if (err)
		return err;
	engine->next_slot_dirty = false;
	for (size_t i = 0; i < engine->options.n_followers; i++)
		engine->followers[i].dirty = false;
	return engine->erasing ? engine_finish_erasing(engine) : ERR_OK;
}

/* ---- rebuild and verify --------------------------------------------------------------------- */

enum err engine_refold_all(
	struct engine *engine, struct txn *from, struct txn *into, uint64_t *ret_seq)
{
	struct journal_entry entry;
	struct scan scan;
	enum err err = ERR_OK;

	scan_begin(&scan, from, CORE_JOURNAL, SCAN_UP, BYTES_NONE, BYTES_NONE);
	for (*ret_seq = 1; !err && scan_next(&scan); ++*ret_seq) {
		arena_reset(&engine->arena);
		err = journal_parse(scan.value, &engine->arena, &entry);
		if (!err)
			err = engine_refold(engine, into, &entry.record);
		if (!err)
			err = store_error(into);
	}
	scan_end(&scan);
	*ret_seq -= 1;
	return err ? err : store_error(from);
}

enum err engine_rebuild_own(struct engine *engine)
{
	struct txn *txn;
	uint64_t seq;

	arena_reset(&engine->arena);
	enum err err = store_begin(engine->options.store, STORE_WRITE, &engine->arena, &txn);
	if (err)
		return err;
	store_clear(txn, CORE_DEADLINES);
	store_clear(txn, CORE_DEADLINE_OF);
	store_clear(txn, CORE_DROPPED);
	store_clear(txn, CORE_ERASURES);
	store_clear(txn, CORE_PAUSES);
	for (size_t i = 0; i < engine->service->n_own_trees; i++)
		store_clear(txn, (unsigned)(CORE_TREES + i));
	err = engine_refold_all(engine, txn, txn, &seq);
	if (err) {
		store_abort(txn);
		return err;
	}
	return engine_commit(engine, txn);
}

enum err engine_verify(struct engine *engine, uint64_t *ret_bad)
{
	struct arena arena;
	struct txn *txn;

	arena_init(&arena, READ_ARENA_BYTES);
	enum err err = store_begin(engine->options.store, STORE_READ, &engine->read_arena, &txn);
	if (!err) {
		err = journal_verify(&engine->journal, txn, &arena, ret_bad);
		store_abort(txn);
	}
	arena_done(&arena);
	return err;
}
