/* An entrance for tests: the real engine with the intake service on the memory store, a clock that
 * the test sets. Every scenario ends with state folded again from the journal: it must have the
 * same bytes. */
#ifndef TESTS_UNIT_SERVICES_INTAKE_ENTRANCE_H
#define TESTS_UNIT_SERVICES_INTAKE_ENTRANCE_H

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "common/engine.h"
#include "services/intake/intake.h"
#include "services/intake/settings.h"
#include "services/intake/trees.h"

struct entrance {
	struct store *store;
	struct keyring *keyring;
	struct engine *engine;
	struct arena arena;
	struct intake_settings settings;
	struct random random;
	uint64_t seed;
	int64_t now;
	/* of the next requests */
	const char *role;
	const char *who;
	uint32_t peer;
	int64_t occurred_at;
	bool historical;
	struct reason reason;
	unsigned desks;
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

static inline void assert_text(struct text got, const char *want)
{
	assert_int_equal(got.n, strlen(want));
	assert_memory_equal(got.p ? got.p : "", want, got.n);
}

static inline int entrance_open(void **state)
{
	static const uint8_t master[MASTER_KEY_BYTES] = {7};
	struct entrance *e = calloc(1, sizeof(*e));
	struct engine_options options = {.service = &intake_service, .node = "intake"};
	struct reason reason = {0};
	struct tree *trees;
	size_t n;

	assert_non_null(e);
	*e = (struct entrance){.now = at(20261120, 9, 0),
		.seed = 42,
		.role = "front_desk",
		.who = "Ida",
		.peer = PEER_PORTAL,
		.settings = {.child_concern_ms = 24 * MS_PER_HOUR,
			.soon_days = 2,
			.normal_days = 5,
			.open_minute = 480,
			.close_minute = 960,
			.grace_ms = 12 * MS_PER_HOUR,
			.escalation_ms = 15 * MS_PER_MINUTE,
			.repair_ms = 4 * MS_PER_HOUR,
			.triage_days = 3,
			.queue = "entrance",
			.manager = "manager",
			.on_call = "Anna, Bo,Carl",
			.town_key = {1, 2, 3}}};
	e->random = random_seeded(&e->seed);
	arena_init(&e->arena, (size_t)8 * 1024 * 1024);
	assert_int_equal(keyring_open(NULL, master, &e->random, &e->keyring), ERR_OK);
	options.settings = &e->settings;
	options.clock = clock_simulated(&e->now);
	options.random = e->random;
	options.keyring = e->keyring;
	trees = engine_trees(&options, &n);
	assert_non_null(trees);
	assert_int_equal(store_open_memory(trees, n, &e->store), ERR_OK);
	engine_trees_free(trees, n);
	options.store = e->store;
	assert_int_equal(engine_open(&options, &e->engine, &reason), ERR_OK);
	*state = e;
	return 0;
}

static inline int entrance_close(void **state)
{
	struct entrance *e = *state;
	uint8_t before[HASH_BYTES], after[HASH_BYTES];

	assert_int_equal(engine_digest(e->engine, DIGEST_OWN, true, before), ERR_OK);
	assert_int_equal(engine_rebuild_own(e->engine), ERR_OK);
	assert_int_equal(engine_digest(e->engine, DIGEST_OWN, true, after), ERR_OK);
	assert_memory_equal(before, after, sizeof(before));
	engine_close(e->engine);
	store_close(e->store);
	keyring_close(e->keyring);
	arena_done(&e->arena);
	free(e);
	return 0;
}

/* Sends a command or query; the reply, when there is one, lives until the test ends. */
static inline enum err say(
	struct entrance *e, const struct schema *schema, const void *message, void *ret_reply)
{
	struct request request = {.client = text_of("test"),
		.peer = e->historical ? PEER_IMPORTER : e->peer,
		.key = uuid_make(e->historical ? e->occurred_at : e->now, &e->random),
		.type = text_of(schema->head->name),
		.actor = {.role = text_of(e->role), .id = text_of(e->who)},
		.occurred_at = e->occurred_at,
		.historical = e->historical};
	struct answer answer = {0};
	struct turn turn = {&request, &answer, 1, NULL, 0};
	const struct schema *reply = schema->head->reply();
	struct buffer body;

