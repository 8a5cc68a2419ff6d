/* Changes keys in the settings files of a town and makes its daemons read them again. Touches
 * node.ini, key files and town.ini; sends SIGHUP to daemons of this machine. */
#include "services/oneplanctl/town_keys.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "common/bus.h"
#include "services/oneplanctl/ini_edit.h"
#include "services/oneplanctl/town_tell.h"

enum { SWITCH_MS = 10000, STEP_MS = 100 };

/* ---- one pair -------------------------------------------------------------------------------- */

enum err keys_make(const char *path, struct town_keys *ret, struct reason *reason)
{
	char text[256];

	if (bus_make_keys(ret->public_key, ret->secret_key))
		return reason_set(reason, ERR_SYSTEM, "", "no keys can be made here");
	int n = snprintf(text, sizeof(text), "[key]\npublic = %s\nsecret = %s\n", ret->public_key,
		ret->secret_key);
	int fd = open(path, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
	bool good = fd >= 0 && write(fd, text, (size_t)n) == n && fsync(fd) == 0;
	if (!good)
		(void)reason_set(reason, errno == EEXIST ? ERR_CONFLICT : ERR_SYSTEM, path,
			"cannot be made: %s", strerror(errno));
	if (fd >= 0)
		close(fd);
	memset(text, 0, sizeof(text));
	return good ? ERR_OK : reason->code;
}

enum err keys_read(struct key_owner *owner, const char *path, struct town_keys *ret)
{
	struct arena *arena = &owner->ctl->arena;
	const char *text;
	enum err err = ini_read(path, arena, &text, &owner->reason);

	if (err)
		return err;
	const char *public = ini_value(arena, text, "key", "public");
	const char *secret = ini_value(arena, text, "key", "secret");
	if (!public || !secret || strlen(public) != BUS_KEY_BYTES - 1 ||
		strlen(secret) != BUS_KEY_BYTES - 1)
		return reason_set(&owner->reason, ERR_INVALID, path, "is no file of keys");
	snprintf(ret->public_key, sizeof(ret->public_key), "%s", public);
	snprintf(ret->secret_key, sizeof(ret->secret_key), "%s", secret);
	return ERR_OK;
}

enum err keys_find_owner(struct ctl *ctl, const char *name, struct key_owner *ret)
{
	*ret = (struct key_owner){.ctl = ctl, .name = name};
	enum err err = ctl_open_town(ctl, &ret->reason);

	if (err)
		return err;
	ret->node = town_find(&ctl->town, name);
	ret->file = ret->node ? arena_printf(&ctl->arena, "%s/%s/node.key", ctl->town_dir, name)
			      : arena_printf(&ctl->arena, "%s/keys/%s.key", ctl->town_dir, name);
	ret->next = arena_printf(&ctl->arena, "%s.next", ret->file ? ret->file : "");
	if (!ret->file || !ret->next)
		return reason_set(&ret->reason, ERR_NO_MEMORY, "", "out of memory");
	if (strchr(name, '/') || access(ret->file, F_OK))
		return reason_set(&ret->reason, ERR_NOT_FOUND, name,
			"has no key in this town (looked for %s)", ret->file);
	return ERR_OK;
}

/* ---- the settings of all nodes --------------------------------------------------------------- */

struct edit {
	struct ini_change change[4];
	size_t n;
};

static enum err edit_node(
	struct key_owner *owner, const struct town_node *node, const struct edit *edit)
{
	const char *path = town_settings_of(owner->ctl, node->name), *before, *text;
	enum err err =
		path ? ini_read(path, &owner->ctl->arena, &before, &owner->reason) : ERR_NO_MEMORY;

	if (err == ERR_NOT_FOUND) {
		owner->elsewhere[owner->n_elsewhere++] = node->name;
		return ERR_OK;
	}
	if (err)
		return err;
	text = before;
	for (size_t i = 0; i < edit->n && text; i++)
		text = ini_change(&owner->ctl->arena, text, &edit->change[i]);
	if (!text)
		return reason_set(&owner->reason, ERR_NO_MEMORY, "", "out of memory");
	return text == before ? ERR_OK : ini_write(path, text, &owner->reason);
}

static enum err edit_all(struct key_owner *owner, const struct edit *edit)
{
	const struct town *town = &owner->ctl->town;
	enum err err = ERR_OK;

