/* Linked into a daemon in front of its decoder and of LMDB (--wrap), this makes records poisonous:
 * when the fields of an event hold the text in the file that POISON names, decoding them does what
 * the word before it says. Frames and the rows that a service keeps without that text are left
 * alone. Touches that file.
 *
 *   refuse       they cannot be decoded
 *   apply        they can, but the next write to the store fails
 *   abort, segv  the process ends
 *   loop         it goes on for ever
 *   hog          it takes memory for ever, 4 MiB every 10 ms
 */
#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <lmdb.h>

#include "common/node.h"

/* Names that the linker gives them. */
enum err __real_schema_decode(const struct schema *schema, struct bytes from, enum pack_mode mode,
	struct arena *arena, void *ret_record, struct reason *reason) MUST_USE;
enum err __wrap_schema_decode(const struct schema *schema, struct bytes from, enum pack_mode mode,
	struct arena *arena, void *ret_record, struct reason *reason) MUST_USE;
int __real_mdb_cursor_put(MDB_cursor *cursor, MDB_val *key, MDB_val *data, unsigned flags);
int __wrap_mdb_cursor_put(MDB_cursor *cursor, MDB_val *key, MDB_val *data, unsigned flags);
int __real_mdb_put(MDB_txn *txn, MDB_dbi dbi, MDB_val *key, MDB_val *data, unsigned flags);
int __wrap_mdb_put(MDB_txn *txn, MDB_dbi dbi, MDB_val *key, MDB_val *data, unsigned flags);

static bool next_put_fails;

/* The word, or "": nothing is poisonous. */
static const char *read_rule(char word[16], char text[64])
{
	const char *path = getenv("POISON");
	FILE *file = path ? fopen(path, "r") : NULL;

	if (!file || fscanf(file, "%15s %63s", word, text) != 2)
		word[0] = '\0';
	if (file)
		fclose(file);
	return word;
}

static void take_memory(void)
{
	for (;;) {
		char *some = malloc(4 << 20);
		if (some)
			memset(some, 1, 4 << 20);
		usleep(10000);
	}
}

static bool refuses(const struct schema *schema, struct bytes from)
{
	char word[16], text[64];

	if (!*read_rule(word, text) || schema == schema_record() || !from.n ||
		!memmem(from.p, from.n, text, strlen(text)))
		return false;
	if (strcmp(word, "abort") == 0)
		abort();
	if (strcmp(word, "segv") == 0)
		raise(SIGSEGV);
	if (strcmp(word, "hog") == 0)
		take_memory();
	while (strcmp(word, "loop") == 0)
		usleep(1000);
	next_put_fails = strcmp(word, "apply") == 0;
	return strcmp(word, "refuse") == 0;
}

enum err __wrap_schema_decode(const struct schema *schema, struct bytes from, enum pack_mode mode,
	struct arena *arena, void *ret_record, struct reason *reason)
{
	if (refuses(schema, from))
		return reason_set(reason, ERR_INVALID, "", "is not MessagePack");
	return __real_schema_decode(schema, from, mode, arena, ret_record, reason);
}

int __wrap_mdb_cursor_put(MDB_cursor *cursor, MDB_val *key, MDB_val *data, unsigned flags)
{
	if (!next_put_fails)
		return __real_mdb_cursor_put(cursor, key, data, flags);
	next_put_fails = false;
	return ENOMEM;
}

int __wrap_mdb_put(MDB_txn *txn, MDB_dbi dbi, MDB_val *key, MDB_val *data, unsigned flags)
{
	if (!next_put_fails)
		return __real_mdb_put(txn, dbi, key, data, flags);
	next_put_fails = false;
	return ENOMEM;
}
