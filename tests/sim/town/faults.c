/* What goes wrong in the simulated town: each fault is drawn from the seed, is in force for a while
 * or for a moment, and ends at last. Touches nothing.
 *
 * Most faults strike the command that is a seed's own, when it has just been said; so over enough
 * seeds every command meets every fault. */
#include <stdlib.h>
#include <string.h>

#include "tests/sim/town/sim.h"

enum { IN_FORCE_MAX = 24, FAULT_EVERY_MS = 2500, STRIKE_GAP_MS = 1500, MISSED_MAX = 4 };

static const char *const names[FAULTS] = {
#define F(name, words) #name,
	FAULT_LIST(F)
#undef F
};
static const char *const all_words[FAULTS] = {
#define F(name, words) words,
	FAULT_LIST(F)
#undef F
};

const char *fault_name(unsigned fault)
{
	return names[fault];
}

const char *fault_words(unsigned fault)
{
	return all_words[fault];
}

/* A fault that is in force until its event. */
struct force {
	struct event end;
	enum fault fault;
	unsigned node, other;
	bool hosts[HOSTS]; /* partition: one side */
	bool on;
};

static struct {
	struct force force[IN_FORCE_MAX];
	struct event next, strike;
	bool due;        /* the seed's own command is to be struck when it is said */
	unsigned struck; /* node */
	int64_t struck_at;
	unsigned strikes, missed;
} all;

/* ---- in force -------------------------------------------------------------------------------- */

static void note(unsigned host, enum fault fault, bool on)
{
	struct node *node = &world.nodes[host];

	if (host >= NODES)
		return;
	if (on) {
		node->fault_uses[fault]++;
		clients_meet(host, fault);
	} else {
		node->fault_uses[fault]--;
	}
	node->faults &= ~(UINT32_C(1) << fault);
	node->faults |= (uint32_t)(node->fault_uses[fault] > 0) << fault;
}

/* What is blocked and slow follows from everything that is in force. */
static void review_network(void)
{
	for (unsigned a = 0; a < HOSTS; a++)
		for (unsigned b = 0; b < HOSTS; b++) {
			world.blocked[a][b] = false;
			world.slow_ms[a][b] = 0;
		}
	for (const struct force *f = all.force; f < all.force + IN_FORCE_MAX; f++) {
		if (!f->on)
			continue;
		if (f->fault == FAULT_one_way)
			world.blocked[f->node][f->other] = true;
		if (f->fault == FAULT_slow_link)
			world.slow_ms[f->node][f->other] = world.slow_ms[f->other][f->node] = 3000;
		for (unsigned a = 0; f->fault == FAULT_partition && a < HOSTS; a++)
			for (unsigned b = 0; b < HOSTS; b++)
				if (f->hosts[a] != f->hosts[b])
					world.blocked[a][b] = true;
	}
	wires_review();
}

/* The list of who may connect, as after SIGHUP; without the other host's keys while revoked. */
static void list_peers(const struct force *f, bool revoked)
{
	struct daemon *daemon = world.nodes[f->node].daemon;
	struct bus_peer peers[MAX_PEERS];
	struct reason reason;
	size_t n = 0;

	if (!daemon || !daemon->bus)
		return;
	for (size_t i = 0; i < daemon->config.n_peers; i++) {
		const struct bus_peer *peer = &daemon->config.peers[i];
		bool is_other = f->other == OUTSIDE ? peer->kind == BUS_CLIENT
						    : !strcmp(peer->name, node_names[f->other]);
		if (!(revoked && is_other))
			peers[n++] = *peer;
	}
	if (bus_set_peers(daemon->bus, peers, n, &reason))
		fail("%s does not take its list of peers: %s %s", world.nodes[f->node].name,
			reason.field, reason.rule);
}

struct listing {
	const struct force *force;
	bool revoked;
};

static void run_listing(void *ctx)
{
	const struct listing *listing = ctx;

	list_peers(listing->force, listing->revoked);
}

