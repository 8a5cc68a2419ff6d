/* Keys as people handle them: master key files, CURVE keys in Z85, settings files that are edited.
 */
#include "common/bus.h"
#include "common/keyring.h"
#include "services/oneplanctl/ini_edit.h"
#include "tests/fuzz/fuzz.h"

static void try_edit(const char *text, struct arena *arena)
{
	static const struct ini_change changes[] = {{"peer.a", "key", "new"},
		{"peer.a", "key", NULL}, {"peer.a", NULL, NULL}, {"node", "name", "x"}};

	for (size_t i = 0; i < sizeof(changes) / sizeof(changes[0]); i++) {
		const char *got = ini_change(arena, text, &changes[i]);
		must(got && ini_change(arena, got, &changes[i]) == got);
		const char *value =
			changes[i].key ? ini_value(arena, got, changes[i].section, changes[i].key)
				       : NULL;
		if (got != text && changes[i].value)
			must(value && !strcmp(value, changes[i].value));
		if (got != text && !changes[i].value)
			must(!value);
	}
}

FUZZ(keys)
{
	struct bytes content = bytes_of(data, n);
	uint8_t master[MASTER_KEY_BYTES];
	char *text = malloc(n + 1), public_key[BUS_KEY_BYTES];
	struct reason reason = {0};
	struct arena arena;

	must(text);
	memcpy(text, data ? data : (const uint8_t *)"", n);
	text[n] = '\0';
	arena_init(&arena, (size_t)16 << 20);
	const char *path = file_of(content);
	if (keyring_read_master(path, master, &reason))
		must(reason.rule[0]);
	unlink(path);
	if (!bus_public_of(text, public_key))
		must(strlen(public_key) == BUS_KEY_BYTES - 1);
	try_edit(text, &arena);
	arena_done(&arena);
	free(text);
	return 0;
}
