/* A whole town in one process: real services, engines and daemons on stores in memory, sockets, a
 * loop and clocks that are simulated, everything driven by one seed. Inside of tests/sim/town only.
 *
 * 1. One step is one event: a message that arrives, a timer or task of a node, something that a
 *    client does, a fault. Events run in order of their time, and of their making within one time.
 * 2. Everything that is left to chance is drawn from streams of the seed, one for each use, so that
 *    a fault switched off changes nothing else than what follows from it.
 * 3. A node's code runs only inside node_run, which a crash leaves by longjmp.
 * 4. The same options give the same run, in any process.
 */
#ifndef TESTS_SIM_TOWN_SIM_H
#define TESTS_SIM_TOWN_SIM_H

#include <setjmp.h>

#include "common/daemon_private.h"
#include "tests/sim/town/workload.h"

/* Nodes by number, those that have something to decide first; clients live on a host of their own,
 * outside. */
enum {
	NODE_INTAKE,
	NODE_EMPLOYMENT,
	NODE_FAMILY,
	NODE_SOCIAL,
	NODE_NOTIFICATION,
	NODE_REPORTING,
	NODE_ARCHIVE
};
enum { NODES = 7, SPOKEN_TO = 6, OUTSIDE = NODES, HOSTS };
enum { CLIENTS = 3, COMMANDS_MAX = 160 };

/* F(name, words of it) */
#define FAULT_LIST(F)                                                         \
	F(crash, "a node ends between two events")                            \
	F(crash_turn, "a node ends before the commit of a turn")              \
	F(crash_commit, "a node ends behind a commit, before it answers")     \
	F(crash_send, "a node ends while it sends")                           \
	F(crash_loop, "a node ends at each of its next starts")               \
	F(stop, "a node is stopped in order and started again")               \
	F(downtime, "a node is away for hours or days")                       \
	F(io_error, "a commit fails")                                         \
	F(io_unsure, "a commit fails, and yet is there afterwards")           \
	F(disk_full, "no write begins for a while")                           \
	F(map_full, "commits find no room for a while")                       \
	F(partition, "some hosts do not reach the others")                    \
	F(one_way, "one host does not reach another, which reaches it")       \
	F(cut, "connections of a node break")                                 \
	F(slow_link, "messages between two hosts take long")                  \
	F(pause, "a node stands still")                                       \
	F(sluggish, "a node takes long over everything: a slow consumer")     \
	F(duplicate, "messages of a node come twice")                         \
	F(flip, "bits of a message change")                                   \
	F(revoked, "a node does not know one of its peers for a while")       \
	F(poison, "a record is sent that cannot be applied")                  \
	F(clock_ahead, "a node's clock jumps ahead")                          \
	F(clock_back, "a node's clock jumps back")                            \
	F(ask_twice, "a client asks again although its request is under way") \
	F(restore, "a node is put back to an older backup, with a new epoch") \
	F(rollback, "a node's files are put back by hand, and nobody says so")

enum fault {
#define F(name, words) FAULT_##name,
	FAULT_LIST(F)
#undef F
		FAULTS
};
const char *fault_name(unsigned fault);
const char *fault_words(unsigned fault);

struct sim_options {
	uint64_t seed;
	uint64_t steps;
	uint32_t faults_off; /* bits */
	bool commands_off[COMMANDS_MAX];
	bool trace;
};

/* ---- what came of a run; lies in memory that processes share --------------------------------- */

enum step_kind {
	STEP_MESSAGE,
	STEP_TIMER,
	STEP_TASK,
	STEP_CLIENT,
	STEP_FAULT,
	STEP_WORLD,
	STEP_KINDS
};

struct sim_counts {
	uint64_t seeds, steps, kinds[STEP_KINDS];
	uint64_t faults[FAULTS];
	uint64_t told, acknowledged, refused, unanswered, replayed, records, applied, withheld;
	uint64_t refused_by[ERR_COUNT];
	uint32_t pairs[COMMANDS_MAX][FAULTS];
};

struct sim_result {
	struct sim_counts counts;
	bool failed;
	uint64_t step; /* where it is, or where it failed */
	bool healing;  /* behind the last step, when all faults have stopped */
	char why[1500];
};

