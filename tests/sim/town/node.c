/* The life of a simulated node: start, crash, stop, snapshots. Its store and keyring lie in memory
 * and outlive the daemon. */
#include <stdlib.h>
#include <string.h>

#include "tests/sim/town/sim.h"

enum { SPARE_KEYS = 32, RESTART_MS = 100 };

const char *const node_names[HOSTS] = {"intake", "planning.employment", "planning.family",
	"planning.social", "notification", "reporting", "archive", "outside"};

bool node_up(const struct node *node)
{
	return node->daemon && node->daemon->engine;
}

struct engine *node_engine(const struct node *node)
{
	return node->daemon ? node->daemon->engine : NULL;
}

int64_t node_now(const struct node *node)
{
	return world.now + node->clock_offset;
}

static int64_t wall_clock(void *ctx)
{
	return node_now(ctx);
}

static int64_t steady_clock(void *ctx)
{
	(void)ctx;
	return world.now;
}

/* ---- running and crashing -------------------------------------------------------------------- */

void node_abandon(const char *why)
{
	world.crash_why = why;
	longjmp(world.crash, 1);
}

/* A failed commit ends the daemon at once; here the node alone. */
void daemon_fail(struct daemon *daemon, enum err err, const char *doing)
{
	(void)daemon;
	trace("%s ends: %s, %s", world.running->name, doing, err_word(err));
	if (world.running->armed == NOT_ARMED)
		fail("%s ended by itself: %s, %s", world.running->name, doing, err_word(err));
	node_abandon("a failed commit");
}

bool node_run(struct node *node, void (*fn)(void *ctx), void *ctx)
{
	world.running = node;
	if (setjmp(world.crash) == 0) {
		fn(ctx);
		world.running = NULL;
		return true;
	}
	world.running = NULL;
	node_crash(node, world.crash_why);
	return false;
}

static enum err on_commit(void *ctx, enum store_moment moment)
{
	struct node *node = ctx;

	if (moment == STORE_COMMITTING && node->map_full)
		return ERR_FULL;
	if (moment == STORE_COMMITTED && node_up(node))
		engine_head(node_engine(node), &node->head);
	if (node->armed == NOT_ARMED || node->armed == ARMED_SEND)
		return ERR_OK;
	bool before = node->armed == ARMED_TURN || node->armed == ARMED_IO_ERROR;
	if (before != (moment == STORE_COMMITTING))
		return ERR_OK;
	if (node->armed_after-- > 0)
		return ERR_OK;
	if (node->armed == ARMED_COMMIT)
		node_abandon("behind a commit");
	return ERR_SYSTEM;
}

static void watch_store(struct node *node)
{
	store_watch_commits(node->store, (struct store_watch){on_commit, node});
	store_refuse_writes(node->store, 0, node->disk_full ? ERR_FULL : ERR_OK);
}

/* ---- start ----------------------------------------------------------------------------------- */

static struct engine_options options_of(const struct node *node)
{
	const struct daemon_config *config = &world.layout->config[node->index];

	return (struct engine_options){.service = node->program.service,
		.owners = config->owners,
		.n_owners = config->n_owners};
}

static void make_state(struct node *node)
{
	static const uint8_t master[MASTER_KEY_BYTES] = {1, 2, 3};
	const struct engine_options options = options_of(node);
	const struct random random = random_seeded(&node->random_state);
	size_t n;
	struct tree *trees = engine_trees(&options, &n);

	if (!trees || store_open_memory(trees, n, &node->store) ||
		keyring_open(NULL, master, &random, &node->keyring))
		abort();
	engine_trees_free(trees, n);
	watch_store(node);
}

struct starting {
	struct node *node;
	struct reason reason;
	enum err err;
};

/* What `oneplanctl restore` does, before the daemon is started. */
static enum err begin_epoch(struct node *node, struct reason *reason)
{
	const struct engine_options options = daemon_engine_options(node->daemon);
	const struct node_restored why = {
		.by = text_of("Ida Drift"), .reason = text_of("the disk was lost")};
	struct engine *engine;
	enum err err = engine_open(&options, &engine, reason);

	if (err)
		return err;
	err = engine_begin_epoch(engine, &why);
	engine_head(engine, &node->head);
	node->new_epoch = err != ERR_OK;
	if (!err)
		err = engine_stop(engine);
	engine_close(engine);
	return err;
}

