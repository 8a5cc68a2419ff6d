/* The command `log`: what the daemons of this host logged, in order of time. Reads DIR/NODE/log and
 * what was rotated away from it last, or runs journalctl. */
#include <errno.h>
#include <fcntl.h>
#include <glob.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "common/clock.h"
#include "common/settings.h"
#include "services/oneplanctl/amounts.h"
#include "services/oneplanctl/ctl.h"
#include "services/oneplanctl/lines.h"
#include "services/oneplanctl/log_line.h"
#include "services/oneplanctl/output.h"
#include "services/oneplanctl/table.h"

static const struct table_column columns[] = {{.title = "time", .least = 12},
	{.title = "level", .least = 7}, {.title = "node", .least = 19},
	{.title = "event", .wraps = true}};

enum {
	COLUMNS = sizeof(columns) / sizeof(columns[0]),
	LOOK_MS = 200,
	PATH_BYTES = 4096,
	ARENA_BYTES = 4 * 1024 * 1024,
	END_BYTES = 64 * 1024, /* what is shown of each log when nothing says since when */
	SOURCES = TOWN_NODES + 1,
	JOURNAL_ARGUMENTS = 2 * TOWN_NODES + 16
};

/* A log; the journal of all units that is asked for is one. */
struct source {
	const char *node; /* NULL: the journal */
	char path[PATH_BYTES];
	struct lines lines;
	bool rotated; /* path.1 is being read: path follows */
	ino_t inode;
	pid_t pid; /* of journalctl */
	bool has;  /* a line that is not shown yet */
	struct log_line line;
	struct arena arena; /* of that line */
	int64_t time;       /* of the last line that said one */
};

struct logs {
	struct ctl *ctl;
	struct source sources[SOURCES];
	size_t n;
	enum log_level level;
	int64_t since; /* 0: not given */
	const char *grep;
	bool follow;
	int64_t day; /* of the line printed last */
	struct arena arena;
};

static volatile sig_atomic_t interrupted;

static void on_interrupt(int signal)
{
	(void)signal;
	interrupted = 1;
}

/* ---- files ----------------------------------------------------------------------------------- */

static bool open_file(struct source *source, const char *path)
{
	struct stat st;
	int fd = open(path, O_RDONLY | O_CLOEXEC);

	if (fd < 0 || fstat(fd, &st) || !S_ISREG(st.st_mode) || lines_init(&source->lines, fd)) {
		if (fd >= 0)
			close(fd);
		return false;
	}
	source->inode = st.st_ino;
	return true;
}

static void close_file(struct source *source)
{
	if (source->lines.p)
		close(source->lines.fd);
	lines_done(&source->lines);
}

/* Without a beginning in time, the end of the file; the line that is cut there is passed over. */
static void skip_to_end(struct source *source)
{
	struct bytes line;
	off_t size = lseek(source->lines.fd, 0, SEEK_END);
	off_t from = size > END_BYTES ? size - END_BYTES : 0;

	if (lseek(source->lines.fd, from, SEEK_SET) > 0 &&
		lines_next(&source->lines, 0, &line) == LINES_FAILED)
		source->lines.over = true; /* nothing more can be read */
}

/* log.1 or, the names dated, the last of log-20261122; compressed ones are not read. */
static bool open_rotated(struct source *source)
{
	char pattern[PATH_BYTES + 32];
	glob_t found;

	snprintf(pattern, sizeof(pattern), "%s[.-][0-9]*[0-9]", source->path);
	if (glob(pattern, 0, NULL, &found) == GLOB_NOMATCH)
		snprintf(pattern, sizeof(pattern), "%s.1", source->path);
	else
		snprintf(pattern, sizeof(pattern), "%s",
			found.gl_pathc ? found.gl_pathv[found.gl_pathc - 1] : "");
	globfree(&found);
	return open_file(source, pattern);
}

static bool add_file(struct logs *logs, const struct town_node *node)
{
	struct source *source = &logs->sources[logs->n];

	*source = (struct source){.node = node->name};
	int n = snprintf(source->path, PATH_BYTES, "%s/%s/log", logs->ctl->town.dir, node->name);
	if (n < 0 || n >= PATH_BYTES || access(source->path, R_OK))
		return false;
	source->rotated = logs->since && open_rotated(source);
	if (!source->rotated && !open_file(source, source->path))
		return false;
	if (!logs->since)
		skip_to_end(source);
	arena_init(&source->arena, ARENA_BYTES);
	logs->n++;
	return true;
}

/* At the end of a file: is there another one in its place, or was it emptied? Then that is next. */
static bool take_next_file(struct source *source)
{
	struct stat st;
	bool again = source->rotated;

	if (!source->node || stat(source->path, &st))
		return false;
	again = again || st.st_ino != source->inode ||
		st.st_size < lseek(source->lines.fd, 0, SEEK_CUR);
	if (!again)
		return false;
	close_file(source);
	source->rotated = false;
	return open_file(source, source->path);
}

