/* The commands `town card`, `town add-peer`, `town remove-peer` and `town move`: nodes of several
 * hosts get to know each other. Through town_card.h and town_join.h. */
#include <stdio.h>
#include <string.h>

#include "services/oneplanctl/output.h"
#include "services/oneplanctl/town_card.h"
#include "services/oneplanctl/town_join.h"
#include "services/oneplanctl/town_tell.h"

static bool is_loopback(const char *endpoint)
{
	return !strncmp(endpoint, "tcp://127.", 10) || !strncmp(endpoint, "tcp://localhost:", 16) ||
	       !strncmp(endpoint, "tcp://[::1]:", 12) || !strncmp(endpoint, "ipc:", 4);
}

/* ---- card --------------------------------------------------------------------------------------
 */

/* Those that are named, otherwise all of this machine. */
static enum err choose(
	struct ctl *ctl, const struct arguments *arguments, struct town *ret, struct reason *reason)
{
	enum err err = ctl_open_town(ctl, reason);

	*ret = (struct town){.dir = ctl->town_dir};
	for (size_t i = 1; !err && i < arguments->n_words; i++) {
		const struct town_node *node;
		err = ctl_find_node(ctl, arguments->words[i], &node, reason);
		if (!err)
			ret->nodes[ret->n++] = *node;
	}
	for (size_t i = 0; !err && arguments->n_words == 1 && i < ctl->town.n; i++)
		if (town_is_here(ctl, ctl->town.nodes[i].name))
			ret->nodes[ret->n++] = ctl->town.nodes[i];
	if (!err && ret->n == 0)
		err = reason_set(
			reason, ERR_NOT_FOUND, ctl->town_dir, "no node of it is on this machine");
	return err;
}

static int tell_card(struct ctl *ctl, const struct town *nodes, const char *file)
{
	char print[CARD_PRINT_BYTES];
	struct text names[TOWN_NODES], loopback[TOWN_NODES];
	struct ctl_card said = {
		.file = text_of(file), .nodes = {0, names}, .loopback = {0, loopback}};

	card_fingerprint(nodes, print);
	said.fingerprint = text_of(print);
	for (size_t i = 0; i < nodes->n; i++) {
		names[said.nodes.n++] = text_of(nodes->nodes[i].name);
		if (is_loopback(nodes->nodes[i].endpoint))
			loopback[said.loopback.n++] = text_of(nodes->nodes[i].name);
	}
	if (ctl->json)
		return ctl_print_record(ctl, schema_ctl_card(), &said);
	printf("%s says what other hosts need to know of", file);
	for (size_t i = 0; i < nodes->n; i++)
		printf("%s %s", i ? "," : "", nodes->nodes[i].name);
	printf("\nSend it by any way, nothing of it is secret; and read its fingerprint aloud to "
	       "them:\n\n    %s\n",
		print);
	for (size_t i = 0; i < said.loopback.n; i++)
		printf("%s%.*s listens where no other host can connect: `town move %.*s "
		       "tcp://ADDRESS:PORT`, then another card\n",
			i ? "" : "\n", (int)loopback[i].n, loopback[i].p, (int)loopback[i].n,
			loopback[i].p);
	return CTL_DONE;
}

int command_town_card(struct ctl *ctl, const struct arguments *arguments)
{
	const char *file = arguments->words[0];
	struct reason reason = {0};
	struct town nodes;
	enum err err = choose(ctl, arguments, &nodes, &reason);
	const char *text = err ? NULL : card_text(&ctl->arena, &nodes);

	if (!err)
		err = text ? card_write(file, text, &reason)
			   : reason_set(&reason, ERR_NO_MEMORY, "", "out of memory");
	return err ? ctl_fail_here(ctl, &reason) : tell_card(ctl, &nodes, file);
}

/* ---- add, remove, move
 * --------------------------------------------------------------------------- */

static void print_list(const char *what, size_t n, const struct text *at)
{
	if (n)
		printf("%s", what);
	for (size_t i = 0; i < n; i++)
		printf("%s%.*s", i ? ", " : " ", (int)at[i].n, at[i].p);
	if (n)
		printf("\n");
}

