/* Help about commands and queries of nodes, made from their descriptions. */
#ifndef SERVICES_ONEPLANCTL_DESCRIBE_H
#define SERVICES_ONEPLANCTL_DESCRIBE_H

#include "common/schema.h"

/* All commands and queries of a role with their meaning, a line each. */
void describe_role(const char *role, struct buffer *out);

/* Who may send it, its fields and those of the records in it, its reply: name, type, limits,
 * whether required, meaning. */
void describe_schema(const struct schema *schema, struct buffer *out);

/* The field's type and limits, such as `text of at most 64 bytes`. size of ret: 160. */
void describe_type(const struct field *field, char ret[160]);

#endif
