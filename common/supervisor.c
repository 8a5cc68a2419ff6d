/* Messages to the service manager; writes to the socket that it named in the environment. */
#include "common/supervisor.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <systemd/sd-daemon.h>
#include <time.h>

enum { MESSAGE_BYTES = 512 };

bool supervisor_listens(void)
{
	return getenv("NOTIFY_SOCKET") != NULL;
}

/* Whether it was heard changes nothing of what the daemon does. */
static void tell(const char *message)
{
	(void)sd_notify(0, message);
}

void supervisor_ready(const char *status)
{
	char message[MESSAGE_BYTES];

	snprintf(message, sizeof(message), "READY=1\nSTATUS=%s", status);
	tell(message);
}

void supervisor_reloading(void)
{
	char message[MESSAGE_BYTES];
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	snprintf(message, sizeof(message),
		"RELOADING=1\nMONOTONIC_USEC=%" PRId64 "\nSTATUS=reading the settings again",
		(int64_t)now.tv_sec * 1000000 + now.tv_nsec / 1000);
	tell(message);
}

void supervisor_stopping(void)
{
	tell("STOPPING=1\nSTATUS=stopping");
}

void supervisor_status(const char *status)
{
	char message[MESSAGE_BYTES];

	snprintf(message, sizeof(message), "STATUS=%s", status);
	tell(message);
}

int64_t supervisor_alive_every_ms(void)
{
	uint64_t usec = 0;

	if (sd_watchdog_enabled(0, &usec) <= 0)
		return 0;
	return usec < 2000 ? 1 : (int64_t)(usec / 2000);
}

void supervisor_alive(void)
{
	tell("WATCHDOG=1");
}
