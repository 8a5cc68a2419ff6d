/* The engine's answers one by one: rights, keys, times, deadlines, quarantine, what a redo leaves
 * behind. Runs the history test's service on the memory store. */
#include "tests/sim/engine_bench.h"

static void test_refusals(void **state)
{
	struct bench *b = *state;
	struct request r;

	r = good(b);
	r.type = text_of("h_nothing");
	check(b, &r, ERR_UNKNOWN_TYPE, "type");
	r = good(b);
	r.peer = 2;
	check(b, &r, ERR_DENIED, "");
	r = good(b);
	r.actor.role = TEXT_NONE;
	check(b, &r, ERR_INVALID, "actor");
	r = good(b);
	r.actor.role = text_of("node");
	check(b, &r, ERR_DENIED, "actor.role");
	r = good(b);
	r.key = (struct uuid){{0}};
	check(b, &r, ERR_INVALID, "key");
	r = good(b);
	r.key = uuid_make(b->now - 15 * MS_PER_DAY, &b->random);
	check(b, &r, ERR_KEY_EXPIRED, "key");
	r = good(b);
	r.key = uuid_make(b->now + 2 * MS_PER_DAY, &b->random);
	check(b, &r, ERR_INVALID, "key");
	r = good(b);
	r.occurred_at = b->now + 2 * MS_PER_MINUTE;
	check(b, &r, ERR_INVALID, "occurred_at");
	r = good(b);
	r.historical = true;
	check(b, &r, ERR_INVALID, "occurred_at");
	struct service no_imports = history_service;
	no_imports.import_peers = 0;
	b->engine->service = &no_imports;
	r.occurred_at = noon;
	check(b, &r, ERR_DENIED, "historical");
	b->engine->service = &history_service;
	r = good(b);
	r.body = bytes_of("\x81\x01\x01", 3);
	check(b, &r, ERR_INVALID, "citizen");
	assert_int_equal(b->engine->journal.seq, 0);
}

static void test_keys(void **state)
{
	struct bench *b = *state;
	struct request r = good(b), other_client = r;

	check(b, &r, ERR_OK, NULL);
	assert_false(b->answer.replayed);
	check(b, &r, ERR_OK, NULL);
	assert_true(b->answer.replayed);
	assert_int_equal(b->answer.seq, 1);
	other_client.client = text_of("somebody else");
	check(b, &other_client, ERR_KEY_REUSED, "key");
	struct request other_department = r;
	other_department.actor.department = text_of("youth");
	check(b, &other_department, ERR_KEY_REUSED, "key");
	/* kept for 14 days, pruned after 15 */
	bool more;
	struct txn *txn;
	b->now += 16 * MS_PER_DAY;
	assert_int_equal(engine_tick(b->engine, &more), ERR_OK);
	assert_int_equal(store_begin(b->store, STORE_READ, &b->arena, &txn), ERR_OK);
	assert_int_equal(store_count(txn, CORE_REPLIES), 0);
	store_abort(txn);
	check(b, &r, ERR_KEY_EXPIRED, "key");
	assert_int_equal(b->engine->journal.seq, 1);
}

static void test_imports_are_known_for_ever(void **state)
{
	struct bench *b = *state;
	struct request r = good(b);
	bool more;

	r.historical = true;
	r.occurred_at = noon - 400 * MS_PER_DAY;
	r.key = uuid_of_hash(r.occurred_at, r.body);
	check(b, &r, ERR_OK, NULL);
	b->now += 100 * MS_PER_DAY;
	assert_int_equal(engine_tick(b->engine, &more), ERR_OK);
	check(b, &r, ERR_OK, NULL);
	assert_true(b->answer.replayed);
	assert_int_equal(b->engine->journal.seq, 1);
}

/* The same request gives the same ids, wherever it is decided: a redo after a crash, another run.
 */
