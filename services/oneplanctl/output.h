/* Structs and descriptions of what oneplanctl says with --json: see output.def. */
#ifndef SERVICES_ONEPLANCTL_OUTPUT_H
#define SERVICES_ONEPLANCTL_OUTPUT_H

#include "common/admin.h"

#include "common/schema_structs.h"
#include "services/oneplanctl/output.def"
#include "common/schema_undef.h"

#include "common/schema_functions.h"
#include "services/oneplanctl/output.def"
#include "common/schema_undef.h"

#endif
