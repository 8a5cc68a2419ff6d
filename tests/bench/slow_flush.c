/* Loaded before a daemon (LD_PRELOAD), this makes every flush take FLUSH_MS longer, as on a slower
 * disk: fdatasync, fsync, msync, and writes through a descriptor that was opened with O_DSYNC (the
 * second flush of an LMDB commit). Touches no disk itself. */
#include <dlfcn.h>
#include <fcntl.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <time.h>
#include <unistd.h>

#define REAL(name_) \
	(*(void **)&real_##name_ ? 0 : (*(void **)&real_##name_ = dlsym(RTLD_NEXT, #name_), 0))

static int (*real_fdatasync)(int);
static int (*real_fsync)(int);
static int (*real_msync)(void *, size_t, int);
static ssize_t (*real_pwrite)(int, const void *, size_t, off_t);

static void be_slow(void)
{
	const char *ms = getenv("FLUSH_MS");
	long us = ms ? (long)(strtod(ms, NULL) * 1000) : 0;
	struct timespec left = {us / 1000000, us % 1000000 * 1000};

	while (us && nanosleep(&left, &left))
		continue;
}

int fdatasync(int fd)
{
	REAL(fdatasync);
	be_slow();
	return real_fdatasync(fd);
}

int fsync(int fd)
{
	REAL(fsync);
	be_slow();
	return real_fsync(fd);
}

int msync(void *p, size_t n, int flags)
{
	REAL(msync);
	be_slow();
	return real_msync(p, n, flags);
}

ssize_t pwrite(int fd, const void *p, size_t n, off_t at)
{
	REAL(pwrite);
	int flags = fcntl(fd, F_GETFL);
	if (flags >= 0 && (flags & O_DSYNC))
		be_slow();
	return real_pwrite(fd, p, n, at);
}

ssize_t pwrite64(int fd, const void *p, size_t n, off_t at) __attribute__((alias("pwrite")));
