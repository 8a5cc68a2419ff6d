/* Records as MessagePack, written through msgpack-c; this is the only room that names it. Touches
 * memory only.
 *
 * msgpack-c believes the counts it reads and reserves memory for them, and makes a tree of its own
 * of what it has read: so reading is ours. Every input is walked first, and what the walk lets
 * through is unpacked into the struct directly, within a small multiple of its own length. */
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

/* ---- unpacking -----------------------------------------------------------------------------
 * Of bytes that the walk has let through, so that nothing here can lie outside of them.
 */

struct unpack {
	const uint8_t *at;
	struct arena *arena;
	struct reason *reason;
};

/* The next value, taken up to its end; of a list or a map only its mark and its count. */
struct value {
	enum {
		VALUE_BOOL,
		VALUE_INT,
		VALUE_TEXT,
		VALUE_BIN,
		VALUE_SEALED,
		VALUE_LIST,
		VALUE_MAP,
		VALUE_OTHER
	} kind;
	int64_t number;
	const uint8_t *p;
	uint32_t n; /* bytes, or items */
};

static uint64_t take_number(struct unpack *u, unsigned bytes)
{
	uint64_t number = 0;

	for (unsigned i = 0; i < bytes; i++)
		number = number << 8 | *u->at++;
	return number;
}

static struct value take_bytes(struct unpack *u, unsigned kind, uint64_t n)
{
	const struct value value = {.kind = kind, .p = u->at, .n = (uint32_t)n};

	u->at += n;
	return value;
}

static struct value take_sealed(struct unpack *u, uint64_t n)
{
	u->at++; /* its type: there is one only */
	return take_bytes(u, VALUE_SEALED, n);
}

static struct value value_of_int(int64_t number)
{
	return (struct value){.kind = VALUE_INT, .number = number};
}

static struct value take_fixed(struct unpack *u, uint8_t mark)
{
	unsigned bytes = marks[mark & 0x1f].bytes;
	uint64_t bits = take_number(u, bytes);

	if (mark == 0xc2 || mark == 0xc3)
		return (struct value){.kind = VALUE_BOOL, .number = mark & 1};
	if (mark >= 0xcc && mark <= 0xcf && bits <= INT64_MAX)
		return value_of_int((int64_t)bits);
	if (mark >= 0xd0 && mark <= 0xd3) { /* its highest bit is the sign */
		unsigned shift = 64 - 8 * bytes;
		return value_of_int((int64_t)(bits << shift) >> shift);
	}
	return (struct value){.kind = VALUE_OTHER};
}

static struct value take_marked(struct unpack *u, uint8_t mark)
{
	enum shape shape = marks[mark & 0x1f].shape;

	if (mark >= 0xd4 && mark <= 0xd8)
		return take_sealed(u, UINT64_C(1) << (mark - 0xd4));
	if (shape == FIXED)
		return take_fixed(u, mark);
	uint64_t n = take_number(u, marks[mark & 0x1f].bytes);
	switch (shape) {
	case TEXT:
		return take_bytes(u, VALUE_TEXT, n);
	case BIN:
		return take_bytes(u, VALUE_BIN, n);
	case EXT:
		return take_sealed(u, n);
	case ITEMS:
		return (struct value){.kind = VALUE_LIST, .n = (uint32_t)n};
	case MAP:
		return (struct value){.kind = VALUE_MAP, .n = (uint32_t)n};
	case NONE:
	case FIXED:
		break;
	}
	return (struct value){.kind = VALUE_OTHER};
}

static struct value take_value(struct unpack *u)
{
	uint8_t mark = *u->at++;

	if (mark < 0x80)
		return value_of_int(mark);
	if (mark < 0x90)
		return (struct value){.kind = VALUE_MAP, .n = mark & 0x0f};
	if (mark < 0xa0)
		return (struct value){.kind = VALUE_LIST, .n = mark & 0x0f};
	if (mark < 0xc0)
		return take_bytes(u, VALUE_TEXT, mark & 0x1f);
	if (mark >= 0xe0)
		return value_of_int((int64_t)mark - 0x100);
	return take_marked(u, mark);
}

/* With everything that is in it. */
static void pass_over(struct unpack *u)
{
	const struct value value = take_value(u);

	for (uint32_t i = 0; i < value.n && value.kind >= VALUE_LIST; i++) {
		u->at += value.kind == VALUE_MAP; /* the tag */
		pass_over(u);
	}
}

static enum err wrong_type(struct unpack *u, const char *what)
{
	return reason_set(u->reason, ERR_INVALID, "", "must be %s", what);
}

static enum err no_room(struct unpack *u)
{
	return reason_set(u->reason, ERR_LIMIT, "", "is larger than a message may be");
}

static enum err unpack_record(struct unpack *u, const struct schema *schema, void *record);

static enum err unpack_int(struct unpack *u, const struct field *field, int64_t *ret)
{
	const struct value from = take_value(u);

	if (from.kind != VALUE_INT)
		return wrong_type(u, "a whole number");
	*ret = from.number;
	return field_check_int(field, *ret, u->reason);
}

static enum err unpack_bool(struct unpack *u, void *to)
{
	const struct value from = take_value(u);
	bool flag = from.number;

