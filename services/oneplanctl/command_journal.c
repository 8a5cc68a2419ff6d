/* The command `journal`: reads a node's journal, piece by piece, and goes on reading when asked to.
 */
#include <signal.h>
#include <stdio.h>
#include <time.h>

#include "common/admin.h"
#include "common/clock.h"
#include "services/oneplanctl/amounts.h"
#include "services/oneplanctl/ask.h"
#include "services/oneplanctl/table.h"

enum { PAGE = 200, LIMIT = 50, POLL_MS = 300, LINE_BYTES = 64 * 1024 };

/* The widths of what comes piece by piece must not change, so they are the usual ones from the
 * start. */
static const struct table_column columns[] = {{.title = "seq", .right = true, .least = 7},
	{.title = "written", .least = 12}, {.title = "type", .least = 19},
	{.title = "entity", .least = 36}, {.title = "by", .gives = true}};

enum { COLUMNS = sizeof(columns) / sizeof(columns[0]) };

struct reading {
	struct ctl *ctl;
	const struct town_node *node;
	struct client *client;
	struct read_journal query;
	struct arena arena; /* of one page */
	struct reason reason;
	int64_t left; /* records still wanted; INT64_MAX: all */
	int64_t head;
	int64_t day; /* of the line printed last */
	bool follow;
	bool begun; /* something was printed */
};

static volatile sig_atomic_t interrupted;

static void on_interrupt(int signal)
{
	(void)signal;
	interrupted = 1;
}

/* ---- printing -------------------------------------------------------------------------------- */

static void print_line_json(struct reading *reading, const struct journal_line *line)
{
	const char *json = schema_to_json(schema_journal_line(), line, 0, &reading->arena);

	if (reading->follow)
		printf("%s\n", json ? json : "null");
	else
		printf("%s%s", reading->begun ? "," : "{\"records\":[", json ? json : "null");
	reading->begun = true;
}

static const char *who(struct arena *arena, const struct journal_line *line)
{
	const char *cause = line->cause.n ? text_string(arena, line->cause) : NULL;

	if (cause)
		return arena_printf(arena, "after %s", cause);
	return text_string(arena, line->actor);
}

static void print_fields(const struct journal_line *line)
{
	printf("        %.*s\n", (int)line->fields.n, line->fields.n ? line->fields.p : "");
}

/* Lines of one day; the day itself stands above them, so that there is room for the rest. */
static void print_lines(struct reading *reading, const struct journal_line *lines, size_t n)
{
	struct arena *arena = &reading->arena;
	struct table table;
	char entity[UUID_TEXT_BYTES];

	table_init(&table, columns, COLUMNS, arena);
	table.no_titles = reading->begun;
	for (size_t i = 0; i < n; i++) {
		uuid_format(lines[i].entity, entity);
		const char *cells[COLUMNS] = {amount_of_count(arena, lines[i].seq),
			amount_of_time_of_day(arena, lines[i].time),
			text_string(arena, lines[i].type),
			arena_copy(arena, entity, sizeof(entity)), who(arena, &lines[i])};
		table_add(&table, lines[i].historical ? TABLE_DIM : TABLE_PLAIN, cells);
	}
	table_print(&table, reading->ctl->colour);
	reading->begun = true;
}

static void print_table(struct reading *reading, const struct journal_line *lines, size_t n)
{
	char text[16];
	size_t end;

	for (size_t at = 0; at < n; at = end) {
		int64_t day = local_date(lines[at].time);
		for (end = at + 1; end < n && local_date(lines[end].time) == day; end++)
			if (reading->query.fields)
				break;
		if (day != reading->day) {
			date_format(day, text);
			printf("%s\n", text);
		}
		reading->day = day;
		print_lines(reading, &lines[at], end - at);
		if (reading->query.fields)
			print_fields(&lines[at]);
	}
}

