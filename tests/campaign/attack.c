/* oneplan-attack: peers that mean no good to one node. Each prints what came of it, and `admitted=`
 * how many of them were welcomed that should not have been. Everything is bounded in number, bytes
 * and time. Touches the network only.
 *
 *   oneplan-attack MODE --town DIR --node NODE [--as CLIENT] [--number N] [--seconds S] [--mib N]
 *
 * Strangers: null (no key), plain (a password), foreign (a key nobody knows), server (meant for
 * another node).
 *
 * Crowds: silent, greeting (and no more), hello (half a handshake), noise (random bytes); frame is
 * one that says it is 1 GiB, and sends as much of it as is taken.
 *
 * With the key of --as: hellos (HELLO without end), sessions (more than one may have), parts (one
 * message of parts without end), replay (what another connection said), follow (as if a follower).
 */
#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <getopt.h>
#include <poll.h>
#include <pthread.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <unistd.h>

#include "common/bus_parts.h"
#include "common/town.h"

enum {
	BATCH = 50,
	PART_BYTES = 64 * 1024,
	GREETING_BYTES = 64,
	ONE_S = 1000,
	RECORD_BYTES = 1 << 20
};

struct attack {
	struct town town;
	const struct town_node *node;
	struct town_keys keys;
	struct sockaddr_in to;
	void *zmq;
	int number, seconds, mib;
	struct buffer scratch;
};

static void die(const char *what)
{
	fprintf(stderr, "attack: %s: %s\n", what, strerror(errno));
	exit(111);
}

/* ---- with ZeroMQ ----------------------------------------------------------------------------- */

/* Tries once, so that what the node counts can be compared. */
static void *dealer(struct attack *a, const struct wire_options *options)
{
	const int never = -1, none = 0, all = 0;
	void *socket = zmq_socket(a->zmq, ZMQ_DEALER);

	if (!socket)
		die("socket");
	zmq_setsockopt(socket, ZMQ_RECONNECT_IVL, &never, sizeof(never));
	zmq_setsockopt(socket, ZMQ_LINGER, &none, sizeof(none));
	zmq_setsockopt(socket, ZMQ_SNDHWM, &all, sizeof(all));
	if (options->secret_key) {
		zmq_setsockopt(socket, ZMQ_CURVE_SECRETKEY, options->secret_key, BUS_KEY_BYTES);
		zmq_setsockopt(socket, ZMQ_CURVE_PUBLICKEY, options->public_key, BUS_KEY_BYTES);
		zmq_setsockopt(socket, ZMQ_CURVE_SERVERKEY, options->server_key, BUS_KEY_BYTES);
	}
	return socket;
}

static void *own_dealer(struct attack *a)
{
	void *socket = dealer(a, &(struct wire_options){.public_key = a->keys.public_key,
					 .secret_key = a->keys.secret_key,
					 .server_key = a->node->public_key});

	if (zmq_connect(socket, a->node->endpoint))
		die("connect");
	return socket;
}

static void say_hello(struct attack *a, void *socket)
{
	const struct op_hello hello = {.min_major = OP_MAJOR,
		.max_major = OP_MAJOR,
		.node = text_of("attack"),
		.boot = {{1}},
		.max_message = OP_MESSAGE_MAX};
	const struct bus_out out = {OP_HELLO, 1, &hello, BYTES_NONE};

	enum err ignored = wire_send_out(socket, NULL, &out, &a->scratch);
	(void)ignored;
}

/* What arrives within ms that is a WELCOME. */
static int welcomes(void *socket, int ms)
{
	zmq_pollitem_t item = {.socket = socket, .events = ZMQ_POLLIN};
	struct wire_message parts;
	struct op_message message;
	int n = 0;

	while (zmq_poll(&item, 1, ms) > 0 && wire_receive(socket, &parts)) {
		n += wire_decode(&parts, 0, &message, NULL) == ERR_OK && message.kind == OP_WELCOME;
		wire_done(&parts);
		ms = 0;
	}
	return n;
}

