/* Crash states out of a recorded log (crash_log.h). Reads the log, writes files into a directory of
 * its own. */
#include "tests/campaign/crash_log.h"

#include <fcntl.h>
#include <ftw.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#define IMAGE_BYTES ((size_t)1 << 30)

_Noreturn static void fail(const char *what, const char *which)
{
	fprintf(stderr, "crash_log: %s: %s\n", what, which);
	exit(2);
}

uint64_t crash_random(uint64_t *random, uint64_t n)
{
	uint64_t z = *random += 0x9e3779b97f4a7c15U;

	z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9U;
	z = (z ^ (z >> 27)) * 0x94d049bb133111ebU;
	return n ? (z ^ (z >> 31)) % n : 0;
}

static void *grown(void *p, size_t bytes)
{
	p = realloc(p, bytes);
	if (!p)
		fail("memory is out", "");
	return p;
}

void crash_log_open(struct crash_log *log, const char *path)
{
	struct stat st;
	int fd = open(path, O_RDONLY | O_CLOEXEC);

	if (fd < 0 || fstat(fd, &st) || st.st_size == 0)
		fail("no log", path);
	log->bytes = (size_t)st.st_size;
	log->p = mmap(NULL, log->bytes, PROT_READ, MAP_PRIVATE, fd, 0);
	close(fd);
	if (log->p == MAP_FAILED)
		fail("cannot be read", path);
	for (size_t at = 0, cap = 0; at < log->bytes; log->n++) {
		struct io_event event;
		memcpy(&event, log->p + at, sizeof(event));
		if (event.magic != IO_MAGIC || event.kind == IO_OTHER)
			fail(event.magic == IO_MAGIC ? "the daemon did what is not modelled"
						     : "not a log",
				path);
		if (log->n == cap) {
			cap = cap ? 2 * cap : 4096;
			log->events = grown(log->events, cap * sizeof(log->events[0]));
		}
		log->events[log->n] = log->p + at;
		at += sizeof(event) + event.bytes;
	}
}

struct io_event crash_log_event(const struct crash_log *log, size_t i, const uint8_t **ret_data)
{
	struct io_event event;
	const uint8_t *p = log->events[i];

	memcpy(&event, p, sizeof(event));
	*ret_data = p + sizeof(event);
	return event;
}

/* ---- what is durable ---------------------------------------------------------------------------
 */

static struct crash_file *file_named(struct crash_log *log, const uint8_t *path, size_t n)
{
	size_t i = 0;

	while (i < log->n_files &&
		(strlen(log->files[i].path) != n || memcmp(log->files[i].path, path, n) != 0))
		i++;
	if (i == IO_FILES || n >= IO_PATH)
		fail("too many files", "");
	if (i == log->n_files)
		memcpy(log->files[log->n_files++].path, path, n);
	return &log->files[i];
}

static void take_name(struct crash_log *log, const struct io_event *event, const uint8_t *path)
{
	struct crash_file *file = file_named(log, path, event->bytes);

	log->number_of[event->file] = (int)(file - log->files);
	file->dir = event->offset == IO_DIR || event->offset == IO_NEW_DIR;
	if (!file->there) /* what was there before the recording began is durable */
		file->named = event->offset == IO_OLD || event->offset == IO_DIR;
	file->there = true;
}

