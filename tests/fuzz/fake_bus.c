/* See fake_bus.h. Touches nothing. */
#include "tests/fuzz/fake_bus.h"

#include "tests/fuzz/fuzz.h"

struct fake_bus fake_bus;

struct wire {
	enum wire_side side;
};

void *wire_context(void)
{
	return &fake_bus;
}

void wire_context_done(void *zmq)
{
	(void)zmq;
}

enum err wire_open(
	void *zmq, const struct wire_options *options, void **ret_socket, struct reason *reason)
{
	struct wire *wire = calloc(1, sizeof(*wire));

	(void)zmq;
	(void)reason;
	must(wire);
	wire->side = options->side;
	*ret_socket = wire;
	return ERR_OK;
}

void wire_close(void *socket, int linger_ms)
{
	(void)linger_ms;
	free(socket);
}

enum err wire_bind(void *socket, const char *endpoint, struct reason *reason)
{
	(void)socket;
	(void)endpoint;
	(void)reason;
	return ERR_OK;
}

enum err wire_connect(void *socket, const char *endpoint, struct reason *reason)
{
	return wire_bind(socket, endpoint, reason);
}

bool wire_receive(void *socket, struct wire_message *ret)
{
	(void)socket;
	(void)ret;
	return false;
}

const char *wire_user(struct wire_message *message)
{
	(void)message;
	return fake_bus.user;
}

/* What the node says must be what its peers can read. */
static void check_said(const struct op_message *message)
{
	uint8_t header[OP_HEADER_BYTES];
	struct reason reason = {0};
	struct op_message read;
	struct arena arena;

	op_header_encode(message, header);
	const struct op_parts parts = {
		bytes_of(header, sizeof(header)), message->fields, message->body};
	must(!op_message_decode(&parts, &read, &reason));
	arena_init(&arena, (size_t)4 << 20);
	void *fields = arena_alloc(&arena, op_kind_schema(read.kind)->size);
	must(fields && !op_fields_decode(&read, &arena, fields, &reason));
	if (read.kind == OP_REPLY)
		must(!op_items_check(read.body, ((struct op_replies *)fields)->count, &reason));
	if (read.kind == OP_BATCH)
		must(!op_batch_check(fields, read.body, &reason));
	arena_done(&arena);
}

enum err wire_send(void *socket, const struct bytes *id, const struct op_message *message)
{
	const struct wire *wire = socket;

	must((wire->side == WIRE_ROUTER) == (id != NULL));
	if (fake_bus.full)
		return ERR_BUSY;
	check_said(message);
	fake_bus.said++;
	return ERR_OK;
}

struct wire_events wire_events(void *socket)
{
	(void)socket;
	return (struct wire_events){.writable = true};
}

enum err bus_socket_open(
	struct bus *bus, void *zmq, const struct bus_socket_calls *calls, struct bus_socket **ret)
{
	const struct wire *wire = zmq;

	*ret = calloc(1, sizeof(**ret));
	must(*ret);
	**ret = (struct bus_socket){.bus = bus, .zmq = zmq, .calls = *calls};
	if (wire->side == WIRE_ROUTER)
		fake_bus.router = *ret;
	else
		fake_bus.dealers[fake_bus.dealers[0] != NULL] = *ret;
	return ERR_OK;
}

void bus_socket_close(struct bus_socket *socket, int linger_ms)
{
	if (!socket)
		return;
	for (unsigned i = 0; i < 2; i++)
		if (fake_bus.dealers[i] == socket)
			fake_bus.dealers[i] = NULL;
	wire_close(socket->zmq, linger_ms);
	free(socket);
}

enum err bus_socket_send(
	struct bus_socket *socket, const struct bytes *id, const struct bus_out *out)
{
	return wire_send_out(socket->zmq, id, out, &socket->bus->scratch);
}

void bus_socket_touched(struct bus_socket *socket)
{
	(void)socket;
}

void bus_socket_pause(struct bus_socket *socket, bool pause)
{
	socket->paused = pause;
}

void bus_socket_pump(struct bus_socket *socket)
{
	(void)socket;
}

enum err bus_zap_open(struct bus *bus, struct reason *reason)
{
	(void)bus;
	(void)reason;
	return ERR_OK;
}
