/* A daemon put together from parts that are given to it: a store, a keyring, a loop and a clock,
 * which may be simulated ones. Touches sockets through bus.h and the disk through engine.h. */
#include <stdlib.h>

#include "common/admin.h"
#include "common/daemon_private.h"

enum { TICK_MS = 1000, ARENA_BYTES = 64 * 1024 * 1024 };

/* ---- callbacks of the loop ------------------------------------------------------------------- */

static void on_turn(void *ctx, unsigned what)
{
	(void)what;
	daemon_take_turn(ctx);
}

/* The cure of the edge-triggered descriptor must never be needed to be rescued. */
static void watch_rescues(struct daemon *daemon)
{
	uint64_t rescued = bus_counters(daemon->bus).rescued;

	if (rescued != daemon->rescued)
		log_event(LOG_WARNING, "messages were found late: a defect, please report it",
			LOG_INT("rescued", rescued));
	daemon->rescued = rescued;
}

static struct door_line door_of(const struct daemon *daemon)
{
	const struct bus_counters counters = bus_counters(daemon->bus);

	return (struct door_line){.sessions = bus_server_sessions(daemon->server),
		.admitted = (int64_t)counters.admitted,
		.denied = (int64_t)counters.denied,
		.turned_away = (int64_t)counters.turned_away,
		.overrun = (int64_t)counters.overrun,
		.malformed = (int64_t)counters.malformed,
		.strangers = (int64_t)counters.strangers};
}

/* However many come, it is one line a tick. */
static void watch_door(struct daemon *daemon)
{
	const struct door_line was = *daemon->door;
	const struct door_line is = door_of(daemon);

	*daemon->door = is;
	if (is.denied != was.denied || is.turned_away != was.turned_away ||
		is.overrun != was.overrun)
		log_event(LOG_WARNING, "not let in",
			LOG_INT("foreign_keys", is.denied - was.denied),
			LOG_INT("too_many", is.turned_away - was.turned_away),
			LOG_INT("sent_too_much", is.overrun - was.overrun));
}

/* Said once, when it changes. */
static void watch_room(struct daemon *daemon)
{
	const struct room room = engine_room(daemon->engine);

	if (room.level != daemon->room)
		log_event(room.level == ROOM_OK ? LOG_INFO : LOG_WARNING, "room",
			LOG_TEXT("state", room_word(room.level)), LOG_TEXT("of", room.of),
			LOG_INT("percent", room.percent));
	daemon->room = room.level;
}

/* Said once: what was met first, and what each check of itself found. */
static void watch_corrupt(struct daemon *daemon)
{
	const struct check *check;
	int64_t ended = engine_scrubbed(daemon->engine, &check);
	struct corrupt corrupt;

	engine_corrupt(daemon->engine, &corrupt);
	if (corrupt.met && !daemon->corrupt)
		log_event(LOG_ERROR, "stored bytes fail their checksum: a check of all begins",
			LOG_TEXT("met_in", corrupt.where));
	daemon->corrupt = corrupt.met;
	if (ended == daemon->scrubbed)
		return;
	daemon->scrubbed = ended;
	log_event(check->faults ? LOG_ERROR : LOG_DEBUG, "checked itself",
		LOG_INT("records", check->records), LOG_INT("rows", check->rows),
		LOG_INT("faults", check->faults));
	for (size_t i = 0; i < check->faults && i < CHECK_FAULTS; i++)
		log_event(LOG_ERROR, "not as it was written",
			LOG_TEXT("where", check->first[i].where),
			LOG_TEXT("what", check->first[i].what));
}

static void on_tick(void *ctx, unsigned what)
{
	struct daemon *daemon = ctx;
	bool more;

	(void)what;
	enum err err = engine_tick(daemon->engine, &more);
	if (err)
		daemon_fail(daemon, err, "deadlines");
	watch_room(daemon);
	watch_corrupt(daemon);
	daemon_follow_again(daemon);
	daemon_unpark(daemon);
	daemon_pump_all(daemon, true);
	watch_rescues(daemon);
	watch_door(daemon);
	daemon_run_effects(daemon);
	if (more)
		loop_timer_once(daemon->tick, 0);
	else
		loop_timer_once(daemon->tick, TICK_MS);
}

