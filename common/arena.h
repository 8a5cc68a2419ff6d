/* Memory that lives as long as one message: taken in pieces, given back all at once. */
#ifndef COMMON_ARENA_H
#define COMMON_ARENA_H

#include <stddef.h>

struct arena_chunk;

struct arena {
	struct arena_chunk *chunks; /* newest first */
	size_t used;                /* bytes handed out since the last reset */
	size_t cap;                 /* limit of used */
};

/* An empty arena that hands out at most cap_bytes between two resets. */
void arena_init(struct arena *arena, size_t cap_bytes);

/* Gives everything back to the system. */
void arena_done(struct arena *arena);

/* Forgets everything handed out, and overwrites it; keeps one chunk for the next message. */
void arena_reset(struct arena *arena);

/* Where the arena stands, to give back later everything that is handed out from here on. Marks are
 * given back in the reverse of their order; a reset forgets them. */
struct arena_mark {
	struct arena_chunk *chunk;
	size_t chunk_used, used;
};
struct arena_mark arena_mark(const struct arena *arena);
void arena_release(struct arena *arena, const struct arena_mark *mark);

/* size zeroed bytes, aligned for any type; NULL when the cap is reached or memory is out. */
void *arena_alloc(struct arena *arena, size_t size);

/* A copy of n bytes with a NUL byte behind them; NULL as arena_alloc. */
void *arena_copy(struct arena *arena, const void *p, size_t n);

/* A formatted string; NULL as arena_alloc. */
char *arena_printf(struct arena *arena, const char *format, ...)
	__attribute__((format(printf, 2, 3)));

#endif
