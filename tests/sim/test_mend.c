/* Operators look into queues, mend them and let them stand still for a while. Runs on the memory
 * store. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "common/clock.h"
#include "tests/sim/mend_order.h"
#include "tests/sim/odd_quarantine.h"

static struct queue_items peek(struct bench *b, const char *queue, struct queue_filter *filter)
{
	const struct peek_queue query = {
		.queue = text_of(queue), .filter = filter, .fields = true, .limit = 100};
	struct queue_items items;

	assert_int_equal(ask(b, schema_peek_queue(), &query, &items), ERR_OK);
	return items;
}

static struct queue_mended mend(struct bench *b, const struct mend_queue *order)
{
	struct queue_mended reply;

	assert_int_equal(ask(b, schema_mend_queue(), order, &reply), ERR_OK);
	return reply;
}

static struct queue_mended mend_one(struct bench *b, enum mend_verb verb, uint64_t seq)
{
	struct mend_order order;

	return mend(b, order_item(&order, verb, "beta", seq));
}

static struct queue_mended mend_all(struct bench *b, enum mend_verb verb)
{
	struct mend_order order;

	order_of(&order, verb, "beta")->c.filter = &order.filter;
	return mend(b, &order.c);
}

static struct cursor_row cursor_of(struct bench *b)
{
	struct cursor_row row;

	engine_cursor(b->engine, 0, &row);
	return row;
}

static void reopen(struct bench *b)
{
	engine_close(b->engine);
	assert_int_equal(engine_open(&b->options, &b->engine, NULL), ERR_OK);
}

/* How the board shows that queue. */
static struct queue_row shown(struct bench *b, const char *queue)
{
	const struct show_queues query = {.queue = text_of(queue)};
	struct queue_board board;

	assert_int_equal(ask(b, schema_show_queues(), &query, &board), ERR_OK);
	assert_int_equal(board.queues.n, 1);
	return board.queues.at[0];
}

/* Everything that is kept and may not change unseen, the audit log aside. */
static void state_of(struct bench *b, uint8_t ret[CORE_TREES * HASH_BYTES])
{
	struct txn *txn;

	assert_int_equal(store_begin(b->store, STORE_READ, &b->arena, &txn), ERR_OK);
	for (unsigned tree = 0; tree < CORE_TREES; tree++)
		if (tree != CORE_AUDIT && tree != CORE_AUDIT_OF && tree != CORE_META)
			store_digest(txn, tree, ret + tree * HASH_BYTES);
	store_abort(txn);
}

/* ---- looking --------------------------------------------------------------------------------- */

static void test_peek_shows_masked_changes_nothing_and_is_noted(void **state)
{
	struct bench *b = *state;
	const struct item items[] = {{1, 1, ODD_POISON, "sick mum"}, {2, 1, ODD_PLAIN, "sick dad"},
		{3, 2, BROKEN, "sick kid"}};
	static uint8_t before[CORE_TREES * HASH_BYTES], after[CORE_TREES * HASH_BYTES];
	const struct list_peeks query = {0};
	struct peek_page peeks;

	take_all(b, items, 3);
	state_of(b, before);
	struct queue_items page = peek(b, "quarantine/beta", NULL);
	state_of(b, after);
	assert_memory_equal(before, after, sizeof(before));
	assert_int_equal(page.items.n, 3);
	assert_true(
		text_is(page.items.at[0].item, "1") && text_is(page.items.at[0].state, "waiting"));
	assert_true(
		text_is(page.items.at[1].item, "2") && text_is(page.items.at[1].state, "behind"));
	assert_true(text_is(page.items.at[1].why, "waits behind 1"));
	for (size_t i = 0; i < 2; i++) {
		struct text fields = page.items.at[i].fields;
		assert_non_null(memmem(fields.p, fields.n, "***", 3));
		assert_null(memmem(fields.p, fields.n, "sick", 4));
	}
	assert_int_equal(page.items.at[2].fields.n, 0); /* it cannot be read */
	assert_int_equal(page.items.at[2].since, noon);
	assert_int_equal(ask(b, schema_list_peeks(), &query, &peeks), ERR_OK);
	assert_int_equal(peeks.peeks.n, 1);
	assert_true(text_is(peeks.peeks.at[0].queue, "quarantine/beta"));
	assert_true(text_is(peeks.peeks.at[0].actor->id, "ann"));
	assert_true(text_is(peeks.peeks.at[0].client, "desk"));
	const struct verify_audit verify = {0};
	struct audit_checked checked;
	assert_int_equal(ask(b, schema_verify_audit(), &verify, &checked), ERR_OK);
	assert_true(checked.bad == 0 && checked.head == 1);
}

