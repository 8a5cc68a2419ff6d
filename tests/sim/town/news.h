/* What the nodes of a town have committed since it was last looked. */
#ifndef TESTS_SIM_TOWN_NEWS_H
#define TESTS_SIM_TOWN_NEWS_H

#include "common/engine_private.h"
#include "tests/sim/town/workload.h"

enum { NODES_MAX = 8 };

struct news {
	uint64_t through[NODES_MAX];         /* everything up to here was told */
	uint8_t hash[NODES_MAX][HASH_BYTES]; /* of the journal there */
};

/* A record that a node has written, or (NULL): the node went back to an earlier state, all of its
 * journal will be told again. The record lives until the function returns. */
typedef void news_fn(void *ctx, unsigned node, const struct record *record);

/* Tells what is new at the nodes that are up, node by node, in order. False: a journal could not be
 * read. */
bool news_tell(struct news *news, const struct town_view *view, news_fn *fn, void *ctx);

/* The event in a record of that node, personal texts sealed; lives as long as the record. NULL: it
 * cannot be decoded. */
const void *news_event(const struct town_view *view, unsigned node, const struct record *record);

#endif
