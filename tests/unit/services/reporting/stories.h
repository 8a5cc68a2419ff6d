/* Stories of inquiries: what is told of each in order, and what the reports should make of it,
 * noted down while the story is made up and not read off the events. For tests only. */
#ifndef TESTS_UNIT_SERVICES_REPORTING_STORIES_H
#define TESTS_UNIT_SERVICES_REPORTING_STORIES_H

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "common/clock.h"
#include "common/uuid.h"
#include "proto/intake.h"

enum { INQUIRIES = 300, EVENTS_EACH = 12, PROMISES_EACH = 6 };

/* One event as it was told. */
struct told {
	const struct schema *schema;
	union {
		struct inquiry_received received;
		struct first_talk_booked booked;
		struct first_talk_moved moved;
		struct first_talk_cancelled cancelled;
		struct first_talk_held held;
		struct promise_broken broken;
		struct promise_at_risk at_risk;
		struct inquiry_closed closed;
	} event;
	int64_t at;
};

/* One inquiry: what is told of it in order, and what the reports should make of it. */
struct story {
	struct uuid inquiry;
	struct told told[EVENTS_EACH];
	size_t n;
	size_t sent;
	enum life_area areas[3];
	struct inquiry_received *received;
	int64_t now;
	int64_t received_at, promised_at, offered_at, held_at, closed_at;
	bool historical;
	struct {
		int64_t at, talk_at;
		enum promise_state state; /* none: a warning */
	} promises[PROMISES_EACH];
	size_t n_promises;
};

static inline uint32_t pick(uint64_t *seed, uint32_t n)
{
	*seed = *seed * UINT64_C(6364136223846793005) + UINT64_C(1442695040888963407);
	return (uint32_t)(*seed >> 33) % n;
}

static inline struct told *tell(struct story *story, const struct schema *schema)
{
	struct told *told = &story->told[story->n++];

	assert_true(story->n <= EVENTS_EACH);
	*told = (struct told){.schema = schema, .at = story->now};
	memcpy(&told->event, &story->inquiry, sizeof(story->inquiry)); /* first in each */
	return told;
}

static inline void promise(struct story *story, enum promise_state state, int64_t talk_at)
{
	size_t i = story->n_promises++;

	assert_true(story->n_promises <= PROMISES_EACH);
	story->promises[i].at = story->now;
	story->promises[i].talk_at = talk_at;
	story->promises[i].state = state;
}

static inline bool stands(const struct story *story)
{
	for (size_t i = 0; i < story->n_promises; i++)
		if (story->promises[i].state == promise_state_made)
			return true;
	return false;
}

static inline void settle(struct story *story, enum promise_state state)
{
	for (size_t i = 0; i < story->n_promises; i++)
		if (story->promises[i].state == promise_state_made)
			story->promises[i].state = state;
}

static inline void tell_received(struct story *story, uint64_t *seed)
{
	struct inquiry_received *e = &tell(story, schema_inquiry_received())->event.received;
	size_t n = 1 + pick(seed, 3);

	for (size_t i = 0; i < 3; i++)
		story->areas[i] = 1 + (pick(seed, 4) + 4 * (uint32_t)i) % 12;
	e->reference = text_of("ABCDEFGH2");
	e->citizen = e->from = story->inquiry;
	e->channel = 1 + pick(seed, 6);
	e->asker = 1 + pick(seed, 3); /* nobody asks anonymously: an empty row */
	e->urgency = 1 + pick(seed, 4);
	e->life_areas.n = n;
	e->life_areas.at = story->areas;
	e->target = story->now + MS_PER_DAY;
	story->received = e;
	story->received_at = story->now;
}

static inline void tell_booked(struct story *story, uint64_t *seed)
{
	struct first_talk_booked *e = &tell(story, schema_first_talk_booked())->event.booked;

	e->slot = story->inquiry;
	e->talk_at = story->now + (1 + pick(seed, 400)) * MS_PER_HOUR;
	e->mode = talk_mode_venue;
	if (!story->promised_at) {
		story->promised_at = story->now;
		story->offered_at = e->talk_at;
	}
	promise(story, promise_state_made, e->talk_at);
}

