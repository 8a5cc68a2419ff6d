/* Inside of the simulated network: pipes.c (what is under way), sending.c (messages, and what goes
 * wrong with them) and wire.c (sockets).
 *
 * A DEALER that is connected has one pipe to a ROUTER; a pipe has a lane each way.
 * 1. What goes into a lane comes out in that order, or not at all: then the pipe breaks.
 * 2. A pipe is never mended: the DEALER gets another one, under another routing id.
 * 3. Behind a blocked direction messages wait; when that lasts the pipe breaks, for each side at a
 *    time of its own.
 * 4. Whoever has no pipe cannot send (ZMQ_IMMEDIATE, ZMQ_ROUTER_MANDATORY); a full lane is busy. */
#ifndef TESTS_SIM_TOWN_WIRE_H
#define TESTS_SIM_TOWN_WIRE_H

#include "common/bus_parts.h"
#include "tests/sim/town/sim.h"

enum { DEALER_QUEUE = 256, ROUTER_QUEUE = OP_WINDOW + 256, ID_BYTES = 5 };

struct message {
	struct wire_message parts; /* first: wire_user finds the rest by it */
	struct message *next;
	const char *user;
	int64_t due;
	enum op_kind kind;
	bool flipped; /* bits of it were changed */
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

/* All of them, and their routing ids so far. */
struct net {
	struct wire *wires;
	struct pipe *pipes;
	uint32_t last_id;
};
extern struct net net;

/* pipes.c */
void lane_push(struct lane *lane, struct message *message);
/* All but the first so many. */
void lane_drop(struct lane *lane, unsigned keep);
/* The socket takes leave: of what was sent last a part may be lost, unless in order. */
void pipes_leave(struct wire *wire, bool in_order);
void wire_run_connect(struct event *event);
void wire_run_notify(struct event *event);

/* sending.c */
struct message *message_new(const struct bytes *id, const struct op_message *from);
/* Sends it, with what may be wrong with messages of that host. */
void send_faulty(struct lane *lane, struct message *message, unsigned host);
/* One item of a batch becomes one that the follower cannot apply. */
void poison(struct op_message *message);

#endif
