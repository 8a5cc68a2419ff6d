/* The audit log: what is noted of which answer, who may look into it, and what a check finds of
 * somebody's meddling. Runs the history test's service on the memory store. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "common/admin.h"
#include "common/engine_private.h"
#include "tests/sim/history_service.h"

enum { PEER_CLIENT = 1, PEER_NODE = 2 }; /* of the history service */

struct bench {
	int64_t now;
	uint64_t seed;
	struct random random;
	struct keyring *keyring;
	struct store *store;
	struct engine_options options;
	struct engine *engine;
	struct arena arena;
	struct answer answer;
};

static const struct uuid citizen = {{0x01, 0x90, 0, 0, 0, 0, 0x70, 0, 0x80, [14] = 3}};
static const struct engine_peer other = {"beta", PEER_NODE};

static int open_engine(struct bench *b)
{
	return (int)engine_open(&b->options, &b->engine, NULL);
}

static void act(struct bench *b, int64_t what);

static int set_up(void **state)
{
	static const uint8_t master[MASTER_KEY_BYTES] = {5};
	struct bench *b = calloc(1, sizeof(*b));
	size_t n;

	*state = b;
	b->now = INT64_C(1790000000000);
	b->random = random_seeded(&b->seed);
	arena_init(&b->arena, (size_t)16 << 20);
	if (keyring_open(NULL, master, &b->random, &b->keyring))
		return -1;
	b->options = (struct engine_options){.service = &history_service,
		.node = "alpha",
		.followers = &other,
		.n_followers = 1,
		.owners = &other,
		.n_owners = 1,
		.clock = clock_simulated(&b->now),
		.random = b->random,
		.keyring = b->keyring};
	struct tree *trees = engine_trees(&b->options, &n);
	bool failed = store_open_memory(trees, n, &b->store) != ERR_OK;
	engine_trees_free(trees, n);
	b->options.store = b->store;
	if (failed || open_engine(b))
		return -1;
	act(b, 0);
	act(b, 1);
	return 0;
}

static int tear_down(void **state)
{
	struct bench *b = *state;

	engine_close(b->engine);
	store_close(b->store);
	keyring_close(b->keyring);
	arena_done(&b->arena);
	free(b);
	return 0;
}

/* ---- asking ---------------------------------------------------------------------------------- */

static struct bytes encode(struct bench *b, const struct schema *schema, const void *fields)
{
	struct buffer body;

	buffer_init(&body, 1024);
	schema_encode(schema, fields, &body);
	struct bytes copy = bytes_copy(&b->arena, buffer_bytes(&body));
	buffer_done(&body);
	return copy;
}

/* Questions about the node itself are asked by those who look after it. */
static bool by_keeper(const struct schema *schema)
{
	return schema->head->actors & ACTOR_KEEPERS && schema->head->actors != ACTOR_EVERYONE;
}

static struct request request_of(
	struct bench *b, uint32_t peer, const struct schema *schema, const void *fields)
{
	return (struct request){.client = text_of("desk"),
		.peer = peer,
		.type = text_of(schema->head->name),
		.body = encode(b, schema, fields),
		.actor = {.role = text_of(by_keeper(schema) ? "operator" : "client"),
			.id = text_of("ann"),
			.department = text_of("family")}};
}

static const struct answer *ask(struct bench *b, const struct request *request)
{
	struct turn turn = {request, &b->answer, 1, NULL, 0};

	assert_int_equal(engine_turn(b->engine, &turn), ERR_OK);
	return &b->answer;
}

static void act(struct bench *b, int64_t what)
{
	const struct h_act command = {what, citizen, 1};
	struct request request = request_of(b, PEER_CLIENT, schema_h_act(), &command);

	request.key = uuid_make(b->now, &b->random);
	assert_int_equal(ask(b, &request)->status, ERR_OK);
}

static struct request show(struct bench *b, uint32_t peer)
{
	return request_of(b, peer, schema_h_show(), &(struct h_show){citizen, {{1}}});
}

static uint64_t noted(struct bench *b)
{
	return b->engine->audit.seq;
}

static struct audit_page audit_of(struct bench *b, struct uuid person, const char *as)
{
	const struct show_audit query = {.person = person};
	struct request request = request_of(b, PEER_OPERATOR, schema_show_audit(), &query);
	struct audit_page page = {0};