/* Plays one seed from its beginning to its end, once in a process: what it took is not given back.
 */
struct layout;
void sim_run(
	const struct layout *layout, const struct sim_options *options, struct sim_result *result);

/* ---- layout.c: the nodes as they stand in their settings ------------------------------------- */

struct layout {
	struct daemon_program program[NODES];
	struct daemon_config config[NODES];
};
extern const char *const node_names[HOSTS];
extern const char *const client_names[CLIENTS];
/* Makes the files of a new town, reads them, and removes them; exits when that fails. */
void layout_prepare(struct layout *layout);
const char *layout_client_key(const struct layout *layout, unsigned client);

/* ---- events ---------------------------------------------------------------------------------- */

struct node;

struct event {
	int64_t at; /* true ms */
	uint64_t order;
	size_t place;      /* in the heap, from 1; 0: not in it */
	struct node *node; /* whose code runs; NULL: the world's own */
	enum step_kind kind;
	void (*run)(struct event *event);
};

struct heap {
	struct event **at;
	size_t n, size;
};
void event_set(struct event *event, int64_t at);
void event_drop(struct event *event);
/* The next one, taken out; NULL: none. */
struct event *event_take(void);

#define OWNER_OF(pointer, type, member) ((type *)(void *)((char *)(pointer)-offsetof(type, member)))

/* ---- chance ---------------------------------------------------------------------------------- */

enum stream {
	FOR_NET,
	FOR_NODES,
	FOR_CLIENTS,
	FOR_FAULTS,
	FOR_WORK,
	FOR_CHANNELS,
	FOR_CHECKS,
	STREAMS
};
uint64_t chance(enum stream stream, uint64_t below);
/* From low to high, small ones more often. */
int64_t chance_skewed(enum stream stream, int64_t low, int64_t high);

/* ---- nodes ----------------------------------------------------------------------------------- */

/* Where the next crash of a node is to happen. */
enum armed { NOT_ARMED, ARMED_TURN, ARMED_COMMIT, ARMED_SEND, ARMED_IO_ERROR, ARMED_IO_UNSURE };

enum { SNAPSHOTS = 4 };
struct snapshot {
	struct store *store;
	struct keyring *keyring;
	struct head head;
	uint64_t taken; /* step */
};

struct loop {
	struct node *node;
};

struct node {
	unsigned index;
	const char *name;
	struct daemon_program program;
	struct store *store;
	struct keyring *keyring;
	struct loop loop;
	struct daemon *daemon; /* NULL: down */
	uint64_t random_state;
	int64_t clock_offset;
	int64_t busy_until; /* stands still until */
	int64_t service_ms; /* how long it takes over an event, when sluggish */
	enum armed armed;
	enum fault armed_fault;
	unsigned starts_to_fail; /* so many of the next ones end soon */
	unsigned armed_after;    /* so many more chances go by */
	bool map_full, disk_full;
	struct event restart;
	struct snapshot snapshots[SNAPSHOTS];
	unsigned n_snapshots;
	bool new_epoch;       /* to be begun at the next start */
	uint64_t by_hand;     /* put back so: numbers from here on are used again in one epoch */
	uint64_t put_back_to; /* the earliest state that it was ever put back to; 0: never */
	unsigned lives;       /* how often it was put back to an older state */
	struct head head;     /* durable, as last seen committed */
	uint32_t faults;      /* in force at this node, bits */
	unsigned fault_uses[FAULTS];
	const char *ended; /* why the last run of it ended */
};

void node_start(struct node *node);
/* Ends it as kill -9 does. */
void node_crash(struct node *node, const char *why);
/* Ends it as SIGTERM does. */
void node_stop(struct node *node);
void node_restart_in(struct node *node, int64_t ms);
/* Runs code of the node; false: it crashed meanwhile. */
bool node_run(struct node *node, void (*fn)(void *ctx), void *ctx);
/* Leaves node_run. */
_Noreturn void node_abandon(const char *why);
void node_take_snapshot(struct node *node);
/* The node is down; its state becomes that of a snapshot. */
void node_put_back(struct node *node, unsigned snapshot);
bool node_up(const struct node *node);
struct engine *node_engine(const struct node *node);
int64_t node_now(const struct node *node);

