/* The life of a daemon, from its arguments to its last flush. Opens the state directory, the
 * endpoint and the links; writes log lines to standard error. */
#include "common/daemon.h"

#include <errno.h>
#include <getopt.h>
#include <linux/close_range.h>
#include <signal.h>
#include <sodium.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <unistd.h>

#include "common/daemon_private.h"
#include "common/supervisor.h"

enum { FILES_WANTED = 16384 };

_Noreturn void daemon_fail(struct daemon *daemon, enum err err, const char *doing)
{
	(void)daemon;
	log_event(LOG_ERROR, "ending at once: what was not acknowledged was not kept",
		LOG_TEXT("doing", doing), LOG_TEXT("error", err_word(err)));
	_exit(DAEMON_FAILED);
}

/* ---- signals --------------------------------------------------------------------------------- */

static void on_stop(void *ctx, unsigned what)
{
	struct daemon *daemon = ctx;

	(void)what;
	daemon->stopping = clock_steady(&daemon->clock);
	supervisor_stopping();
	log_event(LOG_INFO, "stopping", LOG_TEXT("why", "asked to"));
	loop_stop(daemon->loop);
}

static void on_hangup(void *ctx, unsigned what)
{
	(void)what;
	daemon_take_hangup(ctx);
}

/* A hangup that comes while nobody listens (at the start, at the end) waits, and does not end the
 * process; the mask goes through execv. */
static void hold_hangup(int how)
{
	sigset_t set;

	sigemptyset(&set);
	sigaddset(&set, SIGHUP);
	sigprocmask(how, &set, NULL);
}

/* ---- start and end --------------------------------------------------------------------------- */

static enum err open_loop(struct daemon *daemon)
{
	enum err err = loop_open(&daemon->loop);

	if (!err)
		err = loop_signal_new(
			daemon->loop, SIGTERM, (struct loop_call){on_stop, daemon}, &daemon->term);
	if (!err)
		err = loop_signal_new(daemon->loop, SIGINT, (struct loop_call){on_stop, daemon},
			&daemon->interrupt);
	if (!err)
		err = loop_signal_new(daemon->loop, SIGHUP, (struct loop_call){on_hangup, daemon},
			&daemon->hangup);
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
	struct daemon_config config = daemon->config;
	struct keyring *keyring = daemon->keyring;
	struct store *store = daemon->store;
	struct loop *loop = daemon->loop;
	struct clock clock = daemon->clock;
	int64_t stopping = daemon->stopping;
	int state_fd = daemon->state_fd;
	bool idle = daemon_close_backup(daemon);

	daemon_close_http(daemon);
	loop_timer_free(daemon->alive);
	loop_signal_free(daemon->term);
	loop_signal_free(daemon->interrupt);
	loop_signal_free(daemon->hangup);
	daemon_close(daemon, DAEMON_IN_ORDER);
	if (loop)
		loop_close(loop);
	if (!idle) /* a thread still reads them, and ends with the process */
		return;
	keyring_close(keyring);
	if (store)
		store_close(store);
	if (state_fd >= 0)
		close(state_fd);
	if (stopping)
		log_event(LOG_INFO, "stopped", LOG_INT("ms", clock_steady(&clock) - stopping));
	daemon_config_done(&config);
}

static int refuse_to_start(const struct reason *reason, int code)
{
	log_event(LOG_ERROR, "not started", LOG_TEXT("field", reason->field),
		LOG_TEXT("rule", reason->rule));
	return code;
}

/* What the command line asks for. */
enum order_what {
	RUN,
	CHECK_SETTINGS,
	NEW_MASTER,
	VERIFY_BACKUP,
	SEAL_BACKUP,
	RESTORE,
	REBUILD,
	REPLAY
};
struct order {
	enum order_what what;
	const char *file; /* of NEW_MASTER, VERIFY_BACKUP, SEAL_BACKUP */
	struct restore_order restore;
};

