/* Settings files, good and bad, written to the directory for temporary files. */
#include "common/settings.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

#define COUNT(rows) (sizeof(rows) / sizeof((rows)[0]))
#define HOUR INT64_C(3600000)

struct sample {
	const char *name;
	const char *note;
	int64_t workers;
	bool loud;
	int64_t pause_ms;
	int64_t map_bytes;
};

#define AT(member) offsetof(struct sample, member)

static const struct setting table[] = {
	{"", "name", SETTING_TEXT, AT(name), NULL, 1, 20, "what it is called"},
	{"", "note", SETTING_TEXT, AT(note), "none yet", 0, 20, "anything"},
	{"work", "workers", SETTING_INT, AT(workers), "4", -2, 64, "how many work"},
	{"work", "loud", SETTING_BOOL, AT(loud), "no", 0, 0, "tells all"},
	{"work", "pause", SETTING_MS, AT(pause_ms), "30s", 100, HOUR, "time between"},
	{"store", "map", SETTING_BYTES, AT(map_bytes), "64KiB", 1, INT64_C(1) << 30, "size"},
	{"peer.*", "endpoint", SETTING_TEXT, 0, NULL, 1, 60, "where it is"},
	{"peer.*", "credit", SETTING_INT, 0, "7", 1, 100, "how much at once"},
};

/* What on_item was told, one line for each. */
struct items {
	char text[1000];
};

static bool on_item(void *ctx, const char *section, const char *name, const char *key,
	const char *value, struct reason *reason)
{
	struct items *items = ctx;
	size_t n = strlen(items->text);

	if (strcmp(value, "refuse me") == 0) {
		(void)reason_set(reason, ERR_INVALID, "", "%s is not liked", key);
		return false;
	}
	snprintf(items->text + n, sizeof(items->text) - n, "%s %s %s=%s\n", section, name, key,
		value);
	return true;
}

struct loaded {
	enum err err;
	struct sample sample;
	struct items items;
	struct reason reason;
	struct arena arena;
	char path[40];
};

static struct loaded load(const char *text, size_t n)
{
	struct loaded loaded = {.path = "/tmp/test_settings.XXXXXX"};
	int fd = mkstemp(loaded.path);
	struct settings_source source = {loaded.path, table, COUNT(table), on_item, &loaded.items};

	assert_true(fd >= 0);
	assert_int_equal(write(fd, text, n), n);
	close(fd);
	arena_init(&loaded.arena, 4096);
	loaded.err = settings_load(&source, &loaded.sample, &loaded.arena, &loaded.reason);
	unlink(loaded.path);
	return loaded;
}

static void test_defaults(void **state)
{
	struct loaded got = load("name=x\n", 7);
	(void)state;

	assert_int_equal(got.err, ERR_OK);
	assert_string_equal(got.sample.name, "x");
	assert_string_equal(got.sample.note, "none yet");
	assert_int_equal(got.sample.workers, 4);
	assert_false(got.sample.loud);
	assert_int_equal(got.sample.pause_ms, 30000);
	assert_int_equal(got.sample.map_bytes, 65536);
	assert_string_equal(got.items.text, "");
	arena_done(&got.arena);
}

static void test_values(void **state)
{
	static const char text[] =
		"; a comment\r\n# another, which is longer than a line may be: "
		"xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx"
		"xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx"
		"xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx\n"
		"name = Din Indgang \xc3\xa6 ; why not\n"
		"  note =\n"
		"\n"
		"[work] ; a comment\n"
		"\tworkers = -2\n"
		"loud: yes\n"
		"pause = 1h\r\n"
		"[store]\n"
		"map = 1GiB"; /* no end of line */
	struct loaded got = load(text, sizeof(text) - 1);
	(void)state;

	assert_int_equal(got.err, ERR_OK);
	assert_string_equal(got.sample.name, "Din Indgang \xc3\xa6");
	assert_string_equal(got.sample.note, "");
	assert_int_equal(got.sample.workers, -2);
	assert_true(got.sample.loud);
	assert_int_equal(got.sample.pause_ms, HOUR);
	assert_int_equal(got.sample.map_bytes, INT64_C(1) << 30);
	arena_done(&got.arena);
}

