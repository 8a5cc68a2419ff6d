/* The descriptions of proto/words.def. Touches nothing. */
#include "proto/words.h"

#include "common/schema_tables.h"
#include "proto/words.def"
#include "common/schema_undef.h"
