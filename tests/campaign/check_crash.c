/* Crash states of one node out of a recorded log, each opened and checked: the services' main,
 * linked with this in place of common/daemon.c. Reads the node's settings and the log; writes into
 * the directory given by --work. */
#include <getopt.h>
#include <signal.h>
#include <sodium.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include "tests/campaign/check_node.h"

enum { FIRST_EVENTS = 60 };

struct campaign {
	struct daemon_config config;
	struct crash_log log;
	const char *log_path, *lines_path, *work, *heads_path;
	const char *names[IO_FILES]; /* of the recorded nodes, by number */
	uint64_t seed, count;
	int64_t only; /* the one state that is looked at; -1: all */
	struct io_event *acked;
	struct text *lines;
	size_t n_lines;
	size_t *points; /* sorted */
	struct checked *shared;
	FILE *heads;
	uint64_t good, wrong, shown;
};

_Noreturn static void fail(const char *what, const char *which)
{
	fprintf(stderr, "check: %s: %s\n", what, which);
	exit(2);
}

static void read_lines(struct campaign *c)
{
	size_t cap = 0, n;
	ssize_t got;
	char *line = NULL;
	FILE *file = fopen(c->lines_path, "r");

	if (!file)
		fail("no such file", c->lines_path);
	while ((got = getline(&line, &n, file)) > 0) {
		if (c->n_lines == cap) {
			cap = cap ? 2 * cap : 1024;
			c->lines = realloc(c->lines, cap * sizeof(c->lines[0]));
		}
		if (!c->lines)
			fail("memory is out", c->lines_path);
		c->lines[c->n_lines++] = (struct text){line, (uint32_t)(got - 1), false};
		line = NULL;
	}
	free(line);
	fclose(file);
}

static int by_number(const void *a, const void *b)
{
	const size_t *x = a, *y = b;

	return *x < *y ? -1 : *x > *y;
}

/* One in ten lies in the first moments of a node, which are short and full of first times. */
static void choose_points(struct campaign *c)
{
	uint64_t random = c->seed;

	c->points = calloc(c->count, sizeof(c->points[0]));
	if (!c->points)
		fail("memory is out", "points");
	for (size_t i = 0; i < c->count; i++)
		c->points[i] = crash_random(
			&random, i % 10 || c->log.n < FIRST_EVENTS ? c->log.n + 1 : FIRST_EVENTS);
	qsort(c->points, c->count, sizeof(c->points[0]), by_number);
}

/* What had been said up to the point. */
struct said {
	size_t at;
	size_t n_acked;
	struct claims claims;
};

static const char *node_named(const struct campaign *c, unsigned number)
{
	return number < IO_FILES && c->names[number] ? c->names[number] : "";
}

static void hear_through(struct campaign *c, struct said *said, const struct io_event *event)
{
	struct claims *claims = &said->claims;
	const char *owner = node_named(c, event->node);
	size_t i = 0;

	while (i < claims->n_taken && strcmp(claims->taken[i].owner, owner) != 0)
		i++;
	if (i == MAX_OWNERS)
		fail("too many owners", owner);
	claims->n_taken += i == claims->n_taken;
	claims->taken[i].owner = owner;
	claims->taken[i].through = event->offset;
}

static void hear(struct campaign *c, struct said *said, size_t until)
{
	const uint8_t *data;

	for (; said->at < until; said->at++) {
		const struct io_event event = crash_log_event(&c->log, said->at, &data);
		const struct text name = {(const char *)data, event.bytes, false};
		if (event.kind == IO_ACKED && event.node == c->log.node) {
			c->acked[said->n_acked++] = event;
			if (event.line >= c->n_lines)
				fail("a line was answered that is not in", c->lines_path);
		} else if (event.kind == IO_THROUGH && text_is(name, c->config.name))
			hear_through(c, said, &event);
	}
	said->claims.acked = c->acked;
	said->claims.n_acked = said->n_acked;
	said->claims.lines = c->lines;
	said->claims.n_lines = c->n_lines;
}

static void tell_wrong(struct campaign *c, size_t i, enum crash_how how)
{
	c->wrong++;
	if (c->log.mutant || c->shown++ >= 5)
		return;
	fprintf(stderr, "state %zu at event %zu of %zu, how %d, seed %llu: %s\n", i, c->points[i],
		c->log.n, (int)how, (unsigned long long)c->seed, c->shared->text);
}

