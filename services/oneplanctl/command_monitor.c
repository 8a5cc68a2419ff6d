/* The command `monitor`: a line a second about each node or queue, until interrupted; asks all
 * nodes. */
#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>

#include "services/oneplanctl/amounts.h"
#include "services/oneplanctl/output.h"
#include "services/oneplanctl/table.h"
#include "services/oneplanctl/watch.h"

static const struct table_column node_columns[] = {{.title = "time", .least = 8},
	{.title = "node", .least = 19}, {.title = "state", .least = 8},
	{.title = "head", .right = true, .least = 8},
	{.title = "written", .right = true, .least = 7},
	{.title = "waits", .right = true, .least = 7},
	{.title = "oldest", .right = true, .least = 8}, {.title = "worst", .least = 7},
	{.title = "aside", .right = true, .least = 5},
	{.title = "room", .right = true, .least = 5}};

static const struct table_column queue_columns[] = {{.title = "time", .least = 8},
	{.title = "node", .least = 19}, {.title = "queue", .least = 27, .gives = true},
	{.title = "depth", .right = true, .least = 6},
	{.title = "oldest", .right = true, .least = 7}, {.title = "in", .right = true, .least = 6},
	{.title = "out", .right = true, .least = 6}, {.title = "verdict"}};

enum {
	NODE_COLUMNS = sizeof(node_columns) / sizeof(node_columns[0]),
	QUEUE_COLUMNS = sizeof(queue_columns) / sizeof(queue_columns[0]),
	ARENA_BYTES = 4 * 1024 * 1024,
	INTERVAL_MS = 1000,
	ANSWERS_MS = 900
};

struct monitor {
	struct ctl *ctl;
	const struct arguments *arguments;
	const char *queue; /* lines about queues whose name begins so; NULL: about nodes */
	int64_t interval_ms;
	int64_t left; /* rounds still wanted; -1: until interrupted */
	bool titled;
	bool failed; /* nobody takes the lines any more */
	struct watch watch;
	struct arena arena; /* of one round */
	struct loop_timer *tick;
	struct loop_signal *signals[2];
};

/* ---- lines ----------------------------------------------------------------------------------- */

static const char *rate_text(struct arena *arena, int64_t milli)
{
	return milli < 0 ? "" : amount_of_rate(arena, milli);
}

static enum table_shade shade_of(enum queue_verdict verdict)
{
	return verdict <= queue_verdict_ok       ? TABLE_PLAIN
	       : verdict < queue_verdict_stalled ? TABLE_WARN
						 : TABLE_BAD;
}

/* What all queues of a node come to. */
static void sum_queues(const struct queue_board *board, struct ctl_node_sample *sample)
{
	for (size_t i = 0; board && i < board->queues.n; i++) {
		const struct queue_row *row = &board->queues.at[i];
		if (row->kind == queue_kind_quarantine)
			sample->aside += row->depth;
		else
			sample->waits += row->depth;
		if (row->age_ms > sample->oldest_ms)
			sample->oldest_ms = row->age_ms;
		if (row->verdict > sample->worst)
			sample->worst = row->verdict;
	}
}

static struct ctl_node_sample sample_node(const struct watch_node *node, int64_t now)
{
	const struct status_reply *status = watch_status(node);
	struct ctl_node_sample sample = {.time = now,
		.node = text_of(node->node->name),
		.state = text_of(watch_state(node)),
		.written_milli = -1};

	if (!watch_up(node))
		return sample;
	sample.head = status->head;
	sample.written_milli = watch_head_rate(node);
	sample.used_percent = status->used_percent;
	sample.clock_ahead_ms = node->clock_ahead_ms;
	sum_queues(watch_board(node), &sample);
	return sample;
}

static void print_json(struct monitor *monitor, const struct schema *schema, const void *record)
{
	const char *json = schema_to_json(schema, record, 0, &monitor->arena);

	if (json)
		puts(json);
}

static void add_node(
	struct monitor *monitor, struct table *table, const struct watch_node *node, int64_t now)
{
	const struct ctl_node_sample sample = sample_node(node, now);
	struct arena *arena = &monitor->arena;
	bool up = watch_up(node);

