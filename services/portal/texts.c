/* Looks texts up in the catalogue, and reads which language a browser asks for. Touches nothing. */
#include "services/portal/texts.h"

#include <stdlib.h>
#include <string.h>
#include <strings.h>

static const struct {
	const char *name;
	const char *in[LANGUAGES];
} texts[TEXT_KEYS] = {
#define T(key, english, danish) {#key, {[LANGUAGE_DANISH] = danish, [LANGUAGE_ENGLISH] = english}},
#include "services/portal/texts.def"
#undef T
};

static const char *const tags[LANGUAGES] = {"da", "en"};

const char *text_in(enum text_key key, enum language language)
{
	return texts[key].in[language];
}

const char *text_name(enum text_key key)
{
	return texts[key].name;
}

const char *language_tag(enum language language)
{
	return tags[language];
}

bool language_of_tag(const char *tag, enum language *ret)
{
	for (int i = 0; tag && i < LANGUAGES; i++)
		if (!strcasecmp(tag, tags[i])) {
			*ret = (enum language)i;
			return true;
		}
	return false;
}

/* In thousandths; 1000 when the range says nothing, 0 when it says what is no weight. */
static long weight_of(const char *range, size_t n)
{
	const char *semicolon = memchr(range, ';', n);
	char number[8] = "";

	if (!semicolon)
		return 1000;
	semicolon += 1 + strspn(semicolon + 1, " \t");
	if (strncasecmp(semicolon, "q=", 2) != 0)
		return 0;
	memcpy(number, semicolon + 2, strspn(semicolon + 2, "0123456789.") % sizeof(number));
	return (long)(strtod(number, NULL) * 1000);
}

enum language language_accepted(const char *header)
{
	enum language best = LANGUAGE_DANISH;
	long most = 0;

	for (const char *at = header; at && *at;) {
		at += strspn(at, " \t,");
		size_t n = strcspn(at, ",");
		size_t tag = strcspn(at, "-_;, \t");
		long weight = weight_of(at, n);
		for (int i = 0; i < LANGUAGES; i++)
			if (tag == 2 && !strncasecmp(at, tags[i], 2) && weight > most) {
				most = weight;
				best = (enum language)i;
			}
		at += n;
	}
	return best;
}
