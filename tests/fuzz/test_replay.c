/* The kept inputs of the fuzzing targets, without a fuzzer. */
#include <string.h>

#include "tests/fuzz/replay.h"

#define TARGET(name_) target_fn fuzz_##name_;
#include "tests/fuzz/targets.def"
#undef TARGET

#define TARGET(name_)                          \
	static void test_##name_(void **state) \
	{                                      \
		(void)state;                   \
		replay(#name_, fuzz_##name_);  \
	}
#include "tests/fuzz/targets.def"
#undef TARGET

int main(void)
{
	const struct CMUnitTest tests[] = {
#define TARGET(name_) cmocka_unit_test(test_##name_),
#include "tests/fuzz/targets.def"
#undef TARGET
	};

	return cmocka_run_group_tests_name("replay", tests, NULL, NULL);
}
