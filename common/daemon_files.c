/* The directory of a node's state: its lock, and the database and keyring in it or in a copy of it.
 * Touches that directory. */
#include <errno.h>
#include <fcntl.h>
#include <sodium.h>
#include <stdio.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include "common/daemon_private.h"

/* A directory is only there for good once the one above it was flushed; it may have been made by a
 * process that was killed before that. */
static enum err make_state_dir(const char *dir, int *ret_fd, struct reason *reason)
{
	bool made = mkdir(dir, 0700) == 0;

	if (!made && errno != EEXIST)
		return reason_set(reason, ERR_SYSTEM, dir, "cannot be made: %s", strerror(errno));
	int fd = *ret_fd = open(dir, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	int above = fd < 0 ? -1 : openat(fd, "..", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	bool flushed = above >= 0 && fsync(above) == 0;
	int why = errno;
	if (above >= 0)
		close(above);
	/* one that was made for us may lie in a directory that we cannot read */
	if (flushed || (!made && fd >= 0 && above < 0))
		return ERR_OK;
	return reason_set(reason, ERR_SYSTEM, dir, "cannot be made to last: %s", strerror(why));
}

enum { LOCK_TRIES = 20, LOCK_PAUSE_US = 50000 };

enum err daemon_lock_state(struct daemon *daemon, struct reason *reason)
{
	const char *dir = daemon->config.state;
	enum err err = make_state_dir(dir, &daemon->state_fd, reason);
	int why = 0;

	if (err)
		return err;
	/* One that was killed a moment ago may still hold it: the kernel clears up behind it. */
	for (int tries = 0; tries < LOCK_TRIES; tries++) {
		if (flock(daemon->state_fd, LOCK_EX | LOCK_NB) == 0)
			return ERR_OK;
		why = errno;
		if (why != EWOULDBLOCK)
			break;
		usleep(LOCK_PAUSE_US);
	}
	return reason_set(reason, why == EWOULDBLOCK ? ERR_CONFLICT : ERR_SYSTEM, dir, "%s",
		why == EWOULDBLOCK ? "is in use: the node is running" : "cannot be locked");
}

static bool has_content(const char *dir, const char *name)
{
	char path[4096];
	struct stat st;

	snprintf(path, sizeof(path), "%s/%s", dir, name);
	return stat(path, &st) == 0 && st.st_size > 0;
}

enum err daemon_open_store(
	struct daemon *daemon, const char *path, enum files_use use, struct reason *reason)
{
	const struct engine_options options = daemon_engine_options(daemon);
	const struct store_options how = {.read_only = use == FILES_LOOK,
		.map_bytes = (size_t)daemon->config.map_bytes,
		.grow_bytes = daemon->grow_bytes};
	size_t n;
	struct tree *trees = engine_trees(&options, &n);
	enum err err = trees ? store_open_lmdb(path, trees, n, &how, &daemon->store, reason)
			     : ERR_NO_MEMORY;
	engine_trees_free(trees, n);
	return err;
}

static enum err open_store(
	struct daemon *daemon, const char *dir, enum files_use use, struct reason *reason)
{
	char path[4096];

	/* the keys are made after the database: without it they are the rest of a state */
	if (has_content(dir, STATE_KEYS) && !has_content(dir, STATE_DATA))
		return reason_set(reason, ERR_CORRUPT, dir,
			"has data keys (" STATE_KEYS ") but no database (" STATE_DATA ")");
	snprintf(path, sizeof(path), "%s/db", dir);
	return daemon_open_store(daemon, path, use, reason);
}

enum err daemon_open_keys(struct daemon *daemon, const char *dir, struct reason *reason)
{
	uint8_t master[MASTER_KEY_BYTES];
	char path[4096];
	enum err err = keyring_read_master(daemon->config.master_key_file, master, reason);

	if (err)
		return err;
	snprintf(path, sizeof(path), "%s/" STATE_KEYS, dir);
	err = keyring_open(path, master, &daemon->random, &daemon->keyring);
	sodium_memzero(master, sizeof(master));
	if (err)
		return reason_set(reason, err, path, "%s",
			err == ERR_INVALID ? "was made with another master key"
					   : err_sentence(err));
	return ERR_OK;
}

enum err daemon_open_files(
	struct daemon *daemon, const char *dir, enum files_use use, struct reason *reason)
{
	uint8_t master[MASTER_KEY_BYTES];
	/* before a database is made, too */
	enum err err = keyring_read_master(daemon->config.master_key_file, master, reason);

	sodium_memzero(master, sizeof(master));
	if (!err)
		err = open_store(daemon, dir, use, reason);
	return err ? err : daemon_open_keys(daemon, dir, reason);
}

void daemon_close_files(struct daemon *daemon)
{
	keyring_close(daemon->keyring);
	if (daemon->store)
		store_close(daemon->store);
	daemon->keyring = NULL;
	daemon->store = NULL;
}
