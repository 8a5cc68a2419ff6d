/* The life of a portal, from its arguments to its end. Opens the sessions' store, the HTTP endpoint
 * and connections to the nodes; writes log lines to standard error. */
#include "services/portal/portal.h"

#include <errno.h>
#include <fcntl.h>
#include <getopt.h>
#include <signal.h>
#include <sodium.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <termios.h>
#include <unistd.h>

#include "common/log.h"
#include "common/supervisor.h"
#include "services/portal/routes.h"

enum {
	STOPPED = 0,
	USAGE = 2,
	UNAVAILABLE = 75,
	FAILED = 111,
	TICK_MS = 5000, /* well below any watchdog's time */
	STATUS_BYTES = 128,
	MAP_BYTES = 256 << 20,
	GROW_BYTES = 1 << 20
};

/* ---- the loop -------------------------------------------------------------------------------- */

static void on_stop(void *ctx, unsigned what)
{
	struct portal *portal = ctx;

	(void)what;
	supervisor_stopping();
	log_event(LOG_INFO, "stopping", LOG_TEXT("why", "asked to"));
	loop_stop(portal->loop);
}

static void refresh_nodes(struct portal *portal)
{
	const struct nodes_from from = {
		portal->settings.town, portal->bus, portal->loop, portal->clock};
	struct reason reason = {0};

	if (nodes_refresh(&portal->nodes, &from, &reason))
		log_event(LOG_WARNING, "the town's nodes cannot be read",
			LOG_TEXT("field", reason.field), LOG_TEXT("rule", reason.rule));
}

static void describe(struct portal *portal, char ret[STATUS_BYTES])
{
	size_t up = 0;

	for (size_t i = 0; i < portal->nodes.n; i++)
		up += portal->nodes.at[i].caller && caller_up(portal->nodes.at[i].caller);
	snprintf(ret, STATUS_BYTES, "answers: %zu of %zu nodes are connected", up, portal->nodes.n);
}

static void say_ready(struct portal *portal)
{
	char status[STATUS_BYTES];

	describe(portal, status);
	supervisor_ready(status);
}

/* A new pair is used from each connection's next beginning on; nodes let both in while keys are
 * exchanged. */
static void renew_keys(struct portal *portal)
{
	struct portal_settings *settings = &portal->settings;
	char before[BUS_KEY_BYTES];
	struct reason reason = {0};

	memcpy(before, settings->public_key, sizeof(before));
	enum err err = portal_settings_read_keys(settings, &reason);
	if (!err && strcmp(before, settings->public_key) != 0)
		err = bus_set_keys(
			portal->bus, settings->public_key, settings->secret_key, &reason);
	if (err)
		log_event(LOG_WARNING, "the key file cannot be taken over",
			LOG_TEXT("field", reason.field), LOG_TEXT("rule", reason.rule));
}

/* Whatever else is read at start only stays as it was. */
static void on_hangup(void *ctx, unsigned what)
{
	struct portal *portal = ctx;

	(void)what;
	supervisor_reloading();
	renew_keys(portal);
	portal->nodes.read = (struct timespec){0};
	refresh_nodes(portal);
	say_ready(portal);
	log_event(LOG_INFO, "the town's nodes were read again", LOG_INT("nodes", portal->nodes.n));
}

static void on_tick(void *ctx, unsigned what)
{
	struct portal *portal = ctx;
	char status[STATUS_BYTES];

	(void)what;
	describe(portal, status);
	supervisor_alive();
	supervisor_status(status);
	refresh_nodes(portal);
	enum err err = session_sweep(&portal->sessions);
	if (err)
		log_event(LOG_ERROR, "sessions cannot be swept", LOG_TEXT("error", err_word(err)));
	/* After a failed flush what the store says cannot be trusted. */
	if (err == ERR_SYSTEM) {
		portal->code = FAILED;
		loop_stop(portal->loop);
	}
}

/* ---- start and end --------------------------------------------------------------------------- */

static enum err open_state(struct portal *portal, struct reason *reason)
{
	const struct store_options options = {.map_bytes = MAP_BYTES, .grow_bytes = GROW_BYTES};
	const char *dir = portal->settings.state;

	if (mkdir(dir, 0700) && errno != EEXIST)
		return reason_set(reason, ERR_SYSTEM, dir, "cannot be made: %s", strerror(errno));
	enum err err = store_open_lmdb(
		dir, session_trees, n_session_trees, &options, &portal->store, reason);
	portal->sessions = (struct sessions){.store = portal->store,
		.clock = portal->clock,
		.idle_ms = portal->settings.idle_ms,
		.absolute_ms = portal->settings.absolute_ms};
	return err;
}

static enum err open_loop(struct portal *portal)
{
	static const int stops[] = {SIGTERM, SIGINT};
	struct loop_signal **signals[] = {&portal->term, &portal->interrupt};
	enum err err = loop_open(&portal->loop);

