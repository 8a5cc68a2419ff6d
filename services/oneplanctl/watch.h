/* The town, watched: every node is asked the same, round after round, all at once, so that one that
 * is dead or stands still delays nobody. */
#ifndef SERVICES_ONEPLANCTL_WATCH_H
#define SERVICES_ONEPLANCTL_WATCH_H

#include "common/admin.h"
#include "common/caller.h"
#include "proto/notification.h"
#include "services/oneplanctl/ctl.h"

/* What a node is asked. The last three only where something is in quarantine or in an outbox. */
enum watch_question {
	WATCH_STATUS,
	WATCH_BOARD,
	WATCH_ASIDE,
	WATCH_FAILED,
	WATCH_UNCERTAIN,
	WATCH_QUESTIONS
};

struct watch_node;

/* One question and its last two answers. */
struct watch_slot {
	struct watch_node *of;
	struct call *call; /* under way; NULL: none */
	struct arena arenas[2];
	void *replies[2]; /* of the schema of the question; NULL: none yet */
	int64_t times[2]; /* steady ms */
	unsigned now;     /* which of the two is the last */
	unsigned asked;   /* in which round */
	unsigned round;   /* in which the last answer was asked for; 0: there is none */
};

struct watch_node {
	const struct town_node *node;
	struct watch *watch;
	struct caller *caller; /* NULL: it has no endpoint that can be used */
	struct reason reason;  /* then, and of the last answer that was a refusal */
	struct watch_slot slots[WATCH_QUESTIONS];
	int64_t clock_ahead_ms;
	int64_t asked_at; /* by our clock */
};

struct watch {
	struct ctl *ctl;
	struct loop *loop;
	struct bus *bus;
	struct clock clock;
	struct watch_node nodes[TOWN_NODES];
	size_t n;
	bool troubles;   /* also ask what is in quarantine and what could not be sent */
	unsigned round;  /* 1, 2, 3 ... */
	unsigned over;   /* the last one that is */
	unsigned waited; /* answers that this round waits for */
	bool asking, connecting;
	int64_t began, limit_ms; /* steady ms */
	struct loop_timer *end;
	struct loop_call on_round; /* called once a round, when it is over */
};

/* Reads the town and connects to its nodes in the background. */
enum err watch_open(struct watch *watch, struct ctl *ctl, struct reason *reason) MUST_USE;
void watch_close(struct watch *watch);

/* Begins a round, which is over when all that have a session have answered, at the latest after
 * limit_ms. The first one waits so long for connections, too. While one goes on nothing begins. */
void watch_ask(struct watch *watch, int64_t limit_ms);

/* Did it answer in the last round? */
bool watch_up(const struct watch_node *node);
/* up, or what is not well: down (no connection), silent (no answer), corrupt, diverged, busy or
 * stopped (room). */
const char *watch_state(const struct watch_node *node);
bool watch_well(const struct watch_node *node);

/* What it said last, also when it is down now; NULL: nothing yet. */
const struct status_reply *watch_status(const struct watch_node *node);
const struct queue_board *watch_board(const struct watch_node *node);
const void *watch_last(const struct watch_node *node, enum watch_question question);

/* Thousandths per second between its last two answers; -1: not known. */
int64_t watch_head_rate(const struct watch_node *node);
struct watch_rates {
	int64_t in, out;
};
struct watch_rates watch_rates(const struct watch_node *node, const struct queue_row *row);

/* Asks one node something else: done is called once with the answer, unless this returns an error.
 */
struct watch_query {
	const struct schema *schema;
	const void *fields;
	struct call_done done;
};
enum err watch_query(struct watch_node *node, const struct watch_query *query, struct call **ret,
	struct reason *reason) MUST_USE;

#endif
