/* Reads the lines that daemons log; touches memory only. */
#include "services/oneplanctl/log_line.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "common/clock.h"

/* Where a line is read; what is wrong ends it. */
struct reading {
	const char *at, *end;
	struct arena *arena;
	bool bad;
};

static bool take(struct reading *r, char c)
{
	if (r->at < r->end && *r->at == c) {
		r->at++;
		return true;
	}
	return false;
}

static unsigned read_hex(struct reading *r)
{
	char digits[5] = "";
	char *end;

	if (r->end - r->at < 4) {
		r->bad = true;
		return 0;
	}
	memcpy(digits, r->at, 4);
	r->at += 4;
	unsigned long v = strtoul(digits, &end, 16);
	r->bad = r->bad || *end;
	return (unsigned)v;
}

/* RFC 3629; a daemon escapes control characters and U+FFFD only. */
static void add_code(struct buffer *out, unsigned code)
{
	const char bytes[3] = {(char)(0xe0 | code >> 12), (char)(0x80 | (code >> 6 & 0x3f)),
		(char)(0x80 | (code & 0x3f))};
	const char two = (char)(0xc0 | (code >> 6 & 0x1f));

	if (code < 0x80)
		buffer_add(out, &(const char){(char)code}, 1);
	else if (code < 0x800) {
		buffer_add(out, &two, 1);
		buffer_add(out, bytes + 2, 1);
	} else
		buffer_add(out, bytes, 3);
}

static void read_escape(struct reading *r, struct buffer *out)
{
	static const char from[] = "nrtbf", to[] = "\n\r\t\b\f";
	char c = '\0';

	if (r->at < r->end)
		c = *r->at++;
	const char *known = c ? strchr(from, c) : NULL;
	if (c == 'u')
		add_code(out, read_hex(r));
	else if (known)
		buffer_add(out, &to[known - from], 1);
	else
		buffer_add(out, &c, 1);
}

/* A JSON string, or a number or word as it stands; NULL: neither. */
static const char *read_value(struct reading *r, struct buffer *scratch, bool *ret_text)
{
	buffer_reset(scratch);
	*ret_text = take(r, '"');
	while (*ret_text && r->at < r->end && *r->at != '"') {
		if (take(r, '\\'))
			read_escape(r, scratch);
		else
			buffer_add(scratch, r->at++, 1);
	}
	if (*ret_text)
		r->bad = r->bad || !take(r, '"');
	else
		while (r->at < r->end && strchr("0123456789-.truefalsn", *r->at))
			buffer_add(scratch, r->at++, 1);
	r->bad = r->bad || (!*ret_text && scratch->n == 0);
	return r->bad ? NULL
		      : arena_copy(r->arena, scratch->p ? (void *)scratch->p : "", scratch->n);
}

static void add_rest(struct log_line *line, struct arena *arena, const char *key, const char *value)
{
	bool quote = !*value || strpbrk(value, " \"=");

	line->rest = arena_printf(arena, quote ? "%s%s%s=\"%s\"" : "%s%s%s=%s", line->rest,
		*line->rest ? " " : "", key, value);
}

static void take_pair(
	struct log_line *line, struct arena *arena, const char *key, const char *value)
{
	int level;

	if (strcmp(key, "time") == 0)
		line->parsed = time_parse(value, strlen(value), &line->time);
	else if (strcmp(key, "level") == 0) {
		level = log_level_of(value);
		line->level = level < 0 ? LOG_INFO : (enum log_level)level;
	} else if (strcmp(key, "node") == 0)
		line->node = value;
	else if (strcmp(key, "event") == 0)
		line->event = value;
	else
		add_rest(line, arena, key, value);
}

static void read_pairs(struct reading *r, struct buffer *scratch, struct log_line *line)
{
	bool text;

	r->bad = !take(r, '{');
	while (!r->bad && r->at < r->end) {
		const char *key = read_value(r, scratch, &text);
		r->bad = r->bad || !text || !take(r, ':');
		const char *value = r->bad ? NULL : read_value(r, scratch, &text);
		if (value && key)
			take_pair(line, r->arena, key, value);
		if (!line->rest)
			return; /* no memory */
		if (take(r, '}'))
			break;
		r->bad = r->bad || !take(r, ',');
	}
	r->bad = r->bad || r->at != r->end;
}

enum err log_line_read(struct bytes from, struct arena *arena, struct log_line *ret)
{
	const char *raw = arena_copy(arena, from.p, from.n);
	struct reading r = {.at = raw, .end = raw ? raw + from.n : NULL, .arena = arena};
	struct buffer scratch;

	*ret = (struct log_line){
		.raw = raw, .node = "", .event = "", .rest = "", .level = LOG_INFO};
	if (!raw)
		return ERR_NO_MEMORY;
	buffer_init(&scratch, from.n + 16);
	read_pairs(&r, &scratch, ret);
	buffer_done(&scratch);
	if (r.bad || !ret->parsed || !*ret->event)
		*ret = (struct log_line){
			.raw = raw, .node = "", .event = raw, .rest = "", .level = LOG_INFO};
	return ret->rest ? ERR_OK : ERR_NO_MEMORY;
}

bool log_line_holds(const struct log_line *line, const char *part)
{
	return strcasestr(line->event, part) || strcasestr(line->rest, part);
}
