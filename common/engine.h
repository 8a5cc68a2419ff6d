/* The engine of a node: turns requests and followed records into committed state, whatever the
 * service. It knows the store, the journal and the keyring, and no socket: the daemon feeds it, and
 * so do tests.
 *
 * 1. Everything that one turn decides, applies, reacts to and remembers commits in one transaction.
 * 2. No answer leaves before that commit (I1); a failed commit leaves no answer at all.
 * 3. A followed record's cursor, effect and reaction commit together (I3).
 * 4. Own state is written by apply functions only (I2).
 * 5. A followed record that cannot be applied is set aside with its reason, and so is every later
 *    record of that owner about the same entity, so that order within an entity holds (I8); other
 *    entities flow on. A record whose frame cannot be read has no entity: it is set aside alone,
 * and everything behind it flows on.
 * 6. addressed = applied + pending + quarantined + withheld + dropped (I9): what is in quarantine
 *    leaves it by being applied (mend_queue, retry) or by a named operator (drop, which journals
 *    record_dropped) and in no other way; what is buried stays in it. What was dropped stays
 * dropped when the owner is followed anew. A record is reacted to once ever: out of quarantine too,
 * and never when it had been reacted to before.
 *
 * What is in quarantine is kept as received, sealed whole under a data key of its own, which is
 * destroyed when it leaves; so freed pages of the store give nothing away. A record too large for a
 * row (65,504 bytes) is set aside without its content.
 *
 * Erasure: person_erased destroys the person's key at once, also when the record itself is set
 * aside. In that owner's quarantine every record in which the person's id occurs loses that
 * person's texts; where they cannot be told from the rest (its fields cannot be decoded) the whole
 * content is destroyed, and so is that of every record whose frame was not read, since whose it is
 * cannot be known. Such a record stays in the list, says so, and can only be dropped, or followed
 * anew. An erasure whose own record cannot be read is heeded when it is retried, or comes again. It
 * is never dropped; where not even the frame could be read nobody can tell, so an erasure that was
 * dropped unread takes effect, with its reaction, when its owner is followed anew.
 *
 * An erasure is complete when every follower has passed it and no older backup of data keys is kept
 * any more (key_backups_ms): a deadline journals that (erasure_completed), or that a follower has
 * not passed it (erasure_delayed) and looks again a day later.
 *
 * Epochs: a position in a journal is (epoch, number), in that order. A node that was restored
 * begins a new epoch, the time of it in seconds since 1970 or the one before plus 1; its first
 * record is node_restored. Numbers go on, so a new record may have the number of a lost one: what
 * was reacted to, set aside or dropped is known by its position, and a record of the new epoch is
 * new however small its number.
 *
 * Rollback: a follower tells up to where it has the journal and the owner's hash there. When that
 * is no prefix of the owner's journal it is a witness that one of the two was rolled back: the
 * owner serves it no more and both say so, until the right files are put back or an operator lets
 * the follower begin anew (refollow). What the follower holds of the lost records goes then; its
 * reactions to them are facts of its own, and stay. When files were put back by hand and the owner
 * went on in the same epoch, its new records have positions that were reacted to: those are not
 * reacted to again, unless refollow says from which number on (react_from). begin_epoch at the
 * owner, given before it goes on, spares one that.
 *
 * An archive (service.keeps_stored) takes every record as its owner has stored it, sealed, checks
 * that it goes on from the one before by number, checksum and hash, and keeps it; it applies
 * nothing and has no quarantine: what does not fit is ERR_DIVERGED, and what fitted before it is
 * kept (stored.h).
 *
 * Audit of reads: before the answer to a query leaves that holds personal texts in the clear, it is
 * committed in a hash-chained log of its own who asked what through which client, when, what for,
 * and whose texts they are; all reads of a turn share the commit. A read that cannot be noted is
 * not answered. No follower has the log, and nothing is ever taken out of it; what the reader said
 * about why is sealed for each person, and goes with them. Citizens may see who read of them
 * (show_audit), which is not noted; of everybody else it is.
 *
 * After an unclean stop (engine_stop was not called) records are taken one by one, each behind a
 * committed mark that it is about to be taken, until 1,000 were taken: the one that ended the
 * process is among the first, or the next start begins behind those that went well. One during
 * which the process ended three times is set aside; even its frame is left unread when reading that
 * was the last thing done. The mark of the next record is written with the effect of the one
 * before, so that it costs one commit a record, and one more a batch. A retry has no such mark: a
 * record that crashes the process on a retry ends it again, and nothing was done.
 */
