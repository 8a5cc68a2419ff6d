/* oneplan-man: makes a manual page out of its template, deploy/man/PROGRAM.SECTION.in, and the
 * tables of the programs: oneplan-man DIR PAGE. Reads the template, writes the page to standard
 * output. */
#include <stdio.h>
#include <string.h>

#include "deploy/man/man.h"

enum { LINE_BYTES = 4096, PATH_BYTES = 4096 };

static bool copy(const char *dir, const char *file, const char *page);

static bool fill_in(const char *dir, const char *name, const char *page)
{
	static const char include[] = "include ";
	size_t n = strlen(include);

	if (strncmp(name, include, n) == 0)
		return copy(dir, name + n, page);
	if (strcmp(name, "see") == 0) {
		man_see_daemons();
		return true;
	}
	return man_ctl(name) || man_settings(name) || man_diagnostics(name, page);
}

static bool copy(const char *dir, const char *file, const char *page)
{
	char path[PATH_BYTES], line[LINE_BYTES];
	bool good = true;

	snprintf(path, sizeof(path), "%s/%s", dir, file);
	FILE *in = fopen(path, "r");
	if (!in) {
		perror(path);
		return false;
	}
	while (good && fgets(line, sizeof(line), in)) {
		line[strcspn(line, "\n")] = '\0';
		if (line[0] != '@')
			puts(line);
		else
			good = fill_in(dir, line + 1, page);
		if (!good)
			fprintf(stderr, "%s: %s\n", path, line);
	}
	fclose(in);
	return good;
}

int main(int argc, char **argv)
{
	char file[256];

	if (argc != 3) {
		fprintf(stderr, "usage: oneplan-man DIR PAGE\n");
		return 2;
	}
	snprintf(file, sizeof(file), "%s.in", argv[2]);
	return copy(argv[1], file, argv[2]) && fflush(stdout) == 0 ? 0 : 1;
}
