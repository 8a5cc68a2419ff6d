/* The descriptions of proto/intake.def. Touches nothing. */
#include "proto/intake.h"

#include "common/schema_tables.h"
#include "proto/intake.def"
#include "common/schema_undef.h"
