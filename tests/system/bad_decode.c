/* Loaded before a daemon (LD_PRELOAD), this makes the fields of some records poisonous: those that
 * hold the text in the file named by BAD_DECODE cannot be decoded, or end the process when the text
 * is followed by an exclamation mark. A record's frame can be: it has the type in it that
 * BAD_DECODE_TYPE says, otherwise inquiry_received. Reads that file only. */
#include <dlfcn.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <msgpack.h>

typedef msgpack_unpack_return unpack_fn(
	const char *data, size_t len, size_t *off, msgpack_zone *zone, msgpack_object *result);

static int is_poison(const char *data, size_t len)
{
	const char *path = getenv("BAD_DECODE"), *type = getenv("BAD_DECODE_TYPE");
	char text[64] = "";
	FILE *file = path ? fopen(path, "r") : NULL;
	char *got = file ? fgets(text, sizeof(text), file) : NULL;

	if (!type)
		type = "inquiry_received";
	if (file)
		fclose(file);
	if (!got)
		return 0;
	char *end = text + strcspn(text, "!\n");
	int fatal = *end == '!';
	*end = 0;
	if (!*text || !memmem(data, len, text, strlen(text)) ||
		memmem(data, len, type, strlen(type)))
		return 0;
	return 1 + fatal;
}

msgpack_unpack_return msgpack_unpack(
	const char *data, size_t len, size_t *off, msgpack_zone *zone, msgpack_object *result)
{
	static unpack_fn *real;
	int poison = is_poison(data, len);

	if (!real) {
		union {
			void *object;
			unpack_fn *function;
		} found = {dlsym(RTLD_NEXT, "msgpack_unpack")};
		real = found.function;
	}
	if (poison > 1)
		abort();
	return poison || !real ? MSGPACK_UNPACK_PARSE_ERROR : real(data, len, off, zone, result);
}
