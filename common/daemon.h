/* The skeleton of every daemon: arguments, settings, keys, store, engine, bus, loop and signals. A
 * service's main hands its tables to daemon_main and that is all it does.
 *
 * Exit codes: 0 asked to stop, or done; 1 a backup is not as it was written; 2 wrong arguments or
 * settings; 69 a foreign key was let in at the self-test; 75 the state or the endpoint is in use or
 * cannot be opened; 111 a system call failed (the supervisor starts it again).
 */
#ifndef COMMON_DAEMON_H
#define COMMON_DAEMON_H

#include "common/service.h"
#include "common/settings.h"

enum {
	DAEMON_STOPPED = 0,
	DAEMON_FAULTY = 1,
	DAEMON_USAGE = 2,
	DAEMON_OPEN_DOOR = 69,
	DAEMON_UNAVAILABLE = 75,
	DAEMON_FAILED = 111
};

struct daemon;
struct loop;

/* What a service does outside of its store: mail, say, which no transaction can take back. Such
 * effects start from committed state only, and their outcome comes back as a command of the node
 * itself. */
struct daemon_effects {
	/* After the state is open, before the loop runs. *ret_ctx is handed to the others. */
	enum err (*open)(
		struct daemon *daemon, const void *settings, void **ret_ctx, struct reason *reason);
	/* A turn was committed: look for what is to be done. Also called once after open and every
	 * second. */
	void (*after_commit)(void *ctx);
	void (*close)(void *ctx);
};

/* For effects: the loop to wait on, and the time. */
struct loop *daemon_loop(struct daemon *daemon);
struct clock daemon_clock(struct daemon *daemon);

/* Asks the own engine at once; *ret_reply and what it points at lie in the arena, personal fields
 * open. */
enum err daemon_ask(struct daemon *daemon, const struct schema *query, const void *fields,
	struct arena *arena, void *ret_reply) MUST_USE;

/* Gives the own engine a command, to be decided in the next turn; a refusal is logged. */
enum err daemon_tell(
	struct daemon *daemon, const struct schema *command, const void *fields) MUST_USE;

struct daemon_program {
	const char *name;    /* oneplan-intake */
	const char *summary; /* one line for --help */
	const struct service *service;
	const struct setting *settings; /* of the service; NULL: none */
	size_t n_settings;
	size_t settings_bytes;
	/* What a table cannot say: files to be read, rules between settings. dir: where the
	 * settings file lies, relative paths start there. NULL: nothing. */
	enum err (*ready)(void *settings, const char *dir, struct reason *reason);
	const struct daemon_effects *effects; /* NULL: none */
};

/* One table over one struct: the settings of every node, behind them the service's. On the heap;
 * NULL: no memory. */
struct setting *daemon_settings(const struct daemon_program *program, size_t *ret_n);

int daemon_main(int argc, char **argv, const struct daemon_program *program);

#endif
