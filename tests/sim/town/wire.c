/* Simulated ZeroMQ sockets, in place of bus_wire.c, bus_socket.c and bus_zap.c: a ROUTER a node, a
 * DEALER a link or client. Touches nothing.
 *
 * A DEALER that is connected has one pipe to a ROUTER; a pipe has a lane each way.
 * 1. What goes into a lane comes out in that order, or not at all: then the pipe breaks.
 * 2. A pipe is never mended: the DEALER gets another one, under another routing id.
 * 3. Behind a blocked direction messages wait; when that lasts the pipe breaks, for each side at a
 *    time of its own.
 * 4. Whoever has no pipe cannot send (ZMQ_IMMEDIATE, ZMQ_ROUTER_MANDATORY); a full lane is busy. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "common/bus_parts.h"
#include "tests/sim/town/sim.h"

enum {
	DEALER_QUEUE = 256,
	ROUTER_QUEUE = OP_WINDOW + 256,
	ID_BYTES = 5,
	NOTICED_MS = 1500, /* ZMTP heartbeats */
	RECONNECT_MS = 50,
	RECONNECT_MAX_MS = 2000,
	BLOCKED_RETRY_MS = 50
};

struct message {
	struct wire_message parts; /* first: wire_user finds the rest by it */
	struct message *next;
	const char *user;
	int64_t due;
	enum op_kind kind;
	size_t n;
	uint8_t bytes[];
};

struct lane {
	struct event event;
	struct pipe *pipe;
	struct message *first, *last;
	unsigned n;
	int64_t last_due;
	bool to_router;
};

struct pipe {
	struct pipe *next;
	struct wire *dealer, *router; /* NULL: that side is gone */
	unsigned dealer_host, router_host;
	uint8_t id[ID_BYTES];
	char key[BUS_KEY_BYTES];
	struct lane up, down; /* to the ROUTER, to the DEALER */
	struct event dealer_notices, router_notices;
	bool broken; /* nothing goes in any more */
};

struct wire {
	struct wire *next;
	enum wire_side side;
	unsigned host;
	struct node *node; /* NULL: a client's */
	char key[BUS_KEY_BYTES], server_key[BUS_KEY_BYTES], endpoint[ENDPOINT_BYTES];
	struct pipe *pipe; /* of a DEALER */
	struct event connect, notify;
	int64_t reconnect_ms;
	bool stuck; /* libzmq never tries again */
	struct wire_ends ends;
	struct bus_socket *socket;
	bool paused;
};

static struct {
	struct wire *wires;
	struct pipe *pipes;
	uint32_t last_id;
} net;

static bool cut_off(const struct pipe *pipe)
{
	return world.blocked[pipe->dealer_host][pipe->router_host] ||
	       world.blocked[pipe->router_host][pipe->dealer_host];
}

/* ---- lanes ----------------------------------------------------------------------------------- */

static void drop_messages(struct lane *lane, unsigned keep)
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
		drop_messages(&pipe->up, 0);
	if (!pipe->dealer)
		drop_messages(&pipe->down, 0);
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
	to->ends.on_message(to->ends.ctx, &message->parts);
}

static void lane_begin(struct lane *lane, struct pipe *pipe, bool to_router)
{
	struct wire *to = to_router ? pipe->router : pipe->dealer;

	*lane = (struct lane){.pipe = pipe, .to_router = to_router};
	lane->event = (struct event){.node = to->node, .kind = STEP_MESSAGE, .run = run_lane};
}

static void lane_push(struct lane *lane, struct message *message)
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
	drop_messages(lane, (unsigned)chance(FOR_NET, lane->n + 1));
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

/* ---- connecting ------------------------------------------------------------------------------ */

static struct wire *listener(const struct wire *dealer)
{
	for (struct wire *wire = net.wires; wire; wire = wire->next)
		if (wire->side == WIRE_ROUTER && !strcmp(wire->endpoint, dealer->endpoint))
			return wire;
	return NULL;
}

