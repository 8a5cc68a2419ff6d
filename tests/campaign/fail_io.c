/* Loaded before a daemon (LD_PRELOAD), this makes a call fail: the FAIL_AT-th of kind FAIL_KIND
 * (write, flush, open, size, map, read, memory) on files below FAIL_DIR, once or (FAIL_ON=1) from
 * then on, with errno FAIL_WITH (a number; 0: a write that is cut short). The calls are counted
 * into the file FAIL_COUNTS, so that it is known how many there are. Of memory only that of the
 * program itself, the store and the decoders fails: libzmq ends a process that has none. */
#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <link.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/uio.h>
#include <unistd.h>

enum { FDS = 1024, RANGES = 8 };
enum kind { WRITE, FLUSH, OPEN, SIZE, MAP, READ, MEMORY, KINDS };
static const char *const kinds[KINDS] = {"write", "flush", "open", "size", "map", "read", "memory"};

struct counts {
	unsigned long calls[KINDS];
	unsigned long failed;
};

static struct counts own, *counts = &own;
static bool watched[FDS];
static char root[512];
static size_t root_length;
static int kind = -1, with;
static unsigned long at;
static bool on;
static struct {
	uintptr_t from, to;
} ranges[RANGES];
static unsigned n_ranges;

/* ISO C has no way from an object's address to a function's. */
#define FIND(name_)                                                   \
	do {                                                          \
		void *found_ = dlsym(RTLD_NEXT, #name_);              \
		memcpy(&real_##name_, &found_, sizeof(real_##name_)); \
	} while (0)

static ssize_t (*real_write)(int, const void *, size_t);
static ssize_t (*real_pwrite)(int, const void *, size_t, off_t);
static ssize_t (*real_pread)(int, void *, size_t, off_t);
static ssize_t (*real_writev)(int, const struct iovec *, int);
static int (*real_open)(const char *, int, ...);
static int (*real_openat)(int, const char *, int, ...);
static int (*real_close)(int);
static int (*real_fsync)(int);
static int (*real_fdatasync)(int);
static int (*real_ftruncate)(int, off_t);
static int (*real_posix_fallocate)(int, off_t, off_t);
static void *(*real_mmap)(void *, size_t, int, int, int, off_t);
void *__libc_malloc(size_t);
void *__libc_calloc(size_t, size_t);
void *__libc_realloc(void *, size_t);

static int take_range(struct dl_phdr_info *info, size_t size, void *ctx)
{
	bool ours = info->dlpi_name[0] == '\0' || strstr(info->dlpi_name, "liblmdb") ||
		    strstr(info->dlpi_name, "msgpack") || strstr(info->dlpi_name, "jansson") ||
		    strstr(info->dlpi_name, "libinih");

	(void)size;
	(void)ctx;
	for (int i = 0; ours && i < info->dlpi_phnum && n_ranges < RANGES; i++) {
		const ElfW(Phdr) *part = &info->dlpi_phdr[i];
		if (part->p_type != PT_LOAD || !(part->p_flags & PF_X))
			continue;
		ranges[n_ranges].from = info->dlpi_addr + part->p_vaddr;
		ranges[n_ranges].to = ranges[n_ranges].from + part->p_memsz;
		n_ranges++;
	}
	return 0;
}

static void read_order(void)
{
	const char *name = getenv("FAIL_KIND"), *number = getenv("FAIL_AT");
	const char *error = getenv("FAIL_WITH");

	for (int i = 0; name && i < KINDS; i++)
		if (!strcmp(name, kinds[i]))
			kind = i;
	at = number ? strtoul(number, NULL, 10) : 0;
	with = error ? atoi(error) : EIO;
	on = getenv("FAIL_ON") != NULL;
}

__attribute__((constructor)) static void begin(void)
{
	const char *dir = getenv("FAIL_DIR"), *file = getenv("FAIL_COUNTS");

	FIND(write);
	FIND(pwrite);
	FIND(pread);
	FIND(writev);
	FIND(open);
	FIND(openat);
	FIND(close);
	FIND(fsync);
	FIND(fdatasync);
	FIND(ftruncate);
	FIND(posix_fallocate);
	FIND(mmap);
	if (!dir || !file)
		return;
	snprintf(root, sizeof(root), "%s", dir);
	root_length = strlen(root);
	int fd = real_open(file, O_RDWR | O_CREAT | O_CLOEXEC, 0600);
	if (fd < 0 || real_ftruncate(fd, sizeof(struct counts)))
		abort();
	void *shared =
		real_mmap(NULL, sizeof(struct counts), PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
	close(fd);
	if (shared == MAP_FAILED)
		abort();
	memset(shared, 0, sizeof(struct counts));
	counts = shared;
	read_order();
	dl_iterate_phdr(take_range, NULL);
}

static bool fails(enum kind which)
{
	unsigned long number = ++counts->calls[which];

	if ((int)which != kind || !at || number < at || (number > at && !on))
		return false;
	counts->failed++;
	errno = with ? with : EIO;
	return true;
}

static bool is_below(const char *path)
{
	return root_length && !strncmp(path, root, root_length);
}

static int opened(int fd)
{
	char link[64], path[512];

	if (fd < 0 || fd >= FDS)
		return fd;
	snprintf(link, sizeof(link), "/proc/self/fd/%d", fd);
	ssize_t n = readlink(link, path, sizeof(path) - 1);
	if (n > 0)
		path[n] = '\0';
	watched[fd] = n > 0 && is_below(path);
	return fd;
}

static bool is_watched(int fd)
{
	return fd >= 0 && fd < FDS && watched[fd];
}

#define MODE_OF(flags_)                      \
	mode_t mode = 0;                     \
	if ((flags_)&O_CREAT) {              \
		va_list args;                \
		va_start(args, flags_);      \
		mode = va_arg(args, mode_t); \
		va_end(args);                \
	}

int open(const char *path, int flags, ...)
{
	MODE_OF(flags)
	if (is_below(path) && fails(OPEN))
		return -1;
	return opened(real_open(path, flags, mode));
}

int openat(int dir, const char *path, int flags, ...)
{
	MODE_OF(flags)
	if ((is_below(path) || is_watched(dir)) && fails(OPEN))
		return -1;
	return opened(real_openat(dir, path, flags, mode));
}

/* Its number may next be that of something else. */
int close(int fd)
{
	if (fd >= 0 && fd < FDS)
		watched[fd] = false;
	return real_close(fd);
}

ssize_t pwrite(int fd, const void *data, size_t n, off_t offset)
{
	if (is_watched(fd) && fails(WRITE))
		return with ? -1 : real_pwrite(fd, data, n / 2, offset);
	return real_pwrite(fd, data, n, offset);
}

ssize_t write(int fd, const void *data, size_t n)
{
	if (is_watched(fd) && fails(WRITE))
		return with ? -1 : real_write(fd, data, n / 2);
	return real_write(fd, data, n);
}

ssize_t writev(int fd, const struct iovec *from, int n)
{
	if (is_watched(fd) && fails(WRITE))
		return with ? -1 : real_writev(fd, from, (n + 1) / 2);
	return real_writev(fd, from, n);
}

ssize_t pread(int fd, void *to, size_t n, off_t offset)
{
	if (is_watched(fd) && fails(READ))
		return with ? -1 : real_pread(fd, to, n / 2, offset);
	return real_pread(fd, to, n, offset);
}

int fsync(int fd)
{
	return is_watched(fd) && fails(FLUSH) ? -1 : real_fsync(fd);
}

int fdatasync(int fd)
{
	return is_watched(fd) && fails(FLUSH) ? -1 : real_fdatasync(fd);
}

int ftruncate(int fd, off_t size)
{
	return is_watched(fd) && fails(SIZE) ? -1 : real_ftruncate(fd, size);
}

int posix_fallocate(int fd, off_t offset, off_t n)
{
	return is_watched(fd) && fails(SIZE) ? errno : real_posix_fallocate(fd, offset, n);
}

void *mmap(void *address, size_t n, int protection, int flags, int fd, off_t offset)
{
	if (is_watched(fd) && fails(MAP))
		return MAP_FAILED;
	return real_mmap ? real_mmap(address, n, protection, flags, fd, offset) : MAP_FAILED;
}

static bool no_memory(void *caller)
{
	uintptr_t from = (uintptr_t)caller;
	bool ours = false;

	for (unsigned i = 0; i < n_ranges; i++)
		ours |= from >= ranges[i].from && from < ranges[i].to;
	if (!ours || !fails(MEMORY))
		return false;
	errno = ENOMEM;
	return true;
}

void *malloc(size_t n)
{
	return no_memory(__builtin_return_address(0)) ? NULL : __libc_malloc(n);
}

void *calloc(size_t n, size_t size)
{
	return no_memory(__builtin_return_address(0)) ? NULL : __libc_calloc(n, size);
}

void *realloc(void *p, size_t n)
{
	return no_memory(__builtin_return_address(0)) ? NULL : __libc_realloc(p, n);
}
