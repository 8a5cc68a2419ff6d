/* Structs and descriptions of consents: see proto/consent.def. */
#ifndef PROTO_CONSENT_H
#define PROTO_CONSENT_H

#include "proto/intake.h"

#include "common/schema_structs.h"
#include "proto/consent.def"
#include "common/schema_undef.h"

#include "common/schema_functions.h"
#include "proto/consent.def"
#include "common/schema_undef.h"

#endif
