/* The descriptions of proto/notification.def. Touches nothing. */
#include "proto/notification.h"

#include "common/schema_tables.h"
#include "proto/notification.def"
#include "common/schema_undef.h"