static void on_pump(void *ctx, unsigned what)
{
	(void)what;
	daemon_pump_all(ctx, false);
}

static void on_expiry(void *ctx, unsigned what)
{
	(void)what;
	daemon_unpark(ctx);
}

/* ---- start and end --------------------------------------------------------------------------- */

struct daemon *daemon_new(const struct daemon_program *program)
{
	struct daemon *daemon = calloc(1, sizeof(*daemon));

	if (!daemon)
		return NULL;
	daemon->program = program;
	daemon->state_fd = -1;
	arena_init(&daemon->requests_arena, ARENA_BYTES);
	arena_init(&daemon->batches_arena, ARENA_BYTES);
	buffer_init(&daemon->frame, OP_BODY_MAX);
	buffer_init(&daemon->items, OP_BODY_MAX);
	return daemon;
}

static enum err open_calls(struct daemon *daemon)
{
	struct loop *loop = daemon->loop;
	enum err err = loop_task_new(loop, (struct loop_call){on_turn, daemon}, &daemon->turn);

	if (!err)
		err = loop_timer_new(loop, (struct loop_call){on_tick, daemon}, &daemon->tick);
	if (!err)
		err = loop_timer_new(loop, (struct loop_call){on_pump, daemon}, &daemon->pump);
	if (!err)
		err = loop_timer_new(loop, (struct loop_call){on_expiry, daemon}, &daemon->expiry);
	if (!err)
		loop_timer_once(daemon->tick, 0);
	return err;
}

static enum err open_bus(struct daemon *daemon, struct reason *reason)
{
	const struct daemon_config *config = &daemon->config;
	const struct bus_options options = {.loop = daemon->loop,
		.node = config->name,
		.public_key = config->public_key,
		.secret_key = config->secret_key,
		.clock = daemon->clock,
		.random = daemon->random,
		.heartbeat_ms = config->heartbeat_ms};
	const struct bus_server_handlers handlers = daemon_server_handlers(daemon);
	enum err err = bus_open(&options, &daemon->bus, reason);

	if (!err)
		err = bus_set_peers(daemon->bus, config->peers, config->n_peers, reason);
	if (!err)
		err = bus_server_open(
			daemon->bus, config->listen, &handlers, &daemon->server, reason);
	return err;
}

static enum err show_door(struct daemon *daemon)
{
	daemon->door = calloc(1, sizeof(*daemon->door));
	if (!daemon->door)
		return ERR_NO_MEMORY;
	engine_shows_door(daemon->engine, daemon->door);
	return ERR_OK;
}

enum err daemon_open(struct daemon *daemon, struct reason *reason)
{
	const struct engine_options options = daemon_engine_options(daemon);
	enum err err = engine_open(&options, &daemon->engine, reason);

	if (!err) {
		daemon->meter = meter_new(daemon->engine);
		err = daemon->meter ? open_calls(daemon) : ERR_NO_MEMORY;
	}
	if (!err)
		err = show_door(daemon);
	return err ? err : open_bus(daemon, reason);
}

enum err daemon_begin(struct daemon *daemon, struct reason *reason)
{
	enum err err = daemon_open_effects(daemon, reason);

	return err ? err : daemon_follow_all(daemon, reason);
}

void daemon_close(struct daemon *daemon, enum daemon_end how)
{
	daemon_close_effects(daemon);
	daemon_unfollow_all(daemon);
	if (daemon->server)
		bus_server_close(daemon->server);
	daemon_drop_parked(daemon);
	if (daemon->bus)
		bus_close(daemon->bus);
	loop_task_free(daemon->turn);
	loop_timer_free(daemon->tick);
	loop_timer_free(daemon->pump);
	loop_timer_free(daemon->expiry);
	/* unnoted, the next start is only more careful than it need be */
	if (how == DAEMON_IN_ORDER && daemon->engine && engine_stop(daemon->engine))
		log_event(LOG_WARNING, "the clean stop could not be noted");
	engine_close(daemon->engine);
	free(daemon->door);
	meter_free(daemon->meter);
	arena_done(&daemon->requests_arena);
	arena_done(&daemon->batches_arena);
	buffer_done(&daemon->frame);
	buffer_done(&daemon->items);
	free(daemon);
}
