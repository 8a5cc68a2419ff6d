/* Who is let in: answers ZeroMQ's question for each connection (ZAP, ZeroMQ RFC 27) from the
 * allow-list. Touches an in-process socket only.
 *
 * An unknown key is told 300, "try again": 400 and 500 would make a libzmq peer give up for ever,
 * and a key may be in the list a moment later. The User-Id that libzmq attaches to every message is
 * the key itself, not the name, so that a key taken out of the list cannot go on under its owner's
 * name. */
#include "common/bus_parts.h"

#include <errno.h>

enum { KEY_RAW_BYTES = 32 };

static const char zap_endpoint[] = "inproc://zeromq.zap.01";

/* ---- the question ---------------------------------------------------------------------------- */

/* A REP socket never waits here either: it has exactly the one peer that has just asked. */
static void answer(struct bus *bus, struct bytes request_id, const char *status, const char *user)
{
	const struct bytes parts[] = {bytes_of_string("1.0"), request_id, bytes_of_string(status),
		BYTES_NONE, bytes_of_string(user), BYTES_NONE};
	const size_t n = sizeof(parts) / sizeof(*parts);

	for (size_t i = 0; i < n; i++)
		if (zmq_send(bus->zap->zmq, parts[i].p, parts[i].n,
			    ZMQ_DONTWAIT | (i + 1 < n ? ZMQ_SNDMORE : 0)) < 0)
			return;
	bus_socket_touched(bus->zap);
}

static void on_question(void *ctx, struct wire_message *question)
{
	static const char mechanism[] = "CURVE";
	struct bus *bus = ctx;
	struct bytes credentials = wire_bytes(question, 6);
	char key[BUS_KEY_BYTES] = "";

	if (bytes_equal(wire_bytes(question, 5), bytes_of_string(mechanism)) &&
		credentials.n == KEY_RAW_BYTES)
		zmq_z85_encode(key, credentials.p, credentials.n);
	if (key[0] && bus_find_peer(bus, key)) {
		bus->counters.admitted++;
		answer(bus, wire_bytes(question, 1), "200", key);
	} else {
		bus->counters.denied++;
		answer(bus, wire_bytes(question, 1), "300", "");
	}
}

enum err bus_zap_open(struct bus *bus, struct reason *reason)
{
	const struct bus_socket_calls calls = {.ctx = bus, .on_message = on_question};
	void *zmq = zmq_socket(bus->zmq, ZMQ_REP);

	if (!zmq || zmq_bind(zmq, zap_endpoint)) {
		wire_close(zmq, 0);
		return reason_set(
			reason, ERR_SYSTEM, "", "no ZAP handler: %s", zmq_strerror(errno));
	}
	enum err err = bus_socket_open(bus, zmq, &calls, &bus->zap);
	return err ? reason_set(reason, err, "", "no ZAP handler") : ERR_OK;
}
