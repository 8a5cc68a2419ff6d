/* The command `queues`: every queue of every node with a verdict, the worst first; asks all nodes
 * at once. */
#include <ctype.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "services/oneplanctl/amounts.h"
#include "services/oneplanctl/ask.h"
#include "services/oneplanctl/output.h"
#include "services/oneplanctl/table.h"
#include "services/oneplanctl/watch.h"

static const struct table_column columns[] = {{.title = "verdict"},
	{.title = "node", .gives = true}, {.title = "queue", .gives = true},
	{.title = "depth", .right = true}, {.title = "oldest", .right = true},
	{.title = "in", .right = true}, {.title = "out", .right = true},
	{.title = "hop ms", .right = true}};
static const struct table_column why_columns[] = {
	{.title = "verdict"}, {.title = "where"}, {.title = "why", .wraps = true}};

enum {
	COLUMNS = sizeof(columns) / sizeof(columns[0]),
	WHY_COLUMNS = sizeof(why_columns) / sizeof(why_columns[0])
};

/* One line: a queue, or a node that does not answer. */
struct line {
	const char *node;
	const struct queue_row *row;
};

struct shown {
	struct ctl *ctl;
	struct watch watch;
	const char *only;     /* this node; NULL: all */
	enum queue_kind kind; /* none: all kinds */
	bool only_bad;
	struct line *lines;
	size_t n;
	bool down, bad;
};

static bool is_bad(const struct queue_row *row)
{
	return row->verdict != queue_verdict_ok || row->paused_until;
}

static bool is_shown(const struct shown *shown, const struct queue_row *row)
{
	return (!shown->kind || row->kind == shown->kind) && (!shown->only_bad || is_bad(row));
}

static bool is_wanted(const struct shown *shown, const struct watch_node *node)
{
	return !shown->only || strcmp(shown->only, node->node->name) == 0;
}

/* ---- lines ----------------------------------------------------------------------------------- */

/* A node that does not answer is the worst; what is as bad goes by what waits. */
static int compare(const void *a, const void *b)
{
	const struct line *left = a, *right = b;

	if (!left->row || !right->row)
		return (left->row != NULL) - (right->row != NULL);
	if (left->row->verdict != right->row->verdict)
		return left->row->verdict < right->row->verdict ? 1 : -1;
	if (left->row->depth != right->row->depth)
		return left->row->depth < right->row->depth ? 1 : -1;
	if (left->row->kind != right->row->kind)
		return left->row->kind < right->row->kind ? -1 : 1;
	int by_node = strcmp(left->node, right->node);
	if (by_node)
		return by_node;
	return (left->row > right->row) - (left->row < right->row);
}

static void add_node(struct shown *shown, const struct watch_node *node)
{
	const struct queue_board *board = watch_up(node) ? watch_board(node) : NULL;

	if (!board) {
		shown->lines[shown->n++] = (struct line){.node = node->node->name};
		shown->down = true;
	}
	for (size_t i = 0; board && i < board->queues.n; i++) {
		const struct queue_row *row = &board->queues.at[i];
		if (!is_shown(shown, row))
			continue;
		shown->lines[shown->n++] = (struct line){node->node->name, row};
		shown->bad |= row->verdict != queue_verdict_ok;
	}
}

static void collect(struct shown *shown)
{
	size_t most = 0;

	for (size_t i = 0; i < shown->watch.n; i++) {
		const struct queue_board *board = watch_board(&shown->watch.nodes[i]);
		most += board ? board->queues.n : 0;
	}
	shown->lines = arena_alloc(
		&shown->ctl->arena, (most + shown->watch.n) * sizeof(*shown->lines) + 1);
	for (size_t i = 0; shown->lines && i < shown->watch.n; i++)
		if (is_wanted(shown, &shown->watch.nodes[i]))
			add_node(shown, &shown->watch.nodes[i]);
	if (shown->lines)
		qsort(shown->lines, shown->n, sizeof(*shown->lines), compare);
}

/* ---- for people ------------------------------------------------------------------------------ */

static const char *verdict_of(struct arena *arena, const struct line *line)
{
	const char *word = line->row ? enum_word(words_queue_verdict, line->row->verdict)
				     : enum_word(words_queue_verdict, queue_verdict_stopped);
	char *text = arena_printf(arena, "%s", word);

	for (char *p = text; p && *p; p++)
		*p = *p == '_' ? ' ' : (char)toupper((unsigned char)*p);
	return text;
}

static enum table_shade shade_of(const struct line *line)
{
	if (!line->row || line->row->verdict >= queue_verdict_rewound)
		return TABLE_BAD;
	return line->row->verdict > queue_verdict_ok ? TABLE_WARN
	       : line->row->depth == 0               ? TABLE_DIM
						     : TABLE_PLAIN;
}

