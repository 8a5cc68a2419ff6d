/* Lines by time; touches the stream that it is given. */
#include "deploy/demo/sorting.h"

#include <stdlib.h>
#include <string.h>

enum { FIRST_SIZE = 1024 };

struct held {
	int64_t at;
	size_t order;
	char *text;
};

struct sorting {
	struct held *lines;
	size_t n, size;
};

struct sorting *sorting_new(void)
{
	return calloc(1, sizeof(struct sorting));
}

void sorting_free(struct sorting *sorting)
{
	if (!sorting)
		return;
	for (size_t i = 0; i < sorting->n; i++)
		free(sorting->lines[i].text);
	free(sorting->lines);
	free(sorting);
}

static bool make_room(struct sorting *sorting)
{
	size_t more = sorting->size ? sorting->size * 2 : FIRST_SIZE;
	struct held *lines;

	if (sorting->n < sorting->size)
		return true;
	lines = reallocarray(sorting->lines, more, sizeof(*lines));
	if (!lines)
		return false;
	sorting->lines = lines;
	sorting->size = more;
	return true;
}

enum err sorting_add(struct sorting *sorting, int64_t at, const char *text)
{
	char *copy = make_room(sorting) ? strdup(text) : NULL;

	if (!copy)
		return ERR_NO_MEMORY;
	sorting->lines[sorting->n] = (struct held){at, sorting->n, copy};
	sorting->n++;
	return ERR_OK;
}

static int compare(const void *a, const void *b)
{
	const struct held *x = a, *y = b;

	if (x->at != y->at)
		return x->at < y->at ? -1 : 1;
	return x->order < y->order ? -1 : 1;
}

enum err sorting_write(struct sorting *sorting, FILE *to)
{
	if (sorting->n)
		qsort(sorting->lines, sorting->n, sizeof(*sorting->lines), compare);
	for (size_t i = 0; i < sorting->n; i++)
		if (fputs(sorting->lines[i].text, to) == EOF)
			return ERR_SYSTEM;
	return ERR_OK;
}
