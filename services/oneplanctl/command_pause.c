/* The commands `pause` and `resume`: a queue stands still for a while, because an operator wants it
 * to. Talks to one node. */
#include "common/admin.h"
#include "common/clock.h"
#include "services/oneplanctl/amounts.h"
#include "services/oneplanctl/ask.h"
#include "services/oneplanctl/table.h"

static struct text given(const struct arguments *arguments, const char *name)
{
	const char *value = argument_text(arguments, name);

	return value ? text_of(value) : TEXT_NONE;
}

static int list(struct ctl *ctl, const struct town_node *node)
{
	static const struct table_column columns[] = {{.title = "queue"}, {.title = "until"},
		{.title = "since"}, {.title = "by"}, {.title = "reason", .wraps = true}};
	struct arena *arena = &ctl->arena;
	const struct list_pauses query = {0};
	struct pause_list reply;
	const struct asked asked = {schema_list_pauses(), &query, &reply, arena};
	struct reason reason = {0};
	struct table table;

	if (ask_once(ctl, node, &asked, &reason))
		return ctl_fail(ctl, &(struct failure){.node = node->name, .reason = &reason});
	if (ctl->json)
		return ctl_print_record(ctl, schema_pause_list(), &reply);
	table_init(&table, columns, sizeof(columns) / sizeof(columns[0]), arena);
	for (size_t i = 0; i < reply.pauses.n; i++) {
		const struct pause_line *line = &reply.pauses.at[i];
		const char *cells[] = {text_string(arena, line->queue),
			amount_of_time(arena, line->until), amount_of_time(arena, line->since),
			text_string(arena, line->by), text_string(arena, line->reason)};
		table_add(&table, TABLE_WARN, cells);
	}
	table_print(&table, ctl->colour);
	return CTL_DONE;
}

int command_pause(struct ctl *ctl, const struct arguments *arguments)
{
	const struct clock clock = clock_real();
	struct pause_queue order = {
		.reason = given(arguments, "reason"), .by = given(arguments, "by")};
	struct pause_line reply;
	const struct asked asked = {schema_pause_queue(), &order, &reply, &ctl->arena};
	const struct town_node *node;
	struct reason reason = {0};
	int64_t length = 0;

	ctl->by = argument_text(arguments, "by");
	if (ctl_find_node(ctl, arguments->words[0], &node, &reason) ||
		argument_ms(arguments, "for", &length, &reason) ||
		argument_time(arguments, "until", &order.until, &reason))
		return ctl_fail_here(ctl, &reason);
	if (arguments->n_words == 1)
		return list(ctl, node);
	if ((length > 0) == (order.until > 0))
		return ctl_fail_usage(ctl, "--for", "or --until is needed: a pause has an end");
	order.queue = text_of(arguments->words[1]);
	if (length)
		order.until = clock_now(&clock) + length;
	return ask_decision(ctl, node, &asked);
}

int command_resume(struct ctl *ctl, const struct arguments *arguments)
{
	const struct resume_queue order = {
		text_of(arguments->words[1]), given(arguments, "reason"), given(arguments, "by")};
	struct pause_line reply;
	const struct asked asked = {schema_resume_queue(), &order, &reply, &ctl->arena};
	const struct town_node *node;
	struct reason reason = {0};

	ctl->by = argument_text(arguments, "by");
	if (ctl_find_node(ctl, arguments->words[0], &node, &reason))
		return ctl_fail_here(ctl, &reason);
	return ask_decision(ctl, node, &asked);
}
