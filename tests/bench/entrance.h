/* The entrance's real service on a real LMDB database, in one process, without sockets. */
#ifndef TESTS_BENCH_ENTRANCE_H
#define TESTS_BENCH_ENTRANCE_H

#include "common/engine.h"
#include "services/intake/settings.h"

enum { ENTRANCE_AT_ONCE = 1024 };

struct entrance {
	struct store *store;
	struct keyring *keyring;
	struct engine *engine;
	struct intake_settings settings;
	struct random random;
	struct buffer bodies[ENTRANCE_AT_ONCE];
	struct request requests[ENTRANCE_AT_ONCE];
	struct answer answers[ENTRANCE_AT_ONCE];
	int64_t now;       /* moves on with every inquiry: a slot a day ahead is always free */
	int64_t next_slot; /* start of the next one to be published */
	uint64_t free_places;
	uint64_t stored;
};

/* Below dir; ends the process when anything fails, as all of them do. */
void entrance_open(struct entrance *e, const char *dir);
/* One turn of n inquiries, at most ENTRANCE_AT_ONCE; publishes times for talks before it when they
 * run out. */
void entrance_receive(struct entrance *e, unsigned n);
void entrance_close(struct entrance *e);

#endif
