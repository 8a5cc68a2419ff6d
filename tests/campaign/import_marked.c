/* Imports lines into a node as oneplanctl does, and marks in the recorder's log what was answered:
 * each line when its answer is here, and now and then how far the node says that its followers have
 * acknowledged. Talks to one node, appends to the log. */
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/uio.h>
#include <unistd.h>

#include "common/admin.h"
#include "services/oneplanctl/ask.h"
#include "services/oneplanctl/import_line.h"
#include "services/oneplanctl/lines.h"
#include "tests/campaign/io_log.h"

enum { WINDOW_MAX = 256, BODY_BYTES = 64 * 1024, ANSWER_MS = 20000, ASK_EVERY = 24 };

struct run {
	struct ctl ctl;
	const struct town_node *node;
	struct client *client;
	uint8_t number; /* of the node, as its recorder says it */
	int log;
	struct lines lines;
	struct arena arena;
	struct buffer body;
	unsigned window;
	struct {
		uint64_t correlation;
		uint32_t line;
	} under_way[WINDOW_MAX];
	unsigned n;
	uint32_t line;
	unsigned answered, refused;
};

_Noreturn static void fail(const char *what, const struct reason *reason)
{
	fprintf(stderr, "import_marked: %s: %s %s\n", what, reason ? reason->field : "",
		reason ? reason->rule : "");
	exit(1);
}

static void mark(const struct run *run, struct io_event event, struct text data)
{
	event.magic = IO_MAGIC;
	event.node = run->number;
	event.bytes = data.n;
	struct iovec all[2] = {{&event, sizeof(event)}, {(void *)(uintptr_t)data.p, data.n}};
	if (writev(run->log, all, 2) != (ssize_t)(sizeof(event) + data.n))
		fail("the log cannot be written", NULL);
}

/* How far the followers are, as the node itself says. Only asked while nothing is under way. */
static void ask_followers(struct run *run)
{
	const struct list_queues query = {0};
	struct queue_list reply;
	const struct asked asked = {schema_list_queues(), &query, &reply, &run->arena};
	struct reason reason = {0};

	arena_reset(&run->arena);
	if (ask_query(&run->ctl, run->client, &asked, &reason))
		fail("its queues are not told", &reason);
	for (size_t i = 0; i < reply.queues.n; i++)
		mark(run,
			(struct io_event){
				.kind = IO_THROUGH, .offset = (uint64_t)reply.queues.at[i].through},
			reply.queues.at[i].follower);
}

static void send_line(struct run *run, struct bytes line)
{
	struct import_line read = {.role = run->node->role};
	struct reason reason = {0};

	arena_reset(&run->arena);
	const struct text text = {(const char *)line.p, (uint32_t)line.n, false};
	if (import_line_parse(text, &run->arena, &read, &reason))
		fail("a line cannot be read", &reason);
	buffer_reset(&run->body);
	schema_encode(read.schema, read.with, &run->body);
	const struct client_request request = {.key = read.key,
		.type = text_of(read.schema->head->name),
		.body = buffer_bytes(&run->body),
		.actor = read.by,
		.occurred_at = read.at,
		.historical = true,
		.timeout_ms = ANSWER_MS};
	run->under_way[run->n].line = run->line++;
	if (client_send(run->client, &request, &run->under_way[run->n++].correlation))
		fail("a line cannot be sent", NULL);
}

static void take_answer(struct run *run)
{
	struct client_answer answer;
	unsigned i = 0;

	if (client_receive(run->client, ANSWER_MS, &answer))
		fail("no answer came", NULL);
	while (i < run->n && run->under_way[i].correlation != answer.correlation)
		i++;
	if (i == run->n || answer.unknown)
		fail("an answer is missing", NULL);
	if (!answer.status)
		mark(run,
			(struct io_event){.kind = IO_ACKED,
				.line = run->under_way[i].line,
				.offset = answer.seq},
			TEXT_NONE);
	run->refused += answer.status != ERR_OK;
	run->answered++;
	run->under_way[i] = run->under_way[--run->n];
}

static void import(struct run *run, uint32_t from, uint32_t lines)
{
	struct bytes line;

	while (run->line < from && lines_next(&run->lines, -1, &line) == LINES_ONE)
		run->line++;
	while (run->line < from + lines && lines_next(&run->lines, -1, &line) == LINES_ONE) {
		send_line(run, line);
		/* the window breathes, so that turns of all sizes come about */
		if (run->n >= 1 + run->line * 7 % run->window || run->n == WINDOW_MAX)
			while (run->n > run->line % 3)
				take_answer(run);
		if (run->line % ASK_EVERY == 0) {
			while (run->n)
				take_answer(run);
			ask_followers(run);
		}
	}
	while (run->n)
		take_answer(run);
	ask_followers(run);
}

int main(int argc, char **argv)
{
	static struct run run;
	struct reason reason = {0};

	if (argc != 9) {
		fprintf(stderr,
			"usage: import_marked TOWN NODE NUMBER LOG FILE FROM LINES WINDOW\n");
		return 2;
	}
	arena_init(&run.ctl.arena, (size_t)4 * 1024 * 1024);
	arena_init(&run.arena, (size_t)16 * 1024 * 1024);
	buffer_init(&run.body, BODY_BYTES);
	run.ctl.town_dir = argv[1];
	run.ctl.timeout_ms = ANSWER_MS;
	run.number = (uint8_t)atoi(argv[3]);
	run.window = (unsigned)atoi(argv[8]);
	run.log = open(argv[4], O_WRONLY | O_APPEND | O_CLOEXEC);
	int fd = open(argv[5], O_RDONLY | O_CLOEXEC);
	if (run.log < 0 || fd < 0 || run.window == 0 || lines_init(&run.lines, fd))
		fail("the files cannot be opened", NULL);
	if (ctl_find_node(&run.ctl, argv[2], &run.node, &reason))
		fail("there is no such node", &reason);
	run.client = ask_open(&run.ctl, run.node, "importer", &reason);
	if (!run.client)
		fail("it cannot be reached", &reason);
	import(&run, (uint32_t)atoi(argv[6]), (uint32_t)atoi(argv[7]));
	printf("%u %u\n", run.answered, run.refused);
	client_close(run.client);
	lines_done(&run.lines);
	buffer_done(&run.body);
	arena_done(&run.arena);
	arena_done(&run.ctl.arena);
	return 0;
}
