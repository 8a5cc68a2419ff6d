/* A ZeroMQ socket on the loop. Touches the network through bus_wire.c.
 *
 * The descriptor that ZeroMQ shows is edge-triggered, and any call on the socket, a send too, may
 * swallow the edge while messages remain, or while it has become able to send. Hence:
 * 1. After every call ZMQ_EVENTS is read again before the loop sleeps (`look`), and what it says of
 *    both directions is acted on.
 * 2. While there is something to read the timer `again` is running, so the loop does not sleep.
 * 3. Should both be wrong, the rescue timer finds out within a second, and counts it. */
#include "common/bus_parts.h"

#include <poll.h>
#include <stdlib.h>

/* What is read before others get their turn, and before what was read is worked off. */
enum { DRAIN_MESSAGES = 64, DRAIN_BYTES = 2 * 1024 * 1024, RESCUE_MS = 1000 };

static void go_on_later(struct bus_socket *socket)
{
	if (socket->pending)
		return;
	socket->pending = true;
	loop_timer_once(socket->again, 0);
}

static size_t message_bytes(struct wire_message *message)
{
	size_t n = 0;

	for (unsigned i = 0; i < message->n; i++)
		n += zmq_msg_size(&message->part[i]);
	return n;
}

/* True when there is something to read. */
static bool look(struct bus_socket *socket)
{
	struct wire_events events = wire_events(socket->zmq);

	if (socket->calls.on_event)
		socket->calls.on_event(socket->calls.ctx, events.writable);
	return events.readable;
}

static void drain(struct bus_socket *socket)
{
	struct wire_message message;
	size_t bytes = 0;

	for (unsigned n = 0; n < DRAIN_MESSAGES && bytes < DRAIN_BYTES && !socket->paused; n++) {
		if (!wire_receive(socket->zmq, &message))
			break;
		bytes += message_bytes(&message);
		if (socket->door)
			bus_door_took(socket->door, &message);
		socket->calls.on_message(socket->calls.ctx, &message);
		wire_done(&message);
	}
	/* Asked also while paused: otherwise the descriptor would stay readable and the loop spin.
	 */
	bool more = look(socket);
	if (more && !socket->paused)
		go_on_later(socket);
}

static void on_fd(void *ctx, unsigned what)
{
	(void)what;
	drain(ctx);
}

static void on_again(void *ctx, unsigned what)
{
	struct bus_socket *socket = ctx;
	(void)what;

	socket->pending = false;
	drain(socket);
}

static void on_check(void *ctx, unsigned what)
{
	struct bus_socket *socket = ctx;
	(void)what;

	if (!socket->paused && look(socket))
		go_on_later(socket);
}

static int zmq_descriptor(void *zmq)
{
	int fd = -1;
	size_t size = sizeof(fd);

	return zmq_getsockopt(zmq, ZMQ_FD, &fd, &size) ? -1 : fd;
}

static void on_rescue(void *ctx, unsigned what)
{
	struct bus_socket *socket = ctx;
	struct pollfd ready = {.fd = zmq_descriptor(socket->zmq), .events = POLLIN};
	(void)what;

	/* A descriptor that is readable wakes the loop by itself. */
	if (socket->paused || socket->pending || poll(&ready, 1, 0) != 0)
		return;
	if (!look(socket))
		return;
	socket->bus->counters.rescued++;
	go_on_later(socket);
}

static enum err put_on_loop(struct bus_socket *socket)
{
	struct loop *loop = socket->bus->loop;
	int fd = zmq_descriptor(socket->zmq);

	if (fd < 0)
		return ERR_SYSTEM;
	enum err err = loop_fd_new(loop, fd, (struct loop_call){on_fd, socket}, &socket->fd);
	if (!err)
		err = loop_timer_new(loop, (struct loop_call){on_again, socket}, &socket->again);
	if (!err)
		err = loop_timer_new(loop, (struct loop_call){on_rescue, socket}, &socket->rescue);
	if (!err)
		err = loop_task_new(loop, (struct loop_call){on_check, socket}, &socket->check);
	if (!err)
		err = loop_fd_watch(socket->fd, LOOP_READ);
	if (err)
		return err;
	loop_timer_every(socket->rescue, RESCUE_MS);
	loop_task_defer(socket->check);
	return ERR_OK;
}

static int type_of(void *zmq)
{
	int type = -1;
	size_t size = sizeof(type);

	return zmq_getsockopt(zmq, ZMQ_TYPE, &type, &size) ? -1 : type;
}

enum err bus_socket_open(
	struct bus *bus, void *zmq, const struct bus_socket_calls *calls, struct bus_socket **ret)
{
	struct bus_socket *socket = calloc(1, sizeof(*socket));

	*ret = NULL;
	if (!socket) {
		wire_close(zmq, 0);
		return ERR_NO_MEMORY;
	}
	*socket = (struct bus_socket){.bus = bus, .zmq = zmq, .calls = *calls};
	enum err err = put_on_loop(socket);
	if (!err && type_of(zmq) == ZMQ_ROUTER)
		err = bus_door_open(bus, zmq, &socket->door);
	if (err) {
		bus_socket_close(socket, 0);
		return err;
	}
	*ret = socket;
	return ERR_OK;
}

void bus_socket_close(struct bus_socket *socket, int linger_ms)
{
	if (!socket)
		return;
	bus_door_close(socket->door, socket->zmq);
	loop_fd_free(socket->fd);
	loop_timer_free(socket->again);
	loop_timer_free(socket->rescue);
	loop_task_free(socket->check);
	wire_close(socket->zmq, linger_ms);
	free(socket);
}

enum err bus_socket_send(
	struct bus_socket *socket, const struct bytes *id, const struct bus_out *out)
{
	enum err err = wire_send_out(socket->zmq, id, out, &socket->bus->scratch);

	bus_socket_touched(socket);
	return err;
}

void bus_socket_touched(struct bus_socket *socket)
{
	loop_task_defer(socket->check);
}

void bus_socket_pause(struct bus_socket *socket, bool pause)
{
	if (socket->paused == pause)
		return;
	socket->paused = pause;
	if (!pause)
		go_on_later(socket);
}

void bus_socket_pump(struct bus_socket *socket)
{
	drain(socket);
}
