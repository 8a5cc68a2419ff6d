/* The command `quarantine`: what a node could not apply, and what an operator makes of it. Talks to
 * one node. */
#include <string.h>

#include "common/clock.h"
#include "services/oneplanctl/amounts.h"
#include "services/oneplanctl/ask.h"
#include "services/oneplanctl/output.h"
#include "services/oneplanctl/quarantine.h"
#include "services/oneplanctl/table.h"

enum { SHOWN = 10000, PAGE = 100 };

struct work {
	struct ctl *ctl;
	const struct arguments *arguments;
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
			amount_of_time(arena, line->since), text_string(arena, line->why)};
		table_add(&table, line->waits_behind ? TABLE_DIM : TABLE_WARN, cells);
	}
	table_print(&table, work->ctl->colour);
	return CTL_DONE;
}

/* ---- doing ----------------------------------------------------------------------------------- */

static enum err call(
	struct work *work, const struct schema *schema, const void *fields, void *ret_reply)
{
	const struct asked asked = {schema, fields, ret_reply, &work->ctl->arena};

	return ask_command(work->ctl, work->client, &asked, &work->reason);
}

static int fail(struct work *work)
{
	return ctl_fail(
		work->ctl, &(struct failure){.node = work->node->name, .reason = &work->reason});
}

static int retry(struct work *work, const struct quarantine_target *target)
{
	const struct retry_quarantine c = {
		target->owner, target->seq ? (struct uuid){{0}} : target->entity, target->seq};
	struct quarantine_retried reply;

	if (call(work, schema_retry_quarantine(), &c, &reply))
		return fail(work);
	int code = ctl_print_record(work->ctl, schema_quarantine_retried(), &reply);
	return !code && (reply.left || reply.stopped_at) ? CTL_REFUSED : code;
}

static int drop(struct work *work, const struct quarantine_target *target)
{
	const char *reason = argument_text(work->arguments, "reason");
	const char *by = argument_text(work->arguments, "by");
	const struct drop_quarantine c = {target->owner, target->seq, text_of(reason), text_of(by)};
	struct quarantine_dropped reply;

	enum err err = schema_check(schema_drop_quarantine(), &c, &work->reason);
	if (err)
		return ctl_fail_here(work->ctl, &work->reason);
	if (call(work, schema_drop_quarantine(), &c, &reply))
		return fail(work);
	return ctl_print_record(work->ctl, schema_quarantine_dropped(), &reply);
}

static int run(struct work *work, struct quarantine_target *target)
{
	if (read_all(work))
		return fail(work);
	if (!target->seq && uuid_is_nil(target->entity))
		return show(work);
	const struct quarantine_page page = {
		{work->all.records.n, work->all.records.at}, work->all.more};
	if (quarantine_find(&page, target, &work->reason))
		return fail(work);
	return argument_text(work->arguments, "drop") ? drop(work, target) : retry(work, target);
}

int command_quarantine(struct ctl *ctl, const struct arguments *arguments)
{
	struct work work = {.ctl = ctl, .arguments = arguments};
	struct quarantine_target target;
	int code;

	ctl->by = argument_text(arguments, "by");
	if (quarantine_target_of(arguments, &target, &work.reason) ||
		ctl_find_node(ctl, arguments->words[0], &work.node, &work.reason))
		return ctl_fail_here(ctl, &work.reason);
	work.client = ask_open(ctl, work.node, "operator", &work.reason);
	if (!work.client)
		return ask_fail(ctl, work.node, &work.reason);
	code = run(&work, &target);
	client_close(work.client);
	return code;
}
