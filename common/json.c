/* Records as JSON, through jansson; this is the only room that names it. Touches memory only. */
#include "common/schema.h"

#include <assert.h>
#include <jansson.h>
#include <stdio.h>
#include <string.h>

#include "common/clock.h"
#include "common/uuid.h"

struct reader {
	struct arena *arena;
	struct reason *reason;
};

static enum err wrong(struct reader *r, const char *what)
{
	return reason_set(r->reason, ERR_INVALID, "", "must be %s", what);
}

static enum err no_room(struct reader *r)
{
	return reason_set(r->reason, ERR_LIMIT, "", "is larger than a message may be");
}

static enum err read_record(
	struct reader *r, const struct schema *schema, json_t *from, void *record);

static enum err read_int(struct reader *r, const struct field *field, json_t *from, int64_t *ret)
{
	const char *s = json_string_value(from);
	size_t n = s ? json_string_length(from) : 0;

	switch (field->type) {
	case FIELD_TIME:
		if (!s || !time_parse(s, n, ret))
			return wrong(
				r, "a time such as 2026-11-22T09:00:00Z that the calendar has");
		break;
	case FIELD_DATE:
		if (!s || !date_parse(s, n, ret))
			return wrong(r, "a date such as 2026-11-22 that the calendar has");
		break;
	case FIELD_INT:
		if (!json_is_integer(from))
			return wrong(r, "a whole number");
		*ret = json_integer_value(from);
		break;
	case FIELD_BOOL:
	case FIELD_UUID:
	case FIELD_TEXT:
	case FIELD_BIN:
	case FIELD_ENUM:
	case FIELD_NEST:
	case FIELD_LIST:
	case FIELD_ENUMS:
	case FIELD_TEXTS:
	case FIELD_UUIDS:
		return ERR_BUG;
	}
	return field_check_int(field, *ret, r->reason);
}

static enum err read_enum(struct reader *r, const struct field *field, json_t *from, uint32_t *ret)
{
	const struct enumeration *words = field->words();
	const char *s = json_string_value(from);
	const struct enum_value *value =
		s ? enum_by_word(words, s, json_string_length(from)) : NULL;
	char all[120] = "";
	size_t n = 0;

	if (value) {
		*ret = value->number;
		return ERR_OK;
	}
	for (size_t i = 0; i < words->n && n < sizeof(all); i++)
		n += (size_t)snprintf(
			all + n, sizeof(all) - n, "%s%s", i ? ", " : "", words->values[i].word);
	return reason_set(r->reason, ERR_INVALID, "", "must be one of %s", all);
}

static int hex_digit(char c)
{
	return c >= '0' && c <= '9' ? c - '0' : c >= 'a' && c <= 'f' ? c - 'a' + 10 : -1;
}

static enum err read_bin(struct reader *r, const char *s, size_t n, struct text *ret)
{
	char *p = n % 2 ? NULL : arena_alloc(r->arena, n / 2 + 1);

	if (!p)
		return n % 2 ? wrong(r, "lower-case hexadecimal") : no_room(r);
	for (size_t i = 0; i < n / 2; i++) {
		int high = hex_digit(s[2 * i]), low = hex_digit(s[2 * i + 1]);
		if (high < 0 || low < 0)
			return wrong(r, "lower-case hexadecimal");
		p[i] = (char)(high << 4 | low);
	}
	*ret = (struct text){p, (uint32_t)(n / 2), false};
	return ERR_OK;
}

static enum err read_text(
	struct reader *r, const struct field *field, json_t *from, struct text *ret)
{
	const char *s = json_string_value(from);
	size_t n = s ? json_string_length(from) : 0;
	enum err err;

	if (!s)
		return wrong(r, "text");
	if (field->type == FIELD_BIN)
		err = read_bin(r, s, n, ret);
	else if (n > UINT32_MAX)
		err = no_room(r);
	else {
		*ret = (struct text){arena_copy(r->arena, s, n), (uint32_t)n, false};
		err = ret->p ? ERR_OK : no_room(r);
	}
	return err ? err : field_check_text(field, *ret, r->reason);
}

static enum err read_item(struct reader *r, const struct field *field, json_t *from, void *to)
{
	const char *s = json_string_value(from);
	bool flag;
	void *nested;

