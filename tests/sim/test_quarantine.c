/* What cannot be applied: set aside by entity, listed, retried, dropped, erased; and what ends the
 * process. Runs on the memory store, and for real crashes on LMDB in a directory of its own, in
 * processes of its own. */
#include <dirent.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cmocka.h>

#include "common/admin.h"
#include "tests/sim/odd_bench.h"

/* ---- records --------------------------------------------------------------------------------- */

enum { BROKEN = 100 }; /* beside odd_what: fields that cannot be decoded */

struct item {
	uint64_t seq;
	uint8_t entity;
	unsigned what;
	const char *words; /* of person entity */
};

static struct batch_item encode_item(
	struct bench *b, uint64_t seq, struct record *record, struct bytes fields)
{
	struct buffer out;

	buffer_init(&out, (size_t)128 * 1024);
	record->seq = (int64_t)seq;
	record->epoch = 1;
	record->time = b->now;
	record->audience = 2;
	record->fields = text_of_bytes(fields);
	schema_encode(schema_record(), record, &out);
	struct bytes bytes = bytes_copy(&b->arena, buffer_bytes(&out));
	buffer_done(&out);
	return (struct batch_item){seq, false, bytes};
}

static struct batch_item make_item(struct bench *b, const struct item *item)
{
	struct odd_happened e = {.what = item->what};
	struct record record = {.type = text_of("odd_happened"), .entity = {{item->entity}}};
	struct buffer fields;

	if (item->what == BROKEN)
		e.what = ODD_PLAIN;
	if (item->words) {
		e.person = (struct uuid){{item->entity}};
		e.words = text_of(item->words);
	}
	buffer_init(&fields, 4096);
	schema_encode(schema_odd_happened(), &e, &fields);
	if (item->what == BROKEN) /* one more byte than there should be */
		buffer_add(&fields, "\x01", 1);
	struct batch_item made = encode_item(b, item->seq, &record, buffer_bytes(&fields));
	buffer_done(&fields);
	return made;
}

static struct batch_item make_erasure(struct bench *b, uint64_t seq, uint8_t person)
{
	const struct person_erased e = {{{person}}, text_of("Ida")};
	struct record record = {.type = text_of("person_erased"), .entity = {{99}}};
	struct buffer fields;

	buffer_init(&fields, 4096);
	schema_encode(schema_person_erased(), &e, &fields);
	struct batch_item made = encode_item(b, seq, &record, buffer_bytes(&fields));
	buffer_done(&fields);
	return made;
}

static struct cursor_row take_items(struct bench *b, const struct batch_item *items, size_t n)
{
	struct batch batch = {.epoch = 1,
		.first = items[0].seq,
		.last = items[n - 1].seq,
		.items = items,
		.n = n};
	struct cursor_row cursor = take(b, &batch, 1);

	assert_int_equal(batch.result, ERR_OK);
	return cursor;
}

static struct cursor_row take_all(struct bench *b, const struct item *items, size_t n)
{
	struct batch_item made[16];

	for (size_t i = 0; i < n; i++)
		made[i] = make_item(b, &items[i]);
	return take_items(b, made, n);
}

static void check_cursor(const struct cursor_row *cursor, int applied, int quarantined, int dropped)
{
	assert_int_equal(cursor->applied, applied);
	assert_int_equal(cursor->quarantined, quarantined);
	assert_int_equal(cursor->dropped, dropped);
}

/* ---- asking ---------------------------------------------------------------------------------- */

static enum err ask_with(struct bench *b, struct request *request, const struct schema *schema,
	const void *fields, void *ret_reply)
{
	struct turn turn = {request, &b->answer, 1, NULL, 0};
	struct buffer body;

	request->client = text_of("desk");
	request->type = text_of(schema->head->name);
	request->actor = (struct actor){.role = text_of("client"), .id = text_of("ann")};
	buffer_init(&body, 4096);
	schema_encode(schema, fields, &body);
	request->body = buffer_bytes(&body);
	assert_int_equal(engine_turn(b->engine, &turn), ERR_OK);
	buffer_done(&body);
	if (!b->answer.status && ret_reply)
		assert_int_equal(schema_decode(schema->head->reply(), b->answer.body, PACK_PLAIN,
					 &b->arena, ret_reply, NULL),
			ERR_OK);
	return b->answer.status;
}

static enum err ask(
	struct bench *b, const struct schema *schema, const void *fields, void *ret_reply)
{
	struct request request = {.peer = PEER_OPERATOR};

	if (schema->head->kind == SCHEMA_COMMAND)
		request.key = uuid_make(b->now, &b->random);
	return ask_with(b, &request, schema, fields, ret_reply);
}