static void test_who_looks_says_so(void **state)
{
	struct bench *b = *state;
	const struct peek_queue query = {.queue = text_of("quarantine/beta")};
	struct request request = {
		.peer = PEER_OPERATOR, .client = text_of("desk"), .type = text_of("peek_queue")};
	struct turn turn = {&request, &b->answer, 1, NULL, 0};
	struct buffer body;

	buffer_init(&body, 4096);
	schema_encode(schema_peek_queue(), &query, &body);
	request.body = buffer_bytes(&body);
	assert_int_equal(engine_turn(b->engine, &turn), ERR_OK);
	assert_int_equal(b->answer.status, ERR_INVALID);
	assert_string_equal(b->answer.reason.field, "actor");
	buffer_done(&body);
}

static void test_pages_and_filters(void **state)
{
	struct bench *b = *state;
	const struct item items[] = {{1, 1, BROKEN, NULL}, {2, 1, ODD_PLAIN, NULL},
		{3, 2, ODD_POISON, NULL}, {4, 3, BROKEN, NULL}};
	struct peek_queue query = {.queue = text_of("quarantine/beta"), .limit = 3};
	struct queue_items page;

	take_all(b, items, 3);
	b->now += 60000;
	take_all(b, items + 3, 1);
	assert_int_equal(ask(b, schema_peek_queue(), &query, &page), ERR_OK);
	assert_true(page.items.n == 3 && text_is(page.next, "3"));
	assert_int_equal(page.items.at[0].fields.n, 0); /* not asked for */
	query.after = page.next;
	assert_int_equal(ask(b, schema_peek_queue(), &query, &page), ERR_OK);
	assert_true(page.items.n == 1 && page.next.n == 0);
	assert_true(text_is(page.items.at[0].item, "4"));
	query.after = text_of("x");
	assert_int_equal(ask(b, schema_peek_queue(), &query, &page), ERR_NOT_FOUND);
	static const struct {
		struct queue_filter filter;
		const char *want;
	} rows[] = {{{.older_ms = 60000}, "1 2 3 "}, {{.entity = {{1}}}, "1 2 "},
		{{.why = {"applying it failed", 18, false}}, "3 "},
		{{.type = {"odd_happened", 12, false}, .state = {"waiting", 7, false}}, "1 3 4 "},
		{{.type = {"odd", 3, false}}, ""}};
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		struct queue_filter filter = rows[i].filter;
		char got[64] = "";
		page = peek(b, "quarantine/beta", &filter);
		for (size_t k = 0; k < page.items.n; k++)
			snprintf(got + strlen(got), sizeof(got) - strlen(got), "%.*s ",
				(int)page.items.at[k].item.n, page.items.at[k].item.p);
		assert_string_equal(got, rows[i].want);
	}
}

static enum err do_odd(struct bench *b, uint8_t entity)
{
	const struct odd_do c = {.what = ODD_PLAIN, .entity = {{entity}}};
	struct request request = {.client = text_of("desk"),
		.peer = 1,
		.key = uuid_make(b->now, &b->random),
		.type = text_of("odd_do"),
		.actor = {.role = text_of("client")}};
	struct turn turn = {&request, &b->answer, 1, NULL, 0};
	struct buffer body;

	buffer_init(&body, 4096);
	schema_encode(schema_odd_do(), &c, &body);
	request.body = buffer_bytes(&body);
	assert_int_equal(engine_turn(b->engine, &turn), ERR_OK);
	buffer_done(&body);
	return b->answer.status;
}

