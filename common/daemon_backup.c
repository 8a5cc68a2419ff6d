/* A backup of the running node: a thread of its own copies the database and the data keys, lets a
 * process of the same program check the copy, and gives it its name at the end. Touches the
 * directory of the backup; of the node's own files it only reads.
 *
 * The keys are copied after the database, so that every key that a row needs is there; one that was
 * destroyed in between is destroyed in the backup too. */
#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <signal.h>
#include <spawn.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "common/admin.h"
#include "common/daemon_private.h"

enum {
	LOOK_MS = 200,
	STOP_MS = 1000,
	PATH_BYTES = 2048,
	REPORT_BYTES = 64 * 1024,
	ARENA_BYTES = 1024 * 1024
};
#define REPORT "check.json"

extern char **environ;

struct backup_job {
	struct daemon *daemon;
	struct loop_timer *look;
	pthread_t thread;
	bool running;
	atomic_int
		phase; /* enum backup_phase; BACKUP_DONE, BACKUP_FAILED: the thread is at its end */
	atomic_int child;
	bool keep;
	char dir[PATH_BYTES], part[PATH_BYTES];
	struct reason reason;      /* when it failed */
	char report[REPORT_BYTES]; /* what the check found, as JSON */
	size_t report_n;
};

/* ---- the directory --------------------------------------------------------------------------- */

static enum err cannot(struct backup_job *job, const char *what)
{
	return reason_set(&job->reason, ERR_SYSTEM, job->dir, "%s: %s", what, strerror(errno));
}

static void path_in(const struct backup_job *job, const char *name, char ret[PATH_BYTES])
{
	if (snprintf(ret, PATH_BYTES, "%s/%s", job->part, name) >= PATH_BYTES)
		ret[0] = '\0';
}

/* Only what we put there. */
static void remove_part(const struct backup_job *job)
{
	static const char *const files[] = {
		STATE_DATA, "db/lock.mdb", "db/lock", STATE_KEYS, BACKUP_MANIFEST, REPORT};
	char path[PATH_BYTES];

	for (size_t i = 0; i < sizeof(files) / sizeof(files[0]); i++) {
		path_in(job, files[i], path);
		unlink(path);
	}
	path_in(job, "db", path);
	rmdir(path);
	rmdir(job->part);
}

static enum err flush_dir(struct backup_job *job, const char *path)
{
	int fd = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	enum err err = fd < 0 || fsync(fd) ? cannot(job, "cannot be flushed") : ERR_OK;

	if (fd >= 0)
		close(fd);
	return err;
}

static enum err make_part(struct backup_job *job)
{
	char db[PATH_BYTES];
	struct stat st;

	path_in(job, "db", db);
	if (lstat(job->dir, &st) == 0)
		return reason_set(&job->reason, ERR_CONFLICT, job->dir, "must not exist yet");
	remove_part(job); /* of a backup that was broken off */
	return mkdir(job->part, 0700) || mkdir(db, 0700) ? cannot(job, "cannot be made") : ERR_OK;
}

/* The backup is there from here on, and for good. */
static enum err name_it(struct backup_job *job)
{
	char above[PATH_BYTES], report[PATH_BYTES];

	path_in(job, REPORT, report);
	unlink(report);
	enum err err = flush_dir(job, job->part);
	if (!err && rename(job->part, job->dir))
		err = cannot(job, "cannot be given its name");
	snprintf(above, sizeof(above), "%s", job->dir);
	char *slash = strrchr(above, '/');
	slash[slash == above ? 1 : 0] = '\0';
	return err ? err : flush_dir(job, above);
}

/* ---- the thread ------------------------------------------------------------------------------ */

static enum err copy_files(struct backup_job *job)
{
	char db[PATH_BYTES], keys[PATH_BYTES];

	path_in(job, "db", db);
	path_in(job, STATE_KEYS, keys);
	enum err err = store_copy_lmdb(job->daemon->store, db, &job->reason);
	if (!err && keyring_copy_file(job->daemon->keyring, keys))
		err = cannot(job, "the data keys cannot be copied");
	if (!err)
		err = flush_dir(job, db);
	return err ? err : flush_dir(job, job->part);
}