	if (as) {
		request.peer = PEER_PORTAL;
		request.actor = (struct actor){.role = text_of("self"), .id = text_of(as)};
	}
	assert_int_equal(ask(b, &request)->status, ERR_OK);
	assert_int_equal(schema_decode(schema_audit_page(), b->answer.body, PACK_PLAIN, &b->arena,
				 &page, NULL),
		ERR_OK);
	return page;
}

static struct audit_checked verify(struct bench *b, uint64_t seq, const uint8_t *hash)
{
	const struct verify_audit query = {
		0, (int64_t)seq, {(const char *)hash, hash ? HASH_BYTES : 0, false}};
	struct request request = request_of(b, PEER_OPERATOR, schema_verify_audit(), &query);
	struct audit_checked checked = {0};

	assert_int_equal(ask(b, &request)->status, ERR_OK);
	assert_int_equal(schema_decode(schema_audit_checked(), b->answer.body, PACK_PLAIN,
				 &b->arena, &checked, NULL),
		ERR_OK);
	return checked;
}

/* ---- what is noted --------------------------------------------------------------------------- */

static void test_an_answer_with_texts_is_noted_once(void **state)
{
	struct bench *b = *state;
	struct request request = show(b, PEER_PORTAL);
	uint64_t head = b->engine->journal.seq;
	char id[UUID_TEXT_BYTES];

	request.why = text_of("her talk on Tuesday");
	assert_int_equal(ask(b, &request)->status, ERR_OK);
	assert_int_equal(noted(b), 1);
	assert_int_equal(b->engine->journal.seq, head);

	uuid_format(citizen, id);
	struct audit_page page = audit_of(b, citizen, id);
	assert_int_equal(noted(b), 1); /* citizens look for themselves */
	assert_int_equal(page.reads.n, 1);
	const struct read_line *line = &page.reads.at[0];
	assert_true(text_is(line->client, "desk"));
	assert_true(text_is(line->actor->role, "client"));
	assert_true(text_is(line->actor->id, "ann"));
	assert_true(text_is(line->actor->department, "family"));
	assert_true(text_is(line->query, "h_show"));
	assert_true(uuid_equal(line->about, citizen));
	assert_true(text_is(line->why, "her talk on Tuesday"));
	assert_int_equal(line->time, b->now);
	/* herself, her worker, two relatives and an informant */
	assert_int_equal(line->persons, 5);
	assert_int_equal(audit_of(b, history_person(citizen, 3), NULL).reads.n, 1);
}

static void test_masked_answers_are_not_noted(void **state)
{
	struct bench *b = *state;
	struct request request = show(b, PEER_CLIENT);

	assert_int_equal(ask(b, &request)->status, ERR_OK);
	assert_int_equal(noted(b), 0);
	request = request_of(b, PEER_PORTAL, schema_h_show(), &(struct h_show){{{9}}, {{0}}});
	assert_int_equal(ask(b, &request)->status, ERR_OK); /* nothing is known of that one */
	request = show(b, PEER_PORTAL);
	request.own = true; /* the node itself */
	assert_int_equal(ask(b, &request)->status, ERR_OK);
	request =
		request_of(b, PEER_PORTAL, schema_list_queues(), &(struct list_queues){TEXT_NONE});
	assert_int_equal(ask(b, &request)->status, ERR_OK);
	assert_int_equal(noted(b), 0);
}

static void test_the_look_of_staff_is_noted(void **state)
{
	struct bench *b = *state;
	struct request request = show(b, PEER_PORTAL);

	request.why = text_of("secret");
	assert_int_equal(ask(b, &request)->status, ERR_OK);
	struct audit_page page = audit_of(b, citizen, NULL);
	assert_int_equal(page.reads.n, 1);
	assert_true(text_is(page.reads.at[0].why, "***"));
	assert_int_equal(noted(b), 2);
	page = audit_of(b, citizen, NULL);
	assert_true(text_is(page.reads.at[1].query, "show_audit"));
	const struct show_audit query = {.person = citizen};
	request = request_of(b, PEER_PORTAL, schema_show_audit(), &query);
	request.actor.role = text_of("auditor"); /* they see why */
	assert_int_equal(ask(b, &request)->status, ERR_OK);
	assert_int_equal(schema_decode(schema_audit_page(), b->answer.body, PACK_PLAIN, &b->arena,
				 &page, NULL),
		ERR_OK);
	assert_true(text_is(page.reads.at[0].why, "secret"));
	assert_int_equal(noted(b), 4);
}

