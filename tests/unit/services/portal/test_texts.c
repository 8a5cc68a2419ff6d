/* The catalogue: every text in every language, with the same values; and which language a browser
 * is answered in. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <string.h>

#include <cmocka.h>

#include "services/portal/texts.h"

/* Which of {0} to {9} stand in it, as bits; -1: a brace that is none of these. */
static int values_of(const char *s)
{
	int values = 0;

	for (; (s = strpbrk(s, "{}")) != NULL; s += 3) {
		if (s[0] != '{' || s[1] < '0' || s[1] > '9' || s[2] != '}')
			return -1;
		values |= 1 << (s[1] - '0');
	}
	return values;
}

static void test_every_text(void **state)
{
	(void)state;
	for (int key = 0; key < TEXT_KEYS; key++) {
		const char *name = text_name((enum text_key)key);
		const char *english = text_in((enum text_key)key, LANGUAGE_ENGLISH);
		for (int language = 0; language < LANGUAGES; language++) {
			const char *text = text_in((enum text_key)key, (enum language)language);
			if (!text || !*text)
				fail_msg("%s has no text in %s", name,
					language_tag((enum language)language));
			if (values_of(text) < 0 || values_of(text) != values_of(english))
				fail_msg("%s has other values in %s", name,
					language_tag((enum language)language));
		}
	}
}

/* A sentence that is the same in both was forgotten; single words may be. */
static void test_translated(void **state)
{
	(void)state;
	for (int key = 0; key < TEXT_KEYS; key++) {
		const char *english = text_in((enum text_key)key, LANGUAGE_ENGLISH);
		const char *danish = text_in((enum text_key)key, LANGUAGE_DANISH);
		if (strchr(english, ' ') && !strcmp(english, danish))
			fail_msg("%s is not translated", text_name((enum text_key)key));
	}
}

static void test_accepted(void **state)
{
	static const struct {
		const char *header;
		enum language want;
	} rows[] = {{NULL, LANGUAGE_DANISH}, {"", LANGUAGE_DANISH}, {"en", LANGUAGE_ENGLISH},
		{"EN-gb", LANGUAGE_ENGLISH}, {"de, en;q=0.5", LANGUAGE_ENGLISH},
		{"en;q=0.4, da;q=0.8", LANGUAGE_DANISH}, {"da;q=0.3,en;q=0.9", LANGUAGE_ENGLISH},
		{"da, en", LANGUAGE_DANISH}, {"en, da", LANGUAGE_ENGLISH},
		{"en;q=0", LANGUAGE_DANISH}, {"enx", LANGUAGE_DANISH}, {"*", LANGUAGE_DANISH},
		{"en;q=", LANGUAGE_DANISH}, {";;;,,,=", LANGUAGE_DANISH},
		{"en ; q=0.7, da;q=0.2", LANGUAGE_ENGLISH}};
	(void)state;

	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++)
		if (language_accepted(rows[i].header) != rows[i].want)
			fail_msg("%s", rows[i].header ? rows[i].header : "(none)");
}

static void test_tags(void **state)
{
	enum language language;
	(void)state;

	for (int i = 0; i < LANGUAGES; i++) {
		assert_true(language_of_tag(language_tag((enum language)i), &language));
		assert_int_equal(language, i);
	}
	assert_false(language_of_tag("de", &language));
	assert_false(language_of_tag(NULL, &language));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_every_text),
		cmocka_unit_test(test_translated),
		cmocka_unit_test(test_accepted),
		cmocka_unit_test(test_tags),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
