/* A client of a node: sends requests over one CURVE connection and collects the answers; many may
 * be in flight. Blocking, for tools and tests; daemons are not clients of each other. */
#ifndef COMMON_CLIENT_H
#define COMMON_CLIENT_H

#include "common/node.h"
#include "common/uuid.h"

struct client;

struct client_options {
	const char *endpoint;   /* tcp://127.0.0.1:7610 */
	const char *server_key; /* the node's public key, Z85 */
	const char *public_key; /* the client's own pair, Z85 */
	const char *secret_key;
	const char *name; /* said in HELLO; identity is the key */
	int64_t connect_timeout_ms;
};

struct client_request {
	struct uuid key; /* nil for queries */
	struct text type;
	struct bytes body; /* the command or query, encoded */
	struct actor actor;
	struct text why;     /* of a query: what the answer is needed for */
	int64_t occurred_at; /* 0: now */
	bool historical;
	bool ordered;       /* see op_request */
	int64_t timeout_ms; /* how long the answer may take */
	struct text
		wait_node; /* answer only when everything of that node up to wait_seq was applied */
	uint64_t wait_seq;
};

struct client_answer {
	struct uuid key;
	uint64_t correlation;
	enum err status;
	struct reason reason;
	uint64_t seq;  /* last record appended */
	bool replayed; /* the stored answer to an earlier request */
	bool unknown; /* the connection broke or time ran out: it may have been done; ask again with
			 the same key */
	int64_t retry_after_ms; /* when asking again makes sense, as the node said; 0: it did not */
	struct bytes body;      /* the reply, encoded; valid until the next call on the client */
};

/* Connects and waits for WELCOME. ERR_TIMEOUT when the node does not answer (or does not know the
 * key). */
enum err client_open(
	const struct client_options *options, struct client **ret, struct reason *reason) MUST_USE;
void client_close(struct client *client);

/* Queues a request; *ret_correlation names it. Requests queued one after another share frames; they
 * go out at client_flush, or when a frame is full, or at client_receive. ERR_LIMIT when it is too
 * large for a frame. */
enum err client_send(struct client *client, const struct client_request *request,
	uint64_t *ret_correlation) MUST_USE;
enum err client_flush(struct client *client) MUST_USE;

/* The next answer; ERR_TIMEOUT after timeout_ms. After the connection was lost, every request in
 * flight is answered once with status ERR_TIMEOUT and unknown set, and the client reconnects by
 * itself. Until those answers are taken nothing more is sent: what is queued meanwhile is answered
 * with ERR_TIMEOUT too, unknown not set. So nothing overtakes what was lost. */
enum err client_receive(
	struct client *client, int64_t timeout_ms, struct client_answer *ret) MUST_USE;

/* One request and its answer. */
enum err client_call(struct client *client, const struct client_request *request,
	struct client_answer *ret) MUST_USE;

/* What the node said in WELCOME: the end of its journal. */
uint64_t client_node_head(const struct client *client);

#endif
