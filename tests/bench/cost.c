/* Reads what a process has cost so far out of /proc. */
#include "tests/bench/cost.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static double line_of(const char *pid, const char *name)
{
	char path[64], line[128];
	double value = 0;

	snprintf(path, sizeof(path), "/proc/%s/io", pid);
	FILE *file = fopen(path, "re");
	while (file && fgets(line, sizeof(line), file))
		if (!strncmp(line, name, strlen(name)))
			value = strtod(line + strlen(name), NULL);
	if (file)
		fclose(file);
	return value;
}

static double cpu_us(const char *pid)
{
	unsigned long user = 0, system = 0;
	char path[64];

	snprintf(path, sizeof(path), "/proc/%s/stat", pid);
	FILE *file = fopen(path, "re");
	if (file) {
		if (fscanf(file, "%*d %*s %*c %*d %*d %*d %*d %*d %*u %*u %*u %*u %*u %lu %lu",
			    &user, &system) != 2)
			user = system = 0;
		fclose(file);
	}
	return (double)(user + system) * 1e6 / (double)sysconf(_SC_CLK_TCK);
}

struct cost cost_of(const char *pid)
{
	return (struct cost){cpu_us(pid), line_of(pid, "wchar: "), line_of(pid, "write_bytes: ")};
}