static void run_notify(struct event *event)
{
	struct wire *wire = OWNER_OF(event, struct wire, notify);

	if (wire->ends.on_event)
		wire->ends.on_event(wire->ends.ctx);
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

static void run_connect(struct event *event)
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

/* ---- the functions of bus_parts.h ------------------------------------------------------------ */

void *wire_context(void)
{
	return world.running;
}

void wire_context_done(void *zmq)
{
	(void)zmq;
}

static struct wire *wire_new(enum wire_side side, struct node *node)
{
	struct wire *wire = calloc(1, sizeof(*wire));

	if (!wire)
		abort();
	*wire = (struct wire){.next = net.wires,
		.side = side,
		.node = node,
		.host = node ? node->index : OUTSIDE};
	wire->connect = (struct event){.kind = STEP_WORLD, .run = run_connect};
	wire->notify = (struct event){.node = node, .kind = STEP_MESSAGE, .run = run_notify};
	net.wires = wire;
	return wire;
}

enum err wire_open(
	void *zmq, const struct wire_options *options, void **ret_socket, struct reason *reason)
{
	struct wire *wire = wire_new(options->side, zmq);

	(void)reason;
	if (options->side == WIRE_DEALER) {
		snprintf(wire->key, sizeof(wire->key), "%s", options->public_key);
		snprintf(wire->server_key, sizeof(wire->server_key), "%s", options->server_key);
	} else if (bus_public_of(options->secret_key, wire->key)) {
		free(wire);
		return ERR_INVALID;
	}
	*ret_socket = wire;
	return ERR_OK;
}

enum err wire_bind(void *socket, const char *endpoint, struct reason *reason)
{
	struct wire *wire = socket;

	(void)reason;
	snprintf(wire->endpoint, sizeof(wire->endpoint), "%s", endpoint);
	return ERR_OK;
}

enum err wire_connect(void *socket, const char *endpoint, struct reason *reason)
{
	struct wire *wire = socket;

	(void)reason;
	snprintf(wire->endpoint, sizeof(wire->endpoint), "%s", endpoint);
	event_set(&wire->connect, world.now + chance_skewed(FOR_NET, 0, 10));
	return ERR_OK;
}

static void wire_leave(struct wire *wire, bool in_order)
{
	struct wire **at = &net.wires;

	for (struct pipe *next, *pipe = net.pipes; pipe; pipe = next) {
		next = pipe->next;
		if (pipe->dealer == wire)
			dealer_leaves(pipe, in_order);
		else if (pipe->router == wire)
			router_leaves(pipe, in_order);
	}
	event_drop(&wire->connect);
	event_drop(&wire->notify);
	while (*at != wire)
		at = &(*at)->next;
	*at = wire->next;
}

void wire_close(void *socket, int linger_ms)
{
	struct wire *wire = socket;

	if (!wire)
		return;
	if (wire->host != HOSTS) /* otherwise it left in a crash */
		wire_leave(wire, linger_ms > 0);
	free(wire);
}

void wires_crash(struct node *node)
{
	for (struct wire *next, *wire = net.wires; wire; wire = next) {
		next = wire->next;
		if (wire->node != node)
			continue;
		wire_leave(wire, false);
		wire->pipe = NULL;
		wire->host = HOSTS;
	}
}

void wires_forget(unsigned host)
{
	for (struct pipe *pipe = net.pipes; pipe; pipe = pipe->next) {
		if (pipe->dealer_host == host)
			drop_messages(&pipe->up, 0);
		if (pipe->router_host == host)
			drop_messages(&pipe->down, 0);
	}
}

const char *wire_user(struct wire_message *message)
{
	return ((const struct message *)message)->user;
}

bool wire_writable(void *socket)
{
	return ((const struct wire *)socket)->pipe != NULL;
}

static void add_part(struct message *message, struct bytes part)
{
	uint8_t *to = message->bytes + message->n;

	if (part.n)
		memcpy(to, part.p, part.n);
	zmq_msg_init_data(&message->parts.part[message->parts.n++], to, part.n, NULL, NULL);
	message->n += part.n;
}

static struct message *message_new(const struct bytes *id, const struct op_message *from)
{
	uint8_t header[OP_HEADER_BYTES];
	struct message *message = malloc(
		sizeof(*message) + ID_BYTES + sizeof(header) + from->fields.n + from->body.n);

	if (!message)
		abort();
	message->parts = (struct wire_message){.n = 0};
	message->user = NULL;
	message->n = 0;
	message->kind = from->kind;
	op_header_encode(from, header);
	if (id)
		add_part(message, *id);
	add_part(message, bytes_of(header, sizeof(header)));
	add_part(message, from->fields);
	if (from->body.n)
		add_part(message, from->body);
	return message;
}

static struct lane *lane_to(const struct wire *router, const struct bytes *id)
{
	for (struct pipe *pipe = net.pipes; pipe; pipe = pipe->next)
		if (pipe->router == router && bytes_equal(*id, bytes_of(pipe->id, ID_BYTES)))
			return &pipe->down;
	return NULL;
}

static void flip_bits(struct message *message)
{
	size_t skip = message->user ? ID_BYTES : 0;

	for (uint64_t n = 1 + chance(FOR_NET, 3); n; n--)
		message->bytes[skip + chance(FOR_NET, message->n - skip)] ^=
			(uint8_t)(1U << chance(FOR_NET, 8));
}

static void send_faulty(struct lane *lane, struct message *message, unsigned host)
{
	bool twice = message->kind == OP_BATCH || message->kind == OP_ACK ||
		     message->kind == OP_REQUEST || message->kind == OP_FOLLOW;

	if (world.flipping[host] && message->kind != OP_HEARTBEAT) {
		world.flipping[host]--;
		flip_bits(message);
	} else if (world.duplicating[host] && twice) {
		struct message *copy = malloc(sizeof(*copy) + message->n);
		world.duplicating[host]--;
		if (!copy)
			abort();
		memcpy(copy, message, sizeof(*copy) + message->n);
		for (unsigned i = 0; i < copy->parts.n; i++) {
			struct bytes part = wire_bytes(&message->parts, i);
			zmq_msg_init_data(&copy->parts.part[i],
				copy->bytes + (part.p - message->bytes), part.n, NULL, NULL);
		}
		lane_push(lane, copy);
	}
	lane_push(lane, message);
}

/* One item of a batch becomes one that the follower cannot apply: its frame or its event cannot be
 * read. */
static void poison(struct op_message *message)
{
	struct buffer body;
	struct bytes left = message->body;
	struct op_item item;
	struct record record;
	uint64_t victim = chance(FOR_NET, 4);
	bool frame = chance(FOR_NET, 2);

	arena_reset(&world.arena);
	buffer_init(&body, OP_BODY_MAX);
	for (uint64_t i = 0; op_batch_next(&left, &item); i++) {
		struct buffer changed;
		buffer_init(&changed, OP_BODY_MAX);
		if (i == victim && !schema_decode(schema_record(), item.bytes, PACK_PLAIN,
					   &world.arena, &record, NULL)) {
			record.fields = text_of("\xc1");
			schema_encode(schema_record(), &record, &changed);
			if (frame)
				changed.p[0] = 0xc1;
			item.bytes = buffer_bytes(&changed);
			trace("record %llu is poisoned", (unsigned long long)item.seq);
		}
		op_batch_add(&body, &item);
		buffer_done(&changed);
	}
	message->body = bytes_copy(&world.arena, buffer_bytes(&body));
	buffer_done(&body);
}

enum err wire_send(void *socket, const struct bytes *id, const struct op_message *from)
{
	struct wire *wire = socket;
	struct node *node = wire->node;

	if (from->fields.n + from->body.n > OP_MESSAGE_MAX - OP_HEADER_BYTES)
		return ERR_LIMIT;
	if (wire->host == HOSTS) /* its node has crashed */
		return ERR_NOT_FOUND;
	if (node && node->armed == ARMED_SEND && node->armed_after-- == 0)
		node_abandon("while it sent");
	struct lane *lane = id ? lane_to(wire, id) : wire->pipe ? &wire->pipe->up : NULL;
	if (!lane)
		return id ? ERR_NOT_FOUND : ERR_BUSY;
	if (lane->n >= (id ? ROUTER_QUEUE : DEALER_QUEUE))
		return ERR_BUSY;
	const struct bytes own_id = bytes_of(lane->pipe->id, ID_BYTES);
	struct op_message poisoned = *from;
	if (world.poisoning[wire->host] && from->kind == OP_BATCH && from->body.n) {
		world.poisoning[wire->host]--;
		poison(&poisoned);
	}
	struct message *message = message_new(id ? NULL : &own_id, &poisoned);
	if (!id)
		message->user = lane->pipe->key;
	if (lane->pipe->broken || (lane->to_router ? !lane->pipe->router : !lane->pipe->dealer))
		free(message); /* the other side has gone, and this one does not know yet */
	else
		send_faulty(lane, message, wire->host);
	return ERR_OK;
}

/* ---- a socket on the loop -------------------------------------------------------------------- */

enum err bus_socket_open(
	struct bus *bus, void *zmq, const struct bus_socket_calls *calls, struct bus_socket **ret)
{
	struct bus_socket *socket = calloc(1, sizeof(*socket));
	struct wire *wire = zmq;

	if (!socket)
		abort();
	*socket = (struct bus_socket){.bus = bus, .zmq = zmq, .calls = *calls};
	wire->socket = socket;
	wire->ends = (struct wire_ends){calls->ctx, calls->on_message, calls->on_event};
	*ret = socket;
	return ERR_OK;
}

void bus_socket_close(struct bus_socket *socket, int linger_ms)
{
	if (!socket)
		return;
	wire_close(socket->zmq, linger_ms);
	free(socket);
}

enum err bus_socket_send(
	struct bus_socket *socket, const struct bytes *id, const struct bus_out *out)
{
	return wire_send_out(socket->zmq, id, out, &socket->bus->scratch);
}

void bus_socket_pause(struct bus_socket *socket, bool pause)
{
	((struct wire *)socket->zmq)->paused = pause;
}

enum err bus_zap_open(struct bus *bus, struct reason *reason)
{
	(void)bus;
	(void)reason;
	return ERR_OK;
}

struct wire *wire_of_client(unsigned client, unsigned node, const struct wire_ends *ends)
{
	struct wire *wire = wire_new(WIRE_DEALER, NULL);

	snprintf(wire->key, sizeof(wire->key), "%s", layout_client_key(world.layout, client));
	memcpy(wire->server_key, world.layout->config[node].public_key, sizeof(wire->server_key));
	wire->ends = *ends;
	if (wire_connect(wire, world.layout->config[node].listen, NULL))
		abort();
	return wire;
}
