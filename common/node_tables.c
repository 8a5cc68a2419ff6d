/* The descriptions of common/node.def. Touches nothing. */
#include "common/node.h"

#include "common/schema_tables.h"
#include "common/node.def"
#include "common/schema_undef.h"
