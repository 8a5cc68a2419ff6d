/* A town of bare engines for trying the workload on. Touches nothing but memory. */
#include "tests/sim/town/bare.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>

#include "proto/roles.h"
#include "services/intake/intake.h"
#include "services/intake/settings.h"
#include "services/notification/notification.h"
#include "services/notification/settings.h"
#include "services/planning/planning.h"
#include "services/planning/settings.h"
#include "services/reporting/reporting.h"
#include "services/reporting/settings.h"
#include "tests/sim/town/workload_private.h"

enum { BATCH_BYTES = 1 << 18, SPARE_KEYS = 16 };

static const struct engine_peer peers[TOWN_NODES] = {{"intake", PEER_INTAKE},
	{"planning.employment", PEER_PLANNING}, {"planning.family", PEER_PLANNING},
	{"planning.social", PEER_PLANNING}, {"notification", PEER_NOTIFICATION},
	{"reporting", PEER_REPORTING}};

/* Who follows whom, as in a town that oneplanctl makes: rows follow columns. */
static const bool follows[TOWN_NODES][TOWN_NODES] = {
	[NODE_INTAKE] = {0, 1, 1, 1, 1, 0},
	[NODE_EMPLOYMENT] = {1, 0, 1, 1, 1, 0},
	[NODE_FAMILY] = {1, 1, 0, 1, 1, 0},
	[NODE_SOCIAL] = {1, 1, 1, 0, 1, 0},
	[NODE_NOTIFICATION] = {1, 1, 1, 1, 0, 0},
	[NODE_REPORTING] = {1, 1, 1, 1, 1, 0},
};

struct bare_node {
	struct store *store;
	struct keyring *keyring;
	struct engine *engine;
	struct engine_options options;
	struct engine_peer owners[TOWN_NODES], followers[TOWN_NODES];
	int owner_index[TOWN_NODES], follower_index[TOWN_NODES]; /* of a node; -1: it is none */
	struct planning_settings planning;
};

struct bare {
	struct bare_node nodes[TOWN_NODES];
	struct intake_settings intake;
	struct notification_settings notification;
	struct reporting_settings reporting;
	int64_t now;
	uint64_t seed;
	struct random random;
	struct reason reason;
	struct buffer body;
};

/* ---- making ---------------------------------------------------------------------------------- */

static void set_settings(struct bare *bare)
{
	bare->intake = (struct intake_settings){.child_concern_ms = MS_PER_DAY,
		.soon_days = 2,
		.normal_days = 5,
		.open_minute = 480,
		.close_minute = 960,
		.grace_ms = 30 * MS_PER_MINUTE,
		.escalation_ms = 10 * MS_PER_MINUTE,
		.repair_ms = 4 * MS_PER_HOUR,
		.triage_days = 3,
		.queue = "entrance",
		.manager = "manager",
		.on_call = "",
		.departments = "employment, family, social",
		.town_key = {1, 2, 3}};
	bare->notification = (struct notification_settings){.quiet_from = 1260,
		.quiet_until = 420,
		.day_limit = 5,
		.receipt_wait_ms = 10 * MS_PER_SECOND,
		.news_ms = 7 * MS_PER_DAY,
		.person_before_ms = 3 * MS_PER_HOUR,
		.give_up_ms = 26 * MS_PER_HOUR,
		.retry = "1m, 5m, 15m, 1h, 3h, 6h, 12h",
		.uncertain = "hold",
		.queue = "entrance",
		.queue_address = "entrance@example.dk",
		.digests = true,
		.digest_minute = 450,
		.departments = "employment:e@example.dk, family:f@example.dk",
		.phone = "",
		.sender = "din-indgang@example.dk",
		.sender_name = "Din Indgang"};
	assert(notification_settings_check(&bare->notification, &bare->reason) == ERR_OK);
}

static const void *settings_of(struct bare *bare, unsigned node)
{
	switch (node) {
	case NODE_INTAKE:
		return &bare->intake;
	case NODE_NOTIFICATION:
		return &bare->notification;
	case NODE_REPORTING:
		return &bare->reporting;
	default:
		bare->nodes[node].planning =
			(struct planning_settings){town_department(node), MS_PER_DAY};
		return &bare->nodes[node].planning;
	}
}

