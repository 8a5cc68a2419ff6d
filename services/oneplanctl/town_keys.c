/* Changes keys in the settings files of a town and makes its daemons read them again. Touches
 * node.ini, key files and town.ini; sends SIGHUP to the processes in the pid files. */
#include "services/oneplanctl/town_keys.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "common/admin.h"
#include "common/bus.h"
#include "services/oneplanctl/ask.h"
#include "services/oneplanctl/ini_edit.h"

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

static const char *settings_of(struct key_owner *owner, const struct town_node *node)
{
	return arena_printf(&owner->ctl->arena, "%s/%s/node.ini", owner->ctl->town_dir, node->name);
}

struct edit {
	struct ini_change change[4];
	size_t n;
};

static enum err edit_node(
	struct key_owner *owner, const struct town_node *node, const struct edit *edit)
{
	const char *path = settings_of(owner, node), *before, *text;
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
		const char *path = settings_of(owner, &town->nodes[i]), *text;
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

static void sleep_ms(long ms)
{
	const struct timespec time = {ms / 1000, ms % 1000 * 1000000};

	nanosleep(&time, NULL);
}

static size_t read_some(const char *path, char *ret, size_t size)
{
	int fd = open(path, O_RDONLY | O_CLOEXEC);
	ssize_t n = fd < 0 ? 0 : read(fd, ret, size - 1);

	if (fd >= 0)
		close(fd);
	ret[n < 0 ? 0 : n] = '\0';
	return n < 0 ? 0 : (size_t)n;
}

/* The process of the node, when it was started here and still is the one in the pid file: one that
 * was told to read this node's settings. 0: none. */
static pid_t pid_of(struct key_owner *owner, const struct town_node *node)
{
	char path[4096], text[4096], wanted[64];

	snprintf(path, sizeof(path), "%s/%s/pid", owner->ctl->town_dir, node->name);
	read_some(path, text, sizeof(text));
	long pid = strtol(text, NULL, 10);
	if (pid <= 1)
		return 0;
	snprintf(path, sizeof(path), "/proc/%ld/cmdline", pid);
	size_t n = read_some(path, text, sizeof(text));
	snprintf(wanted, sizeof(wanted), "%s/node.ini", node->name);
	return memmem(text, n, "oneplan-", 8) && memmem(text, n, wanted, strlen(wanted))
		       ? (pid_t)pid
		       : 0;
}

static enum err ask_status(struct key_owner *owner, const struct town_node *node)
{
	struct ctl *ctl = owner->ctl;
	const struct show_status query = {.detail = TEXT_NONE};
	struct status_reply reply;
	struct reason reason;
	const struct asked asked = {schema_show_status(), &query, &reply, &ctl->arena};
	int64_t before = ctl->connect_ms;

	ctl->connect_ms = before ? before : 1000;
	enum err err = ask_once(ctl, node, &asked, &reason);
	ctl->connect_ms = before;
	return err;
}

void keys_tell_others(struct key_owner *owner)
{
	const struct town *town = &owner->ctl->town;
	bool answers = true;

	owner->n_unheard = 0;
	for (size_t i = 0; i < town->n; i++) {
		const struct town_node *node = &town->nodes[i];
		if (!strcmp(node->name, owner->name) || access(settings_of(owner, node), F_OK))
			continue;
		pid_t pid = pid_of(owner, node);
		if (!pid || kill(pid, SIGHUP)) {
			owner->unheard[owner->n_unheard++] = node->name;
			continue;
		}
		/* a signal is handled at the latest between two questions; when there is no answer,
		 * to an operator who is revoked for instance, links and clients try until it was */
		answers = answers && !ask_status(owner, node) && !ask_status(owner, node);
		if (!answers)
			sleep_ms(STEP_MS);
	}
}

enum err keys_tell_owner(struct key_owner *owner)
{
	pid_t pid = owner->node ? pid_of(owner, owner->node) : 0;

	if (!owner->node)
		return ERR_OK;
	if (!pid || kill(pid, SIGHUP)) {
		owner->unheard[owner->n_unheard++] = owner->name;
		return ERR_OK;
	}
	for (int waited = 0; waited < SWITCH_MS; waited += STEP_MS) {
		if (ask_status(owner, town_find(&owner->ctl->town, owner->name)) == ERR_OK)
			return ERR_OK;
		sleep_ms(STEP_MS);
	}
	return reason_set(&owner->reason, ERR_TIMEOUT, owner->name,
		"does not answer with its new key; nothing else was changed: look at its log");
}
