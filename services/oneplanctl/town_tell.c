/* Finds the daemons of this machine and tells them to read their settings again. Reads /proc, sends
 * SIGHUP. */
#include "services/oneplanctl/town_tell.h"

#include <ctype.h>
#include <dirent.h>
#include <fcntl.h>
#include <limits.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "common/admin.h"
#include "services/oneplanctl/ask.h"

enum { TELL_MS = 10000, STEP_MS = 100 };

void town_sleep_ms(long ms)
{
	const struct timespec time = {ms / 1000, ms % 1000 * 1000000};

	nanosleep(&time, NULL);
}

const char *town_settings_of(struct ctl *ctl, const char *node)
{
	return arena_printf(&ctl->arena, "%s/%s/node.ini", ctl->town_dir, node);
}

bool town_is_here(struct ctl *ctl, const char *node)
{
	const char *path = town_settings_of(ctl, node);

	return path && access(path, F_OK) == 0;
}

/* ---- processes ------------------------------------------------------------------------------- */

static size_t read_some(const char *path, char *ret, size_t size)
{
	int fd = open(path, O_RDONLY | O_CLOEXEC);
	ssize_t n = fd < 0 ? 0 : read(fd, ret, size - 1);

	if (fd >= 0)
		close(fd);
	ret[n < 0 ? 0 : n] = '\0';
	return n < 0 ? 0 : (size_t)n;
}

/* Exactly `oneplan-X --config FILE`: one that only checks or restores is none that listens. */
static const char *config_of(const char *cmdline, size_t n)
{
	const char *words[4] = {NULL};
	size_t count = 0;

	for (size_t at = 0; at < n && count < 4; at += strlen(cmdline + at) + 1)
		words[count++] = cmdline + at;
	if (count != 3 || strcmp(words[1], "--config") != 0)
		return NULL;
	const char *slash = strrchr(words[0], '/');
	return strncmp(slash ? slash + 1 : words[0], "oneplan-", 8) ? NULL : words[2];
}

static bool runs_with(const char *pid, const char *settings)
{
	char path[PATH_MAX], cmdline[PATH_MAX], real[PATH_MAX];

	snprintf(path, sizeof(path), "/proc/%s/cmdline", pid);
	const char *config = config_of(cmdline, read_some(path, cmdline, sizeof(cmdline)));
	if (!config)
		return false;
	int n = config[0] == '/' ? snprintf(path, sizeof(path), "%s", config)
				 : snprintf(path, sizeof(path), "/proc/%s/cwd/%s", pid, config);
	return (size_t)n < sizeof(path) && realpath(path, real) && !strcmp(real, settings);
}

pid_t town_pid(struct ctl *ctl, const char *node)
{
	const char *path = town_settings_of(ctl, node);
	char settings[PATH_MAX];
	DIR *proc = path && realpath(path, settings) ? opendir("/proc") : NULL;
	long found = 0;

	for (const struct dirent *entry; !found && proc && (entry = readdir(proc)) != NULL;)
		if (isdigit((unsigned char)entry->d_name[0]) && runs_with(entry->d_name, settings))
			found = strtol(entry->d_name, NULL, 10);
	if (proc)
		closedir(proc);
	return (pid_t)found;
}

/* ---- telling --------------------------------------------------------------------------------- */

enum err town_answers(struct ctl *ctl, const struct town_node *node)
{
	const struct show_status query = {.detail = TEXT_NONE};
	struct status_reply reply;
	struct reason reason;
	const struct asked asked = {schema_show_status(), &query, &reply, &ctl->arena};
	int64_t before = ctl->connect_ms;

	ctl->connect_ms = before ? before : 1000;
	enum err err = ask_once(ctl, node, &asked, &reason);
	ctl->connect_ms = before;
	return err;
}

bool town_signal(struct ctl *ctl, const struct town_node *node)
{
	pid_t pid = town_pid(ctl, node->name);

	return pid && !kill(pid, SIGHUP);
}

/* A signal is handled at the latest between two questions. */
bool town_await(struct ctl *ctl, const struct town_node *node)
{
	for (int waited = 0, answered = 0; waited < TELL_MS; waited += STEP_MS) {
		answered = town_answers(ctl, node) ? 0 : answered + 1;
		if (answered == 2)
			return true;
		town_sleep_ms(STEP_MS);
	}
	return false;
}
