/* Lines of the log, read back through a pipe in place of standard error. */
#include "common/log.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>
#include <jansson.h>

#include "common/clock.h"

#define COUNT(rows) (sizeof(rows) / sizeof((rows)[0]))

static int kept_stderr;
static int pipe_ends[2];

static void begin_capture(void)
{
	assert_int_equal(pipe(pipe_ends), 0);
	kept_stderr = dup(STDERR_FILENO);
	assert_true(kept_stderr >= 0);
	assert_int_equal(dup2(pipe_ends[1], STDERR_FILENO), STDERR_FILENO);
	close(pipe_ends[1]);
}

static size_t end_capture(char *ret, size_t size)
{
	size_t n = 0;

	assert_int_equal(dup2(kept_stderr, STDERR_FILENO), STDERR_FILENO);
	close(kept_stderr);
	for (;;) {
		ssize_t got = read(pipe_ends[0], ret + n, size - 1 - n);
		assert_true(got >= 0);
		if (got == 0)
			break;
		n += (size_t)got;
	}
	close(pipe_ends[0]);
	ret[n] = '\0';
	return n;
}

/* Exactly one line of valid JSON; the caller releases it. */
static json_t *end_capture_of_line(size_t *ret_bytes)
{
	static char text[16384];
	json_error_t error;
	size_t n = end_capture(text, sizeof(text));

	if (n == 0 || text[n - 1] != '\n' || memchr(text, '\n', n) != text + n - 1)
		fail_msg("not one line: %s", text);
	json_t *line = json_loadb(text, n, JSON_REJECT_DUPLICATES, &error);
	if (!line)
		fail_msg("%s: %s", error.text, text);
	if (ret_bytes)
		*ret_bytes = n;
	return line;
}

static const char *text_of(const json_t *line, const char *key)
{
	return json_string_value(json_object_get(line, key));
}

static void test_fields(void **state)
{
	int64_t ms = 0;
	(void)state;

	log_set_node("planning-1");
	begin_capture();
	log_event(LOG_WARNING, "peer lost", LOG_TEXT("peer", "intake"), LOG_INT("credit", -3),
		LOG_INT("largest", INT64_MAX), LOG_INT("zero", 0), LOG_TEXT("empty", ""));
	json_t *line = end_capture_of_line(NULL);
	const char *time = text_of(line, "time");
	assert_non_null(time);
	assert_true(time_parse(time, strlen(time), &ms));
	assert_string_equal(text_of(line, "level"), "warning");
	assert_string_equal(text_of(line, "node"), "planning-1");
	assert_string_equal(text_of(line, "event"), "peer lost");
	assert_string_equal(text_of(line, "peer"), "intake");
	assert_string_equal(text_of(line, "empty"), "");
	assert_int_equal(json_integer_value(json_object_get(line, "credit")), -3);
	assert_true(json_integer_value(json_object_get(line, "largest")) == INT64_MAX);
	assert_true(json_is_integer(json_object_get(line, "zero")));
	assert_int_equal(json_object_size(line), 9);
	json_decref(line);
}

