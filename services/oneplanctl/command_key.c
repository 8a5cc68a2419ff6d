/* The commands `key make`, `key rotate` and `key revoke`, over town_keys.h. */
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "services/oneplanctl/output.h"
#include "services/oneplanctl/town_keys.h"

/* What was done, or is to be done by others. */
struct telling {
	struct key_owner *owner;
	const char *done;
	const char *key;
	const char *next; /* what is to be done elsewhere; NULL: nothing */
};

static int tell(const struct telling *telling)
{
	const struct key_owner *owner = telling->owner;
	struct text elsewhere[TOWN_NODES], unheard[TOWN_NODES];
	struct ctl_key said = {.name = text_of(owner->name),
		.done = text_of(telling->done),
		.public_key = telling->key ? text_of(telling->key) : TEXT_NONE,
		.elsewhere = {owner->n_elsewhere, elsewhere},
		.unheard = {owner->n_unheard, unheard}};

	for (size_t i = 0; i < owner->n_elsewhere; i++)
		elsewhere[i] = text_of(owner->elsewhere[i]);
	for (size_t i = 0; i < owner->n_unheard; i++)
		unheard[i] = text_of(owner->unheard[i]);
	if (owner->ctl->json)
		return ctl_print_record(owner->ctl, schema_ctl_key(), &said);
	printf("%s: %s\n", owner->name, telling->done);
	if (telling->key)
		printf("public_key = %s\n", telling->key);
	for (size_t i = 0; i < owner->n_unheard; i++)
		printf("%s does not run here: send it SIGHUP, or start it\n", owner->unheard[i]);
	for (size_t i = 0; i < owner->n_elsewhere && telling->next; i++)
		printf("%s is elsewhere: %s\n", owner->elsewhere[i], telling->next);
	return CTL_DONE;
}

int command_key_make(struct ctl *ctl, const struct arguments *arguments)
{
	struct key_owner owner = {.ctl = ctl, .name = arguments->words[0]};
	struct town_keys keys;
	enum err err = keys_make(arguments->words[0], &keys, &owner.reason);

	if (err)
		return ctl_fail_here(ctl, &owner.reason);
	return tell(&(struct telling){&owner, "made", keys.public_key, NULL});
}

/* ---- rotate ---------------------------------------------------------------------------------- */

/* The next pair; one that was made before and not yet put to use goes on. */
static enum err next_pair(struct key_owner *owner, struct town_keys *ret, bool *ret_switched)
{
	enum err err = keys_read(owner, owner->file, ret);

	*ret_switched = false;
	if (err)
		return err;
	if (access(owner->next, F_OK) == 0)
		return keys_read(owner, owner->next, ret);
	*ret_switched = keys_is_announced(owner, ret->public_key);
	return *ret_switched ? ERR_OK : keys_make(owner->next, ret, &owner->reason);
}

static const char *announcement(struct key_owner *owner, const char *key)
{
	return arena_printf(&owner->ctl->arena,
		"add `next_public_key = %s` to its [peer.%s] and [follow.%s], send it SIGHUP, "
		"then call this again with --switch",
		key, owner->name, owner->name);
}

static const char *conclusion(struct key_owner *owner, const char *key)
{
	return arena_printf(&owner->ctl->arena,
		"make it `public_key = %s` in its [peer.%s] and [follow.%s], take next_public_key "
		"out, send it SIGHUP",
		key, owner->name, owner->name);
}

static enum err finish(struct key_owner *owner, const char *key)
{
	enum err err = keys_switch(owner, key);

	if (!err)
		err = keys_tell_owner(owner);
	if (!err)
		err = keys_drop_old(owner, key);
	if (!err)
		keys_tell_others(owner);
	return err;
}

int command_key_rotate(struct ctl *ctl, const struct arguments *arguments)
{
	struct key_owner owner;
	struct town_keys keys;
	bool switched;
	enum err err = keys_find_owner(ctl, arguments->words[0], &owner);

	if (!err)
		err = next_pair(&owner, &keys, &switched);
	if (!err && !switched) {
		err = keys_announce(&owner, keys.public_key);
		if (!err)
			keys_tell_others(&owner);
	}
	if (!err && owner.n_elsewhere && !argument_flag(arguments, "switch"))
		return tell(&(struct telling){&owner, "the next key is made and announced here",
			keys.public_key, announcement(&owner, keys.public_key)});
	if (!err)
		err = finish(&owner, keys.public_key);
	memset(keys.secret_key, 0, sizeof(keys.secret_key));
	if (err)
		return ctl_fail_here(ctl, &owner.reason);
	return tell(&(struct telling){&owner, "has a new key, and the old one is let in nowhere",
		keys.public_key, conclusion(&owner, keys.public_key)});
}

/* ---- revoke ---------------------------------------------------------------------------------- */

int command_key_revoke(struct ctl *ctl, const struct arguments *arguments)
{
	struct key_owner owner;
	enum err err = keys_find_owner(ctl, arguments->words[0], &owner);

	if (!err)
		err = keys_revoke(&owner);
	if (err)
		return ctl_fail_here(ctl, &owner.reason);
	keys_tell_others(&owner);
	return tell(&(struct telling){&owner, "its key is let in nowhere any more", NULL,
		arena_printf(&ctl->arena, "take [peer.%s] out of its settings, send it SIGHUP",
			owner.name)});
}