static void test_a_link_can_be_looked_into_and_not_mended(void **state)
{
	struct bench *b = *state;
	struct mend_order order;

	order_item(&order, mend_verb_drop, "beta", 1);
	order.c.queue = text_of("link/beta");
	assert_int_equal(do_odd(b, 1), ERR_OK);
	assert_int_equal(do_odd(b, 2), ERR_OK);
	struct queue_items page = peek(b, "link/beta", NULL);
	assert_int_equal(page.items.n, 2);
	assert_true(text_is(page.items.at[1].item, "2") && page.items.at[1].fields.n > 0);
	engine_delivered(b->engine, 0, &(struct delivered){1, 1, 1, 0});
	page = peek(b, "link/beta", NULL);
	assert_true(page.items.n == 1 && text_is(page.items.at[0].item, "2"));
	assert_int_equal(ask(b, schema_mend_queue(), &order.c, NULL), ERR_CONFLICT);
}

/* ---- mending --------------------------------------------------------------------------------- */

static void test_what_is_buried_is_not_tried_until_it_is_kicked(void **state)
{
	struct bench *b = *state;
	const struct item items[] = {{1, 1, ODD_POISON, NULL}, {2, 1, ODD_PLAIN, NULL},
		{3, 2, ODD_POISON, NULL}, {4, 1, ODD_PLAIN, NULL}};

	take_all(b, items, 3);
	assert_int_equal(mend_one(b, mend_verb_bury, 1).done, 1);
	assert_true(text_is(mend_one(b, mend_verb_bury, 1).items.at[0].why, "is buried already"));
	assert_true(text_is(mend_one(b, mend_verb_kick, 2).items.at[0].why, "is not buried"));
	assert_true(cursor_of(b).buried == 1 && cursor_of(b).quarantined == 3);
	assert_int_equal(shown(b, "quarantine/beta").depth, 2);
	take_all(b, items + 3, 1);
	b->settings.cured = true;
	reopen(b);
	struct queue_mended reply = mend_all(b, mend_verb_retry); /* 2, 3, 4 are meant */
	assert_true(reply.done == 1 && text_is(reply.items.at[1].item, "3"));
	assert_true(reply.refused == 2);
	assert_true(text_is(reply.items.at[0].item, "1"));
	assert_true(text_is(reply.items.at[0].why, "is buried: kick it first"));
	assert_true(text_is(reply.items.at[2].why, "waits behind 1"));
	assert_true(cursor_of(b).buried == 1 && cursor_of(b).quarantined == 3);
	assert_true(list(b, 0, 0).records.at[0].buried);
	reply = mend_all(b, mend_verb_kick);
	assert_true(reply.done == 1 && reply.refused == 0);
	assert_int_equal(mend_all(b, mend_verb_retry).done, 3);
	assert_true(cursor_of(b).buried == 0 && cursor_of(b).quarantined == 0);
	assert_int_equal(cursor_of(b).applied, 4);
}

static void test_what_is_buried_can_be_dropped(void **state)
{
	struct bench *b = *state;
	const struct item items[] = {{1, 1, BROKEN, NULL}, {2, 2, BROKEN, NULL}};
	struct mend_order order;

	take_all(b, items, 2);
	assert_int_equal(mend_one(b, mend_verb_bury, 1).done, 1);
	order_of(&order, mend_verb_drop, "beta")->c.filter = &order.filter;
	order.filter.state = text_of("buried");
	struct queue_mended reply = mend(b, &order.c);
	assert_true(reply.done == 1 && text_is(reply.items.at[0].item, "1"));
	assert_true(cursor_of(b).buried == 0 && cursor_of(b).quarantined == 1);
	assert_int_equal(cursor_of(b).dropped, 1);
	assert_int_equal(engine_forget_replica(b->engine, 0), ERR_OK);
	assert_int_equal(cursor_of(b).buried, 0);
}

