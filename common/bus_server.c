/* The server of a node: its sessions, what is sent to them, and their end. Touches one ROUTER
 * socket.
 *
 * A session that ends is taken out of the buckets at once, so that nothing finds it any more, but
 * lives until the reaper has told the caller: so a failed send may end it in the middle of the
 * caller's walk over the sessions. */
#include "common/bus_parts.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

enum { ARENA_BYTES = 8 * 1024 * 1024, LINGER_MS = 200, PORT_MAX = 32767 };
enum { REBIND_TRIES = 25, REBIND_MS = 20 };

/* ---- the table of sessions ------------------------------------------------------------------- */

static struct bus_session **bucket_of(struct bus_server *server, struct bytes id)
{
	return &server->buckets[crc32c(0, id.p, id.n) % SERVER_BUCKETS];
}

static struct bytes id_of(const struct bus_session *session)
{
	return bytes_of(session->id, session->id_bytes);
}

struct bus_session *server_find(struct bus_server *server, struct bytes id)
{
	struct bus_session *session = *bucket_of(server, id);

	while (session && !bytes_equal(id_of(session), id))
		session = session->next_in_bucket;
	return session;
}

struct bus_session *server_add(
	struct bus_server *server, struct bytes id, const struct bus_peer *peer)
{
	struct bus_session *session = calloc(1, sizeof(*session));
	struct bus_session **bucket = bucket_of(server, id);

	if (!session || id.n > sizeof(session->id)) {
		free(session);
		return NULL;
	}
	session->server = server;
	session->peer = *peer;
	session->number = ++server->last_number;
	memcpy(session->id, id.p, id.n);
	session->id_bytes = (uint8_t)id.n;
	session->next = server->sessions;
	server->sessions = session;
	session->next_in_bucket = *bucket;
	*bucket = session;
	server->n_sessions++;
	return session;
}

void server_drop(struct bus_session *session)
{
	struct bus_server *server = session->server;
	struct bus_session **at = bucket_of(server, id_of(session));

	if (session->ended)
		return;
	while (*at != session)
		at = &(*at)->next_in_bucket;
	*at = session->next_in_bucket;
	session->ended = true;
	server->n_sessions--;
	server->bus->counters.gone++;
	loop_task_defer(server->reaper);
}

static struct bus_session *take_ended(struct bus_server *server)
{
	struct bus_session **at = &server->sessions;

	while (*at && !(*at)->ended)
		at = &(*at)->next;
	struct bus_session *session = *at;
	if (session)
		*at = session->next;
	return session;
}

static void reap(void *ctx, unsigned what)
{
	struct bus_server *server = ctx;
	struct bus_session *session;
	(void)what;

	while ((session = take_ended(server))) {
		if (!session->refused)
			server->handlers.on_gone(server->handlers.ctx, session);
		free(session);
	}
}

unsigned bus_server_sessions(const struct bus_server *server)
{
	return server->n_sessions;
}

struct bus_session *bus_server_first(struct bus_server *server)
{
	return server->sessions;
}

/* ---- sending --------------------------------------------------------------------------------- */

enum err server_send_to(struct bus_server *server, struct bytes id, const struct bus_out *out)
{
	enum err err = bus_socket_send(server->socket, &id, out);

	if (err == ERR_BUSY)
		server->bus->counters.busy++;
	return err;
}

void server_error_to(struct bus_server *server, struct bytes id, uint64_t correlation,
	const struct reason *reason)
{
	struct op_error error = op_error_of(reason, op_outcome_not_done);
	const struct bus_out out = {OP_ERROR, correlation, &error, BYTES_NONE};

	/* Whoever cannot be told is not told: nothing depends on it. */
	enum err ignored = server_send_to(server, id, &out);
	(void)ignored;
}

enum err bus_server_send(struct bus_session *session, const struct bus_out *out)
{
	if (session->ended)
		return ERR_NOT_FOUND;
	enum err err = server_send_to(session->server, id_of(session), out);
	if (err == ERR_OK)
		session->stuck = 0;
	if (err == ERR_NOT_FOUND || err == ERR_SYSTEM) {
		server_drop(session);
		return ERR_NOT_FOUND;
	}
	return err;
}

