/* How much room a row takes in an answer. */
#ifndef SERVICES_PLANNING_VIEW_SIZE_H
#define SERVICES_PLANNING_VIEW_SIZE_H

#include "common/schema.h"

/* At most so many bytes of MessagePack, with all that it points at; sealed texts count as what they
 * are when opened. */
size_t view_size(const struct schema *schema, const void *row);

#endif
