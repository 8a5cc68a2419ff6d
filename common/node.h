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

/* Roles of peers are bits; common knows only these: operators, and the client through which people
 * look for themselves; the others are the town's (proto/roles.h). */
enum { PEER_NOBODY = 0, PEER_OPERATOR = 1, PEER_PORTAL = 1 << 2 };
#define PEER_EVERYONE UINT32_MAX
/* Nodes, whichever: their roles are bits from 8 on. */
#define PEER_ANY_NODE UINT32_C(0xffffff00)

/* Of the roles of people common knows those who look after nodes. */
enum { ACTOR_OPERATOR = 1 << 6, ACTOR_AUDITOR = 1 << 7, ACTOR_ADMINISTRATOR = 1 << 8 };
/* And those who ask for themselves, citizens and whoever represents one. */
enum { ACTOR_SELF = 1 << 0 | 1 << 1 };
enum { ACTOR_KEEPERS = ACTOR_OPERATOR | ACTOR_ADMINISTRATOR };
#define ACTOR_EVERYONE UINT32_MAX

struct role_name {
	const char *name;
	uint32_t bit;
	/* of a peer */
	uint32_t speaks_for; /* the actors that it may name */
	bool for_others;     /* it only ever speaks for others, so it has to say for whom */
};

#endif
