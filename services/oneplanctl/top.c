/* Chooses and orders the queues that `top` shows, and obeys its keys; touches memory only. */
#include "services/oneplanctl/top.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

/* ---- which queues, in which order ------------------------------------------------------------ */

static bool holds(struct text text, const char *part)
{
	size_t n = strlen(part);

	for (size_t i = 0; i + n <= text.n; i++)
		if (strncasecmp(text.p + i, part, n) == 0)
			return true;
	return false;
}

static bool is_shown(
	const struct top *top, const struct watch_node *node, const struct queue_row *row)
{
	if (top->only_trouble && row->verdict == queue_verdict_ok)
		return false;
	return holds(text_of(node->node->name), top->filter) || holds(row->queue, top->filter) ||
	       holds(text_of(enum_word(words_queue_verdict, row->verdict)), top->filter);
}

static int compare_names(const struct top_row *a, const struct top_row *b)
{
	int order = strcmp(a->node->node->name, b->node->node->name);

	return order ? order
		     : bytes_compare(text_bytes(a->queue->queue), text_bytes(b->queue->queue));
}

/* Larger first. */
static int compare_numbers(int64_t a, int64_t b)
{
	return (b > a) - (b < a);
}

static int compare(const struct top_row *a, const struct top_row *b, enum top_sort sort)
{
	int order = 0;

	switch (sort) {
	case TOP_BY_TROUBLE:
		order = compare_numbers(a->queue->verdict, b->queue->verdict);
		order = order ? order : compare_numbers(a->queue->depth, b->queue->depth);
		break;
	case TOP_BY_DEPTH:
		order = compare_numbers(a->queue->depth, b->queue->depth);
		break;
	case TOP_BY_AGE:
		order = compare_numbers(a->queue->age_ms, b->queue->age_ms);
		break;
	case TOP_BY_IN:
		order = compare_numbers(a->rates.in, b->rates.in);
		break;
	case TOP_BY_OUT:
		order = compare_numbers(a->rates.out, b->rates.out);
		break;
	case TOP_BY_NAME:
	case TOP_SORTS:
		break;
	}
	return order ? order : compare_names(a, b);
}

static int compare_of(const void *a, const void *b, void *ctx)
{
	const struct top *top = ctx;
	int order = compare(a, b, top->sort);

	return top->reversed ? -order : order;
}

static bool is_chosen(const struct top *top, const struct top_row *row)
{
	return strcmp(row->node->node->name, top->node) == 0 &&
	       text_is(row->queue->queue, top->queue);
}

static size_t count_queues(const struct watch *watch)
{
	size_t n = 0;

	for (size_t i = 0; i < watch->n; i++) {
		const struct queue_board *board = watch_board(&watch->nodes[i]);
		n += board ? board->queues.n : 0;
	}
	return n;
}

struct top_rows top_rows(const struct top *top, struct arena *arena)
{
	struct top order = *top;
	struct top_rows rows = {
		arena_alloc(arena, count_queues(top->watch) * sizeof(*rows.at) + 1), 0, 0};

	for (size_t i = 0; rows.at && i < top->watch->n; i++) {
		const struct watch_node *node = &top->watch->nodes[i];
		const struct queue_board *board = watch_board(node);
		for (size_t k = 0; board && k < board->queues.n; k++) {
			const struct queue_row *row = &board->queues.at[k];
			if (is_shown(top, node, row))
				rows.at[rows.n++] =
					(struct top_row){node, row, watch_rates(node, row)};
		}
	}
	if (rows.n > 0)
		qsort_r(rows.at, rows.n, sizeof(*rows.at), compare_of, &order);
	for (size_t i = 0; i < rows.n; i++)
		if (is_chosen(top, &rows.at[i]))
			rows.chosen = i;
	return rows;
}

/* ---- keys ------------------------------------------------------------------------------------ */

static void choose(struct top *top, const struct top_rows *rows, size_t at)
{
	if (rows->n == 0)
		return;
	const struct top_row *row = &rows->at[at < rows->n ? at : rows->n - 1];
	snprintf(top->node, sizeof(top->node), "%s", row->node->node->name);
	snprintf(top->queue, sizeof(top->queue), "%.*s", (int)row->queue->queue.n,
		row->queue->queue.p);
}

/* by: how far a key moves; the ends are never passed. */
static size_t moved(size_t at, int key, size_t page, size_t n)
{
	switch (key) {
	case SCREEN_UP:
	case 'k':
		return at > 0 ? at - 1 : 0;
	case SCREEN_DOWN:
	case 'j':
		return at + 1 < n ? at + 1 : at;
	case SCREEN_PAGE_UP:
		return at > page ? at - page : 0;
	case SCREEN_PAGE_DOWN:
		return at + page < n ? at + page : n ? n - 1 : 0;
	case SCREEN_FIRST:
		return 0;
	case SCREEN_LAST:
		return n ? n - 1 : 0;
	default:
		return at;
	}
}

static enum top_wish type_filter(struct top *top, int key)
{
	size_t n = strlen(top->filter);

	if (key == SCREEN_ENTER)
		top->typing = false;
	else if (key == SCREEN_ESCAPE) {
		top->typing = false;
		top->filter[0] = '\0';
	} else if (key == SCREEN_BACK && n > 0)
		top->filter[n - 1] = '\0';
	else if (key > ' ' && key < 0x7f && n + 1 < sizeof(top->filter)) {
		top->filter[n] = (char)key;
		top->filter[n + 1] = '\0';
	}
	return TOP_DRAW;
}

static enum top_wish key_of_items(struct top *top, int key)
{
	size_t n = top->items.items ? top->items.items->items.n : 0;

	if (key == SCREEN_ESCAPE || key == SCREEN_BACK || key == SCREEN_ENTER) {
		top->page = TOP_TOWN;
		return TOP_DRAW;
	}
	top->item = moved(top->item, key, top->step, n);
	return key == 'r' ? TOP_PEEK : TOP_DRAW;
}

static enum top_wish key_of_town(struct top *top, int key, struct arena *arena)
{
	const struct top_rows rows = top_rows(top, arena);

	choose(top, &rows, moved(rows.chosen, key, top->step, rows.n));
	if (key == 's')
		top->sort = (top->sort + 1) % TOP_SORTS;
	else if (key == 'R')
		top->reversed = !top->reversed;
	else if (key == 't')
		top->only_trouble = !top->only_trouble;
	else if (key == '/' || key == 'f')
		top->typing = true;
	else if (key == SCREEN_ESCAPE)
		top->filter[0] = '\0';
	if (key != SCREEN_ENTER || rows.n == 0)
		return TOP_DRAW;
	top->page = TOP_ITEMS;
	top->item = 0;
	return TOP_PEEK;
}

enum top_wish top_key(struct top *top, int key, struct arena *arena)
{
	if (key == SCREEN_NO_KEY || key == SCREEN_OTHER)
		return TOP_NOTHING;
	if (top->typing)
		return type_filter(top, key);
	if (key == 'q')
		return TOP_QUIT;
	if (key == ' ' || key == 'p')
		top->paused = !top->paused;
	else if (key == '?' || key == 'h')
		top->page = top->page == TOP_HELP ? TOP_TOWN : TOP_HELP;
	else if (top->page == TOP_HELP)
		top->page = TOP_TOWN;
	else
		return top->page == TOP_ITEMS ? key_of_items(top, key)
					      : key_of_town(top, key, arena);
	return TOP_DRAW;
}
