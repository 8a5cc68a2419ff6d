/* The descriptions of services/reporting/rows.def. Touches nothing. */
#include "services/reporting/rows.h"

#include "common/schema_tables.h"
#include "services/reporting/rows.def"
#include "common/schema_undef.h"
