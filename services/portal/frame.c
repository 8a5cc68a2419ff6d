/* The frame of every page, and the pieces that pages are made of. Touches nothing. */
#include "services/portal/page.h"

#include <stdio.h>
#include <string.h>

/* ---- the frame ------------------------------------------------------------------------------- */

static void write_asset(struct page *page, const char *element, const char *path)
{
	const char *address = arena_printf(page->arena, "%s%s", page->portal->assets.prefix, path);

	if (!strcmp(element, "link")) {
		html_void(&page->html, "link",
			ATTRS({"rel", "stylesheet"}, {"href", address ? address : ""}));
		return;
	}
	html_open(&page->html, "script", ATTRS({"src", address ? address : ""}, {"defer", ""}));
	html_close(&page->html);
}

static void write_head(struct page *page, const struct page_frame *frame)
{
	struct html *html = &page->html;

	html_open(html, "head", NO_ATTRS);
	html_void(html, "meta", ATTRS({"charset", "utf-8"}));
	html_void(html, "meta",
		ATTRS({"name", "viewport"}, {"content", "width=device-width, initial-scale=1"}));
	html_open(html, "title", NO_ATTRS);
	if (frame->failed)
		html_say(html, TEXT_error_before_title);
	html_say(html, frame->title);
	if (frame->about) {
		html_string(html, " ");
		html_string(html, frame->about);
	}
	html_string(html, " – ");
	html_string(html, page->portal->settings.title);
	html_close(html);
	write_asset(page, "link", "css/dkfds.css");
	write_asset(page, "link", "css/portal.css");
	write_asset(page, "script", "js/portal.js");
	html_close(html);
}

static void write_language(struct page *page)
{
	struct html *html = &page->html;
	enum language other =
		page->language == LANGUAGE_DANISH ? LANGUAGE_ENGLISH : LANGUAGE_DANISH;
	const char *tag = language_tag(other);
	const char *query = http_query(page->request);
	const char *here =
		http_method(page->request) == HTTP_POST ? "/"
		: *query ? arena_printf(page->arena, "%s?%s", http_path(page->request), query)
			 : http_path(page->request);

	page_open_form(page, "/language", NULL);
	page_hidden(page, "language", tag);
	page_hidden(page, "back", here ? here : "/");
	html_open(html, "button",
		ATTRS({"type", "submit"}, {"class", "button button-tertiary"}, {"lang", tag}));
	html_string(html, text_in(TEXT_this_language, other));
	html_close(html);
	html_close(html);
}

static void write_user(struct page *page)
{
	struct html *html = &page->html;

	html_open(html, "div", ATTRS({"class", "portal-tools"}));
	write_language(page);
	if (page->known) {
		html_open(html, "span", ATTRS({"class", "portal-who"}));
		SAY_WITH(html, TEXT_logged_in_as, page->session.who.name);
		html_close(html);
		page_open_form(page, "/logout", NULL);
		html_said(html, "button",
			ATTRS({"type", "submit"}, {"class", "button button-secondary"}),
			TEXT_log_out);
		html_close(html);
	}
	html_close(html);
}

static void write_place(struct page *page, const char *path, enum text_key name, bool current)
{
	struct html *html = &page->html;

	html_open(html, "li", NO_ATTRS);
	html_said(html, "a",
		ATTRS({"href", path}, {"class", "portal-place"},
			{"aria-current", current ? "page" : NULL}),
		name);
	html_close(html);
}

static void write_places(struct page *page, enum page_place place)
{
	struct html *html = &page->html;

	html_open(html, "nav",
		ATTRS({"class", "container portal-places"},
			{"aria-label", text_in(TEXT_places, page->language)}));
	html_open(html, "ul", NO_ATTRS);
	write_place(page, "/queues", TEXT_board_title, place == PLACE_BOARD);
	write_place(page, "/nodes", TEXT_nodes_title, place == PLACE_NODES);
	write_place(page, "/trace", TEXT_trace_title, place == PLACE_TRACE);
	html_close(html);
	html_close(html);
}

static void write_header(struct page *page, enum page_place place)
{
	struct html *html = &page->html;

	html_open(html, "header", ATTRS({"class", "header"}));
	html_open(html, "div", ATTRS({"class", "container portal-top"}));
	html_open(html, "a", ATTRS({"href", "/"}, {"class", "portal-name"}));
	html_string(html, page->portal->settings.title);
	html_open(html, "span", ATTRS({"class", "portal-part"}));
	html_string(html, " ");
	html_say(html, TEXT_operations);
	html_close(html);
	html_close(html);
	write_user(page);
	html_close(html);
	if (page->known)
		write_places(page, place);
	html_close(html);
}

