/* Inside of the bus; for common/bus*.c only, which are also the only files that name zmq.h, and for
 * the simulator, which has sockets of its own instead of bus_wire.c, bus_socket.c,
 * bus_door.c and bus_zap.c. */
#ifndef COMMON_BUS_PARTS_H
#define COMMON_BUS_PARTS_H

#include <zmq.h>

#include "common/bus.h"

/* ---- bus_wire.c: one ZeroMQ socket, with no loop around it ----------------------------------- */

enum { WIRE_PARTS = 8 }; /* that are kept of a message: OP/1 has 4 with a routing id, ZAP 7 */

enum wire_side { WIRE_ROUTER, WIRE_DEALER };

struct wire_options {
	enum wire_side side;
	const char *public_key;
	const char *secret_key;
	const char *server_key; /* of a DEALER */
};

/* NULL: none can be made. */
void *wire_context(void);
/* All its sockets are closed. NULL is allowed. */
void wire_context_done(void *zmq);
/* A socket with every option of PROTOCOL.md section 8 set, not yet bound or connected. ERR_INVALID:
 * a key is none; ERR_SYSTEM. */
enum err wire_open(void *zmq, const struct wire_options *options, void **ret_socket,
	struct reason *reason) MUST_USE;
/* Closes; what was sent last has linger_ms to leave. NULL is allowed. */
void wire_close(void *socket, int linger_ms);

enum err wire_bind(void *socket, const char *endpoint, struct reason *reason) MUST_USE;
enum err wire_connect(void *socket, const char *endpoint, struct reason *reason) MUST_USE;

struct wire_message {
	zmq_msg_t part[WIRE_PARTS];
	unsigned n;    /* parts held; to be given back with wire_done */
	bool too_many; /* there were more, now thrown away */
};

/* Takes one message off the queue, never waits; false when there is none. */
bool wire_receive(void *socket, struct wire_message *ret);
/* What the ZAP handler said of the sender of a message that a ROUTER received: its public key.
 * NULL: nothing. */
const char *wire_user(struct wire_message *message);
/* Sends, never waits. id: routing id, NULL at a DEALER. ERR_BUSY, ERR_NOT_FOUND (no such peer),
 * ERR_SYSTEM. */
enum err wire_send(void *socket, const struct bytes *id, const struct op_message *message) MUST_USE;
struct wire_events {
	bool readable, writable;
};
/* One question for both: asking may swallow the edge of the descriptor (bus_socket.c). */
struct wire_events wire_events(void *socket);

/* ---- bus_message.c: what is in a message ----------------------------------------------------- */

void wire_done(struct wire_message *message);
struct bytes wire_bytes(struct wire_message *message, unsigned part);
/* The parts from index first on as OP/1. */
enum err wire_decode(struct wire_message *message, unsigned first, struct op_message *ret,
	struct reason *reason) MUST_USE;

/* Encodes F2 into scratch, then sends. */
enum err wire_send_out(void *socket, const struct bytes *id, const struct bus_out *out,
	struct buffer *scratch) MUST_USE;

/* ---- bus_socket.c: the same on the loop ------------------------------------------------------ */

struct bus_socket_calls {
	void *ctx;
	/* One message; its bytes are valid until return. The callback must not close the socket. */
	void (*on_message)(void *ctx, struct wire_message *message);
	/* Something may have changed: can the socket send now? Or NULL. */
	void (*on_event)(void *ctx, bool writable);
};

struct bus_door;

struct bus_socket {
	struct bus *bus;
	struct bus_door *door; /* of a ROUTER */
	void *zmq;
	struct bus_socket_calls calls;
	struct loop_fd *fd;
	struct loop_timer *again; /* goes on reading after the next poll */
	struct loop_task *check;  /* after a send: is there something to read? */
	struct loop_timer *rescue;
	bool pending; /* `again` is running */
	bool paused;
};

/* Puts an open ZeroMQ socket on the loop and takes it over, also when it fails. */
enum err bus_socket_open(struct bus *bus, void *zmq, const struct bus_socket_calls *calls,
	struct bus_socket **ret) MUST_USE;
void bus_socket_close(struct bus_socket *socket, int linger_ms);
enum err bus_socket_send(
	struct bus_socket *socket, const struct bytes *id, const struct bus_out *out) MUST_USE;
/* To be called after a send that went past bus_socket_send. */
void bus_socket_touched(struct bus_socket *socket);
void bus_socket_pause(struct bus_socket *socket, bool pause);
/* Handles what is there without the loop; for the self-test. */
void bus_socket_pump(struct bus_socket *socket);

/* ---- bus_door.c: the connections of a ROUTER ------------------------------------------------- */

/* Watches from now on whoever connects, and ends what goes beyond the limits. */
enum err bus_door_open(struct bus *bus, void *router, struct bus_door **ret) MUST_USE;
/* Before the ROUTER is closed. NULL is allowed. */
void bus_door_close(struct bus_door *door, void *router);
/* A message that was taken off the queue. */
void bus_door_took(struct bus_door *door, struct wire_message *message);

