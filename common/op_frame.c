/* OP/1 as bytes: headers, second parts and packed items, both ways. Touches memory only. */
#include "common/op.h"

#include <string.h>

enum { MAGIC_BYTES = 2, AT_MAJOR = 2, AT_KIND = 3, AT_CRC = 4, AT_CORRELATION = 8, SEQ_BYTES = 8 };

static const uint8_t magic[MAGIC_BYTES] = {'O', 'P'};

static const struct {
	const char *name;
	schema_fn *schema;
	bool body;
} kinds[OP_KIND_END] = {
#define K(name_, number_, record_, body_) [number_] = {#record_, schema_##record_, body_},
	OP_KIND_LIST(K)
#undef K
};

const char *op_kind_name(unsigned kind)
{
	return kind > 0 && kind < OP_KIND_END ? kinds[kind].name + strlen("op_") : "?";
}

const struct schema *op_kind_schema(unsigned kind)
{
	return kind > 0 && kind < OP_KIND_END ? kinds[kind].schema() : NULL;
}

static enum err wrong(struct reason *reason, const char *field, const char *rule)
{
	return reason_set(reason, ERR_PROTOCOL, field, "%s", rule);
}

/* ---- messages -------------------------------------------------------------------------------- */

static uint32_t checksum(const uint8_t *header, struct bytes fields, struct bytes body)
{
	uint32_t crc = crc32c(0, header, AT_CRC);

	crc = crc32c(crc, header + AT_CORRELATION, OP_HEADER_BYTES - AT_CORRELATION);
	crc = crc32c(crc, fields.p, fields.n);
	return crc32c(crc, body.p, body.n);
}

void op_header_encode(const struct op_message *message, uint8_t ret[OP_HEADER_BYTES])
{
	memcpy(ret, magic, MAGIC_BYTES);
	ret[AT_MAJOR] = OP_MAJOR;
	ret[AT_KIND] = (uint8_t)message->kind;
	put_u64(ret + AT_CORRELATION, message->correlation);
	put_u32(ret + AT_CRC, checksum(ret, message->fields, message->body));
}

static enum err check_sizes(const struct op_parts *parts, struct reason *reason)
{
	if (parts->header.n != OP_HEADER_BYTES)
		return wrong(reason, "header", "must have 16 bytes");
	if (parts->fields.n == 0 || parts->fields.n > OP_FIELDS_MAX)
		return wrong(reason, "fields", "must have 1 to 65536 bytes");
	if (parts->body.n > OP_MESSAGE_MAX - OP_HEADER_BYTES - parts->fields.n)
		return wrong(reason, "body", "a message has at most 262144 bytes");
	return ERR_OK;
}

enum err op_message_decode(
	const struct op_parts *parts, struct op_message *ret, struct reason *reason)
{
	const uint8_t *header = parts->header.p;

	*ret = (struct op_message){.fields = parts->fields, .body = parts->body};
	if (parts->header.n == OP_HEADER_BYTES && !memcmp(header, magic, MAGIC_BYTES))
		ret->correlation = get_u64(header + AT_CORRELATION);
	enum err err = check_sizes(parts, reason);
	if (err)
		return err;
	if (memcmp(header, magic, MAGIC_BYTES) != 0)
		return wrong(reason, "header", "must begin with OP");
	if (header[AT_MAJOR] != OP_MAJOR)
		return wrong(reason, "header.major", "must be 1");
	if (get_u32(header + AT_CRC) != checksum(header, parts->fields, parts->body))
		return wrong(reason, "header.crc32c", "is not the checksum of the message");
	if (!op_kind_schema(header[AT_KIND]))
		return wrong(reason, "header.kind", "is no kind of OP/1");
	if (parts->body.n && !kinds[header[AT_KIND]].body)
		return wrong(reason, "body", "messages of this kind have none");
	ret->kind = (enum op_kind)header[AT_KIND];
	return ERR_OK;
}

enum err op_fields_decode(const struct op_message *message, struct arena *arena, void *ret_record,
	struct reason *reason)
{
	const struct schema *schema = op_kind_schema(message->kind);
	enum err err =
		schema_decode(schema, message->fields, PACK_PLAIN, arena, ret_record, reason);

	/* A number that was left out has become 0, which need not be within its limits. */
	if (!err)
		err = schema_check(schema, ret_record, reason);
	if (err != ERR_INVALID)
		return err;
	if (reason)
		reason->code = ERR_PROTOCOL;
	return ERR_PROTOCOL;
}

enum err op_fields_encode(enum op_kind kind, const void *record, struct buffer *out)
{
	size_t before = out->n;

	schema_encode(op_kind_schema(kind), record, out);
	return out->failed || out->n - before > OP_FIELDS_MAX ? ERR_LIMIT : ERR_OK;
}

/* ---- items ----------------------------------------------------------------------------------- */

static void put_item_head(uint8_t *p, enum op_form form, size_t n)
{
	put_u32(p, (uint32_t)form << 24 | (uint32_t)n);
}

void op_item_add(struct buffer *body, const struct schema *schema, const void *record)
{
	uint8_t head[OP_ITEM_HEAD_BYTES] = {0};
	size_t at = body->n;

	buffer_add(body, head, sizeof(head));
	schema_encode(schema, record, body);
	if (body->failed) {
		body->n = at;
		return;
	}
	put_item_head(body->p + at, OP_FORM_WHOLE, body->n - at - sizeof(head));
}

size_t op_batch_bytes(size_t record_bytes)
{
	return OP_ITEM_HEAD_BYTES + SEQ_BYTES + record_bytes;
}

