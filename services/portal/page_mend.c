/* Mending and pausing a queue: what would be done, then doing it, by the operator who is logged in
 * and with a reason. Touches the nodes through page_ask. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "common/log.h"
#include "services/portal/amounts.h"
#include "services/portal/mending.h"
#include "services/portal/routes.h"

struct order {
	struct mending mending;
	struct wrong wrong;
	struct ask *ask;
	struct queue_mended mended;
	struct pause_line line;
};

static struct order *new_order(struct page *page)
{
	struct order *order = page_alloc(page, sizeof(*order));

	page->own = order;
	if (!order)
		page_send(page, 500);
	return order;
}

/* ---- what was, or would be, done ------------------------------------------------------------- */

static void write_done(struct page *page, const struct queue_mended *mended)
{
	static const enum text_key titles[] = {TEXT_item, TEXT_type, TEXT_outcome, TEXT_why};
	struct html *html = &page->html;

	page_open_table(page, &(struct page_table){"md", NULL, TEXT_items_caption, titles,
				      sizeof(titles) / sizeof(titles[0])});
	for (size_t i = 0; i < mended->items.n; i++) {
		const struct mended_item *item = &mended->items.at[i];
		html_open(html, "tr", NO_ATTRS);
		html_open(html, "th",
			ATTRS({"scope", "row"},
				{"data-title", text_in(TEXT_item, page->language)}));
		html_text(html, item->item);
		html_close(html);
		html_open(html, "td", ATTRS({"data-title", text_in(TEXT_type, page->language)}));
		html_text(html, item->type);
		html_close(html);
		html_said(html, "td", ATTRS({"data-title", text_in(TEXT_outcome, page->language)}),
			!item->done       ? TEXT_outcome_not
			: mended->dry_run ? TEXT_outcome_would
					  : TEXT_outcome_done);
		html_open(html, "td", ATTRS({"data-title", text_in(TEXT_why, page->language)}));
		page_english(page, item->why);
		html_close(html);
		html_close(html);
	}
	html_close(html);
	html_close(html);
}

static const char *about_of(struct page *page, const struct mending *mending)
{
	return arena_printf(page->arena, "%s, %s", mending->queue, mending->node->name);
}

/* ---- the plan -------------------------------------------------------------------------------- */

static void write_confirm(struct page *page, const struct order *order)
{
	struct html *html = &page->html;

	page_open_form(page, "/queue/mend", "confirm");
	mending_write_hidden(page, &order->mending);
	write_reason(page, order->mending.reason, &order->wrong);
	html_open(html, "div", ATTRS({"class", "portal-actions"}));
	html_open(html, "button",
		ATTRS({"type", "submit"}, {"class", order->mending.verb == mend_verb_drop
							    ? "button button-warning"
							    : "button button-primary"}));
	SAY_WITH(html, TEXT_confirm,
		text_in(mending_verb_name(order->mending.verb), page->language));
	html_close(html);
	html_said(html, "a",
		ATTRS({"class", "button button-secondary"},
			{"href", mending_path(page, &order->mending)}),
		TEXT_cancel);
	html_close(html);
	html_close(html);
}

static void show_plan(struct page *page)
{
	const struct order *order = page->own;
	const struct queue_mended *mended = &order->mended;
	struct html *html = &page->html;
	bool good = order->ask && order->ask->good;

	page_begin(page, &(struct page_frame){.title = TEXT_plan_title,
				 .about = about_of(page, &order->mending),
				 .place = PLACE_BOARD,
				 .failed = order->wrong.field != NULL || !good});
	if (order->wrong.field)
		write_wrong(page, &order->wrong);
	if (!good) {
		page_open_alert(page, "error", TEXT_not_done);
		page_failure(page, order->ask);
		html_close(html);
		html_close(html);
	} else {
		html_open(html, "p", ATTRS({"class", "portal-summary"}));
		SAY_WITH(html, TEXT_plan_counts,
			text_in(mending_verb_name(order->mending.verb), page->language),
			amount_count(page, mended->done), amount_count(page, mended->refused));
		html_close(html);
		html_said(html, "p", NO_ATTRS, TEXT_nothing_done_yet);
		write_done(page, mended);
		if (mended->next.n)
			html_said(html, "p", NO_ATTRS, TEXT_more_than_shown);
		if (mended->done)
			write_confirm(page, order);
	}
	write_back(page, &order->mending);
	page_end(page, order->wrong.field ? 422 : good ? 200 : 409);
}

static void ask_mend(struct page *page, struct order *order, bool dry_run)
{
	struct mending *mending = &order->mending;
	struct mend_queue command = {.queue = text_of(mending->queue),
		.verb = mending->verb,
		.filter = mending->all ? &mending->filter : NULL,
		.dry_run = dry_run,
		.twice = mending->twice,
		.reason = text_of(dry_run ? "dry run" : mending->reason),
		.by = text_of(page->session.who.name)};

	if (!mending->all) {
		command.items.n = mending->n_items;
		command.items.at = mending->items;
	}
	order->ask = page_ask(page, &(struct page_question){.node = mending->node,
					    .schema = schema_mend_queue(),
					    .fields = &command,
					    .reply = &order->mended,
					    .key = dry_run ? (struct uuid){{0}} : mending->key});
}

