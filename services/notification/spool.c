/* Writes messages as files into the spool directory: written, flushed, then renamed. */
#include "services/notification/spool.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

static enum err make(const char *path, struct reason *reason)
{
	if (mkdir(path, 0700) == 0 || errno == EEXIST)
		return ERR_OK;
	return reason_set(reason, ERR_SYSTEM, path, "cannot be made: %s", strerror(errno));
}

static const enum contact channels[] = {contact_digital_post, contact_letter};

enum err spool_open(const char *dir, struct reason *reason)
{
	char path[PATH_TEXT_BYTES + 32];
	enum err err = make(dir, reason);

	for (size_t i = 0; !err && i < sizeof(channels) / sizeof(channels[0]); i++) {
		snprintf(path, sizeof(path), "%s/%s", dir, enum_word(words_contact, channels[i]));
		err = make(path, reason);
	}
	return err;
}

static enum err write_file(const char *path, struct bytes text)
{
	int fd = open(path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);

	if (fd < 0)
		return ERR_SYSTEM;
	ssize_t put = write(fd, text.p, text.n);
	int failed = fsync(fd);
	if (close(fd) || failed || put < 0 || (size_t)put != text.n)
		return ERR_SYSTEM;
	return ERR_OK;
}

static enum err flush_dir(const char *path)
{
	int fd = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);

	if (fd < 0)
		return ERR_SYSTEM;
	int failed = fsync(fd);
	return close(fd) || failed ? ERR_SYSTEM : ERR_OK;
}

enum err spool_write(
	const char *dir, const struct message_view *message, int64_t now, struct arena *arena)
{
	char id[UUID_TEXT_BYTES];

	uuid_format(message->message, id);
	const struct spool_page page = {.id = text_of(id),
		.channel = message->channel,
		.written_at = now,
		.to = message->address,
		.reference = message->reference,
		.subject = message->subject,
		.text = message->body};
	const char *json = schema_to_json(schema_spool_page(), &page, SCHEMA_INDENT, arena);
	const char *channel = enum_word(words_contact, message->channel);
	const char *folder = arena_printf(arena, "%s/%s", dir, channel);
	const char *hidden = arena_printf(arena, "%s/%s/.%s.tmp", dir, channel, id);
	const char *path = arena_printf(arena, "%s/%s/%s.json", dir, channel, id);

	if (!json || !folder || !hidden || !path)
		return ERR_NO_MEMORY;
	enum err err = write_file(hidden, bytes_of_string(json));
	if (!err && rename(hidden, path))
		err = ERR_SYSTEM;
	return err ? err : flush_dir(folder);
}

/* Where a file system writes in place, its bytes are gone with it. */
static enum err wipe(const char *path)
{
	static const char zeros[4096];
	struct stat st;
	int fd = open(path, O_WRONLY | O_CLOEXEC);
	int failed = fd < 0 || fstat(fd, &st);

	for (off_t at = 0; !failed && at < st.st_size; at += (off_t)sizeof(zeros)) {
		size_t n = st.st_size - at < (off_t)sizeof(zeros) ? (size_t)(st.st_size - at)
								  : sizeof(zeros);
		failed = pwrite(fd, zeros, n, at) != (ssize_t)n;
	}
	failed = failed || fsync(fd) || unlink(path);
	if (fd >= 0)
		close(fd);
	return failed ? ERR_SYSTEM : ERR_OK;
}

enum err spool_remove(const char *dir, struct uuid message)
{
	char id[UUID_TEXT_BYTES], path[PATH_TEXT_BYTES + 96], folder[PATH_TEXT_BYTES + 32];
	enum err err = ERR_OK;

	uuid_format(message, id);
	for (size_t i = 0; !err && i < sizeof(channels) / sizeof(channels[0]); i++) {
		snprintf(folder, sizeof(folder), "%s/%s", dir,
			enum_word(words_contact, channels[i]));
		for (size_t k = 0; !err && k < 2; k++) {
			snprintf(path, sizeof(path), "%s/%s%s%s", folder, k ? "." : "", id,
				k ? ".tmp" : ".json");
			if (access(path, F_OK) == 0)
				err = wipe(path);
			else if (errno != ENOENT)
				err = ERR_SYSTEM;
		}
		if (!err)
			err = flush_dir(folder);
	}
	return err;
}
