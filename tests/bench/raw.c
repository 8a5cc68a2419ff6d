/* oneplan-bench-raw: what the disk, LMDB and ZeroMQ could do at most, without us. Writes below the
 * directory given, and listens on the loopback port given. Prints key=value pairs.
 *
 *   flush DIR SECONDS           writes a page and flushes it (fdatasync), again and again
 *   lmdb DIR N SECONDS          the rows that N inquiries a turn leave in the entrance's store, put
 *                               into a database of LMDB's own with the same commits
 *   echo N SECONDS PORT         ZeroMQ with CURVE: messages as large as an inquiry go to another
 *                               process, as large as its answer come back; N in flight
 *
 * Exit codes: 0 done, 2 arguments, 111 something failed.
 */
#include <dlfcn.h>
#include <fcntl.h>
#include <lmdb.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>
#include <zmq.h>

#include "tests/bench/cost.h"
#include "tests/bench/entrance.h"
#include "tests/bench/load.h"

enum { PAGE = 4096, WARM_UP_TURNS = 20, NOTED_LONGER = 3, ROWS_BYTES = 96 << 20, TREES = 128 };
/* Around the fields of an inquiry and of its answer: OP/1's header, key, type, actor. */
enum { REQUEST_AROUND = 112, REPLY_AROUND = 56 };

static void must(int rc, const char *what)
{
	if (rc == 0)
		return;
	fprintf(stderr, "bench: %s: %s\n", what, rc > 0 ? strerror(rc) : mdb_strerror(rc));
	exit(111);
}

static void print(double count, double us, struct times *times)
{
	times_sort(times);
	printf("per_s=%.0f p50_us=%lld p99_us=%lld max_us=%lld", count * 1e6 / us,
		(long long)times_at(times, 500), (long long)times_at(times, 990),
		(long long)times_at(times, 1000));
}

static void end_line(void)
{
	putchar('\n');
	fflush(stdout);
}

/* ---- flush ----------------------------------------------------------------------------------- */

static int run_flush(char **argv)
{
	uint8_t page[PAGE] = {0};
	struct times took = {0};
	char path[4096];

	snprintf(path, sizeof(path), "%s/flushed", argv[0]);
	int fd = open(path, O_RDWR | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);
	if (fd < 0 || posix_fallocate(fd, 0, 1 << 20) || fsync(fd))
		return 111;
	int64_t begun = load_now_us(), until = begun + (int64_t)(atof(argv[1]) * 1e6), now = begun;
	for (unsigned i = 0; now < until; i++) {
		int64_t before = now;
		memset(page, (int)i, sizeof(page));
		if (pwrite(fd, page, PAGE, (off_t)(i % 256) * PAGE) != PAGE || fdatasync(fd))
			return 111;
		now = load_now_us();
		times_add(&took, now - before);
	}
	print((double)took.n, (double)(now - begun), &took);
	end_line();
	return 0;
}

/* ---- LMDB: the entrance's rows are noted as they are put --------------------------------------
 */

enum what { PUT, DELETE, COMMIT };
struct noted {
	enum what what;
	MDB_dbi tree;
	unsigned flags;
	uint32_t key, value; /* bytes; they follow */
};

static uint8_t *notes;
static size_t n_notes;
static bool noting;

static void note(const struct noted *noted, const MDB_val *key, const MDB_val *value)
{
	if (!noting || n_notes + sizeof(*noted) + noted->key + noted->value > ROWS_BYTES)
		return;
	memcpy(notes + n_notes, noted, sizeof(*noted));
	n_notes += sizeof(*noted);
	if (noted->key)
		memcpy(notes + n_notes, key->mv_data, noted->key);
	n_notes += noted->key;
	if (noted->value)
		memcpy(notes + n_notes, value->mv_data, noted->value);
	n_notes += noted->value;
}

#define REAL(type_, name_)          \
	((union {                   \
		void *p;            \
		type_ *fn;          \
	}){dlsym(RTLD_NEXT, name_)} \
			.fn)
typedef int put_fn(MDB_txn *, MDB_dbi, MDB_val *, MDB_val *, unsigned);
typedef int del_fn(MDB_txn *, MDB_dbi, MDB_val *, MDB_val *);
typedef int commit_fn(MDB_txn *);

/* These take the place of the library's for the whole program. */
int mdb_put(MDB_txn *txn, MDB_dbi tree, MDB_val *key, MDB_val *value, unsigned flags)
{
	static put_fn *real;

	if (!real)
		real = REAL(put_fn, "mdb_put");
	int rc = real(txn, tree, key, value, flags);
	if (rc == MDB_SUCCESS)
		note(&(struct noted){PUT, tree, flags, (uint32_t)key->mv_size,
			     (uint32_t)value->mv_size},
			key, value);
	return rc;
}

