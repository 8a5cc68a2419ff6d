/* Structs and descriptions of what is asked of reporting: see proto/reporting.def. */
#ifndef PROTO_REPORTING_H
#define PROTO_REPORTING_H

#include "proto/roles.h"

#include "common/schema_structs.h"
#include "proto/reporting.def"
#include "common/schema_undef.h"

#include "common/schema_functions.h"
#include "proto/reporting.def"
#include "common/schema_undef.h"

#endif