static void add_line(struct table *table, const struct line *line)
{
	const struct queue_row *row = line->row;
	struct arena *arena = table->arena;
	const char *cells[COLUMNS] = {verdict_of(arena, line), line->node, "(does not answer)"};

	if (row) {
		cells[2] = text_string(arena, row->queue);
		cells[3] = amount_of_count(arena, row->depth);
		cells[4] = row->depth ? amount_of_ms(arena, row->age_ms) : "";
		cells[5] = amount_of_count(arena, row->came_1m);
		cells[6] = amount_of_count(arena, row->went_1m);
	}
	if (row && row->hops)
		cells[7] = arena_printf(
			arena, "%lld/%lld", (long long)row->hop_p50_ms, (long long)row->hop_p99_ms);
	table_add(table, shade_of(line), cells);
}

static void add_why(struct table *table, const struct line *line)
{
	struct arena *arena = table->arena;
	const char *queue = line->row ? text_string(arena, line->row->queue) : "";
	const char *cells[WHY_COLUMNS] = {verdict_of(arena, line),
		arena_printf(arena, "%s %s", line->node, queue),
		line->row ? text_string(arena, line->row->reason) : "the node does not answer"};

	if (!line->row || is_bad(line->row))
		table_add(table, shade_of(line), cells);
}

static void print_tables(const struct shown *shown)
{
	struct table table, why;

	table_init(&table, columns, COLUMNS, &shown->ctl->arena);
	table_init(&why, why_columns, WHY_COLUMNS, &shown->ctl->arena);
	why.no_titles = true;
	for (size_t i = 0; i < shown->n; i++) {
		add_line(&table, &shown->lines[i]);
		add_why(&why, &shown->lines[i]);
	}
	table_print(&table, shown->ctl->colour);
	if (why.first)
		putchar('\n');
	table_print(&why, shown->ctl->colour);
}

/* ---- for programs ---------------------------------------------------------------------------- */

static void write_node(const struct shown *shown, const struct watch_node *node, bool first)
{
	struct arena *arena = &shown->ctl->arena;
	const struct queue_board *board = watch_up(node) ? watch_board(node) : NULL;
	struct ctl_failure failure = {.node = text_of(node->node->name),
		.error = text_of(err_word(ERR_TIMEOUT)),
		.rule = text_of("the node does not answer")};
	struct ctl_node_queues record = {.up = board != NULL, .failure = board ? NULL : &failure};

	record.queues.at =
		arena_alloc(arena, (board ? board->queues.n : 0) * sizeof(*record.queues.at) + 1);
	for (size_t i = 0; record.queues.at && board && i < board->queues.n; i++)
		if (is_shown(shown, &board->queues.at[i]))
			record.queues.at[record.queues.n++] = board->queues.at[i];
	const char *json = schema_to_json(schema_ctl_node_queues(), &record, 0, arena);
	printf("%s\"%s\":%s", first ? "" : ",", node->node->name, json ? json : "null");
}

static void print_json(const struct shown *shown)
{
	bool first = true;

	putchar('{');
	for (size_t i = 0; i < shown->watch.n; i++) {
		if (!is_wanted(shown, &shown->watch.nodes[i]))
			continue;
		write_node(shown, &shown->watch.nodes[i], first);
		first = false;
	}
	puts("}");
}

/* ---- the command ----------------------------------------------------------------------------- */

static enum err take_options(
	struct shown *shown, const struct arguments *arguments, struct reason *reason)
{
	const char *kind = argument_text(arguments, "kind");
	const struct town_node *node;
	enum err err = ERR_OK;

	shown->only = argument_text(arguments, "node");
	if (shown->only)
		err = ctl_find_node(shown->ctl, shown->only, &node, reason);
	const struct enum_value *value =
		kind ? enum_by_word(words_queue_kind(), kind, strlen(kind)) : NULL;

	if (!err && kind && !value)
		err = reason_set(
			reason, ERR_INVALID, "--kind", "must be link, work, outbox or quarantine");
	shown->kind = value ? (enum queue_kind)value->number : queue_kind_none;
	shown->only_bad = argument_flag(arguments, "only-bad");
	return err;
}

static void on_round(void *ctx, unsigned what)
{
	struct shown *shown = ctx;
	(void)what;

	loop_stop(shown->watch.loop);
}

int command_queues(struct ctl *ctl, const struct arguments *arguments)
{
	struct shown shown = {.ctl = ctl};
	struct reason reason = {0};

	if (take_options(&shown, arguments, &reason))
		return ctl_fail_here(ctl, &reason);
	if (watch_open(&shown.watch, ctl, &reason)) {
		watch_close(&shown.watch);
		return ctl_fail_here(ctl, &reason);
	}
	shown.watch.on_round = (struct loop_call){on_round, &shown};
	watch_ask(&shown.watch, ctl_timeout(ctl, ASK_QUICKLY_MS));
	int code = loop_run(shown.watch.loop) ? CTL_SYSTEM : CTL_DONE;
	collect(&shown);
	if (ctl->json)
		print_json(&shown);
	else
		print_tables(&shown);
	watch_close(&shown.watch);
	if (code)
		return code;
	return shown.down ? CTL_UNREACHABLE : shown.bad ? CTL_REFUSED : CTL_DONE;
}
