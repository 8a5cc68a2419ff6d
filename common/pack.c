/* Records as MessagePack, through msgpack-c; this is the only room that names it. Touches memory
 * only.
 *
 * msgpack-c believes the counts it reads and reserves memory for them, so every input is walked
 * first: what the walk lets through can be unpacked within a small multiple of its own length. */
#include "common/schema.h"

#include <assert.h>
#include <msgpack.h>
#include <string.h>

/* ---- the bounded walk ---------------------------------------------------------------------- */

struct walk {
	const uint8_t *at;
	const uint8_t *end;
	enum pack_mode mode;
	struct reason *reason;
};

static enum err refuse(struct walk *walk, const char *rule)
{
	return reason_set(walk->reason, ERR_INVALID, "", "%s", rule);
}

static bool read_number(struct walk *walk, unsigned bytes, uint64_t *ret)
{
	if ((size_t)(walk->end - walk->at) < bytes)
		return false;
	*ret = 0;
	for (unsigned i = 0; i < bytes; i++)
		*ret = *ret << 8 | *walk->at++;
	return true;
}

static enum err skip(struct walk *walk, uint64_t n)
{
	if ((uint64_t)(walk->end - walk->at) < n)
		return refuse(walk, "announces more than there is");
	walk->at += n;
	return ERR_OK;
}

static enum err walk_text(struct walk *walk, uint64_t n)
{
	const uint8_t *p = walk->at;
	enum err err = skip(walk, n);

	if (!err && !bytes_are_utf8(bytes_of(p, (size_t)n)))
		return refuse(walk, "must be valid UTF-8");
	return err;
}

static enum err walk_value(struct walk *walk, unsigned depth);

static enum err walk_items(struct walk *walk, uint64_t n, unsigned depth)
{
	enum err err = ERR_OK;

	if (depth == 0)
		return refuse(walk, "is nested too deeply");
	if (n > (uint64_t)(walk->end - walk->at))
		return refuse(walk, "announces more than there is");
	for (; !err && n; n--)
		err = walk_value(walk, depth - 1);
	return err;
}

static enum err walk_map(struct walk *walk, uint64_t n, unsigned depth)
{
	uint64_t seen = 0;
	enum err err = ERR_OK;

	if (depth == 0)
		return refuse(walk, "is nested too deeply");
	if (n > (uint64_t)(walk->end - walk->at) / 2)
		return refuse(walk, "announces more than there is");
	for (; !err && n; n--) {
		uint8_t tag = walk->at < walk->end ? *walk->at++ : 0;
		if (tag == 0 || tag > 63)
			return refuse(walk, "keys must be tags from 1 to 63");
		if (seen & UINT64_C(1) << tag)
			return refuse(walk, "holds a key twice");
		seen |= UINT64_C(1) << tag;
		err = walk_value(walk, depth - 1);
		if (err)
			return err;
	}
	return err;
}

static enum err walk_sealed(struct walk *walk, uint64_t n)
{
	if (walk->at == walk->end || *walk->at++ != PACK_EXT_SEALED || walk->mode != PACK_SEALED)
		return refuse(walk, "holds an extension type that has no place here");
	return skip(walk, n);
}

/* The types of the MessagePack specification that begin with a byte from 0xc0 to 0xdf. */
enum shape { NONE, FIXED, TEXT, BIN, ITEMS, MAP, EXT };

static const struct {
	enum shape shape;
	uint8_t bytes; /* of the length, or of the value itself */
} marks[32] = {
	[0x00] = {FIXED, 0},
	[0x02] = {FIXED, 0},
	[0x03] = {FIXED, 0},
	[0x04] = {BIN, 1},
	[0x05] = {BIN, 2},
	[0x06] = {BIN, 4},
	[0x07] = {EXT, 1},
	[0x08] = {EXT, 2},
	[0x09] = {EXT, 4},
	[0x0a] = {FIXED, 4},
	[0x0b] = {FIXED, 8},
	[0x0c] = {FIXED, 1},
	[0x0d] = {FIXED, 2},
	[0x0e] = {FIXED, 4},
	[0x0f] = {FIXED, 8},
	[0x10] = {FIXED, 1},
	[0x11] = {FIXED, 2},
	[0x12] = {FIXED, 4},
	[0x13] = {FIXED, 8},
	[0x19] = {TEXT, 1},
	[0x1a] = {TEXT, 2},
	[0x1b] = {TEXT, 4},
	[0x1c] = {ITEMS, 2},
	[0x1d] = {ITEMS, 4},
	[0x1e] = {MAP, 2},
	[0x1f] = {MAP, 4},
};