	if (from.kind != VALUE_BOOL)
		return wrong_type(u, "true or false");
	memcpy(to, &flag, sizeof(flag));
	return ERR_OK;
}

static enum err unpack_text(struct unpack *u, const struct field *field, struct text *ret)
{
	const struct value from = take_value(u);
	bool binary = field->type == FIELD_BIN, sealed = from.kind == VALUE_SEALED && field->whose;

	if (!sealed && from.kind != (binary ? VALUE_BIN : VALUE_TEXT))
		return wrong_type(u, binary ? "binary" : "text");
	struct text v = {(const char *)from.p, from.n, sealed};
	enum err err = field_check_text(field, v, u->reason);
	if (err)
		return err;
	v.p = arena_copy(u->arena, v.p, v.n);
	*ret = v;
	return v.p ? ERR_OK : no_room(u);
}

static enum err unpack_uuid(struct unpack *u, struct uuid *ret)
{
	const struct value from = take_value(u);

	if (from.kind != VALUE_BIN || from.n != sizeof(*ret))
		return wrong_type(u, "a UUID of 16 bytes");
	memcpy(ret, from.p, sizeof(*ret));
	return ERR_OK;
}

static enum err unpack_nested(struct unpack *u, const struct field *field, void *to)
{
	void *nested = arena_alloc(u->arena, field->record()->size);

	if (!nested)
		return no_room(u);
	memcpy(to, &nested, sizeof(nested));
	return unpack_record(u, field->record(), nested);
}

/* One item of a list, or the value of a field that is none. */
static enum err unpack_item(struct unpack *u, const struct field *field, void *to)
{
	int64_t v = 0;
	enum err err = ERR_OK;

	switch (field->type) {
	case FIELD_BOOL:
		return unpack_bool(u, to);
	case FIELD_INT:
	case FIELD_TIME:
	case FIELD_DATE:
		err = unpack_int(u, field, &v);
		memcpy(to, &v, sizeof(v));
		return err;
	case FIELD_ENUM:
	case FIELD_ENUMS:
		err = unpack_int(u, field, &v);
		memcpy(to, &(uint32_t){(uint32_t)v}, sizeof(uint32_t));
		return err;
	case FIELD_UUID:
	case FIELD_UUIDS:
		return unpack_uuid(u, to);
	case FIELD_TEXT:
	case FIELD_BIN:
	case FIELD_TEXTS:
		return unpack_text(u, field, to);
	case FIELD_NEST:
		return unpack_nested(u, field, to);
	case FIELD_LIST:
		return unpack_record(u, field->record(), to);
	}
	return ERR_BUG;
}

static enum err unpack_list(struct unpack *u, const struct field *field, void *to)
{
	const struct value from = take_value(u);
	size_t size = field_item_bytes(field);
	struct list list = {0};

	if (from.kind != VALUE_LIST)
		return wrong_type(u, "a list");
	enum err err = field_check_items(field, from.n, u->reason);
	if (err)
		return err;
	list.at = arena_alloc(u->arena, from.n * size);
	if (!list.at)
		return no_room(u);
	for (; list.n < from.n; list.n++) {
		err = unpack_item(u, field, (char *)list.at + list.n * size);
		if (err) {
			reason_prefix(u->reason, "", (long)list.n);
			return err;
		}
	}
	memcpy(to, &list, sizeof(list));
	return ERR_OK;
}

/* Mostly they come in the order in which they are declared: *place is where the last one was. */
static const struct field *field_of_tag(const struct schema *schema, uint8_t tag, size_t *place)
{
	for (size_t i = 0; i < schema->n; i++) {
		size_t at = (*place + i) % schema->n;
		if (schema->fields[at].tag != tag)
			continue;
		*place = at;
		return &schema->fields[at];
	}
	return NULL;
}

static enum err unpack_record(struct unpack *u, const struct schema *schema, void *record)
{
	const struct value from = take_value(u);
	uint64_t seen = 0;
	size_t place = 0;

	if (from.kind != VALUE_MAP)
		return wrong_type(u, "a record");
	for (uint32_t i = 0; i < from.n; i++) {
		const struct field *field = field_of_tag(schema, *u->at++, &place);
		if (!field) { /* a newer sender's */
			pass_over(u);
			continue;
		}
		void *to = (char *)record + field->offset;
		seen |= UINT64_C(1) << field->tag;
		enum err err = field_is_list(field) ? unpack_list(u, field, to)
						    : unpack_item(u, field, to);
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
	struct unpack u = {from.p, arena, reason};

	memset(ret_record, 0, schema->size);
	enum err err = walk_value(&walk, PACK_DEPTH);
	if (!err && walk.at != walk.end)
		err = refuse(&walk, "has bytes behind its end");
	return err ? err : unpack_record(&u, schema, ret_record);
}

/* ---- packing ------------------------------------------------------------------------------- */

/* Most of what a record is made of are marks, tags and small numbers: a byte each. */
static int write_bytes(void *ctx, const char *p, size_t n)
{
	struct buffer *out = ctx;

	if (n == 1 && out->n < out->size && out->n < out->cap && !out->failed)
		out->p[out->n++] = (uint8_t)*p;
	else
		buffer_add(out, p, n);
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
