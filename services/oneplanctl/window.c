/* Keeps lines under way in order; touches memory only. */
#include "services/oneplanctl/window.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>

enum err window_init(struct window *window, size_t size)
{
	*window = (struct window){.size = size, .lines = calloc(size, sizeof(struct window_line))};
	return window->lines ? ERR_OK : ERR_NO_MEMORY;
}

void window_done(struct window *window)
{
	for (size_t i = 0; window->lines && i < window->size; i++)
		free(window->lines[i].text);
	free(window->lines);
	window->lines = NULL;
}

static struct window_line *at(const struct window *window, size_t i)
{
	return &window->lines[(window->first + i) % window->size];
}

bool window_full(const struct window *window)
{
	return window->n == window->size;
}

enum err window_add(struct window *window, struct bytes text, uint64_t number)
{
	assert(!window_full(window));
	struct window_line *line = at(window, window->n);

	/* A long line's room is not kept for ever: so memory follows what is usual. */
	if (text.n > line->room || line->room > 4 * text.n + 4096) {
		free(line->text);
		line->text = malloc(text.n + 1);
		line->room = line->text ? text.n + 1 : 0;
		if (!line->text)
			return ERR_NO_MEMORY;
	}
	if (text.n)
		memcpy(line->text, text.p, text.n);
	line->n = text.n;
	line->number = number;
	line->state = LINE_WAITS;
	window->n++;
	return ERR_OK;
}

static bool must_be_sent(const struct window_line *line)
{
	return line->state == LINE_WAITS || line->state == LINE_UNDECIDED;
}

struct window_line *window_next(struct window *window)
{
	while (!window->stopped && window->sent < window->n) {
		if (must_be_sent(at(window, window->sent)))
			return at(window, window->sent);
		window->sent++;
	}
	return NULL;
}

void window_sent(struct window *window, uint64_t correlation)
{
	struct window_line *line = at(window, window->sent++);

	line->state = LINE_SENT;
	line->correlation = correlation;
	window->in_flight++;
}

void window_refused(struct window *window, const struct reason *reason)
{
	struct window_line *line = at(window, window->sent++);

	line->state = LINE_REFUSED;
	line->reason = *reason;
}

void window_not_sent(struct window *window)
{
	at(window, window->sent)->state = LINE_UNDECIDED;
	window->stopped = true;
}

void window_answer(struct window *window, uint64_t correlation, enum line_state state,
	const struct reason *reason)
{
	size_t i = 0;

	/* Answers come almost in the order of the questions, so this looks at few. */
	while (i < window->sent &&
		(at(window, i)->state != LINE_SENT || at(window, i)->correlation != correlation))
		i++;
	if (i == window->sent)
		return;
	struct window_line *line = at(window, i);
	line->state = state;
	window->in_flight--;
	window->stopped = window->stopped || state == LINE_UNDECIDED;
	if (state == LINE_REFUSED)
		line->reason = *reason;
}

void window_lost(struct window *window)
{
	for (size_t i = 0; i < window->n; i++)
		if (at(window, i)->state == LINE_SENT)
			at(window, i)->state = LINE_UNDECIDED;
	window->in_flight = 0;
	window->stopped = true;
}

void window_resume(struct window *window)
{
	size_t i = 0;

	assert(window->in_flight == 0);
	while (i < window->n && !must_be_sent(at(window, i)))
		i++;
	window->sent = i;
	for (; i < window->n; i++)
		if (at(window, i)->state == LINE_REFUSED)
			at(window, i)->state = LINE_WAITS;
	window->stopped = false;
}

struct window_line *window_take(struct window *window)
{
	struct window_line *line = at(window, 0);

	if (window->n == 0 || line->state < LINE_DONE)
		return NULL;
	window->first = (window->first + 1) % window->size;
	window->n--;
	window->sent -= window->sent > 0;
	return line;
}
