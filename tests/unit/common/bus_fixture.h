/* A node with nothing behind it, for tests of the bus: its loop runs in a thread of its own,
 * requests are echoed. Touches sockets in a new directory under /tmp and on the loopback address.
 */
#ifndef TESTS_BUS_FIXTURE_H
#define TESTS_BUS_FIXTURE_H

#include <pthread.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

#include "common/bus_parts.h"
#include "common/client.h"

#define COUNT(rows) (sizeof(rows) / sizeof((rows)[0]))
#define UNUSED __attribute__((unused))

struct keys {
	char public_key[BUS_KEY_BYTES];
	char secret_key[BUS_KEY_BYTES];
};

struct job {
	void (*fn)(void *arg);
	void *arg;
};

/* What the callbacks saw. Written in the loop's thread; read through node_look or when it has
 * stopped. */
struct seen {
	unsigned welcomes, calls, requests, follows, acks, gone;
	uint64_t last_through;
	char last_name[BUS_NAME_BYTES];
	unsigned sessions;
	struct bus_counters counters;
};

struct node {
	struct keys keys;
	char endpoint[128];
	struct loop *loop;
	struct bus *bus;
	struct bus_server *server;
	struct bus_session *follower; /* the last that followed */
	int64_t heartbeat_ms;         /* set before node_start; 0: the usual */
	unsigned max_sessions;
	bool mute;   /* requests are not answered */
	bool refuse; /* on_welcome refuses */
	struct seen seen;
	int jobs[2];
	int done[2];
	struct loop_fd *job_fd;
	pthread_t thread;
};

static char directory[64];

static inline int make_directory(void **state)
{
	(void)state;
	snprintf(directory, sizeof(directory), "/tmp/test_bus.XXXXXX");
	return mkdtemp(directory) ? 0 : -1;
}

static inline int remove_directory(void **state)
{
	(void)state;
	return rmdir(directory);
}

UNUSED static struct keys new_keys(void)
{
	struct keys keys;

	assert_int_equal(bus_make_keys(keys.public_key, keys.secret_key), ERR_OK);
	return keys;
}

UNUSED static struct bus_peer a_peer(
	const char *name, const struct keys *keys, enum bus_peer_kind kind)
{
	struct bus_peer peer = {.role_bit = 4, .kind = kind};

	snprintf(peer.name, sizeof(peer.name), "%s", name);
	snprintf(peer.role, sizeof(peer.role), "portal");
	memcpy(peer.key, keys->public_key, sizeof(peer.key));
	return peer;
}

/* ---- callbacks ------------------------------------------------------------------------------- */

static enum err node_welcome(
	void *ctx, struct bus_session *session, struct op_welcome *welcome, struct reason *reason)
{
	struct node *node = ctx;

	if (node->refuse)
		return reason_set(reason, ERR_DENIED, "node", "not today");
	node->seen.welcomes++;
	snprintf(node->seen.last_name, sizeof(node->seen.last_name), "%s", session->peer.name);
	session->user = node;
	welcome->epoch = 1;
	welcome->floor = 1;
	welcome->head = 77;
	return ERR_OK;
}

static void node_request(
	void *ctx, struct bus_session *session, const struct bus_request *requests, size_t n)
{
	struct op_replies fields = {.count = (int64_t)n};
	struct node *node = ctx;
	struct buffer body;

	node->seen.calls++;
	node->seen.requests += (unsigned)n;
	if (node->mute)
		return;
	buffer_init(&body, OP_MESSAGE_MAX - 64);
	for (size_t i = 0; i < n; i++) {
		struct op_reply reply = {.correlation = (int64_t)requests[i].correlation,
			.key = requests[i].request.key,
			.seq = (int64_t)node->seen.requests,
			.body = requests[i].request.body};
		if (text_is(requests[i].request.type, "refuse_me")) {
			reply.status = text_of("conflict");
			reply.field = text_of("slot");
			reply.rule = text_of("is booked already");
		}
		op_item_add(&body, schema_op_reply(), &reply);
	}
	const struct bus_out out = {OP_REPLY, 0, &fields, buffer_bytes(&body)};
	(void)!bus_server_send(session, &out);
	buffer_done(&body);
}

static void node_follow(void *ctx, struct bus_session *session, const struct op_follow *follow)
{
	struct node *node = ctx;
	struct op_following following = {.epoch = 1, .next = follow->next, .head = 77};
	const struct bus_out out = {OP_FOLLOWING, 0, &following, BYTES_NONE};

	node->seen.follows++;
	node->follower = session;
	(void)!bus_server_send(session, &out);
}

static void node_ack(void *ctx, struct bus_session *session, const struct op_ack *ack)
{
	struct node *node = ctx;
	(void)session;

	node->seen.acks++;
	node->seen.last_through = (uint64_t)ack->through;
}