static void test_who_may_look(void **state)
{
	struct bench *b = *state;
	const struct show_audit query = {.person = citizen};
	struct request request = request_of(b, PEER_PORTAL, schema_show_audit(), &query);
	char id[UUID_TEXT_BYTES];

	request.actor.role = text_of("client"); /* staff, through the portal */
	assert_int_equal(ask(b, &request)->status, ERR_DENIED);
	uuid_format(history_person(citizen, 9), id);
	request.actor = (struct actor){.role = text_of("self"), .id = text_of(id)};
	assert_int_equal(ask(b, &request)->status, ERR_DENIED);
	assert_string_equal(b->answer.reason.field, "actor.id");
	request.actor.id = TEXT_NONE;
	assert_int_equal(ask(b, &request)->status, ERR_DENIED);
	request.actor.role = text_of("auditor");
	assert_int_equal(ask(b, &request)->status, ERR_OK);
	assert_int_equal(noted(b), 1);
	request.peer = PEER_NODE;
	assert_int_equal(ask(b, &request)->status, ERR_DENIED);
	request = request_of(b, PEER_PORTAL, schema_verify_audit(), &(struct verify_audit){0});
	request.actor.role = text_of("client");
	assert_int_equal(ask(b, &request)->status, ERR_DENIED);
}

static void test_many_persons_take_several_entries(void **state)
{
	struct bench *b = *state;
	struct request request =
		request_of(b, PEER_PORTAL, schema_h_show_many(), &(struct h_show_many){130});

	assert_int_equal(ask(b, &request)->status, ERR_OK);
	assert_int_equal(noted(b), 3);
	assert_int_equal(audit_of(b, (struct uuid){{9, 129, 1}}, NULL).reads.at[0].persons, 2);
	assert_int_equal(verify(b, 0, NULL).bad, 0);
}

static void test_reads_of_a_turn_share_a_commit(void **state)
{
	struct bench *b = *state;
	struct request requests[] = {
		show(b, PEER_PORTAL), show(b, PEER_CLIENT), show(b, PEER_PORTAL)};
	struct answer answers[3];
	struct turn turn = {requests, answers, 3, NULL, 0};

	store_refuse_writes(b->store, 1, ERR_FULL); /* the second commit would be refused */
	assert_int_equal(engine_turn(b->engine, &turn), ERR_OK);
	for (int i = 0; i < 3; i++)
		assert_int_equal(answers[i].status, ERR_OK);
	assert_int_equal(noted(b), 2);
}

/* ---- when it cannot be noted ----------------------------------------------------------------- */

static void test_on_a_full_store_nothing_is_read(void **state)
{
	struct bench *b = *state;
	struct request requests[] = {show(b, PEER_PORTAL), show(b, PEER_CLIENT)};
	struct answer answers[2];
	struct turn turn = {requests, answers, 2, NULL, 0};

	store_refuse_writes(b->store, 0, ERR_FULL);
	assert_int_equal(engine_turn(b->engine, &turn), ERR_OK);
	assert_int_equal(answers[0].status, ERR_BUSY);
	assert_int_equal(answers[0].body.n, 0);
	assert_int_equal(answers[1].status, ERR_OK); /* it shows no texts */
	store_refuse_writes(b->store, 0, ERR_OK);
	assert_int_equal(ask(b, &requests[0])->status, ERR_OK);
	assert_int_equal(noted(b), 1);
	assert_int_equal(verify(b, 0, NULL).bad, 0);
}

static void test_a_broken_disk_ends_the_process(void **state)
{
	struct bench *b = *state;
	struct request request = show(b, PEER_PORTAL);
	struct answer answer;
	struct turn turn = {&request, &answer, 1, NULL, 0};

	store_fail_next_commit(b->store, ERR_SYSTEM);
	assert_int_equal(engine_turn(b->engine, &turn), ERR_SYSTEM);
}

static void test_why_where_it_is_required(void **state)
{
	struct bench *b = *state;
	struct request request = show(b, PEER_PORTAL);
	char id[UUID_TEXT_BYTES];

	engine_close(b->engine);
	b->options.why_required = true;
	assert_int_equal(open_engine(b), 0);
	assert_int_equal(ask(b, &request)->status, ERR_INVALID);
	assert_string_equal(b->answer.reason.field, "why");
	assert_int_equal(b->answer.body.n, 0);
	assert_int_equal(noted(b), 0);
	request.why = text_of("her talk");
	assert_int_equal(ask(b, &request)->status, ERR_OK);
	request = show(b, PEER_PORTAL);
	uuid_format(citizen, id);
	request.actor = (struct actor){.role = text_of("self"), .id = text_of(id)};
	assert_int_equal(ask(b, &request)->status, ERR_OK); /* of oneself */
	assert_int_equal(noted(b), 2);
	request = show(b, PEER_CLIENT);
	assert_int_equal(ask(b, &request)->status, ERR_OK); /* no texts are shown */
}

