/* How a queue has moved, and what that says of it. No limit is configured anywhere: a verdict
 * follows from how depth, position and the other end moved over the last samples.
 *
 * 1. Everything is kept in memory, of a fixed size a queue; after a restart little is known, and
 *    the verdict says so.
 * 2. Time is that of the steady clock: a clock that is set does not make a queue stand still.
 * 3. A queue that was empty at any of the last samples moves with what comes in. */
#ifndef COMMON_QUEUE_WATCH_H
#define COMMON_QUEUE_WATCH_H

#include "common/admin.h"

struct queue_sample {
	int64_t at;       /* steady ms */
	int64_t depth;    /* waiting then */
	int64_t position; /* of a link: everything up to here was taken; otherwise as went */
	int64_t came, went;
};

/* The last QUEUE_SAMPLES samples of a span, evenly apart. */
enum { QUEUE_SAMPLES = 61 };
struct queue_span {
	struct queue_sample at[QUEUE_SAMPLES];
	unsigned first, n;
};
enum queue_spans { SPAN_MINUTE, SPAN_QUARTER, SPAN_HOUR, SPAN_WEEK, QUEUE_SPANS };
extern const int64_t queue_span_ms[QUEUE_SPANS];

struct queue_watch {
	struct queue_span spans[QUEUE_SPANS];
	struct queue_sample last;
	int64_t since;                /* steady ms of the first sample; 0: none yet */
	int64_t rewound_to;           /* it is to come this far again; 0: it did not go back */
	int64_t addressed, delivered; /* as last seen */
};

/* What is there now. Where nobody counts what comes and goes, it is what the depth changed by. */
struct queue_seen {
	int64_t at; /* steady ms */
	int64_t depth;
	bool counted; /* of a link: */
	int64_t position, addressed, delivered;
};
/* To be called every second or so; what is too early for a span is left out of it. */
void queue_watch_note(struct queue_watch *watch, const struct queue_seen *seen);

/* How many came and went within that span up to the last sample, as far as it was watched. */
struct queue_moved {
	int64_t came, went;
	bool whole; /* it was watched all the time */
};
struct queue_moved queue_watch_moved(const struct queue_watch *watch, enum queue_spans span);

/* The other end of a link. LINK_NEW: has not come since this node was started; LINK_LEFT: took its
 * leave; LINK_LOST: fell silent, or its connection broke. */
enum link_state { LINK_NEW, LINK_UP, LINK_LEFT, LINK_LOST };

/* What else is known when the verdict is asked for. */
struct queue_facts {
	enum queue_kind kind;
	int64_t now;   /* wall clock ms */
	int64_t depth; /* now */
	enum link_state link;
	int64_t link_ms;      /* so long is it in that state */
	int64_t diverged_at;  /* of a link: the follower has a journal up to here, not ours */
	bool diverged;        /* of a quarantine: the owner's journal is not the one followed */
	bool busy, stopped;   /* the node has little room, or none */
	int64_t paused_until; /* 0: it is not */
	struct text paused_by;
	int64_t overdue;        /* of those that wait, past their time */
	int64_t due_1h, due_7d; /* due within; counted only where pace means something */
	int64_t held;           /* of those that wait, for a decision of an operator */
	int64_t ready_ms;       /* of an outbox: so long could the first of them be sent; 0: none */
};

/* ret_why: a sentence for people, without a full stop. */
enum { QUEUE_WHY_BYTES = 200 };
enum queue_verdict queue_judge(const struct queue_watch *watch, const struct queue_facts *facts,
	char ret_why[QUEUE_WHY_BYTES]);

#endif