static int spawn_check(struct backup_job *job, const char *report, pid_t *ret)
{
	static const char program[] = "/proc/self/exe";
	char *argv[] = {strdup(program), strdup("--config"), strdup(job->daemon->config_path),
		strdup("--seal-backup"), strdup(job->part), NULL};
	posix_spawn_file_actions_t actions;
	posix_spawnattr_t attributes;
	sigset_t none;

	sigemptyset(&none);
	posix_spawnattr_init(&attributes);
	posix_spawnattr_setflags(&attributes, POSIX_SPAWN_SETSIGMASK);
	posix_spawnattr_setsigmask(&attributes, &none);
	posix_spawn_file_actions_init(&actions);
	posix_spawn_file_actions_addopen(
		&actions, STDOUT_FILENO, report, O_WRONLY | O_CREAT | O_EXCL, 0600);
	int rc = argv[4] ? posix_spawn(ret, program, &actions, &attributes, argv, environ) : ENOMEM;
	posix_spawn_file_actions_destroy(&actions);
	posix_spawnattr_destroy(&attributes);
	for (size_t i = 0; i < sizeof(argv) / sizeof(argv[0]); i++)
		free(argv[i]);
	return rc;
}

static void read_report(struct backup_job *job, const char *path)
{
	int fd = open(path, O_RDONLY | O_CLOEXEC);
	ssize_t got = fd < 0 ? -1 : read(fd, job->report, sizeof(job->report));

	if (fd >= 0)
		close(fd);
	job->report_n = got > 0 ? (size_t)got : 0;
}

/* In a process of its own: what is wrong with the copy can end that one only. */
static enum err check_copy(struct backup_job *job)
{
	char report[PATH_BYTES];
	int status = -1;
	pid_t pid;

	path_in(job, REPORT, report);
	errno = spawn_check(job, report, &pid);
	if (errno)
		return cannot(job, "the check cannot be started");
	atomic_store(&job->child, pid);
	while (waitpid(pid, &status, 0) < 0 && errno == EINTR)
		;
	atomic_store(&job->child, 0);
	read_report(job, report);
	if (WIFEXITED(status) && WEXITSTATUS(status) == DAEMON_STOPPED)
		return ERR_OK;
	if (WIFEXITED(status) && WEXITSTATUS(status) == DAEMON_FAULTY)
		return reason_set(&job->reason, ERR_CORRUPT, job->dir,
			"what was copied is not as it was written; the node's log names it");
	return reason_set(&job->reason, ERR_SYSTEM, job->dir, "the check of the copy ended early");
}

static void *run(void *arg)
{
	struct backup_job *job = arg;
	enum err err = make_part(job);
	bool made = !err;

	if (!err)
		err = copy_files(job);
	if (!err) {
		atomic_store(&job->phase, BACKUP_CHECKING);
		err = check_copy(job);
	}
	if (!err && job->keep)
		err = name_it(job);
	if (made && (err || !job->keep))
		remove_part(job);
	atomic_store(&job->phase, err ? BACKUP_FAILED : BACKUP_DONE);
	return NULL;
}

/* ---- the loop -------------------------------------------------------------------------------- */

static enum err start(struct backup_job *job, const struct backup *asked)
{
	const char *allowed = job->daemon->config.backups;
	size_t n = strlen(allowed);
	sigset_t all, before;

	job->reason = (struct reason){0};
	job->keep = asked->keep;
	snprintf(job->dir, sizeof(job->dir), "%s%s",
		job->keep ? asked->dir : job->daemon->config.state, job->keep ? "" : "/check");
	snprintf(job->part, sizeof(job->part), "%.1030s.part", job->dir);
	if (n && asked->keep && (strncmp(job->dir, allowed, n) != 0 || job->dir[n] != '/'))
		return reason_set(&job->reason, ERR_DENIED, job->dir,
			"must lie in %s, as the node's settings say", allowed);
	atomic_store(&job->phase, BACKUP_COPYING);
	sigfillset(&all); /* signals are the loop's */
	pthread_sigmask(SIG_SETMASK, &all, &before);
	job->running = pthread_create(&job->thread, NULL, run, job) == 0;
	pthread_sigmask(SIG_SETMASK, &before, NULL);
	return job->running ? ERR_OK
			    : reason_set(&job->reason, ERR_SYSTEM, "", "no thread can be started");
}

