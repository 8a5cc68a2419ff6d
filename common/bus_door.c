/* Who stands in the door of a node: the connections of its ROUTER, authenticated or not, as ZeroMQ
 * tells of them (its socket monitor), and what each has sent that nobody has taken yet, as the
 * kernel counts it (TCP_INFO). Touches the monitor's in-process socket and the descriptors of
 * connections, of which it ends some.
 *
 * ZeroMQ itself bounds neither: it accepts for ever, and keeps the parts of a message until the
 * last has come.
 * 1. Of connections beyond the limit each new one is ended at once.
 * 2. A connection that has more under way than a session may ever have unanswered is ended; of all
 * together that have too much, the one that has most. A descriptor is ended by shutdown, which
 * closes nothing: ZeroMQ finds the end and cleans up. One that was closed and given to something
 * else meanwhile is told by its inode. */
#include "common/bus_parts.h"

#include <linux/tcp.h> /* has the newer fields */
#include <netinet/in.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/stat.h>

enum {
	CONNECTIONS_MAX = 2048,
	LOOK_MS = 100,
	AROUND_PART_BYTES = 64,
	BETWEEN_LOOKS_BYTES = 32, /* ZMTP's own heartbeats */
	EVENT_BYTES = 6           /* u16 event, u32 value, in the order of the machine */
};

/* As many requests as may be unanswered, each as large as may be; and a little that is in the
 * kernel. */
static const uint64_t one_bytes = (uint64_t)72 * 1024 * 1024,
		      all_bytes = (uint64_t)144 * 1024 * 1024;

struct connection {
	ino_t inode; /* 0: none with this descriptor */
	uint64_t taken;
	uint64_t waiting; /* as last looked at */
};

struct bus_door {
	struct bus *bus;
	struct bus_socket *monitor;
	struct loop_timer *look;
	struct connection *connections; /* by descriptor */
	size_t size;
	unsigned open, most;
};

static ino_t inode_of(int fd)
{
	struct stat st;

	return fstat(fd, &st) || !S_ISSOCK(st.st_mode) ? 0 : st.st_ino;
}

static void end(const struct bus_door *door, int fd)
{
	if (door->connections[fd].inode == inode_of(fd))
		(void)shutdown(fd, SHUT_RDWR);
}

/* ---- who comes and goes ---------------------------------------------------------------------- */

static struct connection *connection_of(struct bus_door *door, int fd)
{
	if (fd < 0 || (size_t)fd >= door->size || !door->connections[fd].inode)
		return NULL;
	return &door->connections[fd];
}

static bool make_room(struct bus_door *door, size_t fd)
{
	size_t size = door->size ? door->size : 64;

	while (size <= fd)
		size *= 2;
	if (size == door->size)
		return true;
	struct connection *grown = realloc(door->connections, size * sizeof(*grown));
	if (!grown)
		return false;
	memset(grown + door->size, 0, (size - door->size) * sizeof(*grown));
	door->connections = grown;
	door->size = size;
	return true;
}

static void forget(struct bus_door *door, int fd)
{
	struct connection *gone = connection_of(door, fd);

	if (!gone)
		return;
	gone->inode = 0;
	door->open--;
}

static void welcome(struct bus_door *door, int fd)
{
	if (fd < 0 || !make_room(door, (size_t)fd))
		return;
	forget(door, fd);
	ino_t inode = inode_of(fd);
	if (!inode) /* it has left already: its end was told before, or will be */
		return;
	door->connections[fd] = (struct connection){.inode = inode};
	door->open++;
	if (door->open <= door->most)
		return;
	door->bus->counters.turned_away++;
	end(door, fd);
}

static void on_event(void *ctx, struct wire_message *message)
{
	struct bus_door *door = ctx;
	struct bytes event = wire_bytes(message, 0);
	uint16_t what;
	uint32_t value;

	if (event.n != EVENT_BYTES)
		return;
	memcpy(&what, event.p, sizeof(what));
	memcpy(&value, event.p + sizeof(what), sizeof(value));
	if (what == ZMQ_EVENT_ACCEPTED)
		welcome(door, (int)value);
	else
		forget(door, (int)value);
}

