/* A file of data keys with anything in it, and texts that claim to be sealed. */
#include "common/keyring.h"
#include "tests/fuzz/fuzz.h"

static void try_texts(struct keyring *keyring, struct bytes feed, struct arena *arena)
{
	const struct uuid person = {{1}};
	struct text text = text_of_feed(feed), mine = text_of("words");
	const struct seal_place place = {text_of("intake"), 1, 0};

	text.sealed = true;
	enum err err = keyring_open_text(keyring, person, arena, &text);
	must(err == ERR_CORRUPT || err == ERR_ERASED);
	if (keyring_slots(keyring) && !keyring_seal(keyring, 1, person, &place, arena, &mine)) {
		must(!keyring_open_text(keyring, person, arena, &mine));
		must(text_is(mine, "words"));
	}
}

FUZZ(keyring)
{
	static const uint8_t master[MASTER_KEY_BYTES] = {3}, next[MASTER_KEY_BYTES] = {4};
	struct bytes feed = bytes_of(data, n), sealed = feed_bytes(&feed, feed_u8(&feed));
	static uint64_t seed = 1;
	const struct random random = random_seeded(&seed);
	struct keyring *keyring = NULL;
	struct arena arena;

	arena_init(&arena, (size_t)8 << 20);
	const char *path = file_of(feed);
	enum err err = keyring_open(path, master, &random, &keyring);
	must(!err || err == ERR_INVALID);
	if (!err && keyring_slots(keyring) <= 4096) {
		must(!keyring_mend(keyring, 1)); /* none was used: all are made anew */
		must(!keyring_extend(keyring, keyring_slots(keyring) + 2));
		must(!keyring_destroy(keyring, 2) && keyring_destroyed(keyring, 2));
		try_texts(keyring, sealed, &arena);
	}
	keyring_close(keyring);
	if (!err) {
		must(!keyring_rewrap(path, master, next, &random));
		must(!keyring_open(path, next, &random, &keyring));
		keyring_close(keyring);
	}
	unlink(path);
	arena_done(&arena);
	return 0;
}
