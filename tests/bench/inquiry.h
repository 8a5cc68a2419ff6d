/* What the benches ask an entrance for: one inquiry, and times for first talks. */
#ifndef TESTS_BENCH_INQUIRY_H
#define TESTS_BENCH_INQUIRY_H

#include "common/uuid.h"
#include "common/clock.h"

/* Of one command that publishes times: so many slots of so many places, one after another. */
enum { INQUIRY_SLOTS = 20, INQUIRY_SLOT_PLACES = 50, INQUIRY_SLOT_MINUTES = 5 };
enum { INQUIRY_PLACES = INQUIRY_SLOTS * INQUIRY_SLOT_PLACES };

/* A citizen who is not known yet, with words, a contact and a wish: receive_inquiry, encoded. */
void inquiry_encode(const struct random *random, struct buffer *out);

/* publish_slots, encoded: from start on, at that desk. */
void inquiry_encode_slots(
	const struct random *random, int64_t start, const char *desk, struct buffer *out);

#endif