static enum err walk_marked(struct walk *walk, uint8_t mark, unsigned depth)
{
	enum shape shape = marks[mark & 0x1f].shape;
	uint64_t n = 0;

	if (mark >= 0xd4 && mark <= 0xd8) /* extensions of 1, 2, 4, 8 or 16 bytes */
		return walk_sealed(walk, UINT64_C(1) << (mark - 0xd4));
	if (shape == NONE)
		return refuse(walk, "is not MessagePack");
	if (shape == FIXED)
		return skip(walk, marks[mark & 0x1f].bytes);
	if (!read_number(walk, marks[mark & 0x1f].bytes, &n))
		return refuse(walk, "ends too early");
	switch (shape) {
	case TEXT:
		return walk_text(walk, n);
	case BIN:
		return skip(walk, n);
	case ITEMS:
		return walk_items(walk, n, depth);
	case MAP:
		return walk_map(walk, n, depth);
	case EXT:
		return walk_sealed(walk, n);
	case NONE:
	case FIXED:
		break;
	}
	return ERR_BUG;
}

static enum err walk_value(struct walk *walk, unsigned depth)
{
	if (walk->at == walk->end)
		return refuse(walk, "ends too early");
	uint8_t mark = *walk->at++;
	if (mark < 0x80 || mark >= 0xe0)
		return ERR_OK;
	if (mark < 0x90)
		return walk_map(walk, mark & 0x0f, depth);
	if (mark < 0xa0)
		return walk_items(walk, mark & 0x0f, depth);
	if (mark < 0xc0)
		return walk_text(walk, mark & 0x1f);
	return walk_marked(walk, mark, depth);
}

/* ---- unpacking ----------------------------------------------------------------------------- */

struct unpack {
	enum pack_mode mode;
	struct arena *arena;
	struct reason *reason;
};

static enum err wrong_type(struct unpack *u, const char *what)
{
	return reason_set(u->reason, ERR_INVALID, "", "must be %s", what);
}

static enum err no_room(struct unpack *u)
{
	return reason_set(u->reason, ERR_LIMIT, "", "is larger than a message may be");
}

static enum err unpack_record(
	struct unpack *u, const struct schema *schema, const msgpack_object *from, void *record);

static enum err unpack_int(
	struct unpack *u, const struct field *field, const msgpack_object *from, int64_t *ret)
{
	if (from->type == MSGPACK_OBJECT_POSITIVE_INTEGER && from->via.u64 <= INT64_MAX)
		*ret = (int64_t)from->via.u64;
	else if (from->type == MSGPACK_OBJECT_NEGATIVE_INTEGER)
		*ret = from->via.i64;
	else
		return wrong_type(u, "a whole number");
	return field_check_int(field, *ret, u->reason);
}

static enum err unpack_text(
	struct unpack *u, const struct field *field, const msgpack_object *from, struct text *ret)
{
	bool binary = field->type == FIELD_BIN;
	struct text v = TEXT_NONE;

	if (from->type == MSGPACK_OBJECT_EXT && field->whose)
		v = (struct text){from->via.ext.ptr, from->via.ext.size, true};
	else if (binary && from->type == MSGPACK_OBJECT_BIN)
		v = (struct text){from->via.bin.ptr, from->via.bin.size, false};
	else if (!binary && from->type == MSGPACK_OBJECT_STR)
		v = (struct text){from->via.str.ptr, from->via.str.size, false};
	else
		return wrong_type(u, binary ? "binary" : "text");
	enum err err = field_check_text(field, v, u->reason);
	if (err)
		return err;
	v.p = arena_copy(u->arena, v.p, v.n);
	*ret = v;
	return v.p ? ERR_OK : no_room(u);
}

