/* One queue: how it goes, what lies in it (personal fields masked by the node), and the forms to
 * mend and to pause it. Touches the nodes through page_ask. */
#include <stdio.h>
#include <string.h>

#include "services/portal/amounts.h"
#include "services/portal/board.h"
#include "services/portal/mending.h"
#include "services/portal/routes.h"
#include "services/portal/shape.h"

struct view {
	struct mending mending;
	struct wrong wrong;
	struct ask *how, *what, *pauses, *ages;
	struct queue_board board;
	struct queue_items items;
	struct pause_list pause_list;
	struct queue_shape shape;
};

/* ---- how it goes ----------------------------------------------------------------------------- */

static void write_fact(struct page *page, enum text_key name, const char *value)
{
	html_said(&page->html, "dt", NO_ATTRS, name);
	html_element(&page->html, "dd", NO_ATTRS, value);
}

static void write_row(struct page *page, const struct queue_row *row)
{
	struct html *html = &page->html;
	const char *one = arena_printf(
		page->arena, "%lld / %lld", (long long)row->came_1m, (long long)row->went_1m);
	const char *many = arena_printf(
		page->arena, "%lld / %lld", (long long)row->came_15m, (long long)row->went_15m);

	html_open(html, "p", ATTRS({"class", "portal-summary"}));
	board_write_verdict(page, row->verdict);
	html_string(html, " ");
	board_write_reason(page, row->reason);
	html_close(html);
	html_open(html, "dl", ATTRS({"class", "portal-facts"}));
	write_fact(page, TEXT_waiting, amount_count(page, row->depth));
	if (row->depth && row->oldest)
		write_fact(page, TEXT_oldest, amount_span(page, row->age_ms));
	write_fact(page, TEXT_in_out, one);
	write_fact(page, TEXT_in_out_15, many);
	if (row->hops)
		write_fact(page, TEXT_latency,
			arena_printf(page->arena, "%s / %s", amount_span(page, row->hop_p50_ms),
				amount_span(page, row->hop_p99_ms)));
	if (row->overdue)
		write_fact(page, TEXT_overdue, amount_count(page, row->overdue));
	if (row->due_1h)
		write_fact(page, TEXT_due_1h, amount_count(page, row->due_1h));
	html_close(html);
}

static void write_state(struct page *page, const struct view *view)
{
	bool found = false;

	if (!view->how || !view->how->good) {
		page_failure(page, view->how);
		return;
	}
	for (size_t i = 0; i < view->board.queues.n; i++)
		if (text_is(view->board.queues.at[i].queue, view->mending.queue)) {
			write_row(page, &view->board.queues.at[i]);
			found = true;
		}
	if (!found)
		html_said(&page->html, "p", NO_ATTRS, TEXT_queue_not_listed);
}

/* ---- what lies in it ------------------------------------------------------------------------- */

static void write_filter(struct page *page, const struct view *view)
{
	const struct mending *mending = &view->mending;
	const struct wrong *wrong = &view->wrong;
	struct html *html = &page->html;

	html_open(html, "details",
		ATTRS({"open", mending->filtered ? "" : NULL}, {"class", "portal-details"}));
	html_said(html, "summary", NO_ATTRS, TEXT_filter);
	html_open(html, "form",
		ATTRS({"method", "get"}, {"action", "/queue"}, {"class", "portal-filter"}));
	page_hidden(page, "node", mending->node->name);
	page_hidden(page, "queue", mending->queue);
	write_input(page, &(struct input){"type", mending->type, NULL, TEXT_type, wrong});
	write_input(page, &(struct input){"why", mending->why, NULL, TEXT_why_holds, wrong});
	write_input(page, &(struct input){"state", mending->state, NULL, TEXT_item_state, wrong});
	write_input(page,
		&(struct input){"minutes", mending->minutes, NULL, TEXT_older_minutes, wrong});
	write_input(page, &(struct input){"entity", mending->entity, NULL, TEXT_entity, wrong});
	html_said(html, "button", ATTRS({"type", "submit"}, {"class", "button button-secondary"}),
		TEXT_show);
	html_close(html);
	html_close(html);
}

