/* Plays seeds in child processes, several at a time. Touches nothing but processes. */
#include "tests/sim/town/play.h"

#include <malloc.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>

enum { SECONDS_MAX = 120 };

void *play_share(size_t n)
{
	void *p = mmap(NULL, n, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);

	if (p == MAP_FAILED) {
		perror("mmap");
		exit(2);
	}
	return p;
}

void play_one(
	const struct layout *layout, const struct sim_options *options, struct sim_result *shared)
{
	int status = 0;

	memset(shared, 0, sizeof(*shared));
	fflush(stdout);
	pid_t pid = fork();
	if (pid == 0) {
		alarm(SECONDS_MAX);
		mallopt(M_MMAP_THRESHOLD, 1 << 30); /* pages once touched are used again */
		mallopt(M_TRIM_THRESHOLD, 1 << 30);
		sim_run(layout, options, shared);
		fflush(stdout);
		_exit(shared->failed);
	}
	if (pid < 0 || waitpid(pid, &status, 0) != pid) {
		perror("a seed cannot be played");
		exit(2);
	}
	if (shared->failed || (WIFEXITED(status) && WEXITSTATUS(status) == 0))
		return;
	shared->failed = true;
	if (WIFSIGNALED(status))
		snprintf(shared->why, sizeof(shared->why), "the process ended by signal %d%s",
			WTERMSIG(status), WTERMSIG(status) == SIGALRM ? ": it takes too long" : "");
	else
		snprintf(shared->why, sizeof(shared->why), "the process ended with %d",
			WEXITSTATUS(status));
}

/* ---- many ------------------------------------------------------------------------------------ */

struct board {
	_Atomic uint64_t next;
	_Atomic bool stop;
	struct {
		struct sim_result result;
		struct sim_counts counts;
		struct failure failure;
		bool failed;
	} worker[];
};

static void add_counts(struct sim_counts *to, const struct sim_counts *from)
{
	uint64_t *a = (uint64_t *)to;
	const uint64_t *b = (const uint64_t *)from;

	for (size_t i = 0; i < offsetof(struct sim_counts, pairs) / sizeof(uint64_t); i++)
		a[i] += b[i];
	for (size_t i = 0; i < COMMANDS_MAX; i++)
		for (size_t k = 0; k < FAULTS; k++)
			to->pairs[i][k] += from->pairs[i][k];
}

static void work(const struct plan *plan, struct board *board, unsigned worker)
{
	struct sim_options options = plan->options;
	struct sim_result *result = &board->worker[worker].result;

	while (!board->stop) {
		uint64_t i = board->next++;
		if (i >= plan->seeds)
			return;
		options.seed = plan->from + i;
		play_one(plan->layout, &options, result);
		add_counts(&board->worker[worker].counts, &result->counts);
		if (!result->failed)
			continue;
		struct failure *failure = &board->worker[worker].failure;
		*failure = (struct failure){
			.seed = options.seed, .step = result->step, .healing = result->healing};
		memcpy(failure->why, result->why, sizeof(failure->why));
		board->worker[worker].failed = true;
		board->stop = true;
	}
}

void play_all(const struct plan *plan, struct played *ret)
{
	struct board *board = play_share(sizeof(*board) + plan->workers * sizeof(board->worker[0]));
	pid_t pids[WORKERS_MAX];

	for (unsigned i = 0; i < plan->workers; i++) {
		fflush(stdout);
		pids[i] = fork();
		if (pids[i] == 0) {
			work(plan, board, i);
			_exit(0);
		}
		if (pids[i] < 0) {
			perror("fork");
			exit(2);
		}
	}
	for (unsigned i = 0; i < plan->workers; i++) {
		waitpid(pids[i], NULL, 0);
		add_counts(&ret->counts, &board->worker[i].counts);
		if (board->worker[i].failed && ret->n_failures < FAILURES_MAX)
			ret->failures[ret->n_failures++] = board->worker[i].failure;
	}
}
