/* One inquiry from record to record, through the journals of all nodes: what was written about it,
 * and what that led to. Touches the nodes through page_ask. */
#include <stdlib.h>
#include <string.h>

#include "common/admin.h"
#include "common/uuid.h"
#include "proto/intake.h"
#include "proto/reference.h"
#include "services/portal/amounts.h"
#include "services/portal/mending.h"
#include "services/portal/routes.h"

enum { HOPS_MAX = 200, ASKS_MAX = 400, RECORDS_OF_ONE = 100, CAUSES_OF_ROUND = 10 };

struct hop {
	const struct portal_node *node;
	const struct journal_line *line;
};

struct trace {
	const char *wanted; /* as it was written */
	struct wrong wrong;
	struct uuid entity;
	struct inquiry_reply inquiry;
	struct ask *which;
	struct {
		struct ask *ask;
		struct journal_page page;
	} asks[ASKS_MAX];
	size_t n_asks, taken; /* asked, and of these already looked at */
	struct hop hops[HOPS_MAX];
	size_t n_hops, followed; /* found, and of these already asked what they led to */
	bool cut;
	int64_t until; /* steady ms: what was found by then is shown */
};

/* ---- asking ---------------------------------------------------------------------------------- */

/* Whoever did not answer once is not waited for again. */
static bool is_silent(const struct trace *trace, const struct portal_node *node)
{
	for (size_t i = 0; i < trace->taken; i++)
		if (trace->asks[i].ask->node == node && !trace->asks[i].ask->good)
			return true;
	return false;
}

static void ask_journal(
	struct page *page, const struct portal_node *node, const struct read_journal *query)
{
	struct trace *trace = page->own;

	if (node->elsewhere || is_silent(trace, node) || trace->n_asks == ASKS_MAX) {
		trace->cut = trace->cut || trace->n_asks == ASKS_MAX;
		return;
	}
	struct ask *ask = page_ask(page, &(struct page_question){.node = node,
						 .schema = schema_read_journal(),
						 .fields = query,
						 .reply = &trace->asks[trace->n_asks].page});
	if (ask)
		trace->asks[trace->n_asks++].ask = ask;
}

static bool is_known(const struct trace *trace, const struct portal_node *node, int64_t seq)
{
	for (size_t i = 0; i < trace->n_hops; i++)
		if (trace->hops[i].node == node && trace->hops[i].line->seq == seq)
			return true;
	return false;
}

static void take_answers(struct trace *trace)
{
	for (; trace->taken < trace->n_asks; trace->taken++) {
		const struct ask *ask = trace->asks[trace->taken].ask;
		const struct journal_page *found = &trace->asks[trace->taken].page;
		for (size_t i = 0; ask->good && i < found->records.n; i++) {
			if (is_known(trace, ask->node, found->records.at[i].seq))
				continue;
			if (trace->n_hops < HOPS_MAX)
				trace->hops[trace->n_hops++] =
					(struct hop){ask->node, &found->records.at[i]};
			else
				trace->cut = true;
		}
		trace->cut = trace->cut || (ask->good && found->next);
	}
}

static void show(struct page *page);

/* What some records led to is in the journals of the other nodes. */
static void go_on(struct page *page)
{
	struct trace *trace = page->own;
	struct nodes *nodes = &page->portal->nodes;

	take_answers(trace);
	if (clock_steady(&page->portal->clock) >= trace->until) {
		trace->cut = true;
		show(page);
		return;
	}
	for (int n = 0; n < CAUSES_OF_ROUND && trace->followed < trace->n_hops; n++) {
		const struct hop *hop = &trace->hops[trace->followed++];
		const struct read_journal query = {.cause_node = text_of(hop->node->name),
			.cause_seq = hop->line->seq,
			.limit = RECORDS_OF_ONE};
		for (size_t i = 0; i < nodes->n; i++)
			if (&nodes->at[i] != hop->node)
				ask_journal(page, &nodes->at[i], &query);
	}
	bool more = trace->followed < trace->n_hops || page->asking;
	page_then(page, more && trace->n_asks < ASKS_MAX ? go_on : show);
}

static void on_found(struct page *page)
{
	struct trace *trace = page->own;
	struct nodes *nodes = &page->portal->nodes;

	if (trace->which && trace->which->good && trace->inquiry.inquiry)
		trace->entity = trace->inquiry.inquiry->inquiry;
	if (uuid_is_nil(trace->entity)) {
		show(page);
		return;
	}
	const struct read_journal query = {.entity = trace->entity, .limit = RECORDS_OF_ONE};
	for (size_t i = 0; i < nodes->n; i++)
		ask_journal(page, &nodes->at[i], &query);
	page_then(page, go_on);
}

/* ---- showing --------------------------------------------------------------------------------- */

static int by_time(const void *a, const void *b)
{
	const struct hop *x = a, *y = b;

	if (x->line->time != y->line->time)
		return x->line->time < y->line->time ? -1 : 1;
	int names = strcmp(x->node->name, y->node->name);
	return names ? names : x->line->seq < y->line->seq ? -1 : x->line->seq > y->line->seq;
}