/* ---- meddling -------------------------------------------------------------------------------- */

static void change_entry(struct bench *b, uint64_t seq, int64_t at)
{
	struct key key = {0};
	struct bytes value;
	struct txn *txn;

	key_add_u64(&key, seq);
	assert_int_equal(store_begin(b->store, STORE_WRITE, &b->arena, &txn), ERR_OK);
	if (at < 0) {
		store_delete(txn, CORE_AUDIT, key_bytes(&key));
	} else {
		assert_true(store_get(txn, CORE_AUDIT, key_bytes(&key), &value));
		uint8_t *copy = arena_copy(&b->arena, value.p, value.n);
		copy[(size_t)at % value.n] ^= 1;
		store_put(txn, CORE_AUDIT, key_bytes(&key), bytes_of(copy, value.n));
	}
	assert_int_equal(store_commit(txn), ERR_OK);
}

static void swap_entries(struct bench *b, uint64_t one, uint64_t two)
{
	struct key key[2] = {{0}, {0}};
	struct bytes value[2];
	struct txn *txn;

	key_add_u64(&key[0], one);
	key_add_u64(&key[1], two);
	assert_int_equal(store_begin(b->store, STORE_WRITE, &b->arena, &txn), ERR_OK);
	for (int i = 0; i < 2; i++)
		assert_true(store_get(txn, CORE_AUDIT, key_bytes(&key[i]), &value[i]));
	for (int i = 0; i < 2; i++)
		store_put(txn, CORE_AUDIT, key_bytes(&key[i]), value[1 - i]);
	assert_int_equal(store_commit(txn), ERR_OK);
}

static void read_times(struct bench *b, int n)
{
	for (int i = 0; i < n; i++) {
		struct request request = show(b, PEER_PORTAL);
		assert_int_equal(ask(b, &request)->status, ERR_OK);
	}
}

static void test_any_changed_byte_is_found(void **state)
{
	struct bench *b = *state;
	struct key key = {0};
	struct bytes value;
	struct txn *txn;

	read_times(b, 5);
	key_add_u64(&key, 3);
	assert_int_equal(store_begin(b->store, STORE_READ, &b->arena, &txn), ERR_OK);
	assert_true(store_get(txn, CORE_AUDIT, key_bytes(&key), &value));
	store_abort(txn);
	for (size_t i = 0; i < value.n; i++) {
		change_entry(b, 3, (int64_t)i);
		/* a hash that was changed shows at its own entry; nothing behind it is trusted */
		assert_int_equal(verify(b, 0, NULL).bad, 3);
		change_entry(b, 3, (int64_t)i);
	}
	assert_int_equal(verify(b, 0, NULL).bad, 0);
}

/* Somebody who knows how entries are stored gives a changed one its right checksum. */
static void test_a_forged_entry_is_found(void **state)
{
	enum { HASH_AT = 1, SUM_AT = HASH_AT + HASH_BYTES, RECORD_AT = SUM_AT + 4 };
	struct bench *b = *state;
	struct key key = {0};
	struct bytes value;
	struct txn *txn;

	read_times(b, 5);
	key_add_u64(&key, 3);
	assert_int_equal(store_begin(b->store, STORE_WRITE, &b->arena, &txn), ERR_OK);
	assert_true(store_get(txn, CORE_AUDIT, key_bytes(&key), &value));
	uint8_t *copy = arena_copy(&b->arena, value.p, value.n);
	uint8_t *client = memmem(copy, value.n, "desk", 4);
	assert_non_null(client);
	memcpy(client, "disk", 4);
	put_u32(copy + SUM_AT, crc32c(crc32c(0, copy + HASH_AT, HASH_BYTES), copy + RECORD_AT,
				       value.n - RECORD_AT));
	store_put(txn, CORE_AUDIT, key_bytes(&key), bytes_of(copy, value.n));
	assert_int_equal(store_commit(txn), ERR_OK);
	assert_true(text_is(audit_of(b, citizen, NULL).reads.at[2].client, "disk"));
	assert_int_equal(verify(b, 0, NULL).bad, 3);
}

