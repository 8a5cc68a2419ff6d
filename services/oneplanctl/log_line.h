/* One line of a daemon's log (common/log.h), taken apart: flat JSON, or anything else that a
 * program wrote there. */
#ifndef SERVICES_ONEPLANCTL_LOG_LINE_H
#define SERVICES_ONEPLANCTL_LOG_LINE_H

#include "common/bytes.h"
#include "common/log.h"

struct log_line {
	int64_t time; /* 0: it says none */
	enum log_level level;
	const char *node;
	const char *event; /* of what is no JSON: the line */
	const char *rest;  /* `key=value key="more words"` */
	const char *raw;
	bool parsed;
};

/* Texts lie in the arena. ERR_NO_MEMORY only. */
enum err log_line_read(struct bytes from, struct arena *arena, struct log_line *ret) MUST_USE;

/* Somewhere in event or rest, upper and lower case alike. */
bool log_line_holds(const struct log_line *line, const char *part);

#endif