int mdb_del(MDB_txn *txn, MDB_dbi tree, MDB_val *key, MDB_val *value)
{
	static del_fn *real;

	if (!real)
		real = REAL(del_fn, "mdb_del");
	int rc = real(txn, tree, key, value);
	if (rc == MDB_SUCCESS)
		note(&(struct noted){DELETE, tree, 0, (uint32_t)key->mv_size, 0}, key, NULL);
	return rc;
}

int mdb_txn_commit(MDB_txn *txn)
{
	static commit_fn *real;

	if (!real)
		real = REAL(commit_fn, "mdb_txn_commit");
	note(&(struct noted){.what = COMMIT}, NULL, NULL);
	return real(txn);
}

static void note_entrance(const char *dir, unsigned in_flight, double seconds)
{
	static struct entrance entrance;
	char path[4096];

	notes = malloc(ROWS_BYTES);
	snprintf(path, sizeof(path), "%s/entrance", dir);
	if (!notes || mkdir(path, 0700))
		exit(111);
	entrance_open(&entrance, path);
	int64_t until = load_now_us() + (int64_t)(seconds * NOTED_LONGER * 1e6);
	noting = true;
	for (int i = 0;
		i <= WARM_UP_TURNS || (load_now_us() < until && n_notes < ROWS_BYTES - (4 << 20));
		i++)
		entrance_receive(&entrance, in_flight);
	noting = false;
	entrance_close(&entrance);
}

static MDB_env *open_lmdb(const char *dir)
{
	char path[4096], name[16];
	MDB_txn *txn;
	MDB_env *env;
	MDB_dbi tree;
	int fd;

	snprintf(path, sizeof(path), "%s/lmdb", dir);
	if (mkdir(path, 0700))
		exit(111);
	must(mdb_env_create(&env), "create");
	must(mdb_env_set_maxdbs(env, TREES), "maxdbs");
	must(mdb_env_set_mapsize(env, (size_t)16 << 30), "mapsize");
	must(mdb_env_open(env, path, 0, 0600), "open");
	must(mdb_env_get_fd(env, &fd), "fd");
	must(posix_fallocate(fd, 0, 512 << 20), "fallocate");
	must(mdb_txn_begin(env, NULL, 0, &txn), "begin");
	for (unsigned i = 2; i < TREES; i++) { /* 0 and 1 are LMDB's own */
		snprintf(name, sizeof(name), "%u", i);
		must(mdb_dbi_open(txn, name, MDB_CREATE, &tree), "tree");
		if (tree != i)
			exit(111);
	}
	must(mdb_txn_commit(txn), "commit");
	return env;
}

static void put_noted(MDB_txn *txn, const struct noted *noted, uint8_t *at)
{
	MDB_val key = {noted->key, at}, value = {noted->value, at + noted->key};

	if (noted->what == DELETE)
		must(mdb_del(txn, noted->tree, &key, NULL), "delete");
	else
		must(mdb_put(txn, noted->tree, &key, &value, noted->flags), "put");
}

/* The first turns are not counted, and of the rest those that hold an inquiry. */
static int run_lmdb(char **argv)
{
	unsigned in_flight = (unsigned)atoi(argv[1]), turns = 0;
	struct cost cost = {0};
	struct times took = {0};
	struct noted noted;
	MDB_txn *txn = NULL;
	int64_t begun = 0, now = 0;

	note_entrance(argv[0], in_flight, atof(argv[2]));
	MDB_env *env = open_lmdb(argv[0]);
	for (size_t at = 0; at < n_notes; at += noted.key + noted.value) {
		memcpy(&noted, notes + at, sizeof(noted));
		at += sizeof(noted);
		int64_t before = load_now_us();
		if (!txn)
			must(mdb_txn_begin(env, NULL, 0, &txn), "begin");
		if (!begun)
			begun = before;
		if (noted.what != COMMIT) {
			put_noted(txn, &noted, notes + at);
			continue;
		}
		must(mdb_txn_commit(txn), "commit");
		txn = NULL;
		now = load_now_us();
		if (++turns == WARM_UP_TURNS) {
			begun = now;
			cost = cost_of("self");
		} else if (turns > WARM_UP_TURNS)
			times_add(&took, now - before);
		if (turns > WARM_UP_TURNS && (double)(now - begun) > atof(argv[2]) * 1e6)
			break;
	}
	double count = (double)(turns - WARM_UP_TURNS) * in_flight;
	print(count, (double)(now - begun), &took);
	printf(" written=%.0f", (cost_of("self").written - cost.written) / count);
	end_line();
	return 0;
}