enum err bus_server_send_error(
	struct bus_session *session, uint64_t correlation, const struct reason *reason)
{
	struct op_error error = op_error_of(reason, op_outcome_not_done);
	const struct bus_out out = {OP_ERROR, correlation, &error, BYTES_NONE};

	return bus_server_send(session, &out);
}

void bus_server_end(struct bus_session *session, const struct reason *reason)
{
	struct op_bye bye = {0};
	const struct bus_out out = {OP_BYE, 0, &bye, BYTES_NONE};

	if (session->ended)
		return;
	if (reason) {
		bye.code = text_of(err_word(reason->code));
		bye.rule = text_of(reason->rule);
	}
	enum err ignored = server_send_to(session->server, id_of(session), &out);
	(void)ignored;
	server_drop(session);
}

void bus_server_review(struct bus_server *server)
{
	const struct reason reason = {
		.code = ERR_DENIED, .rule = "this key is no longer in the list of peers"};

	for (struct bus_session *s = server->sessions; s; s = s->next) {
		const struct bus_peer *peer = bus_find_peer(server->bus, s->peer.key);
		if (peer && !strcmp(peer->name, s->peer.name) &&
			!strcmp(peer->role, s->peer.role) &&
			!strcmp(peer->department, s->peer.department) &&
			peer->role_bit == s->peer.role_bit && peer->kind == s->peer.kind)
			continue;
		bus_server_end(s, &reason);
	}
}

/* ---- heartbeats ------------------------------------------------------------------------------ */

/* Silence is counted in heartbeats of our own and not in time: when this process itself stood
 * still, the peers are not to blame. */
static void beat_session(struct bus_session *session, const struct bus_out *heartbeat)
{
	const struct reason silent = {.code = ERR_TIMEOUT, .rule = "three heartbeats were missed"};
	struct bus_server *server = session->server;

	if (!server->socket->paused && ++session->silent > SILENT_TICKS) {
		server->bus->counters.silent++;
		bus_server_end(session, &silent);
		return;
	}
	if (bus_server_send(session, heartbeat) == ERR_BUSY && ++session->stuck > SILENT_TICKS)
		server_drop(session);
}

static void beat(void *ctx, unsigned what)
{
	struct bus_server *server = ctx;
	struct op_heartbeat heartbeat = {.loop_ms = loop_longest_ms(server->bus->loop)};
	const struct bus_out out = {OP_HEARTBEAT, 0, &heartbeat, BYTES_NONE};
	(void)what;

	server->handlers.on_heartbeat(server->handlers.ctx, &heartbeat);
	for (struct bus_session *s = server->sessions; s; s = s->next)
		if (!s->ended)
			beat_session(s, &out);
}

void bus_server_pause(struct bus_server *server, bool pause)
{
	bus_socket_pause(server->socket, pause);
}

/* ---- opening and closing --------------------------------------------------------------------- */

static enum err check_endpoint(const char *endpoint, struct reason *reason)
{
	const char *colon = strrchr(endpoint, ':');
	char *end = NULL;

	if (strlen(endpoint) >= ENDPOINT_BYTES)
		return reason_set(reason, ERR_INVALID, "endpoint", "at most 255 bytes");
	if (!strncmp(endpoint, "ipc://", 6))
		return ERR_OK;
	if (strncmp(endpoint, "tcp://", 6) != 0)
		return reason_set(
			reason, ERR_INVALID, "endpoint", "must begin with tcp:// or ipc://");
	long port = strtol(colon + 1, &end, 10);
	if (end == colon + 1 || *end || port < 1 || port > PORT_MAX)
		return reason_set(
			reason, ERR_INVALID, "endpoint", "must end in a port from 1 to 32767");
	return ERR_OK;
}

/* A wildcard cannot be connected to everywhere, the loopback address can. */
static void note_endpoint(struct bus_server *server, const char *endpoint)
{
	const char *port = strrchr(endpoint, ':');
	bool any = !strncmp(endpoint, "tcp://*:", 8) || !strncmp(endpoint, "tcp://0.0.0.0:", 14);

	snprintf(server->bound, sizeof(server->bound), "%s", endpoint);
	snprintf(server->endpoint, sizeof(server->endpoint), "%s%s",
		any ? "tcp://127.0.0.1" : endpoint, any ? port : "");
}

