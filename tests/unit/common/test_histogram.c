/* Classes, what is read back, and forgetting; touches nothing. */
#include "common/histogram.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

/* Whatever the number, it is read back as no less, and at most a quarter more. */
static void test_classes(void **state)
{
	(void)state;

	for (int64_t n = 0; n < INT64_C(1) << 39; n = n < 2000 ? n + 1 : n + n / 7) {
		struct histogram histogram = {0};
		histogram_add(&histogram, n, 1);
		int64_t got = histogram_at(&histogram, 500);
		assert_true(got >= n);
		assert_true(got <= n + n / 4);
	}
}

static void test_ends(void **state)
{
	struct histogram histogram = {0};
	(void)state;

	assert_int_equal(histogram_at(&histogram, 990), 0);
	assert_int_equal(histogram_count(&histogram), 0);
	histogram_add(&histogram, -5, 1);
	assert_int_equal(histogram_at(&histogram, 1000), 0);
	histogram_add(&histogram, INT64_MAX, 1);
	assert_int_equal(histogram_count(&histogram), 2);
	assert_true(histogram_at(&histogram, 1000) > INT64_C(1) << 39);
}

static void test_quantiles(void **state)
{
	struct histogram histogram = {0};
	(void)state;

	histogram_add(&histogram, 1, 980);
	histogram_add(&histogram, 5, 10);
	histogram_add(&histogram, 1000, 10);
	assert_int_equal(histogram_count(&histogram), 1000);
	assert_int_equal(histogram_at(&histogram, 500), 1);
	assert_int_equal(histogram_at(&histogram, 980), 1);
	assert_int_equal(histogram_at(&histogram, 981), 5);
	assert_int_equal(histogram_at(&histogram, 990), 5);
	assert_int_equal(histogram_at(&histogram, 991), 1023);
}

static void test_forgetting(void **state)
{
	struct histogram histogram = {0};
	(void)state;

	histogram_add(&histogram, 3, 7);
	histogram_turn(&histogram);
	histogram_add(&histogram, 6, 2);
	assert_int_equal(histogram_count(&histogram), 9);
	histogram_turn(&histogram);
	assert_int_equal(histogram_count(&histogram), 2);
	assert_int_equal(histogram_at(&histogram, 10), 6);
	histogram_turn(&histogram);
	assert_int_equal(histogram_count(&histogram), 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_classes),
		cmocka_unit_test(test_ends),
		cmocka_unit_test(test_quantiles),
		cmocka_unit_test(test_forgetting),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
