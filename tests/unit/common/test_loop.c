/* The loop: timers, tasks, descriptors and signals in their order. Touches a pipe and this process.
 */
#include "common/loop.h"

#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdlib.h>
#include <unistd.h>

#include <cmocka.h>

#include "common/clock.h"

struct world {
	struct loop *loop;
	struct loop_timer *timer;
	struct loop_task *task;
	struct loop_task *other;
	struct loop_fd *fd;
	int pipe[2];
	int timers, tasks, others, reads, signals;
	int tasks_at_read; /* how often the task had run when the descriptor was last ready */
	bool again;
};

static int set_up(void **state)
{
	struct world *world = calloc(1, sizeof(*world));

	*state = world;
	return !world || loop_open(&world->loop) || pipe(world->pipe);
}

static int tear_down(void **state)
{
	struct world *world = *state;

	loop_timer_free(world->timer);
	loop_task_free(world->task);
	loop_task_free(world->other);
	loop_fd_free(world->fd);
	loop_close(world->loop);
	close(world->pipe[0]);
	close(world->pipe[1]);
	free(world);
	return 0;
}

static int64_t steady(void)
{
	const struct clock clock = clock_real();

	return clock_steady(&clock);
}

static void on_timer(void *ctx, unsigned what)
{
	struct world *world = ctx;

	assert_int_equal(what, 0);
	world->timers++;
	if (world->timers == 5)
		loop_stop(world->loop);
}

static void on_task(void *ctx, unsigned what)
{
	struct world *world = ctx;
	(void)what;

	world->tasks++;
	if (world->again)
		loop_task_defer(world->task);
	if (world->other)
		loop_task_defer(world->other);
}

static void on_other(void *ctx, unsigned what)
{
	struct world *world = ctx;
	(void)what;

	world->others++;
}

static void on_read(void *ctx, unsigned what)
{
	struct world *world = ctx;
	char c;

	assert_int_equal(what, LOOP_READ);
	assert_int_equal(read(world->pipe[0], &c, 1), 1);
	world->reads++;
	world->tasks_at_read = world->tasks;
	if (world->task)
		loop_task_defer(world->task);
}

static void on_signal(void *ctx, unsigned what)
{
	struct world *world = ctx;
	(void)what;

	world->signals++;
	loop_stop(world->loop);
}

static void test_timers(void **state)
{
	struct world *world = *state;

	assert_int_equal(
		loop_timer_new(world->loop, (struct loop_call){on_timer, world}, &world->timer),
		ERR_OK);
	loop_timer_once(world->timer, 20);
	assert_int_equal(loop_run_for(world->loop, 100), ERR_OK);
	assert_int_equal(world->timers, 1);
	loop_timer_once(world->timer, 20);
	loop_timer_stop(world->timer);
	assert_int_equal(loop_run_for(world->loop, 50), ERR_OK);
	assert_int_equal(world->timers, 1);
	int64_t begin = steady();
	loop_timer_every(world->timer, 20);
	assert_int_equal(loop_run(world->loop), ERR_OK); /* stops itself at the fifth */
	assert_int_equal(world->timers, 5);
	assert_in_range(steady() - begin, 79, 1000);
	loop_timer_once(world->timer, 0); /* and runs no more on its own */
	assert_int_equal(loop_run_for(world->loop, 60), ERR_OK);
	assert_int_equal(world->timers, 6);
}

static void test_stop_before_run(void **state)
{
	struct world *world = *state;

	loop_stop(world->loop);
	assert_int_equal(loop_run(world->loop), ERR_OK);
	int64_t begin = steady();
	assert_int_equal(loop_run_for(world->loop, 30), ERR_OK);
	assert_in_range(steady() - begin, 29, 1000);
}

/* However often it was deferred a task runs once; what it defers itself runs before the next poll.
 */
static void test_task_once(void **state)
{
	struct world *world = *state;

	assert_int_equal(
		loop_task_new(world->loop, (struct loop_call){on_task, world}, &world->task),
		ERR_OK);
	assert_int_equal(
		loop_task_new(world->loop, (struct loop_call){on_other, world}, &world->other),
		ERR_OK);
	assert_int_equal(loop_run_for(world->loop, 10), ERR_OK);
	assert_int_equal(world->tasks, 0);
	loop_task_defer(world->task);
	loop_task_defer(world->task);
	assert_int_equal(loop_run_for(world->loop, 20), ERR_OK);
	assert_int_equal(world->tasks, 1);
	assert_int_equal(world->others, 1);
}

