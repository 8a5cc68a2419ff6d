/* Orders of an operator for a quarantine: mend_queue by number or by entity, and what came of it.
 */
#ifndef TESTS_SIM_MEND_ORDER_H
#define TESTS_SIM_MEND_ORDER_H

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "common/admin.h"

struct mend_order {
	struct mend_queue c;
	struct queue_filter filter;
	struct text item;
	char queue[48], number[24];
};

static inline struct mend_order *order_of(
	struct mend_order *order, enum mend_verb verb, const char *owner)
{
	*order = (struct mend_order){.c = {.verb = verb,
					     .reason = {"cannot be mended", 16, false},
					     .by = {"Ida", 3, false}}};
	snprintf(order->queue, sizeof(order->queue), "quarantine/%s", owner);
	order->c.queue = text_of(order->queue);
	return order;
}

static inline const struct mend_queue *order_item(
	struct mend_order *order, enum mend_verb verb, const char *owner, uint64_t seq)
{
	order_of(order, verb, owner);
	snprintf(order->number, sizeof(order->number), "%llu", (unsigned long long)seq);
	order->item = text_of(order->number);
	order->c.items.n = 1;
	order->c.items.at = &order->item;
	return &order->c;
}

static inline const struct mend_queue *order_entity(
	struct mend_order *order, enum mend_verb verb, const char *owner, struct uuid entity)
{
	order_of(order, verb, owner);
	order->filter.entity = entity;
	order->c.filter = &order->filter;
	return &order->c;
}

/* The first that could not be mended; 0: all were. */
static inline int64_t first_refused(const struct queue_mended *reply, struct text *ret_why)
{
	for (size_t i = 0; i < reply->items.n; i++) {
		const struct mended_item *item = &reply->items.at[i];
		if (item->done)
			continue;
		if (ret_why)
			*ret_why = item->why;
		return strtoll(item->item.p, NULL, 10);
	}
	return 0;
}

#endif
