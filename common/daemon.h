/* The skeleton of every daemon: arguments, settings, keys, store, engine, bus, loop and signals. A
 * service's main hands its tables to daemon_main and that is all it does.
 *
 * Exit codes: 0 asked to stop; 2 wrong arguments or settings; 69 a foreign key was let in at the
 * self-test; 75 the state or the endpoint is in use or cannot be opened; 111 a system call failed
 * (the supervisor starts it again).
 */
#ifndef COMMON_DAEMON_H
#define COMMON_DAEMON_H

#include "common/service.h"
#include "common/settings.h"

enum {
	DAEMON_STOPPED = 0,
	DAEMON_USAGE = 2,
	DAEMON_OPEN_DOOR = 69,
	DAEMON_UNAVAILABLE = 75,
	DAEMON_FAILED = 111
};

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
};

int daemon_main(int argc, char **argv, const struct daemon_program *program);

#endif
