/* A notification node for tests: the real engine on the memory store, which follows intake and two
 * departments; the test says what they did and sets the clock. Every scenario ends with own state
 * folded again from the journal: it must have the same bytes. */
#ifndef TESTS_UNIT_SERVICES_NOTIFICATION_NODE_H
#define TESTS_UNIT_SERVICES_NOTIFICATION_NODE_H

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "common/engine.h"
#include "services/notification/notification.h"
#include "services/notification/settings.h"
#include "proto/planning.h"
#include "services/notification/trees.h"

enum source { SOCIAL, INTAKE_NODE, FAMILY, OWNERS };

struct node {
	struct store *store;
	struct keyring *keyring;
	struct engine *engine;
	struct arena arena;
	struct notification_settings settings;
	struct random random;
	uint64_t seed;
	int64_t now;
	uint64_t seq[OWNERS];
	enum source owner; /* of the next records */
	/* of the next records and requests */
	bool historical;
	int64_t written; /* 0: now */
	const char *role, *who;
	struct reason reason;
};

static inline int64_t at(int64_t date, int hour, int minute)
{
	return local_time(date, hour * 60 + minute);
}

static inline struct uuid id_of(unsigned n)
{
	struct uuid id = {{0x01, 0x90, 0, 0, 0, 0, 0x70, 0, 0x80}};

	id.b[14] = (uint8_t)(n >> 8);
	id.b[15] = (uint8_t)n;
	return id;
}

static inline void defaults(struct notification_settings *settings)
{
	*settings = (struct notification_settings){.quiet_from = 1260,
		.quiet_until = 420,
		.day_limit = 5,
		.receipt_wait_ms = 10 * MS_PER_SECOND,
		.news_ms = 7 * MS_PER_DAY,
		.person_before_ms = 3 * MS_PER_HOUR,
		.give_up_ms = 26 * MS_PER_HOUR,
		.retry = "1m, 5m, 15m, 1h, 3h, 6h, 12h",
		.uncertain = "hold",
		.queue = "entrance",
		.queue_address = "",
		.digest_minute = 450,
		.departments = "",
		.phone = "",
		.sender = "din-indgang@example.dk",
		.sender_name = "Din Indgang"};
	assert_int_equal(notification_settings_check(settings, NULL), ERR_OK);
}

static inline int node_open(void **state)
{
	static const uint8_t master[MASTER_KEY_BYTES] = {7};
	static const struct engine_peer owners[] = {{"planning.social", PEER_PLANNING},
		{"intake", PEER_INTAKE}, {"planning.family", PEER_PLANNING}};
	struct engine_options options = {.service = &notification_service,
		.node = "notification",
		.owners = owners,
		.n_owners = OWNERS};
	struct node *n = calloc(1, sizeof(*n));
	struct tree *trees;
	size_t count;

	assert_non_null(n);
	n->now = at(20261123, 9, 0);
	n->seed = 42;
	n->random = random_seeded(&n->seed);
	defaults(&n->settings);
	arena_init(&n->arena, (size_t)16 * 1024 * 1024);
	assert_int_equal(keyring_open(NULL, master, &n->random, &n->keyring), ERR_OK);
	options.settings = &n->settings;
	options.clock = clock_simulated(&n->now);
	options.random = n->random;
	options.keyring = n->keyring;
	trees = engine_trees(&options, &count);
	assert_non_null(trees);
	assert_int_equal(store_open_memory(trees, count, &n->store), ERR_OK);
	engine_trees_free(trees, count);
	options.store = n->store;
	assert_int_equal(engine_open(&options, &n->engine, &n->reason), ERR_OK);
	*state = n;
	return 0;
}

static inline int node_close(void **state)
{
	struct node *n = *state;
	uint8_t before[HASH_BYTES], after[HASH_BYTES];

	assert_int_equal(engine_digest(n->engine, DIGEST_OWN, true, before), ERR_OK);
	assert_int_equal(engine_rebuild_own(n->engine), ERR_OK);
	assert_int_equal(engine_digest(n->engine, DIGEST_OWN, true, after), ERR_OK);
	assert_memory_equal(before, after, sizeof(before));
	engine_close(n->engine);
	store_close(n->store);
	keyring_close(n->keyring);
	arena_done(&n->arena);
	free(n);
	return 0;
}