static int serve(struct daemon *daemon)
{
	struct reason reason = {0};

	raise_files_limit();
	if (daemon_refuse_half_restored(daemon, &reason) ||
		daemon_open_files(daemon, daemon->config.state, FILES_USE, &reason) ||
		open_loop(daemon) || daemon_open(daemon, &reason) || daemon_open_backup(daemon))
		return refuse_to_start(&reason, DAEMON_UNAVAILABLE);
	enum err err = bus_self_test(daemon->server, NULL, &reason);
	if (err)
		return refuse_to_start(
			&reason, err == ERR_DENIED ? DAEMON_OPEN_DOOR : DAEMON_UNAVAILABLE);
	if (daemon_open_http(daemon, &reason))
		return refuse_to_start(&reason, DAEMON_UNAVAILABLE);
	if (daemon_begin(daemon, &reason) || daemon_open_supervision(daemon))
		return refuse_to_start(&reason, DAEMON_USAGE);
	struct head head;
	engine_head(daemon->engine, &head);
	if (engine_careful(daemon->engine))
		log_event(LOG_WARNING, "the last stop was not clean: records are taken one by one",
			LOG_INT("records", engine_careful(daemon->engine)));
	log_event(LOG_INFO, "started", LOG_TEXT("listen", daemon->config.listen),
		LOG_INT("head", head.seq), LOG_INT("epoch", head.epoch), LOG_INT("pid", getpid()));
	daemon_say_ready(daemon);
	hold_hangup(SIG_UNBLOCK);
	err = loop_run(daemon->loop);
	hold_hangup(SIG_BLOCK);
	return err ? DAEMON_FAILED : DAEMON_STOPPED;
}

/* Whoever holds the lock is alone with the node's files. */
static int new_master(struct daemon *daemon, const char *new_file)
{
	struct reason reason = {0};

	if (daemon_refuse_half_restored(daemon, &reason) ||
		daemon_change_master(&daemon->config, new_file, &reason))
		return refuse_to_start(&reason, DAEMON_UNAVAILABLE);
	puts("the data keys are wrapped with the new master key");
	return DAEMON_STOPPED;
}

static int run(struct daemon *daemon, const struct order *order)
{
	struct reason reason = {0};

	if (daemon_config_load(&daemon->config, daemon->program, daemon->config_path, &reason))
		return refuse_to_start(&reason, DAEMON_USAGE);
	if (order->what == CHECK_SETTINGS) {
		puts("the settings are good");
		return DAEMON_STOPPED;
	}
	log_set_node(daemon->config.name);
	log_set_level((enum log_level)log_level_of(daemon->config.log_level));
	if (order->what == VERIFY_BACKUP || order->what == SEAL_BACKUP)
		return daemon_verify(daemon, order->file, order->what == SEAL_BACKUP);
	if (order->what == REPLAY)
		return daemon_replay(daemon, order->file);
	if (daemon_lock_state(daemon, &reason))
		return refuse_to_start(&reason, DAEMON_UNAVAILABLE);
	if (order->what == NEW_MASTER)
		return new_master(daemon, order->file);
	if (order->what == REBUILD)
		return daemon_rebuild(daemon, &order->restore);
	return order->what == RESTORE ? daemon_restore(daemon, &order->restore) : serve(daemon);
}

