/* Logging in and out, and the choice of language. Touches the portal's sessions. */
#include <stdio.h>
#include <string.h>

#include "common/log.h"
#include "services/portal/routes.h"

/* Only a path of ours; anything else leads to the first page. */
static const char *way_back(struct page *page)
{
	const char *back = page_value(page, "back");

	if (back[0] != '/' || back[1] == '/' || strpbrk(back, "\\\r\n\t") || strlen(back) > 1000)
		return "/";
	return back;
}

void page_home(struct page *page)
{
	page_go(page, page->known ? "/queues" : "/login");
}

/* ---- the form -------------------------------------------------------------------------------- */

enum wrong { WRONG_NOTHING, WRONG_EMPTY, WRONG_BOTH, WRONG_OFTEN, WRONG_HERE };

struct login {
	enum wrong wrong;
	const char *minutes; /* of WRONG_OFTEN */
	const char *name;
};

static void say_wrong(struct page *page, const struct login *login)
{
	static const enum text_key keys[] = {[WRONG_EMPTY] = TEXT_login_empty,
		[WRONG_BOTH] = TEXT_login_wrong,
		[WRONG_OFTEN] = TEXT_login_often,
		[WRONG_HERE] = TEXT_login_broken};
	struct html *html = &page->html;

	html_open(html, "div",
		ATTRS({"class", "alert alert-error portal-alert"}, {"role", "alert"},
			{"tabindex", "-1"}, {"id", "errors"}));
	html_open(html, "div", ATTRS({"class", "alert-body"}));
	html_said(html, "h2", ATTRS({"class", "alert-heading"}), TEXT_errors_here);
	html_open(html, "ul", NO_ATTRS);
	html_open(html, "li", NO_ATTRS);
	html_open(html, "a", ATTRS({"href", "#name"}, {"class", "link"}));
	SAY_WITH(html, keys[login->wrong], login->minutes);
	html_close(html);
	html_close(html);
	html_close(html);
	html_close(html);
	html_close(html);
}

struct entry {
	const char *name, *type, *value, *autocomplete;
	enum text_key label;
};

static void write_field(struct page *page, const struct entry *entry, bool wrong)
{
	struct html *html = &page->html;

	html_open(html, "div", ATTRS({"class", wrong ? "form-group form-error" : "form-group"}));
	html_said(
		html, "label", ATTRS({"class", "form-label"}, {"for", entry->name}), entry->label);
	html_void(html, "input",
		ATTRS({"class", "form-input"}, {"id", entry->name}, {"name", entry->name},
			{"type", entry->type}, {"value", entry->value}, {"maxlength", "256"},
			{"autocomplete", entry->autocomplete}, {"autocapitalize", "none"},
			{"spellcheck", "false"}, {"aria-invalid", wrong ? "true" : NULL},
			{"aria-describedby", wrong ? "errors" : NULL}, {"required", ""}));
	html_close(html);
}

static void show(struct page *page, int status, const struct login *login)
{
	struct html *html = &page->html;
	bool wrong = login->wrong == WRONG_EMPTY || login->wrong == WRONG_BOTH;

	page_begin(page, &(struct page_frame){.title = TEXT_login_title,
				 .failed = login->wrong != WRONG_NOTHING});
	if (login->wrong)
		say_wrong(page, login);
	html_said(html, "p", NO_ATTRS, TEXT_login_intro);
	page_open_form(page, "/login", "login");
	page_hidden(page, "back", way_back(page));
	write_field(page, &(struct entry){"name", "text", login->name, "username", TEXT_login_name},
		wrong);
	write_field(page,
		&(struct entry){
			"password", "password", NULL, "current-password", TEXT_login_password},
		wrong);
	html_open(html, "div", ATTRS({"class", "portal-actions"}));
	html_said(html, "button", ATTRS({"type", "submit"}, {"class", "button button-primary"}),
		TEXT_log_in);
	html_close(html);
	page_end(page, status);
}

