/* A town as its clients see it: a directory with town.ini (where the nodes are) and
 * keys/<client>.key. */
#ifndef COMMON_TOWN_H
#define COMMON_TOWN_H

#include "common/bytes.h"

enum { TOWN_NODES = 64, TOWN_KEY_TEXT = 41 };

struct town_node {
	const char *name;
	const char *role;
	const char *endpoint;
	const char *public_key; /* Z85 */
	const char *department; /* "": of none */
	bool elsewhere;         /* others run it: its operators are not ours */
};

struct town {
	const char *dir;
	struct town_node nodes[TOWN_NODES];
	size_t n;
};

/* A CURVE key pair in Z85. */
struct town_keys {
	char public_key[TOWN_KEY_TEXT];
	char secret_key[TOWN_KEY_TEXT];
};

/* Reads DIR/town.ini; texts lie in the arena. ERR_NOT_FOUND: no town there. */
enum err town_load(
	const char *dir, struct arena *arena, struct town *ret, struct reason *reason) MUST_USE;

/* The same from a file of that form, which has no keys beside it. */
enum err town_read(
	const char *path, struct arena *arena, struct town *ret, struct reason *reason) MUST_USE;

/* NULL: no such node. */
const struct town_node *town_find(const struct town *town, const char *name);
const struct town_node *town_find_role(const struct town *town, const char *role);

/* Reads DIR/keys/<client>.key, which nobody else may read. */
enum err town_read_keys(const struct town *town, const char *client, struct town_keys *ret,
	struct reason *reason) MUST_USE;

#endif
