/* Reads lines from a descriptor. */
#include "services/oneplanctl/lines.h"

#include <errno.h>
#include <poll.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum { ROOM = 2 * LINES_LONGEST };

enum err lines_init(struct lines *lines, int fd)
{
	*lines = (struct lines){.fd = fd, .p = malloc(ROOM)};
	return lines->p ? ERR_OK : ERR_NO_MEMORY;
}

void lines_done(struct lines *lines)
{
	free(lines->p);
	lines->p = NULL;
}

/* LINES_ONE: something was read, or the end was. */
static enum lines_result read_more(struct lines *lines, int wait_ms)
{
	struct pollfd one = {.fd = lines->fd, .events = POLLIN};

	if (lines->at > 0) {
		memmove(lines->p, lines->p + lines->at, lines->end - lines->at);
		lines->end -= lines->at;
		lines->at = 0;
	}
	int ready = poll(&one, 1, wait_ms);
	if (ready == 0 || (ready < 0 && errno == EINTR))
		return LINES_LATER;
	ssize_t n = ready < 0 ? -1 : read(lines->fd, lines->p + lines->end, ROOM - lines->end);
	if (n < 0)
		return errno == EINTR || errno == EAGAIN ? LINES_LATER : LINES_FAILED;
	lines->end += (size_t)n;
	lines->over = n == 0;
	return LINES_ONE;
}

/* Hands out what lies before `end`, of which `whole` bytes are used up. */
static enum lines_result take(struct lines *lines, size_t n, size_t whole, struct bytes *ret)
{
	bool skipped = lines->skipping;

	*ret = bytes_of(lines->p + lines->at, n);
	if (n > 0 && ret->p[n - 1] == '\r')
		ret->n--;
	lines->at += whole;
	lines->consumed += whole;
	lines->number++;
	lines->skipping = false;
	return skipped || n > LINES_LONGEST ? LINES_TOO_LONG : LINES_ONE;
}

enum lines_result lines_next(struct lines *lines, int wait_ms, struct bytes *ret)
{
	size_t looked = 0;

	for (;;) {
		size_t left = lines->end - lines->at;
		const uint8_t *from = lines->p + lines->at;
		const uint8_t *end =
			left > looked ? memchr(from + looked, '\n', left - looked) : NULL;
		if (end)
			return take(lines, (size_t)(end - from), (size_t)(end - from) + 1, ret);
		if (lines->over)
			return left || lines->skipping ? take(lines, left, left, ret) : LINES_END;
		looked = left;
		if (left > LINES_LONGEST) { /* keep the room free, but not the line */
			lines->at += left;
			lines->consumed += left;
			lines->skipping = true;
			looked = 0;
		}
		enum lines_result result = read_more(lines, wait_ms);
		if (result != LINES_ONE)
			return result;
	}
}
