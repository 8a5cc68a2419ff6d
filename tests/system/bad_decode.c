/* Linked into a daemon in front of its decoder (--wrap), this makes the fields of some records
 * poisonous: those that hold the text in the file named by BAD_DECODE cannot be decoded, or end the
 * process when the text is followed by an exclamation mark. A record's frame can be: it has the
 * type in it that BAD_DECODE_TYPE says, otherwise inquiry_received. Reads that file only. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "common/schema.h"

/* Names that the linker gives them. */
enum err __real_schema_decode(const struct schema *schema, struct bytes from, enum pack_mode mode,
	struct arena *arena, void *ret_record, struct reason *reason) MUST_USE;
enum err __wrap_schema_decode(const struct schema *schema, struct bytes from, enum pack_mode mode,
	struct arena *arena, void *ret_record, struct reason *reason) MUST_USE;

static int is_poison(const uint8_t *data, size_t len)
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

enum err __wrap_schema_decode(const struct schema *schema, struct bytes from, enum pack_mode mode,
	struct arena *arena, void *ret_record, struct reason *reason)
{
	int poison = from.n ? is_poison(from.p, from.n) : 0;

	if (poison > 1)
		abort();
	if (poison)
		return reason_set(reason, ERR_INVALID, "", "is not MessagePack");
	return __real_schema_decode(schema, from, mode, arena, ret_record, reason);
}
