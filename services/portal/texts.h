/* What the portal says to people, in every language it speaks: texts.def. The language belongs to
 * a request, never to the process. */
#ifndef SERVICES_PORTAL_TEXTS_H
#define SERVICES_PORTAL_TEXTS_H

#include <stdbool.h>
#include <stddef.h>

enum language { LANGUAGE_DANISH, LANGUAGE_ENGLISH, LANGUAGES };

enum text_key {
#define T(key, english, danish) TEXT_##key,
#include "services/portal/texts.def"
#undef T
	TEXT_KEYS
};

/* Never NULL. */
const char *text_in(enum text_key key, enum language language);
const char *text_name(enum text_key key);

/* "da", "en": as in HTML. */
const char *language_tag(enum language language);
/* False: none of ours. */
bool language_of_tag(const char *tag, enum language *ret);
/* The best of ours for an Accept-Language header (RFC 9110 section 12.5.4); Danish when it names
 * none, or header is NULL. */
enum language language_accepted(const char *header);

#endif
