/* What this process uses of its machine. Reads /proc/self. */
#include "common/process.h"

#include <dirent.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <time.h>
#include <unistd.h>

static bool read_file(const char *path, char *ret, size_t size)
{
	FILE *file = fopen(path, "re");

	if (!file)
		return false;
	size_t n = fread(ret, 1, size - 1, file);
	ret[n] = '\0';
	fclose(file);
	return n > 0;
}

/* proc(5): resident and, of it, backed by a file or shared, in pages. */
static bool read_memory(struct process_use *ret)
{
	int64_t page = sysconf(_SC_PAGESIZE);
	long long resident, shared;
	char text[256];

	if (!read_file("/proc/self/statm", text, sizeof(text)) ||
		sscanf(text, "%*d %lld %lld", &resident, &shared) != 2)
		return false;
	ret->resident_bytes = resident * page;
	ret->private_bytes = (resident - shared) * page;
	return true;
}

/* proc(5): field 22, in clock ticks since the machine started. */
static bool read_start(struct process_use *ret)
{
	char text[1024];
	struct timespec now, up;
	unsigned long long ticks;

	if (!read_file("/proc/self/stat", text, sizeof(text)))
		return false;
	const char *behind_name = strrchr(text, ')');
	if (!behind_name ||
		sscanf(behind_name + 1,
			"%*s %*d %*d %*d %*d %*d %*u %*u %*u %*u %*u %*u %*u %*d %*d %*d %*d %*d "
			"%*d %llu",
			&ticks) != 1)
		return false;
	clock_gettime(CLOCK_REALTIME, &now);
	clock_gettime(CLOCK_BOOTTIME, &up);
	double booted = (double)(now.tv_sec - up.tv_sec) + (double)(now.tv_nsec - up.tv_nsec) / 1e9;
	ret->started = booted + (double)ticks / (double)sysconf(_SC_CLK_TCK);
	return true;
}

static bool count_fds(struct process_use *ret)
{
	DIR *dir = opendir("/proc/self/fd");

	if (!dir)
		return false;
	ret->open_fds = -1; /* the one of this directory */
	for (const struct dirent *entry; (entry = readdir(dir)) != NULL;)
		ret->open_fds += entry->d_name[0] != '.';
	closedir(dir);
	return true;
}

enum err process_use(struct process_use *ret)
{
	struct rusage usage;

	*ret = (struct process_use){0};
	if (getrusage(RUSAGE_SELF, &usage) || !read_memory(ret) || !read_start(ret) ||
		!count_fds(ret))
		return ERR_SYSTEM;
	ret->cpu_us = (int64_t)(usage.ru_utime.tv_sec + usage.ru_stime.tv_sec) * 1000000 +
		      usage.ru_utime.tv_usec + usage.ru_stime.tv_usec;
	return ERR_OK;
}
