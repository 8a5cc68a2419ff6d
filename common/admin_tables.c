/* The descriptions of common/admin.def. Touches nothing. */
#include "common/admin.h"

#include "common/schema_tables.h"
#include "common/admin.def"
#include "common/schema_undef.h"
