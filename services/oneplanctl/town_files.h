/* The files of a new town: which nodes there are, what stands in their settings, and who follows
 * whom. */
#ifndef SERVICES_ONEPLANCTL_TOWN_FILES_H
#define SERVICES_ONEPLANCTL_TOWN_FILES_H

#include "common/town.h"

/* A kind of node that a new town has: one row of town_kinds. */
struct town_kind {
	const char *name;
	const char *role;
	const char *department; /* NULL: of none */
	const char *settings;   /* its own section, as text; NULL: none */
	const char *secret;     /* a further file of 32 random bytes in hexadecimal; NULL: none */
};

/* Does a node of that role follow those of the other? */
bool town_follows(const char *role, const char *owner_role);

extern const struct town_kind town_kinds[];
extern const size_t n_town_kinds;

/* Clients: each has a key of its name. portal-operators is the portal with the operators' pages: it
 * may speak for operators, and for nobody else. */
enum { TOWN_CLIENTS = 4 };
struct town_client {
	const char *name, *role;
};
extern const struct town_client town_clients[TOWN_CLIENTS];

struct town_plan {
	const char *dir;
	const char *listen; /* an address */
	int64_t base_port;
	bool beside;          /* other things may lie in dir */
	bool archive;         /* with an archive, the last of town_kinds */
	const char *node;     /* only this one; NULL: a whole town */
	const char *endpoint; /* of it: tcp://address:port */
	bool joins;           /* dir holds a town already, whose clients have these public keys */
	char client_keys[TOWN_CLIENTS][TOWN_KEY_TEXT]; /* as town_clients; "": it has none */
};

/* Makes the directory, all keys and settings, the portal's (portal/portal.ini) among them; town.ini
 * last. Nothing is ever overwritten. ERR_CONFLICT: there is a town, or (unless beside) something
 * else. One node may also be put into a town that there is: with its clients, and not yet joined
 * with its other nodes. */
enum err town_make(
	const struct town_plan *plan, struct arena *arena, struct reason *reason) MUST_USE;

#endif
