/* Who is let in: answers ZeroMQ's question for each connection (ZAP, ZeroMQ RFC 27) from the
 * allow-list. Touches an in-process socket only.
 *
 * An unknown key is told 300, "try again": 400 and 500 would make a libzmq peer give up for ever,
 * and a key may be in the list a moment later. The User-Id that libzmq attaches to every message is
 * the key itself, not the name, so that a key taken out of the list cannot go on under its owner's
 * name. */
#include "common/bus_parts.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

enum { KEY_RAW_BYTES = 32 };

static const char zap_endpoint[] = "inproc://zeromq.zap.01";

static int compare_rows(const void *a, const void *b)
{
	return strcmp(((const struct bus_peer *)a)->key, ((const struct bus_peer *)b)->key);
}

static int compare_key(const void *key, const void *row)
{
	return strcmp(key, ((const struct bus_peer *)row)->key);
}

const struct bus_peer *bus_find_peer(const struct bus *bus, const char *key)
{
	if (bus->guest && !strcmp(bus->guest->key, key))
		return bus->guest;
	if (bus->n_peers == 0)
		return NULL;
	return bsearch(key, bus->peers, bus->n_peers, sizeof(*bus->peers), compare_key);
}

/* ---- the list -------------------------------------------------------------------------------- */

static bool ends(const char *text, size_t size)
{
	return memchr(text, '\0', size) != NULL;
}

static enum err check_peer(const struct bus_peer *peer, struct reason *reason)
{
	uint8_t raw[KEY_RAW_BYTES];

	if (!ends(peer->name, sizeof(peer->name)) || !peer->name[0])
		return reason_set(reason, ERR_INVALID, "name", "1 to 32 bytes");
	if (!ends(peer->role, sizeof(peer->role)))
		return reason_set(reason, ERR_INVALID, "role", "at most 23 bytes");
	if (!ends(peer->department, sizeof(peer->department)))
		return reason_set(reason, ERR_INVALID, "department", "at most 32 bytes");
	if (!ends(peer->key, sizeof(peer->key)) || strlen(peer->key) != BUS_KEY_BYTES - 1 ||
		!zmq_z85_decode(raw, peer->key))
		return reason_set(reason, ERR_INVALID, "key", "must be a key in Z85");
	return ERR_OK;
}

static enum err check_list(const struct bus_peer *sorted, size_t n, struct reason *reason)
{
	for (size_t i = 0; i < n; i++) {
		enum err err = check_peer(&sorted[i], reason);
		if (err) {
			reason_prefix(reason, "peers", -1);
			return err;
		}
		if (i && !strcmp(sorted[i - 1].key, sorted[i].key))
			return reason_set(reason, ERR_INVALID, "peers.key",
				"%s and %s have the same key", sorted[i - 1].name, sorted[i].name);
	}
	return ERR_OK;
}

enum err bus_set_peers(
	struct bus *bus, const struct bus_peer *peers, size_t n, struct reason *reason)
{
	struct bus_peer *sorted = calloc(n ? n : 1, sizeof(*sorted));

	if (!sorted)
		return reason_set(reason, ERR_NO_MEMORY, "", "out of memory");
	for (size_t i = 0; i < n; i++) {
		sorted[i] = peers[i];
		sorted[i].key[BUS_KEY_BYTES - 1] = '\0';
	}
	qsort(sorted, n, sizeof(*sorted), compare_rows);
	enum err err = check_list(sorted, n, reason);
	if (err) {
		free(sorted);
		return err;
	}
	free(bus->peers);
	bus->peers = sorted;
	bus->n_peers = n;
	for (struct bus_server *server = bus->servers; server; server = server->next)
		bus_server_review(server);
	return ERR_OK;
}

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