/* ---- the journal of systemd ------------------------------------------------------------------ */

static const char *unit_of(struct ctl *ctl, const struct town_node *node)
{
	const char *dot = strchr(node->name, '.');

	return dot ? arena_printf(&ctl->arena, "oneplan-%s@%s", node->role, dot + 1)
		   : arena_printf(&ctl->arena, "oneplan-%s", node->role);
}

static void run_journalctl(const char *const argv[], int fd)
{
	signal(SIGPIPE, SIG_DFL);
	if (dup2(fd, STDOUT_FILENO) >= 0)
		execvp(argv[0], (char *const *)(uintptr_t)argv);
	_exit(CTL_SYSTEM);
}

static enum err add_journal(
	struct logs *logs, const struct town_node *const *nodes, size_t n, struct reason *reason)
{
	struct source *source = &logs->sources[logs->n];
	struct arena *arena = &logs->ctl->arena;
	const char *argv[JOURNAL_ARGUMENTS] = {"journalctl", "--namespace=oneplan", "--output=cat",
		"--no-pager", "--quiet", logs->follow ? "--follow" : "--no-tail"};
	size_t at = 6;
	int ends[2];

	argv[at++] = logs->since
			     ? arena_printf(arena, "--since=@%lld", (long long)logs->since / 1000)
			     : "--lines=500";
	for (size_t i = 0; i < n; i++) {
		argv[at++] = "-u";
		argv[at++] = unit_of(logs->ctl, nodes[i]);
	}
	*source = (struct source){.node = NULL};
	if (pipe2(ends, O_CLOEXEC))
		return reason_set(reason, ERR_SYSTEM, "", "%s", strerror(errno));
	source->pid = fork();
	if (source->pid == 0)
		run_journalctl(argv, ends[1]);
	close(ends[1]);
	if (source->pid < 0 || lines_init(&source->lines, ends[0])) {
		close(ends[0]);
		return reason_set(reason, ERR_SYSTEM, "", "journalctl cannot be run");
	}
	arena_init(&source->arena, ARENA_BYTES);
	logs->n++;
	return ERR_OK;
}

/* ---- choosing and showing -------------------------------------------------------------------- */

static bool is_wanted(const struct logs *logs, const struct source *source)
{
	const struct log_line *line = &source->line;

	return line->level <= logs->level && source->time >= logs->since &&
	       (!logs->grep || log_line_holds(line, logs->grep));
}

/* Fills in the line that comes next; false: there is none now. */
static bool fill(struct logs *logs, struct source *source)
{
	struct bytes text;

	while (!source->has) {
		enum lines_result result = lines_next(&source->lines, 0, &text);
		if (result == LINES_END && take_next_file(source))
			continue;
		if (result == LINES_END && source->node)
			source->lines.over = false; /* a file may grow */
		if (result != LINES_ONE && result != LINES_TOO_LONG)
			return false;
		arena_reset(&source->arena);
		if (result == LINES_TOO_LONG || text.n == 0 ||
			log_line_read(text, &source->arena, &source->line))
			continue;
		if (source->line.parsed)
			source->time = source->line.time;
		if (source->node && !*source->line.node)
			source->line.node = source->node;
		source->has = is_wanted(logs, source);
	}
	return true;
}

static void print_json(struct logs *logs, const struct source *source)
{
	const struct ctl_log_line line = {
		.node = text_of(source->line.node), .event = text_of(source->line.event)};
	const char *json = schema_to_json(schema_ctl_log_line(), &line, 0, &logs->arena);

	puts(source->line.parsed ? source->line.raw : json ? json : "null");
}

static void print_line(struct logs *logs, const struct source *source)
{
	static const char *const words[] = {"error", "warning", "info", "debug"};
	static const enum table_shade shades[] = {TABLE_BAD, TABLE_WARN, TABLE_PLAIN, TABLE_DIM};
	const struct log_line *line = &source->line;
	int64_t day = source->time ? local_date(source->time) : logs->day;
	struct table table;
	char date[16];

	arena_reset(&logs->arena);
	if (logs->ctl->json) {
		print_json(logs, source);
		return;
	}
	date_format(day, date);
	if (day != logs->day)
		puts(date);
	logs->day = day;
	const char *cells[COLUMNS] = {
		source->time ? amount_of_time_of_day(&logs->arena, source->time) : "",
		words[line->level], line->node,
		arena_printf(
			&logs->arena, "%s%s%s", line->event, *line->rest ? "  " : "", line->rest)};
	table_init(&table, columns, COLUMNS, &logs->arena);
	table.no_titles = true;
	table_add(&table, shades[line->level], cells);
	table_print(&table, logs->ctl->colour);
}

/* The oldest of the lines at hand. */
static struct source *oldest(struct logs *logs)
{
	struct source *first = NULL;