static void test_ids_come_from_the_key(void **state)
{
	struct bench *b = *state;
	struct decision d;
	struct uuid first, second;
	struct txn *txn;

	assert_int_equal(store_begin(b->store, STORE_READ, &b->arena, &txn), ERR_OK);
	decision_begin(&d, b->engine, txn, bytes_of("seed", 4));
	first = decision_uuid(&d);
	second = decision_uuid(&d);
	assert_false(uuid_equal(first, second));
	decision_begin(&d, b->engine, txn, bytes_of("seed", 4));
	assert_true(uuid_equal(first, decision_uuid(&d)));
	assert_int_equal(uuid_time(first), b->now);
	store_abort(txn);
}

static struct batch_item make_item(
	struct bench *b, uint64_t seq, const char *type, struct bytes fields)
{
	const struct record record = {.seq = (int64_t)seq,
		.epoch = 1,
		.type = text_of(type),
		.entity = {{1}},
		.time = b->now,
		.audience = 2,
		.fields = text_of_bytes(fields)};
	struct buffer out;

	buffer_init(&out, 4096);
	schema_encode(schema_record(), &record, &out);
	struct bytes bytes = bytes_copy(&b->arena, buffer_bytes(&out));
	buffer_done(&out);
	return (struct batch_item){.seq = seq, .record = bytes};
}

static void test_quarantine(void **state)
{
	struct bench *b = *state;
	static const uint8_t withdrawn[] = {
		0x81, 0x01, 0xc4, 0x10, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 16};
	struct batch_item items[4] = {
		make_item(b, 1, "h_consent_withdrawn", bytes_of(withdrawn, sizeof(withdrawn))),
		make_item(b, 2, "h_consent_withdrawn",
			bytes_of("\x81\x01\x05", 3)), /* no such citizen */
		{.seq = 3, .stub = true},             /* a stub */
		make_item(b, 4, "h_unheard_of",
			bytes_of("\x80", 1))}; /* a newer owner's event: not for us */
	struct batch batch = {
		.owner = 0, .epoch = 1, .first = 1, .last = 4, .items = items, .n = 4};
	struct turn turn = {NULL, NULL, 0, &batch, 1};
	struct cursor_row cursor;

	assert_int_equal(engine_turn(b->engine, &turn), ERR_OK);
	assert_int_equal(batch.result, ERR_OK);
	engine_cursor(b->engine, 0, &cursor);
	assert_int_equal(cursor.through, 4);
	assert_int_equal(cursor.applied, 1);
	assert_int_equal(cursor.quarantined, 2); /* what nobody listens to waits like all else */
	assert_int_equal(cursor.withheld, 1);
	assert_true(engine_has_seen(b->engine, text_of("beta"), 4));
	assert_false(engine_has_seen(b->engine, text_of("beta"), 5));
	batch.first = batch.last = 6;
	batch.n = 0;
	assert_int_equal(engine_turn(b->engine, &turn), ERR_OK);
	assert_int_equal(batch.result, ERR_STALE); /* a gap */
	batch.first = batch.last = 5;
	batch.epoch = 2; /* it began another one */
	assert_int_equal(engine_turn(b->engine, &turn), ERR_OK);
	assert_int_equal(batch.result, ERR_OK);
	batch.first = batch.last = 6;
	batch.epoch = 1; /* none comes back */
	assert_int_equal(engine_turn(b->engine, &turn), ERR_OK);
	assert_int_equal(batch.result, ERR_DIVERGED);
	assert_true(engine_diverged(b->engine, 0));
}

static enum err follow(struct bench *b, uint64_t epoch, uint64_t through, const uint8_t *hash)
{
	const struct standing at = {epoch, through, through, hash};

	return engine_follow(b->engine, 0, &at, NULL);
}

static void test_follow_checks_the_past(void **state)
{
	struct bench *b = *state;
	struct request r = good(b);
	uint8_t hash[HASH_BYTES] = {0};
	struct head head;

	check(b, &r, ERR_OK, NULL);
	engine_head(b->engine, &head);
	assert_int_equal(follow(b, 0, 0, hash), ERR_OK);
	assert_int_equal(follow(b, 1, 1, head.hash), ERR_OK);
	assert_int_equal(follow(b, 1, 1, hash), ERR_DIVERGED);
	assert_int_equal(follow(b, 2, 1, head.hash), ERR_DIVERGED);
	assert_int_equal(follow(b, 1, 2, head.hash), ERR_DIVERGED); /* beyond the head */
}

