/* What the fuzzing targets share. A target is one function over some bytes; it says what must hold
 * with `must`. Alone (FUZZ_ALONE) it is a libFuzzer program, otherwise one of those that
 * test_replay.c feeds with the kept inputs. */
#ifndef TESTS_FUZZ_FUZZ_H
#define TESTS_FUZZ_FUZZ_H

#include <fcntl.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include "common/schema.h"

#ifdef FUZZ_ALONE
#define FUZZ(name_)                                                \
	int LLVMFuzzerTestOneInput(const uint8_t *data, size_t n); \
	int LLVMFuzzerTestOneInput(const uint8_t *data, size_t n)
#else
#define FUZZ(name_)                                      \
	int fuzz_##name_(const uint8_t *data, size_t n); \
	int fuzz_##name_(const uint8_t *data, size_t n)
#endif

#define must(expression_)                                                             \
	do {                                                                          \
		if (!(expression_)) {                                                 \
			fprintf(stderr, "%s:%d: must hold: %s\n", __FILE__, __LINE__, \
				#expression_);                                        \
			abort();                                                      \
		}                                                                     \
	} while (0)

/* The input, taken off from the front; at its end everything is 0 or empty. */
static inline uint8_t feed_u8(struct bytes *feed)
{
	uint8_t v = feed->n ? feed->p[0] : 0;

	if (feed->n)
		*feed = bytes_of(feed->p + 1, feed->n - 1);
	return v;
}

static inline uint16_t feed_u16(struct bytes *feed)
{
	unsigned high = feed_u8(feed);

	return (uint16_t)(high << 8 | feed_u8(feed));
}

static inline struct bytes feed_bytes(struct bytes *feed, size_t n)
{
	struct bytes part = bytes_of(feed->p, n < feed->n ? n : feed->n);

	*feed = bytes_of(feed->p + part.n, feed->n - part.n);
	return part;
}

static inline struct text text_of_feed(struct bytes feed)
{
	return (struct text){(const char *)feed.p, (uint32_t)feed.n, false};
}

/* What was decoded is valid, and what it is encoded to decodes to the same: one encoding each. Of
 * messages without sealed texts JSON is as good. */
static inline void must_be_stable(
	const struct schema *schema, void *record, enum pack_mode mode, struct arena *arena)
{
	void *again = arena_alloc(arena, schema->size);
	struct buffer first, second;
	struct reason reason = {0};

	buffer_init(&first, 4 << 20);
	buffer_init(&second, 4 << 20);
	if (mode == PACK_PLAIN)
		must(schema_check(schema, record, &reason) == ERR_OK);
	schema_encode(schema, record, &first);
	must(!first.failed && again);
	must(schema_decode(schema, buffer_bytes(&first), mode, arena, again, &reason) == ERR_OK);
	schema_encode(schema, again, &second);
	must(bytes_equal(buffer_bytes(&first), buffer_bytes(&second)));
	const char *json = schema_to_json(schema, record, 0, arena);
	if (json && mode == PACK_PLAIN) {
		buffer_reset(&second);
		enum err err = schema_from_json(schema, text_of(json), arena, again, &reason);
		must(err == ERR_OK || err == ERR_NO_MEMORY || err == ERR_LIMIT);
		if (!err) {
			schema_encode(schema, again, &second);
			must(bytes_equal(buffer_bytes(&first), buffer_bytes(&second)));
		}
	}
	buffer_done(&first);
	buffer_done(&second);
}

/* A file of that content, for decoders that read files; one name for each process. */
static inline const char *file_of(struct bytes content)
{
	static char path[64];

	snprintf(path, sizeof(path), "/dev/shm/oneplan-fuzz-%d", (int)getpid());
	int fd = open(path, O_RDWR | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);
	must(fd >= 0 && write(fd, content.p ? content.p : (const uint8_t *)"", content.n) ==
				(ssize_t)content.n);
	close(fd);
	return path;
}

#endif
