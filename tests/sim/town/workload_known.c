/* What the workload knows of: bounded lists. Touches nothing. */
#include <string.h>

#include "tests/sim/town/workload_private.h"

static const char *const departments[TOWN_NODES] = {"", "employment", "family", "social", "", ""};

const char *town_department(unsigned node)
{
	return node < TOWN_NODES ? departments[node] : "";
}

unsigned town_department_node(struct text department)
{
	for (unsigned i = NODE_EMPLOYMENT; i <= NODE_SOCIAL; i++)
		if (text_is(department, departments[i]))
			return i;
	return TOWN_NODES;
}

struct thing *known_at(struct workload *w, enum known what, unsigned node, struct uuid id)
{
	struct pool *pool = &w->pools[what];

	for (size_t i = pool->n; i-- > 0;)
		if (uuid_equal(pool->at[i].id, id) &&
			(node == ANY_NODE || pool->at[i].node == node))
			return &pool->at[i];
	return NULL;
}

struct thing *known_find(struct workload *w, enum known what, struct uuid id)
{
	return known_at(w, what, ANY_NODE, id);
}

/* Full: what is over makes room first. */
static struct thing *make_room(struct pool *pool)
{
	if (pool->n < POOL)
		return &pool->at[pool->n++];
	for (size_t i = 0; i < POOL; i++) {
		pool->next = (pool->next + 1) % POOL;
		if (pool->at[pool->next].over)
			return &pool->at[pool->next];
	}
	pool->next = (pool->next + 1) % POOL;
	return &pool->at[pool->next];
}

struct thing *known_add(struct workload *w, enum known what, unsigned node)
{
	struct thing *thing = make_room(&w->pools[what]);

	*thing = (struct thing){.node = node};
	return thing;
}

struct thing *known_put(struct workload *w, enum known what, unsigned node, struct uuid id)
{
	struct thing *thing = known_at(w, what, node, id);

	if (thing)
		return thing;
	thing = known_add(w, what, node);
	thing->id = id;
	return thing;
}

struct thing *any(struct workload *w, enum known what, unsigned node, unsigned states)
{
	struct pool *pool = &w->pools[what];
	size_t from = pool->n ? pick(w, pool->n) : 0;

	for (size_t i = 0; i < pool->n; i++) {
		struct thing *thing = &pool->at[(from + i) % pool->n];
		if (!thing->over && (node == ANY_NODE || thing->node == node) &&
			states & STATE(thing->state))
			return thing;
	}
	return NULL;
}

struct thing *any_due(struct workload *w, enum known what, unsigned states)
{
	struct pool *pool = &w->pools[what];
	size_t from = pool->n ? pick(w, pool->n) : 0;

	for (size_t i = 0; i < pool->n; i++) {
		struct thing *thing = &pool->at[(from + i) % pool->n];
		if (!thing->over && states & STATE(thing->state) && thing->at <= w->now)
			return thing;
	}
	return NULL;
}

void forget_node(struct workload *w, unsigned node)
{
	for (size_t what = 0; what < KNOWN; what++) {
		struct pool *pool = &w->pools[what];
		size_t n = 0;
		for (size_t i = 0; i < pool->n; i++)
			if (pool->at[i].node != node)
				pool->at[n++] = pool->at[i];
		pool->n = n;
	}
}
