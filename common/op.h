/* OP/1, the protocol between peers, as bytes: headers, parts and packed items (proto/PROTOCOL.md).
 *
 * A message has two or three parts: F1 the header of 16 bytes, F2 a MessagePack map (common/op.def)
 * and F3 the body, left out when empty. Every function that reads is bounded by the bytes given;
 * whatever is wrong with them is ERR_PROTOCOL with the rule in *reason (which may be NULL). */
#ifndef COMMON_OP_H
#define COMMON_OP_H

#include "common/node.h"

#include "common/schema_structs.h"
#include "common/op.def"
#include "common/schema_undef.h"

#include "common/schema_functions.h"
#include "common/op.def"
#include "common/schema_undef.h"

enum {
	OP_MAJOR = 1,
	OP_HEADER_BYTES = 16,
	OP_FIELDS_MAX = 64 * 1024,                                      /* F2 */
	OP_MESSAGE_MAX = 256 * 1024,                                    /* all parts together */
	OP_BODY_MAX = OP_MESSAGE_MAX - OP_FIELDS_MAX - OP_HEADER_BYTES, /* fits beside any F2 */
	OP_ITEM_HEAD_BYTES = 4,
	OP_REQUESTS_MAX = 1024,     /* in one message; replies too */
	OP_ITEMS_MAX = 4096,        /* records and stubs in one batch */
	OP_WINDOW = OP_REQUESTS_MAX /* unanswered requests of a session, unless WELCOME says
				       otherwise */
};

/* K(name, number, record of F2, may it have a body) */
#define OP_KIND_LIST(K)                      \
	K(HELLO, 1, op_hello, false)         \
	K(WELCOME, 2, op_welcome, false)     \
	K(FOLLOW, 3, op_follow, false)       \
	K(FOLLOWING, 4, op_following, false) \
	K(BATCH, 5, op_batch, true)          \
	K(ACK, 6, op_ack, false)             \
	K(HEARTBEAT, 7, op_heartbeat, false) \
	K(REQUEST, 8, op_requests, true)     \
	K(REPLY, 9, op_replies, true)        \
	K(ERROR, 10, op_error, false)        \
	K(BYE, 11, op_bye, false)

enum op_kind {
#define K(name, number, record, body) OP_##name = number,
	OP_KIND_LIST(K)
#undef K
		OP_KIND_END
};

/* "hello", "?" for a number without a name; the description of the kind's F2, NULL likewise. */
const char *op_kind_name(unsigned kind);
const struct schema *op_kind_schema(unsigned kind);

/* One message; the views belong to whoever holds the bytes. */
struct op_message {
	enum op_kind kind;
	uint64_t correlation;
	struct bytes fields; /* F2 */
	struct bytes body;   /* F3, may be empty */
};

struct op_parts {
	struct bytes header; /* F1 */
	struct bytes fields;
	struct bytes body;
};

/* F1 of a message: "OP" | u8 major | u8 kind | u32 crc32c | u64 correlation, big-endian; the
 * checksum is over the whole message but itself. */
void op_header_encode(const struct op_message *message, uint8_t ret[OP_HEADER_BYTES]);

/* Checks sizes, magic, major, kind, checksum and whether the kind may have a body. When the header
 * could be read, ret->correlation is set even if the rest is wrong; otherwise it is 0. */
enum err op_message_decode(
	const struct op_parts *parts, struct op_message *ret, struct reason *reason) MUST_USE;

/* F2 into the kind's record (see OP_KIND_LIST); texts lie in the arena. */
enum err op_fields_decode(const struct op_message *message, struct arena *arena, void *ret_record,
	struct reason *reason) MUST_USE;

/* Appends F2 to out; ERR_LIMIT when it is too large for F2 or for the buffer. */
enum err op_fields_encode(enum op_kind kind, const void *record, struct buffer *out) MUST_USE;

/* ---- items: a body is a row of (u8 form | u24 length | bytes), big-endian -------------------- */

enum op_form {
	OP_FORM_WHOLE = 0, /* an op_request or op_reply; in a BATCH u64 seq | record of node.def */
	OP_FORM_STUB = 1,  /* in a BATCH only: u64 seq, a record that may no longer be had */
	OP_FORM_STORED =
		2 /* in a BATCH only, for archives: u64 seq | the journal's value (journal.h) */
};

struct op_item {
	enum op_form form;
	uint64_t seq;       /* in a BATCH */
	struct bytes bytes; /* the record in MessagePack, or as stored; none in a stub */
};

/* Appends a record as an item of a REQUEST or REPLY; a failure stays in body->failed. */
void op_item_add(struct buffer *body, const struct schema *schema, const void *record);
/* Appends an item of a BATCH; likewise. */
void op_batch_add(struct buffer *body, const struct op_item *item);
/* Bytes that an item with so many bytes of record takes in a BATCH. */
size_t op_batch_bytes(size_t record_bytes);

/* A body before it is read: exactly count items of form WHOLE; in a BATCH, seq rising and within
 * first and last. After ERR_OK the functions below cannot meet anything wrong. */
enum err op_items_check(struct bytes body, int64_t count, struct reason *reason) MUST_USE;
enum err op_batch_check(
	const struct op_batch *batch, struct bytes body, struct reason *reason) MUST_USE;

/* Takes one item off the front of *body, a view into it; false at the end. */
bool op_item_next(struct bytes *body, struct op_item *ret);
bool op_batch_next(struct bytes *body, struct op_item *ret);

/* The fields of an op_error and of a reply's refusal out of a reason; the texts point into *reason.
 */
struct op_error op_error_of(const struct reason *reason, enum op_outcome outcome);
struct op_reply op_reply_of(uint64_t correlation, const struct reason *reason);
/* And back; an unknown word becomes ERR_BUG. */
void op_reason_of_error(const struct op_error *error, struct reason *ret);
void op_reason_of_reply(const struct op_reply *reply, struct reason *ret);

#endif
