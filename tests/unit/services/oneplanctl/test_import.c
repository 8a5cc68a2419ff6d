/* What an import is made of: lines of a pipe, one line's meaning and key, the window that keeps
 * order. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

#include "common/clock.h"
#include "common/uuid.h"
#include "proto/intake.h"
#include "services/oneplanctl/import_line.h"
#include "services/oneplanctl/lines.h"
#include "services/oneplanctl/window.h"

#define COUNT(rows) (sizeof(rows) / sizeof((rows)[0]))
#define LINE(command_, at_, by_, with_) \
	"{\"command\":\"" command_ "\",\"at\":\"" at_ "\",\"by\":\"" by_ "\",\"with\":" with_ "}"
#define INQUIRY "{\"channel\":\"phone\",\"asker\":\"citizen\",\"life_areas\":[\"housing\"]}"
#define WHEN "2024-05-02T09:00:00Z"

/* ---- one line -------------------------------------------------------------------------------- */

static enum err parse(
	const char *line, struct arena *arena, struct import_line *ret, struct reason *reason)
{
	*ret = (struct import_line){.role = "intake"};
	return import_line_parse(text_of(line), arena, ret, reason);
}

static int set_up(void **state)
{
	struct arena *arena = malloc(sizeof(*arena));

	arena_init(arena, (size_t)4 * 1024 * 1024);
	*state = arena;
	return 0;
}

static int tear_down(void **state)
{
	arena_done(*state);
	free(*state);
	return 0;
}

static void test_good_line(void **state)
{
	struct import_line line;
	struct reason reason = {0};
	const char *text = LINE("receive_inquiry", WHEN, "front_desk:desk-1", INQUIRY);

	assert_int_equal(parse(text, *state, &line, &reason), ERR_OK);
	assert_ptr_equal(line.schema, schema_receive_inquiry());
	const struct receive_inquiry *with = line.with;
	assert_int_equal(with->channel, channel_phone);
	assert_int_equal(with->life_areas.at[0], life_area_housing);
	assert_true(text_is(line.by.role, "front_desk"));
	assert_true(text_is(line.by.id, "desk-1"));
	assert_int_equal(line.at, 1714640400000);
	assert_int_equal(uuid_time(line.key), line.at);
}

/* The key is what makes importing a line twice harmless: it must not depend on anything but the
 * line. */
static void test_key_of_a_line(void **state)
{
	const char *text = LINE("receive_inquiry", WHEN, "front_desk:desk-1", INQUIRY);
	const char *other = LINE("receive_inquiry", WHEN, "front_desk:desk-2", INQUIRY);
	struct import_line a, b, c;
	struct reason reason = {0};
	const struct uuid want = uuid_of_hash(1714640400000, bytes_of_string(text));

	assert_int_equal(parse(text, *state, &a, &reason), ERR_OK);
	assert_int_equal(parse(text, *state, &b, &reason), ERR_OK);
	assert_int_equal(parse(other, *state, &c, &reason), ERR_OK);
	assert_true(uuid_equal(a.key, want));
	assert_true(uuid_equal(a.key, b.key));
	assert_false(uuid_equal(a.key, c.key));
}

static void test_bad_lines(void **state)
{
	static const struct {
		const char *line;
		const char *field;
	} rows[] = {
		{"not json", ""},
		{"[]", ""},
		{"{}", "command"},
		{"{\"command\":\"receive_inquiry\"}", "at"},
		{LINE("receive_nothing", WHEN, "front_desk:desk-1", "{}"), "command"},
		{LINE("show_inquiry", WHEN, "front_desk:desk-1", "{}"), "command"},
		{LINE("show_report", WHEN, "front_desk:desk-1", "{}"), "command"},
		{LINE("receive_inquiry", "2024-02-30T09:00:00Z", "front_desk:desk-1", INQUIRY),
			"at"},
		{LINE("receive_inquiry", "1969-01-01T09:00:00Z", "front_desk:desk-1", INQUIRY),
			"at"},
		{LINE("receive_inquiry", WHEN, "somebody", INQUIRY), "by"},
		{LINE("receive_inquiry", WHEN, "front_desk:desk-1", "[]"), "with"},
		{LINE("receive_inquiry", WHEN, "front_desk:desk-1", "{\"channel\":\"pigeon\"}"),
			"with.channel"},
		{LINE("receive_inquiry", WHEN, "front_desk:desk-1",
			 "{\"channel\":\"phone\",\"asker\":\"citizen\",\"life_areas\":[\"moon\"]}"),
			"with.life_areas[0]"},
		{"{\"command\":\"receive_inquiry\",\"colour\":1}", "colour"},
	};

	for (size_t i = 0; i < COUNT(rows); i++) {
		struct import_line line;
		struct reason reason = {0};
		assert_int_not_equal(parse(rows[i].line, *state, &line, &reason), ERR_OK);
		assert_string_equal(reason.field, rows[i].field);
		assert_true(reason.rule[0]);
	}
}

