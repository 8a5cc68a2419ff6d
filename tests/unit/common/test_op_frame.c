/* OP/1 as bytes: headers, parts and items, right and wrong. Touches memory only. */
#include "common/op.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "common/uuid.h"

#define COUNT(rows) (sizeof(rows) / sizeof((rows)[0]))

static struct arena arena;

static int set_up(void **state)
{
	(void)state;
	arena_init(&arena, 16 * 1024 * 1024);
	return 0;
}

static int tear_down(void **state)
{
	(void)state;
	arena_done(&arena);
	return 0;
}

/* A message as it would lie in three parts, each in its own heap block so that ASan sees every byte
 * too far. */
struct made {
	uint8_t *header;
	uint8_t *fields;
	uint8_t *body;
	struct op_parts parts;
};

static uint8_t *block(const void *p, size_t n)
{
	uint8_t *copy = malloc(n ? n : 1);

	assert_non_null(copy);
	if (n)
		memcpy(copy, p, n);
	return copy;
}

static void make(enum op_kind kind, const void *record, struct bytes body, struct made *ret)
{
	uint8_t header[OP_HEADER_BYTES];
	struct op_message message = {.kind = kind, .correlation = 42, .body = body};
	struct buffer fields;

	buffer_init(&fields, OP_FIELDS_MAX);
	assert_int_equal(op_fields_encode(kind, record, &fields), ERR_OK);
	message.fields = buffer_bytes(&fields);
	op_header_encode(&message, header);
	ret->header = block(header, sizeof(header));
	ret->fields = block(fields.p, fields.n);
	ret->body = block(body.p, body.n);
	ret->parts = (struct op_parts){bytes_of(ret->header, sizeof(header)),
		bytes_of(ret->fields, fields.n), bytes_of(ret->body, body.n)};
	buffer_done(&fields);
}

static void drop(struct made *made)
{
	free(made->header);
	free(made->fields);
	free(made->body);
}

static struct op_batch a_batch(int64_t count)
{
	static const char hash[] = "0123456789abcdef0123456789abcdef";

	return (struct op_batch){.epoch = 1,
		.first = 10,
		.last = 19,
		.count = count,
		.head = 30,
		.head_time = INT64_C(1795338000120),
		.hash_last = text_of(hash)};
}

static void test_header(void **state)
{
	/* The checksum was computed with another CRC-32C: over "OP" 1 7, the correlation and 0x80.
	 */
	static const uint8_t want[] = {
		'O', 'P', 1, 7, 0x83, 0x3f, 0x6b, 0xad, 0, 0, 0, 0, 0, 0, 0x12, 0x34};
	static const uint8_t empty_map[] = {0x80};
	struct op_message message = {.kind = OP_HEARTBEAT,
		.correlation = 0x1234,
		.fields = bytes_of(empty_map, sizeof(empty_map))};
	uint8_t got[OP_HEADER_BYTES];
	(void)state;

	op_header_encode(&message, got);
	assert_memory_equal(got, want, sizeof(want));
}

static void test_kinds(void **state)
{
	(void)state;
	assert_string_equal(op_kind_name(OP_HELLO), "hello");
	assert_string_equal(op_kind_name(OP_BYE), "bye");
	assert_string_equal(op_kind_name(0), "?");
	assert_string_equal(op_kind_name(OP_KIND_END), "?");
	assert_null(op_kind_schema(0));
	assert_null(op_kind_schema(255));
	for (unsigned kind = 1; kind < OP_KIND_END; kind++)
		assert_non_null(op_kind_schema(kind));
}

static void test_round_trip(void **state)
{
	struct op_follow follow = {.epoch = 3,
		.next = 8,
		.hash = text_of("0123456789abcdef0123456789abcdef"),
		.credit_records = 100,
		.credit_bytes = 1 << 20};
	struct op_follow got;
	struct op_message message;
	struct made made;
	(void)state;

	make(OP_FOLLOW, &follow, BYTES_NONE, &made);
	assert_int_equal(op_message_decode(&made.parts, &message, NULL), ERR_OK);
	assert_int_equal(message.kind, OP_FOLLOW);
	assert_int_equal(message.correlation, 42);
	assert_int_equal(op_fields_decode(&message, &arena, &got, NULL), ERR_OK);
	assert_int_equal(got.epoch, 3);
	assert_int_equal(got.next, 8);
	assert_true(text_equal(got.hash, follow.hash));
	assert_int_equal(got.credit_bytes, 1 << 20);
	drop(&made);
}

