/* The commands `peek`, `retry`, `drop`, `bury` and `kick`: what lies in a queue, and what an
 * operator does with it. Talks to one node. */
#include <stdio.h>
#include <string.h>

#include "common/admin.h"
#include "services/oneplanctl/amounts.h"
#include "services/oneplanctl/ask.h"
#include "services/oneplanctl/table.h"

struct work {
	struct ctl *ctl;
	const struct arguments *arguments;
	const struct town_node *node;
	struct queue_filter filter;
	bool filters; /* something of it was given, or --all */
	struct reason reason;
};

static struct text given(const struct work *work, const char *name)
{
	const char *value = argument_text(work->arguments, name);

	return value ? text_of(value) : TEXT_NONE;
}

static enum err read_filter(struct work *work)
{
	static const char *const names[] = {"type", "entity", "older", "why", "state", "all"};
	struct queue_filter *filter = &work->filter;

	*filter = (struct queue_filter){.type = given(work, "type"),
		.why = given(work, "why"),
		.state = given(work, "state")};
	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++)
		work->filters |= argument_text(work->arguments, names[i]) != NULL;
	enum err err = argument_uuid(work->arguments, "entity", &filter->entity, &work->reason);
	return err ? err : argument_ms(work->arguments, "older", &filter->older_ms, &work->reason);
}

static int fail(struct work *work)
{
	return ctl_fail(
		work->ctl, &(struct failure){.node = work->node->name, .reason = &work->reason});
}

static const char *entity_text(struct arena *arena, struct uuid entity)
{
	char text[UUID_TEXT_BYTES] = "";

	if (!uuid_is_nil(entity))
		uuid_format(entity, text);
	return arena_copy(arena, text, strlen(text) + 1);
}

/* ---- peek ------------------------------------------------------------------------------------ */

static void print_items(struct work *work, const struct queue_items *reply)
{
	static const struct table_column columns[] = {{.title = "item"}, {.title = "state"},
		{.title = "type", .gives = true}, {.title = "entity"}, {.title = "since"},
		{.title = "why", .wraps = true}};
	struct arena *arena = &work->ctl->arena;
	struct table table;

	table_init(&table, columns, sizeof(columns) / sizeof(columns[0]), arena);
	for (size_t i = 0; i < reply->items.n; i++) {
		const struct queue_item *item = &reply->items.at[i];
		const char *cells[] = {text_string(arena, item->item),
			text_string(arena, item->state), text_string(arena, item->type),
			entity_text(arena, item->entity), amount_of_time(arena, item->since),
			text_string(arena, item->why)};
		bool rests = text_is(item->state, "buried") || text_is(item->state, "behind");
		table_add(&table, rests ? TABLE_DIM : TABLE_PLAIN, cells);
	}
	table_print(&table, work->ctl->colour);
	for (size_t i = 0; i < reply->items.n; i++) {
		const struct queue_item *item = &reply->items.at[i];
		if (item->fields.n)
			printf("\n%.*s  %lld bytes\n%.*s\n", (int)item->item.n, item->item.p,
				(long long)item->bytes, (int)item->fields.n, item->fields.p);
	}
	if (reply->next.n)
		printf("there may be more: --after %.*s\n", (int)reply->next.n, reply->next.p);
}

int command_peek(struct ctl *ctl, const struct arguments *arguments)
{
	const char *by = argument_text(arguments, "by");
	struct work work = {.ctl = ctl, .arguments = arguments};
	struct peek_queue query = {.queue = text_of(arguments->words[1]),
		.after = given(&work, "after"),
		.fields = argument_flag(arguments, "fields")};
	struct queue_items reply;
	const struct asked asked = {schema_peek_queue(), &query, &reply, &ctl->arena};

	ctl->actor =
		(struct actor){.role = text_of("operator"), .id = text_of(by ? by : "operator")};
	if (read_filter(&work) || argument_count(arguments, "limit", &query.limit, &work.reason) ||
		ctl_find_node(ctl, arguments->words[0], &work.node, &work.reason))
		return ctl_fail_here(ctl, &work.reason);
	query.filter = work.filters ? &work.filter : NULL;
	if (schema_check(schema_peek_queue(), &query, &work.reason))
		return ctl_fail_here(ctl, &work.reason);
	if (ask_once(ctl, work.node, &asked, &work.reason))
		return fail(&work);
	if (ctl->json)
		return ctl_print_record(ctl, schema_queue_items(), &reply);
	print_items(&work, &reply);
	return CTL_DONE;
}

/* ---- the verbs ------------------------------------------------------------------------------- */

