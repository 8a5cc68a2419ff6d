/* What waits in a queue of people, as operators see it: ids, kinds and times, no texts. It is done
 * by people and not mended. Touches the disk through store.h, in the caller's transaction. */
#include <string.h>

#include "common/engine_private.h"

enum { LOOKED = 5000 };

static const struct service_queue *find_queue(const struct engine *engine, struct text name)
{
	static const char kind[] = "work/";
	size_t n = sizeof(kind) - 1;

	for (size_t i = 0; i < engine->service->n_queues; i++) {
		const char *other = engine->service->queues[i].name;
		if (!strncmp(other, kind, n) && text_is(name, other + n))
			return &engine->service->queues[i];
	}
	return NULL;
}

static bool has(struct state *state, struct text name)
{
	return find_queue(state->engine, name) != NULL;
}

struct looking {
	struct queue_walk *walk;
	bool behind; /* what is asked for begins */
	bool enough;
};

static void look(void *ctx, const struct waiting *waiting)
{
	struct looking *l = ctx;
	char id[UUID_TEXT_BYTES];

	if (l->enough)
		return;
	uuid_format(waiting->id, id);
	if (!l->behind) {
		l->behind = text_is(l->walk->after, id);
		return;
	}
	const struct seen_item seen = {.item = {.item = text_of(id),
					       .type = waiting->type,
					       .entity = waiting->id,
					       .since = waiting->since,
					       .state = text_of(waiting->held ? "held" : "waiting"),
					       .why = waiting->error,
					       .not_before = waiting->ready}};
	l->enough = !l->walk->visit(l->walk->ctx, &seen);
}

static enum err walk(struct state *state, struct queue_walk *walk)
{
	struct looking l = {.walk = walk, .behind = walk->after.n == 0};
	struct entries entries = {.fn = look, .ctx = &l, .max = LOOKED};

	engine_each_entry(state, find_queue(state->engine, walk->name), &entries);
	if (!l.behind)
		return ERR_NOT_FOUND;
	return store_error(state->txn);
}

const struct queue_access engine_work_kind = {.kind = "work", .has = has, .walk = walk};