static void switch_node(const struct force *f, bool on)
{
	struct node *node = &world.nodes[f->node];

	switch ((int)f->fault) {
	case FAULT_disk_full:
		node->disk_full = on;
		store_refuse_writes(node->store, 0, on ? ERR_FULL : ERR_OK);
		break;
	case FAULT_map_full:
		node->map_full = on;
		break;
	case FAULT_pause:
		node->busy_until = on ? f->end.at : world.now;
		break;
	case FAULT_sluggish:
		node->service_ms = on ? 20 + (int64_t)chance(FOR_FAULTS, 200) : 0;
		break;
	case FAULT_duplicate:
		world.duplicating[f->other] = on ? 12 : 0;
		break;
	case FAULT_poison:
		world.poisoning[f->node] = on ? 1 : 0;
		break;
	case FAULT_revoked:
		node_run(node, run_listing, &(struct listing){f, on});
		break;
	case FAULT_flip:
		world.flipping[f->other] = on ? 2 : 0;
		break;
	case FAULT_clock_ahead:
	case FAULT_clock_back:
		node->clock_offset = 0;
		if (on)
			node->clock_offset = chance_skewed(FOR_FAULTS, 500, 2 * MS_PER_DAY) *
					     (f->fault == FAULT_clock_ahead ? 1 : -1);
		break;
	default:
		review_network();
		break;
	}
}

static void force_end(struct force *f)
{
	event_drop(&f->end);
	f->on = false;
	trace("%s at %s ends", names[f->fault], node_names[f->node]);
	switch_node(f, false);
	note(f->node, f->fault, false);
	if (f->other != f->node)
		note(f->other, f->fault, false);
	for (unsigned i = 0; f->fault == FAULT_partition && i < NODES; i++)
		if (i != f->node && i != f->other)
			note(i, f->fault, false);
}

static void run_end(struct event *event)
{
	force_end(OWNER_OF(event, struct force, end));
}

static bool in_force(enum fault fault, unsigned node)
{
	for (const struct force *f = all.force; f < all.force + IN_FORCE_MAX; f++)
		if (f->on && f->fault == fault && f->node == node)
			return true;
	return false;
}

static unsigned other_host(enum fault fault, unsigned node)
{
	unsigned other = (node + 1 + (unsigned)chance(FOR_FAULTS, HOSTS - 1)) % HOSTS;

	if (fault == FAULT_partition || fault == FAULT_one_way || fault == FAULT_slow_link ||
		fault == FAULT_revoked)
		return other;
	if (fault == FAULT_duplicate || fault == FAULT_flip)
		return other % 2 ? (unsigned)OUTSIDE : node;
	return node;
}

static bool force_begin(enum fault fault, unsigned node, int64_t ms)
{
	struct force *f = all.force;
	bool once = fault == FAULT_clock_ahead || fault == FAULT_clock_back;

	while (f < all.force + IN_FORCE_MAX && f->on)
		f++;
	if (f == all.force + IN_FORCE_MAX || in_force(fault, node) ||
		(once && (in_force(FAULT_clock_ahead, node) || in_force(FAULT_clock_back, node))))
		return false;
	f->fault = fault;
	f->node = node;
	f->on = true;
	f->other = other_host(fault, node);
	for (unsigned i = 0; i < HOSTS; i++)
		f->hosts[i] = chance(FOR_FAULTS, 2);
	f->hosts[f->other] = !f->hosts[node];
	event_set(&f->end, world.now + ms);
	switch_node(f, true);
	note(node, fault, true);
	if (f->other != node)
		note(f->other, fault, true);
	for (unsigned i = 0; fault == FAULT_partition && i < NODES; i++)
		if (i != node && i != f->other)
			note(i, fault, true);
	return true;
}

/* ---- a moment -------------------------------------------------------------------------------- */

static bool arm(struct node *node, enum armed armed, enum fault fault)
{
	if (!node->daemon || node->armed != NOT_ARMED)
		return false;
	node->armed = armed;
	node->armed_fault = fault;
	node->armed_after = (unsigned)chance(FOR_FAULTS, 2);
	note(node->index, fault, true);
	return true;
}

void faults_starting(struct node *node)
{
	if (node->starts_to_fail == 0 || world.healing)
		return;
	node->starts_to_fail--;
	(void)arm(node, ARMED_TURN, FAULT_crash_loop);
	node->armed_after = (unsigned)chance(FOR_FAULTS, 4);
}

void faults_fired(struct node *node)
{
	if (node->armed != NOT_ARMED)
		note(node->index, node->armed_fault, false);
	node->armed = NOT_ARMED;
}

/* Away for long: the others do not count every heartbeat of it. */
static void go_away(struct node *node)
{
	node_crash(node, "it goes away");
	world.now += chance_skewed(FOR_FAULTS, MS_PER_MINUTE, 2 * MS_PER_DAY);
	node_restart_in(node, 1 + (int64_t)chance(FOR_FAULTS, 5000));
}

