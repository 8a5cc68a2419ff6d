/* What every form of a record shares: looking up fields, limits, and the walk over personal texts.
 * Touches memory only. */
#include "common/schema.h"

#include <assert.h>
#include <string.h>

#include "common/clock.h"

struct text text_of(const char *s)
{
	return (struct text){.p = s, .n = s ? (uint32_t)strlen(s) : 0};
}

struct text text_of_bytes(struct bytes bytes)
{
	return (struct text){.p = (const char *)bytes.p, .n = (uint32_t)bytes.n};
}

struct bytes text_bytes(struct text text)
{
	return bytes_of(text.p, text.n);
}

bool text_is(struct text text, const char *s)
{
	return text_equal(text, text_of(s));
}

bool text_equal(struct text a, struct text b)
{
	return a.sealed == b.sealed && bytes_equal(text_bytes(a), text_bytes(b));
}

char *text_string(struct arena *arena, struct text text)
{
	return arena_copy(arena, text.p, text.n);
}

const struct field *schema_field(const struct schema *schema, const char *name, size_t n)
{
	for (size_t i = 0; i < schema->n; i++)
		if (strlen(schema->fields[i].name) == n && !memcmp(schema->fields[i].name, name, n))
			return &schema->fields[i];
	return NULL;
}

const struct enum_value *enum_by_number(const struct enumeration *e, uint32_t number)
{
	for (size_t i = 0; i < e->n; i++)
		if (e->values[i].number == number)
			return &e->values[i];
	return NULL;
}

const struct enum_value *enum_by_word(const struct enumeration *e, const char *word, size_t n)
{
	for (size_t i = 0; i < e->n; i++)
		if (strlen(e->values[i].word) == n && !memcmp(e->values[i].word, word, n))
			return &e->values[i];
	return NULL;
}

const char *enum_word(enumeration_fn *e, uint32_t number)
{
	const struct enum_value *value = enum_by_number(e(), number);

	return value ? value->word : "?";
}

bool field_is_list(const struct field *field)
{
	return field->max_items > 0;
}

size_t field_item_bytes(const struct field *field)
{
	switch (field->type) {
	case FIELD_BOOL:
		return sizeof(bool);
	case FIELD_INT:
	case FIELD_TIME:
	case FIELD_DATE:
		return sizeof(int64_t);
	case FIELD_UUID:
	case FIELD_UUIDS:
		return sizeof(struct uuid);
	case FIELD_TEXT:
	case FIELD_BIN:
	case FIELD_TEXTS:
		return sizeof(struct text);
	case FIELD_ENUM:
	case FIELD_ENUMS:
		return sizeof(uint32_t);
	case FIELD_NEST:
		return sizeof(void *);
	case FIELD_LIST:
		return field->record()->size;
	}
	assert(false && "a field of unknown type");
	return 0;
}

void *field_nested(const void *at)
{
	void *nested;

	memcpy(&nested, at, sizeof(nested));
	return nested;
}

bool field_absent(const struct field *field, const void *record)
{
	static const unsigned char zeros[sizeof(struct text)];
	const unsigned char *at = (const unsigned char *)record + field->offset;
	struct text text;
	struct list list;

	if (field_is_list(field)) {
		memcpy(&list, at, sizeof(list));
		return list.n == 0;
	}
	switch (field->type) {
	case FIELD_BOOL:
	case FIELD_INT:
		return field->need != REQUIRED && !memcmp(at, zeros, field_item_bytes(field));
	case FIELD_TEXT:
	case FIELD_BIN:
		memcpy(&text, at, sizeof(text));
		return text.n == 0;
	case FIELD_TIME:
	case FIELD_DATE:
	case FIELD_UUID:
	case FIELD_ENUM:
	case FIELD_NEST:
	case FIELD_LIST:
	case FIELD_ENUMS:
	case FIELD_TEXTS:
	case FIELD_UUIDS:
		break;
	}
	return !memcmp(at, zeros, field_item_bytes(field));
}

enum err field_check_int(const struct field *field, int64_t v, struct reason *reason)
{
	switch (field->type) {
	case FIELD_INT:
		if (v < field->min || v > field->max)
			return reason_set(reason, ERR_INVALID, "", "must be from %lld to %lld",
				(long long)field->min, (long long)field->max);
		return ERR_OK;
	case FIELD_TIME:
		if (v != 0 && (v < TIME_MIN || v > TIME_MAX))
			return reason_set(
				reason, ERR_INVALID, "", "must lie in the years 1800 to 2199");
		return ERR_OK;
	case FIELD_DATE:
		if (v != 0 && !date_valid(v))
			return reason_set(reason, ERR_INVALID, "", "is not a day of the calendar");
		return ERR_OK;
	case FIELD_ENUM:
	case FIELD_ENUMS:
		if (v < 0 || v > UINT32_MAX || !enum_by_number(field->words(), (uint32_t)v))
			return reason_set(reason, ERR_INVALID, "", "%lld is no number of %s",
				(long long)v, field->words()->name);
		return ERR_OK;
	case FIELD_BOOL:
	case FIELD_UUID:
	case FIELD_TEXT:
	case FIELD_BIN:
	case FIELD_NEST:
	case FIELD_LIST:
	case FIELD_TEXTS:
	case FIELD_UUIDS:
		break;
	}
	return reason_set(reason, ERR_INVALID, "", "must not be a number");
}

