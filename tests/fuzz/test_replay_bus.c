/* The kept inputs of the target `bus`, without a fuzzer. */
#include <string.h>

#include "tests/fuzz/replay.h"

target_fn fuzz_bus;

static void test_bus(void **state)
{
	(void)state;
	replay("bus", fuzz_bus);
}

int main(void)
{
	const struct CMUnitTest tests[] = {cmocka_unit_test(test_bus)};

	return cmocka_run_group_tests_name("replay_bus", tests, NULL, NULL);
}
