/* What a service is: tables of pure functions. A service holds no socket and opens no database; the
 * engine (engine.h) calls these functions inside its transactions.
 *
 *   decide   reads state and {now, random}; emits events or refuses; writes nothing
 *   apply    one event into state; the only code that writes state; cannot refuse; sees only the
 * record and state: no clock, no settings, no random, so that folding the journal again gives the
 * same bytes react    after a followed record was applied: may emit own events; the engine calls it
 * once per record ever query    reads committed state, fills a reply
 */
#ifndef COMMON_SERVICE_H
#define COMMON_SERVICE_H

#include "common/admin.h"
#include "common/store.h"
#include "common/uuid.h"

struct engine;

/* The role of a node as the actor of its own reactions and deadlines. */
#define NODE_ROLE "node"

/* ---- reading state --------------------------------------------------------------------------- */

/* State as one call may see it: the service's own trees, and in replica calls those of one owner.
 */
struct state {
	struct engine *engine;
	struct txn *txn;
	struct arena *arena;
	unsigned first_tree; /* store tree of the service's tree 0, own or replica */
};

/* Rows are records of a schema. Personal texts come out sealed, as they were put in. False: no such
 * row. */
bool state_get(struct state *state, unsigned tree, const struct key *key,
	const struct schema *schema, void *ret_row);
bool state_has(struct state *state, unsigned tree, const struct key *key);

/* A walk over rows whose key begins with prefix (may be NULL), starting at from (may be NULL). */
struct rows {
	struct state *state;
	const struct schema *schema;
	struct scan scan;
};
void rows_begin(struct rows *rows, struct state *state, unsigned tree, const struct schema *schema,
	const struct key *prefix, const struct key *from);
void rows_begin_down(struct rows *rows, struct state *state, unsigned tree,
	const struct schema *schema, const struct key *prefix, const struct key *from);
/* The next row into *ret_row; its key is in rows->scan.key. */
bool rows_next(struct rows *rows, void *ret_row);
void rows_end(struct rows *rows);

/* Another view of the state: what was received from one owner (0 .. state_owners - 1), by the
 * replica trees. */
unsigned state_owners(const struct state *state);
const char *state_owner_name(const struct state *state, unsigned owner);
struct state state_replica(const struct state *state, unsigned owner);
/* How far that owner's journal is in the replica. Not for apply. */
void state_cursor(const struct state *state, unsigned owner, struct cursor_row *ret);
/* Everything that the owner knew at that moment is known here; 0: nothing was heard of it yet. Not
 * for apply. */
int64_t state_known_at(const struct state *state, unsigned owner);

/* Does this node have texts of that person in its own records, that can be read? Not for apply. */
bool state_has_texts_of(struct state *state, struct uuid person);

/* An operator wants that queue of this service to stand still now: what lies in it is not tried. */
bool state_paused(struct state *state, const char *kind, const char *name);

/* Opens a sealed personal text in place. False: its key was destroyed, and the text is now absent.
 */
bool state_open_text(struct state *state, struct uuid person, struct text *text);
/* Opens all personal texts of a record; those that cannot be opened become absent. */
void state_open_record(struct state *state, const struct schema *schema, void *record);

/* The settings struct that the service's main gave to the engine. Not for apply. */
const void *state_settings(const struct state *state);

/* ---- deciding -------------------------------------------------------------------------------- */

struct decision {
	struct state state;
	int64_t now;         /* of the turn */
	int64_t occurred_at; /* when the fact happened: now, or earlier when the request says so */
	bool historical;     /* an import from before */
	struct actor actor;
	uint32_t peer;     /* role of the client, as a bit */
	const char *owner; /* in reactions: the node whose record it is; NULL otherwise */
	struct reason *reason;
	void *reply; /* zeroed struct of the command's reply; NULL in deadlines and reactions */
	/* the engine's own */
	struct emitted *first, *last;
	struct bytes seed;
	unsigned uuids;
	enum err err;
};

/* Adds an event about entity; fields is copied shallowly, what it points at must live in the arena
 * (or longer). Takes effect after decide returned ERR_OK. */
