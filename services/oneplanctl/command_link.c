/* The command `link check`: goes along a link from the settings of its nodes to its last record,
 * and names the first step that is not well. Reads settings and node keys of this machine; asks
 * both nodes. */
#include <stdio.h>
#include <string.h>

#include "services/oneplanctl/ini_edit.h"
#include "services/oneplanctl/link.h"
#include "services/oneplanctl/output.h"
#include "services/oneplanctl/table.h"
#include "services/oneplanctl/town_files.h"
#include "services/oneplanctl/town_tell.h"

enum { LINKS = 500 };

struct checking {
	struct ctl *ctl;
	struct ctl_link *links;
	size_t n;
	bool unreachable, unwell;
};

static void check(
	struct checking *checking, const struct town_node *node, const struct town_node *other)
{
	struct link link = {.ctl = checking->ctl, .node = node, .other = other};

	if (checking->n == LINKS)
		return;
	link_check(&link);
	checking->links[checking->n++] = link.said;
	checking->unwell |= !link.said.well;
	checking->unreachable |= link.unreachable;
}

static bool are_linked(const struct town_node *node, const struct town_node *other)
{
	return node != other &&
	       (town_follows(node->role, other->role) || town_follows(other->role, node->role));
}

/* All of one node; between two nodes here once. */
static void check_all(struct checking *checking, const struct town_node *only)
{
	struct ctl *ctl = checking->ctl;
	const struct town *town = &ctl->town;

	for (size_t i = 0; i < town->n; i++)
		for (size_t k = 0; k < town->n; k++) {
			const struct town_node *node = &town->nodes[i], *other = &town->nodes[k];
			bool once = only || k > i || !town_is_here(ctl, other->name);
			if ((!only || node == only) && once && town_is_here(ctl, node->name) &&
				are_linked(node, other))
				check(checking, node, other);
		}
}

/* ---- telling --------------------------------------------------------------------------------- */

static const struct table_column columns[] = {{.title = "node"}, {.title = "other"},
	{.title = "link"}, {.title = "what was found, and what to do", .wraps = true}};
enum { COLUMNS = sizeof(columns) / sizeof(columns[0]) };

static void print_table(const struct checking *checking)
{
	struct arena *arena = &checking->ctl->arena;
	struct table table;

	table_init(&table, columns, COLUMNS, arena);
	for (size_t i = 0; i < checking->n; i++) {
		const struct ctl_link *link = &checking->links[i];
		const struct ctl_link_step *last = &link->steps.at[link->steps.n - 1];
		const char *said =
			link->well ? arena_printf(arena, "%zu steps", link->steps.n)
				   : arena_printf(arena, "%s. %s", text_string(arena, last->said),
					     text_string(arena, last->remedy));
		const char *cells[COLUMNS] = {text_string(arena, link->node),
			text_string(arena, link->other),
			link->well ? "well" : text_string(arena, last->step), said};
		table_add(&table, link->well ? TABLE_GOOD : TABLE_BAD, cells);
	}
	table_print(&table, checking->ctl->colour);
}

static int tell(struct checking *checking)
{
	struct ctl *ctl = checking->ctl;
	const struct ctl_links said = {.links = {checking->n, checking->links}};
	int code = CTL_DONE;

	if (ctl->json)
		code = ctl_print_record(ctl, schema_ctl_links(), &said);
	else
		print_table(checking);
	if (code)
		return code;
	return checking->unreachable ? CTL_UNREACHABLE : checking->unwell ? CTL_REFUSED : CTL_DONE;
}

int command_link_check(struct ctl *ctl, const struct arguments *arguments)
{
	struct checking checking = {.ctl = ctl};
	const struct town_node *node = NULL, *other = NULL;
	struct reason reason = {0};
	enum err err = ctl_open_town(ctl, &reason);

	checking.links = arena_alloc(&ctl->arena, LINKS * sizeof(*checking.links));
	if (!err && !checking.links)
		err = reason_set(&reason, ERR_NO_MEMORY, "", "out of memory");
	if (!err && arguments->n_words > 0)
		err = ctl_find_node(ctl, arguments->words[0], &node, &reason);
	if (!err && arguments->n_words > 1)
		err = ctl_find_node(ctl, arguments->words[1], &other, &reason);
	if (err)
		return ctl_fail_here(ctl, &reason);
	if (node && !town_is_here(ctl, node->name))
		return ctl_fail_usage(ctl, node->name,
			"is not on this machine: call it on the host that has the node's settings");
	if (other && !are_linked(node, other))
		return ctl_fail_usage(ctl, other->name, "neither of the two follows the other");
	if (other)
		check(&checking, node, other);
	else
		check_all(&checking, node);
	return tell(&checking);
}
