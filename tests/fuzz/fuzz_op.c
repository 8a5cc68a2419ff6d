/* One message of OP/1 by its parts: raw, or behind a header that fits, so that the checksum hides
 * nothing; then the fields of its kind and the items of its body. */
#include "common/op.h"
#include "tests/fuzz/fuzz.h"

static void check_body(const struct op_message *message, void *fields, struct arena *arena)
{
	struct op_replies *replies = fields;
	struct bytes body = message->body;
	struct reason reason = {0};
	struct op_item item;
	size_t n = 0;

	if (message->kind == OP_BATCH) {
		const struct op_batch *batch = fields;
		if (op_batch_check(batch, body, &reason))
			return;
		for (uint64_t last = 0; op_batch_next(&body, &item); n++) {
			must(item.seq > last && item.seq <= (uint64_t)batch->last);
			last = item.seq;
		}
		must(n == (size_t)batch->count && body.n == 0);
		return;
	}
	if (message->kind != OP_REQUEST && message->kind != OP_REPLY)
		return;
	const struct schema *schema =
		message->kind == OP_REQUEST ? schema_op_request() : schema_op_reply();
	if (op_items_check(body, replies->count, &reason))
		return;
	void *record = arena_alloc(arena, schema->size);
	for (; op_item_next(&body, &item); n++)
		if (!schema_decode(schema, item.bytes, PACK_PLAIN, arena, record, &reason))
			must_be_stable(schema, record, PACK_PLAIN, arena);
	must(n == (size_t)replies->count && body.n == 0);
}

FUZZ(op)
{
	struct bytes feed = bytes_of(data, n);
	unsigned kind = feed_u8(&feed);
	uint8_t header[OP_HEADER_BYTES];
	struct op_message message = {.kind = kind % OP_KIND_END};
	struct op_parts parts = {.header = feed_bytes(&feed, kind & 0x80 ? OP_HEADER_BYTES : 0)};
	struct reason reason = {0};
	struct arena arena;

	arena_init(&arena, (size_t)32 << 20);
	parts.fields = feed_bytes(&feed, feed_u16(&feed));
	parts.body = feed;
	if (!(kind & 0x80)) {
		message.fields = parts.fields;
		message.body = parts.body;
		message.correlation = n;
		op_header_encode(&message, header);
		parts.header = bytes_of(header, sizeof(header));
	}
	enum err err = op_message_decode(&parts, &message, &reason);
	if (!err) {
		const struct schema *schema = op_kind_schema(message.kind);
		void *fields = arena_alloc(&arena, schema->size);
		err = op_fields_decode(&message, &arena, fields, &reason);
		if (!err) {
			must_be_stable(schema, fields, PACK_PLAIN, &arena);
			check_body(&message, fields, &arena);
		}
	}
	must(!err || reason.rule[0]);
	arena_done(&arena);
	return 0;
}
