/* Follows one message through the journals of all nodes, over the sockets of client.h. */
#include "services/oneplanctl/trace.h"

#include <stdlib.h>
#include <string.h>

enum { PAGE = 200 };

static bool is_known(const struct ctl_trace *result, const char *node, int64_t seq)
{
	for (size_t i = 0; i < result->hops.n; i++)
		if (result->hops.at[i].seq == seq && text_is(result->hops.at[i].node, node))
			return true;
	return false;
}

static void add_hop(
	struct trace *trace, const struct node_view *view, const struct journal_line *line)
{
	struct ctl_trace *result = &trace->result;

	if (is_known(result, view->node->name, line->seq))
		return;
	trace->cut = trace->cut || result->hops.n == TRACE_HOPS;
	if (trace->cut)
		return;
	result->hops.at[result->hops.n++] = (struct ctl_hop){.node = text_of(view->node->name),
		.seq = line->seq,
		.type = line->type,
		.entity = line->entity,
		.time = line->time,
		.occurred_at = line->occurred_at,
		.actor = line->actor,
		.cause = line->cause};
}

/* All records of one node that the query asks for. */
static void read_all(struct trace *trace, struct node_view *view, struct read_journal query)
{
	struct journal_page page;
	const struct asked asked = {schema_read_journal(), &query, &page, &trace->ctl->arena};

	query.limit = PAGE;
	do {
		enum err err = ask_query(trace->ctl, view->client, &asked, &view->reason);
		view->up = err == ERR_OK;
		trace->overview.down += !view->up;
		for (size_t i = 0; view->up && i < page.records.n; i++)
			add_hop(trace, view, &page.records.at[i]);
		query.from = view->up ? page.next : 0;
	} while (query.from && !trace->cut);
}

static bool follows(const struct node_view *view, struct text owner)
{
	for (size_t i = 0; i < view->queues.cursors.n; i++)
		if (text_equal(view->queues.cursors.at[i].owner, owner))
			return true;
	return false;
}

/* What a record led to stands in the journals of nodes that follow its owner. */
static void read_effects(struct trace *trace, struct ctl_hop hop)
{
	struct overview *overview = &trace->overview;

	for (size_t i = 0; i < overview->n; i++) {
		struct node_view *view = &overview->views[i];
		const struct read_journal query = {.cause_node = hop.node, .cause_seq = hop.seq};
		if (view->up && view->status.head > 0 && follows(view, hop.node))
			read_all(trace, view, query);
	}
}

static void add_reached(struct trace *trace, const struct queue_line *line)
{
	struct ctl_trace *result = &trace->result;
	int64_t last = 0;

	for (size_t i = 0; i < result->hops.n; i++)
		if (text_equal(result->hops.at[i].node, line->owner) &&
			result->hops.at[i].seq > last)
			last = result->hops.at[i].seq;
	if (last == 0 || result->reached.n == TRACE_HOPS)
		return;
	result->reached.at[result->reached.n++] = (struct ctl_reached){
		line->owner, line->follower, line->through, line->through >= last};
}

void trace_walk(struct trace *trace)
{
	struct overview *overview = &trace->overview;
	struct ctl_trace *result = &trace->result;
	struct arena *arena = &trace->ctl->arena;

	result->hops.at = arena_alloc(arena, TRACE_HOPS * sizeof(*result->hops.at));
	result->reached.at = arena_alloc(arena, TRACE_HOPS * sizeof(*result->reached.at));
	if (!result->hops.at || !result->reached.at)
		return;
	for (size_t i = 0; i < overview->n; i++) {
		struct node_view *view = &overview->views[i];
		const struct read_journal query = {.entity = trace->entity};
		if (view->up && view->status.head > 0)
			read_all(trace, view, query);
	}
	for (size_t i = 0; i < result->hops.n; i++)
		read_effects(trace, result->hops.at[i]);
	for (size_t i = 0; i < overview->n; i++)
		for (size_t k = 0; overview->views[i].up && k < overview->views[i].queues.queues.n;
			k++)
			add_reached(trace, &overview->views[i].queues.queues.at[k]);
}

static int by_time(const void *a, const void *b)
{
	const struct ctl_hop *x = a, *y = b;
	int nodes = bytes_compare(text_bytes(x->node), text_bytes(y->node));

	if (x->time != y->time)
		return x->time < y->time ? -1 : 1;
	if (nodes == 0)
		return x->seq < y->seq ? -1 : x->seq > y->seq;
	return nodes;
}

/* A cause is written node/number. */
static const struct ctl_hop *find_cause(const struct ctl_trace *result, struct text cause)
{
	const char *slash = cause.n ? memchr(cause.p, '/', cause.n) : NULL;
	char number[32] = "";

	if (!slash)
		return NULL;
	const struct text node = {cause.p, (uint32_t)(slash - cause.p), false};
	size_t n = cause.n - node.n - 1;
	memcpy(number, slash + 1, n < sizeof(number) ? n : sizeof(number) - 1);
	for (size_t i = 0; i < result->hops.n; i++)
		if (text_equal(result->hops.at[i].node, node) &&
			result->hops.at[i].seq == strtoll(number, NULL, 10))
			return &result->hops.at[i];
	return NULL;
}

void trace_order(struct ctl_trace *result)
{
	if (result->hops.n == 0)
		return;
	qsort(result->hops.at, result->hops.n, sizeof(*result->hops.at), by_time);
	for (size_t i = 0; i < result->hops.n; i++) {
		struct ctl_hop *hop = &result->hops.at[i];
		const struct ctl_hop *cause = find_cause(result, hop->cause);
		if (cause && hop->time > cause->time)
			hop->hop_ms = hop->time - cause->time;
	}
}
