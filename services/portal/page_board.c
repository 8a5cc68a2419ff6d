/* The queue board: asks every node for its queues and shows them all. Touches the nodes through
 * page_ask. */
#include "services/portal/amounts.h"
#include "services/portal/board.h"
#include "services/portal/routes.h"

struct board {
	size_t n; /* asked */
	struct ask *asks[NODES_MAX];
	struct queue_board replies[NODES_MAX];
	bool whole; /* a page, not only the rows */
	struct board_line *lines;
	size_t n_lines;
	size_t by_rank[queue_verdict_stopped + 2];
};

static void collect(struct page *page, struct board *board)
{
	size_t n = 0;

	for (size_t i = 0; i < board->n; i++)
		n += board->asks[i]->good ? board->replies[i].queues.n : 1;
	board->lines = page_alloc(page, (n + 1) * sizeof(*board->lines));
	for (size_t i = 0; board->lines && i < board->n; i++) {
		const struct ask *ask = board->asks[i];
		const struct queue_board *reply = &board->replies[i];
		if (!ask->good)
			board->lines[board->n_lines++] =
				(struct board_line){.node = ask->node, .ask = ask};
		for (size_t k = 0; ask->good && k < reply->queues.n; k++)
			board->lines[board->n_lines++] =
				(struct board_line){ask->node, &reply->queues.at[k], ask};
	}
	board_sort(board->lines, board->n_lines);
	for (size_t i = 0; i < board->n_lines; i++)
		board->by_rank[board_rank(&board->lines[i])]++;
}

/* ---- rows ------------------------------------------------------------------------------------ */

static void open_cell(struct page *page, enum text_key title, const char *class)
{
	html_open(&page->html, "td",
		ATTRS({"data-title", text_in(title, page->language)}, {"class", class}));
}

static void write_cell(struct page *page, enum text_key title, const char *s)
{
	open_cell(page, title, "portal-number");
	html_string(&page->html, s);
	html_close(&page->html);
}

static void write_queue_cell(struct page *page, const struct board_line *line)
{
	struct html *html = &page->html;
	const char *queue = text_string(page->arena, line->row->queue);
	const char *path = html_path(
		page->arena, "/queue", ATTRS({"node", line->node->name}, {"queue", queue}));
	const char *id = arena_printf(page->arena, "q-%s-%s", line->node->name, queue ? queue : "");

	html_open(html, "th",
		ATTRS({"scope", "row"}, {"data-title", text_in(TEXT_queue, page->language)}));
	html_open(html, "a", ATTRS({"class", "link"}, {"href", path}, {"id", id}));
	board_write_name(page, line->row->queue);
	html_close(html);
	html_close(html);
}

static const char *both(struct page *page, int64_t a, int64_t b)
{
	const char *s = arena_printf(page->arena, "%lld / %lld", (long long)a, (long long)b);

	return s ? s : "";
}

static const char *hops_of(struct page *page, const struct queue_row *row)
{
	const char *s =
		row->hops ? arena_printf(page->arena, "%s / %s", amount_span(page, row->hop_p50_ms),
				    amount_span(page, row->hop_p99_ms))
			  : "–";

	return s ? s : "";
}

static void write_why(struct page *page, const struct queue_row *row)
{
	struct html *html = &page->html;

	open_cell(page, TEXT_why, "portal-why");
	if (row->paused_until) {
		html_said(html, "strong", NO_ATTRS, TEXT_paused_until);
		html_string(html, " ");
		write_time(page, row->paused_until);
		html_string(html, ". ");
	}
	board_write_reason(page, row->reason);
	html_close(html);
}

static void write_line(struct page *page, const struct board_line *line)
{
	const struct queue_row *row = line->row;
	struct html *html = &page->html;

	html_open(html, "tr", NO_ATTRS);
	open_cell(page, TEXT_verdict, NULL);
	board_write_verdict(page, row->verdict);
	html_close(html);
	write_queue_cell(page, line);
	open_cell(page, TEXT_node, NULL);
	html_string(html, line->node->name);
	html_close(html);
	write_cell(page, TEXT_waiting, amount_count(page, row->depth));
	write_cell(page, TEXT_oldest,
		row->depth && row->oldest ? amount_span(page, row->age_ms) : "–");
	write_cell(page, TEXT_in_out, both(page, row->came_1m, row->went_1m));
	write_cell(page, TEXT_latency, hops_of(page, row));
	write_why(page, row);
	html_close(html);
}

static void write_dead(struct page *page, const struct board_line *line)
{
	struct html *html = &page->html;

	html_open(html, "tr", NO_ATTRS);
	open_cell(page, TEXT_verdict, NULL);
	html_said(html, "strong", ATTRS({"class", board_badge(queue_verdict_stopped)}),
		TEXT_verdict_silent);
	html_close(html);
	html_open(html, "th",
		ATTRS({"scope", "row"}, {"data-title", text_in(TEXT_queue, page->language)}));
	html_said(html, "span", NO_ATTRS, TEXT_all_its_queues);
	html_close(html);
	open_cell(page, TEXT_node, NULL);
	html_string(html, line->node->name);
	html_close(html);
	html_open(html, "td",
		ATTRS({"colspan", "5"}, {"data-title", text_in(TEXT_why, page->language)}));
	SAY_WITH(html, TEXT_node_silent, line->node->name);
	html_string(html, " (");
	page_english(page, text_of(line->ask->reason.rule));
	html_string(html, ")");
	html_close(html);
	html_close(html);
}

/* ---- the board ------------------------------------------------------------------------------- */