static void *stranger(struct attack *a, const char *mode)
{
	char public_key[BUS_KEY_BYTES], secret_key[BUS_KEY_BYTES];
	struct wire_options options = {.public_key = public_key, .secret_key = secret_key};

	if (bus_make_keys(public_key, secret_key))
		die("keys");
	options.server_key = a->node->public_key;
	if (!strcmp(mode, "server")) {
		options.server_key = public_key;
		options.public_key = a->keys.public_key;
		options.secret_key = a->keys.secret_key;
	}
	if (strcmp(mode, "foreign") != 0 && strcmp(mode, "server") != 0)
		options.secret_key = NULL;
	void *socket = dealer(a, &options);
	if (!strcmp(mode, "plain")) {
		zmq_setsockopt(socket, ZMQ_PLAIN_USERNAME, "portal", 6);
		zmq_setsockopt(socket, ZMQ_PLAIN_PASSWORD, "secret", 6);
	}
	if (zmq_connect(socket, a->node->endpoint))
		die("connect");
	return socket;
}

static int strangers(struct attack *a, const char *mode)
{
	void *sockets[BATCH];
	int admitted = 0;

	for (int done = 0; done < a->number; done += BATCH) {
		int n = a->number - done < BATCH ? a->number - done : BATCH;
		for (int i = 0; i < n; i++) {
			sockets[i] = stranger(a, mode);
			say_hello(a, sockets[i]);
		}
		for (int i = 0; i < n; i++)
			admitted += welcomes(sockets[i], i == 0 ? ONE_S / 2 : 0);
		for (int i = 0; i < n; i++)
			zmq_close(sockets[i]);
	}
	printf("mode=%s tried=%d admitted=%d\n", mode, a->number, admitted);
	return admitted != 0;
}

static int hellos(struct attack *a)
{
	void *socket = own_dealer(a);
	int said = 0, welcomed = 0;

	for (; said < a->number; said++) {
		say_hello(a, socket);
		if (said % 64 == 0)
			welcomed += welcomes(socket, 0);
	}
	welcomed += welcomes(socket, ONE_S);
	printf("mode=hellos said=%d welcomed=%d admitted=0\n", said, welcomed);
	zmq_close(socket);
	return 0;
}

static int sessions(struct attack *a)
{
	void **sockets = calloc((size_t)a->number, sizeof(*sockets));
	int welcomed = 0;

	for (int i = 0; sockets && i < a->number; i++) {
		sockets[i] = own_dealer(a);
		say_hello(a, sockets[i]);
	}
	for (int i = 0; sockets && i < a->number; i++)
		welcomed += welcomes(sockets[i], i == 0 ? ONE_S * 2 : 10);
	printf("mode=sessions tried=%d welcomed=%d admitted=%d\n", a->number, welcomed,
		welcomed > 64 ? welcomed - 64 : 0);
	for (int i = 0; sockets && i < a->number; i++)
		zmq_close(sockets[i]);
	free(sockets);
	return welcomed > 64;
}

/* A client that would be a follower. */
static int follow(struct attack *a)
{
	const struct op_follow follow = {
		.epoch = 1, .next = 1, .credit_records = 100, .credit_bytes = 100000};
	const struct bus_out out = {OP_FOLLOW, 2, &follow, BYTES_NONE};
	zmq_pollitem_t item = {.socket = own_dealer(a), .events = ZMQ_POLLIN};
	struct wire_message parts;
	struct op_message message;
	int given = 0, refused = 0;

	say_hello(a, item.socket);
	if (!welcomes(item.socket, ONE_S * 5) ||
		wire_send_out(item.socket, NULL, &out, &a->scratch))
		die("the key of --as is not welcomed");
	for (int i = 0; i < 20 && !refused; i++)
		while (zmq_poll(&item, 1, ONE_S / 10) > 0 && wire_receive(item.socket, &parts)) {
			bool good = wire_decode(&parts, 0, &message, NULL) == ERR_OK;
			given += good && (message.kind == OP_FOLLOWING || message.kind == OP_BATCH);
			refused += good && message.kind == OP_ERROR;
			wire_done(&parts);
		}
	printf("mode=follow refused=%d admitted=%d\n", refused, given);
	zmq_close(item.socket);
	return given != 0 || refused == 0;
}