static enum err unpack_uuid(struct unpack *u, const msgpack_object *from, struct uuid *ret)
{
	if (from->type != MSGPACK_OBJECT_BIN || from->via.bin.size != sizeof(*ret))
		return wrong_type(u, "a UUID of 16 bytes");
	memcpy(ret, from->via.bin.ptr, sizeof(*ret));
	return ERR_OK;
}

static enum err unpack_nested(
	struct unpack *u, const struct field *field, const msgpack_object *from, void *to)
{
	void *nested = arena_alloc(u->arena, field->record()->size);

	if (!nested)
		return no_room(u);
	memcpy(to, &nested, sizeof(nested));
	return unpack_record(u, field->record(), from, nested);
}

/* One item of a list, or the value of a field that is none. */
static enum err unpack_item(
	struct unpack *u, const struct field *field, const msgpack_object *from, void *to)
{
	int64_t v = 0;
	enum err err = ERR_OK;

	switch (field->type) {
	case FIELD_BOOL:
		if (from->type != MSGPACK_OBJECT_BOOLEAN)
			return wrong_type(u, "true or false");
		memcpy(to, &from->via.boolean, sizeof(bool));
		return ERR_OK;
	case FIELD_INT:
	case FIELD_TIME:
	case FIELD_DATE:
		err = unpack_int(u, field, from, &v);
		memcpy(to, &v, sizeof(v));
		return err;
	case FIELD_ENUM:
	case FIELD_ENUMS:
		err = unpack_int(u, field, from, &v);
		memcpy(to, &(uint32_t){(uint32_t)v}, sizeof(uint32_t));
		return err;
	case FIELD_UUID:
	case FIELD_UUIDS:
		return unpack_uuid(u, from, to);
	case FIELD_TEXT:
	case FIELD_BIN:
	case FIELD_TEXTS:
		return unpack_text(u, field, from, to);
	case FIELD_NEST:
		return unpack_nested(u, field, from, to);
	case FIELD_LIST:
		return unpack_record(u, field->record(), from, to);
	}
	return ERR_BUG;
}

static enum err unpack_list(
	struct unpack *u, const struct field *field, const msgpack_object *from, void *to)
{
	struct list list = {0};
	size_t size = field_item_bytes(field);

	if (from->type != MSGPACK_OBJECT_ARRAY)
		return wrong_type(u, "a list");
	enum err err = field_check_items(field, from->via.array.size, u->reason);
	if (err)
		return err;
	list.at = arena_alloc(u->arena, from->via.array.size * size);
	if (!list.at)
		return no_room(u);
	for (; list.n < from->via.array.size; list.n++) {
		err = unpack_item(
			u, field, &from->via.array.ptr[list.n], (char *)list.at + list.n * size);
		if (err) {
			reason_prefix(u->reason, "", (long)list.n);
			return err;
		}
	}
	memcpy(to, &list, sizeof(list));
	return ERR_OK;
}

static enum err unpack_record(
	struct unpack *u, const struct schema *schema, const msgpack_object *from, void *record)
{
	uint64_t seen = 0;

	if (from->type != MSGPACK_OBJECT_MAP)
		return wrong_type(u, "a record");
	for (uint32_t i = 0; i < from->via.map.size; i++) {
		const msgpack_object_kv *kv = &from->via.map.ptr[i];
		const struct field *field = NULL;
		for (size_t k = 0; k < schema->n && !field; k++)
			if (schema->fields[k].tag == kv->key.via.u64)
				field = &schema->fields[k];
		if (!field) /* a newer sender's */
			continue;
		void *to = (char *)record + field->offset;
		seen |= UINT64_C(1) << field->tag;
		enum err err = field_is_list(field) ? unpack_list(u, field, &kv->val, to)
						    : unpack_item(u, field, &kv->val, to);
		if (err) {
			reason_prefix(u->reason, field->name, -1);
			return err;
		}
	}
	return schema_check_required(schema, seen, record, u->reason);
}

enum err schema_decode(const struct schema *schema, struct bytes from, enum pack_mode mode,
	struct arena *arena, void *ret_record, struct reason *reason)
{
	if (!from.p)
		from.p = (const uint8_t *)"";
	struct walk walk = {from.p, from.p + from.n, mode, reason};
	struct unpack u = {mode, arena, reason};
	msgpack_object object;
	size_t at = 0;