void page_begin(struct page *page, const struct page_frame *frame)
{
	struct html *html = &page->html;

	html_safe(html, SAFE("<!doctype html>"));
	html_open(html, "html", ATTRS({"lang", language_tag(page->language)}));
	write_head(page, frame);
	html_open(html, "body", NO_ATTRS);
	html_said(html, "a", ATTRS({"href", "#main"}, {"class", "skipnav"}), TEXT_skip);
	write_header(page, frame->place);
	html_open(html, "main",
		ATTRS({"id", "main"}, {"class", "container page-container"}, {"tabindex", "-1"}));
	html_open(html, "h1", NO_ATTRS);
	html_say(html, frame->title);
	if (frame->about) {
		html_string(html, " ");
		html_element(html, "span", ATTRS({"class", "portal-about"}), frame->about);
	}
	html_close(html);
}

void page_end(struct page *page, int status)
{
	while (page->html.depth && !page->html.failed)
		html_close(&page->html);
	page_send(page, status);
}

/* ---- pieces ---------------------------------------------------------------------------------- */

void page_hidden(struct page *page, const char *name, const char *value)
{
	html_void(
		&page->html, "input", ATTRS({"type", "hidden"}, {"name", name}, {"value", value}));
}

void page_open_form(struct page *page, const char *action, const char *id)
{
	html_open(&page->html, "form",
		ATTRS({"method", "post"}, {"action", action}, {"id", id},
			{"accept-charset", "utf-8"}, {"autocomplete", "off"}));
	page_hidden(page, "form_token", page->form_token);
}

void page_open_alert(struct page *page, const char *level, enum text_key heading)
{
	const char *class = arena_printf(page->arena, "alert alert-%s portal-alert", level);

	html_open(&page->html, "div", ATTRS({"class", class ? class : ""}));
	html_open(&page->html, "div", ATTRS({"class", "alert-body"}));
	html_said(&page->html, "h2", ATTRS({"class", "alert-heading"}), heading);
}

void page_open_table(struct page *page, const struct page_table *table)
{
	struct html *html = &page->html;
	const char *class =
		arena_printf(page->arena, "table table--compact table-%s-responsive-headers%s%s",
			table->folds, table->class ? " " : "", table->class ? table->class : "");

	html_open(html, "table", ATTRS({"class", class ? class : ""}));
	html_said(html, "caption", ATTRS({"class", "sr-only"}), table->caption);
	html_open(html, "thead", NO_ATTRS);
	html_open(html, "tr", NO_ATTRS);
	for (size_t i = 0; i < table->n_titles; i++)
		html_said(html, "th", ATTRS({"scope", "col"}), table->titles[i]);
	html_close(html);
	html_close(html);
	html_open(html, "tbody", NO_ATTRS);
}

void page_english(struct page *page, struct text text)
{
	html_open(&page->html, "span",
		ATTRS({"lang", page->language == LANGUAGE_ENGLISH ? NULL : "en"}));
	html_text(&page->html, text);
	html_close(&page->html);
}

static enum text_key key_of(const struct ask *ask)
{
	static const struct {
		enum err code;
		enum text_key key;
	} rows[] = {{ERR_INVALID, TEXT_err_invalid}, {ERR_DENIED, TEXT_err_denied},
		{ERR_UNKNOWN_TYPE, TEXT_err_unknown_type}, {ERR_NOT_FOUND, TEXT_err_not_found},
		{ERR_CONFLICT, TEXT_err_conflict}, {ERR_STALE, TEXT_err_stale},
		{ERR_BUSY, TEXT_err_busy}, {ERR_FULL, TEXT_err_busy},
		{ERR_TIMEOUT, TEXT_err_timeout}};

	if (ask->unknown)
		return TEXT_err_unknown;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++)
		if (rows[i].code == ask->reason.code)
			return rows[i].key;
	return TEXT_err_other;
}

void page_failure(struct page *page, const struct ask *ask)
{
	struct html *html = &page->html;
	const char *node = ask ? ask->node->name : "";

	html_open(html, "p", NO_ATTRS);
	if (ask)
		SAY_WITH(html, key_of(ask), node);
	else
		html_say(html, TEXT_err_memory);
	if (ask && ask->reason.field[0]) {
		html_string(html, " ");
		html_element(html, "code", NO_ATTRS, ask->reason.field);
		html_string(html, ":");
	}
	if (ask && ask->reason.rule[0]) {
		html_string(html, " ");
		page_english(page, text_of(ask->reason.rule));
	}
	html_close(html);
}
