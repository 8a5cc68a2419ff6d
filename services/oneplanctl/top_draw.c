/* Lays out the pages of `top`; touches memory only. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "services/oneplanctl/amounts.h"
#include "services/oneplanctl/top.h"

enum { TROUBLES = 4, PAGE_BYTES = 1024 * 1024, NODES_LEAST = 3, ROWS_LEAST = 8, WIDE = 120 };

struct page {
	struct screen_line *lines;
	size_t n, rows;
	size_t columns;
	struct arena *arena;
};

static void add(struct page *page, struct screen_line line)
{
	if (page->n < page->rows)
		page->lines[page->n++] = line;
}

static void add_text(struct page *page, enum table_shade shade, bool bold, const char *text)
{
	add(page, (struct screen_line){.text = text ? text : "", .shade = shade, .bold = bold});
}

/* A table's titles and its rows from `from` on, of which n fit; chosen: the row in reverse, or
 * SIZE_MAX. Each row is one line. */
struct view {
	const struct table *table;
	const enum table_shade *shades;
	size_t from, n, chosen;
};

static void add_table(struct page *page, const struct view *view)
{
	struct buffer out;

	buffer_init(&out, PAGE_BYTES);
	table_write(view->table, false, &out);
	char *rest = arena_copy(page->arena, out.p ? (const char *)out.p : "", out.n);
	buffer_done(&out);
	char *title = rest ? strsep(&rest, "\n") : NULL;
	add(page, (struct screen_line){.text = title ? title : "", .bold = true});
	for (size_t i = 0; rest && *rest; i++) {
		const char *line = strsep(&rest, "\n");
		if (i >= view->from && i < view->from + view->n)
			add(page, (struct screen_line){.text = line,
					  .shade = view->shades[i],
					  .chosen = i == view->chosen});
	}
}

/* The first row shown, so that the chosen one is among n. */
static size_t scrolled(size_t chosen, size_t n, size_t all)
{
	size_t from = chosen >= n ? chosen - n + 1 : 0;

	return all > n && from > all - n ? all - n : from;
}

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

/* ---- heading --------------------------------------------------------------------------------- */

static void add_heading(struct page *page, const struct top *top)
{
	static const char *const sorts[TOP_SORTS] = {
		"trouble", "depth", "age", "in", "out", "name"};
	size_t down = 0, queues = 0, bad = 0;
	const struct watch *watch = top->watch;
	const char *dir = strrchr(watch->ctl->town_dir, '/');

	for (size_t i = 0; i < watch->n; i++) {
		const struct queue_board *board = watch_board(&watch->nodes[i]);
		down += !watch_up(&watch->nodes[i]);
		queues += board ? board->queues.n : 0;
		for (size_t k = 0; board && k < board->queues.n; k++)
			bad += board->queues.at[k].verdict != queue_verdict_ok;
	}
	const char *filter = *top->filter || top->typing
				     ? arena_printf(page->arena, "  filter: %s%s", top->filter,
					       top->typing ? "_" : "")
				     : "";
	add_text(page,
		down  ? TABLE_BAD
		: bad ? TABLE_WARN
		      : TABLE_PLAIN,
		true,
		arena_printf(page->arena,
			"oneplan %s  %s%s  %zu nodes, %zu down  %zu queues, %zu not ok  by "
			"%s%s%s%s",
			dir && dir[1] ? dir + 1 : watch->ctl->town_dir,
			amount_of_clock(page->arena, top->now), top->paused ? " PAUSED" : "",
			watch->n, down, queues, bad, sorts[top->sort],
			top->reversed ? ", reversed" : "",
			top->only_trouble ? "  trouble only" : "", filter ? filter : ""));
}

/* ---- nodes ----------------------------------------------------------------------------------- */

static const struct table_column node_columns[] = {{.title = "node"}, {.title = "state"},
	{.title = "head", .right = true}, {.title = "written", .right = true},
	{.title = "room", .right = true}, {.title = "clock", .right = true}};
enum { NODE_COLUMNS = sizeof(node_columns) / sizeof(node_columns[0]) };

static void add_node(struct table *table, const struct watch_node *node)
{
	const struct status_reply *status = watch_up(node) ? watch_status(node) : NULL;
	struct arena *arena = table->arena;
	const char *cells[NODE_COLUMNS] = {node->node->name, watch_state(node)};

	if (status) {
		cells[2] = amount_of_count(arena, status->head);
		cells[3] = rate_text(arena, watch_head_rate(node));
		cells[4] = arena_printf(arena, "%lld %%", (long long)status->used_percent);
		cells[5] = arena_printf(arena, "%+lld ms", (long long)node->clock_ahead_ms);
	}
	table_add(table, TABLE_PLAIN, cells);
}

