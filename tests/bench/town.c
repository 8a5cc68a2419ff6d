/* oneplan-bench-town: measures a running town from outside; touches sockets and /proc. Prints
 * key=value pairs.
 *
 *   load TOWN N SECONDS PID     N inquiries in flight; PID: of the entrance, for what they cost it;
 *                               an eighth longer, which is not counted
 *   spread TOWN RATE SECONDS    so many a second, and how long from the answer until followers have
 *                               applied it
 *   await TOWN NODE             until that node has all of the entrance's journal
 *   first TOWN                  until the entrance answers
 *
 * Exit codes: 0 done, 2 arguments, 111 something failed.
 */
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "common/admin.h"
#include "tests/bench/cost.h"
#include "tests/bench/load.h"

enum { WARM_UP_PART = 8, ANSWER_MS = 60000, AWAIT_MS = 600000 };

/* ---- load ------------------------------------------------------------------------------------ */

static void print_times(const struct times *times)
{
	printf(" p50_us=%lld p99_us=%lld max_us=%lld", (long long)times_at(times, 500),
		(long long)times_at(times, 990), (long long)times_at(times, 1000));
}

/* What has arrived together is answered together, so that it shares messages and turns. */
static void keep_in_flight(struct load *load, unsigned n, int64_t until_us)
{
	struct client_answer answer;

	while (load_now_us() < until_us) {
		while (load->sent - load->answered < n)
			load_send(load);
		if (!load_take(load, ANSWER_MS, &answer))
			exit(111);
		while (load_take(load, 0, &answer))
			continue;
	}
}

static void drain(struct load *load)
{
	struct client_answer answer;

	while (load->answered < load->sent)
		if (!load_take(load, ANSWER_MS, &answer))
			exit(111);
}

static int run_load(char **argv)
{
	unsigned n = (unsigned)atoi(argv[1]);
	const char *pid = argv[3];
	static struct load load;

	load_open(&load, argv[0]);
	int64_t us = (int64_t)(atof(argv[2]) * 1e6);
	keep_in_flight(&load, n, load_now_us() + us / WARM_UP_PART);
	load.took.n = 0;
	const struct cost before = cost_of(pid);
	int64_t begun = load_now_us();
	keep_in_flight(&load, n, begun + us);
	double took = (double)(load_now_us() - begun), count = (double)load.took.n;
	const struct cost after = cost_of(pid);
	times_sort(&load.took);
	printf("per_s=%.0f", count * 1e6 / took);
	print_times(&load.took);
	printf(" cpu_us=%.1f written=%.0f stored=%.0f", (after.cpu_us - before.cpu_us) / count,
		(after.written - before.written) / count, (after.stored - before.stored) / count);
	drain(&load);
	printf(" all=%llu\n", (unsigned long long)load.sent);
	load_close(&load);
	return 0;
}

/* ---- from the answer to the followers -------------------------------------------------------- */

enum { SAMPLE_EVERY = 10 };
static const char *const watched[] = {"reporting", "notification"};
enum { WATCHED = sizeof(watched) / sizeof(watched[0]) };

/* An inquiry that was answered. */
struct sample {
	uint64_t seq;
	int64_t answered_us;
};

/* A thread that asks one follower to answer when it has applied that much. */
struct watcher {
	const char *dir, *node;
	int in, out; /* of a pipe of samples */
	struct times took;
	pthread_t thread;
};

static enum err ask_when_applied(struct client *client, uint64_t seq)
{
	static const struct list_queues query = {.follower = {"nobody", 6, false}};
	const struct client_request request = {.type = text_of("list_queues"),
		.actor = {.role = text_of("operator"), .id = text_of("bench")},
		.wait_node = text_of("intake"),
		.wait_seq = seq,
		.timeout_ms = AWAIT_MS};
	struct client_request with = request;
	struct client_answer answer;
	struct buffer body;

	buffer_init(&body, 1024);
	schema_encode(schema_list_queues(), &query, &body);
	with.body = buffer_bytes(&body);
	enum err err = client_call(client, &with, &answer);
	buffer_done(&body);
	return err ? err : answer.status;
}

