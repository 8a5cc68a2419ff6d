/* The engine with a service that misbehaves: one bad deadline, record or answer must harm no other
 * and end nothing. Runs on the memory store. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "tests/sim/odd_bench.h"

static struct request request_of(struct bench *b, const struct odd_do *what)
{
	struct request request = {.client = text_of("desk"),
		.peer = 1,
		.key = uuid_make(b->now, &b->random),
		.type = text_of("odd_do"),
		.actor = {.role = text_of("client"), .id = text_of("ann")}};
	struct buffer body;

	buffer_init(&body, 1024);
	schema_encode(schema_odd_do(), what, &body);
	request.body = bytes_copy(&b->arena, buffer_bytes(&body));
	buffer_done(&body);
	return request;
}

static enum err ask(struct bench *b, const struct request *request)
{
	struct turn turn = {request, &b->answer, 1, NULL, 0};

	assert_int_equal(engine_turn(b->engine, &turn), ERR_OK);
	return b->answer.status;
}

static void act(struct bench *b, enum odd_what what, uint8_t entity, int64_t due)
{
	const struct odd_do c = {.what = what, .entity = {{entity}}, .due = due};
	const struct request request = request_of(b, &c);

	assert_int_equal(ask(b, &request), ERR_OK);
}

/* The event at seq, or false when the record is none of odd_happened. */
static bool event_at(struct bench *b, uint64_t seq, struct odd_happened *ret)
{
	struct journal_entry entry;
	struct txn *txn;

	assert_int_equal(store_begin(b->store, STORE_READ, &b->arena, &txn), ERR_OK);
	assert_int_equal(journal_read(&b->engine->journal, txn, seq, &b->arena, &entry), ERR_OK);
	store_abort(txn);
	if (!text_is(entry.record.type, "odd_happened"))
		return false;
	assert_int_equal(schema_decode(schema_odd_happened(), text_bytes(entry.record.fields),
				 PACK_SEALED, &b->arena, ret, NULL),
		ERR_OK);
	return true;
}

static uint64_t deadlines_left(struct bench *b)
{
	struct txn *txn;

	assert_int_equal(store_begin(b->store, STORE_READ, &b->arena, &txn), ERR_OK);
	uint64_t n = store_count(txn, CORE_DEADLINES);
	store_abort(txn);
	return n;
}

static void tick(struct bench *b)
{
	bool more;

	b->now += MS_PER_DAY;
	assert_int_equal(engine_tick(b->engine, &more), ERR_OK);
}

/* ---- deadlines ------------------------------------------------------------------------------- */

/* What an earlier decision of the same tick took off is not due any more. */
static void test_a_deadline_that_was_cleared_does_not_fire(void **state)
{
	struct bench *b = *state;
	struct odd_happened e;

	act(b, ODD_PAIR, 1, noon + 1000);
	tick(b);
	assert_int_equal(b->engine->journal.seq, 2);
	assert_true(event_at(b, 2, &e));
	assert_int_equal(e.what, ODD_PAIR_DONE);
	assert_int_equal(deadlines_left(b), 0);
}

static void test_deadlines_of_one_moment_make_different_ids(void **state)
{
	struct bench *b = *state;
	struct odd_happened left, right;

	act(b, ODD_TWINS, 1, noon + 1000);
	tick(b);
	assert_int_equal(b->engine->journal.seq, 3);
	assert_true(event_at(b, 2, &left) && event_at(b, 3, &right));
	assert_false(uuid_equal(left.made, right.made));
}

static void test_what_is_past_and_not_decided_on_is_counted(void **state)
{
	struct bench *b = *state;
	struct overdue overdue;

	act(b, ODD_TWINS, 1, noon + 1000);
	b->now = noon + 999;
	assert_int_equal(engine_overdue(b->engine, &overdue), ERR_OK);
	assert_int_equal(overdue.n, 0);
	assert_int_equal(overdue.oldest, 0);
	b->now = noon + 5000;
	assert_int_equal(engine_overdue(b->engine, &overdue), ERR_OK);
	assert_int_equal(overdue.n, 2);
	assert_int_equal(overdue.oldest, noon + 1000);
	tick(b);
	assert_int_equal(engine_overdue(b->engine, &overdue), ERR_OK);
	assert_int_equal(overdue.n, 0);
}

/* The process would end, begin again and meet the same deadline, for ever. */
static void test_a_bad_deadline_harms_no_other(void **state)
{
	struct bench *b = *state;
	struct odd_happened e;

	act(b, ODD_BOMB, 1, noon + 1000);
	act(b, ODD_PAIR, 2, noon + 2000);
	tick(b);
	assert_int_equal(deadlines_left(b), 0);
	assert_int_equal(b->engine->journal.seq, 4);
	assert_false(event_at(b, 3, &e)); /* deadline_passed */
	assert_true(event_at(b, 4, &e));
	assert_int_equal(e.what, ODD_PAIR_DONE);
}

