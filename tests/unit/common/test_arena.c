/* The arena's cap, alignment, zeroing and reset; touches the heap only. */
#include "common/arena.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

static void test_alignment_and_zeroes(void **state)
{
	struct arena arena;
	(void)state;

	arena_init(&arena, 1 << 20);
	for (int round = 0; round < 3; round++) {
		for (size_t size = 1; size < 300; size++) {
			unsigned char *p = arena_alloc(&arena, size);
			assert_non_null(p);
			assert_int_equal((uintptr_t)p % _Alignof(max_align_t), 0);
			for (size_t i = 0; i < size; i++)
				assert_int_equal(p[i], 0);
			/* What the next round gets must have been cleared again. */
			memset(p, 0xa5, size);
		}
		arena_reset(&arena);
		assert_int_equal(arena.used, 0);
	}
	arena_done(&arena);
}

/* Pieces do not overlap, also across chunks and for one larger than a chunk. */
static void test_pieces_are_apart(void **state)
{
	static const size_t sizes[] = {1, 100, 16000, 400, 16384, 3, 100000, 16, 16400};
	enum { PIECES = sizeof(sizes) / sizeof(sizes[0]) };
	unsigned char *pieces[PIECES];
	struct arena arena;
	(void)state;

	arena_init(&arena, 1 << 20);
	for (size_t i = 0; i < PIECES; i++) {
		pieces[i] = arena_alloc(&arena, sizes[i]);
		assert_non_null(pieces[i]);
		memset(pieces[i], (int)i + 1, sizes[i]);
	}
	for (size_t i = 0; i < PIECES; i++)
		for (size_t k = 0; k < sizes[i]; k++)
			assert_int_equal(pieces[i][k], i + 1);
	arena_done(&arena);
}

static void test_cap(void **state)
{
	static const struct {
		size_t cap;
		size_t first;
		size_t second;
		int want; /* how many of the two are given */
	} rows[] = {
		{0, 1, 1, 0},
		{64, 32, 32, 2},
		{64, 32, 33, 1},
		{64, 64, 1, 1},
		{64, 65, 64, 1},
		{64, SIZE_MAX, 64, 1},
		{100000, 100000, 1, 1},
		{100000, 50000, 50000, 2},
	};
	(void)state;

	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		struct arena arena;
		arena_init(&arena, rows[i].cap);
		int got = arena_alloc(&arena, rows[i].first) ? 1 : 0;
		got += arena_alloc(&arena, rows[i].second) ? 1 : 0;
		assert_int_equal(got, rows[i].want);
		arena_done(&arena);
	}
}

static void test_reset_gives_room_again(void **state)
{
	struct arena arena;
	(void)state;

	arena_init(&arena, 40000);
	for (int i = 0; i < 100; i++) {
		assert_non_null(arena_alloc(&arena, 20000));
		assert_non_null(arena_alloc(&arena, 20000));
		assert_null(arena_alloc(&arena, 20000));
		arena_reset(&arena);
	}
	arena_done(&arena);
	assert_int_equal(arena.used, 0);
	assert_null(arena.chunks);
	arena_reset(&arena);
	arena_done(&arena);
}

static void test_copy_and_printf(void **state)
{
	struct arena arena;
	char from[] = "one\0two";
	(void)state;

	arena_init(&arena, 1000);
	char *copy = arena_copy(&arena, from, 7);
	from[0] = 'x';
	assert_memory_equal(copy, "one\0two", 8);
	assert_string_equal(arena_copy(&arena, NULL, 0), "");
	assert_string_equal(arena_printf(&arena, "%s-%d", "a", 5), "a-5");
	assert_string_equal(arena_printf(&arena, "%s", ""), "");
	assert_null(arena_printf(&arena, "%2000d", 5));
	assert_null(arena_copy(&arena, from, 1000));
	arena_done(&arena);
}

static void test_gives_back_to_a_mark(void **state)
{
	struct arena arena;

	(void)state;
	arena_init(&arena, 100000);
	const struct arena_mark empty = arena_mark(&arena);
	char *kept = arena_copy(&arena, "kept", 4);
	const struct arena_mark mark = arena_mark(&arena);
	for (int round = 0; round < 10; round++) {
		for (int i = 0; i < 9; i++)
			assert_non_null(arena_alloc(&arena, 10000));
		arena_release(&arena, &mark);
		assert_int_equal(arena.used, mark.used);
		assert_string_equal(kept, "kept");
	}
	arena_release(&arena, &empty);
	assert_int_equal(arena.used, 0);
	arena_done(&arena);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_gives_back_to_a_mark),
		cmocka_unit_test(test_alignment_and_zeroes),
		cmocka_unit_test(test_pieces_are_apart),
		cmocka_unit_test(test_cap),
		cmocka_unit_test(test_reset_gives_room_again),
		cmocka_unit_test(test_copy_and_printf),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