#ifndef COMMON_ENGINE_H
#define COMMON_ENGINE_H

#include "common/clock.h"
#include "common/journal.h"
#include "common/keyring.h"
#include "common/queue_watch.h"
#include "common/service.h"

struct engine_peer {
	const char *name;
	uint32_t role;
};

/* Everything pointed at must outlive the engine. */
struct engine_options {
	const struct service *service;
	const void *settings; /* of the service */
	const char *node;
	const struct engine_peer *followers;
	size_t n_followers;
	const struct engine_peer *owners; /* nodes that this one follows */
	size_t n_owners;
	int64_t key_backups_ms; /* so long are backups of data keys kept, at most */
	bool why_required; /* of those who do not ask for themselves, when they read personal texts
			    */
	struct clock clock;
	struct random random;
	struct keyring *keyring;
	unsigned spare_keys; /* data keys made ahead at a time; 0: 2048 */
	int64_t scrub_ms; /* from the end of one check of itself to the next; 0: never by itself */
	int64_t busy_at;  /* percent, see struct room; 0: 70 */
	int64_t stop_at;  /* 0: 85 */
	bool restored;    /* out of a backup, whose data keys may be younger than the rest */
	bool look_only; /* the store may be open to be read only: nothing is written at the start */
	struct store *store; /* opened with engine_trees() */
};

/* The trees that a store for these options must have (*ret_n of them), to be freed by the caller
 * with engine_trees_free. NULL: out of memory. */
struct tree *engine_trees(const struct engine_options *options, size_t *ret_n);
void engine_trees_free(struct tree *trees, size_t n);

/* Options are copied. The store and the keyring stay the caller's. */
enum err engine_open(
	const struct engine_options *options, struct engine **ret, struct reason *reason) MUST_USE;
void engine_close(struct engine *engine);
/* How many records are still to be taken behind a mark, because the last stop was not clean. */
unsigned engine_careful(const struct engine *engine);
/* Notes that the process ends in order, before engine_close: the next start need not be careful. */
enum err engine_stop(struct engine *engine) MUST_USE;

/* ---- one turn -------------------------------------------------------------------------------- */

struct request {
	struct text client;     /* the authenticated peer */
	uint32_t peer;          /* its role, as a bit */
	struct text department; /* the one it speaks for; absent: not bound to one */
	struct uuid key;        /* nil for queries */
	struct text type;
	struct bytes body;
	struct actor actor;
	int64_t occurred_at; /* 0: now */
	bool historical;
	uint64_t line; /* 0: none. Of one line, nothing is done in a turn behind what is to be asked
			  again */
	struct text why; /* of a query: what the answer is needed for */
	bool own;        /* of the node itself: no role is checked, personal fields are open */
};

/* body lies in the engine's memory until the next turn. */
struct answer {
	enum err status;
	struct reason reason;
	uint64_t seq;
	bool replayed;
	struct bytes body;
	int64_t retry_after_ms; /* 0: as one likes */
};

struct batch_item {
	uint64_t seq;
	bool stub;
	struct bytes record; /* struct record in MessagePack, personal fields open or stripped */
	bool stored; /* record is the owner's journal's value instead, sealed: for archives */
};

/* A piece of an owner's journal: it covers every number from first to last, items hold those that
 * are for us. */
