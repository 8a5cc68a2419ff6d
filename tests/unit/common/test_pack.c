/* MessagePack and JSON of records: limits, malicious bytes, error paths. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "common/admin.h"
#include "common/node.h"
#include "common/uuid.h"

static int make_arena(void **state)
{
	struct arena *arena = malloc(sizeof(*arena));

	arena_init(arena, 1 << 20);
	*state = arena;
	return 0;
}

static int free_arena(void **state)
{
	arena_done(*state);
	free(*state);
	return 0;
}

/* record{1: seq, 2: epoch, 3: type, ...}: what a hostile sender could put in its place. */
static const struct {
	const char *name;
	const char *bytes;
	size_t n;
	const char *field;
	const char *rule;
} hostile[] = {
	{"nothing", "", 0, "", "ends too early"},
	{"not a map", "\x01", 1, "", "must be a record"},
	{"map of 2^32-1 pairs in 5 bytes", "\xdf\xff\xff\xff\xff", 5, "",
		"announces more than there is"},
	{"list of 2^32-1 items", "\x81\x0b\xdd\xff\xff\xff\xff", 7, "",
		"announces more than there is"},
	{"text of 250 GB",
		"\x81\x03\xdb\xff\xff\xff\xff"
		"a",
		8, "", "announces more than there is"},
	{"binary beyond the end",
		"\x81\x0c\xc4\x10"
		"abc",
		7, "", "announces more than there is"},
	{"17 levels",
		"\x81\x01\x91\x91\x91\x91\x91\x91\x91\x91\x91\x91\x91\x91\x91\x91\x91\x91\x91\x01",
		20, "", "is nested too deeply"},
	{"a key twice", "\x82\x01\x05\x01\x06", 5, "", "holds a key twice"},
	{"a key that is text",
		"\x81\xa1"
		"a\x01",
		4, "", "keys must be tags from 1 to 63"},
	{"key zero", "\x81\x00\x01", 3, "", "keys must be tags from 1 to 63"},
	{"bad UTF-8", "\x81\x03\xa2\xc3\x28", 5, "", "must be valid UTF-8"},
	{"overlong UTF-8", "\x81\x03\xa2\xc0\x80", 5, "", "must be valid UTF-8"},
	{"a surrogate", "\x81\x03\xa3\xed\xa0\x80", 6, "", "must be valid UTF-8"},
	{"bytes behind the end", "\x80\x80", 2, "", "has bytes behind its end"},
	{"the unused type 0xc1", "\x81\x01\xc1", 3, "", "is not MessagePack"},
	{"an extension", "\x81\x03\xd4\x05\x01", 5, "",
		"holds an extension type that has no place here"},
	{"a sealed text from the wire", "\x81\x03\xd4\x01\x01", 5, "",
		"holds an extension type that has no place here"},
	{"text where a number belongs",
		"\x81\x01\xa1"
		"a",
		4, "seq", "must be a whole number"},
	{"a number out of range", "\x81\x01\x00", 3, "seq",
		"must be from 1 to 9223372036854775807"},
	{"a number above 2^63", "\x81\x01\xcf\xff\xff\xff\xff\xff\xff\xff\xff", 11, "seq",
		"must be a whole number"},
	{"a UUID of 3 bytes",
		"\x81\x04\xc4\x03"
		"abc",
		7, "entity", "must be a UUID of 16 bytes"},
	{"a nested field", "\x81\x08\x81\x01\x05", 5, "actor.role", "must be text"},
	{"an item of a list",
		"\x81\x0b\x92\x82\x01\xa1"
		"a\x02\x01\x82\x01\xa1"
		"b\x02\x09",
		15, "grants[1].basis", "9 is no number of basis"},
	{"a missing number", "\x81\x01\x05", 3, "epoch", "is required"},
	{"a missing field", "\x82\x01\x05\x02\x01", 5, "type", "is required"},
};

static void test_hostile(void **state)
{
	for (size_t i = 0; i < sizeof(hostile) / sizeof(hostile[0]); i++) {
		struct reason reason = {0};
		struct record record;
		/* exactly the bytes on the heap, so that a read beyond them is seen */
		uint8_t *exact = malloc(hostile[i].n ? hostile[i].n : 1);
		memcpy(exact, hostile[i].bytes, hostile[i].n);
		enum err err = schema_decode(schema_record(), bytes_of(exact, hostile[i].n),
			PACK_PLAIN, *state, &record, &reason);
		free(exact);
		if (err != ERR_INVALID || strcmp(reason.field, hostile[i].field) != 0 ||
			strcmp(reason.rule, hostile[i].rule) != 0)
			fail_msg("%s: got %s %s: %s", hostile[i].name, err_word(err), reason.field,
				reason.rule);
	}
}

static void test_random_bytes(void **state)
{
	uint64_t seed = 7;
	struct random random = random_seeded(&seed);

	for (int round = 0; round < 20000; round++) {
		uint8_t bytes[64];
		struct record record;
		size_t n = random_u64(&random) % sizeof(bytes);
		random.fill(random.ctx, bytes, sizeof(bytes));
		bytes[0] = (uint8_t)(0x80 | (bytes[0] & 0x0f));
		arena_reset(*state);
		enum err err = schema_decode(
			schema_record(), bytes_of(bytes, n), PACK_SEALED, *state, &record, NULL);
		assert_true(err == ERR_INVALID || err == ERR_LIMIT || err == ERR_OK);
	}
}

