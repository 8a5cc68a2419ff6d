/* The loop over libevent; touches the machine's poll, steady clock and signals. */
#include "common/loop.h"

#include <assert.h>
#include <event2/event.h>
#include <signal.h>
#include <stdlib.h>

#include "common/meter.h"

struct loop {
	struct event_base *base;
	struct event *limit; /* ends loop_run_for */
	bool stopped;
	int64_t longest_us;
	struct histogram calls;
};

struct loop_timer {
	struct loop *loop;
	struct event *event;
	struct loop_call call;
	int64_t every_ms; /* 0: once */
};

struct loop_task {
	struct loop *loop;
	struct event *event;
	struct loop_call call;
	bool running;
	bool *ret_freed; /* set while running: tells the caller that the task is no more */
};

struct loop_fd {
	struct loop *loop;
	struct event *event;
	struct loop_call call;
	int fd;
};

struct loop_signal {
	struct loop *loop;
	struct event *event;
	struct loop_call call;
};

void loop_note_call(struct loop *loop, int64_t us)
{
	histogram_add(&loop->calls, us);
	if (us > loop->longest_us)
		loop->longest_us = us;
}

/* The callback may free the object that it belongs to, so only the loop is touched afterwards. */
static void invoke(struct loop *loop, struct loop_call call, unsigned what)
{
	int64_t begin = meter_now_us();

	call.fn(call.ctx, what);
	loop_note_call(loop, meter_now_us() - begin);
}

static void start(struct loop *loop, struct event *event, int64_t ms)
{
	struct timeval tv = {.tv_sec = ms / 1000, .tv_usec = ms % 1000 * 1000};

	/* libevent counts from when it last polled, which may be a long turn ago. */
	event_base_update_cache_time(loop->base);
	event_add(event, &tv);
}

static void end_run(evutil_socket_t fd, short events, void *arg)
{
	struct loop *loop = arg;
	(void)fd;
	(void)events;

	event_base_loopbreak(loop->base);
}

enum err loop_open(struct loop **ret)
{
	struct loop *loop = calloc(1, sizeof(*loop));

	*ret = NULL;
	if (!loop)
		return ERR_NO_MEMORY;
	loop->base = event_base_new();
	if (loop->base)
		loop->limit = event_new(loop->base, -1, 0, end_run, loop);
	if (!loop->limit) {
		loop_close(loop);
		return ERR_NO_MEMORY;
	}
	*ret = loop;
	return ERR_OK;
}

void loop_close(struct loop *loop)
{
	if (!loop)
		return;
	if (loop->limit)
		event_free(loop->limit);
	if (loop->base)
		event_base_free(loop->base);
	free(loop);
}

enum err loop_run(struct loop *loop)
{
	int rc = 0;

	if (!loop->stopped)
		rc = event_base_loop(loop->base, EVLOOP_NO_EXIT_ON_EMPTY);
	loop->stopped = false;
	return rc < 0 ? ERR_SYSTEM : ERR_OK;
}

enum err loop_run_for(struct loop *loop, int64_t ms)
{
	start(loop, loop->limit, ms);
	enum err err = loop_run(loop);
	event_del(loop->limit);
	return err;
}

void loop_stop(struct loop *loop)
{
	loop->stopped = true;
	event_base_loopbreak(loop->base);
}

int64_t loop_longest_ms(struct loop *loop)
{
	int64_t longest = loop->longest_us;

	loop->longest_us = 0;
	return longest / 1000;
}

const struct histogram *loop_calls(const struct loop *loop)
{
	return &loop->calls;
}

struct event_base *loop_base(struct loop *loop)
{
	return loop->base;
}

/* ---- timers ---------------------------------------------------------------------------------- */

static void fire_timer(evutil_socket_t fd, short events, void *arg)
{
	struct loop_timer *timer = arg;
	(void)fd;
	(void)events;

	if (timer->every_ms)
		start(timer->loop, timer->event, timer->every_ms);
	invoke(timer->loop, timer->call, 0);
}

enum err loop_timer_new(struct loop *loop, struct loop_call call, struct loop_timer **ret)
{
	struct loop_timer *timer = calloc(1, sizeof(*timer));

	*ret = NULL;
	if (!timer)
		return ERR_NO_MEMORY;
	*timer = (struct loop_timer){.loop = loop, .call = call};
	timer->event = event_new(loop->base, -1, 0, fire_timer, timer);
	if (!timer->event) {
		free(timer);
		return ERR_NO_MEMORY;
	}
	*ret = timer;
	return ERR_OK;
}