static void node_heartbeat(void *ctx, struct op_heartbeat *heartbeat)
{
	(void)ctx;
	heartbeat->head = 78;
}

static void node_gone(void *ctx, struct bus_session *session)
{
	struct node *node = ctx;

	node->seen.gone++;
	if (node->follower == session)
		node->follower = NULL;
	assert_ptr_equal(session->user, node);
}

/* ---- the thread ------------------------------------------------------------------------------ */

static void run_job(void *ctx, unsigned what)
{
	struct node *node = ctx;
	struct job job;
	(void)what;

	if (read(node->jobs[0], &job, sizeof(job)) != (ssize_t)sizeof(job))
		abort();
	job.fn(job.arg);
	if (write(node->done[1], "", 1) != 1)
		abort();
}

/* Runs fn in the loop's thread and waits for it. */
UNUSED static void node_do(struct node *node, void (*fn)(void *arg), void *arg)
{
	struct job job = {fn, arg};
	char done;

	assert_int_equal(write(node->jobs[1], &job, sizeof(job)), sizeof(job));
	assert_int_equal(read(node->done[0], &done, 1), 1);
}

static void open_server(void *arg)
{
	const struct bus_server_handlers handlers = {.ctx = arg,
		.on_welcome = node_welcome,
		.on_request = node_request,
		.on_follow = node_follow,
		.on_ack = node_ack,
		.on_heartbeat = node_heartbeat,
		.on_gone = node_gone};
	struct node *node = arg;
	struct reason reason = {0};

	if (bus_server_open(node->bus, node->endpoint, &handlers, &node->server, &reason)) {
		fprintf(stderr, "%s: %s\n", reason.field, reason.rule);
		abort();
	}
}

UNUSED static void close_server(void *arg)
{
	struct node *node = arg;

	bus_server_close(node->server);
	node->server = NULL;
}

static void *run_thread(void *arg)
{
	struct node *node = arg;

	if (loop_run(node->loop))
		abort();
	return NULL;
}

/* name: of the endpoint, in the test's directory; NULL: node->endpoint is set already. */
UNUSED static void node_start(struct node *node, const char *name)
{
	struct bus_options options;
	struct reason reason = {0};

	if (name)
		snprintf(node->endpoint, sizeof(node->endpoint), "ipc://%s/%s", directory, name);
	if (!node->keys.public_key[0])
		node->keys = new_keys();
	assert_int_equal(loop_open(&node->loop), ERR_OK);
	options = (struct bus_options){.loop = node->loop,
		.node = "intake",
		.public_key = node->keys.public_key,
		.secret_key = node->keys.secret_key,
		.clock = clock_real(),
		.random = random_real(),
		.heartbeat_ms = node->heartbeat_ms,
		.max_sessions = node->max_sessions};
	assert_int_equal(bus_open(&options, &node->bus, &reason), ERR_OK);
	open_server(node);
	assert_int_equal(pipe(node->jobs), 0);
	assert_int_equal(pipe(node->done), 0);
	assert_int_equal(loop_fd_new(node->loop, node->jobs[0], (struct loop_call){run_job, node},
				 &node->job_fd),
		ERR_OK);
	assert_int_equal(loop_fd_watch(node->job_fd, LOOP_READ), ERR_OK);
	assert_int_equal(pthread_create(&node->thread, NULL, run_thread, node), 0);
}

static void stop_loop(void *arg)
{
	loop_stop(arg);
}

UNUSED static void node_stop(struct node *node)
{
	node_do(node, stop_loop, node->loop);
	assert_int_equal(pthread_join(node->thread, NULL), 0);
	bus_server_close(node->server);
	node->server = NULL;
	node->seen.counters = bus_counters(node->bus);
	assert_int_equal(node->seen.counters.rescued, 0);
	bus_close(node->bus);
	loop_fd_free(node->job_fd);
	loop_close(node->loop);
	for (int i = 0; i < 2; i++) {
		close(node->jobs[i]);
		close(node->done[i]);
	}
	if (!strncmp(node->endpoint, "ipc://", 6))
		unlink(node->endpoint + 6);
}

static void look(void *arg)
{
	struct node *node = arg;

	node->seen.counters = bus_counters(node->bus);
	node->seen.sessions = node->server ? bus_server_sessions(node->server) : 0;
}

UNUSED static struct seen node_look(struct node *node)
{
	node_do(node, look, node);
	return node->seen;
}

struct peers_job {
	struct node *node;
	const struct bus_peer *peers;
	size_t n;
};