static void print_help(const struct daemon_program *program)
{
	printf("%s: %s\n\n"
	       "usage: %s --config FILE    run in the foreground, log to standard error\n"
	       "       %s --config FILE --check    read the settings and say whether they are "
	       "good\n"
	       "       %s --config FILE --new-master KEY    wrap the data keys with another master "
	       "key, made when\n"
	       "           KEY is not there; it takes the place of the old one. The node must be "
	       "stopped\n"
	       "       %s --config FILE --verify-backup DIR    say whether a backup is whole\n"
	       "       %s --config FILE --restore DIR --by NAME --reason TEXT    put a backup in "
	       "the place of\n"
	       "           the node's files, which are kept; a new epoch begins. The node must be "
	       "stopped\n"
	       "       %s --config FILE --rebuild-from JOURNAL --by NAME --reason TEXT    make "
	       "the database that\n"
	       "           was lost, out of the journal that an archive kept, beside the node's "
	       "own keys.bin\n"
	       "       %s --config FILE --replay DIR    fold the node anew in DIR/shadow and "
	       "compare "
	       "it with the\n"
	       "           backup in DIR/present: `oneplanctl replay` does it\n"
	       "       %s --help-settings    a sample settings file with every setting "
	       "explained\n\n"
	       "SIGHUP reads the settings again: peers, endpoints and keys of followed nodes, the "
	       "own key file and\nthe log level are taken over at once; for other followed nodes "
	       "and "
	       "settings of the service it\nstarts itself again; the rest of [node] needs a "
	       "restart, "
	       "and the log says so. SIGTERM stops.\n"
	       "exit codes: 0 stopped or done, 1 the backup is not as it was written, 2 arguments "
	       "or settings,\n69 the door is open to foreign keys, 75 state or endpoint in use, "
	       "111 a system call failed\n",
		program->name, program->summary, program->name, program->name, program->name,
		program->name, program->name, program->name, program->name, program->name);
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

/* False: it is none of these. */
static bool take_order(struct order *order, int option)
{
	static const struct {
		int option;
		enum order_what what;
	} rows[] = {{'k', CHECK_SETTINGS}, {'m', NEW_MASTER}, {'v', VERIFY_BACKUP},
		{'S', SEAL_BACKUP}, {'r', RESTORE}, {'f', REBUILD}, {'p', REPLAY}};

	if (option == 'b')
		order->restore.by = optarg;
	else if (option == 'w')
		order->restore.reason = optarg;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++)
		if (option == rows[i].option) {
			order->what = rows[i].what;
			order->file = order->restore.dir = optarg ? optarg : "";
			return true;
		}
	return option == 'b' || option == 'w';
}

/* The same program under the same process id, so that whoever started it need not know. */
static int start_again(char **argv)
{
	close_range(3, ~0U, CLOSE_RANGE_CLOEXEC);
	execv("/proc/self/exe", argv);
	perror("the daemon cannot start itself again");
	return DAEMON_FAILED;
}

int daemon_main(int argc, char **argv, const struct daemon_program *program)
{
	static const struct option options[] = {{"config", required_argument, NULL, 'c'},
		{"check", no_argument, NULL, 'k'}, {"help", no_argument, NULL, 'h'},
		{"new-master", required_argument, NULL, 'm'},
		{"verify-backup", required_argument, NULL, 'v'},
		{"seal-backup", required_argument, NULL, 'S'},
		{"restore", required_argument, NULL, 'r'},
		{"rebuild-from", required_argument, NULL, 'f'},
		{"replay", required_argument, NULL, 'p'}, {"by", required_argument, NULL, 'b'},
		{"reason", required_argument, NULL, 'w'}, {"help-settings", no_argument, NULL, 's'},
		{NULL, 0, NULL, 0}};
	struct daemon *daemon = daemon_new(program);
	struct order order = {.restore = {"", "", ""}};
	int option, code;

	if (!daemon || sodium_init() < 0)
		return DAEMON_FAILED;
	daemon->clock = clock_real();
	daemon->random = random_real();
	signal(SIGPIPE, SIG_IGN);
	hold_hangup(SIG_BLOCK);
	while ((option = getopt_long(argc, argv, "c:h", options, NULL)) != -1) {
		if (option == 'c')
			daemon->config_path = optarg;
		else if (!take_order(&order, option)) {
			if (option == 's')
				print_settings(program);
			else
				print_help(program);
			daemon_close(daemon, DAEMON_DROPPED);
			return option == '?' ? DAEMON_USAGE : DAEMON_STOPPED;
		}
	}
	if (!daemon->config_path || optind != argc) {
		print_help(program);
		daemon_close(daemon, DAEMON_DROPPED);
		return DAEMON_USAGE;
	}
	code = run(daemon, &order);
	bool again = daemon->again && code == DAEMON_STOPPED;
	close_all(daemon);
	return again ? start_again(argv) : code;
}
