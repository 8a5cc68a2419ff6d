/* Reads who acts; touches nothing. */
#include "services/oneplanctl/actor.h"

#include <string.h>

static struct text part(struct text from, size_t begin, size_t end)
{
	return (struct text){from.p + begin, (uint32_t)(end - begin), false};
}

static size_t find(struct text from, size_t begin, char c)
{
	const char *at = memchr(from.p + begin, c, from.n - begin);

	return at ? (size_t)(at - from.p) : from.n;
}

enum err actor_parse(struct text from, struct actor *ret, struct reason *reason)
{
	size_t colon = from.n ? find(from, 0, ':') : 0;
	size_t id = colon < from.n ? colon + 1 : from.n;
	size_t slash = from.n ? find(from, id, '/') : 0;

	*ret = (struct actor){.role = TEXT_NONE};
	if (colon == 0 || colon + 1 >= from.n || slash == id || slash + 1 == from.n)
		return reason_set(reason, ERR_INVALID, "",
			"must be role:id or role:id/department, such as front_desk:desk-1");
	ret->role = part(from, 0, colon);
	ret->id = part(from, id, slash);
	if (slash < from.n)
		ret->department = part(from, slash + 1, from.n);
	return schema_check(schema_actor(), ret, reason);
}