static const char *summary_of(struct page *page, const struct board *board)
{
	size_t silent = board->by_rank[queue_verdict_stopped + 1];
	size_t bad = board->n_lines - board->by_rank[queue_verdict_ok] - silent;
	struct html line;

	html_init(&line, page->language);
	if (bad == 0 && silent == 0)
		SAY_WITH(&line, TEXT_board_all_well, amount_count(page, (int64_t)board->n_lines));
	if (bad)
		SAY_WITH(&line, TEXT_board_some_bad, amount_count(page, (int64_t)bad),
			amount_count(page, (int64_t)(board->n_lines - silent)));
	if (bad && silent)
		html_string(&line, " ");
	if (silent)
		SAY_WITH(&line, TEXT_board_silent, amount_count(page, (int64_t)silent));
	/* only numbers and texts of the catalogue: nothing in it was escaped */
	const char *s = line.out.failed ? NULL : arena_copy(page->arena, line.out.p, line.out.n);
	html_done(&line);
	return s ? s : "";
}

/* The lines that go well, or those that do not. */
static void write_table(struct page *page, const struct board *board, bool well)
{
	static const enum text_key titles[] = {TEXT_verdict, TEXT_queue, TEXT_node, TEXT_waiting,
		TEXT_oldest, TEXT_in_out, TEXT_latency, TEXT_why};
	struct html *html = &page->html;

	page_open_table(page, &(struct page_table){"lg", "portal-board",
				      well ? TEXT_board_well_caption : TEXT_board_caption, titles,
				      sizeof(titles) / sizeof(titles[0])});
	for (size_t i = 0; i < board->n_lines; i++) {
		const struct board_line *line = &board->lines[i];
		if ((board_rank(line) == queue_verdict_ok) != well)
			continue;
		if (line->row)
			write_line(page, line);
		else
			write_dead(page, line);
	}
	html_close(html);
	html_close(html);
}

/* What goes well is folded away when something does not. */
static void write_board(struct page *page, const struct board *board)
{
	struct html *html = &page->html;
	size_t well = board->by_rank[queue_verdict_ok], bad = board->n_lines - well;

	html_open(html, "div",
		ATTRS({"id", "board-rows"}, {"data-summary", summary_of(page, board)}));
	if (bad)
		write_table(page, board, false);
	if (well) {
		html_open(html, "details",
			ATTRS({"id", "board-well"}, {"class", "portal-details"},
				{"open", bad ? NULL : ""}));
		html_open(html, "summary", ATTRS({"id", "board-well-summary"}));
		SAY_WITH(html, TEXT_board_well, amount_count(page, (int64_t)well));
		html_close(html);
		write_table(page, board, true);
		html_close(html);
	}
	html_open(html, "p", ATTRS({"class", "portal-asof"}));
	html_say(html, TEXT_as_of);
	html_string(html, " ");
	write_time(page, clock_now(&page->portal->clock));
	html_close(html);
	html_close(html);
}

static void write_tools(struct page *page)
{
	struct html *html = &page->html;

	html_open(html, "div", ATTRS({"class", "portal-actions"}));
	html_said(html, "a", ATTRS({"href", "/queues"}, {"class", "button button-secondary"}),
		TEXT_reload);
	html_said(html, "button",
		ATTRS({"type", "button"}, {"id", "board-pause"},
			{"class", "button button-secondary"}, {"hidden", ""},
			{"aria-pressed", "false"}),
		TEXT_hold_updates);
	html_close(html);
}

static void write_page(struct page *page, const struct board *board)
{
	struct html *html = &page->html;

	page_begin(page, &(struct page_frame){.title = TEXT_board_title, .place = PLACE_BOARD});
	html_element(html, "p",
		ATTRS({"id", "board-status"}, {"class", "portal-summary"}, {"role", "status"},
			{"aria-live", "polite"}),
		summary_of(page, board));
	html_open(html, "p",
		ATTRS({"id", "board-lost"}, {"class", "portal-lost"}, {"role", "alert"},
			{"hidden", ""}));
	html_close(html);
	write_tools(page);
	html_open(html, "div",
		ATTRS({"id", "board"}, {"data-from", "/queues/rows"},
			{"data-every", amount_count(page, page->portal->settings.refresh_ms)},
			{"data-lost", text_in(TEXT_board_lost, page->language)},
			{"data-over", text_in(TEXT_session_over, page->language)}));
	write_board(page, board);
	page_end(page, 200);
}

static void show(struct page *page)
{
	struct board *board = page->own;

	collect(page, board);
	if (board->whole) {
		write_page(page, board);
		return;
	}
	write_board(page, board);
	page_send(page, 200);
}

static void ask_all(struct page *page, bool whole)
{
	const struct show_queues query = {.queue = TEXT_NONE};
	struct nodes *nodes = &page->portal->nodes;
	struct board *board = page_alloc(page, sizeof(*board));

	if (!board) {
		page_send(page, 500);
		return;
	}
	page->own = board;
	board->whole = whole;
	for (size_t i = 0; i < nodes->n; i++) {
		if (nodes->at[i].elsewhere)
			continue;
		struct ask *ask = page_ask(page, &(struct page_question){.node = &nodes->at[i],
							 .schema = schema_show_queues(),
							 .fields = &query,
							 .reply = &board->replies[i]});
		if (ask)
			board->asks[board->n++] = ask;
	}
	page_then(page, show);
}

void page_board(struct page *page)
{
	ask_all(page, true);
}

void page_board_rows(struct page *page)
{
	ask_all(page, false);
}
