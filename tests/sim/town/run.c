/* One run of the simulated town, from its seed to its verdict. Touches nothing but standard output
 * when it is traced. */
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

#include "tests/sim/town/sim.h"

enum {
	CHECK_EVERY = 250,
	HEAL_MAX_STEPS = 60000,
	SAY_EVERY_MS = 150,
	QUIET_EVERY_MS = 500,
	SNAPSHOT_EVERY_MS = 1500,
	LEAP_EVERY_MS = 20000
};

struct world world;

/* ---- chance and trace ------------------------------------------------------------------------ */

uint64_t chance(enum stream stream, uint64_t below)
{
	const struct random random = random_seeded(&world.chance[stream]);

	return below > 1 ? random_u64(&random) % below : 0;
}

int64_t chance_skewed(enum stream stream, int64_t low, int64_t high)
{
	uint64_t range = (uint64_t)(high - low) + 1;

	for (uint64_t halves = chance(stream, 6); halves && range > 1; halves--)
		range = range / 2 + 1;
	return low + (int64_t)chance(stream, range);
}

void trace(const char *format, ...)
{
	va_list args;

	if (!world.options.trace)
		return;
	printf("%6llu %9.3f  ", (unsigned long long)world.result->step,
		(double)(world.now % (100 * MS_PER_DAY)) / 1000.0);
	va_start(args, format);
	vprintf(format, args);
	va_end(args);
	putchar('\n');
}

void log_write(enum log_level level, const char *event, const struct log_pair *pairs)
{
	if (!world.options.trace || level > LOG_INFO)
		return;
	printf("%6llu %9s  %s: %s", (unsigned long long)world.result->step, "",
		world.running ? world.running->name : "?", event);
	for (; pairs->key; pairs++)
		if (pairs->text)
			printf(", %s %s", pairs->key, pairs->text);
		else
			printf(", %s %lld", pairs->key, (long long)pairs->number);
	putchar('\n');
}

void log_set_level(enum log_level level)
{
	(void)level;
}

int log_level_of(const char *word)
{
	(void)word;
	return LOG_INFO;
}

void log_set_node(const char *node)
{
	(void)node;
}

/* ---- what goes on by itself ------------------------------------------------------------------ */

static void run_say(struct event *event)
{
	struct town_view view = checks_view();
	unsigned node;

	event_set(event, world.now + chance_skewed(FOR_CLIENTS, 1, 4 * SAY_EVERY_MS));
	if (world.healing)
		return;
	workload_look(world.workload, &view);
	const char *wish = faults_wish();
	clients_say(wish && chance(FOR_CLIENTS, 4) ? wish : NULL, &node);
}

static void run_snapshot(struct event *event)
{
	event_set(event, world.now + chance_skewed(FOR_NODES, 1, 2 * SNAPSHOT_EVERY_MS));
	node_take_snapshot(&world.nodes[chance(FOR_NODES, NODES)]);
}

/* A quiet night or week-end: time goes on, and what was on its way arrives at its end. */
static void run_leap(struct event *event)
{
	event_set(event, world.now + chance_skewed(FOR_WORK, 1, 2 * LEAP_EVERY_MS));
	if (!world.healing && (clients_done() || chance(FOR_WORK, 4) == 0)) {
		world.now += chance_skewed(FOR_WORK, MS_PER_MINUTE, 4 * MS_PER_DAY);
		trace("time has passed");
	}
}

static struct event say = {.kind = STEP_CLIENT, .run = run_say};
static struct event snapshot = {.kind = STEP_WORLD, .run = run_snapshot};
static struct event leap = {.kind = STEP_WORLD, .run = run_leap};

/* ---- steps ----------------------------------------------------------------------------------- */

static void run_node_event(void *ctx)
{
	struct event *event = ctx;

	event->run(event);
}

static void step(void)
{
	struct event *event = event_take();
	struct node *node = event->node;

	if (event->at > world.now)
		world.now = event->at;
	if (node && node->busy_until > world.now) {
		event_set(event, node->busy_until);
		return;
	}
	world.result->step++;
	world.result->counts.steps++;
	world.result->counts.kinds[event->kind]++;
	if (world.options.trace && (event->kind == STEP_TIMER || event->kind == STEP_TASK))
		trace("%s: %s", node ? node->name : "world",
			event->kind == STEP_TIMER ? "timer" : "turn");
	if (!node) {
		event->run(event);
		return;
	}
	if (node->service_ms)
		node->busy_until = world.now + node->service_ms;
	node_run(node, run_node_event, event);
	clients_overhear(node);
	check_step(node);
}

static void begin(const struct layout *layout, const struct sim_options *options)
{
	world.layout = layout;
	world.options = *options;
	world.now = INT64_C(1772438400000) + (int64_t)(options->seed % 365) * MS_PER_DAY;
	for (unsigned i = 0; i < STREAMS; i++)
		world.chance[i] = options->seed * STREAMS + i;
	arena_init(&world.arena, (size_t)256 * 1024 * 1024);
	world.workload = workload_new(options->seed);
	world.check = town_check_new();
	clients_begin();
	for (unsigned i = 0; i < NODES; i++) {
		world.nodes[i] = (struct node){.index = i,
			.name = node_names[i],
			.program = layout->program[i],
			.random_state = options->seed * 1000 + i};
		node_restart_in(&world.nodes[i], (int64_t)chance(FOR_NODES, 1000));
	}
	faults_begin();
	operators_begin();
	event_set(&say, world.now + 100);
	event_set(&snapshot, world.now + SNAPSHOT_EVERY_MS);
	event_set(&leap, world.now + LEAP_EVERY_MS);
}

/* All faults end; nothing new is said; everything must come to rest. */
static void heal(void)
{
	uint64_t last = world.result->step + HEAL_MAX_STEPS;
	int64_t look = 0;
	const char *why = "";

	world.healing = world.result->healing = true;
	trace("all faults end");
	event_drop(&say);
	event_drop(&leap);
	event_drop(&snapshot);
	faults_heal();
	while (!world.result->failed && world.result->step < last) {
		step();
		if (world.now < look)
			continue;
		look = world.now + QUIET_EVERY_MS;
		why = not_yet_quiet();
		if (!why)
			return;
	}
	fail("stuck, %u steps after the last fault: %s", HEAL_MAX_STEPS, why);
}

void sim_run(
	const struct layout *layout, const struct sim_options *options, struct sim_result *result)
{
	world.result = result;
	begin(layout, options);
	while (result->step < options->steps && !result->failed) {
		step();
		if (result->step % CHECK_EVERY == 0)
			check_sometimes();
	}
	if (!result->failed)
		heal();
	if (!result->failed)
		check_healed();
	clients_end();
	result->counts.seeds++;
}