	buffer_init(&body, 65536);
	schema_encode(schema, message, &body);
	request.body = buffer_bytes(&body);
	assert_int_equal(engine_turn(e->engine, &turn), ERR_OK);
	buffer_done(&body);
	e->reason = answer.reason;
	assert_int_not_equal(answer.status, ERR_BUG);
	if (answer.status)
		return answer.status;
	void *room = ret_reply ? ret_reply : arena_alloc(&e->arena, reply->size);
	assert_int_equal(
		schema_decode(reply, answer.body, PACK_PLAIN, &e->arena, room, NULL), ERR_OK);
	return ERR_OK;
}

#define DO(type_, reply_, ...) \
	assert_int_equal(say(e, schema_##type_(), &(struct type_){__VA_ARGS__}, (reply_)), ERR_OK)

/* Refused with this code, naming this field. */
#define REFUSED(code_, field_, type_, ...)                                                      \
	do {                                                                                    \
		assert_int_equal(                                                               \
			say(e, schema_##type_(), &(struct type_){__VA_ARGS__}, NULL), (code_)); \
		assert_string_equal(e->reason.field, (field_));                                 \
		assert_true(e->reason.rule[0] != '\0');                                         \
	} while (0)

/* Everything that falls due up to then, in its order. */
static inline void wait_until(struct entrance *e, int64_t then)
{
	while (e->now < then) {
		bool more = true;
		e->now = e->now + MS_PER_MINUTE < then ? e->now + MS_PER_MINUTE : then;
		while (more)
			assert_int_equal(engine_tick(e->engine, &more), ERR_OK);
	}
}

/* A slot at the venue for everybody, on a desk of its own. */
static inline struct uuid open_slot(struct entrance *e, unsigned n, int64_t start, int64_t places)
{
	char *desk = arena_printf(&e->arena, "desk %u", e->desks++);
	struct slot slot = {.slot = id_of(n),
		.desk = text_of(desk),
		.start = start,
		.minutes = 45,
		.mode = talk_mode_venue,
		.places = places};

	DO(publish_slots, NULL, .slots = {1, &slot});
	return slot.slot;
}

static inline enum life_area *areas_of(enum life_area area)
{
	static enum life_area areas[life_area_end];

	areas[area] = area;
	return &areas[area];
}

#define AREA(area_) .life_areas = {1, areas_of(life_area_##area_)}

/* A citizen without name or number comes in, urgency normal. */
static inline struct receipt walk_in(struct entrance *e, unsigned n)
{
	struct receipt receipt = {0};

	DO(receive_inquiry, &receipt, .inquiry = id_of(n), .channel = channel_walk_in,
		.asker = asker_citizen, AREA(housing));
	return receipt;
}

static inline struct inquiry_reply show(struct entrance *e, unsigned n)
{
	struct inquiry_reply reply = {0};

	DO(show_inquiry, &reply, .inquiry = id_of(n));
	return reply;
}

static inline enum inquiry_state state_of(struct entrance *e, unsigned n)
{
	return show(e, n).inquiry->state;
}

/* The inquiry's work of a kind, the newest; NULL when there is none. */
static inline struct work_view *work_of(struct entrance *e, unsigned n, enum work_kind kind)
{
	struct inquiry_reply reply = show(e, n);

	for (size_t i = reply.work.n; i > 0; i--)
		if (reply.work.at[i - 1].kind == kind)
			return &reply.work.at[i - 1];
	return NULL;
}

static inline bool has_open_work(struct entrance *e, unsigned n, enum work_kind kind)
{
	const struct work_view *work = work_of(e, n, kind);

	return work && !work->done_at;
}

static inline enum promise_state promise_of(struct entrance *e, unsigned n)
{
	struct inquiry_reply reply = show(e, n);

	return reply.promises.n ? reply.promises.at[reply.promises.n - 1].state
				: promise_state_none;
}

#define SCENARIO(test_) cmocka_unit_test_setup_teardown(test_, entrance_open, entrance_close)

#endif
