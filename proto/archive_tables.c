/* The descriptions of proto/archive.def. Touches nothing. */
#include "proto/archive.h"

#include "common/schema_tables.h"
#include "proto/archive.def"
#include "common/schema_undef.h"
