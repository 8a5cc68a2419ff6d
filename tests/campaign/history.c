/* oneplan-history: concurrent clients that write down what they were told, and a checker that
 * compares it with the journals. For campaigns; touches the town that --town names.
 *
 *   oneplan-history run --town DIR --node NODE --out FILE [--what inquiries|slots|capacity] [--to
 * DEPARTMENT]
 *           [--clients N] [--first N] [--number N] [--pause MS] [--seed N]
 *   oneplan-history check [--only] --town DIR --node NODE FILE...
 *   oneplan-history times --town DIR FILE...    the figures only
 *   oneplan-history balance --town DIR
 *   oneplan-history drained --town DIR    prints the ms until everything written before has reached
 * everybody oneplan-history await --town DIR --node NODE --since US    prints the ms from then to
 * the node's first answer
 *
 * Exit codes: 0 as it should be, 1 a violation, 2 arguments, 111 something failed. */
#include <errno.h>
#include <getopt.h>
#include <netinet/in.h>
#include <arpa/inet.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

#include "tests/campaign/history.h"

enum { ARENA_BYTES = 1024 * 1024, AWAIT_MS = 60000, AWAIT_STEP_US = 500, WELCOME_MS = 10000 };

struct arguments {
	struct history_plan plan;
	const char *dir;
	const char *node;
	int64_t since_us; /* since 1970 */
	pid_t pid;
};

static int usage(void)
{
	fputs("oneplan-history run|check|times|balance|drained|await --town DIR ...: see the "
	      "source\n",
		stderr);
	return 2;
}

static int64_t wall_us(void)
{
	struct timespec now;

	clock_gettime(CLOCK_REALTIME, &now);
	return (int64_t)now.tv_sec * 1000000 + now.tv_nsec / 1000;
}

/* libzmq tries again after 50 ms: too coarse to measure with, so it is let loose once the port is
 * open. */
static bool port_open(const char *endpoint)
{
	struct sockaddr_in to = {.sin_family = AF_INET};
	char address[64] = "";
	unsigned port = 0;

	if (sscanf(endpoint, "tcp://%63[0-9.]:%u", address, &port) != 2 ||
		inet_pton(AF_INET, address, &to.sin_addr) != 1)
		return true;
	to.sin_port = htons((uint16_t)port);
	int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
	bool open = fd >= 0 && connect(fd, (struct sockaddr *)&to, sizeof(to)) == 0;
	if (fd >= 0)
		close(fd);
	return open;
}

static bool answers(const struct arguments *a, struct arena *arena)
{
	const struct show_status ask = {.detail = TEXT_NONE};
	struct status_reply reply;
	const struct history_query query = {schema_show_status(), &ask, &reply};

	if (!port_open(a->plan.node->endpoint))
		return false;
	struct client *client = history_connect(a->plan.town, a->plan.node, "operator", WELCOME_MS);
	bool good = client && history_try(client, &query, arena);
	client_close(client);
	return good;
}

/* A process that ended before it answered has not been measured. */
static int await(const struct arguments *a)
{
	const struct timespec step = {0, AWAIT_STEP_US * 1000L};
	struct arena arena;

	arena_init(&arena, ARENA_BYTES);
	while (!answers(a, &arena)) {
		if (a->pid && kill(a->pid, 0))
			return 0;
		if (wall_us() - a->since_us > (int64_t)AWAIT_MS * 1000)
			return 1;
		nanosleep(&step, NULL);
	}
	printf("%.1f\n", (double)(wall_us() - a->since_us) / 1e3);
	arena_done(&arena);
	return 0;
}

static bool read_what(const char *word, enum history_what *ret)
{
	static const char *const words[] = {"inquiries", "slots", "capacity"};

	for (unsigned i = 0; i < sizeof(words) / sizeof(words[0]); i++)
		if (!strcmp(word, words[i])) {
			*ret = (enum history_what)i;
			return true;
		}
	return false;
}

static bool take_option(struct arguments *a, int option, const char *value)
{
	switch (option) {
	case 't':
		a->dir = value;
		return true;
	case 'n':
		a->node = value;
		return true;
	case 'o':
		a->plan.out = value;
		return true;
	case 'w':
		return read_what(value, &a->plan.what);
	case 'd':
		a->plan.to = value;
		return true;
	case 'c':
		a->plan.clients = (unsigned)atoi(value);
		return true;
	case 'f':
		a->plan.first = (unsigned)atoi(value);
		return true;
	case 'k':
		a->plan.number = (unsigned)atoi(value);
		return true;
	case 'p':
		a->plan.pause_ms = atoll(value);
		return true;
	case 's':
		a->plan.seed = strtoull(value, NULL, 10);
		return true;
	case 'u':
		a->since_us = atoll(value);
		return true;
	case 'x':
		a->plan.only = true;
		return true;
	case 'i':
		a->pid = (pid_t)atoi(value);
		return true;
	default:
		return false;
	}
}

static bool parse(int argc, char **argv, struct arguments *ret)
{
	static const struct option options[] = {{"town", 1, NULL, 't'}, {"node", 1, NULL, 'n'},
		{"out", 1, NULL, 'o'}, {"what", 1, NULL, 'w'}, {"to", 1, NULL, 'd'},
		{"clients", 1, NULL, 'c'}, {"first", 1, NULL, 'f'}, {"number", 1, NULL, 'k'},
		{"pause", 1, NULL, 'p'}, {"seed", 1, NULL, 's'}, {"since", 1, NULL, 'u'},
		{"pid", 1, NULL, 'i'}, {"only", 0, NULL, 'x'}, {NULL, 0, NULL, 0}};
	int option;

	while ((option = getopt_long(argc, argv, "", options, NULL)) != -1)
		if (!take_option(ret, option, optarg))
			return false;
	return ret->dir != NULL;
}

static int act(const struct arguments *a, const char *verb, char **files, int n_files)
{
	if (!strcmp(verb, "drained"))
		return history_drained(a->plan.town, (int64_t)AWAIT_MS * 1000);
	if (!strcmp(verb, "times"))
		return history_times(files, n_files);
	if (!strcmp(verb, "balance"))
		return history_balance(a->plan.town);
	if (!a->plan.node)
		return usage();
	if (!strcmp(verb, "run") && a->plan.out)
		return history_run(&a->plan);
	if (!strcmp(verb, "check") && n_files > 0)
		return history_check(&a->plan, files, n_files);
	return !strcmp(verb, "await") ? await(a) : usage();
}

int main(int argc, char **argv)
{
	struct arguments a = {.plan = {.clients = 1, .first = 1, .seed = 1}};
	struct reason reason = {0};
	struct town town;
	struct arena arena;

	signal(SIGPIPE, SIG_IGN);
	if (!parse(argc, argv, &a) || optind >= argc)
		return usage();
	arena_init(&arena, ARENA_BYTES);
	if (town_load(a.dir, &arena, &town, &reason)) {
		fprintf(stderr, "history: %s: %s\n", reason.field, reason.rule);
		return 2;
	}
	a.plan.town = &town;
	a.plan.node = a.node ? town_find(&town, a.node) : NULL;
	int code = act(&a, argv[optind], argv + optind + 1, argc - optind - 1);
	arena_done(&arena);
	return code;
}
