/* Values of a query, a form or a cookie header, decoded; pure. */
#include <string.h>

#include "common/http.h"

static int hex_digit(uint8_t c)
{
	if (c >= '0' && c <= '9')
		return c - '0';
	c |= 0x20;
	return c >= 'a' && c <= 'f' ? c - 'a' + 10 : -1;
}

/* False: a percent sign without two digits, or a zero byte. */
static bool decode(struct bytes from, uint8_t *ret, size_t *ret_n)
{
	size_t n = 0;

	for (size_t i = 0; i < from.n; i++) {
		int c = from.p[i] == '+' ? ' ' : from.p[i];
		if (c == '%') {
			int high = i + 2 < from.n ? hex_digit(from.p[i + 1]) : -1;
			int low = high < 0 ? -1 : hex_digit(from.p[i + 2]);
			c = low < 0 ? 0 : high << 4 | low;
			i += 2;
		}
		if (c == 0)
			return false;
		ret[n++] = (uint8_t)c;
	}
	*ret_n = n;
	return true;
}

static const char *decoded(struct arena *arena, struct bytes from)
{
	uint8_t *text = arena_alloc(arena, from.n + 1);
	size_t n;

	if (!text || !decode(from, text, &n) || !bytes_are_utf8(bytes_of(text, n)))
		return NULL;
	return (const char *)text; /* zeros stand behind it */
}

/* The piece up to that byte; *from goes behind it. */
static struct bytes cut_at(struct bytes *from, char end)
{
	const uint8_t *at = from->n ? memchr(from->p, end, from->n) : NULL;
	const struct bytes piece = at ? bytes_of(from->p, (size_t)(at - from->p)) : *from;
	size_t taken = piece.n + (at ? 1 : 0);

	*from = bytes_of(from->p + taken, from->n - taken);
	return piece;
}

const char *http_next_value(struct arena *arena, struct bytes *encoded, const char *name)
{
	while (encoded->n) {
		struct bytes value = cut_at(encoded, '&');
		struct bytes key = cut_at(&value, '=');
		const char *plain = decoded(arena, key);
		if (plain && strcmp(plain, name) == 0)
			return decoded(arena, value);
	}
	return NULL;
}

const char *http_value(struct arena *arena, struct bytes encoded, const char *name)
{
	return http_next_value(arena, &encoded, name);
}

const char *http_cookie(struct http_request *request, const char *name)
{
	const char *header = http_header(request, "Cookie");
	struct bytes rest = header ? bytes_of_string(header) : BYTES_NONE;

	while (rest.n) {
		struct bytes value = cut_at(&rest, ';');
		while (value.n && *value.p == ' ')
			value = bytes_of(value.p + 1, value.n - 1);
		if (bytes_equal(cut_at(&value, '='), bytes_of_string(name)))
			return arena_copy(http_arena(request), value.p, value.n);
	}
	return NULL;
}
