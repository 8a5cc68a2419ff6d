/* The life of a request: cookies, questions to nodes, and the answer with its headers. Touches the
 * request's connection through http.h and the nodes through caller.h. */
#include "services/portal/page.h"

#include <ctype.h>
#include <sodium.h>
#include <stdio.h>
#include <string.h>

#include "common/log.h"
#include "common/uuid.h"

enum { BODY_BYTES = 61440 };

/* ---- who asks -------------------------------------------------------------------------------- */

static void find_session(struct page *page, enum session_use use)
{
	struct portal *portal = page->portal;
	const char *token = http_cookie(page->request, COOKIE_SESSION);
	enum err err = session_find(&portal->sessions, token, use, &page->session);

	if (err && err != ERR_NOT_FOUND)
		log_event(LOG_WARNING, "sessions cannot be read", LOG_TEXT("error", err_word(err)));
	page->known = !err && operators_still(&portal->operators, &page->session.who);
	page->keeper = page->known && strcmp(page->session.who.role, "auditor") != 0;
}

/* A form of somebody who is not logged in is tied to their browser by a cookie, and to this process
 * by its secret. */
static void find_visit(struct page *page)
{
	const char *visit = http_cookie(page->request, COOKIE_VISIT);
	char both[2 * TOKEN_TEXT];

	if (page->known) {
		token_for_forms(page->session.token, page->form_token);
		return;
	}
	if (token_valid(visit)) {
		memcpy(page->visit, visit, TOKEN_TEXT);
	} else {
		token_make(page->visit);
		page_cookie(page, COOKIE_VISIT, page->visit);
	}
	snprintf(both, sizeof(both), "%s%s", page->portal->visit_secret, page->visit);
	token_for_forms(both, page->form_token);
}

static void find_language(struct page *page)
{
	const char *chosen = http_cookie(page->request, COOKIE_LANGUAGE);

	if (page->known && page->session.chose_language)
		page->language = page->session.language;
	else if (!language_of_tag(chosen, &page->language))
		page->language = language_accepted(http_header(page->request, "Accept-Language"));
}

struct page *page_new(struct portal *portal, struct http_request *request, enum session_use use)
{
	struct page *page = arena_alloc(http_arena(request), sizeof(*page));

	if (!page) {
		http_answer_text(request, 500, "out of memory");
		return NULL;
	}
	*page = (struct page){.portal = portal, .request = request, .arena = http_arena(request)};
	page->next = portal->pages;
	page->at = &portal->pages;
	if (portal->pages)
		portal->pages->at = &page->next;
	portal->pages = page;
	find_session(page, use);
	find_visit(page);
	find_language(page);
	html_init(&page->html, page->language);
	return page;
}

void page_drop(struct page *page)
{
	*page->at = page->next;
	if (page->next)
		page->next->at = page->at;
	html_done(&page->html);
	sodium_memzero(&page->session, sizeof(page->session));
}

const char *page_value(struct page *page, const char *name)
{
	struct bytes body = http_body(page->request);
	struct bytes from = http_method(page->request) == HTTP_POST
				    ? body
				    : bytes_of_string(http_query(page->request));
	const char *value = http_value(page->arena, from, name);

	if (!value)
		return "";
	value += strspn(value, " \t\r\n");
	size_t n = strlen(value);
	while (n && isspace((unsigned char)value[n - 1]))
		n--;
	value = arena_copy(page->arena, value, n);
	return value ? value : "";
}

void *page_alloc(struct page *page, size_t size)
{
	void *p = arena_alloc(page->arena, size);

	page->html.failed = page->html.failed || !p;
	return p;
}

/* ---- asking nodes ---------------------------------------------------------------------------- */

static void be_done(struct page *page)
{
	void (*then)(struct page * page) = page->then;

	if (page->asking || !then)
		return;
	page->then = NULL;
	then(page);
}

static void on_answer(void *ctx, const struct client_answer *answer)
{
	struct ask *ask = ctx;
	struct page *page = ask->page;

	ask->unknown = answer->unknown && ask->schema->head->kind == SCHEMA_COMMAND;
	ask->reason = answer->reason;
	if (!answer->status)
		ask->good = schema_decode(ask->schema->head->reply(), answer->body, PACK_PLAIN,
				    page->arena, ask->reply, &ask->reason) == ERR_OK;
	page->asking--;
	be_done(page);
}

static enum err send(struct page *page, const struct page_question *question, struct ask *ask)
{
	struct portal *portal = page->portal;
	bool command = question->schema->head->kind == SCHEMA_COMMAND;
	struct client_request request = {.type = text_of(question->schema->head->name),
		.actor = {.role = text_of(page->session.who.role),
			.id = text_of(page->session.who.name)},
		.timeout_ms = portal->settings.answer_ms};
	struct call *call;
	struct buffer body;

