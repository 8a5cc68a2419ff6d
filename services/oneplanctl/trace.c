/* Follows one message through the journals of all nodes, over the sockets of client.h. */
#include "services/oneplanctl/trace.h"

#include "proto/notification.h"

#include <stdlib.h>
#include <string.h>

enum { PAGE = 200, ASKED_AT_ONCE = 50 };

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
		.cause = line->cause,
		.epoch = line->epoch,
		.cause_epoch = line->cause_epoch};
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
		const struct read_journal query = {
			.cause_node = hop.node, .cause_seq = hop.seq, .cause_epoch = hop.epoch};
		if (view->up && view->status.head > 0 && follows(view, hop.node))
			read_all(trace, view, query);
	}
}

/* A message and a task have ids of their own: what became of them stands under those. */
static void read_outcome(struct trace *trace, struct ctl_hop hop)
{
	struct overview *overview = &trace->overview;
	const struct read_journal query = {.entity = hop.entity};

	if (!text_is(hop.type, schema_message_queued()->head->name) &&
		!text_is(hop.type, schema_undeliverable_task_opened()->head->name))
		return;
	for (size_t i = 0; i < overview->n; i++) {
		struct node_view *view = &overview->views[i];
		if (view->up && text_is(hop.node, view->node->name))
			read_all(trace, view, query);
	}
}

/* Messages about the inquiry or plan that a deadline led to, and no record of another node. */
static void read_messages(struct trace *trace, struct node_view *view)
{
	struct show_messages query = {.inquiry = trace->entity};
	struct messages_reply reply = {.messages = {0, NULL}};
	const struct asked asked = {schema_show_messages(), &query, &reply, &trace->ctl->arena};

	for (int i = 0; view->up && i < 2 && reply.messages.n == 0; i++) {
		if (ask_query(trace->ctl, view->client, &asked, &view->reason))
			return; /* the journals are shown all the same */
		query = (struct show_messages){.plan = trace->entity};
	}
	for (size_t i = 0; view->up && i < reply.messages.n; i++)
		read_all(
			trace, view, (struct read_journal){.entity = reply.messages.at[i].message});
}

/* ---- where it has come ----------------------------------------------------------------------- */

static void add_delivery(
	struct ctl_trace *result, struct node_view *view, const struct delivery_line *line)
{
	for (size_t i = 0; i < result->hops.n; i++) {
		struct ctl_hop *hop = &result->hops.at[i];
		if (hop->seq != line->seq || !text_is(hop->node, view->node->name) ||
			!hop->deliveries.at || hop->deliveries.n == TOWN_NODES)
			continue;
		bool known = line->at >= hop->time && line->at > 0;
		hop->deliveries.at[hop->deliveries.n++] = (struct ctl_delivery){
			line->follower, line->waits, known, known ? line->at - hop->time : 0};
	}
}

static void ask_deliveries(
	struct trace *trace, struct node_view *view, const struct show_delivery *query)
{
	struct delivery_list reply;
	const struct asked asked = {schema_show_delivery(), query, &reply, &trace->ctl->arena};

	if (query->records.n == 0 || ask_query(trace->ctl, view->client, &asked, &view->reason))
		return; /* that it is not known is shown as such */
	for (size_t i = 0; i < reply.lines.n; i++)
		add_delivery(&trace->result, view, &reply.lines.at[i]);
}

static void read_deliveries(struct trace *trace, struct node_view *view)
{
	struct number_row records[ASKED_AT_ONCE];
	struct show_delivery query = {{0, records}};
	struct ctl_trace *result = &trace->result;

	for (size_t i = 0; view->up && i < result->hops.n; i++) {
		struct ctl_hop *hop = &result->hops.at[i];
		if (!text_is(hop->node, view->node->name))
			continue;
		hop->deliveries.at =
			arena_alloc(&trace->ctl->arena, TOWN_NODES * sizeof(*hop->deliveries.at));
		records[query.records.n++] = (struct number_row){hop->seq};
		if (query.records.n < ASKED_AT_ONCE)
			continue;
		ask_deliveries(trace, view, &query);
		query.records.n = 0;
	}
	if (view->up)
		ask_deliveries(trace, view, &query);
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
	for (size_t i = 0; i < result->hops.n; i++) {
		read_effects(trace, result->hops.at[i]);
		read_outcome(trace, result->hops.at[i]);
	}
	for (size_t i = 0; i < overview->n; i++)
		if (!strcmp(overview->views[i].node->role, "notification"))
			read_messages(trace, &overview->views[i]);
	for (size_t i = 0; i < overview->n; i++)
		read_deliveries(trace, &overview->views[i]);
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
		hop->cause_lost = cause && hop->cause_epoch && cause->epoch &&
				  hop->cause_epoch != cause->epoch;
		if (cause && !hop->cause_lost && hop->time > cause->time)
			hop->hop_ms = hop->time - cause->time;
	}
}
