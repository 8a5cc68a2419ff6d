/* The pages of `top` and its keys, over a town that answered. */
#include "services/oneplanctl/top.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#define COUNT(rows) (sizeof(rows) / sizeof((rows)[0]))

struct bench {
	struct ctl ctl;
	struct watch watch;
	struct town_node nodes[3];
	struct status_reply statuses[3];
	struct queue_board boards[3], before[3];
	struct queue_row rows[3][4], earlier[3][4];
	struct top top;
	struct arena arena;
};

static struct queue_row a_row(const char *queue, int64_t depth, enum queue_verdict verdict)
{
	return (struct queue_row){.queue = text_of(queue),
		.kind = queue_kind_link,
		.depth = depth,
		.age_ms = depth * 1000,
		.verdict = verdict,
		.reason = text_of("because it is so"),
		.came = depth * 10,
		.went = depth * 9};
}

static void answer(struct bench *b, size_t i, const char *name, size_t n)
{
	struct watch_node *node = &b->watch.nodes[i];

	b->nodes[i].name = name;
	node->node = &b->nodes[i];
	node->watch = &b->watch;
	node->slots[WATCH_STATUS].replies[0] = &b->statuses[i];
	node->slots[WATCH_STATUS].round = 2;
	node->slots[WATCH_BOARD].replies[0] = &b->boards[i];
	node->slots[WATCH_BOARD].replies[1] = &b->before[i];
	node->slots[WATCH_BOARD].times[0] = 2000;
	node->slots[WATCH_BOARD].times[1] = 1000;
	b->boards[i].queues.at = b->rows[i];
	b->boards[i].queues.n = n;
	memcpy(b->earlier[i], b->rows[i], sizeof(b->rows[i]));
	for (size_t k = 0; k < n; k++)
		b->earlier[i][k].came = b->rows[i][k].came - b->rows[i][k].depth;
	b->before[i].queues.at = b->earlier[i];
	b->before[i].queues.n = n;
}

static int set_up(void **state)
{
	struct bench *b = calloc(1, sizeof(*b));

	arena_init(&b->arena, (size_t)16 * 1024 * 1024);
	b->ctl.town_dir = "run";
	b->watch.ctl = &b->ctl;
	b->watch.n = 3;
	b->watch.round = b->watch.over = 2;
	b->rows[0][0] = a_row("link/reporting", 5, queue_verdict_ok);
	b->rows[0][1] = a_row("link/planning.family", 900, queue_verdict_stalled);
	b->rows[1][0] = a_row("quarantine/intake", 2, queue_verdict_at_risk);
	b->rows[2][0] = a_row("link/intake", 40, queue_verdict_ok);
	answer(b, 0, "intake", 2);
	answer(b, 1, "reporting", 1);
	answer(b, 2, "planning.family", 1);
	b->watch.nodes[2].slots[WATCH_STATUS].round = 1; /* it did not answer any more */
	b->top.watch = &b->watch;
	*state = b;
	return 0;
}

static int tear_down(void **state)
{
	struct bench *b = *state;

	arena_done(&b->arena);
	free(b);
	return 0;
}

static const char *order_of(struct bench *b)
{
	const struct top_rows rows = top_rows(&b->top, &b->arena);
	char *text = arena_printf(&b->arena, "%s", "");

	for (size_t i = 0; i < rows.n; i++)
		text = arena_printf(&b->arena, "%s%s%.*s", text, i ? " " : "",
			(int)rows.at[i].queue->queue.n, rows.at[i].queue->queue.p);
	return text;
}

static void press(struct bench *b, const char *keys)
{
	for (; *keys; keys++)
		(void)top_key(&b->top, *keys, &b->arena);
}