enum err field_check_text(const struct field *field, struct text v, struct reason *reason)
{
	if (v.sealed)
		return field->whose ? ERR_OK
				    : reason_set(reason, ERR_INVALID, "", "must not be sealed");
	if (v.n > (uint64_t)field->max)
		return reason_set(
			reason, ERR_INVALID, "", "at most %lld bytes", (long long)field->max);
	if (field->type != FIELD_BIN && v.n && memchr(v.p, '\0', v.n))
		return reason_set(reason, ERR_INVALID, "", "must not hold a NUL");
	return ERR_OK;
}

enum err field_check_items(const struct field *field, size_t n, struct reason *reason)
{
	if (n > field->max_items)
		return reason_set(reason, ERR_INVALID, "", "at most %zu items", field->max_items);
	return ERR_OK;
}

enum err schema_check_required(
	const struct schema *schema, uint64_t seen, const void *record, struct reason *reason)
{
	/* in a fact a personal text may be missing at any time: its key may have been destroyed */
	bool asked = schema->head->kind == SCHEMA_COMMAND || schema->head->kind == SCHEMA_QUERY;

	for (size_t i = 0; i < schema->n; i++) {
		const struct field *field = &schema->fields[i];
		if (field->whose && !asked)
			continue;
		bool there = seen & UINT64_C(1) << field->tag && !field_absent(field, record);
		if (field->need == REQUIRED && !there)
			return reason_set(reason, ERR_INVALID, field->name, "is required");
	}
	return ERR_OK;
}

static enum err check_item(const struct field *field, const void *item, struct reason *reason)
{
	struct text text;
	uint32_t number;
	int64_t v;

	switch (field->type) {
	case FIELD_INT:
	case FIELD_TIME:
	case FIELD_DATE:
		memcpy(&v, item, sizeof(v));
		return field_check_int(field, v, reason);
	case FIELD_ENUM:
	case FIELD_ENUMS:
		memcpy(&number, item, sizeof(number));
		return field_check_int(field, number, reason);
	case FIELD_TEXT:
	case FIELD_BIN:
	case FIELD_TEXTS:
		memcpy(&text, item, sizeof(text));
		return field_check_text(field, text, reason);
	case FIELD_NEST:
		return schema_check(field->record(), field_nested(item), reason);
	case FIELD_LIST:
		return schema_check(field->record(), item, reason);
	case FIELD_BOOL:
	case FIELD_UUID:
	case FIELD_UUIDS:
		break;
	}
	return ERR_OK;
}

static enum err check_list(const struct field *field, const void *at, struct reason *reason)
{
	struct list list;

	memcpy(&list, at, sizeof(list));
	enum err err = field_check_items(field, list.n, reason);
	if (err)
		reason_prefix(reason, field->name, -1);
	for (size_t i = 0; !err && i < list.n; i++) {
		err = check_item(field, (char *)list.at + i * field_item_bytes(field), reason);
		if (err)
			reason_prefix(reason, field->name, (long)i);
	}
	return err;
}

enum err schema_check(const struct schema *schema, const void *record, struct reason *reason)
{
	enum err err = schema_check_required(schema, UINT64_MAX, record, reason);

	for (size_t i = 0; !err && i < schema->n; i++) {
		const struct field *field = &schema->fields[i];
		const void *at = (const char *)record + field->offset;
		if (field_absent(field, record))
			continue;
		if (field_is_list(field)) {
			err = check_list(field, at, reason);
			continue;
		}
		err = check_item(field, at, reason);
		if (err)
			reason_prefix(reason, field->name, -1);
	}
	return err;
}

/* The records that enclose the present one, innermost first. */
struct enclosing {
	const struct schema *schema;
	const void *record;
	const struct enclosing *outer;
};

struct walk {
	personal_fn *fn;
	void *ctx;
	unsigned ordinal;
};

static void find_person(const struct enclosing *at, const char *whose, struct uuid *ret)
{
	for (; at; at = at->outer) {
		const struct field *field = schema_field(at->schema, whose, strlen(whose));
		if (field && field->type == FIELD_UUID && !field_absent(field, at->record)) {
			memcpy(ret, (const char *)at->record + field->offset, sizeof(*ret));
			return;
		}
	}
}

static enum err walk_record(struct walk *walk, const struct schema *schema, void *record,
	const struct enclosing *outer);

static enum err walk_field(
	struct walk *walk, const struct field *field, void *record, const struct enclosing *here)
{
	void *at = (char *)record + field->offset;
	struct list list;
	void *nested;

	if (field->type == FIELD_NEST) {
		nested = field_nested(at);
		return nested ? walk_record(walk, field->record(), nested, here) : ERR_OK;
	}
	if (field->type == FIELD_LIST) {
		enum err err = ERR_OK;
		memcpy(&list, at, sizeof(list));
		for (size_t i = 0; !err && i < list.n; i++)
			err = walk_record(walk, field->record(),
				(char *)list.at + i * field->record()->size, here);
		return err;
	}
	if (!field->whose)
		return ERR_OK;
	struct personal personal = {.field = field, .text = at, .ordinal = walk->ordinal++};
	if (personal.text->n == 0)
		return ERR_OK;
	find_person(here, field->whose, &personal.whose);
	return walk->fn(walk->ctx, &personal);
}

static enum err walk_record(
	struct walk *walk, const struct schema *schema, void *record, const struct enclosing *outer)
{
	const struct enclosing here = {schema, record, outer};
	enum err err = ERR_OK;

	for (size_t i = 0; !err && i < schema->n; i++)
		err = walk_field(walk, &schema->fields[i], record, &here);
	return err;
}

enum err schema_personal(const struct schema *schema, void *record, personal_fn *fn, void *ctx)
{
	struct walk walk = {.fn = fn, .ctx = ctx};

	return walk_record(&walk, schema, record, NULL);
}
