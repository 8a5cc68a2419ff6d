/* A backup's files instead of the node's, while the node is down. Touches the state directory:
 *
 *   restore.new/   the copy, with its new epoch begun, until it is complete
 *   restoring      from then on: the name of the directory for the old files, while files are moved
 *   before-EPOCH/  the old files; never removed by us
 *
 * Broken off before `restoring` is there, a restore has changed nothing; after that it is finished
 * by being run again, and the node does not start before. */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "common/admin.h"
#include "common/daemon_private.h"

enum { PATH_BYTES = 4096, NAME_BYTES = 64, ARENA_BYTES = 1024 * 1024 };
#define NEW "restore.new"
#define MARK "restoring"

static const char *const moved[] = {"db", STATE_KEYS};
enum { MOVED = sizeof(moved) / sizeof(moved[0]) };

struct restore {
	struct daemon *daemon;
	int fd; /* the state directory */
	const struct restore_order *order;
	struct arena arena;
	struct reason reason;
	struct head head; /* after the new epoch began */
	struct restored restored;
	char aside[NAME_BYTES];
};

static enum err cannot(struct restore *r, const char *name, const char *what)
{
	return reason_set(&r->reason, ERR_SYSTEM, name, "%s: %s", what, strerror(errno));
}

static bool exists(const struct restore *r, const char *name)
{
	struct stat st;

	return fstatat(r->fd, name, &st, AT_SYMLINK_NOFOLLOW) == 0;
}

/* ---- the copy -------------------------------------------------------------------------------- */

static enum err copy_bytes(struct restore *r, int from, int to, const char *name)
{
	static char block[1024 * 1024];
	ssize_t got;

	while ((got = read(from, block, sizeof(block))) > 0)
		if (write(to, block, (size_t)got) != got)
			return cannot(r, name, "cannot be written");
	return got < 0 || fsync(to) ? cannot(r, name, "cannot be copied") : ERR_OK;
}

static enum err copy_file(struct restore *r, const char *name)
{
	char source[PATH_BYTES], target[PATH_BYTES];

	snprintf(source, sizeof(source), "%s/%s", r->order->dir, name);
	snprintf(target, sizeof(target), NEW "/%s", name);
	int from = open(source, O_RDONLY | O_CLOEXEC);
	int to = openat(r->fd, target, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
	enum err err = from < 0 || to < 0 ? cannot(r, name, "cannot be copied")
					  : copy_bytes(r, from, to, name);
	if (from >= 0)
		close(from);
	if (to >= 0)
		close(to);
	return err;
}

/* Of a restore that was broken off. */
static void remove_new(struct restore *r)
{
	static const char *const files[] = {
		NEW "/" STATE_DATA, NEW "/db/lock.mdb", NEW "/db/lock", NEW "/" STATE_KEYS};

	for (size_t i = 0; i < sizeof(files) / sizeof(files[0]); i++)
		unlinkat(r->fd, files[i], 0);
	unlinkat(r->fd, NEW "/db", AT_REMOVEDIR);
	unlinkat(r->fd, NEW, AT_REMOVEDIR);
}

static enum err flush_dir(struct restore *r, const char *name)
{
	int fd = openat(r->fd, name, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	enum err err = fd < 0 || fsync(fd) ? cannot(r, name, "cannot be flushed") : ERR_OK;

	if (fd >= 0)
		close(fd);
	return err;
}

static enum err make_new(struct restore *r)
{
	remove_new(r);
	if (mkdirat(r->fd, NEW, 0700) || mkdirat(r->fd, NEW "/db", 0700))
		return cannot(r, NEW, "cannot be made");
	enum err err = copy_file(r, STATE_DATA);
	if (!err)
		err = copy_file(r, STATE_KEYS);
	if (!err)
		err = flush_dir(r, NEW "/db");
	return err ? err : flush_dir(r, NEW);
}

/* ---- who was erased since -------------------------------------------------------------------- */

/* What is there of the state that is replaced. It may be broken, which is why one restores. */
static const char *open_before(struct restore *r, struct engine_before *ret)
{
	struct daemon *daemon = r->daemon;
	struct reason reason = {0};
	char path[PATH_BYTES];

	*ret = (struct engine_before){0};
	if (exists(r, STATE_KEYS) && !daemon_open_keys(daemon, daemon->config.state, &reason))
		ret->keyring = daemon->keyring;
	daemon->keyring = NULL;
	if (!exists(r, STATE_DATA))
		return "there is no database";
	snprintf(path, sizeof(path), "%s/db", daemon->config.state);
	if (!daemon_open_store(daemon, path, FILES_LOOK, &reason))
		ret->store = daemon->store;
	daemon->store = NULL;
	return ret->store ? NULL
			  : arena_printf(&r->arena, "the database cannot be opened: %s %s",
				    reason.field, reason.rule);
}

static void close_before(struct engine_before *before)
{
	keyring_close(before->keyring);
	if (before->store)
		store_close(before->store);
}

/* The node that it will be: its new epoch begins before anybody can meet it. */
static enum err begin_epoch(struct restore *r)
{
	struct node_restored why = {.from = text_of(r->order->dir),
		.by = text_of(r->order->by),
		.reason = text_of(r->order->reason)};
	struct engine_before before;
	struct engine *engine = NULL;
	char dir[PATH_BYTES];
	const char *unread = open_before(r, &before);

