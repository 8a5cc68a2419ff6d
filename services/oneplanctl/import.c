/* Sends the lines of an import to a node and takes its answers; reads from a descriptor, talks to
 * one node, writes refused lines to a file and standard error. */
#include "services/oneplanctl/import.h"

#include <errno.h>
#include <string.h>
#include <time.h>

#include "services/oneplanctl/import_line.h"

enum { LINE_ARENA_BYTES = 16 * 1024 * 1024, BODY_BYTES = 64 * 1024 };
enum { TICK_MS = 200, PAUSE_MIN_MS = 50, PAUSE_MAX_MS = 2000, STALL_MS = 30000 };

static int64_t now_ms(const struct import *import)
{
	return clock_steady(&import->clock);
}

static void give_up(struct import *import, enum err code, const char *field, const char *rule)
{
	if (!import->failed)
		(void)reason_set(&import->reason, code, field, "%s", rule);
	import->failed = true;
}

/* ---- results, in the order of the file ------------------------------------------------------- */

static void note_refusal(struct import *import, const struct window_line *line)
{
	const struct reason *reason = &line->reason;
	size_t n = import->counts.refusals.n;
	struct arena *arena = &import->ctl->arena;

	import->counts.refused++;
	if (import->rejects && line->n &&
		(fwrite(line->text, 1, line->n, import->rejects) != line->n ||
			putc('\n', import->rejects) == EOF))
		give_up(import, ERR_SYSTEM, "--rejects", strerror(errno));
	if (n == IMPORT_REFUSALS)
		return;
	import->refusals[import->counts.refusals.n++] =
		(struct ctl_refusal){.line = (int64_t)line->number,
			.error = text_of(err_word(reason->code)),
			.field = text_of(arena_printf(arena, "%s", reason->field)),
			.rule = text_of(arena_printf(arena, "%s", reason->rule))};
	progress_clear(&import->progress);
	fprintf(stderr, "oneplanctl: line %llu: %s: %s%s%s\n", (unsigned long long)line->number,
		err_word(reason->code), reason->field, reason->field[0] ? ": " : "",
		reason->rule[0] ? reason->rule : err_sentence(reason->code));
	if (n + 1 == IMPORT_REFUSALS)
		fprintf(stderr, "oneplanctl: further refused lines are only counted\n");
}

static void take_results(struct import *import)
{
	const struct window_line *line;

	while ((line = window_take(&import->window)) != NULL) {
		import->counts.lines++;
		import->counts.imported += line->state == LINE_DONE;
		import->counts.already_there += line->state == LINE_REPLAYED;
		if (line->state == LINE_REFUSED)
			note_refusal(import, line);
	}
}

/* ---- lines ----------------------------------------------------------------------------------- */

static void add_line(struct import *import, struct bytes text)
{
	if (window_add(&import->window, text, import->lines.number))
		give_up(import, ERR_NO_MEMORY, "", "out of memory");
}

static void fill(struct import *import)
{
	struct bytes text;

	while (!import->failed && !import->ended && !window_full(&import->window)) {
		int wait = import->window.n ? 0 : TICK_MS;
		switch (lines_next(&import->lines, wait, &text)) {
		case LINES_ONE:
			if (text.n)
				add_line(import, text);
			break;
		case LINES_TOO_LONG: /* to be refused in its turn, see send_line */
			add_line(import, BYTES_NONE);
			break;
		case LINES_LATER:
			return;
		case LINES_END:
			import->ended = true;
			break;
		case LINES_FAILED:
			give_up(import, ERR_SYSTEM, "", strerror(errno));
			break;
		}
	}
}

static enum err prepare(struct import *import, const struct window_line *line,
	struct client_request *ret, struct reason *reason)
{
	struct import_line read = {.role = import->node->role};
	const struct text text = {line->text, (uint32_t)line->n, false};

	if (line->n == 0)
		return reason_set(reason, ERR_LIMIT, "", "is longer than %d bytes", LINES_LONGEST);
	arena_reset(&import->arena);
	enum err err = import_line_parse(text, &import->arena, &read, reason);
	if (err)
		return err;
	buffer_reset(&import->body);
	import->body.failed = false;
	schema_encode(read.schema, read.with, &import->body);
	if (import->body.failed)
		return reason_set(reason, ERR_LIMIT, "with", "is larger than a message may be");
	*ret = (struct client_request){.key = read.key,
		.type = text_of(read.schema->head->name),
		.body = buffer_bytes(&import->body),
		.actor = read.by,
		.occurred_at = read.at,
		.historical = true,
		.ordered = true};
	return ERR_OK;
}

static void send_line(struct import *import, const struct window_line *line)
{
	struct client_request request;
	struct reason reason = {0};
	uint64_t correlation = 0;
	enum err err = prepare(import, line, &request, &reason);

	if (err) {
		window_refused(&import->window, &reason);
		return;
	}
	err = client_send(import->client, &request, &correlation);
	if (err == ERR_LIMIT || err == ERR_INVALID) {
		(void)reason_set(&reason, err, "with", "is larger than a message may be");
		window_refused(&import->window, &reason);
	} else if (err)
		window_not_sent(&import->window);
	else
		window_sent(&import->window, correlation);
}

