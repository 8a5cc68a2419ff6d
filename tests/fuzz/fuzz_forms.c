/* Values of queries and forms, and addresses to listen on. */
#include "common/http.h"
#include "tests/fuzz/fuzz.h"

static void try_values(struct bytes encoded, const char *name)
{
	struct arena arena;

	arena_init(&arena, 4 << 20);
	for (struct bytes rest = encoded; rest.n;) {
		size_t before = rest.n;
		const char *value = http_next_value(&arena, &rest, name);
		must(rest.n < before);
		if (value)
			must(bytes_are_utf8(bytes_of_string(value)) && strlen(value) <= before);
	}
	const char *first = http_value(&arena, encoded, name);
	if (first)
		must(bytes_are_utf8(bytes_of_string(first)));
	arena_done(&arena);
}

FUZZ(forms)
{
	struct reason reason = {0};
	char *s = malloc(n + 1);

	must(s);
	memcpy(s, data ? data : (const uint8_t *)"", n);
	s[n] = '\0';
	try_values(bytes_of(data, n), "a");
	try_values(bytes_of(data, n), "");
	if (http_check_listen(s, "listen", &reason))
		must(reason.rule[0] && !strcmp(reason.field, "listen"));
	else
		must(!strncmp(s, "127.", 4) || s[0] == '[');
	free(s);
	return 0;
}