static const struct {
	const char *text;
	int line; /* 0: none is named */
	const char *rule;
} refused[] = {
	{"", 0, "[top of the file] lacks the key name"},
	{"name=x\nnaem=y\n", 2, "[top of the file] has no key naem"},
	{"name=x\n[work]\nname=y\n", 3, "[work] has no key name"},
	{"name=x\n= y\n", 2, "has no key"},
	{"name=x\nname=y\n", 2, "name is given twice in [top of the file]"},
	{"name=x\n[work]\nloud=no\n\nloud=no\n", 5, "loud is given twice in [work]"},
	{"name=x\n[wrok]\n", 2, "there is no section [wrok]"},
	{"name=x\n[]\nnote=y\n", 2, "there is no section []"},
	{"name=x\n[peer.]\n", 2, "there is no section [peer.]"},
	{"name=x\n[peer.*\n", 2, "a line must be"},
	{"name=x\n[work]\n[work]\n", 3, "[work] is given twice"},
	{"name=x\n[work]\nloud=no\n[store]\n[work]\npause=1s\n", 5, "[work] is given twice"},
	{"name=x\n[work\nloud=yes\n", 2, "a line must be"},
	{"name=x\n[work]loud=yes\n", 2, "nothing may follow"},
	{"name=x\nnote\n", 2, "a line must be"},
	{"name=x\nnote\nnaem=y\n", 2, "a line must be"},
	{"name=x\nnaem=y\nnote\n", 2, "has no key naem"},
	{"name=x\nnote\n[wrok]\n", 2, "a line must be"},
	{"name=\n", 1, "name must be a text of 1 to 20 bytes"},
	{"name=xxxxxxxxxxxxxxxxxxxxx\n", 1, "name must be a text of 1 to 20 bytes"},
	{"name=x\n  y\n", 2, "a line must be"},
	{"name=x\n[work]\nworkers=65\n", 3, "workers must be a number from -2 to 64"},
	{"name=x\n[work]\nworkers=-3\n", 3, "workers must be"},
	{"name=x\n[work]\nworkers=+3\n", 3, "workers must be"},
	{"name=x\n[work]\nworkers=3 4\n", 3, "workers must be"},
	{"name=x\n[work]\nworkers=0x3\n", 3, "workers must be"},
	{"name=x\n[work]\nworkers=\n", 3, "workers must be"},
	{"name=x\n[work]\nworkers=-\n", 3, "workers must be"},
	{"name=x\n[work]\nworkers=18446744073709551617\n", 3, "workers must be"},
	{"name=x\n[work]\nloud=Yes\n", 3, "loud must be yes or no"},
	{"name=x\n[work]\nloud=1\n", 3, "loud must be yes or no"},
	{"name=x\n[work]\npause=30\n", 3, "pause must be a duration (500ms, 30s, 15m"},
	{"name=x\n[work]\npause=99ms\n", 3, "from 100ms to 1h"},
	{"name=x\n[work]\npause=61m\n", 3, "from 100ms to 1h"},
	{"name=x\n[store]\nmap=2GiB\n", 3, "map must be a size (64KiB, 16MiB, 1GiB)"},
	{"name=x\n[store]\nmap=0B\n", 3, "from 1B to 1GiB"},
	{"\xef\xbb\xbfname=x\n", 1, "byte order mark"},
	{"name=x\n[peer.a]\nendpoint=refuse me\n", 3, "endpoint is not liked"},
	{"name=x\n[peer.a]\ncredit=3\n", 0, "[peer.a] lacks the key endpoint"},
	{"name=x\n[peer.a]\nendpoint=e\ncredit=101\n", 4, "credit must be a number from 1"},
	{"name=x\n[peer.a]\nendpoint=e\nendpoint=e\n", 4, "endpoint is given twice"},
	{"name=x\n[peer.a]\n[peer.a]\n", 3, "[peer.a] is given twice"},
	{"name=x\n[peer.a]\nport=3\n", 3, "[peer.a] has no key port"},
};

static void test_refused(void **state)
{
	(void)state;

	for (size_t i = 0; i < COUNT(refused); i++) {
		struct loaded got = load(refused[i].text, strlen(refused[i].text));
		char want[64];
		if (refused[i].line)
			snprintf(want, sizeof(want), "%s:%d", got.path, refused[i].line);
		else
			snprintf(want, sizeof(want), "%s", got.path);
		if (got.err != ERR_INVALID || strcmp(got.reason.field, want) != 0 ||
			!strstr(got.reason.rule, refused[i].rule))
			fail_msg("%s\ngot %s %s %s", refused[i].text, err_word(got.err),
				got.reason.field, got.reason.rule);
		arena_done(&got.arena);
	}
}

