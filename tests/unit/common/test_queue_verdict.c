/* What is said of queues, from how they moved: a table of histories. Touches nothing. */
#include "common/queue_watch.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "common/clock.h"

#define COUNT(rows) (sizeof(rows) / sizeof((rows)[0]))

/* A stretch of time in which each sample finds so much more than the one before. */
struct stretch {
	int seconds;
	int64_t addressed, delivered; /* a second */
};

struct history {
	const char *name;
	struct stretch stretches[4];
	struct queue_facts facts; /* depth is that of the last sample */
	enum queue_verdict verdict;
	const char *why; /* a part of it */
};

#define UP .kind = queue_kind_link, .link = LINK_UP

static const struct history links[] = {
	{"empty", {{20, 0, 0}}, {UP}, queue_verdict_ok, "nothing waits"},
	{"one sample", {{1, 5, 0}}, {UP}, queue_verdict_ok, "not known yet"},
	{"keeps pace", {{60, 100, 100}}, {UP}, queue_verdict_ok, "nothing waits"},
	{"pace, some under way", {{1, 10, 0}, {60, 100, 100}}, {UP}, queue_verdict_ok,
		"6000 came and 6000 went"},
	{"drains", {{1, 9000, 0}, {60, 0, 100}}, {UP}, queue_verdict_ok, "6000 went"},
	{"grows", {{1, 1, 0}, {60, 100, 60}}, {UP}, queue_verdict_slow, "grows"},
	{"grows, but was empty", {{30, 0, 0}, {31, 100, 60}}, {UP}, queue_verdict_ok, "it moves"},
	{"a burst, then drains", {{1, 1, 0}, {20, 100, 10}, {40, 0, 10}}, {UP}, queue_verdict_ok,
		"it moves"},
	{"stands", {{20, 5, 5}, {4, 1, 0}}, {UP}, queue_verdict_stalled,
		"has taken nothing for 3 s"},
	{"stood, goes on", {{20, 1, 0}, {1, 0, 3}}, {UP}, queue_verdict_ok, "it moves"},
	{"stands for two samples", {{20, 5, 5}, {2, 1, 0}}, {UP}, queue_verdict_ok, "it moves"},
	{"went back", {{20, 100, 100}, {1, 0, -2000}, {5, 0, 100}}, {UP}, queue_verdict_rewound,
		"it is at 500 and had come to 2000"},
	{"went back and stands", {{20, 100, 100}, {5, 0, 0}, {1, 0, -2000}, {4, 0, 0}}, {UP},
		queue_verdict_stalled, "has taken nothing"},
	{"went back and is there again", {{20, 100, 100}, {1, 0, -2000}, {20, 0, 100}}, {UP},
		queue_verdict_ok, "nothing waits"},
	{"diverged", {{20, 0, 0}}, {UP, .diverged_at = 4000}, queue_verdict_rewound,
		"4000 records"},
	{"diverged and gone", {{20, 0, 0}},
		{.kind = queue_kind_link, .link = LINK_LOST, .diverged_at = 4000},
		queue_verdict_rewound, "not served"},
	{"just started", {{2, 0, 0}}, {.kind = queue_kind_link, .link_ms = 2000}, queue_verdict_ok,
		"not known yet"},
	{"never came", {{20, 0, 0}}, {.kind = queue_kind_link, .link_ms = 200000},
		queue_verdict_stopped, "has not come since this node was started 3 min ago"},
	{"left", {{20, 0, 0}}, {.kind = queue_kind_link, .link = LINK_LEFT, .link_ms = 90000},
		queue_verdict_stopped, "stopped in order 90 s ago"},
	{"has just left", {{20, 0, 0}},
		{.kind = queue_kind_link, .link = LINK_LEFT, .link_ms = 900}, queue_verdict_ok,
		"took its leave 900 ms ago"},
	{"lost, nothing waits", {{20, 0, 0}},
		{.kind = queue_kind_link, .link = LINK_LOST, .link_ms = 4000}, queue_verdict_ok,
		"fell silent 4 s ago"},
	{"lost, something waits", {{20, 0, 0}, {4, 1, 0}},
		{.kind = queue_kind_link, .link = LINK_LOST, .link_ms = 4000},
		queue_verdict_stalled, "fell silent 4 s ago"},
	{"lost for long", {{20, 0, 0}, {4, 1, 0}},
		{.kind = queue_kind_link, .link = LINK_LOST, .link_ms = 10000},
		queue_verdict_stopped, "nothing was heard of the follower for 10 s"},
	{"lost for long, nothing waits", {{20, 0, 0}},
		{.kind = queue_kind_link, .link = LINK_LOST, .link_ms = 7200000},
		queue_verdict_stopped, "for 2 h"},
	{"busy", {{20, 0, 0}}, {UP, .busy = true}, queue_verdict_at_risk, "short of room"},
	{"held", {{20, 1, 0}},
		{UP, .now = 1000, .paused_until = 61000, .paused_by = {"Ida", 3, false}},
		queue_verdict_stopped, "paused until 1970-01-01T00:01:01Z by Ida"},
	{"was held", {{20, 1, 0}}, {UP, .now = 61000, .paused_until = 61000}, queue_verdict_stalled,
		"nothing for"},
};