void decision_emit(
	struct decision *d, const struct schema *event, struct uuid entity, const void *fields);

/* The last emitted event is also for that node, on that basis. */
void decision_grant(struct decision *d, const struct grant *grant);

/* return decision_refuse(d, ERR_CONFLICT, "slot", "is booked already"); */
enum err decision_refuse(struct decision *d, enum err code, const char *field, const char *rule,
	...) __attribute__((format(printf, 4, 5)));

/* A new UUIDv7 at occurred_at. It is derived from the request's key and the number of the call, so
 * the same request decided again (after a crash, in another run) gives the same one. */
struct uuid decision_uuid(struct decision *d);

/* ---- applying -------------------------------------------------------------------------------- */

struct fold {
	struct state state;
	bool replica; /* a followed record */
};

/* schema NULL: a key without a row, for indexes. */
void fold_put(struct fold *fold, unsigned tree, const struct key *key, const struct schema *schema,
	const void *row);
void fold_delete(struct fold *fold, unsigned tree, const struct key *key);

/* Own events only. One deadline per kind and entity: setting it again moves it. Historical records
 * whose deadline lies before they were written down set none. */
void fold_deadline(struct fold *fold, const struct record *record, const char *kind, int64_t due);
void fold_deadline_clear(struct fold *fold, struct uuid entity, const char *kind);

/* ---- the tables ------------------------------------------------------------------------------ */

struct command_row {
	schema_fn *type;
	enum err (*decide)(struct decision *d, const void *command);
};

struct apply_row {
	schema_fn *type;
	void (*apply)(struct fold *fold, const struct record *record, const void *event);
};

struct follow_row {
	schema_fn *type;
	void (*apply)(struct fold *fold, const struct record *record, const void *event);
	enum err (*react)(
		struct decision *d, const struct record *record, const void *event); /* or NULL */
};

/* arena: for what the reply points at. Personal texts may be left sealed in the reply: the engine
 * opens or masks them by the client's role. */
struct question {
	struct state state;
	int64_t now;
	struct actor actor;
	uint32_t peer;
	struct reason *reason;
	/* the engine's own */
	struct uuid reads; /* this person is read of, though no text of theirs is in the reply */
	struct text looked_into; /* this queue: noted, though no text of anybody is in the reply */
	bool unnoted;            /* they look for themselves into what is noted of them */
	struct text client, department; /* of the request */
	bool opens;                     /* they may see its texts, whatever else they may not see */
};

struct query_row {
	schema_fn *type;
	enum err (*query)(struct question *q, const void *query, void *ret_reply);
};

/* Called when a deadline of that kind falls due. It should emit an event whose apply clears or
 * moves the deadline; otherwise the engine records deadline_passed, which clears it. */
struct deadline_kind {
	const char *kind;
	enum err (*decide)(struct decision *d, struct uuid entity, int64_t due);
};

/* Something that waits in a queue of the service. */
struct waiting {
	struct uuid id;
	int64_t since; /* when it began to wait */
	int64_t due;   /* when it should be done; 0: no such time */
	int64_t ready; /* it cannot be done before; 0: it can */
	bool late;     /* its time has passed before, whatever due says */
	bool held;     /* it waits for an operator's decision and for nothing else */
	struct text type, department, error; /* of shape; absent: none, or not known */
};

/* What waits in own state, beside the links and the quarantine that every node has: the engine
 * counts it every second, and walks over it, in the order of its tree, when somebody asks. */
struct service_queue {
	const char *name; /* "work/items": its kind, and what it is called within that */
	enum queue_kind kind;
	const char *meaning;
	unsigned tree;    /* what waits has a key there each; */
	uint8_t first[4]; /* keys that begin with one of these, in this order; */
	unsigned n_first; /* 0: all keys */
	unsigned of;      /* which of queues that share a tree; the service's own, or */
	bool of_in_key;   /* the second byte of the keys */
	bool appointed;   /* due is when it takes place, however fast one works */
	/* How many wait, without a walk; NULL: as many as the tree has keys. */
	int64_t (*count)(struct state *state, const struct service_queue *queue);
	/* False: what the key stands for does not wait in this queue. Texts may lie in the arena.
	 */
	bool (*read)(struct state *state, const struct service_queue *queue, struct bytes key,
		struct waiting *ret);
};