/* Whatever single bit changes on the way is noticed. */
static void test_every_bit(void **state)
{
	struct op_batch batch = a_batch(1);
	struct op_item item = {.seq = 12, .bytes = bytes_of_string("record")};
	struct op_message message;
	struct buffer body;
	struct made made;
	(void)state;

	buffer_init(&body, OP_BODY_MAX);
	op_batch_add(&body, &item);
	make(OP_BATCH, &batch, buffer_bytes(&body), &made);
	const struct {
		uint8_t *p;
		size_t n;
	} parts[] = {{made.header, made.parts.header.n}, {made.fields, made.parts.fields.n},
		{made.body, made.parts.body.n}};
	for (size_t i = 0; i < COUNT(parts); i++)
		for (size_t bit = 0; bit < parts[i].n * 8; bit++) {
			parts[i].p[bit / 8] ^= (uint8_t)(1 << bit % 8);
			if (op_message_decode(&made.parts, &message, NULL) != ERR_PROTOCOL)
				fail_msg("part %zu, bit %zu", i, bit);
			parts[i].p[bit / 8] ^= (uint8_t)(1 << bit % 8);
		}
	assert_int_equal(op_message_decode(&made.parts, &message, NULL), ERR_OK);
	drop(&made);
	buffer_done(&body);
}

static void test_wrong_sizes(void **state)
{
	static uint8_t bytes[OP_MESSAGE_MAX];
	static const struct {
		size_t header, fields, body;
		const char *want; /* field at fault */
	} rows[] = {
		{0, 1, 0, "header"},
		{15, 1, 0, "header"},
		{17, 1, 0, "header"},
		{OP_MESSAGE_MAX, 1, 0, "header"},
		{16, 0, 0, "fields"},
		{16, OP_FIELDS_MAX + 1, 0, "fields"},
		{16, 1, OP_MESSAGE_MAX, "body"},
		{16, 1, OP_MESSAGE_MAX - 16, "body"},
		{16, 1, OP_MESSAGE_MAX - 17, "header"}, /* the size is right, the magic is not */
		{16, OP_FIELDS_MAX, OP_MESSAGE_MAX - OP_FIELDS_MAX - 15, "body"},
	};
	(void)state;

	for (size_t i = 0; i < COUNT(rows); i++) {
		const struct op_parts parts = {bytes_of(bytes, rows[i].header),
			bytes_of(bytes, rows[i].fields), bytes_of(bytes, rows[i].body)};
		struct op_message message;
		struct reason reason = {0};
		assert_int_equal(op_message_decode(&parts, &message, &reason), ERR_PROTOCOL);
		assert_string_equal(reason.field, rows[i].want);
		assert_true(reason.rule[0]);
	}
}

/* Right checksums over wrong contents: what a wrong program would send. */
static void test_wrong_header(void **state)
{
	static const struct {
		unsigned major, kind;
		bool body;
		const char *want;
	} rows[] = {
		{1, OP_REQUEST, true, NULL},
		{1, OP_HEARTBEAT, false, NULL},
		{1, OP_HEARTBEAT, true, "body"},
		{1, OP_HELLO, true, "body"},
		{0, OP_REQUEST, true, "header.major"},
		{2, OP_REQUEST, true, "header.major"},
		{1, 0, false, "header.kind"},
		{1, OP_KIND_END, false, "header.kind"},
		{1, 255, false, "header.kind"},
	};
	static const uint8_t map[] = {0x80};
	(void)state;

	for (size_t i = 0; i < COUNT(rows); i++) {
		uint8_t header[OP_HEADER_BYTES] = {'O', 'P', (uint8_t)rows[i].major,
			(uint8_t)rows[i].kind, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 9};
		struct op_parts parts = {bytes_of(header, sizeof(header)),
			bytes_of(map, sizeof(map)), bytes_of(map, rows[i].body ? 1 : 0)};
		uint32_t crc = crc32c(0, header, 4);
		crc = crc32c(crc, header + 8, 8);
		crc = crc32c(crc, map, 1);
		put_u32(header + 4, rows[i].body ? crc32c(crc, map, 1) : crc);
		struct op_message message;
		struct reason reason = {0};
		enum err err = op_message_decode(&parts, &message, &reason);
		assert_int_equal(err, rows[i].want ? ERR_PROTOCOL : ERR_OK);
		assert_string_equal(reason.field, rows[i].want ? rows[i].want : "");
		assert_int_equal(message.correlation, 9); /* also of a wrong message */
	}
}

