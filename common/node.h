/* Structs and descriptions of what every node writes: see common/node.def. */
#ifndef COMMON_NODE_H
#define COMMON_NODE_H

#include "common/schema.h"

#include "common/schema_structs.h"
#include "common/node.def"
#include "common/schema_undef.h"

#include "common/schema_functions.h"
#include "common/node.def"
#include "common/schema_undef.h"

/* Roles of peers are bits; common knows only these two, the others are the town's (proto/roles.h).
 */
enum { PEER_NOBODY = 0, PEER_OPERATOR = 1 };
#define PEER_EVERYONE UINT32_MAX

struct role_name {
	const char *name;
	uint32_t bit;
};

#endif
