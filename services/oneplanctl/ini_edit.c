/* Changes single lines of settings files. Reads and writes the file that it is given. */
#include "services/oneplanctl/ini_edit.h"

#include <errno.h>
#include <fcntl.h>
#include <libgen.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

enum { FILE_BYTES = 1024 * 1024 };

/* ---- lines ----------------------------------------------------------------------------------- */

struct line {
	const char *at;
	size_t n; /* without its end */
	bool ended;
};

static const char *next_line(const char *at, struct line *ret)
{
	size_t n = strcspn(at, "\n");

	*ret = (struct line){at, n, at[n] == '\n'};
	return at + n + ret->ended;
}

static size_t blanks(const struct line *line)
{
	return strspn(line->at, " \t") < line->n ? strspn(line->at, " \t") : line->n;
}

static bool is_section(const struct line *line)
{
	return line->n && line->at[0] == '[';
}

static bool opens(const struct line *line, const char *section)
{
	size_t n = strlen(section);

	return line->n >= n + 2 && line->at[0] == '[' && !strncmp(line->at + 1, section, n) &&
	       line->at[n + 1] == ']';
}

/* The value's place in the line; 0: another key, or none. */
static size_t value_of(const struct line *line, const char *key)
{
	size_t at = blanks(line), n = strlen(key);

	if (line->n - at <= n || strncmp(line->at + at, key, n) != 0)
		return 0;
	at += n;
	at += strspn(line->at + at, " \t");
	if (at >= line->n || line->at[at] != '=')
		return 0;
	at++;
	return at + strspn(line->at + at, " \t");
}

/* ---- changing -------------------------------------------------------------------------------- */

static void add(struct buffer *out, const char *text, size_t n)
{
	buffer_add(out, text, n);
}

static void add_key(struct buffer *out, const struct ini_change *change)
{
	add(out, change->key, strlen(change->key));
	add(out, " = ", 3);
	add(out, change->value, strlen(change->value));
	add(out, "\n", 1);
}

struct editing {
	const struct ini_change *change;
	struct buffer out;
	size_t end; /* of the section's last line that is not blank, in out */
	bool inside;
	bool done; /* the key was met */
	bool changed;
};

/* What comes behind the section's last line moves down for the new one. */
static void leave_section(struct editing *e)
{
	const struct ini_change *change = e->change;
	char behind[4096];
	size_t n = e->out.n - e->end;

	if (!e->inside || !change->key || !change->value || e->done || n > sizeof(behind))
		return;
	memcpy(behind, e->out.p + e->end, n);
	e->out.n = e->end;
	add_key(&e->out, change);
	add(&e->out, behind, n);
	e->done = e->changed = true;
}

static void take_line(struct editing *e, const struct line *line)
{
	const struct ini_change *change = e->change;
	size_t value = 0;

	if (is_section(line)) {
		leave_section(e);
		e->inside = opens(line, change->section);
	}
	if (e->inside && !change->key) {
		e->changed = true;
		return;
	}
	if (e->inside && change->key && !is_section(line))
		value = value_of(line, change->key);
	if (value && (!change->value || e->done)) {
		e->changed = true;
		return;
	}
	if (value) {
		e->done = true;
		e->changed |= strlen(change->value) != line->n - value ||
			      strncmp(line->at + value, change->value, line->n - value) != 0;
		add_key(&e->out, change);
	} else {
		add(&e->out, line->at, line->n);
		add(&e->out, "\n", 1);
	}
	if (blanks(line) < line->n)
		e->end = e->out.n;
}

const char *ini_change(struct arena *arena, const char *text, const struct ini_change *change)
{
	struct editing e = {.change = change};
	const char *copy = NULL;
	struct line line;

	buffer_init(&e.out, FILE_BYTES);
	for (const char *at = text; *at;) {
		at = next_line(at, &line);
		take_line(&e, &line);
	}
	leave_section(&e);
	if (!e.changed)
		copy = text;
	else if (!e.out.failed)
		copy = arena_copy(arena, (const char *)e.out.p, e.out.n);
	buffer_done(&e.out);
	return copy;
}

const char *ini_value(struct arena *arena, const char *text, const char *section, const char *key)
{
	bool inside = false;
	struct line line;

	for (const char *at = text; *at;) {
		at = next_line(at, &line);
		if (is_section(&line))
			inside = opens(&line, section);
		size_t value = inside && !is_section(&line) ? value_of(&line, key) : 0;
		if (value)
			return arena_copy(arena, line.at + value, line.n - value);
	}
	return NULL;
}

/* ---- files ----------------------------------------------------------------------------------- */

static enum err failed(const char *path, const char *what, struct reason *reason)
{
	return reason_set(reason, errno == ENOENT ? ERR_NOT_FOUND : ERR_SYSTEM, path,
		"cannot be %s: %s", what, strerror(errno));
}

enum err ini_read(const char *path, struct arena *arena, const char **ret, struct reason *reason)
{
	int fd = open(path, O_RDONLY | O_CLOEXEC);
	struct stat st = {0};
	char *text = NULL;
	ssize_t n = -1;

	if (fd >= 0 && fstat(fd, &st) == 0 && st.st_size < FILE_BYTES)
		text = arena_alloc(arena, (size_t)st.st_size + 1);
	if (text)
		n = read(fd, text, (size_t)st.st_size);
	enum err err = n >= 0 ? ERR_OK
		       : st.st_size >= FILE_BYTES
			       ? reason_set(reason, ERR_LIMIT, path, "is too large")
			       : failed(path, "read", reason);
	if (fd >= 0)
		close(fd);
	if (!err)
		text[n] = '\0';
	*ret = text;
	return err;
}

static bool flush_dir(const char *path)
{
	char *copy = strdup(path);
	int fd = copy ? open(dirname(copy), O_RDONLY | O_DIRECTORY | O_CLOEXEC) : -1;
	bool good = fd >= 0 && fsync(fd) == 0;

	if (fd >= 0)
		close(fd);
	free(copy);
	return good;
}

/* A daemon that runs as somebody else goes on reading what root has changed. */
static bool keep_owner(int fd, const char *path)
{
	struct stat st;

	if (stat(path, &st))
		return errno == ENOENT;
	return (geteuid() != 0 || fchown(fd, st.st_uid, st.st_gid) == 0) &&
	       fchmod(fd, st.st_mode & 07777) == 0;
}

enum err ini_write(const char *path, const char *text, struct reason *reason)
{
	size_t n = strlen(text);
	char beside[4096];

	if ((size_t)snprintf(beside, sizeof(beside), "%s.new", path) >= sizeof(beside))
		return reason_set(reason, ERR_LIMIT, path, "is too long a path");
	int fd = open(beside, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);
	bool good = fd >= 0 && keep_owner(fd, path) && write(fd, text, n) == (ssize_t)n &&
		    fsync(fd) == 0;
	if (fd >= 0)
		good = close(fd) == 0 && good;
	if (!good || rename(beside, path) || !flush_dir(path))
		return failed(path, "written", reason);
	return ERR_OK;
}
