/* A filled example of any message: every field has a value within its limits. */
#ifndef TESTS_GOLDEN_FILLER_H
#define TESTS_GOLDEN_FILLER_H

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <string.h>

#include <cmocka.h>

#include "common/clock.h"
#include "common/schema.h"
#include "common/uuid.h"

struct filler {
	struct arena arena;
	unsigned n; /* makes each value different */
};

static inline void fill_record(
	struct filler *f, const struct schema *schema, void *record, unsigned depth);

static inline struct text some_text(struct filler *f, int64_t max)
{
	const char *words = max >= 24 ? "Æbleø nr." : "x";
	char *s = arena_printf(&f->arena, "%s %u", words, f->n++ % 1000);

	return (struct text){
		s, (uint32_t)((int64_t)strlen(s) < max ? strlen(s) : (size_t)max), false};
}

static inline void fill_item(struct filler *f, const struct field *field, void *to, unsigned depth)
{
	struct uuid id = {{0x01, 0x90, 0xb8, 0xa0, 0, 0, 0x70, 0, 0x80}};
	struct text text;
	int64_t v;
	void *nested;

	switch (field->type) {
	case FIELD_BOOL:
		memcpy(to, &(bool){true}, sizeof(bool));
		return;
	case FIELD_INT:
		v = field->min > 0 ? field->min : 0;
		v += field->max > 200 ? 7 + f->n++ % 50 : 1;
		v = v > field->max ? field->max : v;
		memcpy(to, &v, sizeof(v));
		return;
	case FIELD_TIME:
		v = INT64_C(1790000000123) + f->n++ * MS_PER_MINUTE;
		memcpy(to, &v, sizeof(v));
		return;
	case FIELD_DATE:
		memcpy(to, &(int64_t){20261122}, sizeof(int64_t));
		return;
	case FIELD_UUID:
	case FIELD_UUIDS:
		put_u32(id.b + 12, f->n++);
		memcpy(to, &id, sizeof(id));
		return;
	case FIELD_TEXT:
	case FIELD_BIN:
	case FIELD_TEXTS:
		text = some_text(f, field->max);
		memcpy(to, &text, sizeof(text));
		return;
	case FIELD_ENUM:
	case FIELD_ENUMS:
		memcpy(to, &field->words()->values[f->n++ % field->words()->n].number,
			sizeof(uint32_t));
		return;
	case FIELD_NEST:
		nested = arena_alloc(&f->arena, field->record()->size);
		memcpy(to, &nested, sizeof(nested));
		fill_record(f, field->record(), nested, depth);
		return;
	case FIELD_LIST:
		fill_record(f, field->record(), to, depth);
		return;
	}
}

static inline void fill_record(
	struct filler *f, const struct schema *schema, void *record, unsigned depth)
{
	assert_true(depth < 8);
	for (size_t i = 0; i < schema->n; i++) {
		const struct field *field = &schema->fields[i];
		char *to = (char *)record + field->offset;
		if (!field_is_list(field)) {
			fill_item(f, field, to, depth + 1);
			continue;
		}
		struct list list = {field->max_items < 2 ? 1 : 2, NULL};
		size_t size = field_item_bytes(field);
		list.at = arena_alloc(&f->arena, list.n * size);
		assert_non_null(list.at);
		for (size_t k = 0; k < list.n; k++)
			fill_item(f, field, (char *)list.at + k * size, depth + 1);
		memcpy(to, &list, sizeof(list));
	}
}

#endif
