/* Inside of the engine; for common/engine*.c and common/state.c only. */
#ifndef COMMON_ENGINE_PRIVATE_H
#define COMMON_ENGINE_PRIVATE_H

#include "common/engine.h"
#include "common/latency.h"
#include "common/journal_file.h"

enum core_tree {
	CORE_JOURNAL,
	CORE_META,
	CORE_REPLIES,     /* key, while it is young: reply_row */
	CORE_IMPORTS,     /* key of an imported line, for ever: reply_row */
	CORE_FOLLOWERS,   /* name: follower_row */
	CORE_CURSORS,     /* owner: cursor_row */
	CORE_QUARANTINE,  /* owner, seq: quarantine_row */
	CORE_ENTITIES,    /* owner, entity, seq of what is in quarantine */
	CORE_UNREACTED,   /* owner, epoch, seq: was set aside when new, and not reacted to since */
	CORE_DROPPED,     /* owner, epoch, seq: an operator did; follows from the own journal */
	CORE_ERASURES,    /* person: erasure_row; follows from the own journal */
	CORE_PAUSES,      /* queue: pause_row; follows from the own journal */
	CORE_TAKING,      /* owner: taking_row */
	CORE_PERSONS,     /* scope, person: person_row */
	CORE_ERASING,     /* slot: a data key that is to be destroyed */
	CORE_AUDIT,       /* the audit log: a journal of its own (engine_audit.c) */
	CORE_AUDIT_OF,    /* person, seq of an entry of it */
	CORE_DEADLINES,   /* due, kind, entity */
	CORE_DEADLINE_OF, /* kind, entity: deadline_row */
	CORE_TREES
};

enum {
	TURN_ARENA_BYTES = 128 * 1024 * 1024,
	RECORD_ARENA_BYTES =
		16 * 1024 * 1024, /* each followed record, whatever else is in the turn */
	READ_ARENA_BYTES = 32 * 1024 * 1024,
	AUDIT_ARENA_BYTES = 8 * 1024 * 1024
};

struct follower {
	const char *name;
	uint32_t role;
	struct follower_row row;
	bool loaded;    /* row holds what it acknowledged, be it committed or not */
	bool uncounted; /* the store has no row of it: addressed is to be counted */
	bool dirty;
	uint64_t oldest; /* the record that waited longest when that was last looked for */
	struct link_watch *watch;
};

/* The last acknowledgements of a follower; from: of what it had before nothing is known. */
enum { DELIVERIES = 256, DELIVERY_LINES = 400 };
struct delivery {
	uint64_t through;
	int64_t at;
};
struct deliveries {
	struct delivery at[DELIVERIES];
	unsigned n, next;
	uint64_t from;
};

/* How records go to a follower. */
struct link_watch {
	struct deliveries deliveries;
	struct queue_watch queue;
	struct latency hops; /* ms from written to acknowledged */
	enum link_state state;
	int64_t since; /* steady ms */
};

struct owner {
	const char *name;
	uint32_t role;
	struct cursor_row row;
	uint8_t hash[HASH_BYTES];
	unsigned first_tree;
	int64_t heard_at; /* when it was last heard to have nothing that is not here; 0: not yet */
	struct taking_row mark;    /* seq 0: none */
	bool diverged;             /* engine_diverged */
	bool anew;                 /* engine_must_ask_anew */
	struct queue_watch *watch; /* of the quarantine */
};

struct engine {
	struct engine_options options;
	const struct service *service;
	struct journal journal;
	struct journal audit; /* no follower has it */
	struct tree *trees;
	size_t n_trees;
	struct follower *followers;
	struct owner *owners;
	struct queue_watch *queues; /* beside the service's */
	struct {
		int64_t since;  /* wall clock ms; 0: no sample yet */
		int64_t turned; /* steady ms: of latencies */
	} watching;
	uint64_t next_slot; /* of the keyring, not yet used */
	bool next_slot_dirty;
	struct arena arena;       /* of the turn */
	struct arena read_arena;  /* of one record or row while walking */
	struct arena audit_arena; /* what was read in the turn, until it is noted */
	struct buffer scratch;    /* fields of one event */
	struct buffer item;       /* one record on its way to a follower */
	uint32_t requests_slot;   /* of SCOPE_REQUESTS; 0: not looked up yet */
	bool erasing;             /* there are data keys to be destroyed after the commit */
	struct door_line *door;   /* the daemon's; NULL: none is watched */
	struct room room;
	size_t unmeasured; /* bytes that came in since the room was measured */
	unsigned careful;  /* so many records are still to be taken behind a mark */
	struct backup backup;
	struct backup_row last_backup; /* ended_at 0: none is known */
	struct corrupt corrupt;
	struct scrub {
		bool running, wanted, quick;
		int64_t began_at;
		struct check check;    /* the pass under way, or the last one */
		struct scrub_row last; /* how the last one ended */
	} scrub;
};