static void check(const struct queue_watch *watch, const struct history *row)
{
	struct queue_facts facts = row->facts;
	char why[QUEUE_WHY_BYTES] = "";

	facts.depth = watch->last.depth;
	enum queue_verdict verdict = queue_judge(watch, &facts, why);
	if (verdict != row->verdict || !strstr(why, row->why))
		print_error(
			"%s: %s, %s\n", row->name, enum_word(words_queue_verdict, verdict), why);
	assert_int_equal(verdict, row->verdict);
	assert_non_null(strstr(why, row->why));
}

static void play_link(struct queue_watch *watch, const struct history *row)
{
	struct queue_seen seen = {.at = 5000, .counted = true};

	queue_watch_note(watch, &seen);
	for (size_t i = 0; i < COUNT(row->stretches); i++)
		for (int s = 0; s < row->stretches[i].seconds; s++) {
			seen.at += 1001;
			seen.addressed += row->stretches[i].addressed;
			seen.delivered += row->stretches[i].delivered;
			seen.position = seen.delivered;
			seen.depth = seen.addressed - seen.delivered;
			queue_watch_note(watch, &seen);
		}
}

static void test_links(void **state)
{
	(void)state;

	for (size_t i = 0; i < COUNT(links); i++) {
		struct queue_watch watch = {0};
		if (strcmp(links[i].name, "one sample") != 0)
			play_link(&watch, &links[i]);
		else
			queue_watch_note(&watch,
				&(struct queue_seen){.at = 5000, .counted = true, .depth = 5});
		check(&watch, &links[i]);
	}
}

static const struct history quarantines[] = {
	{"empty", {{5, 0, 0}}, {.kind = queue_kind_quarantine}, queue_verdict_ok, "nothing"},
	{"holds", {{5, 1, 0}}, {.kind = queue_kind_quarantine}, queue_verdict_stalled, "retried"},
	{"no room", {{5, 0, 0}}, {.kind = queue_kind_quarantine, .stopped = true},
		queue_verdict_stopped, "no room"},
	{"diverged", {{5, 1, 0}}, {.kind = queue_kind_quarantine, .diverged = true},
		queue_verdict_rewound, "until an operator decides"},
};

/* Of what nobody counts, only the depth is seen; here a minute, or a week, apart. */
static void play_depth(struct queue_watch *watch, const struct history *row)
{
	bool work = row->facts.kind == queue_kind_work;
	struct queue_seen seen = {.at = 5000};

	queue_watch_note(watch, &seen);
	for (size_t i = 0; i < COUNT(row->stretches); i++)
		for (int s = 0; s < row->stretches[i].seconds; s++) {
			seen.at += work ? MS_PER_DAY / 8 : MS_PER_SECOND;
			seen.depth += row->stretches[i].addressed - row->stretches[i].delivered;
			queue_watch_note(watch, &seen);
		}
}

#define WORK .kind = queue_kind_work
#define OUTBOX .kind = queue_kind_outbox