static enum err bind_socket(struct bus_server *server, const char *endpoint, struct reason *reason)
{
	const struct wire_options options = {
		.side = WIRE_ROUTER, .secret_key = server->bus->secret_key};
	const struct bus_socket_calls calls = {.ctx = server, .on_message = server_take};
	void *zmq = NULL;
	enum err err = wire_open(server->bus->zmq, &options, &zmq, reason);

	if (err)
		return err;
	err = wire_bind(zmq, endpoint, reason);
	if (err) {
		wire_close(zmq, 0);
		return err;
	}
	note_endpoint(server, endpoint);
	err = bus_socket_open(server->bus, zmq, &calls, &server->socket);
	return err ? reason_set(reason, err, "endpoint", "cannot be watched") : ERR_OK;
}

static void pause_ms(long ms)
{
	const struct timespec time = {0, ms * 1000000};

	nanosleep(&time, NULL);
}

/* ZeroMQ closes a socket behind our back: until it has, the port is in use, and the file of a local
 * endpoint would be taken away from under the new socket. */
enum err bus_server_rebind(struct bus_server *server, struct reason *reason)
{
	const struct reason changing = {.code = ERR_BUSY, .rule = "the node's key changes"};
	char endpoint[ENDPOINT_BYTES];
	enum err err;

	for (struct bus_session *s = server->sessions; s; s = s->next)
		bus_server_end(s, &changing);
	reap(server, 0);
	bus_socket_close(server->socket, LINGER_MS);
	server->socket = NULL;
	memcpy(endpoint, server->bound, sizeof(endpoint));
	if (!strncmp(endpoint, "ipc://", 6))
		pause_ms(REBIND_MS);
	unsigned tries = 0;
	while ((err = bind_socket(server, endpoint, reason)) && ++tries < REBIND_TRIES)
		pause_ms(REBIND_MS);
	return err;
}

static enum err start_server(struct bus_server *server, const char *endpoint, struct reason *reason)
{
	struct loop *loop = server->bus->loop;
	enum err err = loop_timer_new(loop, (struct loop_call){beat, server}, &server->heartbeat);

	if (!err)
		err = loop_task_new(loop, (struct loop_call){reap, server}, &server->reaper);
	if (err)
		return reason_set(reason, err, "", "out of memory");
	err = check_endpoint(endpoint, reason);
	if (!err)
		err = bind_socket(server, endpoint, reason);
	if (!err)
		loop_timer_every(server->heartbeat, server->bus->heartbeat_ms);
	return err;
}

enum err bus_server_open(struct bus *bus, const char *endpoint,
	const struct bus_server_handlers *handlers, struct bus_server **ret, struct reason *reason)
{
	struct bus_server *server = calloc(1, sizeof(*server));

	*ret = NULL;
	if (!server)
		return reason_set(reason, ERR_NO_MEMORY, "", "out of memory");
	server->bus = bus;
	server->handlers = *handlers;
	arena_init(&server->arena, ARENA_BYTES);
	buffer_init(&server->refusals, OP_BODY_MAX);
	server->next = bus->servers;
	bus->servers = server;
	enum err err = start_server(server, endpoint, reason);
	if (err) {
		bus_server_close(server);
		return err;
	}
	*ret = server;
	return ERR_OK;
}

void bus_server_close(struct bus_server *server)
{
	const struct reason closing = {.code = ERR_BUSY, .rule = "the node is stopping"};
	struct bus_server **at;

	if (!server)
		return;
	for (struct bus_session *s = server->sessions; s; s = s->next)
		bus_server_end(s, &closing);
	reap(server, 0);
	for (at = &server->bus->servers; *at != server; at = &(*at)->next)
		continue;
	*at = server->next;
	bus_socket_close(server->socket, LINGER_MS);
	loop_timer_free(server->heartbeat);
	loop_task_free(server->reaper);
	arena_done(&server->arena);
	buffer_done(&server->refusals);
	free(server);
}
