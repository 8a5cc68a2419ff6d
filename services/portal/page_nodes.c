/* How the nodes are: all of them, and one with its check of itself and its backup. Touches the
 * nodes through page_ask. */
#include <stdio.h>
#include <string.h>

#include "common/admin.h"
#include "services/portal/amounts.h"
#include "services/portal/routes.h"

struct all {
	size_t n;
	struct ask *asks[NODES_MAX];
	struct status_reply replies[NODES_MAX];
};

/* ---- all ------------------------------------------------------------------------------------- */

static enum text_key state_of(const struct ask *ask, const struct status_reply *status)
{
	if (!ask->good)
		return TEXT_verdict_silent;
	if (status->corrupt)
		return TEXT_node_corrupt;
	if (status->diverged)
		return TEXT_node_diverged;
	if (text_is(status->room, "stopped"))
		return TEXT_node_full;
	return text_is(status->room, "busy") ? TEXT_node_filling : TEXT_node_up;
}

static const char *class_of(enum text_key state)
{
	return state == TEXT_node_up        ? "badge badge-success portal-badge portal-ok"
	       : state == TEXT_node_filling ? "badge badge-warning portal-badge portal-warn"
					    : "badge badge-error portal-badge portal-bad";
}

static void write_state(struct page *page, const struct ask *ask, const struct status_reply *status)
{
	enum text_key state = state_of(ask, status);

	html_said(&page->html, "strong", ATTRS({"class", class_of(state)}), state);
}

static void open_cell(struct page *page, enum text_key title)
{
	html_open(&page->html, "td", ATTRS({"data-title", text_in(title, page->language)}));
}

static void write_cell(struct page *page, enum text_key title, const char *s)
{
	open_cell(page, title);
	html_string(&page->html, s);
	html_close(&page->html);
}

static const char *percent_of(struct page *page, const struct status_reply *status)
{
	const char *s = arena_printf(page->arena, "%lld %%", (long long)status->used_percent);

	return s ? s : "";
}

static void write_node(struct page *page, const struct ask *ask, const struct status_reply *status)
{
	struct html *html = &page->html;
	const char *path = html_path(page->arena, "/node", ATTRS({"node", ask->node->name}));

	html_open(html, "tr", NO_ATTRS);
	html_open(html, "th",
		ATTRS({"scope", "row"}, {"data-title", text_in(TEXT_node, page->language)}));
	html_element(html, "a", ATTRS({"class", "link"}, {"href", path}), ask->node->name);
	html_close(html);
	open_cell(page, TEXT_verdict);
	write_state(page, ask, status);
	html_close(html);
	write_cell(page, TEXT_records, ask->good ? amount_count(page, status->head) : "–");
	write_cell(page, TEXT_room, ask->good ? percent_of(page, status) : "–");
	open_cell(page, TEXT_scrubbed);
	if (ask->good && status->scrubbed)
		write_time(page, status->scrubbed);
	else
		html_string(html, "–");
	html_close(html);
	html_close(html);
}

static void show_all(struct page *page)
{
	static const enum text_key titles[] = {
		TEXT_node, TEXT_verdict, TEXT_records, TEXT_room, TEXT_scrubbed};
	const struct all *all = page->own;

	page_begin(page, &(struct page_frame){.title = TEXT_nodes_title, .place = PLACE_NODES});
	page_open_table(page, &(struct page_table){"md", NULL, TEXT_nodes_caption, titles,
				      sizeof(titles) / sizeof(titles[0])});
	for (size_t i = 0; i < all->n; i++)
		write_node(page, all->asks[i], &all->replies[i]);
	page_end(page, 200);
}

void page_nodes(struct page *page)
{
	const struct show_status query = {.detail = TEXT_NONE};
	struct nodes *nodes = &page->portal->nodes;
	struct all *all = page_alloc(page, sizeof(*all));

	page->own = all;
	for (size_t i = 0; all && i < nodes->n; i++) {
		if (nodes->at[i].elsewhere)
			continue;
		struct ask *ask = page_ask(page, &(struct page_question){.node = &nodes->at[i],
							 .schema = schema_show_status(),
							 .fields = &query,
							 .reply = &all->replies[all->n]});
		if (ask)
			all->asks[all->n++] = ask;
	}
	if (all)
		page_then(page, show_all);
	else
		page_send(page, 500);
}

/* ---- one ------------------------------------------------------------------------------------- */

struct one {
	const struct portal_node *node;
	struct ask *how, *scrub, *backup;
	struct status_reply status;
	struct scrub_state scrubbed;
	struct backup_state backed_up;
};

static void write_fact(struct page *page, enum text_key name, const char *value)
{
	html_said(&page->html, "dt", NO_ATTRS, name);
	html_element(&page->html, "dd", NO_ATTRS, value);
}

static void write_moment(struct page *page, enum text_key name, int64_t ms)
{
	html_said(&page->html, "dt", NO_ATTRS, name);
	html_open(&page->html, "dd", NO_ATTRS);
	if (ms)
		write_time(page, ms);
	else
		html_say(&page->html, TEXT_never);
	html_close(&page->html);
}