	if (monitor->ctl->json) {
		print_json(monitor, schema_ctl_node_sample(), &sample);
		return;
	}
	const char *cells[NODE_COLUMNS] = {amount_of_clock(arena, now), node->node->name,
		watch_state(node), up ? amount_of_count(arena, sample.head) : "",
		rate_text(arena, sample.written_milli),
		up ? amount_of_count(arena, sample.waits) : "",
		sample.waits || sample.aside ? amount_of_ms(arena, sample.oldest_ms) : "",
		sample.worst ? enum_word(words_queue_verdict, sample.worst) : "",
		up ? amount_of_count(arena, sample.aside) : "",
		up ? arena_printf(arena, "%lld %%", (long long)sample.used_percent) : ""};
	table_add(table,
		!up                 ? TABLE_BAD
		: !watch_well(node) ? TABLE_WARN
				    : shade_of(sample.worst),
		cells);
}

static void add_queue(struct monitor *monitor, struct table *table, const struct watch_node *node,
	const struct queue_row *row)
{
	const struct watch_rates rates = watch_rates(node, row);
	struct arena *arena = &monitor->arena;
	int64_t now = clock_now(&monitor->watch.clock);
	struct queue_row copy = *row;
	const struct ctl_queue_sample sample = {.time = now,
		.node = text_of(node->node->name),
		.queue = &copy,
		.in_milli = rates.in,
		.out_milli = rates.out};
	bool held = row->paused_until > now;

	if (monitor->ctl->json) {
		print_json(monitor, schema_ctl_queue_sample(), &sample);
		return;
	}
	const char *verdict = enum_word(words_queue_verdict, row->verdict);
	const char *cells[QUEUE_COLUMNS] = {amount_of_clock(arena, now), node->node->name,
		text_string(arena, row->queue), amount_of_count(arena, row->depth),
		row->depth ? amount_of_ms(arena, row->age_ms) : "", rate_text(arena, rates.in),
		rate_text(arena, rates.out),
		held ? arena_printf(arena, "%s, paused", verdict) : verdict};
	table_add(table, shade_of(row->verdict), cells);
}

static void add_queues(struct monitor *monitor, struct table *table, const struct watch_node *node)
{
	const struct queue_board *board = watch_up(node) ? watch_board(node) : NULL;
	const char *const cells[QUEUE_COLUMNS] = {
		amount_of_clock(&monitor->arena, clock_now(&monitor->watch.clock)),
		node->node->name, watch_state(node)};
	const char *wanted = strcmp(monitor->queue, "all") == 0 ? "" : monitor->queue;
	size_t n = strlen(wanted);

	if (!board && monitor->ctl->json) {
		const struct ctl_node_sample sample =
			sample_node(node, clock_now(&monitor->watch.clock));
		print_json(monitor, schema_ctl_node_sample(), &sample);
	} else if (!board)
		table_add(table, TABLE_BAD, cells);
	for (size_t i = 0; board && i < board->queues.n; i++) {
		const struct queue_row *row = &board->queues.at[i];
		if (row->queue.n >= n && memcmp(row->queue.p, wanted, n) == 0)
			add_queue(monitor, table, node, row);
	}
}

/* ---- rounds ---------------------------------------------------------------------------------- */

static bool is_shown(const struct monitor *monitor, const struct watch_node *node)
{
	const struct arguments *arguments = monitor->arguments;

	for (size_t i = 0; i < arguments->n_words; i++)
		if (strcmp(arguments->words[i], node->node->name) == 0)
			return true;
	return arguments->n_words == 0;
}

