/* The allow-list: which keys are let in, and who they are. Touches nothing. */
#include "common/bus_parts.h"

#include <stdlib.h>
#include <string.h>

enum { KEY_RAW_BYTES = 32 };

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

bool bus_is_key(const char *key)
{
	uint8_t raw[KEY_RAW_BYTES];

	return strlen(key) == BUS_KEY_BYTES - 1 && zmq_z85_decode(raw, key);
}

static enum err check_peer(const struct bus_peer *peer, struct reason *reason)
{
	if (!ends(peer->name, sizeof(peer->name)) || !peer->name[0])
		return reason_set(reason, ERR_INVALID, "name", "1 to 32 bytes");
	if (!ends(peer->role, sizeof(peer->role)))
		return reason_set(reason, ERR_INVALID, "role", "at most 23 bytes");
	if (!ends(peer->department, sizeof(peer->department)))
		return reason_set(reason, ERR_INVALID, "department", "at most 32 bytes");
	if (!ends(peer->key, sizeof(peer->key)) || !bus_is_key(peer->key))
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

/* Sorted by key, the caller's to free. */
static enum err sort_list(
	const struct bus_peer *peers, size_t n, struct bus_peer **ret, struct reason *reason)
{
	struct bus_peer *sorted = calloc(n ? n : 1, sizeof(*sorted));

	*ret = sorted;
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
		*ret = NULL;
	}
	return err;
}

enum err bus_check_peers(const struct bus_peer *peers, size_t n, struct reason *reason)
{
	struct bus_peer *sorted;
	enum err err = sort_list(peers, n, &sorted, reason);

	free(sorted);
	return err;
}

enum err bus_set_peers(
	struct bus *bus, const struct bus_peer *peers, size_t n, struct reason *reason)
{
	struct bus_peer *sorted;
	enum err err = sort_list(peers, n, &sorted, reason);

	if (err)
		return err;
	free(bus->peers);
	bus->peers = sorted;
	bus->n_peers = n;
	for (struct bus_server *server = bus->servers; server; server = server->next)
		bus_server_review(server);
	return ERR_OK;
}
