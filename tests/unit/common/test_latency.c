/* Classes, what is read back, and forgetting; touches nothing. */
#include "common/latency.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

/* Whatever the number, it is read back as no less, and at most a quarter more. */
static void test_classes(void **state)
{
	(void)state;

	for (int64_t n = 0; n < INT64_C(1) << 39; n = n < 2000 ? n + 1 : n + n / 7) {
		struct latency latency = {0};
		latency_add(&latency, n, 1);
		int64_t got = latency_at(&latency, 500);
		assert_true(got >= n);
		assert_true(got <= n + n / 4);
	}
}

static void test_ends(void **state)
{
	struct latency latency = {0};
	(void)state;

	assert_int_equal(latency_at(&latency, 990), 0);
	assert_int_equal(latency_count(&latency), 0);
	latency_add(&latency, -5, 1);
	assert_int_equal(latency_at(&latency, 1000), 0);
	latency_add(&latency, INT64_MAX, 1);
	assert_int_equal(latency_count(&latency), 2);
	assert_true(latency_at(&latency, 1000) > INT64_C(1) << 39);
}

static void test_quantiles(void **state)
{
	struct latency latency = {0};
	(void)state;

	latency_add(&latency, 1, 980);
	latency_add(&latency, 5, 10);
	latency_add(&latency, 1000, 10);
	assert_int_equal(latency_count(&latency), 1000);
	assert_int_equal(latency_at(&latency, 500), 1);
	assert_int_equal(latency_at(&latency, 980), 1);
	assert_int_equal(latency_at(&latency, 981), 5);
	assert_int_equal(latency_at(&latency, 990), 5);
	assert_int_equal(latency_at(&latency, 991), 1023);
}

static void test_forgetting(void **state)
{
	struct latency latency = {0};
	(void)state;

	latency_add(&latency, 3, 7);
	latency_turn(&latency);
	latency_add(&latency, 6, 2);
	assert_int_equal(latency_count(&latency), 9);
	latency_turn(&latency);
	assert_int_equal(latency_count(&latency), 2);
	assert_int_equal(latency_at(&latency, 10), 6);
	latency_turn(&latency);
	assert_int_equal(latency_count(&latency), 0);
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