/* ---- the network ----------------------------------------------------------------------------- */

struct wire;
struct wire_message;
struct wire_ends {
	void *ctx;
	void (*on_message)(void *ctx, struct wire_message *message);
	void (*on_event)(void *ctx, bool writable);
};
/* A DEALER of a client, outside. */
struct wire *wire_of_client(unsigned client, unsigned node, const struct wire_ends *ends);
/* All sockets of a node that crashes: part of what was sent last is lost. */
void wires_crash(struct node *node);
/* Nothing that it has sent is still under way: it takes longer to put back its state. */
void wires_forget(unsigned host);
/* Breaks the connections of a host (with another one; HOSTS: with all). */
void wires_cut(unsigned host, unsigned other);
/* After a change of `blocked`: what is cut off for long is noticed. */
void wires_review(void);
/* The most batches that are under way to one follower. */
unsigned wires_batches(void);

/* ---- clients --------------------------------------------------------------------------------- */

struct line;   /* one client's connection to one node */
struct flight; /* one command, from its first sending to its last answer */
void clients_begin(void);
/* Says the next deed; only: this command if possible, NULL: any. Returns its command's number,
 * COMMANDS_MAX: none. */
size_t clients_say(const char *only, unsigned *ret_node);
bool clients_done(void);
/* A fault is in force at the node from now on, or was a moment: commands on their way to it meet
 * it. */
void clients_meet(unsigned node, enum fault fault);
void clients_ask_twice(unsigned node);
/* Is such a command under way that has met it? */
bool clients_have_met(size_t command, enum fault fault);
void clients_end(void);
/* Commands that a node's effects have told it. */
void clients_overhear(struct node *node);
/* An order of the operators; what it points at is copied. */
void clients_order(const struct deed *deed);
/* Acknowledged by that node after its state at that head; they are gone with it. */
void clients_forget(unsigned node, uint64_t beyond);

/* operators.c: they look at what the nodes show, and decide about what has diverged. */
void operators_begin(void);

/* ---- faults ---------------------------------------------------------------------------------- */

void faults_begin(void);
/* The command that is to be said now, NULL: any. */
const char *faults_wish(void);
/* It was said, to that node. */
void faults_said(size_t command, unsigned node);
/* A node begins to start. */
void faults_starting(struct node *node);
/* What was armed has happened, or will not happen any more. */
void faults_fired(struct node *node);
/* All of them end. */
void faults_heal(void);

/* ---- what must hold -------------------------------------------------------------------------- */

/* By its number at the owner; -1: it does not follow it. */
int follower_index(unsigned owner, unsigned follower);
struct town_view checks_view(void);
/* The node's journal ends there again. */
void checks_rewind(unsigned node, uint64_t seq);
/* After each step of a node. */
void check_step(struct node *node);
/* Now and then. */
void check_sometimes(void);
/* When everything has healed. */
void check_healed(void);
/* erased.c: of what a node has erased. */
void check_erased(struct node *node);
/* NULL: everything that was said is done and everybody has everything; otherwise what is not. */
const char *not_yet_quiet(void);
/* The first failure stands, and the run ends. */
void fail(const char *format, ...) __attribute__((format(printf, 1, 2)));

/* ---- the world ------------------------------------------------------------------------------- */

struct world {
	const struct layout *layout;
	struct sim_options options;
	struct sim_result *result;
	int64_t now;
	uint64_t order;
	uint64_t chance[STREAMS];
	struct heap heap;
	struct node nodes[NODES];
	struct node *running; /* whose code runs */
	jmp_buf crash;
	const char *crash_why;
	bool healing;               /* no new commands, no new faults */
	bool blocked[HOSTS][HOSTS]; /* from, to */
	int64_t slow_ms[HOSTS][HOSTS];
	unsigned duplicating[HOSTS], flipping[HOSTS],
		poisoning[HOSTS]; /* so many of the next messages it sends */
	struct workload *workload;
	struct town_check *check;
	struct arena arena; /* of one step */
};
extern struct world world;

void trace(const char *format, ...) __attribute__((format(printf, 1, 2)));

#endif
