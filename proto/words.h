/* The words that several daemons use: see proto/words.def. */
#ifndef PROTO_WORDS_H
#define PROTO_WORDS_H

#include "common/schema.h"

#include "common/schema_structs.h"
#include "proto/words.def"
#include "common/schema_undef.h"

#include "common/schema_functions.h"
#include "proto/words.def"
#include "common/schema_undef.h"

#endif
