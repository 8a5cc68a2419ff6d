/* The names of the roles. Touches nothing. */
#include "proto/roles.h"

const struct role_name peer_roles[N_PEER_ROLES] = {
	{"operator", PEER_OPERATOR, ACTOR_KEEPERS | ACTOR_AUDITOR, false},
	{"importer", PEER_IMPORTER, ACTOR_CONCERNED, true},
	{"portal", PEER_PORTAL, ACTOR_ANYONE, true},
	{"intake", PEER_INTAKE, 0, false},
	{"planning", PEER_PLANNING, 0, false},
	{"notification", PEER_NOTIFICATION, 0, false},
	{"reporting", PEER_REPORTING, 0, false},
	{"archive", PEER_ARCHIVE, 0, false},
};

const struct role_name actor_roles[N_ACTOR_ROLES] = {
	{"citizen", ACTOR_CITIZEN, 0, false},
	{"representative", ACTOR_REPRESENTATIVE, 0, false},
	{"front_desk", ACTOR_FRONT_DESK, 0, false},
	{"caseworker", ACTOR_CASEWORKER, 0, false},
	{"coordinator", ACTOR_COORDINATOR, 0, false},
	{"manager", ACTOR_MANAGER, 0, false},
	{"operator", ACTOR_OPERATOR, 0, false},
	{"auditor", ACTOR_AUDITOR, 0, false},
	{"administrator", ACTOR_ADMINISTRATOR, 0, false},
};