/* All when they fit; otherwise those that are not well come first. */
static void add_nodes(struct page *page, const struct top *top, size_t most)
{
	enum table_shade shades[TOWN_NODES];
	const struct watch *watch = top->watch;
	struct table table;
	size_t n = 0;

	table_init(&table, node_columns, NODE_COLUMNS, page->arena);
	table.width = page->columns;
	for (unsigned pass = 0; pass < 2; pass++)
		for (size_t i = 0; i < watch->n; i++) {
			const struct watch_node *node = &watch->nodes[i];
			bool first = watch->n <= most || !watch_well(node);
			if (first != (pass == 0))
				continue;
			shades[n++] = !watch_up(node)     ? TABLE_BAD
				      : !watch_well(node) ? TABLE_WARN
							  : TABLE_PLAIN;
			add_node(&table, node);
		}
	add_table(page, &(struct view){&table, shades, 0, most, SIZE_MAX});
	if (watch->n > most)
		add_text(page, TABLE_DIM, false,
			arena_printf(page->arena, "and %zu more", watch->n - most));
}

/* ---- queues ---------------------------------------------------------------------------------- */

static const struct table_column queue_columns[] = {{.title = "node", .least = 12},
	{.title = "queue", .least = 20, .gives = true},
	{.title = "depth", .right = true, .least = 5},
	{.title = "oldest", .right = true, .least = 7}, {.title = "in", .right = true, .least = 6},
	{.title = "out", .right = true, .least = 6}, {.title = "p99", .right = true, .least = 6},
	{.title = "verdict"}, {.title = "why", .gives = true}};
enum { QUEUE_COLUMNS = sizeof(queue_columns) / sizeof(queue_columns[0]) };

static const char *why_of(struct arena *arena, const struct top_row *row)
{
	return watch_up(row->node) ? text_string(arena, row->queue->reason)
				   : "not known now: the node does not answer";
}

static void add_queue(struct table *table, const struct top_row *row, int64_t now)
{
	const struct queue_row *queue = row->queue;
	struct arena *arena = table->arena;
	bool held = queue->paused_until > now;
	const char *cells[QUEUE_COLUMNS] = {row->node->node->name, text_string(arena, queue->queue),
		amount_of_count(arena, queue->depth),
		queue->depth ? amount_of_ms(arena, queue->age_ms) : "",
		rate_text(arena, row->rates.in), rate_text(arena, row->rates.out),
		queue->hops ? amount_of_ms(arena, queue->hop_p99_ms) : "",
		held ? "paused" : enum_word(words_queue_verdict, queue->verdict),
		why_of(arena, row)};

	table_add(table, TABLE_PLAIN, cells);
}

static void add_queues(
	struct page *page, struct top *top, const struct top_rows *shown, size_t most)
{
	const struct top_rows rows = *shown;
	enum table_shade *shades = arena_alloc(page->arena, rows.n * sizeof(*shades) + 1);
	struct table table;

	/* on a narrow screen only the chosen queue says why */
	table_init(&table, queue_columns, QUEUE_COLUMNS - (page->columns < WIDE), page->arena);
	table.width = page->columns;
	for (size_t i = 0; shades && i < rows.n; i++) {
		shades[i] =
			watch_up(rows.at[i].node) ? shade_of(rows.at[i].queue->verdict) : TABLE_DIM;
		add_queue(&table, &rows.at[i], top->now);
	}
	top->n = rows.n;
	top->step = most;
	top->at = rows.chosen;
	size_t from = scrolled(rows.chosen, most, rows.n);
	add_table(page, &(struct view){&table, shades, from, most, rows.chosen});
	if (rows.n == 0)
		add_text(page, TABLE_DIM, false,
			*top->filter || top->only_trouble ? "no queue of that kind"
							  : "no queue is known yet");
}

/* ---- trouble --------------------------------------------------------------------------------- */

struct trouble {
	int64_t time;
	const char *node;
	const char *what;
	const char *why;
};

struct troubles {
	struct trouble at[TROUBLES]; /* the newest first */
	size_t n;
	struct arena *arena;
};

