/* What cannot be applied: set aside by entity, listed, retried, dropped, erased. Runs on the memory
 * store. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "tests/sim/mend_order.h"
#include "tests/sim/odd_quarantine.h"

static struct batch_item make_erasure(struct bench *b, uint64_t seq, uint8_t person)
{
	const struct person_erased e = {{{person}}, text_of("Ida"), 0};
	struct record record = {.type = text_of("person_erased"), .entity = {{99}}};
	struct buffer fields;

	buffer_init(&fields, 4096);
	schema_encode(schema_person_erased(), &e, &fields);
	struct batch_item made = encode_item(b, seq, &record, buffer_bytes(&fields));
	buffer_done(&fields);
	return made;
}

struct retried {
	int64_t applied, left, stopped_at;
	struct text why;
};

static struct retried retried_of(struct bench *b, const struct queue_mended *reply, uint8_t entity)
{
	struct retried ret = {.applied = reply->done};
	struct quarantine_page page = list(b, 0, 0);

	ret.stopped_at = first_refused(reply, &ret.why);
	for (size_t i = 0; i < page.records.n; i++)
		ret.left += page.records.at[i].entity.b[0] == entity;
	return ret;
}

static struct retried retry(struct bench *b, uint8_t entity)
{
	struct mend_order order;
	struct queue_mended reply;

	assert_int_equal(
		ask(b, schema_mend_queue(),
			order_entity(&order, mend_verb_retry, "beta", (struct uuid){{entity}}),
			&reply),
		ERR_OK);
	return retried_of(b, &reply, entity);
}

static struct queue_mended mend(struct bench *b, enum mend_verb verb, uint64_t seq)
{
	struct mend_order order;
	struct queue_mended reply;

	assert_int_equal(
		ask(b, schema_mend_queue(), order_item(&order, verb, "beta", seq), &reply), ERR_OK);
	assert_int_equal(reply.done + reply.refused, 1);
	return reply;
}

static bool drop(struct bench *b, uint64_t seq)
{
	return mend(b, mend_verb_drop, seq).done == 1;
}

static void read_row(struct bench *b, uint64_t seq, struct quarantine_row *ret)
{
	struct key key = engine_aside_key(&b->engine->owners[0], seq);
	struct txn *txn;

	assert_int_equal(store_begin(b->store, STORE_READ, &b->arena, &txn), ERR_OK);
	assert_true(row_get(txn, CORE_QUARANTINE, &key, schema_quarantine_row(), &b->arena, ret));
	store_abort(txn);
}

static uint32_t slot_of(struct bench *b, uint64_t seq)
{
	struct quarantine_row row;

	read_row(b, seq, &row);
	return get_u32((const uint8_t *)row.record.p);
}

static bool content_has(struct bench *b, uint64_t seq, const char *words)
{
	struct taking t = {.engine = b->engine, .owner = &b->engine->owners[0]};
	struct quarantine_row row;

	read_row(b, seq, &row);
	assert_int_equal(store_begin(b->store, STORE_READ, &b->arena, &t.txn), ERR_OK);
	struct bytes content = engine_open_aside(&t, seq, &row);
	store_abort(t.txn);
	return content.p && memmem(content.p, content.n, words, strlen(words));
}

/* ---- of a later version -----------------------------------------------------------------------
 */

static struct batch_item make_other(struct bench *b, uint64_t seq, const char *type)
{
	struct record record = {.type = text_of(type), .entity = {{1}}};

	return encode_item(b, seq, &record, bytes_of("\x80", 1));
}