/* A flipped bit in a row of one of the two trees of deadlines: that one waits, others do not. */
static void break_deadline(struct bench *b, unsigned tree)
{
	struct scan scan;
	struct txn *txn;

	assert_int_equal(store_begin(b->store, STORE_WRITE, &b->arena, &txn), ERR_OK);
	scan_begin(&scan, txn, tree, SCAN_UP, BYTES_NONE, BYTES_NONE);
	assert_true(scan_next(&scan));
	uint8_t *value = arena_copy(&b->arena, scan.value.p, scan.value.n);
	value[3] ^= 4;
	store_put(txn, tree, scan.key, bytes_of(value, scan.value.n));
	scan_end(&scan);
	assert_int_equal(store_commit(txn), ERR_OK);
}

static void check_broken_deadline(struct bench *b, unsigned tree)
{
	struct corrupt corrupt;

	act(b, ODD_PAIR, 1, noon + 1000);
	break_deadline(b, tree);
	act(b, ODD_TWINS, 2, noon + 2000);
	uint64_t head = b->engine->journal.seq;
	tick(b);
	assert_true(b->engine->journal.seq >= head + 2); /* the twins, at least */
	engine_corrupt(b->engine, &corrupt);
	assert_true(corrupt.met > 0);
}

static void test_a_broken_deadline_waits(void **state)
{
	check_broken_deadline(*state, CORE_DEADLINES);
}

static void test_a_deadline_whose_row_is_broken_waits(void **state)
{
	check_broken_deadline(*state, CORE_DEADLINE_OF);
}

/* ---- answers --------------------------------------------------------------------------------- */

/* Behind one that is to be asked again nothing of its line is done, be the turn done at once or one
 * by one. */
static void test_a_line_keeps_its_order(void **state)
{
	static const struct {
		uint64_t line;
		enum odd_what what;
		enum err want;
	} rows[] = {{7, ODD_PLAIN, ERR_OK}, {7, ODD_BUSY, ERR_BUSY}, {8, ODD_PLAIN, ERR_OK},
		{7, ODD_PLAIN, ERR_BUSY}, {0, ODD_PLAIN, ERR_OK}, {7, ODD_PLAIN, ERR_BUSY},
		{9, ODD_WORDY, ERR_BUG}, {9, ODD_PLAIN, ERR_OK}};
	enum { N = sizeof(rows) / sizeof(rows[0]) };
	struct bench *b = *state;
	struct request requests[N];
	struct answer answers[N];

	for (size_t n = N - 2; n <= N; n += 2) { /* the last two break the transaction */
		for (size_t i = 0; i < n; i++) {
			requests[i] = request_of(
				b, &(struct odd_do){.what = rows[i].what, .entity = {{1}}});
			requests[i].line = rows[i].line;
		}
		struct turn turn = {requests, answers, n, NULL, 0};
		assert_int_equal(engine_turn(b->engine, &turn), ERR_OK);
		for (size_t i = 0; i < n; i++)
			assert_int_equal(answers[i].status, rows[i].want);
	}
}

static void test_an_answer_too_long_to_keep_is_refused(void **state)
{
	struct bench *b = *state;
	const struct odd_do fits = {.what = ODD_PLAIN, .entity = {{1}}, .reply_bytes = 61000};
	const struct odd_do too_long = {.what = ODD_PLAIN, .entity = {{1}}, .reply_bytes = 62000};
	struct request request = request_of(b, &fits);

	assert_int_equal(ask(b, &request), ERR_OK);
	assert_int_equal(ask(b, &request), ERR_OK);
	assert_true(b->answer.replayed);
	request = request_of(b, &too_long);
	assert_int_equal(ask(b, &request), ERR_LIMIT);
	assert_int_equal(ask(b, &request), ERR_LIMIT);
	assert_int_equal(b->answer.body.n, 0);
	assert_int_equal(b->engine->journal.seq, 1);
}

/* Its followers could not take it, and sealed its length does not show. */
static void test_a_personal_text_that_is_too_long_is_a_bug(void **state)
{
	struct bench *b = *state;
	const struct odd_do wordy = {.what = ODD_WORDY, .entity = {{1}}};
	const struct request request = request_of(b, &wordy);

	assert_int_equal(ask(b, &request), ERR_BUG);
	assert_int_equal(b->engine->journal.seq, 0);
}

/* ---- batches --------------------------------------------------------------------------------- */

static struct batch_item make_item(struct bench *b, uint64_t seq, enum odd_what what)
{
	struct odd_happened e = {.what = what};
	struct record record = {.seq = (int64_t)seq,
		.epoch = 1,
		.type = text_of("odd_happened"),
		.entity = {{1, (uint8_t)seq}},
		.time = b->now,
		.audience = 2};
	struct buffer fields, out;

