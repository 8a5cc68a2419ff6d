/* What departments and the entrance say of some plans, as events with their owners, and a node that
 * hears them in some order. For tests only. */
#ifndef TESTS_UNIT_SERVICES_REPORTING_TOWN_H
#define TESTS_UNIT_SERVICES_REPORTING_TOWN_H

#include "proto/planning.h"
#include "tests/unit/services/reporting/node.h"

enum { SOCIAL = 0, INTAKE = 1, FAMILY = 2, OWNERS = 3, SAID_MAX = 4000 };

struct said {
	unsigned owner;
	const struct schema *schema;
	struct uuid entity;
	void *event;
	int64_t at;
	bool heard;
};

struct town {
	struct arena arena;
	struct said said[SAID_MAX];
	size_t n;
	int64_t now;
};

static inline struct town *town_new(void)
{
	struct town *town = calloc(1, sizeof(*town));

	assert_non_null(town);
	arena_init(&town->arena, (size_t)16 * 1024 * 1024);
	town->now = local_time(20250110, 600);
	return town;
}

static inline void town_free(struct town *town)
{
	arena_done(&town->arena);
	free(town);
}

static inline struct uuid id_of(uint8_t kind, uint32_t number)
{
	struct uuid id = {{kind, 1}};

	put_u32(id.b + 12, number);
	return id;
}

static inline void *keep(struct town *town, const void *p, size_t n)
{
	void *copy = arena_alloc(&town->arena, n);

	assert_non_null(copy);
	memcpy(copy, p, n);
	return copy;
}

static inline void say(struct town *town, unsigned owner, const struct schema *schema,
	struct uuid entity, const void *event)
{
	assert_true(town->n < SAID_MAX);
	town->said[town->n++] = (struct said){.owner = owner,
		.schema = schema,
		.entity = entity,
		.event = keep(town, event, schema->size),
		.at = town->now};
}

/* SAY(town, SOCIAL, part_closed, plan, .outcome = ...): every event of planning begins with plan
 * and citizen. */
#define SAY(town, owner, type, entity, ...) \
	say((town), (owner), schema_##type(), (entity), &(struct type){__VA_ARGS__})

/* The next number of each owner; seqs are where its events stand in its journal. */
static inline int64_t node_hear(struct node *node, const struct said *said, uint64_t *seq)
{
	struct buffer fields, whole;

	buffer_init(&fields, 65536);
	buffer_init(&whole, 65536);
	struct reason reason = {0};
	if (schema_check(said->schema, said->event, &reason))
		fail_msg("%s: %s %s", said->schema->head->name, reason.field, reason.rule);
	assert_true(said->schema->head->peers & PEER_REPORTING);
	schema_encode(said->schema, said->event, &fields);
	struct record record = {.seq = (int64_t)++ * seq,
		.epoch = 3,
		.type = text_of(said->schema->head->name),
		.entity = said->entity,
		.time = NOW - MS_PER_DAY + (int64_t)*seq,
		.occurred_at = said->at,
		.audience = said->schema->head->peers,
		.fields = text_of_bytes(buffer_bytes(&fields))};
	schema_encode(schema_record(), &record, &whole);
	struct batch_item item = {.seq = *seq, .record = buffer_bytes(&whole)};
	struct batch batch = {.owner = said->owner,
		.epoch = 3,
		.first = *seq,
		.last = *seq,
		.items = &item,
		.n = 1};
	struct turn turn = {.batches = &batch, .n_batches = 1};
	assert_int_equal(engine_turn(node->engine, &turn), ERR_OK);
	assert_int_equal(batch.result, ERR_OK);
	struct cursor_row cursor;
	engine_cursor(node->engine, said->owner, &cursor);
	if (cursor.quarantined)
		fail_msg("%s is quarantined", said->schema->head->name);
	buffer_done(&fields);
	buffer_done(&whole);
	return record.seq;
}

/* Any order that keeps the order of one owner's events about one entity. seed 0: as said. */
static inline void node_hear_all(struct node *node, struct town *town, uint64_t seed)
{
	uint64_t seqs[OWNERS] = {0};

	for (size_t i = 0; i < town->n; i++)
		town->said[i].heard = false;
	for (size_t left = town->n; left > 0; left--) {
		size_t at = seed ? pick(&seed, (uint32_t)town->n) : town->n - left;
		while (town->said[at].heard)
			at = (at + 1) % town->n;
		for (size_t i = 0; i < at; i++)
			if (!town->said[i].heard && town->said[i].owner == town->said[at].owner &&
				uuid_equal(town->said[i].entity, town->said[at].entity)) {
				at = i;
				break;
			}
		town->said[at].heard = true;
		(void)node_hear(node, &town->said[at], &seqs[town->said[at].owner]);
	}
}

#endif
