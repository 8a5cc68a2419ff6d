/* The descriptions of proto/reporting.def. Touches nothing. */
#include "proto/reporting.h"

#include "common/schema_tables.h"
#include "proto/reporting.def"
#include "common/schema_undef.h"
