/* The commands `backup` and `restore`: a node's files copied while it goes on, and put back while
 * it is down. Talks to one node; restore runs the node's own program on this host. */
#include <errno.h>
#include <libgen.h>
#include <stdio.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "common/admin.h"
#include "services/oneplanctl/amounts.h"
#include "services/oneplanctl/ask.h"
#include "services/oneplanctl/backup.h"

enum { LOOK_US = 200000, ANSWERS_BYTES = 1024 * 1024 };

/* ---- backup ---------------------------------------------------------------------------------- */

static bool under_way(const struct backup_state *state)
{
	return text_is(state->phase, "asked") || text_is(state->phase, "copying") ||
	       text_is(state->phase, "checking");
}

/* state: lies in the arena, as all answers do. */
struct waiting {
	struct ctl *ctl;
	struct client *client;
	struct arena *answers;
	struct reason *reason;
};

static enum err wait_for_end(const struct waiting *w, struct backup_state *state)
{
	const struct show_backup query = {0};
	const struct asked asked = {schema_show_backup(), &query, state, w->answers};
	enum err err = ERR_OK;

	while (!err && under_way(state)) {
		usleep(LOOK_US);
		arena_reset(w->answers);
		err = ask_query(w->ctl, w->client, &asked, w->reason);
	}
	if (!err && !text_is(state->phase, "done"))
		err = reason_set(w->reason, ERR_CONFLICT, "", "%.*s", (int)state->why.n,
			state->why.n ? state->why.p : "the node started again meanwhile");
	return err;
}

static int print_backup(struct ctl *ctl, const struct backup_state *state)
{
	if (ctl->json || !state->checked)
		return ctl_print_record(ctl, schema_backup_state(), state);
	printf("%.*s: %lld records of epoch %lld, %lld rows, %s, checked and whole\n",
		(int)state->dir.n, state->dir.p, (long long)state->checked->head,
		(long long)state->checked->epoch, (long long)state->checked->rows,
		amount_of_bytes(&ctl->arena, state->bytes));
	return CTL_DONE;
}

enum err backup_make(struct ctl *ctl, const struct backup_making *how, struct backup_state *ret,
	struct reason *reason)
{
	const struct make_backup command = {text_of(how->dir)};
	const struct asked asked = {schema_make_backup(), &command, ret, how->arena};
	enum err err = schema_check(schema_make_backup(), &command, reason);
	struct client *client = err ? NULL : ask_open(ctl, how->node, "operator", reason);

	if (!client)
		return reason->code;
	const struct waiting waiting = {ctl, client, how->arena, reason};
	err = ask_command(ctl, client, &asked, reason);
	if (!err && how->wait)
		err = wait_for_end(&waiting, ret);
	client_close(client);
	return err;
}

int command_backup(struct ctl *ctl, const struct arguments *arguments)
{
	const struct make_backup command = {text_of(arguments->words[1])};
	struct backup_making how = {
		.dir = arguments->words[1], .wait = !argument_flag(arguments, "no-wait")};
	struct backup_state state;
	struct arena answers;
	struct reason reason = {0};

	ctl->by = argument_text(arguments, "by");
	if (ctl_find_node(ctl, arguments->words[0], &how.node, &reason) ||
		schema_check(schema_make_backup(), &command, &reason))
		return ctl_fail_here(ctl, &reason);
	arena_init(&answers, ANSWERS_BYTES);
	how.arena = &answers;
	enum err err = backup_make(ctl, &how, &state, &reason);
	int code = err ? ctl_fail(ctl, &(struct failure){.node = how.node->name, .reason = &reason})
		       : print_backup(ctl, &state);
	arena_done(&answers);
	return code;
}

/* ---- restore --------------------------------------------------------------------------------- */

/* The program of a node lies beside this one, or, both being installed, in sbin beside its bin. */
static bool find_program(const struct town_node *node, char ret[PATH_BYTES])
{
	static const char *const places[] = {"", "/../sbin"};
	char self[PATH_BYTES];
	ssize_t n = readlink("/proc/self/exe", self, sizeof(self) - 1);

	if (n < 0)
		return false;
	self[n] = '\0';
	const char *dir = dirname(self);
	for (size_t i = 0; i < sizeof(places) / sizeof(places[0]); i++)
		if (snprintf(ret, PATH_BYTES, "%s%s/oneplan-%s", dir, places[i], node->role) <
				PATH_BYTES &&
			access(ret, X_OK) == 0)
			return true;
	return false;
}

/* Its answer is ours: JSON on standard output, what went wrong in its log lines. */
static int run_program(const char *const argv[])
{
	int status;
	pid_t pid = fork();

	if (pid == 0) {
		execv(argv[0], (char *const *)(uintptr_t)argv);
		_exit(CTL_SYSTEM);
	}
	if (pid < 0)
		return CTL_SYSTEM;
	while (waitpid(pid, &status, 0) < 0)
		if (errno != EINTR)
			return CTL_SYSTEM;
	int code = WIFEXITED(status) ? WEXITSTATUS(status) : CTL_SYSTEM;
	/* a daemon's codes are those of sysexits.h: what is not the arguments' fault is a refusal
	 */
	return code == CTL_DONE || code == CTL_USAGE || code == CTL_SYSTEM ? code : CTL_REFUSED;
}

int backup_find_program(struct ctl *ctl, const struct town_node *node, char ret_program[PATH_BYTES],
	char ret_config[PATH_BYTES])
{
	snprintf(ret_config, PATH_BYTES, "%s/%s/node.ini", ctl->town.dir, node->name);
	if (access(ret_config, R_OK))
		return ctl_fail_usage(
			ctl, ret_config, "cannot be read: do it on the host of the node");
	return find_program(node, ret_program) ? CTL_DONE
					       : ctl_fail_usage(ctl, ret_program, "is not there");
}

int command_restore(struct ctl *ctl, const struct arguments *arguments)
{
	const char *by = argument_text(arguments, "by"), *why = argument_text(arguments, "reason");
	char program[PATH_BYTES], config[PATH_BYTES];
	const struct town_node *node;
	struct reason reason = {0};

	if (ctl_find_node(ctl, arguments->words[0], &node, &reason))
		return ctl_fail_here(ctl, &reason);
	if (!by || !why)
		return ctl_fail_usage(ctl, by ? "--reason" : "--by",
			by ? "is missing: why it is restored" : "is missing: who decides it");
	int code = backup_find_program(ctl, node, program, config);
	if (code)
		return code;
	const char *const argv[] = {program, "--config", config, "--restore", arguments->words[1],
		"--by", by, "--reason", why, NULL};
	return run_program(argv);
}
