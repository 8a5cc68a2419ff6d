/* A town for tests: the real engines of the entrance and of three departments on stores in memory,
 * which follow each other as the test says. Every scenario ends with all state folded again, from
 * the journals and by following anew: it must have the same bytes. */
#ifndef TESTS_UNIT_SERVICES_PLANNING_TOWN_H
#define TESTS_UNIT_SERVICES_PLANNING_TOWN_H

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "common/engine_private.h"
#include "services/intake/intake.h"
#include "services/intake/settings.h"
#include "services/planning/planning.h"
#include "services/planning/settings.h"
#include "proto/planning.h"

enum { INTAKE, EMPLOYMENT, FAMILY, SOCIAL, NODES };

static const char *const node_names[NODES] = {
	"intake", "planning.employment", "planning.family", "planning.social"};
static const char *const departments[NODES] = {"", "employment", "family", "social"};

struct node {
	struct store *store;
	struct keyring *keyring;
	struct engine *engine;
	struct engine_options options;
	struct engine_peer others[NODES];
	struct planning_settings planning;
};

struct town {
	struct node nodes[NODES];
	struct intake_settings intake;
	int64_t now;
	uint64_t seed;
	struct random random;
	struct arena arena;
	bool cut[NODES][NODES]; /* from, to: nothing gets through */
	int64_t heard[NODES];   /* when each last knew all that the entrance knew */
	/* of the next requests */
	const char *role;
	const char *who;
	const char *department; /* NULL: the node's own */
	uint32_t peer;
	int64_t occurred_at;
	bool historical;
	bool erased; /* somebody was: received anew, their texts are not there any more */
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

static inline void assert_text(struct text got, const char *want)
{
	if (!text_is(got, want))
		fail_msg("got \"%.*s\", want \"%s\"", (int)got.n, got.p ? got.p : "", want);
}

static inline void assert_id(struct uuid got, struct uuid want)
{
	assert_memory_equal(got.b, want.b, sizeof(want.b));
}

/* ---- nodes ----------------------------------------------------------------------------------- */

static inline void make_node(struct town *t, unsigned index)
{
	static const uint8_t master[MASTER_KEY_BYTES] = {7};
	struct node *node = &t->nodes[index];
	struct reason reason = {0};
	struct tree *trees;
	size_t n = 0, n_trees;

	for (unsigned i = 0; i < NODES; i++)
		if (i != index)
			node->others[n++] = (struct engine_peer){
				node_names[i], i == INTAKE ? PEER_INTAKE : PEER_PLANNING};
	node->planning.department = departments[index];
	node->planning.consent_age_ms = MS_PER_DAY;
	assert_int_equal(keyring_open(NULL, master, &t->random, &node->keyring), ERR_OK);
	node->options = (struct engine_options){
		.service = index == INTAKE ? &intake_service : &planning_service,
		.settings = index == INTAKE ? (void *)&t->intake : (void *)&node->planning,
		.node = node_names[index],
		.followers = node->others,
		.n_followers = n,
		.owners = node->others,
		.n_owners = n,
		.clock = clock_simulated(&t->now),
		.random = t->random,
		.keyring = node->keyring};
	trees = engine_trees(&node->options, &n_trees);
	assert_non_null(trees);
	assert_int_equal(store_open_memory(trees, n_trees, &node->store), ERR_OK);
	engine_trees_free(trees, n_trees);
	node->options.store = node->store;
	assert_int_equal(engine_open(&node->options, &node->engine, &reason), ERR_OK);
}

static inline struct town *town_make_with(uint64_t seed)
{
	struct town *t = calloc(1, sizeof(*t));

	assert_non_null(t);
	t->now = at(20261120, 9, 0);
	t->seed = seed;
	t->role = "caseworker";
	t->who = "Kaj";
	t->peer = PEER_PORTAL;
	t->intake = (struct intake_settings){.soon_days = 2,
		.normal_days = 5,
		.open_minute = 480,
		.close_minute = 960,
		.triage_days = 3,
		.queue = "entrance",
		.manager = "manager",
		.departments = "employment, family, social",
		.town_key = {1, 2, 3}};
	t->random = random_seeded(&t->seed);
	arena_init(&t->arena, (size_t)256 * 1024 * 1024);
	for (unsigned i = 0; i < NODES; i++)
		make_node(t, i);
	return t;
}

static inline void restart(struct node *node)
{
	struct reason reason = {0};

	engine_close(node->engine);
	store_crash(node->store);
	assert_int_equal(engine_open(&node->options, &node->engine, &reason), ERR_OK);
}

/* ---- following ------------------------------------------------------------------------------- */

static inline unsigned index_at(unsigned node, unsigned other)
{
	return other < node ? other : other - 1;
}

static inline bool behind(struct town *t, unsigned from, unsigned to)
{
	struct cursor_row cursor;

	engine_cursor(t->nodes[to].engine, index_at(to, from), &cursor);
	return (uint64_t)cursor.through < t->nodes[from].engine->journal.seq;
}

/* One batch of at most so many records. */
static inline void deliver(struct town *t, unsigned from, unsigned to, size_t max)
{
	struct node *owner = &t->nodes[from], *follower = &t->nodes[to];
	struct batch batch = {.owner = index_at(to, from)};
	struct turn turn = {NULL, NULL, 0, &batch, 1};
	unsigned index = index_at(from, to);
	struct cursor_row cursor;
	struct batch_item *items;
	struct buffer body;

	engine_cursor(follower->engine, batch.owner, &cursor);
	const struct standing at = {(uint64_t)cursor.epoch, (uint64_t)cursor.through,
		(uint64_t)cursor.hash_at, (const uint8_t *)cursor.hash.p};
	assert_int_equal(engine_follow(owner->engine, index, &at, NULL), ERR_OK);
	buffer_init(&body, 1 << 20);
	struct outgoing out = {.first = (uint64_t)cursor.through + 1,
		.max_records = max,
		.max_bytes = 1 << 18,
		.items = &body};
	assert_int_equal(engine_outgoing(owner->engine, index, &out), ERR_OK);
	assert_int_equal(
		engine_parse_items(buffer_bytes(&body), &t->arena, &items, &batch.n), ERR_OK);
	batch.items = items;
	batch.epoch = out.epoch;
	batch.first = out.first;
	batch.last = out.last;
	memcpy(batch.hash_last, out.hash_last, HASH_BYTES);
	if (out.last >= out.first) {
		assert_int_equal(engine_turn(follower->engine, &turn), ERR_OK);
		assert_int_equal(batch.result, ERR_OK);
		engine_delivered(owner->engine, index,
			&(struct delivered){out.first, out.last, out.n, out.stubs});
	}
	engine_cursor(follower->engine, batch.owner, &cursor);
	assert_int_equal(cursor.quarantined, 0);
	buffer_done(&body);
}

/* A heartbeat of the owner. */
static inline void beat(struct town *t, unsigned from, unsigned to)
{
	engine_heard(t->nodes[to].engine, index_at(to, from), t->nodes[from].engine->journal.seq);
	if (from == INTAKE)
		t->heard[to] = t->now;
}

static inline bool deliver_all(struct town *t, unsigned from, unsigned to)
{
	bool any = false;

	for (; behind(t, from, to); any = true)
		deliver(t, from, to, 64);
	beat(t, from, to);
	return any;
}

/* Of all that are heard and have nothing that waits. */
static inline void beat_all(struct town *t)
{
	for (unsigned from = 0; from < NODES; from++)
		for (unsigned to = 0; to < NODES; to++)
			if (from != to && !t->cut[from][to] && !behind(t, from, to))
				beat(t, from, to);
}

/* Until nothing waits, except where it is cut. */
static inline void settle(struct town *t)
{
	bool any = true;

	while (any) {
		any = false;
		for (unsigned from = 0; from < NODES; from++)
			for (unsigned to = 0; to < NODES; to++)
				if (from != to && !t->cut[from][to])
					any |= deliver_all(t, from, to);
	}
}

static inline void cut_off(struct town *t, unsigned node, bool cut)
{
	for (unsigned i = 0; i < NODES; i++)
		t->cut[i][node] = t->cut[node][i] = cut;
}

/* ---- asking ---------------------------------------------------------------------------------- */

struct said {
	const struct schema *schema;
	const void *message;
};
#define SAID(type_, ...) (&(struct said){schema_##type_(), (__VA_ARGS__)})

static inline enum err say(struct town *t, unsigned node, const struct said *said, void *ret_reply)
{
	const char *department = t->department ? t->department : departments[node];
	struct request request = {.client = text_of("test"),
		.peer = t->peer,
		.key = uuid_make(t->historical ? t->occurred_at : t->now, &t->random),
		.type = text_of(said->schema->head->name),
		.actor = {text_of(t->role), text_of(t->who), text_of(department)},
		.occurred_at = t->occurred_at,
		.historical = t->historical};
	struct answer answer = {0};
	struct turn turn = {&request, &answer, 1, NULL, 0};
	const struct schema *reply = said->schema->head->reply();
	struct buffer body;

	buffer_init(&body, 65536);
	schema_encode(said->schema, said->message, &body);
	request.body = buffer_bytes(&body);
	assert_int_equal(engine_turn(t->nodes[node].engine, &turn), ERR_OK);
	buffer_done(&body);
	t->reason = answer.reason;
	if (answer.status == ERR_BUG)
		fail_msg("%s: %s %s", said->schema->head->name, answer.reason.field,
			answer.reason.rule);
	if (answer.status)
		return answer.status;
	void *room = ret_reply ? ret_reply : arena_alloc(&t->arena, reply->size);
	assert_int_equal(
		schema_decode(reply, answer.body, PACK_PLAIN, &t->arena, room, NULL), ERR_OK);
	return ERR_OK;
}

#define DO(node_, type_, reply_, ...)                                                     \
	do {                                                                              \
		if (say(t, (node_), SAID(type_, &(struct type_){__VA_ARGS__}), (reply_))) \
			fail_msg(#type_ ": %s %s", t->reason.field, t->reason.rule);      \
	} while (0)

/* Refused with this code, naming this field. */
#define REFUSED(node_, code_, field_, type_, ...)                                                  \
	do {                                                                                       \
		assert_int_equal(say(t, (node_), SAID(type_, &(struct type_){__VA_ARGS__}), NULL), \
			(code_));                                                                  \
		assert_string_equal(t->reason.field, (field_));                                    \
		assert_true(t->reason.rule[0] != '\0');                                            \
	} while (0)

/* Everything that falls due up to then. */
static inline void wait_until(struct town *t, int64_t then)
{
	while (t->now < then) {
		t->now = t->now + 10 * MS_PER_MINUTE < then ? t->now + 10 * MS_PER_MINUTE : then;
		for (unsigned i = 0; i < NODES; i++)
			for (bool more = true; more;)
				assert_int_equal(engine_tick(t->nodes[i].engine, &more), ERR_OK);
		beat_all(t);
	}
}

/* ---- scenes ---------------------------------------------------------------------------------- */

static inline enum life_area *areas_of(enum life_area area)
{
	static enum life_area areas[life_area_end];

	areas[area] = area;
	return &areas[area];
}

#define AREA(area_) .life_areas = {1, areas_of(life_area_##area_)}

static inline struct plan_reply show(struct town *t, unsigned node, struct uuid plan)
{
	struct plan_reply reply = {0};

	DO(node, show_plan, &reply, .plan = plan);
	return reply;
}

static inline int64_t version_of(struct town *t, unsigned node, struct uuid plan)
{
	struct plan_reply reply = show(t, node, plan);

	for (size_t i = 0; i < reply.parties.n; i++)
		if (text_is(reply.parties.at[i].department, departments[node]))
			return reply.parties.at[i].version;
	return 0;
}

#define SEEN(node_, plan_) .plan = (plan_), .seen_version = version_of(t, (node_), (plan_))

/* An inquiry with its first talk held, closed with a plan wanted of the department. */
static inline void refer_number(
	struct town *t, unsigned inquiry, const char *number, const char *department)
{
	const char *role = t->role;

	t->role = "front_desk";
	DO(INTAKE, receive_inquiry, NULL, .inquiry = id_of(inquiry), .channel = channel_walk_in,
		.asker = asker_citizen, .number = text_of(number), .name = text_of("Anna Prøve"),
		.contact = contact_sms, .contact_at = text_of("+4500000000"),
		.first_sign = text_of("I sleep at night"), AREA(housing));
	DO(INTAKE, hold_first_talk, NULL, .inquiry = id_of(inquiry));
	DO(INTAKE, close_inquiry, NULL, .inquiry = id_of(inquiry), .closing = closing_plan_opened,
		.referred_to = text_of(department));
	t->role = role;
}

static inline struct plan_line plan_at(struct town *t, unsigned node, size_t which)
{
	struct plans_reply reply = {0};

	DO(node, list_plans, &reply, .closed = true, .limit = 100);
	assert_true(which < reply.plans.n);
	return reply.plans.at[which];
}

static inline size_t plans_of(struct town *t, unsigned node)
{
	struct plans_reply reply = {0};

	DO(node, list_plans, &reply, .limit = 100);
	return reply.plans.n;
}

/* A plan of the citizen with that number, the departments in this order taking part. */
static inline struct uuid plan_with(struct town *t, unsigned first, unsigned second)
{
	refer_number(t, 1, "2211660000", departments[first]);
	settle(t);
	if (second) {
		refer_number(t, 2, "2211660000", departments[second]);
		settle(t);
	}
	return plan_at(t, first, 0).plan;
}

static inline struct uuid state_goal_of(
	struct town *t, unsigned node, struct uuid plan, enum life_area area)
{
	struct changed reply = {0};

	DO(node, state_goal, &reply, SEEN(node, plan), .words = text_of("my own home"),
		.stated_by = goal_source_citizen, .life_areas = {1, areas_of(area)});
	return reply.id;
}

/* area none: everything. */
struct sharing {
	unsigned from, to;
	enum life_area area;
};
#define SHARING(from_, to_, area_) (&(const struct sharing){(from_), (to_), (area_)})

static inline struct uuid consent_at(
	struct town *t, unsigned where, struct uuid plan, const struct sharing *sharing)
{
	struct text from = text_of(departments[sharing->from]),
		    to = text_of(departments[sharing->to]);
	struct record_consent c = {.plan = plan,
		.given_by = consent_giver_self,
		.from = {1, &from},
		.to = {1, &to},
		.purpose = text_of("to help together")};
	struct done reply = {0};

	if (sharing->area) {
		c.life_areas.n = 1;
		c.life_areas.at = areas_of(sharing->area);
	}
	if (where == INTAKE)
		c.citizen = plan_at(t, sharing->from, 0).citizen;
	if (say(t, where, SAID(record_consent, &c), &reply))
		fail_msg("record_consent: %s %s", t->reason.field, t->reason.rule);
	return reply.id;
}

/* ---- what must hold at the end --------------------------------------------------------------- */

static inline void read_record(
	struct town *t, unsigned node, uint64_t seq, struct journal_entry *ret)
{
	struct node *n = &t->nodes[node];
	struct txn *txn;

	assert_int_equal(store_begin(n->store, STORE_READ, &t->arena, &txn), ERR_OK);
	assert_int_equal(journal_read(&n->engine->journal, txn, seq, &t->arena, ret), ERR_OK);
	store_abort(txn);
}

/* Records of that type in the node's journal. */
static inline unsigned count_records(struct town *t, unsigned node, const char *type)
{
	struct journal_entry entry;
	unsigned n = 0;

	for (uint64_t seq = 1; seq <= t->nodes[node].engine->journal.seq; seq++) {
		read_record(t, node, seq, &entry);
		n += text_is(entry.record.type, type);
	}
	return n;
}

static inline void digest(struct node *node, int part, bool sealed, uint8_t ret[HASH_BYTES])
{
	assert_int_equal(engine_digest(node->engine, part, sealed, ret), ERR_OK);
}

static inline void rebuild(struct town *t, unsigned node)
{
	struct node *n = &t->nodes[node];
	uint8_t before[HASH_BYTES], after[HASH_BYTES];

	digest(n, DIGEST_OWN, true, before);
	assert_int_equal(engine_rebuild_own(n->engine), ERR_OK);
	digest(n, DIGEST_OWN, true, after);
	assert_memory_equal(before, after, HASH_BYTES);
}

/* What one owner sent, received from the start again: the same bytes, and no reaction twice. */
static inline void follow_anew(struct town *t, unsigned from, unsigned to)
{
	struct node *n = &t->nodes[to];
	unsigned index = index_at(to, from);
	uint64_t head = n->engine->journal.seq;
	uint8_t before[HASH_BYTES], after[HASH_BYTES];

	while (behind(t, from, to))
		deliver(t, from, to, 64);
	head = n->engine->journal.seq;
	digest(n, (int)index, true, before);
	assert_int_equal(engine_forget_replica(n->engine, index), ERR_OK);
	while (behind(t, from, to))
		deliver(t, from, to, 7);
	digest(n, (int)index, true, after);
	if (!t->erased)
		assert_memory_equal(before, after, HASH_BYTES);
	assert_int_equal(n->engine->journal.seq, head);
}

static inline void town_end(struct town *t)
{
	memset(t->cut, 0, sizeof(t->cut));
	settle(t);
	for (unsigned i = 0; i < NODES; i++) {
		rebuild(t, i);
		for (unsigned k = 0; k < NODES; k++)
			if (i != k)
				follow_anew(t, k, i);
	}
	for (unsigned i = 0; i < NODES; i++) {
		engine_close(t->nodes[i].engine);
		store_close(t->nodes[i].store);
		keyring_close(t->nodes[i].keyring);
	}
	arena_done(&t->arena);
	free(t);
}

static inline int town_open(void **state)
{
	*state = town_make_with(42);
	return 0;
}

static inline int town_close(void **state)
{
	town_end(*state);
	return 0;
}

#define SCENARIO(test_) cmocka_unit_test_setup_teardown(test_, town_open, town_close)

#endif
