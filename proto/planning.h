/* Structs and descriptions of what is said to and by the departments: see proto/planning.def. */
#ifndef PROTO_PLANNING_H
#define PROTO_PLANNING_H

#include "proto/consent.h"

#include "common/schema_structs.h"
#include "proto/planning.def"
#include "common/schema_undef.h"

#include "common/schema_functions.h"
#include "proto/planning.def"
#include "common/schema_undef.h"

/* A department's node has its name behind this. */
#define PLANNING_NODE "planning."

#endif
