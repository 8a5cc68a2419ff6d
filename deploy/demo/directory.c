/* The files of a year; touches the directory that it is given. */
#include "deploy/demo/directory.h"

#include <errno.h>
#include <stdio.h>
#include <sys/stat.h>

enum { PATH_BYTES = 4096, NAME_BYTES_MAX = 64 };

static FILE *open_file(const char *path, const char *name)
{
	char whole[PATH_BYTES];
	int n = snprintf(whole, sizeof(whole), "%s/%s", path, name);

	return n > 0 && n < PATH_BYTES ? fopen(whole, "we") : NULL;
}

static enum err open_department(
	struct directory *directory, const char *path, enum department department)
{
	char name[NAME_BYTES_MAX];

	for (int phase = 0; phase < PHASES; phase++) {
		snprintf(name, sizeof(name), "planning.%s.%d.ndjson", department_name(department),
			phase + 1);
		FILE *file = open_file(path, name);
		if (!file)
			return ERR_SYSTEM;
		lines_open_sorted(&directory->departments[department][phase], file);
	}
	return ERR_OK;
}

enum err directory_open(struct directory *directory, const char *path, const uint64_t *shuffle)
{
	enum err err = ERR_OK;

	*directory = (struct directory){.entrance = {.to = NULL}};
	if (mkdir(path, 0777) && errno != EEXIST)
		return ERR_SYSTEM;
	FILE *entrance = open_file(path, "inquiries.ndjson");
	if (!entrance)
		return ERR_SYSTEM;
	lines_open(&directory->entrance, entrance, shuffle);
	for (int i = 0; !err && i < DEPARTMENTS; i++)
		err = open_department(directory, path, (enum department)i);
	return err;
}

/* What was never opened is left alone. */
static enum err close_file(struct lines *lines)
{
	if (!lines->to)
		return ERR_OK;
	enum err err = lines_close(lines);
	if (fclose(lines->to) == EOF && !err)
		err = ERR_SYSTEM;
	return err;
}

enum err directory_close(struct directory *directory)
{
	enum err err = close_file(&directory->entrance);

	for (int i = 0; i < DEPARTMENTS; i++)
		for (int phase = 0; phase < PHASES; phase++) {
			enum err one = close_file(&directory->departments[i][phase]);
			err = err ? err : one;
		}
	return err;
}