/* ---- lines of a pipe ------------------------------------------------------------------------- */

struct pipe_of {
	int ends[2];
	struct lines lines;
};

static void open_pipe(struct pipe_of *p)
{
	assert_int_equal(pipe(p->ends), 0);
	assert_int_equal(lines_init(&p->lines, p->ends[0]), ERR_OK);
}

static void put(struct pipe_of *p, const char *text)
{
	assert_int_equal(write(p->ends[1], text, strlen(text)), strlen(text));
}

static void assert_line(struct pipe_of *p, const char *want)
{
	struct bytes got;

	assert_int_equal(lines_next(&p->lines, 0, &got), LINES_ONE);
	assert_int_equal(got.n, strlen(want));
	assert_memory_equal(got.n ? (const char *)got.p : "", want, got.n);
}

static void test_lines_of_a_pipe(void **state)
{
	struct pipe_of p;
	struct bytes got;

	(void)state;
	open_pipe(&p);
	assert_int_equal(lines_next(&p.lines, 0, &got), LINES_LATER);
	put(&p, "one\ntwo\r\n\nthr");
	assert_line(&p, "one");
	assert_line(&p, "two");
	assert_line(&p, "");
	assert_int_equal(lines_next(&p.lines, 0, &got), LINES_LATER);
	put(&p, "ee\nlast without an end");
	assert_line(&p, "three");
	assert_int_equal(p.lines.number, 4);
	close(p.ends[1]);
	assert_line(&p, "last without an end");
	assert_int_equal(lines_next(&p.lines, 0, &got), LINES_END);
	assert_int_equal(p.lines.consumed, strlen("one\ntwo\r\n\nthree\nlast without an end"));
	lines_done(&p.lines);
	close(p.ends[0]);
}

static void test_a_line_too_long(void **state)
{
	enum { PIECE = 4096 };
	struct pipe_of p;
	struct bytes got;
	char piece[PIECE + 1];
	enum lines_result result = LINES_LATER;

	(void)state;
	memset(piece, 'x', PIECE);
	piece[PIECE] = '\0';
	open_pipe(&p);
	for (size_t n = 0; n < 3 * (size_t)LINES_LONGEST; n += PIECE) {
		put(&p, piece);
		result = lines_next(&p.lines, 0, &got);
		assert_int_equal(result, LINES_LATER);
	}
	put(&p, "\nnext\n");
	assert_int_equal(lines_next(&p.lines, 0, &got), LINES_TOO_LONG);
	assert_line(&p, "next");
	assert_int_equal(p.lines.number, 2);
	lines_done(&p.lines);
	close(p.ends[0]);
	close(p.ends[1]);
}

/* ---- the window ------------------------------------------------------------------------------ */

static void fill(struct window *window, unsigned n)
{
	assert_int_equal(window_init(window, n), ERR_OK);
	for (unsigned i = 0; i < n; i++)
		assert_int_equal(window_add(window, bytes_of_string("line"), i + 1), ERR_OK);
	assert_true(window_full(window));
}

/* Sends everything that may be sent; the correlation of line n is `from` + n. Returns the first
 * number. */
static uint64_t send_all(struct window *window, uint64_t from)
{
	struct window_line *line;
	uint64_t first = 0;

	while ((line = window_next(window)) != NULL) {
		first = first ? first : line->number;
		window_sent(window, from + line->number);
	}
	return first;
}

static void assert_taken(struct window *window, uint64_t number, enum line_state state)
{
	const struct window_line *line = window_take(window);

	assert_non_null(line);
	assert_int_equal(line->number, number);
	assert_int_equal(line->state, state);
}

static void test_results_in_order(void **state)
{
	const struct reason why = {.code = ERR_CONFLICT};
	struct window window;

	(void)state;
	fill(&window, 3);
	assert_int_equal(send_all(&window, 100), 1);
	window_answer(&window, 103, LINE_DONE, &why);
	window_answer(&window, 102, LINE_REFUSED, &why);
	window_answer(&window, 999, LINE_DONE, &why);
	assert_null(window_take(&window));
	window_answer(&window, 101, LINE_REPLAYED, &why);
	assert_int_equal(window.in_flight, 0);
	assert_taken(&window, 1, LINE_REPLAYED);
	assert_taken(&window, 2, LINE_REFUSED);
	assert_taken(&window, 3, LINE_DONE);
	assert_null(window_take(&window));
	window_done(&window);
}

