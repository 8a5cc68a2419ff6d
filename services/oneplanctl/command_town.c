/* The command `town init`: makes a town, or one node of a town on its own host, through
 * town_files.h, and says what to do next. */
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "services/oneplanctl/ini_edit.h"
#include "services/oneplanctl/output.h"
#include "services/oneplanctl/town_card.h"
#include "services/oneplanctl/town_files.h"
#include "services/oneplanctl/town_join.h"
#include "services/oneplanctl/town_keys.h"
#include "services/oneplanctl/town_tell.h"

enum { BASE_PORT = 7610 };

/* What was made, for people and as JSON. */
struct making {
	struct ctl *ctl;
	struct town_plan plan;
	struct town made; /* of one node; otherwise ctl->town */
	const char *card; /* of one node */
	bool before;      /* it was there already */
	char fingerprint[CARD_PRINT_BYTES];
};

static int print_json(struct making *making)
{
	struct ctl *ctl = making->ctl;
	struct ctl_made_node nodes[TOWN_NODES] = {{.node = TEXT_NONE}};
	struct text clients[16];
	struct ctl_made_town made = {.dir = text_of(ctl->town_dir)};

	made.nodes.at = nodes;
	made.clients.at = clients;
	for (size_t i = 0; i < making->made.n; i++) {
		const struct town_node *node = &making->made.nodes[i];
		const char *path = town_settings_of(ctl, node->name);
		nodes[made.nodes.n++] = (struct ctl_made_node){text_of(node->name),
			text_of(node->role), text_of(node->endpoint), text_of(path ? path : "")};
	}
	for (size_t i = 0; i < TOWN_CLIENTS && i < 16; i++)
		clients[made.clients.n++] = text_of(town_clients[i].name);
	if (making->card) {
		made.card = text_of(making->card);
		made.fingerprint = text_of(making->fingerprint);
	}
	return ctl_print_record(ctl, schema_ctl_made_town(), &made);
}

static void print_starts(const struct making *making)
{
	const char *dir = making->ctl->town_dir;

	for (size_t i = 0; i < making->made.n; i++)
		printf("  oneplan-%s --config %s/%s/node.ini\n", making->made.nodes[i].role, dir,
			making->made.nodes[i].name);
}

static int print_town(const struct making *making)
{
	const char *dir = making->ctl->town_dir;

	printf("made the town %s\n", dir);
	for (size_t i = 0; i < making->made.n; i++)
		printf("  %-12s %s\n", making->made.nodes[i].name, making->made.nodes[i].endpoint);
	printf("  keys of      ");
	for (size_t i = 0; i < TOWN_CLIENTS; i++)
		printf("%s%s", i ? ", " : "", town_clients[i].name);
	printf("\n\nNext: start each node (or let the service manager do it)\n");
	print_starts(making);
	printf("and look whether all is well\n"
	       "  oneplanctl --town %s status\n"
	       "Keep %s/keys and every master.key and town.key safe: what they seal cannot be "
	       "read\n"
	       "without them. They belong in a backup of their own.\n",
		dir, dir);
	return CTL_DONE;
}

static int print_node(const struct making *making)
{
	const char *dir = making->ctl->town_dir, *name = making->made.nodes[0].name;

	printf("%s %s in %s: it listens at %s\n", making->before ? "there already:" : "made", name,
		dir, making->made.nodes[0].endpoint);
	printf("What the other hosts must know of it stands in %s,\nnothing of it secret. Its "
	       "fingerprint, to be read aloud to them:\n\n    %s\n\n",
		making->card, making->fingerprint);
	printf("There, in the directory DIR of the town's other nodes:\n"
	       "  oneplanctl --town DIR town add-peer %s.card --fingerprint %s\n"
	       "  oneplanctl --town DIR town card town.card\n"
	       "Here, with that file and the fingerprint that they read to you:\n"
	       "  oneplanctl --town %s town add-peer town.card --fingerprint FINGERPRINT\n"
	       "Then start it, and look whether all is well:\n",
		name, making->fingerprint, dir);
	print_starts(making);
	printf("  oneplanctl --town %s link check\n"
	       "Keep %s/keys, %s/%s/node.key and master.key safe, in a backup of their own.\n",
		dir, dir, dir, name);
	return CTL_DONE;
}

/* ---- one node -------------------------------------------------------------------------------- */

/* A town that is here has clients already. */
static enum err take_clients(struct making *making, struct reason *reason)
{
	struct ctl *ctl = making->ctl;