static void print_page(struct reading *reading, const struct journal_page *page)
{
	size_t n = page->records.n;

	if ((int64_t)n > reading->left)
		n = (size_t)reading->left;
	for (size_t i = 0; reading->ctl->json && i < n; i++)
		print_line_json(reading, &page->records.at[i]);
	if (!reading->ctl->json)
		print_table(reading, page->records.at, n);
	if (reading->left != INT64_MAX)
		reading->left -= (int64_t)n;
}

/* ---- reading --------------------------------------------------------------------------------- */

static enum err read_page(struct reading *reading, struct journal_page *page)
{
	const struct asked asked = {schema_read_journal(), &reading->query, page, &reading->arena};

	arena_reset(&reading->arena);
	reading->query.limit = reading->left < PAGE ? reading->left : PAGE;
	enum err err = ask_query(reading->ctl, reading->client, &asked, &reading->reason);
	if (!err)
		reading->head = page->head;
	return err;
}

static enum err read_pages(struct reading *reading)
{
	struct journal_page page;
	enum err err = ERR_OK;

	while (!err && !interrupted && reading->left > 0 && !ferror(stdout)) {
		err = read_page(reading, &page);
		if (err)
			break;
		print_page(reading, &page);
		reading->query.tail = false;
		reading->query.from = page.next ? page.next : page.head + 1;
		if (!page.next)
			break;
	}
	return err;
}

/* New records are looked for a few times a second; a node that went away is waited for. */
static enum err follow(struct reading *reading)
{
	const struct timespec pause = {0, POLL_MS * 1000000L};

	reading->left = INT64_MAX;
	while (!interrupted && !ferror(stdout)) {
		fflush(stdout);
		nanosleep(&pause, NULL);
		enum err err = read_pages(reading);
		if (err && err != ERR_TIMEOUT)
			return err;
	}
	return ERR_OK;
}

static enum err take_arguments(
	struct reading *reading, const struct arguments *arguments, struct reason *reason)
{
	struct read_journal *query = &reading->query;
	enum err err = argument_count(arguments, "from", &query->from, reason);

	reading->left = LIMIT;
	reading->follow = argument_flag(arguments, "follow");
	query->fields = argument_flag(arguments, "fields");
	query->tail = argument_flag(arguments, "tail") || (reading->follow && !query->from);
	if (!err)
		err = argument_count(arguments, "limit", &reading->left, reason);
	if (!err)
		err = argument_uuid(arguments, "entity", &query->entity, reason);
	if (!err && query->tail && query->from)
		err = reason_set(reason, ERR_INVALID, "--tail", "does not go with --from");
	if (!err && query->tail && reading->left > PAGE)
		err = reason_set(reason, ERR_INVALID, "--limit", "is at most %d with --tail", PAGE);
	if (reading->left == 0)
		reading->left = query->tail ? PAGE : INT64_MAX;
	return err;
}

static int run(struct reading *reading)
{
	reading->client = ask_open(reading->ctl, reading->node, "operator", &reading->reason);
	if (!reading->client)
		return ask_fail(reading->ctl, reading->node, &reading->reason);
	arena_init(&reading->arena, (size_t)64 * 1024 * 1024);
	enum err err = read_pages(reading);
	if (!err && reading->follow)
		err = follow(reading);
	else if (!err && reading->ctl->json)
		printf("%s],\"head\":%lld}\n", reading->begun ? "" : "{\"records\":[",
			(long long)reading->head);
	client_close(reading->client);
	arena_done(&reading->arena);
	return err ? ask_fail(reading->ctl, reading->node, &reading->reason) : CTL_DONE;
}

int command_journal(struct ctl *ctl, const struct arguments *arguments)
{
	struct reading reading = {.ctl = ctl};
	struct reason reason = {0};

	if (take_arguments(&reading, arguments, &reason) ||
		ctl_find_node(ctl, arguments->words[0], &reading.node, &reason))
		return ctl_fail_here(ctl, &reason);
	signal(SIGINT, on_interrupt);
	return run(&reading);
}
