/* Feeds a target with every input that is kept for it, tests/fuzz/corpus/NAME/. */
#ifndef TESTS_FUZZ_REPLAY_H
#define TESTS_FUZZ_REPLAY_H

#include <dirent.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>

#include <cmocka.h>

typedef int target_fn(const uint8_t *data, size_t n);

static inline size_t replay_file(const char *path, target_fn *target)
{
	FILE *file = fopen(path, "rb");
	uint8_t *data = malloc(1 << 20);

	assert_non_null(file);
	assert_non_null(data);
	size_t n = fread(data, 1, 1 << 20, file);
	uint8_t *exact = malloc(n ? n : 1); /* so that reading past its end is seen */
	assert_non_null(exact);
	memcpy(exact, data, n);
	target(exact, n);
	free(exact);
	free(data);
	fclose(file);
	return n;
}

static inline void replay(const char *name, target_fn *target)
{
	char path[512];
	unsigned files = 0;

	snprintf(path, sizeof(path), "tests/fuzz/corpus/%s", name);
	DIR *dir = opendir(path);
	assert_non_null(dir);
	for (const struct dirent *entry; (entry = readdir(dir)) != NULL;) {
		if (entry->d_name[0] == '.')
			continue;
		snprintf(path, sizeof(path), "tests/fuzz/corpus/%s/%s", name, entry->d_name);
		replay_file(path, target);
		files++;
	}
	closedir(dir);
	target((const uint8_t *)"", 0);
	assert_true(files >= 3);
}

#endif