static const struct service *service_of(unsigned node)
{
	switch (node) {
	case NODE_INTAKE:
		return &intake_service;
	case NODE_NOTIFICATION:
		return &notification_service;
	case NODE_REPORTING:
		return &reporting_service;
	default:
		return &planning_service;
	}
}

static void list_others(struct bare_node *node, unsigned index)
{
	for (unsigned i = 0; i < TOWN_NODES; i++) {
		node->owner_index[i] = node->follower_index[i] = -1;
		if (follows[index][i]) {
			node->owner_index[i] = (int)node->options.n_owners;
			node->owners[node->options.n_owners++] = peers[i];
		}
		if (follows[i][index]) {
			node->follower_index[i] = (int)node->options.n_followers;
			node->followers[node->options.n_followers++] = peers[i];
		}
	}
}

static void make_node(struct bare *bare, unsigned index)
{
	static const uint8_t master[MASTER_KEY_BYTES] = {7};
	struct bare_node *node = &bare->nodes[index];
	struct tree *trees;
	size_t n;

	assert(keyring_open(NULL, master, &bare->random, &node->keyring) == ERR_OK);
	node->options = (struct engine_options){.service = service_of(index),
		.settings = settings_of(bare, index),
		.node = peers[index].name,
		.followers = node->followers,
		.owners = node->owners,
		.clock = clock_simulated(&bare->now),
		.random = bare->random,
		.spare_keys = SPARE_KEYS,
		.keyring = node->keyring};
	list_others(node, index);
	trees = engine_trees(&node->options, &n);
	assert(trees && store_open_memory(trees, n, &node->store) == ERR_OK);
	engine_trees_free(trees, n);
	node->options.store = node->store;
	assert(engine_open(&node->options, &node->engine, &bare->reason) == ERR_OK);
}

struct bare *bare_new(uint64_t seed)
{
	struct bare *bare = calloc(1, sizeof(*bare));

	assert(bare);
	bare->now = local_time(20261120, 9 * 60);
	bare->seed = seed;
	bare->random = random_seeded(&bare->seed);
	buffer_init(&bare->body, BATCH_BYTES * 2);
	set_settings(bare);
	for (unsigned i = 0; i < TOWN_NODES; i++)
		make_node(bare, i);
	return bare;
}

void bare_free(struct bare *bare)
{
	for (unsigned i = 0; i < TOWN_NODES; i++) {
		engine_close(bare->nodes[i].engine);
		store_close(bare->nodes[i].store);
		keyring_close(bare->nodes[i].keyring);
	}
	buffer_done(&bare->body);
	free(bare);
}

void bare_restart(struct bare *bare, unsigned node)
{
	struct bare_node *n = &bare->nodes[node];

	engine_close(n->engine);
	store_crash(n->store);
	assert(engine_open(&n->options, &n->engine, &bare->reason) == ERR_OK);
}

int64_t *bare_clock(struct bare *bare)
{
	return &bare->now;
}

const struct reason *bare_reason(const struct bare *bare)
{
	return &bare->reason;
}

void bare_view(struct bare *bare, struct town_view *ret)
{
	*ret = (struct town_view){.n = TOWN_NODES, .now = bare->now};
	for (unsigned i = 0; i < TOWN_NODES; i++) {
		ret->engine[i] = bare->nodes[i].engine;
		ret->store[i] = bare->nodes[i].store;
		ret->up[i] = true;
	}
}

/* ---- saying ---------------------------------------------------------------------------------- */

enum err bare_say(
	struct bare *bare, const struct deed *deed, struct arena *arena, const void **ret_reply)
{
	const struct schema *reply = deed->command->head->reply();
	struct request request = {.client = text_of(deed->client),
		.peer = deed->peer,
		.own = deed->peer == PEER_NOBODY,
		.key = uuid_make(deed->historical ? deed->occurred_at : bare->now, &bare->random),
		.type = text_of(deed->command->head->name),
		.actor = deed->actor,
		.occurred_at = deed->occurred_at,
		.historical = deed->historical};
	struct answer answer = {0};
	struct turn turn = {&request, &answer, 1, NULL, 0};