static void send(struct import *import)
{
	const struct window_line *line;

	while ((line = window_next(&import->window)) != NULL)
		send_line(import, line);
	/* What could not be sent comes back as an answer. */
	enum err ignored = client_flush(import->client);
	(void)ignored;
}

/* ---- answers --------------------------------------------------------------------------------- */

static enum line_state state_of(const struct client_answer *answer)
{
	if (answer->status == ERR_OK)
		return answer->replayed ? LINE_REPLAYED : LINE_DONE;
	return answer->unknown || err_retryable(answer->status) ? LINE_UNDECIDED : LINE_REFUSED;
}

static void take_answer(struct import *import, const struct client_answer *answer)
{
	enum line_state state = state_of(answer);

	if (answer->status == ERR_PROTOCOL)
		give_up(import, ERR_PROTOCOL, answer->reason.field, answer->reason.rule);
	import->quiet_since = now_ms(import);
	if (state != LINE_UNDECIDED) {
		import->troubled = 0;
		import->pause_ms = PAUSE_MIN_MS;
	} else {
		import->reason = answer->reason;
		import->retry_after_ms = answer->retry_after_ms;
	}
	window_answer(&import->window, answer->correlation, state, &answer->reason);
}

/* A node that is there and does not answer: begin anew, the keys tell it what it has done. */
static void hang_up(struct import *import)
{
	client_close(import->client);
	import->client = NULL;
	window_lost(&import->window);
}

static bool is_stalled(const struct import *import)
{
	return now_ms(import) - import->quiet_since > ctl_timeout(import->ctl, STALL_MS);
}

/* Takes half of what is under way, so that what is sent next shares messages and flushes. */
static void receive(struct import *import)
{
	size_t left = import->window.stopped ? 0 : import->window.in_flight / 2;
	int64_t began = now_ms(import);
	bool idle = import->window.in_flight == 0;
	struct client_answer answer;

	if (idle)
		import->quiet_since = began;
	do {
		enum err err = client_receive(import->client, idle ? 0 : TICK_MS, &answer);
		if (err == ERR_OK)
			take_answer(import, &answer);
		else if (err != ERR_TIMEOUT || is_stalled(import))
			hang_up(import);
		else
			break;
	} while (import->client && import->window.in_flight > left &&
		 now_ms(import) - began < TICK_MS);
}

/* ---- trouble --------------------------------------------------------------------------------- */

static void pause_a_little(struct import *import)
{
	int64_t ms = import->pause_ms > import->retry_after_ms ? import->pause_ms
							       : import->retry_after_ms;
	const struct timespec time = {ms / 1000, ms % 1000 * 1000000};

	nanosleep(&time, NULL);
	import->retry_after_ms = 0;
	import->pause_ms = import->pause_ms * 2 < PAUSE_MAX_MS ? import->pause_ms * 2
		: PAUSE_MAX_MS;
}

static void recover(struct import *import)
{
	struct reason reason = {0};
	char text[160];

	if (!import->troubled)
		import->troubled = now_ms(import);
	if (now_ms(import) - import->troubled > import->patience_ms) {
		memcpy(text, import->reason.rule, sizeof(text));
		give_up(import, ERR_TIMEOUT, "", text[0] ? text : "it cannot be reached");
		return;
	}
	pause_a_little(import);
	if (import->client && import->reason.code == ERR_TIMEOUT)
		hang_up(import);
	if (!import->client) /* it may have another key by now */
		ctl_look_again(import->ctl, import->node);
	if (!import->client)
		import->client = ask_open(import->ctl, import->node, "importer", &reason);
	if (!import->client) {
		import->reason = reason;
		import->failed = reason.code == ERR_NOT_FOUND || reason.code == ERR_INVALID;
		return;
	}
	import->quiet_since = now_ms(import);
	window_resume(&import->window);
}

static void show(struct import *import, bool waits)
{
	char note[64];

	snprintf(note, sizeof(note), "waiting for %.40s", import->node->name);
	progress_show(&import->progress, &(struct progress_state){.now = now_ms(import),
						 .bytes = (int64_t)import->lines.consumed,
						 .lines = (uint64_t)import->counts.lines,
						 .note = waits ? note : NULL});
}

void import_run(struct import *import)
{
	int64_t began = now_ms(import);

	arena_init(&import->arena, LINE_ARENA_BYTES);
	buffer_init(&import->body, BODY_BYTES);
	import->counts.refusals.at = import->refusals;
	import->progress.began = began;
	import->progress.shown = began;
	import->quiet_since = began;
	import->pause_ms = PAUSE_MIN_MS;
	import->window.stopped = true; /* until there is a connection */
	while (!import->failed && !(import->ended && import->window.n == 0)) {
		bool waits = import->window.stopped && import->window.in_flight == 0;
		if (waits)
			recover(import);
		else {
			fill(import);
			send(import);
			receive(import);
		}
		take_results(import);
		show(import, waits);
	}
	progress_clear(&import->progress);
	import->counts.ms = now_ms(import) - began;
	client_close(import->client);
	arena_done(&import->arena);
	buffer_done(&import->body);
}
