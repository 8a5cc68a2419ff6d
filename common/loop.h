/* The loop of a daemon, over libevent: timers, deferred tasks, descriptors, signals. One thread;
 * all callbacks run inside loop_run. Objects must be freed before the loop. */
#ifndef COMMON_LOOP_H
#define COMMON_LOOP_H

#include <stdint.h>

#include "common/err.h"

struct loop;
struct loop_timer;
struct loop_task;
struct loop_fd;
struct loop_signal;
struct event_base;

/* What is called; ctx is the caller's. what: for descriptors LOOP_READ | LOOP_WRITE, else 0. */
struct loop_call {
	void (*fn)(void *ctx, unsigned what);
	void *ctx;
};

enum { LOOP_READ = 1, LOOP_WRITE = 2 };

enum err loop_open(struct loop **ret) MUST_USE;
void loop_close(struct loop *loop);

/* Runs until loop_stop; ERR_SYSTEM when polling fails. */
enum err loop_run(struct loop *loop) MUST_USE;
/* Runs until loop_stop or for ms milliseconds; for tests. */
enum err loop_run_for(struct loop *loop, int64_t ms) MUST_USE;
/* Makes loop_run return after the callback that is running. */
void loop_stop(struct loop *loop);

/* The longest time in ms between two polls since the last call of this function, which resets it.
 */
int64_t loop_longest_ms(struct loop *loop);

/* How long callbacks took, since the start. */
struct histogram;
const struct histogram *loop_calls(const struct loop *loop);

/* What others that use loop_base take so long counts like a callback of the loop. */
void loop_note_call(struct loop *loop, int64_t us);

/* For evhttp and the like; owned by the loop. */
struct event_base *loop_base(struct loop *loop);

/* A timer that is not running yet. Starting a running timer restarts it; a repeating one has a
 * fixed delay from the start of a call to the next, and never catches up. ms = 0: after the next
 * poll. Freeing NULL is allowed. */
enum err loop_timer_new(struct loop *loop, struct loop_call call, struct loop_timer **ret) MUST_USE;
void loop_timer_once(struct loop_timer *timer, int64_t ms);
void loop_timer_every(struct loop_timer *timer, int64_t ms);
void loop_timer_stop(struct loop_timer *timer);
void loop_timer_free(struct loop_timer *timer);

/* A task runs once before the next poll after it was deferred, however often that was: what was
 * ready together is collected first, then worked off. May defer itself again: then it runs after
 * the next poll. */
enum err loop_task_new(struct loop *loop, struct loop_call call, struct loop_task **ret) MUST_USE;
void loop_task_defer(struct loop_task *task);
void loop_task_free(struct loop_task *task);

/* Level-triggered readiness of a descriptor, which stays the caller's. what = 0 pauses. */
enum err loop_fd_new(
	struct loop *loop, int fd, struct loop_call call, struct loop_fd **ret) MUST_USE;
enum err loop_fd_watch(struct loop_fd *fd, unsigned what) MUST_USE;
void loop_fd_free(struct loop_fd *fd);

/* number: SIGTERM, SIGINT, SIGHUP, ... ; the callback runs in the loop, not in the signal handler.
 */
enum err loop_signal_new(
	struct loop *loop, int number, struct loop_call call, struct loop_signal **ret) MUST_USE;
void loop_signal_free(struct loop_signal *signal);

#endif
