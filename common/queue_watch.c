/* Samples of a queue over a minute, a quarter of an hour, an hour and a week. Touches nothing. */
#include "common/queue_watch.h"

#include "common/clock.h"

enum { EARLY_MS = 100 };

const int64_t queue_span_ms[QUEUE_SPANS] = {[SPAN_MINUTE] = MS_PER_MINUTE,
	[SPAN_QUARTER] = 15 * MS_PER_MINUTE,
	[SPAN_HOUR] = MS_PER_HOUR,
	[SPAN_WEEK] = 7 * MS_PER_DAY};

static const struct queue_sample *newest(const struct queue_span *span)
{
	return &span->at[(span->first + span->n - 1) % QUEUE_SAMPLES];
}

static void add(struct queue_span *span, const struct queue_sample *sample)
{
	span->at[(span->first + span->n) % QUEUE_SAMPLES] = *sample;
	if (span->n < QUEUE_SAMPLES)
		span->n++;
	else
		span->first = (span->first + 1) % QUEUE_SAMPLES;
}

static int64_t grown(int64_t from, int64_t to)
{
	return to > from ? to - from : 0;
}

/* A follower that begins anew is delivered everything again: that is no going back of `went`. */
static void count(struct queue_watch *watch, const struct queue_seen *seen)
{
	if (seen->counted) {
		watch->last.came += grown(watch->addressed, seen->addressed);
		watch->last.went += grown(watch->delivered, seen->delivered);
	} else {
		watch->last.came += grown(watch->last.depth, seen->depth);
		watch->last.went += grown(seen->depth, watch->last.depth);
	}
}

static void note_position(struct queue_watch *watch, int64_t position)
{
	if (position < watch->last.position && watch->last.position > watch->rewound_to)
		watch->rewound_to = watch->last.position;
	if (position >= watch->rewound_to)
		watch->rewound_to = 0;
	watch->last.position = position;
}

void queue_watch_note(struct queue_watch *watch, const struct queue_seen *seen)
{
	if (watch->since) {
		count(watch, seen);
		note_position(watch, seen->counted ? seen->position : watch->last.went);
	} else {
		watch->since = seen->at;
		watch->last.position = seen->counted ? seen->position : 0;
	}
	watch->last.at = seen->at;
	watch->last.depth = seen->depth;
	watch->addressed = seen->addressed;
	watch->delivered = seen->delivered;
	for (int i = 0; i < QUEUE_SPANS; i++) {
		struct queue_span *span = &watch->spans[i];
		int64_t apart = queue_span_ms[i] / (QUEUE_SAMPLES - 1);
		/* a tick comes when it can, and not to the millisecond */
		if (span->n == 0 || seen->at - newest(span)->at >= apart - EARLY_MS)
			add(span, &watch->last);
	}
}

struct queue_moved queue_watch_moved(const struct queue_watch *watch, enum queue_spans which)
{
	const struct queue_span *span = &watch->spans[which];
	int64_t from = watch->last.at - queue_span_ms[which];
	const struct queue_sample *then = &span->at[span->first];

	if (span->n == 0)
		return (struct queue_moved){0};
	bool whole = then->at <= from + queue_span_ms[which] / (QUEUE_SAMPLES - 1);
	for (unsigned i = 1; i < span->n; i++) {
		const struct queue_sample *next = &span->at[(span->first + i) % QUEUE_SAMPLES];
		if (next->at > from)
			break;
		then = next;
	}
	return (struct queue_moved){
		watch->last.came - then->came, watch->last.went - then->went, whole};
}
