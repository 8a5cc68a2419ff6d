/* UUIDs of version 7 (RFC 9562 section 5.7): 48 bits of milliseconds, then random bits, so that
 * keys made one after another lie beside each other in a tree. */
#ifndef COMMON_UUID_H
#define COMMON_UUID_H

#include "common/bytes.h"

#define UUID_TEXT_BYTES 37

/* Random bytes: the machine's, or a seeded stream for tests and the simulator. */
struct random {
	void (*fill)(void *ctx, void *p, size_t n);
	void *ctx;
};

struct random random_real(void);
/* The stream of a seed; *state is owned by the caller and moves on with every call. */
struct random random_seeded(uint64_t *state);
uint64_t random_u64(const struct random *random);

/* A new UUIDv7 at now_ms; a time before 1970 counts as 0. */
struct uuid uuid_make(int64_t now_ms, const struct random *random);

/* A UUIDv7 whose random bits are a hash (BLAKE2b) of ms and the bytes: the same time and bytes give
 * the same UUID. */
struct uuid uuid_of_hash(int64_t ms, struct bytes bytes);

/* The milliseconds in a UUIDv7; 0 when it is of another version. */
int64_t uuid_time(struct uuid id);

bool uuid_is_nil(struct uuid id);
bool uuid_equal(struct uuid a, struct uuid b);
void uuid_format(struct uuid id, char ret[UUID_TEXT_BYTES]);
/* The 36 characters of RFC 9562 section 4, either case. */
bool uuid_parse(const char *s, size_t n, struct uuid *ret);

#endif
