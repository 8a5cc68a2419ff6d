/* Erasures in one engine: the key is gone whatever the store does, and when one is complete. Runs
 * the history test's service on the memory store. */
#include "tests/sim/engine_bench.h"

/* The erasure was committed and its answer says so; the key is gone although the store is full now.
 */
static void test_erasure_finishes_on_a_full_store(void **state)
{
	struct bench *b = *state;
	static const struct h_act plan = {0, {{7}}, 1}, erase = {5, {{7}}, 1};
	const struct h_act *const acts[] = {&plan, &erase};
	struct buffer body;

	for (int i = 0; i < 2; i++) {
		struct request r = good(b);
		buffer_init(&body, 1024);
		schema_encode(schema_h_act(), acts[i], &body);
		r.body = buffer_bytes(&body);
		store_refuse_writes(b->store, 1, i == 1 ? ERR_FULL : ERR_OK);
		check(b, &r, ERR_OK, NULL);
		assert_false(b->answer.replayed);
		buffer_done(&body);
	}
	assert_true(keyring_destroyed(b->keyring, 1));
	store_refuse_writes(b->store, 0, ERR_OK);
	struct request r = good(b);
	check(b, &r, ERR_OK, NULL);
	assert_false(b->engine->erasing);
}

static struct erasure_line only_erasure(struct bench *b)
{
	struct request request = {.client = text_of("ops"),
		.peer = PEER_OPERATOR,
		.type = text_of("list_erasures"),
		.body = {(const uint8_t *)"\x80", 1}};
	struct erasure_page page = {0};

	assert_int_equal(ask(b, &request)->status, ERR_OK);
	assert_int_equal(schema_decode(schema_erasure_page(), b->answer.body, PACK_PLAIN, &b->arena,
				 &page, NULL),
		ERR_OK);
	assert_int_equal(page.erasures.n, 1);
	return page.erasures.at[0];
}

static void tick(struct bench *b, int64_t ms)
{
	bool more;

	b->now += ms;
	assert_int_equal(engine_tick(b->engine, &more), ERR_OK);
}

/* Complete is what every follower has passed, once backups of the key are gone: neither alone. */
static void test_an_erasure_is_completed(void **state)
{
	struct bench *b = *state;
	struct request request = good(b);
	struct buffer body;

	engine_close(b->engine);
	b->options.key_backups_ms = 30 * MS_PER_DAY;
	assert_int_equal(engine_open(&b->options, &b->engine, NULL), ERR_OK);
	buffer_init(&body, 1024);
	schema_encode(schema_h_act(), &(struct h_act){5, {{7}}, 1}, &body);
	request.body = buffer_bytes(&body);
	assert_int_equal(ask(b, &request)->status, ERR_OK);
	uint64_t seq = b->answer.seq;
	buffer_done(&body);

	struct erasure_line line = only_erasure(b);
	assert_int_equal(line.seq, seq);
	assert_int_equal(line.state, erasure_state_pending);
	assert_true(line.waits_for.n == 1 && text_is(line.waits_for.at[0], "beta"));
	assert_int_equal(line.keys_until, noon + 30 * MS_PER_DAY);
	tick(b, 30 * MS_PER_DAY - 1);
	assert_int_equal(b->engine->journal.seq, seq);
	tick(b, 1); /* the follower is still away: looked at again a day later */
	assert_int_equal(b->engine->journal.seq, seq + 1);
	assert_int_equal(only_erasure(b).state, erasure_state_pending);
	const struct delivered delivered = {1, seq, 1, 0};
	engine_delivered(b->engine, 0, &delivered);
	assert_int_equal(only_erasure(b).state, erasure_state_passed);
	tick(b, MS_PER_DAY - 1);
	assert_int_equal(only_erasure(b).state, erasure_state_passed);
	tick(b, 1);
	line = only_erasure(b);
	assert_int_equal(line.state, erasure_state_complete);
	assert_int_equal(line.completed_at, b->now);
	assert_int_equal(b->engine->journal.seq, seq + 2);
	tick(b, 10 * MS_PER_DAY);
	assert_int_equal(b->engine->journal.seq, seq + 2);
	assert_int_equal(engine_rebuild_own(b->engine), ERR_OK);
	assert_int_equal(only_erasure(b).state, erasure_state_complete);
}

int main(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)
	const struct CMUnitTest tests[] = {
		TEST(test_erasure_finishes_on_a_full_store),
		TEST(test_an_erasure_is_completed),
	};

	return cmocka_run_group_tests_name("erasures", tests, NULL, NULL);
}
