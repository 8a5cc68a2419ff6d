/* The command `quarantine`: what a node could not apply, of all that it follows. Talks to one node.
 */
#include <string.h>

#include "common/clock.h"
#include "services/oneplanctl/amounts.h"
#include "services/oneplanctl/ask.h"
#include "services/oneplanctl/output.h"
#include "services/oneplanctl/table.h"

enum { SHOWN = 10000, PAGE = 100 };

struct work {
	struct ctl *ctl;
	const struct town_node *node;
	struct client *client;
	struct reason reason;
	struct ctl_quarantine all;
};

/* ---- reading --------------------------------------------------------------------------------- */

static enum err read_all(struct work *work)
{
	struct ctl_quarantine *all = &work->all;
	struct arena *arena = &work->ctl->arena;
	struct list_quarantine query = {.limit = PAGE};
	struct quarantine_page page;
	const struct asked asked = {schema_list_quarantine(), &query, &page, arena};

	all->records.at = arena_alloc(arena, SHOWN * sizeof(*all->records.at));
	if (!all->records.at)
		return reason_set(&work->reason, ERR_NO_MEMORY, "", "out of memory");
	do {
		enum err err = ask_query(work->ctl, work->client, &asked, &work->reason);
		if (err)
			return err;
		for (size_t i = 0; i < page.records.n && all->records.n < SHOWN; i++)
			all->records.at[all->records.n++] = page.records.at[i];
		all->more = page.more;
		if (page.records.n == 0)
			break;
		query.after_owner = page.records.at[page.records.n - 1].owner;
		query.after = page.records.at[page.records.n - 1].seq;
	} while (page.more && all->records.n < SHOWN);
	return ERR_OK;
}

static int show(struct work *work)
{
	static const struct table_column columns[] = {{.title = "owner"},
		{.title = "seq", .right = true}, {.title = "type", .gives = true},
		{.title = "entity"}, {.title = "since"}, {.title = "why", .gives = true}};
	struct arena *arena = &work->ctl->arena;
	struct table table;

	if (work->ctl->json)
		return ctl_print_record(work->ctl, schema_ctl_quarantine(), &work->all);
	table_init(&table, columns, sizeof(columns) / sizeof(columns[0]), arena);
	for (size_t i = 0; i < work->all.records.n; i++) {
		const struct quarantine_line *line = &work->all.records.at[i];
		char entity[UUID_TEXT_BYTES] = "";
		if (!uuid_is_nil(line->entity))
			uuid_format(line->entity, entity);
		const char *cells[] = {text_string(arena, line->owner),
			amount_of_count(arena, line->seq), text_string(arena, line->type),
			arena_copy(arena, entity, strlen(entity) + 1),
			amount_of_time(arena, line->since),
			line->buried ? "buried" : text_string(arena, line->why)};
		bool rests = line->waits_behind || line->buried;
		table_add(&table, rests ? TABLE_DIM : TABLE_WARN, cells);
	}
	table_print(&table, work->ctl->colour);
	return CTL_DONE;
}

int command_quarantine(struct ctl *ctl, const struct arguments *arguments)
{
	struct work work = {.ctl = ctl};

	if (ctl_find_node(ctl, arguments->words[0], &work.node, &work.reason))
		return ctl_fail_here(ctl, &work.reason);
	work.client = ask_open(ctl, work.node, "operator", &work.reason);
	if (!work.client)
		return ask_fail(ctl, work.node, &work.reason);
	enum err err = read_all(&work);
	client_close(work.client);
	return err ? ctl_fail(ctl,
			     &(struct failure){.node = work.node->name, .reason = &work.reason})
		   : show(&work);
}
