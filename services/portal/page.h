/* One request on its way to a page: who asks, in which language, what nodes were asked for it, and
 * what is written of it. Lives until it is answered; everything of it lies in the request's arena.
 */
#ifndef SERVICES_PORTAL_PAGE_H
#define SERVICES_PORTAL_PAGE_H

#include "services/portal/html.h"
#include "services/portal/portal.h"

enum { PAGE_HEADERS = 16 };

/* A question to a node. `good`: *reply is filled; otherwise reason says why not. */
struct ask {
	struct page *page;
	const struct portal_node *node;
	const struct schema *schema;
	void *reply;
	bool good, unknown;
	struct reason reason;
};

struct page {
	struct portal *portal;
	struct http_request *request;
	struct arena *arena;
	struct session session;
	bool known;  /* somebody is logged in: session */
	bool keeper; /* and may mend */
	enum language language;
	char visit[TOKEN_TEXT]; /* of the browser, logged in or not */
	char form_token[TOKEN_TEXT];
	size_t asking; /* questions without an answer yet */
	void (*then)(struct page *page);
	void *own; /* the handler's */
	struct html html;
	struct http_header_line headers[PAGE_HEADERS];
	size_t n_headers;
	struct page *next, **at; /* of portal->pages */
};

/* Reads cookies and headers. NULL: no memory, and it was answered. */
struct page *page_new(struct portal *portal, struct http_request *request, enum session_use use);
/* Without an answer, when the portal ends. */
void page_drop(struct page *page);

/* A value of the query or of the form, without spaces around it; "" when there is none. */
const char *page_value(struct page *page, const char *name);
/* Any memory of the request; on failure the page is answered 500 by page_send. */
void *page_alloc(struct page *page, size_t size);

/* ---- asking nodes ---------------------------------------------------------------------------- */

/* Asks a query, or gives a command under `key` (nil: a new one); the answer is there when
 * page_then's function is called, at the latest after the `answer` setting. fields lives until
 * page_ask returns. NULL: no memory. */
struct page_question {
	const struct portal_node *node;
	const struct schema *schema;
	const void *fields;
	void *reply;
	struct uuid key;
};
struct ask *page_ask(struct page *page, const struct page_question *question);
/* Calls fn once all is answered: at once when nothing is being asked. */
void page_then(struct page *page, void (*fn)(struct page *page));

/* ---- answering: each of these ends the page ---------------------------------------------------
 */

/* A page's frame; what is written between the two is its content. `title` also is its h1 unless
 * own_heading. page_end sends it. */
enum page_place { PLACE_NONE, PLACE_BOARD, PLACE_NODES, PLACE_TRACE };
struct page_frame {
	enum text_key title;
	const char *about; /* behind the title, escaped; NULL: nothing */
	enum page_place place;
	bool failed; /* "Error: " stands before the title */
};
void page_begin(struct page *page, const struct page_frame *frame);
void page_end(struct page *page, int status);
/* What was written, without a frame. */
void page_send(struct page *page, int status);
void page_go(struct page *page, const char *path);
/* A page that says only this. */
void page_refuse(struct page *page, int status, enum text_key title, enum text_key why);

/* A header of this answer; the value is copied. */
void page_header(struct page *page, const char *name, const char *value);
/* Set-Cookie. value NULL: taken away. */
void page_cookie(struct page *page, const char *name, const char *value);
#define COOKIE_SESSION "__Host-oneplan"
#define COOKIE_VISIT "__Host-oneplan-visit"
#define COOKIE_LANGUAGE "__Host-oneplan-language"

/* ---- pieces of pages ------------------------------------------------------------------------- */

/* Opens a form that is sent with POST, its token in it; html_close ends it. */
void page_open_form(struct page *page, const char *action, const char *id);
void page_hidden(struct page *page, const char *name, const char *value);
/* An alert; level: "info", "success", "warning", "error". Closed by two html_close. */
void page_open_alert(struct page *page, const char *level, enum text_key heading);
/* Opens a table up to its first row; two html_close end it. Below the width that folds names, rows
 * are shown one under another ("md", "lg"). */
struct page_table {
	const char *folds;
	const char *class; /* one more; NULL: none */
	enum text_key caption;
	const enum text_key *titles;
	size_t n_titles;
};
void page_open_table(struct page *page, const struct page_table *table);
/* Why a node did not do what it was asked: field and rule. */
void page_failure(struct page *page, const struct ask *ask);
/* A text that is in English whatever the page's language. */
void page_english(struct page *page, struct text text);

#endif