	if (ctl_open_town(ctl, NULL))
		return ERR_OK;
	making->plan.joins = true;
	for (size_t i = 0; i < TOWN_CLIENTS; i++) {
		struct town_keys keys;
		enum err err = town_read_keys(&ctl->town, town_clients[i].name, &keys, reason);
		if (err && err != ERR_NOT_FOUND)
			return err;
		if (!err)
			memcpy(making->plan.client_keys[i], keys.public_key, TOWN_KEY_TEXT);
		explicit_bzero(&keys, sizeof(keys));
	}
	return ERR_OK;
}

/* What its own files say. */
static enum err describe(struct making *making, struct reason *reason)
{
	struct ctl *ctl = making->ctl;
	struct key_owner owner = {.ctl = ctl};
	const char *name = making->plan.node, *text;
	const char *path = arena_printf(&ctl->arena, "%s/%s/node.key", ctl->town_dir, name);
	struct town_keys keys;
	enum err err = path ? keys_read(&owner, path, &keys) : ERR_NO_MEMORY;

	if (!err)
		err = ini_read(town_settings_of(ctl, name), &ctl->arena, &text, &owner.reason);
	if (err) {
		*reason = owner.reason;
		return err;
	}
	const char *endpoint = ini_value(&ctl->arena, text, "node", "listen");
	const char *department = ini_value(&ctl->arena, text, "planning", "department");
	making->made.n = 1;
	making->made.nodes[0] = (struct town_node){.name = name,
		.role = arena_printf(&ctl->arena, "%.*s", (int)strcspn(name, ".-"), name),
		.endpoint = endpoint ? endpoint : "",
		.department = department ? department : "",
		.public_key = arena_printf(&ctl->arena, "%s", keys.public_key)};
	explicit_bzero(&keys, sizeof(keys));
	return ERR_OK;
}

static enum err join_once(struct making *making, bool others, struct reason *reason)
{
	struct ctl *ctl = making->ctl;
	struct joining joining;
	enum err err = ctl_open_town(ctl, reason);

	if (err)
		return err;
	err = join_begin(&joining, ctl);
	if (!err && !others)
		err = join_add(&joining, &making->made.nodes[0], false);
	for (size_t i = 0; !err && others && i < ctl->town.n; i++)
		err = join_add(&joining, &ctl->town.nodes[i], ctl->town.nodes[i].elsewhere);
	if (!err)
		err = join_write(&joining);
	for (size_t i = 1; !err && i < joining.n; i++)
		if (join_changed(&joining.files[i]))
			(void)town_signal(ctl, town_find(&ctl->town, joining.files[i].node));
	if (err)
		*reason = joining.reason;
	return err;
}

static enum err make_node(struct making *making, struct reason *reason)
{
	struct ctl *ctl = making->ctl;
	enum err err = take_clients(making, reason);

	making->before = town_is_here(ctl, making->plan.node);
	if (!err && !making->before)
		err = town_make(&making->plan, &ctl->arena, reason);
	if (!err)
		err = describe(making, reason);
	if (!err) /* the others here, and then itself */
		err = join_once(making, false, reason);
	if (!err)
		err = join_once(making, true, reason);
	if (err)
		return err;
	making->card =
		arena_printf(&ctl->arena, "%s/%s.card", ctl->town_dir, making->made.nodes[0].name);
	const char *text = card_text(&ctl->arena, &making->made);
	card_fingerprint(&making->made, making->fingerprint);
	return making->card && text ? card_write(making->card, text, reason) : ERR_NO_MEMORY;
}

/* ---- the command ----------------------------------------------------------------------------- */

static int init_node(struct making *making, const char *listen)
{
	struct reason reason = {0};

	if (!listen)
		return ctl_fail_usage(making->ctl, "--listen",
			"with --node: tcp://ADDRESS:PORT, where the other hosts can connect");
	making->plan.endpoint = listen;
	if (make_node(making, &reason))
		return ctl_fail_here(making->ctl, &reason);
	return making->ctl->json ? print_json(making) : print_node(making);
}

int command_town_init(struct ctl *ctl, const struct arguments *arguments)
{
	const char *listen = argument_text(arguments, "listen");
	struct making making = {.ctl = ctl,
		.plan = {.dir = ctl->town_dir,
			.listen = listen ? listen : "127.0.0.1",
			.base_port = BASE_PORT,
			.beside = argument_flag(arguments, "force"),
			.archive = argument_flag(arguments, "archive"),
			.node = argument_text(arguments, "node")}};
	struct reason reason = {0};
	enum err err = argument_count(arguments, "base-port", &making.plan.base_port, &reason);

	if (!err && making.plan.node)
		return init_node(&making, listen);
	if (!err)
		err = town_make(&making.plan, &ctl->arena, &reason);
	if (!err)
		err = ctl_open_town(ctl, &reason);
	if (err)
		return ctl_fail_here(ctl, &reason);
	making.made = ctl->town;
	return ctl->json ? print_json(&making) : print_town(&making);
}