static void test_what_a_later_version_says_is_parked(void **state)
{
	struct bench *b = *state;
	const struct item after = {3, 1, ODD_PLAIN, NULL}, foreign = {4, 2, ODD_PLAIN, NULL};
	const struct batch_item items[] = {make_other(b, 1, "idle"), make_other(b, 2, "later"),
		make_item(b, &after), make_item(b, &foreign)};
	struct cursor_row cursor = take_items(b, items, 4);

	check_cursor(&cursor, 2, 2, 0);
	struct quarantine_page page = list(b, 0, 0);
	assert_true(text_is(page.records.at[0].type, "later"));
	assert_non_null(strstr(page.records.at[0].why.p, "not known to this version"));
	assert_int_equal(page.records.at[1].waits_behind, 2);
	struct retried retried = retry(b, 1);
	assert_int_equal(retried.applied, 0);
	assert_int_equal(retried.stopped_at, 2);
	odd_later = true;
	retried = retry(b, 1);
	odd_later = false;
	assert_int_equal(retried.applied, 2);
	assert_int_equal(retried.left, 0);
}

/* ---- by entity ------------------------------------------------------------------------------- */

static void test_what_comes_behind_waits_and_others_flow_on(void **state)
{
	struct bench *b = *state;
	const struct item items[] = {{1, 1, ODD_PLAIN, NULL}, {2, 1, BROKEN, NULL},
		{3, 2, ODD_PLAIN, NULL}, {4, 1, ODD_PLAIN, NULL}, {5, 2, ODD_PLAIN, NULL}};
	struct cursor_row cursor = take_all(b, items, 5);

	check_cursor(&cursor, 3, 2, 0);
	struct quarantine_page page = list(b, 0, 0);
	assert_int_equal(page.records.n, 2);
	assert_int_equal(page.records.at[0].seq, 2);
	assert_int_equal(page.records.at[0].waits_behind, 0);
	assert_true(text_is(page.records.at[0].type, "odd_happened"));
	assert_int_equal(page.records.at[1].seq, 4);
	assert_int_equal(page.records.at[1].waits_behind, 2);
	assert_true(text_is(page.records.at[1].why, "waits behind 2"));
	assert_int_equal(page.records.at[1].since, noon);
	assert_true(page.records.at[0].kept && page.records.at[1].kept);
	page = list(b, 0, 1);
	assert_true(page.more && page.records.n == 1);
	page = list(b, 2, 1);
	assert_true(!page.more && page.records.n == 1 && page.records.at[0].seq == 4);
}

static void test_a_frame_that_cannot_be_read_is_set_aside_alone(void **state)
{
	struct bench *b = *state;
	struct batch_item items[2] = {{.seq = 1, .record = bytes_of("\x8c", 1)},
		make_item(b, &(struct item){2, 1, ODD_PLAIN, NULL})};
	struct cursor_row cursor = take_items(b, items, 2);

	check_cursor(&cursor, 1, 1, 0);
	struct quarantine_page page = list(b, 0, 0);
	assert_true(uuid_is_nil(page.records.at[0].entity) && page.records.at[0].type.n == 0);
	struct queue_mended reply = mend(b, mend_verb_retry, 1);
	assert_true(reply.done == 0 && reply.items.at[0].why.n > 0);
}

static void test_what_is_too_large_is_kept_without_its_content(void **state)
{
	struct bench *b = *state;
	uint8_t *large = arena_alloc(&b->arena, 70000);

	memset(large, 0xc1, 70000);
	struct batch_item items[1] = {{.seq = 1, .record = bytes_of(large, 70000)}};
	struct cursor_row cursor = take_items(b, items, 1);
	check_cursor(&cursor, 0, 1, 0);
	assert_false(list(b, 0, 0).records.at[0].kept);
	assert_true(drop(b, 1));
	engine_cursor(b->engine, 0, &cursor);
	check_cursor(&cursor, 0, 0, 1);
}

/* ---- retry ----------------------------------------------------------------------------------- */

static void cause_at(struct bench *b, uint64_t seq, int64_t cause)
{
	struct journal_entry entry;
	struct txn *txn;

	assert_int_equal(store_begin(b->store, STORE_READ, &b->arena, &txn), ERR_OK);
	assert_int_equal(journal_read(&b->engine->journal, txn, seq, &b->arena, &entry), ERR_OK);
	store_abort(txn);
	assert_true(text_is(entry.record.cause->node, "beta"));
	assert_int_equal(entry.record.cause->seq, cause);
}

