/* Views, the growing buffer, the order of keys and known checksums; touches memory only. */
#include "common/bytes.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <string.h>

#include <cmocka.h>

#define COUNT(rows) (sizeof(rows) / sizeof((rows)[0]))

static int sign(int v)
{
	return (v > 0) - (v < 0);
}

static void test_compare(void **state)
{
	static const struct {
		const char *a;
		const char *b;
		int want;
	} rows[] = {
		{"", "", 0},
		{"", "a", -1},
		{"a", "", 1},
		{"a", "a", 0},
		{"a", "b", -1},
		{"a", "aa", -1},
		{"ab", "aa", 1},
		{"b", "aa", 1},
		{"\x7f", "\x80", -1},
		{"\xff", "\x01", 1},
	};
	(void)state;

	for (size_t i = 0; i < COUNT(rows); i++) {
		struct bytes a = bytes_of_string(rows[i].a);
		struct bytes b = bytes_of_string(rows[i].b);
		assert_int_equal(sign(bytes_compare(a, b)), rows[i].want);
		assert_int_equal(bytes_equal(a, b), rows[i].want == 0);
	}
	assert_int_equal(bytes_compare(BYTES_NONE, bytes_of("", 0)), 0);
	assert_true(bytes_equal(BYTES_NONE, bytes_of("", 0)));
	assert_true(bytes_compare(BYTES_NONE, bytes_of("\0", 1)) < 0);
}

static void test_copy(void **state)
{
	struct arena arena;
	char text[] = "seven";
	(void)state;

	arena_init(&arena, 64);
	struct bytes copy = bytes_copy(&arena, bytes_of(text, 5));
	text[0] = 'x';
	assert_int_equal(copy.n, 5);
	assert_memory_equal(copy.p, "seven", 6);
	assert_null(bytes_copy(&arena, bytes_of(text, sizeof(text) * 100)).p);
	arena_done(&arena);
}

static void test_buffer(void **state)
{
	struct buffer buffer;
	(void)state;

	buffer_init(&buffer, 1000);
	assert_int_equal(buffer_bytes(&buffer).n, 0);
	for (unsigned i = 0; i < 1000; i++) {
		uint8_t b = (uint8_t)i;
		buffer_add(&buffer, &b, 1);
	}
	assert_false(buffer.failed);
	assert_int_equal(buffer_bytes(&buffer).n, 1000);
	for (unsigned i = 0; i < 1000; i++)
		assert_int_equal(buffer.p[i], (uint8_t)i);
	buffer_add(&buffer, "x", 0);
	assert_false(buffer.failed);
	buffer_add(&buffer, "x", 1);
	assert_true(buffer.failed);
	assert_int_equal(buffer.n, 1000);
	buffer_reset(&buffer);
	assert_false(buffer.failed);
	buffer_add(&buffer, "too long", 1001);
	buffer_add(&buffer, "x", 1);
	assert_true(buffer.failed);
	assert_int_equal(buffer.n, 0);
	buffer_done(&buffer);
	assert_null(buffer.p);
	assert_int_equal(buffer.cap, 1000);
}

/* One that begins in memory of the caller's goes on elsewhere when that is full, and gives nothing
 * back that was only lent. */
static void test_buffer_in(void **state)
{
	uint8_t lent[8];
	struct buffer buffer;

	(void)state;
	buffer_init_in(&buffer, 20, lent, sizeof(lent));
	buffer_add(&buffer, "12345678", 8);
	assert_ptr_equal(buffer.p, lent);
	buffer_add(&buffer, "9", 1);
	assert_ptr_not_equal(buffer.p, lent);
	assert_memory_equal(buffer.p, "123456789", 9);
	for (size_t i = 0; i < sizeof(lent); i++)
		assert_int_equal(lent[i], 0);
	buffer_add(&buffer, "123456789012", 12);
	assert_true(buffer.failed);
	buffer_done(&buffer);
}

static void test_numbers(void **state)
{
	static const uint8_t want[] = {1, 2, 3, 4, 5, 6, 7, 0xf8};
	uint8_t got[8];
	(void)state;

	put_u64(got, UINT64_C(0x01020304050607f8));
	assert_memory_equal(got, want, 8);
	assert_true(get_u64(want) == UINT64_C(0x01020304050607f8));
	put_u32(got, UINT32_C(0xf1020304));
	assert_true(get_u32(got) == UINT32_C(0xf1020304));
	assert_int_equal(got[0], 0xf1);
	put_u16(got, 0xff01);
	assert_int_equal(get_u16(got), 0xff01);
	assert_int_equal(got[1], 1);
}

static struct key key_of(uint8_t space, const char *text, int64_t ms)
{
	struct key key = {0};

	key_add_u8(&key, space);
	key_add_text(&key, text, strlen(text));
	key_add_time(&key, ms);
	return key;
}

