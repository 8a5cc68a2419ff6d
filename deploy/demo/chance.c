/* Streams of chance from a seed; touches nothing. */
#include "deploy/demo/chance.h"

#include <assert.h>
#include <string.h>

#include "common/uuid.h"

enum { WHAT_BYTES = 24 };

static uint64_t next(struct chance *chance)
{
	struct random random = random_seeded(&chance->state);

	return random_u64(&random);
}

struct chance chance_of(uint64_t seed, const char *what, uint64_t n)
{
	struct chance chance = {seed};

	chance.state = next(&chance) ^ crc32c(0, what, strlen(what));
	chance.state = next(&chance) ^ n;
	chance.state = next(&chance);
	return chance;
}

int64_t chance_between(struct chance *chance, int64_t min, int64_t max)
{
	assert(max >= min);
	return min + (int64_t)(next(chance) % ((uint64_t)(max - min) + 1));
}

bool chance_permille(struct chance *chance, int permille)
{
	return chance_between(chance, 0, 999) < permille;
}

size_t chance_weighted(struct chance *chance, const int *weights, size_t n)
{
	int64_t total = 0;
	size_t i = 0;

	for (size_t j = 0; j < n; j++)
		total += weights[j];
	int64_t left = chance_between(chance, 0, total - 1);
	while (left >= weights[i])
		left -= weights[i++];
	return i;
}

struct uuid chance_uuid(int64_t ms, uint64_t seed, const char *what, uint64_t n)
{
	uint8_t bytes[16 + WHAT_BYTES];
	size_t length = strlen(what);

	assert(length <= WHAT_BYTES);
	put_u64(bytes, seed);
	put_u64(bytes + 8, n);
	memcpy(bytes + 16, what, length);
	return uuid_of_hash(ms, bytes_of(bytes, 16 + length));
}
