/* The command `status`: how every node is; asks all nodes. */
#include "services/oneplanctl/amounts.h"
#include "services/oneplanctl/overview.h"
#include "services/oneplanctl/table.h"

static const struct table_column columns[] = {{.title = "node"}, {.title = "state"},
	{.title = "head", .right = true}, {.title = "behind", .gives = true},
	{.title = "aside", .right = true}, {.title = "file", .right = true},
	{.title = "used", .right = true}, {.title = "deadlines", .right = true},
	{.title = "keys", .right = true}, {.title = "clock", .right = true}};

enum { COLUMNS = sizeof(columns) / sizeof(columns[0]), CLOCK_LIMIT_MS = 1000 };

static struct ctl_lag lag_of(const struct overview *overview, const struct cursor_line *cursor)
{
	const struct node_view *owner = overview_find(overview, cursor->owner);
	struct ctl_lag lag = {.owner = cursor->owner,
		.through = cursor->through,
		.quarantined = cursor->quarantined};

	if (owner) {
		lag.owner_up = true;
		lag.behind = owner->status.head - lag.through;
		lag.behind = lag.behind > 0 ? lag.behind : 0;
	}
	return lag;
}

static const void *write_record(struct overview *overview, const struct node_view *view)
{
	struct arena *arena = &overview->ctl->arena;
	struct ctl_node_status *record = arena_alloc(arena, sizeof(*record));
	struct ctl_failure *failure = arena_alloc(arena, sizeof(*failure));
	struct status_reply *status = arena_alloc(arena, sizeof(*status));
	size_t n = view->up ? view->queues.cursors.n : 0;

	if (!record || !failure || !status)
		return NULL;
	*failure = overview_failure(view);
	*status = view->status;
	record->up = view->up;
	record->status = view->up ? status : NULL;
	record->failure = view->up ? NULL : failure;
	record->clock_ahead_ms = view->up ? view->clock_ahead_ms : 0;
	record->lags.at = arena_alloc(arena, n * sizeof(*record->lags.at) + 1);
	for (size_t i = 0; record->lags.at && i < n; i++)
		record->lags.at[record->lags.n++] = lag_of(overview, &view->queues.cursors.at[i]);
	return record;
}

/* "planning.family 3": only those that it is behind, by owner because each is another queue. */
static const char *lags_of(const struct overview *overview, const struct node_view *view)
{
	struct arena *arena = &overview->ctl->arena;
	const char *text = "";

	for (size_t i = 0; text && i < view->queues.cursors.n; i++) {
		struct ctl_lag lag = lag_of(overview, &view->queues.cursors.at[i]);
		char *owner = text_string(arena, lag.owner);
		const struct town_node *node =
			owner ? town_find(&overview->ctl->town, owner) : NULL;
		if ((lag.owner_up && lag.behind == 0) || (node && node->elsewhere))
			continue;
		const char *behind = lag.owner_up ? amount_of_count(arena, lag.behind) : "?";
		text = arena_printf(
			arena, "%s%s%s %s", text, *text ? ", " : "", owner ? owner : "", behind);
	}
	return text && !*text && view->queues.cursors.n ? "0" : text;
}

static int64_t set_aside(const struct node_view *view)
{
	int64_t n = 0;

	for (size_t i = 0; i < view->queues.cursors.n; i++)
		n += view->queues.cursors.at[i].quarantined;
	return n;
}

static bool has_room(const struct status_reply *status)
{
	return status->room.n == 0 || text_is(status->room, "ok");
}

static bool is_well(const struct node_view *view)
{
	const struct status_reply *status = &view->status;
	int64_t ahead = view->clock_ahead_ms;

	return set_aside(view) == 0 && has_room(status) && !status->diverged && !status->corrupt &&
	       ahead <= CLOCK_LIMIT_MS && ahead >= -CLOCK_LIMIT_MS;
}

static void add_node(
	struct table *table, const struct overview *overview, const struct node_view *view)
{
	const struct status_reply *status = &view->status;
	struct arena *arena = table->arena;
	int64_t aside = view->up ? set_aside(view) : 0;
	int64_t ahead = view->clock_ahead_ms;
	const char *down[COLUMNS] = {view->node->name, "down"};

	if (!view->up) {
		table_add(table, TABLE_BAD, down);
		return;
	}
	bool room = has_room(status);
	const char *state =
		status->corrupt    ? "corrupt"
		: status->diverged ? "diverged"
		: room             ? "up"
		       : arena_printf(arena, "%s, %.*s %lld %%", text_string(arena, status->room),
				 (int)status->used_of.n, status->used_of.p,
				 (long long)status->used_percent);
	const char *cells[COLUMNS] = {view->node->name, state, amount_of_count(arena, status->head),
		lags_of(overview, view), amount_of_count(arena, aside),
		amount_of_bytes(arena, status->file_bytes),
		amount_of_bytes(arena, status->used_bytes),
		amount_of_count(arena, status->deadlines),
		amount_of_count(arena, status->keys_free),
		arena_printf(arena, "%+lld ms", (long long)ahead)};
	table_add(table, is_well(view) ? TABLE_PLAIN : TABLE_WARN, cells);
}

static void print_table(const struct overview *overview)
{
	struct table table;

	table_init(&table, columns, COLUMNS, &overview->ctl->arena);
	for (size_t i = 0; i < overview->n; i++)
		add_node(&table, overview, &overview->views[i]);
	table_print(&table, overview->ctl->colour);
}

int command_status(struct ctl *ctl, const struct arguments *arguments)
{
	struct overview overview;
	struct reason reason = {0};
	bool well = true;

	(void)arguments;
	if (overview_init(&overview, ctl, &reason))
		return ctl_fail_here(ctl, &reason);
	overview_look(&overview, &ctl->arena);
	if (ctl->json)
		(void)overview_print_json(&overview, schema_ctl_node_status(), write_record);
	else
		print_table(&overview);
	for (size_t i = 0; i < overview.n && well; i++)
		well = !overview.views[i].up || is_well(&overview.views[i]);
	overview_done(&overview);
	return overview.down ? CTL_UNREACHABLE : well ? CTL_DONE : CTL_REFUSED;
}