static struct quarantine_retried retry(struct bench *b, uint8_t entity)
{
	const struct retry_quarantine c = {text_of("beta"), {{entity}}, 0};
	struct quarantine_retried reply;

	assert_int_equal(ask(b, schema_retry_quarantine(), &c, &reply), ERR_OK);
	return reply;
}

static enum err drop(struct bench *b, uint64_t seq, int64_t *ret_left)
{
	const struct drop_quarantine c = {
		text_of("beta"), (int64_t)seq, text_of("cannot be mended"), text_of("Ida")};
	struct quarantine_dropped reply = {0};
	enum err err = ask(b, schema_drop_quarantine(), &c, &reply);

	*ret_left = reply.left;
	return err;
}

static struct quarantine_page list(struct bench *b, int64_t after, int64_t limit)
{
	const struct list_quarantine query = {
		.owner = text_of("beta"), .after = after, .limit = limit};
	struct quarantine_page page;

	assert_int_equal(ask(b, schema_list_quarantine(), &query, &page), ERR_OK);
	return page;
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
	struct batch_item items[2] = {{1, false, bytes_of("\x8c", 1)},
		make_item(b, &(struct item){2, 1, ODD_PLAIN, NULL})};
	struct cursor_row cursor = take_items(b, items, 2);
	const struct retry_quarantine c = {.owner = text_of("beta"), .seq = 1};
	struct quarantine_retried reply;

	check_cursor(&cursor, 1, 1, 0);
	struct quarantine_page page = list(b, 0, 0);
	assert_true(uuid_is_nil(page.records.at[0].entity) && page.records.at[0].type.n == 0);
	assert_int_equal(ask(b, schema_retry_quarantine(), &c, &reply), ERR_OK);
	assert_true(reply.applied == 0 && reply.stopped_at == 1 && reply.why.n > 0);
}

static void test_what_is_too_large_is_kept_without_its_content(void **state)
{
	struct bench *b = *state;
	uint8_t *large = arena_alloc(&b->arena, 70000);
	int64_t left;

	memset(large, 0xc1, 70000);
	struct batch_item items[1] = {{1, false, bytes_of(large, 70000)}};
	struct cursor_row cursor = take_items(b, items, 1);
	check_cursor(&cursor, 0, 1, 0);
	assert_false(list(b, 0, 0).records.at[0].kept);
	assert_int_equal(drop(b, 1, &left), ERR_OK);
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
	const struct retry_quarantine c = {text_of("beta"), {{1}}, 0};
	struct request request = {.peer = PEER_OPERATOR, .key = uuid_make(b->now, &b->random)};
	struct quarantine_retried reply;
	struct cursor_row cursor = take_all(b, items, 4);

	check_cursor(&cursor, 1, 3, 0);
	uint32_t slot = slot_of(b, 2);
	reply = retry(b, 1);
	assert_true(reply.applied == 0 && reply.left == 3 && reply.stopped_at == 1);
	assert_true(text_is(reply.why, "applying it failed"));
	b->settings.cured = true;
	assert_int_equal(ask_with(b, &request, schema_retry_quarantine(), &c, &reply), ERR_OK);
	assert_true(reply.applied == 3 && reply.left == 0 && reply.stopped_at == 0);
	assert_int_equal(b->engine->journal.seq, 2);
	cause_at(b, 1, 1);
	cause_at(b, 2, 3);
	engine_cursor(b->engine, 0, &cursor);
	check_cursor(&cursor, 4, 0, 0);
	assert_int_equal(cursor.through, 4);
	assert_true(keyring_destroyed(b->keyring, slot));
	assert_int_equal(ask_with(b, &request, schema_retry_quarantine(), &c, &reply), ERR_OK);
	assert_true(b->answer.replayed && reply.applied == 3);
	assert_int_equal(ask(b, schema_retry_quarantine(), &c, NULL), ERR_NOT_FOUND);
	assert_int_equal(b->engine->journal.seq, 2);
}

static void test_a_retry_keeps_what_went_well_before_it_stopped(void **state)
{
	struct bench *b = *state;
	const struct item items[] = {{1, 1, BROKEN, NULL}, {2, 1, ODD_PLAIN, NULL},
		{3, 1, ODD_POISON, NULL}, {4, 1, ODD_PLAIN, NULL}};
	struct quarantine_retried reply;
	struct cursor_row cursor;
	int64_t left;

	take_all(b, items, 4);
	assert_int_equal(drop(b, 1, &left), ERR_OK);
	assert_int_equal(left, 3);
	reply = retry(b, 1);
	assert_true(reply.applied == 1 && reply.left == 2 && reply.stopped_at == 3);
	engine_cursor(b->engine, 0, &cursor);
	check_cursor(&cursor, 1, 2, 1);
	assert_true(text_is(list(b, 0, 0).records.at[0].why, "applying it failed"));
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
	int64_t left;

	take_all(b, items, 2);
	assert_int_equal(drop(b, 2, &left), ERR_NOT_FOUND); /* it was applied */
	assert_int_equal(drop(b, 1, &left), ERR_OK);
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
		assert_int_equal(b->engine->journal.seq, 1);
		assert_int_equal(engine_rebuild_own(b->engine), ERR_OK);
	}
}