/* The report as the engine shows it. */
static void take_report(struct backup_job *job, struct backup *backup)
{
	const struct text json = {job->report, (uint32_t)job->report_n, false};
	struct files_checked found;
	struct arena arena;

	arena_init(&arena, ARENA_BYTES);
	if (job->report_n &&
		!schema_from_json(schema_files_checked(), json, &arena, &found, NULL)) {
		backup->check = (struct check){.records = (uint64_t)found.records,
			.rows = (uint64_t)found.rows,
			.later = (uint64_t)found.later,
			.faults = (uint64_t)found.faults,
			.done = true};
		backup->head =
			(struct head){.epoch = (uint64_t)found.epoch, .seq = (uint64_t)found.head};
		if (found.hash.n == HASH_BYTES)
			memcpy(backup->head.hash, found.hash.p, HASH_BYTES);
		for (size_t i = 0; i < found.first.n && i < CHECK_FAULTS; i++) {
			struct check_fault *fault = &backup->check.first[i];
			snprintf(fault->where, sizeof(fault->where), "%.*s",
				(int)found.first.at[i].where.n, found.first.at[i].where.p);
			snprintf(fault->what, sizeof(fault->what), "%.*s",
				(int)found.first.at[i].what.n, found.first.at[i].what.p);
		}
	}
	arena_done(&arena);
}

static void finish(struct backup_job *job, struct backup *backup, bool good)
{
	take_report(job, backup);
	backup->phase = good ? BACKUP_DONE : BACKUP_FAILED;
	backup->ended_at = clock_now(&job->daemon->clock);
	if (good) {
		log_event(LOG_INFO, job->keep ? "backup made" : "state checked",
			LOG_TEXT("dir", job->dir), LOG_INT("epoch", backup->head.epoch),
			LOG_INT("head", backup->head.seq));
		return;
	}
	snprintf(backup->why, sizeof(backup->why), "%s %s", job->reason.field, job->reason.rule);
	log_event(LOG_ERROR, job->keep ? "no backup was made" : "the state could not be checked",
		LOG_TEXT("field", job->reason.field), LOG_TEXT("rule", job->reason.rule));
}

static void on_look(void *ctx, unsigned what)
{
	struct backup_job *job = ctx;
	struct backup *backup = engine_backup(job->daemon->engine);
	char path[PATH_BYTES], made[PATH_BYTES + sizeof(STATE_DATA)];
	struct stat st;

	(void)what;
	if (backup->phase == BACKUP_ASKED && !job->running) {
		job->report_n = 0;
		if (start(job, backup))
			finish(job, backup, false);
	}
	if (!job->running)
		return;
	int phase = atomic_load(&job->phase);
	path_in(job, STATE_DATA, path);
	snprintf(made, sizeof(made), "%s/" STATE_DATA, job->dir);
	if (stat(path, &st) == 0 || stat(made, &st) == 0)
		backup->bytes = (uint64_t)st.st_size;
	backup->phase = BACKUP_COPYING;
	if (phase == BACKUP_CHECKING)
		backup->phase = BACKUP_CHECKING;
	if (phase < BACKUP_DONE)
		return;
	pthread_join(job->thread, NULL);
	job->running = false;
	finish(job, backup, phase == BACKUP_DONE);
}

enum err daemon_open_backup(struct daemon *daemon)
{
	struct backup_job *job = daemon->backup = calloc(1, sizeof(*job));

	if (!job)
		return ERR_NO_MEMORY;
	job->daemon = daemon;
	enum err err = loop_timer_new(daemon->loop, (struct loop_call){on_look, job}, &job->look);
	if (err)
		return err;
	engine_backup(daemon->engine)->possible = true;
	loop_timer_every(job->look, LOOK_MS);
	return ERR_OK;
}

bool daemon_close_backup(struct daemon *daemon)
{
	struct backup_job *job = daemon->backup;
	bool ended = true;

	if (!job)
		return true;
	loop_timer_free(job->look);
	for (int ms = 0; job->running && ms < STOP_MS; ms += 10) {
		pid_t child = atomic_load(&job->child);
		if (child > 0)
			kill(child, SIGKILL);
		if (atomic_load(&job->phase) >= BACKUP_DONE)
			break;
		usleep(10000);
	}
	if (job->running)
		ended = pthread_tryjoin_np(job->thread, NULL) == 0 ||
			(atomic_load(&job->phase) >= BACKUP_DONE &&
				pthread_join(job->thread, NULL) == 0);
	if (ended)
		free(job);
	daemon->backup = NULL;
	return ended;
}
