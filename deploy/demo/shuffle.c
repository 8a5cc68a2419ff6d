/* A random topological order of lines; touches the stream that it is given. */
#include "deploy/demo/shuffle.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>

#include "common/uuid.h"
#include "deploy/demo/chance.h"

#define NONE UINT32_MAX

enum { FIRST_SIZE = 1024 };

struct held {
	char *text;
	uint32_t waits_for; /* causes that are not written yet */
	uint32_t effects;   /* first of a chain of edges, or NONE */
};

struct edge {
	uint32_t effect;
	uint32_t next;
};

/* The last line that touched an id. */
struct last {
	struct uuid id;
	uint32_t line;
};

struct shuffle {
	struct chance chance;
	struct held *lines;
	size_t n_lines, lines_size;
	struct edge *edges;
	size_t n_edges, edges_size;
	struct last *lasts; /* open addressing; size is a power of two, at most half full */
	size_t n_lasts, lasts_size;
};

struct shuffle *shuffle_new(uint64_t seed)
{
	struct shuffle *shuffle = calloc(1, sizeof(*shuffle));

	if (shuffle)
		shuffle->chance = chance_of(seed, "shuffle", 0);
	return shuffle;
}

void shuffle_free(struct shuffle *shuffle)
{
	if (!shuffle)
		return;
	for (size_t i = 0; i < shuffle->n_lines; i++)
		free(shuffle->lines[i].text);
	free(shuffle->lines);
	free(shuffle->edges);
	free(shuffle->lasts);
	free(shuffle);
}

/* The array with room for one more item of that many bytes; NULL when memory is out. */
static void *grown(void *at, size_t n, size_t *size, size_t item)
{
	size_t more = *size ? *size * 2 : FIRST_SIZE;
	void *to;

	if (n < *size)
		return at;
	to = more < NONE ? reallocarray(at, more, item) : NULL;
	if (to)
		*size = more;
	return to;
}

/* ---- who touched an id last ------------------------------------------------------------------ */

/* The entry of the id, or the empty one where it belongs. */
static struct last *find(struct last *lasts, size_t size, struct uuid id)
{
	size_t i = get_u64(id.b + 8) & (size - 1);

	while (!uuid_is_nil(lasts[i].id) && !uuid_equal(lasts[i].id, id))
		i = (i + 1) & (size - 1);
	return &lasts[i];
}

static bool make_room(struct shuffle *shuffle)
{
	size_t size = shuffle->lasts_size ? shuffle->lasts_size * 2 : FIRST_SIZE;
	struct last *lasts;

	if (shuffle->n_lasts * 2 < shuffle->lasts_size)
		return true;
	lasts = calloc(size, sizeof(*lasts));
	if (!lasts)
		return false;
	for (size_t i = 0; i < shuffle->lasts_size; i++)
		if (!uuid_is_nil(shuffle->lasts[i].id))
			*find(lasts, size, shuffle->lasts[i].id) = shuffle->lasts[i];
	free(shuffle->lasts);
	shuffle->lasts = lasts;
	shuffle->lasts_size = size;
	return true;
}

/* The line becomes an effect of the one that touched the id before. */
static bool touch(struct shuffle *shuffle, uint32_t line, struct uuid id)
{
	struct edge *edges =
		grown(shuffle->edges, shuffle->n_edges, &shuffle->edges_size, sizeof(*edges));

	assert(!uuid_is_nil(id));
	if (!edges)
		return false;
	shuffle->edges = edges;
	if (!make_room(shuffle))
		return false;
	struct last *last = find(shuffle->lasts, shuffle->lasts_size, id);
	if (uuid_is_nil(last->id)) {
		*last = (struct last){id, line};
		shuffle->n_lasts++;
		return true;
	}
	if (last->line == line)
		return true;
	struct held *cause = &shuffle->lines[last->line];
	shuffle->edges[shuffle->n_edges] = (struct edge){line, cause->effects};
	cause->effects = (uint32_t)shuffle->n_edges++;
	shuffle->lines[line].waits_for++;
	last->line = line;
	return true;
}

enum err shuffle_add(
	struct shuffle *shuffle, const char *text, const struct uuid *touches, size_t n)
{
	struct held *lines =
		grown(shuffle->lines, shuffle->n_lines, &shuffle->lines_size, sizeof(*lines));
	uint32_t number = (uint32_t)shuffle->n_lines;

	if (!lines)
		return ERR_NO_MEMORY;
	shuffle->lines = lines;
	lines[number] = (struct held){strdup(text), 0, NONE};
	if (!lines[number].text)
		return ERR_NO_MEMORY;
	shuffle->n_lines++;
	for (size_t i = 0; i < n; i++)
		if (!touch(shuffle, number, touches[i]))
			return ERR_NO_MEMORY;
	return ERR_OK;
}

/* ---- writing --------------------------------------------------------------------------------- */

/* Lines whose causes are written. */
struct ready {
	uint32_t *at;
	size_t n;
};

static void begin(const struct shuffle *shuffle, struct ready *ready)
{
	for (size_t i = 0; i < shuffle->n_lines; i++)
		if (shuffle->lines[i].waits_for == 0)
			ready->at[ready->n++] = (uint32_t)i;
}

static uint32_t take(struct shuffle *shuffle, struct ready *ready)
{
	size_t i = (size_t)chance_between(&shuffle->chance, 0, (int64_t)ready->n - 1);
	uint32_t line = ready->at[i];

	ready->at[i] = ready->at[--ready->n];
	for (uint32_t e = shuffle->lines[line].effects; e != NONE; e = shuffle->edges[e].next)
		if (--shuffle->lines[shuffle->edges[e].effect].waits_for == 0)
			ready->at[ready->n++] = shuffle->edges[e].effect;
	return line;
}

enum err shuffle_write(struct shuffle *shuffle, FILE *to)
{
	struct ready ready = {calloc(shuffle->n_lines + 1, sizeof(uint32_t)), 0};
	enum err err = ready.at ? ERR_OK : ERR_NO_MEMORY;

	if (err)
		return err;
	begin(shuffle, &ready);
	while (!err && ready.n > 0)
		if (fputs(shuffle->lines[take(shuffle, &ready)].text, to) == EOF)
			err = ERR_SYSTEM;
	free(ready.at);
	return err;
}