static const char *done_word(enum mend_verb verb)
{
	static const char *const words[] = {[mend_verb_retry] = "retried",
		[mend_verb_drop] = "dropped",
		[mend_verb_bury] = "buried",
		[mend_verb_kick] = "kicked"};

	return words[verb];
}

static void print_mended(struct work *work, enum mend_verb verb, const struct queue_mended *reply)
{
	static const struct table_column columns[] = {{.title = "item"},
		{.title = "type", .gives = true}, {.title = "entity"}, {.title = "outcome"},
		{.title = "why", .wraps = true}};
	struct arena *arena = &work->ctl->arena;
	const char *would = reply->dry_run ? "would be " : "";
	struct table table;

	table_init(&table, columns, sizeof(columns) / sizeof(columns[0]), arena);
	for (size_t i = 0; i < reply->items.n; i++) {
		const struct mended_item *item = &reply->items.at[i];
		const char *cells[] = {text_string(arena, item->item),
			text_string(arena, item->type), entity_text(arena, item->entity),
			item->done ? arena_printf(arena, "%s%s", would, done_word(verb))
				   : "refused",
			text_string(arena, item->why)};
		table_add(&table, item->done ? TABLE_PLAIN : TABLE_WARN, cells);
	}
	table_print(&table, work->ctl->colour);
	printf("%lld %s%s, %lld refused%s\n", (long long)reply->done, would, done_word(verb),
		(long long)reply->refused,
		reply->dry_run ? "; a dry run: nothing was written" : "");
	if (reply->next.n)
		printf("there may be more: --after %.*s\n", (int)reply->next.n, reply->next.p);
	else if (reply->more)
		puts("there is more than is done at once: give the same again");
}

static enum err read_order(struct work *work, struct mend_queue *order)
{
	const struct arguments *arguments = work->arguments;
	size_t n = arguments->n_words - 2;
	struct text *items = arena_alloc(&work->ctl->arena, (n + 1) * sizeof(*items));
	enum err err = items ? read_filter(work) : ERR_NO_MEMORY;

	if (err)
		return err;
	for (size_t i = 0; i < n; i++)
		items[i] = text_of(arguments->words[2 + i]);
	order->items.n = n;
	order->items.at = items;
	order->filter = work->filters ? &work->filter : NULL;
	if ((n > 0) == work->filters)
		return reason_set(&work->reason, ERR_INVALID, "ITEM",
			"items are named, or chosen with --type, --entity, --older, --why, "
			"--state or --all: one of both");
	return schema_check(schema_mend_queue(), order, &work->reason);
}

static int mend(struct ctl *ctl, const struct arguments *arguments, enum mend_verb verb)
{
	struct work work = {.ctl = ctl, .arguments = arguments};
	struct mend_queue order = {.queue = text_of(arguments->words[1]),
		.verb = verb,
		.after = given(&work, "after"),
		.dry_run = argument_flag(arguments, "dry-run"),
		.twice = argument_flag(arguments, "twice"),
		.reason = given(&work, "reason"),
		.by = given(&work, "by")};
	struct queue_mended reply;
	const struct asked asked = {schema_mend_queue(), &order, &reply, &ctl->arena};

	ctl->by = argument_text(arguments, "by");
	if (!ctl->by || !order.reason.n)
		return ctl_fail_usage(ctl, ctl->by ? "--reason" : "--by",
			ctl->by ? "is missing: why it is done" : "is missing: who decides it");
	if (read_order(&work, &order) ||
		ctl_find_node(ctl, arguments->words[0], &work.node, &work.reason))
		return ctl_fail_here(ctl, &work.reason);
	struct client *client = ask_open(ctl, work.node, "operator", &work.reason);
	if (!client)
		return ask_fail(ctl, work.node, &work.reason);
	enum err err = ask_command(ctl, client, &asked, &work.reason);
	client_close(client);
	if (err)
		return fail(&work);
	if (ctl->json)
		(void)ctl_print_record(ctl, schema_queue_mended(), &reply);
	else
		print_mended(&work, verb, &reply);
	return reply.refused || !reply.done ? CTL_REFUSED : CTL_DONE;
}

int command_retry(struct ctl *ctl, const struct arguments *arguments)
{
	return mend(ctl, arguments, mend_verb_retry);
}

int command_drop(struct ctl *ctl, const struct arguments *arguments)
{
	return mend(ctl, arguments, mend_verb_drop);
}

int command_bury(struct ctl *ctl, const struct arguments *arguments)
{
	return mend(ctl, arguments, mend_verb_bury);
}

int command_kick(struct ctl *ctl, const struct arguments *arguments)
{
	return mend(ctl, arguments, mend_verb_kick);
}
