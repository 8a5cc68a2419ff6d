/* A node anew, from the journal that an archive kept and from its own data keys: a database is made
 * beside where it will be, and put there when it is whole. Touches the state directory; no socket.
 */
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "common/daemon_private.h"
#include "common/journal_file.h"

static const char unfinished[] = "db.unfinished";

static enum err fail(const char *path, const char *what, struct reason *reason)
{
	return reason_set(reason, ERR_SYSTEM, path, "cannot be %s: %s", what, strerror(errno));
}

static bool is_there(int state, const char *name)
{
	struct stat st;

	return fstatat(state, name, &st, AT_SYMLINK_NOFOLLOW) == 0;
}

static bool has_content(int state, const char *name)
{
	struct stat st;

	return fstatat(state, name, &st, 0) == 0 && st.st_size > 0;
}

/* Nothing is overwritten, and what the keys are is not guessed. */
static enum err check_state(int state, const char *dir, struct reason *reason)
{
	if (is_there(state, "db"))
		return reason_set(reason, ERR_CONFLICT, dir,
			"has a database: a node is rebuilt where there is none");
	if (!has_content(state, "keys.bin"))
		return reason_set(reason, ERR_NOT_FOUND, dir,
			"has no data keys: put the node's own keys.bin there first, from its "
			"backup");
	return ERR_OK;
}

/* The rest of an attempt that was broken off. */
static enum err remove_unfinished(int state, struct reason *reason)
{
	int fd = openat(state, unfinished, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
	DIR *dir = fd < 0 ? NULL : fdopendir(fd);

	if (!dir)
		return errno == ENOENT ? ERR_OK : fail(unfinished, "opened", reason);
	for (const struct dirent *entry; (entry = readdir(dir)) != NULL;)
		if (strcmp(entry->d_name, ".") != 0 && strcmp(entry->d_name, "..") != 0)
			(void)unlinkat(fd, entry->d_name, 0);
	closedir(dir);
	return unlinkat(state, unfinished, AT_REMOVEDIR) ? fail(unfinished, "removed", reason)
							 : ERR_OK;
}

static enum err fill(struct daemon *daemon, const struct restore_order *order, struct rebuilt *ret,
	struct reason *reason)
{
	struct node_restored why = {.from = text_of(order->dir),
		.epoch = 1, /* until it is known */
		.by = text_of(order->by),
		.reason = text_of(order->reason)};
	struct journal_file *file;
	char path[4096];
	enum err err = journal_file_open(order->dir, &file, reason);

	if (err)
		return err;
	err = schema_check(schema_node_restored(), &why, reason);
	if (!err)
		err = daemon_open_keys(daemon, daemon->config.state, reason);
	snprintf(path, sizeof(path), "%s/%s", daemon->config.state, unfinished);
	if (!err)
		err = daemon_open_store(daemon, path, FILES_USE, reason);
	if (!err) {
		const struct engine_options options = daemon_engine_options(daemon);
		err = engine_rebuild(&(struct rebuilding){&options, file, &why}, ret, reason);
	}
	journal_file_close(file);
	return err;
}

/* From here on it is the node's state. */
static enum err put_there(struct daemon *daemon, int state, struct reason *reason)
{
	store_close(daemon->store);
	daemon->store = NULL;
	if (renameat(state, unfinished, state, "db") || fsync(state))
		return fail(unfinished, "put there", reason);
	return ERR_OK;
}

static void tell(const struct rebuilt *rebuilt)
{
	if (rebuilt->missing)
		log_event(LOG_WARNING,
			"keys.bin is older than the journal: some personal texts are lost",
			LOG_INT("texts", rebuilt->missing));
	log_event(LOG_INFO, "rebuilt from its journal", LOG_INT("head", rebuilt->head),
		LOG_INT("epoch", rebuilt->epoch));
}

static enum err rebuild(
	struct daemon *daemon, const struct restore_order *order, struct reason *reason)
{
	int state = daemon->state_fd;
	struct rebuilt rebuilt;

	if (daemon->program->service->keeps_stored)
		return reason_set(reason, ERR_INVALID, "", "an archive fills itself by following");
	enum err err = check_state(state, daemon->config.state, reason);
	if (!err)
		err = remove_unfinished(state, reason);
	if (!err)
		err = fill(daemon, order, &rebuilt, reason);
	if (!err)
		err = put_there(daemon, state, reason);
	if (!err)
		tell(&rebuilt);
	return err;
}

int daemon_rebuild(struct daemon *daemon, const struct restore_order *order)
{
	struct reason reason = {0};

	if (!rebuild(daemon, order, &reason))
		return DAEMON_STOPPED;
	log_event(LOG_ERROR, "not rebuilt", LOG_TEXT("field", reason.field),
		LOG_TEXT("rule", reason.rule));
	return DAEMON_UNAVAILABLE;
}