static void test_a_retry_applies_in_order_with_reactions_once(void **state)
{
	struct bench *b = *state;
	const struct item items[] = {{1, 1, ODD_POISON, NULL}, {2, 1, ODD_PLAIN, NULL},
		{3, 1, ODD_POISON, NULL}, {4, 2, ODD_PLAIN, NULL}};
	struct request request = {.peer = PEER_OPERATOR, .key = uuid_make(b->now, &b->random)};
	struct mend_order order;
	const struct mend_queue *c =
		order_entity(&order, mend_verb_retry, "beta", (struct uuid){{1}});
	struct queue_mended mended;
	struct cursor_row cursor = take_all(b, items, 4);

	check_cursor(&cursor, 1, 3, 0);
	uint32_t slot = slot_of(b, 2);
	struct retried reply = retry(b, 1);
	assert_true(reply.applied == 0 && reply.left == 3 && reply.stopped_at == 1);
	assert_true(text_is(reply.why, "applying it failed"));
	b->settings.cured = true;
	assert_int_equal(ask_with(b, &request, schema_mend_queue(), c, &mended), ERR_OK);
	reply = retried_of(b, &mended, 1);
	assert_true(reply.applied == 3 && reply.left == 0 && reply.stopped_at == 0);
	assert_int_equal(b->engine->journal.seq, 3); /* two reactions, items_mended */
	cause_at(b, 1, 1);
	cause_at(b, 2, 3);
	engine_cursor(b->engine, 0, &cursor);
	check_cursor(&cursor, 4, 0, 0);
	assert_int_equal(cursor.through, 4);
	assert_true(keyring_destroyed(b->keyring, slot));
	assert_int_equal(ask_with(b, &request, schema_mend_queue(), c, &mended), ERR_OK);
	assert_true(b->answer.replayed && mended.done == 3);
	assert_int_equal(retry(b, 1).applied, 0);
	assert_int_equal(b->engine->journal.seq, 3);
}

static void test_a_retry_keeps_what_went_well_before_it_stopped(void **state)
{
	struct bench *b = *state;
	const struct item items[] = {{1, 1, BROKEN, NULL}, {2, 1, ODD_PLAIN, NULL},
		{3, 1, ODD_POISON, NULL}, {4, 1, ODD_PLAIN, NULL}};
	struct cursor_row cursor;

	take_all(b, items, 4);
	struct queue_mended dropped = mend(b, mend_verb_drop, 1);
	assert_true(text_is(dropped.items.at[0].why, "3 more about the same entity: retry them"));
	struct retried reply = retry(b, 1);
	assert_true(reply.applied == 1 && reply.left == 2 && reply.stopped_at == 3);
	engine_cursor(b->engine, 0, &cursor);
	check_cursor(&cursor, 1, 2, 1);
	assert_true(text_is(list(b, 0, 0).records.at[0].why, "applying it failed"));
}

/* How far the owner is known is not how old the retried record is. */
static void test_a_retry_does_not_turn_back_the_clock(void **state)
{
	struct bench *b = *state;
	const struct item items[] = {{1, 1, ODD_POISON, NULL}, {2, 2, ODD_PLAIN, NULL}};
	struct cursor_row cursor;

	take_all(b, items, 1);
	b->now += MS_PER_DAY;
	take_all(b, items + 1, 1);
	b->settings.cured = true;
	assert_int_equal(retry(b, 1).applied, 1);
	engine_cursor(b->engine, 0, &cursor);
	assert_int_equal(cursor.time, noon + MS_PER_DAY);
}

/* What had been reacted to before it was followed anew is not reacted to out of quarantine; what
 * never was, is. */
