/* Inside of the daemon skeleton; for common/daemon*.c only. */
#ifndef COMMON_DAEMON_PRIVATE_H
#define COMMON_DAEMON_PRIVATE_H

#include "common/bus.h"
#include "common/daemon.h"
#include "common/engine.h"
#include "common/log.h"
#include "common/meter.h"

enum { MAX_PEERS = 64, MAX_OWNERS = 32 };

/* The settings file, read and checked. Everything lies in the arena. */
struct daemon_config {
	struct arena arena;
	char *dir; /* of the settings file */
	const char *name, *listen, *state, *key_file, *master_key_file, *backups, *log_level,
		*http_listen;
	int64_t heartbeat_ms;
	int64_t key_backups_ms;
	int64_t scrub_ms;
	bool why_required;
	int64_t map_bytes, busy_at, stop_at;
	void *service; /* the service's own settings */
	char public_key[BUS_KEY_BYTES], secret_key[BUS_KEY_BYTES];
	struct bus_peer peers[2 * MAX_PEERS]; /* each, and behind all of them those of next keys */
	char next_keys[MAX_PEERS][BUS_KEY_BYTES];
	size_t n_peers;
	struct engine_peer followers[MAX_PEERS];
	size_t n_followers;
	struct engine_peer owners[MAX_OWNERS];
	struct {
		const char *endpoint, *key, *next_key;
	} links[MAX_OWNERS]; /* beside owners */
	size_t n_owners;
	const struct daemon_program *program;
};

enum err daemon_config_load(struct daemon_config *config, const struct daemon_program *program,
	const char *path, struct reason *reason) MUST_USE;
void daemon_config_done(struct daemon_config *config);
/* The node's settings that are read at start only and differ; at most max of their names. */
size_t daemon_config_differs(
	const struct daemon_config *a, const struct daemon_config *b, const char **ret, size_t max);
/* One of the service's own that differs; NULL: none does. */
const char *daemon_config_service_differs(
	const struct daemon_config *a, const struct daemon_config *b);
/* A path of the settings file as seen from here. */
char *daemon_path(struct daemon_config *config, const char *path);
/* What the engine is given, as far as it is known. */
struct engine_options daemon_engine_options(const struct daemon *daemon);
void daemon_config_describe(const struct daemon_program *program, struct buffer *out);

struct parked;
struct following;

/* A request that waits for the next turn. */
struct pending {
	struct bus_session *session; /* NULL: it went away, or it is the node's own */
	bool own;
	uint64_t correlation;
	struct op_request request;
	int64_t expires; /* steady ms; 0: never */
	int64_t came_us; /* of meter.h */
};

/* What this node takes from one owner. */
struct source {
	struct daemon *daemon;
	struct bus_link *link;
	unsigned owner;
	int64_t told_quarantined, told_dropped; /* with the last acknowledgement */
	bool served; /* in this session the owner has said that its journal goes on from our cursor
		      */
	bool waits;  /* for room, or paused: what comes is thrown away, and comes again */
};

struct pending_batch {
	struct batch batch;
	struct source *source;
};

struct daemon {
	const struct daemon_program *program;
	struct daemon_config config;
	struct loop *loop;
	struct bus *bus;
	struct bus_server *server;
	struct store *store;
	struct keyring *keyring;
	struct engine *engine;
	struct clock clock;
	struct random random;
	unsigned spare_keys; /* of struct engine_options */
	size_t grow_bytes;   /* of struct store_options */
	struct loop_task *turn;
	struct loop_timer *tick;
	struct loop_timer *pump;
	struct loop_timer *alive;  /* tells the service manager; NULL: there is none */
	struct loop_timer *expiry; /* of the parked request whose time is up first */
	struct loop_signal *term, *interrupt, *hangup;
	bool again; /* it stops only to start itself again */
	struct arena requests_arena, batches_arena;
	struct pending pending[TURN_MAX_REQUESTS * 4];
	size_t n_pending;
	struct request requests[TURN_MAX_REQUESTS]; /* of the turn */
	struct answer answers[TURN_MAX_REQUESTS];
	struct pending_batch batches[256];
	size_t n_batches;
	struct parked *parked;
	size_t n_parked;
	uint64_t rescued;       /* of bus_counters, as last seen */
	struct door_line *door; /* likewise, as status says it */
	enum room_level room;   /* as last logged */
	struct source sources[MAX_OWNERS];
	struct buffer frame, items;
	void *effects; /* ctx of the program's effects */
	struct meter *meter;
	struct daemon_http *http; /* NULL: nobody listens */
	const char *config_path;
	int state_fd; /* the state directory, locked; -1: not open */
	struct backup_job *backup;
	uint64_t corrupt; /* of engine_corrupt, as last seen */
	int64_t scrubbed; /* of engine_scrubbed */
	int64_t stopping; /* steady ms when it was asked to stop; 0: it was not */
};

