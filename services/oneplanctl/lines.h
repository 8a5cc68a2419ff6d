/* Lines of a file or a pipe, one by one, without ever waiting longer than asked to. */
#ifndef SERVICES_ONEPLANCTL_LINES_H
#define SERVICES_ONEPLANCTL_LINES_H

#include "common/bytes.h"

enum { LINES_LONGEST = 256 * 1024 };

struct lines {
	int fd;
	uint8_t *p; /* what was read and not handed out is [at, end) */
	size_t at, end;
	bool over;         /* nothing more comes */
	bool skipping;     /* inside of a line that is too long */
	uint64_t number;   /* of the line handed out last: 1, 2, 3 */
	uint64_t consumed; /* bytes of all lines handed out */
};

enum lines_result { LINES_ONE, LINES_LATER, LINES_END, LINES_TOO_LONG, LINES_FAILED };

/* The descriptor stays the caller's. */
enum err lines_init(struct lines *lines, int fd) MUST_USE;
void lines_done(struct lines *lines);

/* LINES_ONE: *ret is the next line without its end, valid until the next call. LINES_LATER: none
 * came within wait_ms. LINES_TOO_LONG: the next line, longer than LINES_LONGEST, was passed over.
 * LINES_FAILED: errno. */
enum lines_result lines_next(struct lines *lines, int wait_ms, struct bytes *ret);

#endif