static void test_a_dry_run_writes_nothing_and_is_exact(void **state)
{
	struct bench *b = *state;
	const struct item items[] = {{1, 1, ODD_POISON, "sick mum"}, {2, 1, ODD_PLAIN, NULL},
		{3, 2, BROKEN, NULL}, {4, 3, ODD_POISON, NULL}};
	static const enum mend_verb verbs[] = {
		mend_verb_bury, mend_verb_kick, mend_verb_retry, mend_verb_drop};
	static uint8_t before[CORE_TREES * HASH_BYTES], after[CORE_TREES * HASH_BYTES];

	take_all(b, items, 4);
	for (size_t i = 0; i < sizeof(verbs) / sizeof(verbs[0]); i++) {
		struct mend_order order;
		b->settings.cured = verbs[i] == mend_verb_retry;
		order_of(&order, verbs[i], "beta")->c.filter = &order.filter;
		order.c.dry_run = true;
		uint64_t seq = b->engine->journal.seq, slot = b->engine->next_slot;
		struct cursor_row cursor = cursor_of(b);
		state_of(b, before);
		struct queue_mended would = mend(b, &order.c);
		state_of(b, after);
		assert_memory_equal(before, after, sizeof(before));
		assert_true(would.dry_run && b->engine->journal.seq == seq);
		assert_int_equal(b->engine->next_slot, slot);
		assert_int_equal(cursor_of(b).quarantined, cursor.quarantined);
		assert_int_equal(cursor_of(b).buried, cursor.buried);
		order.c.dry_run = false;
		struct queue_mended did = mend(b, &order.c);
		assert_true(did.done > 0 && b->engine->journal.seq > seq);
		assert_true(did.done == would.done && did.refused == would.refused);
		assert_int_equal(did.items.n, would.items.n);
		for (size_t k = 0; k < did.items.n; k++) {
			assert_true(text_equal(did.items.at[k].item, would.items.at[k].item));
			assert_true(text_equal(did.items.at[k].why, would.items.at[k].why));
			assert_int_equal(did.items.at[k].done, would.items.at[k].done);
		}
	}
}

/* Two records whose reactions cannot be written break the transaction, each for itself. */
static void test_what_breaks_the_transaction_is_passed_by(void **state)
{
	struct bench *b = *state;
	const struct item items[] = {{1, 1, ODD_POISON, NULL}, {2, 2, ODD_POISON, NULL},
		{3, 3, BROKEN, NULL}, {4, 3, ODD_PLAIN, NULL}};

	take_all(b, items, 4);
	assert_int_equal(mend_one(b, mend_verb_drop, 3).done, 1);
	struct queue_mended reply = mend_all(b, mend_verb_retry);
	assert_true(reply.done == 1 && reply.refused == 2);
	assert_int_equal(cursor_of(b).quarantined, 2);
}

static void test_so_many_at_a_time(void **state)
{
	struct bench *b = *state;
	struct mend_order order;

	for (uint64_t seq = 1; seq <= 1100; seq++)
		take_all(b, &(struct item){seq, (uint8_t)seq, BROKEN, NULL}, 1);
	order_of(&order, mend_verb_bury, "beta")->c.filter = &order.filter;
	struct queue_mended reply = mend(b, &order.c);
	assert_true(reply.done == 1000 && reply.more && text_is(reply.next, "1000"));
	assert_int_equal(reply.items.n, 100);
	order.c.after = reply.next;
	reply = mend(b, &order.c);
	assert_true(reply.done == 100 && !reply.more);
	assert_int_equal(cursor_of(b).buried, 1100);
}

static void test_a_verb_says_who_and_why(void **state)
{
	struct bench *b = *state;
	const struct item items[] = {{1, 1, BROKEN, NULL}};
	struct items_mended mended;
	struct stored_event event;
	struct journal_entry entry;
	struct mend_order order;
	struct txn *txn;

	take_all(b, items, 1);
	assert_int_equal(mend_one(b, mend_verb_bury, 1).done, 1);
	assert_int_equal(store_begin(b->store, STORE_READ, &b->arena, &txn), ERR_OK);
	assert_int_equal(journal_read(&b->engine->journal, txn, 1, &b->arena, &entry), ERR_OK);
	store_abort(txn);
	assert_int_equal(engine_decode_event(b->engine, &entry.record, &b->arena, &event), ERR_OK);
	assert_ptr_equal(event.schema, schema_items_mended());
	memcpy(&mended, event.fields, sizeof(mended));
	assert_true(text_is(mended.queue, "quarantine/beta") && text_is(mended.verb, "bury"));
	assert_true(mended.done == 1 && text_is(mended.items.at[0], "1"));
	assert_true(text_is(mended.by, "Ida") && text_is(mended.reason, "cannot be mended"));
	assert_true(text_is(entry.record.actor->id, "ann"));
	order_item(&order, mend_verb_bury, "beta", 1);
	order.c.by = TEXT_NONE;
	assert_int_equal(ask(b, schema_mend_queue(), &order.c, NULL), ERR_INVALID);
	order_item(&order, mend_verb_bury, "beta", 1);
	order.c.reason = TEXT_NONE;
	assert_int_equal(ask(b, schema_mend_queue(), &order.c, NULL), ERR_INVALID);
}

