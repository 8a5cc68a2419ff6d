/* The bus as a whole: keys, the ZeroMQ context, the counters. Touches the network through its
 * parts. */
#include "common/bus_parts.h"

#include <assert.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum {
	HEARTBEAT_MS = 1000,
	MAX_SESSIONS = 1024,
	MAX_SESSIONS_OF_PEER = 64,
};

enum err bus_make_keys(char ret_public[BUS_KEY_BYTES], char ret_secret[BUS_KEY_BYTES])
{
	return zmq_curve_keypair(ret_public, ret_secret) ? ERR_SYSTEM : ERR_OK;
}

enum err bus_public_of(const char *secret, char ret_public[BUS_KEY_BYTES])
{
	if (strlen(secret) != BUS_KEY_BYTES - 1 || zmq_curve_public(ret_public, secret))
		return ERR_INVALID;
	return ERR_OK;
}

static bool copy_string(char *to, size_t size, const char *from)
{
	int n = snprintf(to, size, "%s", from ? from : "");

	return n > 0 && (size_t)n < size;
}

static enum err take_keys(
	struct bus *bus, const char *public_key, const char *secret_key, struct reason *reason)
{
	char derived[BUS_KEY_BYTES], public[BUS_KEY_BYTES], secret[BUS_KEY_BYTES];

	if (!copy_string(secret, sizeof(secret), secret_key) || bus_public_of(secret, derived))
		return reason_set(reason, ERR_INVALID, "secret_key", "must be a key in Z85");
	if (!copy_string(public, sizeof(public), public_key) || strcmp(derived, public) != 0)
		return reason_set(
			reason, ERR_INVALID, "public_key", "does not belong to the secret key");
	memcpy(bus->public_key, public, sizeof(public));
	memcpy(bus->secret_key, secret, sizeof(secret));
	return ERR_OK;
}

enum err bus_set_keys(
	struct bus *bus, const char *public_key, const char *secret_key, struct reason *reason)
{
	enum err err = take_keys(bus, public_key, secret_key, reason);

	for (struct bus_server *server = bus->servers; server && !err; server = server->next)
		err = bus_server_rebind(server, reason);
	return err;
}

static enum err set_up(struct bus *bus, const struct bus_options *options, struct reason *reason)
{
	if (!copy_string(bus->node, sizeof(bus->node), options->node))
		return reason_set(reason, ERR_INVALID, "node", "1 to 32 bytes");
	enum err err = take_keys(bus, options->public_key, options->secret_key, reason);
	if (err)
		return err;
	bus->zmq = wire_context();
	if (!bus->zmq)
		return reason_set(
			reason, ERR_SYSTEM, "", "no ZeroMQ context: %s", zmq_strerror(errno));
	return bus_zap_open(bus, reason);
}

enum err bus_open(const struct bus_options *options, struct bus **ret, struct reason *reason)
{
	struct bus *bus = calloc(1, sizeof(*bus));

	*ret = NULL;
	if (!bus)
		return reason_set(reason, ERR_NO_MEMORY, "", "out of memory");
	bus->loop = options->loop;
	bus->random = options->random;
	bus->boot = uuid_make(clock_now(&options->clock), &options->random);
	bus->heartbeat_ms = options->heartbeat_ms ? options->heartbeat_ms : HEARTBEAT_MS;
	bus->max_sessions = options->max_sessions ? options->max_sessions : MAX_SESSIONS;
	bus->max_sessions_of_peer = options->max_sessions_of_peer ? options->max_sessions_of_peer
								  : MAX_SESSIONS_OF_PEER;
	buffer_init(&bus->scratch, OP_FIELDS_MAX);
	enum err err = set_up(bus, options, reason);
	if (err) {
		bus_close(bus);
		return err;
	}
	*ret = bus;
	return ERR_OK;
}

void bus_close(struct bus *bus)
{
	if (!bus)
		return;
	assert(!bus->servers);
	bus_socket_close(bus->zap, 0);
	wire_context_done(bus->zmq);
	buffer_done(&bus->scratch);
	free(bus->peers);
	memset(bus->secret_key, 0, sizeof(bus->secret_key));
	free(bus);
}

struct bus_counters bus_counters(const struct bus *bus)
{
	return bus->counters;
}