	if (command)
		request.key = uuid_is_nil(question->key)
				      ? uuid_make(clock_now(&portal->clock), &portal->random)
				      : question->key;
	else
		request.why = text_of("operators' page");
	enum err err = schema_check(question->schema, question->fields, &ask->reason);
	if (err)
		return err;
	buffer_init(&body, BODY_BYTES);
	schema_encode(question->schema, question->fields, &body);
	request.body = buffer_bytes(&body);
	err = !question->node->caller ? ERR_NOT_FOUND
	      : body.failed           ? ERR_LIMIT
				      : caller_ask(question->node->caller, &request,
						(struct call_done){on_answer, ask}, &call);
	buffer_done(&body);
	if (err == ERR_NOT_FOUND)
		return reason_set(&ask->reason, ERR_TIMEOUT, "", "no connection");
	return err ? reason_set(&ask->reason, err, "", "%s", err_sentence(err)) : ERR_OK;
}

struct ask *page_ask(struct page *page, const struct page_question *question)
{
	struct ask *ask = page_alloc(page, sizeof(*ask));

	if (!ask)
		return NULL;
	*ask = (struct ask){.page = page,
		.node = question->node,
		.schema = question->schema,
		.reply = question->reply};
	if (send(page, question, ask) == ERR_OK)
		page->asking++;
	return ask;
}

void page_then(struct page *page, void (*fn)(struct page *page))
{
	page->then = fn;
	be_done(page);
}

/* ---- answering ------------------------------------------------------------------------------- */

void page_header(struct page *page, const char *name, const char *value)
{
	const char *copy = arena_copy(page->arena, value, strlen(value));

	if (copy && page->n_headers < PAGE_HEADERS)
		page->headers[page->n_headers++] = (struct http_header_line){name, copy};
	else
		page->html.failed = true;
}

void page_cookie(struct page *page, const char *name, const char *value)
{
	const char *line = arena_printf(page->arena,
		"%s=%s; Path=/; Secure; HttpOnly; "
		"SameSite=Strict%s",
		name, value ? value : "", value ? "" : "; Max-Age=0");

	page_header(page, "Set-Cookie", line ? line : "");
}

/* OWASP Secure Headers; no inline script or style, and nothing of anybody else's. */
static void add_security(struct page *page)
{
	page_header(page, "Content-Security-Policy",
		"default-src 'none'; style-src 'self'; script-src 'self'; img-src 'self'; "
		"font-src 'self'; connect-src 'self'; form-action 'self'; base-uri 'none'; "
		"frame-ancestors 'none'");
	page_header(page, "Cache-Control", "no-store");
	page_header(page, "Referrer-Policy", "no-referrer");
	page_header(page, "X-Frame-Options", "DENY");
	page_header(page, "Cross-Origin-Opener-Policy", "same-origin");
	page_header(page, "Cross-Origin-Resource-Policy", "same-origin");
	page_header(page, "Permissions-Policy", "camera=(), geolocation=(), microphone=()");
}

static void finish(struct page *page, const struct http_answer *answer)
{
	struct http_request *request = page->request;

	/* The page lies in the request's arena, which goes with the answer. */
	struct html html = page->html;
	page->html.out = (struct buffer){.p = NULL};
	page_drop(page);
	http_answer(request, answer);
	html_done(&html);
}

void page_send(struct page *page, int status)
{
	add_security(page);
	page_header(page, "Content-Language", language_tag(page->language));
	page_header(page, "Vary", "Accept-Language, Cookie");
	bool failed = html_failed(&page->html);
	const struct http_answer answer = {.status = failed ? 500 : status,
		.type = failed ? "text/plain; charset=utf-8" : "text/html; charset=utf-8",
		.body = failed ? bytes_of_string("the page is too large, or memory is out\n")
			       : buffer_bytes(&page->html.out),
		.headers = page->headers,
		.n_headers = page->n_headers};
	if (failed)
		log_event(LOG_ERROR, "a page could not be written",
			LOG_TEXT("path", http_path(page->request)));
	finish(page, &answer);
}

void page_go(struct page *page, const char *path)
{
	add_security(page);
	page_header(page, "Location", path);
	finish(page, &(struct http_answer){.status = page->html.failed ? 500 : 303,
			     .headers = page->headers,
			     .n_headers = page->n_headers});
}

void page_refuse(struct page *page, int status, enum text_key title, enum text_key why)
{
	page_begin(page, &(struct page_frame){.title = title});
	html_said(&page->html, "p", NO_ATTRS, why);
	html_open(&page->html, "p", NO_ATTRS);
	html_said(&page->html, "a", ATTRS({"href", "/"}, {"class", "link"}), TEXT_to_the_board);
	html_close(&page->html);
	page_end(page, status);
}