static void test_full_store_refuses_and_goes_on(void **state)
{
	struct bench *b = *state;
	struct request r = good(b);

	store_fail_next_commit(b->store, ERR_FULL);
	check(b, &r, ERR_OK, NULL); /* the turn is tried again singly, and then there is room */
	r = good(b);
	check(b, &r, ERR_OK, NULL);
	assert_int_equal(b->engine->journal.seq, 2);
}

/* A search through a long journal comes in pages, so that others get their turn. */
static void test_a_search_does_not_read_the_whole_journal(void **state)
{
	enum { TURNS = 21, EACH = 1000 };
	struct bench *b = *state;
	static struct request requests[EACH];
	static struct answer answers[EACH];
	struct turn turn = {requests, answers, EACH, NULL, 0};
	struct request ask_for = good(b);
	struct read_journal query = {.entity = {{9}}};
	struct journal_page page;
	struct buffer body;
	int pages = 0;

	for (int i = 0; i < TURNS; i++) {
		arena_reset(&b->arena);
		for (int k = 0; k < EACH; k++)
			requests[k] = good(b);
		assert_int_equal(engine_turn(b->engine, &turn), ERR_OK);
		assert_int_equal(answers[EACH - 1].status, ERR_OK);
	}
	do {
		buffer_init(&body, 1024);
		schema_encode(schema_read_journal(), &query, &body);
		ask_for.type = text_of("read_journal");
		ask_for.body = buffer_bytes(&body);
		check(b, &ask_for, ERR_OK, NULL);
		buffer_done(&body);
		assert_int_equal(schema_decode(schema_journal_page(), b->answer.body, PACK_PLAIN,
					 &b->arena, &page, NULL),
			ERR_OK);
		assert_int_equal(page.records.n, 0);
		query.from = page.next;
		pages++;
	} while (page.next);
	assert_int_equal(pages, 2);
}

/* ---- counters -------------------------------------------------------------------------------- */

static void append(struct bench *b, size_t n)
{
	for (size_t i = 0; i < n; i++) {
		struct request r = good(b);
		check(b, &r, ERR_OK, NULL);
	}
}

static void check_queue(struct bench *b, uint64_t addressed, uint64_t delivered)
{
	struct queue queue;

	assert_int_equal(engine_queue(b->engine, 0, &queue), ERR_OK);
	assert_int_equal(queue.addressed, addressed);
	assert_int_equal(queue.delivered, delivered);
}

static void reopen(struct bench *b, const struct engine_peer *followers, size_t n)
{
	bool more;

	assert_int_equal(engine_tick(b->engine, &more), ERR_OK);
	engine_close(b->engine);
	b->options.followers = followers;
	b->options.n_followers = n;
	assert_int_equal(engine_open(&b->options, &b->engine, NULL), ERR_OK);
}

static void test_a_follower_begins_anew_before_a_turn_is_given_up(void **state)
{
	struct bench *b = *state;
	static const struct h_act breaks = {7, {{7}}, 1};
	struct request r = good(b);
	struct buffer body;
	bool more;

	append(b, 3);
	assert_int_equal(follow(b, 0, 3, NULL), ERR_OK);
	assert_int_equal(engine_tick(b->engine, &more), ERR_OK);
	check_queue(b, 3, 3);
	assert_int_equal(follow(b, 0, 0, NULL), ERR_OK);
	buffer_init(&body, 1024);
	schema_encode(schema_h_act(), &breaks, &body);
	r.body = buffer_bytes(&body);
	check(b, &r, ERR_BUG, NULL);
	buffer_done(&body);
	check_queue(b, 3, 0);
}

static void test_two_sessions_of_one_follower(void **state)
{
	struct bench *b = *state;

	append(b, 5);
	assert_int_equal(follow(b, 0, 0, NULL), ERR_OK); /* is sent 1 to 4 */
	assert_int_equal(follow(b, 0, 2, NULL), ERR_OK); /* another one */
	check_queue(b, 5, 2);
	engine_delivered(b->engine, 0, &(struct delivered){1, 4, 4, 0});
	check_queue(b, 5, 4);
	engine_delivered(b->engine, 0, &(struct delivered){3, 5, 3, 0});
	check_queue(b, 5, 5);
}

