/* Bump allocation in chunks. Touches the heap only. */
#include "common/arena.h"

#include <stdalign.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define CHUNK_BYTES ((size_t)16 * 1024)

struct arena_chunk {
	struct arena_chunk *next;
	size_t size;
	size_t used;
	alignas(max_align_t) unsigned char bytes[];
};

void arena_init(struct arena *arena, size_t cap_bytes)
{
	*arena = (struct arena){.cap = cap_bytes};
}

/* What a message said is not left lying about. */
static void wipe(struct arena_chunk *chunk, size_t from)
{
	explicit_bzero(chunk->bytes + from, chunk->used - from);
	chunk->used = from;
}

static void drop_first(struct arena *arena)
{
	struct arena_chunk *chunk = arena->chunks;

	arena->chunks = chunk->next;
	wipe(chunk, 0);
	free(chunk);
}

void arena_done(struct arena *arena)
{
	while (arena->chunks)
		drop_first(arena);
	arena->used = 0;
}

void arena_reset(struct arena *arena)
{
	while (arena->chunks && arena->chunks->next)
		drop_first(arena);
	if (arena->chunks)
		wipe(arena->chunks, 0);
	arena->used = 0;
}

struct arena_mark arena_mark(const struct arena *arena)
{
	return (struct arena_mark){
		arena->chunks, arena->chunks ? arena->chunks->used : 0, arena->used};
}

void arena_release(struct arena *arena, const struct arena_mark *mark)
{
	while (arena->chunks != mark->chunk)
		drop_first(arena);
	if (arena->chunks)
		wipe(arena->chunks, mark->chunk_used);
	arena->used = mark->used;
}

static struct arena_chunk *add_chunk(struct arena *arena, size_t size)
{
	size_t body = size > CHUNK_BYTES ? size : CHUNK_BYTES;
	struct arena_chunk *chunk = malloc(sizeof(*chunk) + body);

	if (!chunk)
		return NULL;
	chunk->size = body;
	chunk->used = 0;
	chunk->next = arena->chunks;
	arena->chunks = chunk;
	return chunk;
}

void *arena_alloc(struct arena *arena, size_t size)
{
	const size_t align = alignof(max_align_t);

	if (size > arena->cap || arena->used > arena->cap - size)
		return NULL;
	size_t padded = (size + align - 1) / align * align;
	struct arena_chunk *chunk = arena->chunks;
	if (!chunk || chunk->size - chunk->used < padded) {
		chunk = add_chunk(arena, padded);
		if (!chunk)
			return NULL;
	}
	void *p = chunk->bytes + chunk->used;
	chunk->used += padded;
	arena->used += padded;
	return memset(p, 0, size);
}

void *arena_copy(struct arena *arena, const void *p, size_t n)
{
	char *copy = arena_alloc(arena, n + 1);

	if (copy && n)
		memcpy(copy, p, n);
	return copy;
}

char *arena_printf(struct arena *arena, const char *format, ...)
{
	char usual[256];
	va_list args;

	va_start(args, format);
	int n = vsnprintf(usual, sizeof(usual), format, args);
	va_end(args);
	if (n < 0)
		return NULL;
	if ((size_t)n < sizeof(usual)) {
		char *copy = arena_copy(arena, usual, (size_t)n);
		explicit_bzero(usual, (size_t)n);
		return copy;
	}
	char *text = arena_alloc(arena, (size_t)n + 1);
	if (!text)
		return NULL;
	va_start(args, format);
	vsnprintf(text, (size_t)n + 1, format, args);
	va_end(args);
	return text;
}
