/* The command `trace`: one inquiry from end to end; asks all nodes. */
#include <stdio.h>
#include <string.h>

#include "common/clock.h"
#include "proto/intake.h"
#include "proto/reference.h"
#include "services/oneplanctl/amounts.h"
#include "services/oneplanctl/table.h"
#include "services/oneplanctl/trace.h"

/* ---- which one ------------------------------------------------------------------------------- */

static const char *state_of(const struct inquiry_reply *reply)
{
	return enum_word(words_inquiry_state, reply->inquiry->state);
}

/* An id that intake does not know may still be something else's, such as a work item's. */
static enum err resolve(struct trace *trace, const char *id, struct reason *reason)
{
	struct ctl *ctl = trace->ctl;
	const struct town_node *node = town_find_role(&ctl->town, "intake");
	struct show_inquiry query = {.inquiry = {{0}}};
	struct inquiry_reply reply;
	char reference[REFERENCE_BYTES];
	const struct asked asked = {schema_show_inquiry(), &query, &reply, &ctl->arena};
	bool uuid = uuid_parse(id, strlen(id), &trace->entity);

	query.inquiry = trace->entity;
	if (!uuid && !reference_parse(id, strlen(id), reference))
		return reason_set(reason, ERR_INVALID, "ID",
			"must be the UUID of an inquiry or a reference such as ABCD-EFGH; "
			"a mistyped reference does not pass its check");
	if (!uuid)
		query.reference = text_of(reference);
	if (!node)
		return uuid ? ERR_OK
			    : reason_set(reason, ERR_NOT_FOUND, "ID", "there is no intake");
	enum err err = ask_once(ctl, node, &asked, reason);
	if (err)
		return uuid ? ERR_OK : err;
	trace->entity = reply.inquiry->inquiry;
	trace->result.reference = reply.inquiry->reference;
	trace->result.state = text_of(state_of(&reply));
	return ERR_OK;
}

/* ---- printing -------------------------------------------------------------------------------- */

static const char *by_whom(struct arena *arena, const struct ctl_hop *hop)
{
	const char *cause = hop->cause.n ? text_string(arena, hop->cause) : NULL;

	if (cause && hop->cause_lost)
		return arena_printf(
			arena, "after %s of epoch %lld, lost", cause, (long long)hop->cause_epoch);
	return cause ? arena_printf(arena, "after %s", cause) : text_string(arena, hop->actor);
}

/* What was imported was written down all at once: there it matters when it happened. */
static void print_imported(const struct trace *trace)
{
	static const struct table_column columns[] = {{.title = "happened"}, {.title = "written"},
		{.title = "node"}, {.title = "seq", .right = true}, {.title = "type"},
		{.title = "by", .gives = true}};
	struct arena *arena = &trace->ctl->arena;
	struct table table;

	table_init(&table, columns, 6, arena);
	for (size_t i = 0; i < trace->result.hops.n; i++) {
		const struct ctl_hop *hop = &trace->result.hops.at[i];
		int64_t happened = hop->occurred_at ? hop->occurred_at : hop->time;
		const char *cells[] = {amount_of_time(arena, happened),
			amount_of_time(arena, hop->time), text_string(arena, hop->node),
			amount_of_count(arena, hop->seq), text_string(arena, hop->type),
			by_whom(arena, hop)};
		table_add(&table, TABLE_PLAIN, cells);
	}
	table_print(&table, trace->ctl->colour);
}

static void print_live(const struct trace *trace)
{
	static const struct table_column columns[] = {{.title = "written"},
		{.title = "after", .right = true}, {.title = "node"},
		{.title = "seq", .right = true}, {.title = "type"}, {.title = "by", .gives = true},
		{.title = "hop", .right = true}};
	struct arena *arena = &trace->ctl->arena;
	struct table table;

	table_init(&table, columns, 7, arena);
	for (size_t i = 0; i < trace->result.hops.n; i++) {
		const struct ctl_hop *hop = &trace->result.hops.at[i];
		char date[16];
		date_format(local_date(hop->time), date);
		const char *cells[] = {
			arena_printf(arena, "%s %s", date, amount_of_time_of_day(arena, hop->time)),
			i ? amount_of_ms(arena, hop->time - hop[-1].time) : "",
			text_string(arena, hop->node), amount_of_count(arena, hop->seq),
			text_string(arena, hop->type), by_whom(arena, hop),
			hop->cause.n ? amount_of_ms(arena, hop->hop_ms) : ""};
		table_add(&table, TABLE_PLAIN, cells);
	}
	table_print(&table, trace->ctl->colour);
}