static void test_only_operators_touch_the_quarantine(void **state)
{
	struct bench *b = *state;
	const struct item items[] = {{1, 1, BROKEN, NULL}};
	const struct retry_quarantine c = {text_of("beta"), {{1}}, 0};
	const struct retry_quarantine both = {text_of("beta"), {{1}}, 1};
	const struct retry_quarantine stranger = {text_of("gamma"), {{1}}, 0};
	const struct list_quarantine query = {.limit = 1};
	struct request request = {.peer = 2, .key = uuid_make(b->now, &b->random)};

	take_all(b, items, 1);
	assert_int_equal(ask_with(b, &request, schema_retry_quarantine(), &c, NULL), ERR_DENIED);
	assert_int_equal(ask_with(b, &request, schema_list_quarantine(), &query, NULL), ERR_DENIED);
	assert_int_equal(ask(b, schema_retry_quarantine(), &both, NULL), ERR_INVALID);
	assert_int_equal(ask(b, schema_retry_quarantine(), &stranger, NULL), ERR_NOT_FOUND);
	request = (struct request){.peer = PEER_OPERATOR,
		.historical = true,
		.key = uuid_make(b->now, &b->random),
		.occurred_at = b->now};
	assert_true(ask_with(b, &request, schema_retry_quarantine(), &c, NULL) != ERR_OK);
}

/* ---- personal data --------------------------------------------------------------------------- */

static void test_an_erasure_reaches_what_is_in_quarantine(void **state)
{
	struct bench *b = *state;
	struct batch_item items[5] = {make_item(b, &(struct item){1, 1, ODD_POISON, "sick mum"}),
		make_item(b, &(struct item){2, 2, BROKEN, "sick dad"}),
		make_item(b, &(struct item){3, 3, ODD_POISON, "other"}),
		{4, false, bytes_of("\x8c sick mum", 10)},
		make_item(b, &(struct item){5, 1, ODD_PLAIN, "sick kid"})};
	struct batch_item erasures[2] = {make_erasure(b, 6, 1), make_erasure(b, 7, 2)};
	struct quarantine_retried reply;
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
	reply = retry(b, 2);
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
	struct cursor_row cursor = take_items(b, items, 3);

	check_cursor(&cursor, 0, 3, 0);
	assert_false(content_has(b, 2, "sick mum"));
	assert_true(content_has(b, 2, "odd_happened"));
}

/* ---- crashes --------------------------------------------------------------------------------- */

/* The process is gone in the middle of a record: what was not committed is forgotten. */
static void reopen(struct bench *b)
{
	engine_close(b->engine);
	store_crash(b->store);
	assert_int_equal(engine_open(&b->options, &b->engine, NULL), ERR_OK);
}

static void test_a_record_that_crashes_the_process_is_set_aside(void **state)
{
	struct bench *b = *state;
	const struct item items[] = {{1, 1, ODD_PLAIN, NULL}, {2, 2, ODD_CRASH, NULL},
		{3, 2, ODD_PLAIN, NULL}, {4, 3, ODD_PLAIN, NULL}};
	jmp_buf crash;
	static volatile unsigned crashes;
	struct cursor_row cursor = {0};

	crashes = 0;
	odd_crash = &crash;
	if (setjmp(crash)) {
		crashes++;
		assert_true(crashes <= 4);
		reopen(b);
		engine_cursor(b->engine, 0, &cursor);
		assert_int_equal(cursor.through, crashes > 1); /* progress stays */
	}
	cursor = take_all(b, items, 4);
	odd_crash = NULL;
	/* once in a batch, before anybody knew that there is reason for care */
	assert_int_equal(crashes, 1 + CRASHES_ALLOWED);
	check_cursor(&cursor, 2, 2, 0);
	struct quarantine_page page = list(b, 0, 0);
	assert_true(text_is(page.records.at[0].why, "crashed the process 3 times"));
	assert_int_equal(page.records.at[0].entity.b[0], 2);
	assert_true(page.records.at[1].seq == 3 && page.records.at[1].waits_behind == 2);
}