static void test_wrong_fields(void **state)
{
	static const struct {
		const char *bytes;
		size_t n;
		const char *want;
	} rows[] = {
		{"\x81\x01\x05", 3, ""},
		{"\x81\x01\x00", 3, "count"},
		{"\x81\x01\xcd\x04\x01", 5, "count"}, /* 1025 */
		{"\x80", 1, "count"},
		{"\x81\x01\xa1x", 4, "count"},
		{"\x81\x01", 2, NULL},
		{"\x81\x01\x05\x00", 4, NULL},             /* bytes behind */
		{"\x82\x01\x05\x01\x05", 5, NULL},         /* twice */
		{"\xdf\xff\xff\xff\xff\x01\x05", 7, NULL}, /* 4 billion entries */
		{"\x81\x02\xc6\xff\xff\xff\xff", 7, NULL}, /* 4 GB of binary */
		{"\x82\x01\x05\x20\xc0", 5, ""},           /* a tag of a newer version */
		{"\xc1", 1, NULL},
	};
	(void)state;

	for (size_t i = 0; i < COUNT(rows); i++) {
		uint8_t *bytes = block(rows[i].bytes, rows[i].n);
		const struct op_message message = {
			.kind = OP_REQUEST, .fields = bytes_of(bytes, rows[i].n)};
		struct op_requests got;
		struct reason reason = {0};
		bool right = rows[i].want && !rows[i].want[0];
		enum err err = op_fields_decode(&message, &arena, &got, &reason);
		if (err != (right ? ERR_OK : ERR_PROTOCOL))
			fail_msg("row %zu: %s", i, err_word(err));
		if (rows[i].want)
			assert_string_equal(reason.field, rows[i].want);
		if (right)
			assert_int_equal(got.count, 5);
		free(bytes);
	}
}

static void test_items(void **state)
{
	struct actor actor = {.role = text_of("caseworker"), .id = text_of("17")};
	struct op_request request = {
		.type = text_of("book_first_talk"), .actor = &actor, .body = text_of("abc")};
	struct buffer buffer;
	struct op_item item;
	size_t n = 0;
	(void)state;

	buffer_init(&buffer, OP_BODY_MAX);
	for (int i = 0; i < 3; i++) {
		request.timeout_ms = i;
		op_item_add(&buffer, schema_op_request(), &request);
	}
	assert_false(buffer.failed);
	struct bytes body = buffer_bytes(&buffer);
	assert_int_equal(op_items_check(body, 3, NULL), ERR_OK);
	for (; op_item_next(&body, &item); n++) {
		struct op_request got;
		assert_int_equal(schema_decode(schema_op_request(), item.bytes, PACK_PLAIN, &arena,
					 &got, NULL),
			ERR_OK);
		assert_int_equal(got.timeout_ms, n);
		assert_true(text_is(got.type, "book_first_talk"));
		assert_true(text_is(got.actor->role, "caseworker"));
		assert_true(text_is(got.body, "abc"));
	}
	assert_int_equal(n, 3);
	body = buffer_bytes(&buffer);
	assert_int_equal(op_items_check(body, 2, NULL), ERR_PROTOCOL);
	assert_int_equal(op_items_check(body, 4, NULL), ERR_PROTOCOL);
	for (size_t cut = 1; cut < body.n; cut++)
		assert_int_equal(
			op_items_check(bytes_of(body.p, body.n - cut), 3, NULL), ERR_PROTOCOL);
	buffer_done(&buffer);
}

/* An item that does not fit leaves the buffer as it was. */
static void test_item_too_large(void **state)
{
	char text[1000] = {0};
	struct op_request request = {.type = text_of("x"), .body = {text, sizeof(text), false}};
	struct buffer buffer;
	(void)state;

	buffer_init(&buffer, 1500);
	op_item_add(&buffer, schema_op_request(), &request);
	assert_false(buffer.failed);
	size_t n = buffer.n;
	op_item_add(&buffer, schema_op_request(), &request);
	assert_true(buffer.failed);
	assert_int_equal(buffer.n, n);
	assert_int_equal(op_items_check(buffer_bytes(&buffer), 1, NULL), ERR_OK);
	buffer_done(&buffer);
}