	owner->n_elsewhere = 0;
	for (size_t i = 0; i < town->n && !err; i++)
		if (strcmp(town->nodes[i].name, owner->name) != 0)
			err = edit_node(owner, &town->nodes[i], edit);
	return err;
}

static const char *section(struct key_owner *owner, const char *kind)
{
	const char *name = arena_printf(&owner->ctl->arena, "%s.%s", kind, owner->name);

	return name ? name : "";
}

enum err keys_announce(struct key_owner *owner, const char *next_key)
{
	const struct edit edit = {{{section(owner, "peer"), "next_public_key", next_key},
					  {section(owner, "follow"), "next_public_key", next_key}},
		2};

	return edit_all(owner, &edit);
}

enum err keys_drop_old(struct key_owner *owner, const char *key)
{
	const char *peer = section(owner, "peer"), *follow = section(owner, "follow");
	const struct edit edit = {
		{{peer, "public_key", key}, {peer, "next_public_key", NULL},
			{follow, "public_key", key}, {follow, "next_public_key", NULL}},
		4};

	return edit_all(owner, &edit);
}

enum err keys_revoke(struct key_owner *owner)
{
	const struct edit edit = {{{section(owner, "peer"), NULL, NULL}}, 1};

	return edit_all(owner, &edit);
}

bool keys_is_announced(struct key_owner *owner, const char *key)
{
	const struct town *town = &owner->ctl->town;
	struct arena *arena = &owner->ctl->arena;

	for (size_t i = 0; i < town->n; i++) {
		const char *path = town_settings_of(owner->ctl, town->nodes[i].name), *text;
		struct reason reason;
		if (!path || ini_read(path, arena, &text, &reason))
			continue;
		for (unsigned k = 0; k < 2; k++) {
			const char *next = ini_value(arena, text,
				section(owner, k ? "follow" : "peer"), "next_public_key");
			if (next && !strcmp(next, key))
				return true;
		}
	}
	return false;
}

enum err keys_switch(struct key_owner *owner, const char *key)
{
	struct ctl *ctl = owner->ctl;
	const char *path = arena_printf(&ctl->arena, "%s/town.ini", ctl->town_dir), *text;
	const struct ini_change change = {section(owner, "node"), "public_key", key};

	struct stat st;
	if (geteuid() == 0 && !stat(owner->file, &st) && chown(owner->next, st.st_uid, st.st_gid) &&
		errno != ENOENT)
		return reason_set(&owner->reason, ERR_SYSTEM, owner->next,
			"cannot be given to whom the node runs as: %s", strerror(errno));
	if (access(owner->next, F_OK) == 0 && rename(owner->next, owner->file))
		return reason_set(&owner->reason, ERR_SYSTEM, owner->file, "cannot be replaced: %s",
			strerror(errno));
	if (!owner->node)
		return ERR_OK;
	enum err err = path ? ini_read(path, &ctl->arena, &text, &owner->reason) : ERR_NO_MEMORY;
	if (err)
		return err;
	text = ini_change(&ctl->arena, text, &change);
	err = text ? ini_write(path, text, &owner->reason) : ERR_NO_MEMORY;
	return err ? err : ctl_open_town(ctl, &owner->reason);
}

/* ---- telling --------------------------------------------------------------------------------- */

void keys_tell_others(struct key_owner *owner)
{
	struct ctl *ctl = owner->ctl;
	const struct town *town = &ctl->town;
	bool answers = true;

	owner->n_unheard = 0;
	for (size_t i = 0; i < town->n; i++) {
		const struct town_node *node = &town->nodes[i];
		if (!strcmp(node->name, owner->name) || !town_is_here(ctl, node->name))
			continue;
		pid_t pid = town_pid(ctl, node->name);
		if (!pid || kill(pid, SIGHUP)) {
			owner->unheard[owner->n_unheard++] = node->name;
			continue;
		}
		/* a signal is handled at the latest between two questions; when there is no answer,
		 * to an operator who is revoked for instance, links and clients try until it was */
		answers = answers && !town_answers(ctl, node) && !town_answers(ctl, node);
		if (!answers)
			town_sleep_ms(STEP_MS);
	}
}

enum err keys_tell_owner(struct key_owner *owner)
{
	struct ctl *ctl = owner->ctl;
	pid_t pid = owner->node ? town_pid(ctl, owner->name) : 0;

	if (!owner->node)
		return ERR_OK;
	if (!pid || kill(pid, SIGHUP)) {
		owner->unheard[owner->n_unheard++] = owner->name;
		return ERR_OK;
	}
	for (int waited = 0; waited < SWITCH_MS; waited += STEP_MS) {
		if (town_answers(ctl, town_find(&ctl->town, owner->name)) == ERR_OK)
			return ERR_OK;
		town_sleep_ms(STEP_MS);
	}
	return reason_set(&owner->reason, ERR_TIMEOUT, owner->name,
		"does not answer with its new key; nothing else was changed: look at its log");
}
