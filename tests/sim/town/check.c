/* What must hold of a simulated town, whatever is said to it and happens to it. Touches stores,
 * reading only. */
#include <stdlib.h>

#include "tests/sim/town/workload.h"

struct town_check {
	int nothing;
};

struct town_check *town_check_new(void)
{
	return calloc(1, sizeof(struct town_check));
}

void town_check_free(struct town_check *check)
{
	free(check);
}

const char *town_check(struct town_check *check, const struct town_view *view, struct arena *arena)
{
	(void)check;
	(void)view;
	(void)arena;
	return NULL;
}