/* ---- what other nodes did ---------------------------------------------------------------------
 */

static inline void follow(
	struct node *n, const struct schema *schema, struct uuid entity, const void *event)
{
	struct buffer fields, whole;
	struct cursor_row cursor;
	struct actor actor = {.role = text_of(n->role ? n->role : "front_desk"),
		.id = text_of(n->who ? n->who : "desk-1")};

	buffer_init(&fields, 65536);
	buffer_init(&whole, 65536);
	assert_int_equal(schema_check(schema, event, NULL), ERR_OK);
	schema_encode(schema, event, &fields);
	uint64_t seq = ++n->seq[n->owner];
	n->now++; /* the newest is told by its time */
	struct record record = {.seq = (int64_t)seq,
		.epoch = 1,
		.type = text_of(schema->head->name),
		.entity = entity,
		.time = n->written ? n->written : n->now,
		.occurred_at = n->historical ? n->now - MS_PER_DAY : 0,
		.historical = n->historical,
		.actor = &actor,
		.audience = schema->head->peers,
		.fields = text_of_bytes(buffer_bytes(&fields))};
	schema_encode(schema_record(), &record, &whole);
	struct batch_item item = {.seq = seq, .record = buffer_bytes(&whole)};
	struct batch batch = {
		.owner = n->owner, .epoch = 1, .first = seq, .last = seq, .items = &item, .n = 1};
	struct turn turn = {.batches = &batch, .n_batches = 1};
	assert_int_equal(engine_turn(n->engine, &turn), ERR_OK);
	assert_int_equal(batch.result, ERR_OK);
	engine_cursor(n->engine, n->owner, &cursor);
	assert_int_equal(cursor.quarantined, 0);
	assert_int_equal(cursor.through, seq);
	buffer_done(&fields);
	buffer_done(&whole);
}