/* ZeroMQ sends nothing of a message before it has the last part, so all of it is in memory here
 * first. */
static int endless_parts(struct attack *a)
{
	static uint8_t part[PART_BYTES];
	void *socket = own_dealer(a);
	int parts = a->mib * (1024 * 1024 / PART_BYTES);

	say_hello(a, socket);
	if (!welcomes(socket, ONE_S * 5))
		die("the key of --as is not welcomed");
	for (int i = 0; i < parts; i++)
		if (zmq_send(socket, part, sizeof(part), i + 1 < parts ? ZMQ_SNDMORE : 0) < 0)
			die("send");
	for (int i = 0; i < a->seconds * 10; i++)
		(void)welcomes(socket, ONE_S / 10);
	printf("mode=parts mib=%d admitted=0\n", a->mib);
	zmq_close(socket);
	return 0;
}

/* ---- with bare TCP --------------------------------------------------------------------------- */

static int tcp_open(const struct sockaddr_in *to)
{
	int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);

	if (fd >= 0 && connect(fd, (const struct sockaddr *)to, sizeof(*to)) == 0)
		return fd;
	if (fd >= 0)
		close(fd);
	return -1;
}

static void fill_random(uint8_t *p, size_t n)
{
	const struct random random = random_real();

	random.fill(random.ctx, p, n);
}

static void put_greeting(uint8_t ret[GREETING_BYTES])
{
	memset(ret, 0, GREETING_BYTES);
	ret[0] = 0xff;
	ret[8] = 1;
	ret[9] = 0x7f;
	ret[10] = 3;
	memcpy(ret + 12, "CURVE", 5);
}

/* The greeting, and of a client's first command the frame and its name. */
static size_t first_words(const char *mode, uint8_t *ret)
{
	put_greeting(ret);
	if (!strcmp(mode, "silent"))
		return 0;
	if (!strcmp(mode, "greeting"))
		return GREETING_BYTES;
	if (!strcmp(mode, "noise")) {
		fill_random(ret, 4096);
		return 4096;
	}
	fill_random(ret + GREETING_BYTES, 202);
	ret[GREETING_BYTES] = 4; /* a command, short */
	ret[GREETING_BYTES + 1] = 200;
	memcpy(ret + GREETING_BYTES + 2, "\5HELLO\1\0", 8);
	memset(ret + GREETING_BYTES + 10, 0, 72);
	return GREETING_BYTES + 202;
}

static int still_open(const int *fds, int n)
{
	uint8_t bytes[512];
	int open = 0;

	for (int i = 0; i < n; i++) {
		ssize_t got = 1;
		while (fds[i] >= 0 && got > 0)
			got = recv(fds[i], bytes, sizeof(bytes), MSG_DONTWAIT);
		open += fds[i] >= 0 && got < 0 && errno == EAGAIN;
	}
	return open;
}

static int crowd(struct attack *a, const char *mode)
{
	int *fds = calloc((size_t)a->number, sizeof(*fds));
	uint8_t words[4096];
	int opened = 0, most = 0, open = 0;

	for (int i = 0; fds && i < a->number; i++) {
		size_t n = first_words(mode, words);
		fds[i] = tcp_open(&a->to);
		opened += fds[i] >= 0;
		if (fds[i] >= 0 && n && send(fds[i], words, n, MSG_NOSIGNAL) < 0)
			opened--;
		if (i % BATCH == BATCH - 1)
			usleep(2000);
	}
	for (int i = 0; i < a->seconds * 2; i++) {
		open = still_open(fds, a->number);
		most = open > most ? open : most;
		usleep(500000);
	}
	printf("mode=%s tried=%d opened=%d most_open=%d open_in_the_end=%d admitted=0\n", mode,
		a->number, opened, most, open);
	for (int i = 0; fds && i < a->number; i++)
		if (fds[i] >= 0)
			close(fds[i]);
	free(fds);
	return 0;
}