/* Writes, tells whom it concerns, and says so. except: a node that must not be told; or NULL. */
static int finish(struct joining *joining, struct ctl_joined *said, const char *except)
{
	struct ctl *ctl = joining->ctl;
	struct text changed[JOIN_FILES], told[JOIN_FILES], untold[JOIN_FILES];

	if (join_write(joining))
		return ctl_fail_here(ctl, &joining->reason);
	said->changed.at = changed, said->told.at = told, said->untold.at = untold;
	bool heard[JOIN_FILES] = {false};
	for (size_t i = 1; i < joining->n; i++)
		heard[i] = join_changed(&joining->files[i]) &&
			   !(except && !strcmp(except, joining->files[i].node)) &&
			   town_signal(ctl, town_find(&ctl->town, joining->files[i].node));
	for (size_t i = 1; i < joining->n; i++) {
		const struct join_file *file = &joining->files[i];
		if (!join_changed(file))
			continue;
		changed[said->changed.n++] = text_of(file->node);
		if (heard[i] && town_await(ctl, town_find(&ctl->town, file->node)))
			told[said->told.n++] = text_of(file->node);
		else
			untold[said->untold.n++] = text_of(file->node);
	}
	if (ctl->json)
		return ctl_print_record(ctl, schema_ctl_joined(), said);
	if (said->changed.n == 0)
		printf("nothing was to be changed in the settings of nodes here\n");
	print_list("changed:", said->changed.n, changed);
	print_list("have read it:", said->told.n, told);
	print_list("to be started, or restarted:", said->untold.n, untold);
	return CTL_DONE;
}

static enum err check_print(const struct town *card, const char *said, struct reason *reason)
{
	char print[CARD_PRINT_BYTES];

	card_fingerprint(card, print);
	if (!said) /* shown here it would be copied from here */
		return reason_set(reason, ERR_INVALID, "--fingerprint",
			"ask the sender to read it to you, and give it here");
	if (!card_is_fingerprint(said, print))
		return reason_set(reason, ERR_INVALID, "--fingerprint",
			"is not that of this file: it is not what its sender wrote. Do not use it");
	return ERR_OK;
}

/* A node here may be in the card that comes back: as it is. */
static enum err add_one(struct joining *joining, const struct town_node *node)
{
	const struct town_node *own = town_find(&joining->ctl->town, node->name);

	if (!own || !town_is_here(joining->ctl, node->name))
		return join_add(joining, node, true);
	if (strcmp(own->public_key, node->public_key) != 0)
		return reason_set(&joining->reason, ERR_CONFLICT, node->name,
			"is a node of this machine, and has another key");
	return ERR_OK;
}

int command_town_add_peer(struct ctl *ctl, const struct arguments *arguments)
{
	struct text names[TOWN_NODES];
	struct ctl_joined said = {.nodes = {0, names}};
	struct reason reason = {0};
	struct joining joining;
	struct town card;
	enum err err = ctl_open_town(ctl, &reason);

	if (!err)
		err = town_read(arguments->words[0], &ctl->arena, &card, &reason);
	if (!err)
		err = check_print(&card, argument_text(arguments, "fingerprint"), &reason);
	if (err)
		return ctl_fail_here(ctl, &reason);
	err = join_begin(&joining, ctl);
	joining.replace = argument_flag(arguments, "replace");
	for (size_t i = 0; !err && i < card.n; i++) {
		err = add_one(&joining, &card.nodes[i]);
		names[said.nodes.n++] = text_of(card.nodes[i].name);
	}
	return err ? ctl_fail_here(ctl, &joining.reason) : finish(&joining, &said, NULL);
}

int command_town_remove_peer(struct ctl *ctl, const struct arguments *arguments)
{
	struct text name = text_of(arguments->words[0]);
	struct ctl_joined said = {.nodes = {1, &name}};
	struct reason reason = {0};
	struct joining joining;

	if (ctl_open_town(ctl, &reason))
		return ctl_fail_here(ctl, &reason);
	enum err err = join_begin(&joining, ctl);
	if (!err)
		err = join_remove(&joining, arguments->words[0]);
	return err ? ctl_fail_here(ctl, &joining.reason) : finish(&joining, &said, NULL);
}

int command_town_move(struct ctl *ctl, const struct arguments *arguments)
{
	struct text name = text_of(arguments->words[0]);
	struct ctl_joined said = {.nodes = {1, &name}};
	struct reason reason = {0};
	struct joining joining;

	if (strncmp(arguments->words[1], "tcp://", 6) != 0 ||
		!strrchr(arguments->words[1] + 6, ':'))
		return ctl_fail_usage(ctl, arguments->words[1], "must be tcp://ADDRESS:PORT");
	if (ctl_open_town(ctl, &reason))
		return ctl_fail_here(ctl, &reason);
	enum err err = join_begin(&joining, ctl);
	if (!err)
		err = join_move(&joining, arguments->words[0], arguments->words[1]);
	return err ? ctl_fail_here(ctl, &joining.reason)
		   : finish(&joining, &said, arguments->words[0]);
}
