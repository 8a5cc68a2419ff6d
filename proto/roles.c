/* The names of the roles. Touches nothing. */
#include "proto/roles.h"

const struct role_name peer_roles[N_PEER_ROLES] = {
	{"operator", PEER_OPERATOR},
	{"importer", PEER_IMPORTER},
	{"portal", PEER_PORTAL},
	{"intake", PEER_INTAKE},
	{"planning", PEER_PLANNING},
	{"notification", PEER_NOTIFICATION},
	{"reporting", PEER_REPORTING},
	{"archive", PEER_ARCHIVE},
};

const struct role_name actor_roles[N_ACTOR_ROLES] = {
	{"citizen", ACTOR_CITIZEN},
	{"representative", ACTOR_REPRESENTATIVE},
	{"front_desk", ACTOR_FRONT_DESK},
	{"caseworker", ACTOR_CASEWORKER},
	{"coordinator", ACTOR_COORDINATOR},
	{"manager", ACTOR_MANAGER},
	{"operator", ACTOR_OPERATOR},
	{"auditor", ACTOR_AUDITOR},
	{"administrator", ACTOR_ADMINISTRATOR},
};
