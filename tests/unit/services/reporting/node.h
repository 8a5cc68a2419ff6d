/* A reporting node for tests: a real engine on a store in memory that follows intake, and what was
 * sent to it. */
#ifndef TESTS_UNIT_SERVICES_REPORTING_NODE_H
#define TESTS_UNIT_SERVICES_REPORTING_NODE_H

#include "common/engine.h"
#include "proto/reporting.h"
#include "services/reporting/reporting.h"
#include "services/reporting/settings.h"
#include "tests/unit/services/reporting/stories.h"

#define NOW INT64_C(1798761600000) /* 2027-01-01 */

static const struct engine_peer owners[] = {{"planning.social", PEER_PLANNING},
	{"intake", PEER_INTAKE}, {"planning.family", PEER_PLANNING}};
static const uint8_t master[MASTER_KEY_BYTES] = {7};

enum { RECORDS_MAX = INQUIRIES * EVENTS_EACH };

struct node {
	struct engine *engine;
	struct store *store;
	struct keyring *keyring;
	unsigned trees;
	int64_t now;
	uint64_t random;
	uint64_t seq;
	struct arena arena;
	struct reporting_settings settings; /* nothing is suppressed unless a test says so */
	struct {
		struct uuid inquiry;
		const char *type;
		int64_t at;
	} sent[RECORDS_MAX + 1]; /* by seq */
};

static inline struct node *node_start(void)
{
	struct node *node = malloc(sizeof(*node));
	size_t n = 0;

	assert_non_null(node);
	memset(node, 0, sizeof(*node));
	node->now = NOW;
	node->settings.suppress_period_days = 90;
	node->settings.prices_of = "2026-01-01";
	struct random random = random_seeded(&node->random);
	arena_init(&node->arena, (size_t)64 * 1024 * 1024);
	assert_int_equal(keyring_open(NULL, master, &random, &node->keyring), ERR_OK);
	struct engine_options options = {.service = &reporting_service,
		.node = "reporting",
		.owners = owners,
		.n_owners = sizeof(owners) / sizeof(owners[0]),
		.clock = clock_simulated(&node->now),
		.random = random,
		.settings = &node->settings,
		.keyring = node->keyring};
	struct tree *trees = engine_trees(&options, &n);
	assert_int_equal(store_open_memory(trees, n, &node->store), ERR_OK);
	engine_trees_free(trees, n);
	node->trees = (unsigned)n;
	options.store = node->store;
	assert_int_equal(engine_open(&options, &node->engine, NULL), ERR_OK);
	return node;
}

static inline void node_stop(struct node *node)
{
	engine_close(node->engine);
	keyring_close(node->keyring);
	store_close(node->store);
	arena_done(&node->arena);
	free(node);
}

static inline void node_follow(
	struct node *node, const struct story *story, const struct told *told)
{
	struct buffer fields, whole;
	struct cursor_row cursor;

	buffer_init(&fields, 65536);
	buffer_init(&whole, 65536);
	assert_int_equal(schema_check(told->schema, &told->event, NULL), ERR_OK);
	schema_encode(told->schema, &told->event, &fields);
	node->seq++;
	assert_true(node->seq <= RECORDS_MAX);
	node->sent[node->seq].inquiry = story->inquiry;
	node->sent[node->seq].type = told->schema->head->name;
	node->sent[node->seq].at = told->at;
	struct record record = {.seq = (int64_t)node->seq,
		.epoch = 3,
		.type = text_of(told->schema->head->name),
		.entity = story->inquiry,
		.time = NOW - MS_PER_DAY + (int64_t)node->seq,
		.occurred_at = told->at,
		.historical = story->historical,
		.audience = told->schema->head->peers,
		.fields = text_of_bytes(buffer_bytes(&fields))};
	schema_encode(schema_record(), &record, &whole);
	struct batch_item item = {.seq = node->seq, .record = buffer_bytes(&whole)};
	struct batch batch = {.owner = 1,
		.epoch = 3,
		.first = node->seq,
		.last = node->seq,
		.items = &item,
		.n = 1};
	struct turn turn = {.batches = &batch, .n_batches = 1};
	assert_int_equal(engine_turn(node->engine, &turn), ERR_OK);
	assert_int_equal(batch.result, ERR_OK);
	engine_cursor(node->engine, 1, &cursor);
	assert_int_equal(cursor.quarantined, 0);
	assert_int_equal(cursor.through, node->seq);
	buffer_done(&fields);
	buffer_done(&whole);
}

/* Any order that keeps the order within each inquiry. seed 0: one inquiry after the other. */
static inline void node_follow_all(struct node *node, struct story *stories, uint64_t seed)
{
	size_t left = 0;
	uint32_t at = 0;

	for (size_t i = 0; i < INQUIRIES; i++) {
		stories[i].sent = 0;
		left += stories[i].n;
	}
	for (; left > 0; left--) {
		if (seed)
			at = pick(&seed, INQUIRIES);
		while (stories[at].sent == stories[at].n)
			at = (at + 1) % INQUIRIES;
		node_follow(node, &stories[at], &stories[at].told[stories[at].sent]);
		stories[at].sent++;
	}
}

static inline struct answer node_try(
	struct node *node, const struct schema *schema, const void *query)
{
	struct buffer body;
	struct answer answer = {0};

	buffer_init(&body, 65536);
	schema_encode(schema, query, &body);
	struct request request = {.client = text_of("portal"),
		.peer = PEER_PORTAL,
		.type = text_of(schema->head->name),
		.body = buffer_bytes(&body),
		.actor = {.role = text_of("manager"), .id = text_of("m1")}};
	struct turn turn = {.requests = &request, .answers = &answer, .n_requests = 1};
	assert_int_equal(engine_turn(node->engine, &turn), ERR_OK);
	buffer_done(&body);
	return answer;
}

/* The answer is valid until the next question; what is decoded from it until node_stop. */
static inline struct bytes node_ask(
	struct node *node, const struct schema *schema, const void *query, void *ret_reply)
{
	struct answer answer = node_try(node, schema, query);

	if (answer.status)
		fail_msg("%s: %s %s", schema->head->name, answer.reason.field, answer.reason.rule);
	if (ret_reply)
		assert_int_equal(schema_decode(schema->head->reply(), answer.body, PACK_PLAIN,
					 &node->arena, ret_reply, NULL),
			ERR_OK);
	return answer.body;
}

#endif