static void test_following_anew_forgets_no_reaction_that_is_due(void **state)
{
	struct bench *b = *state;
	const struct item items[] = {{1, 1, ODD_POISON, NULL}, {2, 2, ODD_PLAIN, NULL}};
	const struct item again[] = {{1, 1, BROKEN, NULL}, {2, 2, ODD_PLAIN, NULL}};
	struct cursor_row cursor;

	take_all(b, items, 2);
	b->settings.cured = true;
	uint32_t slot = slot_of(b, 1);
	for (int times = 0; times < 2; times++) {
		assert_int_equal(engine_forget_replica(b->engine, 0), ERR_OK);
		cursor = take_all(b, items, 2);
		check_cursor(&cursor, 2, 0, 0);
		assert_int_equal(b->engine->journal.seq, 1);
	}
	assert_true(keyring_destroyed(b->keyring, slot));
	assert_int_equal(engine_forget_replica(b->engine, 0), ERR_OK);
	cursor = take_all(b, again, 2);
	check_cursor(&cursor, 1, 1, 0);
	assert_int_equal(engine_forget_replica(b->engine, 0), ERR_OK);
	cursor = take_all(b, items, 2);
	check_cursor(&cursor, 2, 0, 0);
	assert_int_equal(b->engine->journal.seq, 1);
}

/* ---- drop ------------------------------------------------------------------------------------ */

static void test_what_was_dropped_is_known_and_stays_dropped(void **state)
{
	struct bench *b = *state;
	const struct item items[] = {{1, 1, ODD_POISON, NULL}, {2, 2, ODD_PLAIN, NULL}};
	struct record_dropped dropped;
	struct stored_event event;
	struct journal_entry entry;
	struct cursor_row cursor;
	struct txn *txn;

	take_all(b, items, 2);
	assert_false(drop(b, 2)); /* it was applied */
	assert_true(drop(b, 1));
	assert_int_equal(store_begin(b->store, STORE_READ, &b->arena, &txn), ERR_OK);
	assert_int_equal(journal_read(&b->engine->journal, txn, 1, &b->arena, &entry), ERR_OK);
	assert_int_equal(store_count(txn, CORE_QUARANTINE) + store_count(txn, CORE_ENTITIES) +
				 store_count(txn, CORE_UNREACTED),
		0);
	store_abort(txn);
	assert_int_equal(engine_decode_event(b->engine, &entry.record, &b->arena, &event), ERR_OK);
	assert_ptr_equal(event.schema, schema_record_dropped());
	memcpy(&dropped, event.fields, sizeof(dropped));
	assert_true(text_is(dropped.owner, "beta") && dropped.seq == 1);
	assert_true(text_is(dropped.type, "odd_happened") && dropped.about.b[0] == 1);
	assert_true(text_is(dropped.why, "applying it failed"));
	assert_true(text_is(dropped.reason, "cannot be mended") && text_is(dropped.by, "Ida"));
	assert_true(text_is(entry.record.actor->id, "ann"));
	b->settings.cured = true;
	for (int times = 0; times < 2; times++) {
		assert_int_equal(engine_forget_replica(b->engine, 0), ERR_OK);
		cursor = take_all(b, items, 2);
		check_cursor(&cursor, 1, 0, 1);
		assert_int_equal(b->engine->journal.seq, 2);
		assert_int_equal(engine_rebuild_own(b->engine), ERR_OK);
	}
}

