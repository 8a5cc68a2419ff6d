/* The queue of events: a binary heap by time, then by order of making. Touches nothing. */
#include <stdlib.h>

#include "tests/sim/town/sim.h"

static bool before(const struct event *a, const struct event *b)
{
	return a->at < b->at || (a->at == b->at && a->order < b->order);
}

static void put(struct heap *heap, size_t place, struct event *event)
{
	heap->at[place - 1] = event;
	event->place = place;
}

static void sift_up(struct heap *heap, struct event *event)
{
	size_t place = event->place;

	for (; place > 1 && before(event, heap->at[place / 2 - 1]); place /= 2)
		put(heap, place, heap->at[place / 2 - 1]);
	put(heap, place, event);
}

static void sift_down(struct heap *heap, struct event *event)
{
	size_t place = event->place;

	for (size_t child; (child = 2 * place) <= heap->n; place = child) {
		child += child < heap->n && before(heap->at[child], heap->at[child - 1]);
		if (!before(heap->at[child - 1], event))
			break;
		put(heap, place, heap->at[child - 1]);
	}
	put(heap, place, event);
}

void event_drop(struct event *event)
{
	struct heap *heap = &world.heap;
	size_t place = event->place;

	if (place == 0)
		return;
	struct event *last = heap->at[--heap->n];
	event->place = 0;
	if (last == event)
		return;
	last->place = place;
	sift_up(heap, last);
	sift_down(heap, last);
}

void event_set(struct event *event, int64_t at)
{
	struct heap *heap = &world.heap;

	event_drop(event);
	if (heap->n == heap->size) {
		heap->size = heap->size ? 2 * heap->size : 1024;
		heap->at = realloc(heap->at, heap->size * sizeof(*heap->at));
		if (!heap->at)
			abort();
	}
	event->at = at;
	event->order = ++world.order;
	event->place = ++heap->n;
	sift_up(heap, event);
}

struct event *event_take(void)
{
	struct event *first = world.heap.n ? world.heap.at[0] : NULL;

	if (first)
		event_drop(first);
	return first;
}