	buffer_init(&fields, 4096);
	buffer_init(&out, 4096);
	schema_encode(schema_odd_happened(), &e, &fields);
	record.fields = text_of_bytes(buffer_bytes(&fields));
	schema_encode(schema_record(), &record, &out);
	struct bytes bytes = bytes_copy(&b->arena, buffer_bytes(&out));
	buffer_done(&fields);
	buffer_done(&out);
	return (struct batch_item){.seq = seq, .record = bytes};
}

/* The process would end, follow again and meet the same record, for ever. */
static void test_a_record_whose_reaction_cannot_be_written_is_set_aside(void **state)
{
	struct bench *b = *state;
	struct batch_item items[3] = {make_item(b, 1, ODD_PLAIN), make_item(b, 2, ODD_POISON),
		make_item(b, 3, ODD_PLAIN)};
	struct batch batch = {.epoch = 1, .first = 1, .last = 3, .items = items, .n = 3};
	struct cursor_row cursor = take(b, &batch, 1);

	assert_int_equal(batch.result, ERR_OK);
	assert_int_equal(cursor.through, 3);
	assert_int_equal(cursor.applied, 2);
	assert_int_equal(cursor.quarantined, 1);
}

/* A stretch that holds nothing for us is covered also when the turn has to be redone. */
static void test_a_redo_covers_empty_stretches(void **state)
{
	struct bench *b = *state;
	struct batch_item items[1] = {make_item(b, 1, ODD_POISON)};
	struct batch batches[2] = {
		{.epoch = 1, .first = 1, .last = 3, .items = items, .n = 1},
		{.epoch = 1, .first = 4, .last = 9, .hash_last = {7}},
	};
	struct cursor_row cursor = take(b, batches, 2);

	assert_int_equal(batches[1].result, ERR_OK);
	assert_int_equal(cursor.through, 9);
	assert_int_equal(cursor.hash.n, HASH_BYTES);
}

/* A full disk refuses for now; the node lives on and takes the records later. */
static void test_a_full_store_leaves_batches_for_later(void **state)
{
	struct bench *b = *state;
	struct batch_item items[1] = {make_item(b, 1, ODD_PLAIN)};
	struct batch batch = {.epoch = 1, .first = 1, .last = 1, .items = items, .n = 1};

	store_refuse_writes(b->store, 0, ERR_FULL);
	assert_int_equal(take(b, &batch, 1).through, 0);
	assert_int_equal(batch.result, ERR_FULL);
	store_refuse_writes(b->store, 0, ERR_OK);
	assert_int_equal(take(b, &batch, 1).through, 1);
	assert_int_equal(batch.result, ERR_OK);
}

/* However much is taken in one turn, no record is set aside for want of room. */
static void test_a_large_turn_sets_nothing_aside(void **state)
{
	enum { EACH = 4096, BATCHES = 64 };
	struct bench *b = *state;
	struct batch *batches = calloc(BATCHES, sizeof(*batches));
	struct batch_item *items = calloc((size_t)EACH * BATCHES, sizeof(*items));

	for (uint64_t i = 0; i < (uint64_t)EACH * BATCHES; i++) {
		items[i] = make_item(b, i + 1, ODD_PLAIN);
		assert_non_null(items[i].record.p);
	}
	for (uint64_t i = 0; i < BATCHES; i++)
		batches[i] = (struct batch){.epoch = 1,
			.first = i * EACH + 1,
			.last = (i + 1) * EACH,
			.items = items + i * EACH,
			.n = EACH};
	struct cursor_row cursor = take(b, batches, BATCHES);
	assert_int_equal(cursor.quarantined, 0);
	assert_int_equal(cursor.applied, (int64_t)EACH * BATCHES);
	free(items);
	free(batches);
}

int main(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)
	const struct CMUnitTest tests[] = {
		TEST(test_a_deadline_that_was_cleared_does_not_fire),
		TEST(test_deadlines_of_one_moment_make_different_ids),
		TEST(test_what_is_past_and_not_decided_on_is_counted),
		TEST(test_a_bad_deadline_harms_no_other),
		TEST(test_a_line_keeps_its_order),
		TEST(test_an_answer_too_long_to_keep_is_refused),
		TEST(test_a_personal_text_that_is_too_long_is_a_bug),
		TEST(test_a_record_whose_reaction_cannot_be_written_is_set_aside),
		TEST(test_a_redo_covers_empty_stretches),
		TEST(test_a_full_store_leaves_batches_for_later),
		TEST(test_a_large_turn_sets_nothing_aside),
		TEST(test_a_broken_deadline_waits),
		TEST(test_a_deadline_whose_row_is_broken_waits),
	};

	return cmocka_run_group_tests_name("odd", tests, NULL, NULL);
}