struct emitted {
	struct emitted *next;
	const struct schema *schema;
	struct uuid entity;
	void *fields;
	struct grant *grants;
	size_t n_grants;
};

/* In CORE_META: the first data key that was never used. */
#define NEXT_SLOT "next_slot"

/* The scope of person keys: own facts, or what one owner sent. */
#define SCOPE_OWN ""
/* Of what is kept of requests (engine_fingerprint); nobody's texts. */
#define SCOPE_REQUESTS "/requests"
/* Of what is said about reads; no node has such a name. */
#define SCOPE_AUDIT "/audit"

/* state.c */
struct state engine_own_state(struct engine *engine, struct txn *txn, struct arena *arena);
/* schema NULL: a key without a row. */
void row_put(struct txn *txn, unsigned tree, const struct key *key, const struct schema *schema,
	const void *row);
bool row_get(struct txn *txn, unsigned tree, const struct key *key, const struct schema *schema,
	struct arena *arena, void *ret_row);
bool row_has(struct txn *txn, unsigned tree, const struct key *key);
/* What a scan stands at; schema NULL: only its checksum. */
enum err row_decode(const struct scan *at, const struct schema *schema, struct arena *arena,
	void *ret_row) MUST_USE;
enum err row_check(
	const struct txn *txn, unsigned tree, struct bytes key, struct bytes value) MUST_USE;

/* engine.c */
/* "own/plan" */
const char *engine_tree_name(const struct engine *engine, unsigned tree);
/* Folds the whole own journal of one transaction into another one, which may be the same; *ret_seq
 * is how far that came. */
enum err engine_refold_all(
	struct engine *engine, struct txn *from, struct txn *into, uint64_t *ret_seq) MUST_USE;
enum err engine_reload(struct engine *engine) MUST_USE;
enum err engine_commit(struct engine *engine, struct txn *txn) MUST_USE;
const struct apply_row *engine_apply_row(const struct engine *engine, struct text type);
bool engine_may_have(const struct follower *follower, const struct record *record);

struct engine_call;

/* engine_persons.c: sealing with the keys of persons */
struct seal_context {
	struct engine *engine;
	struct txn *txn;
	struct arena *arena;
	struct seal_place place;
	const char *scope;
	struct uuid whose; /* the last text was, and slot its key: most are of one person */
	uint32_t slot;
};
enum err engine_seal(struct seal_context *seal, const struct schema *schema, void *record) MUST_USE;
void engine_open_record(
	struct engine *engine, struct arena *arena, const struct schema *schema, void *record);
/* Which data keys the own journal's texts are sealed with. */
struct noted_keys {
	struct buffer used; /* a byte for each key that is there: 1 when it seals something */
	uint32_t highest;   /* number of a key that sealed something */
	uint64_t missing;   /* texts whose key is not there */
};
struct stored_event;
/* Whose texts the event has, and under which keys: rows of CORE_PERSONS. ERR_CORRUPT: a number that
 * no key can have. */
enum err engine_note_persons(struct seal_context *seal, const struct stored_event *event,
	struct noted_keys *keys) MUST_USE;
/* All other data keys are to be destroyed after the commit; numbers that sealed something, and have
 * no key, are never given to another. */
enum err engine_drop_other_keys(
	struct engine *engine, struct txn *txn, struct noted_keys *keys) MUST_USE;
void engine_mask_record(const struct schema *schema, void *record, const char *mask);
/* Is there a key of that person in that scope, not destroyed? */
bool engine_has_key_of(struct txn *txn, struct arena *arena, const char *scope, struct uuid person);
/* What stands at rest for a request: its hash under a data key of the node, since a request holds
 * texts that could be tried one after the other against a bare hash. Errors stick to txn. */
