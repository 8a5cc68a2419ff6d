/* The descriptions of proto/consent.def. Touches nothing. */
#include "proto/consent.h"

#include "common/schema_tables.h"
#include "proto/consent.def"
#include "common/schema_undef.h"