static void open_cell(struct page *page, enum text_key title)
{
	html_open(&page->html, "td", ATTRS({"data-title", text_in(title, page->language)}));
}

static void write_hop(struct page *page, const struct hop *hop, int64_t before)
{
	struct html *html = &page->html;
	const struct journal_line *line = hop->line;

	html_open(html, "tr", NO_ATTRS);
	open_cell(page, TEXT_written);
	write_time(page, line->time);
	html_close(html);
	open_cell(page, TEXT_after);
	html_string(html, before ? amount_span(page, line->time - before) : "–");
	html_close(html);
	open_cell(page, TEXT_node);
	html_string(html, hop->node->name);
	html_close(html);
	open_cell(page, TEXT_number);
	html_string(html, amount_count(page, line->seq));
	html_close(html);
	open_cell(page, TEXT_type);
	html_text(html, line->type);
	html_close(html);
	open_cell(page, TEXT_by);
	html_text(html, line->cause.n ? line->cause : line->actor);
	html_close(html);
	html_close(html);
}

static void write_hops(struct page *page, struct trace *trace)
{
	static const enum text_key titles[] = {
		TEXT_written, TEXT_after, TEXT_node, TEXT_number, TEXT_type, TEXT_by};
	struct html *html = &page->html;

	if (trace->n_hops == 0) {
		html_said(html, "p", NO_ATTRS, TEXT_trace_nothing);
		return;
	}
	qsort(trace->hops, trace->n_hops, sizeof(trace->hops[0]), by_time);
	page_open_table(page, &(struct page_table){"md", NULL, TEXT_trace_caption, titles,
				      sizeof(titles) / sizeof(titles[0])});
	for (size_t i = 0; i < trace->n_hops; i++)
		write_hop(page, &trace->hops[i], i ? trace->hops[i - 1].line->time : 0);
	html_close(html);
	html_close(html);
	if (trace->cut)
		html_said(html, "p", NO_ATTRS, TEXT_more_than_shown);
}

/* Each node once, however often it was asked. */
static void write_missing(struct page *page, const struct trace *trace)
{
	const struct nodes *nodes = &page->portal->nodes;

	for (size_t i = 0; i < nodes->n; i++)
		for (size_t k = 0; k < trace->n_asks; k++)
			if (trace->asks[k].ask->node == &nodes->at[i] &&
				!trace->asks[k].ask->good) {
				page_failure(page, trace->asks[k].ask);
				break;
			}
}

static void write_form(struct page *page, const struct trace *trace)
{
	struct html *html = &page->html;

	html_open(html, "form",
		ATTRS({"method", "get"}, {"action", "/trace"}, {"class", "portal-filter"}));
	write_input(page,
		&(struct input){"reference", trace->wanted, NULL, TEXT_reference, &trace->wrong});
	html_said(html, "button", ATTRS({"type", "submit"}, {"class", "button button-primary"}),
		TEXT_find);
	html_close(html);
}

static void show(struct page *page)
{
	struct trace *trace = page->own;
	bool found = !uuid_is_nil(trace->entity);
	bool failed = trace->wrong.field || (*trace->wanted && !found);
	char id[UUID_TEXT_BYTES];

	page_begin(page, &(struct page_frame){.title = TEXT_trace_title,
				 .about = *trace->wanted ? trace->wanted : NULL,
				 .place = PLACE_TRACE,
				 .failed = failed});
	if (trace->wrong.field)
		write_wrong(page, &trace->wrong);
	write_form(page, trace);
	if (trace->which && !trace->which->good && !found)
		page_failure(page, trace->which);
	if (found) {
		uuid_format(trace->entity, id);
		html_element(&page->html, "p", ATTRS({"class", "portal-asof"}), id);
		write_hops(page, trace);
		write_missing(page, trace);
	}
	page_end(page, trace->wrong.field ? 422 : 200);
}

void page_trace(struct page *page)
{
	struct trace *trace = page_alloc(page, sizeof(*trace));
	const struct portal_node *intake = nodes_of_role(&page->portal->nodes, "intake");
	char reference[REFERENCE_BYTES];

	if (!trace) {
		page_send(page, 500);
		return;
	}
	page->own = trace;
	trace->until = clock_steady(&page->portal->clock) + 2 * page->portal->settings.answer_ms;
	trace->wanted = page_value(page, "reference");
	size_t n = strlen(trace->wanted);
	if (n == 0 || uuid_parse(trace->wanted, n, &trace->entity)) {
		on_found(page);
		return;
	}
	if (!reference_parse(trace->wanted, n, reference) || !intake) {
		trace->wrong = (struct wrong){"reference", TEXT_rule_reference};
		show(page);
		return;
	}
	const struct show_inquiry query = {.reference = text_of(reference)};
	trace->which = page_ask(page, &(struct page_question){.node = intake,
					      .schema = schema_show_inquiry(),
					      .fields = &query,
					      .reply = &trace->inquiry});
	page_then(page, on_found);
}