static void add_trouble(struct troubles *troubles, const struct trouble *trouble)
{
	size_t i = troubles->n < TROUBLES ? troubles->n++ : TROUBLES;

	for (; i > 0 && troubles->at[i - 1].time < trouble->time; i--)
		if (i < TROUBLES)
			troubles->at[i] = troubles->at[i - 1];
	if (i < TROUBLES)
		troubles->at[i] = *trouble;
}

static void collect_aside(struct troubles *troubles, const struct watch_node *node)
{
	const struct quarantine_page *page = watch_last(node, WATCH_ASIDE);

	for (size_t i = 0; page && i < page->records.n; i++) {
		const struct quarantine_line *line = &page->records.at[i];
		if (line->waits_behind)
			continue; /* the first of its entity tells */
		add_trouble(troubles,
			&(struct trouble){line->since, node->node->name,
				arena_printf(troubles->arena, "%.*s/%lld %.*s", (int)line->owner.n,
					line->owner.p, (long long)line->seq, (int)line->type.n,
					line->type.n ? line->type.p : ""),
				text_string(troubles->arena, line->why)});
	}
}

static void collect_unsent(
	struct troubles *troubles, const struct watch_node *node, enum watch_question question)
{
	const struct outbox_reply *reply = watch_last(node, question);

	for (size_t i = 0; reply && i < reply->messages.n; i++) {
		const struct message_view *message = &reply->messages.at[i];
		add_trouble(troubles,
			&(struct trouble){message->changed_at, node->node->name,
				arena_printf(troubles->arena, "%s, %s: %s",
					enum_word(words_occasion, message->occasion),
					enum_word(words_contact, message->channel),
					enum_word(words_message_state, message->state)),
				message->why.n ? text_string(troubles->arena, message->why)
					       : arena_printf(troubles->arena, "code %lld",
							 (long long)message->code)});
	}
}

/* Old answers about what is empty by now are not shown. */
static bool still_holds(const struct watch_node *node, enum queue_kind kind)
{
	const struct queue_board *board = watch_board(node);

	for (size_t i = 0; board && i < board->queues.n; i++)
		if (board->queues.at[i].kind == kind && board->queues.at[i].depth > 0)
			return true;
	return kind == queue_kind_outbox;
}

static void collect(struct troubles *troubles, const struct watch *watch)
{
	for (size_t i = 0; i < watch->n; i++) {
		const struct watch_node *node = &watch->nodes[i];
		if (still_holds(node, queue_kind_quarantine))
			collect_aside(troubles, node);
		collect_unsent(troubles, node, WATCH_FAILED);
		collect_unsent(troubles, node, WATCH_UNCERTAIN);
	}
}

static void add_troubles(struct page *page, const struct troubles *troubles)
{
	static const struct table_column columns[] = {{.title = "newest trouble"},
		{.title = "node"}, {.title = "what"}, {.title = "why", .gives = true}};
	const enum table_shade shades[TROUBLES] = {TABLE_WARN, TABLE_WARN, TABLE_WARN, TABLE_WARN};
	struct table table;

	if (troubles->n == 0)
		return;
	table_init(&table, columns, 4, page->arena);
	table.width = page->columns;
	for (size_t i = 0; i < troubles->n; i++) {
		const struct trouble *trouble = &troubles->at[i];
		const char *cells[] = {amount_of_time(page->arena, trouble->time), trouble->node,
			trouble->what, trouble->why};
		table_add(&table, TABLE_PLAIN, cells);
	}
	add_text(page, TABLE_PLAIN, false, "");
	add_table(page, &(struct view){&table, shades, 0, troubles->n, SIZE_MAX});
}

/* ---- pages ----------------------------------------------------------------------------------- */

static void draw_town(struct page *page, struct top *top)
{
	size_t body = page->rows - 2; /* the last lines are why, and the keys' */
	struct troubles troubles = {.arena = page->arena};
	const struct top_rows rows = top_rows(top, page->arena);
	size_t nodes = body / 3 > NODES_LEAST ? body / 3 : NODES_LEAST;

	collect(&troubles, top->watch);
	size_t below = troubles.n ? troubles.n + 2 : 0;
	if (body < 4 * NODES_LEAST + below)
		below = troubles.n = 0; /* a small screen shows queues rather than trouble */
	add_nodes(page, top, nodes);
	add_text(page, TABLE_PLAIN, false, "");
	size_t taken = page->n + 1 + below;
	add_queues(page, top, &rows, body > taken ? body - taken : 1);
	while (page->n + below < body)
		add_text(page, TABLE_PLAIN, false, "");
	add_troubles(page, &troubles);
	if (rows.n > 0)
		add_text(page, shade_of(rows.at[rows.chosen].queue->verdict), false,
			arena_printf(page->arena, "%.*s of %s: %s",
				(int)rows.at[rows.chosen].queue->queue.n,
				rows.at[rows.chosen].queue->queue.p,
				rows.at[rows.chosen].node->node->name,
				why_of(page->arena, &rows.at[rows.chosen])));
}

