/* Records for the odd service that cannot be applied, and what is asked about them. */
#ifndef TESTS_SIM_ODD_QUARANTINE_H
#define TESTS_SIM_ODD_QUARANTINE_H

#include "common/admin.h"
#include "tests/sim/odd_bench.h"

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
	return (struct batch_item){.seq = seq, .record = bytes};
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

static inline void check_cursor(
	const struct cursor_row *cursor, int applied, int quarantined, int dropped)
{
	assert_int_equal(cursor->applied, applied);
	assert_int_equal(cursor->quarantined, quarantined);
	assert_int_equal(cursor->dropped, dropped);
}

static enum err ask_with(struct bench *b, struct request *request, const struct schema *schema,
	const void *fields, void *ret_reply)
{
	struct turn turn = {request, &b->answer, 1, NULL, 0};
	struct buffer body;

	request->client = text_of("desk");
	request->type = text_of(schema->head->name);
	request->actor = (struct actor){.role = text_of("operator"), .id = text_of("ann")};
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

static struct quarantine_page list(struct bench *b, int64_t after, int64_t limit)
{
	const struct list_quarantine query = {
		.owner = text_of("beta"), .after = after, .limit = limit};
	struct quarantine_page page;

	assert_int_equal(ask(b, schema_list_quarantine(), &query, &page), ERR_OK);
	return page;
}

#endif