#define INTAKE(type_, entity_, ...) \
	(n->owner = INTAKE_NODE,    \
		follow(n, schema_##type_(), (entity_), &(struct type_){__VA_ARGS__}))

/* The plan of citizen_of(i) is plan_of(i). */
#define PLANNING(owner_, type_, i_, ...)                 \
	(n->owner = (owner_),                            \
		follow(n, schema_##type_(), plan_of(i_), \
			&(struct type_){                 \
				.plan = plan_of(i_), .citizen = citizen_of(i_), __VA_ARGS__}))

/* The citizen of inquiry i is id_of(1000 + i) and asks for themselves. */
static inline struct uuid citizen_of(unsigned i)
{
	return id_of(1000 + i);
}

static inline struct uuid plan_of(unsigned i)
{
	return id_of(2000 + i);
}

static inline void inquire(struct node *n, unsigned i, enum contact contact, const char *contact_at)
{
	static enum life_area area = life_area_substance_use;

	INTAKE(inquiry_received, id_of(i), .inquiry = id_of(i), .reference = text_of("ABCD-EFGH"),
		.citizen = citizen_of(i), .from = citizen_of(i), .channel = channel_digital,
		.asker = asker_citizen, .life_areas = {1, &area}, .urgency = urgency_normal,
		.target = n->now + 5 * MS_PER_DAY, .words = text_of("jeg kan ikke sove"),
		.contact = contact, .contact_at = text_of(contact_at));
}

static inline void book(struct node *n, unsigned i, int64_t talk_at)
{
	INTAKE(first_talk_booked, id_of(i), .inquiry = id_of(i), .slot = id_of(500),
		.talk_at = talk_at, .mode = talk_mode_venue, .ahead = 0);
}

static inline void move(struct node *n, unsigned i, int64_t was_at, int64_t talk_at)
{
	INTAKE(first_talk_moved, id_of(i), .inquiry = id_of(i), .from_slot = id_of(500),
		.slot = id_of(501), .was_at = was_at, .talk_at = talk_at, .mode = talk_mode_venue,
		.by = side_municipality);
}

static inline void cancel(struct node *n, unsigned i, int64_t was_at, enum side by)
{
	INTAKE(first_talk_cancelled, id_of(i), .inquiry = id_of(i), .slot = id_of(500),
		.was_at = was_at, .by = by);
}

static inline void close_it(struct node *n, unsigned i)
{
	INTAKE(inquiry_closed, id_of(i), .inquiry = id_of(i), .citizen = citizen_of(i),
		.closing = closing_advice_given);
}

/* ---- questions and commands ------------------------------------------------------------------ */

static inline enum err say(struct node *n, uint32_t peer, const struct schema *schema,
	const void *message, void *ret_reply)
{
	const char *role = peer == PEER_OPERATOR ? "operator" : "front_desk";
	struct request request = {.client = text_of("test"),
		.peer = peer,
		.own = peer == PEER_NOBODY,
		.key = uuid_make(n->now, &n->random),
		.type = text_of(schema->head->name),
		.actor = {.role = text_of(n->role ? n->role : role),
			.id = text_of(n->who ? n->who : "desk-1")}};
	struct answer answer = {0};
	struct turn turn = {&request, &answer, 1, NULL, 0};
	const struct schema *reply = schema->head->reply();
	struct buffer body;

	buffer_init(&body, 65536);
	schema_encode(schema, message, &body);
	request.body = buffer_bytes(&body);
	assert_int_equal(engine_turn(n->engine, &turn), ERR_OK);
	buffer_done(&body);
	n->reason = answer.reason;
	assert_int_not_equal(answer.status, ERR_BUG);
	if (answer.status)
		return answer.status;
	void *room = ret_reply ? ret_reply : arena_alloc(&n->arena, reply->size);
	assert_int_equal(
		schema_decode(reply, answer.body, PACK_PLAIN, &n->arena, room, NULL), ERR_OK);
	return ERR_OK;
}

/* PEER_NOBODY: the node itself. */
#define SAY(peer_, type_, reply_, ...) \
	say(n, (peer_), schema_##type_(), &(struct type_){__VA_ARGS__}, (reply_))

/* Everything that falls due up to then, in its order. */
static inline void wait_until(struct node *n, int64_t then)
{
	while (n->now < then) {
		bool more = true;
		n->now = n->now + MS_PER_MINUTE < then ? n->now + MS_PER_MINUTE : then;
		while (more)
			assert_int_equal(engine_tick(n->engine, &more), ERR_OK);
	}
}

static inline struct messages_reply messages_of(struct node *n, unsigned i)
{
	struct messages_reply reply;

	assert_int_equal(SAY(PEER_PORTAL, show_messages, &reply, .inquiry = id_of(i)), ERR_OK);
	return reply;
}

static inline size_t count_messages(struct node *n, unsigned i)
{
	return messages_of(n, i).messages.n;
}

static inline struct messages_reply messages_of_plan(struct node *n, unsigned i)
{
	struct messages_reply reply;

	assert_int_equal(SAY(PEER_PORTAL, show_messages, &reply, .plan = plan_of(i)), ERR_OK);
	return reply;
}

/* The newest message about the inquiry. */
static inline struct message_view last(struct node *n, unsigned i)
{
	struct messages_reply reply = messages_of(n, i);

	assert_true(reply.messages.n > 0);
	return reply.messages.at[0];
}

static inline struct tasks_reply tasks(struct node *n)
{
	struct tasks_reply reply;

	assert_int_equal(SAY(PEER_PORTAL, list_tasks, &reply, .limit = 100), ERR_OK);
	return reply;
}

static inline struct due_reply due(struct node *n)
{
	struct due_reply reply;

	assert_int_equal(SAY(PEER_NOBODY, list_due, &reply, .limit = 16), ERR_OK);
	return reply;
}

/* One try of the inquiry's newest message, as the effects do it. */
static inline void try_it(struct node *n, unsigned i, enum send_outcome outcome, int64_t code)
{
	struct uuid message = last(n, i).message;

	assert_int_equal(SAY(PEER_NOBODY, record_sending, NULL, .message = message), ERR_OK);
	assert_int_equal(last(n, i).state, message_state_sending);
	assert_int_equal(SAY(PEER_NOBODY, record_outcome, NULL, .message = message,
				 .attempt = last(n, i).attempts, .outcome = outcome, .code = code),
		ERR_OK);
}

static inline bool contains(struct text text, const char *what)
{
	return memmem(text.p ? text.p : "", text.n, what, strlen(what)) != NULL;
}

#define SCENARIO(test_) cmocka_unit_test_setup_teardown(test_, node_open, node_close)

#endif