static void set_peers_job(void *arg)
{
	struct peers_job *job = arg;

	if (bus_set_peers(job->node->bus, job->peers, job->n, NULL))
		abort();
}

UNUSED static void node_set_peers(struct node *node, const struct bus_peer *peers, size_t n)
{
	struct peers_job job = {node, peers, n};

	node_do(node, set_peers_job, &job);
}

/* Waits until the expression over `s` (struct seen) holds; fails after some seconds. */
#define WAIT_SEEN(node, expression)                                                 \
	do {                                                                        \
		int left_ = 8000;                                                   \
		struct seen s = node_look(node);                                    \
		for (; !(expression) && left_ > 0; left_ -= 5, s = node_look(node)) \
			usleep(5000);                                               \
		if (!(expression))                                                  \
			fail_msg("never seen: %s", #expression);                    \
	} while (0)

/* ---- peers ----------------------------------------------------------------------------------- */

UNUSED static enum err try_client(
	struct node *node, const struct keys *keys, int64_t timeout_ms, struct client **ret)
{
	struct client_options options = {.endpoint = node->endpoint,
		.server_key = node->keys.public_key,
		.public_key = keys->public_key,
		.secret_key = keys->secret_key,
		.name = "test",
		.connect_timeout_ms = timeout_ms};

	return client_open(&options, ret, NULL);
}

UNUSED static struct client *a_client(struct node *node, const struct keys *keys)
{
	struct client *client = NULL;

	assert_int_equal(try_client(node, keys, 5000, &client), ERR_OK);
	return client;
}

UNUSED static struct client_request a_request(const char *type, const char *body)
{
	return (struct client_request){.type = text_of(type),
		.body = bytes_of_string(body),
		.actor = {.role = text_of("caseworker"), .id = text_of("17")},
		.timeout_ms = 5000};
}

/* A peer that says whatever the test wants. */
struct raw {
	void *zmq;
	void *socket;
	struct buffer scratch;
};

UNUSED static void raw_open(struct raw *raw, struct node *node, const struct keys *keys)
{
	const struct wire_options options = {.side = WIRE_DEALER,
		.public_key = keys->public_key,
		.secret_key = keys->secret_key,
		.server_key = node->keys.public_key};

	raw->zmq = zmq_ctx_new();
	buffer_init(&raw->scratch, OP_FIELDS_MAX);
	assert_int_equal(wire_open(raw->zmq, &options, &raw->socket, NULL), ERR_OK);
	assert_int_equal(zmq_connect(raw->socket, node->endpoint), 0);
}

UNUSED static void raw_close(struct raw *raw)
{
	wire_close(raw->socket, 0);
	zmq_ctx_term(raw->zmq);
	buffer_done(&raw->scratch);
}

UNUSED static void raw_send(struct raw *raw, const struct bus_out *out)
{
	for (int i = 0; i < 2000; i++) {
		enum err err = wire_send_out(raw->socket, NULL, out, &raw->scratch);
		if (err == ERR_OK)
			return;
		assert_int_equal(err, ERR_BUSY);
		usleep(2000);
	}
	fail_msg("cannot send");
}

/* The next message that is no heartbeat; its bytes are given back with wire_done(parts). */
UNUSED static bool raw_receive(
	struct raw *raw, int timeout_ms, struct wire_message *parts, struct op_message *ret)
{
	for (int i = 0; i < timeout_ms; i++) {
		while (wire_receive(raw->socket, parts)) {
			assert_int_equal(wire_decode(parts, 0, ret, NULL), ERR_OK);
			if (ret->kind != OP_HEARTBEAT)
				return true;
			wire_done(parts);
		}
		usleep(1000);
	}
	return false;
}

/* Expects a message of that kind and decodes its fields. */
UNUSED static void raw_expect(struct raw *raw, enum op_kind kind, struct arena *arena, void *ret)
{
	struct wire_message parts;
	struct op_message message;

	assert_true(raw_receive(raw, 5000, &parts, &message));
	assert_string_equal(op_kind_name(message.kind), op_kind_name(kind));
	assert_int_equal(op_fields_decode(&message, arena, ret, NULL), ERR_OK);
	wire_done(&parts);
}

UNUSED static struct op_hello a_hello(void)
{
	return (struct op_hello){.min_major = 1,
		.max_major = 1,
		.node = text_of("raw"),
		.boot = {.b = {1}},
		.max_message = OP_MESSAGE_MAX};
}

UNUSED static void raw_greet(struct raw *raw, struct arena *arena)
{
	struct op_hello hello = a_hello();
	const struct bus_out out = {OP_HELLO, 0, &hello, BYTES_NONE};
	struct op_welcome welcome;

	raw_send(raw, &out);
	raw_expect(raw, OP_WELCOME, arena, &welcome);
}

#endif