static void test_long_line_and_zero_byte(void **state)
{
	char text[400] = "name=x\nnote=";
	(void)state;

	/* Each length: either the text is too long for its key or the line for the reader; it is
	 * never cut and taken. */
	for (size_t n = strlen(text); n < sizeof(text) - 1; n++) {
		struct loaded got = load(text, n);
		assert_int_equal(got.err, n <= 12 + 20 ? ERR_OK : ERR_INVALID);
		arena_done(&got.arena);
		text[n] = 'x';
	}
	/* Cut after the spaces it would be a good line. */
	snprintf(text, sizeof(text), "name=x\nnote=y%*s", 250, "z\n");
	struct loaded cut = load(text, strlen(text));
	assert_int_equal(cut.err, ERR_INVALID);
	assert_non_null(strstr(cut.reason.rule, "a line holds at most"));
	arena_done(&cut.arena);
	struct loaded zero = load("name=x\nnote=y\0z\n", 16);
	assert_int_equal(zero.err, ERR_INVALID);
	assert_non_null(strstr(zero.reason.rule, "zero byte"));
	arena_done(&zero.arena);
	memset(text, 'p', sizeof(text));
	text[0] = '[';
	text[380] = ']';
	struct loaded heading = load(text, 390);
	assert_int_equal(heading.err, ERR_INVALID);
	arena_done(&heading.arena);
	/* A name of exactly what libinih would cut. */
	memcpy(text, "[peer.", 6);
	text[55] = ']';
	text[56] = '\n';
	heading = load(text, 57);
	assert_int_equal(heading.err, ERR_INVALID);
	assert_non_null(strstr(heading.reason.rule, "name is too long"));
	arena_done(&heading.arena);
}

static void test_repeated_sections(void **state)
{
	static const char text[] = "name=x\n"
				   "[peer.intake]\nendpoint = tcp://a:1\ncredit = 100\n"
				   "[peer.re.port]\nendpoint = tcp://b:2\n";
	struct loaded got = load(text, sizeof(text) - 1);
	(void)state;

	assert_int_equal(got.err, ERR_OK);
	assert_string_equal(got.items.text, "peer.* intake endpoint=tcp://a:1\n"
					    "peer.* intake credit=100\n"
					    "peer.* re.port endpoint=tcp://b:2\n"
					    "peer.* re.port credit=7\n");
	arena_done(&got.arena);
}

static void test_units(void **state)
{
	static const struct {
		const char *text;
		int64_t ms;    /* -1: refused */
		int64_t bytes; /* -1: refused */
	} rows[] = {
		{"500ms", 500, -1},
		{"30s", 30000, -1},
		{"15m", 900000, -1},
		{"24h", 24 * HOUR, -1},
		{"14d", 14 * 24 * HOUR, -1},
		{"0s", 0, -1},
		{"007s", 7000, -1},
		{"", -1, -1},
		{"s", -1, -1},
		{"5", -1, -1},
		{"-5s", -1, -1},
		{"5 s", -1, -1},
		{" 5s", -1, -1},
		{"5s ", -1, -1},
		{"5S", -1, -1},
		{"1.5s", -1, -1},
		{"5w", -1, -1},
		{"9223372036854775807ms", INT64_MAX, -1},
		{"9223372036854775808ms", -1, -1},
		{"9223372036854775807s", -1, -1},
		{"99999999999999999999ms", -1, -1},
		{"100B", -1, 100},
		{"64KiB", -1, 65536},
		{"16MiB", -1, 16777216},
		{"1GiB", -1, 1073741824},
		{"64KB", -1, -1},
		{"64kib", -1, -1},
		{"9223372036854775807B", -1, INT64_MAX},
		{"9007199254740992KiB", -1, -1},
	};
	(void)state;

	for (size_t i = 0; i < COUNT(rows); i++) {
		int64_t ms = -1;
		int64_t bytes = -1;
		bool is_ms = settings_parse_ms(rows[i].text, &ms);
		bool is_bytes = settings_parse_bytes(rows[i].text, &bytes);
		if (ms != rows[i].ms || bytes != rows[i].bytes || is_ms != (ms >= 0) ||
			is_bytes != (bytes >= 0))
			fail_msg("%s: %lld %lld", rows[i].text, (long long)ms, (long long)bytes);
	}
}

