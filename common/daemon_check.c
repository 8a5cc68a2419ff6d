/* Is a copy of a node's files whole? Opens the database and the keyring of the copy, reads its
 * files and reads or writes its manifest. */
#include <errno.h>
#include <fcntl.h>
#include <sodium.h>
#include <stdio.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <unistd.h>

#include "common/admin.h"
#include "common/daemon_private.h"

enum { FORMAT = 1, ARENA_BYTES = 4 * 1024 * 1024, MANIFEST_BYTES = 64 * 1024 };

static const char *const backup_files[] = {STATE_DATA, STATE_KEYS};
enum { BACKUP_FILES = sizeof(backup_files) / sizeof(backup_files[0]) };

/* ---- looking at everything ------------------------------------------------------------------- */

static enum err check_fold(struct daemon *daemon, struct engine *engine, struct check *check)
{
	const struct engine_options options = daemon_engine_options(daemon);
	struct store *shadow;
	size_t n;
	struct tree *trees = engine_trees(&options, &n);
	enum err err = trees ? store_open_memory(trees, n, &shadow) : ERR_NO_MEMORY;

	engine_trees_free(trees, n);
	if (err)
		return err;
	err = engine_check_fold(engine, shadow, check);
	store_close(shadow);
	return err;
}

static enum err check_all(struct daemon *daemon, struct engine *engine, struct check *check)
{
	enum err err = ERR_OK;

	engine_check_begin(check);
	while (!err && !check->done)
		err = engine_check_some(engine, check, SIZE_MAX);
	if (!err)
		err = engine_check_slots(engine, check);
	return err ? err : check_fold(daemon, engine, check);
}

enum err daemon_check_files(struct daemon *daemon, const char *dir, struct check *ret,
	struct head *ret_head, struct reason *reason)
{
	struct engine *engine = NULL;
	enum err err = daemon_open_files(daemon, dir, FILES_LOOK, reason);

	if (!err) {
		struct engine_options options = daemon_engine_options(daemon);
		options.look_only = true;
		err = engine_open(&options, &engine, reason);
	}
	if (!err) {
		err = check_all(daemon, engine, ret);
		engine_head(engine, ret_head);
		if (err)
			err = reason_set(
				reason, err, dir, "cannot be checked: %s", err_sentence(err));
	}
	engine_close(engine);
	daemon_close_files(daemon);
	return err;
}

/* ---- the manifest ---------------------------------------------------------------------------- */

static enum err cannot(struct reason *reason, const char *path, const char *what)
{
	return reason_set(reason, ERR_SYSTEM, path, "%s: %s", what, strerror(errno));
}

static enum err hash_file(
	const char *path, uint8_t hash[HASH_BYTES], int64_t *ret_bytes, struct reason *reason)
{
	static uint8_t block[1024 * 1024];
	crypto_generichash_state state;
	int fd = open(path, O_RDONLY | O_CLOEXEC);
	ssize_t got = fd < 0 ? -1 : 1;

	*ret_bytes = 0;
	crypto_generichash_init(&state, NULL, 0, HASH_BYTES);
	while (got > 0) {
		got = read(fd, block, sizeof(block));
		if (got > 0)
			crypto_generichash_update(&state, block, (unsigned long long)got);
		*ret_bytes += got > 0 ? got : 0;
	}
	crypto_generichash_final(&state, hash, HASH_BYTES);
	enum err err = got < 0 ? cannot(reason, path, "cannot be read") : ERR_OK;
	if (fd >= 0)
		close(fd);
	return err;
}

static enum err check_file(const char *dir, const struct backup_file *file, struct reason *reason)
{
	uint8_t hash[HASH_BYTES];
	char path[4096];
	int64_t bytes;

	snprintf(path, sizeof(path), "%s/%.*s", dir, (int)file->name.n, file->name.p);
	enum err err = hash_file(path, hash, &bytes, reason);
	if (err)
		return err;
	if (bytes != file->bytes || file->hash.n != HASH_BYTES ||
		memcmp(hash, file->hash.p, HASH_BYTES) != 0)
		return reason_set(reason, ERR_CORRUPT, path, "is not the file that was backed up");
	return ERR_OK;
}

static bool names_all_files(const struct backup_manifest *manifest)
{
	size_t found = 0;

	for (size_t i = 0; i < manifest->files.n; i++)
		for (size_t k = 0; k < BACKUP_FILES; k++)
			found += text_is(manifest->files.at[i].name, backup_files[k]);
	return found == BACKUP_FILES && manifest->files.n == BACKUP_FILES;
}

enum err daemon_read_manifest(struct daemon *daemon, const char *dir, struct arena *arena,
	struct backup_manifest *ret, struct reason *reason)
{
	char path[4096];
	char *json = arena_alloc(arena, MANIFEST_BYTES);