void engine_fingerprint(struct engine *engine, struct txn *txn, const uint8_t hash[MAC_BYTES],
	uint8_t ret[MAC_BYTES]);
/* A data key that was never used. */
enum err engine_take_slot(struct engine *engine, uint32_t *ret) MUST_USE;
/* That data key is to be destroyed after the commit. */
void engine_drop_slot(struct engine *engine, struct txn *txn, uint32_t slot);
/* The person's key in this scope is to be destroyed after the commit. */
void engine_erase(struct engine *engine, struct txn *txn, const char *scope, struct uuid person);
enum err engine_finish_erasing(struct engine *engine) MUST_USE;
enum err engine_spare_keys(struct engine *engine) MUST_USE;
enum err engine_settle_erased(struct engine *engine) MUST_USE;
/* Every data key in use can be used. To be called when none is left to be destroyed. */
enum err engine_check_keys(struct engine *engine) MUST_USE;

/* engine_turn.c */
/* Nothing was committed and the disk did nothing wrong: another try without the culprit may
 * succeed. */
bool engine_may_try_again(enum err err);
struct stored_event {
	const struct schema *schema;
	void *fields; /* personal texts sealed */
};
/* The event in a record of the own journal. */
/* ERR_UNKNOWN_TYPE: a later version of the program wrote it; ERR_CORRUPT. */
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

/* Of a role of people; 0: there is none of that name. */
uint32_t engine_actor_bit(const struct service *service, struct text role);

/* What is worked out of a request before the transaction begins. */
enum { FINGERPRINT_BYTES = MAC_BYTES };
struct prepared {
	const struct command_row *command;
	const struct engine_command *admin;
	const struct query_row *query;
	void *body;
	uint8_t fingerprint[FINGERPRINT_BYTES];
};
/* True when the key is known: the answer is the stored one, or a refusal. */
bool engine_answer_again(struct engine *engine, struct txn *txn, const struct request *request,
	const struct prepared *prepared, struct answer *answer);
/* Encodes a reply into the answer's body. */
enum err engine_encode_reply(struct engine *engine, const struct schema *schema, const void *reply,
	struct answer *answer) MUST_USE;
/* Gives back everything since the mark but the answer's body. */
void engine_keep_answer(
	struct engine *engine, const struct arena_mark *mark, struct answer *answer);
/* Keeps the answer under the request's key; fingerprint: as at rest. */
void engine_remember(struct txn *txn, const struct request *request,
	const uint8_t fingerprint[FINGERPRINT_BYTES], const struct answer *answer);

/* engine_rights.c: may this client send this message, for this actor? ERR_DENIED, or ERR_INVALID
 * when it does not say for whom. */
enum err engine_check_rights(const struct engine *engine, const struct request *request,
	const struct schema_head *head, struct reason *reason) MUST_USE;
/* May the answer have personal fields open? */
bool engine_may_see_persons(const struct engine *engine, const struct request *request);

/* engine_ask.c: queries on what was committed; whose texts they open is noted before they leave */
enum err engine_answer_queries(
	struct engine *engine, const struct turn *turn, const struct prepared *prepared) MUST_USE;

/* engine_audit.c: the audit log (engine.h) */
struct read_note {
	struct read_note *next;
	const struct request *request;
	struct answer *answer;
	struct uuid about;
	struct uuid *persons;
	size_t n;
	struct text queue; /* a queue that was looked into */
};
struct reads {
	struct engine *engine;
	struct read_note *first, *last;
};
/* An answer to a query on its way to somebody. */
struct read {
	const struct request *request;
	struct answer *answer;
	const struct schema *query;
	const void *body;
	void *open;        /* the reply, its personal texts open; NULL: they are not */
	struct uuid also;  /* a person besides those whose texts it holds; nil: none */
	struct text queue; /* that was looked into; absent: none */
};
/* Notes whose texts it holds, if anybody's. Otherwise than ERR_OK the answer is a refusal. */
enum err engine_note_read(struct reads *reads, const struct read *read) MUST_USE;
/* Commits what was noted. ERR_SYSTEM: end at once. When there is no room, the answers that were
 * noted are refusals; other errors too. */
