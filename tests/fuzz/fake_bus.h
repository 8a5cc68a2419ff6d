/* Sockets that lead nowhere, in place of bus_wire.c, bus_socket.c and bus_zap.c: the target puts
 * messages into the node's ROUTER, and what the node says is checked and thrown away. */
#ifndef TESTS_FUZZ_FAKE_BUS_H
#define TESTS_FUZZ_FAKE_BUS_H

#include "common/bus_parts.h"

struct fake_bus {
	struct bus_socket *router;
	struct bus_socket *dealers[2]; /* of the links, as long as they are open */
	const char *user;              /* the key of who sends */
	bool full;                     /* the peers' queues are */
	uint64_t said;                 /* messages of the node */
};
extern struct fake_bus fake_bus;

#endif
