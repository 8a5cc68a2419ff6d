/* What the service manager is told of a running daemon: that it answers, that its loop turns, how
 * it stands in one line. Speaks through supervisor.h. */
#include <inttypes.h>
#include <stdio.h>

#include "common/daemon_private.h"
#include "common/supervisor.h"

enum { STATUS_MS = 10000, STATUS_BYTES = 256 };

static void describe(const struct daemon *daemon, char ret[STATUS_BYTES])
{
	const struct room room = engine_room(daemon->engine);
	size_t n = daemon->config.n_owners, up = 0;
	struct head head;

	for (size_t i = 0; i < n; i++)
		up += bus_link_up(daemon->sources[i].link);
	engine_head(daemon->engine, &head);
	snprintf(ret, STATUS_BYTES,
		"answers: record %" PRIu64 " of epoch %" PRIu64
		", %u sessions, follows %zu of %zu nodes, room %s",
		head.seq, head.epoch, bus_server_sessions(daemon->server), up, n,
		room_word(room.level));
}

/* The timer belongs to the loop: when that stands still nothing is said, and the service manager
 * starts the daemon again. */
static void on_alive(void *ctx, unsigned what)
{
	struct daemon *daemon = ctx;
	char status[STATUS_BYTES];

	(void)what;
	supervisor_alive();
	describe(daemon, status);
	supervisor_status(status);
}

enum err daemon_open_supervision(struct daemon *daemon)
{
	int64_t every = supervisor_alive_every_ms();

	if (!supervisor_listens())
		return ERR_OK;
	enum err err =
		loop_timer_new(daemon->loop, (struct loop_call){on_alive, daemon}, &daemon->alive);
	if (!err)
		loop_timer_every(daemon->alive, every && every < STATUS_MS ? every : STATUS_MS);
	return err;
}

void daemon_say_ready(const struct daemon *daemon)
{
	char status[STATUS_BYTES];

	describe(daemon, status);
	supervisor_ready(status);
}

/* The process that it starts itself again as says that it is ready. */
void daemon_take_hangup(struct daemon *daemon)
{
	supervisor_reloading();
	bool good = daemon_reload(daemon);
	if (daemon->again)
		loop_stop(daemon->loop);
	else if (good)
		daemon_say_ready(daemon);
	else
		supervisor_ready("answers; the new settings are not good, those of before are in "
				 "force: see the log");
}
