/* Loaded before a daemon (LD_PRELOAD), this makes records poisonous: when the fields of an event
 * hold the text in the file that POISON names, decoding them does what the word before it says.
 * Frames and the rows that a service keeps without that text are left alone. Touches that file.
 *
 *   refuse    they cannot be decoded          apply    they can, but the next write to the store
 * fails abort, segv    the process ends           loop     it goes on for ever hog            it
 * takes memory for ever, 4 MiB every 10 ms
 */
#include <dlfcn.h>
#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <lmdb.h>
#include <msgpack.h>

typedef msgpack_unpack_return unpack_fn(
	const char *data, size_t len, size_t *off, msgpack_zone *zone, msgpack_object *result);
typedef int put_fn(MDB_cursor *cursor, MDB_val *key, MDB_val *data, unsigned flags);
typedef int txn_put_fn(MDB_txn *txn, MDB_dbi dbi, MDB_val *key, MDB_val *data, unsigned flags);

static int next_put_fails;

static void *next(const char *name)
{
	void *found = dlsym(RTLD_NEXT, name);

	if (!found)
		abort();
	return found;
}

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

/* A frame begins with number, epoch and type: a map with the keys 1, 2, 3 and two numbers, then
 * text. */
static int is_frame(const unsigned char *p, size_t n)
{
	static const unsigned char sizes[] = {2, 3, 5, 9};
	size_t at = 1;

	for (unsigned key = 1; key <= 2; key++) {
		if (at + 2 >= n || p[at++] != key)
			return 0;
		if (p[at] < 0x80)
			at++;
		else if (p[at] >= 0xcc && p[at] <= 0xcf)
			at += sizes[p[at] - 0xcc];
		else
			return 0;
	}
	return at + 1 < n && p[at] == 3 && (p[at + 1] & 0xe0) == 0xa0;
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

static int refuses(const char *data, size_t len)
{
	char word[16], text[64];

	if (!*read_rule(word, text) || !memmem(data, len, text, strlen(text)) ||
		is_frame((const unsigned char *)data, len))
		return 0;
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

msgpack_unpack_return msgpack_unpack(
	const char *data, size_t len, size_t *off, msgpack_zone *zone, msgpack_object *result)
{
	static unpack_fn *real;
	void *found = real ? NULL : next("msgpack_unpack");

	if (found)
		memcpy(&real, &found, sizeof(real));
	return refuses(data, len) ? MSGPACK_UNPACK_PARSE_ERROR : real(data, len, off, zone, result);
}

int mdb_cursor_put(MDB_cursor *cursor, MDB_val *key, MDB_val *data, unsigned flags)
{
	static put_fn *real;
	void *found = real ? NULL : next("mdb_cursor_put");

	if (found)
		memcpy(&real, &found, sizeof(real));
	if (!next_put_fails)
		return real(cursor, key, data, flags);
	next_put_fails = 0;
	return ENOMEM;
}

int mdb_put(MDB_txn *txn, MDB_dbi dbi, MDB_val *key, MDB_val *data, unsigned flags)
{
	static txn_put_fn *real;
	void *found = real ? NULL : next("mdb_put");

	if (found)
		memcpy(&real, &found, sizeof(real));
	if (!next_put_fails)
		return real(txn, dbi, key, data, flags);
	next_put_fails = 0;
	return ENOMEM;
}