	if (unread)
		why.unread = text_of(unread);

	snprintf(dir, sizeof(dir), "%s/" NEW, r->daemon->config.state);
	enum err err = daemon_open_files(r->daemon, dir, FILES_USE, &r->reason);
	if (!err) {
		struct engine_options options = daemon_engine_options(r->daemon);
		options.restored = true;
		err = engine_open(&options, &engine, &r->reason);
	}
	if (!err) {
		err = engine_begin_restored(engine, &why, &before);
		if (!err)
			err = engine_stop(engine);
		if (err)
			(void)reason_set(&r->reason, err, "", "the new epoch cannot be begun: %s",
				err_sentence(err));
		engine_head(engine, &r->head);
	}
	engine_close(engine);
	daemon_close_files(r->daemon);
	close_before(&before);
	return err;
}

/* ---- moving ---------------------------------------------------------------------------------- */

static enum err write_mark(struct restore *r)
{
	snprintf(r->aside, sizeof(r->aside), "before-%llu", (unsigned long long)r->head.epoch);
	size_t n = strlen(r->aside);
	int fd = openat(r->fd, MARK ".new", O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);
	bool good = fd >= 0 && write(fd, r->aside, n) == (ssize_t)n && fsync(fd) == 0 &&
		    renameat(r->fd, MARK ".new", r->fd, MARK) == 0 && fsync(r->fd) == 0;
	enum err err = good ? ERR_OK : cannot(r, MARK, "cannot be written");

	if (fd >= 0)
		close(fd);
	return err;
}

static enum err read_mark(struct restore *r)
{
	int fd = openat(r->fd, MARK, O_RDONLY | O_CLOEXEC);
	ssize_t got = fd < 0 ? -1 : read(fd, r->aside, sizeof(r->aside) - 1);

	if (fd >= 0)
		close(fd);
	if (got < 0)
		return cannot(r, MARK, "cannot be read");
	r->aside[got] = '\0';
	return strncmp(r->aside, "before-", 7) || strchr(r->aside, '/')
		       ? reason_set(&r->reason, ERR_CORRUPT, MARK, "is not what was written")
		       : ERR_OK;
}

static enum err move(struct restore *r, const char *from, const char *to)
{
	return renameat(r->fd, from, r->fd, to) ? cannot(r, from, "cannot be moved") : ERR_OK;
}

/* Each step is done or not, and can be told: a new file that is gone has been moved, and an old one
 * is moved only while the new one is still there. */
static enum err move_files(struct restore *r)
{
	char new[NAME_BYTES], old[2 * NAME_BYTES];
	enum err err = ERR_OK;

	if (mkdirat(r->fd, r->aside, 0700) && errno != EEXIST)
		return cannot(r, r->aside, "cannot be made");
	for (size_t i = 0; !err && i < MOVED; i++) {
		snprintf(new, sizeof(new), NEW "/%s", moved[i]);
		snprintf(old, sizeof(old), "%s/%s", r->aside, moved[i]);
		if (exists(r, new) && exists(r, moved[i]))
			err = move(r, moved[i], old);
		if (!err && exists(r, new))
			err = move(r, new, moved[i]);
	}
	if (!err)
		err = flush_dir(r, r->aside);
	if (!err)
		err = flush_dir(r, ".");
	if (err)
		return err;
	unlinkat(r->fd, NEW, AT_REMOVEDIR);
	return unlinkat(r->fd, MARK, 0) ? cannot(r, MARK, "cannot be removed") : flush_dir(r, ".");
}

enum err daemon_refuse_half_restored(const struct daemon *daemon, struct reason *reason)
{
	struct stat st;