	for (size_t i = 0; i < 2 && !err; i++)
		err = loop_signal_new(
			portal->loop, stops[i], (struct loop_call){on_stop, portal}, signals[i]);
	if (!err)
		err = loop_signal_new(portal->loop, SIGHUP, (struct loop_call){on_hangup, portal},
			&portal->hangup);
	if (!err)
		err = loop_timer_new(
			portal->loop, (struct loop_call){on_tick, portal}, &portal->tick);
	return err;
}

static enum err open_bus(struct portal *portal, struct reason *reason)
{
	const struct bus_options options = {.loop = portal->loop,
		.node = portal->settings.name,
		.public_key = portal->settings.public_key,
		.secret_key = portal->settings.secret_key,
		.clock = portal->clock,
		.random = portal->random};
	const struct nodes_from from = {portal->settings.town, NULL, portal->loop, portal->clock};
	enum err err = bus_open(&options, &portal->bus, reason);

	if (err)
		return err;
	struct nodes_from whole = from;
	whole.bus = portal->bus;
	return nodes_refresh(&portal->nodes, &whole, reason);
}

/* For whoever watches the process: it can answer, whatever its nodes do. */
static void answer_health(void *ctx, struct http_request *request)
{
	(void)ctx;
	http_answer_text(request, 200, "alive");
}

static enum err open_http(struct portal *portal, struct reason *reason)
{
	static const struct http_route all[] = {{HTTP_READS, "/healthz", answer_health},
		{HTTP_GET | HTTP_HEAD | HTTP_POST, "/*", route_take}};
	const struct http_options options = {.loop = portal->loop,
		.listen = portal->settings.listen,
		.routes = all,
		.n_routes = sizeof(all) / sizeof(all[0]),
		.ctx = portal,
		.max_connections = 128};

	return http_open(&options, &portal->http, reason);
}

static enum err open_all(struct portal *portal, struct reason *reason)
{
	const struct portal_settings *settings = &portal->settings;
	const struct attempts_limits limits = {
		settings->login_window_ms, settings->login_tries, settings->login_tries_of_address};
	enum err err = assets_load(&portal->assets, settings->web, reason);

	token_make(portal->visit_secret);
	attempts_init(&portal->attempts, &limits);
	if (!err)
		err = operators_init(&portal->operators, settings->operators, reason);
	if (!err)
		err = open_state(portal, reason);
	if (!err && open_loop(portal))
		err = reason_set(reason, ERR_SYSTEM, "", "there is no loop to be had");
	if (!err)
		err = open_bus(portal, reason);
	return err ? err : open_http(portal, reason);
}

static void close_all(struct portal *portal)
{
	nodes_close(&portal->nodes);
	while (portal->pages)
		page_drop(portal->pages);
	http_close(portal->http);
	loop_timer_free(portal->tick);
	loop_signal_free(portal->term);
	loop_signal_free(portal->interrupt);
	loop_signal_free(portal->hangup);
	bus_close(portal->bus);
	if (portal->loop)
		loop_close(portal->loop);
	if (portal->store)
		store_close(portal->store);
	assets_done(&portal->assets);
}

static int refuse_to_start(const struct reason *reason, int code)
{
	log_event(LOG_ERROR, "not started", LOG_TEXT("field", reason->field),
		LOG_TEXT("rule", reason->rule));
	return code;
}

static int serve(struct portal *portal)
{
	struct reason reason = {0};
	int code;

	log_set_node(portal->settings.name);
	log_set_level((enum log_level)log_level_of(portal->settings.log_level));
	if (open_all(portal, &reason)) {
		code = refuse_to_start(&reason, UNAVAILABLE);
	} else {
		log_event(LOG_INFO, "started", LOG_TEXT("listen", portal->settings.listen),
			LOG_INT("nodes", portal->nodes.n), LOG_INT("pid", getpid()));
		loop_timer_every(portal->tick, TICK_MS);
		say_ready(portal);
		code = loop_run(portal->loop) ? FAILED : portal->code;
	}
	close_all(portal);
	return code;
}

/* ---- the file of operators ------------------------------------------------------------------- */

static bool read_line(const char *prompt, char *ret, size_t size)
{
	struct termios before, quiet;
	bool terminal = isatty(STDIN_FILENO) && tcgetattr(STDIN_FILENO, &before) == 0;

	if (terminal) {
		quiet = before;
		quiet.c_lflag &= ~(tcflag_t)ECHO;
		fputs(prompt, stderr);
		tcsetattr(STDIN_FILENO, TCSAFLUSH, &quiet);
	}
	bool got = fgets(ret, (int)size, stdin) != NULL;
	if (terminal) {
		tcsetattr(STDIN_FILENO, TCSAFLUSH, &before);
		fputc('\n', stderr);
	}
	ret[got ? strcspn(ret, "\n") : 0] = '\0';
	return got;
}