enum err engine_commit_reads(struct reads *reads) MUST_USE;
enum err engine_show_audit(struct question *q, const void *query, void *ret_reply);
enum err engine_list_peeks(struct question *q, const void *query, void *ret_reply);
enum err engine_verify_audit(struct question *q, const void *query, void *ret_reply);

/* engine_room.c */
void engine_measure(struct engine *engine);
/* Measures again when the turn, and those before it, brought in enough. */
void engine_measure_turn(struct engine *engine, const struct turn *turn);
/* ERR_BUSY with the reason unless there is room for it. */
enum err engine_check_room(const struct engine *engine, const struct request *request,
	const struct command_row *command, struct answer *answer) MUST_USE;

/* engine_erasures.c: until an erasure is complete (engine.h) */
#define DEADLINE_ERASURE "erasure"
/* Before it is appended: until when backups of keys are kept. */
void engine_date_erasure(const struct engine *engine, struct person_erased *erased, int64_t now);
/* person_erased, erasure_completed, erasure_delayed, applied. */
void engine_apply_erasure(struct fold *fold, const struct record *record, const void *event);
enum err engine_decide_erasure(struct decision *d, struct uuid person, int64_t due);
enum err engine_list_erasures(struct question *q, const void *query, void *ret_reply);

/* engine_peek.c: the queues of a node, and what lies in them */
struct queue_name {
	const struct queue_access *kind;
	struct text name; /* behind the stroke */
};
/* ERR_NOT_FOUND with the reason: there is no such queue here. */
enum err engine_find_queue(struct state *state, struct text queue, struct queue_name *ret,
	struct reason *reason) MUST_USE;
struct picking {
	const struct queue_filter *filter; /* NULL: every item */
	struct text after;
	enum mend_verb verb; /* none: only looked at */
	bool records;        /* with what they say, as JSON */
	size_t max;
};
struct picked {
	struct queue_item *at; /* max of them, in the engine's arena */
	size_t n, looked, bytes;
	struct text last; /* where to go on, when there may be more */
};
/* Items that are meant; no more are looked at than a turn has time for. */
enum err engine_pick(struct state *state, const struct queue_name *queue, const struct picking *how,
	struct picked *ret) MUST_USE;
enum err engine_peek_queue(struct question *q, const void *query, void *ret_reply);

/* engine_delivery.c: when single records were acknowledged, as long as that is remembered */
void engine_note_delivery(struct deliveries *d, uint64_t before, uint64_t through, int64_t at);
/* 0: it was not, or that is forgotten. */
int64_t engine_delivered_at(const struct deliveries *d, uint64_t seq);
enum err engine_show_delivery(struct question *q, const void *query, void *ret_reply);

/* engine_serve.c */
enum err engine_replay_journal(struct question *q, const void *query, void *ret_reply);
/* engine_digest.c: the row that the scan stands at as plain facts, into the scratch buffer; without
 * texts: no personal ones. */
enum row_texts { ROW_TEXTS, ROW_NO_TEXTS };
enum err engine_encode_row(struct engine *engine, const struct scan *at,
	const struct schema *schema, enum row_texts texts) MUST_USE;

/* engine_peek_work.c */
extern const struct queue_access engine_work_kind;

/* engine_mend.c: operators' verbs */
enum err engine_mend_queue(struct engine_call *call) MUST_USE;
/* One item more in the answer; its texts must live as long as that. */
void engine_tell_mended(struct engine_call *call, const struct mended_item *item);

/* engine_pause.c: queues that stand still because an operator wants them to */
#define DEADLINE_PAUSE "pause"
bool engine_paused(struct engine *engine, struct txn *txn, const char *kind, const char *name);
/* The pause of a queue that holds now. */
bool engine_find_pause(
	struct engine *engine, struct txn *txn, struct text queue, struct pause_row *ret);
/* queue_paused, queue_resumed, applied. */
void engine_apply_pause(struct fold *fold, const struct record *record, const void *event);
enum err engine_decide_pause(struct decision *d, struct uuid entity, int64_t due);
enum err engine_pause_queue(struct engine_call *call) MUST_USE;
enum err engine_resume_queue(struct engine_call *call) MUST_USE;
enum err engine_list_pauses(struct question *q, const void *query, void *ret_reply);