static void test_a_follower_leaves_and_comes_back(void **state)
{
	static const struct engine_peer other_role = {"beta", 4};
	struct bench *b = *state;

	append(b, 2);
	reopen(b, NULL, 0);
	append(b, 3);
	reopen(b, &other, 1);
	check_queue(b, 5, 0);
	assert_int_equal(follow(b, 0, 3, NULL), ERR_OK);
	check_queue(b, 5, 3);
	reopen(b, &other_role, 1); /* these records are not for that role */
	check_queue(b, 0, 0);
	reopen(b, &other, 1);
	check_queue(b, 5, 0);
}

/* Following again is not divergence, however often and with nothing in between. */
static void test_following_again_and_again(void **state)
{
	enum { TIMES = 400000 };
	struct bench *b = *state;
	struct head head;

	append(b, 1);
	engine_head(b->engine, &head);
	for (int i = 0; i < TIMES; i++)
		assert_int_equal(follow(b, 1, 1, head.hash), ERR_OK);
}

/* ---- fingerprints ---------------------------------------------------------------------------- */

static void read_fingerprint(struct bench *b, struct uuid request, uint8_t ret[FINGERPRINT_BYTES])
{
	struct reply_row row = {0};
	struct key key = {0};
	struct txn *txn;

	key_add_uuid(&key, request);
	assert_int_equal(store_begin(b->store, STORE_READ, &b->arena, &txn), ERR_OK);
	assert_true(row_get(txn, CORE_REPLIES, &key, schema_reply_row(), &b->arena, &row));
	assert_int_equal(row.fingerprint.n, FINGERPRINT_BYTES);
	memcpy(ret, row.fingerprint.p, FINGERPRINT_BYTES);
	store_abort(txn);
}

/* What a request said cannot be found by trying: at another node the same one is kept otherwise. */
static void test_what_is_kept_of_requests_is_each_nodes_own(void **state)
{
	uint8_t kept[2][FINGERPRINT_BYTES];
	void *second = NULL;
	struct bench *b = *state;

	assert_int_equal(set_up(&second), 0);
	struct bench *other_node = second;
	struct request request = good(b);
	(void)random_u64(&other_node->random); /* its data keys are others */
	engine_close(other_node->engine);
	keyring_close(other_node->keyring);
	static const uint8_t master[MASTER_KEY_BYTES] = {6};
	assert_int_equal(
		keyring_open(NULL, master, &other_node->random, &other_node->keyring), ERR_OK);
	other_node->options.keyring = other_node->keyring;
	assert_int_equal(engine_open(&other_node->options, &other_node->engine, NULL), ERR_OK);
	check(b, &request, ERR_OK, NULL);
	check(other_node, &request, ERR_OK, NULL);
	read_fingerprint(b, request.key, kept[0]);
	read_fingerprint(other_node, request.key, kept[1]);
	assert_memory_not_equal(kept[0], kept[1], FINGERPRINT_BYTES);
	check(b, &request, ERR_OK, NULL);
	assert_true(b->answer.replayed);
	tear_down(&second);
}

int main(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)
	const struct CMUnitTest tests[] = {
		TEST(test_refusals),
		TEST(test_keys),
		TEST(test_imports_are_known_for_ever),
		TEST(test_ids_come_from_the_key),
		TEST(test_quarantine),
		TEST(test_follow_checks_the_past),
		TEST(test_full_store_refuses_and_goes_on),
		TEST(test_a_search_does_not_read_the_whole_journal),
		TEST(test_a_follower_begins_anew_before_a_turn_is_given_up),
		TEST(test_two_sessions_of_one_follower),
		TEST(test_a_follower_leaves_and_comes_back),
		TEST(test_following_again_and_again),
		TEST(test_what_is_kept_of_requests_is_each_nodes_own),
	};

	return cmocka_run_group_tests_name("engine", tests, NULL, NULL);
}
