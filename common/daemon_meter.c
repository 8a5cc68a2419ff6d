/* Counts the requests of a daemon by type and by how they were answered, and how long they and
 * turns took. Touches memory only, without allocating after the start. */
#include <assert.h>
#include <stdlib.h>
#include <string.h>

#include "common/daemon_private.h"

/* Types are found by a hash over open addresses: a power of two, more than twice as many. */
enum { SLOTS = 1024 };

static size_t slot_of(const char *name, size_t n)
{
	uint32_t hash = UINT32_C(2166136261); /* FNV-1a */

	for (size_t i = 0; i < n; i++)
		hash = (hash ^ (uint8_t)name[i]) * UINT32_C(16777619);
	return hash % SLOTS;
}

struct meter *meter_new(const struct engine *engine)
{
	struct meter *meter = calloc(1, sizeof(*meter));
	size_t n = 0;

	while (engine_message(engine, n))
		n++;
	assert(n < SLOTS / 2);
	if (meter) {
		meter->types = calloc(n + 1, sizeof(*meter->types));
		meter->slots = calloc(SLOTS, sizeof(*meter->slots));
	}
	if (!meter || !meter->types || !meter->slots) {
		meter_free(meter);
		return NULL;
	}
	meter->n = n;
	for (size_t i = 0; i < n; i++) {
		const char *name = engine_message(engine, i);
		size_t at = slot_of(name, strlen(name));
		while (meter->slots[at])
			at = (at + 1) % SLOTS;
		meter->slots[at] = (uint16_t)(i + 1);
		meter->types[i].name = name;
	}
	meter->types[n].name = "unknown";
	return meter;
}

void meter_free(struct meter *meter)
{
	if (!meter)
		return;
	free(meter->types);
	free(meter->slots);
	free(meter);
}

/* Whatever a client calls it that is not declared is one type. */
static struct metered_type *find_type(struct meter *meter, struct text type)
{
	size_t at = slot_of(type.p, type.n);

	for (; meter->slots[at]; at = (at + 1) % SLOTS) {
		struct metered_type *found = &meter->types[meter->slots[at] - 1];
		if (text_is(type, found->name))
			return found;
	}
	return &meter->types[meter->n];
}

void meter_answer(struct meter *meter, const struct pending *pending, enum err status)
{
	struct metered_type *type = find_type(meter, pending->request.type);

	type->answers[status]++;
	histogram_add(&type->times, meter->now_us - pending->came_us);
}