static inline void tell_moved(struct story *story, uint64_t *seed)
{
	struct first_talk_moved *e = &tell(story, schema_first_talk_moved())->event.moved;

	e->from_slot = e->slot = story->inquiry;
	e->was_at = story->now;
	e->talk_at = story->now + (1 + pick(seed, 300)) * MS_PER_HOUR;
	e->mode = talk_mode_venue;
	e->by = 1 + pick(seed, 2);
	settle(story,
		e->by == side_citizen ? promise_state_moved_by_citizen : promise_state_moved_by_us);
	promise(story, promise_state_made, e->talk_at);
}

static inline void tell_cancelled(struct story *story, uint64_t *seed)
{
	struct first_talk_cancelled *e =
		&tell(story, schema_first_talk_cancelled())->event.cancelled;

	e->slot = story->inquiry;
	e->was_at = story->now;
	e->by = 1 + pick(seed, 2);
	settle(story, e->by == side_citizen ? promise_state_lapsed : promise_state_moved_by_us);
}

static inline void tell_held(struct story *story, uint64_t *seed)
{
	struct first_talk_held *e = &tell(story, schema_first_talk_held())->event.held;

	e->held_at = story->now;
	e->mode = talk_mode_venue;
	e->kept = stands(story) && pick(seed, 8);
	settle(story, e->kept ? promise_state_kept : promise_state_broken);
	story->held_at = story->now;
}

static inline void tell_broken(struct story *story)
{
	tell(story, schema_promise_broken())->event.broken.was_at = story->now;
	settle(story, promise_state_broken);
}

static inline void tell_at_risk(struct story *story)
{
	tell(story, schema_promise_at_risk())->event.at_risk.target = story->now;
	promise(story, promise_state_none, 0);
}

static inline void tell_closed(struct story *story)
{
	struct inquiry_closed *e = &tell(story, schema_inquiry_closed())->event.closed;

	e->citizen = story->inquiry;
	e->closing = closing_no_contact;
	settle(story, promise_state_lapsed);
	story->closed_at = story->now;
}

static inline struct story make_story(uint64_t *seed, uint32_t number)
{
	struct story story = {
		.now = local_time(20251115, 0) + pick(seed, 160 * 24 * 60) * MS_PER_MINUTE};

	story.inquiry = uuid_of_hash(story.now, bytes_of(&number, sizeof(number)));
	story.historical = pick(seed, 5) == 0;
	tell_received(&story, seed);
	if (pick(seed, 4)) {
		if (pick(seed, 3) == 0)
			tell_at_risk(&story);
		story.now += pick(seed, 90) * MS_PER_MINUTE;
		tell_booked(&story, seed);
	}
	for (uint32_t steps = pick(seed, 4); steps > 0; steps--) {
		story.now += (1 + pick(seed, 100)) * MS_PER_HOUR;
		uint32_t what = pick(seed, 4);
		if (what == 0 && stands(&story))
			tell_broken(&story);
		else if (what == 1 && stands(&story))
			tell_cancelled(&story, seed);
		else if (what == 2 && story.promised_at)
			tell_moved(&story, seed);
		else if (what == 3 && !stands(&story))
			tell_booked(&story, seed);
	}
	story.now += pick(seed, 60 * 24) * MS_PER_MINUTE;
	if (pick(seed, 3))
		tell_held(&story, seed);
	story.now += MS_PER_DAY;
	if (pick(seed, 2))
		tell_closed(&story);
	return story;
}

static inline struct story *make_stories(uint64_t seed)
{
	struct story *stories = calloc(INQUIRIES, sizeof(*stories));

	assert_non_null(stories);
	for (uint32_t i = 0; i < INQUIRIES; i++) {
		stories[i] = make_story(&seed, i);
		stories[i].received = &stories[i].told[0].event.received;
		stories[i].received->life_areas.at = stories[i].areas;
	}
	return stories;
}

#endif
