/* The keys of a town on this machine: who has which, in which files they stand, and who is to be
 * told to read them again. */
#ifndef SERVICES_ONEPLANCTL_TOWN_KEYS_H
#define SERVICES_ONEPLANCTL_TOWN_KEYS_H

#include "services/oneplanctl/ctl.h"

/* A new pair in a new file (0600); ERR_CONFLICT when there is one. */
enum err keys_make(const char *path, struct town_keys *ret, struct reason *reason) MUST_USE;

/* Whose keys are being changed. */
struct key_owner {
	struct ctl *ctl;
	const char *name;
	const struct town_node *node;      /* NULL: a client */
	const char *file;                  /* its key file */
	const char *next;                  /* where the next pair lies meanwhile */
	const char *elsewhere[TOWN_NODES]; /* nodes whose files are not on this machine */
	size_t n_elsewhere;
	const char *unheard[TOWN_NODES]; /* nodes that are here, changed, and do not run here */
	size_t n_unheard;
	struct reason reason;
};

/* ERR_NOT_FOUND: no node or client of the town has that name. */
enum err keys_find_owner(struct ctl *ctl, const char *name, struct key_owner *ret) MUST_USE;
enum err keys_read(struct key_owner *owner, const char *path, struct town_keys *ret) MUST_USE;

/* Everywhere in the settings of the other nodes. */
enum err keys_announce(struct key_owner *owner, const char *next_key) MUST_USE;
enum err keys_drop_old(struct key_owner *owner, const char *key) MUST_USE;
enum err keys_revoke(struct key_owner *owner) MUST_USE;
/* Puts the next pair into the place of the present one, and its public key into town.ini. */
enum err keys_switch(struct key_owner *owner, const char *key) MUST_USE;
/* Is it announced somewhere as the next one? */
bool keys_is_announced(struct key_owner *owner, const char *key);

/* Tells the others, or the owner itself, to read their settings again, and waits until they did. */
void keys_tell_others(struct key_owner *owner);
enum err keys_tell_owner(struct key_owner *owner) MUST_USE;

#endif
