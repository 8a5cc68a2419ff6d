/* What `top` shows and what its keys do: a page of lines out of the town as it is watched. Touches
 * neither terminal nor network.
 *
 * 1. A queue that was chosen stays chosen by its name, wherever sorting puts it.
 * 2. Every page has exactly as many lines as the screen has rows, the last of them says what keys
 *    do.
 */
#ifndef SERVICES_ONEPLANCTL_TOP_H
#define SERVICES_ONEPLANCTL_TOP_H

#include "services/oneplanctl/screen.h"
#include "services/oneplanctl/watch.h"

enum top_page { TOP_TOWN, TOP_ITEMS, TOP_HELP };

enum top_sort {
	TOP_BY_TROUBLE, /* the worst verdict first, then the deepest */
	TOP_BY_DEPTH,
	TOP_BY_AGE,
	TOP_BY_IN,
	TOP_BY_OUT,
	TOP_BY_NAME,
	TOP_SORTS
};

enum { TOP_TEXT = 64 };

/* What lies in the chosen queue. */
struct top_items {
	bool asked;                      /* no answer yet */
	const struct queue_items *items; /* NULL: there are none, see why */
	char why[sizeof(((struct reason *)NULL)->rule)];
};

struct top {
	const struct watch *watch;
	int64_t now; /* by the wall clock, of the page */
	enum top_page page;
	enum top_sort sort;
	bool reversed;
	bool only_trouble; /* queues with another verdict than ok */
	bool paused;
	bool typing;           /* the filter is being typed */
	char filter[TOP_TEXT]; /* node and queue hold this text */
	char node[TOP_TEXT];   /* the chosen queue; empty: the first */
	char queue[TOP_TEXT];
	size_t item; /* the first item shown */
	size_t at;   /* row of the chosen queue among those shown, as drawn last */
	size_t n;    /* queues shown then */
	size_t step; /* how far a page of them goes */
	struct top_items items;
};

/* What the caller is to do after a key. */
enum top_wish { TOP_NOTHING, TOP_DRAW, TOP_PEEK, TOP_QUIT };
/* Queues are looked up in the arena given, whose contents the caller forgets afterwards. */
enum top_wish top_key(struct top *top, int key, struct arena *arena);

/* One queue of the town. */
struct top_row {
	const struct watch_node *node;
	const struct queue_row *queue;
	struct watch_rates rates;
};

/* The queues to be shown, in order, and which of them is chosen. */
struct top_rows {
	struct top_row *at;
	size_t n, chosen;
};
struct top_rows top_rows(const struct top *top, struct arena *arena);

/* The page for a screen of that size; lines and texts lie in the arena. NULL: no memory. */
const struct screen_line *top_draw(
	struct top *top, const struct screen_size *size, struct arena *arena);

#endif
