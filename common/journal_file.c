/* Writes and reads a journal as a file. Touches that file, and the directory it lies in. */
#include "common/journal_file.h"

#include <errno.h>
#include <fcntl.h>
#include <libgen.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define MAGIC "oneplan journal 1\n"
enum { MAGIC_BYTES = sizeof(MAGIC) - 1, NAME_MAX_BYTES = 32, VALUE_MAX_BYTES = 128 * 1024 };
enum { ARENA_BYTES = 1024 * 1024 };

struct journal_file {
	FILE *stream;
	char path[4096];
	char owner[NAME_MAX_BYTES + 1];
	uint64_t seq;
	uint8_t hash[HASH_BYTES];
	struct arena arena;
	uint8_t value[VALUE_MAX_BYTES];
};

static enum err fail(const struct journal_file *file, const char *what, struct reason *reason)
{
	return reason_set(reason, errno == EEXIST ? ERR_CONFLICT : ERR_SYSTEM, file->path,
		"cannot be %s: %s", what, strerror(errno));
}

static enum err start(const char *path, struct journal_file **ret, struct reason *reason)
{
	struct journal_file *file = calloc(1, sizeof(*file));

	*ret = NULL;
	if (!file || strlen(path) >= sizeof(file->path)) {
		free(file);
		return reason_set(reason, ERR_LIMIT, "", "too long a path, or no memory");
	}
	strcpy(file->path, path);
	arena_init(&file->arena, ARENA_BYTES);
	*ret = file;
	return ERR_OK;
}

void journal_file_close(struct journal_file *file)
{
	if (!file)
		return;
	if (file->stream)
		fclose(file->stream);
	arena_done(&file->arena);
	free(file);
}

const char *journal_file_owner(const struct journal_file *file)
{
	return file->owner;
}

uint64_t journal_file_seq(const struct journal_file *file)
{
	return file->seq;
}

const uint8_t *journal_file_hash(const struct journal_file *file)
{
	return file->hash;
}

/* The record must be the next one. */
static enum err take(struct journal_file *file, struct bytes value, struct journal_entry *ret,
	struct reason *reason)
{
	arena_reset(&file->arena);
	enum err err = journal_parse_next(value, file->seq + 1, file->hash, &file->arena, ret);
	if (err)
		return reason_set(reason, err, file->path,
			"record %llu is damaged, or does not go on from the one before",
			(unsigned long long)file->seq + 1);
	file->seq++;
	memcpy(file->hash, ret->hash, HASH_BYTES);
	return ERR_OK;
}

/* ---- writing --------------------------------------------------------------------------------- */

static bool put(struct journal_file *file, struct bytes bytes)
{
	return bytes.n == 0 || fwrite(bytes.p, bytes.n, 1, file->stream) == 1;
}

static bool put_sized(struct journal_file *file, struct bytes bytes)
{
	uint8_t length[4];

	put_u32(length, (uint32_t)bytes.n);
	return put(file, bytes_of(length, sizeof(length))) && put(file, bytes);
}

enum err journal_file_make(
	const char *path, const char *owner, struct journal_file **ret, struct reason *reason)
{
	enum err err = start(path, ret, reason);
	struct journal_file *file = *ret;

	if (err)
		return err;
	snprintf(file->owner, sizeof(file->owner), "%s", owner);
	int fd = open(path, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
	file->stream = fd < 0 ? NULL : fdopen(fd, "w");
	if (!file->stream || !put(file, bytes_of(MAGIC, MAGIC_BYTES)) ||
		!put_sized(file, bytes_of_string(file->owner)))
		err = fail(file, "made", reason);
	if (err && fd >= 0 && !file->stream)
		close(fd);
	if (err) {
		journal_file_close(file);
		*ret = NULL;
	}
	return err;
}

enum err journal_file_add(struct journal_file *file, struct bytes value, struct reason *reason)
{
	struct journal_entry entry;
	enum err err = value.n > VALUE_MAX_BYTES
			       ? reason_set(reason, ERR_LIMIT, file->path, "too large a record")
			       : take(file, value, &entry, reason);

	if (!err && !put_sized(file, value))
		err = fail(file, "written", reason);
	return err;
}

static bool flush_dir_of(const char *path)
{
	char copy[4096];

	snprintf(copy, sizeof(copy), "%s", path);
	int fd = open(dirname(copy), O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (fd < 0)
		return false;
	bool good = fsync(fd) == 0;
	close(fd);
	return good;
}

enum err journal_file_finish(struct journal_file *file, struct reason *reason)
{
	uint8_t end[4 + 8] = {0};

	put_u64(end + 4, file->seq);
	if (!put(file, bytes_of(end, sizeof(end))) ||
		!put(file, bytes_of(file->hash, HASH_BYTES)) || fflush(file->stream) ||
		fsync(fileno(file->stream)) || !flush_dir_of(file->path))
		return fail(file, "written", reason);
	return ERR_OK;
}

/* ---- reading --------------------------------------------------------------------------------- */

static bool get(struct journal_file *file, void *ret, size_t n)
{
	return n == 0 || fread(ret, n, 1, file->stream) == 1;
}

static bool get_size(struct journal_file *file, size_t max, size_t *ret)
{
	uint8_t length[4];

	if (!get(file, length, sizeof(length)))
		return false;
	*ret = get_u32(length);
	return *ret <= max;
}

static enum err damaged(struct journal_file *file, const char *rule, struct reason *reason)
{
	if (ferror(file->stream))
		return fail(file, "read", reason);
	return reason_set(reason, ERR_CORRUPT, file->path, "%s", rule);
}

enum err journal_file_open(const char *path, struct journal_file **ret, struct reason *reason)
{
	enum err err = start(path, ret, reason);
	struct journal_file *file = *ret;
	char magic[MAGIC_BYTES];
	size_t n;

	if (err)
		return err;
	file->stream = fopen(path, "re");
	if (!file->stream)
		err = errno == ENOENT ? reason_set(reason, ERR_NOT_FOUND, path, "is not there")
				      : fail(file, "opened", reason);
	else if (!get(file, magic, MAGIC_BYTES) || memcmp(magic, MAGIC, MAGIC_BYTES) != 0 ||
		 !get_size(file, NAME_MAX_BYTES, &n) || !get(file, file->owner, n))
		err = damaged(file, "is no journal of a node", reason);
	if (err) {
		journal_file_close(file);
		*ret = NULL;
	}
	return err;
}

/* Behind the last record. */
static enum err check_end(struct journal_file *file, struct reason *reason)
{
	uint8_t end[8 + HASH_BYTES];

	if (!get(file, end, sizeof(end)))
		return damaged(file, "was cut off: its end is missing", reason);
	if (get_u64(end) != file->seq || memcmp(end + 8, file->hash, HASH_BYTES) != 0 ||
		fgetc(file->stream) != EOF)
		return damaged(file, "does not end as its end says", reason);
	return ERR_NOT_FOUND;
}

enum err journal_file_next(
	struct journal_file *file, struct journal_entry *ret, struct reason *reason)
{
	size_t n;

	if (!get_size(file, VALUE_MAX_BYTES, &n))
		return damaged(file, "was cut off, or is damaged between two records", reason);
	if (n == 0)
		return check_end(file, reason);
	if (!get(file, file->value, n))
		return damaged(file, "was cut off in a record", reason);
	return take(file, bytes_of(file->value, n), ret, reason);
}