static void test_care_ends_with_a_clean_stop_or_after_a_while(void **state)
{
	struct bench *b = *state;
	struct taking_row mark;
	struct batch_item *items = calloc(CAREFUL_RECORDS, sizeof(*items));

	assert_int_equal(b->engine->careful, 0); /* it never ran before */
	reopen(b);
	assert_int_equal(b->engine->careful, CAREFUL_RECORDS);
	for (uint64_t i = 0; i < CAREFUL_RECORDS; i++)
		items[i] = make_item(b, &(struct item){i + 1, 1, ODD_PLAIN, NULL});
	take_items(b, items, 10);
	assert_int_equal(b->engine->careful, CAREFUL_RECORDS - 10);
	mark = b->engine->owners[0].mark;
	assert_int_equal(mark.seq, 0);
	take_items(b, items + 10, CAREFUL_RECORDS - 10);
	assert_int_equal(b->engine->careful, 0);
	assert_int_equal(b->engine->owners[0].mark.seq, 0);
	assert_int_equal(engine_stop(b->engine), ERR_OK);
	reopen(b);
	assert_int_equal(b->engine->careful, 0);
	free(items);
}

struct place {
	char dir[64], db[80], keys[80];
};

/* A process that takes four records, of which the second ends it, and then stops in order. */
static int run_child(struct bench *b, const struct place *place)
{
	const struct item items[] = {{1, 1, ODD_PLAIN, NULL}, {2, 2, ODD_CRASH, NULL},
		{3, 2, ODD_PLAIN, NULL}, {4, 3, ODD_PLAIN, NULL}};
	static const uint8_t master[MASTER_KEY_BYTES] = {5};
	struct reason reason = {0};
	struct cursor_row cursor;
	size_t n;

	struct tree *trees = engine_trees(&b->options, &n);
	if (store_open_lmdb(place->db, trees, n, NULL, &b->options.store, &reason) ||
		keyring_open(place->keys, master, &b->random, &b->options.keyring))
		return 90;
	b->store = b->options.store;
	if (engine_open(&b->options, &b->engine, &reason))
		return 91;
	cursor = take_all(b, items, 4);
	if (engine_stop(b->engine))
		return 92;
	store_close(b->store);
	return cursor.applied == 2 && cursor.quarantined == 2 ? 0 : 93;
}

static void empty_dir(const char *dir)
{
	DIR *open = opendir(dir);
	struct dirent *entry;
	char path[400];

	while (open && (entry = readdir(open))) {
		snprintf(path, sizeof(path), "%s/%s", dir, entry->d_name);
		if (entry->d_name[0] != '.')
			unlink(path);
	}
	if (open)
		closedir(open);
	rmdir(dir);
}

static void test_real_crashes_are_counted_on_disk(void **state)
{
	struct bench *b = *state;
	struct place place = {.dir = "/tmp/test_quarantine.XXXXXX"};
	int crashes = 0, status;

	assert_non_null(mkdtemp(place.dir));
	snprintf(place.db, sizeof(place.db), "%s/db", place.dir);
	snprintf(place.keys, sizeof(place.keys), "%s/keys.bin", place.dir);
	do {
		struct bench copy = *b; /* what the child opens is its own */
		pid_t child = fork();
		assert_true(child >= 0);
		if (child == 0)
			_exit(run_child(&copy, &place));
		assert_int_equal(waitpid(child, &status, 0), child);
		crashes += WIFSIGNALED(status) && WTERMSIG(status) == SIGABRT;
	} while (WIFSIGNALED(status) && crashes < 10);
	empty_dir(place.db);
	empty_dir(place.dir);
	assert_true(WIFEXITED(status));
	assert_int_equal(WEXITSTATUS(status), 0);
	assert_int_equal(crashes, 1 + CRASHES_ALLOWED);
}

int main(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)
	const struct CMUnitTest tests[] = {
		TEST(test_what_comes_behind_waits_and_others_flow_on),
		TEST(test_a_frame_that_cannot_be_read_is_set_aside_alone),
		TEST(test_what_is_too_large_is_kept_without_its_content),
		TEST(test_a_retry_applies_in_order_with_reactions_once),
		TEST(test_a_retry_keeps_what_went_well_before_it_stopped),
		TEST(test_following_anew_forgets_no_reaction_that_is_due),
		TEST(test_what_was_dropped_is_known_and_stays_dropped),
		TEST(test_only_operators_touch_the_quarantine),
		TEST(test_an_erasure_reaches_what_is_in_quarantine),
		TEST(test_an_erasure_in_quarantine_is_heeded_at_once),
		TEST(test_a_record_that_crashes_the_process_is_set_aside),
		TEST(test_care_ends_with_a_clean_stop_or_after_a_while),
		TEST(test_real_crashes_are_counted_on_disk),
	};

	return cmocka_run_group_tests_name("quarantine", tests, NULL, NULL);
}