/* engine_take.c: applying batches; singly: one transaction a record, what fails is set aside */
struct taking {
	struct engine *engine;
	struct txn *txn;
	struct owner *owner;
	uint64_t epoch;       /* of the record under way */
	struct reason reason; /* why the last record could not be applied */
	bool again;           /* out of quarantine: the cursor's time stays */
};
void engine_take(struct engine *engine, struct txn *txn, struct batch *batch);
enum err engine_take_singly(struct engine *engine, struct batch *batch) MUST_USE;
/* The frame of a record; ERR_INVALID or ERR_LIMIT with the reason when it cannot be read. */
enum err engine_read_frame(
	struct taking *t, const struct batch_item *item, struct record *ret) MUST_USE;
/* What a followed type is decoded by; NULL: nobody here listens to it. */
const struct schema *engine_follow_schema(const struct engine *engine, struct text type);
/* Applies one record with its reaction. ERR_INVALID, ERR_LIMIT: it cannot be, nothing was done;
 * other errors stick to the transaction or are returned. */
enum err engine_apply_followed(struct taking *t, const struct record *record) MUST_USE;
/* A record that says that a person was erased destroys what is kept of them here, whether or not it
 * can be applied. */
void engine_heed_erasure(struct taking *t, const struct record *record);
void engine_put_cursor(struct taking *t);

/* engine_epoch.c: admin commands */
struct engine_call;
enum err engine_refollow(struct engine_call *call) MUST_USE;
enum err engine_run_begin_epoch(struct engine_call *call) MUST_USE;
/* The first record of a new epoch; head and epoch are filled in. */
void engine_append_epoch(struct engine *engine, struct txn *txn, struct node_restored *why);

/* engine_scrub.c: what is met while serving, and checking itself in the background */
void engine_met_corrupt(struct engine *engine, const char *where);
void engine_load_scrub(struct engine *engine, struct txn *txn);
/* engine_backup.c: keeps when the last one was made; after a turn, like the result of a scrub */
void engine_load_backup(struct engine *engine, struct txn *txn);
void engine_keep_backup(struct engine *engine);
/* A piece of the pass; true when the next one is to follow at once. */
bool engine_scrub_some(struct engine *engine);
enum err engine_start_scrub(struct engine_call *call) MUST_USE;
enum err engine_show_scrub(struct question *q, const void *query, void *ret_reply);

/* engine_backup.c: asking for a backup, and how far it is */
enum err engine_make_backup(struct engine_call *call) MUST_USE;
/* Asks the daemon for a copy; dir none: only to be checked. */
enum err engine_ask_copy(struct engine_call *call, struct text dir) MUST_USE;
enum err engine_show_backup(struct question *q, const void *query, void *ret_reply);

/* engine_stored.c: the same for an archive */
void engine_take_stored(struct engine *engine, struct txn *txn, struct batch *batch);
enum err engine_take_stored_alone(struct engine *engine, struct batch *batch) MUST_USE;

/* engine_aside_queue.c: the quarantine as a queue */
extern const struct queue_access engine_aside_kind;
/* Does the verb with the item, and tells each record that it touched. */
enum err engine_mend_aside(struct engine_call *call, const struct mending *how, struct text owner,
	struct text item) MUST_USE;
/* An item that is a number. */
bool engine_item_number(struct text item, uint64_t *ret);

/* engine_aside.c: the quarantine (engine.h) */
enum aside_reading { ASIDE_READ, ASIDE_UNREAD };
/* Sets the record aside for t->reason; ASIDE_UNREAD: without reading even its frame. */
void engine_set_aside(struct taking *t, const struct batch_item *item, enum aside_reading reading);
/* The first record in quarantine about the entity; 0: none. */
uint64_t engine_first_aside(struct taking *t, struct uuid entity);
struct key engine_aside_key(const struct owner *owner, uint64_t seq);
/* Its key where numbers of lost epochs must not be taken for others: CORE_UNREACTED, CORE_DROPPED.
 */
