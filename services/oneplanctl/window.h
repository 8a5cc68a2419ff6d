/* The lines of an import that are under way, in order. It holds as many as the window is wide,
 * whatever the file's length.
 *
 * 1. Lines are sent in the order of the file.
 * 2. A line that was not decided (the connection broke, the node was busy) stops sending. Once
 * every answer under way has come, sending begins again there: nothing overtakes it.
 * 3. Behind such a line only what was done is final. What was refused there is asked again, because
 *    it may have been refused only for lack of what the earlier line brings.
 * 4. Results are taken in the order of the file.
 */
#ifndef SERVICES_ONEPLANCTL_WINDOW_H
#define SERVICES_ONEPLANCTL_WINDOW_H

#include "common/bytes.h"

enum line_state {
	LINE_WAITS, /* to be sent */
	LINE_SENT,
	LINE_UNDECIDED, /* to be sent again */
	LINE_DONE,
	LINE_REPLAYED, /* done by an earlier import */
	LINE_REFUSED
};

struct window_line {
	char *text; /* on the heap, kept for the next line in this place */
	size_t n;
	size_t room;
	uint64_t number; /* in the file */
	enum line_state state;
	uint64_t correlation;
	struct reason reason; /* LINE_REFUSED */
};

struct window {
	struct window_line *lines; /* a ring */
	size_t size;
	size_t first, n; /* the lines held */
	size_t sent;     /* of these, how many were looked at for sending */
	size_t in_flight;
	bool stopped; /* rule 2 */
};

enum err window_init(struct window *window, size_t size) MUST_USE;
void window_done(struct window *window);

bool window_full(const struct window *window);
/* Holds a copy of the line; the window must not be full. */
enum err window_add(struct window *window, struct bytes text, uint64_t number) MUST_USE;

/* The next line to be sent; NULL: none, or sending has stopped. One of the three must follow. */
struct window_line *window_next(struct window *window);
void window_sent(struct window *window, uint64_t correlation);
void window_refused(struct window *window, const struct reason *reason); /* not sent: it is wrong */
void window_not_sent(struct window *window); /* it could not be sent: stops */

/* The answer to what was sent with that correlation; an unknown correlation is passed over. */
void window_answer(struct window *window, uint64_t correlation, enum line_state state,
	const struct reason *reason);
/* No answer to anything under way will come any more. */
void window_lost(struct window *window);

/* When sending has stopped and nothing is under way: begins again. */
void window_resume(struct window *window);

/* The oldest line, when it is decided; NULL otherwise. It stays valid until the next window_add. */
struct window_line *window_take(struct window *window);

#endif