static void test_orders(void **state)
{
	struct bench *b = *state;
	static const char *const want[TOP_SORTS] = {
		[TOP_BY_TROUBLE] =
			"link/planning.family quarantine/intake link/intake link/reporting",
		[TOP_BY_DEPTH] =
			"link/planning.family link/intake link/reporting quarantine/intake",
		[TOP_BY_AGE] = "link/planning.family link/intake link/reporting quarantine/intake",
		/* of what does not answer no rate is known */
		[TOP_BY_IN] = "link/planning.family link/reporting quarantine/intake link/intake",
		[TOP_BY_OUT] = "link/planning.family link/reporting quarantine/intake link/intake",
		[TOP_BY_NAME] = "link/planning.family link/reporting link/intake quarantine/intake",
	};

	for (size_t i = 0; i < TOP_SORTS; i++) {
		assert_int_equal(b->top.sort, i);
		assert_string_equal(order_of(b), want[i]);
		press(b, "s");
	}
	assert_int_equal(b->top.sort, TOP_BY_TROUBLE);
	press(b, "R");
	assert_string_equal(
		order_of(b), "link/reporting link/intake quarantine/intake link/planning.family");
}

static void test_rates(void **state)
{
	struct bench *b = *state;
	struct watch_rates rates = watch_rates(&b->watch.nodes[0], &b->rows[0][1]);

	assert_int_equal(rates.in, 900000);
	assert_int_equal(rates.out, 0);
	b->earlier[0][1].came = b->rows[0][1].came + 1; /* it was started anew */
	assert_int_equal(watch_rates(&b->watch.nodes[0], &b->rows[0][1]).in, -1);
	assert_int_equal(watch_rates(&b->watch.nodes[2], &b->rows[2][0]).in, -1);
	assert_int_equal(watch_head_rate(&b->watch.nodes[0]), -1);
}

static void test_filters(void **state)
{
	struct bench *b = *state;

	press(b, "t");
	assert_string_equal(order_of(b), "link/planning.family quarantine/intake");
	press(b, "t/PORTq");
	assert_true(b->top.typing);
	assert_string_equal(b->top.filter, "PORTq");
	(void)top_key(&b->top, SCREEN_BACK, &b->arena);
	(void)top_key(&b->top, SCREEN_ENTER, &b->arena);
	assert_false(b->top.typing);
	assert_string_equal(order_of(b), "quarantine/intake link/reporting");
	(void)top_key(&b->top, SCREEN_ESCAPE, &b->arena);
	assert_string_equal(b->top.filter, "");
	press(b, "/stall");
	assert_string_equal(order_of(b), "link/planning.family");
	for (size_t i = 0; i < 200; i++)
		press(b, "x");
	assert_int_equal(strlen(b->top.filter), sizeof(b->top.filter) - 1);
}

/* The chosen queue is followed wherever it goes. */
static void test_choosing(void **state)
{
	struct bench *b = *state;

	(void)top_key(&b->top, SCREEN_DOWN, &b->arena);
	assert_string_equal(b->top.node, "reporting");
	assert_string_equal(b->top.queue, "quarantine/intake");
	press(b, "sssss");
	assert_int_equal(top_rows(&b->top, &b->arena).chosen, 3);
	(void)top_key(&b->top, SCREEN_DOWN, &b->arena);
	assert_int_equal(top_rows(&b->top, &b->arena).chosen, 3);
	(void)top_key(&b->top, SCREEN_FIRST, &b->arena);
	assert_string_equal(b->top.queue, "link/planning.family");
	(void)top_key(&b->top, SCREEN_UP, &b->arena);
	assert_int_equal(top_rows(&b->top, &b->arena).chosen, 0);
	assert_int_equal(top_key(&b->top, SCREEN_ENTER, &b->arena), TOP_PEEK);
	assert_int_equal(b->top.page, TOP_ITEMS);
	assert_int_equal(top_key(&b->top, 'r', &b->arena), TOP_PEEK);
	assert_int_equal(top_key(&b->top, SCREEN_ESCAPE, &b->arena), TOP_DRAW);
	assert_int_equal(b->top.page, TOP_TOWN);
	press(b, "?");
	assert_int_equal(b->top.page, TOP_HELP);
	assert_int_equal(top_key(&b->top, 'q', &b->arena), TOP_QUIT);
	assert_int_equal(top_key(&b->top, SCREEN_OTHER, &b->arena), TOP_NOTHING);
}

static const char *page_of(struct bench *b, size_t rows, size_t columns)
{
	const struct screen_size size = {rows, columns};
	const struct screen_line *lines = top_draw(&b->top, &size, &b->arena);
	const char *text = "";

	assert_non_null(lines);
	for (size_t i = 0; i < rows; i++) {
		assert_non_null(lines[i].text);
		text = arena_printf(&b->arena, "%s%s\n", text, lines[i].text);
	}
	return text;
}