static void test_only_operators_touch_the_quarantine(void **state)
{
	struct bench *b = *state;
	const struct item items[] = {{1, 1, BROKEN, NULL}};
	struct mend_order order, strange;
	const struct mend_queue *c = order_item(&order, mend_verb_retry, "beta", 1);
	const struct mend_queue *stranger = order_item(&strange, mend_verb_retry, "gamma", 1);
	struct mend_queue both = *c;
	const struct list_quarantine query = {.limit = 1};
	struct request request = {.peer = 2, .key = uuid_make(b->now, &b->random)};

	both.filter = &order.filter;
	take_all(b, items, 1);
	assert_int_equal(ask_with(b, &request, schema_mend_queue(), c, NULL), ERR_DENIED);
	assert_int_equal(ask_with(b, &request, schema_list_quarantine(), &query, NULL), ERR_DENIED);
	assert_int_equal(ask(b, schema_mend_queue(), &both, NULL), ERR_INVALID);
	assert_int_equal(ask(b, schema_mend_queue(), stranger, NULL), ERR_NOT_FOUND);
	request = (struct request){.peer = PEER_OPERATOR,
		.historical = true,
		.key = uuid_make(b->now, &b->random),
		.occurred_at = b->now};
	assert_int_equal(ask_with(b, &request, schema_mend_queue(), c, NULL), ERR_INVALID);
	assert_string_equal(b->answer.reason.field, "historical");
}

/* ---- personal data --------------------------------------------------------------------------- */

static void test_an_erasure_reaches_what_is_in_quarantine(void **state)
{
	struct bench *b = *state;
	struct batch_item items[5] = {make_item(b, &(struct item){1, 1, ODD_POISON, "sick mum"}),
		make_item(b, &(struct item){2, 2, BROKEN, "sick dad"}),
		make_item(b, &(struct item){3, 3, ODD_POISON, "other"}),
		{.seq = 4, .record = bytes_of("\x8c sick mum", 10)},
		make_item(b, &(struct item){5, 1, ODD_PLAIN, "sick kid"})};
	struct batch_item erasures[2] = {make_erasure(b, 6, 1), make_erasure(b, 7, 2)};
	uint32_t slots[5];

	take_items(b, items, 5);
	for (uint64_t seq = 1; seq <= 5; seq++)
		slots[seq - 1] = slot_of(b, seq);
	assert_true(content_has(b, 1, "sick mum") && content_has(b, 5, "sick kid"));
	take_items(b, erasures, 1);
	for (uint64_t seq = 1; seq <= 5; seq++)
		assert_int_equal(keyring_destroyed(b->keyring, slots[seq - 1]),
			seq == 1 || seq == 4 || seq == 5);
	assert_true(content_has(b, 1, "odd_happened") && !content_has(b, 1, "sick"));
	assert_true(content_has(b, 5, "odd_happened") && !content_has(b, 5, "sick"));
	assert_true(content_has(b, 3, "other") && content_has(b, 2, "sick dad"));
	struct quarantine_page page = list(b, 0, 0);
	assert_true(page.records.at[0].kept && page.records.at[2].kept);
	assert_false(page.records.at[3].kept); /* whose it is cannot be known */
	take_items(b, erasures + 1, 1);
	assert_true(keyring_destroyed(b->keyring, slots[1])); /* nor what of it is whose */
	struct retried reply = retry(b, 2);
	assert_true(reply.applied == 0 && reply.stopped_at == 2);
	assert_true(text_is(reply.why, "its content was destroyed with a person's data"));
	b->settings.cured = true;
	assert_int_equal(retry(b, 1).applied, 2);
}

/* An erasure must not wait for an operator. */
static void test_an_erasure_in_quarantine_is_heeded_at_once(void **state)
{
	struct bench *b = *state;
	struct batch_item items[3] = {make_item(b, &(struct item){1, 99, BROKEN, NULL}),
		make_item(b, &(struct item){2, 1, ODD_POISON, "sick mum"}), make_erasure(b, 3, 1)};
	uint32_t slot_of_first = (uint32_t)b->engine->next_slot;
	struct cursor_row cursor = take_items(b, items, 3);

	check_cursor(&cursor, 0, 3, 0);
	assert_false(content_has(b, 2, "sick mum"));
	assert_true(content_has(b, 2, "odd_happened"));
	b->settings.cured = true;
	assert_true(drop(b, 1));
	assert_int_equal(retry(b, 1).applied, 1);
	assert_int_equal(retry(b, 99).applied, 1);
	for (uint32_t slot = slot_of_first; slot < b->engine->next_slot; slot++)
		assert_true(
			slot == b->engine->requests_slot || keyring_destroyed(b->keyring, slot));
}

