/* Structs and descriptions of what is asked of an archive: see proto/archive.def. */
#ifndef PROTO_ARCHIVE_H
#define PROTO_ARCHIVE_H

#include "proto/roles.h"

#include "common/schema_structs.h"
#include "proto/archive.def"
#include "common/schema_undef.h"

#include "common/schema_functions.h"
#include "proto/archive.def"
#include "common/schema_undef.h"

#endif
