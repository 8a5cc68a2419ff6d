/* Cards: their fingerprint is of what they say and not of its order, and people may write it as
 * they like; what was changed on its way has another one; what is written is read again. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

#include "services/oneplanctl/town_card.h"

#define KEY "rq:rM>}U?@Lns47E1%kR.o@n%FcmmsL/@{H8]yf7"

static struct town two(void)
{
	return (struct town){.dir = "",
		.nodes = {{"intake", "intake", "tcp://10.99.0.1:7610", KEY, "", false},
			{"planning.youth", "planning", "tcp://10.99.0.2:7301", KEY, "youth",
				false}},
		.n = 2};
}

static void test_order_does_not_matter(void **state)
{
	char print[CARD_PRINT_BYTES], again[CARD_PRINT_BYTES];
	struct town town = two(), turned = two();

	(void)state;
	turned.nodes[0] = town.nodes[1];
	turned.nodes[1] = town.nodes[0];
	card_fingerprint(&town, print);
	card_fingerprint(&turned, again);
	assert_string_equal(print, again);
	assert_int_equal(strlen(print), CARD_PRINT_BYTES - 1);
	assert_int_equal(print[4], '-');
}

static void test_every_change_shows(void **state)
{
	static const size_t places[] = {offsetof(struct town_node, name),
		offsetof(struct town_node, role), offsetof(struct town_node, endpoint),
		offsetof(struct town_node, public_key), offsetof(struct town_node, department)};
	char print[CARD_PRINT_BYTES], other[CARD_PRINT_BYTES];
	struct town town = two();

	(void)state;
	card_fingerprint(&town, print);
	for (size_t i = 0; i < sizeof(places) / sizeof(places[0]); i++) {
		struct town changed = two();
		const char *value = "another";
		memcpy((char *)&changed.nodes[1] + places[i], &value, sizeof(value));
		card_fingerprint(&changed, other);
		assert_string_not_equal(print, other);
	}
	town.n = 1;
	card_fingerprint(&town, other);
	assert_string_not_equal(print, other);
}

static void test_as_people_write_it(void **state)
{
	static const struct {
		const char *said;
		bool good;
	} rows[] = {
		{"71WB-K196-1ZV8-0NT9", true},
		{"71wb k196 1zv8 0nt9", true},
		{"7IWBK1961ZV8ONT9", true}, /* I for 1, O for 0 */
		{"71WB-K196-1ZV8", false},
		{"71WB-K196-1ZV8-0NT9-0", false},
		{"71WB-K196-1ZV8-0NT8", false},
		{"", false},
	};

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++)
		assert_int_equal(
			card_is_fingerprint(rows[i].said, "71WB-K196-1ZV8-0NT9"), rows[i].good);
}

static void test_written_and_read(void **state)
{
	char path[] = "/tmp/oneplan-card.XXXXXX", print[CARD_PRINT_BYTES], again[CARD_PRINT_BYTES];
	struct town town = two(), read;
	struct reason reason = {0};
	struct arena arena;
	int fd = mkstemp(path);

	(void)state;
	assert_true(fd >= 0);
	close(fd);
	unlink(path);
	arena_init(&arena, (size_t)1024 * 1024);
	const char *text = card_text(&arena, &town);
	assert_non_null(text);
	assert_int_equal(card_write(path, text, &reason), ERR_OK);
	assert_int_equal(card_write(path, text, &reason), ERR_OK); /* the same again */
	assert_int_equal(card_write(path, "another", &reason), ERR_CONFLICT);
	assert_int_equal(town_read(path, &arena, &read, &reason), ERR_OK);
	assert_int_equal(read.n, 2);
	card_fingerprint(&town, print);
	card_fingerprint(&read, again);
	assert_string_equal(print, again);
	assert_non_null(strstr(text, print));
	arena_done(&arena);
	unlink(path);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_order_does_not_matter),
		cmocka_unit_test(test_every_change_shows),
		cmocka_unit_test(test_as_people_write_it),
		cmocka_unit_test(test_written_and_read),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
