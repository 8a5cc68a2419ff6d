/* The pieces of a shape put together: lines of several answers added up, and the words above its
 * columns. Touches memory only. */
#ifndef SERVICES_ONEPLANCTL_SHAPE_H
#define SERVICES_ONEPLANCTL_SHAPE_H

#include "common/admin.h"

enum { SHAPE_LINES = 1000, SHAPE_CLASSES = 10 };

struct shape {
	struct arena *arena;
	struct shape_line *lines; /* by group */
	size_t n;
	int64_t looked;
};

enum err shape_init(struct shape *shape, struct arena *arena) MUST_USE;
/* Adds a piece; its texts must live as long as the shape. ERR_LIMIT: too many groups. */
enum err shape_add(struct shape *shape, const struct queue_shape *piece) MUST_USE;
/* All lines in one. */
struct shape_line shape_sum(const struct shape *shape);

/* "5m", "10m" ... "1280m", "1280m+", of the class i when the first one is younger than that. */
const char *shape_title(struct arena *arena, int64_t first_ms, unsigned i);

#endif
