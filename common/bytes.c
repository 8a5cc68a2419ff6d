/* Bounded bytes, big-endian numbers, keys and checksums. Touches memory only. */
#include "common/bytes.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>

struct bytes bytes_of(const void *p, size_t n)
{
	return (struct bytes){p, n};
}

struct bytes bytes_of_string(const char *s)
{
	return bytes_of(s, strlen(s));
}

bool bytes_equal(struct bytes a, struct bytes b)
{
	return a.n == b.n && (a.n == 0 || memcmp(a.p, b.p, a.n) == 0);
}

int bytes_compare(struct bytes a, struct bytes b)
{
	size_t n = a.n < b.n ? a.n : b.n;
	int order = n ? memcmp(a.p, b.p, n) : 0;

	if (order)
		return order;
	return a.n < b.n ? -1 : a.n > b.n;
}

bool bytes_are_utf8(struct bytes text)
{
	const uint8_t *p = text.p;
	size_t n = text.n;
	static const uint32_t least[] = {0, 0, 0x80, 0x800, 0x10000};

	for (size_t i = 0; i < n;) {
		unsigned length = p[i] < 0x80                   ? 1
				  : p[i] >= 0xc2 && p[i] < 0xe0 ? 2
				  : p[i] >= 0xe0 && p[i] < 0xf0 ? 3
				  : p[i] >= 0xf0 && p[i] < 0xf5 ? 4
								: 0;
		if (length == 0 || length > n - i)
			return false;
		uint32_t v = length == 1 ? p[i] : p[i] & (0x7fu >> length);
		for (unsigned k = 1; k < length; k++) {
			if ((p[i + k] & 0xc0) != 0x80)
				return false;
			v = v << 6 | (p[i + k] & 0x3fu);
		}
		if (v < least[length] || v > 0x10ffff || (v >= 0xd800 && v < 0xe000))
			return false;
		i += length;
	}
	return true;
}

struct bytes bytes_copy(struct arena *arena, struct bytes from)
{
	return bytes_of(arena_copy(arena, from.p, from.n), from.n);
}

void buffer_init(struct buffer *buffer, size_t cap_bytes)
{
	*buffer = (struct buffer){.cap = cap_bytes};
}

void buffer_init_in(struct buffer *buffer, size_t cap_bytes, void *p, size_t n)
{
	*buffer = (struct buffer){.p = p, .size = n, .cap = cap_bytes, .lent = true};
}

/* What a message said is not left lying about. */
static void wipe(struct buffer *buffer)
{
	if (buffer->n)
		explicit_bzero(buffer->p, buffer->n);
}

static void give_back(struct buffer *buffer)
{
	wipe(buffer);
	if (!buffer->lent)
		free(buffer->p);
	buffer->lent = false;
}

void buffer_done(struct buffer *buffer)
{
	give_back(buffer);
	*buffer = (struct buffer){.cap = buffer->cap};
}

void buffer_reset(struct buffer *buffer)
{
	wipe(buffer);
	buffer->n = 0;
	buffer->failed = false;
}

void buffer_add(struct buffer *buffer, const void *p, size_t n)
{
	if (buffer->failed || n == 0)
		return;
	if (n > buffer->cap || buffer->n > buffer->cap - n) {
		buffer->failed = true;
		return;
	}
	if (buffer->n + n > buffer->size) {
		size_t size = buffer->size ? buffer->size : 1024;
		while (size < buffer->n + n)
			size *= 2;
		uint8_t *grown = malloc(size);
		if (!grown) {
			buffer->failed = true;
			return;
		}
		if (buffer->n)
			memcpy(grown, buffer->p, buffer->n);
		give_back(buffer);
		buffer->p = grown;
		buffer->size = size;
	}
	memcpy(buffer->p + buffer->n, p, n);
	buffer->n += n;
}

struct bytes buffer_bytes(const struct buffer *buffer)
{
	return bytes_of(buffer->p, buffer->n);
}

void put_u16(uint8_t *p, uint16_t v)
{
	p[0] = (uint8_t)(v >> 8);
	p[1] = (uint8_t)v;
}

void put_u32(uint8_t *p, uint32_t v)
{
	put_u16(p, (uint16_t)(v >> 16));
	put_u16(p + 2, (uint16_t)v);
}

void put_u64(uint8_t *p, uint64_t v)
{
	put_u32(p, (uint32_t)(v >> 32));
	put_u32(p + 4, (uint32_t)v);
}

uint16_t get_u16(const uint8_t *p)
{
	return (uint16_t)(p[0] << 8 | p[1]);
}

uint32_t get_u32(const uint8_t *p)
{
	return (uint32_t)get_u16(p) << 16 | get_u16(p + 2);
}

uint64_t get_u64(const uint8_t *p)
{
	return (uint64_t)get_u32(p) << 32 | get_u32(p + 4);
}

static void key_add(struct key *key, const void *p, size_t n)
{
	assert(n <= sizeof(key->b) - key->n);
	memcpy(key->b + key->n, p, n);
	key->n += n;
}

void key_add_u8(struct key *key, uint8_t v)
{
	key_add(key, &v, 1);
}

void key_add_u64(struct key *key, uint64_t v)
{
	uint8_t b[8];

	put_u64(b, v);
	key_add(key, b, sizeof(b));
}

void key_add_time(struct key *key, int64_t ms)
{
	key_add_u64(key, (uint64_t)ms ^ UINT64_C(1) << 63);
}

int64_t key_time(const uint8_t *p)
{
	return (int64_t)(get_u64(p) ^ UINT64_C(1) << 63);
}

void key_add_uuid(struct key *key, struct uuid id)
{
	key_add(key, id.b, sizeof(id.b));
}

void key_add_text(struct key *key, const char *text, size_t n)
{
	key_add(key, text, n);
	key_add_u8(key, 0);
}

struct bytes key_bytes(const struct key *key)
{
	return bytes_of(key->b, key->n);
}

static const uint32_t polynomial = UINT32_C(0x82f63b78);

static uint32_t crc_portable(uint32_t crc, const uint8_t *at, size_t n)
{
	for (; n; n--, at++) {
		crc ^= *at;
		for (int bit = 0; bit < 8; bit++)
			crc = crc >> 1 ^ (crc & 1 ? polynomial : 0);
	}
	return crc;
}

#ifdef __x86_64__
__attribute__((target("sse4.2"))) static uint32_t crc_instruction(
	uint32_t crc, const uint8_t *at, size_t n)
{
	for (; n >= 8; n -= 8, at += 8) {
		uint64_t word;
		memcpy(&word, at, sizeof(word));
		crc = (uint32_t)__builtin_ia32_crc32di(crc, word);
	}
	for (; n; n--, at++)
		crc = __builtin_ia32_crc32qi(crc, *at);
	return crc;
}
#endif

uint32_t crc32c(uint32_t seed, const void *p, size_t n)
{
#ifdef __x86_64__
	if (__builtin_cpu_supports("sse4.2"))
		return ~crc_instruction(~seed, p, n);
#endif
	return ~crc_portable(~seed, p, n);
}
