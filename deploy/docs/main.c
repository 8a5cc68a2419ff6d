/* oneplan-docs: writes proto/MESSAGES.md from the descriptions of all messages to standard output.
 */
#include <inttypes.h>
#include <stdio.h>

#include "proto/registry.h"
#include "proto/roles.h"

static const char *const kinds[] = {"record", "command", "query", "event"};

static void print_roles(const struct role_name *roles, size_t n, uint32_t bits)
{
	const char *comma = "";
	uint32_t all = 0;

	for (size_t i = 0; i < n; i++)
		all |= roles[i].bit;
	if ((bits & all) == all) {
		printf("everyone");
		return;
	}
	for (size_t i = 0; i < n; i++)
		if (bits & roles[i].bit) {
			printf("%s%s", comma, roles[i].name);
			comma = ", ";
		}
	if (!(bits & all))
		printf("nobody by its role");
}

static void print_type(const struct field *field)
{
	switch (field->type) {
	case FIELD_BOOL:
		printf("true or false");
		break;
	case FIELD_INT:
		if (field->max == INT64_MAX)
			printf("whole number from %" PRId64, field->min);
		else
			printf("%" PRId64 "..%" PRId64, field->min, field->max);
		break;
	case FIELD_TIME:
		printf("time");
		break;
	case FIELD_DATE:
		printf("date");
		break;
	case FIELD_UUID:
		printf("UUID");
		break;
	case FIELD_TEXT:
		printf("text, %" PRId64 " bytes", field->max);
		break;
	case FIELD_BIN:
		printf("binary, %" PRId64 " bytes", field->max);
		break;
	case FIELD_ENUM:
		printf("[%s](#%s)", field->words()->name, field->words()->name);
		break;
	case FIELD_NEST:
	case FIELD_LIST:
		printf("%s[%s](#%s)", field->type == FIELD_LIST ? "list of " : "",
			field->record()->head->name, field->record()->head->name);
		break;
	case FIELD_ENUMS:
		printf("list of [%s](#%s)", field->words()->name, field->words()->name);
		break;
	case FIELD_TEXTS:
		printf("list of texts, %" PRId64 " bytes each", field->max);
		break;
	case FIELD_UUIDS:
		printf("list of UUIDs");
		break;
	}
	if (field->max_items)
		printf(", at most %zu", field->max_items);
}

static void print_schema(const struct schema *schema)
{
	const struct schema_head *head = schema->head;

	printf("\n### %s\n\n%s: %s.", head->name, kinds[head->kind], head->meaning);
	if (head->kind == SCHEMA_COMMAND || head->kind == SCHEMA_QUERY) {
		printf(" From ");
		print_roles(peer_roles, N_PEER_ROLES, head->peers);
		printf("; for ");
		print_roles(actor_roles, N_ACTOR_ROLES, head->actors);
		printf(". Answer: [%s](#%s).", head->reply()->head->name,
			head->reply()->head->name);
	}
	if (head->kind == SCHEMA_EVENT) {
		printf(" To ");
		print_roles(peer_roles, N_PEER_ROLES, head->peers);
		printf(".");
	}
	printf("\n\n| tag | field | type | | meaning |\n| --- | --- | --- | --- | --- |\n");
	for (size_t i = 0; i < schema->n; i++) {
		const struct field *field = &schema->fields[i];
		printf("| %u | %s | ", field->tag, field->name);
		print_type(field);
		printf(" | %s%s%s%s | %s |\n", field->need == REQUIRED ? "required" : "",
			field->need == REQUIRED && field->whose ? ", " : "",
			field->whose ? "personal: " : "", field->whose ? field->whose : "",
			field->meaning);
	}
}

static void print_words(const struct enumeration *words)
{
	printf("\n### %s\n\nenumeration: %s.\n\n| number | word | meaning |\n| --- | --- | --- |\n",
		words->name, words->meaning);
	for (size_t i = 0; i < words->n; i++)
		printf("| %" PRIu32 " | %s | %s |\n", words->values[i].number,
			words->values[i].word, words->values[i].meaning);
}

int main(void)
{
	printf("# Messages\n\nWritten by `make docs` from the descriptions in the .def files; do "
	       "not edit. How they "
	       "travel is in PROTOCOL.md.\n\n"
	       "A message is a MessagePack map from tags to values. An absent field is its type's "
	       "zero. Times are "
	       "milliseconds since 1970 UTC, dates are numbers yyyymmdd, UUIDs are 16 bytes; in "
	       "JSON they are RFC "
	       "3339, 2026-11-22 and the usual text. *personal: x* means that the text is sealed "
	       "with the data key "
	       "of the person whom field x names, here or in an enclosing record. Events go to the "
	       "roles named, to nodes with a grant, and all of them, as they are stored, to an "
	       "archive.\n");
	for (size_t i = 0; i < n_registry_parts; i++) {
		const struct registry_part *part = &registry_parts[i];
		printf("\n## %s\n\n%s\n", part->file, part->meaning);
		for (size_t k = 0; k < part->n; k++)
			print_schema(part->schemas[k]());
		for (size_t k = 0; k < part->n_words; k++)
			print_words(part->words[k]());
	}
	return 0;
}