static void open_node(void *ctx)
{
	struct starting *starting = ctx;
	struct node *node = starting->node;
	struct daemon *daemon = daemon_new(&node->program);

	if (!daemon)
		abort();
	node->daemon = daemon;
	daemon->config = world.layout->config[node->index];
	daemon->clock = (struct clock){wall_clock, steady_clock, node};
	daemon->random = random_seeded(&node->random_state);
	daemon->spare_keys = SPARE_KEYS;
	daemon->loop = &node->loop;
	daemon->store = node->store;
	daemon->keyring = node->keyring;
	faults_starting(node);
	starting->err = node->new_epoch ? begin_epoch(node, &starting->reason) : ERR_OK;
	if (!starting->err)
		starting->err = daemon_open(daemon, &starting->reason);
	if (!starting->err)
		starting->err = daemon_begin(daemon, &starting->reason);
}

void node_start(struct node *node)
{
	struct starting starting = {.node = node};

	event_drop(&node->restart);
	if (node->daemon)
		return;
	trace("%s starts", node->name);
	if (!node_run(node, open_node, &starting) || !starting.err)
		return;
	trace("%s does not start: %s %s", node->name, starting.reason.field, starting.reason.rule);
	if (node->armed == NOT_ARMED && !node->map_full && !node->disk_full)
		fail("%s does not start: %s %s", node->name, starting.reason.field,
			starting.reason.rule);
	node_crash(node, "it did not start");
}

static void run_restart(struct event *event)
{
	node_start(OWNER_OF(event, struct node, restart));
}

void node_restart_in(struct node *node, int64_t ms)
{
	if (!node->store) {
		make_state(node);
		node->loop = (struct loop){node};
		node->restart = (struct event){.kind = STEP_WORLD, .run = run_restart};
	}
	if (!node->daemon)
		event_set(&node->restart, world.now + ms);
}

/* ---- end ------------------------------------------------------------------------------------- */

static void close_dropped(void *ctx)
{
	daemon_close(ctx, DAEMON_DROPPED);
}

void node_crash(struct node *node, const char *why)
{
	struct daemon *daemon = node->daemon;

	if (!daemon)
		return;
	trace("%s crashes: %s", node->name, why);
	node->ended = why;
	faults_fired(node);
	node->busy_until = 0;
	wires_crash(node);
	store_crash(node->store);
	node->daemon = NULL;
	world.running = node;
	close_dropped(daemon);
	world.running = NULL;
	node_restart_in(node, RESTART_MS + chance_skewed(FOR_NODES, 0, 5000));
}

static void close_in_order(void *ctx)
{
	struct node *node = ctx;
	struct daemon *daemon = node->daemon;

	node->daemon = NULL;
	daemon_close(daemon, DAEMON_IN_ORDER);
}

void node_stop(struct node *node)
{
	if (!node->daemon)
		return;
	trace("%s stops", node->name);
	faults_fired(node); /* a crash halfway is a crash: others are drawn for that */
	node->busy_until = 0;
	node->ended = "stopped";
	node_run(node, close_in_order, node);
	node_restart_in(node, RESTART_MS + chance_skewed(FOR_NODES, 0, 5000));
}

/* ---- older states ---------------------------------------------------------------------------- */

void node_take_snapshot(struct node *node)
{
	struct snapshot *at = &node->snapshots[node->n_snapshots % SNAPSHOTS];

	if (!node_up(node))
		return;
	if (node->n_snapshots < SNAPSHOTS) {
		node->n_snapshots++;
	} else {
		at = &node->snapshots[chance(FOR_NODES, SNAPSHOTS)];
		store_close(at->store);
		keyring_close(at->keyring);
	}
	if (store_copy_memory(node->store, &at->store) || keyring_copy(node->keyring, &at->keyring))
		abort();
	engine_head(node_engine(node), &at->head);
	at->taken = world.result->step;
}

/* Those that were taken behind it are of a journal that is no more. */
static void forget_later(struct node *node, uint64_t taken)
{
	unsigned kept = 0;

	for (unsigned i = 0; i < node->n_snapshots; i++) {
		if (node->snapshots[i].taken <= taken) {
			node->snapshots[kept++] = node->snapshots[i];
			continue;
		}
		store_close(node->snapshots[i].store);
		keyring_close(node->snapshots[i].keyring);
	}
	node->n_snapshots = kept;
}

void node_put_back(struct node *node, unsigned snapshot)
{
	const struct snapshot at = node->snapshots[snapshot];

	trace("%s is put back from %llu to %llu", node->name, (unsigned long long)node->head.seq,
		(unsigned long long)at.head.seq);
	store_close(node->store);
	keyring_close(node->keyring);
	if (store_copy_memory(at.store, &node->store) || keyring_copy(at.keyring, &node->keyring))
		abort();
	watch_store(node);
	wires_forget(node->index);
	node->lives++;
	if (node->put_back_to == 0 || at.head.seq < node->put_back_to)
		node->put_back_to = at.head.seq + 1;
	node->head = at.head;
	forget_later(node, at.taken);
	checks_rewind(node->index, at.head.seq);
	clients_forget(node->index, at.head.seq);
}
