/* The log of a daemon: one line of JSON an event on standard error, for journald and for people
 * with jq. Only daemons' outer layers log; a library function returns an error instead. No personal
 * data is ever a value. */
#ifndef COMMON_LOG_H
#define COMMON_LOG_H

#include <stdint.h>

enum log_level { LOG_ERROR, LOG_WARNING, LOG_INFO, LOG_DEBUG };

/* Lines above this level are dropped. Set once at start and on reload. */
void log_set_level(enum log_level level);
/* "error", "warning", "info", "debug"; -1 for any other word. */
int log_level_of(const char *word);
/* Stamped on each line; the string must live as long as the process. */
void log_set_node(const char *node);

/* Writes {"time":…,"level":…,"node":…,"event":event, then the pairs}. event: a short fixed phrase.
 * The rest: LOG_TEXT(key, const char *) and LOG_INT(key, int64), at most 12 of them. Bytes that are
 * not UTF-8 become U+FFFD; a line longer than 4096 bytes loses its end and says "cut":true. */
struct log_pair {
	const char *key;
	const char *text; /* NULL: number */
	int64_t number;
};
#define LOG_TEXT(k, v) ((struct log_pair){.key = (k), .text = (v)})
#define LOG_INT(k, v) ((struct log_pair){.key = (k), .number = (int64_t)(v)})
#define log_event(level, ...) \
	log_write((level), LOG_FIRST(__VA_ARGS__, 0), LOG_REST(__VA_ARGS__, LOG_INT(NULL, 0)))
#define LOG_FIRST(first, ...) (first)
#define LOG_REST(first, ...) ((const struct log_pair[]){__VA_ARGS__})
/* pairs end with a NULL key. */
void log_write(enum log_level level, const char *event, const struct log_pair *pairs);

#endif
