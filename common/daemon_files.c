/* The files of a daemon's state, and whether they belong together. Touches the state directory: db/
 * through the store, keys.bin through the keyring. */
#include <errno.h>
#include <fcntl.h>
#include <sodium.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "common/daemon_private.h"

/* A directory is only there for good once the one above it was flushed; it may have been made by a
 * process that was killed before that. */
static enum err make_state_dir(const char *dir, struct reason *reason)
{
	bool made = mkdir(dir, 0700) == 0;

	if (!made && errno != EEXIST)
		return reason_set(reason, ERR_SYSTEM, dir, "cannot be made: %s", strerror(errno));
	int fd = open(dir, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	int above = fd < 0 ? -1 : openat(fd, "..", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	bool flushed = above >= 0 && fsync(above) == 0;
	int why = errno;
	if (fd >= 0)
		close(fd);
	if (above >= 0)
		close(above);
	/* one that was made for us may lie in a directory that we cannot read */
	if (flushed || (!made && fd >= 0 && above < 0))
		return ERR_OK;
	return reason_set(reason, ERR_SYSTEM, dir, "cannot be made to last: %s", strerror(why));
}

static bool has_content(const char *dir, const char *name)
{
	char path[4096];
	struct stat st;

	snprintf(path, sizeof(path), "%s/%s", dir, name);
	return stat(path, &st) == 0 && st.st_size > 0;
}

enum err daemon_open_store(struct daemon *daemon, struct reason *reason)
{
	const struct daemon_config *config = &daemon->config;
	const struct engine_options options = daemon_engine_options(daemon);
	const struct store_options store = {
		.map_bytes = (size_t)config->map_bytes, .grow_bytes = daemon->grow_bytes};
	char path[4096];
	size_t n;

	enum err err = make_state_dir(config->state, reason);
	/* the keys are made after the database: without it they are the rest of a state */
	if (!err && has_content(config->state, "keys.bin") &&
		!has_content(config->state, "db/data.mdb"))
		err = reason_set(reason, ERR_CORRUPT, config->state,
			"has data keys (keys.bin) but no database (db/data.mdb)");
	if (err)
		return err;
	snprintf(path, sizeof(path), "%s/db", config->state);
	struct tree *trees = engine_trees(&options, &n);
	err = trees ? store_open_lmdb(path, trees, n, &store, &daemon->store, reason)
		    : ERR_NO_MEMORY;
	engine_trees_free(trees, n);
	return err;
}

enum err daemon_open_files(struct daemon *daemon, struct reason *reason)
{
	const struct daemon_config *config = &daemon->config;
	const struct engine_options options = daemon_engine_options(daemon);
	uint8_t master[MASTER_KEY_BYTES];
	char path[4096];

	enum err err = keyring_read_master(config->master_key_file, master, reason);
	if (!err)
		err = daemon_open_store(daemon, reason);
	if (err)
		return err;
	snprintf(path, sizeof(path), "%s/keys.bin", config->state);
	err = keyring_open(path, master, &options.random, &daemon->keyring);
	sodium_memzero(master, sizeof(master));
	if (err)
		return reason_set(reason, err, path, "%s",
			err == ERR_INVALID ? "was made with another master key"
					   : err_sentence(err));
	return ERR_OK;
}
