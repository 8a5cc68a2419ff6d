/* Reads the forms of a queue's pages, and writes the fields of such forms. Touches nothing. */
#include "services/portal/mending.h"

#include <stdlib.h>
#include <string.h>

#include "common/uuid.h"
#include "services/portal/amounts.h"

static bool starts(const char *s, const char *prefix)
{
	return strncmp(s, prefix, strlen(prefix)) == 0;
}

bool queue_peekable(const char *queue)
{
	return !starts(queue, "work/");
}

bool queue_mendable(const char *queue)
{
	return starts(queue, "quarantine/") || starts(queue, "outbox/");
}

bool queue_pausable(const char *queue)
{
	return starts(queue, "link/") || starts(queue, "from/") || starts(queue, "outbox/");
}

/* ---- reading --------------------------------------------------------------------------------- */

static bool fail(struct wrong *ret, const char *field, enum text_key rule)
{
	*ret = (struct wrong){field, rule};
	return false;
}

static bool read_minutes(struct mending *mending, struct wrong *ret)
{
	char *end;

	if (!*mending->minutes)
		return true;
	long minutes = strtol(mending->minutes, &end, 10);
	if (*end || minutes < 0 || minutes > 5000000)
		return fail(ret, "minutes", TEXT_rule_minutes);
	mending->filter.older_ms = minutes * MS_PER_MINUTE;
	return true;
}

bool mending_read_filter(struct page *page, struct mending *mending, struct wrong *ret)
{
	*ret = (struct wrong){.field = NULL};
	*mending =
		(struct mending){.node = nodes_find(&page->portal->nodes, page_value(page, "node")),
			.queue = page_value(page, "queue"),
			.type = page_value(page, "type"),
			.why = page_value(page, "why"),
			.state = page_value(page, "state"),
			.entity = page_value(page, "entity"),
			.minutes = page_value(page, "minutes")};
	struct queue_filter *filter = &mending->filter;
	*filter = (struct queue_filter){.type = text_of(mending->type),
		.why = text_of(mending->why),
		.state = text_of(mending->state)};
	mending->filtered = *mending->type || *mending->why || *mending->state ||
			    *mending->entity || *mending->minutes;
	if (!mending->node || mending->node->elsewhere || !strchr(mending->queue, '/') ||
		strlen(mending->queue) > 48)
		return fail(ret, NULL, TEXT_no_such_page_why);
	if (filter->type.n > 48)
		return fail(ret, "type", TEXT_rule_too_long);
	if (filter->why.n > 96)
		return fail(ret, "why", TEXT_rule_too_long);
	if (filter->state.n > 16)
		return fail(ret, "state", TEXT_rule_too_long);
	if (*mending->entity &&
		!uuid_parse(mending->entity, strlen(mending->entity), &filter->entity))
		return fail(ret, "entity", TEXT_rule_uuid);
	return read_minutes(mending, ret);
}

static void read_items(struct page *page, struct mending *mending)
{
	struct bytes form = http_body(page->request);

	while (mending->n_items < MENDING_ITEMS) {
		const char *item = http_next_value(page->arena, &form, "item");
		if (!item)
			return;
		if (*item && strlen(item) <= 40)
			mending->items[mending->n_items++] = text_of(item);
	}
}

bool mending_read(struct page *page, struct mending *mending, struct wrong *ret)
{
	const char *key = page_value(page, "key"), *verb = page_value(page, "verb");

	if (!mending_read_filter(page, mending, ret))
		return false;
	mending->all = !strcmp(page_value(page, "all"), "yes");
	mending->twice = !strcmp(page_value(page, "twice"), "yes");
	mending->reason = page_value(page, "reason");
	read_items(page, mending);
	if (!uuid_parse(key, strlen(key), &mending->key))
		mending->key = uuid_make(clock_now(&page->portal->clock), &page->portal->random);
	const struct enum_value *value = enum_by_word(words_mend_verb(), verb, strlen(verb));
	if (!queue_mendable(mending->queue))
		return fail(ret, NULL, TEXT_no_such_page_why);
	if (!value)
		return fail(ret, "verb-retry", TEXT_rule_verb);
	mending->verb = (enum mend_verb)value->number;
	if (!mending->all && mending->n_items == 0)
		return fail(ret, "items", TEXT_rule_items);
	return true;
}

/* ---- writing --------------------------------------------------------------------------------- */

