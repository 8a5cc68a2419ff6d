/* The descriptions of common/op.def. Touches nothing. */
#include "common/op.h"

#include "common/schema_tables.h"
#include "common/op.def"
#include "common/schema_undef.h"
