/* Verdicts on queues: what the last samples and the other end say. Touches nothing. */
#include <stdio.h>

#include "common/clock.h"
#include "common/queue_watch.h"

/* FEW: one sample may be taken in the midst of anything; SILENCE: a follower that was lost may come
 * again within so many samples of the minute. */
enum { FEW = 3, SILENCE = 10, DURATION_BYTES = 32 };

struct judged {
	const struct queue_watch *watch;
	const struct queue_facts *facts;
	char *why;
};

/* ---- words ----------------------------------------------------------------------------------- */

static const char *duration(int64_t ms, char ret[DURATION_BYTES])
{
	static const struct {
		int64_t ms;
		const char *word;
	} units[] = {{MS_PER_DAY, "days"}, {MS_PER_HOUR, "h"}, {MS_PER_MINUTE, "min"},
		{MS_PER_SECOND, "s"}, {0, "ms"}};
	unsigned i = 0;

	while (units[i].ms && ms < 2 * units[i].ms)
		i++;
	snprintf(ret, DURATION_BYTES, "%lld %s", (long long)(units[i].ms ? ms / units[i].ms : ms),
		units[i].word);
	return ret;
}

#define SAY(judged_, verdict_, ...) \
	(snprintf((judged_)->why, QUEUE_WHY_BYTES, __VA_ARGS__), (verdict_))

/* ---- the last samples ------------------------------------------------------------------------ */

/* n samples back from the last one. */
static const struct queue_sample *back(const struct queue_span *span, unsigned n)
{
	return &span->at[(span->first + span->n - 1 - n) % QUEUE_SAMPLES];
}

/* So many samples up to now something waited in each of them, and nothing moved. */
static unsigned still_for(const struct queue_span *span)
{
	unsigned n = 0;

	while (n < span->n && back(span, n)->depth > 0 &&
		back(span, n)->position == back(span, 0)->position)
		n++;
	return n;
}

static bool waits_throughout(const struct queue_span *span)
{
	for (unsigned i = 0; i < span->n; i++)
		if (span->at[i].depth == 0)
			return false;
	return span->n > 0;
}

/* What waited least in the last third is more than what waited most in the first. */
static bool grows(const struct queue_span *span)
{
	unsigned third = span->n / 3;
	int64_t most = 0, least = INT64_MAX;

	if (span->n < QUEUE_SAMPLES || !waits_throughout(span))
		return false;
	for (unsigned i = 0; i < third; i++) {
		int64_t late = back(span, i)->depth, early = back(span, span->n - 1 - i)->depth;
		least = late < least ? late : least;
		most = early > most ? early : most;
	}
	return least > most;
}

/* ---- links ----------------------------------------------------------------------------------- */

static enum queue_verdict judge_absent(const struct judged *j)
{
	const struct queue_facts *facts = j->facts;
	int64_t patience = SILENCE * queue_span_ms[SPAN_MINUTE] / (QUEUE_SAMPLES - 1);
	bool patient = facts->link_ms < patience;
	char text[DURATION_BYTES];

	const char *what = facts->link == LINK_LEFT ? "took its leave" : "fell silent";

	duration(facts->link_ms, text);
	if (facts->link == LINK_NEW && patient)
		return SAY(j, queue_verdict_ok,
			"not known yet: this node was started %s ago, and the follower has not "
			"come",
			text);
	if (facts->link == LINK_NEW)
		return SAY(j, queue_verdict_stopped,
			"the follower has not come since this node was started %s ago", text);
	if (!patient && facts->link == LINK_LEFT)
		return SAY(
			j, queue_verdict_stopped, "the follower was stopped in order %s ago", text);
	if (!patient)
		return SAY(j, queue_verdict_stopped,
			"nothing was heard of the follower for %s: its process, its host or the "
			"network is down",
			text);
	if (facts->depth > 0)
		return SAY(j, queue_verdict_stalled, "the follower %s %s ago, and something waits",
			what, text);
	return SAY(j, queue_verdict_ok, "nothing waits; the follower %s %s ago", what, text);
}

static enum queue_verdict judge_moving_link(const struct judged *j)
{
	const struct queue_watch *watch = j->watch;
	const struct queue_span *minute = &watch->spans[SPAN_MINUTE];
	const struct queue_moved moved = queue_watch_moved(watch, SPAN_MINUTE);
	unsigned still = still_for(minute);
	char text[DURATION_BYTES];

	if (still >= FEW)
		return SAY(j, queue_verdict_stalled,
			"the follower is connected, and has taken nothing for %s",
			duration(watch->last.at - back(minute, still - 1)->at, text));
	if (watch->rewound_to)
		return SAY(j, queue_verdict_rewound,
			"the follower went back: it is at %lld and had come to %lld",
			(long long)watch->last.position, (long long)watch->rewound_to);
	if (grows(minute))
		return SAY(j, queue_verdict_slow,
			"in the last minute %lld came and %lld went: what waits grows",
			(long long)moved.came, (long long)moved.went);
	if (j->facts->stopped || j->facts->busy)
		return SAY(j, queue_verdict_at_risk, "the node %s: what its clients say waits",
			j->facts->stopped ? "has no room" : "is short of room");
	if (j->facts->depth == 0)
		return SAY(j, queue_verdict_ok, "nothing waits");
	if (minute->n < FEW)
		return SAY(j, queue_verdict_ok, "not known yet: this node has just been started");
	return SAY(j, queue_verdict_ok, "it moves: in the last minute %lld came and %lld went",
		(long long)moved.came, (long long)moved.went);
}

