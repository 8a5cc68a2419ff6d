/* Another master key for a node that is stopped. Touches keys.bin in its state directory and the
 * file of the master key.
 *
 * 1. keys.bin is opened by one of the two keys at any moment (keyring_rewrap).
 * 2. The new key's file takes the old one's place only when keys.bin is opened by it. */
#include <errno.h>
#include <fcntl.h>
#include <libgen.h>
#include <sodium.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "common/daemon_private.h"
#include "common/keyring.h"

static enum err failed(const char *path, const char *what, struct reason *reason)
{
	return reason_set(reason, ERR_SYSTEM, path, "cannot be %s: %s", what, strerror(errno));
}

static enum err read_new(const char *new_file, const char *old_file, uint8_t ret[MASTER_KEY_BYTES],
	struct reason *reason)
{
	struct stat new, old;
	enum err err = ERR_OK;

	if (access(new_file, F_OK) && errno == ENOENT)
		err = keyring_make_master(new_file, reason);
	if (!err)
		err = keyring_read_master(new_file, ret, reason);
	if (err)
		return err;
	if (stat(new_file, &new) || stat(old_file, &old))
		return failed(new_file, "looked at", reason);
	if (new.st_dev != old.st_dev)
		return reason_set(reason, ERR_INVALID, new_file,
			"must lie on the same file system as %s", old_file);
	if (new.st_ino == old.st_ino)
		return reason_set(reason, ERR_INVALID, new_file, "is the present master key");
	return ERR_OK;
}

/* True when an earlier call came so far already. */
static bool opens(const char *path, const uint8_t master[MASTER_KEY_BYTES])
{
	const struct random random = random_real();
	struct keyring *keyring = NULL;
	enum err err = keyring_open(path, master, &random, &keyring);

	keyring_close(keyring);
	return err == ERR_OK;
}

static enum err put_in_place(const char *new_file, const char *old_file, struct reason *reason)
{
	char *copy = strdup(old_file);
	int fd = copy ? open(dirname(copy), O_RDONLY | O_DIRECTORY | O_CLOEXEC) : -1;
	bool good = fd >= 0 && rename(new_file, old_file) == 0 && fsync(fd) == 0;
	enum err err = good ? ERR_OK : failed(old_file, "replaced", reason);

	if (fd >= 0)
		close(fd);
	free(copy);
	return err;
}

enum err daemon_change_master(
	const struct daemon_config *config, const char *new_file, struct reason *reason)
{
	uint8_t new[MASTER_KEY_BYTES], old[MASTER_KEY_BYTES];
	const struct random random = random_real();
	char path[4096];

	snprintf(path, sizeof(path), "%s/keys.bin", config->state);
	enum err err = keyring_read_master(config->master_key_file, old, reason);
	if (!err)
		err = read_new(new_file, config->master_key_file, new, reason);
	if (!err) {
		err = keyring_rewrap(path, old, new, &random);
		if (err == ERR_INVALID && opens(path, new))
			err = ERR_OK;
		if (err)
			err = reason_set(reason, err, path, "%s",
				err == ERR_INVALID ? "was made with another master key"
						   : err_sentence(err));
	}
	if (!err)
		err = put_in_place(new_file, config->master_key_file, reason);
	sodium_memzero(new, sizeof(new));
	sodium_memzero(old, sizeof(old));
	return err;
}