static int64_t person_slot(struct bench *b, uint8_t person)
{
	struct person_row row = {-1};
	struct key key = {0};
	struct txn *txn;

	key_add_text(&key, "beta", 4);
	key_add_uuid(&key, (struct uuid){{person}});
	assert_int_equal(store_begin(b->store, STORE_READ, &b->arena, &txn), ERR_OK);
	assert_true(row_get(txn, CORE_PERSONS, &key, schema_person_row(), &b->arena, &row));
	store_abort(txn);
	return row.slot;
}

/* A word of erasure is not dropped; one of which nothing could be read is heeded when it comes
 * again whole. */
static void test_an_erasure_is_not_dropped(void **state)
{
	struct bench *b = *state;
	struct batch_item items[2] = {
		make_item(b, &(struct item){1, 1, ODD_PLAIN, "sick mum"}), make_erasure(b, 2, 1)};
	struct batch_item whole = items[1];
	struct record record = {.type = text_of("person_erased"), .entity = {{99}}};
	struct cursor_row cursor;

	items[1] = encode_item(b, 2, &record, bytes_of("\x81\x01\x05", 3));
	take_items(b, items, 2);
	assert_false(drop(b, 2));
	items[1].record = bytes_of("\xc1", 1);
	assert_int_equal(engine_forget_replica(b->engine, 0), ERR_OK);
	take_items(b, items, 2);
	assert_true(drop(b, 2));
	assert_true(person_slot(b, 1) > 0);
	items[1] = whole;
	assert_int_equal(engine_forget_replica(b->engine, 0), ERR_OK);
	cursor = take_items(b, items, 2);
	check_cursor(&cursor, 2, 0, 0);
	assert_int_equal(person_slot(b, 1), 0);
}

/* ---- the owner's side ------------------------------------------------------------------------ */

static void test_the_owner_shows_what_its_follower_said(void **state)
{
	struct bench *b = *state;
	const struct list_queues query = {.follower = text_of("beta")};
	struct queue_list queues;
	bool more;

	assert_int_equal(engine_tick(b->engine, &more), ERR_OK);
	engine_told_aside(b->engine, 0, 3, 1);
	for (int times = 0; times < 2; times++) {
		assert_int_equal(ask(b, schema_list_queues(), &query, &queues), ERR_OK);
		assert_int_equal(queues.queues.at[0].quarantined, 3);
		assert_int_equal(queues.queues.at[0].dropped, 1);
		assert_int_equal(engine_tick(b->engine, &more), ERR_OK);
		engine_close(b->engine);
		assert_int_equal(engine_open(&b->options, &b->engine, NULL), ERR_OK);
	}
}

int main(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)
	const struct CMUnitTest tests[] = {
		TEST(test_what_a_later_version_says_is_parked),
		TEST(test_what_comes_behind_waits_and_others_flow_on),
		TEST(test_a_frame_that_cannot_be_read_is_set_aside_alone),
		TEST(test_what_is_too_large_is_kept_without_its_content),
		TEST(test_a_retry_applies_in_order_with_reactions_once),
		TEST(test_a_retry_keeps_what_went_well_before_it_stopped),
		TEST(test_a_retry_does_not_turn_back_the_clock),
		TEST(test_following_anew_forgets_no_reaction_that_is_due),
		TEST(test_what_was_dropped_is_known_and_stays_dropped),
		TEST(test_only_operators_touch_the_quarantine),
		TEST(test_an_erasure_reaches_what_is_in_quarantine),
		TEST(test_an_erasure_in_quarantine_is_heeded_at_once),
		TEST(test_an_erasure_is_not_dropped),
		TEST(test_the_owner_shows_what_its_follower_said),
	};

	return cmocka_run_group_tests_name("quarantine", tests, NULL, NULL);
}
