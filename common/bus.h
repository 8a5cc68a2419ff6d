/* The bus of a node: one server that clients and followers connect to, and links to the nodes that
 * it follows; OP/1 over ZeroMQ with CURVE (proto/PROTOCOL.md). Everything runs on one loop.
 *
 * 1. Nobody gets a session whose key is not in the table of peers; taken out of the table, the
 *    sessions end at once.
 * 2. A frame that is wrong is counted and answered; it ends no session but its own and never the
 * process.
 * 3. No call waits. ERR_BUSY means: not sent, nothing was queued, try on the next occasion.
 * 4. Callbacks may call anything of this header but bus_close, bus_server_close and bus_link_close.
 */
#ifndef COMMON_BUS_H
#define COMMON_BUS_H

#include "common/clock.h"
#include "common/loop.h"
#include "common/op.h"
#include "common/uuid.h"

struct bus;
struct bus_server;
struct bus_link;

enum { BUS_KEY_BYTES = 41, BUS_NAME_BYTES = 33 };

/* ---- keys ------------------------------------------------------------------------------------ */

/* A new CURVE key pair in Z85, NUL-terminated. */
enum err bus_make_keys(char ret_public[BUS_KEY_BYTES], char ret_secret[BUS_KEY_BYTES]) MUST_USE;
/* The public key of a secret one; ERR_INVALID when it is none. */
enum err bus_public_of(const char *secret, char ret_public[BUS_KEY_BYTES]) MUST_USE;

/* ---- the bus --------------------------------------------------------------------------------- */

enum bus_peer_kind { BUS_CLIENT, BUS_NODE };

/* One row of the allow-list. Several rows may have the same name: keys that are being exchanged. */
struct bus_peer {
	char name[BUS_NAME_BYTES];
	char key[BUS_KEY_BYTES]; /* public, Z85 */
	char role[24];
	uint32_t role_bit;
	char department[BUS_NAME_BYTES]; /* empty: none */
	enum bus_peer_kind kind;
};

struct bus_options {
	struct loop *loop;
	const char *node; /* own name */
	const char *public_key;
	const char *secret_key;
	struct clock clock;            /* dates the boot id */
	struct random random;          /* jitter */
	int64_t heartbeat_ms;          /* 0: 1000 */
	unsigned max_sessions;         /* 0: 1024 */
	unsigned max_sessions_of_peer; /* of one name; 0: 64 */
};

/* Opens the context and begins to answer who is let in: nobody, until bus_set_peers. The strings
 * are copied. */
enum err bus_open(
	const struct bus_options *options, struct bus **ret, struct reason *reason) MUST_USE;
/* Servers and links must be closed before. */
void bus_close(struct bus *bus);

/* Would bus_set_peers take them? */
enum err bus_check_peers(const struct bus_peer *peers, size_t n, struct reason *reason) MUST_USE;

/* Replaces the allow-list; rows are copied. Sessions whose key is no longer in it, or whose row
 * changed, end (on_gone). ERR_INVALID (a key that is none, a key twice, an empty name),
 * ERR_NO_MEMORY: the old list stays. */
enum err bus_set_peers(
	struct bus *bus, const struct bus_peer *peers, size_t n, struct reason *reason) MUST_USE;

/* Exchanges the node's own key pair. Sessions of servers end with BYE and their endpoints are bound
 * anew, within 500 ms; links use the pair from their next connection on (bus_link_restart).
 * ERR_INVALID: the old pair stays. ERR_SYSTEM: an endpoint could not be bound again, nobody can
 * connect any more. */
enum err bus_set_keys(struct bus *bus, const char *public_key, const char *secret_key,
	struct reason *reason) MUST_USE;

/* All counters count up from bus_open. */
struct bus_counters {
	uint64_t admitted;    /* keys let in */
	uint64_t denied;      /* connections with an unknown key */
	uint64_t messages;    /* well-formed messages received */
	uint64_t malformed;   /* messages that were not OP/1 */
	uint64_t strangers;   /* messages of peers without a session or no longer in the list */
	uint64_t busy;        /* sends refused because the peer's queue was full */
	uint64_t gone;        /* sessions that ended */
	uint64_t silent;      /* of these, because nothing was heard */
	uint64_t relinked;    /* sockets of links that were made anew */
	uint64_t turned_away; /* connections ended because there were too many */
	uint64_t overrun; /* connections ended because they had sent too much that nobody can take
			     yet */
	uint64_t rescued; /* must stay 0: messages that only the rescue timer found */
};
struct bus_counters bus_counters(const struct bus *bus);