static void write_choice(struct page *page, const struct queue_item *item, size_t i)
{
	struct html *html = &page->html;
	const char *id = i ? arena_printf(page->arena, "item-%zu", i) : "items";
	const char *value = text_string(page->arena, item->item);

	html_open(html, "td", ATTRS({"data-title", text_in(TEXT_choose, page->language)}));
	html_open(html, "div", ATTRS({"class", "form-group-checkbox"}));
	html_void(html, "input",
		ATTRS({"type", "checkbox"}, {"name", "item"}, {"value", value}, {"id", id},
			{"class", "form-checkbox"}));
	html_element(html, "label", ATTRS({"class", "form-label"}, {"for", id}), value);
	html_close(html);
	html_close(html);
}

static void open_cell(struct page *page, enum text_key title)
{
	html_open(&page->html, "td", ATTRS({"data-title", text_in(title, page->language)}));
}

static void write_said(struct page *page, const struct queue_item *item)
{
	struct html *html = &page->html;

	open_cell(page, TEXT_says);
	if (item->fields.n) {
		html_open(html, "details", NO_ATTRS);
		html_said(html, "summary", NO_ATTRS, TEXT_show);
		html_open(html, "pre", ATTRS({"class", "portal-fields"}));
		html_text(html, item->fields);
		html_close(html);
		html_close(html);
	} else
		html_string(html, "–");
	html_close(html);
}

static void write_item(struct page *page, const struct queue_item *item, size_t i, bool choose)
{
	struct html *html = &page->html;

	html_open(html, "tr", NO_ATTRS);
	if (choose)
		write_choice(page, item, i);
	else {
		open_cell(page, TEXT_item);
		html_text(html, item->item);
		html_close(html);
	}
	open_cell(page, TEXT_type);
	html_text(html, item->type);
	html_close(html);
	open_cell(page, TEXT_item_state);
	html_text(html, item->state);
	if (item->attempts) {
		html_string(html, ", ");
		SAY_WITH(html, TEXT_attempts, amount_count(page, item->attempts));
	}
	html_close(html);
	open_cell(page, TEXT_since);
	write_time(page, item->since);
	html_close(html);
	open_cell(page, TEXT_why);
	page_english(page, item->why);
	html_close(html);
	write_said(page, item);
	html_close(html);
}

static void write_items(struct page *page, const struct view *view, bool choose)
{
	const enum text_key titles[] = {choose ? TEXT_choose : TEXT_item, TEXT_type,
		TEXT_item_state, TEXT_since, TEXT_why, TEXT_says};
	struct html *html = &page->html;

	page_open_table(page, &(struct page_table){"lg", NULL, TEXT_items_caption, titles,
				      sizeof(titles) / sizeof(titles[0])});
	for (size_t i = 0; i < view->items.items.n; i++)
		write_item(page, &view->items.items.at[i], i, choose);
	html_close(html);
	html_close(html);
	if (view->items.next.n)
		html_said(html, "p", NO_ATTRS, TEXT_there_is_more);
}

/* ---- mending --------------------------------------------------------------------------------- */

static void write_radio(struct page *page, enum mend_verb verb, enum text_key meaning)
{
	struct html *html = &page->html;
	const char *word = enum_word(words_mend_verb, verb);
	const char *id = arena_printf(page->arena, "verb-%s", word);

	html_open(html, "div", ATTRS({"class", "form-group-radio"}));
	html_void(html, "input",
		ATTRS({"type", "radio"}, {"class", "form-radio"}, {"name", "verb"}, {"value", word},
			{"id", id}, {"required", ""}));
	html_open(html, "label", ATTRS({"class", "form-label"}, {"for", id}));
	html_said(html, "strong", NO_ATTRS, mending_verb_name(verb));
	html_string(html, " – ");
	html_say(html, meaning);
	html_close(html);
	html_close(html);
}