static void test_unknown_tags_are_skipped(void **state)
{
	static const char bytes[] = "\x83\x01\xa4role\x3f\x92\x01\x02\x02\xa2id";
	struct actor actor;

	assert_int_equal(schema_decode(schema_actor(), bytes_of(bytes, sizeof(bytes) - 1),
				 PACK_PLAIN, *state, &actor, NULL),
		ERR_OK);
	assert_true(text_is(actor.role, "role") && text_is(actor.id, "id"));
}

static void test_zero_is_absent(void **state)
{
	struct follower_row row = {.role = 2, .seen = 0};
	struct buffer out;

	(void)state;
	buffer_init(&out, 1024);
	schema_encode(schema_follower_row(), &row, &out);
	/* five required numbers, zeros among them, and no sixth */
	assert_int_equal(out.n, 11);
	assert_int_equal(out.p[0], 0x85);
	buffer_done(&out);
}

static const struct {
	const char *json;
	const char *field;
	const char *rule;
} bad_json[] = {
	{"{", "", "malformed JSON at line 1 column 1: string or '}' expected near end of file"},
	{"[]", "", "must be an object"},
	{"{\"seq\":1,\"seq\":2}", "",
		"malformed JSON at line 1 column 14: duplicate object key near '\"seq\"'"},
	{"{\"sequence\":1}", "sequence", "is no field of record"},
	{"{\"seq\":1.5}", "seq", "must be a whole number"},
	{"{\"seq\":0}", "seq", "must be from 1 to 9223372036854775807"},
	{"{\"time\":\"2026-02-30T10:00:00Z\"}", "time",
		"must be a time such as 2026-11-22T09:00:00Z that the calendar has"},
	{"{\"entity\":\"x\"}", "entity",
		"must be a UUID such as 0190b8a0-0000-7000-8000-000000000001"},
	{"{\"grants\":[{\"to\":\"a\",\"basis\":\"law\"},{\"to\":\"a\",\"basis\":\"magic\"}]}",
		"grants[1].basis", "must be one of consent, law, addressed"},
	{"{\"type\":\"0123456789012345678901234567890123456789012345678\"}", "type",
		"at most 48 bytes"},
	{"{\"fields\":\"0g\"}", "fields", "must be lower-case hexadecimal"},
	{"{\"historical\":1}", "historical", "must be true or false"},
	{"{\"actor\":{}}", "actor.role", "is required"},
	{"{\"type\":\"\xc3\x28\"}", "",
		"malformed JSON at line 1 column 9: unable to decode byte 0xc3 near '\"'"},
};

static void test_bad_json(void **state)
{
	for (size_t i = 0; i < sizeof(bad_json) / sizeof(bad_json[0]); i++) {
		struct reason reason = {0};
		struct record record;
		enum err err = schema_from_json(
			schema_record(), text_of(bad_json[i].json), *state, &record, &reason);
		if (err != ERR_INVALID || strcmp(reason.field, bad_json[i].field) != 0 ||
			strcmp(reason.rule, bad_json[i].rule) != 0)
			fail_msg("%s: got %s %s: %s", bad_json[i].json, err_word(err), reason.field,
				reason.rule);
	}
}

static void test_list_limits(void **state)
{
	struct reason reason = {0};
	struct record record;
	char json[4096] = "{\"grants\":[";

	for (int i = 0; i < 33; i++)
		strcat(json, i ? ",{\"to\":\"a\",\"basis\":\"law\"}"
			       : "{\"to\":\"a\",\"basis\":\"law\"}");
	strcat(json, "]}");
	assert_int_equal(schema_from_json(schema_record(), text_of(json), *state, &record, &reason),
		ERR_INVALID);
	assert_string_equal(reason.field, "grants");
	assert_string_equal(reason.rule, "at most 32 items");
}

static void test_split(void **state)
{
	struct json_member members[] = {{"command", REQUIRED, TEXT_NONE},
		{"with", REQUIRED, TEXT_NONE}, {"at", OPTIONAL, TEXT_NONE}};
	struct reason reason = {0};

	assert_int_equal(json_split(text_of("{\"command\":\"x\",\"with\":{\"a\":[1,2]}}"), members,
				 3, *state, &reason),
		ERR_OK);
	assert_true(text_is(members[0].value, "x"));
	assert_true(text_is(members[1].value, "{\"a\":[1,2]}"));
	assert_int_equal(members[2].value.n, 0);
	assert_int_equal(json_split(text_of("{\"command\":\"x\"}"), members, 3, *state, &reason),
		ERR_INVALID);
	assert_string_equal(reason.field, "with");
	assert_int_equal(json_split(text_of("{\"command\":\"x\",\"with\":{},\"more\":1}"), members,
				 3, *state, &reason),
		ERR_INVALID);
	assert_string_equal(reason.field, "more");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(test_hostile, make_arena, free_arena),
		cmocka_unit_test_setup_teardown(test_random_bytes, make_arena, free_arena),
		cmocka_unit_test_setup_teardown(
			test_unknown_tags_are_skipped, make_arena, free_arena),
		cmocka_unit_test_setup_teardown(test_zero_is_absent, make_arena, free_arena),
		cmocka_unit_test_setup_teardown(test_bad_json, make_arena, free_arena),
		cmocka_unit_test_setup_teardown(test_list_limits, make_arena, free_arena),
		cmocka_unit_test_setup_teardown(test_split, make_arena, free_arena),
	};

	return cmocka_run_group_tests_name("pack", tests, NULL, NULL);
}
