/* What is under way in the simulated network, and how connections begin and end (wire.h). Touches
 * nothing. */
#include "tests/sim/town/wire.h"

#include <stdlib.h>
#include <string.h>

enum {
	NOTICED_MS = 1500, /* ZMTP heartbeats */
	RECONNECT_MS = 50,
	RECONNECT_MAX_MS = 2000,
	BLOCKED_RETRY_MS = 50
};

struct net net;

static bool cut_off(const struct pipe *pipe)
{
	return world.blocked[pipe->dealer_host][pipe->router_host] ||
	       world.blocked[pipe->router_host][pipe->dealer_host];
}

/* ---- lanes ----------------------------------------------------------------------------------- */

void lane_drop(struct lane *lane, unsigned keep)
{
	struct message **at = &lane->first;

	lane->last = NULL;
	for (; keep && *at; keep--) {
		lane->last = *at;
		at = &(*at)->next;
	}
	while (*at) {
		struct message *message = *at;
		*at = message->next;
		free(message);
		lane->n--;
	}
	if (!lane->first)
		event_drop(&lane->event);
}

static void schedule(struct lane *lane)
{
	if (lane->first)
		event_set(
			&lane->event, lane->first->due > world.now ? lane->first->due : world.now);
}

/* Frees a pipe that nobody has any more. */
static void review_pipe(struct pipe *pipe)
{
	struct pipe **at = &net.pipes;

	if (!pipe->router)
		lane_drop(&pipe->up, 0);
	if (!pipe->dealer)
		lane_drop(&pipe->down, 0);
	if (pipe->dealer || pipe->router)
		return;
	event_drop(&pipe->dealer_notices);
	event_drop(&pipe->router_notices);
	while (*at != pipe)
		at = &(*at)->next;
	*at = pipe->next;
	free(pipe);
}

static struct message *lane_shift(struct lane *lane)
{
	struct message *message = lane->first;

	lane->first = message->next;
	if (!lane->first)
		lane->last = NULL;
	lane->n--;
	return message;
}

/* What is being handed over; kept here so that a crash in the middle leaks nothing. */
static struct message *handing;

static void run_lane(struct event *event)
{
	struct lane *lane = OWNER_OF(event, struct lane, event);
	struct pipe *pipe = lane->pipe;
	struct wire *to = lane->to_router ? pipe->router : pipe->dealer;
	unsigned a = lane->to_router ? pipe->dealer_host : pipe->router_host;
	unsigned b = lane->to_router ? pipe->router_host : pipe->dealer_host;

	if (world.blocked[a][b] || to->paused) {
		event_set(event, world.now + BLOCKED_RETRY_MS);
		return;
	}
	free(handing);
	handing = lane_shift(lane);
	schedule(lane);
	struct message *message = handing;
	if (world.options.trace)
		trace("%s -> %s %s, %zu bytes", node_names[a], node_names[b],
			op_kind_name(message->kind), message->n);
	struct bus *bus = to->socket ? to->socket->bus : NULL;
	uint64_t good = bus ? bus->counters.messages : 0;
	to->ends.on_message(to->ends.ctx, &message->parts);
	if (message->flipped && bus && bus->counters.messages != good)
		fail("%s took a message whose bits had changed", node_names[b]);
}

static void lane_begin(struct lane *lane, struct pipe *pipe, bool to_router)
{
	struct wire *to = to_router ? pipe->router : pipe->dealer;

	*lane = (struct lane){.pipe = pipe, .to_router = to_router};
	lane->event = (struct event){.node = to->node, .kind = STEP_MESSAGE, .run = run_lane};
}

