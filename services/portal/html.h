/* The writer of pages, and the only place where HTML is put together.
 *
 * 1. Whatever is given as text or as the value of an attribute is escaped. What is not must be of
 *    type struct safe, which only literals of the program can become.
 * 2. Elements are opened and closed through a stack, so that a page is always balanced.
 * 3. The first failure (memory, too deep) makes the writer take nothing more; html_failed says so.
 */
#ifndef SERVICES_PORTAL_HTML_H
#define SERVICES_PORTAL_HTML_H

#include "common/schema.h"
#include "services/portal/texts.h"

enum { HTML_DEPTH = 32, HTML_BYTES = 2 * 1024 * 1024 };

/* Markup of the program's own. The empty strings around the literal refuse anything else. */
struct safe {
	const char *p;
	size_t n;
};
#define SAFE(literal) ((struct safe){"" literal "", sizeof("" literal "") - 1})

/* value NULL: the attribute is left out. */
struct attr {
	const char *name;
	const char *value;
};
#define ATTRS(...) ((const struct attr[]){__VA_ARGS__, {NULL, NULL}})
#define NO_ATTRS NULL

struct html {
	struct buffer out;
	enum language language;
	const char *open[HTML_DEPTH]; /* names of elements */
	size_t depth;
	bool failed;
};

void html_init(struct html *html, enum language language);
void html_done(struct html *html);
bool html_failed(const struct html *html);

/* Names of elements and attributes are literals. */
void html_open(struct html *html, const char *name, const struct attr *attrs);
/* Closes the element opened last. */
void html_close(struct html *html);
/* An element without an end: input, meta, link, br. */
void html_void(struct html *html, const char *name, const struct attr *attrs);
void html_safe(struct html *html, struct safe safe);
void html_text(struct html *html, struct text text);
void html_string(struct html *html, const char *s);
/* A text of the catalogue in the page's language; values stand for {0}, {1}, ... */
void html_say(struct html *html, enum text_key key);
void html_say_with(struct html *html, enum text_key key, const char *const *values, size_t n);
#define SAY_WITH(html, key, ...)                                     \
	html_say_with(html, key, (const char *const[]){__VA_ARGS__}, \
		sizeof((const char *const[]){__VA_ARGS__}) / sizeof(const char *))

/* An element that holds one text. */
void html_element(struct html *html, const char *name, const struct attr *attrs, const char *s);
void html_said(struct html *html, const char *name, const struct attr *attrs, enum text_key key);

/* A path with a query, each value percent-encoded; pairs end with {NULL, NULL}, and those without a
 * value are left out. NULL: the arena is full. */
const char *html_path(struct arena *arena, const char *path, const struct attr *pairs);

#endif