static bool is_imported(const struct ctl_trace *result)
{
	for (size_t i = 0; i < result->hops.n; i++)
		if (result->hops.at[i].occurred_at)
			return true;
	return false;
}

static const char *delivery_text(struct arena *arena, const struct ctl_hop *hop)
{
	char *text = arena_printf(arena, "%s", "");

	for (size_t i = 0; text && i < hop->deliveries.n; i++) {
		const struct ctl_delivery *d = &hop->deliveries.at[i];
		const char *when = d->waits    ? "not yet"
				   : !d->known ? "has it"
					       : amount_of_ms(arena, d->ms);
		text = arena_printf(arena, "%s%s%.*s %s", text, i ? ", " : "", (int)d->follower.n,
			d->follower.p, when);
	}
	return text;
}

/* How long after it was written each follower had applied it. */
static void print_deliveries(const struct trace *trace)
{
	static const struct table_column columns[] = {{.title = "node"},
		{.title = "seq", .right = true}, {.title = "type"},
		{.title = "applied at followers after", .wraps = true}};
	struct arena *arena = &trace->ctl->arena;
	struct table table;

	table_init(&table, columns, 4, arena);
	for (size_t i = 0; i < trace->result.hops.n; i++) {
		const struct ctl_hop *hop = &trace->result.hops.at[i];
		const char *cells[] = {text_string(arena, hop->node),
			amount_of_count(arena, hop->seq), text_string(arena, hop->type),
			delivery_text(arena, hop)};
		if (hop->deliveries.n)
			table_add(&table, TABLE_PLAIN, cells);
	}
	table_print(&table, trace->ctl->colour);
	putchar('\n');
}

static void print_reached(const struct trace *trace)
{
	const struct ctl_trace *result = &trace->result;

	for (size_t i = 0; i < result->reached.n; i++) {
		const struct ctl_reached *reached = &result->reached.at[i];
		printf("%.*s %s of %.*s\n", (int)reached->follower.n, reached->follower.p,
			reached->all ? "has all" : "does not yet have all", (int)reached->owner.n,
			reached->owner.p);
	}
}

static void print_trace(const struct trace *trace)
{
	const struct ctl_trace *result = &trace->result;
	char id[UUID_TEXT_BYTES];

	uuid_format(trace->entity, id);
	printf("%s", id);
	if (result->reference.n)
		printf("  %.*s  %.*s", (int)result->reference.n, result->reference.p,
			(int)result->state.n, result->state.p);
	printf("\n\n");
	if (is_imported(result))
		print_imported(trace);
	else
		print_live(trace);
	putchar('\n');
	print_deliveries(trace);
	print_reached(trace);
	if (trace->cut)
		printf("there is more than the first %d records\n", TRACE_HOPS);
	for (size_t i = 0; i < result->unreachable.n; i++)
		printf("%.*s does not answer: what it wrote is missing here\n",
			(int)result->unreachable.at[i].node.n, result->unreachable.at[i].node.p);
}

static int finish(struct trace *trace)
{
	struct ctl_failure failures[TOWN_NODES];
	struct overview *overview = &trace->overview;
	struct ctl_trace *result = &trace->result;
	struct reason reason = {0};

	result->entity = trace->entity;
	result->unreachable.at = failures;
	for (size_t i = 0; i < overview->n; i++)
		if (!overview->views[i].up)
			failures[result->unreachable.n++] = overview_failure(&overview->views[i]);
	if (result->hops.n == 0 && overview->down == 0) {
		(void)reason_set(&reason, ERR_NOT_FOUND, "ID", "no node has a record about it");
		return ctl_fail(
			trace->ctl, &(struct failure){.reason = &reason, .code = CTL_REFUSED});
	}
	if (trace->ctl->json)
		(void)ctl_print_record(trace->ctl, schema_ctl_trace(), result);
	else
		print_trace(trace);
	return overview->down ? CTL_UNREACHABLE : CTL_DONE;
}

int command_trace(struct ctl *ctl, const struct arguments *arguments)
{
	struct trace trace = {.ctl = ctl};
	struct reason reason = {0};

	if (overview_init(&trace.overview, ctl, &reason))
		return ctl_fail_here(ctl, &reason);
	if (resolve(&trace, arguments->words[0], &reason)) {
		overview_done(&trace.overview);
		if (reason.code == ERR_INVALID)
			return ctl_fail_here(ctl, &reason);
		return ctl_fail(ctl, &(struct failure){.node = "intake", .reason = &reason});
	}
	overview_look(&trace.overview, &ctl->arena);
	trace_walk(&trace);
	trace_order(&trace.result);
	int code = finish(&trace);
	overview_done(&trace.overview);
	return code;
}