static void try_state(struct campaign *c, struct said *said, size_t i)
{
	uint64_t random = c->seed * 1000003 + i;
	char dir[4096];

	enum crash_how how = (enum crash_how)crash_random(&random, CRASH_HOWS);
	snprintf(dir, sizeof(dir), "%s/state", c->work);
	crash_log_write(&c->log, c->work, how, &random);
	said->claims.sample = random;
	*c->shared = (struct checked){.outcome = CHECK_GOOD};
	(void)check_node_apart(&c->config, dir, &said->claims, c->shared);
	if (c->shared->outcome == CHECK_GOOD)
		c->good++;
	else
		tell_wrong(c, i, how);
	if (c->heads) {
		fprintf(c->heads, "%zu %llu", c->points[i], (unsigned long long)c->shared->head);
		for (size_t o = 0; o < c->config.n_owners; o++)
			fprintf(c->heads, " %s=%llu", c->config.owners[o].name,
				(unsigned long long)c->shared->through[o]);
		fputc('\n', c->heads);
	}
}

static void run(struct campaign *c)
{
	struct said said = {0};

	for (size_t i = 0; i < c->count; i++) {
		crash_log_advance(&c->log, c->points[i]);
		hear(c, &said, c->points[i]);
		if (c->only < 0 || (size_t)c->only == i)
			try_state(c, &said, i);
	}
}

static bool take_option(struct campaign *c, int option, char *value)
{
	char *name;

	switch (option) {
	case 'l':
		c->log_path = value;
		return true;
	case 'f':
		c->lines_path = value;
		return true;
	case 'w':
		c->work = value;
		return true;
	case 'h':
		c->heads_path = value;
		return true;
	case 'r':
		c->log.root = value;
		return true;
	case 's':
		c->seed = strtoull(value, NULL, 10);
		return true;
	case 'c':
		c->count = strtoull(value, NULL, 10);
		return true;
	case 'o':
		c->only = strtoll(value, NULL, 10);
		return true;
	case 'm':
		c->log.mutant = !strcmp(value, "nosync")       ? MUTANT_NOSYNC
				: !strcmp(value, "nometasync") ? MUTANT_NOMETASYNC
							       : MUTANT_NONE;
		return true;
	case 'n': /* the recorded nodes in the order of their numbers; this one is among them */
		for (unsigned i = 0; (name = strsep(&value, ",")) != NULL && i < IO_FILES; i++) {
			c->names[i] = name;
			if (!strcmp(name, c->config.name))
				c->log.node = (uint8_t)i;
		}
		return true;
	default:
		return false;
	}
}

int daemon_main(int argc, char **argv, const struct daemon_program *program)
{
	static const struct option options[] = {{"log", 1, NULL, 'l'}, {"lines", 1, NULL, 'f'},
		{"work", 1, NULL, 'w'}, {"heads", 1, NULL, 'h'}, {"root", 1, NULL, 'r'},
		{"seed", 1, NULL, 's'}, {"count", 1, NULL, 'c'}, {"only", 1, NULL, 'o'},
		{"mutant", 1, NULL, 'm'}, {"nodes", 1, NULL, 'n'}, {NULL, 0, NULL, 0}};
	static struct campaign c = {.only = -1};
	struct reason reason = {0};
	int option;

	if (argc < 2 || sodium_init() < 0 ||
		daemon_config_load(&c.config, program, argv[1], &reason))
		fail("the settings cannot be read", reason.rule);
	optind = 2;
	while ((option = getopt_long(argc, argv, "", options, NULL)) != -1)
		if (!take_option(&c, option, optarg))
			return 2;
	if (!c.log_path || !c.work || !c.log.root || !c.count)
		fail("needed", "--log --work --root --nodes --count");
	crash_log_open(&c.log, c.log_path);
	if (c.lines_path)
		read_lines(&c);
	c.acked = calloc(c.log.n, sizeof(c.acked[0]));
	c.shared = mmap(
		NULL, sizeof(*c.shared), PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	c.heads = c.heads_path ? fopen(c.heads_path, "w") : NULL;
	if (!c.acked || c.shared == MAP_FAILED || (c.heads_path && !c.heads))
		fail("memory is out", "");
	choose_points(&c);
	run(&c);
	if (c.heads)
		fclose(c.heads);
	printf("states=%llu wrong=%llu events=%zu\n", (unsigned long long)(c.good + c.wrong),
		(unsigned long long)c.wrong, c.log.n);
	return c.wrong && !c.log.mutant;
}
