/* The settings file read again while running: who may connect and with which keys, where followed
 * nodes are and which keys they have, the own key pair, new followers, the log level. For other
 * followed nodes, and for settings of the service, the daemon stops in order and starts itself
 * again. What says where and how the node lives is named in the log and stays as it was. Reads the
 * settings file and the key file. */
#include <stdlib.h>
#include <string.h>

#include "common/daemon_private.h"

enum { NAMED = 16 };

static void needs_restart(const char *what, const char *name)
{
	log_event(LOG_WARNING, "changed in the settings, but needs a restart",
		LOG_TEXT("what", what), LOG_TEXT("name", name));
}

/* Whom it follows decides which trees it has, and rules read the service's settings as they were at
 * the start: the way from there is short, and known to be safe. */
static void starts_again(struct daemon *daemon, const char *what, const char *name)
{
	daemon->again = true;
	log_event(LOG_INFO, "changed in the settings: starts again by itself",
		LOG_TEXT("what", what), LOG_TEXT("name", name));
}

/* ---- followers and owners -------------------------------------------------------------------- */

static const struct engine_peer *find(const struct engine_peer *peers, size_t n, const char *name)
{
	for (size_t i = 0; i < n; i++)
		if (!strcmp(peers[i].name, name))
			return &peers[i];
	return NULL;
}

/* A follower that is taken out has lost its sessions; only its counters wait for a restart. */
static enum err add_followers(
	struct daemon *daemon, const struct daemon_config *new, struct reason *reason)
{
	struct daemon_config *config = &daemon->config;

	for (size_t i = 0; i < new->n_followers; i++) {
		const struct engine_peer *peer = &new->followers[i];
		const struct engine_peer *old =
			find(config->followers, config->n_followers, peer->name);
		if (old && old->role != peer->role)
			starts_again(daemon, "role of a follower", peer->name);
		if (old)
			continue;
		char *name = arena_copy(&config->arena, peer->name, strlen(peer->name));
		struct engine_peer *added = &config->followers[config->n_followers];
		if (config->n_followers == MAX_PEERS || !name)
			return reason_set(
				reason, ERR_LIMIT, peer->name, "too many followers were added");
		*added = (struct engine_peer){name, peer->role};
		enum err err = engine_add_follower(daemon->engine, added);
		if (err)
			return reason_set(reason, err, name, "its queue cannot be counted");
		config->n_followers++;
		log_event(LOG_INFO, "new follower", LOG_TEXT("peer", name));
	}
	return ERR_OK;
}

static enum err move_links(
	struct daemon *daemon, const struct daemon_config *new, struct reason *reason)
{
	const struct daemon_config *old = &daemon->config;
	enum err err = ERR_OK;

	for (size_t i = 0; i < old->n_owners && !err; i++) {
		size_t k = 0;
		while (k < new->n_owners && strcmp(new->owners[k].name, old->owners[i].name) != 0)
			k++;
		if (k == new->n_owners) {
			starts_again(daemon, "a followed node is taken out", old->owners[i].name);
			continue;
		}
		const struct bus_link_options options = daemon_link_options(daemon, new, k);
		err = bus_link_move(daemon->sources[i].link, &options, reason);
		if (err)
			reason_prefix(reason, old->owners[i].name, -1);
	}
	for (size_t i = 0; i < new->n_owners; i++)
		if (!find(old->owners, old->n_owners, new->owners[i].name))
			starts_again(daemon, "a further node to follow", new->owners[i].name);
	return err;
}

/* ---- keys ------------------------------------------------------------------------------------ */

/* What was acknowledged is committed, and what was not is asked again: ending the sessions loses
 * nothing. */
static enum err change_keys(
	struct daemon *daemon, const struct daemon_config *new, struct reason *reason)
{
	struct daemon_config *config = &daemon->config;

	if (!strcmp(config->secret_key, new->secret_key))
		return ERR_OK;
	enum err err = bus_set_keys(daemon->bus, new->public_key, new->secret_key, reason);
	if (err == ERR_SYSTEM)
		daemon_fail(daemon, err, reason->rule);
	if (err)
		return err;
	memcpy(config->public_key, new->public_key, sizeof(config->public_key));
	memcpy(config->secret_key, new->secret_key, sizeof(config->secret_key));
	for (size_t i = 0; i < config->n_owners; i++)
		bus_link_restart(daemon->sources[i].link);
	log_event(
		LOG_INFO, "the node's key was changed", LOG_TEXT("public_key", config->public_key));
	return ERR_OK;
}

/* ---- the whole ------------------------------------------------------------------------------- */

static void name_what_stays(struct daemon *daemon, const struct daemon_config *new)
{
	const char *names[NAMED];
	size_t n = daemon_config_differs(&daemon->config, new, names, NAMED);
	const char *service = daemon_config_service_differs(&daemon->config, new);

	for (size_t i = 0; i < n; i++)
		needs_restart("setting", names[i]);
	if (service)
		starts_again(daemon, "setting", service);
}

static enum err take_over(
	struct daemon *daemon, const struct daemon_config *new, struct reason *reason)
{
	enum err err = bus_set_peers(daemon->bus, new->peers, new->n_peers, reason);

	if (!err)
		err = add_followers(daemon, new, reason);
	if (!err)
		err = move_links(daemon, new, reason);
	if (!err)
		err = change_keys(daemon, new, reason);
	if (!err)
		log_set_level((enum log_level)log_level_of(new->log_level));
	return err;
}

bool daemon_reload(struct daemon *daemon)
{
	struct daemon_config *new = calloc(1, sizeof(*new));
	struct reason reason = {0};
	enum err err = ERR_NO_MEMORY;

	if (new)
		err = daemon_config_load(new, daemon->program, daemon->config_path, &reason);
	if (!err)
		err = take_over(daemon, new, &reason);
	if (err) {
		daemon->again = false;
		log_event(LOG_ERROR, "settings not reloaded: those of before stay in force",
			LOG_TEXT("field", reason.field), LOG_TEXT("rule", reason.rule));
	} else {
		name_what_stays(daemon, new);
		log_event(LOG_INFO, "settings reloaded", LOG_INT("peers", new->n_peers));
	}
	if (new)
		daemon_config_done(new);
	free(new);
	return !err;
}
