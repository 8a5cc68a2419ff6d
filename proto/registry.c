/* The list of all messages. Touches nothing. */
#include "proto/registry.h"

#include <string.h>

#include "common/admin.h"
#include "common/op.h"
#include "proto/archive.h"
#include "proto/intake.h"
#include "proto/notification.h"
#include "proto/planning.h"
#include "proto/reporting.h"
#include "proto/words.h"

/* The lists end with NULL, so that a .def file without messages, or without enumerations, is one
 * too. */
static schema_fn *const node_schemas[] = {
#include "common/schema_list.h"
#include "common/node.def"
#include "common/schema_undef.h"
	NULL};
static enumeration_fn *const node_words[] = {
#include "common/schema_words.h"
#include "common/node.def"
#include "common/schema_undef.h"
	NULL};
static schema_fn *const admin_schemas[] = {
#include "common/schema_list.h"
#include "common/admin.def"
#include "common/schema_undef.h"
	NULL};
static enumeration_fn *const admin_words[] = {
#include "common/schema_words.h"
#include "common/admin.def"
#include "common/schema_undef.h"
	NULL};
static schema_fn *const op_schemas[] = {
#include "common/schema_list.h"
#include "common/op.def"
#include "common/schema_undef.h"
	NULL};
static enumeration_fn *const op_words[] = {
#include "common/schema_words.h"
#include "common/op.def"
#include "common/schema_undef.h"
	NULL};
static schema_fn *const words_schemas[] = {
#include "common/schema_list.h"
#include "proto/words.def"
#include "common/schema_undef.h"
	NULL};
static enumeration_fn *const words_words[] = {
#include "common/schema_words.h"
#include "proto/words.def"
#include "common/schema_undef.h"
	NULL};
static schema_fn *const intake_schemas[] = {
#include "common/schema_list.h"
#include "proto/intake.def"
#include "common/schema_undef.h"
	NULL};
static enumeration_fn *const intake_words[] = {
#include "common/schema_words.h"
#include "proto/intake.def"
#include "common/schema_undef.h"
	NULL};
static schema_fn *const consent_schemas[] = {
#include "common/schema_list.h"
#include "proto/consent.def"
#include "common/schema_undef.h"
	NULL};
static enumeration_fn *const consent_words[] = {
#include "common/schema_words.h"
#include "proto/consent.def"
#include "common/schema_undef.h"
	NULL};
static schema_fn *const planning_schemas[] = {
#include "common/schema_list.h"
#include "proto/planning.def"
#include "common/schema_undef.h"
	NULL};
static enumeration_fn *const planning_words[] = {
#include "common/schema_words.h"
#include "proto/planning.def"
#include "common/schema_undef.h"
	NULL};
static schema_fn *const notification_schemas[] = {
#include "common/schema_list.h"
#include "proto/notification.def"
#include "common/schema_undef.h"
	NULL};
static enumeration_fn *const notification_words[] = {
#include "common/schema_words.h"
#include "proto/notification.def"
#include "common/schema_undef.h"
	NULL};
static schema_fn *const reporting_schemas[] = {
#include "common/schema_list.h"
#include "proto/reporting.def"
#include "common/schema_undef.h"
	NULL};
static enumeration_fn *const reporting_words[] = {
#include "common/schema_words.h"
#include "proto/reporting.def"
#include "common/schema_undef.h"
	NULL};
static schema_fn *const archive_schemas[] = {
#include "common/schema_list.h"
#include "proto/archive.def"
#include "common/schema_undef.h"
	NULL};
static enumeration_fn *const archive_words[] = {
#include "common/schema_words.h"
#include "proto/archive.def"
#include "common/schema_undef.h"
	NULL};

#define LENGTH(list) (sizeof(list) / sizeof((list)[0]) - 1)
#define PART(name_, file_, meaning_)                                                      \
	{                                                                                 \
		file_, meaning_, name_##_schemas, LENGTH(name_##_schemas), name_##_words, \
			LENGTH(name_##_words)                                             \
	}

const struct registry_part registry_parts[] = {
	PART(words, "proto/words.def", "Words of the domain that several daemons use."),
	PART(intake, "proto/intake.def", "The entrance: its events, commands and queries."),
	PART(consent, "proto/consent.def", "Consents, given at the entrance or in a department."),
	PART(planning, "proto/planning.def",
		"The departments' parts of plans: events, commands and queries."),
	PART(notification, "proto/notification.def",
		"Who is told what, and what became of it: events, commands and queries."),
	PART(reporting, "proto/reporting.def", "Questions about figures, and their answers."),
	PART(archive, "proto/archive.def", "What is asked of an archive."),
	PART(admin, "common/admin.def", "What every node answers to operators."),
	PART(node, "common/node.def", "The journal's record and what the engine keeps."),
	PART(op, "common/op.def", "OP/1, the protocol between peers (proto/PROTOCOL.md)."),
};
const size_t n_registry_parts = sizeof(registry_parts) / sizeof(registry_parts[0]);

const struct schema *registry_find(const char *name, size_t n)
{
	for (size_t i = 0; i < n_registry_parts; i++)
		for (size_t k = 0; k < registry_parts[i].n; k++) {
			const struct schema *schema = registry_parts[i].schemas[k]();
			if (!strncmp(schema->head->name, name, n) && !schema->head->name[n])
				return schema;
		}
	return NULL;
}
