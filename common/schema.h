/* The record engine: one description of each message, from which come its C struct, its MessagePack
 * and JSON forms, its validation, sealing, masking and documentation.
 *
 * A description is a list in a .def file, expanded by the headers schema_structs.h,
 * schema_functions.h, schema_tables.h and schema_list.h. Rows:
 *
 *   RECORD(name, meaning)                               a part of other messages, or a row at rest
 *   COMMAND(name, reply, peers, actors, meaning)        a wish that a client sends to a node
 *   QUERY(name, reply, peers, actors, meaning)          a question; changes nothing
 *   EVENT(name, peers, meaning)                         a fact; peers: roles that may have it by
 * their role BOOL(tag, name, need, meaning) INT(tag, name, min, max, need, meaning) TIME, DATE,
 * UUID(tag, name, need, meaning)        milliseconds UTC, yyyymmdd, 16 bytes TEXT, BIN(tag, name,
 * max_bytes, need, meaning) PERSONAL(tag, name, max_bytes, whose, need, meaning)  text sealed with
 * the data key of a person; whose: the UUID field, here or in an enclosing record, that names them
 *     ENUM(tag, name, enumeration, need, meaning)
 *     NEST(tag, name, record, need, meaning)            a pointer, NULL when absent
 *     LIST(tag, name, record, max_items, need, meaning) { size_t n; struct record *at; }
 *     ENUMS(tag, name, enumeration, max_items, need, meaning)
 *     TEXTS(tag, name, max_bytes, max_items, need, meaning)
 *     UUIDS(tag, name, max_items, need, meaning)
 *   END(name)
 *   ENUMERATION(name, meaning) VALUE(name, number, word, meaning) ... END_ENUMERATION(name)
 *
 * Rules:
 * 1. The zero value of a type means absent; an absent field is not written. Only a REQUIRED INT or
 * BOOL may hold its zero, and is always written. So every value has exactly one encoding.
 * 2. Tags are 1..63, never reused, never renumbered; unknown tags are skipped when reading.
 * 3. Numbers of enumerations start at 1.
 * 4. A field that is added to a message which was ever written is OPTIONAL.
 */
#ifndef COMMON_SCHEMA_H
#define COMMON_SCHEMA_H

#include "common/bytes.h"

/* Text or binary; owns nothing. sealed: the bytes are a ciphertext (see keyring.h). */
struct text {
	const char *p;
	uint32_t n;
	bool sealed;
};

#define TEXT_NONE ((struct text){NULL, 0, false})
struct text text_of(const char *s);
struct text text_of_bytes(struct bytes bytes);
struct bytes text_bytes(struct text text);
bool text_is(struct text text, const char *s);
bool text_equal(struct text a, struct text b);
/* A NUL-terminated copy; NULL when the arena is full. */
char *text_string(struct arena *arena, struct text text);

/* PLACE: optional; where something stands in a journal. Two runs that lead to the same facts may
 * differ in it, so digests of opened state leave it out (engine_digest_tree). */
enum need { OPTIONAL, REQUIRED, PLACE };

enum field_type {
	FIELD_BOOL,
	FIELD_INT,
	FIELD_TIME,
	FIELD_DATE,
	FIELD_UUID,
	FIELD_TEXT,
	FIELD_BIN,
	FIELD_ENUM,
	FIELD_NEST,
	FIELD_LIST,
	FIELD_ENUMS,
	FIELD_TEXTS,
	FIELD_UUIDS
};

enum schema_kind { SCHEMA_RECORD, SCHEMA_COMMAND, SCHEMA_QUERY, SCHEMA_EVENT };

struct enumeration {
	const char *name;
	const char *meaning;
	const struct enum_value *values;
	size_t n;
};

struct enum_value {
	uint32_t number;
	const char *word;
	const char *meaning;
};

struct schema;
typedef const struct schema *schema_fn(void);
typedef const struct enumeration *enumeration_fn(void);

struct field {
	const char *name;
	uint8_t tag;
	enum field_type type;
	enum need need;
	size_t offset;
	int64_t min;       /* INT */
	int64_t max;       /* INT: value; TEXT, BIN, TEXTS: bytes of one */
	size_t max_items;  /* lists */
	schema_fn *record; /* NEST, LIST */
	enumeration_fn *words;
	const char *whose; /* set: PERSONAL */
	const char *meaning;
};