/* A task that defers itself for ever lets descriptors and timers have their turn. */
static void test_task_again(void **state)
{
	struct world *world = *state;

	world->again = true;
	assert_int_equal(
		loop_task_new(world->loop, (struct loop_call){on_task, world}, &world->task),
		ERR_OK);
	assert_int_equal(loop_fd_new(world->loop, world->pipe[0],
				 (struct loop_call){on_read, world}, &world->fd),
		ERR_OK);
	assert_int_equal(loop_fd_watch(world->fd, LOOP_READ), ERR_OK);
	loop_task_defer(world->task);
	assert_int_equal(write(world->pipe[1], "ab", 2), 2);
	assert_int_equal(loop_run_for(world->loop, 30), ERR_OK);
	assert_int_equal(world->reads, 2);
	assert_true(world->tasks > 3);
	assert_true(world->tasks_at_read <= 3);
}

static void test_watch(void **state)
{
	struct world *world = *state;

	assert_int_equal(loop_fd_new(world->loop, world->pipe[0],
				 (struct loop_call){on_read, world}, &world->fd),
		ERR_OK);
	assert_int_equal(write(world->pipe[1], "ab", 2), 2);
	assert_int_equal(loop_run_for(world->loop, 10), ERR_OK);
	assert_int_equal(world->reads, 0);
	assert_int_equal(loop_fd_watch(world->fd, LOOP_READ), ERR_OK);
	assert_int_equal(loop_run_for(world->loop, 10), ERR_OK);
	assert_int_equal(world->reads, 2);
	assert_int_equal(loop_fd_watch(world->fd, 0), ERR_OK);
	assert_int_equal(write(world->pipe[1], "c", 1), 1);
	assert_int_equal(loop_run_for(world->loop, 10), ERR_OK);
	assert_int_equal(world->reads, 2);
}

static void test_signal(void **state)
{
	struct world *world = *state;
	struct loop_signal *watch = NULL;

	assert_int_equal(
		loop_signal_new(world->loop, SIGHUP, (struct loop_call){on_signal, world}, &watch),
		ERR_OK);
	assert_int_equal(kill(getpid(), SIGHUP), 0);
	assert_int_equal(loop_run_for(world->loop, 2000), ERR_OK);
	assert_int_equal(world->signals, 1);
	loop_signal_free(watch);
}

static void dawdle(void *ctx, unsigned what)
{
	(void)ctx;
	(void)what;
	usleep(30000);
}

static void free_itself(void *ctx, unsigned what)
{
	struct world *world = ctx;
	(void)what;

	loop_task_free(world->task);
	world->task = NULL;
}

static void test_longest(void **state)
{
	struct world *world = *state;

	assert_int_equal(
		loop_timer_new(world->loop, (struct loop_call){dawdle, world}, &world->timer),
		ERR_OK);
	loop_timer_once(world->timer, 0);
	assert_int_equal(loop_run_for(world->loop, 50), ERR_OK);
	assert_in_range(loop_longest_ms(world->loop), 29, 1000);
	assert_int_equal(loop_longest_ms(world->loop), 0);
	/* A task may free itself. */
	assert_int_equal(
		loop_task_new(world->loop, (struct loop_call){free_itself, world}, &world->task),
		ERR_OK);
	loop_task_defer(world->task);
	assert_int_equal(loop_run_for(world->loop, 10), ERR_OK);
	assert_null(world->task);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(test_timers, set_up, tear_down),
		cmocka_unit_test_setup_teardown(test_stop_before_run, set_up, tear_down),
		cmocka_unit_test_setup_teardown(test_task_once, set_up, tear_down),
		cmocka_unit_test_setup_teardown(test_task_again, set_up, tear_down),
		cmocka_unit_test_setup_teardown(test_watch, set_up, tear_down),
		cmocka_unit_test_setup_teardown(test_signal, set_up, tear_down),
		cmocka_unit_test_setup_teardown(test_longest, set_up, tear_down),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
