/* Counts failed log-ins in a table of fixed size: two places for each hash, and of these the one
 * with fewer failures gives way, so that a crowd of invented names does not clear a real one.
 * Touches nothing. */
#include "services/portal/attempts.h"

#include <sodium.h>
#include <string.h>

void attempts_init(struct attempts *attempts, const struct attempts_limits *limits)
{
	memset(attempts, 0, sizeof(*attempts));
	attempts->limits = *limits;
	randombytes_buf(attempts->key, sizeof(attempts->key));
}

static void hash_of(const struct attempts *attempts, char kind, const char *text, uint8_t ret[16])
{
	crypto_generichash_state state;

	crypto_generichash_init(&state, attempts->key, sizeof(attempts->key), 16);
	crypto_generichash_update(&state, (const uint8_t *)&kind, 1);
	crypto_generichash_update(&state, (const uint8_t *)text, strlen(text));
	crypto_generichash_final(&state, ret, 16);
}

static bool is_over(const struct attempts *attempts, const struct attempt_row *row, int64_t now)
{
	return row->n == 0 || now - row->since >= attempts->limits.window_ms || now < row->since;
}

static struct attempt_row *place(struct attempts *attempts, const uint8_t who[16], unsigned i)
{
	return &attempts->rows[((size_t)who[2 * i] << 8 | who[2 * i + 1]) % ATTEMPTS_ROWS];
}

static struct attempt_row *find(struct attempts *attempts, const uint8_t who[16], int64_t now)
{
	for (unsigned i = 0; i < 2; i++) {
		struct attempt_row *row = place(attempts, who, i);
		if (!is_over(attempts, row, now) && !memcmp(row->who, who, 16))
			return row;
	}
	return NULL;
}

static int64_t wait_of(struct attempts *attempts, const uint8_t who[16], int64_t limit, int64_t now)
{
	const struct attempt_row *row = find(attempts, who, now);

	return row && row->n >= limit ? row->since + attempts->limits.window_ms - now : 0;
}

int64_t attempts_wait(struct attempts *attempts, const char *name, const char *address, int64_t now)
{
	uint8_t who[16];

	hash_of(attempts, 'n', name, who);
	int64_t of_name = wait_of(attempts, who, attempts->limits.of_name, now);
	hash_of(attempts, 'a', address, who);
	int64_t of_address = wait_of(attempts, who, attempts->limits.of_address, now);
	return of_name > of_address ? of_name : of_address;
}

static void count(struct attempts *attempts, const uint8_t who[16], int64_t now)
{
	struct attempt_row *row = find(attempts, who, now);

	if (!row) {
		struct attempt_row *a = place(attempts, who, 0), *b = place(attempts, who, 1);
		row = is_over(attempts, a, now) || (!is_over(attempts, b, now) && a->n <= b->n) ? a
												: b;
		*row = (struct attempt_row){.since = now};
		memcpy(row->who, who, 16);
	}
	row->n++;
}

void attempts_failed(struct attempts *attempts, const char *name, const char *address, int64_t now)
{
	uint8_t who[16];

	hash_of(attempts, 'n', name, who);
	count(attempts, who, now);
	hash_of(attempts, 'a', address, who);
	count(attempts, who, now);
}

void attempts_succeeded(struct attempts *attempts, const char *name)
{
	uint8_t who[16];

	hash_of(attempts, 'n', name, who);
	for (unsigned i = 0; i < 2; i++)
		if (!memcmp(place(attempts, who, i)->who, who, 16))
			place(attempts, who, i)->n = 0;
}