static int large_frame(struct attack *a)
{
	static uint8_t block[PART_BYTES];
	const uint8_t header[9] = {6, 0, 0, 0, 0, 0x40, 0, 0, 0};
	int64_t taken = 0, most = (int64_t)a->mib * 1024 * 1024;
	const struct timeval patience = {.tv_sec = 2};
	int fd = tcp_open(&a->to);

	put_greeting(block);
	if (fd < 0 || setsockopt(fd, SOL_SOCKET, SO_SNDTIMEO, &patience, sizeof(patience)) ||
		send(fd, block, GREETING_BYTES, MSG_NOSIGNAL) < 0 ||
		send(fd, header, sizeof(header), MSG_NOSIGNAL) < 0)
		die("frame");
	for (ssize_t n = 1; n > 0 && taken < most;) {
		n = send(fd, block, sizeof(block), MSG_NOSIGNAL);
		taken += n > 0 ? n : 0;
	}
	printf("mode=frame said_mib=1024 taken_kib=%lld admitted=0\n", (long long)taken / 1024);
	close(fd);
	return 0;
}

/* ---- once more ------------------------------------------------------------------------------- */

struct tap {
	int listening;
	struct sockaddr_in to;
	uint8_t *said;
	size_t n;
};

/* Carries one connection and keeps what the client says. */
static void *carry(void *ctx)
{
	struct tap *tap = ctx;
	struct pollfd fds[2] = {{.events = POLLIN}, {.events = POLLIN}};
	static uint8_t bytes[PART_BYTES];

	fds[0].fd = accept(tap->listening, NULL, NULL);
	fds[1].fd = tcp_open(&tap->to);
	while (poll(fds, 2, ONE_S * 10) > 0) {
		int from = fds[0].revents ? 0 : 1;
		ssize_t got = recv(fds[from].fd, bytes, sizeof(bytes), 0);
		if (got <= 0 || send(fds[!from].fd, bytes, (size_t)got, MSG_NOSIGNAL) < 0)
			break;
		if (from == 0 && tap->n + (size_t)got <= RECORD_BYTES) {
			memcpy(tap->said + tap->n, bytes, (size_t)got);
			tap->n += (size_t)got;
		}
	}
	close(fds[0].fd);
	close(fds[1].fd);
	return NULL;
}

static int replay(struct attack *a)
{
	struct sockaddr_in here = {.sin_family = AF_INET, .sin_addr = {htonl(INADDR_LOOPBACK)}};
	struct tap tap = {.listening = socket(AF_INET, SOCK_STREAM, 0),
		.to = a->to,
		.said = malloc(RECORD_BYTES)};
	socklen_t size = sizeof(here);
	char endpoint[64];
	uint8_t bytes[4096];
	pthread_t thread = {0};
	size_t answered = 0;

	if (bind(tap.listening, (struct sockaddr *)&here, size) || listen(tap.listening, 1) ||
		getsockname(tap.listening, (struct sockaddr *)&here, &size) ||
		pthread_create(&thread, NULL, carry, &tap))
		die("tap");
	snprintf(endpoint, sizeof(endpoint), "tcp://127.0.0.1:%d", ntohs(here.sin_port));
	struct town_node tapped = *a->node;
	tapped.endpoint = endpoint;
	a->node = &tapped;
	void *socket = own_dealer(a);
	say_hello(a, socket);
	int welcomed = welcomes(socket, ONE_S * 5);
	zmq_close(socket);
	pthread_join(thread, NULL);
	int fd = tcp_open(&tap.to);
	const struct timeval patience = {.tv_sec = 6};
	setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &patience, sizeof(patience));
	(void)!send(fd, tap.said, tap.n, MSG_NOSIGNAL);
	ssize_t got;
	while ((got = recv(fd, bytes, sizeof(bytes), 0)) > 0)
		answered += (size_t)got;
	/* the node's greeting and its part of the first exchange; nothing of a session */
	bool closed = got == 0 || errno == ECONNRESET;
	bool bad = welcomed != 1 || !closed || answered > GREETING_BYTES + 200;
	printf("mode=replay welcomed=%d recorded=%zu answered=%zu closed=%d admitted=%d\n",
		welcomed, tap.n, answered, closed, bad);
	free(tap.said);
	return bad;
}