static void test_batch(void **state)
{
	const struct op_item items[] = {
		{.seq = 10, .bytes = bytes_of_string("first")},
		{.form = OP_FORM_STUB, .seq = 12},
		{.form = OP_FORM_STORED, .seq = 13, .bytes = bytes_of_string("sealed")},
		{.seq = 19, .bytes = bytes_of_string("last")},
	};
	struct op_batch batch = a_batch(COUNT(items));
	struct buffer buffer;
	struct op_item got;
	size_t want_bytes = 0;
	(void)state;

	buffer_init(&buffer, OP_BODY_MAX);
	for (size_t i = 0; i < COUNT(items); i++) {
		op_batch_add(&buffer, &items[i]);
		want_bytes += op_batch_bytes(items[i].bytes.n);
	}
	assert_int_equal(buffer.n, want_bytes);
	struct bytes body = buffer_bytes(&buffer);
	assert_int_equal(op_batch_check(&batch, body, NULL), ERR_OK);
	for (size_t i = 0; i < COUNT(items); i++) {
		assert_true(op_batch_next(&body, &got));
		assert_int_equal(got.form, items[i].form);
		assert_int_equal(got.seq, items[i].seq);
		assert_true(bytes_equal(got.bytes, items[i].bytes));
	}
	assert_false(op_batch_next(&body, &got));
	buffer_done(&buffer);
}

static void test_wrong_batch(void **state)
{
	static const struct {
		int64_t first, last, head;
		uint64_t seqs[3];
		int64_t count; /* 0: as many as there are */
		enum err want;
	} rows[] = {
		{10, 19, 30, {10, 11, 19}, 0, ERR_OK},
		{10, 10, 10, {0}, 0, ERR_OK},
		{10, 9, 30, {0}, 0, ERR_PROTOCOL},
		{10, 19, 18, {10}, 0, ERR_PROTOCOL},
		{10, 19, 30, {9}, 0, ERR_PROTOCOL},
		{10, 19, 30, {20}, 0, ERR_PROTOCOL},
		{10, 19, 30, {11, 11}, 0, ERR_PROTOCOL},
		{10, 19, 30, {12, 11}, 0, ERR_PROTOCOL},
		{10, 19, 30, {UINT64_MAX}, 0, ERR_PROTOCOL},
		{10, 19, 30, {11, 12}, 1, ERR_PROTOCOL},
		{10, 19, 30, {11, 12}, 3, ERR_PROTOCOL},
		{10, 19, 30, {11, 12}, 4096, ERR_PROTOCOL},
	};
	(void)state;

	for (size_t i = 0; i < COUNT(rows); i++) {
		struct op_batch batch = a_batch(0);
		struct buffer body;
		batch.first = rows[i].first;
		batch.last = rows[i].last;
		batch.head = rows[i].head;
		buffer_init(&body, OP_BODY_MAX);
		for (size_t k = 0; k < 3 && rows[i].seqs[k]; k++, batch.count++) {
			struct op_item item = {
				.seq = rows[i].seqs[k], .bytes = bytes_of_string("r")};
			op_batch_add(&body, &item);
		}
		if (rows[i].count)
			batch.count = rows[i].count;
		if (op_batch_check(&batch, buffer_bytes(&body), NULL) != rows[i].want)
			fail_msg("row %zu", i);
		buffer_done(&body);
	}
}

