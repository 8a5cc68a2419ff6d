/* An entrance for benches that need no sockets: each inquiry is received, sealed, journalled,
 * indexed and promised a first talk, as a live one. Writes below the directory it is given. */
#include "tests/bench/entrance.h"

#include <stdio.h>
#include <stdlib.h>

#include "proto/roles.h"
#include "services/intake/intake.h"
#include "tests/bench/inquiry.h"

static void must(enum err err, const char *what)
{
	if (!err)
		return;
	fprintf(stderr, "bench: %s: %s\n", what, err_sentence(err));
	exit(111);
}

static struct request request_of(struct entrance *e, const char *type, const struct buffer *body)
{
	return (struct request){.client = text_of("portal"),
		.peer = PEER_PORTAL,
		.key = uuid_make(e->now, &e->random),
		.type = text_of(type),
		.body = buffer_bytes(body),
		.actor = {.role = text_of("front_desk"), .id = text_of("desk-1")}};
}

static void publish(struct entrance *e)
{
	struct answer answer;

	inquiry_encode_slots(&e->random, e->next_slot, "desk-1", &e->bodies[0]);
	const struct request request = request_of(e, "publish_slots", &e->bodies[0]);
	struct turn turn = {&request, &answer, 1, NULL, 0};
	must(engine_turn(e->engine, &turn), "publishing");
	must(answer.status, answer.reason.rule);
	e->next_slot += INQUIRY_SLOTS * INQUIRY_SLOT_MINUTES * MS_PER_MINUTE;
	e->free_places += INQUIRY_PLACES;
}

void entrance_receive(struct entrance *e, unsigned n)
{
	while (e->free_places < n)
		publish(e);
	for (unsigned i = 0; i < n; i++) {
		e->now += INQUIRY_SLOT_MINUTES * MS_PER_MINUTE / INQUIRY_SLOT_PLACES;
		inquiry_encode(&e->random, &e->bodies[i]);
		e->requests[i] = request_of(e, "receive_inquiry", &e->bodies[i]);
	}
	struct turn turn = {e->requests, e->answers, n, NULL, 0};
	must(engine_turn(e->engine, &turn), "receiving");
	for (unsigned i = 0; i < n; i++)
		must(e->answers[i].status, e->answers[i].reason.rule);
	e->free_places -= n;
	e->stored += n;
}

static struct intake_settings usual_settings(void)
{
	return (struct intake_settings){.child_concern_ms = MS_PER_DAY,
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
		.on_call = ""};
}

void entrance_open(struct entrance *e, const char *dir)
{
	static const uint8_t master[MASTER_KEY_BYTES] = {1};
	static const struct engine_peer follower = {"reporting", PEER_REPORTING};
	struct engine_options options = {.service = &intake_service,
		.settings = &e->settings,
		.node = "intake",
		.followers = &follower,
		.n_followers = 1,
		.clock = clock_simulated(&e->now),
		.random = random_real()};
	struct reason reason = {0};
	char path[4096];
	size_t n;

	*e = (struct entrance){.random = random_real(), .now = INT64_C(1790000000000)};
	e->next_slot = e->now + MS_PER_DAY;
	e->settings = usual_settings();
	snprintf(path, sizeof(path), "%s/keys.bin", dir);
	must(keyring_open(path, master, &options.random, &e->keyring), "keyring");
	options.keyring = e->keyring;
	struct tree *trees = engine_trees(&options, &n);
	snprintf(path, sizeof(path), "%s/db", dir);
	must(store_open_lmdb(path, trees, n, NULL, &e->store, &reason), reason.rule);
	engine_trees_free(trees, n);
	options.store = e->store;
	must(engine_open(&options, &e->engine, &reason), reason.rule);
	for (int i = 0; i < ENTRANCE_AT_ONCE; i++)
		buffer_init(&e->bodies[i], (size_t)256 * 1024);
}

void entrance_close(struct entrance *e)
{
	engine_close(e->engine);
	store_close(e->store);
	keyring_close(e->keyring);
	for (int i = 0; i < ENTRANCE_AT_ONCE; i++)
		buffer_done(&e->bodies[i]);
}
