/* Structs and descriptions of what every node answers: see common/admin.def. */
#ifndef COMMON_ADMIN_H
#define COMMON_ADMIN_H

#include "common/node.h"

#include "common/schema_structs.h"
#include "common/admin.def"
#include "common/schema_undef.h"

#include "common/schema_functions.h"
#include "common/admin.def"
#include "common/schema_undef.h"

#endif