struct batch {
	unsigned owner; /* index in options.owners */
	uint64_t epoch;
	uint64_t first;
	uint64_t last;
	uint8_t hash_last[HASH_BYTES];
	const struct batch_item *items;
	size_t n;
	/* ERR_OK: applied, or seen before; ERR_STALE: a gap, follow again; ERR_BUSY: paused, follow
	 * again when it is not (engine_owner_paused); ERR_FULL, ERR_CORRUPT:
	 * no room in the store, or what it changes there is not as it was written: follow again
	 * later; ERR_DIVERGED: not the journal that was followed */
	enum err result;
};

/* The items of a batch (op.h) that op_batch_check has let through; they point into from. */
enum err engine_parse_items(
	struct bytes from, struct arena *arena, struct batch_item **ret, size_t *ret_n) MUST_USE;

struct turn {
	const struct request *requests;
	struct answer *answers;
	size_t n_requests;
	struct batch *batches;
	size_t n_batches;
};

enum { TURN_MAX_REQUESTS = 1024, KEY_DAYS = 14 };

/* Anything but ERR_OK: nothing was committed and the process must end at once, without answering.
 */
enum err engine_turn(struct engine *engine, struct turn *turn) MUST_USE;

/* What is due without being asked: deadlines, pruning of old keys, counters, spare data keys. To be
 * called every second or so; *ret_more is set when more is due right now. As engine_turn for
 * errors. */
enum err engine_tick(struct engine *engine, bool *ret_more) MUST_USE;

/* How much of what the node could ever have is used: of the map, or of the file and what the disk
 * has left. From busy_at on commands of clients are answered ERR_BUSY with a time to wait; from
 * stop_at on batches are not taken either (ERR_FULL) and deadlines wait. What goes on: queries,
 * answers to requests that were done before, acknowledgements, the engine's own commands, and the
 * erasure of persons. A level is left 2 percent below where it began, so
 * that it does not come and go. Near the end of a disk the level is reached a few steps of the file
 * early.
 */
enum room_level { ROOM_OK, ROOM_BUSY, ROOM_STOPPED };
struct room {
	enum room_level level;
	int percent;
	const char *of; /* "map" or "disk", whichever is used more */
};
struct room engine_room(const struct engine *engine);

/* What status says of who came; the caller keeps it and brings it up to date. */
struct door_line;
void engine_shows_door(struct engine *engine, struct door_line *door);
const char *room_word(enum room_level level);

/* The messages that it takes, by name: 0, 1, ..., behind the last one NULL. */
const char *engine_message(const struct engine *engine, size_t i);

/* What the service counts by state: *ret_n of them, at most max. */
enum err engine_count_states(
	struct engine *engine, struct state_count *ret, size_t max, size_t *ret_n) MUST_USE;

/* Deadlines that are past and not decided on: how many, as far as is looked, and since when the
 * first. */
enum { OVERDUE_LOOKED = 1000 };
struct overdue {
	size_t n;
	int64_t oldest; /* 0: none */
};
enum err engine_overdue(struct engine *engine, struct overdue *ret) MUST_USE;

/* ---- following: the owner's side ---------------------------------------------------------------
 */

struct head {
	uint64_t epoch;
	uint64_t seq;
	int64_t time;
	uint8_t hash[HASH_BYTES];
};
void engine_head(const struct engine *engine, struct head *ret);

/* Index of a follower; -1 when it is none, or has another role than the one it is counted for. */
int engine_follower(const struct engine *engine, struct text name, uint32_t role);

/* Where a follower stands in this journal. */
struct standing {
	uint64_t epoch;      /* of the record at through; 0: none yet */
	uint64_t through;    /* it has everything up to here */
	uint64_t hash_at;    /* through, or a later record that it was told of */
	const uint8_t *hash; /* of the journal there, HASH_BYTES; NULL: not said */
};

/* A follower begins there; counters are set to what the journal says. ERR_DIVERGED with the reason:
 * what it has is no prefix of this journal, so one of the two was rolled back; it is not served,
 * and that is kept and shown until it comes with a prefix. A follower of an earlier epoch that has
 * a prefix goes on into the present one. */
