/* The command `queues`: what waits for which follower; asks all nodes. */
#include "services/oneplanctl/amounts.h"
#include "services/oneplanctl/overview.h"
#include "services/oneplanctl/table.h"

static const struct table_column columns[] = {{.title = "owner"}, {.title = "follower"},
	{.title = "depth", .right = true}, {.title = "oldest", .right = true},
	{.title = "delivered", .right = true}, {.title = "addressed", .right = true},
	{.title = "through", .right = true}, {.title = "seen", .gives = true}};

enum { COLUMNS = sizeof(columns) / sizeof(columns[0]) };

static const void *write_record(struct overview *overview, const struct node_view *view)
{
	struct ctl_node_queues *record = arena_alloc(&overview->ctl->arena, sizeof(*record));
	struct ctl_failure *failure = arena_alloc(&overview->ctl->arena, sizeof(*failure));

	if (!record || !failure)
		return NULL;
	record->up = view->up;
	if (view->up) {
		record->queues.n = view->queues.queues.n;
		record->queues.at = view->queues.queues.at;
		record->cursors.n = view->queues.cursors.n;
		record->cursors.at = view->queues.cursors.at;
	} else {
		*failure = overview_failure(view);
		record->failure = failure;
	}
	return record;
}

static void add_queue(struct table *table, const struct queue_line *line)
{
	struct arena *arena = table->arena;
	const char *seen = line->seen ? amount_of_time(arena, line->seen) : "never";
	if (line->diverged_at)
		seen = arena_printf(arena, "not served: has %lld records, not of this journal",
			(long long)line->diverged_at);
	const char *cells[COLUMNS] = {text_string(arena, line->owner),
		text_string(arena, line->follower), amount_of_count(arena, line->depth),
		line->depth ? amount_of_ms(arena, line->age_ms) : "",
		amount_of_count(arena, line->delivered), amount_of_count(arena, line->addressed),
		amount_of_count(arena, line->through), seen};

	table_add(table,
		line->diverged_at ? TABLE_BAD
		: line->depth     ? TABLE_WARN
				  : TABLE_PLAIN,
		cells);
}

static void print_table(const struct overview *overview)
{
	struct table table;

	table_init(&table, columns, COLUMNS, &overview->ctl->arena);
	for (size_t i = 0; i < overview->n; i++) {
		const struct node_view *view = &overview->views[i];
		const char *cells[COLUMNS] = {view->node->name, "(unreachable)"};
		if (!view->up)
			table_add(&table, TABLE_BAD, cells);
		for (size_t k = 0; view->up && k < view->queues.queues.n; k++)
			add_queue(&table, &view->queues.queues.at[k]);
	}
	table_print(&table, overview->ctl->colour);
}

int command_queues(struct ctl *ctl, const struct arguments *arguments)
{
	struct overview overview;
	struct reason reason = {0};

	(void)arguments;
	if (overview_init(&overview, ctl, &reason))
		return ctl_fail_here(ctl, &reason);
	overview_look(&overview, &ctl->arena);
	if (ctl->json)
		(void)overview_print_json(&overview, schema_ctl_node_queues(), write_record);
	else
		print_table(&overview);
	overview_done(&overview);
	return overview.down ? CTL_UNREACHABLE : CTL_DONE;
}
