/* Golden bytes: a filled example of every message, its MessagePack in hexadecimal beside its JSON,
 * in tests/golden/messages.txt. A change of the encoding of anything that was ever written shows
 * here. GOLDEN_WRITE=1 writes the file anew. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "proto/registry.h"
#include "tests/golden/filler.h"

static const char path[] = "tests/golden/messages.txt";

/* "name hex json" of the example. */
static char *describe(struct filler *f, const struct schema *schema)
{
	void *record = arena_alloc(&f->arena, schema->size);
	struct buffer bytes, line;
	struct reason reason = {0};

	f->n = 1;
	fill_record(f, schema, record, 0);
	if (schema_check(schema, record, &reason))
		fail_msg("%s.%s: %s", schema->head->name, reason.field, reason.rule);
	buffer_init(&bytes, 1 << 20);
	buffer_init(&line, 1 << 22);
	schema_encode(schema, record, &bytes);
	buffer_add(&line, schema->head->name, strlen(schema->head->name));
	buffer_add(&line, " ", 1);
	for (size_t i = 0; i < bytes.n; i++) {
		char hex[3];
		snprintf(hex, sizeof(hex), "%02x", bytes.p[i]);
		buffer_add(&line, hex, 2);
	}
	const char *json = schema_to_json(schema, record, 0, &f->arena);
	assert_non_null(json);
	buffer_add(&line, " ", 1);
	buffer_add(&line, json, strlen(json));
	assert_false(line.failed || bytes.failed);
	char *copy = arena_copy(&f->arena, line.p, line.n);
	buffer_done(&bytes);
	buffer_done(&line);
	return copy;
}

static void each_message(void (*fn)(void *ctx, const struct schema *schema), void *ctx)
{
	for (size_t i = 0; i < n_registry_parts; i++)
		for (size_t k = 0; k < registry_parts[i].n; k++)
			fn(ctx, registry_parts[i].schemas[k]());
}

static void write_one(void *ctx, const struct schema *schema)
{
	struct filler f;

	arena_init(&f.arena, 64 << 20);
	fprintf(ctx, "%s\n", describe(&f, schema));
	arena_done(&f.arena);
}

static void test_bytes(void **state)
{
	FILE *file;
	char *line = NULL;
	size_t size = 0, at = 0, schemas = 0;

	(void)state;
	if (getenv("GOLDEN_WRITE")) {
		file = fopen(path, "w");
		assert_non_null(file);
		each_message(write_one, file);
		fclose(file);
	}
	file = fopen(path, "r");
	assert_non_null(file);
	for (size_t i = 0; i < n_registry_parts; i++)
		for (size_t k = 0; k < registry_parts[i].n; k++, schemas++) {
			struct filler f;
			arena_init(&f.arena, 64 << 20);
			assert_true(getline(&line, &size, file) > 0);
			line[strcspn(line, "\n")] = '\0';
			assert_string_equal(line, describe(&f, registry_parts[i].schemas[k]()));
			arena_done(&f.arena);
			at++;
		}
	assert_int_equal(getline(&line, &size, file), -1);
	assert_int_equal(at, schemas);
	free(line);
	fclose(file);
}

static int hex_value(char c)
{
	return c <= '9' ? c - '0' : c - 'a' + 10;
}

/* Golden bytes decode, and lead to the JSON beside them; the JSON leads back to the bytes. */
static void check_line(struct arena *arena, char *line)
{
	char *hex = strchr(line, ' ') + 1, *json = strchr(hex, ' ') + 1;
	const struct schema *schema = registry_find(line, (size_t)(hex - 1 - line));
	size_t n = (size_t)(json - 1 - hex) / 2;
	struct reason reason = {0};
	struct buffer again;

	assert_non_null(schema);
	uint8_t *bytes = arena_alloc(arena, n);
	void *record = arena_alloc(arena, schema->size);
	for (size_t i = 0; i < n; i++)
		bytes[i] = (uint8_t)(hex_value(hex[2 * i]) << 4 | hex_value(hex[2 * i + 1]));
	if (schema_decode(schema, bytes_of(bytes, n), PACK_PLAIN, arena, record, &reason))
		fail_msg("%s.%s: %s", schema->head->name, reason.field, reason.rule);
	assert_string_equal(schema_to_json(schema, record, 0, arena), json);
	if (schema_from_json(schema, text_of(json), arena, record, &reason))
		fail_msg("%s.%s: %s", schema->head->name, reason.field, reason.rule);
	buffer_init(&again, 1 << 20);
	schema_encode(schema, record, &again);
	assert_true(bytes_equal(buffer_bytes(&again), bytes_of(bytes, n)));
	buffer_done(&again);
}

static void test_round_trips(void **state)
{
	FILE *file = fopen(path, "r");
	char *line = NULL;
	size_t size = 0;
	struct arena arena;

	(void)state;
	assert_non_null(file);
	arena_init(&arena, 64 << 20);
	while (getline(&line, &size, file) > 0) {
		line[strcspn(line, "\n")] = '\0';
		check_line(&arena, line);
		arena_reset(&arena);
	}
	arena_done(&arena);
	free(line);
	fclose(file);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_bytes), cmocka_unit_test(test_round_trips)};

	return cmocka_run_group_tests_name("golden", tests, NULL, NULL);
}