/* Only what is written to becomes memory, so that a child process is cheap. */
static void set_size(struct crash_file *file, size_t size)
{
	if (!file->image) {
		file->image = mmap(NULL, IMAGE_BYTES, PROT_READ | PROT_WRITE,
			MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
		if (file->image == MAP_FAILED)
			fail("memory is out", file->path);
	}
	if (size > IMAGE_BYTES)
		fail("is too large", file->path);
	if (size < file->used) {
		memset(file->image + size, 0, file->used - size);
		file->used = size;
	}
	file->size = size;
}

static void settle(struct crash_file *file, const struct io_event *event, const uint8_t *data)
{
	size_t end = event->offset + event->bytes;

	if (event->kind == IO_SIZE)
		set_size(file, event->offset);
	else if (end > file->size)
		set_size(file, end);
	if (event->kind != IO_WRITE && event->kind != IO_DURABLE)
		return;
	memcpy(file->image + event->offset, data, event->bytes);
	if (end > file->used)
		file->used = end;
}

/* Is `inner` directly in the directory `outer`? */
static bool lies_in(const char *inner, const char *outer)
{
	size_t n = strlen(outer);

	return !strncmp(inner, outer, n) && inner[n] == '/' && !strchr(inner + n + 1, '/');
}

static void flush(struct crash_log *log, struct crash_file *file)
{
	const uint8_t *data;

	for (size_t i = 0; i < file->n_pending; i++) {
		const struct io_event event = crash_log_event(log, file->pending[i], &data);
		settle(file, &event, data);
	}
	file->n_pending = 0;
	for (size_t i = 0; file->dir && i < log->n_files; i++)
		if (log->files[i].there && lies_in(log->files[i].path, file->path))
			log->files[i].named = true;
}

static bool is_database(const struct crash_file *file)
{
	const char *name = strrchr(file->path, '/');

	return name && !strcmp(name, "/data.mdb");
}

static void happen(struct crash_log *log, size_t i)
{
	const uint8_t *data;
	const struct io_event event = crash_log_event(log, i, &data);

	if (event.node != log->node || event.kind == IO_ACKED || event.kind == IO_THROUGH)
		return;
	if (event.kind == IO_NAME) {
		take_name(log, &event, data);
		return;
	}
	struct crash_file *file = &log->files[log->number_of[event.file]];
	bool database = log->mutant && is_database(file);
	if (event.kind == IO_FLUSH) {
		if (!database || log->mutant != MUTANT_NOSYNC)
			flush(log, file);
	} else if (event.kind == IO_DURABLE && !database) {
		settle(file, &event, data);
	} else {
		if (file->n_pending == file->cap_pending) {
			file->cap_pending = file->cap_pending ? 2 * file->cap_pending : 64;
			file->pending =
				grown(file->pending, file->cap_pending * sizeof(file->pending[0]));
		}
		file->pending[file->n_pending++] = i;
	}
}

void crash_log_advance(struct crash_log *log, size_t until)
{
	for (; log->at < until && log->at < log->n; log->at++)
		happen(log, log->at);
}

/* ---- one state ---------------------------------------------------------------------------------
 */

struct state_writer {
	int fd;
	enum crash_how how;
	uint64_t *random;
	uint64_t size; /* of the file so far */
};

static bool chance(struct state_writer *w, unsigned percent)
{
	return crash_random(w->random, 100) < percent;
}

static unsigned share(enum crash_how how)
{
	return how == CRASH_ALL || how == CRASH_PREFIX ? 100
	       : how == CRASH_FEW                      ? 10
	       : how == CRASH_HALF                     ? 50
	       : how == CRASH_MOST                     ? 90
						       : 0;
}

static void put(struct state_writer *w, const uint8_t *data, size_t n, uint64_t offset)
{
	if (pwrite(w->fd, data, n, (off_t)offset) != (ssize_t)n)
		fail("a state cannot be written", "");
	if (offset + n > w->size)
		w->size = offset + n;
}

/* A write of which only some sectors reached the disk. */
static void put_torn(
	struct state_writer *w, const struct io_event *event, const uint8_t *data, unsigned percent)
{
	for (size_t at = 0; at < event->bytes;) {
		size_t n = SECTOR_BYTES - (event->offset + at) % SECTOR_BYTES;
		if (n > event->bytes - at)
			n = event->bytes - at;
		if (chance(w, percent))
			put(w, data + at, n, event->offset + at);
		at += n;
	}
}

static void write_pending(struct state_writer *w, const struct io_event *event, const uint8_t *data)
{
	unsigned percent = share(w->how);

	if (event->kind == IO_SIZE || event->kind == IO_ROOM) {
		bool larger = event->offset > w->size;
		if (chance(w, percent) && (larger || event->kind == IO_SIZE)) {
			if (ftruncate(w->fd, (off_t)event->offset))
				fail("a state cannot be sized", "");
			w->size = event->offset;
		}
	} else if (percent == 100 || (percent && chance(w, 50))) {
		if (percent == 100 || chance(w, percent))
			put(w, data, event->bytes, event->offset);
	} else if (percent)
		put_torn(w, event, data, percent);
}

/* The call that was under way when it happened may be there in part, whatever it is flushed by. */
static void write_next(struct crash_log *log, struct state_writer *w, const struct crash_file *file)
{
	const uint8_t *data;

	if (log->at >= log->n || w->how == CRASH_NONE)
		return;
	const struct io_event event = crash_log_event(log, log->at, &data);
	bool writes = event.kind == IO_WRITE || event.kind == IO_DURABLE;
	if (writes && event.node == log->node && &log->files[log->number_of[event.file]] == file)
		put_torn(w, &event, data, 10 + 10 * (unsigned)crash_random(w->random, 10));
}

static void write_file(struct crash_log *log, const struct crash_file *file, struct state_writer *w)
{
	size_t n = file->n_pending;
	const uint8_t *data;

	if (ftruncate(w->fd, 0) || ftruncate(w->fd, (off_t)file->size))
		fail("a state cannot be sized", file->path);
	w->size = file->size;
	if (file->used)
		put(w, file->image, file->used, 0);
	if (w->how == CRASH_PREFIX)
		n = crash_random(w->random, n + 1);
	for (size_t i = 0; i < n; i++) {
		const struct io_event event = crash_log_event(log, file->pending[i], &data);
		write_pending(w, &event, data);
	}
	if (n == file->n_pending)
		write_next(log, w, file);
}

/* With the names of the directories above it. */
static bool is_there(const struct crash_log *log, size_t i, const bool *named)
{
	bool there = named[i];

	for (size_t j = 0; j < log->n_files; j++) {
		size_t n = strlen(log->files[j].path);
		bool above = log->files[j].dir && n < strlen(log->files[i].path) &&
			     log->files[i].path[n] == '/' &&
			     !strncmp(log->files[i].path, log->files[j].path, n);
		there = there && (named[j] || !above);
	}
	return there;
}

static int remove_one(const char *path, const struct stat *st, int kind, struct FTW *at)
{
	(void)st;
	(void)kind;
	return at->level ? remove(path) : 0;
}

void crash_log_write(struct crash_log *log, const char *to, enum crash_how how, uint64_t *random)
{
	char path[2 * IO_PATH];
	bool named[IO_FILES];

	if (nftw(to, remove_one, 8, FTW_DEPTH | FTW_PHYS))
		fail("cannot be emptied", to);
	for (size_t i = 0; i < log->n_files; i++)
		named[i] = log->files[i].named || crash_random(random, 100) < share(how);
	for (size_t i = 0; i < log->n_files; i++) {
		struct crash_file *file = &log->files[i];
		struct state_writer w = {-1, how, random, 0};
		bool there = is_there(log, i, named);
		snprintf(path, sizeof(path), "%s%s", to, file->path + strlen(log->root));
		if (file->dir) {
			if (there)
				(void)mkdir(path, 0700);
			continue;
		}
		if (!there)
			continue;
		w.fd = open(path, O_RDWR | O_CREAT | O_CLOEXEC, 0600);
		if (w.fd < 0)
			fail("a state cannot be made", path);
		write_file(log, file, &w);
		close(w.fd);
	}
}
