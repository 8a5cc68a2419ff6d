/* The descriptions of proto/planning.def. Touches nothing. */
#include "proto/planning.h"

#include "common/schema_tables.h"
#include "proto/planning.def"
#include "common/schema_undef.h"
