/* Inside of the engine; for common/engine*.c and common/state.c only. */
#ifndef COMMON_ENGINE_PRIVATE_H
#define COMMON_ENGINE_PRIVATE_H

#include "common/engine.h"

enum core_tree {
	CORE_JOURNAL,
	CORE_META,
	CORE_REPLIES,     /* key, while it is young: reply_row */
	CORE_IMPORTS,     /* key of an imported line, for ever: reply_row */
	CORE_FOLLOWERS,   /* name: follower_row */
	CORE_CURSORS,     /* owner: cursor_row */
	CORE_QUARANTINE,  /* owner, seq: quarantine_row */
	CORE_PERSONS,     /* scope, person: person_row */
	CORE_ERASING,     /* slot: a data key that is to be destroyed */
	CORE_DEADLINES,   /* due, kind, entity */
	CORE_DEADLINE_OF, /* kind, entity: deadline_row */
	CORE_TREES
};

enum {
	TURN_ARENA_BYTES = 128 * 1024 * 1024,
	RECORD_ARENA_BYTES =
		16 * 1024 * 1024, /* each followed record, whatever else is in the turn */
	READ_ARENA_BYTES = 32 * 1024 * 1024
};

struct follower {
	const char *name;
	uint32_t role;
	struct follower_row row;
	bool loaded;    /* row holds what it acknowledged, be it committed or not */
	bool uncounted; /* the store has no row of it: addressed is to be counted */
	bool dirty;
	uint64_t oldest; /* the record that waited longest when that was last looked for */
};

struct owner {
	const char *name;
	uint32_t role;
	struct cursor_row row;
	uint8_t hash[HASH_BYTES];
	unsigned first_tree;
	int64_t heard_at; /* when it was last heard to have nothing that is not here; 0: not yet */
};

struct engine {
	struct engine_options options;
	const struct service *service;
	struct journal journal;
	struct follower *followers;
	struct owner *owners;
	uint64_t next_slot; /* of the keyring, not yet used */
	bool next_slot_dirty;
	struct arena arena;      /* of the turn */
	struct arena read_arena; /* of one record or row while walking */
	struct buffer scratch;   /* fields of one event */
	struct buffer item;      /* one record on its way to a follower */
	bool erasing;            /* there are data keys to be destroyed after the commit */
};

struct emitted {
	struct emitted *next;
	const struct schema *schema;
	struct uuid entity;
	void *fields;
	struct grant *grants;
	size_t n_grants;
};

/* The scope of person keys: own facts, or what one owner sent. */
#define SCOPE_OWN ""

/* state.c */
struct state engine_own_state(struct engine *engine, struct txn *txn, struct arena *arena);
void row_put(struct txn *txn, unsigned tree, const struct key *key, const struct schema *schema,
	const void *row);
bool row_get(struct txn *txn, unsigned tree, const struct key *key, const struct schema *schema,
	struct arena *arena, void *ret_row);
enum err row_decode(struct bytes value, const struct schema *schema, struct arena *arena,
	void *ret_row) MUST_USE;

/* engine.c */
enum err engine_reload(struct engine *engine) MUST_USE;
enum err engine_commit(struct engine *engine, struct txn *txn) MUST_USE;
const struct apply_row *engine_apply_row(const struct engine *engine, struct text type);
bool engine_may_have(const struct follower *follower, const struct record *record);

/* engine_persons.c: sealing with the keys of persons */
struct seal_context {
	struct engine *engine;
	struct txn *txn;
	struct arena *arena;
	struct seal_place place;
	const char *scope;
};
enum err engine_seal(struct seal_context *seal, const struct schema *schema, void *record) MUST_USE;
void engine_open_record(
	struct engine *engine, struct arena *arena, const struct schema *schema, void *record);
void engine_mask_record(const struct schema *schema, void *record, const char *mask);
/* The person's key in this scope is to be destroyed after the commit. */
void engine_erase(struct engine *engine, struct txn *txn, const char *scope, struct uuid person);
enum err engine_finish_erasing(struct engine *engine) MUST_USE;
enum err engine_spare_keys(struct engine *engine) MUST_USE;

/* engine_turn.c */
/* Nothing was committed and the disk did nothing wrong: another try without the culprit may
 * succeed. */
bool engine_may_try_again(enum err err);
struct stored_event {
	const struct schema *schema;
	void *fields; /* personal texts sealed */
};
/* The event in a record of the own journal. */
enum err engine_decode_event(struct engine *engine, const struct record *record,
	struct arena *arena, struct stored_event *ret) MUST_USE;
/* Applies a record of the own journal again. */
enum err engine_refold(
	struct engine *engine, struct txn *txn, const struct record *record) MUST_USE;

struct append {
	int64_t now;
	int64_t occurred_at;
	bool historical;
	const struct actor *actor;
	const struct cause *cause;
};
/* Seals, appends and applies what was emitted, in order. Errors stick to the transaction. */
void engine_append(struct engine *engine, struct txn *txn, const struct emitted *first,
	const struct append *how);
/* Commits what was done in a turn, or gives it up and forgets it. ERR_FULL and errors of the kind
 * that only a bug explains: nothing was committed and the engine is as before; ERR_SYSTEM: end at
 * once. */
enum err engine_end(struct engine *engine, struct txn *txn) MUST_USE;
void decision_begin(struct decision *d, struct engine *engine, struct txn *txn, struct bytes seed);

/* engine_take.c: applying batches; singly: one transaction a record, what fails is set aside */
void engine_take(struct engine *engine, struct txn *txn, struct batch *batch);
enum err engine_take_singly(struct engine *engine, struct batch *batch) MUST_USE;

/* engine_queries.c: what every node answers */
extern const struct query_row engine_queries[];
extern const size_t n_engine_queries;

#endif
