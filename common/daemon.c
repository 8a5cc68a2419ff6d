/* The life of a daemon, from its arguments to its last flush. Opens the state directory, the
 * endpoint and the links; writes log lines to standard error. */
#include "common/daemon.h"

#include <errno.h>
#include <getopt.h>
#include <signal.h>
#include <sodium.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <unistd.h>

#include "common/daemon_private.h"

enum { TICK_MS = 1000, FILES_WANTED = 16384 };

_Noreturn void daemon_fail(struct daemon *daemon, enum err err, const char *doing)
{
	(void)daemon;
	log_event(LOG_ERROR, "ending at once: what was not acknowledged was not kept",
		LOG_TEXT("doing", doing), LOG_TEXT("error", err_word(err)));
	_exit(DAEMON_FAILED);
}

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

static void on_tick(void *ctx, unsigned what)
{
	struct daemon *daemon = ctx;
	bool more;

	(void)what;
	enum err err = engine_tick(daemon->engine, &more);
	if (err)
		daemon_fail(daemon, err, "deadlines");
	daemon_unpark(daemon);
	daemon_pump_all(daemon, true);
	watch_rescues(daemon);
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

static void on_stop(void *ctx, unsigned what)
{
	struct daemon *daemon = ctx;

	(void)what;
	log_event(LOG_INFO, "stopping", LOG_TEXT("why", "asked to"));
	loop_stop(daemon->loop);
}

/* Who may connect and how much is logged may change without a restart; the rest of the file is read
 * at start only. */
static void on_hangup(void *ctx, unsigned what)
{
	struct daemon *daemon = ctx;
	struct daemon_config config;
	struct reason reason = {0};

	(void)what;
	enum err err = daemon_config_load(&config, daemon->program, daemon->config_path, &reason);
	if (!err)
		err = bus_set_peers(daemon->bus, config.peers, config.n_peers, &reason);
	if (err) {
		log_event(LOG_ERROR, "settings not reloaded", LOG_TEXT("field", reason.field),
			LOG_TEXT("rule", reason.rule));
	} else {
		log_set_level((enum log_level)log_level_of(config.log_level));
		log_event(LOG_INFO, "settings reloaded", LOG_INT("peers", config.n_peers));
	}
	daemon_config_done(&config);
}

/* ---- start and end --------------------------------------------------------------------------- */

static enum err open_state(struct daemon *daemon, struct reason *reason)
{
	const struct daemon_config *config = &daemon->config;
	struct engine_options options = {.service = daemon->program->service,
		.settings = config->service,
		.node = config->name,
		.followers = config->followers,
		.n_followers = config->n_followers,
		.owners = config->owners,
		.n_owners = config->n_owners,
		.clock = daemon->clock,
		.random = random_real()};
	uint8_t master[MASTER_KEY_BYTES];
	char path[4096];
	size_t n;

	if (mkdir(config->state, 0700) && errno != EEXIST)
		return reason_set(
			reason, ERR_SYSTEM, config->state, "cannot be made: %s", strerror(errno));
	enum err err = keyring_read_master(config->master_key_file, master, reason);
	if (err)
		return err;
	snprintf(path, sizeof(path), "%s/db", config->state);
	struct tree *trees = engine_trees(&options, &n);
	err = trees ? store_open_lmdb(path, trees, n, NULL, &daemon->store, reason) : ERR_NO_MEMORY;
	engine_trees_free(trees, n);
	if (err)
		return err;
	snprintf(path, sizeof(path), "%s/keys.bin", config->state);
	err = keyring_open(path, master, &options.random, &daemon->keyring);
	sodium_memzero(master, sizeof(master));
	if (err)
		return reason_set(reason, err, path, "%s",
			err == ERR_INVALID ? "was made with another master key"
					   : err_sentence(err));
	options.store = daemon->store;
	options.keyring = daemon->keyring;
	return engine_open(&options, &daemon->engine, reason);
}

static enum err open_loop(struct daemon *daemon)
{
	struct loop *loop;
	enum err err = loop_open(&daemon->loop);

	if (err)
		return err;
	loop = daemon->loop;
	if ((err = loop_task_new(loop, (struct loop_call){on_turn, daemon}, &daemon->turn)) ||
		(err = loop_timer_new(loop, (struct loop_call){on_tick, daemon}, &daemon->tick)) ||
		(err = loop_timer_new(loop, (struct loop_call){on_pump, daemon}, &daemon->pump)) ||
		(err = loop_timer_new(
			 loop, (struct loop_call){on_expiry, daemon}, &daemon->expiry)) ||
		(err = loop_signal_new(
			 loop, SIGTERM, (struct loop_call){on_stop, daemon}, &daemon->term)) ||
		(err = loop_signal_new(
			 loop, SIGINT, (struct loop_call){on_stop, daemon}, &daemon->interrupt)) ||
		(err = loop_signal_new(
			 loop, SIGHUP, (struct loop_call){on_hangup, daemon}, &daemon->hangup)))
		return err;
	loop_timer_once(daemon->tick, 0);
	return ERR_OK;
}

static enum err open_bus(struct daemon *daemon, struct reason *reason)
{
	const struct daemon_config *config = &daemon->config;
	const struct bus_options options = {.loop = daemon->loop,
		.node = config->name,
		.public_key = config->public_key,
		.secret_key = config->secret_key,
		.clock = daemon->clock,
		.random = random_real(),
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

static void raise_files_limit(void)
{
	struct rlimit limit;

	if (getrlimit(RLIMIT_NOFILE, &limit) || limit.rlim_cur >= FILES_WANTED)
		return;
	limit.rlim_cur = limit.rlim_max < FILES_WANTED ? limit.rlim_max : FILES_WANTED;
	if (setrlimit(RLIMIT_NOFILE, &limit))
		log_event(LOG_WARNING, "few file descriptors", LOG_INT("limit", limit.rlim_cur));
}

static void close_all(struct daemon *daemon)
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
	loop_signal_free(daemon->term);
	loop_signal_free(daemon->interrupt);
	loop_signal_free(daemon->hangup);
	if (daemon->loop)
		loop_close(daemon->loop);
	/* unnoted, the next start is only more careful than it need be */
	if (daemon->engine && engine_stop(daemon->engine))
		log_event(LOG_WARNING, "the clean stop could not be noted");
	engine_close(daemon->engine);
	keyring_close(daemon->keyring);
	if (daemon->store)
		store_close(daemon->store);
	daemon_config_done(&daemon->config);
	arena_done(&daemon->requests_arena);
	arena_done(&daemon->batches_arena);
	buffer_done(&daemon->frame);
	buffer_done(&daemon->items);
	free(daemon);
}

static int refuse_to_start(const struct reason *reason, int code)
{
	log_event(LOG_ERROR, "not started", LOG_TEXT("field", reason->field),
		LOG_TEXT("rule", reason->rule));
	return code;
}

static int run(struct daemon *daemon, bool check_only)
{
	struct reason reason = {0};

	if (daemon_config_load(&daemon->config, daemon->program, daemon->config_path, &reason))
		return refuse_to_start(&reason, DAEMON_USAGE);
	if (check_only) {
		puts("the settings are good");
		return DAEMON_STOPPED;
	}
	log_set_node(daemon->config.name);
	log_set_level((enum log_level)log_level_of(daemon->config.log_level));
	raise_files_limit();
	if (open_state(daemon, &reason) || open_loop(daemon) || open_bus(daemon, &reason))
		return refuse_to_start(&reason, DAEMON_UNAVAILABLE);
	if (bus_self_test(daemon->server, NULL, &reason))
		return refuse_to_start(&reason, DAEMON_OPEN_DOOR);
	if (daemon_open_effects(daemon, &reason) || daemon_follow_all(daemon, &reason))
		return refuse_to_start(&reason, DAEMON_USAGE);
	struct head head;
	engine_head(daemon->engine, &head);
	if (engine_careful(daemon->engine))
		log_event(LOG_WARNING, "the last stop was not clean: records are taken one by one",
			LOG_INT("records", engine_careful(daemon->engine)));
	log_event(LOG_INFO, "started", LOG_TEXT("listen", daemon->config.listen),
		LOG_INT("head", head.seq), LOG_INT("pid", getpid()));
	return loop_run(daemon->loop) ? DAEMON_FAILED : DAEMON_STOPPED;
}

static void print_help(const struct daemon_program *program)
{
	printf("%s: %s\n\n"
	       "usage: %s --config FILE    run in the foreground, log to standard error\n"
	       "       %s --config FILE --check    read the settings and say whether they are "
	       "good\n"
	       "       %s --help-settings    a sample settings file with every setting "
	       "explained\n\n"
	       "SIGHUP reads the allowed peers and the log level again; SIGTERM stops.\n"
	       "exit codes: 0 stopped, 2 arguments or settings, 69 the door is open to foreign "
	       "keys,\n"
	       "75 state or endpoint in use, 111 a system call failed\n",
		program->name, program->summary, program->name, program->name, program->name);
}

static int print_settings(const struct daemon_program *program)
{
	struct buffer out;

	buffer_init(&out, (size_t)256 * 1024);
	daemon_config_describe(program, &out);
	fwrite(out.p, 1, out.n, stdout);
	buffer_done(&out);
	return DAEMON_STOPPED;
}

int daemon_main(int argc, char **argv, const struct daemon_program *program)
{
	static const struct option options[] = {{"config", required_argument, NULL, 'c'},
		{"check", no_argument, NULL, 'k'}, {"help", no_argument, NULL, 'h'},
		{"help-settings", no_argument, NULL, 's'}, {NULL, 0, NULL, 0}};
	struct daemon *daemon = calloc(1, sizeof(*daemon));
	bool check_only = false;
	int option, code;

	if (!daemon || sodium_init() < 0)
		return DAEMON_FAILED;
	daemon->program = program;
	daemon->clock = clock_real();
	arena_init(&daemon->requests_arena, (size_t)64 * 1024 * 1024);
	arena_init(&daemon->batches_arena, (size_t)64 * 1024 * 1024);
	buffer_init(&daemon->frame, OP_BODY_MAX);
	buffer_init(&daemon->items, OP_BODY_MAX);
	signal(SIGPIPE, SIG_IGN);
	while ((option = getopt_long(argc, argv, "c:h", options, NULL)) != -1) {
		if (option == 'c')
			daemon->config_path = optarg;
		else if (option == 'k')
			check_only = true;
		else {
			if (option == 's')
				print_settings(program);
			else
				print_help(program);
			free(daemon);
			return option == '?' ? DAEMON_USAGE : DAEMON_STOPPED;
		}
	}
	if (!daemon->config_path || optind != argc) {
		print_help(program);
		free(daemon);
		return DAEMON_USAGE;
	}
	code = run(daemon, check_only);
	close_all(daemon);
	return code;
}