static void *watch(void *arg)
{
	struct watcher *watcher = arg;
	struct client *client = load_connect(watcher->dir, watcher->node, "operator");
	struct sample sample;

	while (read(watcher->in, &sample, sizeof(sample)) == sizeof(sample)) {
		if (ask_when_applied(client, sample.seq))
			exit(111);
		times_add(&watcher->took, load_now_us() - sample.answered_us);
	}
	client_close(client);
	return NULL;
}

static void begin_watching(struct watcher *watchers, const char *dir)
{
	for (int i = 0; i < WATCHED; i++) {
		int ends[2];
		watchers[i] = (struct watcher){.dir = dir, .node = watched[i]};
		if (pipe(ends))
			exit(111);
		watchers[i].in = ends[0];
		watchers[i].out = ends[1];
		if (pthread_create(&watchers[i].thread, NULL, watch, &watchers[i]))
			exit(111);
	}
}

/* Every follower has it when the last one has. */
static void end_watching(struct watcher *watchers, struct times *ret)
{
	for (int i = 0; i < WATCHED; i++) {
		close(watchers[i].out);
		if (pthread_join(watchers[i].thread, NULL))
			exit(111);
		close(watchers[i].in);
	}
	for (size_t k = 0; k < watchers[0].took.n; k++) {
		int64_t last = 0;
		for (int i = 0; i < WATCHED; i++)
			if (watchers[i].took.us[k] > last)
				last = watchers[i].took.us[k];
		times_add(ret, last);
	}
	times_sort(ret);
}

static void take_sample(const struct watcher *watchers, const struct client_answer *answer)
{
	const struct sample sample = {answer->seq, load_now_us()};

	for (int i = 0; i < WATCHED; i++)
		if (write(watchers[i].out, &sample, sizeof(sample)) != sizeof(sample))
			exit(111);
}

static void send_at_rate(
	struct load *load, double per_second, double seconds, const struct watcher *watchers)
{
	int64_t begun = load_now_us();
	uint64_t all = (uint64_t)(per_second * seconds);
	struct client_answer answer;

	while (load->answered < all) {
		double due = (double)(load_now_us() - begun) * per_second / 1e6;
		while (load->sent < all && (double)load->sent < due)
			load_send(load);
		if (load_take(load, 1, &answer) && load->answered % SAMPLE_EVERY == 0)
			take_sample(watchers, &answer);
	}
}

static int run_spread(char **argv)
{
	static struct load load;
	struct watcher watchers[WATCHED];
	struct times applied = {0};

	load_open(&load, argv[0]);
	begin_watching(watchers, argv[0]);
	int64_t begun = load_now_us();
	send_at_rate(&load, atof(argv[1]), atof(argv[2]), watchers);
	double us = (double)(load_now_us() - begun);
	end_watching(watchers, &applied);
	times_sort(&load.took);
	printf("per_s=%.0f answer_p50_us=%lld answer_p99_us=%lld", (double)load.answered * 1e6 / us,
		(long long)times_at(&load.took, 500), (long long)times_at(&load.took, 990));
	print_times(&applied);
	printf("\n");
	load_close(&load);
	return 0;
}

/* ---- waiting --------------------------------------------------------------------------------- */

static int run_await(char **argv)
{
	struct client *intake = load_connect(argv[0], "intake", "operator");
	uint64_t head = client_node_head(intake);
	struct client *client = load_connect(argv[0], argv[1], "operator");

	if (ask_when_applied(client, head))
		return 111;
	printf("head=%llu\n", (unsigned long long)head);
	client_close(client);
	client_close(intake);
	return 0;
}

static int run_first(char **argv)
{
	struct client *client = load_connect(argv[0], "intake", "operator");

	if (ask_when_applied(client, 0))
		return 111;
	printf("head=%llu\n", (unsigned long long)client_node_head(client));
	client_close(client);
	return 0;
}

int main(int argc, char **argv)
{
	static const struct {
		const char *name;
		int args;
		int (*run)(char **argv);
	} rows[] = {{"load", 4, run_load}, {"spread", 3, run_spread}, {"await", 2, run_await},
		{"first", 1, run_first}};

	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++)
		if (argc == rows[i].args + 2 && !strcmp(argv[1], rows[i].name))
			return rows[i].run(argv + 2);
	fputs("oneplan-bench-town load|spread|await|first: see the source\n", stderr);
	return 2;
}
