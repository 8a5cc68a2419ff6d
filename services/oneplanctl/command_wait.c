/* The command `wait`: until every follower has everything; asks all nodes again and again. */
#include <stdio.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "common/clock.h"
#include "services/oneplanctl/amounts.h"
#include "services/oneplanctl/overview.h"
#include "services/oneplanctl/progress.h"

enum { WAIT_MS = 60000, PERIOD_MS = 100, ASK_EACH_MS = 5000, SAY_MS = 1000, SHORT_MS = 300 };

struct waiting {
	struct overview overview;
	struct arena arena; /* of one look */
	struct clock clock;
	int64_t began;
	int64_t said;
	int64_t heads[TOWN_NODES];
	bool terminal;
	bool drawn;
};

static int64_t elapsed(const struct waiting *waiting)
{
	return clock_steady(&waiting->clock) - waiting->began;
}

/* A follower that begins anew has less than its owner believes, until it has said so. */
static bool is_behind_its_owner(const struct overview *overview, const struct queue_line *line)
{
	const struct node_view *follower = overview_find(overview, line->follower);

	for (size_t i = 0; follower && i < follower->queues.cursors.n; i++) {
		const struct cursor_line *cursor = &follower->queues.cursors.at[i];
		if (text_equal(cursor->owner, line->owner))
			return cursor->through < line->through;
	}
	return false;
}

static bool begins_anew(const struct overview *overview)
{
	for (size_t i = 0; i < overview->n; i++) {
		const struct node_view *owner = &overview->views[i];
		for (size_t k = 0; owner->up && k < owner->queues.queues.n; k++)
			if (is_behind_its_owner(overview, &owner->queues.queues.at[k]))
				return true;
	}
	return false;
}

/* A follower that reacts writes records of its own, which wait in their turn, perhaps at a node
 * that was looked at before: so it is over when two looks in a row found nothing waiting and the
 * same heads. */
static bool is_still(struct waiting *waiting)
{
	struct overview *overview = &waiting->overview;
	bool still = overview->down == 0 && overview->depth == 0 && !begins_anew(overview);

	for (size_t i = 0; i < overview->n; i++) {
		int64_t head = overview->views[i].up ? overview->views[i].status.head : -1;
		still = still && head == waiting->heads[i];
		waiting->heads[i] = head;
	}
	return still;
}

static void say(struct waiting *waiting)
{
	const struct overview *overview = &waiting->overview;
	char text[PROGRESS_TEXT];
	int64_t now = elapsed(waiting);

	if (now < SHORT_MS || (!waiting->terminal && now - waiting->said < SAY_MS))
		return; /* what is over at once needs no words */
	waiting->said = now;
	snprintf(text, sizeof(text), "%lld records wait%s, %s", (long long)overview->depth,
		overview->down ? ", not all nodes answer" : "", amount_of_ms(&waiting->arena, now));
	fprintf(stderr, waiting->terminal ? "\r%s\033[K" : "%s\n", text);
	waiting->drawn = waiting->terminal;
}

static int sum_up(struct waiting *waiting, bool still)
{
	struct overview *overview = &waiting->overview;
	struct ctl_failure failures[TOWN_NODES];
	struct ctl_waited waited = {.depth = overview->depth, .ms = elapsed(waiting)};

	waited.unreachable.at = failures;
	for (size_t i = 0; i < overview->n; i++)
		if (!overview->views[i].up)
			failures[waited.unreachable.n++] = overview_failure(&overview->views[i]);
	if (overview->ctl->json)
		(void)ctl_print_record(overview->ctl, schema_ctl_waited(), &waited);
	else if (still)
		printf("every follower has everything, after %s\n",
			amount_of_ms(&waiting->arena, waited.ms));
	if (!still && (waited.depth || waited.unreachable.n == 0))
		fprintf(stderr, "oneplanctl: %lld records still wait\n", (long long)waited.depth);
	for (size_t i = 0; !still && i < waited.unreachable.n; i++)
		fprintf(stderr, "oneplanctl: %.*s does not answer\n", (int)failures[i].node.n,
			failures[i].node.p);
	if (still)
		return CTL_DONE;
	return overview->down ? CTL_UNREACHABLE : CTL_REFUSED;
}

static int wait_until_still(struct waiting *waiting, int64_t limit_ms)
{
	const struct timespec period = {0, PERIOD_MS * 1000000L};
	bool still;

	memset(waiting->heads, -1, sizeof(waiting->heads));
	for (;;) {
		arena_reset(&waiting->arena);
		overview_look(&waiting->overview, &waiting->arena);
		still = is_still(waiting);
		if (still || elapsed(waiting) >= limit_ms)
			break;
		say(waiting);
		nanosleep(&period, NULL);
	}
	if (waiting->drawn)
		fputs("\r\033[K", stderr);
	return sum_up(waiting, still);
}

int command_wait(struct ctl *ctl, const struct arguments *arguments)
{
	struct waiting waiting = {.clock = clock_real(), .terminal = isatty(STDERR_FILENO)};
	int64_t limit = ctl_timeout(ctl, WAIT_MS);
	struct reason reason = {0};

	const char *without = argument_text(arguments, "without");
	ctl->timeout_ms = limit < ASK_EACH_MS ? limit : ASK_EACH_MS;
	ctl->connect_ms = ASK_QUICKLY_MS;
	if (overview_init(&waiting.overview, ctl, &reason) ||
		(without && overview_leave_out(&waiting.overview, without, &reason)))
		return ctl_fail_here(ctl, &reason);
	arena_init(&waiting.arena, (size_t)16 * 1024 * 1024);
	waiting.began = clock_steady(&waiting.clock);
	int code = wait_until_still(&waiting, limit);
	overview_done(&waiting.overview);
	arena_done(&waiting.arena);
	return code;
}
