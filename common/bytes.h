/* Bounded bytes: a view of somebody's bytes, a growing buffer, the big-endian keys of the store and
 * the checksum of records. */
#ifndef COMMON_BYTES_H
#define COMMON_BYTES_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "common/arena.h"
#include "common/err.h"

/* A view; owns nothing. */
struct bytes {
	const uint8_t *p;
	size_t n;
};

/* 128 bits; all zero means none. */
struct uuid {
	uint8_t b[16];
};

#define BYTES_NONE ((struct bytes){NULL, 0})

struct bytes bytes_of(const void *p, size_t n);
struct bytes bytes_of_string(const char *s);
bool bytes_equal(struct bytes a, struct bytes b);

/* Order of unsigned bytes, a prefix before what it begins: <0, 0, >0. */
int bytes_compare(struct bytes a, struct bytes b);

/* RFC 3629: no overlong forms, no surrogates, nothing above U+10FFFF. */
bool bytes_are_utf8(struct bytes text);

/* A copy in the arena; p is NULL when the arena is full. */
struct bytes bytes_copy(struct arena *arena, struct bytes from);

/* A buffer on the heap that grows up to cap bytes; after the first failure it takes no more and
 * failed stays set, so that a writer checks once at its end. */
struct buffer {
	uint8_t *p;
	size_t n;
	size_t size;
	size_t cap;
	bool failed;
	bool lent; /* p is not on the heap */
};

void buffer_init(struct buffer *buffer, size_t cap_bytes);
/* The same, beginning in n bytes of the caller's, which outlive it. */
void buffer_init_in(struct buffer *buffer, size_t cap_bytes, void *p, size_t n);
void buffer_done(struct buffer *buffer);
void buffer_reset(struct buffer *buffer);
void buffer_add(struct buffer *buffer, const void *p, size_t n);
struct bytes buffer_bytes(const struct buffer *buffer);

/* Big-endian numbers, so that the order of bytes is the order of numbers. */
void put_u16(uint8_t *p, uint16_t v);
void put_u32(uint8_t *p, uint32_t v);
void put_u64(uint8_t *p, uint64_t v);
uint16_t get_u16(const uint8_t *p);
uint32_t get_u32(const uint8_t *p);
uint64_t get_u64(const uint8_t *p);

/* A key of the store, built part by part. Texts end with a zero byte, so that no part runs into the
 * next; a key that grows beyond its room is a bug. */
struct key {
	size_t n;
	uint8_t b[160];
};

void key_add_u8(struct key *key, uint8_t v);
void key_add_u64(struct key *key, uint64_t v);
/* Milliseconds, negative ones before positive ones. */
void key_add_time(struct key *key, int64_t ms);
void key_add_uuid(struct key *key, struct uuid id);
void key_add_text(struct key *key, const char *text, size_t n);
struct bytes key_bytes(const struct key *key);
int64_t key_time(const uint8_t *p);

/* CRC-32C (Castagnoli), as in RFC 3720 appendix B.4. */
uint32_t crc32c(uint32_t seed, const void *p, size_t n);

#endif