/* The queue's page again, which says what is wrong. */
static void refuse_form(struct page *page, const struct order *order)
{
	page_begin(page, &(struct page_frame){.title = TEXT_queue,
				 .about = about_of(page, &order->mending),
				 .place = PLACE_BOARD,
				 .failed = true});
	html_open(&page->html, "div",
		ATTRS({"class", "alert alert-error portal-alert"}, {"role", "alert"}));
	html_open(&page->html, "div", ATTRS({"class", "alert-body"}));
	html_said(&page->html, "h2", ATTRS({"class", "alert-heading"}), TEXT_errors_here);
	html_said(&page->html, "p", NO_ATTRS, order->wrong.rule);
	html_close(&page->html);
	html_close(&page->html);
	write_back(page, &order->mending);
	page_end(page, 422);
}

static bool read_order(struct page *page, struct order *order)
{
	if (mending_read(page, &order->mending, &order->wrong))
		return true;
	if (order->wrong.field)
		refuse_form(page, order);
	else
		refuse_queue(page);
	return false;
}

void page_mend_plan(struct page *page)
{
	struct order *order = new_order(page);

	if (!order || !read_order(page, order))
		return;
	ask_mend(page, order, true);
	page_then(page, show_plan);
}

/* ---- doing it -------------------------------------------------------------------------------- */

static bool read_reason(const char *reason, struct wrong *ret)
{
	size_t n = strlen(reason);

	if (n == 0 || n > REASON_MAX)
		*ret = (struct wrong){"reason", n ? TEXT_rule_too_long : TEXT_rule_reason};
	return n > 0 && n <= REASON_MAX;
}

static void show_mended(struct page *page)
{
	const struct order *order = page->own;
	const struct queue_mended *mended = &order->mended;
	struct html *html = &page->html;
	bool good = order->ask && order->ask->good;

	log_event(LOG_INFO, "mended", LOG_TEXT("by", page->session.who.name),
		LOG_TEXT("of", order->mending.node->name), LOG_TEXT("queue", order->mending.queue),
		LOG_TEXT("verb", enum_word(words_mend_verb, order->mending.verb)),
		LOG_INT("done", good ? mended->done : 0));
	page_begin(page, &(struct page_frame){.title = good ? TEXT_mended_title : TEXT_not_done,
				 .about = about_of(page, &order->mending),
				 .place = PLACE_BOARD,
				 .failed = !good});
	if (good) {
		page_open_alert(page, mended->refused ? "warning" : "success", TEXT_mended_title);
		html_open(html, "p", NO_ATTRS);
		SAY_WITH(html, TEXT_mended_counts,
			text_in(mending_verb_name(order->mending.verb), page->language),
			amount_count(page, mended->done), amount_count(page, mended->refused));
		html_close(html);
		html_close(html);
		html_close(html);
		write_done(page, mended);
	} else {
		page_open_alert(page, "error", TEXT_not_done);
		page_failure(page, order->ask);
		html_close(html);
		html_close(html);
	}
	write_back(page, &order->mending);
	page_end(page, good ? 200 : 409);
}

void page_mend(struct page *page)
{
	struct order *order = new_order(page);

	if (!order || !read_order(page, order))
		return;
	bool good = read_reason(order->mending.reason, &order->wrong);
	ask_mend(page, order, !good);
	page_then(page, good ? show_mended : show_plan);
}

/* ---- pausing --------------------------------------------------------------------------------- */

static void show_paused(struct page *page)
{
	const struct order *order = page->own;

	if (order->ask && order->ask->good) {
		page_go(page, mending_path(page, &order->mending));
		return;
	}
	page_begin(page, &(struct page_frame){.title = TEXT_not_done,
				 .about = about_of(page, &order->mending),
				 .place = PLACE_BOARD,
				 .failed = true});
	page_failure(page, order->ask);
	write_back(page, &order->mending);
	page_end(page, 409);
}

static bool read_pause(struct page *page, struct order *order)
{
	struct mending *mending = &order->mending;

	if (!mending_read_filter(page, mending, &order->wrong) || !queue_pausable(mending->queue)) {
		refuse_queue(page);
		return false;
	}
	mending->reason = page_value(page, "reason");
	if (read_reason(mending->reason, &order->wrong))
		return true;
	refuse_form(page, order);
	return false;
}

void page_pause(struct page *page)
{
	struct order *order = new_order(page);

	if (!order || !read_pause(page, order))
		return;
	long minutes = strtol(page_value(page, "span"), NULL, 10);
	if (minutes < 1 || minutes > 24 * 60) {
		order->wrong = (struct wrong){"span", TEXT_rule_span};
		refuse_form(page, order);
		return;
	}
	int64_t now = clock_now(&page->portal->clock);
	/* A minute less than a day: the node's clock may be behind ours. */
	const struct pause_queue command = {.queue = text_of(order->mending.queue),
		.until = now + minutes * MS_PER_MINUTE - (minutes == 24 * 60 ? MS_PER_MINUTE : 0),
		.reason = text_of(order->mending.reason),
		.by = text_of(page->session.who.name)};
	order->ask = page_ask(page, &(struct page_question){.node = order->mending.node,
					    .schema = schema_pause_queue(),
					    .fields = &command,
					    .reply = &order->line});
	page_then(page, show_paused);
}

void page_resume(struct page *page)
{
	struct order *order = new_order(page);

	if (!order || !read_pause(page, order))
		return;
	const struct resume_queue command = {.queue = text_of(order->mending.queue),
		.reason = text_of(order->mending.reason),
		.by = text_of(page->session.who.name)};
	order->ask = page_ask(page, &(struct page_question){.node = order->mending.node,
					    .schema = schema_resume_queue(),
					    .fields = &command,
					    .reply = &order->line});
	page_then(page, show_paused);
}