	return fstatat(daemon->state_fd, MARK, &st, AT_SYMLINK_NOFOLLOW)
		       ? ERR_OK
		       : reason_set(reason, ERR_CONFLICT, daemon->config.state,
				 "a restore was broken off: run it again");
}

/* ---- all of it ------------------------------------------------------------------------------- */

static enum err check_backup(struct restore *r)
{
	struct backup_manifest manifest;
	struct check check;
	struct head head;

	enum err err =
		daemon_read_manifest(r->daemon, r->order->dir, &r->arena, &manifest, &r->reason);
	if (!err)
		err = daemon_check_files(r->daemon, r->order->dir, &check, &head, &r->reason);
	if (!err && check.faults)
		err = reason_set(
			&r->reason, ERR_CORRUPT, check.first[0].where, "%s", check.first[0].what);
	return err;
}

static enum err prepare(struct restore *r)
{
	const struct node_restored event = {.from = text_of(r->order->dir),
		.epoch = 1,
		.by = text_of(r->order->by),
		.reason = text_of(r->order->reason)};
	enum err err = schema_check(schema_node_restored(), &event, &r->reason);

	if (!err)
		err = check_backup(r);
	if (!err)
		err = make_new(r);
	if (!err)
		err = begin_epoch(r);
	return err ? err : write_mark(r);
}

/* What is there now. */
static enum err look(struct restore *r)
{
	struct engine *engine = NULL;
	enum err err =
		daemon_open_files(r->daemon, r->daemon->config.state, FILES_LOOK, &r->reason);

	if (!err) {
		struct engine_options options = daemon_engine_options(r->daemon);
		options.look_only = true;
		err = engine_open(&options, &engine, &r->reason);
	}
	if (!err) {
		engine_head(engine, &r->head);
		err = engine_restored(engine, &r->arena, &r->restored);
	}
	engine_close(engine);
	daemon_close_files(r->daemon);
	return err;
}

static void tell(struct restore *r)
{
	const struct daemon_config *config = &r->daemon->config;
	struct node_put_back told = {.node = text_of(config->name),
		.head = (int64_t)r->restored.head,
		.epoch = (int64_t)r->head.epoch,
		.erased_again = (int64_t)r->restored.erased_again,
		.unread = r->restored.unread,
		.aside = text_of(arena_printf(&r->arena, "%s/%s", config->state, r->aside))};
	struct text followers[MAX_PEERS];

	for (size_t i = 0; i < config->n_followers; i++)
		followers[i] = text_of(config->followers[i].name);
	told.followers.n = config->n_followers;
	told.followers.at = followers;
	char *json = schema_to_json(schema_node_put_back(), &told, SCHEMA_INDENT, &r->arena);
	puts(json ? json : "{}");
	log_event(LOG_WARNING, "the node was restored", LOG_TEXT("from", r->order->dir),
		LOG_INT("head", r->head.seq), LOG_INT("epoch", r->head.epoch),
		LOG_INT("erased_again", r->restored.erased_again));
	if (told.unread.n)
		log_event(LOG_WARNING,
			"not all is known of the state before: look in the archive, and at "
			"followers, "
			"for erasures that the backup does not have",
			LOG_INT("behind", r->restored.head),
			LOG_TEXT("why", text_string(&r->arena, told.unread)));
}

int daemon_restore(struct daemon *daemon, const struct restore_order *order)
{
	struct restore r = {.daemon = daemon, .fd = daemon->state_fd, .order = order};

	arena_init(&r.arena, ARENA_BYTES);
	enum err err = exists(&r, MARK) ? read_mark(&r) : prepare(&r);
	if (!err)
		err = move_files(&r);
	if (!err)
		err = look(&r);
	if (err)
		log_event(LOG_ERROR, "not restored", LOG_TEXT("field", r.reason.field),
			LOG_TEXT("rule", r.reason.rule));
	else
		tell(&r);
	arena_done(&r.arena);
	return err == ERR_CORRUPT ? DAEMON_FAULTY : err ? DAEMON_UNAVAILABLE : DAEMON_STOPPED;
}