/* Every size and page has all its lines, the last of them for the keys. */
static void test_sizes(void **state)
{
	struct bench *b = *state;
	const struct queue_items none = {.looked = 0};

	for (unsigned page = TOP_TOWN; page <= TOP_HELP; page++)
		for (size_t rows = 1; rows < 50; rows++) {
			b->top.page = (enum top_page)page;
			b->top.items.items = rows % 2 ? &none : NULL;
			const char *text = page_of(b, rows, 20 + rows * 3);
			assert_non_null(strstr(text, "q end"));
			arena_reset(&b->arena);
		}
	const struct screen_size nothing = {0, 0};
	assert_non_null(top_draw(&b->top, &nothing, &b->arena));
}

static void test_the_town(void **state)
{
	struct bench *b = *state;
	const char *text = page_of(b, 30, 100);

	assert_non_null(strstr(text, "3 nodes, 1 down  4 queues, 2 not ok  by trouble"));
	assert_non_null(strstr(text, "planning.family  down"));
	assert_non_null(strstr(text, "link/planning.family of intake: because it is so"));
	assert_non_null(strstr(text, "900/s"));
	for (char *line, *rest = arena_printf(&b->arena, "%s", text);
		(line = strsep(&rest, "\n")) != NULL;)
		assert_true(table_characters(line) <= 100);
	assert_non_null(strstr(page_of(b, 30, 140), "not known now: the node does not answer"));
}

static void test_trouble(void **state)
{
	struct bench *b = *state;
	struct quarantine_line lines[] = {
		{.owner = text_of("intake"), .seq = 7, .type = text_of("old"), .since = 1000},
		{.owner = text_of("intake"),
			.seq = 8,
			.why = text_of("it waits"),
			.since = 9000,
			.waits_behind = 7},
		{.owner = text_of("intake"),
			.seq = 9,
			.type = text_of("new"),
			.since = 2000,
			.why = text_of("no such plan")}};
	struct quarantine_page page = {.records = {.at = lines, .n = COUNT(lines)}};

	b->rows[1][0].kind = queue_kind_quarantine;
	b->watch.nodes[1].slots[WATCH_ASIDE].replies[0] = &page;
	const char *text = page_of(b, 30, 100);
	const char *newer = strstr(text, "intake/9 new"), *older = strstr(text, "intake/7 old");
	assert_non_null(newer);
	assert_non_null(older);
	assert_true(newer < older);
	assert_non_null(strstr(text, "no such plan"));
	assert_null(strstr(text, "it waits"));
	b->rows[1][0].depth = 0; /* mended since */
	assert_null(strstr(page_of(b, 30, 100), "intake/9"));
}

static void test_items(void **state)
{
	struct bench *b = *state;
	struct queue_item some[] = {{.item = text_of("7"),
		.type = text_of("plan_opened"),
		.state = text_of("waiting"),
		.why = text_of("no such\033[2J person")}};
	const struct queue_items items = {.items = {.at = some, .n = 1}};

	(void)top_key(&b->top, SCREEN_ENTER, &b->arena);
	b->top.items.asked = true;
	assert_non_null(strstr(page_of(b, 20, 100), "asking ..."));
	b->top.items = (struct top_items){.why = "intake is down"};
	assert_non_null(strstr(page_of(b, 20, 100), "intake is down"));
	b->top.items.items = &items;
	assert_non_null(strstr(page_of(b, 20, 100), "plan_opened"));
	assert_null(strchr(page_of(b, 20, 100), '\033'));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(test_orders, set_up, tear_down),
		cmocka_unit_test_setup_teardown(test_rates, set_up, tear_down),
		cmocka_unit_test_setup_teardown(test_filters, set_up, tear_down),
		cmocka_unit_test_setup_teardown(test_choosing, set_up, tear_down),
		cmocka_unit_test_setup_teardown(test_sizes, set_up, tear_down),
		cmocka_unit_test_setup_teardown(test_the_town, set_up, tear_down),
		cmocka_unit_test_setup_teardown(test_trouble, set_up, tear_down),
		cmocka_unit_test_setup_teardown(test_items, set_up, tear_down),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