	*ret_reply = NULL;
	buffer_reset(&bare->body);
	schema_encode(deed->command, deed->fields, &bare->body);
	request.body = buffer_bytes(&bare->body);
	assert(engine_turn(bare->nodes[deed->node].engine, &turn) == ERR_OK);
	bare->reason = answer.reason;
	if (answer.status)
		return answer.status;
	void *room = arena_alloc(arena, reply->size);
	assert(room && schema_decode(reply, answer.body, PACK_PLAIN, arena, room, NULL) == ERR_OK);
	*ret_reply = room;
	return ERR_OK;
}

/* ---- following ------------------------------------------------------------------------------- */

static bool is_behind(struct bare *bare, unsigned from, unsigned to, struct cursor_row *ret)
{
	int owner = bare->nodes[to].owner_index[from];

	if (owner < 0)
		return false;
	engine_cursor(bare->nodes[to].engine, (unsigned)owner, ret);
	return (uint64_t)ret->through < bare->nodes[from].engine->journal.seq;
}

static void take(struct bare *bare, unsigned from, unsigned to, const struct outgoing *out)
{
	struct bare_node *owner = &bare->nodes[from], *follower = &bare->nodes[to];
	struct batch batch = {.owner = (unsigned)follower->owner_index[from],
		.epoch = out->epoch,
		.first = out->first,
		.last = out->last};
	struct turn turn = {NULL, NULL, 0, &batch, 1};
	struct batch_item *items;
	struct arena arena;

	arena_init(&arena, (size_t)8 * 1024 * 1024);
	assert(engine_parse_items(buffer_bytes(out->items), &arena, &items, &batch.n) == ERR_OK);
	batch.items = items;
	memcpy(batch.hash_last, out->hash_last, HASH_BYTES);
	assert(engine_turn(follower->engine, &turn) == ERR_OK && batch.result == ERR_OK);
	arena_done(&arena);
	engine_delivered(owner->engine, (unsigned)owner->follower_index[to],
		&(struct delivered){out->first, out->last, out->n, out->stubs});
}

void bare_deliver(struct bare *bare, unsigned from, unsigned to, size_t max)
{
	struct bare_node *owner = &bare->nodes[from], *follower = &bare->nodes[to];
	struct cursor_row cursor;

	if (from == to || !is_behind(bare, from, to, &cursor))
		return;
	unsigned index = (unsigned)owner->follower_index[to];
	const struct standing at = {(uint64_t)cursor.epoch, (uint64_t)cursor.through,
		(uint64_t)cursor.hash_at, (const uint8_t *)cursor.hash.p};
	assert(engine_follow(owner->engine, index, &at, &bare->reason) == ERR_OK);
	buffer_reset(&bare->body);
	struct outgoing out = {.first = (uint64_t)cursor.through + 1,
		.max_records = max,
		.max_bytes = BATCH_BYTES,
		.items = &bare->body};
	assert(engine_outgoing(owner->engine, index, &out) == ERR_OK);
	if (out.last >= out.first)
		take(bare, from, to, &out);
	if (!is_behind(bare, from, to, &cursor))
		engine_heard(follower->engine, (unsigned)follower->owner_index[from],
			owner->engine->journal.seq);
}

void bare_settle(struct bare *bare)
{
	struct cursor_row cursor;

	for (bool any = true; any;) {
		any = false;
		for (unsigned from = 0; from < TOWN_NODES; from++)
			for (unsigned to = 0; to < TOWN_NODES; to++)
				if (from != to && is_behind(bare, from, to, &cursor)) {
					bare_deliver(bare, from, to, 64);
					any = true;
				}
	}
}

void bare_tick(struct bare *bare)
{
	for (unsigned i = 0; i < TOWN_NODES; i++)
		for (bool more = true; more;)
			assert(engine_tick(bare->nodes[i].engine, &more) == ERR_OK);
}
