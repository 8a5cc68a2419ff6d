/* Loaded before a daemon (LD_PRELOAD), this makes every flush fail with EIO from the BAD_FLUSH-th
 * on, or from the moment on at which the file named by BAD_FLUSH_FILE exists. Touches no disk
 * itself. */
#include <dlfcn.h>
#include <errno.h>
#include <stdlib.h>
#include <unistd.h>

int fdatasync(int fd);

int fdatasync(int fd)
{
	static int (*real)(int);
	const char *file = getenv("BAD_FLUSH_FILE");

	if (!real) {
		union {
			void *object;
			int (*function)(int);
		} found = {dlsym(RTLD_NEXT, "fdatasync")};
		real = found.function;
	}
	if (file && access(file, F_OK) == 0) {
		errno = EIO;
		return -1;
	}
	return real ? real(fd) : -1;
}
