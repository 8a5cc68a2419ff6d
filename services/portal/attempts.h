/* How often somebody failed to log in lately, by name and by address: guessing must not pay. In
 * memory only, of a bounded number of names. */
#ifndef SERVICES_PORTAL_ATTEMPTS_H
#define SERVICES_PORTAL_ATTEMPTS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum { ATTEMPTS_ROWS = 4096 };

struct attempts_limits {
	int64_t window_ms; /* a failure counts for so long */
	int64_t of_name, of_address;
};

struct attempt_row {
	uint8_t who[16]; /* a keyed hash: what people type into the field for names may be a
			    password */
	int64_t since;
	int64_t n;
};

struct attempts {
	struct attempts_limits limits;
	uint8_t key[32];
	struct attempt_row rows[ATTEMPTS_ROWS];
};

void attempts_init(struct attempts *attempts, const struct attempts_limits *limits);
/* Milliseconds until this name from this address may be tried again; 0: now. */
int64_t attempts_wait(
	struct attempts *attempts, const char *name, const char *address, int64_t now);
void attempts_failed(struct attempts *attempts, const char *name, const char *address, int64_t now);
/* A good password clears the name, not the address. */
void attempts_succeeded(struct attempts *attempts, const char *name);

#endif
