/* Writes help out of descriptions; touches memory only. */
#include "services/oneplanctl/describe.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "proto/roles.h"
#include "services/oneplanctl/catalogue.h"

enum { TYPE_BYTES = 160, RECORDS_MAX = 32, NAME_WIDTH = 24 };

__attribute__((format(printf, 2, 3))) static void add(struct buffer *out, const char *format, ...)
{
	char text[1024];
	va_list args;

	va_start(args, format);
	int n = vsnprintf(text, sizeof(text), format, args);
	va_end(args);
	if (n > 0)
		buffer_add(out, text, (size_t)n < sizeof(text) ? (size_t)n : sizeof(text) - 1);
}

/* ---- types ----------------------------------------------------------------------------------- */

static void describe_int(const struct field *field, char ret[TYPE_BYTES])
{
	if (field->min == INT64_MIN && field->max == INT64_MAX)
		snprintf(ret, TYPE_BYTES, "a whole number");
	else if (field->max == INT64_MAX)
		snprintf(ret, TYPE_BYTES, "a whole number from %lld on", (long long)field->min);
	else
		snprintf(ret, TYPE_BYTES, "a whole number from %lld to %lld", (long long)field->min,
			(long long)field->max);
}

static void describe_list(const struct field *field, const char *of, char ret[TYPE_BYTES])
{
	snprintf(ret, TYPE_BYTES, "a list of at most %zu %s", field->max_items, of);
}

void describe_type(const struct field *field, char ret[TYPE_BYTES])
{
	static const char *const plain[] = {
		[FIELD_BOOL] = "true or false",
		[FIELD_TIME] = "a time such as 2026-11-22T09:00:00Z",
		[FIELD_DATE] = "a date such as 2026-11-22",
		[FIELD_UUID] = "a UUID",
	};
	long long max = (long long)field->max;
	char of[96];

	switch (field->type) {
	case FIELD_BOOL:
	case FIELD_TIME:
	case FIELD_DATE:
	case FIELD_UUID:
		snprintf(ret, TYPE_BYTES, "%s", plain[field->type]);
		break;
	case FIELD_INT:
		describe_int(field, ret);
		break;
	case FIELD_TEXT:
		snprintf(ret, TYPE_BYTES, "text of at most %lld bytes", max);
		break;
	case FIELD_BIN:
		snprintf(ret, TYPE_BYTES, "at most %lld bytes in hexadecimal", max);
		break;
	case FIELD_ENUM:
		snprintf(ret, TYPE_BYTES, "one word of %s", field->words()->name);
		break;
	case FIELD_NEST:
		snprintf(ret, TYPE_BYTES, "an object: %s", field->record()->head->name);
		break;
	case FIELD_LIST:
		describe_list(field, field->record()->head->name, ret);
		break;
	case FIELD_ENUMS:
		snprintf(of, sizeof(of), "words of %s", field->words()->name);
		describe_list(field, of, ret);
		break;
	case FIELD_TEXTS:
		snprintf(of, sizeof(of), "texts of at most %lld bytes", max);
		describe_list(field, of, ret);
		break;
	case FIELD_UUIDS:
		describe_list(field, "UUIDs", ret);
		break;
	}
}

/* ---- fields ---------------------------------------------------------------------------------- */

static void add_words(const struct enumeration *words, struct buffer *out)
{
	add(out, "      one of:");
	for (size_t i = 0, used = 13; i < words->n; i++) {
		size_t n = strlen(words->values[i].word) + 2;
		if (used + n > 96) {
			add(out, "\n             ");
			used = 13;
		}
		add(out, " %s%s", words->values[i].word, i + 1 < words->n ? "," : "");
		used += n;
	}
	add(out, "\n");
}

static void add_field(const struct field *field, struct buffer *out)
{
	char type[TYPE_BYTES];

	describe_type(field, type);
	add(out, "  %-*s %s%s%s\n", NAME_WIDTH, field->name, type,
		field->need == REQUIRED ? ", required" : "", field->whose ? ", personal" : "");
	add(out, "      %s\n", field->meaning);
	if (field->words)
		add_words(field->words(), out);
}

/* Records met on the way, each to be described once. */
struct met {
	const struct schema *at[RECORDS_MAX];
	size_t n;
};

static void meet(struct met *met, const struct schema *schema)
{
	for (size_t i = 0; i < met->n; i++)
		if (met->at[i] == schema)
			return;
	if (met->n < RECORDS_MAX)
		met->at[met->n++] = schema;
}

static void add_record(const struct schema *schema, struct met *met, struct buffer *out)
{
	if (schema->n == 0)
		add(out, "  no fields: {}\n");
	for (size_t i = 0; i < schema->n; i++) {
		add_field(&schema->fields[i], out);
		if (schema->fields[i].record)
			meet(met, schema->fields[i].record());
	}
}

static void add_roles(const struct role_name *roles, size_t n, uint32_t bits, struct buffer *out)
{
	for (size_t i = 0; i < n; i++)
		if (bits & roles[i].bit)
			add(out, " %s", roles[i].name);
	add(out, "\n");
}

void describe_schema(const struct schema *schema, struct buffer *out)
{
	const struct schema_head *head = schema->head;
	struct met met = {.n = 0};

	add(out, "%s: %s\n\n", head->name, head->meaning);
	if (head->kind == SCHEMA_COMMAND || head->kind == SCHEMA_QUERY) {
		add(out, "  %s; clients:", head->kind == SCHEMA_QUERY ? "a query" : "a command");
		add_roles(peer_roles, N_PEER_ROLES, head->peers, out);
		add(out, "  people:");
		add_roles(actor_roles, N_ACTOR_ROLES, head->actors, out);
		add(out, "\n");
	}
	add_record(schema, &met, out);
	for (size_t i = 0; i < met.n; i++) {
		add(out, "\n%s: %s\n", met.at[i]->head->name, met.at[i]->head->meaning);
		add_record(met.at[i], &met, out);
	}
	if (!head->reply)
		return;
	met.n = 0;
	add(out, "\nThe reply is %s: %s\n", head->reply()->head->name,
		head->reply()->head->meaning);
	add_record(head->reply(), &met, out);
}

void describe_role(const char *role, struct buffer *out)
{
	const struct schema *schema;
	int kind = -1;

	for (size_t i = 0; (schema = catalogue_at(role, i)) != NULL; i++) {
		if ((int)schema->head->kind != kind)
			add(out, "%s%s\n", i ? "\n" : "",
				schema->head->kind == SCHEMA_COMMAND ? "commands" : "queries");
		kind = (int)schema->head->kind;
		add(out, "  %-*s %s\n", NAME_WIDTH, schema->head->name, schema->head->meaning);
	}
}
