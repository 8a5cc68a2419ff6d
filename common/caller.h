/* A client of one node that lives on a loop (client.h is the one that waits): for programs that
 * ask many nodes at once and must not hang because one of them is down. The connection is kept by
 * the bus, which makes it anew for ever. */
#ifndef COMMON_CALLER_H
#define COMMON_CALLER_H

#include "common/bus.h"
#include "common/client.h"

struct caller;
struct call;

enum { CALLS_MAX = 64 }; /* under way at one node */

struct caller_options {
	struct loop *loop; /* that of the bus */
	const char *node;  /* the name that it must give itself */
	const char *endpoint;
	const char *server_key;
	struct clock clock;
};

/* What is called when the answer is there, or none can come any more: once, from the loop, never
 * from within caller_ask. As client_receive has it: status ERR_TIMEOUT with unknown set means that
 * it may have been done. The answer is valid until return. */
struct call_done {
	void (*fn)(void *ctx, const struct client_answer *answer);
	void *ctx;
};

/* Connects in the background. The strings are copied. */
enum err caller_open(struct bus *bus, const struct caller_options *options, struct caller **ret,
	struct reason *reason) MUST_USE;
/* Nobody is called any more. */
void caller_close(struct caller *caller);
/* Another place or key, of options; as bus_link_move. */
enum err caller_move(struct caller *caller, const struct caller_options *options,
	struct reason *reason) MUST_USE;
/* Is there a session now? */
bool caller_up(const struct caller *caller);

/* Sends one request, of which timeout_ms must be set: no later than that (and a moment for the
 * node's own word) done is called. ERR_NOT_FOUND: there is no session now; ERR_BUSY: too much is
 * under way; then it was not sent and done is not called. */
enum err caller_ask(struct caller *caller, const struct client_request *request,
	struct call_done done, struct call **ret) MUST_USE;
/* The answer is wanted no more; what was asked may be done all the same. Only before done. */
void call_forget(struct call *call);

#endif