/* ---- the server ------------------------------------------------------------------------------ */

/* A peer that said HELLO and was welcomed. The pointer is valid until on_gone returns. One peer may
 * have several at a time; after a reconnection the old one lives on until its silence or a failed
 * send is noticed. */
struct bus_session {
	struct bus_peer peer; /* authenticated; name, role and department come from the table */
	uint64_t number;      /* 1, 2, 3 ... of this process */
	struct uuid boot;     /* the peer's, as it said */
	void *user;           /* the caller's */
	struct uuid held;     /* the caller's: an ordered request that must come again first ... */
	uint64_t held_at;     /* ... and its correlation */
	struct bus_server *server;
	/* the bus's own */
	uint8_t id[255];
	uint8_t id_bytes;
	bool ended;
	bool left;       /* the peer said BYE */
	bool refused;    /* by on_welcome: on_gone is not called */
	unsigned silent; /* heartbeats of ours since the last message of the peer */
	unsigned stuck;  /* heartbeats of ours in a row that found its queue full */
	struct bus_session *next;
	struct bus_session *next_in_bucket;
};

struct bus_request {
	uint64_t correlation; /* for op_reply */
	struct op_request request;
};

/* Callbacks; none may be NULL but on_ack and on_follow (then such messages are refused as denied: a
 * node that nobody may follow). Arguments are valid until the callback returns, but requests lie in
 * `arena` when that is set: until the caller resets it. */
struct bus_server_handlers {
	void *ctx;
	struct arena *arena; /* for decoded requests; NULL: the server's own */
	/* Fill in epoch, floor, head; return an error to refuse the session (it goes to the peer
	 * with *reason). */
	enum err (*on_welcome)(void *ctx, struct bus_session *session, struct op_welcome *welcome,
		struct reason *reason);
	/* n requests of one message, in order. Each must be answered once, by REPLY messages, now
	 * or later. When arena is full the rest of a message is answered with ERR_BUSY here. */
	void (*on_request)(void *ctx, struct bus_session *session,
		const struct bus_request *requests, size_t n);
	void (*on_follow)(void *ctx, struct bus_session *session, const struct op_follow *follow);
	void (*on_ack)(void *ctx, struct bus_session *session, const struct op_ack *ack);
	/* Fill in what the next heartbeat to all sessions says. */
	void (*on_heartbeat)(void *ctx, struct op_heartbeat *heartbeat);
	/* The session ended; forget the pointer. Called from the loop, never from within
	 * bus_server_send. */
	void (*on_gone)(void *ctx, struct bus_session *session);
};

/* Binds endpoint ("tcp://127.0.0.1:7610", "ipc:///run/oneplan/intake"); TCP ports above 32767 are
 * refused (they can connect to themselves). handlers is copied. ERR_SYSTEM (in use, ...),
 * ERR_INVALID. */
enum err bus_server_open(struct bus *bus, const char *endpoint,
	const struct bus_server_handlers *handlers, struct bus_server **ret,
	struct reason *reason) MUST_USE;
/* Says BYE to all sessions; on_gone is called for each. */
void bus_server_close(struct bus_server *server);

/* Stops taking messages (the peers' own queues fill up) and goes on. Heartbeats are read no more
 * either, so a pause must be shorter than two heartbeats; silence is not held against peers during
 * it. */
void bus_server_pause(struct bus_server *server, bool pause);

/* The kind's record of op.def as fields, and packed items (op_item_add, op_batch_add) as body. */
struct bus_out {
	enum op_kind kind;
	uint64_t correlation;
	const void *fields;
	struct bytes body;
};

/* Sends a copy. ERR_BUSY (the peer's queue is full), ERR_NOT_FOUND (it is gone; on_gone follows),
 * ERR_LIMIT (too large). */