static void draw_items(struct page *page, struct top *top)
{
	static const struct table_column columns[] = {{.title = "item"}, {.title = "type"},
		{.title = "since"}, {.title = "state"}, {.title = "tries", .right = true},
		{.title = "why", .gives = true}};
	const struct queue_items *items = top->items.items;
	size_t n = items ? items->items.n : 0;
	enum table_shade *shades = arena_alloc(page->arena, n * sizeof(*shades) + 1);
	struct table table;

	add_text(page, TABLE_PLAIN, false,
		arena_printf(page->arena, "%s of %s%s", top->queue, top->node,
			items && items->next.n ? ": the first of them" : ""));
	add_text(page, TABLE_PLAIN, false, "");
	if (!items || n == 0 || !shades) {
		add_text(page, items ? TABLE_PLAIN : TABLE_WARN, false,
			top->items.asked ? "asking ..."
			: items          ? "nothing lies in it"
					 : arena_printf(page->arena, "%s", top->items.why));
		return;
	}
	table_init(&table, columns, 6, page->arena);
	table.width = page->columns;
	for (size_t i = 0; i < n; i++) {
		const struct queue_item *item = &items->items.at[i];
		const char *cells[] = {text_string(page->arena, item->item),
			text_string(page->arena, item->type),
			amount_of_time(page->arena, item->since),
			text_string(page->arena, item->state),
			item->attempts ? amount_of_count(page->arena, item->attempts) : "",
			text_string(page->arena, item->why)};
		table_add(&table, TABLE_PLAIN, cells);
		shades[i] = TABLE_PLAIN;
	}
	top->step = page->rows > page->n + 2 ? page->rows - page->n - 2 : 1;
	add_table(page, &(struct view){&table, shades, scrolled(top->item, top->step, n), top->step,
				top->item});
}

static void draw_help(struct page *page)
{
	static const char *const lines[] = {"",
		"up, down, page up, page down, home, end   choose a queue (also k, j)",
		"enter      what lies in the queue, masked; the node's audit log says who looked",
		"           there: r reads it again, escape goes back",
		"s          sort by trouble, depth, age, in, out, name",
		"R          the other way round", "t          only queues that are not ok",
		"/          only queues whose node, name or verdict hold a text; escape forgets it",
		"space      stand still, and go on", "q          end", "",
		"in and out are per second, between the last two answers; p99: 99 of 100 records "
		"were applied",
		"at the follower so long after they were written. state: down, no connection; "
		"silent, no answer."};

	for (size_t i = 0; i < sizeof(lines) / sizeof(lines[0]); i++)
		add_text(page, TABLE_PLAIN, false, lines[i]);
}

const struct screen_line *top_draw(
	struct top *top, const struct screen_size *size, struct arena *arena)
{
	static const char *const keys[] = {
		[TOP_TOWN] = ("q end  space stand still  s sort  R reverse  t trouble  / filter  "
			      "enter items  ? help"),
		[TOP_ITEMS] = "escape back  r read again  q end",
		[TOP_HELP] = "any key goes back  q end",
	};
	struct page page = {.rows = size->rows, .columns = size->columns, .arena = arena};

	page.lines = arena_alloc(arena, size->rows * sizeof(*page.lines) + 1);
	if (!page.lines)
		return NULL;
	add_heading(&page, top);
	if (size->rows < ROWS_LEAST)
		add_text(&page, TABLE_WARN, false, "too few lines to show more");
	else if (top->page == TOP_TOWN)
		draw_town(&page, top);
	else if (top->page == TOP_ITEMS)
		draw_items(&page, top);
	else
		draw_help(&page);
	while (page.n + 1 < page.rows)
		add_text(&page, TABLE_PLAIN, false, "");
	if (page.n == page.rows && page.n > 0)
		page.n--;
	add_text(&page, TABLE_DIM, false, keys[top->page]);
	return page.lines;
}
