/* Commands and queries of a role out of the list of all messages; touches nothing. */
#include "services/oneplanctl/catalogue.h"

#include <stdio.h>
#include <string.h>

#include "proto/registry.h"

#define EVERY_NODE "common/admin.def"
#define CONSENTS "proto/consent.def" /* said to the entrance and to departments */

/* What is said to a node of some role stands in the file of that name. */
static bool is_for(const struct registry_part *part, const char *role)
{
	char file[64];

	snprintf(file, sizeof(file), "proto/%s.def", role);
	if (strcmp(part->file, CONSENTS) == 0)
		return strcmp(role, "intake") == 0 || strcmp(role, "planning") == 0;
	return strcmp(part->file, file) == 0 || strcmp(part->file, EVERY_NODE) == 0;
}

static const struct schema *nth(const char *role, enum schema_kind kind, size_t *left)
{
	for (size_t i = 0; i < n_registry_parts; i++) {
		const struct registry_part *part = &registry_parts[i];
		if (!is_for(part, role))
			continue;
		for (size_t k = 0; k < part->n; k++) {
			const struct schema *schema = part->schemas[k]();
			if (schema->head->kind == kind && (*left)-- == 0)
				return schema;
		}
	}
	return NULL;
}

const struct schema *catalogue_at(const char *role, size_t i)
{
	const struct schema *schema = nth(role, SCHEMA_COMMAND, &i);

	return schema ? schema : nth(role, SCHEMA_QUERY, &i);
}

static const struct schema *find_in(const struct registry_part *part, const char *name, size_t n)
{
	for (size_t i = 0; i < part->n; i++) {
		const struct schema *schema = part->schemas[i]();
		bool asks =
			schema->head->kind == SCHEMA_COMMAND || schema->head->kind == SCHEMA_QUERY;
		if (asks && strlen(schema->head->name) == n &&
			memcmp(schema->head->name, name, n) == 0)
			return schema;
	}
	return NULL;
}

const struct schema *catalogue_find(const char *role, const char *name, size_t n)
{
	const struct schema *schema = NULL;

	for (size_t i = 0; !schema && i < n_registry_parts; i++)
		if (is_for(&registry_parts[i], role))
			schema = find_in(&registry_parts[i], name, n);
	return schema;
}