enum err bus_server_send(struct bus_session *session, const struct bus_out *out) MUST_USE;
/* An ERROR message for the message with that correlation (0: none in particular). */
enum err bus_server_send_error(
	struct bus_session *session, uint64_t correlation, const struct reason *reason) MUST_USE;
/* Ends a session with BYE; reason may be NULL. on_gone follows. */
void bus_server_end(struct bus_session *session, const struct reason *reason);

/* Sessions now; the first of them, the next by session->next (those with `ended` are on their way
 * out). */
unsigned bus_server_sessions(const struct bus_server *server);
struct bus_session *bus_server_first(struct bus_server *server);

/* Proves that keys matter: a key that is not in the list tries to get in at endpoint (NULL: the
 * server's own) and must not, another one that is put in the list for this must. Blocks for about
 * 100 ms; before loop_run. ERR_DENIED with the reason: do not start. ERR_TIMEOUT: the other one was
 * not welcomed within 3 s. */
enum err bus_self_test(
	struct bus_server *server, const char *endpoint, struct reason *reason) MUST_USE;

/* ---- links ----------------------------------------------------------------------------------- */

/* Callbacks. on_following and on_batch may be NULL on a link that follows nothing, on_replies and
 * on_refused on one that asks nothing; no other. The link reconnects by itself for ever; between
 * on_lost and on_welcome there is no session and bus_link_send returns ERR_NOT_FOUND. */
struct bus_link_handlers {
	void *ctx;
	/* A session began: say FOLLOW. */
	void (*on_welcome)(void *ctx, struct bus_link *link, const struct op_welcome *welcome);
	void (*on_following)(
		void *ctx, struct bus_link *link, const struct op_following *following);
	/* items: the body, already checked to hold batch->count items; valid until return. */
	void (*on_batch)(
		void *ctx, struct bus_link *link, const struct op_batch *batch, struct bytes items);
	void (*on_error)(void *ctx, struct bus_link *link, const struct op_error *error);
	void (*on_heartbeat)(
		void *ctx, struct bus_link *link, const struct op_heartbeat *heartbeat);
	/* The session ended (only after on_welcome): silence, BYE, or bus_link_restart. */
	void (*on_lost)(void *ctx, struct bus_link *link, const struct reason *reason);
	/* items: as of a batch, but of form WHOLE, each an op_reply. */
	void (*on_replies)(void *ctx, struct bus_link *link, const struct op_replies *replies,
		struct bytes items);
	/* An ERROR about the message with that correlation. */
	void (*on_refused)(void *ctx, struct bus_link *link, uint64_t correlation,
		const struct op_error *error);
};

struct bus_link_options {
	const char *node; /* the owner's name: another one in WELCOME is refused */
	const char *endpoint;
	const char *server_key; /* its public key */
	const char *next_key; /* the one that it will have next, or has already; NULL: not known */
	struct bus_link_handlers handlers;
	int64_t welcome_ms; /* how long to wait for WELCOME before the socket is made anew; 0: 5000
			     */
};

/* Connects in the background. The strings are copied. ERR_INVALID (the key, the endpoint),
 * ERR_SYSTEM, ERR_NO_MEMORY. */
enum err bus_link_open(struct bus *bus, const struct bus_link_options *options,
	struct bus_link **ret, struct reason *reason) MUST_USE;
/* Are node, endpoint and keys of options good? */
enum err bus_link_check(const struct bus_link_options *options, struct reason *reason) MUST_USE;
/* Another endpoint, or other keys, of options; the rest of them is not looked at. Begins anew when
 * the present connection is to another place or with a key that is none of the two. Strings are
 * copied; ERR_INVALID: all stays as it was. */
enum err bus_link_move(struct bus_link *link, const struct bus_link_options *options,
	struct reason *reason) MUST_USE;
/* Says BYE; no callback is called any more. */
void bus_link_close(struct bus_link *link);
/* As bus_server_send; ERR_NOT_FOUND: no session now. */
enum err bus_link_send(struct bus_link *link, const struct bus_out *out) MUST_USE;
/* Drops the session and the socket and begins anew (a gap was seen, say); on_lost follows from the
 * loop. */
void bus_link_restart(struct bus_link *link);
bool bus_link_up(const struct bus_link *link);
const char *bus_link_node(const struct bus_link *link);

#endif