static void test_escapes(void **state)
{
	static const struct {
		const char *text;
		const char *want;
	} rows[] = {
		{"plain", "plain"},
		{"a \"quoted\" \\ word", "a \"quoted\" \\ word"},
		{"line\nline\r\n\ttab", "line\nline\r\n\ttab"},
		{"\x01\x1f\x7f", "\x01\x1f\x7f"},
		{"\"}\n{\"event\":\"forged\"}", "\"}\n{\"event\":\"forged\"}"},
		{"s\xc3\xb8ndag \xe2\x82\xac \xf0\x9f\x98\x80", "søndag € 😀"},
		{"\xf4\x8f\xbf\xbf", "\xf4\x8f\xbf\xbf"},
		/* Not UTF-8: alone, cut off, overlong, surrogate, too large. */
		{"a\xff"
		 "b",
			"a\xef\xbf\xbd"
			"b"},
		{"\x80", "\xef\xbf\xbd"},
		{"cut \xc3", "cut \xef\xbf\xbd"},
		{"cut \xe2\x82", "cut \xef\xbf\xbd\xef\xbf\xbd"},
		{"cut \xf0\x9f\x98\"", "cut \xef\xbf\xbd\xef\xbf\xbd\xef\xbf\xbd\""},
		{"\xc0\xaf", "\xef\xbf\xbd\xef\xbf\xbd"},
		{"\xe0\x80\xaf", "\xef\xbf\xbd\xef\xbf\xbd\xef\xbf\xbd"},
		{"\xed\xa0\x80", "\xef\xbf\xbd\xef\xbf\xbd\xef\xbf\xbd"},
		{"\xf4\x90\x80\x80", "\xef\xbf\xbd\xef\xbf\xbd\xef\xbf\xbd\xef\xbf\xbd"},
	};
	(void)state;

	for (size_t i = 0; i < COUNT(rows); i++) {
		begin_capture();
		log_event(LOG_ERROR, "escapes", LOG_TEXT("got", rows[i].text), LOG_INT("row", i));
		json_t *line = end_capture_of_line(NULL);
		assert_string_equal(text_of(line, "got"), rows[i].want);
		assert_int_equal(json_integer_value(json_object_get(line, "row")), i);
		json_decref(line);
	}
}

/* n bytes or a little less of one character over and over. */
static void fill(char *ret, size_t n, const char *character)
{
	size_t width = strlen(character);
	size_t at = 0;

	for (; at + width <= n; at += width)
		memcpy(ret + at, character, width);
	ret[at] = '\0';
}

/* Lengths below, around and above the limit, of characters that take from one to six bytes. The
 * first text is whole or a beginning of itself; a line that has lost anything says so. */
static void test_long_lines(void **state)
{
	static const char *const characters[] = {"x", "\"", "\n", "\xc3\xa6", "\xf0\x9f\x98\x80"};
	static char text[5000];
	(void)state;

	for (size_t n = 0; n < sizeof(text); n += n % 1000 < 20 || n > 3800 ? 1 : 13) {
		fill(text, n, characters[n % COUNT(characters)]);
		size_t bytes = 0;
		begin_capture();
		log_event(LOG_ERROR, "long", LOG_TEXT("text", text), LOG_INT("number", INT64_MIN),
			LOG_TEXT("more", text));
		json_t *line = end_capture_of_line(&bytes);
		const char *got = text_of(line, "text");
		const char *more = text_of(line, "more");
		bool whole = got && more && strcmp(got, text) == 0 && strcmp(more, text) == 0 &&
			     json_object_get(line, "number");
		assert_true(bytes <= 4096);
		assert_int_equal(json_is_true(json_object_get(line, "cut")), !whole);
		assert_non_null(got);
		assert_memory_equal(got, text, strlen(got));
		assert_true(whole || bytes > 4000);
		json_decref(line);
	}
}

static void test_levels(void **state)
{
	static const struct {
		const char *word;
		int want;
	} rows[] = {
		{"error", LOG_ERROR},
		{"warning", LOG_WARNING},
		{"info", LOG_INFO},
		{"debug", LOG_DEBUG},
		{"", -1},
		{"Error", -1},
		{"errors", -1},
		{"warn", -1},
	};
	char text[4096];
	(void)state;

	for (size_t i = 0; i < COUNT(rows); i++)
		assert_int_equal(log_level_of(rows[i].word), rows[i].want);
	for (int at = LOG_ERROR; at <= LOG_DEBUG; at++) {
		size_t want = 0;
		size_t got = 0;
		log_set_level((enum log_level)at);
		begin_capture();
		for (int level = LOG_ERROR; level <= LOG_DEBUG; level++) {
			log_event((enum log_level)level, "level");
			want += level <= at ? 1 : 0;
		}
		size_t n = end_capture(text, sizeof(text));
		for (size_t i = 0; i < n; i++)
			got += text[i] == '\n' ? 1 : 0;
		assert_int_equal(got, want);
	}
	log_set_level(LOG_INFO);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_fields),
		cmocka_unit_test(test_escapes),
		cmocka_unit_test(test_long_lines),
		cmocka_unit_test(test_levels),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
