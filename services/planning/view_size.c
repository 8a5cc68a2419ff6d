/* How much room a row takes in an answer. Touches nothing. */
#include "services/planning/view_size.h"

#include <string.h>

#include "common/keyring.h"

/* What stands before a list, a record or a text; the rest with it. */
enum { TAG_BYTES = 1, HEAD_BYTES = 4, NUMBER_BYTES = 9, WORD_BYTES = 3, UUID_BYTES = 18 };

static size_t text_size(const void *at)
{
	struct text text;

	memcpy(&text, at, sizeof(text));
	return HEAD_BYTES + text.n - (text.sealed ? SEALED_OVERHEAD : 0);
}

/* One value of the field, be it the field itself or an item of its list. */
static size_t value_size(const struct field *field, const void *at)
{
	const void *nested;

	switch (field->type) {
	case FIELD_TEXT:
	case FIELD_BIN:
	case FIELD_TEXTS:
		return text_size(at);
	case FIELD_UUID:
	case FIELD_UUIDS:
		return UUID_BYTES;
	case FIELD_NEST:
		nested = field_nested(at);
		return nested ? view_size(field->record(), nested) : 0;
	case FIELD_LIST:
		return view_size(field->record(), at);
	case FIELD_BOOL:
	case FIELD_ENUM:
	case FIELD_ENUMS:
		return WORD_BYTES;
	case FIELD_INT:
	case FIELD_TIME:
	case FIELD_DATE:
		return NUMBER_BYTES;
	}
	return 0;
}

static size_t list_size(const struct field *field, const void *at)
{
	size_t bytes = HEAD_BYTES;
	struct list list;

	memcpy(&list, at, sizeof(list));
	for (size_t i = 0; i < list.n; i++)
		bytes += value_size(field, (const char *)list.at + i * field_item_bytes(field));
	return bytes;
}

size_t view_size(const struct schema *schema, const void *row)
{
	size_t bytes = HEAD_BYTES;

	for (size_t i = 0; i < schema->n; i++) {
		const struct field *field = &schema->fields[i];
		const char *at = (const char *)row + field->offset;
		if (!field_absent(field, row))
			bytes += TAG_BYTES + (field_is_list(field) ? list_size(field, at)
								   : value_size(field, at));
	}
	return bytes;
}