/* daemon_files.c: the files of a node, below its state directory or a copy of it */
#define STATE_DATA "db/data.mdb"
#define STATE_KEYS "keys.bin"
/* Makes the state directory when it is missing, and keeps every other process that would use it
 * out. ERR_CONFLICT: the node is running. */
enum err daemon_lock_state(struct daemon *daemon, struct reason *reason) MUST_USE;
/* Opens daemon->store and daemon->keyring below dir, the caller's to close, after an error too;
 * FILES_LOOK: the store to be read only. ERR_CORRUPT: files that do not belong together. */
enum files_use { FILES_USE, FILES_LOOK };
enum err daemon_open_keys(struct daemon *daemon, const char *dir, struct reason *reason) MUST_USE;
enum err daemon_open_store(struct daemon *daemon, const char *path, enum files_use use,
	struct reason *reason) MUST_USE;
enum err daemon_open_files(
	struct daemon *daemon, const char *dir, enum files_use use, struct reason *reason) MUST_USE;
void daemon_close_files(struct daemon *daemon);

/* daemon_check.c: is a copy of a node's files whole? */
#define BACKUP_MANIFEST "manifest.json"
/* Opens the files below dir and looks at everything: rows, journal, data keys, and own state
 * against the journal folded again (in memory). */
enum err daemon_check_files(struct daemon *daemon, const char *dir, struct check *ret,
	struct head *ret_head, struct reason *reason) MUST_USE;
struct backup_manifest;
/* The manifest of the backup in dir; ERR_INVALID or ERR_CORRUPT when it has none, is another
 * node's, or its files are not those that it names. Its texts lie in the arena. */
enum err daemon_read_manifest(struct daemon *daemon, const char *dir, struct arena *arena,
	struct backup_manifest *ret, struct reason *reason) MUST_USE;
/* For the command line: prints what was found as JSON, and returns an exit code. seal: writes the
 * manifest when all is well; otherwise there must be one, and it must be right. */
int daemon_verify(struct daemon *daemon, const char *dir, bool seal);

/* daemon_backup.c: a backup of the running node, on a thread of its own */
enum err daemon_open_backup(struct daemon *daemon) MUST_USE;
/* False: the thread still copies, so store and keyring must not be closed. */
bool daemon_close_backup(struct daemon *daemon);

/* daemon_restore.c: a backup's files instead of the node's, while it is down */
struct restore_order {
	const char *dir, *by, *reason;
};
int daemon_restore(struct daemon *daemon, const struct restore_order *order);
/* daemon_replay.c: folds the node anew from the journals, beside the backup in DIR/present, in
 * DIR/shadow, and prints how the two differ, as JSON (node_replayed); returns an exit code. */
int daemon_replay(struct daemon *daemon, const char *dir);
/* daemon_rebuild.c: a database for a node that lost it; dir is a file, of journal_file.h. */
int daemon_rebuild(struct daemon *daemon, const struct restore_order *order);
/* ERR_CONFLICT: a restore was broken off while files were moved; it is to be run again. */
enum err daemon_refuse_half_restored(const struct daemon *daemon, struct reason *reason) MUST_USE;

/* daemon_node.c: a daemon out of given parts. program is to be set by daemon_new; config, clock,
 * random, loop, and before daemon_open store and keyring, by the caller, whose they stay. */
struct daemon *daemon_new(const struct daemon_program *program);
/* Opens the engine, the endpoint and the callbacks of the loop. */
enum err daemon_open(struct daemon *daemon, struct reason *reason) MUST_USE;
/* Begins what reaches out: the service's effects and the links to the nodes that it follows. */
enum err daemon_begin(struct daemon *daemon, struct reason *reason) MUST_USE;
/* Also after an error. DAEMON_DROPPED: the stop is not noted, as after a crash. Frees the daemon
 * before its loop may be closed. */
