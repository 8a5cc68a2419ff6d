/* The roles of a town: of peers (nodes and clients, each with a key) and of the people who act. */
#ifndef PROTO_ROLES_H
#define PROTO_ROLES_H

#include "common/node.h"

/* Bits; the numbers stand in journals and are never changed. PEER_OPERATOR is bit 0
 * and PEER_PORTAL bit 2 (common/node.h). */
enum peer_role {
	PEER_IMPORTER = 1 << 1,
	PEER_INTAKE = 1 << 8,
	PEER_PLANNING = 1 << 9,
	PEER_NOTIFICATION = 1 << 10,
	PEER_REPORTING = 1 << 11,
	PEER_ARCHIVE = 1 << 12
};

enum {
	PEER_CLIENTS = PEER_OPERATOR | PEER_IMPORTER | PEER_PORTAL,
	PEER_NODES = PEER_INTAKE | PEER_PLANNING | PEER_NOTIFICATION | PEER_REPORTING | PEER_ARCHIVE
};

/* Roles of people, as bits of a COMMAND's or QUERY's `actors`. */
enum actor_role {
	ACTOR_CITIZEN = 1 << 0,
	ACTOR_REPRESENTATIVE = 1 << 1,
	ACTOR_FRONT_DESK = 1 << 2,
	ACTOR_CASEWORKER = 1 << 3,
	ACTOR_COORDINATOR = 1 << 4,
	ACTOR_MANAGER = 1 << 5 /* 6 to 8: common/node.h */
};

enum {
	ACTOR_STAFF = ACTOR_FRONT_DESK | ACTOR_CASEWORKER | ACTOR_COORDINATOR | ACTOR_MANAGER,
	ACTOR_CASEWORK = ACTOR_CASEWORKER | ACTOR_COORDINATOR | ACTOR_MANAGER,
	ACTOR_CONCERNED = ACTOR_CITIZEN | ACTOR_REPRESENTATIVE | ACTOR_STAFF,
	ACTOR_ANYONE = 0x1ff
};

enum { N_PEER_ROLES = 8, N_ACTOR_ROLES = 9 };
extern const struct role_name peer_roles[N_PEER_ROLES];
extern const struct role_name actor_roles[N_ACTOR_ROLES];

#endif
