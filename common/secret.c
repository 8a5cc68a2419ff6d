/* Finds and opens files that hold a secret. Looks at $CREDENTIALS_DIRECTORY and at the file itself.
 */
#include "common/secret.h"

#include <errno.h>
#include <fcntl.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

static const char *credentials(void)
{
	const char *dir = getenv("CREDENTIALS_DIRECTORY");

	return dir && dir[0] == '/' ? dir : NULL;
}

static bool is_credential(const char *path)
{
	const char *dir = credentials();
	size_t n = dir ? strlen(dir) : 0;

	return dir && strncmp(path, dir, n) == 0 && path[n] == '/' && !strchr(path + n + 1, '/');
}

void secret_path(const char *dir, const char *path, char ret[SECRET_PATH_BYTES])
{
	const char *slash = strrchr(path, '/'), *name = slash ? slash + 1 : path;
	const char *handed_over = credentials();

	ret[0] = '\0';
	if (!*path)
		return;
	if (handed_over) {
		snprintf(ret, SECRET_PATH_BYTES, "%s/%s", handed_over, name);
		if (access(ret, F_OK) == 0)
			return;
	}
	snprintf(ret, SECRET_PATH_BYTES, "%s%s%s", path[0] == '/' ? "" : dir,
		path[0] == '/' ? "" : "/", path);
}

enum err secret_open(const char *path, int *ret_fd, struct reason *reason)
{
	int fd = open(path, O_RDONLY | O_CLOEXEC);
	struct stat st;

	*ret_fd = -1;
	if (fd < 0 || fstat(fd, &st)) {
		int why = errno;
		if (fd >= 0)
			close(fd);
		return reason_set(reason, ERR_SYSTEM, path, "cannot be read: %s", strerror(why));
	}
	if (st.st_mode & 077 && !is_credential(path)) {
		close(fd);
		return reason_set(
			reason, ERR_INVALID, path, "must be readable by its owner only (0600)");
	}
	*ret_fd = fd;
	return ERR_OK;
}
