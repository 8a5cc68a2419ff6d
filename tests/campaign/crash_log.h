/* A recorded log as a disk: what of each file is durable at a point of it, and the states in which
 * a crash at that point may leave the files. Reads the log, writes files into a directory of its
 * own.
 *
 * 1. What was written before the last flush of its file that had returned is there.
 * 2. Of what was written since, and of the call after the point, any part may be there: each sector
 * of 512 bytes for itself, in any order; so may be the size of the file.
 * 3. A name is there for good when its directory was flushed after it was made; before, it may or
 * may not be.
 */
#ifndef TESTS_CAMPAIGN_CRASH_LOG_H
#define TESTS_CAMPAIGN_CRASH_LOG_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "tests/campaign/io_log.h"

enum { SECTOR_BYTES = 512 };

/* A store that does not flush: its flushes do not count (NOSYNC), or those of its meta pages do not
 * (NOMETASYNC). */
enum crash_mutant { MUTANT_NONE, MUTANT_NOSYNC, MUTANT_NOMETASYNC };

struct crash_file {
	char path[IO_PATH];
	bool dir;
	bool there, named; /* made; and its name durable */
	uint8_t *image;    /* what is durable */
	size_t size;
	size_t used;     /* behind it the image is zeros */
	size_t *pending; /* numbers of events */
	size_t n_pending, cap_pending;
};

struct crash_log {
	const uint8_t *p; /* mapped */
	size_t bytes;
	const uint8_t **events; /* they lie unaligned */
	size_t n;
	size_t at;        /* events before this one have happened */
	const char *root; /* the directory that was recorded */
	uint8_t node;
	enum crash_mutant mutant;
	struct crash_file files[IO_FILES];
	int number_of[IO_FILES]; /* of the running process's numbers */
	size_t n_files;
};

/* How much of what is not durable is there. */
enum crash_how {
	CRASH_ALL,
	CRASH_NONE,
	CRASH_PREFIX,
	CRASH_FEW,
	CRASH_HALF,
	CRASH_MOST,
	CRASH_HOWS
};

/* root, node and mutant are set by the caller. */
void crash_log_open(struct crash_log *log, const char *path);
/* The event and its data. */
struct io_event crash_log_event(const struct crash_log *log, size_t i, const uint8_t **ret_data);
/* Goes on until so many events have happened. */
void crash_log_advance(struct crash_log *log, size_t until);
/* Writes one state of now into the directory `to`, in place of `root`; *random is the generator's
 * state. */
void crash_log_write(struct crash_log *log, const char *to, enum crash_how how, uint64_t *random);
/* A number below n. */
uint64_t crash_random(uint64_t *random, uint64_t n);

#endif