/* Each row's key comes after the one before it. */
static void test_key_order(void **state)
{
	static const struct {
		uint8_t space;
		const char *text;
		int64_t ms;
	} rows[] = {
		{0, "b", 5},
		{1, "", INT64_MAX},
		{1, "a", INT64_MIN},
		{1, "a", -2},
		{1, "a", -1},
		{1, "a", 0},
		{1, "a", 1},
		{1, "a", 256},
		{1, "a", INT64_MAX},
		{1, "a ", INT64_MIN},
		{1, "aa", -5},
		{1, "b", -9},
		{1, "\xc3\xa6", 0},
		{200, "", 0},
	};
	struct key before = {0};
	(void)state;

	for (size_t i = 0; i < COUNT(rows); i++) {
		struct key key = key_of(rows[i].space, rows[i].text, rows[i].ms);
		assert_true(bytes_compare(key_bytes(&before), key_bytes(&key)) < 0);
		assert_true(key_time(key.b + key.n - 8) == rows[i].ms);
		before = key;
	}
}

static void test_key_parts(void **state)
{
	static const uint8_t want[] = {7, 0, 0, 0, 0, 0, 0, 1, 2, 'h', 'i', 0, 0xaa, 0, 0, 0, 0, 0,
		0, 0, 0, 0, 0, 0, 0, 0, 0, 0xbb};
	struct uuid id = {{[0] = 0xaa, [15] = 0xbb}};
	struct key key = {0};
	(void)state;

	key_add_u8(&key, 7);
	key_add_u64(&key, 0x102);
	key_add_text(&key, "hi!", 2);
	key_add_uuid(&key, id);
	assert_int_equal(key_bytes(&key).n, sizeof(want));
	assert_memory_equal(key_bytes(&key).p, want, sizeof(want));
}

static void test_crc_vectors(void **state)
{
	static const uint8_t zeros[32];
	uint8_t ones[32];
	uint8_t up[32];
	uint8_t down[32];
	(void)state;

	memset(ones, 0xff, sizeof(ones));
	for (unsigned i = 0; i < 32; i++) {
		up[i] = (uint8_t)i;
		down[i] = (uint8_t)(31 - i);
	}
	const struct {
		struct bytes bytes;
		uint32_t want;
	} rows[] = {
		{bytes_of("", 0), 0},
		{bytes_of_string("a"), UINT32_C(0xc1d04330)},
		{bytes_of_string("123456789"), UINT32_C(0xe3069283)},
		{bytes_of(zeros, 32), UINT32_C(0x8a9136aa)},
		{bytes_of(ones, 32), UINT32_C(0x62a8ab43)},
		{bytes_of(up, 32), UINT32_C(0x46dd794e)},
		{bytes_of(down, 32), UINT32_C(0x113fdb5c)},
	};
	for (size_t i = 0; i < COUNT(rows); i++) {
		uint32_t got = crc32c(0, rows[i].bytes.p, rows[i].bytes.n);
		assert_int_equal(got, rows[i].want);
	}
}

/* From the definition, bit by bit: what the path that the machine chose must agree with. */
static uint32_t crc_by_definition(const uint8_t *p, size_t n)
{
	uint32_t crc = UINT32_MAX;

	for (size_t i = 0; i < n * 8; i++) {
		uint32_t bit = (crc ^ (uint32_t)(p[i / 8] >> i % 8)) & 1;
		crc = crc >> 1 ^ (bit ? UINT32_C(0x82f63b78) : 0);
	}
	return ~crc;
}

/* All lengths and alignments, in one piece (by words) and byte by byte, and cut in two. */
static void test_crc_paths(void **state)
{
	uint8_t b[80];
	uint64_t noise = 88172645463325252U;
	(void)state;

	for (size_t i = 0; i < sizeof(b); i++) {
		noise ^= noise << 13;
		noise ^= noise >> 7;
		noise ^= noise << 17;
		b[i] = (uint8_t)noise;
	}
	for (size_t from = 0; from < 8; from++) {
		for (size_t n = 0; n <= sizeof(b) - from; n++) {
			uint32_t want = crc_by_definition(b + from, n);
			uint32_t bytewise = 0;
			for (size_t i = 0; i < n; i++)
				bytewise = crc32c(bytewise, b + from + i, 1);
			uint32_t cut = crc32c(0, b + from, n / 3);
			cut = crc32c(cut, b + from + n / 3, n - n / 3);
			assert_int_equal(crc32c(0, b + from, n), want);
			assert_int_equal(bytewise, want);
			assert_int_equal(cut, want);
		}
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_compare),
		cmocka_unit_test(test_copy),
		cmocka_unit_test(test_buffer),
		cmocka_unit_test(test_buffer_in),
		cmocka_unit_test(test_numbers),
		cmocka_unit_test(test_key_order),
		cmocka_unit_test(test_key_parts),
		cmocka_unit_test(test_crc_vectors),
		cmocka_unit_test(test_crc_paths),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
