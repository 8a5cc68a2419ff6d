/* The order of the board. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <string.h>

#include <cmocka.h>

#include "services/portal/board.h"

static void test_worst_first(void **state)
{
	static struct portal_node a = {.name = "a"}, b = {.name = "b"}, down = {.name = "down"};
	static const struct queue_row rows[] = {
		{.queue = {"link/x", 6, false}, .verdict = queue_verdict_ok, .age_ms = 900},
		{.queue = {"link/y", 6, false}, .verdict = queue_verdict_stalled, .age_ms = 5},
		{.queue = {"link/z", 6, false}, .verdict = queue_verdict_stalled, .age_ms = 50},
		{.queue = {"link/w", 6, false}, .verdict = queue_verdict_stopped},
		{.queue = {"link/v", 6, false}, .verdict = queue_verdict_slow},
		{.queue = {"link/u", 6, false}, .verdict = (enum queue_verdict)77}};
	struct board_line lines[] = {{&a, &rows[0], NULL}, {&a, &rows[1], NULL},
		{&b, &rows[2], NULL}, {&b, &rows[3], NULL}, {&a, &rows[4], NULL},
		{&down, NULL, NULL}, {&b, &rows[5], NULL}, {&b, &rows[0], NULL}};
	/* a node that is down, STOPPED (and what is not known), STALLED by age, SLOW, OK by name */
	static const char *const want = "- u w z y v x x";
	char got[32] = "";
	(void)state;

	board_sort(lines, sizeof(lines) / sizeof(lines[0]));
	for (size_t i = 0; i < sizeof(lines) / sizeof(lines[0]); i++) {
		const char one[] = {lines[i].row ? lines[i].row->queue.p[5] : '-', ' ', '\0'};
		strcat(got, one);
	}
	got[strlen(got) - 1] = '\0';
	assert_string_equal(got, want);
	assert_ptr_equal(lines[6].node, &a);
	board_sort(lines, 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_worst_first),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
