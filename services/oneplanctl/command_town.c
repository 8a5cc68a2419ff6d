/* The command `town init`: makes a town through town_files.h and says what to do next. */
#include <stdio.h>

#include "services/oneplanctl/ctl.h"
#include "services/oneplanctl/output.h"
#include "services/oneplanctl/town_files.h"

enum { BASE_PORT = 7610 };

static int print_json(struct ctl *ctl)
{
	struct ctl_made_node nodes[TOWN_NODES] = {{.node = TEXT_NONE}};
	struct text clients[16];
	struct ctl_made_town made = {.dir = text_of(ctl->town_dir)};

	made.nodes.at = nodes;
	made.clients.at = clients;
	for (size_t i = 0; i < ctl->town.n; i++) {
		const struct town_node *node = &ctl->town.nodes[i];
		const char *path =
			arena_printf(&ctl->arena, "%s/%s/node.ini", ctl->town_dir, node->name);
		nodes[made.nodes.n++] = (struct ctl_made_node){text_of(node->name),
			text_of(node->role), text_of(node->endpoint), text_of(path ? path : "")};
	}
	for (size_t i = 0; i < TOWN_CLIENTS && i < 16; i++)
		clients[made.clients.n++] = text_of(town_clients[i].name);
	return ctl_print_record(ctl, schema_ctl_made_town(), &made);
}

static int print_made(struct ctl *ctl)
{
	const char *dir = ctl->town_dir;

	printf("made the town %s\n", dir);
	for (size_t i = 0; i < ctl->town.n; i++)
		printf("  %-12s %s\n", ctl->town.nodes[i].name, ctl->town.nodes[i].endpoint);
	printf("  keys of      ");
	for (size_t i = 0; i < TOWN_CLIENTS; i++)
		printf("%s%s", i ? ", " : "", town_clients[i].name);
	printf("\n\nNext: start each node (or let the service manager do it)\n");
	for (size_t i = 0; i < ctl->town.n; i++)
		printf("  oneplan-%s --config %s/%s/node.ini\n", ctl->town.nodes[i].role, dir,
			ctl->town.nodes[i].name);
	printf("and look whether all is well\n"
	       "  oneplanctl --town %s status\n"
	       "Keep %s/keys and every master.key and town.key safe: what they seal cannot be "
	       "read\n"
	       "without them. They belong in a backup of their own.\n",
		dir, dir);
	return CTL_DONE;
}

int command_town_init(struct ctl *ctl, const struct arguments *arguments)
{
	const char *listen = argument_text(arguments, "listen");
	struct town_plan plan = {.dir = ctl->town_dir,
		.listen = listen ? listen : "127.0.0.1",
		.base_port = BASE_PORT,
		.beside = argument_flag(arguments, "force"),
		.archive = argument_flag(arguments, "archive")};
	struct reason reason = {0};
	enum err err = argument_count(arguments, "base-port", &plan.base_port, &reason);

	if (!err)
		err = town_make(&plan, &ctl->arena, &reason);
	if (!err)
		err = ctl_open_town(ctl, &reason);
	if (err)
		return ctl_fail_here(ctl, &reason);
	return ctl->json ? print_json(ctl) : print_made(ctl);
}