void lane_push(struct lane *lane, struct message *message)
{
	unsigned a = lane->to_router ? lane->pipe->dealer_host : lane->pipe->router_host;
	unsigned b = lane->to_router ? lane->pipe->router_host : lane->pipe->dealer_host;
	int64_t slow = world.slow_ms[a][b];
	int64_t ms = chance_skewed(FOR_NET, 0, slow ? slow : 4);

	message->due = world.now + ms;
	if (message->due < lane->last_due)
		message->due = lane->last_due;
	lane->last_due = message->due;
	message->next = NULL;
	if (lane->last)
		lane->last->next = message;
	else
		lane->first = message;
	lane->last = message;
	if (lane->n++ == 0)
		schedule(lane);
}

/* ---- pipes ----------------------------------------------------------------------------------- */

static void try_later(struct wire *dealer)
{
	if (dealer->stuck)
		return;
	dealer->reconnect_ms = dealer->reconnect_ms ? dealer->reconnect_ms * 2 : RECONNECT_MS;
	if (dealer->reconnect_ms > RECONNECT_MAX_MS)
		dealer->reconnect_ms = RECONNECT_MAX_MS;
	event_set(&dealer->connect, world.now + dealer->reconnect_ms);
}

static void dealer_loses(struct pipe *pipe)
{
	struct wire *dealer = pipe->dealer;

	if (!dealer)
		return;
	pipe->dealer = NULL;
	dealer->pipe = NULL;
	dealer->reconnect_ms = 0;
	try_later(dealer);
	review_pipe(pipe);
}

static void run_dealer_notices(struct event *event)
{
	dealer_loses(OWNER_OF(event, struct pipe, dealer_notices));
}

static void run_router_notices(struct event *event)
{
	struct pipe *pipe = OWNER_OF(event, struct pipe, router_notices);

	pipe->router = NULL;
	review_pipe(pipe);
}

static void notice_in(struct event *event, int64_t ms)
{
	if (event->place == 0 || event->at > world.now + ms)
		event_set(event, world.now + ms);
}

/* What stands in a lane when the pipe ends may arrive or not, its beginning first. */
static void end_lane(struct lane *lane)
{
	lane_drop(lane, (unsigned)chance(FOR_NET, lane->n + 1));
}

static void dealer_leaves(struct pipe *pipe, bool in_order)
{
	int64_t ms = cut_off(pipe) ? NOTICED_MS : 5;

	if (!in_order)
		end_lane(&pipe->up);
	int64_t last =
		pipe->up.n && pipe->up.last_due > world.now ? pipe->up.last_due - world.now : 0;
	pipe->dealer = NULL;
	notice_in(&pipe->router_notices, last + 1 + (int64_t)chance(FOR_NET, (uint64_t)ms));
	review_pipe(pipe);
}

static void router_leaves(struct pipe *pipe, bool in_order)
{
	int64_t ms = cut_off(pipe) ? NOTICED_MS : 5;

	if (!in_order)
		end_lane(&pipe->down);
	int64_t last = pipe->down.n && pipe->down.last_due > world.now
			       ? pipe->down.last_due - world.now
			       : 0;
	pipe->router = NULL;
	notice_in(&pipe->dealer_notices, last + 1 + (int64_t)chance(FOR_NET, (uint64_t)ms));
	review_pipe(pipe);
}

void wires_cut(unsigned host, unsigned other)
{
	for (struct pipe *next, *pipe = net.pipes; pipe; pipe = next) {
		bool touched = pipe->dealer_host == host || pipe->router_host == host;
		bool with =
			other == HOSTS || pipe->dealer_host == other || pipe->router_host == other;
		next = pipe->next;
		if (!touched || !with)
			continue;
		pipe->broken = true;
		end_lane(&pipe->up);
		end_lane(&pipe->down);
		if (pipe->router)
			notice_in(&pipe->router_notices, 1 + (int64_t)chance(FOR_NET, 20));
		if (pipe->dealer)
			notice_in(&pipe->dealer_notices, 1 + (int64_t)chance(FOR_NET, 20));
	}
}