static int fail_here(const struct reason *reason)
{
	fprintf(stderr, "oneplan-portal: %s%s%s\n", reason->field, reason->field[0] ? ": " : "",
		reason->rule);
	return USAGE;
}

static int add_operator(const struct portal_settings *settings, const char *name, const char *role)
{
	char password[PASSWORD_MAX + 2], again[PASSWORD_MAX + 2];
	struct reason reason = {0};
	bool same = read_line("Password: ", password, sizeof(password));

	if (same && isatty(STDIN_FILENO))
		same = read_line("Once more: ", again, sizeof(again)) && !strcmp(password, again);
	if (!same)
		(void)reason_set(
			&reason, ERR_INVALID, "password", "is missing, or not twice the same");
	enum err err = same ? operators_put(settings->operators,
				      &(struct operator_new){name, role, password}, &reason)
			    : ERR_INVALID;
	sodium_memzero(password, sizeof(password));
	sodium_memzero(again, sizeof(again));
	if (err)
		return fail_here(&reason);
	printf("%s may log in as %s\n", name, role);
	return STOPPED;
}

static int remove_operator(const struct portal_settings *settings, const char *name)
{
	struct reason reason = {0};

	if (operators_remove(settings->operators, name, &reason))
		return fail_here(&reason);
	printf("%s may log in no more\n", name);
	return STOPPED;
}

/* ---- arguments ------------------------------------------------------------------------------- */

struct order {
	const char *config, *add, *remove, *role;
	bool check;
};

static void print_help(void)
{
	puts("oneplan-portal: pages in a browser over what the nodes of a town say\n\n"
	     "usage: oneplan-portal --config FILE    run in the foreground, log to standard error\n"
	     "       oneplan-portal --config FILE --check    read the settings and say whether "
	     "they "
	     "are good\n"
	     "       oneplan-portal --config FILE --add-operator NAME [--role ROLE]    who may log "
	     "in;\n"
	     "           the password is read from the terminal or standard input. A name that is "
	     "there gets\n"
	     "           another password; its sessions end. Roles: operator, administrator, "
	     "auditor "
	     "(only looks)\n"
	     "       oneplan-portal --config FILE --remove-operator NAME\n"
	     "       oneplan-portal --help-settings    a sample settings file\n\n"
	     "SIGHUP reads the town's nodes and the own key file again; SIGTERM stops.\n"
	     "exit codes: 0 stopped or done, 2 arguments or settings, 75 state or endpoint in "
	     "use,\n"
	     "111 a system call failed");
}

static int run(const struct order *order)
{
	struct portal *portal = calloc(1, sizeof(*portal));
	struct reason reason = {0};
	int code;

	if (!portal || sodium_init() < 0)
		return FAILED;
	portal->clock = clock_real();
	portal->random = random_real();
	if (portal_settings_load(&portal->settings, order->config, &reason))
		code = refuse_to_start(&reason, USAGE);
	else if (order->check)
		code = puts("the settings are good") < 0 ? FAILED : STOPPED;
	else if (order->add)
		code = add_operator(&portal->settings, order->add, order->role);
	else if (order->remove)
		code = remove_operator(&portal->settings, order->remove);
	else
		code = serve(portal);
	portal_settings_done(&portal->settings);
	sodium_memzero(portal, sizeof(*portal));
	free(portal);
	return code;
}

static int print_settings(void)
{
	struct buffer out;

	buffer_init(&out, (size_t)64 * 1024);
	portal_settings_describe(&out);
	fwrite(out.p, 1, out.n, stdout);
	buffer_done(&out);
	return STOPPED;
}

int portal_main(int argc, char **argv)
{
	static const struct option options[] = {{"config", required_argument, NULL, 'c'},
		{"check", no_argument, NULL, 'k'}, {"help", no_argument, NULL, 'h'},
		{"add-operator", required_argument, NULL, 'a'},
		{"remove-operator", required_argument, NULL, 'r'},
		{"role", required_argument, NULL, 'o'}, {"help-settings", no_argument, NULL, 's'},
		{NULL, 0, NULL, 0}};
	struct order order = {.role = "operator"};

	signal(SIGPIPE, SIG_IGN);
	for (int option; (option = getopt_long(argc, argv, "c:h", options, NULL)) != -1;) {
		const char **texts[] = {['c'] = &order.config,
			['a'] = &order.add,
			['r'] = &order.remove,
			['o'] = &order.role};
		if (option == 's')
			return print_settings();
		if (option == 'h' || option == '?') {
			print_help();
			return option == '?' ? USAGE : STOPPED;
		}
		if (option == 'k')
			order.check = true;
		else
			*texts[option] = optarg;
	}
	if (!order.config || optind != argc) {
		print_help();
		return USAGE;
	}
	return run(&order);
}
