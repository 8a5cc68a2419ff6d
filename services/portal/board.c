/* Which queue is worse than which, and what queues and verdicts are called. Touches nothing. */
#include "services/portal/board.h"

#include <stdlib.h>
#include <string.h>

#include "services/portal/reasons.h"

/* ---- order ----------------------------------------------------------------------------------- */

unsigned board_rank(const struct board_line *line)
{
	unsigned silent = queue_verdict_stopped + 1u;

	if (!line->row)
		return silent;
	return (unsigned)line->row->verdict < silent ? (unsigned)line->row->verdict : silent - 1;
}

static int worst_first(const void *a, const void *b)
{
	const struct board_line *x = a, *y = b;
	unsigned rank_x = board_rank(x), rank_y = board_rank(y);
	int64_t age_x = x->row ? x->row->age_ms : 0, age_y = y->row ? y->row->age_ms : 0;

	if (rank_x != rank_y)
		return rank_x > rank_y ? -1 : 1;
	if (age_x != age_y)
		return age_x > age_y ? -1 : 1;
	int names = strcmp(x->node->name, y->node->name);
	if (names || !x->row || !y->row)
		return names;
	return bytes_compare(text_bytes(x->row->queue), text_bytes(y->row->queue));
}

void board_sort(struct board_line *lines, size_t n)
{
	if (n)
		qsort(lines, n, sizeof(*lines), worst_first);
}

/* ---- words ----------------------------------------------------------------------------------- */

enum text_key board_verdict_name(enum queue_verdict verdict)
{
	static const enum text_key names[] = {[queue_verdict_ok] = TEXT_verdict_ok,
		[queue_verdict_slow] = TEXT_verdict_slow,
		[queue_verdict_at_risk] = TEXT_verdict_at_risk,
		[queue_verdict_rewound] = TEXT_verdict_rewound,
		[queue_verdict_stalled] = TEXT_verdict_stalled,
		[queue_verdict_stopped] = TEXT_verdict_stopped};
	bool known = verdict >= queue_verdict_ok && verdict <= queue_verdict_stopped;

	return known ? names[verdict] : TEXT_verdict_stopped;
}

const char *board_badge(enum queue_verdict verdict)
{
	if (verdict == queue_verdict_ok)
		return "badge badge-success portal-badge portal-ok";
	if (verdict == queue_verdict_slow || verdict == queue_verdict_at_risk)
		return "badge badge-warning portal-badge portal-warn";
	return "badge badge-error portal-badge portal-bad";
}

void board_write_verdict(struct page *page, enum queue_verdict verdict)
{
	html_said(&page->html, "strong", ATTRS({"class", board_badge(verdict)}),
		board_verdict_name(verdict));
}

void board_write_name(struct page *page, struct text queue)
{
	static const struct {
		const char *prefix;
		enum text_key key; /* {0}: what follows the prefix */
	} kinds[] = {{"work/awaiting_talk", TEXT_queue_awaiting_talk},
		{"work/items", TEXT_queue_items}, {"work/answers", TEXT_queue_answers},
		{"work/commitments", TEXT_queue_commitments}, {"work/tasks", TEXT_queue_tasks},
		{"link/", TEXT_queue_link}, {"work/", TEXT_queue_work},
		{"outbox/", TEXT_queue_outbox}, {"quarantine/", TEXT_queue_quarantine},
		{"from/", TEXT_queue_from}};
	const char *name = text_string(page->arena, queue);

	for (size_t i = 0; name && i < sizeof(kinds) / sizeof(kinds[0]); i++) {
		size_t n = strlen(kinds[i].prefix);
		if (strncmp(name, kinds[i].prefix, n) != 0)
			continue;
		SAY_WITH(&page->html, kinds[i].key, name + n);
		return;
	}
	html_text(&page->html, queue);
}

void board_write_reason(struct page *page, struct text reason)
{
	const char *s = reason_in(page->arena, reason, page->language);

	if (s)
		html_string(&page->html, s);
	else
		page_english(page, reason);
}
