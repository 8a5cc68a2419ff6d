/* Simulated ZeroMQ sockets, in place of bus_wire.c, bus_socket.c and bus_zap.c: a ROUTER a node, a
 * DEALER a link or client (wire.h). Touches nothing. */
#include "tests/sim/town/wire.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

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
	wire->connect = (struct event){.kind = STEP_WORLD, .run = wire_run_connect};
	wire->notify = (struct event){.node = node, .kind = STEP_MESSAGE, .run = wire_run_notify};
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

	pipes_leave(wire, in_order);
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

const char *wire_user(struct wire_message *message)
{
	return ((const struct message *)message)->user;
}

static struct lane *lane_to(const struct wire *router, const struct bytes *id)
{
	for (struct pipe *pipe = net.pipes; pipe; pipe = pipe->next)
		if (pipe->router == router && bytes_equal(*id, bytes_of(pipe->id, ID_BYTES)))
			return &pipe->down;
	return NULL;
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