void mending_write_hidden(struct page *page, const struct mending *mending)
{
	const struct attr fields[] = {{"node", mending->node->name}, {"queue", mending->queue},
		{"type", mending->type}, {"why", mending->why}, {"state", mending->state},
		{"entity", mending->entity}, {"minutes", mending->minutes},
		{"verb", enum_word(words_mend_verb, mending->verb)},
		{"all", mending->all ? "yes" : ""}, {"twice", mending->twice ? "yes" : ""}};
	char key[UUID_TEXT_BYTES];

	uuid_format(mending->key, key);
	page_hidden(page, "key", key);
	for (size_t i = 0; i < sizeof(fields) / sizeof(fields[0]); i++)
		if (*fields[i].value)
			page_hidden(page, fields[i].name, fields[i].value);
	for (size_t i = 0; i < mending->n_items; i++) {
		const char *item = text_string(page->arena, mending->items[i]);
		page_hidden(page, "item", item ? item : "");
	}
}

const char *mending_path(struct page *page, const struct mending *mending)
{
	const char *path = html_path(page->arena, "/queue",
		ATTRS({"node", mending->node->name}, {"queue", mending->queue},
			{"type", mending->type}, {"why", mending->why}, {"state", mending->state},
			{"entity", mending->entity}, {"minutes", mending->minutes}));

	return path ? path : "/queues";
}

enum text_key mending_verb_name(enum mend_verb verb)
{
	static const enum text_key names[] = {[mend_verb_retry] = TEXT_verb_retry,
		[mend_verb_drop] = TEXT_verb_drop,
		[mend_verb_bury] = TEXT_verb_bury,
		[mend_verb_kick] = TEXT_verb_kick};

	return verb >= mend_verb_retry && verb <= mend_verb_kick ? names[verb] : TEXT_verb_retry;
}

void write_wrong(struct page *page, const struct wrong *wrong)
{
	struct html *html = &page->html;
	const char *href = arena_printf(page->arena, "#%s", wrong->field ? wrong->field : "main");

	html_open(html, "div",
		ATTRS({"class", "alert alert-error portal-alert"}, {"role", "alert"},
			{"id", "errors"}));
	html_open(html, "div", ATTRS({"class", "alert-body"}));
	html_said(html, "h2", ATTRS({"class", "alert-heading"}), TEXT_errors_here);
	html_open(html, "ul", NO_ATTRS);
	html_open(html, "li", NO_ATTRS);
	html_said(
		html, "a", ATTRS({"href", href ? href : "#main"}, {"class", "link"}), wrong->rule);
	html_close(html);
	html_close(html);
	html_close(html);
	html_close(html);
}

static const struct wrong *about(const struct wrong *wrong, const char *field)
{
	return wrong && wrong->field && !strcmp(wrong->field, field) ? wrong : NULL;
}

static void open_group(
	struct page *page, const char *name, enum text_key label, const struct wrong *wrong)
{
	const char *id = arena_printf(page->arena, "%s-error", name);

	html_open(&page->html, "div",
		ATTRS({"class", wrong ? "form-group form-error" : "form-group"}));
	html_said(&page->html, "label", ATTRS({"class", "form-label"}, {"for", name}), label);
	if (wrong)
		html_said(&page->html, "span",
			ATTRS({"class", "form-error-message"}, {"id", id ? id : ""}), wrong->rule);
}

void write_input(struct page *page, const struct input *input)
{
	const struct wrong *wrong = about(input->wrong, input->name);
	const char *id = wrong ? arena_printf(page->arena, "%s-error", input->name) : NULL;

	open_group(page, input->name, input->label, wrong);
	html_void(&page->html, "input",
		ATTRS({"class", "form-input"}, {"id", input->name}, {"name", input->name},
			{"type", input->type ? input->type : "text"}, {"value", input->value},
			{"maxlength", "100"}, {"spellcheck", "false"},
			{"aria-invalid", wrong ? "true" : NULL}, {"aria-describedby", id}));
	html_close(&page->html);
}

void write_reason(struct page *page, const char *value, const struct wrong *wrong)
{
	wrong = about(wrong, "reason");
	open_group(page, "reason", TEXT_reason, wrong);
	html_said(&page->html, "span", ATTRS({"class", "form-hint"}, {"id", "reason-hint"}),
		TEXT_reason_hint);
	html_element(&page->html, "textarea",
		ATTRS({"class", "form-input"}, {"id", "reason"}, {"name", "reason"}, {"rows", "3"},
			{"maxlength", "500"}, {"required", ""},
			{"aria-invalid", wrong ? "true" : NULL},
			{"aria-describedby", wrong ? "reason-error reason-hint" : "reason-hint"}),
		value);
	html_close(&page->html);
}

void write_back(struct page *page, const struct mending *mending)
{
	struct html *html = &page->html;

	html_open(html, "p", NO_ATTRS);
	html_said(html, "a", ATTRS({"class", "link"}, {"href", mending_path(page, mending)}),
		TEXT_to_the_queue);
	html_close(html);
}

void refuse_queue(struct page *page)
{
	page_refuse(page, 404, TEXT_no_such_page, TEXT_no_such_page_why);
}