void bus_door_took(struct bus_door *door, struct wire_message *message)
{
	struct connection *from = NULL;

	for (unsigned i = message->n; i > 0 && !from; i--)
		from = connection_of(door, zmq_msg_get(&message->part[i - 1], ZMQ_SRCFD));
	for (unsigned i = 0; from && i < message->n; i++)
		from->taken += zmq_msg_size(&message->part[i]) + AROUND_PART_BYTES;
}

/* ---- what is under way ----------------------------------------------------------------------- */

static uint64_t received(int fd)
{
	struct tcp_info info = {0};
	socklen_t n = sizeof(info);

	/* fails for a local socket, which has no such count */
	return getsockopt(fd, IPPROTO_TCP, TCP_INFO, &info, &n) ? 0 : info.tcpi_bytes_received;
}

/* What was taken is counted without what CURVE and ZMTP put around it, so something is added for
 * that, rather too much; never so that credit gathers. */
static void look_at(struct bus_door *door, int fd, uint64_t *sum, int *ret_most)
{
	struct connection *c = connection_of(door, fd);

	if (c && inode_of(fd) != c->inode) {
		forget(door, fd);
		c = NULL;
	}
	if (!c)
		return;
	uint64_t now = received(fd);
	c->taken += BETWEEN_LOOKS_BYTES;
	if (c->taken > now)
		c->taken = now;
	c->waiting = now - c->taken;
	*sum += c->waiting;
	if (*ret_most < 0 || c->waiting > door->connections[*ret_most].waiting)
		*ret_most = fd;
}

static void on_look(void *ctx, unsigned what)
{
	struct bus_door *door = ctx;
	uint64_t sum = 0;
	int most = -1;
	(void)what;

	for (size_t fd = 0; fd < door->size; fd++)
		look_at(door, (int)fd, &sum, &most);
	if (most < 0 || (door->connections[most].waiting <= one_bytes && sum <= all_bytes))
		return;
	door->bus->counters.overrun++;
	end(door, most);
}

/* ---- opening and closing --------------------------------------------------------------------- */

/* The rest is for files, and for connections of our own. */
static unsigned most_connections(void)
{
	struct rlimit limit;

	if (getrlimit(RLIMIT_NOFILE, &limit) || limit.rlim_cur / 2 >= CONNECTIONS_MAX)
		return CONNECTIONS_MAX;
	return (unsigned)(limit.rlim_cur / 2);
}

static enum err watch(struct bus_door *door, void *router)
{
	const struct bus_socket_calls calls = {.ctx = door, .on_message = on_event};
	const int unlimited = 0; /* or ZeroMQ's own thread would wait for this one */
	char endpoint[64];
	void *pair = zmq_socket(door->bus->zmq, ZMQ_PAIR);

	snprintf(endpoint, sizeof(endpoint), "inproc://door.%p", (void *)door);
	if (!pair || zmq_setsockopt(pair, ZMQ_RCVHWM, &unlimited, sizeof(unlimited)) ||
		zmq_socket_monitor(router, endpoint, ZMQ_EVENT_ACCEPTED | ZMQ_EVENT_DISCONNECTED) ||
		zmq_connect(pair, endpoint)) {
		wire_close(pair, 0);
		return ERR_SYSTEM;
	}
	return bus_socket_open(door->bus, pair, &calls, &door->monitor);
}

enum err bus_door_open(struct bus *bus, void *router, struct bus_door **ret)
{
	struct bus_door *door = calloc(1, sizeof(*door));

	*ret = NULL;
	if (!door)
		return ERR_NO_MEMORY;
	*door = (struct bus_door){.bus = bus, .most = most_connections()};
	enum err err = loop_timer_new(bus->loop, (struct loop_call){on_look, door}, &door->look);
	if (!err)
		err = watch(door, router);
	if (err) {
		bus_door_close(door, router);
		return err;
	}
	loop_timer_every(door->look, LOOK_MS);
	*ret = door;
	return ERR_OK;
}

void bus_door_close(struct bus_door *door, void *router)
{
	if (!door)
		return;
	(void)zmq_socket_monitor(router, NULL, 0);
	bus_socket_close(door->monitor, 0);
	loop_timer_free(door->look);
	free(door->connections);
	free(door);
}