	snprintf(path, sizeof(path), "%s/" BACKUP_MANIFEST, dir);
	int fd = open(path, O_RDONLY | O_CLOEXEC);
	ssize_t got = fd < 0 || !json ? -1 : read(fd, json, MANIFEST_BYTES);
	if (fd >= 0)
		close(fd);
	if (got < 0)
		return reason_set(reason, ERR_INVALID, path, "cannot be read: this is no backup");
	enum err err = schema_from_json(schema_backup_manifest(),
		(struct text){json, (uint32_t)got, false}, arena, ret, reason);
	if (err)
		return err;
	if (ret->version != FORMAT || !names_all_files(ret))
		return reason_set(
			reason, ERR_INVALID, path, "is of a format that is not known here");
	if (!text_is(ret->node, daemon->config.name))
		return reason_set(reason, ERR_INVALID, "node", "is %.*s: a backup of another node",
			(int)ret->node.n, ret->node.p);
	for (size_t i = 0; !err && i < ret->files.n; i++)
		err = check_file(dir, &ret->files.at[i], reason);
	return err;
}

static enum err write_file(int dir_fd, const char *name, const char *content, struct reason *reason)
{
	size_t n = strlen(content);
	int fd = openat(dir_fd, name, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
	bool good = fd >= 0 && write(fd, content, n) == (ssize_t)n && fsync(fd) == 0 &&
		    fsync(dir_fd) == 0;
	enum err err = good ? ERR_OK : cannot(reason, name, "cannot be written");

	if (fd >= 0)
		close(fd);
	return err;
}

static enum err write_manifest(const char *dir, struct backup_manifest *manifest,
	struct arena *arena, struct reason *reason)
{
	static uint8_t hashes[BACKUP_FILES][HASH_BYTES];
	struct backup_file files[BACKUP_FILES];
	char path[4096];
	enum err err = ERR_OK;

	for (size_t i = 0; !err && i < BACKUP_FILES; i++) {
		snprintf(path, sizeof(path), "%s/%s", dir, backup_files[i]);
		files[i] = (struct backup_file){.name = text_of(backup_files[i]),
			.hash = {(const char *)hashes[i], HASH_BYTES, false}};
		err = hash_file(path, hashes[i], &files[i].bytes, reason);
	}
	manifest->files.n = BACKUP_FILES;
	manifest->files.at = files;
	char *json = schema_to_json(schema_backup_manifest(), manifest, SCHEMA_INDENT, arena);
	int dir_fd = open(dir, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (!err)
		err = json ? write_file(dir_fd, BACKUP_MANIFEST, json, reason) : ERR_NO_MEMORY;
	if (dir_fd >= 0)
		close(dir_fd);
	return err;
}

/* ---- the command line ------------------------------------------------------------------------ */

static enum err seal_backup(struct daemon *daemon, const char *dir,
	const struct files_checked *found, struct arena *arena)
{
	struct backup_manifest manifest = {.version = FORMAT,
		.node = text_of(daemon->config.name),
		.made_at = clock_now(&daemon->clock),
		.epoch = found->epoch,
		.head = found->head,
		.hash = found->hash,
		.records = found->records,
		.rows = found->rows};
	struct reason reason = {0};
	enum err err = write_manifest(dir, &manifest, arena, &reason);

	if (err)
		log_event(LOG_ERROR, "the backup's manifest cannot be written",
			LOG_TEXT("field", reason.field), LOG_TEXT("rule", reason.rule));
	return err;
}

static int tell(const struct files_checked *found, struct arena *arena)
{
	char *json = schema_to_json(schema_files_checked(), found, SCHEMA_INDENT, arena);

	for (size_t i = 0; i < found->first.n; i++)
		log_event(LOG_ERROR, "not as it was written",
			LOG_TEXT("where", text_string(arena, found->first.at[i].where)),
			LOG_TEXT("what", text_string(arena, found->first.at[i].what)));
	puts(json ? json : "{}");
	return found->faults ? DAEMON_FAULTY : DAEMON_STOPPED;
}

int daemon_verify(struct daemon *daemon, const char *dir, bool seal)
{
	struct backup_manifest manifest;
	struct files_checked found = {0};
	struct reason reason = {0};
	struct check check = {0};
	struct arena arena;
	struct head head;
	int code = DAEMON_UNAVAILABLE;

	arena_init(&arena, ARENA_BYTES);
	(void)setpriority(PRIO_PROCESS, 0, 10);
	enum err err =
		seal ? ERR_OK : daemon_read_manifest(daemon, dir, &arena, &manifest, &reason);
	if (!err)
		err = daemon_check_files(daemon, dir, &check, &head, &reason);
	if (!err)
		err = engine_describe_check(&check, &head, &arena, &found);
	if (err)
		log_event(LOG_ERROR, "the backup cannot be used", LOG_TEXT("field", reason.field),
			LOG_TEXT("rule", reason.rule));
	else
		code = tell(&found, &arena);
	if (!err && seal && !code && seal_backup(daemon, dir, &found, &arena))
		code = DAEMON_FAILED;
	arena_done(&arena);
	return err == ERR_CORRUPT ? DAEMON_FAULTY : code;
}