/* ---- where records have come -------------------------------------------------------------------
 */

static struct delivery_line came(struct bench *b, int64_t seq)
{
	struct number_row number = {seq};
	const struct show_delivery query = {{1, &number}};
	struct delivery_list list;

	assert_int_equal(ask(b, schema_show_delivery(), &query, &list), ERR_OK);
	assert_int_equal(list.lines.n, 1);
	assert_true(text_is(list.lines.at[0].follower, "beta") && list.lines.at[0].seq == seq);
	return list.lines.at[0];
}

static void test_an_owner_remembers_when_a_record_was_acknowledged(void **state)
{
	struct bench *b = *state;
	const uint64_t many = DELIVERIES + 10;

	for (uint64_t i = 1; i <= many; i++)
		assert_int_equal(do_odd(b, (uint8_t)(i % 200 + 1)), ERR_OK);
	assert_true(came(b, 1).waits && came(b, 1).at == 0);
	b->now = noon + 70;
	engine_delivered(b->engine, 0, &(struct delivered){1, 3, 3, 0});
	for (int64_t seq = 1; seq <= 3; seq++)
		assert_true(!came(b, seq).waits && came(b, seq).at == noon + 70);
	assert_true(came(b, 4).waits);
	for (uint64_t seq = 4; seq <= many; seq++) {
		b->now++;
		engine_delivered(b->engine, 0, &(struct delivered){seq, seq, 1, 0});
	}
	assert_int_equal(came(b, (int64_t)many).at, b->now);
	assert_int_equal(came(b, (int64_t)many - 1).at, b->now - 1);
	assert_true(!came(b, 2).waits && came(b, 2).at == 0); /* that is too long ago */
}

/* ---- pausing --------------------------------------------------------------------------------- */

static enum err pause_until(struct bench *b, const char *queue, int64_t until)
{
	const struct pause_queue c = {
		text_of(queue), until, text_of("the relay moves"), text_of("Ida")};
	struct pause_line line;

	return ask(b, schema_pause_queue(), &c, &line);
}

static size_t pauses(struct bench *b)
{
	const struct list_pauses query = {.queue = TEXT_NONE};
	struct pause_list reply;

	assert_int_equal(ask(b, schema_list_pauses(), &query, &reply), ERR_OK);
	if (reply.pauses.n)
		assert_true(text_is(reply.pauses.at[0].by, "Ida"));
	return reply.pauses.n;
}

static enum err try_take(struct bench *b, uint64_t seq)
{
	struct batch_item item = make_item(b, &(struct item){seq, 1, ODD_PLAIN, NULL});
	struct batch batch = {.epoch = 1, .first = seq, .last = seq, .items = &item, .n = 1};

	take(b, &batch, 1);
	return batch.result;
}

static void test_a_pause_has_an_end_within_a_day(void **state)
{
	struct bench *b = *state;

	assert_int_equal(pause_until(b, "from/beta", noon), ERR_INVALID);
	assert_int_equal(pause_until(b, "from/beta", noon + MS_PER_DAY + 1), ERR_INVALID);
	assert_int_equal(pause_until(b, "from/gamma", noon + 1000), ERR_NOT_FOUND);
	assert_int_equal(pause_until(b, "beta", noon + 1000), ERR_NOT_FOUND);
	assert_int_equal(pause_until(b, "quarantine/beta", noon + 1000), ERR_CONFLICT);
	assert_int_equal(pauses(b), 0);
	assert_int_equal(pause_until(b, "from/beta", noon + MS_PER_DAY), ERR_OK);
	assert_int_equal(pauses(b), 1);
}

