/* Loaded before a daemon (LD_PRELOAD), this makes its wall clock differ by as many milliseconds as
 * the file SHIFT_FILE says: a 64-bit number, read at each look at the clock, so that it may change
 * meanwhile. The steady clock stays. */
#include <dlfcn.h>
#include <fcntl.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/time.h>
#include <time.h>
#include <unistd.h>

static volatile int64_t *shift_ms;
static int (*real_clock_gettime)(clockid_t, struct timespec *);

static void find_real(void)
{
	void *found = dlsym(RTLD_NEXT, "clock_gettime");

	memcpy(&real_clock_gettime, &found, sizeof(found));
}

__attribute__((constructor)) static void begin(void)
{
	const char *file = getenv("SHIFT_FILE");

	find_real();
	if (!file)
		return;
	int fd = open(file, O_RDONLY | O_CLOEXEC);
	void *p = fd < 0 ? MAP_FAILED : mmap(NULL, sizeof(*shift_ms), PROT_READ, MAP_SHARED, fd, 0);
	if (p == MAP_FAILED)
		abort();
	close(fd);
	shift_ms = p;
}

int clock_gettime(clockid_t id, struct timespec *ret)
{
	if (!real_clock_gettime)
		find_real();
	int failed = real_clock_gettime(id, ret);
	if (failed || !shift_ms || (id != CLOCK_REALTIME && id != CLOCK_REALTIME_COARSE))
		return failed;
	int64_t ms = ret->tv_sec * 1000 + ret->tv_nsec / 1000000 + *shift_ms;
	ret->tv_sec = ms / 1000;
	ret->tv_nsec = ms % 1000 * 1000000 + ret->tv_nsec % 1000000;
	return 0;
}

int gettimeofday(struct timeval *restrict ret, void *restrict zone)
{
	struct timespec now;
	int failed = clock_gettime(CLOCK_REALTIME, &now);

	(void)zone;
	ret->tv_sec = now.tv_sec;
	ret->tv_usec = now.tv_nsec / 1000;
	return failed;
}

time_t time(time_t *ret)
{
	struct timespec now;

	if (clock_gettime(CLOCK_REALTIME, &now))
		return -1;
	if (ret)
		*ret = now.tv_sec;
	return now.tv_sec;
}