/* ---- arguments ------------------------------------------------------------------------------- */

static int act(struct attack *a, const char *mode)
{
	static const char *const raw[] = {"silent", "greeting", "hello", "noise"};

	for (size_t i = 0; i < sizeof(raw) / sizeof(raw[0]); i++)
		if (!strcmp(mode, raw[i]))
			return crowd(a, mode);
	if (!strcmp(mode, "frame"))
		return large_frame(a);
	if (!strcmp(mode, "hellos"))
		return hellos(a);
	if (!strcmp(mode, "follow"))
		return follow(a);
	if (!strcmp(mode, "sessions"))
		return sessions(a);
	if (!strcmp(mode, "parts"))
		return endless_parts(a);
	return !strcmp(mode, "replay") ? replay(a) : strangers(a, mode);
}

static void raise_limit(void)
{
	struct rlimit limit;

	if (getrlimit(RLIMIT_NOFILE, &limit))
		return;
	limit.rlim_cur = limit.rlim_max;
	setrlimit(RLIMIT_NOFILE, &limit);
}

static void prepare(struct attack *a, const char *endpoint)
{
	char address[64] = "";
	unsigned port = 0;

	if (sscanf(endpoint, "tcp://%63[0-9.]:%u", address, &port) != 2)
		exit(2);
	a->to = (struct sockaddr_in){.sin_family = AF_INET, .sin_port = htons((uint16_t)port)};
	inet_pton(AF_INET, address, &a->to.sin_addr);
	a->zmq = zmq_ctx_new();
	zmq_ctx_set(a->zmq, ZMQ_MAX_SOCKETS, 4096);
	buffer_init(&a->scratch, OP_FIELDS_MAX);
	raise_limit();
	signal(SIGPIPE, SIG_IGN);
}

int main(int argc, char **argv)
{
	static const struct option options[] = {{"town", 1, NULL, 't'}, {"node", 1, NULL, 'n'},
		{"as", 1, NULL, 'a'}, {"number", 1, NULL, 'k'}, {"seconds", 1, NULL, 's'},
		{"mib", 1, NULL, 'm'}, {NULL, 0, NULL, 0}};
	const char *dir = "", *node = "", *as = "portal";
	struct attack a = {.number = 100, .seconds = 5, .mib = 64};
	struct reason reason = {0};
	struct arena arena;

	for (int option; (option = getopt_long(argc, argv, "", options, NULL)) != -1;)
		switch (option) {
		case 't':
			dir = optarg;
			break;
		case 'n':
			node = optarg;
			break;
		case 'a':
			as = optarg;
			break;
		case 'k':
			a.number = atoi(optarg);
			break;
		case 's':
			a.seconds = atoi(optarg);
			break;
		case 'm':
			a.mib = atoi(optarg);
			break;
		default:
			return 2;
		}
	arena_init(&arena, 1024 * 1024);
	if (optind + 1 != argc || town_load(dir, &arena, &a.town, &reason) ||
		town_read_keys(&a.town, as, &a.keys, &reason) ||
		!(a.node = town_find(&a.town, node))) {
		fprintf(stderr, "attack: %s: %s\n", reason.field, reason.rule);
		return 2;
	}
	prepare(&a, a.node->endpoint);
	int code = act(&a, argv[optind]);
	arena_done(&arena);
	return code;
}
