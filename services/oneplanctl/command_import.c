/* The command `import`: opens the file and the file of refused lines, runs the import, and sums it
 * up. */
#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "services/oneplanctl/import.h"

enum { WINDOW = 256, WINDOW_MAX = 4096, PATIENCE_MS = 60000 };

static enum err open_input(struct import *import, const char *path, int *ret, struct reason *reason)
{
	bool standard = strcmp(path, "-") == 0;
	struct stat st;

	*ret = standard ? STDIN_FILENO : open(path, O_RDONLY | O_CLOEXEC);
	if (*ret < 0)
		return reason_set(reason, errno == ENOENT ? ERR_NOT_FOUND : ERR_SYSTEM, path,
			"cannot be read: %s", strerror(errno));
	if (fstat(*ret, &st) == 0 && S_ISREG(st.st_mode))
		import->progress.bytes = st.st_size;
	if (lines_init(&import->lines, *ret))
		return reason_set(reason, ERR_NO_MEMORY, "", "out of memory");
	return ERR_OK;
}

/* Refused lines are as private as the file they came from. */
static enum err open_rejects(struct import *import, const char *path, struct reason *reason)
{
	int fd = path ? open(path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600) : -1;

	if (!path)
		return ERR_OK;
	import->rejects = fd < 0 ? NULL : fdopen(fd, "w");
	if (!import->rejects)
		return reason_set(reason, ERR_SYSTEM, path, "cannot be made: %s", strerror(errno));
	return ERR_OK;
}

static enum err set_up(
	struct import *import, const struct arguments *arguments, struct reason *reason)
{
	int64_t window = WINDOW;
	enum err err = argument_count(arguments, "window", &window, reason);

	import->patience_ms = PATIENCE_MS;
	if (!err)
		err = argument_ms(arguments, "patience", &import->patience_ms, reason);
	if (!err && (window < 1 || window > WINDOW_MAX))
		err = reason_set(
			reason, ERR_INVALID, "--window", "must be from 1 to %d", WINDOW_MAX);
	if (!err)
		err = ctl_find_node(import->ctl, arguments->words[0], &import->node, reason);
	if (!err && window_init(&import->window, (size_t)window))
		err = reason_set(reason, ERR_NO_MEMORY, "", "out of memory");
	return err ? err : open_rejects(import, argument_text(arguments, "rejects"), reason);
}

static void print_counts(const struct import *import)
{
	const struct ctl_imported *counts = &import->counts;

	printf("lines          %lld\nimported       %lld\nalready there  %lld\nrefused        "
	       "%lld\n",
		(long long)counts->lines, (long long)counts->imported,
		(long long)counts->already_there, (long long)counts->refused);
	printf("seconds        %.1f\n", (double)counts->ms / 1000);
}

static int sum_up(struct import *import)
{
	struct ctl_imported *counts = &import->counts;
	const struct failure failure = {.node = import->node->name,
		.reason = &import->reason,
		.code = import->reason.code == ERR_SYSTEM ? CTL_SYSTEM : CTL_DONE};
	struct ctl_failure why = {.node = text_of(import->node->name),
		.error = text_of(err_word(import->reason.code)),
		.field = text_of(import->reason.field),
		.rule = text_of(import->reason.rule)};
	bool json = import->ctl->json;
	int code = counts->refused ? CTL_REFUSED : CTL_DONE;

	if (import->failed) {
		import->ctl->json = false; /* there is one document, with the counts in it */
		code = ctl_fail(import->ctl, &failure);
		import->ctl->json = json;
		counts->failure = &why;
		fprintf(stderr, "oneplanctl: run it again: what is there already stays as it is\n");
	}
	if (json)
		(void)ctl_print_record(import->ctl, schema_ctl_imported(), counts);
	else
		print_counts(import);
	return code;
}

static void choose_progress(struct import *import)
{
	import->progress.terminal = isatty(STDERR_FILENO);
	import->progress.out = stderr;
}

int command_import(struct ctl *ctl, const struct arguments *arguments)
{
	struct import import = {.ctl = ctl, .clock = clock_real()};
	struct reason reason = {0};
	int fd = -1, code;

	ctl->connect_ms = ASK_QUICKLY_MS;
	choose_progress(&import);
	enum err err = set_up(&import, arguments, &reason);
	if (!err)
		err = open_input(&import, arguments->words[1], &fd, &reason);
	if (err)
		code = ctl_fail_here(ctl, &reason);
	else {
		import_run(&import);
		if (import.rejects && fflush(import.rejects) && !import.failed) {
			(void)reason_set(
				&import.reason, ERR_SYSTEM, "--rejects", "%s", strerror(errno));
			import.failed = true;
		}
		code = sum_up(&import);
	}
	if (import.rejects)
		fclose(import.rejects);
	if (fd > STDIN_FILENO)
		close(fd);
	lines_done(&import.lines);
	window_done(&import.window);
	return code;
}
