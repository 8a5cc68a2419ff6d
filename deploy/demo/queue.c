/* A binary heap; touches nothing. */
#include "deploy/demo/queue.h"

#include <stdlib.h>

enum { FIRST_SIZE = 256 };

static bool before(const struct queue_entry *a, const struct queue_entry *b)
{
	return a->at != b->at ? a->at < b->at : a->order < b->order;
}

static void swap(struct queue_entry *a, struct queue_entry *b)
{
	struct queue_entry c = *a;

	*a = *b;
	*b = c;
}

bool queue_put(struct queue *queue, int64_t at, void *what)
{
	size_t i = queue->n;

	if (queue->n == queue->size) {
		size_t size = queue->size ? queue->size * 2 : FIRST_SIZE;
		struct queue_entry *heap = reallocarray(queue->heap, size, sizeof(*heap));
		if (!heap)
			return false;
		queue->heap = heap;
		queue->size = size;
	}
	queue->heap[queue->n++] = (struct queue_entry){at, queue->orders++, what};
	while (i > 0 && before(&queue->heap[i], &queue->heap[(i - 1) / 2])) {
		swap(&queue->heap[i], &queue->heap[(i - 1) / 2]);
		i = (i - 1) / 2;
	}
	return true;
}

static void sink(struct queue *queue)
{
	struct queue_entry *heap = queue->heap;
	size_t i = 0;

	for (;;) {
		size_t first = i, left = 2 * i + 1, right = 2 * i + 2;
		if (left < queue->n && before(&heap[left], &heap[first]))
			first = left;
		if (right < queue->n && before(&heap[right], &heap[first]))
			first = right;
		if (first == i)
			return;
		swap(&heap[i], &heap[first]);
		i = first;
	}
}

void *queue_take(struct queue *queue, int64_t end, int64_t *ret_at)
{
	if (queue->n == 0 || queue->heap[0].at >= end)
		return NULL;
	void *what = queue->heap[0].what;
	*ret_at = queue->heap[0].at;
	queue->heap[0] = queue->heap[--queue->n];
	sink(queue);
	return what;
}

void queue_done(struct queue *queue)
{
	for (size_t i = 0; i < queue->n; i++)
		free(queue->heap[i].what);
	free(queue->heap);
	*queue = (struct queue){0};
}
