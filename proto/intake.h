/* Structs and descriptions of what is said to and by intake: see proto/intake.def. */
#ifndef PROTO_INTAKE_H
#define PROTO_INTAKE_H

#include "proto/roles.h"
#include "proto/words.h"

/* The node of the entrance. */
#define ENTRANCE_NODE "intake"

#include "common/schema_structs.h"
#include "proto/intake.def"
#include "common/schema_undef.h"

#include "common/schema_functions.h"
#include "proto/intake.def"
#include "common/schema_undef.h"

#endif
