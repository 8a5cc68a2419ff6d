/* Structs and descriptions of facts at rest: see services/reporting/rows.def. */
#ifndef SERVICES_REPORTING_ROWS_H
#define SERVICES_REPORTING_ROWS_H

#include "proto/words.h"

#include "common/schema_structs.h"
#include "services/reporting/rows.def"
#include "common/schema_undef.h"

#include "common/schema_functions.h"
#include "services/reporting/rows.def"
#include "common/schema_undef.h"

#endif