	for (size_t i = 0; i < logs->n; i++) {
		struct source *source = &logs->sources[i];
		if (fill(logs, source) && (!first || source->time < first->time))
			first = source;
	}
	return first;
}

/* False: nothing more can come. The journal ends with its reader. */
static bool wait_for_more(struct logs *logs)
{
	const struct timespec pause = {0, LOOK_MS * 1000000L};
	bool more = logs->follow;

	for (size_t i = 0; i < logs->n; i++)
		more = more || (logs->sources[i].pid > 0 && !logs->sources[i].lines.over);
	if (more)
		nanosleep(&pause, NULL);
	return more;
}

static int show(struct logs *logs)
{
	while (!interrupted) {
		struct source *source = oldest(logs);
		if (source) {
			print_line(logs, source);
			source->has = false;
		}
		if (ferror(stdout) || (!source && fflush(stdout))) {
			logs->ctl->reader_gone = errno == EPIPE;
			return logs->ctl->reader_gone ? CTL_DONE : CTL_SYSTEM;
		}
		if (!source && !wait_for_more(logs))
			break;
	}
	return CTL_DONE;
}

/* ---- the command ----------------------------------------------------------------------------- */

/* A moment, or how long ago. */
static enum err take_since(const char *text, int64_t *ret, struct reason *reason)
{
	const struct clock clock = clock_real();
	int64_t ago;

	if (!text || time_parse(text, strlen(text), ret))
		return ERR_OK;
	if (!settings_parse_ms(text, &ago))
		return reason_set(reason, ERR_INVALID, "--since",
			"must be a time such as 2026-11-22T09:00:00Z, or how long ago: 90s, 2h, "
			"3d");
	*ret = clock_now(&clock) - ago;
	return ERR_OK;
}

static enum err take_options(
	struct logs *logs, const struct arguments *arguments, struct reason *reason)
{
	const char *level = argument_text(arguments, "level");
	int number = level ? log_level_of(level) : LOG_DEBUG;

	if (number < 0)
		return reason_set(
			reason, ERR_INVALID, "--level", "must be error, warning, info or debug");
	logs->level = (enum log_level)number;
	logs->grep = argument_text(arguments, "grep");
	logs->follow = argument_flag(arguments, "follow");
	return take_since(argument_text(arguments, "since"), &logs->since, reason);
}

static bool is_named(const struct arguments *arguments, const char *node)
{
	for (size_t i = 0; i < arguments->n_words; i++)
		if (strcmp(arguments->words[i], node) == 0)
			return true;
	return arguments->n_words == 0;
}

/* Each node's file where there is one; the journal has the others, when this host has one. */
static enum err open_logs(
	struct logs *logs, const struct arguments *arguments, struct reason *reason)
{
	const struct town_node *others[TOWN_NODES], *node;
	const struct town *town = &logs->ctl->town;
	bool journal = argument_flag(arguments, "journal");
	size_t n = 0;
	enum err err = ctl_open_town(logs->ctl, reason);

	for (size_t i = 0; !err && i < arguments->n_words; i++)
		err = ctl_find_node(logs->ctl, arguments->words[i], &node, reason);
	for (size_t i = 0; !err && i < town->n; i++)
		if (is_named(arguments, town->nodes[i].name) &&
			(journal || !add_file(logs, &town->nodes[i])))
			others[n++] = &town->nodes[i];
	bool systemd = access("/run/systemd/system", F_OK) == 0;
	if (!err && n > 0 && (journal || systemd))
		return add_journal(logs, others, n, reason);
	for (size_t i = 0; !err && i < n; i++)
		fprintf(stderr, "oneplanctl: %s has no log here (%s/%s/log)\n", others[i]->name,
			town->dir, others[i]->name);
	if (!err && logs->n == 0)
		err = reason_set(reason, ERR_NOT_FOUND, "",
			"none of these nodes logs on this host: look on theirs");
	return err;
}

static void close_logs(struct logs *logs)
{
	for (size_t i = 0; i < logs->n; i++) {
		struct source *source = &logs->sources[i];
		close_file(source);
		if (source->pid > 0) {
			kill(source->pid, SIGTERM);
			while (waitpid(source->pid, NULL, 0) < 0 && errno == EINTR)
				continue;
		}
		arena_done(&source->arena);
	}
}

int command_log(struct ctl *ctl, const struct arguments *arguments)
{
	struct logs *logs = arena_alloc(&ctl->arena, sizeof(*logs));
	struct reason reason = {0};

	if (!logs)
		return CTL_SYSTEM;
	logs->ctl = ctl;
	if (take_options(logs, arguments, &reason))
		return ctl_fail_here(ctl, &reason);
	arena_init(&logs->arena, ARENA_BYTES);
	signal(SIGINT, on_interrupt);
	signal(SIGTERM, on_interrupt);
	int code = open_logs(logs, arguments, &reason) ? ctl_fail_here(ctl, &reason) : show(logs);
	close_logs(logs);
	arena_done(&logs->arena);
	return code;
}