/* by_hand: whoever did it tells nobody. */
static bool put_back(struct node *node, bool by_hand)
{
	if (node->n_snapshots == 0)
		return false;
	unsigned snapshot = (unsigned)chance(FOR_FAULTS, node->n_snapshots);
	unsigned other = (unsigned)chance(FOR_FAULTS, node->n_snapshots);
	if (node->snapshots[other].head.seq < node->snapshots[snapshot].head.seq)
		snapshot = other;
	node_crash(node, "it is put back");
	node_put_back(node, snapshot);
	node->new_epoch = !by_hand;
	if (by_hand && (!node->by_hand || node->by_hand > node->head.seq))
		node->by_hand = node->head.seq + 1;
	return true;
}

static bool happens(enum fault fault, struct node *node)
{
	switch ((int)fault) {
	case FAULT_crash:
		node_crash(node, "killed");
		break;
	case FAULT_crash_turn:
		return arm(node, ARMED_TURN, fault);
	case FAULT_crash_commit:
		return arm(node, ARMED_COMMIT, fault);
	case FAULT_crash_send:
		return arm(node, ARMED_SEND, fault);
	case FAULT_io_error:
		return arm(node, ARMED_IO_ERROR, fault);
	case FAULT_io_unsure:
		return arm(node, ARMED_IO_UNSURE, fault);
	case FAULT_crash_loop:
		node_crash(node, "killed");
		node->starts_to_fail = 2 + (unsigned)chance(FOR_FAULTS, 4);
		break;
	case FAULT_stop:
		node_stop(node);
		break;
	case FAULT_downtime:
		go_away(node);
		break;
	case FAULT_cut:
		wires_cut(node->index, HOSTS);
		break;
	case FAULT_restore:
	case FAULT_rollback:
		if (!put_back(node, fault == FAULT_rollback))
			return false;
		break;
	case FAULT_ask_twice:
		clients_ask_twice(node->index);
		break;
	default:
		return force_begin(fault, node->index, chance_skewed(FOR_FAULTS, 50, 30000));
	}
	clients_meet(node->index, fault);
	return true;
}

static void begin(enum fault fault, unsigned node)
{
	if (world.options.faults_off >> fault & 1U)
		return;
	trace("fault: %s at %s", names[fault], node_names[node]);
	world.result->counts.faults[fault]++;
	if (!happens(fault, &world.nodes[node]))
		trace("but not now");
}

/* ---- when ------------------------------------------------------------------------------------ */

/* Each seed has a command of its own, and strikes it with one fault after another, beginning where
 * the last seed of that command may have ended. */
static size_t own_command(void)
{
	return (size_t)(world.options.seed % workload_commands());
}

static enum fault next_fault(void)
{
	uint64_t round = world.options.seed / workload_commands();

	return (enum fault)((round * FAULTS / 3 + all.strikes) % FAULTS);
}

const char *faults_wish(void)
{
	return all.due && !world.healing ? workload_command_name(own_command()) : NULL;
}

void faults_said(size_t command, unsigned node)
{
	bool rare = world.now > all.struck_at + STRIKE_GAP_MS;

	if (!(all.due || rare) || world.healing || command != own_command() || all.strike.place)
		return;
	all.due = false;
	all.struck_at = world.now;
	all.struck = node;
	event_set(&all.strike, world.now + chance_skewed(FOR_FAULTS, 0, 4));
}

static void run_strike(struct event *event)
{
	enum fault fault = next_fault();
	(void)event;

	if (world.healing)
		return;
	begin(fault, all.struck);
	bool met = clients_have_met(own_command(), fault);
	all.strikes += met || ++all.missed % MISSED_MAX == 0;
}

static void run_next(struct event *event)
{
	unsigned node;

	event_set(event, world.now + chance_skewed(FOR_FAULTS, 1, 2 * FAULT_EVERY_MS));
	if (world.healing)
		return;
	if (!all.due && chance(FOR_FAULTS, 3)) {
		all.due = true;
		return;
	}
	clients_say(NULL, &node);
	begin((enum fault)chance(FOR_FAULTS, FAULTS), (unsigned)chance(FOR_FAULTS, NODES));
}

void faults_begin(void)
{
	for (size_t i = 0; i < IN_FORCE_MAX; i++)
		all.force[i].end = (struct event){.kind = STEP_FAULT, .run = run_end};
	all.next = (struct event){.kind = STEP_FAULT, .run = run_next};
	all.strike = (struct event){.kind = STEP_FAULT, .run = run_strike};
	event_set(&all.next, world.now + FAULT_EVERY_MS);
}

void faults_heal(void)
{
	event_drop(&all.next);
	event_drop(&all.strike);
	for (struct force *f = all.force; f < all.force + IN_FORCE_MAX; f++)
		if (f->on)
			force_end(f);
	for (unsigned i = 0; i < NODES; i++) {
		faults_fired(&world.nodes[i]);
		node_start(&world.nodes[i]);
	}
}
