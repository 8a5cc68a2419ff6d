/* The command `erasures`: whose data were erased at which node, and whether that is complete; asks
 * one node or all. */
#include <stdio.h>
#include <string.h>

#include "services/oneplanctl/amounts.h"
#include "services/oneplanctl/overview.h"
#include "services/oneplanctl/table.h"

enum { SHOWN = 100000 };

static const struct table_column columns[] = {{.title = "node"}, {.title = "person"},
	{.title = "seq", .right = true}, {.title = "decided"}, {.title = "by", .gives = true},
	{.title = "state"}, {.title = "waits for", .wraps = true}};

enum { COLUMNS = sizeof(columns) / sizeof(columns[0]) };

static enum err read_pages(struct ctl *ctl, struct client *client, struct ctl_node_erasures *ret,
	struct reason *reason)
{
	struct list_erasures query = {{{0}}};
	struct erasure_page page;
	const struct asked asked = {schema_list_erasures(), &query, &page, &ctl->arena};

	ret->erasures.at = arena_alloc(&ctl->arena, SHOWN * sizeof(*ret->erasures.at));
	if (!ret->erasures.at)
		return reason_set(reason, ERR_NO_MEMORY, "", "out of memory");
	do {
		enum err err = ask_query(ctl, client, &asked, reason);
		if (err)
			return err;
		for (size_t i = 0; i < page.erasures.n && ret->erasures.n < SHOWN; i++)
			ret->erasures.at[ret->erasures.n++] = page.erasures.at[i];
		query.after = page.next;
	} while (!uuid_is_nil(page.next) && ret->erasures.n < SHOWN);
	return ERR_OK;
}

static void look(struct ctl *ctl, struct node_view *view, struct ctl_node_erasures *ret)
{
	struct ctl_failure *failure = arena_alloc(&ctl->arena, sizeof(*failure));

	*ret = (struct ctl_node_erasures){.up = false};
	view->client = ask_open(ctl, view->node, "operator", &view->reason);
	if (view->client)
		ret->up = !read_pages(ctl, view->client, ret, &view->reason);
	if (ret->up || !failure)
		return;
	*failure = overview_failure(view);
	ret->erasures.n = 0;
	ret->failure = failure;
}

/* What it waits for: followers, or that backups age out. */
static const char *waits_for(struct arena *arena, const struct erasure_line *line)
{
	const char *text = line->state == erasure_state_passed
				   ? arena_printf(arena, "backups of keys, until %s",
					     amount_of_time(arena, line->keys_until))
				   : "";

	for (size_t i = 0; i < line->waits_for.n; i++)
		text = arena_printf(arena, "%s%s%.*s", text ? text : "", i ? ", " : "",
			(int)line->waits_for.at[i].n, line->waits_for.at[i].p);
	return text ? text : "";
}

static void add_node(
	struct table *table, const char *node, const struct ctl_node_erasures *erasures)
{
	struct arena *arena = table->arena;
	const char *away[COLUMNS] = {node, "(unreachable)", "", "", "", "", ""};

	if (!erasures->up)
		table_add(table, TABLE_BAD, away);
	for (size_t i = 0; i < erasures->erasures.n; i++) {
		const struct erasure_line *line = &erasures->erasures.at[i];
		char person[UUID_TEXT_BYTES];
		uuid_format(line->person, person);
		const char *cells[COLUMNS] = {node, arena_copy(arena, person, strlen(person)),
			amount_of_count(arena, line->seq), amount_of_time(arena, line->at),
			text_string(arena, line->decided_by),
			enum_word(words_erasure_state, line->state), waits_for(arena, line)};
		table_add(table, line->state == erasure_state_complete ? TABLE_GOOD : TABLE_WARN,
			cells);
	}
}

static void print_json(
	struct ctl *ctl, const char *node, const struct ctl_node_erasures *erasures, bool first)
{
	const char *json = schema_to_json(schema_ctl_node_erasures(), erasures, 0, &ctl->arena);

	printf("%s\"%s\":%s", first ? "{" : ",", node, json ? json : "null");
}

int command_erasures(struct ctl *ctl, const struct arguments *arguments)
{
	const char *only = arguments->n_words ? arguments->words[0] : NULL;
	const struct town_node *node;
	struct overview overview;
	struct reason reason = {0};
	struct table table;
	size_t shown = 0, down = 0;

	if ((only && ctl_find_node(ctl, only, &node, &reason)) ||
		overview_init(&overview, ctl, &reason))
		return ctl_fail_here(ctl, &reason);
	table_init(&table, columns, COLUMNS, &ctl->arena);
	for (size_t i = 0; i < overview.n; i++) {
		struct node_view *view = &overview.views[i];
		struct ctl_node_erasures erasures;
		if (only && strcmp(only, view->node->name) != 0)
			continue;
		look(ctl, view, &erasures);
		down += !erasures.up;
		if (ctl->json)
			print_json(ctl, view->node->name, &erasures, shown == 0);
		else
			add_node(&table, view->node->name, &erasures);
		shown++;
	}
	if (ctl->json)
		puts(shown ? "}" : "{}");
	else
		table_print(&table, ctl->colour);
	overview_done(&overview);
	return down ? CTL_UNREACHABLE : CTL_DONE;
}