struct key engine_position_key(struct text owner, uint64_t epoch, uint64_t seq);
/* It lies behind everything that was reacted to. */
bool engine_is_new(const struct owner *owner, uint64_t epoch, uint64_t seq);
/* The bytes of a record in quarantine, opened; p is NULL when they are not kept. */
struct bytes engine_open_aside(struct taking *t, uint64_t seq, const struct quarantine_row *row);
/* Takes the record out of quarantine and destroys its bytes; the counters are the caller's. */
void engine_take_out(struct taking *t, uint64_t seq, const struct quarantine_row *row);
/* Nothing of that person shall be readable in the owner's quarantine. */
void engine_erase_aside(struct taking *t, struct uuid person);
/* Empties the owner's quarantine: it will all come again, or is of a journal that was lost. */
void engine_forget_aside(struct taking *t);
bool engine_was_dropped(struct taking *t, uint64_t seq);
/* The engine's own event record_dropped, applied. */
void engine_apply_dropped(struct txn *txn, const struct record_dropped *dropped);

/* engine_careful.c: the mark before each record, after an unclean stop (engine.h) */
enum { CAREFUL_RECORDS = 1000, CRASHES_ALLOWED = 3 };
/* Whether the last stop was clean; counts a crash for the record under way. */
enum err engine_note_start(struct engine *engine) MUST_USE;
/* Commits that the record is about to be taken, unless that is so already. */
enum err engine_mark(struct engine *engine, struct owner *owner, uint64_t seq) MUST_USE;
/* Commits that its frame can be read: only asked of one that has ended the process before. */
enum err engine_mark_readable(struct engine *engine, struct owner *owner) MUST_USE;
/* Puts the mark on the next record, or with 0 takes it away. */
void engine_move_mark(struct taking *t, uint64_t next);

/* engine_commands.c: commands of every node, each in a transaction of its own */
enum { CALL_BAD = 8 };
struct engine_call {
	struct taking taking;
	const struct request *request;
	const void *body;
	void *reply;
	struct reason *reason;
	bool changed;           /* the answer is worth keeping under the request's key */
	bool undo;              /* everything but the answer: it was only asked what would be */
	uint64_t at;            /* the record that is being applied */
	uint64_t bad[CALL_BAD]; /* those broke the transaction before: they are not tried again */
	size_t n_bad;
	struct uuid *stuck; /* entities whose line was tried and did not come to its end */
	size_t n_stuck, max_stuck;
};
/* Sets the owner of what is under way; ERR_NOT_FOUND with the reason. */
enum err engine_call_owner(struct engine_call *call, struct text name) MUST_USE;
struct engine_command {
	schema_fn *type;
	enum err (*run)(struct engine_call *call);
};
extern const struct engine_command engine_commands[];
extern const size_t n_engine_commands;
const struct engine_command *engine_find_command(struct text type);
/* ERR_SYSTEM: end at once. */
enum err engine_run_command(struct engine *engine, const struct request *request,
	const struct prepared *prepared, struct answer *answer) MUST_USE;

/* engine_queries.c: what every node answers */
extern const struct query_row engine_queries[];
extern const size_t n_engine_queries;
/* engine_watch.c: samples of all queues, in memory only */
enum err engine_new_watch(struct engine *engine, struct follower *follower) MUST_USE;
enum err engine_new_watches(struct engine *engine) MUST_USE;
void engine_free_watches(struct engine *engine);
/* A sample of each; what cannot be read is left out. */
void engine_watch(struct engine *engine);
int64_t engine_count_queue(struct state *state, const struct service_queue *queue);

/* engine_entries.c: what waits in a queue of the service, in order and in pieces. fn is called for
 * each; what it is given is valid until it returns. */
struct entries {
	void (*fn)(void *ctx, const struct waiting *entry);
	void *ctx;
	size_t max;       /* keys to look at in this piece */
	struct key after; /* in: begin behind it; n == 0: with the first */
	struct key next;  /* out: go on behind it; n == 0: that was all */
};
void engine_each_entry(
	struct state *state, const struct service_queue *queue, struct entries *entries);

/* engine_board.c */
enum err engine_show_queues(struct question *q, const void *query, void *ret_reply);
/* engine_shape.c */
enum err engine_show_shape(struct question *q, const void *query, void *ret_reply);
/* engine_commands.c */
enum err engine_list_quarantine(struct question *q, const void *query, void *ret_reply);

#endif