enum daemon_end { DAEMON_IN_ORDER, DAEMON_DROPPED };
void daemon_close(struct daemon *daemon, enum daemon_end how);

/* daemon.c, or a simulator: a failed commit. Says why and ends at once, without answering (design
 * invariant I1). */
_Noreturn void daemon_fail(struct daemon *daemon, enum err err, const char *doing);

/* daemon_serve.c: clients and followers of this node */
struct bus_server_handlers daemon_server_handlers(struct daemon *daemon);
void daemon_take_turn(struct daemon *daemon);
/* A turn for one request that had to wait. */
void daemon_answer_alone(struct daemon *daemon, struct pending *pending);
/* tick: also tells followers for whom there was nothing how far the journal is. */
void daemon_pump_all(struct daemon *daemon, bool tick);
/* Refuses a request without a turn. */
void daemon_answer_at_once(
	struct daemon *daemon, const struct pending *pending, enum err code, const char *rule);

/* daemon_order.c: whatever is answered is noted, and asked about when its turn comes. */
void daemon_note_order(const struct pending *pending, enum err code);
bool daemon_must_queue(const struct pending *pending);

/* daemon_meter.c: what is counted of requests; for metrics only */
struct metered_type {
	const char *name;
	uint64_t answers[ERR_COUNT];
	struct histogram times;
};
struct meter {
	size_t n;
	struct metered_type *types; /* n, and behind them one for all that are not declared */
	uint16_t *slots;
	struct histogram turns;
	int64_t now_us; /* when what is answered now is answered */
};
/* NULL: out of memory. */
struct meter *meter_new(const struct engine *engine);
void meter_free(struct meter *meter);
void meter_answer(struct meter *meter, const struct pending *pending, enum err status);

/* daemon_http.c: the pages of a daemon; daemon_metrics.c: one of them */
enum err daemon_open_http(struct daemon *daemon, struct reason *reason) MUST_USE;
void daemon_close_http(struct daemon *daemon);
/* ERR_LIMIT, ERR_NO_MEMORY: it could not be written. */
enum err daemon_write_metrics(struct daemon *daemon, struct buffer *out) MUST_USE;

/* daemon_parked.c: requests that wait until another node was seen far enough */
bool daemon_must_wait(struct daemon *daemon, const struct op_request *request);
/* False: too many wait already. */
bool daemon_park(struct daemon *daemon, struct pending *pending);
/* Those whose time has come are answered. */
void daemon_unpark(struct daemon *daemon);
void daemon_forget_parked(struct daemon *daemon, const struct bus_session *session);
void daemon_drop_parked(struct daemon *daemon);

/* daemon_effects.c: what the service does outside of its store */
enum err daemon_open_effects(struct daemon *daemon, struct reason *reason) MUST_USE;
void daemon_run_effects(struct daemon *daemon);
void daemon_close_effects(struct daemon *daemon);

/* daemon_master.c: wraps the data keys with the master key in new_file, which is made when it is
 * not there, and puts that file into the place of the old one. After a crash in between it is to be
 * called again with the same file. */
enum err daemon_change_master(
	const struct daemon_config *config, const char *new_file, struct reason *reason) MUST_USE;

/* daemon_reload.c: the settings file anew; sets again when that needs another start */
bool daemon_reload(struct daemon *daemon);

/* daemon_supervise.c: what the service manager is told, while the loop turns */
enum err daemon_open_supervision(struct daemon *daemon) MUST_USE;
void daemon_say_ready(const struct daemon *daemon);
/* Reloads, and says so; ends the loop when it is to start again. */
void daemon_take_hangup(struct daemon *daemon);

/* daemon_follow.c: the nodes that this one follows */
enum err daemon_follow_all(struct daemon *daemon, struct reason *reason) MUST_USE;
/* What the link to that owner is to be. */
struct bus_link_options daemon_link_options(
	struct daemon *daemon, const struct daemon_config *config, size_t i);
void daemon_after_batches(struct daemon *daemon);
/* Those that waited for room follow again when there is some. */
void daemon_follow_again(struct daemon *daemon);
void daemon_unfollow_all(struct daemon *daemon);

#endif