/* Line 2 is not decided: 3, refused behind it, is asked again after it; 4, done, is not. */
static void test_nothing_overtakes(void **state)
{
	const struct reason why = {.code = ERR_NOT_FOUND};
	struct window window;

	(void)state;
	fill(&window, 4);
	send_all(&window, 100);
	window_answer(&window, 101, LINE_REFUSED, &why);
	window_answer(&window, 102, LINE_UNDECIDED, &why);
	window_answer(&window, 103, LINE_REFUSED, &why);
	assert_null(window_next(&window));
	window_answer(&window, 104, LINE_DONE, &why);
	assert_taken(&window, 1, LINE_REFUSED);
	assert_null(window_take(&window));
	window_resume(&window);
	assert_int_equal(window_next(&window)->number, 2);
	window_sent(&window, 202);
	assert_int_equal(window_next(&window)->number, 3);
	window_sent(&window, 203);
	assert_null(window_next(&window));
	window_answer(&window, 202, LINE_DONE, &why);
	window_answer(&window, 203, LINE_DONE, &why);
	assert_taken(&window, 2, LINE_DONE);
	assert_taken(&window, 3, LINE_DONE);
	assert_taken(&window, 4, LINE_DONE);
	window_done(&window);
}

static void test_lost_connection(void **state)
{
	const struct reason why = {.code = ERR_OK};
	struct window window;

	(void)state;
	fill(&window, 3);
	send_all(&window, 100);
	window_answer(&window, 101, LINE_DONE, &why);
	window_lost(&window);
	assert_int_equal(window.in_flight, 0);
	assert_taken(&window, 1, LINE_DONE);
	assert_int_equal(window_add(&window, bytes_of_string("longer line"), 4), ERR_OK);
	assert_null(window_next(&window));
	window_resume(&window);
	assert_int_equal(send_all(&window, 200), 2);
	window_answer(&window, 103, LINE_DONE, &why); /* of the old connection */
	assert_int_equal(window.in_flight, 3);
	window_done(&window);
}

static void test_wrong_lines_are_not_sent(void **state)
{
	const struct reason why = {.code = ERR_INVALID};
	struct window window;

	(void)state;
	fill(&window, 3);
	assert_int_equal(window_next(&window)->number, 1);
	window_refused(&window, &why);
	assert_int_equal(window_next(&window)->number, 2);
	window_not_sent(&window);
	assert_null(window_next(&window));
	assert_taken(&window, 1, LINE_REFUSED);
	assert_null(window_take(&window));
	window_resume(&window);
	assert_int_equal(send_all(&window, 100), 2);
	window_done(&window);
}

/* Whatever the node does, every line ends decided, in order, and none is refused behind one that
 * was not decided. */
static void test_random_weather(void **state)
{
	enum { LINES = 5000, WIDTH = 7 };
	const struct reason why = {.code = ERR_CONFLICT};
	uint64_t seed = 42, next = 1, taken = 0, correlation = 0;
	const struct random random = random_seeded(&seed);
	struct window window;

	(void)state;
	assert_int_equal(window_init(&window, WIDTH), ERR_OK);
	while (taken < LINES) {
		struct window_line *line;
		while (!window_full(&window) && next <= LINES)
			assert_int_equal(window_add(&window, bytes_of_string("x"), next++), ERR_OK);
		while ((line = window_next(&window)) != NULL)
			window_sent(&window, ++correlation);
		uint64_t first = correlation >= WIDTH ? correlation - WIDTH : 0;
		for (uint64_t c = first; c <= correlation; c++) {
			uint64_t dice = random_u64(&random) % 20;
			if (dice == 0)
				window_lost(&window);
			else
				window_answer(
					&window, c, dice < 3 ? LINE_UNDECIDED : LINE_DONE, &why);
		}
		if (window.stopped && window.in_flight == 0)
			window_resume(&window);
		while ((line = window_take(&window)) != NULL)
			assert_int_equal(line->number, ++taken);
	}
	assert_int_equal(window.n, 0);
	window_done(&window);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(test_good_line, set_up, tear_down),
		cmocka_unit_test_setup_teardown(test_key_of_a_line, set_up, tear_down),
		cmocka_unit_test_setup_teardown(test_bad_lines, set_up, tear_down),
		cmocka_unit_test(test_lines_of_a_pipe),
		cmocka_unit_test(test_a_line_too_long),
		cmocka_unit_test(test_results_in_order),
		cmocka_unit_test(test_nothing_overtakes),
		cmocka_unit_test(test_lost_connection),
		cmocka_unit_test(test_wrong_lines_are_not_sent),
		cmocka_unit_test(test_random_weather),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