static void write_check(struct page *page, const char *name, enum text_key label)
{
	struct html *html = &page->html;

	html_open(html, "div", ATTRS({"class", "form-group-checkbox"}));
	html_void(html, "input",
		ATTRS({"type", "checkbox"}, {"class", "form-checkbox"}, {"name", name},
			{"value", "yes"}, {"id", name}));
	html_said(html, "label", ATTRS({"class", "form-label"}, {"for", name}), label);
	html_close(html);
}

static void write_verbs(struct page *page, const struct mending *mending)
{
	struct html *html = &page->html;
	bool outbox = !strncmp(mending->queue, "outbox/", 7);

	html_open(html, "fieldset", ATTRS({"class", "portal-form"}));
	html_open(html, "legend", NO_ATTRS);
	html_said(html, "h2", NO_ATTRS, TEXT_mend);
	html_close(html);
	write_check(page, "all", mending->filtered ? TEXT_with_all_filtered : TEXT_with_all);
	write_radio(page, mend_verb_retry, TEXT_retry_means);
	write_radio(page, mend_verb_drop, TEXT_drop_means);
	write_radio(page, mend_verb_bury, TEXT_bury_means);
	write_radio(page, mend_verb_kick, TEXT_kick_means);
	if (outbox)
		write_check(page, "twice", TEXT_twice);
	html_open(html, "div", ATTRS({"class", "portal-actions"}));
	html_said(html, "button", ATTRS({"type", "submit"}, {"class", "button button-primary"}),
		TEXT_dry_run);
	html_close(html);
	html_close(html);
}

static void write_contents(struct page *page, const struct view *view)
{
	const struct mending *mending = &view->mending;
	struct html *html = &page->html;
	bool choose = page->keeper && queue_mendable(mending->queue);

	html_said(html, "h2", NO_ATTRS, TEXT_contents);
	write_filter(page, view);
	if (!view->what || !view->what->good) {
		page_failure(page, view->what);
		return;
	}
	if (view->items.items.n == 0) {
		html_said(html, "p", NO_ATTRS, TEXT_nothing_in_it);
		return;
	}
	if (!choose) {
		write_items(page, view, false);
		return;
	}
	page_open_form(page, "/queue/plan", "mend");
	page_hidden(page, "node", mending->node->name);
	page_hidden(page, "queue", mending->queue);
	const struct attr filter[] = {{"type", mending->type}, {"why", mending->why},
		{"state", mending->state}, {"entity", mending->entity},
		{"minutes", mending->minutes}};
	for (size_t i = 0; i < sizeof(filter) / sizeof(filter[0]); i++)
		if (*filter[i].value)
			page_hidden(page, filter[i].name, filter[i].value);
	write_items(page, view, true);
	write_verbs(page, mending);
	html_close(html);
}

/* ---- pausing --------------------------------------------------------------------------------- */

static void write_pause(struct page *page, const struct pause_line *line)
{
	struct html *html = &page->html;

	html_open(html, "dl", ATTRS({"class", "portal-facts"}));
	html_said(html, "dt", NO_ATTRS, TEXT_paused_until);
	html_open(html, "dd", NO_ATTRS);
	write_time(page, line->until);
	html_close(html);
	html_said(html, "dt", NO_ATTRS, TEXT_by);
	html_open(html, "dd", NO_ATTRS);
	html_text(html, line->by);
	html_close(html);
	html_said(html, "dt", NO_ATTRS, TEXT_reason);
	html_open(html, "dd", NO_ATTRS);
	html_text(html, line->reason);
	html_close(html);
	html_close(html);
}

static void write_spans(struct page *page)
{
	static const int64_t minutes[] = {15, 60, 240, 1440};
	struct html *html = &page->html;

	html_open(html, "div", ATTRS({"class", "form-group"}));
	html_said(
		html, "label", ATTRS({"class", "form-label"}, {"for", "span"}), TEXT_for_how_long);
	html_open(
		html, "select", ATTRS({"class", "form-select"}, {"id", "span"}, {"name", "span"}));
	for (size_t i = 0; i < sizeof(minutes) / sizeof(minutes[0]); i++)
		html_element(html, "option", ATTRS({"value", amount_count(page, minutes[i])}),
			amount_span(page, minutes[i] * MS_PER_MINUTE));
	html_close(html);
	html_close(html);
}