static void test_wrong_items(void **state)
{
	static const struct {
		const char *bytes;
		size_t n;
		enum err items, batch;
	} rows[] = {
		{"\0\0\0\x09\0\0\0\0\0\0\0\x0b!", 13, ERR_OK, ERR_OK},
		{"\0\0\0\x08\0\0\0\0\0\0\0\x0b", 12, ERR_OK, ERR_PROTOCOL}, /* no record */
		{"\1\0\0\x08\0\0\0\0\0\0\0\x0b", 12, ERR_PROTOCOL, ERR_OK}, /* stub */
		{"\1\0\0\x09\0\0\0\0\0\0\0\x0b!", 13, ERR_PROTOCOL, ERR_PROTOCOL},
		{"\2\0\0\x09\0\0\0\0\0\0\0\x0b!", 13, ERR_PROTOCOL, ERR_OK}, /* stored */
		{"\2\0\0\x08\0\0\0\0\0\0\0\x0b", 12, ERR_PROTOCOL, ERR_PROTOCOL},
		{"\3\0\0\x09\0\0\0\0\0\0\0\x0b!", 13, ERR_PROTOCOL, ERR_PROTOCOL},
		{"\0\xff\xff\xff!", 5, ERR_PROTOCOL, ERR_PROTOCOL},
		{"\xff\xff\xff\xff!", 5, ERR_PROTOCOL, ERR_PROTOCOL},
		{"\0\0\0", 3, ERR_PROTOCOL, ERR_PROTOCOL},
		{"", 0, ERR_PROTOCOL, ERR_PROTOCOL},
	};
	struct op_batch batch = a_batch(1);
	(void)state;

	for (size_t i = 0; i < COUNT(rows); i++) {
		uint8_t *bytes = block(rows[i].bytes, rows[i].n);
		struct bytes body = bytes_of(bytes, rows[i].n);
		if (op_items_check(body, 1, NULL) != rows[i].items ||
			op_batch_check(&batch, body, NULL) != rows[i].batch)
			fail_msg("row %zu", i);
		free(bytes);
	}
	batch.hash_last.n = 31;
	assert_int_equal(op_batch_check(&batch, bytes_of("\1\0\0\x08\0\0\0\0\0\0\0\x0b", 12), NULL),
		ERR_PROTOCOL);
}

static void test_random_bytes(void **state)
{
	uint64_t seed = 20261122;
	struct random random = random_seeded(&seed);
	(void)state;

	for (int i = 0; i < 20000; i++) {
		uint8_t raw[3][64];
		random.fill(random.ctx, raw, sizeof(raw));
		size_t n = random_u64(&random) % 64;
		uint8_t *bytes = block(raw[1], n);
		struct bytes body = bytes_of(bytes, n);
		struct op_batch batch = a_batch((int64_t)(random_u64(&random) % 8));
		const struct op_parts parts = {bytes_of(raw[0], OP_HEADER_BYTES), body, body};
		struct op_message message = {.kind = OP_BATCH, .fields = body};
		struct op_batch decoded;
		assert_int_equal(op_message_decode(&parts, &message, NULL), ERR_PROTOCOL);
		message.kind = OP_BATCH;
		assert_int_not_equal(op_fields_decode(&message, &arena, &decoded, NULL), ERR_OK);
		(void)!op_items_check(body, batch.count, NULL);
		(void)!op_batch_check(&batch, body, NULL);
		struct op_item item;
		for (struct bytes left = body; op_batch_next(&left, &item);)
			continue;
		arena_reset(&arena);
		free(bytes);
	}
}

static void test_refusals(void **state)
{
	struct reason reason;
	struct reason back;
	(void)state;

	reason_set(&reason, ERR_BUSY, "slots[2].length", "try later");
	struct op_error error = op_error_of(&reason, op_outcome_not_done);
	assert_true(text_is(error.code, "busy"));
	assert_true(error.retryable);
	op_reason_of_error(&error, &back);
	assert_int_equal(back.code, ERR_BUSY);
	assert_string_equal(back.field, "slots[2].length");
	assert_string_equal(back.rule, "try later");
	struct op_reply reply = op_reply_of(7, &reason);
	assert_int_equal(reply.correlation, 7);
	op_reason_of_reply(&reply, &back);
	assert_int_equal(back.code, ERR_BUSY);
	reply.status = TEXT_NONE;
	op_reason_of_reply(&reply, &back);
	assert_int_equal(back.code, ERR_OK);
	reply.status = text_of("of a newer version");
	op_reason_of_reply(&reply, &back);
	assert_int_equal(back.code, ERR_BUG);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_header),
		cmocka_unit_test(test_kinds),
		cmocka_unit_test(test_round_trip),
		cmocka_unit_test(test_every_bit),
		cmocka_unit_test(test_wrong_sizes),
		cmocka_unit_test(test_wrong_header),
		cmocka_unit_test(test_wrong_fields),
		cmocka_unit_test(test_items),
		cmocka_unit_test(test_item_too_large),
		cmocka_unit_test(test_batch),
		cmocka_unit_test(test_wrong_batch),
		cmocka_unit_test(test_wrong_items),
		cmocka_unit_test(test_random_bytes),
		cmocka_unit_test(test_refusals),
	};

	return cmocka_run_group_tests(tests, set_up, tear_down);
}
