/* UUIDs of version 7 and the seeded stream of random bytes; touches the machine's random source. */
#include "common/uuid.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <string.h>
#include <strings.h>

#include <cmocka.h>

#define COUNT(rows) (sizeof(rows) / sizeof((rows)[0]))
#define NOW INT64_C(1795338000120)

static void test_make(void **state)
{
	static const int64_t rows[] = {0, 1, NOW, INT64_C(7258118399999), (INT64_C(1) << 48) - 1};
	struct random random = random_real();
	struct uuid before = {{0}};
	(void)state;

	for (size_t i = 0; i < COUNT(rows); i++) {
		struct uuid id = uuid_make(rows[i], &random);
		assert_int_equal(uuid_time(id), rows[i]);
		assert_int_equal(id.b[6] >> 4, 7);
		assert_int_equal(id.b[8] >> 6, 2);
		assert_false(uuid_is_nil(id));
		assert_false(uuid_equal(id, uuid_make(rows[i], &random)));
		/* A later time makes a later key. */
		assert_true(memcmp(before.b, id.b, sizeof(id.b)) < 0);
		before = id;
	}
	assert_int_equal(uuid_time(uuid_make(-5, &random)), 0);
}

/* Every bit but the six fixed ones takes both values, so that none is lost. */
static void test_all_bits_random(void **state)
{
	uint64_t seed = 1;
	struct random random = random_seeded(&seed);
	uint8_t any[16] = {0};
	uint8_t all[16];
	(void)state;

	memset(all, 0xff, sizeof(all));
	for (int i = 0; i < 1000; i++) {
		struct uuid id = uuid_make(0, &random);
		for (size_t k = 0; k < 16; k++) {
			any[k] |= id.b[k];
			all[k] &= id.b[k];
		}
	}
	for (size_t k = 0; k < 16; k++) {
		int want_any = k < 6 ? 0 : k == 6 ? 0x7f : k == 8 ? 0xbf : 0xff;
		int want_all = k == 6 ? 0x70 : k == 8 ? 0x80 : 0;
		assert_int_equal(any[k], want_any);
		assert_int_equal(all[k], want_all);
	}
}

static void test_seeded(void **state)
{
	/* splitmix64 from 1234567, as published with its reference implementation. */
	static const uint64_t want[] = {UINT64_C(6457827717110365317),
		UINT64_C(3203168211198807973), UINT64_C(9817491932198370423),
		UINT64_C(4593380528125082431), UINT64_C(16408922859458223821)};
	uint64_t a = 1234567;
	uint64_t b = 1234567;
	struct random first = random_seeded(&a);
	struct random second = random_seeded(&b);
	uint8_t odd[21];
	uint8_t same[21];
	(void)state;

	for (size_t i = 0; i < COUNT(want); i++)
		assert_true(random_u64(&first) == want[i]);
	b = a;
	first.fill(first.ctx, odd, sizeof(odd));
	second.fill(second.ctx, same, sizeof(same));
	assert_memory_equal(odd, same, sizeof(odd));
	assert_true(uuid_equal(uuid_make(NOW, &first), uuid_make(NOW, &second)));
	assert_true(random_u64(&first) != random_u64(&first));
}

static void test_of_hash(void **state)
{
	struct uuid id = uuid_of_hash(NOW, bytes_of_string("one"));
	char text[UUID_TEXT_BYTES];
	(void)state;

	assert_true(uuid_equal(id, uuid_of_hash(NOW, bytes_of_string("one"))));
	assert_false(uuid_equal(id, uuid_of_hash(NOW, bytes_of_string("two"))));
	assert_false(uuid_equal(id, uuid_of_hash(NOW, BYTES_NONE)));
	assert_int_equal(uuid_time(id), NOW);
	/* The time is hashed too: another one shares no random bits. */
	struct uuid later = uuid_of_hash(NOW + 1, bytes_of_string("one"));
	assert_true(memcmp(id.b + 9, later.b + 9, 7) != 0);
	/* Every later version must make the same one; computed with another BLAKE2b-256. */
	uuid_format(id, text);
	assert_string_equal(text, "01a2027b-d6f8-769c-95fc-77c0f4fd5d5c");
}

static void test_text(void **state)
{
	static const struct {
		const char *text;
		bool want;
	} rows[] = {
		{"017f22e2-79b0-7cc3-98c4-dc0c0c07398f", true}, /* RFC 9562 appendix A.6 */
		{"017F22E2-79B0-7CC3-98C4-DC0C0C07398F", true},
		{"00000000-0000-0000-0000-000000000000", true},
		{"", false},
		{"017f22e279b07cc398c4dc0c0c07398f", false},
		{"017f22e2-79b0-7cc3-98c4-dc0c0c07398", false},
		{"017f22e2-79b0-7cc3-98c4-dc0c0c07398f0", false},
		{"017f22e2-79b0-7cc3-98c4-dc0c0c07398g", false},
		{"017f22e-279b0-7cc3-98c4-dc0c0c07398f", false},
		{"017f22e2_79b0-7cc3-98c4-dc0c0c07398f", false},
		{"{17f22e2-79b0-7cc3-98c4-dc0c0c07398}", false},
	};
	(void)state;

	for (size_t i = 0; i < COUNT(rows); i++) {
		struct uuid id = {{42}};
		bool got = uuid_parse(rows[i].text, strlen(rows[i].text), &id);
		if (got != rows[i].want)
			fail_msg("%s", rows[i].text);
		char text[UUID_TEXT_BYTES];
		uuid_format(id, text);
		if (got)
			assert_int_equal(strcasecmp(text, rows[i].text), 0);
		else
			assert_int_equal(id.b[0], 42);
	}
}

static void test_time_of_rfc_example(void **state)
{
	struct uuid id = {{0}};
	char text[UUID_TEXT_BYTES];
	(void)state;

	assert_true(uuid_parse("017F22E2-79B0-7CC3-98C4-DC0C0C07398F", 36, &id));
	assert_int_equal(uuid_time(id), INT64_C(0x017f22e279b0));
	uuid_format(id, text);
	assert_string_equal(text, "017f22e2-79b0-7cc3-98c4-dc0c0c07398f");
	/* Version 4 and the nil UUID hold no time. */
	assert_true(uuid_parse("919108f7-52d1-4320-9bac-f847db4148a8", 36, &id));
	assert_int_equal(uuid_time(id), 0);
	assert_int_equal(uuid_time((struct uuid){{0}}), 0);
	assert_true(uuid_is_nil((struct uuid){{0}}));
	assert_false(uuid_is_nil((struct uuid){{[15] = 1}}));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_make),
		cmocka_unit_test(test_all_bits_random),
		cmocka_unit_test(test_seeded),
		cmocka_unit_test(test_of_hash),
		cmocka_unit_test(test_text),
		cmocka_unit_test(test_time_of_rfc_example),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