static void write_pausing(struct page *page, const struct view *view)
{
	struct html *html = &page->html;
	bool paused = view->pauses && view->pauses->good && view->pause_list.pauses.n > 0;

	html_said(html, "h2", NO_ATTRS, TEXT_pause_title);
	if (view->pauses && !view->pauses->good)
		page_failure(page, view->pauses);
	if (paused)
		write_pause(page, &view->pause_list.pauses.at[0]);
	if (!page->keeper)
		return;
	page_open_form(page, paused ? "/queue/resume" : "/queue/pause", "pause");
	page_hidden(page, "node", view->mending.node->name);
	page_hidden(page, "queue", view->mending.queue);
	html_said(html, "p", NO_ATTRS, paused ? TEXT_resume_intro : TEXT_pause_intro);
	if (!paused)
		write_spans(page);
	write_reason(page, "", NULL);
	html_open(html, "div", ATTRS({"class", "portal-actions"}));
	html_said(html, "button", ATTRS({"type", "submit"}, {"class", "button button-secondary"}),
		paused ? TEXT_resume : TEXT_pause);
	html_close(html);
	html_close(html);
}

/* ---- the page -------------------------------------------------------------------------------- */

static void show(struct page *page)
{
	struct view *view = page->own;
	struct html *html = &page->html;
	const char *about =
		arena_printf(page->arena, "%s, %s", view->mending.queue, view->mending.node->name);

	page_begin(page, &(struct page_frame){.title = TEXT_queue,
				 .about = about,
				 .place = PLACE_BOARD,
				 .failed = view->wrong.field != NULL});
	if (view->wrong.field)
		write_wrong(page, &view->wrong);
	write_state(page, view);
	write_shape(page, view->ages, &view->shape);
	if (!queue_peekable(view->mending.queue))
		html_said(html, "p", NO_ATTRS, TEXT_work_is_elsewhere);
	else if (page->keeper)
		write_contents(page, view);
	else
		html_said(html, "p", NO_ATTRS, TEXT_auditors_do_not_peek);
	if (queue_pausable(view->mending.queue))
		write_pausing(page, view);
	page_end(page, view->wrong.field ? 422 : 200);
}

static struct ask *ask_one(
	struct page *page, const struct view *view, struct page_question question)
{
	question.node = view->mending.node;
	return page_ask(page, &question);
}

void page_queue(struct page *page)
{
	struct view *view = page_alloc(page, sizeof(*view));

	if (!view) {
		page_send(page, 500);
		return;
	}
	bool good = mending_read_filter(page, &view->mending, &view->wrong);
	if (!good && !view->wrong.field) {
		refuse_queue(page);
		return;
	}
	page->own = view;
	struct text queue = text_of(view->mending.queue);
	const struct show_queues how = {.queue = queue};
	const struct list_pauses pauses = {.queue = queue};
	const struct show_shape ages = {.queue = queue, .by = shape_by_type};
	const struct peek_queue what = {.queue = queue,
		.filter = good && view->mending.filtered ? &view->mending.filter : NULL,
		.limit = PEEK_ITEMS,
		.fields = true};
	view->how = ask_one(page, view,
		(struct page_question){
			.schema = schema_show_queues(), .fields = &how, .reply = &view->board});
	if (page->keeper && queue_peekable(view->mending.queue))
		view->what = ask_one(page, view,
			(struct page_question){.schema = schema_peek_queue(),
				.fields = &what,
				.reply = &view->items});
	view->ages = ask_one(page, view,
		(struct page_question){
			.schema = schema_show_shape(), .fields = &ages, .reply = &view->shape});
	view->pauses = ask_one(page, view,
		(struct page_question){.schema = schema_list_pauses(),
			.fields = &pauses,
			.reply = &view->pause_list});
	page_then(page, show);
}
