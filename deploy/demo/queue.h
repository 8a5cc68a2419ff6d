/* What is to happen next: pointers by time; of equal times the one put in first comes first. */
#ifndef DEPLOY_DEMO_QUEUE_H
#define DEPLOY_DEMO_QUEUE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct queue_entry {
	int64_t at;
	uint64_t order;
	void *what;
};

/* All zero is an empty queue. */
struct queue {
	struct queue_entry *heap;
	size_t n, size;
	uint64_t orders;
};

/* False when memory is out. */
bool queue_put(struct queue *queue, int64_t at, void *what);

/* The first one if it is due before the end; NULL otherwise. */
void *queue_take(struct queue *queue, int64_t end, int64_t *ret_at);

/* Gives the queue back, and with it (free) everything that still waits in it. */
void queue_done(struct queue *queue);

#endif