void loop_timer_once(struct loop_timer *timer, int64_t ms)
{
	timer->every_ms = 0;
	start(timer->loop, timer->event, ms);
}

void loop_timer_every(struct loop_timer *timer, int64_t ms)
{
	assert(ms > 0);
	timer->every_ms = ms;
	start(timer->loop, timer->event, ms);
}

void loop_timer_stop(struct loop_timer *timer)
{
	timer->every_ms = 0;
	event_del(timer->event);
}

void loop_timer_free(struct loop_timer *timer)
{
	if (!timer)
		return;
	event_free(timer->event);
	free(timer);
}

/* ---- tasks ----------------------------------------------------------------------------------- */

static void run_task(evutil_socket_t fd, short events, void *arg)
{
	struct loop_task *task = arg;
	bool freed = false;
	(void)fd;
	(void)events;

	task->running = true;
	task->ret_freed = &freed;
	invoke(task->loop, task->call, 0);
	if (freed)
		return;
	task->running = false;
	task->ret_freed = NULL;
}

enum err loop_task_new(struct loop *loop, struct loop_call call, struct loop_task **ret)
{
	struct loop_task *task = calloc(1, sizeof(*task));

	*ret = NULL;
	if (!task)
		return ERR_NO_MEMORY;
	*task = (struct loop_task){.loop = loop, .call = call};
	task->event = event_new(loop->base, -1, 0, run_task, task);
	if (!task->event) {
		free(task);
		return ERR_NO_MEMORY;
	}
	*ret = task;
	return ERR_OK;
}

void loop_task_defer(struct loop_task *task)
{
	/* An active event runs in the present pass, behind all that is ready. A task that goes on
	 * deferring itself that way would never let the loop poll: its next run takes a timer. */
	if (task->running)
		start(task->loop, task->event, 0);
	else
		event_active(task->event, EV_TIMEOUT, 0);
}

void loop_task_free(struct loop_task *task)
{
	if (!task)
		return;
	if (task->ret_freed)
		*task->ret_freed = true;
	event_free(task->event);
	free(task);
}

/* ---- descriptors and signals ----------------------------------------------------------------- */

static void fire_fd(evutil_socket_t fd, short events, void *arg)
{
	struct loop_fd *f = arg;
	(void)fd;

	invoke(f->loop, f->call,
		(events & EV_READ ? LOOP_READ : 0u) | (events & EV_WRITE ? LOOP_WRITE : 0u));
}

enum err loop_fd_new(struct loop *loop, int fd, struct loop_call call, struct loop_fd **ret)
{
	struct loop_fd *f = calloc(1, sizeof(*f));

	*ret = NULL;
	if (!f)
		return ERR_NO_MEMORY;
	*f = (struct loop_fd){.loop = loop, .call = call, .fd = fd};
	f->event = event_new(loop->base, fd, EV_PERSIST, fire_fd, f);
	if (!f->event) {
		free(f);
		return ERR_NO_MEMORY;
	}
	*ret = f;
	return ERR_OK;
}

enum err loop_fd_watch(struct loop_fd *fd, unsigned what)
{
	short events = (short)(EV_PERSIST | (what & LOOP_READ ? EV_READ : 0) |
			       (what & LOOP_WRITE ? EV_WRITE : 0));

	event_del(fd->event);
	if (what == 0)
		return ERR_OK;
	if (event_assign(fd->event, fd->loop->base, fd->fd, events, fire_fd, fd) ||
		event_add(fd->event, NULL))
		return ERR_SYSTEM;
	return ERR_OK;
}

void loop_fd_free(struct loop_fd *fd)
{
	if (!fd)
		return;
	event_free(fd->event);
	free(fd);
}

static void fire_signal(evutil_socket_t fd, short events, void *arg)
{
	struct loop_signal *s = arg;
	(void)fd;
	(void)events;

	invoke(s->loop, s->call, 0);
}

enum err loop_signal_new(
	struct loop *loop, int number, struct loop_call call, struct loop_signal **ret)
{
	struct loop_signal *s = calloc(1, sizeof(*s));

	*ret = NULL;
	if (!s)
		return ERR_NO_MEMORY;
	*s = (struct loop_signal){.loop = loop, .call = call};
	s->event = evsignal_new(loop->base, number, fire_signal, s);
	if (!s->event || event_add(s->event, NULL)) {
		loop_signal_free(s);
		return ERR_SYSTEM;
	}
	*ret = s;
	return ERR_OK;
}

void loop_signal_free(struct loop_signal *signal)
{
	if (!signal)
		return;
	if (signal->event)
		event_free(signal->event);
	free(signal);
}