	switch (field->type) {
	case FIELD_BOOL:
		if (!json_is_boolean(from))
			return wrong(r, "true or false");
		flag = json_is_true(from);
		memcpy(to, &flag, sizeof(flag));
		return ERR_OK;
	case FIELD_INT:
	case FIELD_TIME:
	case FIELD_DATE:
		return read_int(r, field, from, to);
	case FIELD_ENUM:
	case FIELD_ENUMS:
		return read_enum(r, field, from, to);
	case FIELD_UUID:
	case FIELD_UUIDS:
		if (!s || !uuid_parse(s, json_string_length(from), to))
			return wrong(r, "a UUID such as 0190b8a0-0000-7000-8000-000000000001");
		return ERR_OK;
	case FIELD_TEXT:
	case FIELD_BIN:
	case FIELD_TEXTS:
		return read_text(r, field, from, to);
	case FIELD_NEST:
		nested = arena_alloc(r->arena, field->record()->size);
		if (!nested)
			return no_room(r);
		memcpy(to, &nested, sizeof(nested));
		return read_record(r, field->record(), from, nested);
	case FIELD_LIST:
		return read_record(r, field->record(), from, to);
	}
	return ERR_BUG;
}

static enum err read_list(struct reader *r, const struct field *field, json_t *from, void *to)
{
	struct list list = {0};
	size_t size = field_item_bytes(field);

	if (!json_is_array(from))
		return wrong(r, "a list");
	enum err err = field_check_items(field, json_array_size(from), r->reason);
	if (err)
		return err;
	list.at = arena_alloc(r->arena, json_array_size(from) * size);
	if (!list.at)
		return no_room(r);
	for (; list.n < json_array_size(from); list.n++) {
		err = read_item(
			r, field, json_array_get(from, list.n), (char *)list.at + list.n * size);
		if (err) {
			reason_prefix(r->reason, "", (long)list.n);
			return err;
		}
	}
	memcpy(to, &list, sizeof(list));
	return ERR_OK;
}

static enum err read_record(
	struct reader *r, const struct schema *schema, json_t *from, void *record)
{
	const char *name;
	json_t *value;
	uint64_t seen = 0;

	if (!json_is_object(from))
		return wrong(r, "an object");
	json_object_foreach(from, name, value)
	{
		const struct field *field = schema_field(schema, name, strlen(name));
		enum err err;
		if (!field)
			err = reason_set(r->reason, ERR_INVALID, "", "is no field of %s",
				schema->head->name);
		else if (field_is_list(field))
			err = read_list(r, field, value, (char *)record + field->offset);
		else
			err = read_item(r, field, value, (char *)record + field->offset);
		if (err) {
			reason_prefix(r->reason, name, -1);
			return err;
		}
		seen |= UINT64_C(1) << field->tag;
	}
	return schema_check_required(schema, seen, record, r->reason);
}

static json_t *load(struct text json, struct reason *reason)
{
	json_error_t error;
	json_t *value = json_loadb(json.p, json.n, JSON_REJECT_DUPLICATES, &error);

	if (!value)
		(void)reason_set(reason, ERR_INVALID, "", "malformed JSON at line %d column %d: %s",
			error.line, error.column, error.text);
	return value;
}

enum err schema_from_json(const struct schema *schema, struct text json, struct arena *arena,
	void *ret_record, struct reason *reason)
{
	struct reader r = {arena, reason};
	json_t *value = load(json, reason);

	memset(ret_record, 0, schema->size);
	if (!value)
		return ERR_INVALID;
	enum err err = read_record(&r, schema, value, ret_record);
	json_decref(value);
	return err;
}

/* ---- writing ------------------------------------------------------------------------------- */

static json_t *write_record(const struct schema *schema, const void *record);

static json_t *write_bin(struct text text)
{
	static const char digits[] = "0123456789abcdef";
	json_t *value = NULL;
	struct buffer hex;

	buffer_init(&hex, (size_t)text.n * 2 + 1);
	for (uint32_t i = 0; i < text.n; i++) {
		unsigned char c = (unsigned char)text.p[i];
		buffer_add(&hex, (char[]){digits[c >> 4], digits[c & 15]}, 2);
	}
	if (!hex.failed)
		value = json_stringn(hex.p ? (char *)hex.p : "", hex.n);
	buffer_done(&hex);
	return value;
}

static json_t *write_text(const struct field *field, const void *at)
{
	struct text text;

	memcpy(&text, at, sizeof(text));
	if (text.sealed)
		return json_string("(sealed)");
	return field->type == FIELD_BIN ? write_bin(text)
					: json_stringn(text.p ? text.p : "", text.n);
}

