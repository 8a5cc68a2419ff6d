/* What a department's digest lists. Pure. */
#ifndef SERVICES_NOTIFICATION_DIGEST_H
#define SERVICES_NOTIFICATION_DIGEST_H

#include "services/notification/trees.h"

/* More than these are not counted: a department that has so much waiting must look at its list. */
enum { DIGEST_ITEMS_MAX = 1000 };

struct digest {
	struct gathered_notice *items; /* at least one, of one department */
	size_t n;
};

/* A line for each occasion: how many, by when the first, and the plans; of many plans some. In the
 * arena; false: it is full. */
bool digest_write(
	const struct digest *digest, enum tongue tongue, struct arena *arena, struct text *ret);

#endif