static void test_a_paused_owner_is_not_applied_and_goes_on_by_itself(void **state)
{
	struct bench *b = *state;
	bool more;

	assert_int_equal(try_take(b, 1), ERR_OK);
	assert_int_equal(pause_until(b, "from/beta", noon + 5000), ERR_OK);
	assert_int_equal(try_take(b, 2), ERR_BUSY);
	assert_true(engine_owner_paused(b->engine, 0));
	struct queue_row row = shown(b, "quarantine/beta");
	assert_int_equal(row.verdict, queue_verdict_stopped);
	assert_non_null(memmem(row.reason.p, row.reason.n, "by Ida", 6));
	reopen(b); /* it was not stopped in order: records are taken one by one now */
	assert_int_equal(try_take(b, 2), ERR_BUSY);
	b->now = noon + 4999;
	assert_int_equal(engine_tick(b->engine, &more), ERR_OK);
	assert_int_equal(try_take(b, 2), ERR_BUSY);
	assert_int_equal(cursor_of(b).through, 1);
	b->now = noon + 5000; /* by the clock, whether or not its deadline was seen to */
	assert_int_equal(try_take(b, 2), ERR_OK);
	assert_int_equal(pauses(b), 0);
	uint64_t seq = b->engine->journal.seq;
	assert_int_equal(engine_tick(b->engine, &more), ERR_OK);
	assert_int_equal(b->engine->journal.seq, seq + 1); /* queue_resumed, by nobody */
	assert_int_equal(engine_tick(b->engine, &more), ERR_OK);
	assert_int_equal(b->engine->journal.seq, seq + 1);
}

static size_t handed_out(struct bench *b)
{
	struct buffer items;
	struct outgoing out = {
		.first = 1, .max_records = 100, .max_bytes = 1 << 18, .items = &items};

	buffer_init(&items, 1 << 20);
	assert_int_equal(engine_outgoing(b->engine, 0, &out), ERR_OK);
	buffer_done(&items);
	return out.n;
}

static void test_a_paused_link_is_not_served_until_it_is_resumed(void **state)
{
	struct bench *b = *state;
	const struct resume_queue resume = {
		text_of("link/beta"), text_of("it is mended"), text_of("Ida")};
	static uint8_t before[CORE_TREES * HASH_BYTES], after[CORE_TREES * HASH_BYTES];

	assert_int_equal(do_odd(b, 1), ERR_OK);
	assert_int_equal(handed_out(b), 1);
	assert_int_equal(pause_until(b, "link/beta", noon + 5000), ERR_OK);
	assert_int_equal(pause_until(b, "link/beta", noon + 60000), ERR_OK); /* in its place */
	assert_int_equal(handed_out(b), 0);
	assert_int_equal(shown(b, "link/beta").paused_until, noon + 60000);
	b->now = noon + 6000;
	reopen(b);
	assert_int_equal(handed_out(b), 0);
	state_of(b, before);
	assert_int_equal(engine_rebuild_own(b->engine), ERR_OK);
	state_of(b, after); /* pauses follow from the journal */
	assert_memory_equal(
		before + CORE_PAUSES * HASH_BYTES, after + CORE_PAUSES * HASH_BYTES, HASH_BYTES);
	assert_int_equal(pauses(b), 1);
	assert_int_equal(ask(b, schema_resume_queue(), &resume, NULL), ERR_OK);
	assert_int_equal(handed_out(b), 1);
	assert_int_equal(ask(b, schema_resume_queue(), &resume, NULL), ERR_NOT_FOUND);
}

int main(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)
	const struct CMUnitTest tests[] = {
		TEST(test_peek_shows_masked_changes_nothing_and_is_noted),
		TEST(test_who_looks_says_so), TEST(test_pages_and_filters),
		TEST(test_a_link_can_be_looked_into_and_not_mended),
		TEST(test_what_is_buried_is_not_tried_until_it_is_kicked),
		TEST(test_what_is_buried_can_be_dropped),
		TEST(test_a_dry_run_writes_nothing_and_is_exact),
		TEST(test_what_breaks_the_transaction_is_passed_by), TEST(test_so_many_at_a_time),
		TEST(test_a_verb_says_who_and_why),
		TEST(test_an_owner_remembers_when_a_record_was_acknowledged),
		TEST(test_a_pause_has_an_end_within_a_day),
		TEST(test_a_paused_owner_is_not_applied_and_goes_on_by_itself),
		TEST(test_a_paused_link_is_not_served_until_it_is_resumed)};

	return cmocka_run_group_tests_name("mending queues", tests, NULL, NULL);
}