void page_login(struct page *page)
{
	if (page->known)
		page_go(page, "/queues");
	else
		show(page, 200, &(struct login){.name = ""});
}

/* ---- logging in ------------------------------------------------------------------------------ */

/* Behind a proxy the last address of the header is the one that the proxy saw. */
static const char *address_of(struct page *page)
{
	const char *header = page->portal->settings.behind_proxy
				     ? http_header(page->request, "X-Forwarded-For")
				     : NULL;
	const char *last = header ? strrchr(header, ',') : NULL;

	if (last)
		header = last + 1 + strspn(last + 1, " ");
	return header ? header : http_peer(page->request);
}

static void begin_session(struct page *page)
{
	struct portal *portal = page->portal;
	struct session session = {.who = page->session.who, .language = page->language};
	const char *before = http_cookie(page->request, COOKIE_SESSION);
	struct reason reason = {0};

	session.chose_language =
		language_of_tag(http_cookie(page->request, COOKIE_LANGUAGE), &session.language);
	if (session_begin(&portal->sessions, &session, before, &reason)) {
		log_event(LOG_ERROR, "no session can be begun", LOG_TEXT("rule", reason.rule));
		show(page, 503, &(struct login){.wrong = WRONG_HERE, .name = ""});
		return;
	}
	log_event(LOG_INFO, "logged in", LOG_TEXT("name", session.who.name),
		LOG_TEXT("address", address_of(page)));
	page_cookie(page, COOKIE_SESSION, session.token);
	page_cookie(page, COOKIE_VISIT, NULL);
	page_go(page, way_back(page));
}

/* The name is not logged: people type passwords there. */
static void refuse(struct page *page, const struct login *login, const struct reason *reason)
{
	log_event(LOG_WARNING, "not logged in", LOG_TEXT("address", address_of(page)),
		LOG_TEXT("rule", reason->rule));
	show(page,
		login->wrong == WRONG_HERE    ? 503
		: login->wrong == WRONG_OFTEN ? 429
					      : 403,
		login);
}

void page_log_in(struct page *page)
{
	struct portal *portal = page->portal;
	struct login login = {.name = page_value(page, "name")};
	const char *password = page_value(page, "password"), *address = address_of(page);
	int64_t now = clock_steady(&portal->clock);
	int64_t wait = attempts_wait(&portal->attempts, login.name, address, now);
	struct reason reason = {.rule = "too often"};

	login.minutes = arena_printf(page->arena, "%lld", (long long)(wait + 59999) / 60000);
	if (!*login.name || !*password) {
		login.wrong = WRONG_EMPTY;
		show(page, 422, &login);
		return;
	}
	if (wait) {
		login.wrong = WRONG_OFTEN;
		refuse(page, &login, &reason);
		return;
	}
	enum err err = operators_check(
		&portal->operators, login.name, password, &page->session.who, &reason);
	if (err == ERR_DENIED)
		attempts_failed(&portal->attempts, login.name, address, now);
	login.wrong = err == ERR_DENIED ? WRONG_BOTH : err ? WRONG_HERE : WRONG_NOTHING;
	if (err) {
		refuse(page, &login, &reason);
		return;
	}
	attempts_succeeded(&portal->attempts, login.name);
	begin_session(page);
}

void page_log_out(struct page *page)
{
	if (session_end(&page->portal->sessions, page->session.token))
		log_event(LOG_ERROR, "a session could not be ended");
	page_cookie(page, COOKIE_SESSION, NULL);
	page_go(page, "/login");
}

void page_language(struct page *page)
{
	enum language language;

	if (language_of_tag(page_value(page, "language"), &language)) {
		page_cookie(page, COOKIE_LANGUAGE, language_tag(language));
		if (page->known &&
			session_choose(&page->portal->sessions, page->session.token, language))
			log_event(LOG_WARNING, "a language could not be kept");
	}
	page_go(page, way_back(page));
}
