/* Commands as lines of JSON; touches the one stream that it was given. */
#include "deploy/demo/lines.h"

#include <assert.h>
#include <string.h>

#include "common/clock.h"
#include "deploy/demo/shuffle.h"
#include "deploy/demo/sorting.h"

enum { LINE_BYTES = 1024 * 1024 };

void lines_open(struct lines *lines, FILE *to, const uint64_t *seed)
{
	*lines = (struct lines){.to = to};
	arena_init(&lines->arena, LINE_BYTES);
	if (!seed)
		return;
	lines->shuffle = shuffle_new(*seed);
	if (!lines->shuffle)
		lines->err = ERR_NO_MEMORY;
}

void lines_open_sorted(struct lines *lines, FILE *to)
{
	lines_open(lines, to, NULL);
	lines->sorting = sorting_new();
	if (!lines->sorting)
		lines->err = ERR_NO_MEMORY;
}

/* What stands before the command's fields. */
static const char *head_of(struct lines *lines, const struct line *line)
{
	const char *name = line->command->head->name;
	char at[32];

	if (!line->at)
		return arena_printf(&lines->arena,
			"{\"command\":\"%s\",\"by\":\"%s\",\"with\":", name, line->by);
	time_format(line->at, at);
	return arena_printf(&lines->arena,
		"{\"command\":\"%s\",\"at\":\"%s\",\"by\":\"%s\",\"with\":", name, at, line->by);
}

static const char *describe(struct lines *lines, const struct line *line)
{
	static const char tail[] = "}\n";
	const char *head = head_of(lines, line);
	const char *with = schema_to_json(line->command, line->with, 0, &lines->arena);
	size_t n = head ? strlen(head) : 0, m = with ? strlen(with) : 0;
	char *text = head && with ? arena_alloc(&lines->arena, n + m + sizeof(tail)) : NULL;

	if (!text)
		return NULL;
	memcpy(text, head, n);
	memcpy(text + n, with, m);
	memcpy(text + n + m, tail, sizeof(tail));
	return text;
}

void lines_add(struct lines *lines, const struct line *line)
{
	struct reason reason = {0};
	enum err valid = schema_check(line->command, line->with, &reason);

	/* What the schema refuses would be a mistake of this program. */
	assert(!valid);
	(void)valid;
	if (lines->err)
		return;
	arena_reset(&lines->arena);
	const char *text = describe(lines, line);
	if (!text)
		lines->err = ERR_NO_MEMORY;
	else if (lines->shuffle)
		lines->err = shuffle_add(lines->shuffle, text, line->touches, line->n_touches);
	else if (lines->sorting)
		lines->err = sorting_add(lines->sorting, line->at, text);
	else if (fputs(text, lines->to) == EOF)
		lines->err = ERR_SYSTEM;
}

enum err lines_close(struct lines *lines)
{
	if (lines->shuffle && !lines->err)
		lines->err = shuffle_write(lines->shuffle, lines->to);
	if (lines->sorting && !lines->err)
		lines->err = sorting_write(lines->sorting, lines->to);
	if (!lines->err && fflush(lines->to) == EOF)
		lines->err = ERR_SYSTEM;
	shuffle_free(lines->shuffle);
	sorting_free(lines->sorting);
	arena_done(&lines->arena);
	return lines->err;
}
