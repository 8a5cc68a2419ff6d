/* Structs and descriptions of what the portal keeps: see rows.def. */
#ifndef SERVICES_PORTAL_ROWS_H
#define SERVICES_PORTAL_ROWS_H

#include "common/schema.h"

#include "common/schema_structs.h"
#include "services/portal/rows.def"
#include "common/schema_undef.h"

#include "common/schema_functions.h"
#include "services/portal/rows.def"
#include "common/schema_undef.h"

#endif