static void on_round(void *ctx, unsigned what)
{
	struct monitor *monitor = ctx;
	int64_t now = clock_now(&monitor->watch.clock);
	struct table table;
	(void)what;

	arena_reset(&monitor->arena);
	table_init(&table, monitor->queue ? queue_columns : node_columns,
		monitor->queue ? QUEUE_COLUMNS : NODE_COLUMNS, &monitor->arena);
	table.no_titles = monitor->titled || monitor->ctl->json;
	for (size_t i = 0; i < monitor->watch.n; i++) {
		if (!is_shown(monitor, &monitor->watch.nodes[i]))
			continue;
		if (monitor->queue)
			add_queues(monitor, &table, &monitor->watch.nodes[i]);
		else
			add_node(monitor, &table, &monitor->watch.nodes[i], now);
	}
	table_print(&table, monitor->ctl->colour);
	monitor->titled = true;
	monitor->failed = fflush(stdout) || ferror(stdout);
	monitor->ctl->reader_gone = monitor->failed && errno == EPIPE;
	if (monitor->failed || (monitor->left > 0 && --monitor->left == 0))
		loop_stop(monitor->watch.loop);
}

static void on_tick(void *ctx, unsigned what)
{
	struct monitor *monitor = ctx;
	int64_t most = monitor->interval_ms * 9 / 10;
	(void)what;

	watch_ask(&monitor->watch, most < ANSWERS_MS ? most : ANSWERS_MS);
}

static void on_signal(void *ctx, unsigned what)
{
	struct monitor *monitor = ctx;
	(void)what;

	loop_stop(monitor->watch.loop);
}

/* As the last round saw it. */
static int code_of(const struct monitor *monitor)
{
	int code = CTL_DONE;

	for (size_t i = 0; i < monitor->watch.n; i++) {
		const struct watch_node *node = &monitor->watch.nodes[i];
		if (!is_shown(monitor, node))
			continue;
		if (!watch_up(node))
			return CTL_UNREACHABLE;
		if (!watch_well(node) || sample_node(node, 0).worst >= queue_verdict_at_risk)
			code = CTL_REFUSED;
	}
	return code;
}

static enum err take_options(struct monitor *monitor, struct reason *reason)
{
	const struct arguments *arguments = monitor->arguments;
	const struct town_node *node;
	enum err err = argument_ms(arguments, "interval", &monitor->interval_ms, reason);

	if (!err && (monitor->interval_ms < 100 || monitor->interval_ms > MS_PER_DAY))
		err = reason_set(reason, ERR_INVALID, "--interval", "must be 100ms to 24h");
	if (!err)
		err = argument_count(arguments, "count", &monitor->left, reason);
	if (!err && monitor->left == 0)
		err = reason_set(reason, ERR_INVALID, "--count", "must be 1 or more");
	for (size_t i = 0; !err && i < arguments->n_words; i++)
		err = ctl_find_node(monitor->ctl, arguments->words[i], &node, reason);
	return err;
}

static enum err set_up(struct monitor *monitor, struct reason *reason)
{
	static const int numbers[] = {SIGINT, SIGTERM};
	enum err err = watch_open(&monitor->watch, monitor->ctl, reason);

	for (size_t i = 0; !err && i < 2; i++)
		err = loop_signal_new(monitor->watch.loop, numbers[i],
			(struct loop_call){on_signal, monitor}, &monitor->signals[i]);
	if (!err)
		err = loop_timer_new(
			monitor->watch.loop, (struct loop_call){on_tick, monitor}, &monitor->tick);
	monitor->watch.on_round = (struct loop_call){on_round, monitor};
	return err;
}

int command_monitor(struct ctl *ctl, const struct arguments *arguments)
{
	struct monitor monitor = {.ctl = ctl,
		.arguments = arguments,
		.queue = argument_text(arguments, "queue"),
		.interval_ms = INTERVAL_MS,
		.left = -1};
	struct reason reason = {0};
	int code = CTL_SYSTEM;

	if (take_options(&monitor, &reason))
		return ctl_fail_here(ctl, &reason);
	arena_init(&monitor.arena, ARENA_BYTES);
	if (set_up(&monitor, &reason))
		code = ctl_fail_here(ctl, &reason);
	else {
		on_tick(&monitor, 0);
		loop_timer_every(monitor.tick, monitor.interval_ms);
		if (!loop_run(monitor.watch.loop) && (!monitor.failed || ctl->reader_gone))
			code = code_of(&monitor);
	}
	loop_timer_free(monitor.tick);
	loop_signal_free(monitor.signals[0]);
	loop_signal_free(monitor.signals[1]);
	watch_close(&monitor.watch);
	arena_done(&monitor.arena);
	return code;
}
