/* Writes HTML into a buffer and escapes what is not the program's own. Touches nothing else. */
#include "services/portal/html.h"

#include <assert.h>
#include <string.h>

void html_init(struct html *html, enum language language)
{
	*html = (struct html){.language = language};
	buffer_init(&html->out, HTML_BYTES);
}

void html_done(struct html *html)
{
	buffer_done(&html->out);
}

bool html_failed(const struct html *html)
{
	return html->failed || html->out.failed;
}

static void add(struct html *html, const char *p, size_t n)
{
	buffer_add(&html->out, p, n);
}

static void add_string(struct html *html, const char *s)
{
	add(html, s, strlen(s));
}

static const char *entity_of(char c)
{
	switch (c) {
	case '&':
		return "&amp;";
	case '<':
		return "&lt;";
	case '>':
		return "&gt;";
	case '"':
		return "&quot;";
	case '\'':
		return "&#39;";
	case '\0':
		return "\xef\xbf\xbd";
	default:
		return NULL;
	}
}

static void add_escaped(struct html *html, const char *p, size_t n)
{
	size_t from = 0;

	for (size_t i = 0; i < n; i++) {
		const char *entity = entity_of(p[i]);
		if (!entity)
			continue;
		add(html, p + from, i - from);
		add_string(html, entity);
		from = i + 1;
	}
	add(html, p + from, n - from);
}

static void add_start(struct html *html, const char *name, const struct attr *attrs)
{
	add(html, "<", 1);
	add_string(html, name);
	for (; attrs && attrs->name; attrs++) {
		if (!attrs->value)
			continue;
		add(html, " ", 1);
		add_string(html, attrs->name);
		add(html, "=\"", 2);
		add_escaped(html, attrs->value, strlen(attrs->value));
		add(html, "\"", 1);
	}
	add(html, ">", 1);
}

void html_open(struct html *html, const char *name, const struct attr *attrs)
{
	if (html->depth == HTML_DEPTH) {
		html->failed = true;
		return;
	}
	html->open[html->depth++] = name;
	add_start(html, name, attrs);
}

void html_close(struct html *html)
{
	if (html->failed)
		return;
	assert(html->depth > 0);
	add(html, "</", 2);
	add_string(html, html->open[--html->depth]);
	add(html, ">", 1);
}

void html_void(struct html *html, const char *name, const struct attr *attrs)
{
	add_start(html, name, attrs);
}

void html_safe(struct html *html, struct safe safe)
{
	add(html, safe.p, safe.n);
}

void html_text(struct html *html, struct text text)
{
	/* Sealed bytes are no text; nobody should have handed them out. */
	if (text.sealed)
		html_say(html, TEXT_masked);
	else if (text.n)
		add_escaped(html, text.p, text.n);
}

void html_string(struct html *html, const char *s)
{
	add_escaped(html, s, strlen(s));
}

void html_say(struct html *html, enum text_key key)
{
	html_string(html, text_in(key, html->language));
}

void html_say_with(struct html *html, enum text_key key, const char *const *values, size_t n)
{
	const char *at = text_in(key, html->language);

	for (const char *brace; (brace = strchr(at, '{')) != NULL; at = brace + 3) {
		size_t which = (size_t)(brace[1] - '0');
		assert(which < n && brace[2] == '}');
		add_escaped(html, at, (size_t)(brace - at));
		html_string(html, values[which] ? values[which] : "");
	}
	html_string(html, at);
}

void html_element(struct html *html, const char *name, const struct attr *attrs, const char *s)
{
	html_open(html, name, attrs);
	html_string(html, s ? s : "");
	html_close(html);
}

void html_said(struct html *html, const char *name, const struct attr *attrs, enum text_key key)
{
	html_element(html, name, attrs, text_in(key, html->language));
}

/* ---- paths ----------------------------------------------------------------------------------- */

static void add_encoded(struct buffer *out, const char *s)
{
	static const char plain[] =
		"abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-._~/";
	static const char digits[] = "0123456789ABCDEF";

	for (; *s; s++) {
		unsigned char c = (unsigned char)*s;
		const char coded[3] = {'%', digits[c >> 4], digits[c & 15]};
		if (strchr(plain, *s))
			buffer_add(out, s, 1);
		else
			buffer_add(out, coded, 3);
	}
}

const char *html_path(struct arena *arena, const char *path, const struct attr *pairs)
{
	struct buffer out;
	char between = '?';

	buffer_init(&out, 8192);
	buffer_add(&out, path, strlen(path));
	for (; pairs && pairs->name; pairs++) {
		if (!pairs->value || !*pairs->value)
			continue;
		buffer_add(&out, &between, 1);
		buffer_add(&out, pairs->name, strlen(pairs->name));
		buffer_add(&out, "=", 1);
		add_encoded(&out, pairs->value);
		between = '&';
	}
	const char *whole = out.failed ? NULL : arena_copy(arena, out.p, out.n);
	buffer_done(&out);
	return whole;
}
