/* Requests that wait for this node to have seen something of another one. Touches nothing. */
#include <stdlib.h>

#include "common/daemon_private.h"

enum {
	PARKED_MAX = 256,
	PARKED_MS = 60000 /* for those who do not say how long they would wait */
};

/* It outlives the turn, so it owns a copy. */
struct parked {
	struct parked *next;
	struct arena arena;
	struct pending pending;
};

static void wake_at_next_expiry(struct daemon *daemon)
{
	int64_t next = 0;

	for (const struct parked *parked = daemon->parked; parked; parked = parked->next)
		if (parked->pending.expires && (!next || parked->pending.expires < next))
			next = parked->pending.expires;
	int64_t ms = next - clock_steady(&daemon->clock);
	if (next)
		loop_timer_once(daemon->expiry, ms > 0 ? ms : 0);
}

bool daemon_park(struct daemon *daemon, struct pending *pending)
{
	struct parked *parked = daemon->n_parked < PARKED_MAX ? calloc(1, sizeof(*parked)) : NULL;
	struct buffer bytes;

	if (!parked)
		return false;
	if (!pending->expires)
		pending->expires = clock_steady(&daemon->clock) + PARKED_MS;
	arena_init(&parked->arena, (size_t)512 * 1024);
	buffer_init(&bytes, (size_t)256 * 1024);
	parked->pending = *pending;
	schema_encode(schema_op_request(), &pending->request, &bytes);
	bool good = !bytes.failed &&
		    !schema_decode(schema_op_request(), buffer_bytes(&bytes), PACK_PLAIN,
			    &parked->arena, &parked->pending.request, NULL);
	buffer_done(&bytes);
	if (!good) {
		arena_done(&parked->arena);
		free(parked);
		return false;
	}
	struct parked **last = &daemon->parked; /* those that came first go on first */
	while (*last)
		last = &(*last)->next;
	*last = parked;
	daemon->n_parked++;
	wake_at_next_expiry(daemon);
	return true;
}

bool daemon_must_wait(struct daemon *daemon, const struct op_request *request)
{
	return request->wait_node.n &&
	       !engine_has_seen(daemon->engine, request->wait_node, (uint64_t)request->wait_seq);
}

/* Those whose node has now been seen far enough take part in the next turn; those whose time is up
 * are told. */
void daemon_unpark(struct daemon *daemon)
{
	int64_t now = clock_steady(&daemon->clock);

	for (struct parked **at = &daemon->parked; *at;) {
		struct parked *parked = *at;
		struct pending *pending = &parked->pending;
		bool waits = daemon_must_wait(daemon, &pending->request);
		bool expired = pending->expires && now >= pending->expires;
		if (pending->session && waits && !expired) {
			at = &parked->next;
			continue;
		}
		*at = parked->next;
		daemon->n_parked--;
		if (waits)
			daemon_answer_at_once(daemon, pending, ERR_TIMEOUT,
				"the node it waits for was not seen so far in time");
		else
			daemon_answer_alone(daemon, pending);
		arena_done(&parked->arena);
		free(parked);
	}
	wake_at_next_expiry(daemon);
}

void daemon_drop_parked(struct daemon *daemon)
{
	while (daemon->parked) {
		struct parked *parked = daemon->parked;
		daemon->parked = parked->next;
		arena_done(&parked->arena);
		free(parked);
	}
}

void daemon_forget_parked(struct daemon *daemon, const struct bus_session *session)
{
	for (struct parked *parked = daemon->parked; parked; parked = parked->next)
		if (parked->pending.session == session)
			parked->pending.session = NULL;
}
