/* UUIDs of version 7 and random bytes; touches the machine's random source through libsodium. */
#include "common/uuid.h"

#include <assert.h>
#include <string.h>

#include <sodium.h>

static void fill_real(void *ctx, void *p, size_t n)
{
	(void)ctx;
	randombytes_buf(p, n);
}

struct random random_real(void)
{
	/* Without it libsodium's generator is not safe to use from threads; repeating it is free.
	 */
	int rc = sodium_init();
	assert(rc >= 0);
	(void)rc;
	return (struct random){fill_real, NULL};
}

/* splitmix64: Steele, Lea and Flood, "Fast splittable pseudorandom number generators", 2014. */
static uint64_t next_seeded(uint64_t *state)
{
	*state += UINT64_C(0x9e3779b97f4a7c15);
	uint64_t z = *state;
	z = (z ^ (z >> 30)) * UINT64_C(0xbf58476d1ce4e5b9);
	z = (z ^ (z >> 27)) * UINT64_C(0x94d049bb133111eb);
	return z ^ (z >> 31);
}

static void fill_seeded(void *ctx, void *p, size_t n)
{
	uint8_t *to = p;
	uint8_t word[8];
	while (n > 0) {
		size_t take = n < sizeof(word) ? n : sizeof(word);
		/* Big-endian, so that a seed gives the same bytes on every machine. */
		put_u64(word, next_seeded(ctx));
		memcpy(to, word, take);
		to += take;
		n -= take;
	}
}

struct random random_seeded(uint64_t *state)
{
	return (struct random){fill_seeded, state};
}

uint64_t random_u64(const struct random *random)
{
	uint8_t word[8];
	random->fill(random->ctx, word, sizeof(word));
	return get_u64(word);
}

/* Puts time, version and variant around the ten bytes of chance from b[6] on. */
static struct uuid stamp(struct uuid id, int64_t ms)
{
	assert(ms < INT64_C(1) << 48);
	uint8_t time[8];
	put_u64(time, ms > 0 ? (uint64_t)ms : 0);
	memcpy(id.b, time + 2, 6);
	id.b[6] = (uint8_t)(0x70 | (id.b[6] & 0x0f));
	id.b[8] = (uint8_t)(0x80 | (id.b[8] & 0x3f));
	return id;
}

struct uuid uuid_make(int64_t now_ms, const struct random *random)
{
	struct uuid id = {{0}};
	random->fill(random->ctx, id.b + 6, 10);
	return stamp(id, now_ms);
}

struct uuid uuid_of_hash(int64_t ms, struct bytes bytes)
{
	struct uuid id = {{0}};
	uint8_t time[8];
	uint8_t hash[crypto_generichash_BYTES];
	crypto_generichash_state state;
	put_u64(time, (uint64_t)ms);
	crypto_generichash_init(&state, NULL, 0, sizeof(hash));
	crypto_generichash_update(&state, time, sizeof(time));
	if (bytes.n > 0)
		crypto_generichash_update(&state, bytes.p, bytes.n);
	crypto_generichash_final(&state, hash, sizeof(hash));
	memcpy(id.b + 6, hash, 10);
	return stamp(id, ms);
}

int64_t uuid_time(struct uuid id)
{
	uint8_t time[8] = {0};
	if (id.b[6] >> 4 != 7 || id.b[8] >> 6 != 2)
		return 0;
	memcpy(time + 2, id.b, 6);
	return (int64_t)get_u64(time);
}

bool uuid_is_nil(struct uuid id)
{
	return uuid_equal(id, (struct uuid){{0}});
}

bool uuid_equal(struct uuid a, struct uuid b)
{
	return memcmp(a.b, b.b, sizeof(a.b)) == 0;
}

static bool is_hyphen(size_t i)
{
	return i == 8 || i == 13 || i == 18 || i == 23;
}

void uuid_format(struct uuid id, char ret[UUID_TEXT_BYTES])
{
	static const char digits[] = "0123456789abcdef";
	size_t nibble = 0;
	for (size_t i = 0; i < UUID_TEXT_BYTES - 1; i++) {
		if (is_hyphen(i)) {
			ret[i] = '-';
			continue;
		}
		uint8_t b = id.b[nibble / 2];
		ret[i] = digits[nibble % 2 == 0 ? b >> 4 : b & 0x0f];
		nibble++;
	}
	ret[UUID_TEXT_BYTES - 1] = '\0';
}

static int hex_value(char c)
{
	if (c >= '0' && c <= '9')
		return c - '0';
	if (c >= 'a' && c <= 'f')
		return c - 'a' + 10;
	if (c >= 'A' && c <= 'F')
		return c - 'A' + 10;
	return -1;
}

bool uuid_parse(const char *s, size_t n, struct uuid *ret)
{
	struct uuid id = {{0}};
	size_t nibble = 0;
	if (n != UUID_TEXT_BYTES - 1)
		return false;
	for (size_t i = 0; i < n; i++) {
		if (is_hyphen(i)) {
			if (s[i] != '-')
				return false;
			continue;
		}
		int v = hex_value(s[i]);
		if (v < 0)
			return false;
		id.b[nibble / 2] = (uint8_t)(id.b[nibble / 2] << 4 | v);
		nibble++;
	}
	*ret = id;
	return true;
}