enum err engine_follow(struct engine *engine, unsigned follower, const struct standing *at,
	struct reason *reason) MUST_USE;

struct outgoing {
	uint64_t first; /* in: where to begin */
	uint64_t last;  /* out: looked at up to here; first - 1: nothing */
	uint64_t epoch; /* out: of all of them; the next one begins another batch */
	uint8_t hash_last[HASH_BYTES];
	size_t max_records;   /* in */
	size_t max_bytes;     /* in */
	size_t n;             /* out: items, stubs included */
	size_t stubs;         /* out */
	int64_t written;      /* out: when the first item was; 0: there is none */
	bool tired;           /* out: much was looked at; others shall get their turn first */
	struct buffer *items; /* out: packed as a batch's body (op.h) */
};
/* What lies before the record last + 1 was handed out, and that record is not as it was written
 * (ERR_CORRUPT), or of a later version of the program, and it is not known what of it the follower
 * may have (ERR_UNKNOWN_TYPE). */
enum err engine_outgoing(struct engine *engine, unsigned follower, struct outgoing *out) MUST_USE;

/* A stretch of the journal that a follower has acknowledged, and what of it was sent. */
struct delivered {
	uint64_t first, last;
	size_t records, stubs; /* stubs are among the records */
};
/* The follower has everything up to last, durably. A stretch that does not begin where the one
 * before ended (an acknowledgement of an older session) is counted in the journal. */
void engine_delivered(struct engine *engine, unsigned follower, const struct delivered *delivered);

/* What the follower says of its quarantine, with each acknowledgement. */
void engine_told_aside(
	struct engine *engine, unsigned follower, int64_t quarantined, int64_t dropped);

struct queue {
	const char *follower;
	uint32_t role;
	uint64_t addressed, delivered, withheld;
	uint64_t quarantined, dropped; /* as the follower last said */
	uint64_t through;
	int64_t oldest_time; /* when the oldest waiting record was written; 0: none waits */
	int64_t seen;
	uint64_t diverged_at, diverged_epoch; /* engine_follow; 0: it did not */
};
enum err engine_queue(struct engine *engine, unsigned follower, struct queue *ret) MUST_USE;
size_t engine_followers(const struct engine *engine);
/* What the daemon knows of the follower's session, when it changes. A new engine begins with
 * LINK_NEW. */
void engine_link(struct engine *engine, unsigned follower, enum link_state state);
/* So many records, the first of which was written then (wall clock ms), were acknowledged now. */
void engine_hop(struct engine *engine, unsigned follower, int64_t written, size_t records);
/* One more; its name must outlive the engine. Walks the journal once when it was never counted. */
enum err engine_add_follower(struct engine *engine, const struct engine_peer *peer) MUST_USE;

/* ---- following: the follower's side ------------------------------------------------------------
 */

/* The cursor on one owner: what FOLLOW has to say. */
void engine_cursor(const struct engine *engine, unsigned owner, struct cursor_row *ret);
/* Its journal is not the one that was followed: nothing more is taken from it. Noted when a batch
 * or the owner itself says so, and until the owner serves us again. */
void engine_note_diverged(struct engine *engine, unsigned owner, bool diverged);
bool engine_diverged(const struct engine *engine, unsigned owner);
/* An operator wants that nothing of it is applied now (pause_queue): batches are ERR_BUSY. */
bool engine_owner_paused(struct engine *engine, unsigned owner);
/* True once after the replica was forgotten: FOLLOW is to be said again. */
bool engine_must_ask_anew(struct engine *engine, unsigned owner);
/* The owner says now that its journal ends at head (a heartbeat): state_known_at. */
void engine_heard(struct engine *engine, unsigned owner, uint64_t head);
size_t engine_owners(const struct engine *engine);
const char *engine_owner_name(const struct engine *engine, unsigned owner);
/* Is it a node that can be seen: this one, or one that it follows? */
bool engine_knows(const struct engine *engine, struct text node);
/* Everything of that node up to seq was applied; a node has always seen itself. */
bool engine_has_seen(const struct engine *engine, struct text node, uint64_t seq);