static void test_no_file(void **state)
{
	struct settings_source source = {.table = table, .n = COUNT(table), .on_item = on_item};
	struct sample sample = {0};
	struct reason reason;
	struct arena arena;
	(void)state;

	arena_init(&arena, 4096);
	source.path = "/nonexistent/file";
	assert_int_equal(settings_load(&source, &sample, &arena, &reason), ERR_NOT_FOUND);
	assert_string_equal(reason.field, source.path);
	assert_int_equal(settings_load(&source, &sample, &arena, NULL), ERR_NOT_FOUND);
	source.path = "/tmp";
	assert_int_equal(settings_load(&source, &sample, &arena, &reason), ERR_SYSTEM);
	arena_done(&arena);
	arena_init(&arena, 4);
	assert_int_equal(settings_load(&source, &sample, &arena, &reason), ERR_NO_MEMORY);
	arena_done(&arena);
}

/* The sample, its required key filled in, is a file that gives all the defaults; with every line
 * uncommented it is one too. */
static void test_describe(void **state)
{
	struct buffer out;
	char text[2000];
	(void)state;

	buffer_init(&out, sizeof(text) - 1);
	settings_describe(table, COUNT(table), &out);
	assert_false(out.failed);
	memcpy(text, out.p, out.n);
	text[out.n] = '\0';
	assert_non_null(
		strstr(text, "# what it is called: a text of 1 to 20 bytes, required\nname = "));
	assert_non_null(strstr(text, "\n[work]\n"));
	assert_non_null(strstr(text, "\n#pause = 30s\n"));
	assert_non_null(strstr(text, "\n#[peer.NAME]\n"));
	assert_non_null(strstr(text, "from 100ms to 1h\n"));
	struct loaded got = load(text, out.n);
	assert_int_equal(got.err, ERR_INVALID);
	assert_non_null(strstr(got.reason.rule, "name must be"));
	arena_done(&got.arena);
	memcpy(strstr(text, "name = "), "name=x\n", 7);
	got = load(text, out.n);
	assert_int_equal(got.err, ERR_OK);
	assert_int_equal(got.sample.workers, 4);
	arena_done(&got.arena);
	for (char *p = text; (p = strstr(p, "\n#")) != NULL; p++)
		if (p[2] != ' ')
			p[1] = ' ';
	memcpy(strstr(text, "endpoint ="), "endpoint=x", 10);
	got = load(text, out.n);
	assert_int_equal(got.err, ERR_OK);
	assert_string_equal(got.items.text, "peer.* NAME endpoint=x\npeer.* NAME credit=7\n");
	arena_done(&got.arena);
	buffer_done(&out);
}

static void test_describe_limits(void **state)
{
	static const struct {
		struct setting row;
		const char *want;
	} rows[] = {
		{{"", "a", SETTING_MS, 0, "0s", 0, 90000, "m"},
			"# m: a duration (500ms, 30s, 15m, 24h, 14d) from 0ms to 90s\n#a = 0s\n"},
		{{"", "b", SETTING_BYTES, 0, "1B", 1, 1 << 20, "m"},
			"# m: a size (64KiB, 16MiB, 1GiB) from 1B to 1MiB\n#b = 1B\n"},
		{{"", "c", SETTING_INT, 0, NULL, -86400000, 0, "m"},
			"# m: a number from -86400000 to 0, required\nc = \n"},
		{{"s", "d", SETTING_BOOL, 0, "yes", 0, 0, "m"}, "[s]\n# m: yes or no\n#d = yes\n"},
		{{"", "e", SETTING_TEXT, 0, "", 0, 1024, "m"},
			"# m: a text of 0 to 1024 bytes\n#e = \n"},
	};
	(void)state;

	for (size_t i = 0; i < COUNT(rows); i++) {
		struct buffer out;
		buffer_init(&out, 1000);
		settings_describe(&rows[i].row, 1, &out);
		buffer_add(&out, "", 1);
		assert_string_equal((const char *)out.p, rows[i].want);
		buffer_done(&out);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_defaults),
		cmocka_unit_test(test_values),
		cmocka_unit_test(test_refused),
		cmocka_unit_test(test_long_line_and_zero_byte),
		cmocka_unit_test(test_repeated_sections),
		cmocka_unit_test(test_units),
		cmocka_unit_test(test_no_file),
		cmocka_unit_test(test_describe),
		cmocka_unit_test(test_describe_limits),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