void op_batch_add(struct buffer *body, const struct op_item *item)
{
	size_t n = item->form == OP_FORM_STUB ? 0 : item->bytes.n;
	uint8_t head[OP_ITEM_HEAD_BYTES + SEQ_BYTES];
	size_t at = body->n;

	put_item_head(head, item->form, SEQ_BYTES + n);
	put_u64(head + OP_ITEM_HEAD_BYTES, item->seq);
	buffer_add(body, head, sizeof(head));
	buffer_add(body, item->bytes.p, n);
	if (body->failed)
		body->n = at;
}

/* The next item as it stands, its form unchecked. */
static enum err take_item(struct bytes *body, unsigned *ret_form, struct bytes *ret)
{
	if (body->n < OP_ITEM_HEAD_BYTES)
		return ERR_PROTOCOL;
	uint32_t head = get_u32(body->p);
	size_t n = head & 0xffffff;
	if (n > body->n - OP_ITEM_HEAD_BYTES)
		return ERR_PROTOCOL;
	*ret_form = head >> 24;
	*ret = bytes_of(body->p + OP_ITEM_HEAD_BYTES, n);
	*body = bytes_of(ret->p + n, body->n - OP_ITEM_HEAD_BYTES - n);
	return ERR_OK;
}

enum err op_items_check(struct bytes body, int64_t count, struct reason *reason)
{
	struct bytes item;
	unsigned form = 0;

	for (int64_t i = 0; i < count; i++) {
		if (take_item(&body, &form, &item))
			return wrong(reason, "body", "announces more than there is");
		if (form != OP_FORM_WHOLE)
			return wrong(
				reason, "body", "holds an item of a form that has no place here");
	}
	if (body.n)
		return wrong(reason, "body", "has bytes behind its last item");
	return ERR_OK;
}

static enum err check_batch_item(struct bytes *body, uint64_t *ret_seq, struct reason *reason)
{
	struct bytes item;
	unsigned form = 0;

	if (take_item(body, &form, &item) || item.n < SEQ_BYTES)
		return wrong(reason, "body", "announces more than there is");
	if (form > OP_FORM_STORED)
		return wrong(reason, "body", "holds an item of a form that has no place here");
	if ((form == OP_FORM_STUB) != (item.n == SEQ_BYTES))
		return wrong(
			reason, "body", "a stub is a number and nothing else, a record is more");
	*ret_seq = get_u64(item.p);
	return ERR_OK;
}

enum err op_batch_check(const struct op_batch *batch, struct bytes body, struct reason *reason)
{
	uint64_t before = (uint64_t)batch->first - 1;
	uint64_t seq = 0;

	if (batch->first > batch->last || batch->last > batch->head)
		return wrong(reason, "last", "must lie between first and head");
	if (batch->hash_last.n != 32)
		return wrong(reason, "hash_last", "must have 32 bytes");
	for (int64_t i = 0; i < batch->count; i++) {
		enum err err = check_batch_item(&body, &seq, reason);
		if (err)
			return err;
		if (seq <= before || seq > (uint64_t)batch->last)
			return wrong(reason, "body", "numbers must rise from first to last");
		before = seq;
	}
	if (body.n)
		return wrong(reason, "body", "has bytes behind its last item");
	return ERR_OK;
}

bool op_item_next(struct bytes *body, struct op_item *ret)
{
	unsigned form = 0;

	*ret = (struct op_item){0};
	if (take_item(body, &form, &ret->bytes))
		return false;
	ret->form = (enum op_form)form;
	return true;
}

bool op_batch_next(struct bytes *body, struct op_item *ret)
{
	if (!op_item_next(body, ret) || ret->bytes.n < SEQ_BYTES)
		return false;
	ret->seq = get_u64(ret->bytes.p);
	ret->bytes = bytes_of(ret->bytes.p + SEQ_BYTES, ret->bytes.n - SEQ_BYTES);
	return true;
}

/* ---- refusals -------------------------------------------------------------------------------- */

struct op_error op_error_of(const struct reason *reason, enum op_outcome outcome)
{
	return (struct op_error){
		.code = text_of(err_word(reason->code)),
		.field = text_of(reason->field),
		.rule = text_of(reason->rule),
		.retryable = err_retryable(reason->code),
		.outcome = outcome,
	};
}

struct op_reply op_reply_of(uint64_t correlation, const struct reason *reason)
{
	return (struct op_reply){
		.correlation = (int64_t)correlation,
		.status = reason->code ? text_of(err_word(reason->code)) : TEXT_NONE,
		.field = text_of(reason->field),
		.rule = text_of(reason->rule),
	};
}

static void copy_text(char *to, size_t size, struct text from)
{
	size_t n = from.n < size ? from.n : size - 1;

	if (n)
		memcpy(to, from.p, n);
	to[n] = '\0';
}

void op_reason_of_error(const struct op_error *error, struct reason *ret)
{
	ret->code = err_of_word(error->code.p, error->code.n);
	copy_text(ret->field, sizeof(ret->field), error->field);
	copy_text(ret->rule, sizeof(ret->rule), error->rule);
}

void op_reason_of_reply(const struct op_reply *reply, struct reason *ret)
{
	ret->code = reply->status.n ? err_of_word(reply->status.p, reply->status.n) : ERR_OK;
	copy_text(ret->field, sizeof(ret->field), reply->field);
	copy_text(ret->rule, sizeof(ret->rule), reply->rule);
}