/* ---- mending and looking ----------------------------------------------------------------------
 */

/* Own state anew from the journal, in one transaction. */
enum err engine_rebuild_own(struct engine *engine) MUST_USE;
/* Empties what was received from one owner, so that following begins at 1 again; nothing is reacted
 * to twice. An archive keeps it, and compares. */
enum err engine_forget_replica(struct engine *engine, unsigned owner) MUST_USE;
/* The node's files are those of an earlier moment: node_restored begins a new epoch at the present
 * head. */
enum err engine_begin_epoch(struct engine *engine, const struct node_restored *why) MUST_USE;

/* The same for a backup's files, beside the state that they replace, which is only read. Who was
 * erased there stays so: each person_erased of its journal that the restored one does not have is
 * repeated behind node_restored, in the same commit, whichever way the two journals went; and a key
 * that is destroyed there, of own facts or of what an owner sent, is destroyed here. What of it
 * cannot be read, node_restored says; why->unread when the store cannot be opened at all. */
struct engine_before {
	struct store *store;     /* opened with engine_trees(); NULL: it cannot be read */
	struct keyring *keyring; /* NULL: likewise */
};
enum err engine_begin_restored(struct engine *engine, const struct node_restored *why,
	const struct engine_before *before) MUST_USE;
/* What that has left at the end of the journal; without it: head is the end. */
struct restored {
	uint64_t head;         /* the last record that was kept */
	uint64_t erased_again; /* person_erased behind node_restored */
	struct text unread;    /* of node_restored, in the arena */
};
enum err engine_restored(struct engine *engine, struct arena *arena, struct restored *ret) MUST_USE;

/* A node anew from its journal alone, which an archive kept. The store is empty, the keyring is the
 * node's own. Own state, deadlines, whose texts which data key seals and what was dropped follow
 * from the journal; so does how far each other node was reacted to: up to the last of its records
 * that led to one of the journal, and not again to any before that (one that lay in quarantine then
 * is not made up for). A person
 * whose key is destroyed already stays erased. Data keys that seal nothing in the journal are
 * destroyed, and those of persons whose erasure it tells of; replicas come again from their owners.
 * The answers that request keys stood for are lost: a request of before that is repeated is decided
 * anew. Then a new epoch begins. */
struct journal_file;
struct rebuilt {
	uint64_t head, epoch; /* node_restored is the last record */
	uint64_t missing;     /* texts whose data key is not there: they can be read no more */
};
struct rebuilding {
	const struct engine_options *options;
	struct journal_file *file; /* at its beginning */
	const struct node_restored *why;
};
enum err engine_rebuild(
	const struct rebuilding *from, struct rebuilt *ret, struct reason *reason) MUST_USE;

/* A shadow of a node: its state folded again beside the one that it has (present, which is only
 * read), in an empty store and with a copy of its data keys. Own state is there at once; what is
 * then taken from owners is reacted to never. What stays out: answers that request keys stood for,
 * the audit log, and texts of persons who were erased. */
enum err engine_shadow(struct engine *present, const struct engine_options *shadow,
	struct engine **ret, struct reason *reason) MUST_USE;
/* A tree of the node beside the same one of its shadow, as plain facts; lists lie in the arena. */
struct digest_part;
struct replayed_tree;
enum err engine_compare_tree(struct engine *present, struct engine *shadow,
	const struct digest_part *part, struct arena *arena, struct replayed_tree *ret) MUST_USE;

/* A tree of own state, or of one replica; parts are numbered 0 .. engine_digest_parts - 1, own
 * state first. */
enum { DIGEST_OWN = -1 };
struct digest_part {
	int owner; /* DIGEST_OWN, or the index of the owner */
	const struct service_tree *of;
	unsigned tree; /* of the store */
};
size_t engine_digest_parts(const struct engine *engine);
void engine_digest_part(const struct engine *engine, size_t i, struct digest_part *ret);

