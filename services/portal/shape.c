/* Writes the ages of what waits in a queue as a table. Touches nothing. */
#include "services/portal/shape.h"

#include "services/portal/amounts.h"

/* The line with the most classes has those of all others, from the youngest on. */
static const struct shape_line *longest(const struct queue_shape *shape)
{
	const struct shape_line *line = &shape->lines.at[0];

	for (size_t i = 1; i < shape->lines.n; i++)
		if (shape->lines.at[i].cells.n > line->cells.n)
			line = &shape->lines.at[i];
	return line;
}

static const char *class_of(struct page *page, const struct shape_line *line, size_t i)
{
	int64_t under = line->cells.at[i].under_ms;
	const char *s;

	if (under)
		s = arena_printf(page->arena, "< %s", amount_span(page, under));
	else
		s = arena_printf(page->arena, "≥ %s",
			i ? amount_span(page, line->cells.at[i - 1].under_ms) : "0");
	return s ? s : "";
}

static void write_heads(struct page *page, const struct shape_line *classes)
{
	struct html *html = &page->html;

	html_open(html, "thead", NO_ATTRS);
	html_open(html, "tr", NO_ATTRS);
	html_said(html, "th", ATTRS({"scope", "col"}), TEXT_type);
	html_said(html, "th", ATTRS({"scope", "col"}), TEXT_all);
	for (size_t i = 0; i < classes->cells.n; i++)
		html_element(html, "th", ATTRS({"scope", "col"}), class_of(page, classes, i));
	html_close(html);
	html_close(html);
}

static void write_line(
	struct page *page, const struct shape_line *line, const struct shape_line *classes)
{
	struct html *html = &page->html;

	html_open(html, "tr", NO_ATTRS);
	html_open(html, "th",
		ATTRS({"scope", "row"}, {"data-title", text_in(TEXT_type, page->language)}));
	if (line->group.n)
		html_text(html, line->group);
	else
		html_say(html, TEXT_all);
	html_close(html);
	html_element(html, "td",
		ATTRS({"class", "portal-number"},
			{"data-title", text_in(TEXT_all, page->language)}),
		amount_count(page, line->n));
	for (size_t i = 0; i < classes->cells.n; i++) {
		int64_t n = i < line->cells.n ? line->cells.at[i].n : 0;
		html_element(html, "td",
			ATTRS({"class", "portal-number"},
				{"data-title", class_of(page, classes, i)}),
			n ? amount_count(page, n) : "·");
	}
	html_close(html);
}

void write_shape(struct page *page, const struct ask *ask, const struct queue_shape *shape)
{
	struct html *html = &page->html;

	if (!ask || !ask->good || shape->looked == 0 || shape->lines.n == 0)
		return;
	const struct shape_line *classes = longest(shape);
	html_said(html, "h2", NO_ATTRS, TEXT_shape_title);
	html_open(html, "table",
		ATTRS({"class", "table table--compact table-lg-responsive-headers"}));
	html_said(html, "caption", ATTRS({"class", "sr-only"}), TEXT_shape_title);
	write_heads(page, classes);
	html_open(html, "tbody", NO_ATTRS);
	for (size_t i = 0; i < shape->lines.n; i++)
		write_line(page, &shape->lines.at[i], classes);
	html_close(html);
	html_close(html);
	if (shape->next.n)
		html_said(html, "p", NO_ATTRS, TEXT_more_than_shown);
}