/* What the first row of a description says. */
struct schema_head {
	const char *name;
	enum schema_kind kind;
	schema_fn *reply;
	uint32_t peers;
	uint32_t actors;
	const char *meaning;
};

struct schema {
	const struct schema_head *head;
	size_t size; /* of the C struct */
	const struct field *fields;
	size_t n;
};

/* The layout that every list field has. */
struct list {
	size_t n;
	void *at;
};

const struct field *schema_field(const struct schema *schema, const char *name, size_t n);
const struct enum_value *enum_by_number(const struct enumeration *e, uint32_t number);
const struct enum_value *enum_by_word(const struct enumeration *e, const char *word, size_t n);
/* The word of a number, "?" when it has none. */
const char *enum_word(enumeration_fn *e, uint32_t number);

/* Bytes of one item of a list, or of the field itself. */
size_t field_item_bytes(const struct field *field);
bool field_is_list(const struct field *field);
/* What a NEST field at that place points at; NULL when absent. */
void *field_nested(const void *at);
/* True when the field holds its zero value and is not a REQUIRED number. */
bool field_absent(const struct field *field, const void *record);

/* The limits of the description; reason->field is left empty for the caller to prefix. */
enum err field_check_int(const struct field *field, int64_t v, struct reason *reason) MUST_USE;
enum err field_check_text(const struct field *field, struct text v, struct reason *reason) MUST_USE;
enum err field_check_items(const struct field *field, size_t n, struct reason *reason) MUST_USE;
/* seen: the tags that were read, as bits; a REQUIRED number has no other sign of being there. */
enum err schema_check_required(const struct schema *schema, uint64_t seen, const void *record,
	struct reason *reason) MUST_USE;

/* A whole record against its description, nested ones included; for records built in C. */
enum err schema_check(
	const struct schema *schema, const void *record, struct reason *reason) MUST_USE;

/* One personal text of a record: whose it is, and its place in the order of the description. */
struct personal {
	const struct field *field;
	struct text *text;
	struct uuid whose; /* nil when the record does not say: such a text cannot be sealed */
	unsigned ordinal;
};
typedef enum err personal_fn(void *ctx, const struct personal *personal);

/* Calls fn for each personal text that is present, in order; stops at the first error. Sealing,
 * opening, masking and stripping are functions over this walk. */
enum err schema_personal(
	const struct schema *schema, void *record, personal_fn *fn, void *ctx) MUST_USE;

/* MessagePack (common/pack.c) ------------------------------------------------------------------ */

enum { PACK_DEPTH = 16, PACK_EXT_SEALED = 1 };

enum pack_mode { PACK_PLAIN, PACK_SEALED }; /* may personal texts be sealed? only at rest */

/* Appends the record: a map from tags to values, fields in the order of the description. The record
 * must be valid. */
void schema_encode(const struct schema *schema, const void *record, struct buffer *out);

/* Reads exactly the bytes: counts that the bytes cannot hold, depth over PACK_DEPTH, duplicate or
 * non-numeric keys, bad UTF-8 and trailing bytes are refused before anything is unpacked. Texts are
 * copied into the arena. */
enum err schema_decode(const struct schema *schema, struct bytes from, enum pack_mode mode,
	struct arena *arena, void *ret_record, struct reason *reason) MUST_USE;

/* JSON (common/json.c) ------------------------------------------------------------------------- */

/* Reads an object; member names are field names, duplicates and unknown names are refused. Times
 * are RFC 3339, dates 2026-11-22, UUIDs and enumerations text, BIN lower-case hexadecimal. */
enum err schema_from_json(const struct schema *schema, struct text json, struct arena *arena,
	void *ret_record, struct reason *reason) MUST_USE;

enum { SCHEMA_INDENT = 1 };
/* NULL when the arena is full. Sealed texts are written as "(sealed)". */
char *schema_to_json(
	const struct schema *schema, const void *record, unsigned flags, struct arena *arena);

/* The members of an object as texts: of a string its characters, of anything else its JSON. */
struct json_member {
	const char *name;
	enum need need;
	struct text value; /* result; n == 0 when absent */
};
enum err json_split(struct text json, struct json_member *members, size_t n, struct arena *arena,
	struct reason *reason) MUST_USE;

#endif