static void test_missing_and_swapped_entries_are_found(void **state)
{
	struct bench *b = *state;

	read_times(b, 6);
	swap_entries(b, 2, 4);
	assert_int_equal(verify(b, 0, NULL).bad, 2);
	swap_entries(b, 2, 4);
	assert_int_equal(verify(b, 0, NULL).bad, 0);
	change_entry(b, 6, -1); /* behind the back of the running node */
	assert_int_equal(verify(b, 0, NULL).bad, 6);
	change_entry(b, 2, -1);
	assert_int_equal(verify(b, 0, NULL).bad, 2);
}

/* Whoever can write the store while the node is down can cut the end off: only what was kept
 * elsewhere shows it. */
static void test_a_cut_end_is_found_by_what_was_kept(void **state)
{
	struct bench *b = *state;
	uint8_t kept[HASH_BYTES];

	read_times(b, 6);
	struct audit_checked checked = verify(b, 0, NULL);
	assert_int_equal(checked.head, 6);
	memcpy(kept, checked.hash.p, sizeof(kept));
	read_times(b, 1);
	checked = verify(b, 6, kept);
	assert_false(checked.differs || checked.bad);

	engine_close(b->engine);
	change_entry(b, 7, -1);
	change_entry(b, 6, -1);
	assert_int_equal(open_engine(b), 0);
	checked = verify(b, 6, kept);
	assert_int_equal(checked.bad, 0);
	assert_true(checked.differs);
	read_times(b, 2); /* filled up again with others */
	b->now++;
	checked = verify(b, 6, kept);
	assert_int_equal(checked.bad, 0);
	assert_int_equal(checked.head, 7);
	/* the same reads at the same moment make the same entries */
	assert_false(checked.differs);
	engine_close(b->engine);
	change_entry(b, 7, -1);
	change_entry(b, 6, -1);
	assert_int_equal(open_engine(b), 0);
	read_times(b, 2);
	assert_true(verify(b, 6, kept).differs);
}

static void test_an_entry_hidden_from_its_person_is_found(void **state)
{
	struct bench *b = *state;
	struct key key = {0};
	struct txn *txn;

	read_times(b, 3);
	key_add_uuid(&key, citizen);
	key_add_u64(&key, 2);
	assert_int_equal(store_begin(b->store, STORE_WRITE, &b->arena, &txn), ERR_OK);
	store_delete(txn, CORE_AUDIT_OF, key_bytes(&key));
	assert_int_equal(store_commit(txn), ERR_OK);
	assert_int_equal(verify(b, 0, NULL).bad, 2);
}

/* ---- erasure --------------------------------------------------------------------------------- */

static void test_what_was_said_goes_with_the_person(void **state)
{
	struct bench *b = *state;
	struct request request = show(b, PEER_PORTAL);
	char id[UUID_TEXT_BYTES];

	request.why = text_of("she rang");
	assert_int_equal(ask(b, &request)->status, ERR_OK);
	act(b, 5);
	uuid_format(citizen, id);
	struct audit_page page = audit_of(b, citizen, id);
	assert_int_equal(page.reads.n, 1); /* that it was read stays known */
	assert_int_equal(page.reads.at[0].why.n, 0);
	assert_int_equal(verify(b, 0, NULL).bad, 0);
	assert_int_equal(ask(b, &request)->status, ERR_OK); /* the others' texts */
	page = audit_of(b, citizen, id);
	assert_int_equal(page.reads.n, 1);
}

int main(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)
	const struct CMUnitTest tests[] = {
		TEST(test_an_answer_with_texts_is_noted_once),
		TEST(test_masked_answers_are_not_noted),
		TEST(test_the_look_of_staff_is_noted),
		TEST(test_who_may_look),
		TEST(test_many_persons_take_several_entries),
		TEST(test_reads_of_a_turn_share_a_commit),
		TEST(test_on_a_full_store_nothing_is_read),
		TEST(test_a_broken_disk_ends_the_process),
		TEST(test_why_where_it_is_required),
		TEST(test_any_changed_byte_is_found),
		TEST(test_a_forged_entry_is_found),
		TEST(test_missing_and_swapped_entries_are_found),
		TEST(test_a_cut_end_is_found_by_what_was_kept),
		TEST(test_an_entry_hidden_from_its_person_is_found),
		TEST(test_what_was_said_goes_with_the_person),
	};

	return cmocka_run_group_tests_name("audit", tests, NULL, NULL);
}