static json_t *write_item(const struct field *field, const void *at)
{
	char text[UUID_TEXT_BYTES];
	struct uuid id;
	uint32_t number;
	int64_t v;
	bool flag;

	switch (field->type) {
	case FIELD_BOOL:
		memcpy(&flag, at, sizeof(flag));
		return json_boolean(flag);
	case FIELD_INT:
		memcpy(&v, at, sizeof(v));
		return json_integer(v);
	case FIELD_TIME:
		memcpy(&v, at, sizeof(v));
		time_format(v, text);
		return json_string(text);
	case FIELD_DATE:
		memcpy(&v, at, sizeof(v));
		date_format(v, text);
		return json_string(text);
	case FIELD_ENUM:
	case FIELD_ENUMS:
		memcpy(&number, at, sizeof(number));
		return json_string(enum_word(field->words, number));
	case FIELD_UUID:
	case FIELD_UUIDS:
		memcpy(&id, at, sizeof(id));
		uuid_format(id, text);
		return json_string(text);
	case FIELD_TEXT:
	case FIELD_BIN:
	case FIELD_TEXTS:
		return write_text(field, at);
	case FIELD_NEST:
		return write_record(field->record(), field_nested(at));
	case FIELD_LIST:
		return write_record(field->record(), at);
	}
	return NULL;
}

static json_t *write_list(const struct field *field, const void *at)
{
	json_t *items = json_array();
	struct list list;

	memcpy(&list, at, sizeof(list));
	for (size_t i = 0; items && i < list.n; i++)
		json_array_append_new(
			items, write_item(field, (char *)list.at + i * field_item_bytes(field)));
	return items;
}

static json_t *write_record(const struct schema *schema, const void *record)
{
	json_t *object = json_object();

	for (size_t i = 0; object && i < schema->n; i++) {
		const struct field *field = &schema->fields[i];
		const void *at = (const char *)record + field->offset;
		if (!field_absent(field, record))
			json_object_set_new(object, field->name,
				field_is_list(field) ? write_list(field, at)
						     : write_item(field, at));
	}
	return object;
}

char *schema_to_json(
	const struct schema *schema, const void *record, unsigned flags, struct arena *arena)
{
	json_t *value = write_record(schema, record);
	char *dump =
		value ? json_dumps(value, flags & SCHEMA_INDENT ? JSON_INDENT(2) : JSON_COMPACT)
		      : NULL;
	char *copy = dump ? arena_copy(arena, dump, strlen(dump)) : NULL;

	free(dump);
	json_decref(value);
	return copy;
}

/* ---- taking an object apart ---------------------------------------------------------------- */

static enum err take_member(json_t *value, struct arena *arena, struct text *ret)
{
	char *dump;

	if (json_is_string(value)) {
		ret->n = (uint32_t)json_string_length(value);
		ret->p = arena_copy(arena, json_string_value(value), ret->n);
		return ret->p ? ERR_OK : ERR_LIMIT;
	}
	dump = json_dumps(value, JSON_COMPACT | JSON_ENCODE_ANY);
	*ret = dump ? text_of(arena_copy(arena, dump, strlen(dump))) : TEXT_NONE;
	free(dump);
	return ret->p ? ERR_OK : ERR_LIMIT;
}

static enum err split_object(json_t *object, struct json_member *members, size_t n,
	struct arena *arena, struct reason *reason)
{
	const char *name;
	json_t *value;

	json_object_foreach(object, name, value)
	{
		size_t i = 0;
		while (i < n && strcmp(members[i].name, name))
			i++;
		if (i == n)
			return reason_set(reason, ERR_INVALID, name, "is no member here");
		enum err err = take_member(value, arena, &members[i].value);
		if (err)
			return reason_set(reason, err, name, "is larger than a message may be");
	}
	for (size_t i = 0; i < n; i++)
		if (members[i].need == REQUIRED && members[i].value.n == 0)
			return reason_set(reason, ERR_INVALID, members[i].name, "is required");
	return ERR_OK;
}

enum err json_split(struct text json, struct json_member *members, size_t n, struct arena *arena,
	struct reason *reason)
{
	json_t *object = load(json, reason);
	enum err err;

	for (size_t i = 0; i < n; i++)
		members[i].value = TEXT_NONE;
	if (!object)
		return ERR_INVALID;
	if (json_is_object(object))
		err = split_object(object, members, n, arena, reason);
	else
		err = reason_set(reason, ERR_INVALID, "", "must be an object");
	json_decref(object);
	return err;
}