/* ---- the bus --------------------------------------------------------------------------------- */

struct bus {
	struct loop *loop;
	void *zmq;
	char node[BUS_NAME_BYTES];
	char public_key[BUS_KEY_BYTES];
	char secret_key[BUS_KEY_BYTES];
	struct random random;
	struct uuid boot;
	int64_t heartbeat_ms;
	unsigned max_sessions;
	unsigned max_sessions_of_peer;
	struct bus_peer *peers; /* in order of their keys */
	size_t n_peers;
	const struct bus_peer *guest; /* let in beside the table while the self-test runs */
	struct bus_socket *zap;
	struct bus_server *servers;
	struct buffer scratch; /* F2 of the message being sent */
	struct bus_counters counters;
};

/* bus_zap.c */
enum err bus_zap_open(struct bus *bus, struct reason *reason) MUST_USE;
/* bus_peers.c */
bool bus_is_key(const char *key);
/* The row of a public key in Z85, NULL: none. */
const struct bus_peer *bus_find_peer(const struct bus *bus, const char *key);

/* ---- bus_server.c, bus_take.c ---------------------------------------------------------------- */

enum { SERVER_BUCKETS = 512, ENDPOINT_BYTES = 256 };

struct bus_server {
	struct bus *bus;
	struct bus_server *next;
	struct bus_socket *socket;
	struct bus_server_handlers handlers;
	struct arena arena; /* of the message being taken */
	struct buffer refusals;
	char bound[ENDPOINT_BYTES];
	char endpoint[ENDPOINT_BYTES]; /* as a client would connect */
	struct bus_session *sessions;
	struct bus_session *buckets[SERVER_BUCKETS]; /* by routing id, without those that ended */
	unsigned n_sessions;
	uint64_t last_number;
	struct loop_timer *heartbeat;
	struct loop_task *reaper;
};

/* Ends all sessions and binds the endpoint anew, with the bus's present key pair. */
enum err bus_server_rebind(struct bus_server *server, struct reason *reason) MUST_USE;
/* Ends the sessions whose row in the list is no longer what it was. */
void bus_server_review(struct bus_server *server);
struct bus_session *server_find(struct bus_server *server, struct bytes id);
/* A new session; NULL: no memory. */
struct bus_session *server_add(
	struct bus_server *server, struct bytes id, const struct bus_peer *peer);
/* Ends the session without a word; on_gone and free follow from the loop. */
void server_drop(struct bus_session *session);
/* To whoever has that routing id, session or not. */
enum err server_send_to(
	struct bus_server *server, struct bytes id, const struct bus_out *out) MUST_USE;
void server_error_to(struct bus_server *server, struct bytes id, uint64_t correlation,
	const struct reason *reason);

/* bus_take.c: one message that arrived (bus_socket_calls) */
void server_take(void *ctx, struct wire_message *message);

enum { SILENT_TICKS = 3 }; /* heartbeats that may be missed */

/* ---- bus_client_session.c: the connection of a client, with no loop -------------------------- */

/* What arrived, in order: the items of a REPLY, or an ERROR about a message of requests. */
struct inbound {
	struct inbound *next;
	uint64_t error_of; /* correlation of that message; 0: replies */
	struct reason reason;
	struct bytes left; /* of data */
	uint8_t data[];
};

struct client_session {
	void *zmq;
	void *socket; /* NULL: none */
	char endpoint[ENDPOINT_BYTES];
	char name[BUS_NAME_BYTES];
	char server_key[BUS_KEY_BYTES];
	char public_key[BUS_KEY_BYTES];
	char secret_key[BUS_KEY_BYTES];
	struct clock clock;
	struct uuid boot;
	int64_t connect_timeout_ms;
	int64_t heartbeat_ms;
	int64_t heard_ms;
	int64_t sent_ms;
	bool greeted;
	bool up;
	bool lost;          /* it was up and is no more; the client clears it */
	struct reason said; /* in the last BYE, or ERROR about no requests; code ERR_OK: nothing */
	uint64_t head;
	int64_t window;    /* requests that may be unanswered */
	int64_t n_replies; /* in the inbounds, not yet taken */
	unsigned refused;  /* inbounds that are errors */
	struct inbound *first;
	struct inbound **last;
	struct arena arena;
	struct buffer scratch;
};

/* Makes sure that there is a session; waits at most connect_timeout_ms. fresh: also when one seems
 * to be there. */
enum err session_ensure(struct client_session *session, bool fresh, struct reason *reason) MUST_USE;
/* Sends, reading meanwhile; ERR_TIMEOUT when the connection broke or stays full. */
enum err session_send(struct client_session *session, const struct bus_out *out) MUST_USE;
/* Waits for something to arrive, at most ms, takes it all, and keeps the session alive. */
void session_wait(struct client_session *session, int64_t ms);
/* Long enough silent that the node will have ended the session. */
bool session_stale(const struct client_session *session);
void session_drop(struct client_session *session, int linger_ms);

#endif