/* sealed: over the bytes at rest; otherwise personal fields are opened first, so that two nodes
 * that hold the same facts agree. */
enum err engine_digest_tree(struct engine *engine, const struct digest_part *part, bool sealed,
	uint8_t ret[HASH_BYTES]) MUST_USE;
/* One digest over all trees of own state (DIGEST_OWN), or of one replica. */
enum err engine_digest(
	struct engine *engine, int owner, bool sealed, uint8_t ret[HASH_BYTES]) MUST_USE;

/* A walk over everything that is kept, in pieces: every row's checksum, and that it is found by its
 * key; the journal's numbers, epochs and hashes. A row that others change meanwhile is seen as it
 * was before or as it is then. */
struct check_fault {
	char where[96]; /* "journal 17", or the tree and the key in hexadecimal */
	char what[80];
};
enum { CHECK_FAULTS = 20 };
struct check {
	uint64_t records, rows, trees; /* looked at */
	uint64_t later;  /* 0, or the first record of a later version of the program: state was not
			    compared with the journal */
	uint64_t faults; /* found; the first ones: */
	struct check_fault first[CHECK_FAULTS];
	bool done;
	/* where it goes on */
	unsigned tree;
	uint64_t in_tree;
	struct key at;
	struct journal_walk journal, audit;
};
void engine_check_begin(struct check *check);
/* Looks at so many more rows. An error only when the store cannot be read at all. */
enum err engine_check_some(struct engine *engine, struct check *check, size_t rows) MUST_USE;
/* What a check found, as a message; its lists lie in the arena. */
struct files_checked;
enum err engine_describe_check(const struct check *check, const struct head *head,
	struct arena *arena, struct files_checked *ret) MUST_USE;
/* Every data key that is used is there and whole, or destroyed. */
enum err engine_check_slots(struct engine *engine, struct check *check) MUST_USE;
/* Folds the journal again into an empty store with the same trees, and compares (I2). For a node
 * that nobody uses meanwhile. */
enum err engine_check_fold(
	struct engine *engine, struct store *shadow, struct check *check) MUST_USE;

/* Checks the whole journal; *ret_bad is the first wrong number, 0 when all is well. */
enum err engine_verify(struct engine *engine, uint64_t *ret_bad) MUST_USE;

/* ---- what is not as it was written ------------------------------------------------------------
 *
 * A row that fails its checksum makes the one request fail that needs it (ERR_CORRUPT: nothing was
 * done), sets the one followed record aside, lets the one deadline wait; a record of the journal
 * stops the followers that come to it. Everything else goes on. A node whose own counters or
 * cursors are broken does not start.
 */
struct corrupt {
	uint64_t met; /* so often since the start */
	char where[96];
};
void engine_corrupt(const struct engine *engine, struct corrupt *ret);

/* The node checks itself in the background, a piece with each tick: a pass begins when the last one
 * ended longer ago than engine_options.scrub_ms, when start_scrub asks for it, and when something
 * corrupt was met. How it ended is kept. */

/* When the last pass of this process ended, 0: none did; and what it found. */
int64_t engine_scrubbed(const struct engine *engine, const struct check **ret);

/* ---- backups ----------------------------------------------------------------------------------
 */

/* What the daemon makes beside the turns, on its own thread: make_backup asks for it, the daemon
 * fills in how far it is, show_backup tells. */
enum backup_phase {
	BACKUP_NONE,
	BACKUP_ASKED,
	BACKUP_COPYING,
	BACKUP_CHECKING,
	BACKUP_DONE,
	BACKUP_FAILED
};
struct backup {
	bool possible; /* set by the daemon: otherwise make_backup is refused */
	enum backup_phase phase;
	bool keep; /* false: the copy is only checked, and removed */
	char dir[1025];
	char why[261];
	int64_t asked_at, ended_at;
	uint64_t bytes;
	struct check check; /* of the copy */
	struct head head;   /* its journal's end */
};
struct backup *engine_backup(struct engine *engine);

#endif