/* ---- ZeroMQ ---------------------------------------------------------------------------------- */

struct echo {
	char server[41], server_secret[41], client[41], client_secret[41], endpoint[64];
	size_t request, reply; /* bytes */
	unsigned in_flight;
	int64_t us;
};

static void *socket_of(const struct echo *echo, int type)
{
	const int server = 1, none = 0;
	void *context = zmq_ctx_new(), *socket = zmq_socket(context, type);

	if (!socket)
		exit(111);
	zmq_setsockopt(socket, ZMQ_LINGER, &none, sizeof(none));
	if (type == ZMQ_ROUTER) {
		zmq_setsockopt(socket, ZMQ_CURVE_SERVER, &server, sizeof(server));
		zmq_setsockopt(socket, ZMQ_CURVE_SECRETKEY, echo->server_secret, 41);
		if (zmq_bind(socket, echo->endpoint))
			exit(111);
	} else {
		zmq_setsockopt(socket, ZMQ_CURVE_SERVERKEY, echo->server, 41);
		zmq_setsockopt(socket, ZMQ_CURVE_PUBLICKEY, echo->client, 41);
		zmq_setsockopt(socket, ZMQ_CURVE_SECRETKEY, echo->client_secret, 41);
		if (zmq_connect(socket, echo->endpoint))
			exit(111);
	}
	return socket;
}

static _Noreturn void answer(const struct echo *echo)
{
	void *socket = socket_of(echo, ZMQ_ROUTER);
	static char reply[PAGE], from[PAGE];
	char id[256];

	for (;;) {
		int n = zmq_recv(socket, id, sizeof(id), 0);
		if (n < 0 || zmq_recv(socket, from, sizeof(from), 0) < 0 ||
			zmq_send(socket, id, (size_t)n, ZMQ_SNDMORE) < 0 ||
			zmq_send(socket, reply, echo->reply, 0) < 0)
			exit(111);
	}
}

static void ask(const struct echo *echo)
{
	void *socket = socket_of(echo, ZMQ_DEALER);
	static char request[PAGE], reply[PAGE];
	static int64_t sent_us[1024];
	struct times took = {0};
	uint64_t sent = 0, got = 0;

	if (zmq_send(socket, request, echo->request, 0) < 0 ||
		zmq_recv(socket, reply, sizeof(reply), 0) < 0)
		exit(111);
	int64_t begun = load_now_us(), now = begun;
	while (now < begun + echo->us) {
		for (; sent - got < echo->in_flight; sent++) {
			sent_us[sent % 1024] = load_now_us();
			if (zmq_send(socket, request, echo->request, 0) < 0)
				exit(111);
		}
		if (zmq_recv(socket, reply, sizeof(reply), 0) < 0)
			exit(111);
		now = load_now_us();
		times_add(&took, now - sent_us[got++ % 1024]);
	}
	print((double)got, (double)(now - begun), &took);
	end_line();
}

static int run_echo(char **argv)
{
	struct echo echo = {.in_flight = (unsigned)atoi(argv[0]),
		.us = (int64_t)(atof(argv[1]) * 1e6),
		.request = 300 + REQUEST_AROUND,
		.reply = 270 + REPLY_AROUND};

	snprintf(echo.endpoint, sizeof(echo.endpoint), "tcp://127.0.0.1:%s", argv[2]);
	if (echo.in_flight > 1024 || zmq_curve_keypair(echo.server, echo.server_secret) ||
		zmq_curve_keypair(echo.client, echo.client_secret))
		return 111;
	pid_t server = fork();
	if (server == 0)
		answer(&echo);
	if (server < 0)
		return 111;
	ask(&echo);
	kill(server, SIGKILL);
	waitpid(server, NULL, 0);
	return 0;
}

int main(int argc, char **argv)
{
	if (argc == 4 && !strcmp(argv[1], "flush"))
		return run_flush(argv + 2);
	if (argc == 5 && !strcmp(argv[1], "lmdb"))
		return run_lmdb(argv + 2);
	if (argc == 5 && !strcmp(argv[1], "echo"))
		return run_echo(argv + 2);
	fputs("oneplan-bench-raw flush|lmdb|echo: see the source\n", stderr);
	return 2;
}