static enum queue_verdict judge_link(const struct judged *j)
{
	if (j->facts->diverged_at)
		return SAY(j, queue_verdict_rewound,
			"not served: the follower has %lld records that are not of this journal",
			(long long)j->facts->diverged_at);
	if (j->facts->link != LINK_UP)
		return judge_absent(j);
	return judge_moving_link(j);
}

/* ---- quarantine ------------------------------------------------------------------------------ */

static enum queue_verdict judge_quarantine(const struct judged *j)
{
	const struct queue_facts *facts = j->facts;

	if (facts->diverged)
		return SAY(j, queue_verdict_rewound,
			"the journal there is not the one that was followed: nothing is taken "
			"until an operator decides");
	if (facts->stopped)
		return SAY(j, queue_verdict_stopped, "this node has no room: nothing is taken");
	if (facts->depth > 0)
		return SAY(j, queue_verdict_stalled,
			"each waits until its cause is mended and it is retried, or for a drop");
	return SAY(j, queue_verdict_ok, "nothing was set aside");
}

/* ---- work and outboxes ----------------------------------------------------------------------- */

/* More falls due within the span ahead than was done in the one behind. */
static bool falls_behind(const struct judged *j, enum queue_spans span, int64_t due)
{
	const struct queue_moved moved = queue_watch_moved(j->watch, span);

	return due > 0 && moved.whole && due > moved.went;
}

static enum queue_verdict judge_pace(const struct judged *j)
{
	static const struct {
		enum queue_spans span;
		const char *word;
	} rows[] = {{SPAN_HOUR, "hour"}, {SPAN_WEEK, "week"}};

	for (unsigned i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		int64_t due = i ? j->facts->due_7d : j->facts->due_1h;
		const struct queue_moved moved = queue_watch_moved(j->watch, rows[i].span);
		if (falls_behind(j, rows[i].span, due))
			return SAY(j, queue_verdict_at_risk,
				"%lld are due within the %s, and %lld were done in the last one",
				(long long)due, rows[i].word, (long long)moved.went);
	}
	return queue_verdict_none;
}

static enum queue_verdict judge_late(const struct judged *j)
{
	const struct queue_facts *facts = j->facts;

	if (facts->held > 0)
		return SAY(j, queue_verdict_at_risk,
			"%lld wait for an operator: whether they were sent is not known",
			(long long)facts->held);
	if (facts->overdue > 0)
		return SAY(j, queue_verdict_at_risk, "%lld of %lld are past their time",
			(long long)facts->overdue, (long long)facts->depth);
	return judge_pace(j);
}

/* People work by the week, a sender by the minute. */
static enum queue_verdict judge_served(const struct judged *j)
{
	const struct queue_facts *facts = j->facts;
	bool work = facts->kind == queue_kind_work;
	enum queue_spans span = work ? SPAN_WEEK : SPAN_MINUTE;
	const char *word = work ? "week" : "minute";
	const struct queue_moved moved = queue_watch_moved(j->watch, span);
	const struct queue_span *samples = &j->watch->spans[span];
	bool waits = work ? waits_throughout(samples) : facts->ready_ms >= queue_span_ms[span];

	if (facts->stopped)
		return SAY(j, queue_verdict_stopped,
			"this node has no room: commands and deadlines wait");
	if (waits && moved.whole && moved.went == 0)
		return SAY(j, queue_verdict_stalled, "nothing went for a %s, and something waits",
			word);
	enum queue_verdict late = judge_late(j);
	if (late)
		return late;
	if (grows(samples))
		return SAY(j, queue_verdict_slow,
			"in the last %s %lld came and %lld went: what waits grows", word,
			(long long)moved.came, (long long)moved.went);
	if (facts->depth == 0)
		return SAY(j, queue_verdict_ok, "nothing waits");
	return SAY(j, queue_verdict_ok, "nothing is late");
}

/* ---- all ------------------------------------------------------------------------------------- */

enum queue_verdict queue_judge(const struct queue_watch *watch, const struct queue_facts *facts,
	char ret_why[QUEUE_WHY_BYTES])
{
	const struct judged j = {watch, facts, ret_why};
	char time[32];

	if (facts->paused_until > facts->now) {
		time_format(facts->paused_until, time);
		return SAY(&j, queue_verdict_stopped, "paused until %s by %.*s", time,
			(int)facts->paused_by.n, facts->paused_by.n ? facts->paused_by.p : "");
	}
	if (facts->kind == queue_kind_link)
		return judge_link(&j);
	if (facts->kind == queue_kind_quarantine)
		return judge_quarantine(&j);
	return judge_served(&j);
}
