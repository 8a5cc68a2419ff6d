/* Loaded before a daemon (LD_PRELOAD), this records what is written to files below the directory
 * RECORD_DIR and when it was flushed, into the file RECORD_LOG (io_log.h). A call is noted when it
 * has returned, so a noted flush is durable. */
#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/uio.h>
#include <unistd.h>

#include "tests/campaign/io_log.h"

enum { FDS = 1024, LOG_FD = 1000 };

static uint8_t file_of[FDS]; /* number of the file + 1; 0: not recorded */
static bool synced[FDS];     /* opened with O_DSYNC */
static char paths[IO_FILES][IO_PATH];
static unsigned n_paths;
static char root[IO_PATH];

#define REAL(name_) \
	(*(void **)&real_##name_ ? 0 : (*(void **)&real_##name_ = dlsym(RTLD_NEXT, #name_), 0))

static ssize_t (*real_write)(int, const void *, size_t);
static ssize_t (*real_pwrite)(int, const void *, size_t, off_t);
static ssize_t (*real_writev)(int, const struct iovec *, int);
static ssize_t (*real_pwritev)(int, const struct iovec *, int, off_t);
static int (*real_open)(const char *, int, ...);
static int (*real_openat)(int, const char *, int, ...);
static int (*real_close)(int);
static int (*real_fsync)(int);
static int (*real_fdatasync)(int);
static int (*real_ftruncate)(int, off_t);
static int (*real_posix_fallocate)(int, off_t, off_t);
static int (*real_mkdir)(const char *, mode_t);
static int (*real_rename)(const char *, const char *);
static int (*real_unlink)(const char *);

static void find_real(void)
{
	REAL(write), REAL(pwrite), REAL(writev), REAL(pwritev), REAL(open), REAL(openat);
	REAL(close), REAL(fsync), REAL(fdatasync), REAL(ftruncate), REAL(posix_fallocate);
	REAL(mkdir), REAL(rename), REAL(unlink);
}

__attribute__((constructor)) static void begin(void)
{
	const char *dir = getenv("RECORD_DIR"), *log = getenv("RECORD_LOG");

	find_real();
	if (!dir || !log || !realpath(dir, root))
		return;
	int fd = real_open(log, O_WRONLY | O_APPEND | O_CREAT | O_CLOEXEC, 0600);
	if (fd < 0 || fcntl(fd, F_DUPFD_CLOEXEC, LOG_FD) != LOG_FD)
		abort();
	real_close(fd);
}

static void note_all(struct io_event event, const struct iovec *data, int n)
{
	const char *node = getenv("RECORD_NODE");
	struct iovec all[1 + 1024];
	size_t bytes = 0;
	int kept = errno;

	event.magic = IO_MAGIC;
	event.node = node ? (uint8_t)atoi(node) : 0;
	all[0] = (struct iovec){&event, sizeof(event)};
	for (int i = 0; i < n; i++) {
		all[i + 1] = data[i];
		bytes += data[i].iov_len;
	}
	event.bytes = (uint32_t)bytes;
	if (real_writev(LOG_FD, all, n + 1) != (ssize_t)(sizeof(event) + bytes))
		abort(); /* a log with holes proves nothing */
	errno = kept;
}

static void note(struct io_event event, const void *data, size_t n)
{
	union {
		const void *from;
		void *to;
	} at = {data};

	note_all(event, &(struct iovec){at.to, n}, n ? 1 : 0);
}

static int number_of(const char *path)
{
	for (unsigned i = 0; i < n_paths; i++)
		if (!strcmp(paths[i], path))
			return (int)i;
	if (n_paths == IO_FILES)
		abort();
	snprintf(paths[n_paths], IO_PATH, "%s", path);
	return (int)n_paths++;
}

static bool below_root(const char *path)
{
	size_t n = strlen(root);
	const char *name = strrchr(path, '/');

	/* of the locks only that they are taken matters, of the reserve only that it is there */
	if (!n || strncmp(path, root, n) || (path[n] && path[n] != '/'))
		return false;
	return strcmp(name, "/lock") && strcmp(name, "/lock.mdb") && strcmp(name, "/log") &&
	       strcmp(name, "/reserve");
}

static void name_path(const char *path, enum io_named how)
{
	note((struct io_event){.kind = IO_NAME, .file = (uint16_t)number_of(path), .offset = how},
		path, strlen(path));
}

static int opened(int fd, int flags, bool fresh)
{
	char link[64], path[IO_PATH];
	struct stat st;

	if (fd < 0 || fd >= FDS)
		return fd;
	file_of[fd] = 0;
	snprintf(link, sizeof(link), "/proc/self/fd/%d", fd);
	ssize_t n = readlink(link, path, sizeof(path) - 1);
	if (n <= 0 || fstat(fd, &st))
		return fd;
	path[n] = '\0';
	bool is_dir = S_ISDIR(st.st_mode);
	if (!below_root(path) || (!is_dir && !(flags & (O_WRONLY | O_RDWR))))
		return fd;
	name_path(path, is_dir ? IO_DIR : fresh ? IO_NEW : IO_OLD);
	file_of[fd] = (uint8_t)(number_of(path) + 1);
	synced[fd] = (flags & O_DSYNC) != 0;
	return fd;
}

#define MODE_OF(flags_)                           \
	mode_t mode = 0;                          \
	if ((flags_) & (O_CREAT | __O_TMPFILE)) { \
		va_list args;                     \
		va_start(args, flags_);           \
		mode = va_arg(args, mode_t);      \
		va_end(args);                     \
	}

int open(const char *path, int flags, ...)
{
	MODE_OF(flags)
	find_real();
	bool fresh = flags & O_CREAT && access(path, F_OK);
	return opened(real_open(path, flags, mode), flags, fresh);
}

int openat(int dir, const char *path, int flags, ...)
{
	MODE_OF(flags)
	find_real();
	bool fresh = flags & O_CREAT && faccessat(dir, path, F_OK, 0);
	return opened(real_openat(dir, path, flags, mode), flags, fresh);
}

int close(int fd)
{
	find_real();
	if (fd == LOG_FD)
		return 0;
	if (fd >= 0 && fd < FDS)
		file_of[fd] = 0;
	return real_close(fd);
}

static bool recorded(int fd)
{
	return fd >= 0 && fd < FDS && file_of[fd];
}

static struct io_event about(int fd, enum io_kind kind, off_t offset)
{
	return (struct io_event){.kind = (uint8_t)kind,
		.file = (uint16_t)(file_of[fd] - 1),
		.offset = (uint64_t)offset};
}

/* What was written, be it less than was asked for. */
static void wrote(int fd, const struct iovec *from, int n, ssize_t done, off_t offset)
{
	struct iovec part[1024];
	size_t left = done > 0 ? (size_t)done : 0;
	int parts = 0;

	for (; parts < n && left; parts++) {
		part[parts] = from[parts];
		if (part[parts].iov_len > left)
			part[parts].iov_len = left;
		left -= part[parts].iov_len;
	}
	if (parts)
		note_all(about(fd, synced[fd] ? IO_DURABLE : IO_WRITE, offset), part, parts);
}

static struct iovec one(const void *data, size_t n)
{
	union {
		const void *from;
		void *to;
	} at = {data};

	return (struct iovec){at.to, n};
}

ssize_t pwrite(int fd, const void *data, size_t n, off_t offset)
{
	find_real();
	ssize_t done = real_pwrite(fd, data, n, offset);
	if (recorded(fd))
		wrote(fd, &(struct iovec[]){one(data, n)}[0], 1, done, offset);
	return done;
}

ssize_t write(int fd, const void *data, size_t n)
{
	find_real();
	off_t offset = recorded(fd) ? lseek(fd, 0, SEEK_CUR) : 0;
	ssize_t done = real_write(fd, data, n);
	if (recorded(fd))
		wrote(fd, &(struct iovec[]){one(data, n)}[0], 1, done, offset);
	return done;
}

ssize_t writev(int fd, const struct iovec *from, int n)
{
	find_real();
	off_t offset = recorded(fd) ? lseek(fd, 0, SEEK_CUR) : 0;
	ssize_t done = real_writev(fd, from, n);
	if (recorded(fd))
		wrote(fd, from, n, done, offset);
	return done;
}

ssize_t pwritev(int fd, const struct iovec *from, int n, off_t offset)
{
	find_real();
	ssize_t done = real_pwritev(fd, from, n, offset);
	if (recorded(fd))
		wrote(fd, from, n, done, offset);
	return done;
}

int fsync(int fd)
{
	find_real();
	int failed = real_fsync(fd);
	if (!failed && recorded(fd))
		note(about(fd, IO_FLUSH, 0), NULL, 0);
	return failed;
}

int fdatasync(int fd)
{
	find_real();
	int failed = real_fdatasync(fd);
	if (!failed && recorded(fd))
		note(about(fd, IO_FLUSH, 0), NULL, 0);
	return failed;
}

int ftruncate(int fd, off_t size)
{
	find_real();
	int failed = real_ftruncate(fd, size);
	if (!failed && recorded(fd))
		note(about(fd, IO_SIZE, size), NULL, 0);
	return failed;
}

int posix_fallocate(int fd, off_t offset, off_t n)
{
	find_real();
	int failed = real_posix_fallocate(fd, offset, n);
	if (!failed && recorded(fd))
		note(about(fd, IO_ROOM, offset + n), NULL, 0);
	return failed;
}

int mkdir(const char *path, mode_t mode)
{
	char whole[IO_PATH];

	find_real();
	int failed = real_mkdir(path, mode);
	if (!failed && realpath(path, whole) && below_root(whole))
		name_path(whole, IO_NEW_DIR);
	return failed;
}

static void other(const char *path, const char *what)
{
	char whole[IO_PATH];

	if (realpath(path, whole) && below_root(whole))
		note((struct io_event){.kind = IO_OTHER}, what, strlen(what));
}

int rename(const char *from, const char *to)
{
	find_real();
	other(from, "rename");
	return real_rename(from, to);
}

int unlink(const char *path)
{
	find_real();
	other(path, "unlink");
	return real_unlink(path);
}