	memset(ret_record, 0, schema->size);
	enum err err = walk_value(&walk, PACK_DEPTH);
	if (!err && walk.at != walk.end)
		err = refuse(&walk, "has bytes behind its end");
	if (err)
		return err;
	msgpack_zone zone;
	if (!msgpack_zone_init(&zone, 2048))
		return reason_set(reason, ERR_NO_MEMORY, "", "out of memory");
	msgpack_unpack_return got =
		msgpack_unpack((const char *)from.p, from.n, &at, &zone, &object);
	if (got == MSGPACK_UNPACK_SUCCESS)
		err = unpack_record(&u, schema, &object, ret_record);
	else if (got == MSGPACK_UNPACK_NOMEM_ERROR)
		err = reason_set(reason, ERR_NO_MEMORY, "", "out of memory");
	else
		err = reason_set(reason, ERR_INVALID, "", "is not MessagePack");
	msgpack_zone_destroy(&zone);
	return err;
}

/* ---- packing ------------------------------------------------------------------------------- */

static int write_bytes(void *ctx, const char *p, size_t n)
{
	buffer_add(ctx, p, n);
	return 0;
}

static void pack_record(msgpack_packer *pk, const struct schema *schema, const void *record);

static void pack_text(msgpack_packer *pk, const struct field *field, struct text text)
{
	if (text.sealed)
		msgpack_pack_ext_with_body(pk, text.p, text.n, PACK_EXT_SEALED);
	else if (field->type == FIELD_BIN)
		msgpack_pack_bin_with_body(pk, text.p, text.n);
	else
		msgpack_pack_str_with_body(pk, text.p, text.n);
}

static void pack_item(msgpack_packer *pk, const struct field *field, const void *at)
{
	struct text text;
	uint32_t number;
	int64_t v;
	bool flag;

	switch (field->type) {
	case FIELD_BOOL:
		memcpy(&flag, at, sizeof(flag));
		(void)(flag ? msgpack_pack_true(pk) : msgpack_pack_false(pk));
		return;
	case FIELD_INT:
	case FIELD_TIME:
	case FIELD_DATE:
		memcpy(&v, at, sizeof(v));
		msgpack_pack_int64(pk, v);
		return;
	case FIELD_ENUM:
	case FIELD_ENUMS:
		memcpy(&number, at, sizeof(number));
		msgpack_pack_uint32(pk, number);
		return;
	case FIELD_UUID:
	case FIELD_UUIDS:
		msgpack_pack_bin_with_body(pk, at, sizeof(struct uuid));
		return;
	case FIELD_TEXT:
	case FIELD_BIN:
	case FIELD_TEXTS:
		memcpy(&text, at, sizeof(text));
		pack_text(pk, field, text);
		return;
	case FIELD_NEST:
		pack_record(pk, field->record(), field_nested(at));
		return;
	case FIELD_LIST:
		pack_record(pk, field->record(), at);
		return;
	}
}

static void pack_field(msgpack_packer *pk, const struct field *field, const void *at)
{
	struct list list;

	msgpack_pack_uint8(pk, field->tag);
	if (!field_is_list(field)) {
		pack_item(pk, field, at);
		return;
	}
	memcpy(&list, at, sizeof(list));
	msgpack_pack_array(pk, list.n);
	for (size_t k = 0; k < list.n; k++)
		pack_item(pk, field, (char *)list.at + k * field_item_bytes(field));
}

static void pack_record(msgpack_packer *pk, const struct schema *schema, const void *record)
{
	uint64_t present = 0; /* by place: tags are at most 63, so are fields */
	size_t n = 0;

	for (size_t i = 0; i < schema->n; i++)
		if (!field_absent(&schema->fields[i], record)) {
			present |= UINT64_C(1) << i;
			n++;
		}
	msgpack_pack_map(pk, n);
	for (size_t i = 0; i < schema->n; i++)
		if (present & UINT64_C(1) << i)
			pack_field(pk, &schema->fields[i],
				(const char *)record + schema->fields[i].offset);
}

void schema_encode(const struct schema *schema, const void *record, struct buffer *out)
{
	msgpack_packer pk;

	msgpack_packer_init(&pk, out, write_bytes);
	pack_record(&pk, schema, record);
}
