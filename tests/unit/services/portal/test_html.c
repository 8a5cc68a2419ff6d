/* The writer of pages: what is escaped, balanced, encoded. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <string.h>

#include <cmocka.h>

#include "services/portal/html.h"

static void expect(const struct html *html, const char *want)
{
	const char *got = html->out.n ? (const char *)html->out.p : "";

	if (html->out.n != strlen(want) || strncmp(got, want, html->out.n) != 0)
		fail_msg("got %.*s, want %s", (int)html->out.n, got, want);
}

static void test_text(void **state)
{
	static const struct {
		const char *from, *want;
	} rows[] = {{"", ""}, {"plain", "plain"}, {"<script>", "&lt;script&gt;"},
		{"a & b", "a &amp; b"}, {"&lt;", "&amp;lt;"}, {"\"'", "&quot;&#39;"},
		{"</main>", "&lt;/main&gt;"}, {"æøå", "æøå"}};
	(void)state;

	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		struct html html;
		html_init(&html, LANGUAGE_ENGLISH);
		html_string(&html, rows[i].from);
		expect(&html, rows[i].want);
		html_done(&html);
		html_init(&html, LANGUAGE_ENGLISH);
		html_text(&html, text_of(rows[i].from));
		expect(&html, rows[i].want);
		html_done(&html);
	}
}

static void test_odd_text(void **state)
{
	struct html html;
	(void)state;

	html_init(&html, LANGUAGE_ENGLISH);
	html_text(&html, (struct text){"a\0b", 3, false});
	html_text(&html, (struct text){"secret", 6, true}); /* sealed: never its bytes */
	html_text(&html, TEXT_NONE);
	expect(&html, "a\xef\xbf\xbd"
		      "b(hidden)");
	html_done(&html);
}

static void test_elements(void **state)
{
	struct html html;
	(void)state;

	html_init(&html, LANGUAGE_DANISH);
	html_open(&html, "p", ATTRS({"class", "a\"><b"}, {"id", NULL}, {"title", "x'y&z"}));
	html_element(&html, "b", NO_ATTRS, "<i>");
	html_void(&html, "input", ATTRS({"value", "\" onfocus=\"alert(1)"}));
	html_safe(&html, SAFE("<br>"));
	html_close(&html);
	expect(&html, "<p class=\"a&quot;&gt;&lt;b\" title=\"x&#39;y&amp;z\"><b>&lt;i&gt;</b>"
		      "<input value=\"&quot; onfocus=&quot;alert(1)\"><br></p>");
	assert_false(html_failed(&html));
	assert_int_equal(html.depth, 0);
	html_done(&html);
}

static void test_values(void **state)
{
	struct html html;
	(void)state;

	html_init(&html, LANGUAGE_ENGLISH);
	SAY_WITH(&html, TEXT_board_some_bad, "<3>", "7");
	expect(&html, "&lt;3&gt; of 7 queues need attention.");
	html_done(&html);
	html_init(&html, LANGUAGE_DANISH);
	SAY_WITH(&html, TEXT_logged_in_as, NULL);
	expect(&html, "Logget ind som ");
	html_done(&html);
}

static void test_too_deep(void **state)
{
	struct html html;
	(void)state;

	html_init(&html, LANGUAGE_ENGLISH);
	for (int i = 0; i < HTML_DEPTH; i++)
		html_open(&html, "div", NO_ATTRS);
	assert_false(html_failed(&html));
	html_open(&html, "div", NO_ATTRS);
	assert_true(html_failed(&html));
	html_close(&html); /* does nothing, as the open one is not there */
	html_done(&html);
}

static void test_path(void **state)
{
	struct arena arena;
	(void)state;

	arena_init(&arena, 4096);
	assert_string_equal(html_path(&arena, "/queue",
				    ATTRS({"node", "planning.social"}, {"left", NULL}, {"none", ""},
					    {"queue", "work/a b&c=d?#%æ"})),
		"/queue?node=planning.social&queue=work/a%20b%26c%3Dd%3F%23%25%C3%A6");
	assert_string_equal(html_path(&arena, "/", NO_ATTRS), "/");
	arena_done(&arena);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_text),
		cmocka_unit_test(test_odd_text),
		cmocka_unit_test(test_elements),
		cmocka_unit_test(test_values),
		cmocka_unit_test(test_too_deep),
		cmocka_unit_test(test_path),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