/* A tree of rows; names without prefix: the engine adds own/ or replica/<owner>/. */
struct service_tree {
	const char *name;
	unsigned flags; /* of struct tree */
	schema_fn *row; /* what its rows are; NULL: keys without rows */
};

/* ---- queues ---------------------------------------------------------------------------------- */

/* An item of a queue as operators see it. */
struct seen_item {
	struct queue_item item;      /* without fields; without state: it is only passed by */
	const struct schema *schema; /* of record; NULL: not wanted, or it cannot be read */
	void *record;                /* the engine masks it */
};

/* A walk over the items of a queue, in its order. visit copies what it keeps; false: enough. */
struct queue_walk {
	struct text name;
	struct text after; /* an item; only those behind it; absent: from the start */
	bool records;
	bool (*visit)(void *ctx, const struct seen_item *entry);
	void *ctx;
};

struct mending {
	enum mend_verb verb;
	bool twice; /* also what may have been done already */
	struct text by, reason;
};

/* Queues that operators may see into and mend, named KIND/NAME (admin.def). */
struct queue_access {
	const char *kind;
	bool (*has)(struct state *state, struct text name);
	bool pauses; /* whoever takes an item asks state_paused before */
	/* ERR_NOT_FOUND: there is no item `after`. NULL: nothing in it can be seen. */
	enum err (*walk)(struct state *state, struct queue_walk *walk);
	/* The state of an item; absent: it is not in that queue. */
	bool (*find)(
		struct state *state, struct text name, struct text item, struct queue_item *ret);
	/* Emits what the verb does with that item; refuses when it cannot be done. A reason that
	 * is set without an error says what it means. NULL: nothing can be done. */
	enum err (*mend)(
		struct decision *d, const struct mending *how, const struct queue_item *item);
};

/* How many items of a queue are in a state, those included that wait no more; both words are of
 * declared enumerations. */
struct state_count {
	char queue[48]; /* "outbox/email" */
	const char *state;
	int64_t n;
};

/* ---- all of it ------------------------------------------------------------------------------- */

struct service {
	const char *role;
	uint32_t role_bit;
	uint32_t personal_peers; /* roles that may see personal fields: as followers and as clients
				  */
	uint32_t import_peers;   /* roles of clients that may bring in facts from before */
	uint32_t node_peers;     /* roles of peers that are nodes and follow */
	uint32_t sealed_peers;   /* of those, archives: they get every record, as it is stored */
	bool keeps_stored;       /* is one: keeps what it follows as it is stored, applies nothing;
				    its replica trees are stored_trees (stored.h) */
	const struct role_name *peer_roles;
	size_t n_peer_roles;
	const struct role_name *actor_roles;
	size_t n_actor_roles;
	const struct service_tree *own_trees;
	size_t n_own_trees;
	const struct service_tree *replica_trees;
	size_t n_replica_trees;
	schema_fn *erases; /* the command that erases a person, taken also without room (engine.h);
			      or NULL */
	const struct command_row *commands;
	size_t n_commands;
	const struct apply_row *applies;
	size_t n_applies;
	const struct follow_row *follows; /* a type without a row is known and of no use here */
	size_t n_follows;
	/* The message of that name in any node of this version; NULL when there is none: a followed
	 * record of such a type is set aside. NULL instead of a function: there is no other
	 * version. */
	const struct schema *(*find_message)(const char *name, size_t n);
	const struct query_row *queries;
	size_t n_queries;
	const struct deadline_kind *deadlines;
	size_t n_deadlines;
	const struct service_queue *queues;
	size_t n_queues;
	const struct queue_access *access; /* to those that can be mended */
	size_t n_access;
	/* For metrics, at most max; NULL: there is nothing to count so. */
	size_t (*count_states)(struct state *state, struct state_count *ret, size_t max);
};

#endif