void wires_review(void)
{
	for (struct pipe *pipe = net.pipes; pipe; pipe = pipe->next) {
		if (!cut_off(pipe))
			continue;
		if (pipe->router)
			notice_in(&pipe->router_notices,
				NOTICED_MS + (int64_t)chance(FOR_NET, NOTICED_MS));
		if (pipe->dealer)
			notice_in(&pipe->dealer_notices,
				NOTICED_MS + (int64_t)chance(FOR_NET, NOTICED_MS));
	}
}

void wires_forget(unsigned host)
{
	for (struct pipe *pipe = net.pipes; pipe; pipe = pipe->next) {
		if (pipe->dealer_host == host)
			lane_drop(&pipe->up, 0);
		if (pipe->router_host == host)
			lane_drop(&pipe->down, 0);
	}
}

unsigned wires_batches(void)
{
	unsigned most = 0;

	for (const struct pipe *pipe = net.pipes; pipe; pipe = pipe->next) {
		unsigned n = 0;
		for (const struct message *m = pipe->down.first; m; m = m->next)
			n += m->kind == OP_BATCH;
		most = n > most ? n : most;
	}
	return most;
}

void pipes_leave(struct wire *wire, bool in_order)
{
	for (struct pipe *next, *pipe = net.pipes; pipe; pipe = next) {
		next = pipe->next;
		if (pipe->dealer == wire)
			dealer_leaves(pipe, in_order);
		else if (pipe->router == wire)
			router_leaves(pipe, in_order);
	}
}

/* ---- connecting ------------------------------------------------------------------------------ */

static struct wire *listener(const struct wire *dealer)
{
	for (struct wire *wire = net.wires; wire; wire = wire->next)
		if (wire->side == WIRE_ROUTER && !strcmp(wire->endpoint, dealer->endpoint))
			return wire;
	return NULL;
}

void wire_run_notify(struct event *event)
{
	struct wire *wire = OWNER_OF(event, struct wire, notify);

	if (wire->ends.on_event)
		wire->ends.on_event(wire->ends.ctx, wire->pipe != NULL);
}

/* The ZAP handler of the node is asked, so it must be running. */
static bool let_in(struct wire *router, const struct wire *dealer)
{
	struct bus *bus = router->socket->bus;

	if (strcmp(router->key, dealer->server_key) != 0)
		return false;
	if (bus_find_peer(bus, dealer->key)) {
		bus->counters.admitted++;
		return true;
	}
	bus->counters.denied++;
	return false;
}

static void join(struct wire *dealer, struct wire *router)
{
	struct pipe *pipe = calloc(1, sizeof(*pipe));

	if (!pipe)
		abort();
	pipe->dealer = dealer;
	pipe->router = router;
	pipe->dealer_host = dealer->host;
	pipe->router_host = router->host;
	put_u32(pipe->id + 1, ++net.last_id);
	memcpy(pipe->key, dealer->key, sizeof(pipe->key));
	lane_begin(&pipe->up, pipe, true);
	lane_begin(&pipe->down, pipe, false);
	pipe->dealer_notices = (struct event){.kind = STEP_WORLD, .run = run_dealer_notices};
	pipe->router_notices = (struct event){.kind = STEP_WORLD, .run = run_router_notices};
	pipe->next = net.pipes;
	net.pipes = pipe;
	dealer->pipe = pipe;
	event_set(&dealer->notify, world.now + (int64_t)chance(FOR_NET, 3));
}

void wire_run_connect(struct event *event)
{
	struct wire *dealer = OWNER_OF(event, struct wire, connect);
	struct wire *router = listener(dealer);

	if (dealer->pipe)
		return;
	if (!router || world.blocked[dealer->host][router->host] ||
		world.blocked[router->host][dealer->host] ||
		(router->node && router->node->busy_until > world.now)) {
		dealer->stuck = !world.healing && chance(FOR_NET, 32) == 0;
		try_later(dealer);
		return;
	}
	if (let_in(router, dealer))
		join(dealer, router);
	else
		try_later(dealer);
}
