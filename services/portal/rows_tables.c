/* The descriptions of services/portal/rows.def. Touches nothing. */
#include "services/portal/rows.h"

#include "common/schema_tables.h"
#include "services/portal/rows.def"
#include "common/schema_undef.h"
