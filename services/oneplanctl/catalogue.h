/* Which commands and queries a node takes, by its role. */
#ifndef SERVICES_ONEPLANCTL_CATALOGUE_H
#define SERVICES_ONEPLANCTL_CATALOGUE_H

#include "common/schema.h"

/* The command or query with that name; NULL: none. Those that every node answers are found for any
 * role. */
const struct schema *catalogue_find(const char *role, const char *name, size_t n);

/* All commands, then all queries, i = 0, 1, 2 ...; NULL at the end. */
const struct schema *catalogue_at(const char *role, size_t i);

#endif