static const struct history served[] = {
	{"empty", {{80, 0, 0}}, {WORK}, queue_verdict_ok, "nothing waits"},
	{"new", {{3, 1, 0}}, {WORK}, queue_verdict_ok, "nothing is late"},
	{"late", {{3, 1, 0}}, {WORK, .overdue = 2}, queue_verdict_at_risk, "2 of 3 are past"},
	{"no week yet", {{30, 1, 0}}, {WORK, .due_7d = 9}, queue_verdict_ok, "nothing is late"},
	{"done as they come", {{1, 20, 0}, {40, 1, 1}, {40, 0, 0}}, {WORK, .due_7d = 9},
		queue_verdict_stalled, "nothing went for a week"},
	{"more due than done", {{1, 90, 0}, {60, 0, 1}}, {WORK, .due_7d = 70},
		queue_verdict_at_risk, "70 are due within the week, and 56 were done"},
	{"less due than done", {{1, 90, 0}, {60, 0, 1}}, {WORK, .due_7d = 56}, queue_verdict_ok,
		"nothing is late"},
	{"grows", {{1, 5, 0}, {30, 3, 0}, {1, 0, 1}, {40, 3, 0}}, {WORK}, queue_verdict_slow,
		"in the last week"},
	{"nothing done", {{1, 5, 0}, {80, 1, 0}}, {WORK}, queue_verdict_stalled,
		"nothing went for a week"},
	{"no room", {{3, 1, 0}}, {WORK, .stopped = true}, queue_verdict_stopped, "no room"},
	{"not to be sent yet", {{80, 1, 0}}, {OUTBOX}, queue_verdict_slow, "grows"},
	{"waits for the morning", {{3, 1, 0}, {80, 0, 0}}, {OUTBOX}, queue_verdict_ok, "late"},
	{"not sent", {{3, 1, 0}, {80, 0, 0}}, {OUTBOX, .ready_ms = 60000}, queue_verdict_stalled,
		"nothing went for a minute"},
	{"sent", {{1, 90, 0}, {80, 0, 1}}, {OUTBOX, .ready_ms = 60000}, queue_verdict_ok, "late"},
	{"uncertain", {{3, 1, 0}}, {OUTBOX, .held = 2}, queue_verdict_at_risk, "2 wait for an"},
};

static void test_others(void **state)
{
	(void)state;

	for (size_t i = 0; i < COUNT(quarantines); i++) {
		struct queue_watch watch = {0};
		play_depth(&watch, &quarantines[i]);
		check(&watch, &quarantines[i]);
	}
	for (size_t i = 0; i < COUNT(served); i++) {
		struct queue_watch watch = {0};
		play_depth(&watch, &served[i]);
		check(&watch, &served[i]);
	}
}

static void test_moved(void **state)
{
	struct queue_watch watch = {0};
	struct queue_seen seen = {.at = 1, .counted = true};
	(void)state;

	/* an hour, a record a second, and what was there before the start is not counted */
	seen.addressed = seen.delivered = seen.position = 1000;
	for (int i = 0; i <= 4000; i++) {
		queue_watch_note(&watch, &seen);
		seen.at += 1000;
		seen.addressed++;
		seen.delivered = seen.position = i < 2000 ? seen.addressed : seen.delivered;
		seen.depth = seen.addressed - seen.delivered;
	}
	struct queue_moved minute = queue_watch_moved(&watch, SPAN_MINUTE);
	struct queue_moved quarter = queue_watch_moved(&watch, SPAN_QUARTER);
	struct queue_moved hour = queue_watch_moved(&watch, SPAN_HOUR);
	struct queue_moved week = queue_watch_moved(&watch, SPAN_WEEK);
	assert_true(minute.whole && quarter.whole && hour.whole && !week.whole);
	assert_int_equal(minute.came, 60);
	assert_int_equal(minute.went, 0);
	assert_in_range(quarter.came, 900, 915);
	assert_in_range(hour.came, 3600, 3660);
	assert_in_range(hour.went, 1600, 1661);
	assert_int_equal(week.came, 4000);
	assert_int_equal(watch.last.came, 4000);
	assert_int_equal(watch.last.went, 2000);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_links),
		cmocka_unit_test(test_others),
		cmocka_unit_test(test_moved),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