static void write_status(struct page *page, const struct one *one)
{
	const struct status_reply *status = &one->status;
	struct html *html = &page->html;

	if (!one->how->good) {
		page_failure(page, one->how);
		return;
	}
	html_open(html, "dl", ATTRS({"class", "portal-facts"}));
	write_fact(page, TEXT_role, text_string(page->arena, status->role));
	write_fact(page, TEXT_records, amount_count(page, status->head));
	write_fact(page, TEXT_epoch, amount_count(page, status->epoch));
	write_moment(page, TEXT_last_record, status->head_time);
	write_fact(page, TEXT_room, percent_of(page, status));
	write_fact(page, TEXT_file, amount_bytes(page, status->file_bytes));
	write_fact(page, TEXT_deadlines, amount_count(page, status->deadlines));
	write_fact(page, TEXT_keys_free, amount_count(page, status->keys_free));
	if (status->diverged)
		write_fact(page, TEXT_node_diverged, amount_count(page, status->diverged));
	write_moment(page, TEXT_node_clock, status->now);
	html_close(html);
}

static void write_scrub(struct page *page, const struct one *one)
{
	const struct scrub_state *scrub = &one->scrubbed;
	struct html *html = &page->html;

	html_said(html, "h2", NO_ATTRS, TEXT_scrub_title);
	if (!one->scrub || !one->scrub->good) {
		page_failure(page, one->scrub);
		return;
	}
	html_open(html, "dl", ATTRS({"class", "portal-facts"}));
	write_moment(page, TEXT_ended, scrub->ended_at);
	write_fact(page, TEXT_records, amount_count(page, scrub->records));
	write_fact(page, TEXT_rows, amount_count(page, scrub->rows));
	write_fact(page, TEXT_faults, amount_count(page, scrub->faults));
	if (scrub->met)
		write_fact(page, TEXT_met, amount_count(page, scrub->met));
	html_close(html);
	if (scrub->first.n == 0)
		return;
	html_open(html, "ul", NO_ATTRS);
	for (size_t i = 0; i < scrub->first.n; i++) {
		html_open(html, "li", NO_ATTRS);
		html_text(html, scrub->first.at[i].where);
		html_string(html, ": ");
		page_english(page, scrub->first.at[i].what);
		html_close(html);
	}
	html_close(html);
}

static void write_backup(struct page *page, const struct one *one)
{
	const struct backup_state *backup = &one->backed_up;
	struct html *html = &page->html;

	html_said(html, "h2", NO_ATTRS, TEXT_backup_title);
	if (!one->backup || !one->backup->good) {
		page_failure(page, one->backup);
		return;
	}
	html_open(html, "dl", ATTRS({"class", "portal-facts"}));
	write_moment(page, TEXT_last_backup, backup->last_good);
	html_said(html, "dt", NO_ATTRS, TEXT_backup_phase);
	html_open(html, "dd", NO_ATTRS);
	page_english(page, backup->phase);
	if (backup->why.n) {
		html_string(html, ": ");
		page_english(page, backup->why);
	}
	html_close(html);
	if (backup->bytes)
		write_fact(page, TEXT_file, amount_bytes(page, backup->bytes));
	html_close(html);
}

static void show_one(struct page *page)
{
	const struct one *one = page->own;
	struct html *html = &page->html;

	if (!one->how) {
		page_send(page, 500);
		return;
	}
	page_begin(
		page, &(struct page_frame){
			      .title = TEXT_node, .about = one->node->name, .place = PLACE_NODES});
	html_open(html, "p", NO_ATTRS);
	write_state(page, one->how, &one->status);
	html_close(html);
	write_status(page, one);
	if (one->how->good) {
		write_scrub(page, one);
		write_backup(page, one);
	}
	page_end(page, 200);
}

static struct ask *ask_one(struct page *page, const struct one *one, struct page_question question)
{
	question.node = one->node;
	return page_ask(page, &question);
}

void page_node(struct page *page)
{
	const struct show_status how = {.detail = TEXT_NONE};
	const struct show_scrub scrub = {.detail = TEXT_NONE};
	const struct show_backup backup = {.detail = TEXT_NONE};
	struct one *one = page_alloc(page, sizeof(*one));
	const struct portal_node *node = nodes_find(&page->portal->nodes, page_value(page, "node"));

	if (!one || !node || node->elsewhere) {
		page_refuse(page, 404, TEXT_no_such_page, TEXT_no_such_page_why);
		return;
	}
	page->own = one;
	one->node = node;
	one->how = ask_one(page, one,
		(struct page_question){
			.schema = schema_show_status(), .fields = &how, .reply = &one->status});
	one->scrub = ask_one(page, one,
		(struct page_question){
			.schema = schema_show_scrub(), .fields = &scrub, .reply = &one->scrubbed});
	one->backup = ask_one(page, one,
		(struct page_question){.schema = schema_show_backup(),
			.fields = &backup,
			.reply = &one->backed_up});
	page_then(page, show_one);
}
