/* Asks all nodes of the town how they are, over the sockets of client.h. */
#include "services/oneplanctl/overview.h"

#include <stdio.h>

#include "common/clock.h"

enum err overview_init(struct overview *overview, struct ctl *ctl, struct reason *reason)
{
	enum err err = ctl_open_town(ctl, reason);

	*overview = (struct overview){.ctl = ctl};
	if (!ctl->timeout_ms)
		ctl->connect_ms = ASK_QUICKLY_MS;
	for (size_t i = 0; !err && i < ctl->town.n; i++)
		if (!ctl->town.nodes[i].elsewhere)
			overview->views[overview->n++].node = &ctl->town.nodes[i];
	return err;
}

enum err overview_leave_out(struct overview *overview, const char *node, struct reason *reason)
{
	const struct town_node *found;
	enum err err = ctl_find_node(overview->ctl, node, &found, reason);
	size_t n = 0;

	for (size_t i = 0; !err && i < overview->n; i++)
		if (overview->views[i].node != found)
			overview->views[n++] = overview->views[i];
	if (!err) {
		overview->n = n;
		overview->without = found->name;
	}
	return err;
}

void overview_done(struct overview *overview)
{
	for (size_t i = 0; i < overview->n; i++)
		client_close(overview->views[i].client);
}

static enum err ask_status(struct ctl *ctl, struct node_view *view, struct arena *arena)
{
	const struct show_status query = {.detail = TEXT_NONE};
	const struct asked asked = {schema_show_status(), &query, &view->status, arena};
	const struct clock clock = clock_real();
	int64_t before = clock_now(&clock);
	enum err err = ask_query(ctl, view->client, &asked, &view->reason);

	/* Its clock was read somewhere between our two looks at ours. */
	if (!err)
		view->clock_ahead_ms = view->status.now - (before + clock_now(&clock)) / 2;
	return err;
}

static enum err ask_queues(struct ctl *ctl, struct node_view *view, struct arena *arena)
{
	const struct list_queues query = {.follower = TEXT_NONE};
	const struct asked asked = {schema_list_queues(), &query, &view->queues, arena};

	return ask_query(ctl, view->client, &asked, &view->reason);
}

static void look_at(struct ctl *ctl, struct node_view *view, struct arena *arena)
{
	view->up = false;
	if (!view->client)
		view->client = ask_open(ctl, view->node, "operator", &view->reason);
	if (view->client)
		view->up = !ask_status(ctl, view, arena) && !ask_queues(ctl, view, arena);
}

static int64_t depth_of(const struct overview *overview, const struct queue_list *list)
{
	int64_t depth = 0;

	for (size_t i = 0; i < list->queues.n; i++)
		if (!overview->without || !text_is(list->queues.at[i].follower, overview->without))
			depth += list->queues.at[i].depth;
	return depth;
}

void overview_look(struct overview *overview, struct arena *arena)
{
	overview->depth = 0;
	overview->down = 0;
	for (size_t i = 0; i < overview->n; i++) {
		struct node_view *view = &overview->views[i];
		look_at(overview->ctl, view, arena);
		overview->down += !view->up;
		overview->depth += view->up ? depth_of(overview, &view->queues) : 0;
	}
}

const struct node_view *overview_find(const struct overview *overview, struct text name)
{
	for (size_t i = 0; i < overview->n; i++)
		if (overview->views[i].up && text_is(name, overview->views[i].node->name))
			return &overview->views[i];
	return NULL;
}

struct ctl_failure overview_failure(const struct node_view *view)
{
	const struct reason *reason = &view->reason;

	return (struct ctl_failure){.node = text_of(view->node->name),
		.error = text_of(err_word(reason->code)),
		.field = text_of(reason->field),
		.rule = text_of(reason->rule[0] ? reason->rule : err_sentence(reason->code))};
}

int overview_print_json(struct overview *overview, const struct schema *schema,
	const void *(*write)(struct overview *overview, const struct node_view *view))
{
	struct arena *arena = &overview->ctl->arena;

	putchar('{');
	for (size_t i = 0; i < overview->n; i++) {
		const struct node_view *view = &overview->views[i];
		const void *record = write(overview, view);
		const char *json = record ? schema_to_json(schema, record, 0, arena) : NULL;
		printf("%s\"%s\":%s", i ? "," : "", view->node->name, json ? json : "null");
	}
	return puts("}") < 0 ? CTL_SYSTEM : CTL_DONE;
}
