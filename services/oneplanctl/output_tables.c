/* The descriptions of services/oneplanctl/output.def. Touches nothing. */
#include "services/oneplanctl/output.h"

#include "common/schema_tables.h"
#include "services/oneplanctl/output.def"
#include "common/schema_undef.h"
