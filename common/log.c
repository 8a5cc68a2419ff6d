/* Lines of JSON for people and journald; writes each with one write to standard error. */
#include "common/log.h"

#include <assert.h>
#include <errno.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "common/clock.h"

/* A pipe takes a line of at most PIPE_BUF bytes (4096 on Linux) in one piece. */
#define LINE_BYTES 4096
#define TAIL_BYTES sizeof("\",\"cut\":true}\n")
#define MAX_PAIRS 12

struct line {
	size_t n;
	bool cut;
	char b[LINE_BYTES];
};

static const char *const level_words[] = {"error", "warning", "info", "debug"};

static atomic_int current_level = LOG_INFO;
static const char *_Atomic current_node = "";

void log_set_level(enum log_level level)
{
	atomic_store(&current_level, (int)level);
}

int log_level_of(const char *word)
{
	for (int i = 0; i <= LOG_DEBUG; i++)
		if (strcmp(word, level_words[i]) == 0)
			return i;
	return -1;
}

void log_set_node(const char *node)
{
	atomic_store(&current_node, node);
}

/* Adds all n bytes or, when that would not leave room for the tail, none. */
static void add(struct line *line, const char *p, size_t n)
{
	if (line->cut || line->n + n > LINE_BYTES - TAIL_BYTES) {
		line->cut = true;
		return;
	}
	memcpy(line->b + line->n, p, n);
	line->n += n;
}

/* The length of the UTF-8 character at p (RFC 3629: no overlong form, no surrogate, none beyond
 * U+10FFFF); 0 when it is none. */
static size_t utf8_length(const unsigned char *p)
{
	static const struct {
		unsigned char first, last, low, high;
		size_t n;
	} forms[] = {
		{0x01, 0x7f, 0, 0, 1},
		{0xc2, 0xdf, 0x80, 0xbf, 2},
		{0xe0, 0xe0, 0xa0, 0xbf, 3},
		{0xe1, 0xec, 0x80, 0xbf, 3},
		{0xed, 0xed, 0x80, 0x9f, 3},
		{0xee, 0xef, 0x80, 0xbf, 3},
		{0xf0, 0xf0, 0x90, 0xbf, 4},
		{0xf1, 0xf3, 0x80, 0xbf, 4},
		{0xf4, 0xf4, 0x80, 0x8f, 4},
	};
	for (size_t i = 0; i < sizeof(forms) / sizeof(forms[0]); i++) {
		if (p[0] < forms[i].first || p[0] > forms[i].last)
			continue;
		if (forms[i].n > 1 && (p[1] < forms[i].low || p[1] > forms[i].high))
			return 0;
		for (size_t k = 2; k < forms[i].n; k++)
			if ((p[k] & 0xc0) != 0x80)
				return 0;
		return forms[i].n;
	}
	return 0;
}

static void add_escaped(struct line *line, const char *text)
{
	const unsigned char *p = (const unsigned char *)text;
	char escape[8];

	while (*p && !line->cut) {
		size_t n = utf8_length(p);
		if (n == 0) {
			add(line, "\\ufffd", 6);
			p++;
		} else if (*p == '"' || *p == '\\') {
			add(line, (const char[]){'\\', (char)*p}, 2);
			p++;
		} else if (*p < 0x20 || *p == 0x7f) {
			snprintf(escape, sizeof(escape), "\\u%04x", (unsigned)*p);
			add(line, escape, 6);
			p++;
		} else {
			add(line, (const char *)p, n);
			p += n;
		}
	}
}

static void add_key(struct line *line, const char *key)
{
	add(line, line->n ? ",\"" : "{\"", 2);
	add_escaped(line, key);
	add(line, "\":", 2);
}

/* Leaves the line as it was, unless the key and at least the opening quote fit. */
static bool begin_text(struct line *line, const char *key)
{
	size_t before = line->n;

	add_key(line, key);
	add(line, "\"", 1);
	if (line->cut)
		line->n = before;
	return !line->cut;
}

static void add_text(struct line *line, const char *key, const char *text)
{
	if (line->cut || !begin_text(line, key))
		return;
	add_escaped(line, text);
	/* The closing quote always has its place: the tail has been kept free. */
	line->b[line->n++] = '"';
}

static void add_number(struct line *line, const char *key, int64_t number)
{
	size_t before = line->n;
	char digits[24];

	if (line->cut)
		return;
	int n = snprintf(digits, sizeof(digits), "%lld", (long long)number);
	assert(n > 0);
	add_key(line, key);
	add(line, digits, (size_t)n);
	if (line->cut)
		line->n = before;
}

static void finish(struct line *line)
{
	const char *end = line->cut ? ",\"cut\":true}\n" : "}\n";
	size_t n = strlen(end);

	assert(n <= LINE_BYTES - line->n);
	memcpy(line->b + line->n, end, n);
	line->n += n;
}

/* Whoever reads the log may have gone; there is nobody left to tell. */
static void write_out(const struct line *line)
{
	size_t done = 0;

	while (done < line->n) {
		ssize_t n = write(STDERR_FILENO, line->b + done, line->n - done);
		if (n < 0 && errno == EINTR)
			continue;
		if (n <= 0)
			return;
		done += (size_t)n;
	}
}

void log_write(enum log_level level, const char *event, const struct log_pair *pairs)
{
	struct line line = {.n = 0};
	struct clock clock = clock_real();
	char time[32];
	int saved = errno;

	if ((int)level > atomic_load(&current_level))
		return;
	time_format(clock_now(&clock), time);
	add_text(&line, "time", time);
	add_text(&line, "level", level_words[level]);
	add_text(&line, "node", atomic_load(&current_node));
	add_text(&line, "event", event);
	for (int i = 0; pairs[i].key; i++) {
		assert(i < MAX_PAIRS);
		if (pairs[i].text)
			add_text(&line, pairs[i].key, pairs[i].text);
		else
			add_number(&line, pairs[i].key, pairs[i].number);
	}
	finish(&line);
	write_out(&line);
	errno = saved;
}
