/* The loop of a simulated node (common/loop.h): its timers and tasks are events of the world.
 * Touches nothing. */
#include "common/loop.h"

#include <stdlib.h>

#include "tests/sim/town/sim.h"

struct loop_timer {
	struct event event;
	struct loop_call call;
	int64_t every; /* 0: once */
};

struct loop_task {
	struct event event;
	struct loop_call call;
};

int64_t loop_longest_ms(struct loop *loop)
{
	(void)loop;
	return 1;
}

static void run_timer(struct event *event)
{
	struct loop_timer *timer = OWNER_OF(event, struct loop_timer, event);
	struct loop_call call = timer->call;

	if (timer->every)
		event_set(event, world.now + timer->every);
	call.fn(call.ctx, 0);
}

static void run_task(struct event *event)
{
	struct loop_call call = OWNER_OF(event, struct loop_task, event)->call;

	call.fn(call.ctx, 0);
}

enum err loop_timer_new(struct loop *loop, struct loop_call call, struct loop_timer **ret)
{
	struct loop_timer *timer = calloc(1, sizeof(*timer));

	*ret = timer;
	if (!timer)
		return ERR_NO_MEMORY;
	timer->event = (struct event){.node = loop->node, .kind = STEP_TIMER, .run = run_timer};
	timer->call = call;
	return ERR_OK;
}

void loop_timer_once(struct loop_timer *timer, int64_t ms)
{
	timer->every = 0;
	event_set(&timer->event, world.now + ms);
}

void loop_timer_every(struct loop_timer *timer, int64_t ms)
{
	timer->every = ms;
	event_set(&timer->event, world.now + ms);
}

void loop_timer_stop(struct loop_timer *timer)
{
	event_drop(&timer->event);
}

void loop_timer_free(struct loop_timer *timer)
{
	if (timer)
		event_drop(&timer->event);
	free(timer);
}

enum err loop_task_new(struct loop *loop, struct loop_call call, struct loop_task **ret)
{
	struct loop_task *task = calloc(1, sizeof(*task));

	*ret = task;
	if (!task)
		return ERR_NO_MEMORY;
	task->event = (struct event){.node = loop->node, .kind = STEP_TASK, .run = run_task};
	task->call = call;
	return ERR_OK;
}

/* Runs a moment later, so that what is ready together is collected first. */
void loop_task_defer(struct loop_task *task)
{
	if (task->event.place == 0)
		event_set(&task->event, world.now + (int64_t)chance(FOR_NODES, 3));
}

void loop_task_free(struct loop_task *task)
{
	if (task)
		event_drop(&task->event);
	free(task);
}
